package desk_test

import (
	"net/http"
	"net/url"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// waitingOrder lets Anna place an order that waits for a person.
func waitingOrder(t *testing.T, w *worldtest.World) *pay.Order {
	t.Helper()
	if _, err := w.AddBlock(w.Ctx, w.As(pay.RoleRisk), app.BlockRequest{Kind: "email", Value: worldtest.Ben.Email, Code: "takeover", Reason: "seen in a case", Until: w.Today + 30}); err != nil {
		t.Fatal(err)
	}
	o := w.Order(worldtest.Ben, w.Tea, "invoice_14", worldtest.Line("Teekanne", 1490))
	if o.Fraud != pay.FraudPending {
		t.Fatalf("the order is %s", o.Fraud)
	}
	return o
}

func TestWaitingOrdersAtTheDesk(t *testing.T) {
	w, _ := world(t, pay.RoleRisk, pay.RoleSupport)
	o := waitingOrder(t, w)
	list, err := w.Pending(w.Ctx, w.As(pay.RoleRisk))
	if err != nil || len(list) != 1 {
		t.Fatalf("%d orders wait, %v", len(list), err)
	}
	path := "/desk/pending/" + pay.Bare(list[0].Check.ID)
	nosy := staff(t, w, pay.RoleSupport)
	for _, p := range []string{"/desk/pending", path, "/desk/fraud"} {
		if _, status, _ := nosy.Get(p); status != http.StatusForbidden {
			t.Errorf("support at %s: status %d", p, status)
		}
	}
	b := staff(t, w, pay.RoleRisk)
	_, _, html := b.Get("/desk/pending")
	has(t, "the queue", html, "F04_BLOCKED_EMAIL", "14,90", "Teehaus", path, `accesskey="n"`, "!Okafor")
	_, _, html = b.Get(path)
	has(t, "the case", html, "Die E-Mail-Adresse steht auf der Sperrliste.", "Okafor", "Teekanne", `accesskey="a"`, `accesskey="r"`, "Freigeben", "/desk/consumers/"+pay.Bare(o.ConsumerID), "E-Mail gesperrt")
	_, _, html = b.Get(path + "?lang=en")
	has(t, "the case in English", html, "The e-mail address is on the block list.", "Release", "!Freigeben")
	b.Get(path + "?lang=de")
	_, status, html := b.Post(path, url.Values{"verdict": {"accept"}, "reason": {"x"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: status %d", status)
	}
	has(t, "without a reason", html, "error-summary", "mindestens fünf Zeichen")
	if _, status, _ := b.Post(path, url.Values{"verdict": {"maybe"}, "reason": {"well well"}}); status != http.StatusBadRequest {
		t.Errorf("an odd verdict: status %d", status)
	}
	at, _, html := b.Post(path, url.Values{"verdict": {"accept"}, "reason": {"mit ihm telefoniert"}})
	if at != "/desk/pending" {
		t.Errorf("the answer ends at %s", at)
	}
	has(t, "after the answer", html, "Freigegeben", "Keine Bestellung wartet")
	_, _, html = b.Get(path)
	has(t, "the case afterwards", html, "mit ihm telefoniert", "Kim risk", "Bestellung anhalten")
	at, _, html = b.Post("/desk/fraud/stop", url.Values{"order": {pay.Bare(o.ID)}, "reason": {"doch gestohlen"}})
	if at != "/desk/fraud" {
		t.Errorf("stopping ends at %s", at)
	}
	has(t, "the rules", html, "Angehalten", "F04_BLOCKED_EMAIL", "100,0 %", "Sperrliste", "E-Mail-Adresse", "seen in a case", "!"+worldtest.Ben.Email)
}

func TestBlockListAtTheDesk(t *testing.T) {
	w, _ := world(t, pay.RoleRisk)
	waitingOrder(t, w)
	list, err := w.Pending(w.Ctx, w.As(pay.RoleRisk))
	if err != nil {
		t.Fatal(err)
	}
	b := staff(t, w, pay.RoleRisk)
	path := "/desk/pending/" + pay.Bare(list[0].Check.ID)
	form := url.Values{"what": {"address"}, "code": {"reship"}, "block_reason": {"Weiterversand"}, "until.day": {"1"}, "until.month": {"6"}, "until.year": {"2027"}}
	at, _, html := b.Post(path+"/block", form)
	if at != "/desk/fraud" {
		t.Errorf("blocking ends at %s", at)
	}
	has(t, "the list", html, "Auf der Sperrliste", "Anschrift", "Weiterversand", "1. Juni 2027", "!Lindenweg")
	form.Set("until.year", "2020")
	if _, status, html := b.Post(path+"/block", form); status != http.StatusUnprocessableEntity {
		t.Errorf("an end in the past: status %d", status)
	} else {
		has(t, "an end in the past", html, "error-summary", "höchstens drei Jahre")
	}
	form = url.Values{"kind": {"phone"}, "value": {"0171 2345678"}, "code": {"other"}, "block_reason": {"aus einem Fall"}, "until.day": {"1"}, "until.month": {"2"}, "until.year": {"2027"}}
	if at, _, _ := b.Post("/desk/fraud/blocks", form); at != "/desk/fraud" {
		t.Errorf("adding ends at %s", at)
	}
	blocks, err := w.Blocks(w.Ctx, w.As(pay.RoleRisk))
	if err != nil || len(blocks) != 3 {
		t.Fatalf("%d entries, %v", len(blocks), err)
	}
	_, _, html = b.Post("/desk/fraud/blocks/end", url.Values{"id": {blocks[0].ID}})
	has(t, "after the end", html, "aufgehoben")
}

func TestContestsAtTheDesk(t *testing.T) {
	w, past := world(t, pay.RoleRisk, pay.RoleSupport, pay.RoleFinance)
	anna := w.Consumer(worldtest.Anna)
	_, decisions, err := w.MyReviews(w.Ctx, anna)
	if err != nil || len(decisions) == 0 {
		t.Fatal(err)
	}
	r, err := w.AskReview(w.Ctx, anna, app.Key{}, app.Contest{Decision: decisions[0].Row.ID, Fact: "late_payment", Text: "Ich hatte <b>rechtzeitig</b> bezahlt.", Files: [][]byte{[]byte("%PDF-1.4 paper")}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/desk/reviews/" + pay.Bare(r.ID)
	nosy := staff(t, w, pay.RoleFinance)
	if _, status, _ := nosy.Get(path); status != http.StatusForbidden {
		t.Errorf("finance reads a contest: status %d", status)
	}
	b := staff(t, w, pay.RoleSupport)
	_, _, html := b.Get("/desk/reviews")
	has(t, "the queue", html, "30. November 2026", "Eine Zahlung gilt als zu spät", path, "!Müller")
	_, _, html = b.Get(path)
	has(t, "the contest", html, "Müller-Lind", "&lt;b&gt;rechtzeitig", "!<b>rechtzeitig", "Damals", "Heute", "Angaben und woher sie kommen", "Was zum Ja führen würde", "/desk/reviews/files/", "contest-", "P1")
	_, status, html := b.Post(path, url.Values{"outcome": {"upheld"}, "text": {"kurz"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a short answer: status %d", status)
	}
	has(t, "a short answer", html, "error-summary", "mindestens zwanzig Zeichen")
	_, status, _ = b.Post(path, url.Values{"outcome": {"corrected"}, "text": {"Wir haben den Kontoauszug geprüft."}, "fact": {"late_payment"}, "no": {"R-99-1"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown invoice: status %d", status)
	}
	at, _, html := b.Post(path, url.Values{"outcome": {"corrected"}, "text": {"Wir haben den Kontoauszug geprüft."}, "fact": {"late_payment"}, "no": {past.Late.No}})
	if at != "/desk/reviews" {
		t.Errorf("the answer ends at %s:\n%s", at, html)
	}
	has(t, "after the answer", html, "Beantwortet", "Kein Einwand wartet")
	_, _, html = b.Get(path)
	has(t, "the contest afterwards", html, "Kim support", "Kontoauszug", "Vorher", "Nachher")
}

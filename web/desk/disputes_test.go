package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

// TestDisputesAtTheDesk: who sees the queue, who decides, and that every look is noted.
func TestDisputesAtTheDesk(t *testing.T) {
	w, past := world(t)
	d, err := w.OpenDispute(w.Ctx, w.Consumer(worldtest.Anna), app.Key{}, past.Overdue.ID, app.Objection{Reason: pay.DisputeFaulty, Text: "Der Deckel fehlt",
		Files: []app.Upload{{Name: "deckel.txt", Body: []byte("Bild folgt")}}})
	if err != nil {
		t.Fatal(err)
	}
	path := "/desk/disputes/" + pay.Bare(d.ID)
	nobody := webtest.NewBrowser(t, pages(w))
	for _, p := range []string{"/desk/disputes", path, "/desk/payouts"} {
		if at, _, html := nobody.Get(p); at != "/desk/sign-in" || strings.Contains(html, "Deckel") {
			t.Errorf("nobody at %s ends at %s", p, at)
		}
	}
	for role, may := range map[string]struct{ decide, payouts int }{
		pay.RoleSupport: {422, 403}, pay.RoleCollections: {403, 403}, pay.RoleFinance: {403, 200}, pay.RoleRisk: {422, 403},
	} {
		b := staff(t, w, role)
		_, status, html := b.Get("/desk/disputes")
		has(t, role+" at the queue", html, "Teehaus", "kaputt", "30,90", "!Müller", "!Deckel")
		if status != 200 {
			t.Errorf("%s at the queue: %d", role, status)
		}
		_, status, html = b.Get(path)
		if status != 200 {
			t.Errorf("%s at the dispute: %d", role, status)
		}
		has(t, role+" at the dispute", html, "Der Deckel fehlt", "deckel.txt")
		if form := strings.Contains(html, path+"/decide"); form != (may.decide == 422) {
			t.Errorf("%s sees the form: %v", role, form)
		}
		if _, status, _ := b.Post(path+"/decide", url.Values{"lost": {"x"}}); status != may.decide {
			t.Errorf("%s decides: %d, want %d", role, status, may.decide)
		}
		if _, status, _ := b.Get("/desk/payouts"); status != may.payouts {
			t.Errorf("%s at the payouts: %d, want %d", role, status, may.payouts)
		}
	}
	b := staff(t, w, pay.RoleRisk)
	for _, c := range []struct {
		deed string
		form url.Values
		text string
	}{
		{"decide", url.Values{"lost": {"99,00"}, "note": {"x"}}, "bis zum strittigen Betrag"},
		{"decide", url.Values{"lost": {"0"}, "note": {" "}}, "höchstens 4000 Zeichen"},
		{"ask", url.Values{"text": {""}}, "höchstens 4000 Zeichen"},
	} {
		_, status, html := b.Post(path+"/"+c.deed, c.form)
		if status != 422 {
			t.Errorf("%s with %v: %d", c.deed, c.form, status)
		}
		has(t, c.deed, html, c.text)
	}
	_, _, html := b.Post(path+"/ask", url.Values{"text": {"Wann wurde zugestellt?"}})
	has(t, "asked", html, "Wann wurde zugestellt?", "noch einmal gefragt")
	_, _, html = b.Post(path+"/decide", url.Values{"lost": {"10,90"}, "note": {"Ein Teil fehlt"}})
	has(t, "decided", html, "Ein Teil fehlt", "10,90", "Shop verliert", "!Entscheiden</button>")
	if _, status, _ := b.Post(path+"/decide", url.Values{"lost": {"0"}, "note": {"doch nicht"}}); status != 409 {
		t.Errorf("deciding again: %d", status)
	}
	looks, err := w.DB.LooksAt(w.Ctx, pay.BucketOf(pay.CellOf(string(d.ConsumerID))), string(d.ConsumerID), 100)
	if err != nil || len(looks) < 5 {
		t.Errorf("%d looks are noted, %v", len(looks), err)
	}
}

// TestPayoutsAtTheDesk: the list and one payout, in both languages.
func TestPayoutsAtTheDesk(t *testing.T) {
	w, _ := world(t, pay.RoleFinance)
	if _, err := w.DayRun(w.Ctx, cal.Date(2026, 11, 30), nil); err != nil {
		t.Fatal(err)
	}
	list, err := w.Payouts(w.Ctx, w.As(pay.RoleFinance))
	if err != nil || len(list) == 0 {
		t.Fatalf("%d payouts, %v", len(list), err)
	}
	b := staff(t, w, pay.RoleFinance)
	_, _, html := b.Get("/desk/payouts")
	has(t, "list", html, "Teehaus", "Schuhladen", "fällig", "!Müller")
	_, _, html = b.Get("/desk/payouts/" + pay.Bare(list[0].Payout.ID) + "?lang=en")
	has(t, "one payout", html, "Paid out", "Sales", "VAT on fees", "!Müller")
	if _, status, _ := b.Get("/desk/payouts/nonsense"); status != 404 {
		t.Errorf("nonsense: %d", status)
	}
}

package checkout

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/webtest"
)

// fake is a service with one basket: code 123456, invoices are refused above its limit.
type fake struct {
	stage  Stage
	refuse bool
	last   Outcome
	choice Choice
	sent   Person
}

var (
	today = cal.Date(2026, time.November, 23)
	anna  = Person{Email: "anna@example.org", Born: cal.Date(1990, time.December, 3)}
)

func (f *fake) purchase(_ context.Context, v Visit) (Purchase, error) {
	if v.ID != "p1" {
		return Purchase{}, pay.Errorf(pay.Missing, "no_session", "", "Start again in the shop.")
	}
	return Purchase{
		Merchant: "Schuhladen", Total: 12990, Currency: money.EUR, Stage: f.stage, Person: anna, SentTo: "a***@example.org",
		Lines: []Line{{Name: "Wanderschuh Alm, Größe 42", Quantity: 1, Amount: 11990}, {Name: "Schnürsenkel", Quantity: 2, Amount: 1000}},
	}, nil
}

func (f *fake) sendCode(_ context.Context, _ Visit, p Person) error {
	if p.Email == "bounce@example.org" {
		return pay.Errorf(pay.Invalid, "bad_address", "email", "Use another address.")
	}
	f.sent, f.stage = p, CodeSent
	return nil
}

func (f *fake) checkCode(_ context.Context, _ Visit, code string) (string, error) {
	if code != "123456" {
		return "", pay.Errorf(pay.Invalid, "wrong_code", "code", "Use the newest code.")
	}
	f.stage = Known
	return "device", nil
}

func (f *fake) offer(ctx context.Context, v Visit) (Offer, error) {
	if v.Device != "device" {
		return Offer{}, errWho
	}
	method := func(id string, credit, offered bool) Method {
		title, pros, cons := Describe(ctx, id)
		return Method{ID: id, Title: title, For: pros, Against: cons, Due: cal.NoDay, Credit: credit, Regulated: credit, Offered: offered}
	}
	invoice, later, three, rates, pre := method("invoice_30", true, true), method("pay_later", true, true), method("pay_in_3", true, true), method("instalments", true, false), method("prepayment", false, true)
	invoice.Term, invoice.Due, invoice.APR = 30, today+30, "0,00 %"
	later.Days, later.APR = []cal.Day{today + 30, today + 45, today + 60}, "0,00 %"
	three.Plan, three.APR = []Installment{{Day: today, Amount: 4330}, {Day: today + 30, Amount: 4330}, {Day: today + 60, Amount: 4330}}, "0,00 %"
	rates.Reasons = []string{"Ihre Identität ist nicht bestätigt."}
	return Offer{
		Methods: []Method{invoice, later, three, pre, rates}, AskFreeAmount: true, Version: "2026-11",
		Consent: "Ich habe die vorvertraglichen Informationen erhalten und stimme dem Vertrag zu.",
	}, nil
}

func (f *fake) authorize(_ context.Context, _ Visit, c Choice) (Outcome, error) {
	f.choice = c
	f.last = Outcome{Method: "Rechnung, 30 Tage", Term: 30, Amount: 12990, Back: "https://shop.example/back?token=1"}
	f.stage = Decided
	if c.Method == "prepayment" {
		f.last.Slip = &web.Slip{Payload: "BCD\n002\n1\nSCT\n\nZahlziel\nDE02120300000000202051\nEUR129.90\n\nRF18539007547034\n\n", Payee: "Zahlziel", IBAN: "DE02120300000000202051", Amount: "129,90 €", Reference: "RF18 5390 0754 7034"}
	} else if f.refuse {
		f.stage = Known
		f.last.Refusal = refusal
	}
	return f.last, nil
}

var refusal = &Refusal{
	Amount: 12990, Portal: "/portal/way", Review: "/portal/review", Advice: "https://example.org/beratung",
	Works:   []Alternative{{ID: "prepayment", Title: "Vorkasse", Text: "Überweisen Sie 129,90 €. Die Ware kommt nach dem Geldeingang."}},
	Reasons: []string{"Rechnung R-1001 (59,90 €) ist seit 33 Tagen überfällig und wurde zweimal erinnert.", "Zusammen sind 84,40 € überfällig. Beträge bis 10,00 € ändern nichts."},
	Steps:   []string{"Zahlen Sie Rechnung R-1001 (59,90 €) bis 25. November 2026.", "Zahlen Sie Rechnung R-1002 (24,50 €) bis 25. November 2026.", "Zahlen Sie Rechnung R-1003 (120,00 €) wie vereinbart bis 2. Dezember 2026."},
	PayNow:  8440, AsAgreed: 12000, Version: "2026-11",
	First: today + 10, Until: today + 40, UpTo: 5000,
}

func (f *fake) outcome(context.Context, Visit, string) (Outcome, error) { return f.last, nil }

func (f *fake) information(context.Context, Visit, string) (Information, error) {
	return Information{
		Title: "Vorvertragliche Informationen: Rechnung, 30 Tage", Facts: []web.Fact{{Label: "Fassung", Value: "2026-11"}},
		Sections: []Section{{Title: "Achtung! Kreditaufnahme kostet Geld.", Strong: true}, {Title: "Das Wichtigste", Facts: []web.Fact{{Label: "Gesamtbetrag", Value: "129,90 €"}}, Text: []string{"Sie können 14 Tage lang widerrufen."}}},
	}, nil
}

func (f *fake) setData(context.Context, Visit, shopData) ([]string, bool, error) {
	return nil, false, nil
}

func (f *fake) cancel(context.Context, Visit) (string, error) {
	return "https://shop.example/cart", nil
}

func start(t *testing.T, f *fake) *webtest.Browser {
	t.Helper()
	site := web.New(web.Config{Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	mux := http.NewServeMux()
	site.Register(mux)
	(&Pages{site, f}).Register(mux)
	return webtest.NewBrowser(t, site.Wrap(mux))
}

func TestFromShopToDone(t *testing.T) {
	f := &fake{}
	b := start(t, f)
	path, status, html := b.Get("/checkout/pages/p1?lang=de")
	if path != "/checkout/pages/p1/identify" || status != 200 || !strings.Contains(html, "anna@example.org") || !strings.Contains(html, `value="1990"`) {
		t.Fatalf("%s %d: the first page must be prefilled", path, status)
	}
	if path, _, _ = b.Post(path, url.Values{"email": {"anna@example.org"}, "born.day": {"3"}, "born.month": {"12"}, "born.year": {"1990"}}); path != "/checkout/pages/p1/code" || f.sent != anna {
		t.Fatalf("after the details: %s, sent %+v", path, f.sent)
	}
	if _, status, html = b.Post(path, url.Values{"code": {"999 999"}}); status != 422 || !strings.Contains(html, "#code") {
		t.Fatalf("a wrong code must come back with its sentence: %d", status)
	}
	if path, _, html = b.Post(path, url.Values{"code": {"123 456"}}); path != "/checkout/pages/p1/pay" {
		t.Fatalf("after the code: %s", path)
	}
	if strings.Contains(html, " checked") || !strings.Contains(html, "Achtung! Kreditaufnahme kostet Geld.") {
		t.Error("nothing may be chosen beforehand, and the warning must be there")
	}
	if _, _, html = b.Get("/checkout/pages/p1/information/invoice_30"); !strings.Contains(html, "Widerruf") && !strings.Contains(html, "widerrufen") {
		t.Error("the information page is empty")
	}
	path, _, html = b.Post("/checkout/pages/p1/pay", url.Values{"method": {"invoice_30"}, "free": {"800"}, "consent": {"yes"}})
	if path != "/checkout/pages/p1/done" || !strings.Contains(html, "https://shop.example/back?token=1") {
		t.Fatalf("after the choice: %s", path)
	}
	if want := (Choice{Method: "invoice_30", Day: cal.NoDay, FreeAmount: 80000, Consent: "2026-11"}); f.choice != want {
		t.Errorf("the choice was %+v, want %+v", f.choice, want)
	}
	if path, _, _ = b.Get("/checkout/pages/p1/pay"); path != "/checkout/pages/p1/done" {
		t.Errorf("going back after the decision leads to %s", path)
	}
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	f := &fake{}
	b := start(t, f)
	b.Get("/checkout/pages/p1?lang=en")
	_, status, html := b.Post("/checkout/pages/p1/identify", url.Values{"email": {"anna"}, "born.day": {"31"}, "born.month": {"2"}, "born.year": {"1990"}})
	if status != 422 || !strings.Contains(html, `value="anna"`) || !strings.Contains(html, `value="31"`) || !strings.Contains(html, "Please check 2 answers") {
		t.Errorf("status %d; typed values or the summary are missing", status)
	}
	if _, status, html = b.Post("/checkout/pages/p1/identify", url.Values{"email": {"bounce@example.org"}, "born.day": {"3"}, "born.month": {"2"}, "born.year": {"1990"}}); status != 422 || !strings.Contains(html, `href="#email"`) {
		t.Errorf("an address the service refuses must come back at its field: %d", status)
	}
	f.stage = CodeSent
	b.Post("/checkout/pages/p1/code", url.Values{"code": {"123456"}})
	cases := map[string]url.Values{
		"#method":  {"consent": {"yes"}},
		"#consent": {"method": {"invoice_30"}, "free": {"800"}},
		"#free":    {"method": {"invoice_30"}, "free": {"lots"}, "consent": {"yes"}},
		"#day":     {"method": {"pay_later"}, "free": {"800"}, "day": {"2030-01-01"}, "consent": {"yes"}},
	}
	for field, form := range cases {
		if _, status, html := b.Post("/checkout/pages/p1/pay", form); status != 422 || !strings.Contains(html, `href="`+field+`"`) {
			t.Errorf("%v: status %d, want the sentence of %s", form, status, field)
		}
	}
	if _, status, _ := b.Post("/checkout/pages/p1/pay", url.Values{"method": {"instalments"}, "free": {"800"}, "consent": {"yes"}}); status != 422 {
		t.Errorf("a method that is not offered was accepted: %d", status)
	}
}

func TestRefusalShowsWhatWorksFirst(t *testing.T) {
	f := &fake{stage: CodeSent, refuse: true}
	b := start(t, f)
	b.Get("/checkout/pages/p1?lang=de")
	b.Post("/checkout/pages/p1/code", url.Values{"code": {"123456"}})
	path, status, html := b.Post("/checkout/pages/p1/pay", url.Values{"method": {"invoice_30"}, "free": {"800"}, "consent": {"yes"}})
	if path != "/checkout/pages/p1/refused" || status != 200 {
		t.Fatalf("%s %d", path, status)
	}
	order := []string{"Vorkasse", "Was ist passiert?", "Warum?", "seit 33 Tagen", "Was Sie tun können", "25. November 2026", "3. Dezember 2026", "84,40", "120,00", "Schritte in Ihrem Konto"}
	at := 0
	for _, s := range order {
		i := strings.Index(html[at:], s)
		if i < 0 {
			t.Fatalf("%q is missing or too early", s)
		}
		at += i
	}
	if path, _, html = b.Post("/checkout/pages/p1/pay", url.Values{"method": {"prepayment"}}); path != "/checkout/pages/p1/done" || !strings.Contains(html, "RF18 5390 0754 7034") {
		t.Errorf("prepayment from the refusal leads to %s", path)
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	b := start(t, &fake{stage: Known})
	if _, status, html := b.Get("/checkout/pages/p2/pay"); status != 404 || strings.Contains(html, "Schuh") {
		t.Errorf("a page that does not exist: status %d", status)
	}
	if path, _, _ := b.Get("/checkout/pages/p1/pay"); path != "/checkout/pages/p1/identify" {
		t.Errorf("the methods without a proof of the person lead to %s", path)
	}
}

func TestCancelLeadsBackToTheShop(t *testing.T) {
	b := start(t, &fake{})
	b.Get("/checkout/pages/p1")
	if _, _, html := b.Post("/checkout/pages/p1/cancel", nil); !strings.Contains(html, "https://shop.example/cart") {
		t.Error("no way back to the shop")
	}
}

func TestShotsOfTheCheckout(t *testing.T) {
	wait := &fake{}
	if _, err := wait.authorize(context.Background(), Visit{}, Choice{Method: "prepayment"}); err != nil {
		t.Fatal(err)
	}
	approved := Outcome{Method: "Rechnung, 30 Tage", Term: 30, Amount: 12990, Back: "https://shop.example"}
	pages := []struct {
		name, path string
		f          *fake
		after      []webtest.Action
	}{
		{"identify", "identify", &fake{}, nil},
		{"code", "code", &fake{stage: CodeSent}, nil},
		{"pay", "pay", &fake{stage: Known}, nil},
		{"pay-chosen", "pay", &fake{stage: Known}, []webtest.Action{webtest.Click("#method-pay_later")}},
		{"pay-errors", "pay", &fake{stage: Known}, []webtest.Action{webtest.Click("#method-invoice_30"), webtest.Click("main .button-primary"), webtest.WaitFor(".error-summary")}},
		{"refused", "refused", &fake{stage: Known, last: Outcome{Refusal: refusal}}, nil},
		{"done", "done", &fake{stage: Decided, last: approved}, nil},
		{"wait", "done", wait, nil},
		{"information", "information/invoice_30", &fake{stage: Known}, nil},
	}
	var shots []webtest.Shot
	for _, p := range pages {
		url := start(t, p.f).Base() + "/checkout/pages/p1/" + p.path
		shots = append(shots, webtest.Shot{Name: "checkout-" + p.name, URL: url, Cookies: map[string]string{"device": "device"}, After: p.after})
	}
	webtest.Shots(t, "../..", shots)
}

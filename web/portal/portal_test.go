package portal_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/gateway"
	"zahlziel/gateway/identity"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/portal"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

func pages(w *worldtest.World) http.Handler {
	return w.Site(func(s *web.Site, mux *http.ServeMux) { portal.New(s, w.App).Routes(mux) })
}

// visitor is a browser of a person who signed in.
func visitor(t *testing.T, w *worldtest.World, p worldtest.Person) *webtest.Browser {
	t.Helper()
	b := webtest.NewBrowser(t, pages(w))
	if path, status, _ := b.Post(w.Link(p), nil); path != "/me" || status != http.StatusOK {
		t.Fatalf("sign-in of %s ends at %s with %d", p.Given, path, status)
	}
	return b
}

// want checks status and texts of a page; a text that begins with "!" must not be there.
func want(t *testing.T, name string, status, wantStatus int, html string, texts ...string) {
	t.Helper()
	if status != wantStatus {
		t.Errorf("%s: status %d, want %d", name, status, wantStatus)
	}
	for _, s := range texts {
		if not, ok := strings.CutPrefix(s, "!"); ok == strings.Contains(html, strings.TrimPrefix(s, "!")) {
			t.Errorf("%s: text %q, unwanted %v (%s)", name, s, ok, not)
		}
	}
}

func TestEveryPageForEveryVisitor(t *testing.T) {
	w, past := worldtest.Live(t)
	docs, err := w.Documents(w.Ctx, w.Consumer(worldtest.Anna))
	if err != nil || len(docs) == 0 {
		t.Fatalf("Anna's documents: %d, %v", len(docs), err)
	}
	nobody, anna, ben := webtest.NewBrowser(t, pages(w)), visitor(t, w, worldtest.Anna), visitor(t, w, worldtest.Ben)
	item := func(inv *pay.Invoice) string { return "/me/items/" + pay.Bare(inv.ID) }
	own, err := w.MyStanding(w.Ctx, w.Consumer(worldtest.Anna), false)
	if err != nil || len(own.Decisions) == 0 {
		t.Fatalf("Anna's decisions: %v", err)
	}
	last := own.Decisions[len(own.Decisions)-1]
	decision := "/me/decisions/" + pay.Bare(last.Row.ID)
	doc := "/me/documents/" + pay.Bare(docs[0].Document.ID)
	cases := []struct {
		path      string
		anna, ben int
		annas     []string // on Anna's page
		bens      []string // on Ben's
	}{
		{"/me", 200, 200, []string{past.Overdue.No, "30,90", past.Open.No, "meine-schulden", "!" + past.Bens.No, "!Okafor"}, []string{past.Demand.No, past.Bens.No, "189,00", "!" + past.Open.No, "!Anna", "!meine-schulden"}},
		{item(past.Overdue), 200, 404, []string{"30,90", "RF", "Teekanne", "Sprung", "DE89 3704", "hilfe@zahlziel.test"}, []string{"!Teekanne"}},
		{item(past.Paid), 200, 404, []string{"bezahlt", "Wanderschuh", "!slip"}, []string{"!Wanderschuh"}},
		{item(past.Demand), 404, 200, []string{"!189,00"}, []string{"189,00", "Vorkasse"}},
		{"/me/items/nonsense", 404, 404, nil, nil},
		{"/me/history", 200, 200, []string{past.Paid.No, "34,80", "Teehaus"}, []string{"!" + past.Paid.No}},
		{"/me/documents", 200, 200, []string{"Zahlungsaufforderung", "Vertrag"}, nil},
		{doc, 200, 404, []string{"%PDF"}, []string{"!%PDF"}},
		{"/me/standing", 200, 200, []string{"Kann ich auf Rechnung kaufen?", "Zurzeit nicht", "Vorkasse", "30,90", "Kreditaufnahme kostet Geld", "meine-schulden", "Ihr Weg zurück", "Diesen Plan annehmen", "Nur das beendet", "Was Ihnen hilft", "Was wäre, wenn", "Welcher Betrag ab wann", "/me/decisions/"}, []string{"Ja, bis", "!meine-schulden", "!Diesen Plan annehmen"}},
		{"/me/what-if?pay=" + pay.Bare(past.Overdue.ID) + "&verify=VERIFY_BANK&days=30", 200, 400, []string{"ohne und mit Ihrer Auswahl", "kein", "checked"}, nil},
		{"/me/what-if?days=9999&pay=x&verify=", 400, 400, nil, nil},
		{"/me/what-if", 200, 200, []string{"in 0 Tagen"}, nil},
		{decision, 200, 404, []string{"Eine Entscheidung über Sie", "mailto:hilfe@zahlziel.test", last.Shop}, []string{"!" + last.Shop}},
		{"/me/promises/nonsense", 404, 404, nil, nil},
		{"/me/way-back/invoice_14/5000", 200, 200, []string{"Zusätzlich zu zahlen", past.Overdue.No, "Kreditaufnahme kostet Geld"}, []string{"heute"}},
		{"/me/way-back/invoice_14/0", 400, 400, nil, nil},
		{"/me/way-back/pay_in_3/5000", 400, 400, nil, nil},
		{"/me/withdraw", 200, 200, []string{"Teehaus", "mailto:hilfe@zahlziel.test"}, nil},
		{"/me/data", 200, 200, []string{"Müller-Lind", "Lindenweg 3", "5. Mai 1990", "DE02 1203", "!Okafor"}, []string{"Okafor", "!Lind<"}},
		{"/me/settings", 200, 200, []string{"Identität bestätigen", "Brief mit Code bestellen", "Lindenweg 3", "Nichts davon", "!Okafor"}, []string{"Konto bestätigen", "!Müller"}},
		{"/me/verify/nonsense", 404, 404, nil, nil},
		{"/me/verify/01890b6e-0000-7000-8000-000000000001", 404, 404, nil, nil},
		{"/me/sign-in", 200, 200, nil, nil},
	}
	for _, c := range cases {
		if path, status, html := nobody.Get(c.path); path != "/me/sign-in" {
			t.Errorf("nobody at %s: %s", c.path, path)
		} else {
			want(t, "nobody at "+c.path, status, 200, html, "!"+past.Overdue.No, "!Müller", "!Okafor")
		}
		_, status, html := anna.Get(c.path)
		want(t, "Anna at "+c.path, status, c.anna, html, c.annas...)
		_, status, html = ben.Get(c.path)
		want(t, "Ben at "+c.path, status, c.ben, html, c.bens...)
		if c.anna == 200 && c.path != doc {
			mark := "?"
			if strings.Contains(c.path, "?") {
				mark = "&"
			}
			_, status, html = anna.Get(c.path + mark + "lang=en")
			want(t, "Anna in English at "+c.path, status, 200, html, `<html lang="en">`, "!Zurzeit", "!Übersicht")
			anna.Get("/me?lang=de")
		}
	}
}

func TestSignInTellsNobodyWhoIsACustomer(t *testing.T) {
	w, _ := worldtest.Live(t)
	known, unknown := webtest.NewBrowser(t, pages(w)), webtest.NewBrowser(t, pages(w))
	_, s1, a := known.Post("/me/sign-in", url.Values{"email": {worldtest.Anna.Email}})
	_, s2, b := unknown.Post("/me/sign-in", url.Values{"email": {"nobody@example.org"}})
	a, b = strings.ReplaceAll(a, worldtest.Anna.Email, "X"), strings.ReplaceAll(b, "nobody@example.org", "X")
	if s1 != s2 || a != b {
		t.Errorf("the answers differ: %d and %d", s1, s2)
	}
	before := len(w.Mailed.Sent)
	w.Work()
	if n := len(w.Mailed.Sent) - before; n != 1 {
		t.Errorf("%d mails were sent, want 1", n)
	}
	for range 5 {
		_, status, html := known.Post("/me/sign-in", url.Values{"email": {worldtest.Anna.Email}})
		want(t, "asking again", status, 200, html, "Postfach")
	}
	w.Work()
	if n := len(w.Mailed.Sent) - before; n != 3 {
		t.Errorf("one address got %d links, want 3", n)
	}
	if _, status, _ := known.Post("/me/sign-in", url.Values{"email": {"x@example.org"}}); status != http.StatusTooManyRequests {
		t.Errorf("the seventh try has status %d, want 429", status)
	}
	_, status, html := unknown.Post("/me/sign-in", url.Values{"email": {"no address"}})
	if status != http.StatusTooManyRequests {
		want(t, "no address", status, 422, html, "anna@example.org")
	}
}

func TestLinkWorksOnce(t *testing.T) {
	w, _ := worldtest.Live(t)
	path := w.Link(worldtest.Anna)
	b := webtest.NewBrowser(t, pages(w))
	for range 2 {
		_, status, html := b.Get(path)
		want(t, "a mail scanner", status, 200, html, "Jetzt anmelden", "!Anna")
	}
	if at, _, _ := b.Post(path, nil); at != "/me" {
		t.Fatalf("the link leads to %s", at)
	}
	other := webtest.NewBrowser(t, pages(w))
	_, status, html := other.Post(path, nil)
	want(t, "the link again", status, 410, html, "gilt nicht mehr", "!30,90")
	if at, _, _ := b.Post("/me/sign-out", nil); at != "/me/sign-in" {
		t.Errorf("signing out leads to %s", at)
	}
	if at, _, _ := b.Get("/me"); at != "/me/sign-in" {
		t.Errorf("after signing out the portal shows %s", at)
	}
	stale := w.Link(worldtest.Anna)
	w.At(w.Today, 11)
	_, status, _ = other.Post(stale, nil)
	want(t, "a link of an hour ago", status, 410, "")
}

func TestVisitEndsAfterIdleHours(t *testing.T) {
	w, _ := worldtest.Live(t)
	b := visitor(t, w, worldtest.Anna)
	w.At(w.Today, 21)
	if at, _, _ := b.Get("/me"); at != "/me" {
		t.Error("a visit in use has ended")
	}
	w.At(w.Today+1, 8)
	if at, _, _ := b.Get("/me"); at != "/me" {
		t.Error("the visit did not move on with its use")
	}
	w.At(w.Today, 21)
	if at, _, _ := b.Get("/me"); at != "/me/sign-in" {
		t.Error("a visit goes on after thirteen idle hours")
	}
}

func TestHeadersOfAPortalPage(t *testing.T) {
	w, _ := worldtest.Live(t)
	h := pages(w)
	b := webtest.NewBrowser(t, h)
	res, err := http.Post(b.Base()+w.Link(worldtest.Anna), "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	noRedirect := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err = noRedirect.Post(b.Base()+w.Link(worldtest.Anna), "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	c := res.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/me" || c.Name != "portal" {
		t.Errorf("cookie %+v", c)
	}
	docs, err := w.Documents(w.Ctx, w.Consumer(worldtest.Anna))
	if err != nil {
		t.Fatal(err)
	}
	req, _ := http.NewRequest("GET", b.Base()+"/me/documents/"+pay.Bare(docs[0].Document.ID), nil)
	req.AddCookie(c)
	if res, err = http.DefaultClient.Do(req); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for name, wanted := range map[string]string{"Content-Type": "application/pdf", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := res.Header.Get(name); got != wanted {
			t.Errorf("%s: %q, want %q", name, got, wanted)
		}
	}
	if !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment; filename=") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("headers %v", res.Header)
	}
}

func TestWayBackForm(t *testing.T) {
	w, _ := worldtest.Live(t)
	b := visitor(t, w, worldtest.Anna)
	path, status, html := b.Post("/me/way-back", url.Values{"method": {"invoice_14"}, "amount": {"50,00"}})
	want(t, "a way back", status, 200, html, "50,00", "Ab ")
	if path != "/me/way-back/invoice_14/5000" {
		t.Errorf("the answer is at %s", path)
	}
	for _, form := range []url.Values{{}, {"method": {"invoice_14"}}, {"method": {"gold"}, "amount": {"50"}}, {"method": {"invoice_14"}, "amount": {"-5"}}, {"method": {"invoice_14"}, "amount": {"999999"}}, {"method": {"invoice_14"}, "amount": {"many"}}} {
		_, status, html := b.Post("/me/way-back", form)
		want(t, "form "+form.Encode(), status, 422, html, "error-summary")
	}
}

// TestLookingIsNoEnquiry: portal and planner write no decision and change no fact.
func TestLookingIsNoEnquiry(t *testing.T) {
	w, _ := worldtest.Live(t)
	b := visitor(t, w, worldtest.Anna)
	who := w.Consumer(worldtest.Anna)
	state := func() string {
		row, err := w.App.DB.DecisionsOf(w.Ctx, who.Consumer, 100)
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Standing(w.Ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Repeat("d", len(row)) + string(rune(s.Score))
	}
	before := state()
	for range 3 {
		b.Get("/me/standing")
		b.Get("/me/way-back/invoice_30/10000")
	}
	if after := state(); after != before {
		t.Errorf("looking changed %q to %q", before, after)
	}
}

var planForm = regexp.MustCompile(`action="(/me/plans/[^"]+/accept)"`)

// TestAcceptAPlan: from the page with the button to the promise with its progress, without script.
func TestAcceptAPlan(t *testing.T) {
	w, past := worldtest.Live(t)
	anna, ben := visitor(t, w, worldtest.Anna), visitor(t, w, worldtest.Ben)
	_, _, html := anna.Get("/me/way-back/invoice_14/5000")
	form := planForm.FindStringSubmatch(html)
	if form == nil {
		t.Fatal("the page has no plan to accept")
	}
	if _, status, html := ben.Post(form[1], nil); status != http.StatusOK || !strings.Contains(html, "nicht angenommen") {
		t.Errorf("somebody else accepts: %d", status)
	}
	path, status, html := anna.Post(form[1], nil)
	want(t, "the promise", status, 200, html, "angenommen", past.Overdue.No, "0 von", "Nur das beendet die Zusage", "Eine Rechnung außerhalb des Plans", "card-v0 1", "50,00")
	if again, _, _ := anna.Post(form[1], nil); again != path {
		t.Errorf("accepting again leads to %s, the first time to %s", again, path)
	}
	_, status, html = ben.Get(path)
	want(t, "somebody else's promise", status, 404, html, "!"+past.Overdue.No)
	_, status, html = anna.Get("/me/standing")
	want(t, "the standing with a promise", status, 200, html, "Was wir Ihnen zugesagt haben", path, "Die Zusage lesen")
	w.Work()
	_, status, html = anna.Get("/me/documents")
	want(t, "the documents", status, 200, html, "Zusage")
	w.Receive(3090, "Anna Mueller-Lind", "DE02120300000000202051", past.Overdue.Reference)
	_, status, html = anna.Get(path + "?lang=en")
	want(t, "once paid", status, 200, html, "Done on 23 November 2026", "1 of ")
	if _, status, _ := anna.Post("/me/plans/nonsense/accept", nil); status != http.StatusNotFound {
		t.Errorf("a plan that is none: %d", status)
	}
	_, status, html = anna.Post(strings.Replace(form[1], "5000", "4000", 1), nil)
	want(t, "a plan that nobody computed", status, 200, html, "was not accepted", "Something has changed")
}

// TestEstimatesLookDifferent: where nothing more may be promised, plans say so and cannot be accepted.
func TestEstimatesLookDifferent(t *testing.T) {
	w, _ := worldtest.Live(t)
	anna := visitor(t, w, worldtest.Anna)
	_, _, html := anna.Get("/me/way-back/invoice_14/5000")
	form := planForm.FindStringSubmatch(html)
	want(t, "a promise", 200, 200, html, "!Schätzung", "!Voraussichtlich", "!estimate")
	kept := app.PromiseTermsHistory
	defer func() { app.PromiseTermsHistory = kept }()
	full := kept[0]
	full.Exposure = 0
	app.PromiseTermsHistory = []app.PromiseTerms{full}
	for _, path := range []string{"/me/way-back/invoice_14/5000", "/me/standing"} {
		_, status, html := anna.Get(path)
		want(t, path, status, 200, html, "eine Schätzung und keine Zusage", "Voraussichtlich ab", `class="card estimate"`, "!Diesen Plan annehmen", "!/me/plans/")
	}
	_, status, html := anna.Post(form[1], nil)
	want(t, "accepted all the same", status, 200, html, "nicht angenommen", "keine weiteren Zusagen")
}

// TestChecksInThePortal clicks through every check: what it proves shows on the page, with its source and date.
func TestChecksInThePortal(t *testing.T) {
	w, _ := worldtest.Live(t)
	b := visitor(t, w, worldtest.Anna)
	path, status, html := b.Post("/me/settings/identity", nil)
	want(t, "identity", status, 200, html, "Bestätigt. Vielen Dank.", "Musterident (Test)", "23. November 2026")
	if path != "/me/settings" {
		t.Errorf("the check ends at %s", path)
	}
	_, status, html = b.Post("/me/settings/account", url.Values{"iban": {"DE89 nonsense"}})
	want(t, "wrong IBAN", status, 422, html, "error-summary", "DE89 nonsense", "gültige IBAN")
	_, status, html = b.Post("/me/settings/account", url.Values{"iban": {"DE02 1203 0000 0000 2020 51"}})
	want(t, "account", status, 200, html, "Bestätigt. Vielen Dank.", "Musterbank (Test)")
	_, status, html = b.Post("/me/settings/affordability", nil)
	want(t, "no consent", status, 422, html, "error-summary", "Sie müssen es nicht geben")
	_, status, html = b.Post("/me/settings/affordability", url.Values{"consent": {"yes"}})
	want(t, "evidence", status, 200, html, "Bestätigt. Vielen Dank.", "1.200,00")
	_, status, html = b.Post("/me/settings/address", nil)
	want(t, "letter", status, 200, html, "Der Brief mit Ihrem Code ist unterwegs", "Code aus dem Brief")
	form := html[strings.Index(html, "/me/verify/"):]
	form = form[:strings.Index(form, "\"")]
	for _, code := range []string{"", "2222-2222", strings.Repeat("x", 50)} {
		_, status, html = b.Post(form, url.Values{"code": {code}})
		want(t, "code "+code, status, 422, html, "error-summary", "Der Code stimmt nicht")
	}
	other := visitor(t, w, worldtest.Ben)
	_, status, _ = other.Post(form, url.Values{"code": {"2222-2222"}})
	want(t, "somebody else's letter", status, 404, "")
	_, status, _ = b.Post("/me/settings/bureau", nil)
	want(t, "no check", status, 403, "")
	_, status, html = b.Get("/me/settings?lang=en")
	want(t, "in English", status, 200, html, "Confirm again", "Order a new letter", "confirmed", "!bestätigt")
}

// TestLeavingForAPartner shows the way to a real partner as a link on a page of its own.
func TestLeavingForAPartner(t *testing.T) {
	w, _ := worldtest.Live(t)
	w.Sources.Identity = elsewhere{}
	b := visitor(t, w, worldtest.Anna)
	path, status, html := b.Post("/me/settings/identity", nil)
	want(t, "the way there", status, 200, html, "Sie verlassen jetzt unsere Seite", `href="https://ident.example.org/r1"`)
	if path != "/me/settings/identity" {
		t.Errorf("the page is at %s", path)
	}
	_, _, html = b.Get("/me/settings")
	want(t, "meanwhile", 200, 200, html, "läuft", "Nachsehen, ob die Prüfung fertig ist")
}

// elsewhere is an identity service on other pages.
type elsewhere struct{ identity.Fake }

func (elsewhere) Start(context.Context, identity.Query) (gateway.Started, error) {
	return gateway.Started{Ref: "pending:1", Redirect: "https://ident.example.org/r1"}, nil
}

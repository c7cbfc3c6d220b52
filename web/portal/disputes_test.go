package portal_test

import (
	"net/url"
	"regexp"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

var picture = []byte("\x89PNG\x0D\x0A\x1A\x0Anot a real one")

var fileLink = regexp.MustCompile(`/me/disputes/[^"/]+/files/[^"]+`)

// TestDisputeInThePortal: what a person reports, sees meanwhile and takes back; nobody else sees it.
func TestDisputeInThePortal(t *testing.T) {
	w, past := worldtest.Live(t)
	anna, ben, nobody := visitor(t, w, worldtest.Anna), visitor(t, w, worldtest.Ben), webtest.NewBrowser(t, pages(w))
	item := "/me/items/" + pay.Bare(past.Overdue.ID)
	_, status, html := anna.Get(item)
	want(t, "the invoice", status, 200, html, item+"/dispute", "!In Klärung")
	_, status, html = anna.Get(item + "/dispute")
	want(t, "the form", status, 200, html, "Problem melden", "Teehaus sieht Ihren Text")
	_, status, _ = ben.Get(item + "/dispute")
	want(t, "Ben at Anna's form", status, 404, "")
	good := url.Values{"reason": {pay.DisputeFaulty}, "amount": {""}, "text": {"Der Deckel <b>fehlt</b>"}}
	bad := []struct {
		name   string
		form   url.Values
		files  map[string][]byte
		status int
		text   string
	}{
		{"no reason", url.Values{"text": {"x"}}, nil, 422, "Wählen Sie einen Grund."},
		{"no text", url.Values{"reason": {pay.DisputeFaulty}}, nil, 422, "höchstens 4000 Zeichen"},
		{"too much", url.Values{"reason": {pay.DisputeFaulty}, "text": {"behalten"}, "amount": {"100,00"}}, nil, 422, "30,90"},
		{"a program", good, map[string][]byte{"x.exe": []byte("MZ\x90\x00")}, 422, "PDF, PNG, JPEG"},
		{"nine megabytes", good, map[string][]byte{"x.png": append(picture, make([]byte, 9<<20)...)}, 413, "8 MB"},
	}
	for _, c := range bad {
		_, status, html := anna.PostFiles(item+"/dispute", c.form, c.files)
		want(t, c.name, status, c.status, html, c.text)
	}
	if _, status, _ := ben.PostFiles(item+"/dispute", good, nil); status != 404 {
		t.Errorf("Ben disputes Anna's invoice: %d", status)
	}
	at, status, html := anna.PostFiles(item+"/dispute", good, map[string][]byte{"deckel.png": picture})
	want(t, "reported", status, 200, html, "Der Shop muss bis zum 14. Dezember 2026 antworten", "Der Deckel &lt;b&gt;fehlt", "deckel.png", "30,90")
	_, status, html = ben.Get(at)
	want(t, "Ben at the dispute", status, 404, html, "!Deckel")
	if path, _, html := nobody.Get(at); path != "/me/sign-in" {
		t.Errorf("nobody sees %s: %s", path, html)
	}
	file := fileLink.FindString(func() string { _, _, html := anna.Get(at); return html }())
	_, status, html = anna.Get(file)
	want(t, "the file", status, 200, html, string(picture))
	_, status, html = ben.Get(file)
	want(t, "Ben at the file", status, 404, html, "!not a real one")
	_, status, html = anna.Get(item)
	want(t, "the invoice in dispute", status, 200, html, "In Klärung", at, "!"+item+"/dispute\"")
	_, status, html = anna.Get("/me")
	want(t, "the overview", status, 200, html, "In Klärung")
	_, status, html = anna.Get(at + "?lang=en")
	want(t, "in English", status, 200, html, "The shop has to answer by", "!Klärung")
	anna.Get("/me?lang=de")
	if _, status, _ := ben.Post(at+"/withdraw", nil); status != 404 {
		t.Errorf("Ben withdraws: %d", status)
	}
	_, status, html = anna.Post(at+"/withdraw", nil)
	want(t, "withdrawn", status, 200, html, "Sie haben die Meldung zurückgenommen", "!Meldung zurücknehmen</button>")
	_, status, html = anna.Get("/me/disputes")
	want(t, "the list", status, 200, html, "Die Ware ist kaputt", "Teehaus")
	_, status, html = ben.Get("/me/disputes")
	want(t, "Ben's list", status, 200, html, "Keine Klärung", "!Teehaus")
	if _, err := w.App.Audit(w.Ctx, nil); err != nil {
		t.Error(err)
	}
}

// TestClosedInvoiceHasNoDispute: what is paid or due before delivery cannot be reported here.
func TestClosedInvoiceHasNoDispute(t *testing.T) {
	w, past := worldtest.Live(t)
	anna := w.Consumer(worldtest.Anna)
	_, err := w.OpenDispute(w.Ctx, anna, app.Key{}, past.Paid.ID, app.Objection{Reason: pay.DisputeFaulty, Text: "x"})
	if err == nil {
		t.Error("a paid invoice is in dispute")
	}
	_, err = w.OpenDispute(w.Ctx, w.Consumer(worldtest.Ben), app.Key{}, past.Demand.ID, app.Objection{Reason: pay.DisputeFaulty, Text: "x"})
	if err == nil {
		t.Error("a demand before delivery is in dispute")
	}
}

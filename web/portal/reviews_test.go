package portal_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// upload sends a form with files as a signed-in browser would.
func upload(t *testing.T, h http.Handler, cookies map[string]string, path string, fields map[string]string, files ...[]byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for i, b := range files {
		part, err := form.CreateFormFile("files", fmt.Sprintf("../../evil%d.html", i))
		if err != nil {
			t.Fatal(err)
		}
		part.Write(b)
	}
	form.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestContestingOnThePages(t *testing.T) {
	w, past := worldtest.Live(t)
	w.Hire(pay.RoleSupport)
	site := pages(w)
	anna, ben := visitor(t, w, worldtest.Anna), visitor(t, w, worldtest.Ben)
	_, status, html := anna.Get("/me/data")
	want(t, "the data page", status, 200, html, "/me/reviews")
	_, status, html = anna.Get("/me/reviews")
	want(t, "the list", status, 200, html, "5 Bankarbeitstagen", "Beanstanden", "Teehaus", "Sie haben noch nichts beanstandet")
	_, decisions, err := w.MyReviews(w.Ctx, w.Consumer(worldtest.Anna))
	if err != nil || len(decisions) == 0 {
		t.Fatalf("%d decisions, %v", len(decisions), err)
	}
	form := "/me/decisions/" + pay.Bare(decisions[0].Row.ID) + "/review"
	_, status, html = anna.Get(form)
	want(t, "the form", status, 200, html, "Einwand erheben", `type="file"`, "vorher nicht darüber entschieden")
	_, status, html = anna.Get(form + "?lang=en")
	want(t, "the form in English", status, 200, html, "Raise an objection", "!Einwand")
	anna.Get("/me?lang=de")
	_, status, _ = ben.Get(form)
	want(t, "Ben at Anna's decision", status, 404, "")
	_, status, html = anna.Post(form, url.Values{"text": {"kurz"}})
	want(t, "too short", status, 422, html, "error-summary", "10 bis 4000 Zeichen", "kurz")
	cookies := anna.Cookies("/me")
	for name, b := range map[string][]byte{"a script": []byte("<html><script>x</script>"), "a program": []byte("MZ\x90"), "too large": append([]byte("%PDF-1.4"), make([]byte, app.ContestFileMax)...)} {
		if res := upload(t, site, cookies, form, map[string]string{"text": "Das ist mein Beleg dazu."}, b); res.Code != 422 || !strings.Contains(res.Body.String(), "PDF, PNG oder JPEG") {
			t.Errorf("%s: status %d", name, res.Code)
		}
	}
	if res := upload(t, site, cookies, form, map[string]string{"text": "Das ist mein Beleg dazu."}, make([]byte, 9<<20)); res.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("far too large: status %d", res.Code)
	}
	res := upload(t, site, cookies, form, map[string]string{"text": "Das ist mein <i>Beleg</i> dazu.", "fact": "late_payment"}, []byte("%PDF-1.4 paper"))
	mine := res.Header().Get("Location")
	if res.Code != http.StatusSeeOther || !strings.HasPrefix(mine, "/me/reviews/") {
		t.Fatalf("sent: status %d to %s: %s", res.Code, mine, res.Body)
	}
	_, status, html = anna.Get(mine)
	want(t, "the contest", status, 200, html, "30. November 2026", "&lt;i&gt;Beleg", "!<i>Beleg", "/me/reviews/files/", "!evil", "zurückziehen")
	_, status, _ = ben.Get(mine)
	want(t, "Ben at Anna's contest", status, 404, "")
	_, file, _ := strings.Cut(html, `href="/me/reviews/files/`)
	file, _, _ = strings.Cut(file, `"`)
	safeHeaders(t, site, cookies, "/me/reviews/files/"+file)
	if _, status, _ := ben.Get("/me/reviews/files/" + file); status != 404 {
		t.Errorf("Ben at Anna's paper: status %d", status)
	}
	answer(t, w, mine, past.Late.No)
	_, status, html = anna.Get(mine)
	want(t, "the answer", status, 200, html, "Wir haben sofort neu entschieden", "Vorher", "Nachher", "Der Kontoauszug gibt Ihnen recht", "Noch einmal prüfen lassen")
}

// safeHeaders: what a consumer sent is kept, never run: not sniffed, not shown, not cached, named by us.
func safeHeaders(t *testing.T, h http.Handler, cookies map[string]string, path string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for name, part := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename=contest-", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox", "Cache-Control": "no-store"} {
		if got := w.Header().Get(name); !strings.HasPrefix(got, part) {
			t.Errorf("%s of a paper: %q", name, got)
		}
	}
	if w.Code != 200 || w.Body.String() != "%PDF-1.4 paper" {
		t.Errorf("the paper: status %d, %q", w.Code, w.Body)
	}
}

// answer lets support correct a late payment.
func answer(t *testing.T, w *worldtest.World, page, invoice string) {
	t.Helper()
	id, _ := pay.ParseID[pay.ReviewID](pay.PrefixReview, strings.TrimPrefix(page, "/me/reviews/"))
	c := app.Correction{Fact: "late_payment", No: invoice, Day: w.Today - 6}
	if _, err := w.AnswerReview(w.Ctx, w.As(pay.RoleSupport), id, app.ReviewAnswer{Text: "Der Kontoauszug gibt Ihnen recht.", Corrections: []app.Correction{c}}); err != nil {
		t.Fatal(err)
	}
}

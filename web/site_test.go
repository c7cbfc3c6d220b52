package web_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/webtest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func testSite(change ...func(*web.Config)) *web.Site {
	cfg := web.Config{Demo: true, Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for _, c := range change {
		c(&cfg)
	}
	return web.New(cfg)
}

// testPages has one page for each thing that can go wrong.
func testPages(s *web.Site) http.Handler {
	mux := http.NewServeMux()
	s.Register(mux)
	fail := func(path string, err error) {
		mux.Handle(path, web.Handler(func(http.ResponseWriter, *http.Request) error { return err }))
	}
	fail("/gone", web.Status(http.StatusGone))
	fail("/secret", errors.New("the password is rosebud"))
	fail("/late", pay.Errorf(pay.TooLate, "expired", "", "Start again."))
	fail("/missing", pay.Errorf(pay.Missing, "no_order", "", "Check the number."))
	mux.Handle("/panic", web.Handler(func(http.ResponseWriter, *http.Request) error { panic("at the disco") }))
	mux.Handle("/form", s.Limit(web.NewLimiter(time.Minute, 2), "form", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseForm(); err != nil {
			return err
		}
		return web.Redirect(w, r, "/catalogue")
	})))
	mux.Handle("/", web.Handler(func(http.ResponseWriter, *http.Request) error { return web.Status(http.StatusNotFound) }))
	return s.Wrap(mux)
}

func TestCatalogueKeepsTheRules(t *testing.T) {
	b := webtest.NewBrowser(t, testPages(testSite()))
	for _, lang := range web.Langs {
		_, status, html := b.Get("/catalogue?lang=" + string(lang))
		if status != http.StatusOK || !strings.Contains(html, `<html lang="`+string(lang)+`">`) {
			t.Errorf("catalogue in %s: status %d", lang, status)
		}
	}
}

func TestCatalogueIsForTheDemoOnly(t *testing.T) {
	b := webtest.NewBrowser(t, testPages(testSite(func(c *web.Config) { c.Demo = false })))
	if _, status, _ := b.Get("/catalogue"); status != http.StatusNotFound {
		t.Errorf("status %d, want 404", status)
	}
}

func TestFailuresAreFriendly(t *testing.T) {
	b := webtest.NewBrowser(t, testPages(testSite()))
	for path, want := range map[string]int{
		"/gone": 410, "/late": 410, "/missing": 404, "/nowhere": 404, "/secret": 500, "/panic": 500, "/assets/0/app.css": 404,
	} {
		_, status, html := b.Get(path)
		if status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
		if strings.Contains(html, "rosebud") || strings.Contains(html, "disco") || strings.Contains(html, "goroutine") {
			t.Errorf("%s shows what belongs in the log", path)
		}
		if want == 500 && !strings.Contains(html, "<code>") {
			t.Errorf("%s shows no correlation id", path)
		}
	}
}

func TestHeaders(t *testing.T) {
	h := testPages(testSite(func(c *web.Config) { c.Secure = true; c.FormTo = []string{"https://shop.example"} }))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/catalogue?lang=en", nil))
	for name, want := range map[string]string{
		"Content-Security-Policy":   "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self' https://shop.example",
		"X-Content-Type-Options":    "nosniff",
		"Referrer-Policy":           "same-origin",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		"Content-Language":          "en",
		"Cache-Control":             "no-store",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	c := rec.Result().Cookies()
	if len(c) != 1 || !c[0].Secure || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode {
		t.Errorf("the language cookie is %v", c)
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	b := httptest.NewRecorder()
	testPages(testSite()).ServeHTTP(b, httptest.NewRequest("GET", web.Assets.Path("app.css"), nil))
	if b.Code != 200 || !strings.Contains(b.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(b.Header().Get("Content-Type"), "text/css") {
		t.Errorf("status %d, headers %v", b.Code, b.Header())
	}
	if n := b.Body.Len(); n > 30<<10 {
		t.Errorf("the style sheet has %d bytes; a first view may have 60 KB in all", n)
	}
}

func TestForgedFormsAreRefused(t *testing.T) {
	h := testPages(testSite())
	for site, want := range map[string]int{"same-origin": 303, "cross-site": 403, "same-site": 403, "": 303} {
		req := httptest.NewRequest("POST", "/form", strings.NewReader("a=b"))
		req.Header.Set("Sec-Fetch-Site", site)
		req.RemoteAddr = "192.0.2." + string(rune('1'+len(site)%9)) + ":1"
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != want {
			t.Errorf("from %q: status %d, want %d", site, rec.Code, want)
		}
	}
}

func TestTooManyPostsAndTooMuch(t *testing.T) {
	b := webtest.NewBrowser(t, testPages(testSite()))
	if _, status, _ := b.Post("/form", url.Values{"a": {strings.Repeat("x", 2<<20)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("2 MB: status %d, want 413", status)
	}
	b.Post("/form", url.Values{})
	if _, status, _ := b.Post("/form", url.Values{}); status != http.StatusTooManyRequests {
		t.Errorf("third post: status %d, want 429", status)
	}
}

func TestLimiterForgetsAndStaysBounded(t *testing.T) {
	l := web.NewLimiter(time.Minute, 2)
	for i, want := range []bool{true, true, false} {
		if got := l.Allow("a", noon); got != want {
			t.Errorf("request %d: %v, want %v", i, got, want)
		}
	}
	if !l.Allow("a", noon.Add(time.Minute)) {
		t.Error("a minute later there is one more")
	}
	for i := range 50_000 {
		l.Allow(strings.Repeat("k", i%7)+string(rune(i)), noon)
	}
	if !l.Allow("new", noon) {
		t.Error("a flood of other addresses must not lock out a new one")
	}
}

func TestClientIP(t *testing.T) {
	cases := []struct {
		hops               int
		remote, xff, wants string
	}{
		{0, "192.0.2.7:4711", "10.0.0.1", "192.0.2.7"},
		{1, "127.0.0.1:1", "10.0.0.1, 198.51.100.4", "198.51.100.4"},
		{2, "127.0.0.1:1", "10.0.0.1, 198.51.100.4", "10.0.0.1"},
		{2, "127.0.0.1:1", "198.51.100.4", "127.0.0.1"},
		{0, "[2001:db8:1:2:3:4:5:6]:1", "", "2001:db8:1:2::"},
		{0, "[::ffff:192.0.2.7]:1", "", "192.0.2.7"},
	}
	for _, c := range cases {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.xff != "" {
			r.Header.Set("X-Forwarded-For", c.xff)
		}
		if got := testSite(func(cfg *web.Config) { cfg.ProxyHops = c.hops }).ClientIP(r); got != c.wants {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestLanguageOfARequest(t *testing.T) {
	cases := []struct{ query, cookie, accept, want string }{
		{"", "", "", "de"}, {"", "", "en-GB,en;q=0.9", "en"}, {"", "", "fr", "de"}, {"", "", "de-AT", "de"},
		{"", "en", "de", "en"}, {"?lang=de", "en", "en", "de"}, {"?lang=xx", "", "en", "en"},
	}
	for _, c := range cases {
		r := httptest.NewRequest("GET", "/catalogue"+c.query, nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: "lang", Value: c.cookie})
		}
		rec := httptest.NewRecorder()
		testPages(testSite()).ServeHTTP(rec, r)
		if got := rec.Header().Get("Content-Language"); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestShotsOfTheCatalogue(t *testing.T) {
	b := webtest.NewBrowser(t, testPages(testSite()))
	webtest.Shots(t, "..", []webtest.Shot{{Name: "catalogue", URL: b.Base() + "/catalogue"}, {Name: "gone", URL: b.Base() + "/gone"}})
}

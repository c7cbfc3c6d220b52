package sdk

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/web"
)

// gzipMax is what a shop's buyers may have to load.
const gzipMax = 12 << 10

func TestScriptIsSmall(t *testing.T) {
	for _, s := range Releases {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(s.text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if b.Len() >= gzipMax {
			t.Errorf("release %s has %d bytes compressed, at most %d", s.Version, b.Len(), gzipMax)
		}
	}
}

func site() http.Handler {
	s := web.New(web.Config{Secure: true, Now: func() time.Time { return time.Unix(0, 0) }})
	mux := http.NewServeMux()
	s.Register(mux)
	New("https://pay.test").Routes(mux)
	return s.Wrap(mux)
}

func get(path, lang string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, http.NoBody)
	r.Header.Set("Accept-Language", lang)
	rec := httptest.NewRecorder()
	site().ServeHTTP(rec, r)
	return rec
}

// TestHashIsThatOfTheFile compares what is served with what the page tells shops to name.
func TestHashIsThatOfTheFile(t *testing.T) {
	newest := Releases[len(Releases)-1]
	rec := get(newest.Path(), "de")
	h := rec.Header()
	if rec.Code != 200 || integrity(rec.Body.Bytes()) != newest.SRI {
		t.Errorf("%s: %d, hash %s, published %s", newest.Path(), rec.Code, integrity(rec.Body.Bytes()), newest.SRI)
	}
	if !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") {
		t.Errorf("a shop cannot load the release with its hash: %v", h)
	}
	if rec = get(latestPath, "de"); strings.Contains(rec.Header().Get("Cache-Control"), "immutable") || integrity(rec.Body.Bytes()) != newest.SRI {
		t.Errorf("the newest release: %v", rec.Header())
	}
	for lang, want := range map[string]string{"de": "Bezahlen auf der Seite Ihres Shops", "en": "Checkout in your shop"} {
		rec := get("/sdk", lang)
		if html := strings.ReplaceAll(rec.Body.String(), "&#43;", "+"); rec.Code != 200 || !strings.Contains(html, newest.SRI) || !strings.Contains(html, newest.Path()) || !strings.Contains(html, want) {
			t.Errorf("the page in %s: %d", lang, rec.Code)
		}
		if csp := rec.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("the page may be framed: %s", csp)
		}
	}
}

// TestScriptNeedsNoLoosePolicy looks for what a strict policy forbids, and for the lawful warning, word for word.
func TestScriptNeedsNoLoosePolicy(t *testing.T) {
	text := string(Releases[len(Releases)-1].text)
	for _, loose := range []string{"eval(", "new Function", "innerHTML", "outerHTML", "document.write", "setAttribute('style'", "insertAdjacentHTML", "fetch(", "XMLHttpRequest", "localStorage", "cookie", "postMessage({ zahlziel: 1, ...m }, '*')"} {
		if strings.Contains(text, loose) {
			t.Errorf("the script uses %s", loose)
		}
	}
	for _, lang := range []string{"de", "en"} {
		if !strings.Contains(text, "warning: '"+app.CreditWarning(lang)+"'") {
			t.Errorf("the message in %s lacks the warning %q", lang, app.CreditWarning(lang))
		}
	}
}

package shopapi

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

func TestBasicAuth(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	cases := []struct {
		header, user, secret string
		ok                   bool
	}{
		{"Basic " + b64([]byte("shop:secret")), "shop", "secret", true},
		{"Basic  " + b64([]byte("shop:secret")), "shop", "secret", true},
		{"  basic\t" + b64([]byte("shop:secret")), "", "", false},
		{"basic " + b64([]byte("shop:s:e:c")) + " ", "shop", "s:e:c", true},
		{"Basic c2hvcDpzZWNyZQ", "shop", "secre", true},
		{"Basic " + b64([]byte("shop:")), "shop", "", true},
		{"Basic " + b64([]byte("shop")), "", "", false},
		{"Basic " + b64([]byte(":secret")), "", "", false},
		{"Basic !!!", "", "", false},
		{"Bearer abc", "", "", false},
		{"Basic", "", "", false},
		{"", "", "", false},
	}
	for _, c := range cases {
		user, secret, ok := basicAuth(c.header)
		if ok != c.ok || ok && (user != c.user || secret != c.secret) {
			t.Errorf("%q: got %q %q %v", c.header, user, secret, ok)
		}
	}
}

// TestFailedLogins: guessing a user's secret from one address is slowed down; the right secret, other users and other
// addresses are not, and the table stays small.
func TestFailedLogins(t *testing.T) {
	w := newWorld(t)
	path := "/payments/v1/sessions/" + w.session
	guess := func(user, address string) int {
		r := httptest.NewRequest("GET", path, http.NoBody)
		r.RemoteAddr = address
		r.SetBasicAuth(user, "a guess")
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		if rec.Code == 429 && (rec.Header().Get("Retry-After") != "1" || !strings.Contains(rec.Body.String(), `"TOO_MANY_REQUESTS"`)) {
			t.Errorf("429 without what to do: %v %s", rec.Header(), rec.Body)
		}
		return rec.Code
	}
	for n := range failBurst {
		if code := guess("shop", "192.0.2.7:1000"); code != 401 {
			t.Fatalf("guess %d: got %d", n, code)
		}
	}
	for _, c := range []struct {
		user, address string
		want          int
	}{{"shop", "192.0.2.7:2000", 429}, {"shop", "192.0.2.8:1000", 401}, {"other", "192.0.2.7:1000", 401}, {"nobody", "192.0.2.7:1000", 401}} {
		if code := guess(c.user, c.address); code != c.want {
			t.Errorf("%s from %s: got %d, want %d", c.user, c.address, code, c.want)
		}
	}
	r := httptest.NewRequest("GET", path, http.NoBody)
	r.RemoteAddr = "192.0.2.7:1000"
	r.SetBasicAuth("shop", w.secrets["shop"])
	rec := httptest.NewRecorder()
	if w.api.ServeHTTP(rec, r); rec.Code != 200 {
		t.Errorf("the right secret after many wrong ones: got %d", rec.Code)
	}
}

func TestFailuresForget(t *testing.T) {
	f := failures{seen: map[string]*rate.Limiter{}}
	r := httptest.NewRequest("GET", "/", http.NoBody)
	for n := range failKeysMax + 10 {
		f.add(r, strconv.Itoa(n), time.Unix(0, 0))
	}
	if len(f.seen) > failKeysMax {
		t.Errorf("%d keys are kept", len(f.seen))
	}
}

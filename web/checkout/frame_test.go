package checkout

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

func TestFrameOrigins(t *testing.T) {
	for website, want := range map[string]string{
		"https://shop.example/start":    "https://shop.example https://www.shop.example",
		"https://www.shop.example:443/": "https://shop.example https://www.shop.example",
		"http://localhost:8080/x":       "http://localhost:8080",
		"http://127.0.0.1:99":           "http://127.0.0.1:99",
		"":                              "", "shop.example": "", "javascript:alert(1)": "", "https://*.example": "", "https://a;b.example": "", "https://u@shop.example": "",
	} {
		if got := strings.Join(frameOrigins(website), " "); got != want {
			t.Errorf("%s may be framed by %q, want %q", website, got, want)
		}
	}
}

func TestWrongFieldsAreNamed(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`: {},
		`{"billing_address":{"given_name":"A","family_name":"B","street_address":"C 1","postal_code":"10115","city":"D","country":"de","email":"a@example.org"}}`: {},
		`{"billing_address":{"given_name":"A","street_address":"C 1","postal_code":"1011","city":"D","country":"FR","email":"nobody"}}`:                           {"billing_address.family_name", "billing_address.postal_code", "billing_address.country", "billing_address.email"},
		`{"shipping_address":{"given_name":"A","family_name":"B","street_address":"C 1","postal_code":"10115","city":"D","country":"DE"}}`:                        {},
		`{"customer":{"date_of_birth":"2031-02-29"}}`: {"customer.date_of_birth"},
		`{"customer":{"date_of_birth":"2030-01-01"}}`: {"customer.date_of_birth"},
	} {
		var d shopData
		ok(t, json.Unmarshal([]byte(text), &d))
		if got := d.wrong("DE", today); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestOnlyTheFrameMayBeFramed reads the policy of the framed page and of its neighbours.
func TestOnlyTheFrameMayBeFramed(t *testing.T) {
	b, a := openWorld(t)
	ctx := context.Background()
	site := web.New(web.Config{Secure: true, Now: time.Now})
	mux := http.NewServeMux()
	New(site, a).Register(mux)
	door := site.Wrap(mux)
	get := func(path string) http.Header {
		rec := httptest.NewRecorder()
		door.ServeHTTP(rec, httptest.NewRequest("GET", path, http.NoBody))
		return rec.Header()
	}
	frameOf := func(name, website string) string {
		m, _, err := a.CreateMerchant(ctx, app.System, pay.Merchant{Name: name, Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
			Methods: []string{"invoice_14"}, WebsiteURL: website}, name)
		ok(t, err)
		s, err := a.CreateSession(ctx, app.Actor{Merchant: m.ID}, pay.Cart{Country: "DE", Currency: money.EUR, Amount: 100, Lines: []pay.Line{{Name: "X", Quantity: 1, UnitPrice: 100, TotalAmount: 100}}})
		ok(t, err)
		return "/frame/" + s.ClientToken
	}
	mine := frameOf("mine", "https://mine.example")
	h := get(mine + "/pay_later")
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "frame-ancestors https://mine.example https://www.mine.example; ") || h.Get("X-Frame-Options") != "" || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'self'") {
		t.Errorf("the frame's policy is %q, X-Frame-Options %q", csp, h.Get("X-Frame-Options"))
	}
	hosted, _ := toCheckout(t, b, "STADT-3")
	for _, path := range []string{hosted, frameOf("none", "") + "/all", mine + "x/all", "/frame/x.y.z/all"} {
		if h := get(path); !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%.30s may be framed: %s", path, h.Get("Content-Security-Policy"))
		}
	}
}

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/client"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/checkout"
	"zahlziel/web/portal/worldtest"
)

// TestSale buys on the real payment page's session, comes back, and does everything at the counter.
func TestSale(t *testing.T) {
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	pages := w.Site(func(site *web.Site, mux *http.ServeMux) { checkout.New(site, w.App).Register(mux) })
	front := http.NewServeMux()
	front.Handle("/checkout/", pages)
	api.Routes(front, w.App, func(r *http.Request) string { return r.RemoteAddr })
	server := httptest.NewServer(front)
	defer server.Close()
	w.BaseURL = server.URL
	_, key, err := w.CreateKey(w.Ctx, app.System, w.Shoes.Merchant, "sample", pay.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	s := newShop(client.New(server.URL, key), "http://shop.test")
	buyer := url.Values{"thing": {"1"}, "given_name": {"Kai"}, "family_name": {"Lang"}, "street": {"Lindenweg 3"}, "postal_code": {"50667"}, "city": {"Köln"}, "email": {"kai@example.org"}, "birth_date": {"1990-05-05"}}
	to := s.do(t, "POST", "/buy", buyer.Encode(), 303).Header().Get("Location")
	if resp, err := http.Get(to); err != nil || resp.StatusCode != 200 {
		t.Fatalf("the payment page at %s: %v %v", to, resp, err)
	}
	if at := s.do(t, "GET", "/thanks/0", "", 303).Header().Get("Location"); at != "/" {
		t.Errorf("thanks before the confirmation led to %s", at)
	}
	id := pay.SessionID(pay.PrefixSession + "_" + s.purchases[0].session)
	v, err := w.ReadSession(w.Ctx, w.Shoes, id)
	if err != nil {
		t.Fatal(err)
	}
	free := int64(100_000)
	if ans, err := w.Authorize(w.Ctx, id, v.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000", MonthlyFree: &free}); err != nil || !ans.Approved {
		t.Fatalf("%+v %v", ans, err)
	}
	for range 2 {
		if text := body(s.do(t, "GET", "/thanks/0", "", 200)); !strings.Contains(text, "24,90 €") {
			t.Errorf("%s", text)
		}
	}
	deed := regexp.MustCompile(`/counter/[0-9a-f-]+/(\w+)`)
	for _, step := range []struct{ offered, done string }{{"send cancel", "send"}, {"refund", "refund"}, {"", ""}} {
		var offered []string
		text := body(s.do(t, "GET", "/counter", "", 200))
		for _, m := range deed.FindAllStringSubmatch(text, -1) {
			offered = append(offered, m[1])
		}
		if strings.Join(offered, " ") != step.offered {
			t.Errorf("the counter offers %v, want %s", offered, step.offered)
		}
		if step.done != "" {
			s.do(t, "POST", "/counter/"+s.purchases[0].order+"/"+step.done, "", 303)
		}
	}
	if text := body(s.do(t, "POST", "/counter/"+s.purchases[0].order+"/send", "", 400)); !strings.Contains(text, "amount") {
		t.Errorf("%s", text)
	}
	s.do(t, "GET", "/thanks/7", "", 404)
}

func (s *shop) do(t *testing.T, method, path, form string, status int) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	if rec.Code != status {
		t.Fatalf("%s %s: got %d, want %d: %s", method, path, rec.Code, status, rec.Body)
	}
	return rec
}

func body(rec *httptest.ResponseRecorder) string {
	text, _ := io.ReadAll(rec.Body)
	return string(text)
}

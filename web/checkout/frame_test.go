package checkout

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/portal/worldtest"
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

// TestFrameWithoutCookies goes through the frame as a browser that keeps no cookie there, behind https.
func TestFrameWithoutCookies(t *testing.T) {
	_, a := openWorld(t)
	ctx := context.Background()
	m, _, err := a.CreateMerchant(ctx, app.System, pay.Merchant{Name: "Mine", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
		Methods: []string{"invoice_14", "prepayment"}, WebsiteURL: "https://mine.example"}, "mine")
	ok(t, err)
	s, err := a.CreateSession(ctx, app.Actor{Merchant: m.ID}, pay.Cart{Country: "DE", Currency: money.EUR, Locale: "en-DE", Amount: 100, Lines: []pay.Line{{Name: "X", Quantity: 1, UnitPrice: 100, TotalAmount: 100}}})
	ok(t, err)
	mux := http.NewServeMux()
	site := web.New(web.Config{Secure: true, Now: time.Now})
	New(site, a).Register(mux)
	door := site.Wrap(mux)
	post := func(step string, form url.Values, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/frame/"+s.ClientToken+"/pay_later/"+step, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		door.ServeHTTP(rec, r)
		return rec
	}
	address := `{"billing_address":{"given_name":"Anna","family_name":"Berger","street_address":"Lindenstr. 5","postal_code":"80331","city":"München","country":"DE","email":"anna.berger@example.org"}}`
	r := httptest.NewRequest("POST", "/frame/"+s.ClientToken+"/pay_later/data", strings.NewReader(address))
	told := httptest.NewRecorder()
	if door.ServeHTTP(told, r); told.Code != 200 || strings.TrimSpace(told.Body.String()) != `{"changed":true,"invalid_fields":[]}` {
		t.Fatalf("the data of the shop's form: %d %s", told.Code, told.Body)
	}
	if rec := post("identify", born(), "Sec-Fetch-Site", "cross-site", "Origin", "https://mine.example"); rec.Code != 403 {
		t.Errorf("the shop's page can post into the frame: %d", rec.Code)
	}
	if rec := post("identify", born()); rec.Code != 200 || !strings.Contains(rec.Body.String(), `data-state="code"`) {
		t.Fatalf("after the details: %d", rec.Code)
	}
	rec := post("code", url.Values{"code": {"000000"}})
	cookie := rec.Header().Get("Set-Cookie")
	for _, part := range []string{"Path=/frame", "HttpOnly", "Secure", "SameSite=None", "Partitioned"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie of the frame lacks %s: %s", part, cookie)
		}
	}
	_, rest, _ := strings.Cut(rec.Body.String(), `name="proof" value="`)
	proof, _, _ := strings.Cut(rest, `"`)
	if !strings.Contains(rec.Body.String(), `data-state="pay"`) || proof == "" || strings.Contains(rec.Body.String(), "prepayment") {
		t.Fatalf("after the code: %d, proof %q", rec.Code, proof)
	}
	choice := url.Values{"proof": {proof}, "method": {"invoice_14"}, "free": {"800"}, "consent": {"yes"}, "hold": {"yes"}}
	if rec = post("pay", choice); !strings.Contains(rec.Body.String(), `data-state="held"`) || !strings.Contains(rec.Body.String(), "Nothing is bought before that") {
		t.Fatalf("a choice that is kept: %d", rec.Code)
	}
	choice.Set("hold", "")
	if rec = post("pay", choice); !strings.Contains(rec.Body.String(), `data-state="done"`) || strings.Contains(rec.Body.String(), `data-token=""`) {
		t.Fatalf("the purchase: %d", rec.Code)
	}
	choice.Set("proof", "")
	if rec = post("pay", choice); !strings.Contains(rec.Body.String(), `data-state="done"`) {
		t.Errorf("the same again: %d", rec.Code)
	}
}

// TestPrepaymentInAFrameIsToldLater pays by transfer days after the shop's page was closed. Nobody waits there any more: the
// shop's server is called at the session's address and told by an event, and a frame that is opened again hands out the token.
func TestPrepaymentInAFrameIsToldLater(t *testing.T) {
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	var heard []string
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		ok(t, err)
		heard = append(heard, r.URL.String()+" "+string(body))
	}))
	defer shop.Close()
	_, err := w.SetEndpoint(w.Ctx, w.Shoes, app.Key{}, w.Shoes.Merchant, shop.URL+"/events")
	ok(t, err)
	s, err := w.CreateSession(w.Ctx, w.Shoes, pay.Cart{Country: "DE", Currency: money.EUR, Locale: "en-DE", Amount: 1900, Lines: []pay.Line{worldtest.Line("Hat", 1900)},
		Billing: &pay.Address{GivenName: "Anna", FamilyName: "Berger", Street: "Lindenstr. 5", PostalCode: "80331", City: "München", Country: "DE", Email: "anna.berger@example.org"},
		URLs:    pay.URLs{Authorization: shop.URL + "/told?session={session.id}"}})
	ok(t, err)
	door := w.Site(func(site *web.Site, mux *http.ServeMux) { New(site, w.App).Register(mux) })
	ask := func(method, step string, form url.Values) string {
		r := httptest.NewRequest(method, "/frame/"+s.ClientToken+"/direct_bank_transfer"+step, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		door.ServeHTTP(rec, r)
		return rec.Body.String()
	}
	ask("POST", "/identify", born())
	page := ask("POST", "/code", url.Values{"code": {"000000"}})
	_, rest, _ := strings.Cut(page, `name="proof" value="`)
	proof, _, _ := strings.Cut(rest, `"`)
	page = ask("POST", "/pay", url.Values{"proof": {proof}, "method": {"prepayment"}})
	reference := regexp.MustCompile(`RF[0-9 ]{10,}`).FindString(page)
	if !strings.Contains(page, `data-state="wait"`) || reference == "" {
		t.Fatalf("after the choice: %s", page)
	}
	if w.Work(); len(heard) != 0 {
		t.Errorf("told before the money is there: %q", heard)
	}
	w.At(cal.Date(2026, 11, 25), 9)
	w.Receive(1900, "Anna Berger", "DE02500105170137075030", reference)
	w.Work()
	told, err := w.ReadSession(w.Ctx, w.Shoes, s.Session.ID)
	ok(t, err)
	session, token := pay.Bare(s.Session.ID), pay.Bare(told.Token)
	slices.Sort(heard)
	if len(heard) != 2 || token == "" || heard[1] != "/told?session="+session+` {"authorization_token":"`+token+`","session_id":"`+session+`"}` ||
		!strings.Contains(heard[0], `"type":"prepayment.received"`) || !strings.Contains(heard[0], `"session_id":"`+session+`"`) || strings.Contains(heard[0], token) {
		t.Errorf("the shop heard %q", heard)
	}
	if page = ask("GET", "", nil); !strings.Contains(page, `data-state="done"`) || !strings.Contains(page, `data-token="`+token+`"`) {
		t.Errorf("the frame opened again: %s", page)
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

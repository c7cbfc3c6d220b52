package sampleshop

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"zahlziel/web"
	"zahlziel/web/webtest"
)

// provider is the other side of the wire: it checks what a merchant sends and keeps one order.
type provider struct {
	t      *testing.T
	base   string
	back   string // success address of the hosted page
	told   string // authorization callback
	cart   wireCart
	order  wireOrder
	placed int
	refuse bool
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, secret, ok := r.BasicAuth(); !ok || user != "PK_alm" || secret != "secret" {
		http.Error(w, `{"error_code":"UNAUTHORIZED","error_messages":["Unauthorized"]}`, http.StatusUnauthorized)
		return
	}
	answer := func(status int, body string) {
		w.WriteHeader(status)
		if _, err := io.WriteString(w, body); err != nil {
			p.t.Error(err)
		}
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /payments/v1/sessions":
		p.readCart(r)
		p.told = p.cart.URLs.Authorization
		answer(200, `{"session_id":"s-1","client_token":"a.b.c"}`)
	case "POST /hpp/v1/sessions":
		var in struct {
			URL  string       `json:"payment_session_url"`
			URLs wirePageURLs `json:"merchant_urls"`
		}
		p.read(r, &in)
		if !strings.HasSuffix(in.URL, "/payments/v1/sessions/s-1") {
			p.t.Errorf("payment_session_url is %s", in.URL)
		}
		p.back = in.URLs.Success
		answer(201, `{"session_id":"h-1","redirect_url":"`+p.base+`/checkout"}`)
	case "POST /payments/v1/authorizations/tok/order":
		if p.refuse {
			answer(409, `{"error_code":"CONFLICT","error_messages":["no"],"correlation_id":"c-1"}`)
			return
		}
		p.readCart(r)
		p.placed++
		p.order = wireOrder{Status: "AUTHORIZED", Amount: p.cart.Amount, Remaining: p.cart.Amount}
		answer(200, `{"order_id":"o-1","fraud_status":"ACCEPTED","authorized_payment_method":{"type":"invoice"}}`)
	case "GET /ordermanagement/v1/orders/o-1":
		b, _ := json.Marshal(p.order)
		answer(200, string(b))
	case "POST /ordermanagement/v1/orders/o-1/captures":
		p.order.Status, p.order.Captured, p.order.Remaining = "CAPTURED", p.order.Amount, 0
		answer(201, "")
	case "POST /ordermanagement/v1/orders/o-1/refunds":
		var in struct {
			Amount int64 `json:"refunded_amount"`
		}
		p.read(r, &in)
		p.order.Refunded += in.Amount
		answer(201, "")
	default:
		p.t.Errorf("unexpected call %s %s", r.Method, r.URL.Path)
		answer(404, "{}")
	}
}

func (p *provider) read(r *http.Request, v any) {
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		p.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
	}
}

// readCart checks the arithmetic that the wire demands of every basket.
func (p *provider) readCart(r *http.Request) {
	p.cart = wireCart{}
	p.read(r, &p.cart)
	var sum, tax int64
	for _, l := range p.cart.Lines {
		if l.TotalAmount != l.Quantity*l.UnitPrice {
			p.t.Errorf("line %s: %d is not %d times %d", l.Reference, l.TotalAmount, l.Quantity, l.UnitPrice)
		}
		if want := l.TotalAmount - l.TotalAmount*10000/(10000+l.TaxRate); l.TotalTax < want-1 || l.TotalTax > want+1 {
			p.t.Errorf("line %s: tax %d, want about %d", l.Reference, l.TotalTax, want)
		}
		sum, tax = sum+l.TotalAmount, tax+l.TotalTax
	}
	if sum != p.cart.Amount || tax != p.cart.Tax || p.cart.Reference == "" {
		p.t.Errorf("the basket does not add up: %+v", p.cart)
	}
}

func open(t *testing.T) (*webtest.Browser, *provider) {
	t.Helper()
	p := &provider{t: t}
	api := httptest.NewServer(p)
	t.Cleanup(api.Close)
	site := web.New(web.Config{Demo: true, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	mux := http.NewServeMux()
	site.Register(mux)
	mux.HandleFunc("GET /checkout", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the provider's page") })
	wire := func(user, password string) Wire { return Wire{api.URL, user, password, http.DefaultClient} }
	shops := New(Config{Sellers: map[string]Seller{"schuhladen": wire("PK_alm", "secret"), "lichthaus": wire("PK_nord", "wrong")}, Buyers: Buyers})
	mux.Handle(Path, shops)
	mux.Handle(Path+"/", shops)
	b := webtest.NewBrowser(t, site.Wrap(mux))
	shops.cfg.Home, p.base = b.Base(), b.Base()
	return b, p
}

func anna() url.Values {
	return url.Values{"given": {"Anna"}, "family": {"Berger"}, "email": {"anna.berger@example.org"}, "street": {"Lindenstraße 5"}, "postcode": {"80331"}, "city": {"München"}, "born.day": {"3"}, "born.month": {"12"}, "born.year": {"1990"}}
}

func buy(t *testing.T, b *webtest.Browser) {
	t.Helper()
	b.Get("/demo/schuhladen?lang=de")
	b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"1"}})
	_, _, html := b.Post("/demo/schuhladen/basket", url.Values{"sku": {"SOCK-3"}, "delta": {"2"}})
	if !strings.Contains(html, "159,70") {
		t.Fatal("129,90 and twice 14,90 make 159,70")
	}
	if path, _, _ := b.Post("/demo/schuhladen/order", anna()); path != "/checkout" {
		t.Fatalf("ordering leads to %s, want the provider's page", path)
	}
}

func TestOrderShipAndRefund(t *testing.T) {
	b, p := open(t)
	buy(t, b)
	if p.cart.Customer == nil || p.cart.Customer.DateOfBirth != "1990-12-03" || p.cart.Billing.Email != "anna.berger@example.org" {
		t.Errorf("the session carries %+v %+v", p.cart.Customer, p.cart.Billing)
	}
	path, _, html := b.Get(strings.Replace(p.back, "{{authorization_token}}", "tok", 1))
	if !strings.HasPrefix(path, "/demo/schuhladen/thanks/") || !strings.Contains(html, "159,70") || p.placed != 1 {
		t.Fatalf("after paying: %s, placed %d", path, p.placed)
	}
	b.Get(strings.Replace(p.back, "{{authorization_token}}", "tok", 1))
	if p.placed != 1 {
		t.Error("coming back twice placed two orders")
	}
	no := strings.TrimPrefix(path, "/demo/schuhladen/thanks/")
	office := "/demo/schuhladen/office/" + no
	p.order.Fraud = "PENDING"
	if _, _, html = b.Get(office); !strings.Contains(html, "prüft diese Bestellung noch") || strings.Contains(html, `value="ship"`) {
		t.Error("an order that is still looked at can be sent")
	}
	p.order.Fraud = "ACCEPTED"
	if _, _, html = b.Post(office, url.Values{"act": {"ship"}}); !strings.Contains(html, "versandt") {
		t.Error("shipping does not show")
	}
	if _, status, html := b.Post(office, url.Values{"act": {"refund"}, "amount": {"9000"}}); status != 422 || !strings.Contains(html, "#amount") {
		t.Errorf("more than the order was accepted: %d", status)
	}
	if b.Post(office, url.Values{"act": {"refund"}, "amount": {"29,80"}}); p.order.Refunded != 2980 {
		t.Errorf("refunded %d, want 2980", p.order.Refunded)
	}
	if _, _, html = b.Get("/demo/schuhladen/office?lang=en"); !strings.Contains(html, no) || !strings.Contains(html, "€159.70") {
		t.Error("the order is not in the list")
	}
}

func TestCallbackPlacesTheOrderWithoutTheConsumer(t *testing.T) {
	b, p := open(t)
	buy(t, b)
	post := func(address string) int {
		res, err := http.Post(address, "application/json", strings.NewReader(`{"authorization_token":"tok","session_id":"s-1"}`))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if status := post(p.told + "x"); status != 404 || p.placed != 0 {
		t.Errorf("a guessed address: status %d, placed %d", status, p.placed)
	}
	if status := post(p.told); status != 204 || p.placed != 1 {
		t.Errorf("the callback: status %d, placed %d", status, p.placed)
	}
	if post(p.told); p.placed != 1 {
		t.Error("a repeated callback placed a second order")
	}
}

func TestTroubleKeepsTheBasket(t *testing.T) {
	b, p := open(t)
	buy(t, b)
	p.refuse = true
	if _, status, html := b.Get(strings.Replace(p.back, "{{authorization_token}}", "tok", 1)); status != 502 || !strings.Contains(html, "c-1") {
		t.Errorf("a refused order: status %d", status)
	}
	if _, _, html := b.Get("/demo/schuhladen/basket"); !strings.Contains(html, "159,70") {
		t.Error("the basket is gone")
	}
	b.Post("/demo/lichthaus/basket", url.Values{"sku": {"BIRNE-6"}, "delta": {"1"}})
	if _, status, _ := b.Post("/demo/lichthaus/order", anna()); status != 502 {
		t.Errorf("a wrong password at the API: status %d", status)
	}
}

func TestStyleSheetIsBelowTheShopsPath(t *testing.T) {
	b, _ := open(t)
	_, _, html := b.Get("/demo/schuhladen")
	address := assets.Path("shop.css")
	if !strings.Contains(html, address) || !strings.HasPrefix(address, Path+"/") {
		t.Fatalf("the page does not ask for %s", address)
	}
	if _, status, css := b.Get(address); status != 200 || !strings.Contains(css, ".picture") {
		t.Errorf("%s: status %d", address, status)
	}
}

func TestFormAndStrangers(t *testing.T) {
	b, p := open(t)
	b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"1"}})
	_, status, html := b.Post("/demo/schuhladen/order", url.Values{"given": {"Anna"}, "postcode": {"803"}})
	if status != 422 || !strings.Contains(html, `value="Anna"`) || !strings.Contains(html, "#postcode") {
		t.Errorf("an incomplete form: status %d", status)
	}
	if _, _, html := b.Get("/demo/schuhladen/order?as=1"); !strings.Contains(html, "Mehmet") {
		t.Error("the form does not fill in")
	}
	b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"-1"}})
	buy(t, b)
	path, _, _ := b.Get(strings.Replace(p.back, "{{authorization_token}}", "tok", 1))
	res, err := http.Get(b.Base() + path)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 404 {
		t.Errorf("another visitor sees the order: %d", res.StatusCode)
	}
	for _, path := range []string{"/demo/nirgends", "/demo/schuhladen/office/B-9"} {
		if _, status, _ := b.Get(path); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if _, status, _ := b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"1000"}}); status != 400 {
		t.Errorf("a thousand at once: status %d", status)
	}
}

func TestShotsOfTheShops(t *testing.T) {
	b, _ := open(t)
	add := []webtest.Action{webtest.Click(".good .button"), webtest.WaitFor(".basket-line")}
	form := append(add[:2:2], webtest.Click(".actions .button-primary"), webtest.WaitFor("form .button-primary"), webtest.Click(".as"), webtest.WaitFor("form .button-primary"))
	webtest.Shots(t, "../..", []webtest.Shot{
		{Name: "shop-both", URL: b.Base() + "/demo"},
		{Name: "shop-shoes", URL: b.Base() + "/demo/schuhladen"},
		{Name: "shop-lamps", URL: b.Base() + "/demo/lichthaus"},
		{Name: "shop-basket", URL: b.Base() + "/demo/schuhladen", After: add},
		{Name: "shop-form", URL: b.Base() + "/demo/schuhladen", After: form},
		{Name: "shop-office", URL: b.Base() + "/demo/schuhladen/office"},
	})
}

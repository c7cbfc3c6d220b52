package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// lossy carries calls and loses every answer but each third; the server has done its work by then.
type lossy struct{ n, calls int }

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	l.calls++
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if l.n++; l.n%3 != 0 {
		resp.Body.Close()
		return nil, errors.New("the line broke")
	}
	return resp, nil
}

func newWorld(t *testing.T) (*worldtest.World, *Client) {
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	mux := http.NewServeMux()
	api.Routes(mux, w.App, func(r *http.Request) string { return r.RemoteAddr })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	_, key, err := w.CreateKey(w.Ctx, app.System, w.Shoes.Merchant, "test", pay.Scopes)
	if err != nil {
		t.Fatal(err)
	}
	return w, New(server.URL+"/", key)
}

func cart(amount int64) NewSession {
	return NewSession{Cart: Cart{Country: "DE", Currency: "EUR", Locale: "de-DE", Amount: amount, Lines: []Line{{Name: "Hut", Quantity: 1, UnitPrice: amount, TotalAmount: amount, TaxRate: 1900}},
		Billing: &Address{GivenName: "Kai", FamilyName: "Lang", Street: "Lindenweg 3", PostalCode: "50667", City: "Köln", Country: "DE", Email: "kai@example.org"}},
		Buyer: &Buyer{BirthDate: "1990-05-05"}}
}

func ok[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestLostAnswers walks a purchase over a line that loses two answers of three: everything happens exactly once.
func TestLostAnswers(t *testing.T) {
	w, c := newWorld(t)
	line := &lossy{}
	c.HTTP = &http.Client{Transport: line}
	ctx := context.Background()
	s := ok[*Session](t)(c.CreateSession(ctx, cart(5000)))
	if p := ok[*Page](t)(c.CreatePage(ctx, s.ID, NewPage{Then: "none"})); !strings.Contains(p.URL, p.ID) {
		t.Errorf("%+v", p)
	}
	free, id := int64(100_000), pay.SessionID(pay.PrefixSession+"_"+s.ID)
	ans := ok[*app.AuthorizeAnswer](t)(w.Authorize(ctx, id, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000", MonthlyFree: &free}))
	if !ans.Approved {
		t.Fatalf("%+v", ans)
	}
	if s = ok[*Session](t)(c.Session(ctx, s.ID)); s.Status != "authorized" {
		t.Fatalf("%+v", s)
	}
	o := ok[*Order](t)(c.PlaceOrder(ctx, NewOrder{AuthorizationToken: s.AuthorizationToken, Amount: 5000, Reference: "S-7"}))
	ok[*Capture](t)(c.Capture(ctx, o.ID, Parcel{Amount: 3000, Shipments: []Shipment{{Company: "Post"}}}))
	ok[*Refund](t)(c.Refund(ctx, o.ID, Parcel{Amount: 1000}))
	o = ok[*Order](t)(c.Release(ctx, o.ID))
	if o.CapturedAmount != 3000 || o.RefundedAmount != 1000 || o.ReleasedAmount != 2000 || len(o.Captures) != 1 || len(o.Refunds) != 1 || o.Cart.Reference != "S-7" {
		t.Errorf("%+v", o)
	}
	n := 0
	for line, err := range c.AllOrders(ctx) {
		if n++; err != nil || line.ID != o.ID {
			t.Errorf("%+v %v", line, err)
		}
	}
	ok[[]Payout](t)(c.Payouts(ctx))
	ok[[]Outcome](t)(c.Methods(ctx, s.ID))
	if n != 1 || line.calls < 3*9 {
		t.Errorf("%d orders, %d calls", n, line.calls)
	}
}

func TestErrors(t *testing.T) {
	_, c := newWorld(t)
	ctx := context.Background()
	_, err := c.Order(ctx, "x")
	if !errors.Is(err, &Error{Code: "no_such_order"}) {
		t.Errorf("%v", err)
	}
	wrong := cart(5000)
	wrong.Lines[0].TotalAmount = 1
	var e *Error
	if _, err := c.CreateSession(ctx, wrong); !errors.As(err, &e) || e.Status != 400 || e.Field != "lines[0].total_amount" {
		t.Errorf("%v", err)
	}
	if _, err := c.CreateSession(WithIdempotencyKey(ctx, "k"), cart(5000)); err != nil {
		t.Error(err)
	}
	if _, err := c.CreateSession(WithIdempotencyKey(ctx, "k"), cart(6000)); !errors.Is(err, &Error{Code: "key_reused"}) {
		t.Errorf("%v", err)
	}
	c.Key = "zz_test_x"
	if _, err := c.Payouts(ctx); !errors.Is(err, &Error{Code: "bad_api_key"}) {
		t.Errorf("%v", err)
	}
}

type answers func(*http.Request) (*http.Response, error)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRepeats: busy servers are asked again with the same key, a refusal is not, and an end of the context ends it.
func TestRepeats(t *testing.T) {
	status, n, keys := 503, 0, map[string]bool{}
	c := New("http://x", "k")
	c.HTTP = &http.Client{Transport: answers(func(r *http.Request) (*http.Response, error) {
		n++
		keys[r.Header.Get("Idempotency-Key")] = true
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte("<html>")))}, nil
	})}
	c.Tries = 3
	if _, err := c.Cancel(context.Background(), "x"); !errors.Is(err, &Error{Code: "no_problem_document"}) || n != 3 || len(keys) != 1 {
		t.Errorf("%v after %d tries with %d keys", err, n, len(keys))
	}
	status, n = 422, 0
	if _, err := c.Cancel(context.Background(), "x"); err == nil || n != 1 {
		t.Errorf("%v after %d tries", err, n)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	status, n = 503, 0
	if _, err := c.Cancel(ended, "x"); err == nil || n > 1 {
		t.Errorf("%v after %d tries", err, n)
	}
}

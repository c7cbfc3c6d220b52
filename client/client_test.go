package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// confirm has the buyer of a session confirm it, over the same line.
func confirm(t *testing.T, shop *Client, s *Session) string {
	t.Helper()
	buyer := &Client{Base: shop.Base, Key: s.ClientToken, HTTP: shop.HTTP, Tries: shop.Tries}
	ans := ok[*Confirmed](t)(buyer.Confirm(t.Context(), s.ID, Confirmation{Method: "invoice_14", Consent: true, EmailCode: "000000", Assessment: &Assessment{MonthlyFreeAmount: 100_000}}))
	if !ans.Approved {
		t.Fatalf("%+v", ans)
	}
	return ans.AuthorizationToken
}

// TestLostAnswers walks a purchase over a line that loses two answers of three: everything happens exactly once.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	_, c := newWorld(t)
	line := &lossy{}
	c.HTTP = &http.Client{Transport: line}
	ctx := context.Background()
	s := ok[*Session](t)(c.CreateSession(ctx, cart(5000)))
	if p := ok[*Page](t)(c.CreatePage(ctx, s.ID, NewPage{Then: "none"})); !strings.Contains(p.URL, p.ID) {
		t.Errorf("%+v", p)
	}
	confirm(t, c, s)
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
	ok[[]Outcome](t)(c.Methods(ctx, s.ID))
	if n != 1 || line.calls < 3*8 {
		t.Errorf("%d orders, %d calls", n, line.calls)
	}
}

// TestLostChanges changes sessions, orders and captures over the same line.
func TestLostChanges(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t)
	c.HTTP = &http.Client{Transport: &lossy{}}
	ctx := t.Context()
	s := ok[*Session](t)(c.CreateSession(ctx, cart(5000)))
	reference := "S-8"
	if s = ok[*Session](t)(c.ChangeSession(ctx, s.ID, SessionChange{Reference: &reference, URLs: &URLs{Push: "https://shop.test/push"}})); s.Cart.Reference != "S-8" || s.Cart.URLs.Push == "" || s.Cart.Amount != 5000 {
		t.Errorf("%+v", s.Cart)
	}
	page := ok[*Page](t)(c.CreatePage(ctx, s.ID, NewPage{}))
	ok[*Page](t)(c.MailPage(ctx, page.ID, "kai@example.org"))
	if page = ok[*Page](t)(c.CancelPage(ctx, page.ID)); page.Status != "disabled" {
		t.Errorf("%+v", page)
	}
	if given := ok[*Authorization](t)(c.ReleaseAuthorization(ctx, confirm(t, c, s))); given.Status != "released" {
		t.Errorf("%+v", given)
	}
	token := confirm(t, c, s)
	o := ok[*Order](t)(c.PlaceOrder(ctx, NewOrder{AuthorizationToken: token, Amount: 5000}))
	if given := ok[*Authorization](t)(c.Authorization(ctx, token)); given.OrderID != o.ID {
		t.Errorf("%+v", given)
	}
	ok[*Order](t)(c.AcknowledgeOrder(ctx, o.ID))
	ok[*Order](t)(c.SetReferences(ctx, o.ID, nil, &reference))
	ok[*Order](t)(c.ChangeShipping(ctx, o.ID, Address{GivenName: "Kai", FamilyName: "Lang", Street: "Lindenweg 5", PostalCode: "50667", City: "Köln", Country: "DE"}))
	ok[*Order](t)(c.AddShipments(ctx, o.ID, Shipment{Company: "Post", Method: "postal"}))
	ok[*Order](t)(c.ExtendOrder(ctx, o.ID))
	o = ok[*Order](t)(c.ChangeAmount(ctx, o.ID, AmountChange{Amount: 4000, Lines: []Line{{Name: "Hut", Quantity: 1, UnitPrice: 4000, TotalAmount: 4000}}}))
	if o.Amount != 4000 || o.Cart.Reference != "S-8" || o.Cart.Reference2 != "S-8" || o.Cart.Shipping.Street != "Lindenweg 5" || len(o.Shipments) != 1 {
		t.Errorf("%+v", o)
	}
	made := ok[*Capture](t)(c.Capture(ctx, o.ID, Parcel{Amount: 4000, Lines: o.Cart.Lines}))
	w.Work()
	ok[*Capture](t)(c.SendAgain(ctx, o.ID, made.ID))
	options := ok[[]Extension](t)(c.ExtensionOptions(ctx, o.ID, made.ID))
	if moved := ok[*Extension](t)(c.ExtendDueDay(ctx, o.ID, made.ID, options[0].Days)); *moved != options[0] {
		t.Errorf("%+v, offered %+v", moved, options[0])
	}
	ok[*Capture](t)(c.AddCaptureShipments(ctx, o.ID, made.ID, Shipment{TrackingNumber: "1"}))
	if made = ok[*Capture](t)(c.CaptureOf(ctx, o.ID, made.ID)); len(made.Shipments) != 1 || len(made.Lines) != 1 {
		t.Errorf("%+v", made)
	}
	back := ok[*Refund](t)(c.Refund(ctx, o.ID, Parcel{Amount: 100, Reference: "R"}))
	if read := ok[*Refund](t)(c.RefundOf(ctx, o.ID, back.ID)); read.Reference != "R" {
		t.Errorf("%+v", read)
	}
	other := ok[*Session](t)(c.CreateSession(ctx, cart(1000)))
	if other = ok[*Session](t)(c.EndSession(ctx, other.ID)); other.Status != "expired" {
		t.Errorf("%+v", other)
	}
	secret := ok[string](t)(c.SetWebhook(ctx, "https://shop.test/events"))
	if events := ok[[]Event](t)(c.Events(ctx, time.Time{})); !strings.HasPrefix(secret, "whsec_") || len(events) != 0 {
		t.Errorf("%q, %v", secret, events)
	}
	if err := c.Resend(ctx, "x"); !errors.Is(err, &Error{Code: "no_such_call"}) {
		t.Errorf("%v", err)
	}
}

// TestLostBooks reads and answers a dispute, sells with a token, and reads payouts over the same line.
func TestLostBooks(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t)
	c.HTTP = &http.Client{Transport: &lossy{}}
	ctx := t.Context()
	recurring := cart(5000)
	recurring.Intent = "buy_and_tokenize"
	given := confirm(t, c, ok[*Session](t)(c.CreateSession(ctx, recurring)))
	token := ok[*CustomerToken](t)(c.CreateCustomerToken(ctx, NewCustomerToken{AuthorizationToken: given, Description: "Hut-Abo"}))
	o := ok[*Order](t)(c.PlaceTokenOrder(ctx, token.ID, TokenOrder{Currency: "EUR", Amount: 2000, Lines: []Line{{Name: "Hut", Quantity: 1, UnitPrice: 2000, TotalAmount: 2000}}, Capture: true}))
	if ok[*CustomerToken](t)(c.CancelCustomerToken(ctx, token.ID)).Status != "cancelled" || ok[*CustomerToken](t)(c.CustomerToken(ctx, token.ID)).EndedBy != "merchant" {
		t.Error("the token goes on")
	}
	w.Work()
	if _, err := w.DayRun(ctx, w.Today+3, nil); err != nil {
		t.Fatal(err)
	}
	w.At(w.Today+3, 10)
	kai := w.Consumer(worldtest.Person{Email: "kai@example.org"})
	bought := ok[[]*pay.Invoice](t)(w.DB.InvoicesOfOrder(ctx, pay.OrderID(pay.PrefixOrder+"_"+o.ID)))
	ok[*pay.Dispute](t)(w.OpenDispute(ctx, kai, app.Key{}, bought[0].ID, app.Objection{Reason: pay.DisputeFaulty, Text: "Die Krempe ist gerissen."}))
	n := 0
	for d, err := range c.AllDisputes(ctx, DisputeFilter{States: []string{"opened"}, OrderID: o.ID, Sort: "deadline"}) {
		if n++; err != nil {
			t.Fatal(err)
		}
		file := ok[string](t)(c.AttachToDispute(ctx, d.ID, "beleg.txt", []byte("zugestellt am 23.11.")))
		d = *ok[*Dispute](t)(c.AnswerDispute(ctx, d.ID, d.Requests[0].ID, DisputeReply{Comment: "Zugestellt", Attachments: []string{file}}))
		var text bytes.Buffer
		if err := c.DisputeAttachment(ctx, d.ID, file, &text); err != nil || text.String() != "zugestellt am 23.11." || len(d.Attachments) != 0 {
			t.Errorf("%v %q %+v", err, text.String(), d)
		}
		if ok[*Dispute](t)(c.AcceptLoss(ctx, d.ID)).Outcome != "lost" || ok[*Dispute](t)(c.Dispute(ctx, d.ID)).LostAmount != 2000 {
			t.Error("the dispute is not lost")
		}
	}
	if page := ok[*List[Dispute]](t)(c.Disputes(ctx, DisputeFilter{Reasons: []string{"returned"}}, "", 1)); n != 1 || len(page.Data) != 0 {
		t.Errorf("%d disputes, %+v", n, page)
	}
	n = 0
	for p, err := range c.AllPayouts(ctx, PayoutFilter{Currency: "EUR"}) {
		if n++; err != nil {
			t.Fatal(err)
		}
		sums := ok[*PayoutSums](t)(c.Payout(ctx, p.ID))
		rest := sums.Amount + sums.OpeningDebt - sums.ClosingDebt
		for line, err := range c.PayoutTransactions(ctx, p.ID) {
			if err != nil || line.PayoutID != p.ID {
				t.Errorf("%+v %v", line, err)
			}
			rest -= line.Amount
		}
		var table bytes.Buffer
		if err := c.PayoutCSV(ctx, p.ID, &table); err != nil || rest != 0 || !strings.Contains(table.String(), "payout,"+fmt.Sprint(p.Amount)+",EUR,"+p.ID) {
			t.Errorf("%v, %d left of %+v:\n%s", err, rest, sums, table.String())
		}
	}
	var table bytes.Buffer
	if err := c.PayoutsCSV(ctx, "2026-11-01", "2026-12-31", &table); err != nil || n == 0 || strings.Count(table.String(), "\npayout,") != n {
		t.Errorf("%v, %d payouts:\n%s", err, n, table.String())
	}
	n = 0
	for line, err := range c.Transactions(ctx, o.ID) {
		if n++; err != nil || line.OrderID != o.ID {
			t.Errorf("%+v %v", line, err)
		}
	}
	if n < 3 {
		t.Errorf("%d transactions of the order", n)
	}
	if err := c.PayoutPDF(ctx, "x", "en", io.Discard); !errors.Is(err, &Error{Code: "no_such_payout"}) {
		t.Errorf("%v", err)
	}
	if err := c.PayoutsPDF(ctx, "x", "", "de", io.Discard); !errors.Is(err, &Error{Code: "bad_value"}) {
		t.Errorf("%v", err)
	}
}

// TestBrokenDownload: a file that broke off is an error and is not begun again behind its first part.
func TestBrokenDownload(t *testing.T) {
	n := 0
	c := New("http://x", "k")
	c.HTTP = &http.Client{Transport: answers(func(*http.Request) (*http.Response, error) {
		n++
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.MultiReader(strings.NewReader("half"), broken{}))}, nil
	})}
	var got bytes.Buffer
	if err := c.PayoutCSV(t.Context(), "x", &got); err == nil || n != 1 || got.String() != "half" {
		t.Errorf("%v after %d tries: %q", err, n, got.String())
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the line broke") }

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
	s := ok[*Session](t)(c.CreateSession(WithIdempotencyKey(ctx, "k"), cart(5000)))
	buyer := New(c.Base, s.ClientToken)
	if err := buyer.Identify(ctx, s.ID, "kai@example.org", "1990-05-05"); err != nil {
		t.Error(err)
	}
	if err := buyer.Identify(ctx, s.ID, "kai", "1990-05-05"); !errors.Is(err, &Error{Code: "bad_email"}) {
		t.Errorf("%v", err)
	}
	if _, err := c.CreateSession(WithIdempotencyKey(ctx, "k"), cart(6000)); !errors.Is(err, &Error{Code: "key_reused"}) {
		t.Errorf("%v", err)
	}
	c.Key = "zz_test_x"
	if _, err := c.Payouts(ctx, PayoutFilter{}, "", 0); !errors.Is(err, &Error{Code: "bad_api_key"}) {
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

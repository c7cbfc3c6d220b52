package app_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// world is one installation on an embedded database with one shop.
type world struct {
	*testing.T
	*app.App
	ctx  context.Context
	shop app.Actor
}

var today = cal.Date(2026, 11, 23)

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	wall := func() time.Time { return time.UnixMicro(pay.Germany.Midnight(today) + 10*3600*1e6) }
	clock := app.NewClock(wall)
	db, err := store.Open(ctx, filepath.Join(dir, "z.db"), store.Options{Now: clock.Now})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	must(t, db.Migrate(ctx, today, 0))
	v, err := vault.Create(filepath.Join(dir, "master.key"))
	must(t, err)
	must(t, db.PutOperator(ctx, pay.Operator{ID: "opr_1", Name: "Zahlziel Test GmbH", Licence: "factoring", Purchase: true, IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX",
		Address: pay.Address{Street: "Hauptstr. 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, Email: "post@zahlziel.test", DebtHelp: "https://example.org/hilfe"}))
	a, err := app.New(ctx, db, v, clock, "http://127.0.0.1:8080")
	must(t, err)
	a.Demo = true
	m, _, err := a.CreateMerchant(ctx, app.System, pay.Merchant{Name: "Schuhladen", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
		Methods: []string{"invoice_14", "invoice_30", "prepayment"}, FeeRate: 290, FeeFixed: 35, FeeTax: "DE19", FeeTaxRate: 1900, SettleDays: 2}, "shop-1")
	must(t, err)
	return &world{t, a, ctx, app.Actor{Merchant: m.ID}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cartOf(email string, amount int64) pay.Cart {
	ad := &pay.Address{GivenName: "Erika", FamilyName: "Müller", Street: "Lindenweg 3", PostalCode: "50667", City: "Köln", Country: "DE", Email: email}
	return pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Amount: amount, Billing: ad, Buyer: &pay.Buyer{DateOfBirth: "1990-05-05"},
		Lines: []pay.Line{{Type: "physical", Reference: "S-1", Name: "Wanderschuh", Quantity: 1, UnitPrice: amount, TotalAmount: amount, TaxRate: 1900}}}
}

// authorize opens a session and confirms it with the code that reserved addresses have at shops in test mode.
func (w *world) authorize(email, method string, amount int64) (*app.SessionView, *app.AuthorizeAnswer) {
	w.Helper()
	s, err := w.CreateSession(w.ctx, w.shop, cartOf(email, amount))
	must(w.T, err)
	free := int64(80000)
	ans, err := w.Authorize(w.ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: method, Consent: true, EmailCode: "000000", MonthlyFree: &free})
	must(w.T, err)
	return s, ans
}

func (w *world) order(email string, amount int64) *pay.Order {
	w.Helper()
	s, ans := w.authorize(email, "invoice_14", amount)
	if !ans.Approved {
		w.Fatalf("refused: %+v", ans)
	}
	o, err := w.PlaceOrder(w.ctx, w.shop, app.Key{}, ans.Token, s.Cart)
	must(w.T, err)
	return o
}

func codeOf(err error) string {
	var e *pay.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestSaleOnInvoice(t *testing.T) {
	w := newWorld(t)
	o := w.order("erika@example.org", 4990)
	c, err := w.Capture(w.ctx, w.shop, app.Key{Value: "k1", Hash: "h"}, o.ID, 3000, pay.Parcel{})
	must(t, err)
	again, err := w.Capture(w.ctx, w.shop, app.Key{Value: "k1", Hash: "h"}, o.ID, 3000, pay.Parcel{})
	must(t, err)
	if again.ID != c.ID {
		t.Fatalf("the same key captured twice: %s and %s", c.ID, again.ID)
	}
	if _, err := w.Capture(w.ctx, w.shop, app.Key{Value: "k1", Hash: "other"}, o.ID, 100, pay.Parcel{}); codeOf(err) != "key_reused" {
		t.Fatalf("same key, other body: %v", err)
	}
	if _, err := w.Capture(w.ctx, w.shop, app.Key{}, o.ID, 2000, pay.Parcel{}); codeOf(err) != "capture_not_allowed" {
		t.Fatalf("over-capture: %v", err)
	}
	_, err = w.Capture(w.ctx, w.shop, app.Key{}, o.ID, 1990, pay.Parcel{})
	must(t, err)
	_, err = w.Refund(w.ctx, w.shop, app.Key{}, o.ID, 3500, pay.Parcel{})
	must(t, err)
	invoices, err := w.DB.InvoicesOfOrder(w.ctx, o.ID)
	must(t, err)
	if len(invoices) != 2 || invoices[0].Open != 0 || invoices[1].Open != 1490 {
		t.Fatalf("invoices after refund: %+v", invoices)
	}
	n, err := w.Deliver(w.ctx)
	must(t, err)
	if n != 3 {
		t.Fatalf("delivered %d messages, want 3", n)
	}
	_, err = w.App.Audit(w.ctx, func(string) {})
	must(t, err)
}

func TestOrderComparesData(t *testing.T) {
	w := newWorld(t)
	s, ans := w.authorize("erika@example.org", "invoice_14", 4990)
	other := s.Cart
	other.Amount = 5990
	if _, err := w.PlaceOrder(w.ctx, w.shop, app.Key{}, ans.Token, other); codeOf(err) != "cart_differs" {
		t.Fatalf("other amount: %v", err)
	}
	first, err := w.PlaceOrder(w.ctx, w.shop, app.Key{}, ans.Token, s.Cart)
	must(t, err)
	second, err := w.PlaceOrder(w.ctx, w.shop, app.Key{}, ans.Token, s.Cart)
	must(t, err)
	if first.ID != second.ID {
		t.Fatal("one token gave two orders")
	}
}

package app_test

import (
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/gateway/mail"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

func TestEvidenceFollowsRefunds(t *testing.T) {
	cases := []struct {
		name       string
		paid, back int64
		late       bool // paid after the due day
		wait       bool // the refund comes long after the due day
		onTime     int64
		lates      int
	}{
		{"paid in time", 5000, 0, false, false, 5000, 0},
		{"paid in time, part back", 5000, 2000, false, false, 3000, 0},
		{"paid in time, nearly all back", 5000, 4500, false, false, 0, 0},
		{"paid in time, all back", 5000, 5000, false, false, 0, 0},
		{"part paid in time, the rest back much later", 3000, 2000, false, true, 3000, 0},
		{"nothing paid, all back much later", 0, 5000, false, true, 0, 0},
		{"paid late", 5000, 0, true, false, 0, 1},
		{"paid late, part back", 5000, 1000, true, false, 0, 1},
		{"paid late, all back", 5000, 5000, true, false, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newBank(t, storetest.SQLite(t))
			inv := w.buy(anna, 5000)
			if c.late {
				w.run(inv.DueDay + 20)
			}
			if c.paid > 0 {
				e := w.credit(c.paid, anna, annasIBAN, inv.Reference)
				if c.late {
					e.Booked, e.Value = inv.DueDay+20, inv.DueDay+20
				}
				w.load(e)
			}
			if c.wait {
				w.run(inv.DueDay + 40)
			}
			if c.back > 0 {
				_, err := w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, c.back, pay.Parcel{})
				must(t, err)
			}
			f, err := w.FactsOf(ctx, inv.ConsumerID)
			must(t, err)
			var amount int64
			for _, e := range f.History.OnTime {
				amount += e.Amount
			}
			equal(t, "on time", amount, c.onTime)
			equal(t, "late", len(f.History.Late), c.lates)
			verifyFacts(t, w.App, inv.ConsumerID)
			w.audit()
		})
	}
}

// TestFeesAreExact rounds half up, fee and tax each.
func TestFeesAreExact(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	for _, c := range []struct{ amount, fee, vat int64 }{
		{1, 20, 4}, {17, 21, 4}, {100, 23, 4}, {5000, 170, 32}, {3344, 120, 23}, {1505, 65, 12},
	} {
		m := w.newShop("Gebühr") // 2.99 % and 20 cents, 19 % tax
		w.shop = app.Actor{Merchant: m.ID}
		p := buyer{"Fee", "F" + string(rune('a'+c.amount%26)) + string(rune('a'+c.amount/26%26))}
		o := w.order(p, 5000)
		_, err := w.Capture(ctx, w.shop, app.Key{}, o.ID, c.amount, pay.Parcel{})
		must(t, err)
		_, err = w.Deliver(ctx)
		must(t, err)
		equal(t, "fee", -w.balance(ledger.FeeIncome(string(m.ID))), c.fee)
		equal(t, "payable", -w.balance(ledger.Payable(string(m.ID))), c.amount-c.fee-c.vat)
	}
	w.audit()
}

// TestAStuckMessageHoldsUpNobody puts a message for a merchant that does not exist among others.
func TestAStuckMessageHoldsUpNobody(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 2000)
	b := pay.BucketOf(pay.CellOf(string(inv.ID)))
	last := "0"
	if strings.HasSuffix(string(w.shop.Merchant), last) {
		last = "1"
	}
	must(t, w.DB.Do(ctx, &store.Unit{Bucket: b, Do: func(tx *store.Tx) error {
		store.Save(tx, store.Outbox, &pay.Message{Bucket: b, ID: tx.ID("msg"), Party: string(w.shop.Merchant[:39]) + last, Event: "x", Ref: "x", Amount: 1, Currency: "EUR", Day: tx.Day})
		return nil
	}}))
	n, err := w.Deliver(ctx)
	if err == nil || n != 1 {
		t.Errorf("delivered %d, %v", n, err)
	}
	equal(t, "indexed all the same", len(w.workPast()) > 0, true)
}

// workPast lets the worker go on in spite of errors.
func (w *bank) workPast() []mail.Message {
	var l letters
	worker := &app.Worker{App: w.App, Handlers: w.Handlers(&l, "post@zahlziel.test"), Owner: "test"}
	for range 3 {
		_, _ = worker.Once(ctx)
	}
	return l.sent
}

// TestRefundsOverSeveralCaptures lowers open claims first, then gives back what was paid, never more than one capture's goods.
func TestRefundsOverSeveralCaptures(t *testing.T) {
	cases := []struct {
		name    string
		paid    [2]int64 // on captures of 3000 and 2000
		refunds []int64
		open    [2]int64
		back    [2]int64 // refunded on each capture
		credit  int64
	}{
		{"nothing paid", [2]int64{0, 0}, []int64{3500}, [2]int64{0, 1500}, [2]int64{3000, 500}, 0},
		{"one part paid", [2]int64{1000, 0}, []int64{4500}, [2]int64{0, 0}, [2]int64{2500, 2000}, 500},
		{"both paid", [2]int64{3000, 2000}, []int64{2500, 2500}, [2]int64{0, 0}, [2]int64{3000, 2000}, 5000},
		{"first paid, second open", [2]int64{3000, 0}, []int64{1500, 1500}, [2]int64{0, 0}, [2]int64{1000, 2000}, 1000},
		{"in small steps", [2]int64{500, 1999}, []int64{1, 2499, 1, 1, 498, 2000}, [2]int64{0, 0}, [2]int64{3000, 2000}, 2499},
		{"overpaid", [2]int64{3100, 0}, []int64{5000}, [2]int64{0, 0}, [2]int64{3000, 2000}, 3100},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newBank(t, storetest.SQLite(t))
			o := w.order(anna, 5000)
			var captures [2]*pay.Capture
			for i, amount := range []int64{3000, 2000} {
				var err error
				captures[i], err = w.Capture(ctx, w.shop, app.Key{}, o.ID, amount, pay.Parcel{})
				must(t, err)
				if c.paid[i] > 0 {
					w.load(w.credit(c.paid[i], anna, annasIBAN, w.invoice(captures[i].InvoiceID).Reference))
				}
			}
			var total int64
			for _, amount := range c.refunds {
				total += amount
				_, err := w.Refund(ctx, w.shop, app.Key{}, o.ID, amount, pay.Parcel{})
				must(t, err)
			}
			if _, err := w.Refund(ctx, w.shop, app.Key{}, o.ID, 5001-total, pay.Parcel{}); codeOf(err) != "refund_not_allowed" {
				t.Errorf("more than was captured: %v", err)
			}
			for i := range captures {
				row, err := store.LoadID(ctx, w.DB, store.Captures, captures[i].ID)
				must(t, err)
				equal(t, "refunded", row.Refunded, c.back[i])
				equal(t, "open", w.invoice(row.InvoiceID).Open, c.open[i])
			}
			equal(t, "credit", -w.balance(ledger.ConsumerCredit(string(o.ConsumerID))), c.credit)
			verifyFacts(t, w.App, o.ConsumerID)
			w.audit()
		})
	}
}

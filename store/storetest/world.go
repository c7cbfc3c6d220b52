package storetest

import (
	"context"
	"fmt"
	"testing"

	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
)

// Merchant is the one shop of the small world; its books lie in bucket 5.
var Merchant = pay.MerchantID(pay.MintID(pay.PrefixMerchant, 5*64+3, 1_700_000_000_000_000, [8]byte{1}))

// Consumer is the n-th buyer of a bucket.
func Consumer(bucket, n int) pay.ConsumerID {
	return pay.ConsumerID(pay.MintID(pay.PrefixConsumer, bucket*64+n%64, 1_700_000_000_000_000, [8]byte{2, byte(n)}))
}

// Secret is what the decisions of the small world commit to.
func Secret(r *pay.DecisionRow) ([]byte, error) {
	return []byte("record of " + string(r.ConsumerID)), nil
}

// Promised is what the promises of the small world commit to.
func Promised(r *pay.Promise) ([]byte, error) { return []byte("text for " + string(r.ConsumerID)), nil }

// Contents opens the sealed rows of the small world for an audit.
var Contents = store.AuditOptions{DecisionContent: Secret, PromiseContent: Promised}

// Promise accepts a plan of one step for a consumer.
func Promise(t testing.TB, db *store.DB, bucket, n int, amount int64) (id pay.PromiseID) {
	t.Helper()
	must(t, db.Do(context.Background(), &store.Unit{Bucket: bucket, Do: func(tx *store.Tx) error {
		p := &pay.Promise{ID: pay.PromiseID(tx.ID(pay.PrefixPromise)), ConsumerID: Consumer(bucket, n), Method: "invoice_14", Amount: amount, Currency: "EUR", State: pay.PromiseAccepted,
			OfferedDay: tx.Day, AcceptedDay: tx.Day, FulfilledDay: cal.NoDay, EndedDay: cal.NoDay, AcceptedAt: tx.At, FromDay: tx.Day + 3, ValidUntil: tx.Day + 33, PayBy: tx.Day + 3, CheckedDay: tx.Day}
		id = p.ID
		plain, err := Promised(p)
		p.Salt, p.Link, p.Lane = tx.Leaf(store.PromiseContent(p, plain))
		store.Save(tx, store.Promises, p)
		store.Save(tx, store.PromiseSteps, &pay.PromiseStep{PromiseID: p.ID, Kind: "PAY_FULL", Amount: 100, ByDay: p.PayBy, CountsDay: p.PayBy, DoneDay: cal.NoDay, State: pay.StepOpen})
		return err
	}}))
	return id
}

// Purchase is a unit of work that captures an order of one consumer under an idempotency key: a claim, a posting,
// a message to the shop's books, a decision and a line of the audit trail.
func Purchase(bucket, n int, key string, amount int64) *store.Unit {
	return &store.Unit{
		Bucket: bucket, Op: op(key, "purchase", nil, nil), Load: []store.Ref{store.Series.At(bucket, "invoice")},
		Do: func(tx *store.Tx) error { return purchase(tx, Consumer(tx.Bucket, n), key, amount) },
	}
}

func purchase(tx *store.Tx, who pay.ConsumerID, key string, amount int64) error {
	series, err := store.Get(tx, store.Series, "invoice")
	if err != nil {
		return err
	}
	if series == nil {
		series = &pay.Series{Bucket: tx.Bucket, Kind: "invoice", Next: 1}
	}
	no := series.Next
	series.Next++
	store.Save(tx, store.Series, series)
	store.Save(tx, store.Invoices, &pay.Invoice{
		ID: pay.InvoiceID(tx.ID(pay.PrefixInvoice)), No: pay.InvoiceNo(tx.Bucket, no), Reference: pay.ReferenceBody(tx.Bucket, no), Kind: pay.InvoiceClaim,
		ConsumerID: who, MerchantID: Merchant, OrderID: pay.OrderID(key), Amount: amount, Open: amount, Currency: "EUR",
		IssuedDay: tx.Day, DueDay: tx.Day + 14, SettledDay: cal.NoDay, DefaultSince: cal.NoDay, PausedUntil: cal.NoDay,
	})
	if err := tx.Post(ledger.New("capture", key, tx.Day, "EUR", ledger.Debit(ledger.Receivable(string(who)), amount),
		ledger.Credit(ledger.Clearing(string(Merchant), tx.Bucket), amount))); err != nil {
		return err
	}
	store.Save(tx, store.Outbox, &pay.Message{Bucket: tx.Bucket, ID: tx.ID("msg"), Party: string(Merchant), Event: "capture", Ref: key, Amount: amount, Currency: "EUR", Day: tx.Day})
	row := &pay.DecisionRow{ID: pay.DecisionID(tx.ID(pay.PrefixDecision)), ConsumerID: who, MerchantID: Merchant, Kind: "checkout", Day: tx.Day, At: tx.At, Amount: amount, Approved: 1}
	plain, err := Secret(row)
	row.Salt, row.Link, row.Lane = tx.Leaf(plain)
	store.Save(tx, store.Decisions, row)
	tx.Audit("shop", "captured", key, fmt.Sprint(amount))
	return err
}

// Deliver brings up to limit messages of a bucket into the shop's books; marked says whether their own rows learn of it.
func Deliver(t testing.TB, db *store.DB, bucket, limit int, marked bool) {
	t.Helper()
	ctx := context.Background()
	messages, err := db.Undelivered(ctx, bucket, limit)
	must(t, err)
	home := pay.BucketOf(pay.CellOf(string(Merchant)))
	for _, m := range messages {
		must(t, db.Do(ctx, &store.Unit{Bucket: home, Do: func(tx *store.Tx) error {
			store.Save(tx, store.Inbox, &pay.Received{Bucket: home, ID: m.ID, At: tx.At})
			store.Save(tx, store.PayoutItems, &pay.PayoutItem{Bucket: home, ID: m.ID, MerchantID: Merchant, Amount: m.Amount, Currency: m.Currency, Event: m.Event, Ref: m.Ref, DueDay: tx.Day})
			return tx.Post(ledger.New("cleared", m.Ref, tx.Day, "EUR", ledger.Debit(ledger.Clearing(m.Party, m.Bucket), m.Amount),
				ledger.Credit(ledger.Payable(m.Party), m.Amount)))
		}}))
		if marked {
			must(t, db.Do(ctx, &store.Unit{Bucket: m.Bucket, Do: func(tx *store.Tx) error {
				row, err := store.Get(tx, store.Outbox, m.ID)
				if err == nil {
					row.Delivered = tx.At
					store.Save(tx, store.Outbox, row)
				}
				return err
			}}))
		}
	}
}

// Pay puts a payment on the oldest open invoice of a bucket's consumer.
func Pay(t testing.TB, db *store.DB, bucket, n int, amount int64) {
	t.Helper()
	ctx := context.Background()
	who := Consumer(bucket, n)
	invoices, err := db.InvoicesOf(ctx, who, 1)
	must(t, err)
	must(t, db.Do(ctx, &store.Unit{Bucket: bucket, Do: func(tx *store.Tx) error {
		i, err := store.Get(tx, store.Invoices, string(invoices[0].ID))
		if err != nil {
			return err
		}
		i.Paid += amount
		i.Open -= amount
		store.Save(tx, store.Invoices, i)
		p := &pay.Payment{ID: pay.PaymentID(tx.ID(pay.PrefixPayment)), Account: "DE02", ConsumerID: who, Amount: amount + 5, Assigned: amount, Currency: "EUR",
			ValueDay: tx.Day, BookedDay: tx.Day, State: pay.PaymentAssigned, At: tx.At}
		p.Key = string(p.ID)
		store.Save(tx, store.Payments, p)
		store.Save(tx, store.Allocations, &pay.Allocation{PaymentID: p.ID, InvoiceID: i.ID, Amount: amount, ValueDay: tx.Day, At: tx.At, Rule: "reference"})
		return tx.Post(ledger.New("receipt", string(p.ID), tx.Day, "EUR", ledger.Debit(ledger.Bank("DE02"), amount+5),
			ledger.Credit(ledger.Receivable(string(who)), amount), ledger.Credit(ledger.ConsumerCredit(string(who)), 5)))
	}}))
}

// Trade makes a small world in which every kind of row that an audit reads exists, some amounts in transit.
func Trade(t testing.TB, db *store.DB) {
	t.Helper()
	for bucket := range 4 {
		var units []*store.Unit
		for n := range 12 {
			units = append(units, Purchase(bucket, n%3, fmt.Sprint("order ", bucket, " ", n), int64(1000+n)))
		}
		for _, err := range together(t, db, units...) {
			must(t, err)
		}
		Deliver(t, db, bucket, 5, true)
		Deliver(t, db, bucket, 2, false)
		Pay(t, db, bucket, 1, 400)
		Promise(t, db, bucket, 1, 5000)
	}
}

// Audited proves a database and returns the report.
func Audited(t testing.TB, db *store.DB) store.AuditReport {
	t.Helper()
	r, err := db.Audit(context.Background(), nil, Contents)
	if err != nil {
		t.Errorf("audit: %v", err)
	}
	return r
}

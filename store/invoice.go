package store

import (
	"context"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Invoices holds claims on consumers.
var Invoices = newTable("invoices", "no reference kind consumer_id merchant_id order_id capture_id method regime reason amount refunded paid open_amount currency issued_day due_day settled_day default_since level paused_until document_id dispute_id",
	func(r *pay.Invoice) Key { return of(r.ID) },
	func(r *pay.Invoice) []any {
		return []any{&r.No, &r.Reference, &r.Kind, &r.ConsumerID, &r.MerchantID, &r.OrderID, &r.CaptureID, &r.Method, &r.Regime, &r.Reason, &r.Amount, &r.Refunded, &r.Paid, &r.Open, &r.Currency, &r.IssuedDay, &r.DueDay, &r.SettledDay, &r.DefaultSince, &r.Level, &r.PausedUntil, &r.DocumentID, &r.DisputeID}
	}).withID(func(r *pay.Invoice, id string) { r.ID = pay.InvoiceID(id) }).keeps()

// Series counts documents per bucket.
var Series = newTable("series", "next",
	func(r *pay.Series) Key { return Key{r.Bucket, r.Kind} },
	func(r *pay.Series) []any { return []any{&r.Next} }).
	withKey(func(r *pay.Series, k Key) { r.Bucket, r.Kind = k.Bucket, k.ID }).keeps()

// Pauses holds the spans in which reminders of an invoice stand still.
var Pauses = newTable("pauses", "invoice_id from_day until_day reason",
	func(r *pay.Pause) Key { return of(r.ID) },
	func(r *pay.Pause) []any { return []any{&r.InvoiceID, &r.FromDay, &r.UntilDay, &r.Reason} }).
	withID(func(r *pay.Pause, id string) { r.ID = id })

// Payments holds bookings on the operator's bank accounts.
var Payments = newTable("payments", "booking account consumer_id amount assigned currency value_day booked_day state at sealed",
	func(r *pay.Payment) Key { return of(r.ID) },
	func(r *pay.Payment) []any {
		return []any{&r.Key, &r.Account, &r.ConsumerID, &r.Amount, &r.Assigned, &r.Currency, &r.ValueDay, &r.BookedDay, &r.State, &r.At, &r.Sealed}
	}).withID(func(r *pay.Payment, id string) { r.ID = pay.PaymentID(id) })

// Allocations holds which payment paid which invoice.
var Allocations = newTable("allocations", "payment_id invoice_id amount value_day at rule",
	func(r *pay.Allocation) Key {
		return Key{of(r.InvoiceID).Bucket, string(r.PaymentID) + ":" + string(r.InvoiceID)}
	},
	func(r *pay.Allocation) []any {
		return []any{&r.PaymentID, &r.InvoiceID, &r.Amount, &r.ValueDay, &r.At, &r.Rule}
	}).withKey(func(*pay.Allocation, Key) {})

// InvoicesOf returns a consumer's invoices, newest first.
func (d *DB) InvoicesOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Invoice, error) {
	return find(ctx, d, Invoices, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY issued_day DESC, no DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// InvoicesOfOrder returns an order's invoices in their order.
func (d *DB) InvoicesOfOrder(ctx context.Context, o pay.OrderID) ([]*pay.Invoice, error) {
	return find(ctx, d, Invoices, "WHERE bucket = $1 AND order_id = $2 ORDER BY no", of(o).Bucket, string(o))
}

// InvoiceByReference returns the invoice with an RF reference in a bucket, or nil; InvoiceByNo the one with a printed number.
func (d *DB) InvoiceByReference(ctx context.Context, bucket int, reference string) (*pay.Invoice, error) {
	return one(find(ctx, d, Invoices, "WHERE bucket = $1 AND reference = $2", bucket, reference))
}

// InvoiceByNo returns the invoice with a printed number, or nil.
func (d *DB) InvoiceByNo(ctx context.Context, bucket int, no string) (*pay.Invoice, error) {
	return one(find(ctx, d, Invoices, "WHERE bucket = $1 AND no = $2", bucket, no))
}

// DueInvoices returns open invoices of a bucket due up to a day, behind a cursor (due day and id), oldest first.
func (d *DB) DueInvoices(ctx context.Context, bucket int, until, afterDay cal.Day, afterID string, limit int) ([]*pay.Invoice, error) {
	return find(ctx, d, Invoices, "WHERE bucket = $1 AND open_amount > 0 AND due_day <= $2 AND (due_day > $3 OR due_day = $4 AND id > $5) ORDER BY due_day, id LIMIT $6",
		bucket, int64(until), int64(afterDay), int64(afterDay), afterID, limit)
}

// EachInvoice streams all invoices.
func (d *DB) EachInvoice(ctx context.Context, f func(*pay.Invoice) error) error {
	return each(ctx, d, Invoices, "ORDER BY bucket, id", f)
}

// PaymentByKey returns the booking with an identity, or nil.
func (d *DB) PaymentByKey(ctx context.Context, bucket int, key string) (*pay.Payment, error) {
	return one(find(ctx, d, Payments, "WHERE bucket = $1 AND booking = $2", bucket, key))
}

// PaymentsOf returns the payments assigned to a consumer, newest first.
func (d *DB) PaymentsOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Payment, error) {
	return find(ctx, d, Payments, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY value_day DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// Unassigned returns payments that wait for a person, oldest first.
func (d *DB) Unassigned(ctx context.Context, limit int) ([]*pay.Payment, error) {
	return find(ctx, d, Payments, "WHERE state = 'unassigned' ORDER BY value_day, id LIMIT $1", limit)
}

// AllocationsOf returns what was paid on an invoice.
func (d *DB) AllocationsOf(ctx context.Context, i pay.InvoiceID) ([]*pay.Allocation, error) {
	return find(ctx, d, Allocations, "WHERE bucket = $1 AND invoice_id = $2 ORDER BY at, id", of(i).Bucket, string(i))
}

func one[T any](rows []*T, err error) (*T, error) {
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// LastPaid is the latest value day of what was paid on an invoice, inside a unit of work; NoDay when nothing was.
func (tx *Tx) LastPaid(i pay.InvoiceID) (cal.Day, error) {
	rows, err := tx.Query("SELECT value_day FROM allocations WHERE bucket = $1 AND invoice_id = $2", tx.Bucket, string(i))
	if err != nil {
		return cal.NoDay, err
	}
	defer rows.Close()
	last := cal.NoDay
	for rows.Next() {
		var day cal.Day
		if err := rows.Scan(&day); err != nil {
			return cal.NoDay, err
		}
		if !last.IsSet() || day > last {
			last = day
		}
	}
	return last, rows.Err()
}

package store

import (
	"context"
	"strconv"
	"strings"

	"zahlziel/pay"
)

// InvoicesByReference returns the invoices of a bucket that have one of the RF references. Their order is not set.
func (d *DB) InvoicesByReference(ctx context.Context, bucket int, references []string) ([]*pay.Invoice, error) {
	var out []*pay.Invoice
	for len(references) > 0 {
		n := min(len(references), 500)
		args := []any{bucket}
		for _, r := range references[:n] {
			args = append(args, r)
		}
		rows, err := find(ctx, d, Invoices, "WHERE bucket = $1 AND reference IN ("+parameters(2, n)+")", args...)
		if err != nil {
			return nil, err
		}
		out, references = append(out, rows...), references[n:]
	}
	return out, nil
}

// parameters lists n parameters from the first one on: $2, $3, ...
func parameters(first, n int) string {
	p := make([]string, n)
	for i := range p {
		p[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(p, ", ")
}

// EachUnassigned streams the payments that wait for a person, oldest first.
func (d *DB) EachUnassigned(ctx context.Context, f func(*pay.Payment) error) error {
	return each(ctx, d, Payments, "WHERE state = 'unassigned' ORDER BY value_day, id", f)
}

// OtherPayments returns the bookings that no invoice explains (returns, fees, payouts), newest first.
func (d *DB) OtherPayments(ctx context.Context, limit int) ([]*pay.Payment, error) {
	return find(ctx, d, Payments, "WHERE state = 'other' ORDER BY value_day DESC, id DESC LIMIT $1", limit)
}

// OpenInvoicesOf returns what a consumer still has to pay, the earliest due first.
func (d *DB) OpenInvoicesOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Invoice, error) {
	return find(ctx, d, Invoices, "WHERE bucket = $1 AND consumer_id = $2 AND open_amount > 0 ORDER BY due_day, id LIMIT $3", of(c).Bucket, string(c), limit)
}

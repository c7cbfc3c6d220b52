package store

import (
	"context"

	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/pay"
)

// The reads below collect everything that ever happened to one consumer's claims. They grow with the history, so only a
// rebuild and a test ask for them; a decision never does.

// AllDecisions returns a consumer's decisions, oldest first, without their records.
func (d *DB) AllDecisions(ctx context.Context, c pay.ConsumerID) ([]*pay.DecisionRow, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, merchant_id, kind, day, at FROM decisions WHERE bucket = $1 AND consumer_id = $2 ORDER BY at, id", of(c).Bucket, string(c))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*pay.DecisionRow
	for rows.Next() {
		r := &pay.DecisionRow{ConsumerID: c}
		if err := rows.Scan(&r.ID, &r.MerchantID, &r.Kind, &r.Day, &r.At); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// AllOrders returns a consumer's orders, oldest first, and AllInvoices the claims.
func (d *DB) AllOrders(ctx context.Context, c pay.ConsumerID) ([]*pay.Order, error) {
	return find(ctx, d, Orders, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY created_at, id", of(c).Bucket, string(c))
}

// AllInvoices returns a consumer's claims and demands, oldest first.
func (d *DB) AllInvoices(ctx context.Context, c pay.ConsumerID) ([]*pay.Invoice, error) {
	return find(ctx, d, Invoices, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY issued_day, no", of(c).Bucket, string(c))
}

// AllDisputes returns a consumer's disputes, oldest first.
func (d *DB) AllDisputes(ctx context.Context, c pay.ConsumerID) ([]*pay.Dispute, error) {
	return find(ctx, d, Disputes, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY opened_at, id", of(c).Bucket, string(c))
}

// Part is how much of one payment or refund changed one claim.
type Part struct {
	Invoice pay.InvoiceID
	Source  string // id of the payment or refund
	Refund  bool
	Amount  int64
	Value   cal.Day // of a payment
	At      pay.Micros
}

// AllParts returns every payment on, and every refund of, a consumer's claims in the order in which they were booked.
func (d *DB) AllParts(ctx context.Context, c pay.ConsumerID) ([]Part, error) {
	rows, err := d.sql.QueryContext(ctx, `SELECT a.invoice_id, a.payment_id, 0, a.amount, a.value_day, a.at FROM invoices i
		JOIN allocations a ON a.bucket = i.bucket AND a.invoice_id = i.id WHERE i.bucket = $1 AND i.consumer_id = $2
		UNION ALL SELECT l.invoice_id, r.id, 1, l.amount, 0, r.at FROM refunds r
		JOIN refund_lines l ON l.bucket = r.bucket AND l.refund_id = r.id WHERE r.bucket = $3 AND r.consumer_id = $4
		ORDER BY 6, 3, 2, 1`, of(c).Bucket, string(c), of(c).Bucket, string(c))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Part
	for rows.Next() {
		var p Part
		var refund int64
		if err := rows.Scan(&p.Invoice, &p.Source, &refund, &p.Amount, &p.Value, &p.At); err != nil {
			return nil, err
		}
		p.Refund = refund == 1
		out = append(out, p)
	}
	return out, rows.Err()
}

// Moved is one movement of a consumer's receivable account.
type Moved struct {
	Day    cal.Day // business day
	Amount int64   // positive: more is owed
	At     pay.Micros
}

// ReceivableMoves returns all movements of a consumer's receivable account in the order of their booking.
func (d *DB) ReceivableMoves(ctx context.Context, c pay.ConsumerID) ([]Moved, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT day, amount, at FROM entries WHERE bucket = $1 AND account = $2 ORDER BY day, at, id",
		of(c).Bucket, string(ledger.Receivable(string(c))))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Moved
	for rows.Next() {
		var m Moved
		if err := rows.Scan(&m.Day, &m.Amount, &m.At); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

package store

import (
	"context"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

// FraudChecks holds the purchases that a fraud rule was hit by.
var FraudChecks = newTable("fraud_checks", "consumer_id merchant_id session_id authorization_id order_id decision_id day at amount currency outcome rules state deadline device proposed_by proposed decided_by decided_at confirmed note sealed",
	func(r *pay.FraudCheck) Key { return of(r.ID) },
	func(r *pay.FraudCheck) []any {
		return []any{&r.ConsumerID, &r.MerchantID, &r.SessionID, &r.AuthorizationID, &r.OrderID, &r.DecisionID, &r.Day, &r.At, &r.Amount, &r.Currency, &r.Outcome, &r.Rules, &r.State, &r.Deadline, &r.Device, &r.ProposedBy, &r.Proposed, &r.DecidedBy, &r.DecidedAt, &r.Confirmed, &r.Note, &r.Sealed}
	}).withID(func(r *pay.FraudCheck, id string) { r.ID = pay.FraudCheckID(id) })

// MerchantSignals holds what the day run found out about shops.
var MerchantSignals = newTable("merchant_signals", "merchant_id kind day value bound of_count alarm",
	func(r *pay.MerchantSignal) Key { return Key{r.Bucket, r.ID} },
	func(r *pay.MerchantSignal) []any {
		return []any{&r.MerchantID, &r.Kind, &r.Day, &r.Value, &r.Bound, &r.Of, &r.Alarm}
	}).withKey(func(r *pay.MerchantSignal, k Key) { r.Bucket, r.ID = k.Bucket, k.ID })

// PendingChecks returns the checks whose orders wait for a person, the earliest deadline first.
func (d *DB) PendingChecks(ctx context.Context, limit int) ([]*pay.FraudCheck, error) {
	return find(ctx, d, FraudChecks, "WHERE state = 'pending' ORDER BY deadline, id LIMIT $1", limit)
}

// LapsedChecks returns checks of a bucket that nobody answered until an instant.
func (d *DB) LapsedChecks(ctx context.Context, bucket int, at pay.Micros, limit int) ([]*pay.FraudCheck, error) {
	return find(ctx, d, FraudChecks, "WHERE bucket = $1 AND state = 'pending' AND deadline <= $2 ORDER BY deadline, id LIMIT $3", bucket, at, limit)
}

// EachCheck streams the checks of a bucket made at or after an instant, in the order of their ids, which begin with it.
func (d *DB) EachCheck(ctx context.Context, bucket int, since pay.Micros, f func(*pay.FraudCheck) error) error {
	rows, err := find(ctx, d, FraudChecks, "WHERE bucket = $1 AND id >= $2 ORDER BY id", bucket, idAt(pay.PrefixFraudCheck, since))
	if err != nil {
		return err
	}
	for _, c := range rows {
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// Blocks returns the entries of the block list that have not ended before a day.
func (d *DB) Blocks(ctx context.Context, day cal.Day) ([]pay.Block, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, kind, digest, code, owner, reason, created_at, until_day FROM fraud_blocks WHERE until_day >= $1 ORDER BY created_at DESC, id", int64(day))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pay.Block
	for rows.Next() {
		var b pay.Block
		if err := rows.Scan(&b.ID, &b.Kind, &b.Digest, &b.Code, &b.Owner, &b.Reason, &b.CreatedAt, &b.Until); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// PutBlock stores an entry; the same value again gets the new reason and end.
func (d *DB) PutBlock(ctx context.Context, b pay.Block) error {
	_, err := d.exec(ctx, "INSERT INTO fraud_blocks (id, kind, digest, code, owner, reason, created_at, until_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET code = excluded.code, owner = excluded.owner, reason = excluded.reason, until_day = excluded.until_day",
		b.ID, b.Kind, b.Digest, b.Code, string(b.Owner), b.Reason, b.CreatedAt, int64(b.Until))
	return err
}

// EndBlock lets an entry end before a day. It reports whether there was a running one.
func (d *DB) EndBlock(ctx context.Context, id string, day cal.Day) (bool, error) {
	res, err := d.exec(ctx, "UPDATE fraud_blocks SET until_day = $1 WHERE id = $2 AND until_day >= $3", int64(day-1), id, int64(day))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Domains returns the domains of throw-away addresses.
func (d *DB) Domains(ctx context.Context) ([]string, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT domain FROM fraud_domains")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// PutDomains replaces the domains of throw-away addresses.
func (d *DB) PutDomains(ctx context.Context, domains []string) error {
	defer d.turn.take(ctx)()
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "DELETE FROM fraud_domains"); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO fraud_domains (domain) VALUES ($1) ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, domain := range domains {
		if _, err := insert.ExecContext(ctx, domain); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// SignalsOf returns what was found out about a shop from a day on, the newest first.
func (d *DB) SignalsOf(ctx context.Context, m pay.MerchantID, from cal.Day) ([]*pay.MerchantSignal, error) {
	return find(ctx, d, MerchantSignals, "WHERE bucket = $1 AND merchant_id = $2 AND day >= $3 ORDER BY day DESC, id", of(m).Bucket, string(m), int64(from))
}

// Trade is what one shop did within a span of time, added up from ranges of ids.
type Trade struct {
	Orders    map[cal.Day]int64 // by the day of the order
	Captured  int64
	Refunded  int64
	Open      int64 // of all claims, whenever they began
	Disputed  int64 // of open claims whose reminders rest because of a dispute
	First     int64 // first invoices of people that fell due long enough ago to be judged
	FirstLate int64 // and those of them that are still unpaid
}

// AddTrade adds what shops did in one bucket: orders, captures and refunds made from one instant to another, and open claims.
func (d *DB) AddTrade(ctx context.Context, bucket int, from, to pay.Micros, cur money.Currency, zone func(pay.Micros) cal.Day, out map[pay.MerchantID]*Trade) error {
	of := func(m pay.MerchantID) *Trade {
		if out[m] == nil {
			out[m] = &Trade{Orders: map[cal.Day]int64{}}
		}
		return out[m]
	}
	parts := []struct {
		query string
		args  []any
		add   func(t *Trade, at, amount int64)
	}{
		{"SELECT merchant_id, created_at, 1 FROM orders WHERE bucket = $1 AND id >= $2 AND id < $3 AND currency = $4",
			[]any{bucket, idAt(pay.PrefixOrder, from), idAt(pay.PrefixOrder, to), string(cur)}, func(t *Trade, at, _ int64) { t.Orders[zone(at)]++ }},
		{"SELECT merchant_id, 0, CAST(SUM(amount) AS BIGINT) FROM captures WHERE bucket = $1 AND id >= $2 AND id < $3 GROUP BY merchant_id",
			[]any{bucket, idAt(pay.PrefixCapture, from), idAt(pay.PrefixCapture, to)}, func(t *Trade, _, amount int64) { t.Captured += amount }},
		{"SELECT merchant_id, 0, CAST(SUM(amount) AS BIGINT) FROM refunds WHERE bucket = $1 AND id >= $2 AND id < $3 GROUP BY merchant_id",
			[]any{bucket, idAt(pay.PrefixRefund, from), idAt(pay.PrefixRefund, to)}, func(t *Trade, _, amount int64) { t.Refunded += amount }},
		{"SELECT merchant_id, 0, CAST(SUM(open_amount) AS BIGINT) FROM invoices WHERE bucket = $1 AND open_amount > 0 AND kind = 'claim' AND currency = $2 GROUP BY merchant_id",
			[]any{bucket, string(cur)}, func(t *Trade, _, amount int64) { t.Open += amount }},
		{"SELECT i.merchant_id, 0, CAST(SUM(i.open_amount) AS BIGINT) FROM pauses p JOIN invoices i ON i.bucket = p.bucket AND i.id = p.invoice_id WHERE p.bucket = $1 AND p.reason = 'dispute' AND i.open_amount > 0 GROUP BY i.merchant_id",
			[]any{bucket}, func(t *Trade, _, amount int64) { t.Disputed += amount }},
	}
	for _, p := range parts {
		rows, err := d.sql.QueryContext(ctx, p.query, p.args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var m pay.MerchantID
			var at, amount int64
			if err := rows.Scan(&m, &at, &amount); err != nil {
				rows.Close()
				return err
			}
			p.add(of(m), at, amount)
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

// AddFirsts adds to what shops did how many invoices of a bucket, made from one instant to another and due up to a day,
// were their consumer's first, and how many of those are still unpaid.
func (d *DB) AddFirsts(ctx context.Context, bucket int, from, to pay.Micros, due cal.Day, out map[pay.MerchantID]*Trade) error {
	rows, err := d.sql.QueryContext(ctx, "SELECT i.merchant_id, COUNT(*), CAST(SUM(CASE WHEN i.open_amount > 0 THEN 1 ELSE 0 END) AS BIGINT) FROM invoices i WHERE i.bucket = $1 AND i.id >= $2 AND i.id < $3 AND i.kind = 'claim' AND i.due_day <= $4 AND NOT EXISTS (SELECT 1 FROM invoices e WHERE e.bucket = i.bucket AND e.consumer_id = i.consumer_id AND e.id < i.id AND e.kind = 'claim') GROUP BY i.merchant_id",
		bucket, idAt(pay.PrefixInvoice, from), idAt(pay.PrefixInvoice, to), int64(due))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m pay.MerchantID
		var first, late int64
		if err := rows.Scan(&m, &first, &late); err != nil {
			return err
		}
		if t := out[m]; t != nil {
			t.First, t.FirstLate = t.First+first, t.FirstLate+late
		}
	}
	return rows.Err()
}

// BlockID is the id of a value's entry in the block list.
func BlockID(kind, digest string) string { return kind + ":" + strings.TrimPrefix(digest, kind+".") }

// CountPayouts tells how many payouts to a shop are complete, inside a unit of work.
func (tx *Tx) CountPayouts(m pay.MerchantID) (n int64, err error) {
	return tx.number("SELECT COUNT(*) FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND state <> 'collecting'", tx.Bucket, string(m))
}

// Disputed reports whether reminders of an invoice rest because of a dispute.
func (d *DB) Disputed(ctx context.Context, i pay.InvoiceID) (bool, error) {
	rows, err := find(ctx, d, Pauses, "WHERE bucket = $1 AND invoice_id = $2 AND reason = 'dispute' LIMIT 1", of(i).Bucket, string(i))
	return len(rows) > 0, err
}

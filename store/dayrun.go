package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

// Spans of time in which what is open now must have begun: a promise waits at most for a transfer, an order is captured
// within 28 days, and both begin with a session that lives two days.
const (
	authorizationSpan = 40 * dayMicros
	orderSpan         = 50 * dayMicros
	dayMicros         = pay.Micros(24 * 3600 * 1e6)
)

// LapsedAuthorizations returns promises of a bucket that are still open though they ended at or before an instant.
func (d *DB) LapsedAuthorizations(ctx context.Context, bucket int, at pay.Micros, limit int) ([]*pay.Authorization, error) {
	return find(ctx, d, Authorizations, "WHERE bucket = $1 AND id >= $2 AND status IN ('live', 'awaiting_payment') AND expires_at <= $3 ORDER BY id LIMIT $4",
		bucket, idAt(pay.PrefixAuthorization, at-authorizationSpan), at, limit)
}

// LapsedOrders returns orders of a bucket that could be captured until an instant and were not, or not completely.
func (d *DB) LapsedOrders(ctx context.Context, bucket int, at pay.Micros, limit int) ([]*pay.Order, error) {
	return find(ctx, d, Orders, "WHERE bucket = $1 AND id >= $2 AND id < $3 AND status IN ('AUTHORIZED', 'PART_CAPTURED') AND expires_at <= $4 ORDER BY id LIMIT $5",
		bucket, idAt(pay.PrefixOrder, at-orderSpan), idAt(pay.PrefixOrder, at-pay.OrderMicros+dayMicros), at, limit)
}

// CapturesFrom returns captures of a bucket made at or after one instant and before another, behind the id after, in the
// order of their ids. The id of a capture begins with its instant, so no index of its own is needed.
func (d *DB) CapturesFrom(ctx context.Context, bucket int, from, to pay.Micros, after pay.CaptureID, limit int) ([]*pay.Capture, error) {
	low, high := idAt(pay.PrefixCapture, from), idAt(pay.PrefixCapture, to)
	return find(ctx, d, Captures, "WHERE bucket = $1 AND id >= $2 AND id < $3 AND id > $4 ORDER BY id LIMIT $5", bucket, low, high, string(after), limit)
}

// idAt is the smallest text that an id minted at an instant can begin with.
func idAt(prefix string, at pay.Micros) string {
	id := pay.MintID(prefix, 0, at, [8]byte{})
	return id[:strings.LastIndexByte(id[:18], '-')]
}

// DeleteSessions forgets up to limit sessions of a bucket, with their pages, that ended at or before an instant. It returns how many.
func (d *DB) DeleteSessions(ctx context.Context, bucket int, at pay.Micros, limit int) (int, error) {
	old := "(SELECT id FROM sessions WHERE bucket = $2 AND id < $3 AND expires_at <= $4 ORDER BY id LIMIT $5)"
	until := idAt(pay.PrefixSession, at-pay.SessionMicros+dayMicros)
	n := 0
	err := d.Do(ctx, &Unit{Bucket: bucket, Do: func(tx *Tx) (err error) {
		if _, err := tx.sweep("DELETE FROM pages WHERE bucket = $1 AND session_id IN "+old, bucket, bucket, until, at, limit); err != nil {
			return err
		}
		n, err = tx.sweep("DELETE FROM sessions WHERE bucket = $1 AND id IN "+old, bucket, bucket, until, at, limit)
		return err
	}})
	return n, err
}

// DeleteOperations forgets up to limit stored answers of a bucket from at or before an instant. It returns how many.
func (d *DB) DeleteOperations(ctx context.Context, bucket int, at pay.Micros, limit int) (int, error) {
	return d.remove(ctx, "DELETE FROM operations WHERE bucket = $1 AND id IN (SELECT id FROM operations WHERE bucket = $2 AND at <= $3 LIMIT $4)", bucket, bucket, at, limit)
}

func (d *DB) remove(ctx context.Context, text string, args ...any) (int, error) {
	for try := range tries {
		pause(try)
		res, err := d.exec(ctx, text, args...)
		if err == nil {
			n, err := res.RowsAffected()
			return int(n), err
		}
		if !retryable(err) {
			return 0, err
		}
	}
	return 0, errors.New("old rows could not be removed: the database stays busy; run the day again")
}

// Paused reports whether an invoice's reminders stand still on a day by one of its pauses. A pause without an end runs on.
func (tx *Tx) Paused(i pay.InvoiceID, day cal.Day) (bool, error) {
	n, err := tx.number("SELECT COUNT(*) FROM pauses WHERE bucket = $1 AND invoice_id = $2 AND from_day <= $3 AND (until_day >= $4 OR until_day = $5)",
		tx.Bucket, string(i), int64(day), int64(day), int64(cal.NoDay))
	return n > 0, err
}

// DueTotals returns what is owed to a merchant, due up to a day and not in a payout yet, per currency.
func (d *DB) DueTotals(ctx context.Context, m pay.MerchantID, until cal.Day) (map[money.Currency]int64, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT currency, CAST(SUM(amount) AS BIGINT) FROM payout_items WHERE bucket = $1 AND merchant_id = $2 AND payout_id = '' AND due_day <= $3 GROUP BY currency",
		of(m).Bucket, string(m), int64(until))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[money.Currency]int64{}
	for rows.Next() {
		var c money.Currency
		var sum int64
		if err := rows.Scan(&c, &sum); err != nil {
			return nil, err
		}
		out[c] = sum
	}
	return out, rows.Err()
}

// DueItemsIn is DueItems for one currency.
func (d *DB) DueItemsIn(ctx context.Context, m pay.MerchantID, c money.Currency, until cal.Day, limit int) ([]*pay.PayoutItem, error) {
	return find(ctx, d, PayoutItems, "WHERE bucket = $1 AND merchant_id = $2 AND payout_id = '' AND currency = $3 AND due_day <= $4 ORDER BY due_day, id LIMIT $5",
		of(m).Bucket, string(m), string(c), int64(until), limit)
}

// Root is the signed state of all chains at the end of a day.
type Root struct {
	Day       cal.Day
	Heads     string // one line for each lane: its number, the sequence of its last link, the head in hexadecimal
	Signature []byte
}

// Heads returns the heads of all chains at one moment, in the form that Root keeps.
func (d *DB) Heads(ctx context.Context) (string, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT bucket, seq, head FROM lanes ORDER BY bucket")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var lane int
		var seq int64
		var head []byte
		if err := rows.Scan(&lane, &seq, &head); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%d %d %x\n", lane, seq, head)
	}
	return b.String(), rows.Err()
}

// PutRoot stores the root of a day once; a root that exists stays as it is.
func (d *DB) PutRoot(ctx context.Context, r Root) error {
	_, err := d.exec(ctx, "INSERT INTO roots (bucket, id, day, heads, signature) VALUES (0, $1, $2, $3, $4) ON CONFLICT DO NOTHING",
		r.Day.String(), int64(r.Day), r.Heads, r.Signature)
	return err
}

// RootOf returns the root of a day, or nil.
func (d *DB) RootOf(ctx context.Context, day cal.Day) (*Root, error) {
	var r Root
	err := d.sql.QueryRowContext(ctx, "SELECT day, heads, signature FROM roots WHERE bucket = 0 AND id = $1", day.String()).Scan(&r.Day, &r.Heads, &r.Signature)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &r, err
}

// LinkHead returns the head of a lane's chain behind a link, or nil.
func (d *DB) LinkHead(ctx context.Context, lane int, seq int64) (head []byte, err error) {
	err = d.sql.QueryRowContext(ctx, "SELECT head FROM links WHERE bucket = $1 AND seq = $2", lane, seq).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return head, err
}

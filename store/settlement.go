package store

import (
	"context"
	"fmt"
	"strconv"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

// Reserves holds what is kept back from merchants as security.
var Reserves = newTable("reserves", "merchant_id amount currency ref release_day released",
	func(r *pay.Reserve) Key { return of(r.ID) },
	func(r *pay.Reserve) []any {
		return []any{&r.MerchantID, &r.Amount, &r.Currency, &r.Ref, &r.ReleaseDay, &r.Released}
	}).withID(func(r *pay.Reserve, id string) { r.ID = pay.ReserveID(id) })

// Reports holds settlement reports as files.
var Reports = newTable("reports", "merchant_id kind at body",
	func(r *pay.Report) Key { return of(r.ID) },
	func(r *pay.Report) []any { return []any{&r.MerchantID, &r.Kind, &r.At, &r.Body} }).
	withID(func(r *pay.Report, id string) { r.ID = pay.ReportID(id) })

// DueReserves returns reserves of a bucket that are to be released up to a day.
func (d *DB) DueReserves(ctx context.Context, bucket int, until cal.Day, limit int) ([]*pay.Reserve, error) {
	return find(ctx, d, Reserves, "WHERE bucket = $1 AND released = 0 AND release_day <= $2 ORDER BY id LIMIT $3", bucket, int64(until), limit)
}

// DeleteReports forgets up to limit drawn reports of a bucket from at or before an instant. It returns how many.
func (d *DB) DeleteReports(ctx context.Context, bucket int, at pay.Micros, limit int) (int, error) {
	return d.remove(ctx, "DELETE FROM reports WHERE bucket = $1 AND id IN (SELECT id FROM reports WHERE bucket = $2 AND at <= $3 LIMIT $4)", bucket, bucket, at, limit)
}

// PayoutFilter chooses a merchant's complete payouts by their day.
type PayoutFilter struct {
	Merchant pay.MerchantID
	From     cal.Day
	Until    cal.Day
	Currency money.Currency // empty: all
}

func (f PayoutFilter) clause() (string, []any) {
	text := "WHERE bucket = $1 AND merchant_id = $2 AND state <> 'collecting' AND due_day >= $3 AND due_day <= $4"
	args := []any{of(f.Merchant).Bucket, string(f.Merchant), int64(f.From), int64(f.Until)}
	if f.Currency != "" {
		text, args = text+" AND currency = $5", append(args, string(f.Currency))
	}
	return text, args
}

// findPage finds a page of the rows that a clause describes.
func findPage[T any](ctx context.Context, d *DB, t *Table[T], clause string, args []any, limit, offset int) ([]*T, error) {
	n := len(args)
	return find(ctx, d, t, fmt.Sprintf("%s LIMIT $%d OFFSET $%d", clause, n+1, n+2), append(args, limit, offset)...)
}

// PayoutsLike returns payouts, the oldest first.
func (d *DB) PayoutsLike(ctx context.Context, f PayoutFilter, limit, offset int) ([]*pay.Payout, error) {
	text, args := f.clause()
	return findPage(ctx, d, Payouts, text+" ORDER BY due_day, id", args, limit, offset)
}

// CountPayouts counts them on all pages.
func (d *DB) CountPayouts(ctx context.Context, f PayoutFilter) (n int64, err error) {
	text, args := f.clause()
	err = d.sql.QueryRowContext(ctx, "SELECT COUNT(*) FROM payouts "+text, args...).Scan(&n)
	return n, err
}

// PayoutMark is a place in a merchant's payouts, newest first.
type PayoutMark struct {
	Day cal.Day
	ID  pay.PayoutID
}

// PayoutsBehind returns payouts, the newest first, behind a place; a mark without an id is the begin.
func (d *DB) PayoutsBehind(ctx context.Context, f PayoutFilter, behind PayoutMark, limit int) ([]*pay.Payout, error) {
	text, args := f.clause()
	n := len(args)
	if behind.ID != "" {
		text += fmt.Sprintf(" AND (due_day < $%d OR due_day = $%d AND id < $%d)", n+1, n+2, n+3)
		args = append(args, int64(behind.Day), int64(behind.Day), string(behind.ID))
		n += 3
	}
	return find(ctx, d, Payouts, fmt.Sprintf("%s ORDER BY due_day DESC, id DESC LIMIT $%d", text, n+1), append(args, limit)...)
}

// AnyPayout reports whether a merchant has had a payout in a currency before a day.
func (d *DB) AnyPayout(ctx context.Context, m pay.MerchantID, c money.Currency, before cal.Day) (bool, error) {
	var n int
	err := d.sql.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT id FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND currency = $3 AND due_day < $4 LIMIT 1) AS one",
		of(m).Bucket, string(m), string(c), int64(before)).Scan(&n)
	return n > 0, err
}

// Sum is what the items of one event add up to.
type Sum struct {
	Event  string
	Amount int64
	Items  int64
}

// PayoutSums adds up the items of a payout by their event.
func (d *DB) PayoutSums(ctx context.Context, p *pay.Payout) ([]Sum, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT event, CAST(SUM(amount) AS BIGINT), COUNT(*) FROM payout_items WHERE bucket = $1 AND merchant_id = $2 AND payout_id <> '' AND payout_id = $3 GROUP BY event ORDER BY event",
		of(p.MerchantID).Bucket, string(p.MerchantID), string(p.ID))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Sum
	for rows.Next() {
		var s Sum
		if err := rows.Scan(&s.Event, &s.Amount, &s.Items); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// ItemFilter chooses a merchant's payout items; Refs and Payout are left out where they are empty.
type ItemFilter struct {
	Merchant pay.MerchantID
	Payout   pay.PayoutID
	Refs     []string // what caused them: captures, refunds, disputes
	After    string   // only behind the item with this id
}

func (f ItemFilter) clause() (string, []any) {
	text, args := "WHERE bucket = $1 AND merchant_id = $2", []any{of(f.Merchant).Bucket, string(f.Merchant)}
	if f.Payout != "" {
		args = append(args, string(f.Payout))
		text += " AND payout_id <> '' AND payout_id = $" + strconv.Itoa(len(args)) // the index leaves out what is in no payout
	}
	for i, ref := range f.Refs {
		args = append(args, ref)
		if i == 0 {
			text += " AND ref IN ("
		} else {
			text += ", "
		}
		text += "$" + strconv.Itoa(len(args))
	}
	if len(f.Refs) > 0 {
		text += ")"
	}
	return text, args
}

// ItemsLike returns payout items in the order of their ids, which is that of their making.
func (d *DB) ItemsLike(ctx context.Context, f ItemFilter, limit, offset int) ([]*pay.PayoutItem, error) {
	text, args := f.clause()
	if f.After != "" {
		args = append(args, f.After)
		text += " AND id > $" + strconv.Itoa(len(args))
	}
	return findPage(ctx, d, PayoutItems, text+" ORDER BY id", args, limit, offset)
}

// CountItems counts them on all pages, but no further than up to most.
func (d *DB) CountItems(ctx context.Context, f ItemFilter, most int64) (n int64, err error) {
	text, args := f.clause()
	args = append(args, most)
	err = d.sql.QueryRowContext(ctx, fmt.Sprintf("SELECT COUNT(*) FROM (SELECT id FROM payout_items %s LIMIT $%d) AS counted", text, len(args)), args...).Scan(&n)
	return n, err
}

// ClosingDebt is what a merchant owed at the end of the payout before a day, inside a unit of work.
func (tx *Tx) ClosingDebt(m pay.MerchantID, c money.Currency, before cal.Day) (int64, error) {
	return tx.number("SELECT closing FROM payouts WHERE bucket = $1 AND merchant_id = $2 AND currency = $3 AND due_day < $4 AND state <> 'collecting' ORDER BY due_day DESC LIMIT 1",
		tx.Bucket, string(m), string(c), int64(before))
}

// RecentPayouts returns complete payouts of all merchants, newest first.
func (d *DB) RecentPayouts(ctx context.Context, limit int) ([]*pay.Payout, error) {
	return find(ctx, d, Payouts, "WHERE state <> 'collecting' ORDER BY due_day DESC, id DESC LIMIT $1", limit)
}

package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Disputes holds objections to invoices.
var Disputes = newTable("disputes", "consumer_id merchant_id order_id capture_id invoice_id reason state outcome amount whole lost fee currency opened_at opened_day deadline_day closed_at closed_day terms sealed",
	func(r *pay.Dispute) Key { return of(r.ID) },
	func(r *pay.Dispute) []any {
		return []any{&r.ConsumerID, &r.MerchantID, &r.OrderID, &r.CaptureID, &r.InvoiceID, &r.Reason, &r.State, &r.Outcome, &r.Amount, &r.Whole, &r.Lost, &r.Fee, &r.Currency,
			&r.OpenedAt, &r.OpenedDay, &r.DeadlineDay, &r.ClosedAt, &r.ClosedDay, &r.Terms, &r.Sealed}
	}).withID(func(r *pay.Dispute, id string) { r.ID = pay.DisputeID(id) })

// DisputeRequests holds the questions to merchants, DisputeResponses their answers, DisputeFiles what both attach.
var DisputeRequests = newTable("dispute_requests", "dispute_id at sealed",
	func(r *pay.DisputeRequest) Key { return of(r.ID) },
	func(r *pay.DisputeRequest) []any { return []any{&r.DisputeID, &r.At, &r.Sealed} }).
	withID(func(r *pay.DisputeRequest, id string) { r.ID = pay.DisputeRequestID(id) })

// DisputeResponses holds the answers of merchants.
var DisputeResponses = newTable("dispute_responses", "dispute_id request_id at sealed",
	func(r *pay.DisputeResponse) Key { return of(r.ID) },
	func(r *pay.DisputeResponse) []any { return []any{&r.DisputeID, &r.RequestID, &r.At, &r.Sealed} }).
	withID(func(r *pay.DisputeResponse, id string) { r.ID = pay.DisputeResponseID(id) })

// DisputeFiles holds the files of disputes.
var DisputeFiles = newTable("dispute_files", "dispute_id request_id response_id bytes at sealed_name sealed",
	func(r *pay.DisputeFile) Key { return of(r.ID) },
	func(r *pay.DisputeFile) []any {
		return []any{&r.DisputeID, &r.RequestID, &r.ResponseID, &r.Bytes, &r.At, &r.SealedName, &r.Sealed}
	}).withID(func(r *pay.DisputeFile, id string) { r.ID = pay.DisputeFileID(id) })

// DisputeFilter chooses disputes; empty fields choose all.
type DisputeFilter struct {
	Merchant   pay.MerchantID
	Order      pay.OrderID
	States     []string
	Reasons    []string
	Open       bool // only undecided ones
	ByDeadline bool // ordered by deadline instead of by opening
	Descending bool
	After      *DisputeMark // behind this place of the order
	Limit      int
}

// DisputeMark is a place in a list of disputes.
type DisputeMark struct {
	At int64 // opening in microseconds, or the deadline's day
	ID string
}

// Mark is the place of a dispute in the order of the filter.
func (f DisputeFilter) Mark(d *pay.Dispute) DisputeMark {
	if f.ByDeadline {
		return DisputeMark{int64(d.DeadlineDay), string(d.ID)}
	}
	return DisputeMark{d.OpenedAt, string(d.ID)}
}

// clause is the conditions of a filter within a bucket and their arguments.
func (f DisputeFilter) clause() (text string, args []any) {
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		text += " AND " + condition
	}
	among := func(column string, values []string) {
		if len(values) == 0 {
			return
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", list...)
	}
	if f.Merchant != "" {
		add("merchant_id = ?", string(f.Merchant))
	}
	if f.Order != "" {
		add("order_id = ?", string(f.Order))
	}
	among("state", f.States)
	among("reason", f.Reasons)
	if f.Open {
		add("closed_at = 0")
	}
	return text, args
}

// buckets are where what a filter chooses may lie: a dispute lies with its order.
func (f DisputeFilter) buckets() []int {
	if f.Order != "" {
		return []int{of(f.Order).Bucket}
	}
	return everyBucket
}

// order is the column that a filter sorts by, the comparison for what comes behind, and the direction.
func (f DisputeFilter) order() (column, behind, direction string) {
	column, behind, direction = "opened_at", ">", ""
	if f.ByDeadline {
		column = "deadline_day"
	}
	if f.Descending {
		behind, direction = "<", " DESC"
	}
	return column, behind, direction
}

// DisputesLike returns the disputes that a filter chooses.
func (d *DB) DisputesLike(ctx context.Context, f DisputeFilter) ([]*pay.Dispute, error) {
	text, args := f.clause()
	column, behind, direction := f.order()
	if f.After != nil {
		n := len(args)
		text += fmt.Sprintf(" AND (%s %s $%d OR %s = $%d AND id %s $%d)", column, behind, n+1, column, n+2, behind, n+3)
		args = append(args, f.After.At, f.After.At, f.After.ID)
	}
	args = append(args, f.Limit)
	order := fmt.Sprintf(" ORDER BY %s%s, id%s", column, direction, direction)
	limit := fmt.Sprintf(" LIMIT $%d", len(args))
	first := fromBuckets(f.buckets(), Disputes.name, "bucket, id, "+column, text+order+limit)
	return loadKeys(ctx, d, Disputes, "SELECT bucket, id FROM ("+first+") AS first"+order+limit, args...)
}

// CountDisputes counts the disputes that a filter chooses, on all pages, but no further than up to most.
func (d *DB) CountDisputes(ctx context.Context, f DisputeFilter, most int64) (n int64, err error) {
	text, args := f.clause()
	args = append(args, most)
	limit := fmt.Sprintf(" LIMIT $%d", len(args))
	err = d.sql.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT id FROM ("+fromBuckets(f.buckets(), Disputes.name, "id", text+limit)+") AS found"+limit+") AS counted", args...).Scan(&n)
	return n, err
}

// DisputesOf returns a consumer's disputes, newest first.
func (d *DB) DisputesOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Dispute, error) {
	return find(ctx, d, Disputes, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY opened_at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// DisputeTalk returns the requests, responses and files of a dispute in the order of their making, files without their bytes.
func (d *DB) DisputeTalk(ctx context.Context, id pay.DisputeID) (asked []*pay.DisputeRequest, said []*pay.DisputeResponse, files []*pay.DisputeFile, err error) {
	clause, b := "WHERE bucket = $1 AND dispute_id = $2 ORDER BY id", of(id).Bucket
	if asked, err = find(ctx, d, DisputeRequests, clause, b, string(id)); err != nil {
		return
	}
	if said, err = find(ctx, d, DisputeResponses, clause, b, string(id)); err != nil {
		return
	}
	files, err = d.fileNames(ctx, b, id)
	return
}

// fileNames reads the files of a dispute without their bytes, which may be megabytes: the name stands in their place
// while a row is read.
func (d *DB) fileNames(ctx context.Context, bucket int, id pay.DisputeID) ([]*pay.DisputeFile, error) {
	columns := strings.Join(DisputeFiles.columns[:len(DisputeFiles.columns)-1], ", ")
	rows, err := d.sql.QueryContext(ctx, "SELECT "+columns+", sealed_name FROM dispute_files WHERE bucket = $1 AND dispute_id = $2 ORDER BY id", bucket, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*pay.DisputeFile
	for rows.Next() {
		r, err := DisputeFiles.scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		f := r.(typedRow[pay.DisputeFile]).v
		f.Sealed = nil
		out = append(out, f)
	}
	return out, rows.Err()
}

// LapsedDisputes returns undecided disputes of a bucket whose deadline lies before a day, behind an id, in the order of their ids.
func (d *DB) LapsedDisputes(ctx context.Context, bucket int, day cal.Day, after pay.DisputeID, limit int) ([]*pay.Dispute, error) {
	return find(ctx, d, Disputes, "WHERE bucket = $1 AND closed_at = 0 AND deadline_day < $2 AND id > $3 ORDER BY id LIMIT $4", bucket, int64(day), string(after), limit)
}

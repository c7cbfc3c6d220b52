package store

import (
	"context"
	"fmt"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Promises holds accepted ways back, and offers of new ones.
var Promises = newTable("promises", "consumer_id plan method amount currency state void offered_day accepted_day fulfilled_day ended_day accepted_at "+
	"from_day valid_until pay_by checked_day order_id policy policy_version policy_sha256 card card_version card_sha256 terms document_id lane link salt sealed",
	func(r *pay.Promise) Key { return of(r.ID) },
	func(r *pay.Promise) []any {
		return []any{&r.ConsumerID, &r.Plan, &r.Method, &r.Amount, &r.Currency, &r.State, &r.Void, &r.OfferedDay, &r.AcceptedDay, &r.FulfilledDay, &r.EndedDay, &r.AcceptedAt,
			&r.FromDay, &r.ValidUntil, &r.PayBy, &r.CheckedDay, &r.OrderID, &r.Policy, &r.PolicyVersion, &r.PolicySHA256, &r.Card, &r.CardVersion, &r.CardSHA256,
			&r.Terms, &r.DocumentID, &r.Lane, &r.Link, &r.Salt, &r.Sealed}
	}).withID(func(r *pay.Promise, id string) { r.ID = pay.PromiseID(id) })

// PromiseSteps holds the steps of promises.
var PromiseSteps = newTable("promise_steps", "promise_id n kind invoice_id no amount by_day counts_day done_day state",
	func(r *pay.PromiseStep) Key { return Key{of(r.PromiseID).Bucket, PromiseStepID(r.PromiseID, r.N)} },
	func(r *pay.PromiseStep) []any {
		return []any{&r.PromiseID, &r.N, &r.Kind, &r.InvoiceID, &r.No, &r.Amount, &r.ByDay, &r.CountsDay, &r.DoneDay, &r.State}
	}).withKey(func(r *pay.PromiseStep, k Key) {})

// PromiseStepID is the id of the n-th step of a promise, from 0.
func PromiseStepID(id pay.PromiseID, n int64) string { return fmt.Sprintf("%s-%d", id, n) }

// livePromise is the condition of the partial index on promises that something may still happen to.
const livePromise = "state IN ('offered', 'accepted', 'fulfilled')"

// PromisesOf returns a consumer's promises, newest first.
func (d *DB) PromisesOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Promise, error) {
	return find(ctx, d, Promises, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY offered_day DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// StepsOf returns the steps of a promise in their order.
func (d *DB) StepsOf(ctx context.Context, id pay.PromiseID) ([]*pay.PromiseStep, error) {
	return find(ctx, d, PromiseSteps, "WHERE bucket = $1 AND promise_id = $2 ORDER BY n", of(id).Bucket, string(id))
}

// LivePromises returns promises of a bucket that something may still happen to and that were not looked at on a day yet,
// behind the id after.
func (d *DB) LivePromises(ctx context.Context, bucket int, day cal.Day, after pay.PromiseID, limit int) ([]*pay.Promise, error) {
	return find(ctx, d, Promises, "WHERE bucket = $1 AND "+livePromise+" AND checked_day < $2 AND id > $3 ORDER BY id LIMIT $4", bucket, int64(day), string(after), limit)
}

// AcceptedSince counts how many plans a consumer accepted on or after a day, without those of this group.
func (tx *Tx) AcceptedSince(c pay.ConsumerID, day cal.Day) (int64, error) {
	return tx.number("SELECT COUNT(*) FROM promises WHERE bucket = $1 AND consumer_id = $2 AND accepted_day >= $3", tx.Bucket, string(c), int64(day))
}

// sumPromised adds what live promises of the buckets of one lane bind, out of the partial index alone.
const sumPromised = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM promises WHERE " + livePromise + " AND state IN ('accepted', 'fulfilled') AND bucket % $1 = $2"

// Promised is what the live promises bind in the lane of a bucket, and how many lanes share the cap.
func (d *DB) Promised(ctx context.Context, bucket int) (sum int64, lanes int, err error) {
	if lanes = len(d.lanes); lanes == 0 {
		return 0, 0, ErrUninitialised
	}
	err = d.sql.QueryRowContext(ctx, sumPromised, lanes, bucket%lanes).Scan(&sum)
	return sum, lanes, err
}

// Promised is what the live promises bind in the lane of this unit, exactly: the lane's lock keeps everybody else out,
// and what units before it in the group changed counts as they left it.
func (tx *Tx) Promised() (sum int64, lanes int, err error) {
	lanes = len(tx.g.lane.db.lanes)
	text, args := sumPromised, []any{lanes, tx.g.lane.n}
	var marks []string
	for ref, s := range tx.g.rows {
		if ref.table.info() != &Promises.tableInfo {
			continue
		}
		args = append(args, ref.key.ID)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
		if r, ok := s.row.(typedRow[pay.Promise]); ok && r.v.Live() {
			sum += r.v.Amount
		}
	}
	if len(marks) > 0 {
		text += " AND id NOT IN (" + strings.Join(marks, ", ") + ")"
	}
	rows, err := tx.Query(text, args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	var rest int64
	for rows.Next() {
		if err := rows.Scan(&rest); err != nil {
			return 0, 0, err
		}
	}
	return sum + rest, lanes, rows.Err()
}

// PromiseCount is how many promises are in a state, and what they were for.
type PromiseCount struct {
	State  string
	Void   string
	N      int64
	Amount int64
}

// PromiseCounts counts all promises by state and, of the void ones, by their code.
func (d *DB) PromiseCounts(ctx context.Context) ([]PromiseCount, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT state, void, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM promises GROUP BY state, void ORDER BY state, void")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []PromiseCount
	for rows.Next() {
		var c PromiseCount
		if err := rows.Scan(&c.State, &c.Void, &c.N, &c.Amount); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// PromiseContent is what a promise's leaf commits to: everything that was agreed and never changes, then the sealed text.
func PromiseContent(r *pay.Promise, plain []byte) []byte {
	head := fmt.Sprintf("%s\n%s\n%s\n%s %d %s\n%d %d %d %d %d\n%s %d %s\n%s %d %s\n%s\n", r.ID, r.ConsumerID, r.Plan, r.Method, r.Amount, r.Currency,
		r.AcceptedAt, r.AcceptedDay, r.FromDay, r.ValidUntil, r.PayBy, r.Policy, r.PolicyVersion, r.PolicySHA256, r.Card, r.CardVersion, r.CardSHA256, r.Terms)
	return append([]byte(head), plain...)
}

// checkPromises holds the promises of a bucket against the chain and their steps against them. An offer that nobody
// accepted binds nobody and has no leaf.
func (a *auditor) checkPromises(bucket int, first bool) error {
	states := map[pay.PromiseID]*pay.Promise{}
	err := pages(a, Promises, bucket, func(rows []*pay.Promise, _ bool) error {
		for _, r := range rows {
			if first {
				a.r.Promises++
				states[r.ID] = &pay.Promise{State: r.State, FromDay: r.FromDay}
			}
			if r.AcceptedAt == 0 {
				continue
			}
			var content []byte
			if a.o.PromiseContent != nil && len(r.Salt) > 0 {
				plain, err := a.o.PromiseContent(r)
				if err != nil {
					return fmt.Errorf("open the text of promise %s: %w", r.ID, err)
				}
				if plain != nil {
					content = PromiseContent(r, plain)
				}
			}
			if err := a.leaf("promises", bucket, string(r.ID), r.Lane, r.Link, a.commitment(first, r.Salt, content)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !first {
		return err
	}
	return pages(a, PromiseSteps, bucket, func(rows []*pay.PromiseStep, _ bool) error {
		for _, s := range rows {
			p, id := states[s.PromiseID], PromiseStepID(s.PromiseID, s.N)
			if p == nil {
				return differs("promise_steps", bucket, id, "promise", s.PromiseID, "no such promise")
			}
			kept := p.State == pay.PromiseFulfilled || p.State == pay.PromiseHonoured
			if kept && s.CountsDay <= p.FromDay && s.State != pay.StepDone && s.State != pay.StepInfo && s.State != pay.StepReversed {
				return differs("promise_steps", bucket, id, "state, of a promise that is "+p.State, s.State, pay.StepDone)
			}
		}
		return nil
	})
}

// FulfilledPromises returns promises whose steps were all done at some time, the newest first.
func (d *DB) FulfilledPromises(ctx context.Context, limit int) ([]*pay.Promise, error) {
	return find(ctx, d, Promises, "WHERE fulfilled_day > $1 ORDER BY fulfilled_day DESC, bucket, id LIMIT $2", int64(cal.NoDay), limit)
}

package app

import (
	"context"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
)

// PromiseCount is how many promises are in a state, and what they were for.
type PromiseCount struct {
	State  string
	Void   string // of void ones: the code that ended them
	N      int64
	Amount int64
}

// PromiseReport says how many promises there are, how they ended, whether they were kept and what they bind.
type PromiseReport struct {
	Currency money.Currency
	States   []PromiseCount // by state and void
	Bound    int64          // by live promises
	Cap      int64
	Asked    int // decisions that a fulfilled promise had to answer
	Honoured int // became a yes
	Void     int // a no for a reason on the closed list
	Broken   int // a no for any other reason: must be 0
	Looked   int // promises whose decisions were read
}

// Rate is the share of honoured purchases among those that had to be, in hundredths of a percent.
func (r *PromiseReport) Rate() int64 {
	if r.Honoured+r.Broken == 0 {
		return 100_00
	}
	return int64(r.Honoured) * 100_00 / int64(r.Honoured+r.Broken)
}

// reportMax bounds how many promises, newest first within a bucket, a report reads the decisions of.
const reportMax = 500

// PromiseReport counts all promises and proves from the decision records that the fulfilled ones were kept.
func (a *App) PromiseReport(ctx context.Context, who Actor) (*PromiseReport, error) {
	if !who.Can(DeedPromises) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	r := &PromiseReport{Currency: pay.Germany.Currency, Cap: promiseTerms(day).Exposure}
	counts, err := a.DB.PromiseCounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range counts {
		r.States = append(r.States, PromiseCount(s))
		if s.State == pay.PromiseAccepted || s.State == pay.PromiseFulfilled {
			r.Bound += s.Amount
		}
	}
	rows, err := a.DB.FulfilledPromises(ctx, reportMax)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if err := a.judgePromise(ctx, r, row); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// decisionsRead bounds the decisions that are read for one promise.
const decisionsRead = 200

// judgePromise reads what the checkout decided while a promise was fulfilled.
func (a *App) judgePromise(ctx context.Context, r *PromiseReport, row *pay.Promise) error {
	key, err := a.consumerKey(ctx, row.ConsumerID)
	if err != nil || key == nil {
		return err
	}
	r.Looked++
	decisions, err := a.DB.DecisionsOf(ctx, row.ConsumerID, decisionsRead)
	if err != nil {
		return err
	}
	var blank []cal.Day // of refusals in which no promise had a say
	used := map[cal.Day]bool{row.FulfilledDay: true}
	for _, d := range decisions {
		if d.Day < max(row.FromDay, row.FulfilledDay) || d.Day > row.ValidUntil || row.EndedDay.IsSet() && d.Day > row.EndedDay {
			continue
		}
		plain, err := key.Open(string(d.ID), d.Sealed)
		if err != nil {
			return err
		}
		var rec credit.Record
		if err := rec.UnmarshalBinary(plain); err != nil {
			return err
		}
		switch r.count(row, d, &rec) {
		case promiseUsed:
			used[d.Day] = true
		case promiseSilent:
			blank = append(blank, d.Day)
		}
	}
	if row.EndedDay.IsSet() {
		used[row.EndedDay] = true
	}
	for _, day := range blank {
		if !used[day] { // on those days a refusal may have come before the last step, or while another checkout used the promise
			r.Asked, r.Broken = r.Asked+1, r.Broken+1
		}
	}
	return nil
}

// What one decision says about a promise.
const (
	promiseOther  = iota // nothing
	promiseUsed          // it was honoured
	promiseSilent        // a refusal that it should have answered
)

// count judges one decision.
func (r *PromiseReport) count(row *pay.Promise, d *pay.DecisionRow, rec *credit.Record) int {
	m, err := credit.ParseMethod(row.Method)
	if err != nil || d.Amount > row.Amount || rec.Decision.Outcome(m).OK {
		return promiseOther // another purchase, or the rules said yes by themselves
	}
	switch k := rec.Kept; {
	case k == nil && d.Approved == 0:
		return promiseSilent
	case k == nil || k.Promise.ID != string(row.ID) || k.Honoured() && d.Approved == 0:
		return promiseOther // another method, or another promise
	case k.Honoured():
		r.Asked, r.Honoured = r.Asked+1, r.Honoured+1
		return promiseUsed
	}
	r.Asked, r.Void = r.Asked+1, r.Void+1
	return promiseOther
}

func (a *App) storyPromises(ctx context.Context, _ Actor, s *Story) error {
	rows, err := a.DB.PromisesOf(ctx, s.Consumer.ID, storyMax)
	for _, row := range rows {
		row.Sealed, row.Salt = nil, nil
		s.Promises = append(s.Promises, *row)
	}
	return err
}

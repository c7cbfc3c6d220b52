package app

import (
	"context"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// reviewsMax is how many open contests the desk lists at once.
const reviewsMax = 100

// ReviewQueue is what waits for a person, and how answering goes.
type ReviewQueue struct {
	Day    cal.Day
	Open   []pay.Review // the earliest deadline first
	Count  map[string]int64
	InTime map[string]int64
}

// OpenReviews lists the contests that wait, without anything about the people.
func (a *App) OpenReviews(ctx context.Context, who Actor) (*ReviewQueue, error) {
	if !who.Can(DeedReview) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	q := &ReviewQueue{Day: day}
	rows, err := a.DB.OpenReviews(ctx, reviewsMax)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		r.Sealed, r.Answer = nil, nil
		q.Open = append(q.Open, *r)
	}
	q.Count, q.InTime, err = a.DB.ReviewTotals(ctx)
	return q, err
}

// ReviewCase is everything that answering a contest needs on one page.
type ReviewCase struct {
	ReviewView
	Day      cal.Day
	Name     string
	Decision *credit.Record // the contested one; nil where a fact alone is contested
	Now      Outcomes       // what the same question gets today, uncorrected
	Facts    *credit.Facts  // of today, with the days that say where they come from
	Ways     []credit.Plan  // what would make the asked method possible
	Earlier  []Said         // what staff said about the same purchase
	Barred   bool           // who looks decided before and may not answer
	Answerer string
}

// ReviewCase opens a contest for staff. The look is in the audit trail first.
func (a *App) ReviewCase(ctx context.Context, who Actor, id pay.ReviewID) (*ReviewCase, error) {
	if !who.Can(DeedReview) {
		return nil, errForbidden
	}
	r, err := store.LoadID(ctx, a.DB, store.Reviews, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errNoReview
	}
	row, err := a.look(ctx, who, r.ConsumerID, string(id))
	if err != nil {
		return nil, err
	}
	p, err := a.openPerson(row)
	if err != nil {
		return nil, err
	}
	view, err := a.reviewView(ctx, p, r)
	if err != nil {
		return nil, err
	}
	v := &ReviewCase{ReviewView: *view, Facts: &p.facts}
	if v.Day, err = a.Day(ctx); err != nil {
		return nil, err
	}
	profile, err := p.profile()
	if err != nil {
		return nil, err
	}
	v.Name = profile.Billing.FullName()
	if v.Answerer, err = a.staffName(ctx, string(r.AnsweredBy)); err != nil {
		return nil, err
	}
	if err := a.fillCase(ctx, who, p, r, v); err != nil {
		return nil, err
	}
	return v, nil
}

// fillCase adds the decision, today's answer, the ways to a yes and who decided before. It reads only.
func (a *App) fillCase(ctx context.Context, who Actor, p *person, r *pay.Review, v *ReviewCase) error {
	pol, err := a.Policy(v.Day)
	if err != nil {
		return err
	}
	b := bucketOf(r.ID)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Decisions.At(b, string(r.DecisionID))}}
	type read struct {
		now    credit.Record
		worked map[string]bool
	}
	got, err := do(ctx, a, who, "look-review", Key{}, u, func(tx *store.Tx) (out read, err error) {
		if _, out.now, err = a.redecide(tx, p, r, pol); err != nil {
			return out, err
		}
		out.worked, err = tx.WorkedOn(r, r.DecisionID == "" || r.Fact == "security")
		return out, err
	})
	if err != nil {
		return err
	}
	v.Barred, v.Now = got.worked[string(who.Staff)], outcomesOf(&got.now)
	v.Ways = a.waysTo(pol, p, &got.now)
	if r.DecisionID == "" {
		return nil
	}
	d, err := store.LoadID(ctx, a.DB, store.Decisions, r.DecisionID)
	if err != nil {
		return err
	}
	plain, err := p.key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return err
	}
	v.Decision = &credit.Record{}
	if err := v.Decision.UnmarshalBinary(plain); err != nil {
		return err
	}
	return a.earlier(ctx, p, r, v)
}

// waysTo is the counterfactual: the exact steps to the first method on credit that is refused today.
func (a *App) waysTo(pol *credit.Policy, p *person, now *credit.Record) []credit.Plan {
	for m := range credit.Method(credit.MethodCount) {
		if !m.IsCredit() || !now.Request.Offers[m].Enabled || now.Decision.Outcome(m).OK {
			continue
		}
		return credit.WayBack(pol, &p.facts, credit.Goal{Method: m, Request: now.Request, PayBy: payBy(pol, now.Request.Day)}).Plans
	}
	return nil
}

// earlier adds what staff said about the purchase of the contested decision.
func (a *App) earlier(ctx context.Context, p *person, r *pay.Review, v *ReviewCase) error {
	checks, err := a.DB.ChecksOf(ctx, r.ConsumerID, storyMax)
	if err != nil {
		return err
	}
	for _, c := range checks {
		if c.DecisionID != r.DecisionID {
			continue
		}
		said, err := a.opinions(p, c)
		if err != nil {
			return err
		}
		for _, o := range said {
			name, err := a.staffName(ctx, o.Who)
			if err != nil {
				return err
			}
			v.Earlier = append(v.Earlier, Said{name, o.At, o.Verdict, o.Reason})
		}
	}
	return nil
}

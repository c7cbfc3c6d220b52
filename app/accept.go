package app

import (
	"context"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// JobPromise makes the paper of an accepted plan and mails it; JobPromiseOver tells that a promise ended, with a fresh plan.
const (
	JobPromise     = "promise"
	JobPromiseOver = "promise_over"
)

// Actions of the audit trail about promises.
const (
	actionPromised  = "promise_accepted"
	actionFulfilled = "promise_fulfilled"
	actionHonoured  = "promise_honoured"
	actionEnded     = "promise_ended"
)

var (
	errPlanChanged = pay.Errorf(pay.Conflict, "plan_changed", "plan", "Something has changed since this plan was computed; look at the new one")
	errPlanOver    = pay.Errorf(pay.Conflict, "plan_over", "plan", "This plan was accepted before and has ended; ask for a new one")
	errNoNeed      = pay.Errorf(pay.Refused, "nothing_to_promise", "plan", "This purchase is possible today without any step")
	errEstimate    = pay.Errorf(pay.Refused, "only_estimate", "plan", "At present this plan is an estimate and cannot be promised; you may follow it all the same")
	errManyPlans   = pay.Errorf(pay.Refused, "too_many_plans", "plan", "Many plans were accepted within 30 days; please write to us")
)

// AcceptPlan turns a plan into a promise. The plan is computed again on the facts of this moment; only if it is still the
// same it is stored, and reminders of its invoices stand still until the payments are due. Accepting again changes nothing.
func (a *App) AcceptPlan(ctx context.Context, who Actor, key Key, plan string) (*PromiseView, error) {
	if who.Consumer == "" {
		return nil, errForbidden
	}
	k, err := ParsePlanKey(plan)
	if err != nil {
		return nil, err
	}
	b, id := bucketOf(who.Consumer), promiseID(who.Consumer, k)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(who.Consumer)), store.Promises.At(b, string(id))}}
	_, err = do(ctx, a, who, "accept-plan", key, u, func(tx *store.Tx) (pay.PromiseID, error) {
		old, err := store.Get(tx, store.Promises, string(id))
		if err != nil {
			return "", err
		}
		if old != nil && old.State != pay.PromiseOffered {
			if old.Live() || old.State == pay.PromiseHonoured {
				return id, nil
			}
			return "", errPlanOver
		}
		p, err := a.person(tx, who.Consumer)
		if err != nil {
			return "", err
		}
		return id, a.accept(tx, who, p, k)
	})
	if err != nil {
		return nil, err
	}
	return a.Promise(ctx, who, id)
}

// accept computes a plan again and is the point of no return of a promise.
func (a *App) accept(tx *store.Tx, who Actor, p *person, k PlanKey) error {
	p.dropHolds(tx.At)
	q, err := a.question(p, tx.Day, tx.At, k.Method, k.Amount, k.PayBy)
	if err != nil {
		return err
	}
	way := credit.WayBack(q.policy, q.facts, q.goal)
	if way.Open {
		return errNoNeed
	}
	at := slices.IndexFunc(way.Plans, func(c credit.Plan) bool { return planDigest(k.Method, k.Amount, c) == k.Digest })
	if at < 0 {
		return errPlanChanged
	}
	plan, terms := way.Plans[at], promiseTerms(tx.Day)
	if n, err := tx.AcceptedSince(p.row.ID, tx.Day-30); err != nil || n >= int64(terms.PerMonth) {
		return firstOf(err, errManyPlans)
	}
	if sum, lanes, err := tx.Promised(); err != nil || sum+k.Amount > terms.Exposure/int64(lanes) {
		return firstOf(err, errEstimate)
	}
	if err := p.makeRoom(tx, who, q.goal, terms.Live); err != nil {
		return err
	}
	d, err := a.draftPromise(p, k, q.outlook, q.goal, plan, tx.Day)
	if err != nil {
		return err
	}
	live := credit.NewLiveContract(string(d.row.ID), &p.facts, q.goal, plan, tx.Day)
	d.row.State, d.row.AcceptedDay, d.row.AcceptedAt = pay.PromiseAccepted, tx.Day, tx.At
	if live.Fulfilled() {
		d.row.State, d.row.FulfilledDay = pay.PromiseFulfilled, tx.Day
	}
	d.row.DocumentID = pay.DocumentID(tx.IDIn(pay.PrefixDocument, pay.CellOf(string(p.row.ID))))
	if err := d.put(tx, p, plan); err != nil {
		return err
	}
	freeze(tx, plan, terms)
	p.facts.Promises = append(p.facts.Promises, live)
	tx.Audit(who.String(), actionPromised, string(p.row.ID), string(d.row.ID))
	a.queue(tx, JobPromise, string(d.row.ID), nil)
	return p.save(tx)
}

func firstOf(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// freeze keeps reminders of a plan's invoices still until its payments are due and would be known here.
func freeze(tx *store.Tx, plan credit.Plan, terms PromiseTerms) {
	for _, s := range plan.Steps {
		if s.Invoice == "" || s.Kind != credit.PayFull && s.Kind != credit.PayPart {
			continue
		}
		store.Save(tx, store.Pauses, &pay.Pause{ID: tx.ID("pau"), InvoiceID: pay.InvoiceID(s.Invoice), FromDay: tx.Day,
			UntilDay: cal.Target2.AddBankDays(s.By, terms.BankDays), Reason: "promise"})
	}
}

// makeRoom lets a fresh promise take the place of the one for the same purchase and, where there are too many, of the
// oldest that is not fulfilled. One that a checkout uses right now stays.
func (p *person) makeRoom(tx *store.Tx, who Actor, g credit.Goal, most int) error {
	free := func(c credit.LiveContract) bool { return !p.facts.InUse(&c, tx.At) }
	for _, c := range slices.Clone(p.facts.Promises) {
		if free(c) && c.Method == g.Method && c.Amount == g.Request.Amount {
			if err := p.endPromise(tx, who, c.ID, pay.PromiseReplaced, ""); err != nil {
				return err
			}
		}
	}
	for len(p.facts.Promises) >= most {
		at := slices.IndexFunc(p.facts.Promises, func(c credit.LiveContract) bool { return free(c) && !c.Fulfilled() })
		if at < 0 {
			at = slices.IndexFunc(p.facts.Promises, free)
		}
		if at < 0 {
			return errManyPlans
		}
		if err := p.endPromise(tx, who, p.facts.Promises[at].ID, pay.PromiseReplaced, ""); err != nil {
			return err
		}
	}
	return nil
}

// promise is the live promise with an id, or nil.
func (p *person) promise(id string) *credit.LiveContract {
	for i := range p.facts.Promises {
		if p.facts.Promises[i].ID == id {
			return &p.facts.Promises[i]
		}
	}
	return nil
}

// endPromise takes a promise off the person's facts and notes how it ended. The caller saves the person.
func (p *person) endPromise(tx *store.Tx, who Actor, id, state, void string) error {
	p.facts.Promises = slices.DeleteFunc(p.facts.Promises, func(c credit.LiveContract) bool { return c.ID == id })
	row, err := store.Get(tx, store.Promises, id)
	if err != nil || row == nil {
		return err
	}
	row.State, row.Void, row.EndedDay = state, void, tx.Day
	store.Save(tx, store.Promises, row)
	detail := id + " " + state
	if void != "" {
		detail += " " + void
	}
	tx.Audit(who.String(), actionEnded, string(p.row.ID), detail)
	return nil
}

// keepPromises brings the steps of live promises in line with changed facts. People without a promise cost nothing here.
func (p *person) keepPromises(tx *store.Tx) error {
	value := p.valued
	if !value.IsSet() {
		value = tx.Day
	}
	for i := range p.facts.Promises {
		c := &p.facts.Promises[i]
		if !c.Keep(&p.facts, value, tx.Day) {
			continue
		}
		if err := p.noteSteps(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// noteSteps writes down how far the steps of a promise are.
func (p *person) noteSteps(tx *store.Tx, c *credit.LiveContract) error {
	row, err := store.Get(tx, store.Promises, c.ID)
	if err != nil || row == nil {
		return err
	}
	for n := int64(0); ; n++ {
		s, err := store.Get(tx, store.PromiseSteps, store.PromiseStepID(row.ID, n))
		if err != nil {
			return err
		}
		if s == nil {
			break
		}
		if noteStep(s, c, tx.Day) {
			store.Save(tx, store.PromiseSteps, s)
		}
	}
	if row.State == pay.PromiseAccepted && c.Fulfilled() {
		row.State, row.FulfilledDay = pay.PromiseFulfilled, tx.Day
		store.Save(tx, store.Promises, row)
		tx.Audit(System.String(), actionFulfilled, string(p.row.ID), c.ID)
	}
	return nil
}

// noteStep brings one step in line with its duty and reports whether it changed.
func noteStep(s *pay.PromiseStep, c *credit.LiveContract, today cal.Day) bool {
	before := *s
	for i := range c.Duties {
		d := &c.Duties[i]
		if d.Kind.String() != s.Kind || d.Invoice != string(s.InvoiceID) || d.No != s.No {
			continue
		}
		switch {
		case d.Done.IsSet() && d.Done <= d.By:
			s.State = pay.StepDone
		case d.Done.IsSet(), c.Missed && today > d.By && s.State != pay.StepReversed && !s.DoneDay.IsSet():
			s.State = pay.StepMissed
		case s.DoneDay.IsSet():
			s.State = pay.StepReversed
		}
		s.DoneDay = d.Done
	}
	return *s != before
}

// holdPromise lets an authorization use a promise.
func (p *person) holdPromise(id string, token pay.AuthorizationID) {
	if c := p.promise(id); c != nil {
		c.Held = string(token)
	}
}

// freePromise gives a promise back whose authorization ended unused.
func (p *person) freePromise(token pay.AuthorizationID) {
	for i := range p.facts.Promises {
		if p.facts.Promises[i].Held == string(token) {
			p.facts.Promises[i].Held = ""
		}
	}
}

// usePromise notes that a promise was kept by an order.
func (p *person) usePromise(tx *store.Tx, token pay.AuthorizationID, o *pay.Order) error {
	for i := range p.facts.Promises {
		c := p.facts.Promises[i]
		if c.Held != string(token) {
			continue
		}
		p.facts.Promises = slices.Delete(p.facts.Promises, i, i+1)
		row, err := store.Get(tx, store.Promises, c.ID)
		if err != nil || row == nil {
			return err
		}
		row.State, row.EndedDay, row.OrderID = pay.PromiseHonoured, tx.Day, o.ID
		store.Save(tx, store.Promises, row)
		tx.Audit(System.String(), actionHonoured, string(p.row.ID), c.ID+" "+string(o.ID))
		return nil
	}
	return nil
}

// honour asks the promises about a refusal. Where none is for this method, the record keeps what another one says, so that
// it shows later that no promise was passed over.
func (p *person) honour(pol *credit.Policy, m credit.Method, r credit.Request, refusal credit.Decision) (credit.Decision, *credit.Kept) {
	dec, kept := p.facts.Honour(pol, m, r, refusal)
	if kept != nil || refusal.Outcome(m).OK {
		return dec, kept
	}
	for i := range p.facts.Promises {
		if _, other := p.facts.Honour(pol, p.facts.Promises[i].Method, r, refusal); other != nil {
			return dec, other
		}
	}
	return dec, nil
}

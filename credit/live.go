package credit

import (
	"slices"

	"zahlziel/cal"
)

// LiveContract is an accepted plan on its way: the contract, the steps that have to be done for it, and the checkout that uses
// it. Live ones lie with the facts, so that a checkout finds them without another look.
type LiveContract struct {
	ID       string `json:"id"`
	Contract `json:"contract"`
	Duties   []Duty `json:"duties"`
	Held     string `json:"held"` // the authorization that used it last; it binds as long as that reserves an amount
}

// Duty is one step of an accepted plan that somebody has to do. Waiting is none.
type Duty struct {
	Kind    StepKind `json:"kind"`
	Invoice string   `json:"invoice"` // of payments; empty: the written-off claim
	No      string   `json:"no"`
	Rest    int64    `json:"rest"` // what may still be open of it once the step is done
	By      cal.Day  `json:"by"`   // the last day that is in time: a payment's value day, a verification's
	Counts  cal.Day  `json:"counts"`
	Done    cal.Day  `json:"done"` // NoDay: not yet
}

// pays reports whether the step moves money.
func (d *Duty) pays() bool { return d.Kind == PayFull || d.Kind == PayPart || d.Kind == PayAsAgreed }

// NewLiveContract takes an accepted plan apart. f are the facts at acceptance, on day.
func NewLiveContract(id string, f *Facts, g Goal, p Plan, day cal.Day) LiveContract {
	out := LiveContract{ID: id, Contract: NewContract(f, g, p, day)}
	for _, s := range p.Steps {
		d := Duty{Kind: s.Kind, Invoice: s.Invoice, No: s.No, By: s.By, Counts: s.Counts, Done: cal.NoDay}
		switch s.Kind {
		case PayFull, PayPart, PayAsAgreed:
			if it := f.item(s.Invoice, s.No); it != nil {
				d.Rest = it.Open - s.Amount
				if at := slices.IndexFunc(p.Steps, func(o Step) bool {
					return o.Kind == PayPart && o.Invoice == s.Invoice && o.No == s.No
				}); s.Kind == PayAsAgreed && at >= 0 {
					d.Rest -= p.Steps[at].Amount // the part that is paid early comes off first
				}
			}
		case VerifyEmail, VerifyAddress, VerifyBank, VerifyIdentity, SetDirectDebit:
			d.By = s.Counts
		default:
			continue
		}
		out.Duties = append(out.Duties, d)
	}
	return out
}

// item finds an open item by its invoice and document number.
func (f *Facts) item(invoice, no string) *Item {
	for i := range f.Open {
		if it := &f.Open[i]; it.Invoice == invoice && it.No == no {
			return it
		}
	}
	return nil
}

// Keep brings the steps in line with the facts: what is done, what came too late, what was taken back. value is the value
// day of the money that moved just now. It reports whether anything changed.
func (p *LiveContract) Keep(f *Facts, value, today cal.Day) (changed bool) {
	for i := range p.Duties {
		d := &p.Duties[i]
		done := p.state(d, f, value, today)
		switch {
		case done == d.Done || done.IsSet() && d.Done.IsSet():
			continue
		case !done.IsSet():
			p.Reversed = true
		case done > d.By:
			p.Missed = true
		}
		d.Done, changed = done, true
	}
	return changed
}

// state is the day on which a step was done by what the facts say now, or NoDay.
func (p *LiveContract) state(d *Duty, f *Facts, value, today cal.Day) cal.Day {
	if d.pays() {
		if d.Invoice == "" {
			return f.WriteOff.Settled
		}
		if it := f.item(d.Invoice, d.No); it != nil && it.Open > d.Rest {
			return cal.NoDay
		}
		return value
	}
	on := cal.NoDay
	switch d.Kind {
	case VerifyEmail:
		on = f.Email
	case VerifyAddress:
		if f.Address.Level >= 2 {
			on = f.Address.Day
		}
	case VerifyBank:
		on = f.Bank
	case VerifyIdentity:
		on = f.Identity
	case SetDirectDebit:
		on = f.DirectDebit
	}
	if on.IsSet() && on >= p.Made && on <= today { // one from before the plan is the one that no longer counted
		return on
	}
	return cal.NoDay
}

// Miss notes the steps whose last day has passed. A transfer of that day is known here some bank days later; what is in
// dispute or paused is not missed.
func (p *LiveContract) Miss(f *Facts, today cal.Day, bankDays int) {
	for i := range p.Duties {
		d := &p.Duties[i]
		last := d.By
		if d.pays() {
			last = cal.Target2.AddBankDays(last, bankDays)
			if it := f.item(d.Invoice, d.No); it != nil && (it.stopped(today) || it.Open-it.Disputed <= d.Rest) {
				continue
			}
		}
		if !d.Done.IsSet() && today > last {
			p.Missed = true
		}
	}
}

// Fulfilled reports whether everything that the promise waits for is done. Obligations that fall due after its first day
// go on; missing one of them ends it.
func (p *LiveContract) Fulfilled() bool {
	for i := range p.Duties {
		if d := &p.Duties[i]; !d.Done.IsSet() && d.Counts <= p.From {
			return false
		}
	}
	return !p.Missed && !p.Reversed
}

// Ended lists the voids that end the promise for good, whatever a later day brings. The others are asked at the checkout
// and pass again.
func (p *LiveContract) Ended(pol *Policy, f *Facts, day cal.Day) []Void {
	out := p.Voids(pol, f, p.Method, Request{Day: day}, Decision{})
	if f.Deceased || f.Insolvency.Running {
		out = append(out, V6InsolvencyOrDeath)
	}
	slices.Sort(out)
	return out
}

// InUse reports whether a checkout holds the promise at an instant: its authorization still reserves an amount.
func (f *Facts) InUse(p *LiveContract, nowMicros int64) bool {
	return p.Held != "" && slices.ContainsFunc(f.Holds, func(h Hold) bool { return h.Ref == p.Held && h.UntilMicros > nowMicros })
}

// Kept is what a promise did about a refusal: it was honoured, or its voids say why not.
type Kept struct {
	Method   Method       `json:"method"`
	Promise  LiveContract `json:"promise"`
	Voids    []Void       `json:"voids"`
	Decision Decision     `json:"decision"` // with the promise; the refusal where it is void
}

// Honoured reports whether the refusal became a yes.
func (k *Kept) Honoured() bool { return k != nil && k.Decision.Outcomes[k.Method].OK }

// Honour answers with the promises in mind: a refusal d of method m becomes a yes where a fulfilled promise covers the
// purchase. kept is nil where no promise had a say. d itself is not changed.
func (f *Facts) Honour(p *Policy, m Method, r Request, d Decision) (answer Decision, kept *Kept) {
	if len(f.Promises) == 0 || d.Outcomes[m].OK {
		return d, nil
	}
	for i := range f.Promises {
		pr := &f.Promises[i]
		if f.InUse(pr, r.NowMicros) || !pr.Covers(m, r) || !pr.Fulfilled() {
			continue
		}
		with, voids := pr.Contract.Honour(p, f, m, r, d)
		k := &Kept{Method: m, Promise: *pr, Voids: voids, Decision: with}
		if len(voids) == 0 {
			return with, k
		}
		if kept == nil {
			kept = k
		}
	}
	return d, kept
}

// Promised is Honour for every method at once, for answers that only show what a checkout would say.
func (f *Facts) Promised(p *Policy, r Request, d Decision) Decision {
	for i := range f.Promises {
		m := f.Promises[i].Method
		if yes, kept := f.Honour(p, m, r, d); kept.Honoured() {
			d = yes
		}
	}
	return d
}

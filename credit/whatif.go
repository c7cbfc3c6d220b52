package credit

import "zahlziel/cal"

// Choice is what somebody considers doing: pay open items today, wholly or in part, and confirm things.
type Choice struct {
	Pay    []Payment
	Verify []StepKind // VerifyEmail to SetDirectDebit
}

// Payment is an amount on an open item.
type Payment struct {
	Invoice string
	No      string // of the item; empty: every item of the invoice
	Amount  int64  // 0: all that is open
}

// Outcomes is what the decision says on a day: points, limit, and the most that each method would approve.
type Outcomes struct {
	Day    cal.Day
	Score  int32
	Points [FeatureCount]int32
	Limit  int64
	Free   int64
	Max    [MethodCount]int64 // 0: not possible on that day
}

// WhatIf compares a day with and without a choice. Everything is simulated the way the planner does it: the choice counts
// today, obligations are kept on their due day, what is overdue and not chosen stays unpaid. A regulated method is taken
// as assessed. It is an outlook and no promise.
func WhatIf(p *Policy, f *Facts, r Request, c Choice, day cal.Day) (now, idle, then Outcomes) {
	s := newSim(p, f, &Goal{Request: r, PayBy: r.Day, Horizon: int32(day - r.Day)})
	nothing := candidate{pays: make([]int64, len(s.opts))}
	chosen := candidate{pays: make([]int64, len(s.opts))}
	for i, o := range s.opts {
		if o.item >= 0 {
			chosen.pays[i] = c.amount(&f.Open[o.item], o.amount)
		} else if c.amount(&Item{No: f.WriteOff.No}, o.amount) == o.amount {
			chosen.pays[i] = o.amount
		}
	}
	for v, kind := range verifySteps {
		for _, k := range c.Verify {
			if k == kind {
				chosen.verify |= verifySet(1) << v & s.todo
			}
		}
	}
	s.reset(nothing)
	now = s.outcomes(r.Day)
	for t := r.Day + 1; t < day; t++ {
		s.ok(t)
	}
	idle = s.outcomes(day)
	s.reset(chosen)
	for t := r.Day; t < day; t++ {
		s.ok(t)
	}
	return now, idle, s.outcomes(day)
}

func (c Choice) amount(it *Item, open int64) int64 {
	for _, p := range c.Pay {
		if p.Invoice == it.Invoice && (p.No == "" || p.No == it.No) {
			if p.Amount == 0 {
				return open
			}
			return min(p.Amount, open)
		}
	}
	return 0
}

// outcomes asks about every method with its own least amount, so that only what blocks every amount blocks it.
func (s *sim) outcomes(day cal.Day) Outcomes {
	s.ok(day)
	out := Outcomes{Day: day, Score: s.d.Score, Points: s.d.Points, Limit: s.d.Limit, Free: s.d.Available}
	for m := range Method(MethodCount) {
		r := s.req
		r.Amount, r.Offers[m].Regime = s.p.methods[m].MinAmount, Exempt50
		var d Decision
		if decide(s.p, &s.f, &r, &d); d.Outcomes[m].OK {
			out.Max[m] = d.Outcomes[m].Max
		}
	}
	return out
}

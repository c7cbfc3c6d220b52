package credit

import (
	"slices"

	"zahlziel/cal"
)

// Rung is the first day on which one amount becomes possible.
type Rung struct {
	Amount int64
	From   cal.Day // NoDay: not inside the horizon
}

// Ladder answers for several amounts when each becomes possible at the earliest, everything paid and verified. It uses no
// points in reserve and makes no plan: ask WayBack for the amount that is wanted. A regulated method is taken as assessed.
func Ladder(p *Policy, f *Facts, g Goal, amounts []int64) []Rung {
	g.setDefaults(p)
	g.Request.Offers[g.Method].Regime = Exempt50
	return rungs(p, f, g, amounts, func(l *lens) (cal.Day, bool) { return l.earliestDay(l.horizon()) })
}

// Rise answers when each amount becomes possible at the earliest if exactly the steps of a plan are done, so that one
// plan can be shown with everything that it leads to.
func Rise(p *Policy, f *Facts, g Goal, plan *Plan, amounts []int64) []Rung {
	g.setDefaults(p)
	g.Request.Offers[g.Method].Regime = Exempt50
	return rungs(p, f, g, amounts, func(l *lens) (cal.Day, bool) {
		c := l.candidateOf(plan)
		for t := l.next(plan.From); t <= l.horizon(); t = l.next(t + 1) {
			w := l.at(t)
			if w.fill(c.pays); w.passes(c.verify & l.readyBy(t)) {
				return t, true
			}
		}
		return cal.NoDay, false
	})
}

func rungs(p *Policy, f *Facts, g Goal, amounts []int64, first func(*lens) (cal.Day, bool)) []Rung {
	out := make([]Rung, 0, len(amounts))
	for _, amount := range amounts {
		g.Request.Amount = amount
		rung := Rung{Amount: amount, From: cal.NoDay}
		if day, ok := first(newLens(p, f, &g)); ok {
			rung.From = day
		}
		out = append(out, rung)
	}
	return out
}

// candidateOf reads the payments and verifications of a plan back.
func (l *lens) candidateOf(plan *Plan) candidate {
	c := candidate{pays: make([]int64, len(l.opts))}
	for _, s := range plan.Steps {
		for i, o := range l.opts {
			paid := s.Kind == PayFull || s.Kind == PayPart
			if paid && (o.item >= 0 && l.base.Open[o.item].No == s.No || o.item < 0 && s.Invoice == "" && l.base.WriteOff.No == s.No) {
				c.pays[i] = s.Amount
			}
		}
		if v := slices.Index(verifySteps[:], s.Kind); v >= 0 {
			c.verify |= 1 << v
		}
	}
	return c
}

// offerSmall looks for a way that leads over small purchases paid at once, for people whose points lack evidence and
// nothing else: each such purchase counts as paid on time (Evidence.PayNowMax of them at most, and none lifts L04). It is
// an offer beside the answer, never a plan: it makes no debt, promises no day, and is computed again after the purchase.
// Buying on credit to qualify for credit is never suggested.
func offerSmall(p *Policy, f *Facts, g *Goal) (Step, int, bool) {
	room := int(p.Evidence.PayNowMax - min(p.Evidence.PayNowMax, countOnTime(f.History.PaidNow, g.Request.Day, p.Card.TimeDays)))
	r := g.Request
	r.Amount = p.Evidence.PayNowMinAmount
	if d := Decide(p, f, r); !d.Outcomes[InstantBank].OK && !d.Outcomes[Prepayment].OK {
		return Step{}, 0, false
	}
	with := *f
	with.History.PaidNow = slices.Clone(f.History.PaidNow)
	for n := 1; n <= room; n++ {
		day := g.Request.Day
		with.History.PaidNow = insertByDay(with.History.PaidNow, OnTime{Merchant: uint32(n), Due: day, From: day, Amount: r.Amount},
			func(x OnTime) cal.Day { return x.Due })
		l := newLens(p, &with, g)
		if _, ok := l.earliestDay(l.horizon()); ok {
			return Step{Kind: BuySmallAndPay, Currency: p.Currency, Amount: r.Amount, By: cal.NoDay, Counts: cal.NoDay}, n, true
		}
	}
	return Step{}, 0, false
}

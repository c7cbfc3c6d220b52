package credit

import "zahlziel/cal"

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
	rungs := make([]Rung, 0, len(amounts))
	for _, amount := range amounts {
		g.Request.Amount = amount
		s := newLens(p, f, &g)
		rung := Rung{Amount: amount, From: cal.NoDay}
		if day, ok := s.earliestDay(s.horizon()); ok {
			rung.From = day
		}
		rungs = append(rungs, rung)
	}
	return rungs
}

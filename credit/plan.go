package credit

import (
	"slices"

	"zahlziel/cal"
)

// WayBack computes the plans that lead to an approval of the goal, or proves that there is none inside the horizon.
//
// Assumptions, to be printed with every plan: no new purchase and no new enquiry; obligations are kept by their due day
// and count from the day after; what the plan asks to pay arrives on the pay-by day at the latest and counts on that day;
// disputes and external facts stay as they are; holds end when they expire. Paying earlier or more never hurts, because
// every feature and rule is monotone (checked on load and by test).
func WayBack(p *Policy, f *Facts, g Goal) Way {
	g.setDefaults(p)
	regulated := g.Request.Offers[g.Method].Regime == Regulated
	way := attempt(p, f, &g)
	evidence := way.None != nil && regulated && way.None.lacksAssessment()
	if evidence {
		g.Request.Offers[g.Method].Regime = Exempt50 // the result of the assessment is unknown: a condition, not a promise
		way = attempt(p, f, &g)
	}
	var checks CheckSet
	if regulated {
		checks |= CheckAssessment
	}
	if p.Rules.SanctionsRequired {
		checks |= CheckSanctions
	}
	if f.Bureau.State != NotChecked || p.requires(SourceBureau, g.Request.Amount) {
		checks |= CheckBureau
	}
	for i := range way.Plans {
		plan := &way.Plans[i]
		plan.Checks = checks
		if evidence {
			way.Open = false
			plan.Steps = append(plan.Steps, Step{Kind: EvidenceStep, Currency: p.Currency, By: plan.From, Counts: plan.From})
		}
	}
	return way
}

func (g *Goal) setDefaults(p *Policy) {
	if !g.PayBy.IsSet() || g.PayBy < g.Request.Day {
		g.PayBy = g.Request.Day + cal.Day(p.Promise.PayByDays)
	}
	if g.Horizon <= 0 || g.Horizon > 1460 {
		g.Horizon = p.Promise.HorizonDays
	}
	if g.Window <= 0 {
		g.Window = p.Promise.WindowDays
	}
}

// lacksAssessment reports whether R16 stands in the way.
func (n *NoWay) lacksAssessment() bool {
	return slices.ContainsFunc(n.Cause, func(r Reason) bool { return r.Code == R16Affordability })
}

// attempt searches with points in reserve first, and without them when the reserve would cost too many days.
func attempt(p *Policy, f *Facts, g *Goal) (way Way) {
	s := newLens(p, f, g)
	defer func() { way.Evals = s.evals + s.work }()
	s.req.Margin = p.Promise.MarginPoints
	first, ok := s.earliestDay(s.horizon())
	reserve := ok && s.req.Margin > 0
	if !ok || s.req.Margin > 0 && int32(first-s.today) > p.Promise.MarginDays {
		s.req.Margin = 0
		to := s.horizon()
		if ok {
			to = first
		}
		bare, any := s.earliestDay(to)
		if !any {
			return Way{None: s.noWay().help(p, f, g)}
		}
		if reserve = ok && int32(first-bare) <= p.Promise.MarginDays; reserve {
			s.req.Margin = p.Promise.MarginPoints
		} else {
			first = bare
		}
	}
	e := s.earliest(first)
	if e.money() == 0 && e.verify == 0 && e.first == s.today {
		way.Open = true
		way.add(s, &e, Earliest|Cheapest|Fewest, reserve)
		return way
	}
	c := s.cheapest(e)
	w := s.fewest(e, c)
	way.add(s, &e, Earliest, reserve)
	way.add(s, &c, Cheapest, reserve)
	way.add(s, &w, Fewest, reserve)
	return way
}

// add writes a plan down, or marks the equal plan that is already there as the best in one more way.
func (w *Way) add(s *lens, f *found, kind PlanKind, reserve bool) {
	plan, ok := s.plan(f)
	if !ok {
		w.Lost++
		return
	}
	plan.Kind, plan.Reserve = kind, reserve
	if f.proven {
		plan.Proven = kind
	}
	for i := range w.Plans {
		if w.Plans[i].From == plan.From && slices.Equal(w.Plans[i].Steps, plan.Steps) {
			w.Plans[i].Kind |= kind
			w.Plans[i].Proven |= plan.Proven
			return
		}
	}
	w.Plans = append(w.Plans, plan)
}

// plan asks Decide once more about every day of the promise, without reserve, and lists the steps.
func (s *sim) plan(f *found) (Plan, bool) {
	margin := s.req.Margin
	s.req.Margin = 0
	defer func() { s.req.Margin = margin }()
	out := Plan{From: f.first, ValidUntil: f.first - 1}
	s.reset(f.candidate)
	if f.first > s.today && !s.ok(f.first-1) {
		out.WaitsFor = s.d.Why(s.goal.Method)
	}
	for t := f.first; t <= f.first+cal.Day(max(s.p.Promise.ValidDays, s.goal.Window)) && s.ok(t); t++ {
		out.ValidUntil = t
		if t == f.first {
			out.Score, out.Points, out.Free = s.d.Score, s.d.Points, s.d.Available
		}
	}
	if out.ValidUntil < f.first+cal.Day(s.goal.Window) {
		return out, false
	}
	s.payments(f, &out)
	s.verifications(f, &out)
	s.agreed(f, &out)
	ready := s.today
	for _, step := range out.Steps {
		ready = max(ready, step.Counts)
	}
	if f.first > ready || len(out.Steps) == 0 && f.first > s.today {
		out.Steps = append(out.Steps, Step{Kind: Wait, Currency: s.p.Currency, By: f.first, Counts: f.first})
	} else if len(out.Steps) > 0 {
		out.WaitsFor = nil // a step counts on the first day: nothing is waited for
	}
	return out, true
}

func (s *sim) payments(f *found, out *Plan) {
	for i, pay := range f.pays {
		if pay == 0 {
			continue
		}
		step := Step{Kind: PayFull, Currency: s.p.Currency, Amount: pay, By: s.payBy, Counts: s.payBy}
		if pay < s.opts[i].amount {
			step.Kind = PayPart
		}
		if item := s.opts[i].item; item >= 0 {
			step.Invoice, step.No = s.base.Open[item].Invoice, s.base.Open[item].No
		} else {
			step.No = s.base.WriteOff.No
		}
		out.PayNow += pay
		out.Steps = append(out.Steps, step)
	}
}

// verifications may be finished on the first day of the promise: they have no effect before.
func (s *sim) verifications(f *found, out *Plan) {
	for v, kind := range verifySteps {
		if f.verify>>v&1 == 1 {
			by := f.first - cal.Day(s.lead[v])
			out.Steps = append(out.Steps, Step{Kind: kind, Currency: s.p.Currency, By: by, Counts: f.first})
		}
	}
}

// agreed lists the obligations that fall due before the promise ends and that the plan does not pay early in full.
func (s *sim) agreed(f *found, out *Plan) {
	for _, o := range s.duties {
		it := &s.base.Open[o.item]
		left := it.Open - it.Disputed
		for i, opt := range s.opts {
			if opt.item == o.item {
				left -= f.pays[i]
			}
		}
		if left <= 0 || o.by > out.ValidUntil {
			continue
		}
		out.AsAgreed += left
		out.Steps = append(out.Steps, Step{Kind: PayAsAgreed, Currency: s.p.Currency, Invoice: it.Invoice, No: it.No, Amount: left, By: o.by, Counts: o.by + 1})
	}
}

// noWay proves the absence of a plan: what still blocks on the last day that is refused although everything was done.
func (s *sim) noWay() *NoWay {
	s.req.Margin = 0
	done, from := s.all(s.settledFrom()), s.settledFrom()
	refused := s.horizon() + cal.Day(s.goal.Window)
	for refused > from && s.holds(done, refused, refused) {
		refused--
	}
	s.reset(done)
	s.ok(refused)
	n := &NoWay{NextCheck: cal.NoDay, Cause: s.d.Blockers(s.goal.Method), Reachable: s.d.Outcomes[s.goal.Method].Max}
	for _, r := range n.Cause {
		switch r.Code {
		case R01Deceased, R03SecurityHold, R17BureauNegative, R21DisputedExposure:
			n.Contact = true
		case R04Insolvency:
			n.Contact = n.Contact || !r.Day.IsSet()
		}
		if r.Day.IsSet() && r.Day > s.today {
			n.NextCheck = max(n.NextCheck, r.Day)
		}
	}
	return n
}

// help adds what the consumer can do although there is no plan.
func (n *NoWay) help(p *Policy, f *Facts, g *Goal) *NoWay {
	if n.Contact {
		n.Steps = append(n.Steps, Step{Kind: ContactStep, Currency: p.Currency, By: cal.NoDay, Counts: cal.NoDay})
	}
	if n.NextCheck.IsSet() {
		n.Steps = append(n.Steps, Step{Kind: Wait, Currency: p.Currency, By: n.NextCheck, Counts: n.NextCheck})
	}
	if !n.Contact {
		if step, many, ok := offerSmall(p, f, g); ok {
			n.Steps, n.Small = append(n.Steps, step), many
		}
	}
	return n
}

// Change is a day on which score or limit change by time alone.
type Change struct {
	Day   cal.Day
	Score int32
	Delta int32 // points against the day before
	Limit int64
}

// Forecast lists the days within the horizon on which score or limit change if nothing new happens and every obligation
// is kept on its due day; what is overdue stays unpaid. The first entry is the request's day with Delta 0.
func Forecast(p *Policy, f *Facts, r Request, days int32) []Change {
	s := newSim(p, f, &Goal{Request: r, PayBy: r.Day, Horizon: days})
	s.reset(candidate{pays: make([]int64, len(s.opts))})
	s.ok(r.Day)
	out := []Change{{r.Day, s.d.Score, 0, s.d.Limit}}
	for t := r.Day + 1; t <= r.Day+cal.Day(days); t++ {
		s.ok(t)
		if last := out[len(out)-1]; s.d.Score != last.Score || s.d.Limit != last.Limit {
			out = append(out, Change{t, s.d.Score, s.d.Score - last.Score, s.d.Limit})
		}
	}
	return out
}

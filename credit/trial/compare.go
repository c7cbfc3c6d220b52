package trial

import (
	"fmt"

	"zahlziel/credit"
)

// Compare asks the planner and tries everything; the error says where they differ in date, money or steps.
func Compare(w *World) error {
	way := credit.WayBack(w.Policy, &w.Facts, w.Goal)
	if way.Lost > 0 {
		return fmt.Errorf("%d plans were not confirmed by Decide", way.Lost)
	}
	best, reserve := w.expected()
	if !best.Possible {
		if way.None == nil || len(way.None.Cause) == 0 {
			return fmt.Errorf("there is no way, but the answer is %+v", way)
		}
		return nil
	}
	if way.None != nil {
		return fmt.Errorf("no plan was found, but %+v exists", best)
	}
	for _, k := range []struct {
		kind credit.PlanKind
		name string
		want Choice
	}{{credit.Earliest, "earliest", best.Earliest}, {credit.Cheapest, "cheapest", best.Cheapest}, {credit.Fewest, "fewest", best.Fewest}} {
		plan, ok := planOf(&way, k.kind)
		if !ok {
			return fmt.Errorf("no %s plan in %+v", k.name, way)
		}
		got := Choice{plan.From, plan.PayNow, steps(plan)}
		if k.kind != credit.Fewest {
			k.want.Steps, got.Steps = 0, 0
		}
		if got != k.want || plan.Reserve != reserve || plan.Proven&k.kind == 0 {
			return fmt.Errorf("%s: %+v (reserve %v, proven %v), by trying everything %+v (reserve %v)", k.name, got, plan.Reserve, plan.Proven, k.want, reserve)
		}
	}
	return nil
}

// expected tries with the policy's points in reserve, and without them where the reserve would cost too many days.
func (w *World) expected() (best Best, reserve bool) {
	margin := w.Policy.Promise.MarginPoints
	best = Brute(w.Policy, &w.Facts, w.Goal, 0)
	if margin == 0 || !best.Possible {
		return best, false
	}
	if safe := Brute(w.Policy, &w.Facts, w.Goal, margin); safe.Possible && int32(safe.Earliest.Day-best.Earliest.Day) <= w.Policy.Promise.MarginDays {
		return safe, true
	}
	return best, false
}

func planOf(way *credit.Way, kind credit.PlanKind) (*credit.Plan, bool) {
	for i := range way.Plans {
		if way.Plans[i].Kind&kind != 0 {
			return &way.Plans[i], true
		}
	}
	return nil, false
}

// steps counts what is to be done: obligations and waiting are no steps.
func steps(p *credit.Plan) (n int) {
	for i := range p.Steps {
		switch p.Steps[i].Kind {
		case credit.PayAsAgreed, credit.Wait, credit.EvidenceStep:
		default:
			n++
		}
	}
	return n
}

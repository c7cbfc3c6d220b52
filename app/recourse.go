package app

import (
	"context"
	"strings"

	"zahlziel/credit"
	"zahlziel/credit/fit"
	"zahlziel/pay"
)

// recourseAmount is the purchase that the audit of ways back asks for, in minor units: a small one.
const recourseAmount = 5000

// recourseLadder are the smaller amounts that count as a way back too.
var recourseLadder = []int64{1000, 2500}

// AuditRecourse asks for every active consumer whether a small purchase on credit is open today and, where it is not, how
// far the way back is or what precludes it. Nothing is written, and nobody's standing changes.
func (a *App) AuditRecourse(ctx context.Context, who Actor, in *fit.OwnInput) error {
	if !who.System && !who.may(pay.RoleRisk) {
		return errForbidden
	}
	pol, err := a.Policy(in.Day)
	if err != nil {
		return err
	}
	method, offered := a.smallestCredit(pol)
	if !offered {
		return nil
	}
	in.Method, in.Amount, in.Currency = method.String(), recourseAmount, pol.Currency
	return a.DB.EachConsumer(ctx, func(row *pay.Consumer) error {
		if row.Status != pay.ConsumerActive {
			return nil
		}
		p, err := a.openPerson(row)
		if err != nil {
			return err
		}
		o, err := a.outlook(p, in.Day)
		if err != nil {
			return err
		}
		in.Consumers++
		req := o.with(recourseAmount)
		if d := credit.Decide(pol, o.facts, req); d.Outcome(method).OK {
			return nil
		}
		in.Blocked = append(in.Blocked, recourse(pol, o, method, req))
		return nil
	})
}

// smallestCredit is the offered credit method that asks for the fewest points.
func (a *App) smallestCredit(pol *credit.Policy) (best credit.Method, ok bool) {
	for _, name := range a.offeredMethods() {
		m, err := credit.ParseMethod(name)
		if err != nil || !m.IsCredit() {
			continue
		}
		if rule := pol.Methods[m]; !ok || rule.MinScore < pol.Methods[best].MinScore {
			best, ok = m, true
		}
	}
	return best, ok
}

// recourse measures one blocked person's way back: the earliest plan, else a smaller amount, else the cause.
func recourse(pol *credit.Policy, o *outlook, method credit.Method, req credit.Request) fit.Recourse {
	goal := credit.Goal{Method: method, Request: req, PayBy: payBy(pol, o.day)}
	way := credit.WayBack(pol, o.facts, goal)
	r := fit.Recourse{Group: ageBand(o.facts.Born, o.day), Lost: way.Lost}
	switch {
	case len(way.Plans) > 0:
		r.Days, r.Amount = int32(way.Plans[0].From-o.day), way.Plans[0].PayNow
		return r
	case way.Open:
		return r
	}
	for _, rung := range credit.Ladder(pol, o.facts, goal, recourseLadder) {
		if rung.From.IsSet() {
			r.Days, r.Smaller = int32(rung.From-o.day), true
			return r
		}
	}
	r.Precluded = true
	if way.None != nil {
		r.Causes = credit.Codes(way.None.Cause)
	}
	r.ByScore = len(r.Causes) > 0
	for _, code := range r.Causes {
		r.ByScore = r.ByScore && (strings.HasPrefix(code, "S") || strings.HasPrefix(code, "L"))
	}
	return r
}

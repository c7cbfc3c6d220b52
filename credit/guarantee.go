package credit

import "zahlziel/cal"

// Guarantee is the limit that a consumer was told, kept for some time: it is a floor under what score and caps give, so no
// new policy, card or count of points takes it away without notice. It falls early only with the consumer's own new arrears;
// whatever forbids credit (estate, insolvency, security, the law's checks) blocks beside it, and caps of a merchant, a
// market, shared data or an external source still apply.
type Guarantee struct {
	Amount    int64   `json:"amount"`     // minor units
	Since     cal.Day `json:"since"`      // the day it was given
	Until     cal.Day `json:"until"`      // its last day, NoDay: none was ever given
	Next      int64   `json:"next"`       // the lower amount that follows, told beforehand
	NextUntil cal.Day `json:"next_until"` // its last day, NoDay: nothing follows
}

// noGuarantee is the value before the first one.
var noGuarantee = Guarantee{Since: cal.NoDay, Until: cal.NoDay, NextUntil: cal.NoDay}

// On returns the amount that is guaranteed on a day and the last day of it; no guarantee is 0 and NoDay.
func (g *Guarantee) On(day cal.Day) (amount int64, until cal.Day) {
	switch {
	case g.Until.IsSet() && day <= g.Until:
		return g.Amount, g.Until
	case g.NextUntil.IsSet() && day <= g.NextUntil:
		return g.Next, g.NextUntil
	}
	return 0, cal.NoDay
}

// Guaranteed is On, unless arrears since then have ended the guarantee.
func (f *Facts) Guaranteed(p *Policy, day cal.Day) (amount int64, until cal.Day) {
	if f.lateSinceGuarantee() || f.inArrears(p, day) {
		return 0, cal.NoDay
	}
	return f.Guarantee.On(day)
}

// lateSinceGuarantee: an invoice was settled late after the guarantee was given, so it was overdue in its time. The list is
// ascending by settlement.
func (f *Facts) lateSinceGuarantee() bool {
	n := len(f.History.Late)
	return n > 0 && f.Guarantee.Until.IsSet() && f.History.Late[n-1].Settled >= f.Guarantee.Since
}

// guaranteed is Guaranteed inside an evaluation, which knows the arrears already.
func (e *eval) guaranteed() (amount int64, until cal.Day) {
	if !e.f.Guarantee.Until.IsSet() || e.overdue > 0 || e.f.lateSinceGuarantee() {
		return 0, cal.NoDay
	}
	return e.f.Guarantee.On(e.r.Day)
}

// OwnLimit is the limit that score and caps give a consumer on a day, without the guarantee and without the caps of a
// merchant, a market, shared data or an external source.
func OwnLimit(p *Policy, f *Facts, day cal.Day) int64 {
	var d Decision
	e := eval{p: p, f: f, r: &Request{Day: day}, d: &d}
	measure(p.Card, p, f, day, &d)
	var room [boundsMax]bound
	return smallest(e.ownBounds(room[:0]))
}

// Fall is a limit that will fall, as the consumer is told.
type Fall struct {
	From     cal.Day // the first day of the lower limit
	Old, New int64   // minor units
}

// RenewGuarantee looks at the guarantee on a day. What score and caps give today is guaranteed anew when it is no less; when
// it is less, the present amount stays until its end, at least for the policy's days of notice, and the fall is returned so
// that the consumer hears of it. Nobody in arrears or with no credit at all is given a new guarantee.
func (f *Facts) RenewGuarantee(p *Policy, day cal.Day) (changed bool, fall *Fall) {
	terms := p.Guarantee
	if terms.Days == 0 || f.Deceased || f.Insolvency.Running || f.inArrears(p, day) {
		return false, nil
	}
	now, until := f.Guaranteed(p, day)
	own := OwnLimit(p, f, day)
	g := &f.Guarantee
	switch {
	case own >= now:
		*g = Guarantee{Amount: own, Since: day, Until: day + cal.Day(terms.Days), NextUntil: cal.NoDay}
	case g.NextUntil.IsSet() && until == g.Until: // told already; only better news can follow
		if own <= g.Next {
			return false, nil
		}
		g.Next = own
	default:
		until = max(until, day+cal.Day(terms.NoticeDays))
		*g = Guarantee{Amount: now, Since: g.Since, Until: until, Next: own, NextUntil: until + cal.Day(terms.Days)}
		return true, &Fall{From: until + 1, Old: now, New: own}
	}
	return true, nil
}

func (f *Facts) inArrears(p *Policy, day cal.Day) bool {
	for i := range f.Open {
		if it := &f.Open[i]; it.scored(day) && it.PastDue(day) > p.Rules.GraceDays {
			return true
		}
	}
	return false
}

package credit

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// life carries a plan out the way the application would: payments with their value day, settled invoices into history,
// closing balances, reminders. It shares nothing with the planner's simulation but the facts' own methods.
type life struct {
	p     *Policy
	f     Facts
	today cal.Day
}

func (l *life) pay(no string, amount int64) {
	for i := range l.f.Open {
		it := &l.f.Open[i]
		if it.No != no {
			continue
		}
		it.Open -= amount
		if it.Open == 0 {
			l.f.History.InvoiceSettled(l.p, Settlement{No: it.No, Merchant: it.Merchant, Paid: it.Original, Due: it.Due, Settled: l.today,
				Returns: it.Returns, Stops: it.Stops, Today: l.today})
			l.f.Open = slices.Delete(slices.Clone(l.f.Open), i, i+1)
		}
		break
	}
	if no == l.f.WriteOff.No && no != "" {
		l.f.WriteOff.Settled, l.f.WriteOff.Open = l.today, 0
	}
	l.f.History.BalanceChanged(l.today, l.f.Balance())
}

func (l *life) verify(k StepKind) {
	switch k {
	case VerifyEmail:
		l.f.Email = l.today
	case VerifyAddress:
		l.f.Address = Address{2, l.today}
	case VerifyBank:
		l.f.Bank = l.today
	case VerifyIdentity:
		l.f.Identity = l.today
	case SetDirectDebit:
		l.f.DirectDebit = l.today
	}
}

func (l *life) remind(after cal.Day) {
	l.f.Open = slices.Clone(l.f.Open)
	for i := range l.f.Open {
		if it := &l.f.Open[i]; it.scored(l.today) && l.today > after && it.PastDue(l.today) >= l.p.Promise.ReminderDPD {
			it.Dunning = max(it.Dunning, 2)
		}
	}
}

// TestPlansKeepTheirPromise executes plans with payments on random earlier days and asks Decide on every promised day.
func TestPlansKeepTheirPromise(t *testing.T) {
	base := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, base)
		f := drawFacts(t, p, rapid.IntRange(0, 5).Draw(t, "items"))
		g := Goal{Method: Method(rapid.IntRange(0, 4).Draw(t, "method")), Request: drawRequest(t), Horizon: 200}
		w := WayBack(p, &f, g)
		if w.Lost > 0 || (w.None == nil) == (len(w.Plans) == 0) {
			t.Fatalf("answer %+v", w)
		}
		for _, plan := range w.Plans {
			execute(t, p, &f, g, plan)
		}
	})
}

func execute(t *rapid.T, p *Policy, f *Facts, g Goal, plan Plan) {
	t.Helper()
	l := life{p: p, today: g.Request.Day}
	l.f.become(f)
	l.f.Holds = slices.Clone(f.Holds)
	l.f.History.Enquiries, l.f.History.Purchases = slices.Clone(f.History.Enquiries), slices.Clone(f.History.Purchases)
	payBy := g.Request.Day + cal.Day(p.Promise.PayByDays)
	acts := make([]cal.Day, len(plan.Steps))
	for i, s := range plan.Steps {
		acts[i] = s.By
		if s.By > l.today && s.Kind != Wait && s.Kind != VerifyAddress { // a stop of the clock must be over before one pays
			acts[i] -= cal.Day(rapid.IntRange(0, int(min(s.By-l.today, 10))).Draw(t, "earlier"))
		}
		for _, it := range f.Open {
			if it.No == s.No && it.stopped(acts[i]) {
				acts[i] = s.By
			}
		}
	}
	for ; l.today <= plan.ValidUntil; l.today++ {
		if l.today > g.Request.Day {
			l.remind(payBy)
		}
		for i, s := range plan.Steps {
			if acts[i] == l.today && s.Kind <= PayPart {
				l.pay(s.No, s.Amount)
			}
			if acts[i] == l.today && s.Kind > PayAsAgreed {
				l.verify(s.Kind)
			}
		}
		if l.today >= plan.From {
			r := g.Request
			r.Day, r.NowMicros = l.today, int64(l.today)*86400e6
			if d := Decide(p, &l.f, r); !d.Outcome(g.Method).OK {
				t.Fatalf("refused on the promised day %s (plan from %s): %v\n%+v\nacts %v", l.today, plan.From, Codes(d.Why(g.Method)), plan.Steps, acts)
			}
		}
		for i, s := range plan.Steps { // kept at the last minute: it counts from the next day
			if acts[i] == l.today && s.Kind == PayAsAgreed {
				l.pay(s.No, s.Amount)
			}
		}
	}
}

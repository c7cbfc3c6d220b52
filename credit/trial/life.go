package trial

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
)

// life keeps facts the way the application would, one day after the other: payments with their value day, settled
// invoices into history, closing balances, reminders.
type life struct {
	p     *credit.Policy
	f     credit.Facts
	today cal.Day
}

func newLife(p *credit.Policy, f *credit.Facts, today cal.Day) *life {
	l := &life{p: p, f: *f, today: today}
	l.f.Open = slices.Clone(f.Open)
	h := &l.f.History
	h.Enquiries, h.Late, h.OnTime = slices.Clone(h.Enquiries), slices.Clone(h.Late), slices.Clone(h.OnTime)
	h.PaidNow, h.Balances, h.Purchases = slices.Clone(h.PaidNow), slices.Clone(h.Balances), slices.Clone(h.Purchases)
	return l
}

// settle books a payment on an open item; value is its value day.
func (l *life) settle(i int, amount int64, value cal.Day) {
	it := &l.f.Open[i]
	if amount <= 0 {
		return
	}
	if it.Open -= amount; it.Open == 0 {
		l.f.History.InvoiceSettled(l.p, credit.Settlement{No: it.No, Merchant: it.Merchant, Paid: it.Original, Due: it.Due, Settled: value,
			Returns: it.Returns, Stops: it.Stops, Today: l.today})
		for k := range l.f.Open {
			other := &l.f.Open[k]
			if it.Flags&credit.Rest == 0 && other.Invoice == it.Invoice && other.Open > 0 && other.Flags&credit.Rest != 0 {
				other.Flags &^= credit.Rest
				break
			}
		}
	}
	l.f.History.BalanceChanged(l.today, l.f.Balance())
}

func (l *life) verify(k credit.StepKind) {
	switch k {
	case credit.VerifyEmail:
		l.f.Email = l.today
	case credit.VerifyAddress:
		l.f.Address = credit.Address{Level: 2, Day: l.today}
	case credit.VerifyBank:
		l.f.Bank = l.today
	case credit.VerifyIdentity:
		l.f.Identity = l.today
	case credit.SetDirectDebit:
		l.f.DirectDebit = l.today
	}
}

// remind sends the second reminder for whatever has been past due for so long; since is the day of the plan, because it
// is what was past due then that a plan leaves unpaid.
func (l *life) remind(days int32, since cal.Day) {
	for i := range l.f.Open {
		it := &l.f.Open[i]
		if it.Open > it.Disputed && it.PastDue(since) > 0 && it.PastDue(l.today) >= days && !stopped(it, l.today) {
			it.Dunning = max(it.Dunning, l.p.Rules.ReminderLevel)
		}
	}
}

func stopped(it *credit.Item, d cal.Day) bool {
	return slices.ContainsFunc(it.Stops, func(s credit.Span) bool { return s.From <= d && (!s.To.IsSet() || d <= s.To) })
}

// Execute carries a plan out with every step on a random day up to its last one, the obligations too, and asks Decide on
// every promised day. The error names the first day that refuses: a broken promise.
func Execute(p *credit.Policy, f *credit.Facts, g credit.Goal, plan *credit.Plan, rnd *rand.Rand) error {
	l := newLife(p, f, g.Request.Day)
	acts := make([]cal.Day, len(plan.Steps))
	payBy := g.PayBy
	for i := range plan.Steps {
		s := &plan.Steps[i]
		acts[i] = s.By
		if s.Kind <= credit.PayPart {
			payBy = s.By
		}
		// A stop of the clock must be over before one pays, and a letter takes its time.
		if s.By > l.today && s.Kind != credit.Wait && s.Kind != credit.VerifyAddress {
			acts[i] -= cal.Day(rnd.IntN(int(min(s.By-l.today, 10)) + 1))
		}
		for k := range f.Open {
			if it := &f.Open[k]; it.No == s.No && (stopped(it, acts[i]) || stopped(it, l.today)) {
				acts[i] = s.By
			}
		}
	}
	for ; l.today <= plan.ValidUntil; l.today++ {
		l.act(plan, acts, false)
		if l.today > payBy {
			l.remind(min(p.Promise.ReminderDPD, p.Rules.ReminderDPD), g.Request.Day)
		}
		if l.today >= plan.From && !Asks(p, &l.f, g, l.today, 0) {
			return fmt.Errorf("refused on %s, promised from %s to %s; steps were done on %v", l.today, plan.From, plan.ValidUntil, acts)
		}
		l.act(plan, acts, true)
	}
	return nil
}

// act does the steps of the day: what the plan asks for counts on the day, what is kept as agreed comes at the last minute.
func (l *life) act(plan *credit.Plan, acts []cal.Day, agreed bool) {
	for i := range plan.Steps {
		s := &plan.Steps[i]
		if acts[i] != l.today || (s.Kind == credit.PayAsAgreed) != agreed {
			continue
		}
		if s.Kind > credit.PayAsAgreed {
			l.verify(s.Kind)
			continue
		}
		if s.No == l.f.WriteOff.No && s.No != "" {
			l.f.WriteOff.Settled, l.f.WriteOff.Open = l.today, 0
			continue
		}
		for k := range l.f.Open {
			if l.f.Open[k].No == s.No {
				l.settle(k, s.Amount, l.today)
			}
		}
	}
}

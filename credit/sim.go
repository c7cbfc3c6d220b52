package credit

import (
	"slices"

	"zahlziel/cal"
)

// option is something that a plan may pay before it has to be paid, or that is overdue.
type option struct {
	item    int     // index in Facts.Open, -1: the written-off claim
	amount  int64   // what can be paid in full
	overdue bool    // past due today: it stays unpaid unless the plan pays it
	due     cal.Day // not overdue: the last day to pay as agreed
	late    cal.Day // overdue: first day on which it counts as late, for the order of part payments
	remind  cal.Day // overdue: the day on which a rest is assumed to be reminded for the second time
}

// obligation is an open item that is paid as agreed; it counts from the day after its last day.
type obligation struct {
	item int
	by   cal.Day
}

// verifySet is a set of verifications, one bit each, in the order in which plans prefer them.
type verifySet uint8

const (
	doEmail verifySet = 1 << iota
	doAddress
	doIdentity
	doBank
	doDebit
)

var verifySteps = [...]StepKind{VerifyEmail, VerifyAddress, VerifyIdentity, VerifyBank, SetDirectDebit}

// candidate is one choice of the planner: what to pay per option, and what to verify.
type candidate struct {
	pays   []int64
	verify verifySet
}

// sim runs candidates through time and asks Decide what a checkout on a day would say.
type sim struct {
	p      *Policy
	base   *Facts
	goal   *Goal
	req    Request
	today  cal.Day
	payBy  cal.Day
	lead   [5]int32 // by bit of verifySet
	opts   []option
	duties []obligation
	todo   verifySet // what is not verified yet

	f      Facts // scratch
	events []event
	next   int
	d      Decision
	evals  int
	work   int  // windows that the lens judged, for the work budget
	paid   bool // a payment was booked on the day of the current events: its closing balance is due
}

// event is a change of the simulated facts that counts from its day on.
type event struct {
	day  cal.Day
	kind eventKind
	ref  int // option, duty or verification bit
	pay  int64
}

type eventKind uint8

const (
	eventPay eventKind = iota
	eventDuty
	eventVerify
	eventRemind
)

func newSim(p *Policy, f *Facts, g *Goal) *sim {
	s := &sim{p: p, base: f, goal: g, req: g.Request, today: g.Request.Day, payBy: g.PayBy}
	l := p.Promise.LeadDays
	s.lead = [...]int32{l.Email, l.Address, l.Identity, l.Bank, l.DirectDebit}
	identity := f.Identity.IsSet() && !(f.ContactChanged.IsSet() && f.Identity < f.ContactChanged)
	for i, done := range [...]bool{f.Email.IsSet(), f.Address.Level >= 2 && f.Address.Day.IsSet(), identity, f.Bank.IsSet(), f.DirectDebit.IsSet()} {
		if !done {
			s.todo |= 1 << i
		}
	}
	for i := range f.Open {
		s.classify(i)
	}
	if w := f.WriteOff; w.Day.IsSet() && !w.Settled.IsSet() && w.Open > 0 && !w.Barred {
		s.opts = append(s.opts, option{item: -1, amount: w.Open, late: cal.NoDay})
	}
	return s
}

// classify sorts an open item: never asked for, overdue, or an obligation that may be paid early. What stands still
// (dispute, pause) is not asked for before it runs again.
func (s *sim) classify(i int) {
	it := &s.base.Open[i]
	amount := it.Open - it.Disputed
	if !it.askable() || amount <= 0 {
		return
	}
	if it.stopped(s.today) || it.stopped(s.payBy) {
		if last, ok := s.lastStopped(it); ok {
			s.duties = append(s.duties, obligation{i, max(last, s.lastOnTime(it, last))})
		}
		return
	}
	if it.PastDue(s.today) > 0 {
		s.opts = append(s.opts, option{item: i, amount: amount, overdue: true, late: it.reaches(s.p.Rules.GraceDays+1, s.today),
			remind: it.reaches(min(s.p.Promise.ReminderDPD, s.p.Rules.ReminderDPD), s.payBy+1)})
		return
	}
	by := s.lastOnTime(it, s.today)
	s.duties = append(s.duties, obligation{i, by})
	if by >= s.payBy {
		s.opts = append(s.opts, option{item: i, amount: amount, due: by})
	}
}

// lastStopped returns the last day of the stop that covers today or the pay-by day; false if it has no known end.
func (s *sim) lastStopped(it *Item) (cal.Day, bool) {
	day := s.payBy
	if !it.stopped(day) {
		day = s.today
	}
	for it.stopped(day) {
		if day > s.today+cal.Day(s.goal.Horizon)+400 {
			return cal.NoDay, false
		}
		day++
	}
	return day - 1, true
}

// lastOnTime returns the last day from day on at which the item is not past due.
func (s *sim) lastOnTime(it *Item, day cal.Day) cal.Day {
	return max(day, it.reaches(1, max(day, it.Due))-1)
}

// reset puts the facts of today back and lines up what the candidate and the obligations will change.
func (s *sim) reset(c candidate) {
	s.f.become(s.base)
	if s.f.Sanctions != Hit {
		s.f.Sanctions = Clear // a check that remains is named with the plan, see Plan.Checks
	}
	s.f.AssumeSources(s.p, s.today)
	s.events, s.next, s.paid = s.events[:0], 0, false
	for i, pay := range c.pays {
		if pay > 0 {
			s.events = append(s.events, event{day: s.payBy, kind: eventPay, ref: i, pay: pay})
		}
		// A promise must not rest on reminders that come late, so a rest is taken as reminded as early as the policy says.
		if o := &s.opts[i]; o.overdue && pay < o.amount {
			s.events = append(s.events, event{day: o.remind, kind: eventRemind, ref: o.item})
		}
	}
	for i, o := range s.duties {
		s.events = append(s.events, event{day: o.by + 1, kind: eventDuty, ref: i})
	}
	for v := range s.lead {
		if c.verify>>v&1 == 1 {
			s.events = append(s.events, event{day: s.today + cal.Day(s.lead[v]), kind: eventVerify, ref: v})
		}
	}
	slices.SortStableFunc(s.events, func(a, b event) int { return int(a.day) - int(b.day) })
}

// become copies everything that a simulation may change; the rest is shared.
func (f *Facts) become(g *Facts) {
	open, h := append(f.Open[:0], g.Open...), f.History
	h.Late = append(h.Late[:0], g.History.Late...)
	h.OnTime = append(h.OnTime[:0], g.History.OnTime...)
	h.Balances = append(h.Balances[:0], g.History.Balances...)
	h.Enquiries, h.PaidNow, h.Purchases = g.History.Enquiries, g.History.PaidNow, g.History.Purchases
	h.OnTimeEver, h.Largest, h.Dropped, h.Stale = g.History.OnTimeEver, g.History.Largest, g.History.Dropped, g.History.Stale
	*f = *g
	f.Open, f.History = open, h
}

// ok reports what a checkout on day t would say; days must be asked in ascending order after a reset.
func (s *sim) ok(t cal.Day) bool {
	for s.next < len(s.events) && s.events[s.next].day <= t {
		day := s.events[s.next].day
		s.apply(s.events[s.next])
		if s.next++; s.paid && (s.next == len(s.events) || s.events[s.next].day != day) {
			s.paid = false
			s.f.History.BalanceChanged(day, s.f.Balance())
		}
	}
	s.req.Day, s.req.NowMicros = t, s.instant(t)
	s.evals++
	decide(s.p, &s.f, &s.req, &s.d)
	return s.d.Outcomes[s.goal.Method].OK
}

// instant is an instant not later than the start of day t, so that no hold is taken as expired too early; the hour
// covers the day on which the clocks change.
func (s *sim) instant(t cal.Day) int64 {
	const hour = 3600e6
	now, start := s.goal.Request.NowMicros, s.goal.DayStartMicros
	if t <= s.today {
		return now
	}
	if start == 0 || start > now {
		start = now - 24*hour
	}
	return max(now, start+int64(t-s.today)*24*hour-hour)
}

func (s *sim) apply(e event) {
	switch e.kind {
	case eventVerify:
		s.verify(verifySet(1)<<e.ref, e.day)
	case eventRemind:
		if it := &s.f.Open[e.ref]; it.Dunning < s.p.Rules.ReminderLevel {
			it.Dunning = s.p.Rules.ReminderLevel
		}
	case eventDuty:
		o := s.duties[e.ref]
		it := &s.f.Open[o.item]
		s.receive(o.item, it.Open-it.Disputed, o.by, e.day)
	case eventPay:
		if o := s.opts[e.ref]; o.item >= 0 {
			s.receive(o.item, e.pay, e.day, e.day)
		} else {
			s.f.WriteOff.Settled, s.f.WriteOff.Open = e.day, 0
		}
	}
}

func (s *sim) verify(v verifySet, day cal.Day) {
	switch v {
	case doEmail:
		s.f.Email = day
	case doAddress:
		s.f.Address = Address{Level: 2, Day: day}
	case doIdentity:
		s.f.Identity = day
	case doBank:
		s.f.Bank = day
	case doDebit:
		s.f.DirectDebit = day
	}
}

// receive books a payment with its value day, the way the application does.
func (s *sim) receive(item int, pay int64, value, today cal.Day) {
	it := &s.f.Open[item]
	if pay <= 0 {
		return
	}
	it.Open -= pay
	if it.Open == 0 {
		s.f.History.InvoiceSettled(s.p, Settlement{No: it.No, Merchant: it.Merchant, Paid: it.Original, Due: it.Due,
			Settled: value, Returns: it.Returns, Stops: it.Stops, Today: today})
		s.promote(it)
	}
	s.paid = true
}

// promote makes the next instalment of an invoice the one that stands for it in the count of open invoices.
func (s *sim) promote(paid *Item) {
	if paid.Flags&Rest != 0 {
		return
	}
	for i := range s.f.Open {
		if it := &s.f.Open[i]; it.Invoice == paid.Invoice && it.Open > 0 && it.Flags&Rest != 0 {
			it.Flags &^= Rest
			return
		}
	}
}

// holds reports whether Decide says yes on every day from first to last.
func (s *sim) holds(c candidate, first, last cal.Day) bool {
	s.reset(c)
	for t := first; t <= last; t++ {
		if !s.ok(t) {
			return false
		}
	}
	return true
}

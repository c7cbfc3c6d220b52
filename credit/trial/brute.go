package trial

import (
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
)

// Best is what trying everything finds for one goal.
type Best struct {
	Possible bool
	Earliest Choice // the first day, with the least money on it
	Cheapest Choice // the least money, on the first day that it works
	Fewest   Choice // the fewest payments and verifications, on the first day, with the least money there
}

// Choice is one way with its measures.
type Choice struct {
	Day   cal.Day
	Money int64
	Steps int
}

// brute tries every way of paying and verifying on every day. It shares nothing with the planner but Decide and the
// methods by which facts are kept: it books every candidate day by day, and knows no monotony, no bound and no order.
type brute struct {
	p      *credit.Policy
	f      *credit.Facts
	g      credit.Goal
	margin int32
	pays   []payable
	duty   []cal.Day // by item: the last day of its obligation, NoDay: none
	marks  []credit.StepKind
	best   Best
	yes    []bool
}

// payable is an open item, or the written-off claim (item -1), that a plan may pay on the pay-by day.
type payable struct {
	item   int
	amount int64
}

// Brute finds the best ways by trying everything, holding points in reserve as asked.
func Brute(p *credit.Policy, f *credit.Facts, g credit.Goal, margin int32) Best {
	b := &brute{p: p, f: f, g: g, margin: margin}
	b.duty = make([]cal.Day, len(f.Open))
	for i := range f.Open {
		b.duty[i] = cal.NoDay
		b.sort(i)
	}
	if w := f.WriteOff; w.Day.IsSet() && !w.Settled.IsSet() && w.Open > 0 && !w.Barred {
		b.pays = append(b.pays, payable{-1, w.Open})
	}
	b.missing()
	b.yes = make([]bool, g.Horizon+g.Window+1)
	b.try(0, make([]int64, len(b.pays)))
	return b.best
}

// sort finds out whether an item may be paid by a plan, and when its obligation ends.
func (b *brute) sort(i int) {
	it, today := &b.f.Open[i], b.g.Request.Day
	if it.Flags&(credit.Insolvent|credit.Barred|credit.Sold) != 0 || it.Open <= it.Disputed {
		return
	}
	standing := func(d cal.Day) bool {
		return slices.ContainsFunc(it.Stops, func(s credit.Span) bool { return s.From <= d && (!s.To.IsSet() || d <= s.To) })
	}
	last := today
	if standing(today) || standing(b.g.PayBy) {
		if !standing(b.g.PayBy) {
			last = today
		} else {
			last = b.g.PayBy
		}
		for standing(last + 1) {
			if last++; last > today+3000 {
				return
			}
		}
	} else if it.PastDue(today) > 0 {
		b.pays = append(b.pays, payable{i, it.Open - it.Disputed})
		return
	}
	for it.PastDue(last+1) <= 0 {
		last++
	}
	b.duty[i] = last
	if last >= b.g.PayBy && !standing(today) && !standing(b.g.PayBy) {
		b.pays = append(b.pays, payable{i, it.Open - it.Disputed})
	}
}

// missing lists the verifications that are not there.
func (b *brute) missing() {
	f := b.f
	for _, v := range []struct {
		there bool
		kind  credit.StepKind
	}{
		{f.Email.IsSet(), credit.VerifyEmail},
		{f.Address.Level == 2 && f.Address.Day.IsSet(), credit.VerifyAddress},
		{f.Identity.IsSet() && (!f.ContactChanged.IsSet() || f.Identity >= f.ContactChanged), credit.VerifyIdentity},
		{f.Bank.IsSet(), credit.VerifyBank},
		{f.DirectDebit.IsSet(), credit.SetDirectDebit},
	} {
		if !v.there {
			b.marks = append(b.marks, v.kind)
		}
	}
}

// try goes through every payment: nothing, every whole euro, all.
func (b *brute) try(i int, pays []int64) {
	if i < len(pays) {
		for x := int64(0); x < b.pays[i].amount; x += 100 {
			if pays[i] = x; x == 0 || b.pays[i].item >= 0 {
				b.try(i+1, pays)
			}
		}
		pays[i] = b.pays[i].amount
		b.try(i+1, pays)
		return
	}
	for set := range 1 << len(b.marks) {
		b.live(pays, set)
	}
}

// lead is the day from which a verification counts.
func (b *brute) lead(k credit.StepKind) cal.Day {
	l := b.p.Promise.LeadDays
	days := map[credit.StepKind]int32{credit.VerifyEmail: l.Email, credit.VerifyAddress: l.Address, credit.VerifyIdentity: l.Identity,
		credit.VerifyBank: l.Bank, credit.SetDirectDebit: l.DirectDebit}
	return b.g.Request.Day + cal.Day(days[k])
}

// live books one candidate through every day and notes the first day from which the promise would hold.
func (b *brute) live(pays []int64, set int) {
	today := b.g.Request.Day
	first, choice := today, Choice{}
	for _, x := range pays {
		if x > 0 {
			first = max(first, b.g.PayBy)
			choice.Money += x
			choice.Steps++
		}
	}
	l := newLife(b.p, b.f, today)
	for i, k := range b.marks {
		if set>>i&1 == 1 {
			first = max(first, b.lead(k))
			choice.Steps++
		}
	}
	for d := range b.yes {
		l.today = today + cal.Day(d)
		b.morning(l, pays, set)
		b.yes[d] = Asks(b.p, &l.f, b.g, l.today, b.margin)
	}
	run := 0
	for d := len(b.yes) - 1; d >= 0; d-- {
		if run++; !b.yes[d] {
			run = 0
		}
		if day := today + cal.Day(d); run > int(b.g.Window) && day >= first && d <= int(b.g.Horizon) {
			choice.Day = day
			b.note(choice)
		}
	}
}

// morning books what counts from the beginning of the day.
func (b *brute) morning(l *life, pays []int64, set int) {
	if l.today == b.g.PayBy {
		for i, x := range pays {
			if item := b.pays[i].item; x > 0 && item >= 0 {
				l.settle(item, x, l.today)
			} else if x > 0 {
				l.f.WriteOff.Settled, l.f.WriteOff.Open = l.today, 0
			}
		}
	}
	for i, last := range b.duty {
		if last.IsSet() && l.today == last+1 {
			l.settle(i, l.f.Open[i].Open-l.f.Open[i].Disputed, last)
		}
	}
	for i, k := range b.marks {
		if set>>i&1 == 1 && l.today == b.lead(k) {
			l.verify(k)
		}
	}
	if l.today > b.g.PayBy {
		l.remind(min(b.p.Promise.ReminderDPD, b.p.Rules.ReminderDPD), b.g.Request.Day)
	}
}

// note keeps the choice where it is better than what was found before.
func (b *brute) note(c Choice) {
	if !b.best.Possible {
		b.best = Best{true, c, c, c}
		return
	}
	less := func(keys ...int64) bool {
		for i := 0; i < len(keys); i += 2 {
			if keys[i] != keys[i+1] {
				return keys[i] < keys[i+1]
			}
		}
		return false
	}
	if e := b.best.Earliest; less(int64(c.Day), int64(e.Day), c.Money, e.Money) {
		b.best.Earliest = c
	}
	if e := b.best.Cheapest; less(c.Money, e.Money, int64(c.Day), int64(e.Day)) {
		b.best.Cheapest = c
	}
	if e := b.best.Fewest; less(int64(c.Steps), int64(e.Steps), int64(c.Day), int64(e.Day), c.Money, e.Money) {
		b.best.Fewest = c
	}
}

// Asks is what a checkout would hear on a day. A name screening that is due on the day is taken as passed: plans name it.
func Asks(p *credit.Policy, f *credit.Facts, g credit.Goal, day cal.Day, margin int32) bool {
	const hour = 3600_000_000
	r := g.Request
	r.Margin = margin
	if f.Sanctions != credit.Hit {
		f.Sanctions = credit.Clear
	}
	if day > r.Day { // no hold is taken as expired too early
		start := r.NowMicros - 24*hour
		if g.DayStartMicros > 0 && g.DayStartMicros < r.NowMicros {
			start = g.DayStartMicros
		}
		r.NowMicros = max(r.NowMicros, start+int64(day-r.Day)*24*hour-hour)
	}
	r.Day = day
	d := credit.Decide(p, f, r)
	return d.Outcomes[g.Method].OK
}

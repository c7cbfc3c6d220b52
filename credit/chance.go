package credit

import "zahlziel/cal"

// markChances marks the days on which anything may improve for some plan: a step that counts, evidence that matures or
// drops out, a flag or hold that ends, a bin of age, and the days on which the average balance still moves. On every
// other day each plan is judged as on the day before or worse, so whatever works for a window that begins there works for
// one that begins a day earlier: no first day, sum or number of steps can appear there first.
func (l *lens) markChances() {
	l.mark(l.today)
	l.mark(l.payBy)
	for v := range l.lead {
		if l.todo>>v&1 == 1 {
			l.mark(l.today + cal.Day(l.lead[v]))
		}
	}
	l.markEvidence()
	l.markRules()
	if len(l.p.Extra) > 0 { // what extra rules read can move on every day
		for d := l.today; d <= l.horizon(); d++ {
			l.mark(d)
		}
	}
	last := l.payBy
	for _, o := range l.duties {
		l.mark(o.by + 1)
		last = max(last, o.by+1)
	}
	if !l.flat {
		for d := l.today; d <= min(last+BalanceDays+1, l.horizon()); d++ {
			l.mark(d)
		}
	}
	if l.base.Opened.IsSet() {
		for _, b := range l.p.Card.bins[A1] {
			if b.UpTo != nil {
				l.mark(l.base.Opened + cal.Day(*b.UpTo) + 1)
			}
		}
		l.mark(l.base.Opened + cal.Day(l.p.Caps.NewAccountDays))
	}
}

func (l *lens) mark(d cal.Day) {
	if d >= l.today && d <= l.horizon() {
		l.chance[d-l.today] = true
	}
}

func (l *lens) markEvidence() {
	h, card := &l.base.History, l.p.Card
	for i := range h.Enquiries {
		l.mark(h.Enquiries[i].Day + cal.Day(card.Short))
		l.mark(h.Enquiries[i].Day + cal.Day(card.Long))
	}
	for i := range l.late {
		l.mark(l.late[i].until)
	}
	l.mark(l.payBy + cal.Day(card.LateDays))
	for _, x := range l.proofs {
		l.mark(x.from)
	}
	for i := range h.PaidNow {
		l.mark(h.PaidNow[i].From)
	}
	for i := range l.claims {
		l.mark(l.claims[i].early)
		l.mark(l.claims[i].kept)
	}
	for _, day := range h.Purchases {
		l.mark(day + 1)
		l.mark(day + 7)
	}
}

func (l *lens) markRules() {
	f, rules := l.base, &l.p.Rules
	if adult, known := adultOn(f.Born, l.today, rules.MinAge); known {
		l.mark(adult)
	}
	l.mark(l.payBy + cal.Day(rules.WriteOffSettled))
	for _, d := range [...]struct {
		day  cal.Day
		more int32
	}{
		{f.PauseUntil, 0}, {f.ContactChanged, rules.ContactDays}, {f.Insolvency.Ended, rules.InsolvencyDays},
		{f.WriteOff.Day, rules.WriteOffDays}, {f.WriteOff.Settled, rules.WriteOffSettled},
		{f.Email, 0}, {f.Bank, 0}, {f.Identity, 0}, {f.DirectDebit, 0}, {f.Address.Day, 0}, {f.Assessment.Day, 0},
	} {
		if d.day.IsSet() {
			l.mark(d.day + cal.Day(d.more))
		}
	}
	const day = 24 * 3600e6
	for i := range f.Holds {
		if left := f.Holds[i].UntilMicros - l.goal.Request.NowMicros; left > 0 {
			for d := l.today + cal.Day(min(left/day, maxDay/2)); ; d++ {
				l.mark(d)
				if l.instant(d) >= f.Holds[i].UntilMicros || d > l.horizon() {
					break
				}
			}
		}
	}
}

// next returns the first day from t on that may be better than the one before.
func (l *lens) next(t cal.Day) cal.Day {
	for ; t <= l.horizon(); t++ {
		if l.chance[t-l.today] {
			break
		}
	}
	return t
}

// last returns the last day up to t that may be better than the one before, or a day before today.
func (l *lens) last(t cal.Day) cal.Day {
	for ; t >= l.today; t-- {
		if l.chance[t-l.today] {
			break
		}
	}
	return t
}

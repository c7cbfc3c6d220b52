package credit

import "zahlziel/cal"

// nextChance returns the first day after t on which time alone can improve anything: an event of the plan, evidence that
// matures or drops out, a flag or hold that ends, a bin of age or of the average balance. Between t and that day every
// change is for the worse, so a refusal on t holds for all the days between.
func (s *sim) nextChance(t cal.Day) cal.Day {
	c := chance{after: t, day: cal.Day(maxDay)}
	if s.next < len(s.events) {
		c.at(s.events[s.next].day)
	}
	s.evidenceChances(&c)
	s.ruleChances(&c)
	card := s.p.Card
	if len(s.p.Extra) > 0 {
		c.at(t + 1) // what extra rules read can move on every day
	}
	if s.d.Points[B1] < card.Best(B1) {
		c.at(t + 1)
	}
	if s.f.Opened.IsSet() {
		for _, b := range card.bins[A1] {
			if b.UpTo != nil {
				c.at(s.f.Opened + cal.Day(*b.UpTo) + 1)
			}
		}
		c.at(s.f.Opened + cal.Day(s.p.Caps.NewAccountDays))
	}
	return c.day
}

// chance keeps the earliest day after a given one.
type chance struct{ after, day cal.Day }

func (c *chance) at(day cal.Day) {
	if day > c.after && day < c.day {
		c.day = day
	}
}

func (s *sim) evidenceChances(c *chance) {
	h, card := &s.f.History, s.p.Card
	for i := range h.Enquiries {
		c.at(h.Enquiries[i].Day + cal.Day(card.Short))
		c.at(h.Enquiries[i].Day + cal.Day(card.Long))
	}
	for i := range h.Late {
		c.at(h.Late[i].Settled + cal.Day(card.LateDays))
	}
	for i := range h.OnTime {
		c.at(h.OnTime[i].From)
	}
	for i := range h.PaidNow {
		c.at(h.PaidNow[i].From)
	}
	for _, day := range h.Purchases {
		c.at(day + 1)
		c.at(day + 7)
	}
}

func (s *sim) ruleChances(c *chance) {
	f, rules := &s.f, &s.p.Rules
	if adult, known := adultOn(f.Born, c.after, rules.MinAge); known {
		c.at(adult)
	}
	for _, d := range [...]struct {
		day  cal.Day
		more int32
	}{
		{f.PauseUntil, 0}, {f.ContactChanged, rules.ContactDays}, {f.Insolvency.Ended, rules.InsolvencyDays},
		{f.WriteOff.Day, rules.WriteOffDays}, {f.WriteOff.Settled, rules.WriteOffSettled},
		{f.Email, 0}, {f.Bank, 0}, {f.Identity, 0}, {f.DirectDebit, 0}, {f.Address.Day, 0}, {f.Assessment.Day, 0},
	} {
		if d.day.IsSet() {
			c.at(d.day + cal.Day(d.more))
		}
	}
	const day = 24 * 3600e6
	for i := range f.Holds {
		if left := f.Holds[i].UntilMicros - s.req.NowMicros; left > 0 {
			c.at(c.after + cal.Day(min(left/day, maxDay/2)))
			c.at(c.after + cal.Day(min(left/day, maxDay/2)) + 1)
			c.at(c.after + cal.Day(min(left/day, maxDay/2)) + 2)
		}
	}
}

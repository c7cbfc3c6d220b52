package credit

import "zahlziel/cal"

// measure fills features, points and score of day t.
func measure(c *Card, p *Policy, f *Facts, t cal.Day, d *Decision) {
	d.Features = [FeatureCount]int32{}
	v := &d.Features
	measureOpen(p, f, t, v)
	measureLate(c, f, t, v)
	v[P3] = countOnTime(f.History.OnTime, t, c.TimeDays) + min(p.Evidence.PayNowMax, countOnTime(f.History.PaidNow, t, c.TimeDays))
	v[E1], v[E2] = countEnquiries(c, &f.History, t)
	v[B1] = averageBalance(c, &f.History, t)
	if f.Opened.IsSet() && t > f.Opened {
		v[A1] = int32(t - f.Opened)
	}
	d.Score = 0
	for i := range v {
		d.Points[i] = c.points(Feature(i), v[i])
		d.Score += d.Points[i]
	}
}

// scored reports whether the item counts against the score and the overdue rules on day t: what may not be asked for,
// what is wholly in dispute and what is paused does not.
func (it *Item) scored(t cal.Day) bool {
	return it.askable() && it.Open > it.Disputed && !it.stopped(t)
}

func measureOpen(p *Policy, f *Facts, t cal.Day, v *[FeatureCount]int32) {
	for i := range f.Open {
		it := &f.Open[i]
		if !it.scored(t) {
			continue
		}
		if it.Flags&Rest == 0 {
			v[B2]++
		}
		if dpd := it.PastDue(t); dpd > 0 {
			v[P1] = max(v[P1], dpd)
			if dpd > p.Rules.GraceDays {
				v[P2]++
			}
		}
	}
}

func measureLate(c *Card, f *Facts, t cal.Day, v *[FeatureCount]int32) {
	for i := range f.History.Late {
		l := &f.History.Late[i]
		if int32(t-l.Settled) < c.LateDays && l.Settled <= t {
			v[P1] = max(v[P1], l.Days)
			v[P2]++
		}
	}
}

// countOnTime counts groups (merchant and week) with at least one entry that counts on day t. The list is ascending by
// due day, so the members of a group stand near each other.
func countOnTime(list []OnTime, t cal.Day, window int32) (n int32) {
	for i := range list {
		x := &list[i]
		if !x.counts(t, window) {
			continue
		}
		twin := false
		for j := i - 1; j >= 0 && !twin && week(list[j].Due) == week(x.Due); j-- {
			twin = list[j].Merchant == x.Merchant && list[j].counts(t, window)
		}
		if !twin {
			n++
		}
	}
	return n
}

func (x *OnTime) counts(t cal.Day, window int32) bool {
	return x.From <= t && int32(t-x.Due) < window
}

func countEnquiries(c *Card, h *History, t cal.Day) (short, long int32) {
	for i := range h.Enquiries {
		age := int32(t - h.Enquiries[i].Day)
		if age < 0 {
			continue
		}
		if age < c.Short {
			short++
		}
		if age < c.Long {
			long++
		}
	}
	return short, long
}

// averageBalance is the mean closing balance of the 90 days before t in 1/10,000 of the card's reference, rounded up so
// that a value inside a bin is never read as a better one.
func averageBalance(c *Card, h *History, t cal.Day) int32 {
	sum := balanceSum(h, t)
	per := int64(BalanceDays) * c.Reference
	if sum >= per*100 {
		return 1_000_000 // a hundred times the reference is beyond every bin and keeps the product inside int64
	}
	return int32((sum*10_000 + per - 1) / per)
}

// balanceSum adds the closing balances of the days t-90 to t-1.
func balanceSum(h *History, t cal.Day) (sum int64) {
	first := t - BalanceDays
	end := t // the day after the last day of the segment
	for i := len(h.Balances) - 1; i >= 0 && end > first; i-- {
		b := &h.Balances[i]
		if b.Day >= end {
			continue
		}
		sum += int64(end-max(b.Day, first)) * b.Amount
		end = b.Day
	}
	return sum
}

package credit

import (
	"math/bits"

	"zahlziel/cal"
)

// found is a plan before it is written down.
type found struct {
	candidate
	first  cal.Day
	proven bool
}

func (f *found) money() (sum int64) {
	for _, x := range f.pays {
		sum += x
	}
	return sum
}

func (f *found) steps() int {
	n := f.verify.count()
	for _, x := range f.pays {
		if x > 0 {
			n++
		}
	}
	return n
}

const noBound = int64(1) << 60

// all returns the candidate that does everything that can be done by day t: with a monotone policy nothing else can work
// on t if this does not.
func (s *sim) all(t cal.Day) candidate {
	c := candidate{pays: make([]int64, len(s.opts)), verify: s.readyBy(t)}
	if t >= s.payBy {
		for i, o := range s.opts {
			c.pays[i] = o.amount
		}
	}
	return c
}

func (s *sim) readyBy(t cal.Day) (v verifySet) {
	for i := range s.lead {
		if bit := verifySet(1) << i; s.todo&bit != 0 && s.today+cal.Day(s.lead[i]) <= t {
			v |= bit
		}
	}
	return v
}

// settledFrom is the first day on which every payment and verification can have been made.
func (s *sim) settledFrom() cal.Day {
	day := max(s.today, s.payBy)
	for i := range s.lead {
		if s.todo>>i&1 == 1 {
			day = max(day, s.today+cal.Day(s.lead[i]))
		}
	}
	return day
}

func (s *sim) horizon() cal.Day { return s.today + cal.Day(s.goal.Horizon) }

// earliestDay is exact and never subject to the work budget. On each day that may be better than the one before it asks
// for the candidate that does everything: by monotony, a window is feasible for some plan if and only if it is for this
// one. A day that refuses it rules out every window that contains the day.
func (l *lens) earliestDay(to cal.Day) (cal.Day, bool) {
	settled := l.settledFrom()
	everything := l.all(settled).pays
	nothing := make([]int64, len(everything))
	for t := l.next(l.today); t <= to; {
		w := l.at(t)
		pays := everything
		if t < l.payBy {
			pays = nothing
		}
		w.fill(pays)
		if w.passes(l.readyBy(t)) {
			return t, true
		}
		if t++; t > settled {
			t = max(t, w.lastRefused(l.readyBy(t))+1)
		}
		t = l.next(t)
	}
	return cal.NoDay, false
}

// lastRefused is the last day of the window that refuses the candidate at hand.
func (w *window) lastRefused(done verifySet) cal.Day {
	for i := len(w.days) - 1; i >= 0; i-- {
		if !w.yes(i, done) {
			return w.first + cal.Day(i)
		}
	}
	return w.first - 1
}

// budget is the work after which a search may stop.
func (l *lens) budget() int { return l.work + int(l.p.Promise.MaxEvals) }

// earliest is the plan for the first possible day with the least money for it.
func (l *lens) earliest(t cal.Day) found {
	u := l.cheapestOn(t, l.readyBy(t), noBound, noCount, l.budget())
	pays := u.best
	if pays == nil {
		pays = l.all(t).pays // known to work; the budget ended before anything cheaper was found
	}
	return found{candidate{pays, l.fewestVerifications(pays, t)}, t, !u.cut}
}

// fewestVerifications drops what the plan does not need: the smallest subset, and among equals the preferred one.
func (l *lens) fewestVerifications(pays []int64, t cal.Day) verifySet {
	ready, w := l.readyBy(t), l.at(t)
	w.fill(pays)
	for n := range ready.count() {
		for v := verifySet(0); v < 1<<len(l.lead); v++ {
			if v&^ready == 0 && v.count() == n && w.passes(v) {
				return v
			}
		}
	}
	return ready
}

// floor is what every plan with a first day of t or later has to pay, and its number of payments: the overdue claims that
// block some day of such a window. Both only grow with t.
func (l *lens) floor(t cal.Day) (money int64, payments int) {
	for i := range l.claims {
		if c := &l.claims[i]; c.by == farDay && c.item >= 0 && c.block <= t+cal.Day(l.goal.Window) {
			money += c.amount
			payments++
		}
	}
	return money, payments
}

// cheapest looks for less money on later days, at each one that may be better than the day before.
func (l *lens) cheapest(e found) found {
	best, limit := e, l.budget()
	best.proven = true
	for t := l.next(e.first + 1); t <= l.horizon(); t = l.next(t + 1) {
		if least, _ := l.floor(t); best.money() <= least {
			break
		}
		u := l.cheapestOn(t, l.readyBy(t), best.money(), noCount, limit)
		if u.best != nil {
			best.candidate, best.first = candidate{u.best, 0}, t
		}
		if u.cut {
			best.proven = false
			break
		}
	}
	if best.first == e.first {
		best.proven = best.proven && e.proven
		return best
	}
	best.verify = l.fewestVerifications(best.pays, best.first)
	return best
}

// fewest looks for the plan with the fewest payments and verifications, among those the one with the earliest day, and on
// that day the one with the least money. c is a known plan that bounds the search.
func (l *lens) fewest(e, c found) found {
	best, limit := e, l.budget()
	best.proven = true
	for t := e.first; t <= l.horizon(); t = l.next(t + 1) {
		if t == c.first && c.steps() < best.steps() {
			best.candidate, best.first = c.candidate, c.first
		}
		steps := best.steps() - 1
		if t <= e.first || t < c.first {
			steps = min(steps, c.steps())
		}
		_, payments := l.floor(t)
		if best.steps() <= payments {
			break
		}
		f, cut := l.fewestOn(t, steps, limit)
		if f.pays != nil {
			best.candidate, best.first = f, t
		}
		if cut {
			best.proven = false
			break
		}
	}
	if c.steps() < best.steps() {
		best.candidate, best.first = c.candidate, c.first
	}
	return best
}

// fewestOn finds a plan for day t with at most so many steps: as few as possible, and of those the cheapest.
func (l *lens) fewestOn(t cal.Day, most, limit int) (c candidate, cut bool) {
	ready := l.readyBy(t)
	need := l.needed(t, ready)
	if need&^ready != 0 {
		return c, false
	}
	_, payments := l.floor(t)
	for steps := payments + need.count(); steps <= most; steps++ {
		if !l.possible(t, ready, steps-need.count()) {
			continue // not even with every verification
		}
		bound := noBound
		for v := verifySet(0); v < 1<<len(l.lead); v++ {
			if v&^ready != 0 || need&^v != 0 || v.count() > steps-payments {
				continue
			}
			u := l.cheapestOn(t, v, bound, steps-v.count(), limit)
			if cut = cut || u.cut; u.best != nil {
				c, bound = candidate{u.best, v}, u.bound
			}
		}
		if c.pays != nil || cut {
			return c, cut
		}
	}
	return c, false
}

// needed are the verifications without which the method is refused on some day of the window.
func (l *lens) needed(t cal.Day, ready verifySet) (v verifySet) {
	w := l.at(t)
	for i := range w.days {
		v |= w.days[i].need
	}
	return v
}

func (v verifySet) count() int { return bits.OnesCount8(uint8(v)) }

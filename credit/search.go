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

// arrears is the plan that pays what is overdue and nothing else, from the first day on which that is enough.
func (l *lens) arrears(from cal.Day) (found, bool) {
	f := found{candidate: candidate{pays: make([]int64, len(l.claims))}}
	for i := range l.claims {
		if c := &l.claims[i]; c.overdue || c.item < 0 {
			f.pays[i] = c.amount
		}
	}
	if c := len(l.claims) - 1; c >= 0 && l.claims[c].item < 0 && !l.unsettled(from) {
		f.pays[c] = 0
	}
	for t := l.next(max(from, l.payBy)); t <= l.horizon(); t = l.next(t + 1) {
		w := l.at(t)
		if w.fill(f.pays); w.passes(l.readyBy(t)) {
			f.first = t
			return f, true
		}
		if t > l.settledFrom() {
			t = max(t, w.lastRefused(l.readyBy(t)))
		}
	}
	return f, false
}

// unsettled reports whether the written-off claim has to be paid for a window that begins on day t.
func (l *lens) unsettled(t cal.Day) bool {
	w := l.at(t)
	for i := range w.days {
		if w.days[i].loss[0] {
			return true
		}
	}
	return false
}

// cheapest looks for less money on later days. Mostly what is overdue is the floor and is enough on some day. Otherwise
// every day that may be better than the one before is searched, the last one first: there the obligations have been kept
// and plans are cheap, which cuts the search of earlier days short. Of equal sums the earlier day wins.
func (l *lens) cheapest(e found) found {
	best, limit := e, l.budget()
	best.proven = true
	if base, ok := l.arrears(e.first); ok && base.money() < best.money() {
		best.candidate, best.first = base.candidate, base.first
	}
	for t := l.last(l.horizon()); t > e.first && best.proven; t = l.last(t - 1) {
		least, _ := l.floor(t)
		if least > best.money() || least == best.money() && t >= best.first {
			continue
		}
		u := l.cheaperOn(t, &best, limit)
		if u.first >= t && l.steady {
			t = l.skip(u, t, max(e.first, best.first), least)
		}
	}
	if best.first == e.first {
		best.proven = best.proven && e.proven
		return best
	}
	best.verify = l.fewestVerifications(best.pays, best.first)
	return best
}

// skip goes back from day t over the windows that contain the first day that refused: if they have to pay as much, at
// the same bound, they are refused too. From the best plan's first day on the bound is the same as on t; before it equal
// sums are of interest, too.
func (l *lens) skip(u *purse, t, to cal.Day, least int64) cal.Day {
	for t > max(to, l.settledFrom()) && t-1+cal.Day(l.goal.Window) >= u.first {
		if less, _ := l.floor(t - 1); less < least {
			break
		}
		t--
	}
	return t
}

// cheaperOn replaces the best plan by a cheaper one for day t, or by one that costs the same and begins earlier.
func (l *lens) cheaperOn(t cal.Day, best *found, limit int) *purse {
	if w := l.at(t); t < best.first && t >= l.payBy {
		if w.fill(best.pays); w.passes(l.readyBy(t)) {
			best.first = t
		}
	}
	bound := best.money()
	if t < best.first {
		bound += l.grain(t)
	}
	u := l.cheapestOn(t, l.readyBy(t), bound, noCount, limit)
	if u.best != nil {
		best.candidate, best.first = candidate{u.best, 0}, t
	}
	best.proven = !u.cut
	return u
}

// fewest looks for the plan with the fewest payments and verifications, among those the one with the earliest day, and on
// that day the one with the least money. c is a known plan that bounds the search.
func (l *lens) fewest(e, c found) found {
	best, limit := e, l.budget()
	if best.proven = true; c.steps() < e.steps() {
		best.candidate, best.first = c.candidate, c.first
	}
	_, least := l.floor(e.first)
	for steps := least; steps <= best.steps() && best.proven; steps++ {
		for t := e.first; t <= l.horizon(); t = l.next(t + 1) {
			if steps == best.steps() && t > best.first {
				break
			}
			_, payments := l.floor(t)
			if payments > steps {
				break
			}
			f, cut, refused := l.fewestOn(t, steps, limit)
			if t >= l.settledFrom() && l.steady {
				t = max(t, refused)
			}
			if f.pays != nil {
				best.candidate, best.first, best.proven = f, t, !cut
				return best
			}
			if cut {
				best.proven = false
				break
			}
		}
	}
	return best
}

// fewestOn finds the cheapest plan for day t with so many steps. If there is none because of one day, every later window
// that contains it is refused too: it has to pay no less, and can verify no more.
func (l *lens) fewestOn(t cal.Day, steps, limit int) (c candidate, cut bool, refused cal.Day) {
	ready := l.readyBy(t)
	need := l.needed(t)
	_, payments := l.floor(t)
	if need&^ready != 0 || need.count()+payments > steps {
		return c, false, t
	}
	if !l.possible(t, ready, steps-need.count()) {
		return c, false, max(t, l.purse.last)
	}
	bound := noBound
	for v := verifySet(0); v < 1<<len(l.lead); v++ {
		if v&^ready != 0 || need&^v != 0 || v.count()+payments > steps {
			continue
		}
		u := l.cheapestOn(t, v, bound, steps-v.count(), limit)
		if cut = cut || u.cut; u.best != nil {
			c, bound = candidate{u.best, v}, u.bound
		}
	}
	return c, cut, t
}

// needed are the verifications without which the method is refused on some day of the window.
func (l *lens) needed(t cal.Day) (v verifySet) {
	w := l.at(t)
	for i := range w.days {
		v |= w.days[i].need
	}
	return v
}

func (v verifySet) count() int { return bits.OnesCount8(uint8(v)) }

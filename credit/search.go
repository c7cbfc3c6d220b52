package credit

import (
	"slices"

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

// earliestDay is exact: on each day it asks for the candidate that does everything.
func (s *sim) earliestDay(to cal.Day) (cal.Day, bool) {
	settled := s.settledFrom()
	for t := s.today; t < min(settled, to+1); t++ {
		if s.holds(s.all(t), t, t+cal.Day(s.goal.Window)) {
			return t, true
		}
	}
	return s.firstRun(s.all(settled), settled, to)
}

// purse searches the least money for one first day.
//
// It decides for every option whether it is paid in full; what is left over is a sum of whole euros that goes along one
// path: overdue items by the day they become late, then items open during the whole window, then those paid as agreed
// latest. A euro earlier on this path lowers every sum that the policy sees (overdue, exposure, average balance) on at
// least the same days, so the path is optimal and feasibility along it is monotone: bisection is exact. Leaving an
// option out cuts the branch when even everything else, and the most part payment of it, is not enough.
type purse struct {
	s     *sim
	first cal.Day
	last  cal.Day
	path  []int // options in the order of part payments
	full  []choice
	pays  []int64
	best  []int64
	bound int64 // only less than this is of interest
	limit int   // work after which the search stops
	all   verifySet
	cut   bool // the limit was reached
}

type choice uint8

const (
	open choice = iota
	payFull
	leave
)

// unit is the step of part payments in minor units: whole euros.
const unit = 100

// cheapestOn returns the least money below bound for the first day t; ok is false when there is none.
func (s *sim) cheapestOn(t cal.Day, bound int64, limit int) (best []int64, proven, ok bool) {
	u := &purse{s: s, first: t, last: t + cal.Day(s.goal.Window), bound: bound, limit: limit, all: s.readyBy(t),
		full: make([]choice, len(s.opts)), pays: make([]int64, len(s.opts))}
	if t < s.payBy {
		for i := range u.full {
			u.full[i] = leave
		}
		u.search(len(s.opts), 0, true)
		return u.best, true, u.best != nil
	}
	u.path = s.partPath(t)
	u.search(0, 0, false)
	return u.best, !u.cut, u.best != nil
}

func (s *sim) partPath(t cal.Day) []int {
	var path []int
	for i, o := range s.opts {
		if o.item >= 0 {
			path = append(path, i)
		}
	}
	last := t + cal.Day(s.goal.Window)
	rank := func(o option) (int, cal.Day) {
		switch {
		case o.overdue:
			return 0, o.late
		case o.due > last:
			return 1, 0
		default:
			return 2, -o.due
		}
	}
	slices.SortStableFunc(path, func(a, b int) int {
		ra, da := rank(s.opts[a])
		rb, db := rank(s.opts[b])
		if ra != rb {
			return ra - rb
		}
		return int(da) - int(db)
	})
	return path
}

// search decides option i. spent is what the full payments so far cost; known tells that "everything else" is feasible.
func (u *purse) search(i int, spent int64, known bool) {
	if spent >= u.bound || u.cut {
		return
	}
	if u.s.work > u.limit && (u.best != nil || u.bound < noBound) {
		u.cut = true
		return
	}
	if !known && !u.feasible(u.optimist()) {
		return
	}
	if i == len(u.full) {
		u.parts(spent)
		return
	}
	u.full[i] = leave
	u.search(i+1, spent, false)
	u.full[i] = payFull
	u.search(i+1, spent+u.s.opts[i].amount, true)
	u.full[i] = open
}

// optimist pays undecided options in full and those left out as far as part payments go.
func (u *purse) optimist() []int64 {
	for i, o := range u.s.opts {
		if u.full[i] == leave {
			u.pays[i] = u.room(i)
		} else {
			u.pays[i] = o.amount
		}
	}
	return u.pays
}

// room is the largest part payment of an option: whole euros, less than all.
func (u *purse) room(i int) int64 {
	o := u.s.opts[i]
	if o.item < 0 || u.path == nil {
		return 0
	}
	return (o.amount - 1) / unit * unit
}

func (u *purse) feasible(pays []int64) bool {
	return u.s.holds(candidate{pays, u.all}, u.first, u.last)
}

// parts bisects the euros on top of the full payments; the most that fits is known to be enough.
func (u *purse) parts(spent int64) {
	var most int64
	for i := range u.full {
		if u.full[i] == leave {
			most += u.room(i) / unit
		}
	}
	low, high := int64(0), min(most, (u.bound-spent+unit-1)/unit)
	if high < most && !u.feasible(u.spread(high)) {
		return
	}
	for low < high {
		if mid := (low + high) / 2; u.feasible(u.spread(mid)) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if sum := spent + low*unit; sum < u.bound {
		u.bound = sum
		u.best = slices.Clone(u.spread(low))
	}
}

// spread lays euros along the path.
func (u *purse) spread(euros int64) []int64 {
	for i, o := range u.s.opts {
		u.pays[i] = 0
		if u.full[i] == payFull {
			u.pays[i] = o.amount
		}
	}
	left := euros * unit
	for _, i := range u.path {
		if u.full[i] == leave {
			u.pays[i] = min(left, u.room(i))
			left -= u.pays[i]
		}
	}
	return u.pays
}

// fewestVerifications drops what the plan does not need: the smallest subset, and among equals the preferred one.
func (s *sim) fewestVerifications(pays []int64, t cal.Day) verifySet {
	ready := s.readyBy(t)
	for n := range ready.count() {
		for v := verifySet(0); v < 1<<len(s.lead); v++ {
			if v&^ready == 0 && v.count() == n && s.holds(candidate{pays, v}, t, t+cal.Day(s.goal.Window)) {
				return v
			}
		}
	}
	return ready
}

const noBound = int64(1) << 60

// earliest is the plan for the first possible day with the least money for it.
func (s *sim) earliest(t cal.Day) found {
	pays, proven, _ := s.cheapestOn(t, noBound, s.work+int(s.p.Promise.MaxEvals))
	return found{candidate{pays, s.fewestVerifications(pays, t)}, t, proven}
}

// cheapest looks for less money on later days.
//
// Whatever is overdue and unpaid blocks in the end (R07), and whatever is not yet due is paid as agreed in the end. So on
// late days the least money is the overdue sum, and less is possible only while an unpaid rest is still young: those few
// days are searched one by one.
func (s *sim) cheapest(e found) found {
	best := e
	base, young := s.overdueOnly()
	if sum := base.money(); sum < best.money() {
		if t, ok := s.firstOf(base, e.first); ok {
			best = found{candidate{base.pays, s.fewestVerifications(base.pays, t)}, t, true}
		} else {
			young = s.horizon() // the overdue sum alone is never enough: every day has to be searched
		}
	}
	proven, limit := true, s.work+int(s.p.Promise.MaxEvals)
	for t := max(e.first+1, s.payBy); t <= min(young, s.horizon()) && proven; t++ {
		pays, sure, ok := s.cheapestOn(t, best.money(), limit)
		proven = sure && s.work <= limit
		if ok {
			best = found{candidate{pays, s.fewestVerifications(pays, t)}, t, true}
		}
	}
	best.proven = proven && (best.first != e.first || e.proven)
	return best
}

// overdueOnly pays every overdue item and verifies everything. young is the last first day of a window inside which some
// overdue rest is not yet reminded twice.
func (s *sim) overdueOnly() (base found, young cal.Day) {
	base = found{candidate: candidate{make([]int64, len(s.opts)), s.todo}}
	young = cal.NoDay
	for i, o := range s.opts {
		if o.overdue {
			base.pays[i] = o.amount
			young = max(young, o.remind-1-cal.Day(s.goal.Window))
		}
	}
	return base, young
}

// firstOf finds the first day from day on for fixed payments with every verification that is ready by then.
func (s *sim) firstOf(c found, day cal.Day) (cal.Day, bool) {
	settled := s.settledFrom()
	for t := max(day, s.payBy); t < settled; t++ {
		if s.holds(candidate{c.pays, c.verify & s.readyBy(t)}, t, t+cal.Day(s.goal.Window)) {
			return t, true
		}
	}
	return s.firstRun(c.candidate, max(day, settled), s.horizon())
}

// fewest looks for fewer steps: the overdue items alone, and as few verifications as any day of the horizon allows. It is
// proven when it has no more steps than there are overdue items that block every day from the earliest on.
func (s *sim) fewest(e, c found) found {
	best := e
	if c.steps() < best.steps() || c.steps() == best.steps() && c.money() < best.money() {
		best = c
	}
	base, _ := s.overdueOnly()
	payments := base.steps() - base.verify.count()
	if payments < best.steps() {
		if f, ok := s.dropVerifications(base, e.first); ok && f.steps() < best.steps() {
			best = f
		}
	}
	best.proven = best.steps() <= s.mustPay(e.first)
	return best
}

// dropVerifications leaves out every verification without which some day of the horizon still works.
func (s *sim) dropVerifications(base found, from cal.Day) (found, bool) {
	day, ok := s.firstOf(base, from)
	if !ok {
		return base, false
	}
	for v := doDebit; v > 0; v >>= 1 {
		if base.verify&v == 0 {
			continue
		}
		less := found{candidate: candidate{base.pays, base.verify &^ v}}
		if t, ok := s.firstOf(less, from); ok {
			base.candidate, day = less.candidate, t
		}
	}
	base.first = day
	return base, true
}

// mustPay counts the overdue items that block every window from a day on: already reminded twice by its last day.
func (s *sim) mustPay(first cal.Day) (n int) {
	for _, o := range s.opts {
		if o.overdue && o.remind <= first+cal.Day(s.goal.Window) {
			n++
		}
	}
	return n
}

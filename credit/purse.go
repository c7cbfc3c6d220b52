package credit

import (
	"cmp"
	"slices"

	"zahlziel/cal"
)

// purse searches the least money for one first day, with at most a number of payments.
//
// # Why it is exact
//
// It decides for every option whether it is paid in full, in part or not at all. What the policy sees of part payments
// are sums: exposure, what is overdue, and the average balance. A euro on an overdue claim lowers each of them on at
// least as many days as a euro on a claim that stays open during the whole window, and that one on at least as many as
// a euro on a claim whose obligation is kept earlier; among overdue ones the euro on the claim that is late first lowers
// the overdue sum on the most days. So whole euros along this path, filled up from its beginning, are the best way to
// spend any sum in parts; feasibility along the path is monotone and bisection finds the least sum. This covers early
// payments of claims that fall due inside the window: until their due day they count in the same sums, afterwards in
// none, which is what the order of the path says.
//
// Which options are paid in full is a search tree. A branch is cut when a relaxation of it fails (relax.go): it grants
// each thing that the policy sees its best value for the money that is left, one by one, so it fails only if every
// completion of the branch fails. Classes of claims that the policy can tell apart only by their amount need no special
// care: with the amounts in descending order and "not paid" tried first, the first leaf settles the smallest claims of
// each class, which by exchange is the best of all choices with as many, and the relaxation, which counts affordable
// claims smallest first, cuts the others. Overdue claims that block some day of the window (R06, R07) have no choice at
// all. Nothing here depends on the number of claims but the time.
//
// Up to fineMax free options the result is exact to the cent. With more, a branch that could save less than one unit of
// part payments is cut as well, so nothing is cheaper by a whole euro: sums of cents modulo whole euros are a subset sum
// problem of their own, and nobody gains from solving it.
type purse struct {
	l       *lens
	w       *window
	done    verifySet
	order   []int // free options, the largest amount first
	worst   []int // overdue ones among them, the longest past due first
	path    []int // options in the order of part payments
	kind    []choice
	pays    []int64
	best    []int64
	bound   int64 // a plan must cost less than this, by at least grain
	grain   int64
	payable int // payments that the plan may have
	limited bool
	spent   int64
	count   int
	limit   int     // work after which the search stops
	cut     bool    // the limit was reached
	first   cal.Day // when the whole tree was cut: the first and the last day that refuse, else before the window
	last    cal.Day
	r       relaxed
}

type choice uint8

const (
	free choice = iota
	payFull
	payParts
	payNothing
)

// unit is the step of part payments in minor units: whole euros.
const unit = 100

// fineMax is the number of free options up to which sums are exact to the cent.
const fineMax = 12

// noCount allows any number of payments.
const noCount = 1 << 20

// cheapestOn searches plans that cost less than bound from day t on; the search is cut when the work reaches limit.
func (l *lens) cheapestOn(t cal.Day, done verifySet, bound int64, payable, limit int) *purse {
	u := l.open(t, done, bound, payable)
	u.limit = limit
	if payable < 0 {
		return u
	}
	if t < l.payBy {
		clear(u.pays)
		if u.w.fill(u.pays); bound > 0 && u.w.passes(done) {
			u.best, u.bound = slices.Clone(u.pays), 0
		}
		return u
	}
	if !u.arrange() {
		return u
	}
	if !u.hope(0) {
		u.noteRefusal()
		return u
	}
	u.along()
	u.search(0)
	return u
}

// grain is how much cheaper a plan has to be for a day's search to notice.
func (l *lens) grain(t cal.Day) int64 {
	if t < l.payBy {
		return 1
	}
	u := l.open(t, 0, noBound, noCount)
	u.arrange()
	return u.grain
}

// open prepares a search.
func (l *lens) open(t cal.Day, done verifySet, bound int64, payable int) *purse {
	u := l.purse
	if u == nil {
		u = &purse{l: l, kind: make([]choice, len(l.claims)), pays: make([]int64, len(l.claims))}
		l.purse = u
	}
	u.w, u.done, u.bound, u.payable = l.at(t), done, bound, payable
	u.limited, u.best, u.spent, u.count, u.cut, u.grain = payable < len(l.claims), nil, 0, 0, false, 1
	u.first, u.last = t-1, t-1
	return u
}

// possible is false only if no plan for day t has so many payments.
func (l *lens) possible(t cal.Day, done verifySet, payable int) bool {
	if payable < 0 {
		return false
	}
	if t < l.payBy {
		return l.cheapestOn(t, done, noBound, payable, l.work).best != nil
	}
	u := l.open(t, done, noBound, payable)
	if !u.arrange() {
		return false
	}
	if !u.hope(0) {
		u.noteRefusal()
		return false
	}
	return true
}

// noteRefusal notes the days that refuse whatever the money and the payments allow: so does every other window that
// contains such a day, unless it has to pay less or may use more verifications.
func (u *purse) noteRefusal() {
	for i := range u.w.days {
		if !u.w.yes(i, u.done) {
			u.last = u.w.first + cal.Day(i)
			if u.first < u.w.first {
				u.first = u.last
			}
		}
	}
}

// arrange decides what needs no search and sorts the rest; false if what must be paid is too much.
func (u *purse) arrange() bool {
	u.order, u.path, u.worst = u.order[:0], u.path[:0], u.worst[:0]
	for _, i := range u.l.byAmount {
		u.sort(i)
	}
	if u.spent >= u.bound || u.count > u.payable {
		return false
	}
	if len(u.order) > fineMax {
		u.grain = unit
	}
	for _, i := range u.l.byUse {
		if u.kind[i] != free {
			continue
		}
		if u.path = append(u.path, i); u.l.claims[i].overdue {
			u.worst = append(u.worst, i)
		}
	}
	slices.SortStableFunc(u.worst, func(a, b int) int { return cmp.Compare(u.l.claims[b].dpd, u.l.claims[a].dpd) })
	return true
}

// sort decides about one option if there is nothing to search.
func (u *purse) sort(i int) {
	c, w := &u.l.claims[i], u.w
	u.kind[i] = free
	must := w.open[i] >= 0 && c.block <= w.last
	idle := w.open[i] < 0 && w.calm
	if c.item < 0 {
		idle = true
		for d := range w.days {
			must = must || w.days[d].loss[0] && !w.days[d].loss[1]
		}
	}
	switch {
	case must:
		u.kind[i] = payFull
		u.spent += c.amount
		u.count++
	case idle:
		u.kind[i] = payNothing
	default:
		u.order = append(u.order, i)
	}
}

// sortClaims orders options by their amount, the largest first, and by the use of a part payment, the best first.
func (l *lens) sortClaims() {
	for i := range l.claims {
		l.byAmount, l.byUse = append(l.byAmount, i), append(l.byUse, i)
	}
	slices.SortStableFunc(l.byAmount, func(a, b int) int { return cmp.Compare(l.claims[b].amount, l.claims[a].amount) })
	slices.SortStableFunc(l.byUse, func(a, b int) int {
		x, y := &l.claims[a], &l.claims[b]
		if x.overdue && y.overdue {
			return cmp.Compare(x.late, y.late)
		}
		return cmp.Compare(y.by, x.by) // overdue ones have no last day
	})
}

// search decides option i of the order.
func (u *purse) search(i int) {
	if u.cut || u.spent > u.bound-u.grain || u.count > u.payable {
		return
	}
	if u.l.work > u.limit {
		u.cut = true
		return
	}
	if !u.hope(i) {
		return
	}
	if i == len(u.order) {
		u.parts()
		return
	}
	o := u.order[i]
	if u.limited {
		u.kind[o] = payNothing
		u.search(i + 1)
	}
	if !u.limited || u.room(o) > 0 {
		u.kind[o] = payParts
		u.count++
		u.search(i + 1)
		u.count--
	}
	u.kind[o] = payFull
	u.spent += u.l.claims[o].amount
	u.count++
	u.search(i + 1)
	u.spent -= u.l.claims[o].amount
	u.count--
	u.kind[o] = free
}

// along finds a first plan: options in full along the path, and the last one in part. Where only sums matter nothing is
// cheaper by a whole euro.
func (u *purse) along() {
	if u.limited {
		return
	}
	var most int64
	for _, i := range u.path {
		most += u.l.claims[i].amount
	}
	low, high := int64(0), most
	for low < high {
		mid := (low + high) / 2
		if u.fillUp(mid); u.try() {
			high = mid
		} else {
			low = mid + 1
		}
	}
	if sum := u.fillUp(low); sum <= u.bound-u.grain && u.try() {
		u.bound, u.best = sum, slices.Clone(u.pays)
	}
}

func (u *purse) try() bool {
	u.w.fill(u.pays)
	return u.w.passes(u.done)
}

// fillUp pays so much along the path, more if the last part payment is no whole euro, and returns the sum of everything.
func (u *purse) fillUp(left int64) (sum int64) {
	clear(u.pays)
	for i, kind := range u.kind {
		if kind == payFull {
			u.pays[i] = u.l.claims[i].amount
			sum += u.pays[i]
		}
	}
	for _, i := range u.path {
		if left <= 0 {
			break
		}
		amount := u.l.claims[i].amount
		if u.pays[i] = amount; left < amount && u.l.claims[i].item >= 0 {
			u.pays[i] = min((left+unit-1)/unit*unit, amount)
		}
		sum += u.pays[i]
		left -= u.pays[i]
	}
	return sum
}

// room is the largest part payment of an option: whole euros, less than all.
func (u *purse) room(i int) int64 {
	return (u.l.claims[i].amount - 1) / unit * unit
}

// parts bisects the euros on top of the full payments.
func (u *purse) parts() {
	var most int64
	for _, i := range u.path {
		if u.kind[i] == payParts {
			most += u.room(i) / unit
		}
	}
	low, high := int64(0), min(most, (u.bound-u.grain-u.spent)/unit)
	if !u.feasible(high) {
		return
	}
	for low < high {
		if mid := (low + high) / 2; u.feasible(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	u.spread(low)
	u.bound, u.best = u.spent+low*unit, slices.Clone(u.pays)
}

func (u *purse) feasible(euros int64) bool {
	u.spread(euros)
	return u.try()
}

// spread lays euros along the path.
func (u *purse) spread(euros int64) {
	for i := range u.kind {
		u.pays[i] = 0
		if u.kind[i] == payFull {
			u.pays[i] = u.l.claims[i].amount
		}
	}
	left := euros * unit
	for _, i := range u.path {
		if u.kind[i] == payParts {
			u.pays[i] = min(left, u.room(i))
			left -= u.pays[i]
		}
	}
}

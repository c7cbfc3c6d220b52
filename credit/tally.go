package credit

import "zahlziel/cal"

// window judges candidates for one first day: everything on the days from first to first plus the goal's window.
type window struct {
	l     *lens
	first cal.Day
	last  cal.Day
	days  []view  // the views of the window
	open  []int   // by claim: index of the last day on which it is open if the plan does not pay it, -1: none
	over  []int64 // by day: closing balances of the average that lie on or after the pay-by day
	sure  []int32 // by day: groups of on-time evidence that are there without any payment of the plan
	gain  []gain  // evidence that paying early brings forward into the window
	mixed []int   // groups of several pieces of evidence, some of which paying early brings forward
	cells []cell
	calm  bool // B1 is in its best bin whatever is paid
	// of the candidate at hand
	payment   bool
	relaxed   bool // not a candidate but a bound for many
	loss      int  // 1 when the written-off claim is paid
	delay     int32
	whole     int64 // paid on claims that are open during the whole window, for the average balance
	paidDelay int32 // P1 of what the plan pays late
	paidLate  int32 // P2 of the same
	block     cal.Day
	kill      int // the day that refused last: most candidates fail on the same one
	taken     []bool
	cap       verifySet // the verifications that caps is for
	caps      []int64   // by day: bounds of the own limit
	outer     []int64   // by day: bounds that others set
	most      []int64   // by day: the largest amount repaid on time without any payment of the plan, -1: none
}

// cell is one day of the window under one candidate.
type cell struct {
	paid    int64 // less exposure
	weight  int64 // less in the sum of ninety balances
	rest    int64 // overdue for R08
	open    int32 // B2
	late    int32 // P2
	onTime  int32 // P3
	largest int64 // amount repaid on time, 0: none
}

// gain is evidence on the days from to to-1 that a claim leaves only if the plan pays it.
type gain struct {
	claim    int
	from, to int
	count    bool // counts for P3 on those days
}

func (w *window) init(l *lens) {
	n := int(l.goal.Window) + 1
	w.l, w.cells, w.over, w.caps, w.outer, w.sure = l, make([]cell, n+1), make([]int64, n), make([]int64, n), make([]int64, n), make([]int32, n+1)
	w.open, w.taken, w.most = make([]int, len(l.claims)), make([]bool, len(l.claims)), make([]int64, n)
	w.first = cal.NoDay
}

// at moves the window to a first day.
func (l *lens) at(t cal.Day) *window {
	w := &l.win
	if w.first == t {
		return w
	}
	w.first, w.last, w.kill, w.cap = t, t+cal.Day(l.goal.Window), 0, 0xff
	w.calm = l.flat
	for d := t; d <= w.last; d++ {
		l.on(d)
	}
	w.days = l.views[t-l.today : w.last-l.today+1]
	if !w.calm {
		w.calm = len(l.p.Extra) == 0
		best := l.steps[B1].up[0]
		for i := range w.days {
			w.calm = w.calm && max(w.days[i].sum[0], w.days[i].sum[1]) <= best
			d := t + cal.Day(i)
			w.over[i] = int64(max(0, d-max(l.payBy, d-BalanceDays)))
		}
	}
	for i := range l.claims {
		w.open[i] = int(min(w.last, l.claims[i].by) - t)
		if w.open[i] < -1 {
			w.open[i] = -1
		}
	}
	w.gather()
	return w
}

// gather separates the evidence that depends on the plan from what is there anyway.
func (w *window) gather() {
	l, n := w.l, len(w.days)
	clear(w.sure)
	w.gain, w.mixed = w.gain[:0], w.mixed[:0]
	for g := range l.groups {
		grp := &l.groups[g]
		single := len(grp.claims) == 1 && len(grp.spans) == 0
		if !single {
			w.mixed = append(w.mixed, g)
		}
		for _, i := range grp.claims {
			c := &l.claims[i]
			from, to, end := w.index(c.early), w.index(c.kept), w.index(c.end)
			if from < to {
				w.gain = append(w.gain, gain{i, from, max(from, min(to, end)), single})
			}
			if single && to < end {
				w.sure[to]++
				w.sure[end]--
			}
		}
	}
	for d := 1; d < n; d++ {
		w.sure[d] += w.sure[d-1]
	}
	w.findMost()
}

// findMost folds in the amounts that will be repaid on time as agreed.
func (w *window) findMost() {
	for d := range w.days {
		w.most[d] = w.days[d].largest
	}
	for i := range w.l.claims {
		if c := &w.l.claims[i]; c.group >= 0 {
			if d := w.index(c.kept); d < len(w.days) {
				w.most[d] = max(w.most[d], c.worth)
			}
		}
	}
	for d := 1; d < len(w.days); d++ {
		w.most[d] = max(w.most[d], w.most[d-1])
	}
}

// index is the place of a day in the window, 0 for earlier days and the window's length for later ones.
func (w *window) index(d cal.Day) int {
	return int(max(0, min(int64(d)-int64(w.first), int64(len(w.days)))))
}

func (w *window) clear() {
	clear(w.cells)
	w.whole, w.payment, w.relaxed, w.loss, w.delay, w.paidDelay, w.paidLate, w.block = 0, false, false, 0, 0, 0, 0, farDay
}

// fill adds a candidate up; pays has one amount per option.
func (w *window) fill(pays []int64) {
	w.clear()
	l := w.l
	for i := range l.claims {
		c, pay := &l.claims[i], pays[i]
		full := pay == c.amount
		w.taken[i] = full
		if c.item < 0 {
			if full {
				w.loss = 1
			}
			continue
		}
		if pay > 0 {
			w.pay(i, c, pay)
		}
		if full {
			w.settled(c)
		} else {
			w.unpaid(i, c, c.amount-pay)
		}
	}
	for i := range w.gain {
		if g := &w.gain[i]; w.taken[g.claim] {
			w.bring(g)
		}
	}
	w.addUp()
	w.mixChains()
	w.mixGroups()
}

// bring adds evidence of a claim that the plan pays.
func (w *window) bring(g *gain) {
	if g.count {
		w.cells[g.from].onTime++
		w.cells[g.to].onTime--
	}
	w.cells[g.from].largest = max(w.cells[g.from].largest, w.l.claims[g.claim].worth)
}

// mixChains adds what cannot be counted claim by claim: invoices in instalments.
func (w *window) mixChains() {
	for _, links := range w.l.chains {
		for i := range w.days {
			w.cells[i].open += w.l.standing(links, w.first+cal.Day(i), w.taken)
		}
	}
}

// mixGroups adds evidence that shares a merchant and week with other evidence.
func (w *window) mixGroups() {
	for _, g := range w.mixed {
		for i := range w.days {
			if w.l.groups[g].counts(w.l, w.first+cal.Day(i), w.taken) {
				w.cells[i].onTime++
			}
		}
	}
}

// pay takes money out of exposure and balances.
func (w *window) pay(i int, c *claim, pay int64) {
	w.payment = true
	if n := w.open[i]; n >= 0 {
		w.cells[0].paid += pay
		w.cells[n+1].paid -= pay
	}
	if !w.calm {
		w.lighten(c, pay)
	}
}

// lighten takes money out of the average balance.
func (w *window) lighten(c *claim, pay int64) {
	if c.by >= w.last-1 {
		w.whole += pay
		return
	}
	d := w.first
	for i := range w.days {
		w.cells[i].weight += pay * int64(max(0, min(c.by, d-1)-max(w.l.payBy, d-BalanceDays)+1))
		d++
	}
}

func (w *window) settled(c *claim) {
	if c.lateBy > 0 {
		w.paidLate++
		w.paidDelay = max(w.paidDelay, c.lateBy)
	}
}

// unpaid lets a claim run on until its obligation is kept, or for ever.
func (w *window) unpaid(i int, c *claim, rest int64) {
	n := w.open[i]
	if n < 0 {
		return
	}
	if c.counted {
		w.cells[0].open++
		w.cells[n+1].open--
	}
	w.block = min(w.block, c.block)
	if !c.overdue {
		return
	}
	w.delay = max(w.delay, c.dpd)
	if from := int(max(w.first, c.lateFrom(w.l)) - w.first); from < len(w.days) {
		w.cells[from].late++
		w.cells[from].rest += rest
	}
}

// lateFrom is the first day on which an unpaid overdue claim counts as late.
func (c *claim) lateFrom(l *lens) cal.Day {
	return l.today + cal.Day(max(0, l.p.Rules.GraceDays+1-c.dpd))
}

// addUp turns changes into values.
func (w *window) addUp() {
	for i := 1; i < len(w.days); i++ {
		a, b := &w.cells[i-1], &w.cells[i]
		b.paid += a.paid
		b.rest += a.rest
		b.open += a.open
		b.late += a.late
		b.onTime += a.onTime
		b.largest = max(b.largest, a.largest)
	}
	for i := range w.days {
		w.cells[i].onTime += w.sure[i]
		w.cells[i].weight += w.whole * w.over[i]
	}
}

// standing is how many instalments of an invoice stand for it in B2 on a day, the way payments promote the next one.
func (l *lens) standing(links []link, d cal.Day, taken []bool) (n int32) {
	type state struct {
		day        cal.Day // from which it is settled
		rest, gone bool
	}
	var few [8]state
	states := few[:0]
	for _, k := range links {
		st := state{day: farDay, rest: k.it.Flags&Rest != 0}
		if k.by < farDay {
			st.day = k.by + 1
		}
		if k.claim >= 0 && taken[k.claim] {
			st.day = l.payBy
		}
		states = append(states, st)
	}
	for {
		next := -1
		for i, st := range states {
			if !st.gone && st.day <= d && (next < 0 || st.day < states[next].day) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		st := &states[next]
		st.gone = true
		if st.rest || links[next].it.Disputed > 0 {
			continue
		}
		for i := range states {
			if (!states[i].gone || links[i].it.Disputed > 0) && states[i].rest {
				states[i].rest = false
				break
			}
		}
	}
	for i, st := range states {
		if !st.gone && !st.rest && links[i].it.scored(d) {
			n++
		}
	}
	return n
}

func (g *group) counts(l *lens, d cal.Day, taken []bool) bool {
	for _, s := range g.spans {
		if s.From <= d && d < s.To {
			return true
		}
	}
	for _, i := range g.claims {
		c := &l.claims[i]
		if d < c.end && (c.kept <= d || taken[i] && c.early <= d) {
			return true
		}
	}
	return false
}

// passes reports whether Decide would say yes on every day of the window.
func (w *window) passes(done verifySet) bool {
	w.l.work++
	if w.block <= w.last {
		return false
	}
	w.setCaps(done)
	if !w.yes(w.kill, done) {
		return false
	}
	for i := range w.days {
		if i != w.kill && !w.yes(i, done) {
			w.kill = i
			return false
		}
	}
	return true
}

func (w *window) setCaps(done verifySet) {
	if w.cap == done {
		return
	}
	w.cap = done
	for i := range w.days {
		w.caps[i] = min(w.days[i].cap, w.l.verifiedCap(&w.days[i], done))
		w.outer[i] = min(w.days[i].outer, w.l.clusterCap(&w.days[i], done))
	}
}

// yes is the decision of one day.
func (w *window) yes(i int, done verifySet) bool {
	v, c, l := &w.days[i], &w.cells[i], w.l
	if v.blocked || v.need&^done != 0 || v.loss[w.loss] || v.overdue+c.rest > l.p.Rules.OverdueTolerance {
		return false
	}
	amount, exposure, limit := l.req.Amount, v.exposure-c.paid, w.caps[i]
	largest := w.most[i]
	if c.largest > 0 {
		largest = max(largest, c.largest)
	}
	if largest < 0 {
		limit = min(limit, l.p.Caps.FirstPurchase)
	} else {
		limit = min(limit, max(l.p.Caps.ProvenBase, l.p.Caps.ProvenTimes*largest))
	}
	promised := int64(0)
	if v.overdue+c.rest == 0 && w.paidLate == 0 {
		promised = v.promised
	}
	if amount > max(limit, promised)-exposure || amount > w.outer[i]-exposure || amount > v.afford-exposure {
		return false
	}
	m := w.measure(i)
	score := m.score(w, i) - l.req.Margin
	if score < l.rule.MinScore {
		return false
	}
	limit = max(min(limit, l.p.band(score)), promised)
	return amount <= limit-exposure && (v.extra == nil || w.passesExtra(i, done, &m, score))
}

// passesExtra asks the extra rules of the policy about one day.
func (w *window) passesExtra(i int, done verifySet, m *measured, score int32) bool {
	v, c := &w.days[i], &w.cells[i]
	in, done := *v.extra, done|v.has
	in.values[varScore], in.values[varWorstDelay] = int64(score), int64(delayClass(m.delay))
	in.values[varLateCount], in.values[varOnTimeCount] = int64(min(m.late, LateCap)), int64(min(m.onTime, OnTimeCap))
	in.values[varAverageBalance], in.values[varOpenInvoices] = m.sum/BalanceDays, int64(m.open)
	in.values[varExposure], in.values[varOverdue] = v.exposure-c.paid, v.overdue+c.rest
	in.values[varBank], in.values[varIdentity] = truth(done&doBank != 0), truth(done&doIdentity != 0)
	in.values[varDirectDebit] = truth(done&doDebit != 0)
	if done&doAddress != 0 {
		in.values[varAddressLevel] = 2
	}
	for k := range w.l.p.Extra {
		x := &w.l.p.Extra[k]
		if x.methods.Has(w.l.goal.Method) && w.first+cal.Day(i) < x.Until && x.blocks(&in) {
			return false
		}
	}
	return true
}

// measured are the characteristics of one day that plans change.
type measured struct {
	delay, late, onTime, open int32
	sum                       int64 // of ninety balances
}

func (m *measured) score(w *window, i int) int32 {
	s := &w.l.steps
	return w.days[i].points + s[P1].at(int64(m.delay)) + s[P2].at(int64(m.late)) + s[P3].at(int64(m.onTime)) + s[B1].at(m.sum) + s[B2].at(int64(m.open))
}

func (w *window) measure(i int) measured {
	v, c, l := &w.days[i], &w.cells[i], w.l
	d := w.first + cal.Day(i)
	delay, late := v.delay, v.lateN+c.late
	if w.delay > 0 {
		delay = max(delay, w.delay+int32(d-l.today))
	}
	if d < l.payBy+cal.Day(l.p.Card.LateDays) {
		delay, late = max(delay, w.paidDelay), late+w.paidLate
	}
	sum := v.sum[0]
	switch {
	case w.relaxed:
		sum = min(sum, v.sum[1])
	case w.payment:
		sum = v.sum[1]
	}
	return measured{delay, late, v.onTime + c.onTime, v.open + c.open, sum - c.weight}
}

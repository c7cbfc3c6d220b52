package credit

// relaxed is scratch for judging a branch of the purse's tree.
type relaxed struct {
	take   []int64 // by day: what the money that is left takes out of the exposure, laid along the path
	room   []int64 // by day: the most that part payments and so many undecided options can take out of it
	cost   []int64 // by day: what settling the smallest undecided options costs
	number []int32 // by day: how many of them that are
	gains  []int32 // by day: evidence of undecided options
}

func (r *relaxed) clear(n int) {
	if len(r.room) != n {
		*r = relaxed{make([]int64, n), make([]int64, n), make([]int64, n), make([]int32, n), make([]int32, n)}
		return
	}
	clear(r.take)
	clear(r.room)
	clear(r.cost)
	clear(r.number)
	clear(r.gains)
}

// hope reports whether a branch may hold a plan: options from i of the order on are undecided. Every observable gets its
// best value for the money and the payments that are left, each for itself: sums fall by all of the money, laid along the
// path, as many invoices as the smallest ones allow are settled, delays end from the worst on, evidence comes forward.
func (u *purse) hope(i int) bool {
	left, payments := u.bound-u.grain-u.spent, u.payable-u.count
	if !u.limited {
		payments = noCount
	}
	w := u.w
	w.clear()
	u.r.clear(len(w.cells))
	for o, kind := range u.kind {
		u.weigh(o, kind, left)
	}
	undecided := u.order[i:]
	u.lay(left)
	u.settleSmallest(undecided, left, payments)
	u.endWorst(left, payments)
	if u.limited {
		u.takeLargest(undecided, payments)
	}
	affordable := u.gainEvidence(undecided, left, payments)
	u.addRelaxed(affordable)
	return w.passes(u.done)
}

// weigh adds one option as its choice stands.
func (u *purse) weigh(o int, kind choice, left int64) {
	w, c := u.w, &u.l.claims[o]
	w.taken[o] = kind == payFull
	if c.item < 0 {
		if kind == payFull || kind == free && c.amount <= left {
			w.loss = 1
		}
		return
	}
	switch kind {
	case payFull:
		w.pay(o, c, c.amount)
		w.settled(c)
	case payNothing, payParts:
		w.unpaid(o, c, c.amount)
		if kind == payParts && u.limited {
			u.addRoom(o, u.room(o))
		}
	case free:
		w.settled(c)
		if n := w.open[o]; n >= 0 && c.counted {
			w.cells[0].open++
			w.cells[n+1].open--
		}
		if c.overdue {
			if from := w.index(c.lateFrom(u.l)); from < len(w.days) {
				w.cells[from].rest += c.amount
			}
		}
	}
}

// lay spends what is left along the path: by its order no other way of spending lowers any sum more, on any day.
func (u *purse) lay(left int64) {
	w := u.w
	for _, o := range u.path {
		c, most := &u.l.claims[o], int64(0)
		switch u.kind[o] {
		case free:
			most = c.amount
		case payParts:
			most = u.room(o)
		}
		if most = min(most, left); most == 0 || c.item < 0 {
			continue
		}
		left -= most
		if n := w.open[o]; n >= 0 {
			u.r.take[0] += most
			u.r.take[n+1] -= most
		}
		if c.overdue {
			if from := w.index(c.lateFrom(u.l)); from < len(w.days) {
				w.cells[from].rest -= most
			}
		}
		if !w.calm {
			w.lighten(c, most)
		}
	}
}

func (u *purse) addRoom(o int, amount int64) {
	if n := u.w.open[o]; n >= 0 {
		u.r.room[0] += amount
		u.r.room[n+1] -= amount
	}
}

// settleSmallest counts how many open invoices can go on each day.
func (u *purse) settleSmallest(undecided []int, left int64, payments int) {
	for k := len(undecided) - 1; k >= 0; k-- {
		o := undecided[k]
		c := &u.l.claims[o]
		if c.amount > left {
			return
		}
		if !c.counted && !c.chained {
			continue
		}
		for d := 0; d <= min(u.w.open[o], len(u.w.days)-1); d++ {
			if u.r.cost[d]+c.amount <= left && int(u.r.number[d]) < payments {
				u.r.cost[d] += c.amount
				u.r.number[d]++
			}
		}
	}
}

// endWorst leaves the longest delay that money and payments cannot end.
func (u *purse) endWorst(left int64, payments int) {
	for _, o := range u.worst {
		c := &u.l.claims[o]
		switch u.kind[o] {
		case payFull:
			continue
		case free:
			if left -= c.amount; left >= 0 && payments > 0 {
				payments--
				continue
			}
		}
		u.w.delay = max(u.w.delay, c.dpd)
		return
	}
}

// takeLargest bounds the money by the largest undecided options when payments are counted.
func (u *purse) takeLargest(undecided []int, payments int) {
	if payments <= 0 {
		return
	}
	add := func(o, from, to int) {
		u.r.room[from] += u.l.claims[o].amount
		u.r.room[to] -= u.l.claims[o].amount
	}
	same := true // all of them stay open during the whole window
	for _, o := range undecided {
		same = same && u.w.open[o] >= len(u.w.days)-1
	}
	if same {
		for _, o := range undecided[:min(payments, len(undecided))] {
			add(o, 0, len(u.w.days))
		}
		return
	}
	for d := range u.w.days {
		n := 0
		for _, o := range undecided {
			if n < payments && u.w.open[o] >= d {
				add(o, d, d+1)
				n++
			}
		}
	}
}

// gainEvidence adds evidence of what is paid, notes that of undecided options, and counts how many of those can be paid.
func (u *purse) gainEvidence(undecided []int, left int64, payments int) (affordable int32) {
	w := u.w
	if len(w.gain)+len(w.mixed) == 0 {
		return 0
	}
	for k := len(undecided) - 1; k >= 0 && int(affordable) < payments; k-- {
		if left -= u.l.claims[undecided[k]].amount; left < 0 {
			break
		}
		affordable++
	}
	for i := range w.gain {
		switch g := &w.gain[i]; u.kind[g.claim] {
		case payFull:
			w.bring(g)
		case free:
			w.cells[g.from].largest = max(w.cells[g.from].largest, u.l.claims[g.claim].worth)
			if g.count {
				u.r.gains[g.from]++
				u.r.gains[g.to]--
			}
		}
	}
	return affordable
}

// addRelaxed turns changes into values.
func (u *purse) addRelaxed(affordable int32) {
	w, r := u.w, &u.r
	w.addUp()
	w.mixRelaxed(u.kind)
	w.relaxed = true
	for d := range w.days {
		if d > 0 {
			r.take[d] += r.take[d-1]
			r.room[d] += r.room[d-1]
			r.gains[d] += r.gains[d-1]
		}
		c := &w.cells[d]
		if take := r.take[d]; u.limited {
			c.paid += min(take, r.room[d])
		} else {
			c.paid += take
		}
		c.open -= r.number[d]
		c.onTime += min(affordable, r.gains[d])
	}
}

// mixRelaxed takes shared evidence of undecided options as paid, and invoices in instalments as unpaid: those are among
// the smallest that can be settled.
func (w *window) mixRelaxed(kind []choice) {
	if len(w.l.chains)+len(w.mixed) == 0 {
		return
	}
	w.mixChains()
	for o, k := range kind {
		w.taken[o] = k == payFull || k == free
	}
	w.mixGroups()
}

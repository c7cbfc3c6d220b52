package credit

import (
	"math"

	"zahlziel/cal"
)

// lens is Decide reduced to what a plan can change: payments that count on one day, and verifications. For every day it
// keeps once what no plan changes (a view), so that one candidate is judged by a few additions a day instead of a whole
// evaluation. It only proposes: each plan is asked of Decide itself before anyone sees it, and a test compares the two
// on random policies, facts and candidates.
type lens struct {
	*sim
	rule     MethodRule
	facts    Facts // of today, screened; what the rules without plans are asked about
	views    []view
	claims   []claim // by option
	fixed    []fixed
	chains   [][]link
	groups   []group
	late     []delay  // history, and what fixed obligations leave
	onTime   []OnTime // history and fixed obligations, without those of groups that a claim belongs to
	proofs   []proof
	balance  [2][]BalanceDay // without and with any payment on the pay-by day
	flat     bool            // the average balance is in its best bin on every day
	steps    [FeatureCount]stairs
	chance   []bool // by day: something may improve
	win      window
	purse    *purse
	steady   bool  // later windows have to pay and to verify no less
	byAmount []int // options, the largest amount first
	byUse    []int // options, the one first whose euros do most
}

// view is one day without any plan.
type view struct {
	known    bool
	blocked  bool      // by a rule that no step changes
	loss     [2]bool   // R18 blocks while the claim is unpaid, or even when it is paid
	young    bool      // L03
	need     verifySet // without these the method is refused
	has      verifySet // identity and bank account that are confirmed already
	points   int32     // of enquiries and age
	delay    int32     // P1 of history and fixed items
	lateN    int32     // P2 of the same
	onTime   int32     // P3 without groups of claims
	open     int32     // B2 of fixed items
	sum      [2]int64  // B1
	exposure int64     // with every obligation kept
	outer    int64     // bounds that others set; no guarantee reaches over them
	promised int64     // the guaranteed limit, unless arrears end it
	disputed int64     // overdue and in dispute
	today    int32     // purchases on the day
	week     int32     // and in seven days
	extra    *inputs   // what extra rules read and no plan changes, nil: there are none
	overdue  int64     // R08 of fixed items
	cap      int64     // bounds of the own limit that no step changes
	largest  int64     // largest amount repaid on time, -1: none
	afford   int64     // R16: the most that exposure and amount may be together
}

// claim is an option as the policy sees it.
type claim struct {
	option
	by      cal.Day // last day on which it is open although the plan does not pay it
	counted bool    // one of the open invoices of B2
	chained bool    // B2 counts its invoice as a whole
	settles bool    // paying it in full leaves nothing in dispute
	dpd     int32   // days past due today, of overdue claims
	lateBy  int32   // days past due that history keeps when it is paid on the pay-by day, 0: none
	block   cal.Day // unpaid, it blocks from this day on
	group   int     // of on-time evidence, -1: leaves none
	early   cal.Day // evidence counts from, when paid by the plan
	kept    cal.Day // the same when paid as agreed
	end     cal.Day // and until the day before this one
	worth   int64   // the amount that L05 sees
}

// fixed is an open item that no plan pays.
type fixed struct {
	it      *Item
	by      cal.Day // its last open day
	chained bool
}

// link is one item of an invoice in instalments.
type link struct {
	it    *Item
	claim int // -1: fixed
	by    cal.Day
}

// group is on-time evidence of one merchant and week, which counts once.
type group struct {
	merchant uint32
	week     int32
	claims   []int
	spans    []Span // evidence that is there anyway; To is the first day without it
}

// delay is a late record that counts on the days from from to until-1.
type delay struct {
	from, until cal.Day
	days        int32
}

// proof is an amount repaid on time, for L04 and L05.
type proof struct {
	from   cal.Day
	amount int64
}

// stairs are the bins of a characteristic; up is the largest value of each.
type stairs struct {
	up     []int64
	points []int32
}

func (s *stairs) at(v int64) int32 {
	for i, up := range s.up {
		if v <= up {
			return s.points[i]
		}
	}
	return 0
}

const farDay = cal.Day(maxDay)

func newLens(p *Policy, f *Facts, g *Goal) *lens {
	s := newSim(p, f, g)
	l := &lens{sim: s, rule: p.methods[g.Method], facts: *f}
	if l.facts.Sanctions != Hit {
		l.facts.Sanctions = Clear
	}
	l.facts.AssumeSources(p, s.today)
	for i := range f.History.Late {
		x := &f.History.Late[i]
		l.late = append(l.late, delay{x.Settled, x.Settled + cal.Day(p.Card.LateDays), x.Days})
	}
	l.onTime = append(l.onTime, f.History.OnTime...)
	for i := range f.History.OnTime {
		l.proofs = append(l.proofs, proof{f.History.OnTime[i].From, f.History.OnTime[i].Amount})
	}
	l.views = make([]view, s.goal.Horizon+2*max(s.goal.Window, s.p.Promise.ValidDays)+2)
	l.addClaims()
	l.sortClaims()
	l.steady = !f.ContactChanged.IsSet() && len(p.Extra) == 0
	for i := range l.claims {
		l.steady = l.steady && (l.claims[i].overdue || l.claims[i].block == farDay)
	}
	l.addFixed()
	l.addChains()
	l.shareGroups()
	l.addBalances()
	for f := range Feature(FeatureCount) {
		l.steps[f] = newStairs(p.Card, f)
	}
	l.flat = len(p.Extra) == 0 && l.isFlat()
	l.chance = make([]bool, g.Horizon+1)
	l.markChances()
	l.win.init(l)
	return l
}

// newStairs turns B1 into a sum of ninety balances, so that no division is needed.
func newStairs(c *Card, f Feature) (s stairs) {
	for _, b := range c.bins[f] {
		up := int64(math.MaxInt64)
		if b.UpTo != nil {
			up = int64(*b.UpTo)
		}
		if f == B1 && b.UpTo != nil {
			if up = up * BalanceDays * c.Reference / 10_000; *b.UpTo >= 1_000_000 {
				up = math.MaxInt64
			}
		}
		s.up, s.points = append(s.up, up), append(s.points, b.Points)
	}
	return s
}

func (l *lens) addClaims() {
	rules := &l.p.Rules
	for _, o := range l.opts {
		c := claim{option: o, by: farDay, block: farDay, group: -1, early: farDay, kept: farDay, end: farDay}
		if o.item < 0 {
			l.claims = append(l.claims, c)
			continue
		}
		it := &l.base.Open[o.item]
		c.settles, c.counted = it.Disputed == 0, it.Flags&Rest == 0
		after := func(dpd int32) cal.Day { return l.today + cal.Day(max(0, dpd-c.dpd)) }
		switch {
		case o.overdue:
			c.dpd = it.PastDue(l.today)
			c.block = min(o.remind, after(rules.ReminderDPD), after(rules.CollectionsDPD))
			if it.Dunning >= rules.ReminderLevel {
				c.block = l.today
			}
		default:
			c.by = o.due
		}
		if it.Flags&Collections != 0 {
			c.block = l.today
		}
		l.evidence(&c, it)
		l.claims = append(l.claims, c)
	}
}

// evidence notes what paying the claim leaves in history.
func (l *lens) evidence(c *claim, it *Item) {
	if !c.settles || it.Original <= 0 {
		return
	}
	if dpd := it.PastDue(l.payBy); dpd > l.p.Rules.GraceDays {
		c.lateBy = dpd
		return
	}
	if it.Original < l.p.Evidence.MinAmount {
		return
	}
	c.early, c.worth, c.end = max(l.payBy, it.Returns+1), it.Original, it.Due+cal.Day(l.p.Card.TimeDays)
	if !it.Returns.IsSet() {
		c.early = l.payBy
	}
	if !c.overdue {
		c.kept = max(c.early, c.by+1)
	}
	c.group = l.groupOf(MerchantKey(it.Merchant), week(it.Due), true)
	l.groups[c.group].claims = append(l.groups[c.group].claims, len(l.claims))
}

func (l *lens) groupOf(merchant uint32, week int32, add bool) int {
	for i := range l.groups {
		if l.groups[i].week == week && l.groups[i].merchant == merchant {
			return i
		}
	}
	if !add {
		return -1
	}
	l.groups = append(l.groups, group{merchant: merchant, week: week})
	return len(l.groups) - 1
}

// addFixed collects what is open and not an option, and the evidence that keeping those obligations leaves.
func (l *lens) addFixed() {
	option, by := make([]bool, len(l.base.Open)), make([]cal.Day, len(l.base.Open))
	for _, o := range l.opts {
		if o.item >= 0 {
			option[o.item] = true
		}
	}
	for i := range by {
		by[i] = farDay
	}
	for _, o := range l.duties {
		by[o.item] = o.by
	}
	for i := range l.base.Open {
		it := &l.base.Open[i]
		if option[i] || !it.askable() {
			continue
		}
		l.fixed = append(l.fixed, fixed{it: it, by: by[i]})
		if by[i] == farDay || it.Disputed > 0 || it.Original <= 0 {
			continue
		}
		s := Settlement{No: it.No, Merchant: it.Merchant, Paid: it.Original, Due: it.Due, Settled: by[i], Returns: it.Returns, Stops: it.Stops}
		if dpd := pastDue(s.Due, s.Settled, s.Stops); dpd > l.p.Rules.GraceDays {
			l.late = append(l.late, delay{by[i] + 1, by[i] + cal.Day(l.p.Card.LateDays), dpd})
		} else if s.Paid >= l.p.Evidence.MinAmount {
			e := s.evidence()
			e.From = max(e.From, by[i]+1)
			l.onTime = insertByDay(l.onTime, e, func(x OnTime) cal.Day { return x.Due })
			l.proofs = append(l.proofs, proof{e.From, e.Amount})
		}
	}
}

// addChains finds invoices in instalments: B2 counts such an invoice once, whichever instalment stands for it.
func (l *lens) addChains() {
	for i := range l.base.Open {
		it := &l.base.Open[i]
		first, rest, many := true, false, 0
		for j := range l.base.Open {
			if other := &l.base.Open[j]; other.Invoice == it.Invoice {
				first = first && j >= i
				rest = rest || other.Flags&Rest != 0
				many++
			}
		}
		if !first || !rest || many < 2 {
			continue
		}
		var chain []link
		for j := range l.base.Open {
			if other := &l.base.Open[j]; other.Invoice == it.Invoice {
				chain = append(chain, l.link(other, j))
			}
		}
		l.chains = append(l.chains, chain)
	}
}

func (l *lens) link(it *Item, item int) link {
	k := link{it: it, claim: -1, by: farDay}
	for i := range l.claims {
		if l.claims[i].item == item {
			k.claim, k.by = i, l.claims[i].by
			l.claims[i].chained, l.claims[i].counted = true, false
		}
	}
	for i := range l.fixed {
		if l.fixed[i].it == it {
			k.by, l.fixed[i].chained = l.fixed[i].by, true
		}
	}
	return k
}

// shareGroups moves evidence that is there anyway into the groups of claims.
func (l *lens) shareGroups() {
	kept := l.onTime[:0]
	for _, e := range l.onTime {
		if g := l.groupOf(e.Merchant, week(e.Due), false); g >= 0 {
			l.groups[g].spans = append(l.groups[g].spans, Span{e.From, e.Due + cal.Day(l.p.Card.TimeDays)})
			continue
		}
		kept = append(kept, e)
	}
	l.onTime = kept
}

// addBalances lays out the closing balances as the simulation will book them.
func (l *lens) addBalances() {
	for with := range l.balance {
		list := append([]BalanceDay(nil), l.base.History.Balances...)
		balance := l.base.Balance()
		if with == 1 {
			list = book(list, l.payBy, balance)
		}
		for _, o := range l.duties {
			if it := &l.base.Open[o.item]; it.Open > it.Disputed {
				list = book(list, o.by+1, balance) // the amounts follow below, in the order of days
			}
		}
		for i := range list {
			if list[i].Day <= l.today {
				continue
			}
			left := balance
			for _, o := range l.duties {
				if it := &l.base.Open[o.item]; o.by < list[i].Day {
					left -= it.Open - it.Disputed
				}
			}
			list[i].Amount = left
		}
		l.balance[with] = list
	}
}

func book(list []BalanceDay, day cal.Day, amount int64) []BalanceDay {
	for i := range list {
		if list[i].Day == day {
			list[i].Amount = amount
			return list
		}
	}
	return insertByDay(list, BalanceDay{day, amount}, func(b BalanceDay) cal.Day { return b.Day })
}

// isFlat holds when no closing balance is above what the best bin of B1 allows on average.
func (l *lens) isFlat() bool {
	best := &l.steps[B1]
	for _, list := range l.balance {
		for _, b := range list {
			if best.at(b.Amount*BalanceDays) < best.points[0] {
				return false
			}
		}
	}
	return true
}

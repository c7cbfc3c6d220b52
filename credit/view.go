package credit

import "zahlziel/cal"

// on returns the view of a day, made when first asked for.
func (l *lens) on(d cal.Day) *view {
	v := &l.views[d-l.today]
	if !v.known {
		v.known = true
		l.look(d, v)
	}
	return v
}

func (l *lens) look(d cal.Day, v *view) {
	l.rules(d, v)
	if v.blocked {
		return
	}
	l.verified(d, v)
	l.items(d, v)
	h, card := &l.base.History, l.p.Card
	short, long := countEnquiries(card, h, d)
	var age int32
	if l.facts.Opened.IsSet() && d > l.facts.Opened {
		age = int32(d - l.facts.Opened)
	}
	v.points = l.steps[E1].at(int64(short)) + l.steps[E2].at(int64(long)) + l.steps[A1].at(int64(age))
	v.young = age < l.p.Caps.NewAccountDays
	for i := range l.late {
		if x := &l.late[i]; x.from <= d && d < x.until {
			v.delay = max(v.delay, x.days)
			v.lateN++
		}
	}
	v.onTime = countOnTime(l.onTime, d, card.TimeDays) + min(l.p.Evidence.PayNowMax, countOnTime(h.PaidNow, d, card.TimeDays))
	v.largest = -1
	if h.OnTimeEver {
		v.largest = h.Largest
	}
	for _, x := range l.proofs {
		if x.from <= d {
			v.largest = max(v.largest, x.amount)
		}
	}
	if !l.flat {
		v.sum[0] = balanceSum(&History{Balances: l.balance[0]}, d)
		v.sum[1] = balanceSum(&History{Balances: l.balance[1]}, d)
	}
	v.cap, v.outer, v.promised = l.ownBound(v), l.outerBound(d), l.promisedOn(d)
	if len(l.p.Extra) > 0 {
		v.extra = &inputs{market: l.base.Market}
		v.extra.values[varAmount] = l.req.Amount
		v.extra.values[varEnquiriesShort], v.extra.values[varEnquiriesLong] = int64(short), int64(long)
		v.extra.values[varAccountDays], v.extra.values[varDisputed] = int64(age), v.disputed
		v.extra.values[varPurchasesToday], v.extra.values[varPurchasesWeek] = int64(v.today), int64(v.week)
		if f := l.base; f.Address.Day.IsSet() && f.Address.Day <= d {
			v.extra.values[varAddressLevel] = int64(f.Address.Level)
		}
	}
}

// promisedOn is the guaranteed limit on a day, unless lateness that no plan changes has ended it.
func (l *lens) promisedOn(d cal.Day) int64 {
	for i := range l.late {
		if x := &l.late[i]; x.from <= d && x.from >= l.base.Guarantee.Since {
			return 0
		}
	}
	amount, _ := l.base.Guarantee.On(d)
	return amount
}

// rules asks the rules that no step changes.
func (l *lens) rules(d cal.Day, v *view) {
	l.req.Day, l.req.NowMicros = d, l.instant(d)
	f, m := &l.facts, l.goal.Method
	f.ContactChanged = cal.NoDay // R14 is a matter of verification
	l.d.Reasons, l.d.Exposure = l.d.Reasons[:0], 0
	e := eval{p: l.p, f: f, r: &l.req, d: &l.d}
	e.serviceRules()
	e.personRules()
	e.velocityRule()
	e.sourceRules()
	v.afford = noBound
	if l.req.Offers[m].Regime == Regulated {
		v.blocked = !e.assessed()
		v.afford = e.affordable(m)
	}
	v.blocked = v.blocked || (e.hard | e.amount).Has(m)
	for paid := range v.loss {
		f.WriteOff = l.base.WriteOff
		if paid == 1 && f.WriteOff.Day.IsSet() && !f.WriteOff.Settled.IsSet() {
			f.WriteOff.Settled = l.payBy
		}
		e.hard = 0
		e.writeOffRule()
		v.loss[paid] = e.hard.Has(m)
	}
	v.today, v.week = e.today, e.week
	for i := range f.Open {
		if it := &f.Open[i]; it.askable() && it.Due < d {
			v.disputed += it.Disputed
		}
	}
	v.blocked = v.blocked || v.disputed > l.p.Rules.DisputedExposure || v.loss[0] && v.loss[1]
}

// verified notes which verifications are there and which the method needs.
func (l *lens) verified(d cal.Day, v *view) {
	f := l.base
	has := func(day cal.Day) bool { return day.IsSet() && day <= d }
	demand := func(needed, there bool, bit verifySet) {
		if needed && !there {
			v.need |= bit
		}
	}
	demand(true, has(f.Email), doEmail)
	demand(true, f.Address.Level > 0 && has(f.Address.Day), doAddress)
	demand(l.rule.Identity || l.req.IdentityFirst, has(f.Identity), doIdentity)
	demand(l.rule.Bank, has(f.Bank), doBank)
	demand(l.rule.DirectDebit, has(f.DirectDebit), doDebit)
	changed := f.ContactChanged.IsSet() && int32(d-f.ContactChanged) < l.p.Rules.ContactDays
	demand(changed, has(f.Identity) && f.Identity >= f.ContactChanged, doIdentity)
	if has(f.Identity) {
		v.has |= doIdentity
	}
	if has(f.Bank) {
		v.has |= doBank
	}
	if has(f.DirectDebit) {
		v.has |= doDebit
	}
	if f.Address.Level >= 2 {
		v.has |= doAddress
	}
}

// items adds up exposure, and what fixed items cost.
func (l *lens) items(d cal.Day, v *view) {
	v.exposure = l.base.Exposure(l.req.NowMicros)
	for _, o := range l.duties {
		if it := &l.base.Open[o.item]; o.by < d {
			v.exposure -= it.Open - it.Disputed
		}
	}
	rules := &l.p.Rules
	for i := range l.fixed {
		x := &l.fixed[i]
		if x.by < d || !x.it.scored(d) {
			continue
		}
		if x.it.Flags&Rest == 0 && !x.chained {
			v.open++
		}
		dpd := x.it.PastDue(d)
		if dpd > 0 {
			v.delay = max(v.delay, dpd)
		}
		if dpd > rules.GraceDays {
			v.lateN++
			v.overdue += x.it.Open - x.it.Disputed
		}
		if x.it.Flags&Collections != 0 || dpd >= min(rules.CollectionsDPD, rules.ReminderDPD) || x.it.Dunning >= rules.ReminderLevel && dpd > 0 {
			v.blocked = true
		}
	}
}

// ownBound is the smallest bound of the own limit that no step changes.
func (l *lens) ownBound(v *view) int64 {
	if v.young {
		return l.p.Caps.NewAccount
	}
	return noBound
}

// outerBound is the smallest bound that others set and no step changes.
func (l *lens) outerBound(d cal.Day) int64 {
	limit := noBound
	if l.req.MerchantCap > 0 {
		limit = min(limit, l.req.MerchantCap)
	}
	if l.req.MarketCap > 0 {
		limit = min(limit, l.req.MarketCap)
	}
	l.req.Day = d
	e := eval{p: l.p, f: &l.facts, r: &l.req}
	var room [boundsMax]bound
	for _, b := range e.sourceBounds(room[:0]) {
		limit = min(limit, b.cap)
	}
	return limit
}

// verifiedCap is the smallest bound of the own limit that verifications move.
func (l *lens) verifiedCap(v *view, done verifySet) int64 {
	done |= v.has
	c := &l.p.Caps
	limit := c.Unverified
	switch {
	case done&doIdentity != 0:
		limit = c.Identity
	case done&doBank != 0:
		limit = c.Bank
	}
	if done&doAddress == 0 {
		limit = min(limit, c.AddressLevel1)
	}
	return limit
}

// clusterCap bounds the limit while data shared with others wait for a confirmed identity.
func (l *lens) clusterCap(v *view, done verifySet) int64 {
	if l.req.ClusterCap > 0 && (done|v.has)&doIdentity == 0 {
		return l.req.ClusterCap
	}
	return noBound
}

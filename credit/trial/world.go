// Package trial tries the way back: a synthetic population, random small worlds in which everything can be tried out,
// and the execution of plans by people who pay earlier than they have to.
package trial

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
)

// Today is the business day of every trial.
var Today = cal.Date(2026, 11, 22)

// World is one consumer under one policy with one goal.
type World struct {
	Policy *credit.Policy
	Facts  credit.Facts
	Goal   credit.Goal
}

// dice is a seeded source; everything drawn from it can be drawn again.
type dice struct{ *rand.Rand }

// Dice returns the source of trial n of a seed.
func Dice(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

func (d dice) between(from, to int) int { return from + d.IntN(to-from+1) }

func (d dice) day(from, to int) cal.Day { return Today + cal.Day(d.between(from, to)) }

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// SmallWorld draws a random monotone policy and a consumer with few small claims, so that every plan can be tried: limits
// of some euros, bins and windows that end inside the horizon, claims before, inside and behind the promise.
func SmallWorld(base *credit.Policy, rnd *rand.Rand) (*World, error) {
	d := dice{rnd}
	p, err := smallPolicy(base, d)
	if err != nil {
		return nil, err
	}
	w := &World{Policy: p, Facts: smallFacts(p, d)}
	items := pick(d, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4)
	for i := range items {
		w.Facts.Open = append(w.Facts.Open, smallItem(d, i, items))
	}
	if d.one(4) { // all of them overdue
		for i := range w.Facts.Open {
			w.Facts.Open[i].Due, w.Facts.Open[i].Dunning = d.day(-16, -1), 0
		}
	}
	if items > 1 && d.one(10) { // an invoice in instalments
		for i := range items {
			w.Facts.Open[i].Invoice = "plan"
			if i > 0 {
				w.Facts.Open[i].Flags |= credit.Rest
			}
		}
	}
	w.Facts.History.BalanceChanged(Today, w.Facts.Balance())
	w.Goal = credit.Goal{Method: credit.Method(d.between(0, 3)), Request: request(int64(d.between(100, 900))),
		PayBy: d.day(0, 4), Horizon: int32(d.between(8, 24)), Window: int32(d.between(1, 6))}
	if d.one(6) {
		w.Goal.Window = 10
	}
	return w, nil
}

// request asks for an amount at noon of Today in a shop that offers everything.
func request(amount int64) credit.Request {
	r := credit.Request{Day: Today, NowMicros: int64(Today)*86400e6 + 12*3600e6, Amount: amount, Currency: money.EUR}
	for m := range r.Offers {
		r.Offers[m] = credit.Offer{Enabled: true, Regime: credit.Exempt50}
	}
	return r
}

// RandomPolicy draws monotone points, bands, caps and rules near those of base.
func RandomPolicy(base *credit.Policy, rnd *rand.Rand) (*credit.Policy, error) {
	d := dice{rnd}
	return base.Derive(func(p *credit.Policy, c *credit.Card) {
		randomPoints(d, c)
		shift := int32(-d.between(0, 500))
		for i := range p.Bands {
			p.Bands[i].Score = max(int32(len(p.Bands)-i), p.Bands[i].Score+shift)
		}
		for i := range p.Methods {
			if p.Methods[i].Method.IsCredit() {
				p.Methods[i].MinScore = max(1, p.Methods[i].MinScore+shift)
			}
		}
		p.Rules.OverdueTolerance = pick[int64](d, 0, 1000, 3000)
		p.Caps.ProvenTimes = int64(d.between(1, 5))
		p.Promise.ReminderDPD = int32(d.between(5, 40))
	})
}

// randomPoints gives every characteristic random points, more for what is better.
func randomPoints(d dice, c *credit.Card) {
	for _, name := range slices.Sorted(maps.Keys(c.Bins)) { // in a fixed order, for the seed
		bins := c.Bins[name]
		points := make([]int32, len(bins))
		for i := range points {
			points[i] = int32(d.IntN(126))
		}
		slices.Sort(points)
		if bins[0].Points > bins[len(bins)-1].Points {
			slices.Reverse(points)
		}
		for i := range bins {
			bins[i].Points = points[i]
		}
	}
}

func smallPolicy(base *credit.Policy, d dice) (*credit.Policy, error) {
	p, err := RandomPolicy(base, d.Rand)
	if err != nil {
		return nil, err
	}
	return p.Derive(func(p *credit.Policy, c *credit.Card) {
		for i := range p.Bands {
			p.Bands[i].Limit = int64(len(p.Bands)-i) * pick[int64](d, 150, 300, 500)
			if i > 0 {
				p.Bands[i].Limit = min(p.Bands[i].Limit, p.Bands[i-1].Limit)
			}
		}
		for i := range p.Methods {
			p.Methods[i].MinAmount = 100
		}
		r := &p.Rules
		r.OverdueTolerance = pick[int64](d, 0, 150, 400)
		r.GraceDays = int32(d.between(0, 5))
		r.ReminderDPD = int32(d.between(8, 40))
		r.CollectionsDPD = int32(d.between(10, 60))
		p.Evidence.MinAmount = 100
		p.Caps.FirstPurchase = pick[int64](d, 200, 500, 15000)
		p.Caps.ProvenBase = p.Caps.FirstPurchase + pick[int64](d, 0, 300)
		p.Promise.MarginPoints, p.Promise.MaxEvals = pick[int32](d, 0, 0, 0, 20), 1<<30
		p.Promise.MarginDays = int32(d.between(0, 9))
		p.Promise.ValidDays = max(p.Promise.ValidDays, 30)
		l := &p.Promise.LeadDays
		l.Email, l.Bank, l.Identity, l.DirectDebit, l.Address = int32(d.between(0, 1)), int32(d.between(0, 2)), int32(d.between(0, 3)), 1, 3
		if d.one(3) { // arrears that may stay open for long
			r.ReminderDPD, r.CollectionsDPD, p.Promise.ReminderDPD = 50, 60, 50
		}
		if d.one(20) {
			p.Extra = extraRules(d)
		}
		c.Reference, c.LateDays, c.TimeDays = pick[int64](d, 1000, 1000, 1_000_000), int32(pick(d, 20, 60, 365)), int32(pick(d, 60, 730))
	})
}

// extraRules are one or two rules as staff may write them.
func extraRules(d dice) []credit.ExtraRule {
	all := []credit.Method{credit.Invoice14, credit.Invoice30, credit.PayLater, credit.PayIn3}
	rules := []credit.ExtraRule{
		{When: fmt.Sprintf("open_invoices > %d && exposure > %d", d.IntN(3), d.IntN(600)), Direction: map[string]string{"open_invoices": "more", "exposure": "more"}},
		{When: fmt.Sprintf("worst_delay > 10 && account_days < %d", d.between(10, 400)), Direction: map[string]string{"worst_delay": "more", "account_days": "less"}},
		{When: fmt.Sprintf("average_balance > %d && !identity_confirmed", d.IntN(900)), Direction: map[string]string{"average_balance": "more", "identity_confirmed": "less"}},
		{When: fmt.Sprintf("enquiries_long > %d && on_time_count < 2", d.IntN(4)), Direction: map[string]string{"enquiries_long": "more", "on_time_count": "less"}},
	}
	d.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
	rules = rules[:d.between(1, 2)]
	for i := range rules {
		x := &rules[i]
		if err := x.Code.UnmarshalText([]byte(fmt.Sprintf("X%02d", i+1))); err != nil {
			panic(err) // a code of the vocabulary
		}
		x.Name, x.Owner = "trial", "risk"
		x.Methods, x.German, x.English, x.Until = all, "Diese Regel ist ein Versuch.", "This rule is a trial.", d.day(1, 40)
	}
	return rules
}

func smallFacts(p *credit.Policy, d dice) credit.Facts {
	f := credit.NewFacts("de", money.EUR)
	f.Born, f.Sanctions, f.Opened = cal.Date(1990, 5, 5), credit.Clear, d.day(-800, 0)
	f.Email, f.Bank, f.Identity, f.DirectDebit = d.day(-300, 0), d.day(-300, 0), d.day(-300, 0), d.day(-300, 0)
	f.Address = credit.Address{Level: 2, Day: d.day(-300, 0)}
	for range d.IntN(3) {
		switch d.IntN(5) {
		case 0:
			f.Email = cal.NoDay
		case 1:
			f.Bank = cal.NoDay
		case 2:
			f.Identity = cal.NoDay
		case 3:
			f.DirectDebit = cal.NoDay
		case 4:
			f.Address = pick(d, credit.Address{Day: cal.NoDay}, credit.Address{Level: 1, Day: Today - 3})
		}
	}
	switch d.IntN(24) {
	case 0:
		f.ContactChanged = d.day(-8, 0)
	case 1:
		f.WriteOff = credit.WriteOff{Day: d.day(-740, -10), Settled: cal.NoDay, Open: 321, No: "L1"}
	case 2:
		f.PauseUntil = d.day(-2, 20)
	case 3:
		f.Holds = []credit.Hold{{Ref: "tok", Kind: credit.Reservation, Amount: 250, UntilMicros: (int64(Today) + int64(d.IntN(6))) * 86400e6}}
	case 4:
		f.Insolvency = credit.Insolvency{Running: true, Ended: d.day(-190, -160)}
	}
	smallHistory(p, d, &f.History)
	if d.one(6) {
		until := d.day(0, 30)
		f.Guarantee = credit.Guarantee{Amount: pick[int64](d, 300, 900, 2000), Since: d.day(-60, 0), Until: until, NextUntil: cal.NoDay}
		if d.one(2) {
			f.Guarantee.Next, f.Guarantee.NextUntil = 200, until+10
		}
	}
	return f
}

func smallHistory(p *credit.Policy, d dice, h *credit.History) {
	for i := range d.IntN(9) {
		due := d.day(-380, 0)
		settled := min(Today, due+cal.Day(pick(d, -5, 0, 0, 0, 3, 4, 10, 20, 40, 70)))
		returns := cal.NoDay
		if d.one(3) {
			returns = settled + cal.Day(d.between(-5, 20))
		}
		h.InvoiceSettled(p, credit.Settlement{No: fmt.Sprint("S", i), Merchant: fmt.Sprint(d.IntN(6)), Due: due, Settled: settled,
			Paid: pick[int64](d, 50, 99, 100, 300, 600), Returns: returns, Today: Today})
	}
	for i := range d.IntN(10) {
		h.Enquire(d.day(-100, 0), fmt.Sprint(i))
	}
	for range d.IntN(3) {
		h.BalanceChanged(d.day(-100, 0), int64(d.IntN(3000)))
	}
	for range d.IntN(3) {
		h.Purchase(d.day(-9, 0))
	}
}

// smallItem is a claim of a few euros near its due day; with more of them each is smaller, so that trying stays possible.
func smallItem(d dice, i, of int) credit.Item {
	amount := int64(d.between(40, pick(d, 900, 480, 340, 250, 190)))
	if of > 2 {
		amount = min(amount, int64(d.between(40, 800/of)))
	}
	it := credit.Item{Invoice: fmt.Sprint("inv", i), No: fmt.Sprint("R", i), Merchant: fmt.Sprint("M", d.IntN(3)), Open: amount, Original: amount,
		Due: d.day(-16, 18), Returns: cal.NoDay}
	if d.one(4) {
		it.Original += 150 // a part is paid already
	}
	if it.Due < Today-8 {
		it.Dunning = uint8(d.IntN(3))
	}
	switch d.IntN(16) {
	case 0:
		it.Disputed, it.Stops = amount, []credit.Span{{From: d.day(-16, 0), To: cal.NoDay}}
	case 1:
		from := d.day(-16, 0)
		it.Stops = []credit.Span{{From: from, To: from + cal.Day(d.IntN(20))}}
	case 2, 3:
		it.Returns = d.day(-5, 15)
	case 4:
		it.Flags |= credit.Collections
	case 5:
		it.Disputed = amount / 2
	case 6:
		it.Flags |= pick(d, credit.Insolvent, credit.Barred, credit.Sold)
	}
	return it
}

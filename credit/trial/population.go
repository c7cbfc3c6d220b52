package trial

import (
	"cmp"
	"fmt"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
)

// OpenMax is the most open invoices that a consumer of the population has.
const OpenMax = 12

// behaviour is how somebody shops and pays.
type behaviour struct {
	share     int // of a hundred
	purchases [2]int
	days      int   // how far back they go
	delays    []int // past the due day, negative: early
	amounts   [2]int
	asks      int  // enquiries without a purchase in the last 100 days, at most
	trouble   bool // estates, insolvency, collections, holds
}

// behaviours are five kinds of consumer. The shares are an illustration: nothing here is about real people.
var behaviours = []behaviour{
	{38, [2]int{6, 40}, 1100, []int{-6, -3, -1, 0, 0, 0, 1}, [2]int{15, 220}, 2, false},       // pays on time
	{24, [2]int{4, 25}, 900, []int{-2, 0, 0, 1, 3, 5, 9, 16}, [2]int{15, 180}, 4, false},      // sometimes late
	{16, [2]int{0, 2}, 60, []int{-3, 0, 0, 2}, [2]int{20, 120}, 3, false},                     // new
	{15, [2]int{5, 22}, 600, []int{0, 4, 10, 20, 35, 60, 90, 140}, [2]int{20, 160}, 8, false}, // in arrears
	{7, [2]int{2, 14}, 700, []int{0, 5, 30, 60, 100, 200}, [2]int{20, 250}, 6, true},          // in trouble
}

// Consumer makes consumer n of a population: the same seed gives the same people, in any order.
func Consumer(p *credit.Policy, seed, n uint64) credit.Facts {
	d := dice{Dice(seed, n)}
	at, b := d.IntN(100), behaviours[0]
	for _, b = range behaviours {
		if at -= b.share; at < 0 {
			break
		}
	}
	f := credit.NewFacts("de", money.EUR)
	f.Born, f.Sanctions = Today-cal.Day(d.between(18*366, 80*365)), credit.Clear
	f.Opened = Today - cal.Day(d.between(0, b.days))
	f.Email = f.Opened
	f.Address = credit.Address{Level: 2, Day: f.Opened}
	if d.one(6) {
		f.Address.Level = 1
	}
	for _, v := range []*cal.Day{&f.Bank, &f.Identity, &f.DirectDebit} {
		if d.one(3) {
			*v = d.day(int(f.Opened-Today), 0)
		}
	}
	if d.one(40) {
		f.ContactChanged = d.day(-8, 0)
	}
	b.shop(p, d, &f)
	if b.trouble {
		troubles(d, &f)
	}
	return f
}

// deal is one purchase on invoice.
type deal struct {
	no, merchant        string
	bought, due, closed cal.Day
	amount              int64
}

// shop lives the consumer's past: purchases in the order of days, those not settled today are open.
func (b *behaviour) shop(p *credit.Policy, d dice, f *credit.Facts) {
	deals := b.deals(d, f)
	h := &f.History
	balances := map[cal.Day]int64{}
	for _, x := range deals {
		h.Enquire(x.bought, x.merchant)
		h.Purchase(x.bought)
		balances[x.bought+3] += x.amount
		if x.closed <= Today {
			balances[x.closed] -= x.amount
		}
	}
	for range d.IntN(b.asks + 1) {
		h.Enquire(d.day(-100, 0), fmt.Sprint("M", d.IntN(40)))
	}
	slices.SortStableFunc(deals, func(x, y deal) int { return cmp.Compare(x.closed, y.closed) })
	for _, x := range deals {
		if x.closed <= Today {
			h.InvoiceSettled(p, credit.Settlement{No: x.no, Merchant: x.merchant, Paid: x.amount, Due: x.due, Settled: x.closed,
				Returns: x.bought + 17, Today: x.closed})
		} else if len(f.Open) < OpenMax {
			f.Open = append(f.Open, x.item(d))
		} else {
			balances[x.bought+3] -= x.amount
		}
	}
	slices.SortFunc(f.Open, func(x, y credit.Item) int { return cmp.Or(cmp.Compare(x.Due, y.Due), cmp.Compare(x.No, y.No)) })
	keepBalances(h, balances)
	h.BalanceChanged(Today, f.Balance())
}

// keepBalances notes the closing balances in the order of days.
func keepBalances(h *credit.History, changes map[cal.Day]int64) {
	days := make([]cal.Day, 0, len(changes))
	for day := range changes {
		days = append(days, day)
	}
	slices.Sort(days)
	var sum int64
	for _, day := range days {
		if sum += changes[day]; day < Today {
			h.BalanceChanged(day, sum)
		}
	}
}

func (b *behaviour) deals(d dice, f *credit.Facts) []deal {
	var deals []deal
	for i := range d.between(b.purchases[0], b.purchases[1]) {
		x := deal{no: fmt.Sprintf("R-%04d", 1000+i), merchant: fmt.Sprint("M", d.IntN(40)), bought: d.day(int(f.Opened-Today), 0)}
		x.amount = int64(d.between(b.amounts[0]*100, b.amounts[1]*100))
		x.due = cal.Target2.MoveDue(x.bought + 3 + cal.Day(pick(d, 14, 30)))
		x.closed = max(x.bought+3, x.due+cal.Day(b.delays[d.IntN(len(b.delays))]))
		deals = append(deals, x)
	}
	slices.SortStableFunc(deals, func(x, y deal) int { return cmp.Compare(x.bought, y.bought) })
	return deals
}

// item is the deal while it is open.
func (x *deal) item(d dice) credit.Item {
	it := credit.Item{Invoice: "inv_" + x.no, No: x.no, Merchant: x.merchant, Open: x.amount, Original: x.amount, Due: x.due, Returns: x.bought + 17}
	switch dpd := it.PastDue(Today); {
	case dpd >= 14:
		it.Dunning = 2
	case dpd >= 5:
		it.Dunning = 1
	}
	if it.Dunning > 0 && d.one(12) {
		it.Disputed, it.Stops = it.Open, []credit.Span{{From: x.due + 2, To: cal.NoDay}}
		it.Dunning = 0
	}
	return it
}

// troubles are what only time or a person can end.
func troubles(d dice, f *credit.Facts) {
	switch d.IntN(12) {
	case 0:
		f.Deceased = true
	case 1:
		f.Security = pick(d, credit.HoldCredit, credit.HoldAll)
	case 2:
		f.Insolvency = credit.Insolvency{Running: true, Ended: pick(d, cal.NoDay, d.day(-170, 400), d.day(600, 1500))}
	case 3, 4:
		day := d.day(-700, -30)
		f.WriteOff = credit.WriteOff{Day: day, Settled: cal.NoDay, Open: int64(d.between(2000, 30000)), No: "R-0001"}
		if d.one(3) {
			f.WriteOff.Settled, f.WriteOff.Open = d.day(int(day-Today), 0), 0
		}
	case 5:
		f.PauseUntil = d.day(1, 90)
	case 6, 7:
		for i := range f.Open {
			if it := &f.Open[i]; it.PastDue(Today) > 40 {
				it.Flags |= credit.Collections
			}
		}
	}
}

// Crowded makes a consumer with many open invoices for the stress rows: a third overdue, the others due within sixty
// days, in many shops.
func Crowded(p *credit.Policy, seed, n uint64, open int) credit.Facts {
	d := dice{Dice(seed, n)}
	f := Consumer(p, seed, n)
	f.Deceased, f.Security, f.Insolvency, f.WriteOff, f.Open = false, credit.NoHold, credit.Insolvency{Ended: cal.NoDay}, credit.WriteOff{Day: cal.NoDay, Settled: cal.NoDay}, nil
	f.Bank, f.Identity, f.DirectDebit = f.Opened, f.Opened, f.Opened
	f.Address = credit.Address{Level: 2, Day: f.Opened}
	for i := range open {
		x := deal{no: fmt.Sprintf("C-%04d", i), merchant: fmt.Sprint("M", d.IntN(40)), amount: int64(d.between(1500, 9000))}
		x.due = d.day(1, 60)
		if d.one(3) {
			x.due = d.day(-60, 0)
		}
		x.bought = x.due - 33
		it := x.item(d)
		it.Disputed, it.Stops = 0, nil
		f.Open = append(f.Open, it)
	}
	slices.SortFunc(f.Open, func(x, y credit.Item) int { return cmp.Or(cmp.Compare(x.Due, y.Due), cmp.Compare(x.No, y.No)) })
	f.History.BalanceChanged(Today, f.Balance())
	return f
}

// Goals are what the population wants to be able to do again.
var Goals = []struct {
	Method credit.Method
	Amount int64
}{
	{credit.Invoice14, 5000}, {credit.Invoice30, 10000}, {credit.Invoice30, 25000}, {credit.PayIn3, 30000}, {credit.Instalments, 60000},
}

// GoalOf is goal i of Goals, asked today, with payments on the next bank day that a plan allows.
func GoalOf(p *credit.Policy, i int) credit.Goal {
	return credit.Goal{Method: Goals[i].Method, Request: request(Goals[i].Amount), PayBy: cal.Target2.MoveDue(Today + cal.Day(p.Promise.PayByDays))}
}

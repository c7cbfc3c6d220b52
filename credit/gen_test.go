package credit

import (
	"flag"
	"fmt"

	"pgregory.net/rapid"

	"zahlziel/cal"
	"zahlziel/money"
)

// The generators draw small worlds in which everything that the rules look at happens often.

// init asks for a thousand cases per property; -rapid.checks on the command line still wins.
func init() {
	if err := flag.Set("rapid.checks", "1000"); err != nil {
		panic(err)
	}
}

var genToday = cal.Date(2026, 11, 22)

func drawDay(t *rapid.T, from, to int, name string) cal.Day {
	return genToday + cal.Day(rapid.IntRange(from, to).Draw(t, name))
}

func drawMaybe(t *rapid.T, from, to int, name string) cal.Day {
	if rapid.IntRange(0, 3).Draw(t, name+"?") == 3 {
		return cal.NoDay
	}
	return drawDay(t, from, to, name)
}

// drawEvents is the past of a consumer as the application saw it.
func drawHistory(t *rapid.T, p *Policy, h *History) {
	for i := range rapid.IntRange(0, 14).Draw(t, "settlements") {
		h.InvoiceSettled(p, drawSettlement(t, i, genToday))
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "enquiries") {
		h.Enquire(drawDay(t, -100, 0, "enquired"), fmt.Sprint(i))
	}
	for range rapid.IntRange(0, 3).Draw(t, "balances") {
		h.BalanceChanged(drawDay(t, -100, 0, "balance day"), int64(rapid.IntRange(0, 60000).Draw(t, "balance")))
	}
	for range rapid.IntRange(0, 2).Draw(t, "purchases") {
		h.Purchase(drawDay(t, -9, 0, "purchase"))
	}
}

func drawSettlement(t *rapid.T, i int, today cal.Day) Settlement {
	due := drawDay(t, -500, 0, "past due day")
	delay := rapid.SampledFrom([]int{-5, 0, 0, 0, 3, 4, 10, 20, 40, 70}).Draw(t, "delay")
	settled := min(due+cal.Day(delay), today)
	returns := cal.NoDay
	if rapid.Bool().Draw(t, "returnable") {
		returns = settled + cal.Day(rapid.IntRange(-5, 20).Draw(t, "returns"))
	}
	return Settlement{No: fmt.Sprint("S", i), Merchant: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "merchant")), Due: due, Settled: settled,
		Paid: int64(rapid.SampledFrom([]int{500, 1999, 2000, 6000, 20000}).Draw(t, "paid")), Returns: returns, Today: today}
}

func drawItem(t *rapid.T, i int) Item {
	amount := int64(rapid.SampledFrom([]int{150, 501, 2450, 3000, 5990, 12000, 20050}).Draw(t, "open"))
	it := Item{Invoice: fmt.Sprint("inv", i), No: fmt.Sprint("R", i), Merchant: fmt.Sprint("M", rapid.IntRange(0, 2).Draw(t, "shop")),
		Open: amount, Original: amount, Due: drawDay(t, -50, 40, "due"), Returns: cal.NoDay}
	if it.Due < genToday-10 {
		it.Dunning = uint8(rapid.IntRange(0, 2).Draw(t, "dunning"))
	}
	switch rapid.IntRange(0, 14).Draw(t, "special") {
	case 14:
		it.Disputed = amount
		it.Stops = []Span{{drawDay(t, -20, 0, "dispute"), cal.NoDay}}
	case 13:
		from := drawDay(t, -20, 0, "pause")
		it.Stops = []Span{{from, from + cal.Day(rapid.IntRange(0, 25).Draw(t, "paused"))}}
	case 12:
		it.Returns = drawDay(t, -5, 20, "returns")
	case 11:
		it.Flags |= Collections
	case 10:
		it.Disputed = amount / 2
	case 9:
		it.Flags |= rapid.SampledFrom([]ItemFlags{Insolvent, Barred, Sold}).Draw(t, "flag")
	}
	return it
}

func drawFacts(t *rapid.T, p *Policy, items int) Facts {
	f := NewFacts("de", money.EUR)
	f.Born, f.Sanctions = cal.Date(1990, 5, 5), Clear
	f.Opened = drawDay(t, -800, 0, "opened")
	f.Email = drawMaybe(t, -300, 0, "email")
	f.Bank = drawMaybe(t, -300, 0, "bank")
	f.Identity = drawMaybe(t, -300, 0, "identity")
	f.DirectDebit = drawMaybe(t, -300, 0, "debit")
	if level := rapid.IntRange(0, 3).Draw(t, "address level"); level > 0 {
		f.Address = Address{Level: uint8(min(level, 2)), Day: drawDay(t, -300, 0, "address")}
	}
	if rapid.IntRange(0, 5).Draw(t, "changed?") == 0 {
		f.ContactChanged = drawDay(t, -8, 0, "changed")
	}
	switch rapid.IntRange(0, 30).Draw(t, "trouble") {
	case 30:
		f.Deceased = true
	case 29:
		f.Insolvency = Insolvency{Running: true, Ended: drawMaybe(t, -200, 100, "insolvency")}
	case 28:
		f.WriteOff = WriteOff{Day: drawDay(t, -800, -10, "loss"), Settled: cal.NoDay, Open: 4321, No: "L1"}
	case 27:
		f.PauseUntil = drawDay(t, -2, 60, "pause until")
	case 26:
		f.Bureau = Bureau{State: Unavailable, Source: "Auskunft", AsOf: genToday, Until: cal.NoDay}
	case 25:
		f.Bureau = Bureau{State: Clear, Source: "Auskunft", AsOf: genToday - 5, Until: genToday + 25, Score: rapid.Int32Range(0, 1000).Draw(t, "their score")}
	case 24:
		f.Proof = Proof{State: Clear, Source: "Nachweis", AsOf: genToday - 5, Until: genToday + 200, Free: rapid.Int64Range(0, 200_000).Draw(t, "proved")}
	}
	drawHistory(t, p, &f.History)
	for i := range items {
		f.Open = append(f.Open, drawItem(t, i))
	}
	if rapid.IntRange(0, 3).Draw(t, "hold?") == 0 {
		f.Holds = []Hold{{Ref: "tok", Kind: Reservation, Amount: 2500, UntilMicros: (int64(genToday) + int64(rapid.IntRange(0, 5).Draw(t, "hold"))) * 86400e6}}
	}
	f.History.BalanceChanged(genToday, f.Balance())
	if rapid.IntRange(0, 3).Draw(t, "guarantee?") == 0 {
		until := drawDay(t, -5, 60, "guaranteed until")
		f.Guarantee = Guarantee{Amount: int64(rapid.SampledFrom([]int{5000, 25000, 100000}).Draw(t, "guaranteed")), Since: until - 60, Until: until,
			Next: 2000, NextUntil: drawMaybe(t, 61, 120, "next until")}
	}
	return f
}

// drawPolicy draws a policy that the loader would accept: monotone points, bands and caps, other numbers near the real ones.
func drawPolicy(t *rapid.T, base *Policy) *Policy {
	p := *base
	card := *base.Card
	card.Bins = map[string][]Bin{}
	for f := range Feature(FeatureCount) {
		bins := append([]Bin(nil), base.Card.bins[f]...)
		points := rapid.SliceOfN(rapid.Int32Range(0, 125), len(bins), len(bins)).Draw(t, "points "+f.String())
		sortPoints(points, f.more())
		for i := range bins {
			bins[i].Points = points[i]
		}
		card.Bins[f.String()] = bins
	}
	p.Card = &card
	p.Bands = append([]Band(nil), base.Bands...)
	shift := rapid.Int32Range(-500, 0).Draw(t, "band shift")
	for i := range p.Bands {
		p.Bands[i].Score = max(int32(len(p.Bands)-i), p.Bands[i].Score+shift)
	}
	p.Rules.OverdueTolerance = rapid.SampledFrom([]int64{0, 1000, 3000}).Draw(t, "tolerance")
	p.Caps.ProvenTimes = rapid.Int64Range(1, 5).Draw(t, "times")
	p.Methods = append([]MethodRule(nil), base.Methods...)
	for i := range InstantBank {
		p.Methods[i].MinScore = max(1, p.Methods[i].MinScore+shift)
	}
	if err := card.compile(); err != nil {
		t.Fatal(err)
	}
	if err := p.compile(); err != nil {
		t.Fatal(err)
	}
	return &p
}

func sortPoints(points []int32, rising bool) {
	for i := range points {
		for j := i + 1; j < len(points); j++ {
			if (points[j] < points[i]) == rising && points[i] != points[j] {
				points[i], points[j] = points[j], points[i]
			}
		}
	}
}

func drawRequest(t *rapid.T) Request {
	r := request(genToday, int64(rapid.SampledFrom([]int{2000, 5000, 10000, 25000, 60000}).Draw(t, "amount")))
	if rapid.IntRange(0, 9).Draw(t, "cluster") == 9 {
		r.ClusterCap, r.IdentityFirst = 7000, rapid.Bool().Draw(t, "identity first")
	}
	return r
}

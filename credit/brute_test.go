package credit

import (
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// drawSmallWorld draws a consumer with few small claims and a policy of small limits, so that every possible payment can
// be tried. The promise is searched without reserve: the reserve is a choice, not part of the proof.
func drawSmallWorld(t *rapid.T, base *Policy) (*Policy, Facts, Goal) {
	p := drawPolicy(t, base)
	p.Promise.MarginPoints, p.Promise.MaxEvals = 0, 1<<30
	for i := range p.Bands {
		p.Bands[i].Limit = int64(len(p.Bands)-i) * rapid.SampledFrom([]int64{150, 300, 500}).Draw(t, "band")
	}
	for i := 1; i < len(p.Bands); i++ {
		p.Bands[i].Limit = min(p.Bands[i].Limit, p.Bands[i-1].Limit)
	}
	p.Rules.OverdueTolerance = rapid.SampledFrom([]int64{0, 150, 400}).Draw(t, "tolerance")
	p.Evidence.MinAmount = 200
	for i := range InstantBank {
		p.methods[i].MinAmount = 100
	}
	card := *p.Card
	card.Reference = 1000
	p.Card = &card
	f := drawFacts(t, p, 0)
	for i := range rapid.IntRange(0, 3).Draw(t, "items") {
		it := drawItem(t, i)
		it.Open = int64(rapid.IntRange(50, 480).Draw(t, "small"))
		it.Original = it.Open
		if it.Disputed > 0 {
			it.Disputed = it.Open / int64(rapid.IntRange(1, 2).Draw(t, "disputed part"))
		}
		it.Due = drawDay(t, -20, 20, "near due")
		f.Open = append(f.Open, it)
	}
	f.History.BalanceChanged(genToday, f.Balance())
	g := Goal{Method: Method(rapid.IntRange(0, 3).Draw(t, "method")), Request: request(genToday, int64(rapid.IntRange(100, 900).Draw(t, "wish"))),
		PayBy: genToday + cal.Day(rapid.IntRange(0, 4).Draw(t, "pay by")), Horizon: 45, Window: int32(rapid.IntRange(1, 6).Draw(t, "window"))}
	return p, f, g
}

// everyPayment calls try with every way to pay: nothing, whole euros or all of each option.
func everyPayment(s *sim, pays []int64, i int, try func([]int64)) {
	if i == len(pays) {
		try(pays)
		return
	}
	o := s.opts[i]
	for x := int64(0); x < o.amount; x += 100 {
		pays[i] = x
		if x == 0 || o.item >= 0 {
			everyPayment(s, pays, i+1, try)
		}
	}
	pays[i] = o.amount
	everyPayment(s, pays, i+1, try)
}

// bruteForce finds the first possible day, the least money for it, and the least money and payments of any day.
func bruteForce(s *sim) (first cal.Day, money, least int64, payments int) {
	first, least, payments = cal.NoDay, noBound, 99
	for t := s.today; t <= s.horizon(); t++ {
		best := noBound
		try := func(pays []int64) {
			c := &found{candidate: candidate{pays: pays}}
			sum, n := c.money(), c.steps()
			if (sum < best || n < payments) && s.holds(candidate{pays, s.readyBy(t)}, t, t+cal.Day(s.goal.Window)) {
				best, payments = min(best, sum), min(payments, n)
			}
		}
		if pays := make([]int64, len(s.opts)); t < s.payBy {
			try(pays)
		} else {
			everyPayment(s, pays, 0, try)
		}
		if best < noBound && !first.IsSet() {
			first, money = t, best
		}
		least = min(least, best)
	}
	return first, money, least, payments
}

// TestAgainstBruteForce: the earliest day is exact and its money minimal, and the cheapest plan is the cheapest of all.
func TestAgainstBruteForce(t *testing.T) {
	base := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		p, f, g := drawSmallWorld(t, base)
		w := WayBack(p, &f, g)
		if w.Lost > 0 {
			t.Fatalf("%d plans were not confirmed", w.Lost)
		}
		first, money, least, payments := bruteForce(newSim(p, &f, &g))
		if !first.IsSet() {
			if w.None == nil {
				t.Fatalf("a plan where none exists: %+v", w.Plans)
			}
			if len(w.None.Cause) == 0 {
				t.Fatal("no plan and no cause")
			}
			return
		}
		if w.None != nil {
			t.Fatalf("no plan, but %d from %s: %v", money, first, w.None)
		}
		if e := w.Plans[0]; e.From != first || e.PayNow != money {
			t.Fatalf("earliest: %d from %s, brute force: %d from %s\n%+v", e.PayNow, e.From, money, first, e.Steps)
		}
		for _, plan := range w.Plans {
			steps := len(numbers(plan, PayFull, PayPart, VerifyEmail, VerifyAddress, VerifyIdentity, VerifyBank, SetDirectDebit))
			if plan.Proven&Fewest != 0 && steps != payments {
				t.Fatalf("fewest: %d steps, brute force: %d payments", steps, payments)
			}
			if plan.Kind&Cheapest != 0 && (plan.PayNow < least || plan.Proven&Cheapest != 0 && plan.PayNow != least) {
				t.Fatalf("cheapest: %d (proven %v), brute force: %d\n%+v\n%+v\n%+v", plan.PayNow, plan.Proven, least, w, f.Open, g)
			}
		}
	})
}

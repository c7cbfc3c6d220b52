package credit

import (
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// crowd is a consumer with more free options than are searched to the cent, and a goal.
type crowd struct {
	p *Policy
	f Facts
	g Goal
}

func drawCrowd(base *Policy) *rapid.Generator[crowd] {
	return rapid.Custom(func(t *rapid.T) crowd {
		p := drawPolicy(t, base)
		p.Promise.MaxEvals, p.Promise.ReminderDPD, p.Rules.ReminderDPD, p.Rules.CollectionsDPD = 1<<30, 60, 60, 60
		f := drawFacts(t, p, 0)
		for i := range fineMax + 1 {
			it := drawItem(t, i)
			it.Disputed, it.Stops, it.Flags, it.Dunning = 0, nil, 0, 0
			it.Due, it.Merchant = drawDay(t, -20, 30, "near due"), string(rune('a'+i))
			it.Open = int64(rapid.IntRange(900, 4000).Draw(t, "amount"))
			it.Original = it.Open
			f.Open = append(f.Open, it)
		}
		f.History.BalanceChanged(genToday, f.Balance())
		r := drawRequest(t)
		r.Amount = int64(rapid.IntRange(1000, 12000).Draw(t, "wish"))
		return crowd{p, f, Goal{Method: Invoice14, Request: r, PayBy: genToday + 2, Horizon: 60, Window: 5}}
	})
}

// TestManyClaims: with more options than are searched to the cent nothing is cheaper by a whole euro, and the search comes
// to its end. Every set of full payments is tried, with part payments along the path; the lens judges, which
// TestFastEqualsDecide compares with Decide.
func TestManyClaims(t *testing.T) {
	gen, searched := drawCrowd(policy(t)), 0
	for seed := 0; searched < 12 && seed < 400; seed++ {
		c := gen.Example(seed)
		c.g.setDefaults(c.p)
		l := newLens(c.p, &c.f, &c.g)
		first, ok := l.earliestDay(l.horizon())
		if !ok {
			continue
		}
		day := first + cal.Day(seed%9)
		u := l.cheapestOn(day, l.readyBy(day), noBound, noCount, 1<<40)
		if len(u.order) <= fineMax || u.best == nil || day < l.payBy {
			continue
		}
		searched++
		got := (&found{candidate: candidate{pays: u.best}}).money()
		if want := everySet(u, day); u.cut || got < want || got >= want+unit {
			t.Errorf("seed %d, day %s: %d, by trying every set %d (cut %v)", seed, day, got, want, u.cut)
		}
	}
	if searched == 0 {
		t.Fatal("no crowd had to search")
	}
	t.Logf("%d crowds", searched)
}

// everySet is the least money over all sets of options paid in full.
func everySet(u *purse, day cal.Day) int64 {
	u = u.l.open(day, u.l.readyBy(day), noBound, noCount)
	u.arrange()
	must := u.spent
	for set := range 1 << len(u.order) {
		u.spent = must
		for i, o := range u.order {
			if u.kind[o] = payParts; set>>i&1 == 1 {
				u.kind[o] = payFull
				u.spent += u.l.claims[o].amount
			}
		}
		if u.grain = 1; u.spent < u.bound {
			u.parts()
		}
	}
	return u.bound
}

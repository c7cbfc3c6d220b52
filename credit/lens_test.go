package credit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// TestFastEqualsDecide: the planner's quick judgement of a candidate is the one of Decide on the simulated facts, on
// every day of every window, for any policy the loader accepts.
func TestFastEqualsDecide(t *testing.T) {
	base, extra := policy(t), manyExtraRules(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, base)
		if rapid.IntRange(0, 3).Draw(t, "extra rules") == 3 {
			p.Extra = nil
			for _, x := range extra {
				if rapid.Bool().Draw(t, x.Code.String()) {
					p.Extra = append(p.Extra, x)
				}
			}
		}
		f := drawFacts(t, p, rapid.IntRange(0, 6).Draw(t, "items"))
		drawInstalments(t, &f)
		g := Goal{Method: Method(rapid.IntRange(0, 4).Draw(t, "method")), Request: drawRequest(t),
			PayBy: genToday + cal.Day(rapid.IntRange(0, 6).Draw(t, "pay by")), Horizon: 120, Window: int32(rapid.IntRange(0, 14).Draw(t, "window"))}
		g.Request.Margin = rapid.SampledFrom([]int32{0, 20}).Draw(t, "margin")
		if rapid.IntRange(0, 5).Draw(t, "regulated") == 5 {
			g.Request.Offers[g.Method].Regime = Regulated
			f.Assessment = Assessment{Day: genToday - 10, FreeMonthly: 9000, Obligations: 1000}
		}
		s, l := newSim(p, &f, &g), newLens(p, &f, &g)
		for range 4 {
			c := drawCandidate(t, s)
			for range 3 {
				first := genToday + cal.Day(rapid.IntRange(0, int(g.Horizon)).Draw(t, "first"))
				try := candidate{c.pays, c.verify & s.readyBy(first)}
				if first < s.payBy {
					try.pays = make([]int64, len(c.pays))
				}
				compare(t, s, l, try, first)
			}
		}
	})
}

// manyExtraRules are extra rules over every variable that there is.
func manyExtraRules(t *testing.T) []ExtraRule {
	const all = `"invoice_14", "invoice_30", "pay_later", "pay_in_3", "instalments"`
	p, err := withExtra(t, strings.Join([]string{
		rule("X01", "amount > 20000 && account_days < 500", `"amount": "more", "account_days": "less"`, all),
		rule("X02", "enquiries_long >= 4 && enquiries_short >= 1 && !identity_confirmed", `"enquiries_long": "more", "enquiries_short": "more", "identity_confirmed": "less"`, all),
		rule("X03", "worst_delay > 14 && late_count >= 2", `"worst_delay": "more", "late_count": "more"`, all),
		rule("X04", "average_balance > 4000 || open_invoices > 3", `"average_balance": "more", "open_invoices": "more"`, all),
		rule("X05", "exposure + amount > 60000", `"exposure": "more", "amount": "more"`, all),
		rule("X06", "overdue > 500 && !bank_confirmed", `"overdue": "more", "bank_confirmed": "less"`, all),
		rule("X07", "score < 600 && address_level < 2 && !direct_debit", `"score": "less", "address_level": "less", "direct_debit": "less"`, all),
		rule("X08", "on_time_count < 2 && (disputed_overdue > 0 || purchases_7_days > 1 || purchases_today > 0)",
			`"on_time_count": "less", "disputed_overdue": "more", "purchases_7_days": "more", "purchases_today": "more"`, all),
	}, ","))
	if err != nil {
		t.Fatal(err)
	}
	p.Extra[3].Until = genToday + 40
	return p.Extra
}

func compare(t *rapid.T, s *sim, l *lens, c candidate, first cal.Day) {
	w := l.at(first)
	score := func(i int) int32 { m := w.measure(i); return m.score(w, i) }
	w.fill(c.pays)
	w.setCaps(c.verify)
	s.reset(c)
	for i := range w.days {
		d := first + cal.Day(i)
		slow := s.ok(d)
		fast := w.yes(i, c.verify)
		if w.block > w.last && slow != fast {
			t.Fatalf("on %s (window from %s): Decide says %v, the lens %v; %v\nfeatures %v points %v score %d, lens %d\n%+v\n%+v\n%+v", d, first, slow, fast,
				Codes(s.d.Blockers(s.goal.Method)), s.d.Features, s.d.Points, s.d.Score, score(i), w.days[i], w.cells[i], c)
		}
		if !w.days[i].blocked && score(i) != s.d.Score {
			t.Fatalf("on %s: score %d, by the lens %d: %v\n%+v\n%+v", d, s.d.Score, score(i), s.d.Features, w.days[i], w.cells[i])
		}
	}
	if got, want := w.passes(c.verify), s.holds(c, first, w.last); got != want {
		t.Fatalf("window from %s: Decide says %v, the lens %v", first, want, got)
	}
}

func drawCandidate(t *rapid.T, s *sim) candidate {
	c := candidate{make([]int64, len(s.opts)), s.todo & verifySet(rapid.Uint8().Draw(t, "verify"))}
	for i, o := range s.opts {
		switch rapid.IntRange(0, 2).Draw(t, "pay") {
		case 2:
			c.pays[i] = o.amount
		case 1:
			if o.item >= 0 {
				c.pays[i] = rapid.Int64Range(0, o.amount).Draw(t, "part")
			}
		}
	}
	return c
}

// drawInstalments makes some items further instalments of one invoice.
func drawInstalments(t *rapid.T, f *Facts) {
	if len(f.Open) < 2 || rapid.IntRange(0, 2).Draw(t, "instalments") < 2 {
		return
	}
	n := rapid.IntRange(2, len(f.Open)).Draw(t, "how many")
	for i := range n {
		f.Open[i].Invoice = "plan"
		if i > 0 {
			f.Open[i].Flags |= Rest
		}
	}
}

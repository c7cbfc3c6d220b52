package credit

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// pastEvent is one thing that happened, in the order of days.
type pastEvent struct {
	day        cal.Day
	kind       int // 0 settled, 1 enquiry, 2 purchase, 3 balance, 4 paid at once
	settlement Settlement
	merchant   string
	amount     int64
}

// naive answers from the whole list of events what History answers from its bounded lists.
type naive struct {
	p      *Policy
	events []pastEvent
}

func (n *naive) features(t cal.Day) (v [FeatureCount]int32, ever bool, largest int64) {
	card := n.p.Card
	asked := map[Enquiry]bool{}
	groups, now := map[string]bool{}, map[string]bool{}
	closing := map[cal.Day]int64{}
	for _, e := range n.events {
		switch e.kind {
		case 0:
			n.settled(e.settlement, t, &v, groups, &ever, &largest)
		case 1:
			asked[Enquiry{e.day, MerchantKey(e.merchant)}] = true
		case 3:
			closing[e.day] = e.amount
		case 4:
			if x := e.settlement.evidence(); e.settlement.Paid >= n.p.Evidence.PayNowMinAmount && x.counts(t, card.TimeDays) {
				now[fmt.Sprint(x.Merchant, "|", week(x.Due))] = true
			}
		}
	}
	for e := range asked {
		age := int32(t - e.Day)
		if age < card.Short {
			v[E1]++
		}
		if age < card.Long {
			v[E2]++
		}
	}
	v[P3] = int32(len(groups)) + min(n.p.Evidence.PayNowMax, int32(len(now)))
	v[B1] = n.average(closing, t)
	return v, ever, largest
}

func (n *naive) settled(s Settlement, t cal.Day, v *[FeatureCount]int32, groups map[string]bool, ever *bool, largest *int64) {
	dpd := pastDue(s.Due, s.Settled, s.Stops)
	if s.Paid == 0 {
		return
	}
	if dpd > n.p.Rules.GraceDays {
		if int32(t-s.Settled) < n.p.Card.LateDays {
			v[P1] = max(v[P1], dpd)
			v[P2]++
		}
		return
	}
	x := s.evidence()
	if s.Paid < n.p.Evidence.MinAmount || x.From > t {
		return
	}
	*ever, *largest = true, max(*largest, x.Amount)
	if x.counts(t, n.p.Card.TimeDays) {
		groups[fmt.Sprint(x.Merchant, "|", week(x.Due))] = true
	}
}

func (n *naive) average(closing map[cal.Day]int64, t cal.Day) int32 {
	var sum, now int64
	for d := genToday - 2000; d < t; d++ {
		if b, ok := closing[d]; ok {
			now = b
		}
		if d >= t-BalanceDays {
			sum += now
		}
	}
	per := BalanceDays * n.p.Card.Reference
	return int32((sum*10_000 + per - 1) / per)
}

func drawPast(t *rapid.T, p *Policy) []pastEvent {
	var events []pastEvent
	for i := range rapid.IntRange(0, 120).Draw(t, "events") {
		e := pastEvent{day: drawDay(t, -900, 0, "day"), kind: rapid.IntRange(0, 4).Draw(t, "kind"), merchant: fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "merchant")),
			amount: int64(rapid.IntRange(0, 50000).Draw(t, "amount"))}
		if rapid.Bool().Draw(t, "recent") {
			e.day = drawDay(t, -40, 0, "recent day")
		}
		delay := cal.Day(rapid.SampledFrom([]int{-20, 0, 3, 4, 9, 18, 40, 200}).Draw(t, "delay"))
		e.settlement = Settlement{No: fmt.Sprint(i), Merchant: e.merchant, Paid: e.amount, Due: e.day - delay, Settled: e.day, Returns: cal.NoDay, Today: e.day}
		if rapid.Bool().Draw(t, "returnable") {
			e.settlement.Returns = e.day + cal.Day(rapid.IntRange(-3, 28).Draw(t, "returns"))
		}
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b pastEvent) int { return int(a.day) - int(b.day) })
	return events
}

// TestHistoryAgainstFullPast: the bounded history gives the same points, caps and velocity as the full list of events, on
// the last day and on every later one.
func TestHistoryAgainstFullPast(t *testing.T) {
	base := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, base)
		n := naive{p: p, events: drawPast(t, p)}
		f := verified(genToday)
		h := &f.History
		var purchases []cal.Day
		for _, e := range n.events {
			switch e.kind {
			case 0:
				h.InvoiceSettled(p, e.settlement)
			case 1:
				h.Enquire(e.day, e.merchant)
			case 2:
				h.Purchase(e.day)
				purchases = append(purchases, e.day)
			case 3:
				h.BalanceChanged(e.day, e.amount)
			case 4:
				h.PaidAtOnce(p, e.settlement)
			}
		}
		if len(h.Enquiries) > EnquiryCap || len(h.Late) > LateCap+len(delayClasses) || len(h.OnTime) > OnTimeCap+PendingCap ||
			len(h.PaidNow) > PaidNowCap+PendingCap || len(h.Balances) > BalanceDays+2 || len(h.Purchases) > PurchaseCap {
			t.Fatal("a list is longer than its bound")
		}
		for _, ahead := range []cal.Day{0, 1, 5, 13, 29, 60, 100, 300, 400, 700} {
			day := genToday + ahead
			v, ever, largest := n.features(day)
			d := Decide(p, &f, request(day, 5000))
			for i := range v {
				if x := Feature(i); x != A1 && x != B2 && d.Points[i] != p.Card.points(x, v[i]) {
					t.Fatalf("%s on day +%d: %d points for %d, the full past has %d", x, ahead, d.Points[i], d.Features[i], v[i])
				}
			}
			if e, l := h.repaid(day); e != ever || l != largest {
				t.Fatalf("repaid on time: %v %d, the full past has %v %d", e, l, ever, largest)
			}
			full := f
			full.History.Purchases = purchases
			if a, b := Codes(d.Blockers(Invoice14)), Decide(p, &full, request(day, 5000)); !slices.Equal(a, Codes(b.Blockers(Invoice14))) {
				t.Fatalf("purchases: %v, the full past has %v", a, Codes(b.Blockers(Invoice14)))
			}
		}
	})
}

// TestCorrections: refunds and reversals take evidence back, and say when a rebuild is needed.
func TestCorrections(t *testing.T) {
	p := policy(t)
	var h History
	for i := range 3 {
		day := genToday - 100 + 10*cal.Day(i)
		h.InvoiceSettled(p, Settlement{No: fmt.Sprint(i), Merchant: "m", Paid: 3000, Due: day, Settled: day, Returns: cal.NoDay, Today: day})
	}
	h.InvoiceSettled(p, Settlement{No: "late", Merchant: "m", Paid: 3000, Due: genToday - 40, Settled: genToday - 20, Returns: cal.NoDay, Today: genToday - 20})
	h.InvoiceSettled(p, Settlement{No: "returned", Merchant: "m", Paid: 0, Due: genToday - 40, Settled: genToday - 20, Returns: cal.NoDay, Today: genToday - 20})
	h.Refunded(p, "0", 2000)
	h.Refunded(p, "1", 1999)
	h.Reversed("2")
	h.Reversed("late")
	if len(h.OnTime) != 1 || h.OnTime[0].No != "0" || h.OnTime[0].Amount != 2000 || len(h.Late) != 0 || h.Stale {
		t.Fatalf("history %+v", h)
	}
	for i := range 40 {
		day := genToday - 300 + 7*cal.Day(i)
		h.InvoiceSettled(p, Settlement{No: fmt.Sprint("n", i), Merchant: "m", Paid: 3000, Due: day, Settled: day, Returns: cal.NoDay, Today: day})
	}
	if h.Refunded(p, "n3", 0); !h.Stale {
		t.Fatal("evidence that was dropped before is refunded, and the history does not ask for a rebuild")
	}
}

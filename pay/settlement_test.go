package pay_test

import (
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
	"zahlziel/pay"
)

func TestClosingDays(t *testing.T) {
	cases := []struct {
		terms pay.SettlementTerms
		from  cal.Day
		until cal.Day
		want  []cal.Day
	}{
		{pay.SettlementTerms{Cycle: pay.CycleWeekly, Weekday: 3}, monday, monday + 13, []cal.Day{monday + 2, monday + 9}},
		{pay.SettlementTerms{Cycle: pay.CycleWeekly}, monday, monday + 8, []cal.Day{monday, monday + 7}},
		{pay.SettlementTerms{Cycle: pay.CycleWeekly, Weekday: 7}, monday, monday + 7, []cal.Day{monday, monday + 7}},                                                     // Sunday's on Monday
		{pay.SettlementTerms{Cycle: pay.CycleWeekly, Weekday: 5}, cal.Date(2026, 12, 21), cal.Date(2027, 1, 4), []cal.Day{cal.Date(2026, 12, 28), cal.Date(2027, 1, 4)}}, // Christmas and New Year are Fridays
		{pay.SettlementTerms{Cycle: pay.CycleMonthly}, cal.Date(2026, 12, 1), cal.Date(2027, 2, 28), []cal.Day{cal.Date(2026, 12, 1), cal.Date(2027, 1, 4), cal.Date(2027, 2, 1)}},
		{pay.SettlementTerms{Cycle: pay.CycleTwiceMonthly}, cal.Date(2026, 11, 1), cal.Date(2026, 11, 30), []cal.Day{cal.Date(2026, 11, 2), cal.Date(2026, 11, 16)}},
	}
	for _, c := range cases {
		var got []cal.Day
		for d := c.from; d <= c.until; d++ {
			if c.terms.ClosesOn(d, cal.Target2) {
				got = append(got, d)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%+v closes on %v, want %v", c.terms, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%+v closes on %v, want %v", c.terms, got, c.want)
			}
		}
	}
	if !(pay.SettlementTerms{}).ClosesOn(monday+6, cal.Target2) {
		t.Error("without terms every day closes a cycle")
	}
}

func TestSettlementTermsAreChecked(t *testing.T) {
	for _, good := range []pay.SettlementTerms{{}, {Cycle: pay.CycleWeekly, Weekday: 7, FirstDays: 14, ReserveRate: 1000, ReserveDays: 90, DisputeFee: 2500}} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []pay.SettlementTerms{{Cycle: "hourly"}, {Weekday: 8}, {Weekday: -1}, {FirstDays: 366}, {ReserveRate: 1}, {ReserveDays: 1}, {ReserveRate: 10001, ReserveDays: 1}, {DisputeFee: -1}} {
		if bad.Check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// TestNothingIsLostBetweenCycles: over any cycles, what was paid less what is owed at the end is the sum of all items.
func TestNothingIsLostBetweenCycles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var debt, paid, all int64
		for _, items := range rapid.SliceOf(rapid.Int64Range(-1_000_000, 1_000_000)).Draw(t, "items") {
			out, closing := pay.Balance(debt, items)
			if out < 0 || closing < 0 || out > 0 && closing > 0 {
				t.Fatalf("paid %d and owed %d", out, closing)
			}
			debt, paid, all = closing, paid+out, all+items
		}
		if paid-debt != all {
			t.Fatalf("paid %d, owed %d, items %d", paid, debt, all)
		}
	})
}

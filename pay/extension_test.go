package pay

import (
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// TestExtensionTerms: the dated terms are in order, and longer never costs less.
func TestExtensionTerms(t *testing.T) {
	for i, terms := range extensionTerms {
		if terms.Version != int64(i+1) || terms.TotalDaysMax < terms.ExemptDays || i > 0 && terms.ValidFrom < extensionTerms[i-1].ValidFrom {
			t.Errorf("terms %+v", terms)
		}
		for k, o := range terms.Options {
			fee, err := o.Fee(10000)
			if err != nil || fee <= 0 || o.Days <= 0 {
				t.Errorf("option %+v costs %d (%v)", o, fee, err)
			}
			if k > 0 {
				if before, _ := terms.Options[k-1].Fee(10000); before > fee || terms.Options[k-1].Days >= o.Days {
					t.Errorf("option %+v after %+v", o, terms.Options[k-1])
				}
			}
		}
	}
	if ExtensionTermsOn(cal.Date(2025, 12, 31), "EUR") != nil || ExtensionTermsOn(cal.Date(2026, 1, 1), "SEK") != nil || ExtensionTermsOn(cal.Date(2030, 1, 1), "EUR") == nil {
		t.Error("terms hold from their day and for their currency")
	}
}

// TestExtensionsStayInBounds: a moved due day is a bank day, later than before, and within the total; settled, overdue and
// reminded claims are not moved at all.
func TestExtensionsStayInBounds(t *testing.T) {
	calendar, err := cal.CalendarOf("DE")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		today := cal.Date(2026, 11, 23) + cal.Day(rapid.IntRange(0, 400).Draw(t, "day"))
		inv := &Invoice{Kind: InvoiceClaim, Currency: "EUR", Open: rapid.Int64Range(0, 100000).Draw(t, "open"), IssuedDay: today - cal.Day(rapid.IntRange(0, 60).Draw(t, "age")),
			Regime: rapid.SampledFrom([]string{"REGULATED", "EXEMPT_50"}).Draw(t, "regime"), Level: rapid.Int64Range(0, 1).Draw(t, "level")}
		inv.DueDay = cal.DueDay(inv.IssuedDay, rapid.IntRange(7, 60).Draw(t, "term"), calendar)
		terms, options := Extensions(inv, today, calendar)
		if len(options) > 0 && (inv.Open == 0 || inv.DueDay < today || inv.Level > 0) {
			t.Fatalf("%+v may be moved by %+v on %s", inv, options, today)
		}
		for _, o := range options {
			due := cal.DueDay(inv.DueDay, o.Days, calendar)
			most := terms.TotalDaysMax
			if inv.Regime == "EXEMPT_50" {
				most = terms.ExemptDays
			}
			if due <= inv.DueDay || due != calendar.MoveDue(due) || int(due-inv.IssuedDay) > most {
				t.Fatalf("%+v moves to %s", inv, due)
			}
		}
	})
}

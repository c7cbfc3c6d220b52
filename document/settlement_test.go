package document

import (
	"maps"
	"testing"

	"zahlziel/cal"
	"zahlziel/money"
)

func settlementOf(parts ...SettlementPart) Settlement {
	return Settlement{Operator: operator(), Shop: shop().Party, From: cal.Date(2026, 11, 1), Until: cal.Date(2026, 11, 30), Parts: parts}
}

// settlement is one payout with every line that there is.
func settlement() Settlement {
	s := settlementOf(SettlementPart{Currency: money.EUR, Opening: 1250, Paid: 96360,
		Sums: map[string]int64{"capture": 123450, "refund": -9990, "fee": -3700, "fee_tax": -703, "dispute_opened": -4990, "dispute_released": 4990, "dispute_lost": -4990,
			"dispute_fee": -1500, "dispute_fee_tax": -285, "reserve": -12345, "reserve_released": 7923, "other": -250},
		Payouts: []SettledPayout{{Reference: "01a20810-0f80-7e7f-9e6a-34cc4bc545ae", Day: cal.Date(2026, 11, 30), Amount: 96360}}})
	s.Number, s.From = "01a20810-0f80-7e7f-9e6a-34cc4bc545ae", s.Until
	return s
}

// settlementSpan has two currencies, a debt that is carried and more payouts than fit on a page.
func settlementSpan() Settlement {
	euros := SettlementPart{Currency: money.EUR, Closing: 500, Sums: map[string]int64{"refund": -500}}
	francs := SettlementPart{Currency: "CHF", Sums: map[string]int64{"capture": 0}}
	for i := range 60 {
		francs.Payouts = append(francs.Payouts, SettledPayout{Reference: "01a20810-0f80-7e7f-9e6a-34cc4bc545ae", Day: cal.Date(2026, 11, 1) + cal.Day(i%30), Amount: 1000})
		francs.Paid += 1000
		francs.Sums["capture"] += 1000
	}
	return settlementOf(euros, francs)
}

// TestSettlementMustAddUp: whatever figure is changed, it is noticed before anything is drawn.
func TestSettlementMustAddUp(t *testing.T) {
	for name, change := range map[string]func(p *SettlementPart){
		"paid":          func(p *SettlementPart) { p.Paid++ },
		"opening":       func(p *SettlementPart) { p.Opening++ },
		"closing":       func(p *SettlementPart) { p.Closing++ },
		"a line":        func(p *SettlementPart) { p.Sums["fee"]-- },
		"a new event":   func(p *SettlementPart) { p.Sums["surprise"] = 0 },
		"a payout":      func(p *SettlementPart) { p.Payouts = nil },
		"an empty line": func(p *SettlementPart) { delete(p.Sums, "reserve") },
	} {
		s := settlement()
		s.Parts[0].Sums = maps.Clone(s.Parts[0].Sums)
		change(&s.Parts[0])
		if _, err := s.PDF("de"); err == nil {
			t.Errorf("%s changed and nobody noticed", name)
		}
	}
}

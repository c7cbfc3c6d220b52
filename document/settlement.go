package document

import (
	"fmt"

	"zahlziel/cal"
	"zahlziel/money"
)

// Settlement is what a shop was paid: one payout, or all of a span of days.
type Settlement struct {
	Number   string // of one payout; empty for a span
	Operator Operator
	Shop     Party
	From     cal.Day
	Until    cal.Day
	Parts    []SettlementPart // one for each currency
}

// SettlementPart is the settlement in one currency: Paid = sum of Sums - Opening + Closing.
type SettlementPart struct {
	Currency money.Currency
	Opening  int64            // what the shop owed before
	Sums     map[string]int64 // by event, see settlementEvents
	Closing  int64            // what the shop owes after
	Paid     int64
	Payouts  []SettledPayout
}

// SettledPayout is one payout of a part.
type SettledPayout struct {
	Reference string
	Day       cal.Day
	Amount    int64
}

// settlementEvents are the lines of a settlement in their order.
var settlementEvents = []string{"capture", "refund", "fee", "fee_tax", "dispute_opened", "dispute_released", "dispute_lost", "dispute_fee", "dispute_fee_tax", "reserve", "reserve_released", "other"}

// Check proves that the sums give what was paid and that every sum has a line.
func (s Settlement) Check() error {
	for _, p := range s.Parts {
		total, lines := -p.Opening+p.Closing, 0
		for _, event := range settlementEvents {
			if sum, has := p.Sums[event]; has {
				total += sum
				lines++
			}
		}
		var paid int64
		for _, one := range p.Payouts {
			paid += one.Amount
		}
		if total != p.Paid || paid != p.Paid || lines != len(p.Sums) {
			return fmt.Errorf("settlement in %s: %d paid, the lines give %d, the payouts %d, and %d of %d sums have a line", p.Currency, p.Paid, total, paid, lines, len(p.Sums))
		}
	}
	return nil
}

// PDF draws the settlement. It fails when Check fails.
func (s Settlement) PDF(lang string) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s.Paper(lang).PDF()
}

// Sections is the content alone, for a page that has its own frame.
func (s Settlement) Sections(lang string) []Section { return s.Paper(lang).Sections }

// Paper is the settlement as data.
func (s Settlement) Paper(lang string) Paper {
	w := wordsOf(lang)
	p := Paper{Kind: "settlement", Lang: w.lang, Number: s.Number, Day: s.Until, From: s.Operator, To: s.Shop,
		Title: w.say("settlement.title"), Subtitle: w.say("settlement.span", "from", w.day(s.From), "until", w.day(s.Until)),
		Info: present(w.row("number", s.Number), w.row("date", w.day(s.Until)), w.row("shop", s.Shop.Name))}
	if s.Number != "" {
		p.Subtitle = w.say("settlement.payout", "day", w.day(s.Until))
	}
	for _, part := range s.Parts {
		p.Sections = append(p.Sections, part.sums(w), part.payouts(w))
	}
	if len(s.Parts) == 0 {
		p.Sections = []Section{{ID: "none", Title: w.say("settlement.sums", "currency", ""), Paragraphs: []string{w.say("settlement.none")}}}
	}
	p.Sections = append(p.Sections, Section{ID: "note", Title: w.say("settlement.note"), Paragraphs: []string{w.say("settlement.note_text")}})
	return p
}

func (p SettlementPart) sums(w *words) Section {
	row := func(key string, amount int64, strong bool) Row {
		return Row{Label: w.say("settlement." + key), Value: w.money(amount, p.Currency), Strong: strong}
	}
	sec := Section{ID: "sums-" + string(p.Currency), Title: w.say("settlement.sums", "currency", string(p.Currency)), Key: true}
	sec.Rows = append(sec.Rows, row("opening", -p.Opening, false))
	for _, event := range settlementEvents {
		if sum, has := p.Sums[event]; has {
			sec.Rows = append(sec.Rows, row(event, sum, false))
		}
	}
	sec.Rows = append(sec.Rows, row("closing", p.Closing, false), row("paid", p.Paid, true))
	return sec
}

func (p SettlementPart) payouts(w *words) Section {
	t := &Table{Head: []string{w.say("settlement.reference"), w.say("settlement.day"), w.say("settlement.paid")}}
	for _, one := range p.Payouts {
		t.Rows = append(t.Rows, []string{one.Reference, w.day(one.Day), w.money(one.Amount, p.Currency)})
	}
	t.Foot = []Row{{Label: w.say("settlement.paid"), Value: w.money(p.Paid, p.Currency), Strong: true}}
	return Section{ID: "payouts-" + string(p.Currency), Title: w.say("settlement.payouts"), Table: t}
}

package pay

import (
	_ "embed"
	"encoding/json"

	"zahlziel/cal"
	"zahlziel/money"
)

// Extension is a due date that a shop moved for its buyer; the shop pays the fee.
type Extension struct {
	ID         string // ext_
	InvoiceID  InvoiceID
	CaptureID  CaptureID
	MerchantID MerchantID
	Days       int64 // as asked
	FromDay    cal.Day
	UntilDay   cal.Day // the new due day
	Fee        int64   // without tax
	Tax        int64
	Version    int64 // of the ExtensionTerms that set the fee
	At         Micros
}

// ExtensionTerms are the dated terms on which a shop may move a due date.
type ExtensionTerms struct {
	Version      int64             `json:"version"`
	ValidFrom    cal.Day           `json:"valid_from"`
	Currency     money.Currency    `json:"currency"`
	TotalDaysMax int               `json:"total_days_max"` // from the issue of the request to its last possible due day
	ExemptDays   int               `json:"exempt_days"`    // the same where the deferral is exempt as a short one
	Options      []ExtensionOption `json:"options"`
}

// ExtensionOption is one choice: so many days more, for a fee to the shop.
type ExtensionOption struct {
	Days     int   `json:"number_of_days"`
	FeeFixed int64 `json:"fee_fixed"` // minor units
	FeeRate  int64 `json:"fee_rate"`  // percent x 100 of what is open
}

//go:embed extension.json
var extensionJSON []byte

// extensionTerms is every version there was, oldest first.
var extensionTerms = func() (all []ExtensionTerms) {
	if err := json.Unmarshal(extensionJSON, &all); err != nil {
		panic(err) // the file is compiled in
	}
	return all
}()

// ExtensionTermsOn are the terms in force on a day for a currency, or nil.
func ExtensionTermsOn(day cal.Day, currency money.Currency) *ExtensionTerms {
	for i := len(extensionTerms) - 1; i >= 0; i-- {
		if t := &extensionTerms[i]; t.ValidFrom <= day && t.Currency == currency {
			return t
		}
	}
	return nil
}

// Extensions lists what a shop may choose for a claim on a day: nothing where the claim is settled, past due or no claim.
func Extensions(inv *Invoice, today cal.Day, c cal.Calendar) (terms *ExtensionTerms, options []ExtensionOption) {
	terms = ExtensionTermsOn(today, inv.Currency)
	if terms == nil || inv.Kind != InvoiceClaim || inv.Open <= 0 || !inv.DueDay.IsSet() || inv.DueDay < today || inv.Level > 0 {
		return terms, nil
	}
	last := terms.TotalDaysMax
	if inv.Regime == "EXEMPT_50" {
		last = min(last, terms.ExemptDays)
	}
	for _, o := range terms.Options {
		if cal.DueDay(inv.DueDay, o.Days, c) <= inv.IssuedDay+cal.Day(last) {
			options = append(options, o)
		}
	}
	return terms, options
}

// Fee is what a shop pays for an option on an open amount, without tax.
func (o ExtensionOption) Fee(open int64) (int64, error) {
	fee, err := money.Percent(open, o.FeeRate, money.HalfUp)
	return fee + o.FeeFixed, err
}

// MoveDue gives a claim a new due day; its default begins the day after, because the term was agreed.
func (inv *Invoice) MoveDue(due cal.Day) {
	inv.DueDay, inv.DefaultSince = due, due+1
	inv.DocumentID = "" // the paper names the day; a new one is made
}

package pay

import (
	"slices"
	"time"

	"zahlziel/cal"
	"zahlziel/money"
)

// SettlementTerms are when and how a merchant is paid. The zero value is paid on every bank day, nothing kept back.
type SettlementTerms struct {
	Cycle       string `json:"cycle,omitempty"`        // daily (also empty), weekly, twice_monthly, monthly
	Weekday     int    `json:"weekday,omitempty"`      // of a weekly cycle: 1 Monday to 7 Sunday; 0 is Monday
	FirstDays   int    `json:"first_days,omitempty"`   // how long the first payout waits after its first amount became due
	ReserveRate int64  `json:"reserve_rate,omitempty"` // percent x 100 of each capture that is kept as security
	ReserveDays int    `json:"reserve_days,omitempty"` // how long
	DisputeFee  int64  `json:"dispute_fee,omitempty"`  // minor units without VAT, charged only for a lost dispute
}

// Settlement cycles.
const (
	CycleDaily        = "daily"
	CycleWeekly       = "weekly"
	CycleTwiceMonthly = "twice_monthly" // on the 1st and the 16th
	CycleMonthly      = "monthly"       // on the 1st
)

// Check says what is wrong with the terms.
func (t SettlementTerms) Check() *Error {
	switch t.Cycle {
	case "", CycleDaily, CycleWeekly, CycleTwiceMonthly, CycleMonthly:
	default:
		return Errorf(Invalid, "bad_cycle", "cycle", "Choose daily, weekly, twice_monthly or monthly")
	}
	switch {
	case t.Weekday < 0 || t.Weekday > 7:
		return Errorf(Invalid, "bad_weekday", "weekday", "Choose a weekday from 1 (Monday) to 7 (Sunday)")
	case t.FirstDays < 0 || t.FirstDays > 365:
		return Errorf(Invalid, "bad_first_days", "first_days", "Choose 0 to 365 days")
	case t.ReserveRate < 0 || t.ReserveRate > 10_000 || t.ReserveDays < 0 || t.ReserveDays > 730 || (t.ReserveRate > 0) != (t.ReserveDays > 0):
		return Errorf(Invalid, "bad_reserve", "reserve_rate", "Choose a rate up to 10000 (100 %%) together with 1 to 730 days")
	case t.DisputeFee < 0 || t.DisputeFee > 100_000:
		return Errorf(Invalid, "bad_dispute_fee", "dispute_fee", "Choose a fee up to 100000 cents")
	}
	return nil
}

// ClosesOn reports whether the merchant's cycle ends on a day: its nominal day, or the next bank day where that is none.
func (t SettlementTerms) ClosesOn(day cal.Day, bank cal.Calendar) bool {
	if t.Cycle == "" || t.Cycle == CycleDaily {
		return true
	}
	if !bank.IsBusinessDay(day) {
		return false
	}
	for d := day; ; d-- {
		if t.nominal(d) {
			return true
		}
		if bank.IsBusinessDay(d - 1) {
			return false
		}
	}
}

func (t SettlementTerms) nominal(d cal.Day) bool {
	_, _, of := d.YMD()
	switch t.Cycle {
	case CycleWeekly:
		return d.Weekday() == time.Weekday(max(t.Weekday, 1)%7)
	case CycleTwiceMonthly:
		return of == 1 || of == 16
	case CycleMonthly:
		return of == 1
	}
	return false
}

// Balance splits what a cycle ends with: the debt that it began with and the sum of its items give what is paid out,
// or a debt that the next cycle begins with.
func Balance(openingDebt, items int64) (paid, closingDebt int64) {
	if rest := items - openingDebt; rest >= 0 {
		return rest, 0
	} else {
		return 0, -rest
	}
}

// Events of payout items beside those of messages.
const (
	EventCapture        = "capture"
	EventRefund         = "refund"
	EventFee            = "fee"
	EventFeeTax         = "fee_tax"
	EventDisputeFee     = "dispute_fee"
	EventDisputeFeeTax  = "dispute_fee_tax"
	EventReserve        = "reserve"
	EventReserveRelease = "reserve_released"
	EventExtension      = "extend_due_date_fee"
	EventOther          = "other" // in reports: whatever has no line of its own
)

// SettlementEvents are the lines of a settlement in their order; EventOther comes last.
var SettlementEvents = []string{EventCapture, EventRefund, EventFee, EventFeeTax, EventDisputeOpened, EventDisputeReleased, EventDisputeLost,
	EventDisputeFee, EventDisputeFeeTax, EventReserve, EventReserveRelease, EventOther}

// SettlementEvent is the line of a settlement that an item's event belongs to.
func SettlementEvent(event string) string {
	if slices.Contains(SettlementEvents, event) {
		return event
	}
	return EventOther
}

// Reserve is a part of a capture that is kept from a merchant as security until a day.
type Reserve struct {
	ID         ReserveID
	MerchantID MerchantID
	Amount     int64
	Currency   money.Currency
	Ref        string // the capture
	ReleaseDay cal.Day
	Released   int64 // 1 once it was given back
}

// Report is a settlement report as a file for a merchant.
type Report struct {
	ID         ReportID
	MerchantID MerchantID
	Kind       string
	At         Micros
	Body       []byte
}

package credit

import (
	"zahlziel/cal"
)

// History is the bounded evidence about the past. The application updates it with the methods below when something
// happens; nothing in it is ever recomputed from the clock.
//
// # Why the bounds never change a decision
//
// Every feature of the score is a count that stops to matter at its card's last bin, or a worst case. Each list keeps
// enough for the largest bin that a policy may use (the loader refuses larger ones), always the part that stays relevant
// longest; see each field. A removal (refund, reversal) from a list that had already dropped something can leave less
// than the true count: then Stale becomes true and the application rebuilds the history from its events.
type History struct {
	Enquiries []Enquiry    // newest EnquiryCap: in a window only the newest count, and no bin asks for more
	Late      []Late       // newest LateCap by settlement, and the newest of every DPD class: that is all P1 and P2 can see
	OnTime    []OnTime     // newest OnTimeCap by due day among the matured, and every one not yet matured
	PaidNow   []OnTime     // newest PaidNowCap: more never count
	Balances  []BalanceDay // one per day of change in the last 90 days, and the one before them
	Purchases []cal.Day    // newest PurchaseCap days with repetition

	OnTimeEver bool  // a credit purchase has been repaid on time that OnTime no longer holds
	Largest    int64 // the largest amount among those, for L05
	Dropped    bool  // some list has dropped an entry that might be missed after a removal
	Stale      bool  // a removal met such a list: rebuild from events
}

// The bounds of the lists in History.
const (
	EnquiryCap  = 24
	LateCap     = 16
	OnTimeCap   = 16
	PendingCap  = 48
	PaidNowCap  = 3
	PurchaseCap = 12
	BalanceDays = 90
)

// Enquiry is one submitted pay-later checkout.
type Enquiry struct {
	Day      cal.Day
	Merchant uint32 // MerchantKey
}

// Late is a settled invoice that was paid more than the grace days late.
type Late struct {
	No      string
	Settled cal.Day
	Days    int32 // days past due, stopped days not counted
}

// OnTime is a purchase repaid on time (or paid at once), seen at its due day and counted from From.
type OnTime struct {
	No       string
	Merchant uint32  // MerchantKey
	Due      cal.Day // evidence is dated by the due day, so that paying earlier never makes it expire earlier
	From     cal.Day // first day on which it counts: settled, and the return period is over
	Amount   int64   // paid, net of refunds
}

// BalanceDay is the closing scored balance of a day; it holds until the next entry.
type BalanceDay struct {
	Day    cal.Day
	Amount int64
}

// Settlement is an invoice (or instalment) that has reached zero.
type Settlement struct {
	No       string
	Merchant string
	Paid     int64   // paid by the consumer, net of refunds; 0 (all returned) leaves no evidence at all
	Due      cal.Day // due day, already moved to a bank day
	Settled  cal.Day // value day of the payment that settled it
	Returns  cal.Day // last day of the return period, NoDay: none
	Stops    []Span  // see Item.Stops
	Today    cal.Day // business day of the event, for tidying up
}

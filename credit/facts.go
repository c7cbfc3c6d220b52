// Package credit decides about credit and computes the way back after a refusal.
//
// Facts about one consumer go in, a Decision with points, limit, every method's outcome and its reasons comes out.
// WayBack asks the same Decide about simulated facts until it finds the dated, exact plan that leads to a yes.
// Everything is pure: the day and the instant are arguments, amounts are int64 minor units of the market's currency.
package credit

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Facts is the bounded snapshot about one consumer that Decide reads. The zero Day is a real day (1970-01-01),
// so start from NewFacts, which sets every day to cal.NoDay.
//
// Consumer facts and History live on the consumer's row (MarshalStored); Open comes from the open invoices and
// Holds from reservations, uncaptured orders and returnable direct debits. The decision record keeps all of it.
type Facts struct {
	Market   string         `json:"market"`   // market key, for example "de"
	Currency money.Currency `json:"currency"` // the market's one currency; every amount in Facts is in it

	Born   cal.Day `json:"born"`   // NoDay: unknown, which blocks credit (R02)
	Opened cal.Day `json:"opened"` // the day the oldest open account was opened

	Email       cal.Day `json:"email"`        // confirmed on, NoDay: not confirmed
	Bank        cal.Day `json:"bank"`         // account holder confirmed on
	Identity    cal.Day `json:"identity"`     // identity confirmed on
	DirectDebit cal.Day `json:"direct_debit"` // mandate valid since
	Address     Address `json:"address"`

	ContactChanged cal.Day      `json:"contact_changed"` // last change of e-mail, phone or address
	PauseUntil     cal.Day      `json:"pause_until"`     // the consumer's own pause: credit is possible again on this day
	Deceased       bool         `json:"deceased"`        // estate process runs
	Security       SecurityHold `json:"security"`        // human review of account takeover, fraud or a sanctions hit
	Sanctions      SourceState  `json:"sanctions"`       // name screening
	Insolvency     Insolvency   `json:"insolvency"`
	WriteOff       WriteOff     `json:"write_off"`
	Assessment     Assessment   `json:"assessment"`
	Bureau         Bureau       `json:"bureau"`
	Guarantee      Guarantee    `json:"guarantee"`

	History History `json:"history"`
	Open    []Item  `json:"open"`  // open invoices or instalments, ordered by due day, then number
	Holds   []Hold  `json:"holds"` // what binds the limit without being an invoice yet

	Proof    Proof          `json:"proof"`    // outside evidence of what a person can afford
	Screened cal.Day        `json:"screened"` // when the name was last held against the sanctions lists
	Promises []LiveContract `json:"-"`        // live ones; Decide never reads them, and a record keeps the one that had a say
}

// NewFacts returns facts in which nothing is known and every day is unset.
func NewFacts(market string, currency money.Currency) Facts {
	return Facts{Market: market, Currency: currency,
		Born: cal.NoDay, Opened: cal.NoDay, Email: cal.NoDay, Bank: cal.NoDay, Identity: cal.NoDay, DirectDebit: cal.NoDay,
		Address: Address{Day: cal.NoDay}, ContactChanged: cal.NoDay, PauseUntil: cal.NoDay,
		Insolvency: Insolvency{Ended: cal.NoDay}, WriteOff: WriteOff{Day: cal.NoDay, Settled: cal.NoDay},
		Assessment: Assessment{Day: cal.NoDay}, Bureau: Bureau{AsOf: cal.NoDay, Until: cal.NoDay}, Proof: Proof{AsOf: cal.NoDay, Until: cal.NoDay}, Screened: cal.NoDay,
		Guarantee: noGuarantee}
}

// Address is how well the postal address is confirmed: level 0 not at all, 1 plausible by the built-in rule (capped),
// 2 by a delivered order, a code by letter or an external check.
type Address struct {
	Level uint8   `json:"level"`
	Day   cal.Day `json:"day"`
}

// SecurityHold says what a running security review stops (R03).
type SecurityHold uint8

// The zero value is no hold.
const (
	NoHold     SecurityHold = iota
	HoldCredit              // no credit; paying now stays possible
	HoldAll                 // nothing until a human has answered
)

// SourceState is the state of an external check.
type SourceState uint8

// For Sanctions, NotChecked and Unavailable block credit (R20) and Hit blocks everything as a neutral R03.
// For the bureau, NotChecked means that no source is required.
const (
	NotChecked SourceState = iota
	Clear
	Hit
	Unavailable
)

// Insolvency is the state of insolvency proceedings (R04).
type Insolvency struct {
	Running bool    `json:"running"`
	Ended   cal.Day `json:"ended"` // the day proceedings ended or are known to end; NoDay: none, or the end is unknown
}

// WriteOff is the latest loss booked on this consumer (R18).
type WriteOff struct {
	Day     cal.Day `json:"day"`     // the day the loss was booked, NoDay: none
	Settled cal.Day `json:"settled"` // the day the consumer paid it after all
	Open    int64   `json:"open"`    // what is still claimed
	No      string  `json:"no"`      // number of the invoice
	Barred  bool    `json:"barred"`  // discharged, time-barred or sold: must not be asked for
}

// Assessment is the declared and stored answer for regulated credit (R16), valid for the policy's months.
type Assessment struct {
	Day         cal.Day `json:"day"`          // when it was made, NoDay: none
	FreeMonthly int64   `json:"free_monthly"` // declared free amount per month
	Obligations int64   `json:"obligations"`  // known monthly obligations that the free amount does not yet contain
}

// Bureau is the last answer of an external credit source: Hit means R17, Unavailable means the cap of R19.
type Bureau struct {
	State   SourceState `json:"state"`
	Source  string      `json:"source"`  // its name, shown to the consumer
	Feature string      `json:"feature"` // what it reports, shown to the consumer
	AsOf    cal.Day     `json:"as_of"`
	Until   cal.Day     `json:"until"` // last day on which the answer holds
	Score   int32       `json:"score"` // the source's own, as a cap only; 0: none
	URL     string      `json:"url"`   // where the person can see and correct what it stores
}

// Label names the source with the address for access and correction.
func (b *Bureau) Label() string {
	if b.URL == "" {
		return b.Source
	}
	return b.Source + " (" + b.URL + ")"
}

// Proof is the last answer of a source of affordability evidence. It bounds what a person declares (Assessment).
type Proof struct {
	State  SourceState `json:"state"` // Clear: it answered
	Source string      `json:"source"`
	AsOf   cal.Day     `json:"as_of"`
	Until  cal.Day     `json:"until"` // last day on which the answer holds
	Free   int64       `json:"free"`  // proved free amount per month after obligations
}

// Item is one open claim: an invoice, or one instalment of it.
type Item struct {
	Invoice  string    `json:"invoice"`  // invoice id, opaque to this package
	No       string    `json:"no"`       // document number, shown to the consumer and the key of evidence in History
	Merchant string    `json:"merchant"` // merchant id
	Open     int64     `json:"open"`     // open amount, > 0
	Original int64     `json:"original"` // claim net of refunds; counts as evidence when it is settled
	Due      cal.Day   `json:"due"`      // due day, already moved to a bank day
	Returns  cal.Day   `json:"returns"`  // last day of the return period (evidence counts from the day after), NoDay: none
	Dunning  uint8     `json:"dunning"`  // reminders sent
	Flags    ItemFlags `json:"flags"`
	Disputed int64     `json:"disputed"` // part of Open that is in dispute
	Stops    []Span    `json:"stops"`    // when the clock of days past due stood still (whole dispute, agreed pause); by first day, none begins in the future
}

// ItemFlags are yes/no facts of an item.
type ItemFlags uint8

// Collections triggers R06. Insolvent, Barred and Sold items are never asked for in a plan, do not score, and stay in the
// exposure except Sold. Rest marks a further instalment of the invoice whose first open instalment is another item: it
// counts as exposure and can be late, but is no invoice of its own in characteristic B2.
const (
	Collections ItemFlags = 1 << iota
	Insolvent
	Barred
	Sold
	Rest
)

// Span is a range of civil days, both ends included; To = NoDay means still running.
// A dispute that was withdrawn or unfounded is removed by the application: its days count again.
type Span struct {
	From cal.Day `json:"from"`
	To   cal.Day `json:"to"`
}

// HoldKind says why a hold binds the limit.
type HoldKind uint8

// The kinds of hold.
const (
	Reservation     HoldKind = iota + 1 // authorised token, until it expires
	Uncaptured                          // order without capture, until it can no longer become a claim
	ReturnableDebit                     // collected direct debit inside its return window
)

// Hold is an amount that binds the limit until an instant, so that its end needs no event.
type Hold struct {
	Ref         string   `json:"ref"`
	Kind        HoldKind `json:"kind"`
	Amount      int64    `json:"amount"`
	UntilMicros int64    `json:"until_micros"` // UTC microseconds; the hold counts while now < UntilMicros
}

// Balance returns the scored balance: open amounts without disputed parts and without items that may not be asked for.
// It is what the application passes to History.BalanceChanged after every change of an open item.
func (f *Facts) Balance() int64 {
	var sum int64
	for i := range f.Open {
		if it := &f.Open[i]; it.askable() {
			sum += it.Open - it.Disputed
		}
	}
	return sum
}

// Exposure returns what binds the limit at an instant: open claims that are still ours, and live holds.
func (f *Facts) Exposure(nowMicros int64) int64 {
	var sum int64
	for i := range f.Open {
		if f.Open[i].Flags&Sold == 0 {
			sum += f.Open[i].Open
		}
	}
	for i := range f.Holds {
		if f.Holds[i].UntilMicros > nowMicros {
			sum += f.Holds[i].Amount
		}
	}
	return sum
}

// askable reports whether the law and the books allow to ask for this item at all.
func (it *Item) askable() bool { return it.Flags&(Insolvent|Barred|Sold) == 0 }

// stopped reports whether the clock stands still on day t.
func (it *Item) stopped(t cal.Day) bool {
	for _, s := range it.Stops {
		if t >= s.From && (!s.To.IsSet() || t <= s.To) {
			return true
		}
	}
	return false
}

// PastDue returns the days past due on day t: civil days since the due day minus the days on which the clock stood still.
// It is negative before the due day.
func (it *Item) PastDue(t cal.Day) int32 { return pastDue(it.Due, t, it.Stops) }

// pastDue counts each stopped day of (due, t] once, even where spans overlap; stops are ordered by their first day.
func pastDue(due, t cal.Day, stops []Span) int32 {
	days, counted := int32(t-due), due
	if days <= 0 {
		return days
	}
	for _, s := range stops {
		to := t
		if s.To.IsSet() {
			to = min(s.To, t)
		}
		if from := max(s.From, counted+1); to >= from {
			days -= int32(to - from + 1)
			counted = to
		}
	}
	return days
}

// reaches returns the first day from day on at which the item is dpd days past due; a stop without end gives a day
// beyond every horizon.
func (it *Item) reaches(dpd int32, day cal.Day) cal.Day {
	for range 3000 {
		if it.PastDue(day) >= dpd {
			break
		}
		day++
	}
	return day
}

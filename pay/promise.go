package pay

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Promise is an accepted way back: a contract that a purchase is approved on its days, once, although the decision of that
// day may say no. What was shown and agreed to is sealed; its digest is a leaf of the chain.
type Promise struct {
	ID         PromiseID
	ConsumerID ConsumerID
	Plan       string // digest of the plan
	Method     string
	Amount     int64 // minor units
	Currency   money.Currency
	State      string
	Void       string // the code that ended it, for PromiseVoid

	OfferedDay   cal.Day // business days; NoDay: not reached
	AcceptedDay  cal.Day
	FulfilledDay cal.Day
	EndedDay     cal.Day // honoured, expired, void or replaced
	AcceptedAt   Micros

	FromDay    cal.Day
	ValidUntil cal.Day
	PayBy      cal.Day // the last value day of the plan's payments; an offer ends with it
	CheckedDay cal.Day // the last day whose run looked at it
	OrderID    OrderID // that it was honoured with

	Policy        string // id, of the policy that computed it
	PolicyVersion int64
	PolicySHA256  string
	Card          string
	CardVersion   int64
	CardSHA256    string
	Terms         string // version of the rules for promises
	DocumentID    DocumentID

	Lane   int
	Link   int64
	Salt   []byte
	Sealed []byte
}

// Promise states. An offer that nobody accepts expires too. Replaced means that the consumer took a newer plan instead.
const (
	PromiseOffered   = "offered"
	PromiseAccepted  = "accepted"
	PromiseFulfilled = "fulfilled"
	PromiseHonoured  = "honoured"
	PromiseExpired   = "expired"
	PromiseVoid      = "void"
	PromiseReplaced  = "replaced"
)

// Live reports whether the promise binds the operator.
func (p *Promise) Live() bool { return p.State == PromiseAccepted || p.State == PromiseFulfilled }

// PromiseStep is one step of an accepted plan and how far it is.
type PromiseStep struct {
	PromiseID PromiseID
	N         int64
	Kind      string
	InvoiceID InvoiceID // of payments; empty: the written-off claim, or no payment
	No        string    // document number
	Amount    int64
	ByDay     cal.Day // the last day to act
	CountsDay cal.Day
	DoneDay   cal.Day // NoDay: not yet
	State     string
}

// States of a step. Info is something to wait for, which nobody has to do.
const (
	StepOpen     = "open"
	StepDone     = "done"
	StepMissed   = "missed"
	StepReversed = "reversed" // what was paid or confirmed was taken back
	StepInfo     = "info"
)

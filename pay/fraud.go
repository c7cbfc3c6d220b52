package pay

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// FraudCheck is a purchase that a fraud rule was hit by, and what a person said about it where one was asked.
type FraudCheck struct {
	ID              FraudCheckID
	ConsumerID      ConsumerID
	MerchantID      MerchantID
	SessionID       SessionID
	AuthorizationID AuthorizationID
	OrderID         OrderID    // empty until an order was placed
	DecisionID      DecisionID // empty where a step came before the decision
	Day             cal.Day
	At              Micros
	Amount          int64
	Currency        money.Currency
	Outcome         string // email_code, identity, person
	Rules           string // codes of the rules that were hit, separated by blanks
	State           string
	Deadline        Micros // by which a person answers
	Device          string // blind index of the device, empty where the code proved the address
	ProposedBy      StaffID
	Proposed        string // accept or reject: what one person said where two must agree
	DecidedBy       string // staff, or system after the deadline
	DecidedAt       Micros
	Confirmed       int64  // 1: a person is sure that it was fraud
	Note            []byte // the person's reason, sealed
	Sealed          []byte // fraud.Record
}

// States of a fraud check.
const (
	CheckStep     = "step"     // the buyer was asked for more
	CheckOpen     = "open"     // authorised; an order would wait for a person
	CheckPending  = "pending"  // its order waits for a person
	CheckAccepted = "accepted" // by a person
	CheckRejected = "rejected" // by a person, or because nobody answered in time
	CheckStopped  = "stopped"  // accepted first, stopped before delivery
	CheckVoid     = "void"     // the order ended by itself
)

// What a person says about an order that waits.
const (
	VerdictAccept = "accept"
	VerdictReject = "reject"
)

// Block is one entry of the block list. It holds no value, only its keyed hash, and always ends.
type Block struct {
	ID        string
	Kind      string // email, phone, iban, device, address
	Digest    string
	Code      string // why, in one word: BlockCodes
	Owner     StaffID
	Reason    string
	CreatedAt Micros
	Until     cal.Day // the last day
}

// BlockKinds are what can be blocked, and BlockCodes the kinds of reason.
var (
	BlockKinds = []string{"email", "phone", "iban", "device", "address"}
	BlockCodes = []string{"confirmed_fraud", "takeover", "stolen_identity", "reship", "other"}
)

// MerchantSignal is what the day run found out about a shop.
type MerchantSignal struct {
	Bucket     int    // the shop's
	ID         string // shop, day and kind
	MerchantID MerchantID
	Kind       string // exposure, first_default, spike, complaints, first_payouts
	Day        cal.Day
	Value      int64 // amount, count or per mille, by its kind
	Bound      int64 // from which it is an alarm
	Of         int64 // what the value is a share of
	Alarm      int64 // 1: somebody should look at it
}

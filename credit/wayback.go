package credit

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Goal is what the consumer wants to be able to do again.
type Goal struct {
	Method  Method
	Request Request // context of today: Day, NowMicros, Amount, Currency, offers, caps
	PayBy   cal.Day // the day on which payments of the plan count at the latest; NoDay: the policy's lead
	Horizon int32   // days to search, 0: the policy's
	Window  int32   // days the promise is checked after its first day, 0: the policy's

	DayStartMicros int64 // when Request.Day began in the market's zone, UTC microseconds; 0: unknown, holds are kept a day longer
}

// Way is the answer: plans, the earliest first, or the proof that there is none.
type Way struct {
	Open  bool   // the goal is approved today and for the whole window without any step
	Plans []Plan // the earliest plan first; a plan can be earliest, cheapest and shortest at once
	None  *NoWay // set when there is no plan
	Evals int    // how often Decide was asked
	Lost  int    // plans that Decide did not confirm: must stay 0, the application raises an alarm otherwise
}

// PlanKind says what a plan is best at; kinds are combined.
type PlanKind uint8

// The kinds.
const (
	Earliest PlanKind = 1 << iota
	Cheapest
	Fewest
)

// Plan is one exact way back: do the steps, and from From on Decide says yes on every day until ValidUntil.
type Plan struct {
	Kind       PlanKind
	Steps      []Step
	PayNow     int64   // sum of the extra payments
	AsAgreed   int64   // sum of the obligations that merely have to be kept until the window ends
	From       cal.Day // the first day of the promise
	ValidUntil cal.Day // its last day
	Score      int32   // on From
	Points     [FeatureCount]int32
	Free       int64    // free amount on From, at least the goal's amount
	Reserve    bool     // found with points in reserve
	Proven     PlanKind // the kinds of Kind for which nothing better exists; the first day of the earliest plan is always exact
	Checks     CheckSet // legal checks that remain on the day and are not promised
	WaitsFor   []Reason // what would still refuse on the day before From although every step is done by then; empty without waiting
}

// CheckSet are the legal checks that no plan can promise.
type CheckSet uint8

// The remaining checks.
const (
	CheckAssessment CheckSet = 1 << iota // affordability, R16
	CheckSanctions                       // name screening
	CheckBureau                          // a required external source
)

// StepKind is the kind of a step.
type StepKind uint8

// The kinds of step. PayAsAgreed is an existing obligation and no extra money; Evidence is conditional: its result is
// unknown. BuySmallAndPay and Contact are no steps of plans but of answers without one, see NoWay.
const (
	PayFull StepKind = iota + 1
	PayPart
	PayAsAgreed
	VerifyEmail
	VerifyAddress
	VerifyBank
	VerifyIdentity
	SetDirectDebit
	Wait
	EvidenceStep
	BuySmallAndPay
	ContactStep
	stepEnd
)

var stepNames = []string{"", "PAY_FULL", "PAY_PART", "PAY_AS_AGREED", "VERIFY_EMAIL", "VERIFY_ADDRESS", "VERIFY_BANK",
	"VERIFY_IDENTITY", "SET_DIRECT_DEBIT", "WAIT", "EVIDENCE", "BUY_SMALL_AND_PAY", "CONTACT"}

// String returns the stable name, for example "PAY_FULL".
func (k StepKind) String() string { return nameOf(stepNames, int(k)) }

// MarshalText writes the stable name.
func (k StepKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Step is one thing to do, to keep or to wait for.
type Step struct {
	Kind     StepKind
	Invoice  string // invoice id, for payments
	Currency money.Currency
	No       string  // document number, for payments
	Amount   int64   // minor units, for payments
	By       cal.Day // last day to act (payments, verifications), due day (as agreed) or last day of waiting
	Counts   cal.Day // the day on which the step counts for decisions
}

// NoWay proves that no plan exists inside the horizon: on the last day, with everything paid and verified, Cause still blocks.
type NoWay struct {
	Cause     []Reason // what still blocks on the last day of the horizon
	Contact   bool     // only a human can help: estate, security review, insolvency without a known end
	NextCheck cal.Day  // when to look again, NoDay: not known
	Reachable int64    // a smaller amount that the method would allow on that day, 0: none; ask for a plan for it
	Steps     []Step   // what helps nevertheless: CONTACT, WAIT until NextCheck; and as an offer apart BUY_SMALL_AND_PAY
	Small     int      // how many small purchases paid at once would open a way, 0: none would
}

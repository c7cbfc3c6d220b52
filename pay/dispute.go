package pay

import (
	"encoding/json"
	"slices"

	"zahlziel/cal"
	"zahlziel/money"
)

// The ids of a dispute and its parts; all carry the consumer's cell.
type (
	DisputeID         string // dsp_
	DisputeRequestID  string // drq_
	DisputeResponseID string // drs_
	DisputeFileID     string // dfl_
	ReserveID         string // rsv_, in the merchant's cell
	ReportID          string // rpt_, in the merchant's cell
)

// Prefixes of the ids above.
const (
	PrefixDispute         = "dsp"
	PrefixDisputeRequest  = "drq"
	PrefixDisputeResponse = "drs"
	PrefixDisputeFile     = "dfl"
	PrefixReserve         = "rsv"
	PrefixReport          = "rpt"
)

// Dispute is a consumer's objection to an invoice, or to a part of it. Until it is closed the amount is withheld from
// the merchant and neither reminded of nor scored.
type Dispute struct {
	ID          DisputeID
	ConsumerID  ConsumerID
	MerchantID  MerchantID
	OrderID     OrderID
	CaptureID   CaptureID
	InvoiceID   InvoiceID
	Reason      string
	State       string
	Outcome     string // empty while open
	Amount      int64  // disputed, and withheld while open
	Whole       bool   // about all that was open then, so the clock of days past due stands still
	Lost        int64  // what the merchant lost at the end
	Fee         int64  // charged to the merchant for a lost dispute, without VAT
	Currency    money.Currency
	OpenedAt    Micros
	OpenedDay   cal.Day
	DeadlineDay cal.Day // of whoever has to act: the merchant, or the desk once the merchant has replied
	ClosedAt    Micros  // 0 while open
	ClosedDay   cal.Day
	Terms       string // version of the terms it was opened under
	Sealed      []byte // DisputeText
}

// DisputeText is what people wrote. Personal data.
type DisputeText struct {
	Text  string        `json:"text,omitempty"` // the consumer's words
	Lines []DisputeLine `json:"lines,omitempty"`
	Note  string        `json:"note,omitempty"` // why the desk decided as it did, for both sides
}

// DisputeLine is one line of the order that is in dispute.
type DisputeLine struct {
	Reference string `json:"reference"`
	Quantity  int64  `json:"quantity"`
}

// Reasons of a dispute.
const (
	DisputeNotReceived  = "goods_not_received"
	DisputeReturned     = "returned"
	DisputeFaulty       = "faulty"
	DisputeUnauthorised = "unauthorised"
	DisputeWrongAmount  = "wrong_amount"
)

// DisputeReasons are the reasons in the order in which they are offered.
var DisputeReasons = []string{DisputeNotReceived, DisputeReturned, DisputeFaulty, DisputeWrongAmount, DisputeUnauthorised}

// States of a dispute. In opened and unresolved the merchant has to act, in replied the desk.
const (
	DisputeOpened     = "opened"
	DisputeReplied    = "replied"
	DisputeUnresolved = "unresolved" // the desk asked again
	DisputeClosed     = "closed"
	DisputeAccepted   = "loss_accepted"
	DisputeExpired    = "deadline_expired" // the merchant did not act in time
)

// Outcomes of a dispute, seen from the merchant.
const (
	DisputeWon       = "won"
	DisputeLost      = "lost"
	DisputeWithdrawn = "withdrawn" // by the consumer
	DisputeRefunded  = "refunded"  // the merchant gave the money back meanwhile
)

// DisputeTerms are who has how long, in force from a day on. Terms are never changed; new ones follow them.
type DisputeTerms struct {
	From             cal.Day
	Version          string
	Source           string
	OpenDays         cal.Day // from the invoice to the last day on which a dispute may be opened
	AnswerDays       cal.Day // for the merchant's first answer
	UnauthorisedDays cal.Day // the same where somebody else bought
	AskDays          cal.Day // for an answer to a further question
	DecideDays       cal.Day // for the desk's decision after an answer
}

// disputeTerms holds all terms, the oldest first.
var disputeTerms = []DisputeTerms{{
	From: cal.Date(2026, 11, 1), Version: "disputes-2026-11",
	Source:   "customary in the field: 180 days to object, 21 days of evidence, 7 where the purchase is denied; the objections of § 404 BGB stay beyond all of them",
	OpenDays: 180, AnswerDays: 21, UnauthorisedDays: 7, AskDays: 7, DecideDays: 14,
}}

// DisputeTermsOn returns the terms in force on a day; days before the first terms have the first.
func DisputeTermsOn(day cal.Day) DisputeTerms {
	in := disputeTerms[0]
	for _, t := range disputeTerms {
		if t.From <= day {
			in = t
		}
	}
	return in
}

// Answer is the last day of a merchant's first answer to a dispute opened on a day.
func (t DisputeTerms) Answer(reason string, opened cal.Day) cal.Day {
	if reason == DisputeUnauthorised {
		return opened + t.UnauthorisedDays
	}
	return opened + t.AnswerDays
}

// NewDispute is the dispute of a part of an invoice, or says why it cannot be opened.
func NewDispute(inv *Invoice, reason string, amount int64, at Micros, day cal.Day) (*Dispute, *Error) {
	t := DisputeTermsOn(day)
	switch {
	case !slices.Contains(DisputeReasons, reason):
		return nil, Errorf(Invalid, "bad_reason", "reason", "Choose one of the reasons")
	case inv.Kind != InvoiceClaim || inv.Open <= 0:
		return nil, Errorf(Refused, "dispute_not_allowed", "", "Only an open invoice can be disputed")
	case inv.DisputeID != "":
		return nil, Errorf(Conflict, "dispute_exists", "", "This invoice is in dispute already")
	case day > inv.IssuedDay+t.OpenDays:
		return nil, Errorf(TooLate, "dispute_too_late", "", "A dispute can be opened up to %d days after the invoice; write to us instead", t.OpenDays)
	case amount <= 0 || amount > inv.Open:
		return nil, Errorf(Invalid, "bad_amount", "amount", "Choose an amount between 1 and %d cents", inv.Open)
	}
	return &Dispute{ConsumerID: inv.ConsumerID, MerchantID: inv.MerchantID, OrderID: inv.OrderID, CaptureID: inv.CaptureID, InvoiceID: inv.ID,
		Reason: reason, State: DisputeOpened, Amount: amount, Whole: amount == inv.Open, Currency: inv.Currency, OpenedAt: at, OpenedDay: day,
		DeadlineDay: t.Answer(reason, day), ClosedDay: cal.NoDay, Terms: t.Version}, nil
}

// IsOpen reports whether the dispute is undecided.
func (d *Dispute) IsOpen() bool { return d.ClosedAt == 0 }

// Awaited reports whether the merchant has to act.
func (d *Dispute) Awaited() bool { return d.State == DisputeOpened || d.State == DisputeUnresolved }

// Lapsed reports whether the merchant's time is over on a day.
func (d *Dispute) Lapsed(day cal.Day) bool { return d.Awaited() && day > d.DeadlineDay }

func (d *Dispute) closed() *Error {
	if d.IsOpen() {
		return nil
	}
	return Errorf(Conflict, "dispute_closed", "", "The dispute is closed")
}

// Reply notes the merchant's answer; the desk is next.
func (d *Dispute) Reply(day cal.Day) *Error {
	switch {
	case !d.IsOpen():
		return d.closed()
	case !d.Awaited():
		return Errorf(Conflict, "dispute_answered", "", "The dispute was answered already; it waits for its decision")
	case d.Lapsed(day):
		return Errorf(Conflict, "dispute_deadline", "", "The time to answer ended on %s", d.DeadlineDay)
	}
	d.State, d.DeadlineDay = DisputeReplied, day+DisputeTermsOn(day).DecideDays
	return nil
}

// Ask notes a further question of the desk; the merchant is next.
func (d *Dispute) Ask(day cal.Day) *Error {
	if err := d.closed(); err != nil {
		return err
	}
	d.State, d.DeadlineDay = DisputeUnresolved, day+DisputeTermsOn(day).AskDays
	return nil
}

// Reduce takes a refund off what is in dispute and returns how much that is; the refund lowers the disputed part first.
func (d *Dispute) Reduce(refund int64) int64 {
	part := min(refund, d.Amount)
	d.Amount -= part
	return part
}

// Close ends the dispute. lost is what the merchant loses of the disputed amount.
func (d *Dispute) Close(state, outcome string, lost int64, at Micros, day cal.Day) *Error {
	switch {
	case !d.IsOpen():
		return d.closed()
	case lost < 0 || lost > d.Amount || (lost > 0) != (outcome == DisputeLost):
		return Errorf(Invalid, "bad_amount", "amount", "Choose an amount up to %d cents", d.Amount)
	}
	d.State, d.Outcome, d.Lost, d.ClosedAt, d.ClosedDay = state, outcome, lost, at, day
	return nil
}

// Events of the messages that move what is withheld from a merchant.
const (
	EventDisputeOpened   = "dispute_opened"
	EventDisputeReleased = "dispute_released"
	EventDisputeLost     = "dispute_lost"
)

// Withholding is the body of a message with one of these events.
type Withholding struct {
	Held int64 `json:"held"` // change of what is withheld, minor units
	Fee  int64 `json:"fee,omitempty"`
}

// WithholdingOf reads what a message withholds from its merchant or releases; messages of other events give nothing.
func WithholdingOf(m *Message) (w Withholding, ok bool, err error) {
	switch m.Event {
	case EventDisputeOpened, EventDisputeReleased, EventDisputeLost:
		err = json.Unmarshal(m.Body, &w)
		return w, true, err
	}
	return w, false, nil
}

// DisputeRequest is a question to the merchant; the first holds the consumer's words.
type DisputeRequest struct {
	ID        DisputeRequestID
	DisputeID DisputeID
	At        Micros
	Sealed    []byte // DisputeQuestion
}

// DisputeQuestion is what the merchant is asked. Personal data.
type DisputeQuestion struct {
	Comment  string   `json:"comment,omitempty"`
	Fields   []string `json:"fields,omitempty"`
	Optional []string `json:"optional,omitempty"`
}

// DisputeFields are what a merchant is asked for first, by reason: needed, and helpful.
func DisputeFields(reason string) (needed, optional []string) {
	switch reason {
	case DisputeNotReceived, DisputeUnauthorised:
		return []string{"shipping_company", "tracking_number"}, []string{"shipping_date", "delivery_date", "delivery_address"}
	case DisputeReturned:
		return []string{"return_received"}, []string{"return_date", "refund_id"}
	case DisputeWrongAmount:
		return []string{"invoice_number"}, []string{"order_confirmation"}
	}
	return []string{"comment"}, []string{"inspection_report"}
}

// DisputeResponse is the merchant's answer to one request.
type DisputeResponse struct {
	ID        DisputeResponseID
	DisputeID DisputeID
	RequestID DisputeRequestID
	At        Micros
	Sealed    []byte // DisputeAnswer
}

// DisputeAnswer is what the merchant says. Personal data.
type DisputeAnswer struct {
	Comment string            `json:"comment,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
}

// DisputeFile is one file of a dispute. RequestID or ResponseID say to what it belongs; both are empty until the
// merchant names it in a response.
type DisputeFile struct {
	ID         DisputeFileID
	DisputeID  DisputeID
	RequestID  DisputeRequestID
	ResponseID DisputeResponseID
	Bytes      int64
	At         Micros
	SealedName []byte // FileName
	Sealed     []byte // the bytes
}

// FileName is how a file is called and what it is. Personal data.
type FileName struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
}

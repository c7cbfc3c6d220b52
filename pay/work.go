package pay

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Job is work outside a transaction, written inside one: mail, paper, a callback.
type Job struct {
	ID      JobID
	Kind    string
	Rank    int64  // JobUrgent or JobCalm
	Subject string // id of the noun it is about
	Body    []byte
	DueAt   Micros
	Tries   int64
	State   string
	Problem string // why the last try failed, without personal data
}

// Ranks of jobs: somebody waits for an urgent one; a calm one yields to checkouts.
const (
	JobUrgent = 0
	JobCalm   = 1
)

// Job states.
const (
	JobWaiting = "waiting"
	JobDone    = "done"
	JobFailed  = "failed"
)

// Document is a paper that a person can keep; its bytes are sealed.
type Document struct {
	ID         DocumentID
	ConsumerID ConsumerID
	Kind       string // payment_request, precontract, agreement
	Ref        string // id of the noun it is about
	Language   string
	Version    string // version of its texts
	SHA256     string // of the bytes
	At         Micros
	Sealed     []byte // the PDF
}

// Mail is one e-mail to a consumer.
type Mail struct {
	ID         MailID
	ConsumerID ConsumerID
	Kind       string // code, sign_in, payment_request, reminder
	Ref        string
	State      string // waiting, sent, failed
	At         Micros
	SentAt     Micros
	Sealed     []byte // MailText
}

// MailText is the content of a mail. Personal data.
type MailText struct {
	To          string       `json:"to"`
	Subject     string       `json:"subject"`
	Text        string       `json:"text"`
	HTML        string       `json:"html,omitempty"`
	Attachments []DocumentID `json:"attachments,omitempty"`
}

// Look is one line of the audit trail: who saw or did what to whom.
type Look struct {
	ID      LookID
	Actor   string
	Action  string
	Subject string
	Detail  string
	At      Micros
	Lane    int
	Link    int64
	Salt    []byte
}

// Message is an amount on its way between the books of two buckets.
type Message struct {
	Bucket    int
	ID        string
	Party     string // merchant or consumer it is for
	Event     string // capture, fee, refund, assignment, ...
	Ref       string
	Amount    int64 // minor units: positive is owed to the party
	Currency  money.Currency
	Day       cal.Day
	Body      []byte
	Delivered Micros // 0 until the party's books hold it
}

// Received marks a message that a party's books hold.
type Received struct {
	Bucket int
	ID     string
	At     Micros
}

// Payout is money that a merchant is paid.
type Payout struct {
	ID         PayoutID
	MerchantID MerchantID
	DueDay     cal.Day
	Amount     int64
	Currency   money.Currency
	State      string // collecting, due, sent, confirmed; carried where there is nothing to pay
	At         Micros
	Opening    int64 // what the merchant owed before
	Closing    int64 // what the merchant owes after
}

// PayoutItem is one amount that goes into a payout, exactly once.
type PayoutItem struct {
	Bucket     int
	ID         string // the message's id
	PayoutID   PayoutID
	MerchantID MerchantID
	Amount     int64
	Currency   money.Currency
	Event      string
	Ref        string
	DueDay     cal.Day
	Tax        int64 // of a fee: the VAT on it, which is an item of its own
	TaxRate    int64 // percent x 100
}

// Series counts the documents of one kind in one bucket.
type Series struct {
	Bucket int
	Kind   string
	Next   int64
}

// Pause keeps reminders of an invoice still for a while.
type Pause struct {
	ID        string
	InvoiceID InvoiceID
	FromDay   cal.Day
	UntilDay  cal.Day
	Reason    string
}

// RefundLine says which claim a refund lowered, line by line.
type RefundLine struct {
	ID        string
	RefundID  RefundID
	CaptureID CaptureID
	InvoiceID InvoiceID
	Reference string
	Amount    int64
}

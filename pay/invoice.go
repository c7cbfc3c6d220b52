package pay

import (
	"fmt"

	"zahlziel/cal"
	"zahlziel/money"
)

// Invoice is a claim on a consumer: the payment request that a capture makes, or the demand of a prepayment.
type Invoice struct {
	ID           InvoiceID
	No           string // R-07-000123: unique series per bucket
	Reference    string // RF creditor reference, ISO 11649, without blanks
	Kind         string
	ConsumerID   ConsumerID
	MerchantID   MerchantID
	OrderID      OrderID
	CaptureID    CaptureID
	Method       string
	Regime       string
	Reason       string // why that regime
	Amount       int64
	Refunded     int64
	Paid         int64
	Open         int64 // Amount - Refunded - Paid
	Currency     money.Currency
	IssuedDay    cal.Day
	DueDay       cal.Day
	SettledDay   cal.Day // value day of the payment that closed it
	DefaultSince cal.Day // first day of default under § 286 BGB
	Level        int64   // dunning level reached: 0 none, 1 first reminder, ...
	PausedUntil  cal.Day // reminders stand still up to and including this day
	DocumentID   DocumentID
	DisputeID    DisputeID // the open dispute about it, else empty
}

// Kinds of invoice.
const (
	InvoiceClaim      = "claim"      // bought at capture, booked as a receivable
	InvoicePrepayment = "prepayment" // a demand before delivery; no receivable
)

// InvoiceNo is the printed number of the n-th invoice of a bucket.
func InvoiceNo(bucket int, n int64) string { return fmt.Sprintf("R-%02d-%06d", bucket, n) }

// ParseInvoiceNo is the inverse of InvoiceNo; ok is false for what is no invoice's number.
func ParseInvoiceNo(no string) (bucket int, n int64, ok bool) {
	if _, err := fmt.Sscanf(no, "R-%d-%d", &bucket, &n); err != nil || InvoiceNo(bucket, n) != no {
		return 0, 0, false
	}
	return bucket, n, true
}

// ReferenceBody is the part of the RF reference behind its check digits; it carries the bucket, so a payment finds its
// books. It starts with a 1, because leading zeros of a reference are lost on the way through banks.
func ReferenceBody(bucket int, n int64) string { return fmt.Sprintf("1%02d%07d", bucket, n) }

// ReferenceBucket reads the bucket out of the body of an RF reference; ok is false when it is none of ours.
func ReferenceBucket(body string) (bucket int, ok bool) {
	if len(body) != 10 || body[0] != '1' {
		return 0, false
	}
	var n int64
	if _, err := fmt.Sscanf(body, "1%02d%07d", &bucket, &n); err != nil || bucket >= Buckets || ReferenceBody(bucket, n) != body {
		return 0, false
	}
	return bucket, true
}

// Payment is one booking on a bank account of the operator.
type Payment struct {
	ID         PaymentID
	Key        string     // identity of the booking: account and bank reference, or fingerprint with its count
	Account    string     // IBAN of our account
	ConsumerID ConsumerID // whom it was assigned to, else empty
	Amount     int64      // minor units; negative for money that left
	Assigned   int64      // how much of it lies on invoices
	Currency   money.Currency
	ValueDay   cal.Day
	BookedDay  cal.Day
	State      string
	At         Micros
	Sealed     []byte // BankText
}

// Payment states.
const (
	PaymentUnassigned = "unassigned"
	PaymentAssigned   = "assigned"
	PaymentOther      = "other" // not from a consumer: fees, payouts, debits
)

// BankText is what a bank wrote about a booking. Personal data.
type BankText struct {
	Name       string `json:"name,omitempty"`
	IBAN       string `json:"iban,omitempty"`
	Remittance string `json:"remittance,omitempty"`
	Reference  string `json:"reference,omitempty"` // structured creditor reference
	EndToEnd   string `json:"end_to_end,omitempty"`
	BankRef    string `json:"bank_ref,omitempty"`
	Code       string `json:"code,omitempty"` // bank transaction code
	Return     string `json:"return,omitempty"`
	File       string `json:"file,omitempty"`
}

// Allocation puts a part of a payment on an invoice.
type Allocation struct {
	PaymentID PaymentID
	InvoiceID InvoiceID
	Amount    int64
	ValueDay  cal.Day
	At        Micros
	Rule      string // by which rule: reference, desk
}

// Package bankfile reads and writes the files and texts that banks and payers exchange with us:
// account statements (ISO 20022 camt.052, .053, .054), IBANs (ISO 13616), creditor references
// (ISO 11649) and the payment QR code (EPC069-12).
//
// Everything read is foreign: a file is read in one pass with limits on depth, text and counts, without
// DTDs or entities, and an amount is either exact in minor units or an error.
package bankfile

import (
	"strings"
	"time"

	"zahlziel/cal"
	"zahlziel/money"
)

// Kind is the message a bank sends.
type Kind string

// The bank-to-customer cash management messages.
const (
	Report       Kind = "camt.052" // intraday report: announces, may change
	Final        Kind = "camt.053" // end-of-day statement: the only one that books
	Notification Kind = "camt.054" // debit and credit notification: announces or explains
)

// Books reports whether entries of this kind are final and may be booked.
func (k Kind) Books() bool { return k == Final }

// Status is the state of an entry at the bank.
type Status string

// Statuses of ISO 20022's entry status code set.
const (
	Booked  Status = "BOOK"
	Pending Status = "PDNG"
	Info    Status = "INFO"
	Future  Status = "FUTR"
)

// Statement is one account's part of a file. Parse fills everything except Entries, which come one by one.
type Statement struct {
	Kind      Kind
	Version   int    // message version, 2 in camt.053.001.02; 0 if the file has no namespace
	MessageID string // GrpHdr/MsgId
	ID        string // Stmt/Id
	Number    string // electronic sequence number
	LegalNo   string // legal sequence number
	Page      int    // page of a statement sent in pages; 0 if not said
	LastPage  bool   // true on the last page, and when nothing is said about pages
	Copy      bool   // the bank marks this as a copy or duplicate
	Created   time.Time
	From, To  cal.Day // period; NoDay if not said

	IBAN      IBAN   // as the bank writes it, normalised, not validated; empty if the account has another id
	AccountID string // identification that is not an IBAN
	Name      string // name of the account
	Owner     string
	BIC       string
	Currency  money.Currency // of the account; may be empty

	Balances []Balance
	Entries  []Entry // filled by ParseAll, read by WriteCAMT053
}

// Account returns the IBAN, or the other identification where there is no IBAN.
func (s *Statement) Account() string {
	if s.IBAN != "" {
		return string(s.IBAN)
	}
	return s.AccountID
}

// Balance is a balance of the account at the start or end of a day.
type Balance struct {
	Type     string // OPBD opening, PRCD previous closing, CLBD closing, CLAV, ITBD, FWAV ...
	Amount   int64  // minor units; negative when the account is in debit
	Currency money.Currency
	Day      cal.Day
}

// Entry is one line of the account.
type Entry struct {
	Index    int    // number in the file, counted from 1
	Ref      string // NtryRef: the bank's free reference, often not unique
	BankRef  string // AcctSvcrRef; may be a placeholder, see Keys
	Amount   int64  // minor units, never negative
	Currency money.Currency
	Credit   bool // true: the account received money
	Reversal bool // the entry takes back an earlier one; Credit is still the real direction
	Status   Status
	Booked   cal.Day // booking day as the bank writes it, in its own zone; NoDay if not said
	Value    cal.Day // value day; NoDay if not said
	Assumed  bool    // the bank named neither day; Booked is the statement's
	Code     TxCode
	Info     string   // AddtlNtryInf
	Batch    int      // number of transactions the bank says are in this entry; 0 if not said
	Details  []Detail // the transactions behind the entry
}

// Signed returns the amount with its sign: positive for money received.
func (e *Entry) Signed() int64 {
	if e.Credit {
		return e.Amount
	}
	return -e.Amount
}

// Day returns the day that counts for the payer: the value day, else the booking day.
func (e *Entry) Day() cal.Day {
	if e.Value.IsSet() {
		return e.Value
	}
	return e.Booked
}

// TxCode is the bank transaction code: the ISO triple, the bank's own code, or both.
type TxCode struct {
	Domain, Family, SubFamily string
	Proprietary, Issuer       string // for instance "NTRF+166+00931" of issuer "DK"
}

// returnFamilies are the ISO sub-families of entries that take back a payment.
var returnFamilies = map[string]bool{"RRTN": true, "UPDD": true, "PRDD": true, "UPCT": true, "ARET": true}

// germanReturns are the German business transaction codes (GVC) of returned debits and transfers.
var germanReturns = map[string]bool{"108": true, "109": true, "159": true, "184": true}

// IsReturn reports whether the code itself says that a payment came back.
func (c TxCode) IsReturn() bool {
	if returnFamilies[c.SubFamily] {
		return true
	}
	parts := strings.Split(c.Proprietary, "+")
	return len(parts) > 1 && germanReturns[parts[1]]
}

// Party is a debtor or creditor of a transaction.
type Party struct {
	Name    string
	IBAN    IBAN   // normalised, not validated
	Account string // identification that is not an IBAN
}

// Detail is one transaction inside an entry.
type Detail struct {
	MessageID, BankRef, PaymentID, InstructionID string
	EndToEndID, TxID, MandateID, UETR            string

	// Amounts as far as the bank gives them. Amount is the transaction's own, TxAmount comes from
	// AmtDtls/TxAmt and Instructed is what the payer ordered, before charges or conversion.
	Amount, TxAmount, Instructed Amount
	Charges                      Amount    // sum of the charges
	Direction                    Direction // of this transaction; unset means as the entry

	Debtor, Creditor                 Party
	UltimateDebtor, UltimateCreditor string
	Code                             TxCode
	Text                             []string // unstructured remittance lines (Ustrd)
	References                       []string // structured creditor references
	Structured                       []string // other structured remittance: document numbers, additional lines
	Purpose                          string
	ReturnCode                       string // ISO 20022 return reason, such as MD06; may be a bank's own
	ReturnText                       string
	Info                             string // AddtlTxInf
}

// Amount is an amount with its currency; the zero Amount means that the bank gave none.
type Amount struct {
	Minor    int64          `json:"minor"`
	Currency money.Currency `json:"currency"`
}

// Direction says on which side a transaction stands.
type Direction int8

// The directions. Unset transactions go the way of their entry.
const (
	Unset Direction = iota
	CreditSide
	DebitSide
)

// Payer returns the name and account of who paid: the ultimate debtor's name where it is given,
// because a payment factory may be the debtor.
func (d *Detail) Payer() Party {
	p := d.Debtor
	if d.UltimateDebtor != "" && !strings.HasPrefix(strings.ToLower(d.UltimateDebtor), "keine information") {
		p.Name = d.UltimateDebtor
	}
	return p
}

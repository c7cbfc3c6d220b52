// Package ledger builds double-entry postings. A posting that does not balance cannot be built.
//
// Amounts are int64 minor units: a debit is positive, a credit negative, and the entries of a posting sum to zero.
package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
)

// Account names one account: a kind and, where the kind has one, its owner ("receivable:con_...").
type Account string

// Receivable is what a consumer owes the operator, who buys the claim at capture.
func Receivable(consumer string) Account { return Account("receivable:" + consumer) }

// ConsumerCredit is what the operator owes a consumer: paid too much, paid before delivery, or refunded after payment.
func ConsumerCredit(consumer string) Account { return Account("consumer_credit:" + consumer) }

// Payable is what the operator owes a merchant for bought claims; it may go debit after refunds.
func Payable(merchant string) Account { return Account("payable:" + merchant) }

// Held is what is withheld from a merchant while a dispute is open.
func Held(merchant string) Account { return Account("held:" + merchant) }

// Reserve is what is kept back from a merchant as security.
func Reserve(merchant string) Account { return Account("reserve:" + merchant) }

// InTransit is a payout that was sent and not yet confirmed by the bank.
func InTransit(merchant string) Account { return Account("in_transit:" + merchant) }

// FeeIncome is what a merchant pays for the service, without VAT.
func FeeIncome(merchant string) Account { return Account("fee_income:" + merchant) }

// VAT is the value added tax owed under a tax code.
func VAT(code string) Account { return Account("vat:" + code) }

// Bank is the operator's account at a bank.
func Bank(iban string) Account { return Account("bank:" + iban) }

// Unidentified is money on a bank account whose owner is not known yet.
func Unidentified(iban string) Account { return Account("unidentified:" + iban) }

// Clearing is where the books of two buckets meet. party is whom the amount is for: a merchant, or a consumer
// for money that was identified away from its owner's bucket; bucket is where the claim on the amount arose.
// Its balance over all buckets equals what is still undelivered in that bucket's outbox.
func Clearing(party string, bucket int) Account {
	return Account(fmt.Sprintf("clearing:%s:%02d", party, bucket))
}

// Allowance, ExpectedLoss and RecoveryIncome carry losses.
const (
	Allowance      Account = "allowance"
	ExpectedLoss   Account = "expected_loss"
	RecoveryIncome Account = "recovery_income"
)

// Kind is the part of the account's name before its owner.
func (a Account) Kind() string {
	kind, _, _ := strings.Cut(string(a), ":")
	return kind
}

// Entry is one line of a posting.
type Entry struct {
	Account Account
	Amount  int64  // minor units: debit positive, credit negative
	TaxCode string // VAT code of fee lines, else empty
	Pending bool   // true until the amount is available (a direct debit inside its return window)
}

// Posting is a balanced set of entries for one event on one business day.
type Posting struct {
	Event    string // capture, refund, receipt, assignment, ...
	Ref      string // id of the noun that caused it
	Day      cal.Day
	Currency money.Currency
	Entries  []Entry // sorted by account
}

// ErrUnbalanced is returned for entries that do not sum to zero.
var ErrUnbalanced = errors.New("entries do not balance")

// New returns the posting of an event, or an error if the entries are fewer than two, zero, or do not sum to zero.
// Entries of amount zero are left out by the caller's amounts being zero: they are dropped here.
func New(event, ref string, day cal.Day, cur money.Currency, entries ...Entry) (Posting, error) {
	kept := make([]Entry, 0, len(entries))
	var sum int64
	for _, e := range entries {
		if e.Amount == 0 {
			continue
		}
		next := sum + e.Amount
		if (e.Amount > 0) != (next > sum) {
			return Posting{}, fmt.Errorf("%s of %s: amounts overflow", event, ref)
		}
		sum = next
		kept = append(kept, e)
	}
	if len(kept) < 2 || sum != 0 {
		return Posting{}, fmt.Errorf("%s of %s: %w: %d entries sum to %d", event, ref, ErrUnbalanced, len(kept), sum)
	}
	slices.SortStableFunc(kept, func(a, b Entry) int { return strings.Compare(string(a.Account), string(b.Account)) })
	return Posting{Event: event, Ref: ref, Day: day, Currency: cur, Entries: kept}, nil
}

// Debit builds the entry that debits an account by a positive amount.
func Debit(a Account, amount int64) Entry { return Entry{Account: a, Amount: amount} }

// Credit builds the entry that credits an account by a positive amount.
func Credit(a Account, amount int64) Entry { return Entry{Account: a, Amount: -amount} }

// Canonical is the byte form of a posting that its commitment is computed over.
func (p Posting) Canonical() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%d\n%s\n", p.Event, p.Ref, p.Day, p.Currency)
	for _, e := range p.Entries {
		fmt.Fprintf(&b, "%s %d %s %t\n", e.Account, e.Amount, e.TaxCode, e.Pending)
	}
	return []byte(b.String())
}

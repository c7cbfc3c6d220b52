package bankfile

import (
	"fmt"
	"io"

	"zahlziel/cal"
	"zahlziel/money"
)

// warningLimit bounds the warnings of a summary; the rest is counted.
const warningLimit = 50

// Summary is what a file holds, for people and for JSON. Amounts are minor units.
type Summary struct {
	File       string             `json:"file"`
	Kind       Kind               `json:"kind"`
	Version    int                `json:"version"` // 0: the file has no namespace
	MessageID  string             `json:"message_id"`
	Books      bool               `json:"books"`   // false: the file only announces (camt.052, camt.054)
	Entries    int                `json:"entries"` // all entries
	Booked     int                `json:"booked"`  // entries with status BOOK
	Other      int                `json:"not_booked"`
	Items      int                `json:"items"` // what would be booked, batches split
	Returns    int                `json:"returns"`
	References int                `json:"with_reference"` // items in which a creditor reference stands
	Sums       []Sum              `json:"sums"`           // booked entries, per currency
	FirstDay   cal.Day            `json:"first_day"`
	LastDay    cal.Day            `json:"last_day"`
	Statements []StatementSummary `json:"statements"`
	Warnings   []string           `json:"warnings"`
	Unlisted   int                `json:"warnings_not_listed,omitempty"`

	keys *Keys
}

// Sum adds up one currency.
type Sum struct {
	Currency money.Currency `json:"currency"`
	Credits  int            `json:"credits"`
	Credit   int64          `json:"credit_minor"`
	Debits   int            `json:"debits"`
	Debit    int64          `json:"debit_minor"`
}

// StatementSummary is one account's part of a file.
type StatementSummary struct {
	ID       string         `json:"id"`
	Number   string         `json:"number,omitempty"`
	Account  string         `json:"account"`
	Valid    bool           `json:"iban_valid"`
	Currency money.Currency `json:"currency,omitempty"`
	From     cal.Day        `json:"from"`
	To       cal.Day        `json:"to"`
	Entries  int            `json:"entries"`
	Sums     []Sum          `json:"sums"`
	Opening  *Amount        `json:"opening,omitempty"`
	Closing  *Amount        `json:"closing,omitempty"`
	Agrees   *bool          `json:"agrees,omitempty"` // opening plus booked entries is closing; absent if a balance is missing
}

// Check reads a whole file, books nothing, and says what it holds. The error is that of Parse.
func Check(r io.Reader, file string) (*Summary, error) {
	s := &Summary{File: file, FirstDay: cal.NoDay, LastDay: cal.NoDay,
		Sums: []Sum{}, Statements: []StatementSummary{}, Warnings: []string{}}
	err := Parse(r, file, Handler{Begin: s.begin, Entry: s.entry, End: s.end})
	if err != nil {
		return nil, err
	}
	if !s.Books {
		s.warn("%s only announces bookings; nothing is booked before the camt.053 of the day", s.Kind)
	}
	return s, nil
}

func (s *Summary) warn(format string, args ...any) {
	if len(s.Warnings) == warningLimit {
		s.Unlisted++
		return
	}
	s.Warnings = append(s.Warnings, fmt.Sprintf(format, args...))
}

func (s *Summary) begin(st *Statement) error {
	s.Kind, s.Version, s.MessageID, s.Books = st.Kind, st.Version, st.MessageID, st.Kind.Books()
	for _, other := range s.Statements {
		if other.ID == st.ID && other.Account == st.Account() && other.Number == st.Number && st.Page == 0 {
			s.warn("statement %s of account %s is in the file twice", st.ID, st.Account())
			break
		}
	}
	sum := StatementSummary{ID: st.ID, Number: st.Number, Account: st.Account(), Valid: st.IBAN.Valid(),
		Currency: st.Currency, From: st.From, To: st.To, Sums: []Sum{}}
	if st.IBAN != "" && !sum.Valid {
		s.warn("account: %v", st.IBAN.Validate())
	}
	if st.Copy {
		s.warn("statement %s is marked as a copy or duplicate", st.ID)
	}
	s.Statements = append(s.Statements, sum)
	s.keys = NewKeys(st)
	return nil
}

func (s *Summary) entry(_ *Statement, e *Entry) error {
	st := &s.Statements[len(s.Statements)-1]
	s.Entries++
	st.Entries++
	items := s.keys.Items(e)
	s.Items += len(items)
	for i := range items {
		if items[i].IsReturn {
			s.Returns++
		}
		if len(FindReferences(items[i].Lines()...)) > 0 {
			s.References++
		}
	}
	if len(e.Details) > 1 && len(items) == 1 {
		s.warn("entry %d: its %d transactions do not add up to it, it is kept whole", e.Index, len(e.Details))
	}
	if e.Batch > 1 && len(e.Details) > 1 && e.Batch != len(e.Details) {
		s.warn("entry %d: the bank announces %d transactions and sends %d", e.Index, e.Batch, len(e.Details))
	}
	if e.Assumed {
		s.warn("entry %d: the bank names no day, the statement's day %s is taken", e.Index, e.Booked)
	}
	if e.Status != Booked {
		s.Other++
		return nil
	}
	s.Booked++
	s.span(e.Day())
	for _, sums := range []*[]Sum{&s.Sums, &st.Sums} {
		if !addEntry(sums, e) {
			return &Error{File: s.File, Entry: e.Index, Element: "Ntry/Amt", Text: "the sum of all entries is larger than any amount this program handles"}
		}
	}
	return nil
}

func (s *Summary) span(d cal.Day) {
	if !s.FirstDay.IsSet() || d < s.FirstDay {
		s.FirstDay = d
	}
	if !s.LastDay.IsSet() || d > s.LastDay {
		s.LastDay = d
	}
}

// addEntry adds an entry to the sum of its currency and reports false on overflow.
func addEntry(sums *[]Sum, e *Entry) bool {
	i := 0
	for i < len(*sums) && (*sums)[i].Currency != e.Currency {
		i++
	}
	if i == len(*sums) {
		*sums = append(*sums, Sum{Currency: e.Currency})
	}
	sum := &(*sums)[i]
	if e.Credit {
		sum.Credits++
		return addTo(&sum.Credit, e.Amount)
	}
	sum.Debits++
	return addTo(&sum.Debit, e.Amount)
}

func (s *Summary) end(st *Statement) error {
	sum := &s.Statements[len(s.Statements)-1]
	sum.Opening, sum.Closing = Opening(st), Closing(st)
	if sum.Opening == nil || sum.Closing == nil || sum.Opening.Currency != sum.Closing.Currency {
		return nil
	}
	moved := sum.Opening.Minor
	for _, in := range sum.Sums {
		if in.Currency == sum.Opening.Currency && (!addTo(&moved, in.Credit) || !addTo(&moved, -in.Debit)) {
			return nil
		}
	}
	agrees := moved == sum.Closing.Minor
	sum.Agrees = &agrees
	if !agrees && st.Kind == Final {
		s.warn("statement %s: opening balance plus entries is %s, the closing balance is %s", st.ID,
			printed(Amount{moved, sum.Opening.Currency}), printed(*sum.Closing))
	}
	return nil
}

func printed(a Amount) string {
	return money.FormatPlain(a.Minor, a.Currency) + " " + string(a.Currency)
}

// Opening returns the booked balance a statement starts from, nil if it names none: the opening
// balance, the previous closing balance, or the first interim one on a later page.
func Opening(st *Statement) *Amount { return balanceOf(st, false, "OPBD", "PRCD", "ITBD") }

// Closing returns the booked balance a statement ends with, nil if it names none.
func Closing(st *Statement) *Amount { return balanceOf(st, true, "CLBD", "ITBD") }

func balanceOf(st *Statement, last bool, types ...string) *Amount {
	for _, t := range types {
		var found *Amount
		count := 0
		for _, b := range st.Balances {
			if b.Type == t {
				count++
				if found == nil || last {
					found = &Amount{b.Amount, b.Currency}
				}
			}
		}
		if found == nil || t == "ITBD" && count < 2 && interimEnds(st) != last {
			continue
		}
		return found
	}
	return nil
}

// interimEnds reports whether the only interim balance of a page stands at its end.
func interimEnds(st *Statement) bool {
	for _, b := range st.Balances {
		if b.Type == "OPBD" || b.Type == "PRCD" {
			return true
		}
	}
	return false
}

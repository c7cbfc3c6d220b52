package sim

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/money"
)

// transfer is money on its way to the operator's account.
type transfer struct {
	amount    int64
	name      string
	iban      bankfile.IBAN
	text      []string // what the payer typed
	reference string   // structured creditor reference, if the payer scanned the code
}

// bank keeps the operator's account and writes its statements.
type bank struct {
	mu      sync.Mutex
	owner   string
	iban    bankfile.IBAN
	bic     string
	balance int64
	number  int
	entries int
	days    map[cal.Day][]transfer
}

// send books a transfer on a day, or on the next bank day.
func (b *bank) send(day cal.Day, t transfer) cal.Day {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !cal.Target2.IsBusinessDay(day) {
		day++
	}
	b.days[day] = append(b.days[day], t)
	return day
}

// statement is the account's statement of a day, or nil when nothing was booked.
func (b *bank) statement(day cal.Day, at time.Time) *bankfile.Statement {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.days[day]
	delete(b.days, day)
	if len(in) == 0 {
		return nil
	}
	slices.SortFunc(in, func(x, y transfer) int {
		return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) // payers act at once, the bank's order is its own
	})
	b.number++
	id := fmt.Sprintf("DEMO-%s-%04d", day, b.number)
	s := &bankfile.Statement{Kind: bankfile.Final, MessageID: id, ID: id, Number: fmt.Sprint(b.number), Created: at, From: day, To: day,
		IBAN: b.iban, Owner: b.owner, BIC: b.bic, Currency: money.EUR}
	s.Balances = append(s.Balances, bankfile.Balance{Type: "OPBD", Amount: b.balance, Currency: money.EUR, Day: day})
	for _, t := range in {
		b.entries++
		b.balance += t.amount
		s.Entries = append(s.Entries, b.entry(t, day))
	}
	s.Balances = append(s.Balances, bankfile.Balance{Type: "CLBD", Amount: b.balance, Currency: money.EUR, Day: day})
	return s
}

func (b *bank) entry(t transfer, day cal.Day) bankfile.Entry {
	code := bankfile.TxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT", Proprietary: "NTRF+166", Issuer: "DK"}
	d := bankfile.Detail{EndToEndID: "NOTPROVIDED", Amount: bankfile.Amount{Minor: t.amount, Currency: money.EUR}, Direction: bankfile.CreditSide,
		Debtor: bankfile.Party{Name: t.name, IBAN: t.iban}, Creditor: bankfile.Party{Name: b.owner, IBAN: b.iban}, Text: t.text}
	if t.reference != "" {
		d.References = []string{t.reference}
	}
	return bankfile.Entry{BankRef: fmt.Sprintf("%s-%06d", strings.ReplaceAll(day.String(), "-", ""), b.entries), Amount: t.amount, Currency: money.EUR, Credit: true,
		Status: bankfile.Booked, Booked: day, Value: day, Code: code, Info: "SEPA-Gutschrift", Details: []bankfile.Detail{d}}
}

// importDay imports the day's statement, if there is one, and tells how many bookings it had.
func (b *bank) importDay(ctx context.Context, a *app.App, day cal.Day, at time.Time) (int, error) {
	s := b.statement(day, at)
	if s == nil {
		return 0, nil
	}
	var file bytes.Buffer
	if err := bankfile.WriteCAMT053(&file, s); err != nil {
		return 0, err
	}
	if _, err := a.ImportBank(ctx, app.System, s.ID+".xml", &file, nil); err != nil {
		return 0, fmt.Errorf("statement of %s: %w", day, err)
	}
	return len(s.Entries), nil
}

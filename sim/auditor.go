package sim

import (
	"context"
	"fmt"
	"sync"

	"zahlziel/ledger"
)

// auditor keeps what the world did in the simplest books there are and knows nothing of postings: what each person was
// delivered, returned and paid, what each shop sold, and what nobody knows the owner of.
type auditor struct {
	mu      sync.Mutex
	owes    map[*player]int64 // delivered - returned - paid
	owed    map[*shop]int64   // sold - returned - fees with VAT
	nobodys int64
}

func newAuditor() *auditor {
	return &auditor{owes: map[*player]int64{}, owed: map[*shop]int64{}}
}

func (b *auditor) captured(p *player, s *shop, amount int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fee := halfUp(amount*s.merchant.FeeRate, 10000) + s.merchant.FeeFixed
	b.owes[p] += amount
	b.owed[s] += amount - fee - halfUp(fee*s.merchant.FeeTaxRate, 10000)
}

func (b *auditor) refunded(p *player, s *shop, amount int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owes[p] -= amount
	b.owed[s] -= amount
}

// received notes money at the bank; nil is the owner of what the import cannot assign.
func (b *auditor) received(p *player, amount int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == nil {
		b.nobodys += amount
		return
	}
	b.owes[p] -= amount
}

func halfUp(n, d int64) int64 { return (2*n + d) / (2 * d) }

// check compares with the ledger of the installation and returns the first difference.
func (b *auditor) check(ctx context.Context, w *world) error {
	have, err := balances(ctx, w)
	if err != nil {
		return err
	}
	for _, p := range w.players {
		id := string(p.id)
		if got := have[ledger.Receivable(id)] + have[ledger.ConsumerCredit(id)]; got != b.owes[p] {
			return differs(p.person.address.FullName()+" ("+p.state+") owes", got, b.owes[p])
		}
	}
	for _, s := range w.shops {
		id := string(s.merchant.ID)
		if got := -have[ledger.Payable(id)]; got != b.owed[s] {
			return differs(s.merchant.Name+" is owed", got, b.owed[s])
		}
	}
	iban := string(w.bank.iban)
	if got := have[ledger.Bank(iban)]; got != w.bank.balance {
		return differs("the bank account holds", got, w.bank.balance)
	}
	if got := -have[ledger.Unidentified(iban)]; got != b.nobodys {
		return differs("nobody's money is", got, b.nobodys)
	}
	return b.checkDay(ctx, w)
}

func (b *auditor) checkDay(ctx context.Context, w *world) error {
	day, err := w.a.Day(ctx)
	if err == nil && day != w.last {
		err = differs("the business day is", int64(day), int64(w.last))
	}
	return err
}

func differs(what string, ledger, world int64) error {
	return fmt.Errorf("sim: %s %d in the ledger, %d in the world", what, ledger, world)
}

// balances sums the kept balances over all buckets: debit positive.
func balances(ctx context.Context, w *world) (map[ledger.Account]int64, error) {
	rows, err := w.a.DB.SQL().QueryContext(ctx, "SELECT id, CAST(SUM(debit - credit) AS BIGINT) FROM balances GROUP BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ledger.Account]int64{}
	for rows.Next() {
		var id string
		var sum int64
		if err := rows.Scan(&id, &sum); err != nil {
			return nil, err
		}
		out[ledger.Account(id)] = sum
	}
	return out, rows.Err()
}

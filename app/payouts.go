package app

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"sync"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// PayoutCollecting is the state of a payout while the day run still puts items into it; only due ones may be sent.
const PayoutCollecting = "collecting"

// States of a payout behind collecting.
const (
	PayoutDue       = "due"
	PayoutSent      = "sent"
	PayoutConfirmed = "confirmed"
	PayoutCarried   = "carried" // the cycle ends with a debt, or with nothing: there is nothing to send
)

// payoutItemsMax is how many items one unit of work puts into a payout.
const payoutItemsMax = 4000

// payOut makes what is due into payouts: one for each merchant, currency and cycle. The merchant's payable changes when money is sent.
func (r *dayRun) payOut(ctx context.Context) error {
	shops, err := r.a.DB.Merchants(ctx) // not from memory: another process may have held one since
	if err != nil {
		return err
	}
	var mu sync.Mutex
	return fan(ctx, dayBuckets, shops, func(m pay.Merchant) error {
		sums, err := r.payOutTo(ctx, m)
		mu.Lock()
		defer mu.Unlock()
		for c, sum := range sums {
			r.done.Payouts++
			r.done.PayoutSums[c] += sum
		}
		return err
	})
}

// payOutTo returns the amounts of the payouts that it completed.
func (r *dayRun) payOutTo(ctx context.Context, m pay.Merchant) (map[money.Currency]int64, error) {
	if m.Held || !m.Settlement.ClosesOn(r.day, cal.Target2) {
		return nil, nil
	}
	due, err := r.a.DB.DueTotals(ctx, m.ID, r.day)
	if err != nil {
		return nil, err
	}
	if _, any := due[m.Currency]; !any {
		due[m.Currency] = 0 // a payout that a stop left open may lack nothing but its end
	}
	done := map[money.Currency]int64{}
	for _, c := range slices.Sorted(maps.Keys(due)) {
		p := &payout{a: r.a, day: r.day, shop: m.ID, currency: c, id: payoutID(m.ID, c, r.day)}
		if early, err := p.tooEarly(ctx, m.Settlement.FirstDays); err != nil || early {
			return done, err
		}
		complete, err := p.collect(ctx)
		if err != nil {
			return done, err
		}
		if complete != nil && complete.Amount > 0 {
			done[c] = complete.Amount
		}
	}
	return done, nil
}

// tooEarly reports whether a merchant's first payout still has to wait: so many days after its first amount became due.
func (p *payout) tooEarly(ctx context.Context, days int) (bool, error) {
	if days == 0 {
		return false, nil
	}
	if had, err := p.a.DB.AnyPayout(ctx, p.shop, p.currency, p.day); err != nil || had {
		return false, err
	}
	first, err := p.a.DB.DueItemsIn(ctx, p.shop, p.currency, p.day, 1)
	if err != nil || len(first) == 0 {
		return false, err
	}
	return p.day < first[0].DueDay+cal.Day(days), nil
}

// payoutID is the same each time the day is run.
func payoutID(m pay.MerchantID, c money.Currency, day cal.Day) pay.PayoutID {
	h := sha256.Sum256([]byte(string(m) + " " + string(c) + " " + day.String()))
	return pay.PayoutID(pay.MintID(pay.PrefixPayout, max(pay.CellOf(string(m)), 0), pay.Germany.Midnight(day), [8]byte(h[:8])))
}

// payout is one payout in the making.
type payout struct {
	a        *App
	day      cal.Day
	shop     pay.MerchantID
	currency money.Currency
	id       pay.PayoutID
}

// collect puts all due items into the payout and returns it once it is complete, or nil. A sum that the merchant owes is
// carried into the next payout.
func (p *payout) collect(ctx context.Context) (*pay.Payout, error) {
	begun, err := store.LoadID(ctx, p.a.DB, store.Payouts, p.id)
	switch {
	case err != nil:
		return nil, err
	case begun != nil && begun.State != PayoutCollecting:
		return nil, nil // made before; what became due since waits for the next one
	}
	for {
		items, err := p.a.DB.DueItemsIn(ctx, p.shop, p.currency, p.day, payoutItemsMax)
		if err != nil {
			return nil, err
		}
		if begun == nil && len(items) == 0 {
			return nil, nil
		}
		last := len(items) < payoutItemsMax
		row, err := p.add(ctx, items, last)
		if err != nil || last {
			return row, err
		}
		begun = row
	}
}

// add puts items that are in no payout yet into this one.
func (p *payout) add(ctx context.Context, items []*pay.PayoutItem, last bool) (*pay.Payout, error) {
	b := bucketOf(p.id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Payouts.At(b, string(p.id))}}
	for _, it := range items {
		u.Load = append(u.Load, store.PayoutItems.At(b, it.ID))
	}
	return do(ctx, p.a, System, "payout", Key{}, u, func(tx *store.Tx) (*pay.Payout, error) {
		row, err := store.Get(tx, store.Payouts, string(p.id))
		if err != nil {
			return nil, err
		}
		if row == nil {
			row = &pay.Payout{ID: p.id, MerchantID: p.shop, DueDay: p.day, Currency: p.currency, State: PayoutCollecting, At: tx.At}
		}
		if row.State != PayoutCollecting {
			return nil, nil
		}
		for _, known := range items {
			it, err := store.Get(tx, store.PayoutItems, known.ID)
			if err != nil {
				return nil, err
			}
			if it == nil || it.PayoutID != "" {
				continue
			}
			it.PayoutID = p.id
			row.Amount += it.Amount
			store.Save(tx, store.PayoutItems, it)
		}
		if last {
			if row.Opening, err = tx.ClosingDebt(p.shop, p.currency, p.day); err != nil {
				return nil, err
			}
			row.Amount, row.Closing = pay.Balance(row.Opening, row.Amount)
			row.State = PayoutDue
			if row.Amount == 0 {
				row.State = PayoutCarried
			}
			p.a.tell(tx, p.shop, EventPayoutCreated, string(p.id), map[string]any{"payout_id": pay.Bare(p.id), "amount": row.Amount, "currency": row.Currency, "day": p.day.String()})
		}
		store.Save(tx, store.Payouts, row)
		return row, nil
	})
}

package app

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// Settlement is a complete payout as its shop sees it: what it began with, what its items add up to by event, what was
// paid. Opening debt and closing debt make it exact: Amount = sum of Sums - Payout.Opening + Payout.Closing.
type Settlement struct {
	Payout pay.Payout
	Sums   map[string]int64 // by pay.SettlementEvents
	Items  int64
}

// SettlementQuery chooses a shop's payouts by their day.
type SettlementQuery struct {
	From     cal.Day
	Until    cal.Day
	Currency money.Currency
	Limit    int
	Offset   int
}

var errNoPayout = pay.Errorf(pay.Missing, "no_such_payout", "", "There is no such payout")

// PayoutsMax bounds how many payouts one report sums up.
const PayoutsMax = 2000

// Settlements returns the actor's payouts, the oldest first, and how many there are on all pages.
func (a *App) Settlements(ctx context.Context, who Actor, q SettlementQuery) ([]Settlement, int64, error) {
	if who.Merchant == "" {
		return nil, 0, errForbidden
	}
	f := store.PayoutFilter{Merchant: who.Merchant, From: q.From, Until: q.Until, Currency: q.Currency}
	rows, err := a.DB.PayoutsLike(ctx, f, q.Limit, q.Offset)
	if err != nil {
		return nil, 0, err
	}
	out := make([]Settlement, 0, len(rows))
	for _, p := range rows {
		s, err := a.settlement(ctx, p)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, *s)
	}
	total, err := a.DB.CountPayouts(ctx, f)
	return out, total, err
}

func (a *App) settlement(ctx context.Context, p *pay.Payout) (*Settlement, error) {
	sums, err := a.DB.PayoutSums(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &Settlement{Payout: *p, Sums: map[string]int64{}}
	total := p.Closing - p.Opening
	for _, part := range sums {
		s.Sums[pay.SettlementEvent(part.Event)] += part.Amount
		s.Items += part.Items
		total += part.Amount
	}
	if total != p.Amount {
		return nil, fmt.Errorf("payout %s: %d is paid, but its items and debts give %d", p.ID, p.Amount, total)
	}
	return s, nil
}

// Settlement returns one of the actor's payouts.
func (a *App) Settlement(ctx context.Context, who Actor, id pay.PayoutID) (*Settlement, error) {
	p, err := store.LoadID(ctx, a.DB, store.Payouts, id)
	if err != nil {
		return nil, err
	}
	if p == nil || p.State == PayoutCollecting || !who.owns(p.MerchantID) && !who.Can(DeedPayouts) {
		return nil, errNoPayout
	}
	return a.settlement(ctx, p)
}

// PayoutList chooses a page of a shop's payouts, newest first.
type PayoutList struct {
	From     cal.Day
	Until    cal.Day
	Currency money.Currency   // empty: all
	Behind   store.PayoutMark // the last payout of the page before; without an id: the first page
	Limit    int
}

// MerchantPayouts returns a page of the actor's payouts, newest first.
func (a *App) MerchantPayouts(ctx context.Context, who Actor, q PayoutList) ([]*pay.Payout, error) {
	if who.Merchant == "" {
		return nil, errForbidden
	}
	f := store.PayoutFilter{Merchant: who.Merchant, From: q.From, Until: q.Until, Currency: q.Currency}
	return a.DB.PayoutsBehind(ctx, f, q.Behind, q.Limit)
}

// Transaction is one item of a payout with the sale behind it.
type Transaction struct {
	Item       pay.PayoutItem
	Order      pay.Order
	Capture    pay.Capture
	RefundID   pay.RefundID
	Reference1 string
	Reference2 string
	CaptureRef string // the shop's own reference of the capture
	RefundRef  string // the shop's own reference of the refund
	Country    string
	Shipping   string // country that the goods went to
	Reason     string // of a dispute
}

// TransactionQuery chooses a shop's items; without payout and order it means all of them.
type TransactionQuery struct {
	Payout pay.PayoutID
	Order  pay.OrderID
	After  string // behind the item with this id
	Limit  int
	Offset int
}

// CountedMax is how far the rows of a long list are counted.
const CountedMax = 10_000

// Transactions returns the actor's items in the order of their making, and how many there are on all pages. More than
// CountedMax of them are only counted as far as it takes to know whether more follow the page.
func (a *App) Transactions(ctx context.Context, who Actor, q TransactionQuery) ([]Transaction, int64, error) {
	if who.Merchant == "" {
		return nil, 0, errForbidden
	}
	f := store.ItemFilter{Merchant: who.Merchant, Payout: q.Payout, After: q.After}
	if q.Order != "" {
		refs, err := a.refsOf(ctx, who, q.Order)
		if err != nil || len(refs) == 0 {
			return nil, 0, err
		}
		f.Refs = refs
	}
	total, err := a.DB.CountItems(ctx, f, max(CountedMax, int64(q.Offset+q.Limit))+1)
	if err != nil {
		return nil, 0, err
	}
	out, err := a.transactions(ctx, f, q.Limit, q.Offset)
	return out, total, err
}

func (a *App) transactions(ctx context.Context, f store.ItemFilter, limit, offset int) ([]Transaction, error) {
	items, err := a.DB.ItemsLike(ctx, f, limit, offset)
	if err != nil {
		return nil, err
	}
	out := make([]Transaction, len(items))
	at := make([]int, len(items))
	for i := range at {
		at[i] = i
	}
	err = fan(ctx, dayBuckets, at, func(i int) error {
		t, err := a.transaction(ctx, items[i])
		if err == nil {
			out[i] = *t
		}
		return err
	})
	return out, err
}

// transactionsPage is how many transactions are read at once for a report.
const transactionsPage = 500

// EachTransaction walks all items of one of the actor's payouts in the order of their making, and ends with the first error.
func (a *App) EachTransaction(ctx context.Context, who Actor, id pay.PayoutID) iter.Seq2[*Transaction, error] {
	return func(yield func(*Transaction, error) bool) {
		if who.Merchant == "" {
			yield(nil, errForbidden)
			return
		}
		f := store.ItemFilter{Merchant: who.Merchant, Payout: id}
		for {
			page, err := a.transactions(ctx, f, transactionsPage, 0)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page {
				if !yield(&page[i], nil) {
					return
				}
			}
			if len(page) < transactionsPage {
				return
			}
			f.After = page[len(page)-1].Item.ID
		}
	}
}

// refsOf are the ids of what an order of the actor has led to: captures, refunds and disputes.
func (a *App) refsOf(ctx context.Context, who Actor, id pay.OrderID) ([]string, error) {
	o, err := store.LoadID(ctx, a.DB, store.Orders, id)
	if err != nil || o == nil || !who.owns(o.MerchantID) {
		return nil, err
	}
	captures, err := a.DB.CapturesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	var refs []string
	for _, c := range captures {
		refs = append(refs, string(c.ID))
	}
	refunds, err := a.DB.RefundsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, r := range refunds {
		refs = append(refs, string(r.ID))
	}
	disputes, err := a.DB.DisputesLike(ctx, store.DisputeFilter{Merchant: who.Merchant, Order: id, Limit: disputesMax})
	for _, d := range disputes {
		refs = append(refs, string(d.ID))
	}
	return refs, err
}

// transaction finds the sale behind an item. Of an erased person the amounts remain.
func (a *App) transaction(ctx context.Context, it *pay.PayoutItem) (*Transaction, error) {
	t := &Transaction{Item: *it}
	capture, key, err := a.causeOf(ctx, t)
	if err != nil {
		return nil, err
	}
	c, err := store.LoadID(ctx, a.DB, store.Captures, capture)
	if err != nil {
		return nil, err
	}
	if c != nil {
		t.Capture = *c
		parcel, err := openKept[pay.Parcel](key, string(c.ID), c.Sealed)
		if err != nil {
			return nil, err
		}
		t.CaptureRef, t.Order.ID = parcel.Reference, c.OrderID
		t.Capture.Sealed = nil
	}
	o, err := store.LoadID(ctx, a.DB, store.Orders, t.Order.ID)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, fmt.Errorf("payout item %s: there is no order behind %s", it.ID, it.Ref)
	}
	cart, err := openKept[pay.Cart](key, string(o.ID), o.Sealed)
	if err != nil {
		return nil, err
	}
	t.Order = *o
	t.Order.Sealed = nil
	t.Reference1, t.Reference2, t.Country = cart.Reference1, cart.Reference2, cart.Country
	if to := cart.Delivery(); to != nil {
		t.Shipping = to.Country
	}
	return t, nil
}

// causeOf reads what an item refers to and returns the capture behind it with the consumer's key.
func (a *App) causeOf(ctx context.Context, t *Transaction) (pay.CaptureID, *vault.Key, error) {
	ref := t.Item.Ref
	switch prefix, _, _ := strings.Cut(ref, "_"); prefix {
	case pay.PrefixRefund:
		r, err := store.LoadID(ctx, a.DB, store.Refunds, pay.RefundID(ref))
		if err != nil || r == nil {
			return "", nil, err
		}
		key, err := a.keptKey(ctx, r.ConsumerID)
		if err != nil {
			return "", nil, err
		}
		parcel, err := openKept[pay.Parcel](key, ref, r.Sealed)
		if err != nil {
			return "", nil, err
		}
		t.RefundID, t.RefundRef, t.Order.ID = r.ID, parcel.Reference, r.OrderID
		if len(parcel.Parts) > 0 {
			return parcel.Parts[0].CaptureID, key, nil
		}
		return "", key, nil
	case pay.PrefixDispute:
		d, err := store.LoadID(ctx, a.DB, store.Disputes, pay.DisputeID(ref))
		if err != nil || d == nil {
			return "", nil, err
		}
		t.Reason = d.Reason
		key, err := a.keptKey(ctx, d.ConsumerID)
		return d.CaptureID, key, err
	}
	c, err := store.LoadID(ctx, a.DB, store.Captures, pay.CaptureID(ref))
	if err != nil || c == nil {
		return "", nil, err
	}
	key, err := a.keptKey(ctx, c.ConsumerID)
	return c.ID, key, err
}

// SetSettlement changes when and how a shop is paid. What was booked before stays as it is.
func (a *App) SetSettlement(ctx context.Context, who Actor, id pay.MerchantID, terms pay.SettlementTerms) error {
	if !who.System && !who.Can(DeedTerms) {
		return errForbidden
	}
	if err := terms.Check(); err != nil {
		return err
	}
	m := a.merchant(id)
	if m == nil {
		return pay.Errorf(pay.Missing, "no_such_merchant", "", "There is no such merchant")
	}
	m.Settlement = terms
	if err := a.DB.PutMerchant(ctx, *m); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "settlement_terms", bucketOf(id), string(id), string(mustJSON(terms))); err != nil {
		return err
	}
	return a.Reload(ctx)
}

// PayoutLine is a payout of any shop, for the desk.
type PayoutLine struct {
	Payout pay.Payout
	Shop   string
}

// payoutsListed is how many payouts the desk lists.
const payoutsListed = 200

// Payouts lists the payouts of all shops, newest first.
func (a *App) Payouts(ctx context.Context, who Actor) ([]PayoutLine, error) {
	if !who.Can(DeedPayouts) {
		return nil, errForbidden
	}
	rows, err := a.DB.RecentPayouts(ctx, payoutsListed)
	if err != nil {
		return nil, err
	}
	var out []PayoutLine
	for _, p := range rows {
		out = append(out, PayoutLine{*p, a.MerchantName(p.MerchantID)})
	}
	return out, nil
}

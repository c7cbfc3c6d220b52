package app

import (
	"context"

	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// merchantBooks books messages for one merchant: every change of what it is owed is an item of a payout to come.
type merchantBooks struct {
	tx   *store.Tx
	shop *pay.Merchant
	m    *pay.Message
	due  cal.Day
}

// bookForMerchant credits or debits what a merchant is owed, withholds what is in dispute, books the fee of a capture and its
// reserve, and puts all of it into a payout to come.
func (a *App) bookForMerchant(tx *store.Tx, id pay.MerchantID, m *pay.Message) error {
	shop := a.merchant(id)
	if shop == nil {
		return errForbidden
	}
	w, withholds, err := pay.WithholdingOf(m)
	if err != nil {
		return err
	}
	b := &merchantBooks{tx: tx, shop: shop, m: m}
	if b.due, err = a.payoutDay(tx, shop); err != nil {
		return err
	}
	owner := string(id)
	posting, err := ledger.New(m.Event+"_cleared", m.Ref, tx.Day, m.Currency, ledger.Debit(ledger.Clearing(owner, m.Bucket), m.Amount),
		ledger.Credit(ledger.Held(owner), w.Held), ledger.Credit(ledger.Payable(owner), m.Amount-w.Held))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	switch {
	case withholds:
		return b.dispute(w)
	case m.Event == pay.EventCapture:
		b.item("", m.Event, m.Amount)
		return b.capture()
	}
	b.item("", m.Event, m.Amount)
	return nil
}

// item puts an amount into a payout to come; part tells several items of one message apart.
func (b *merchantBooks) item(part, event string, amount int64) *pay.PayoutItem {
	it := &pay.PayoutItem{Bucket: b.tx.Bucket, ID: b.m.ID + part, MerchantID: b.shop.ID, Amount: amount, Currency: b.m.Currency, Event: event, Ref: b.m.Ref, DueDay: b.due}
	if amount != 0 {
		store.Save(b.tx, store.PayoutItems, it)
	}
	return it
}

// capture books what a merchant pays for a capture, and keeps back its reserve.
func (b *merchantBooks) capture() error {
	fee, err := money.Percent(b.m.Amount, b.shop.FeeRate, money.HalfUp)
	if err != nil {
		return err
	}
	if err := b.fee(fee+b.shop.FeeFixed, pay.EventFee, pay.EventFeeTax); err != nil {
		return err
	}
	terms := b.shop.Settlement
	kept, err := money.Percent(b.m.Amount, terms.ReserveRate, money.HalfUp)
	if err != nil || kept <= 0 {
		return err
	}
	owner := string(b.shop.ID)
	posting, err := ledger.New(pay.EventReserve, b.m.Ref, b.tx.Day, b.m.Currency, ledger.Debit(ledger.Payable(owner), kept), ledger.Credit(ledger.Reserve(owner), kept))
	if err := b.tx.Post(posting, err); err != nil {
		return err
	}
	b.item("-reserve", pay.EventReserve, -kept)
	store.Save(b.tx, store.Reserves, &pay.Reserve{ID: pay.ReserveID(b.tx.IDIn(pay.PrefixReserve, pay.CellOf(owner))), MerchantID: b.shop.ID, Amount: kept, Currency: b.m.Currency,
		Ref: b.m.Ref, ReleaseDay: b.tx.Day + cal.Day(terms.ReserveDays)})
	return nil
}

// fee charges a fee with its VAT; both are items, so that a report shows the tax apart.
func (b *merchantBooks) fee(fee int64, event, taxEvent string) error {
	vat, err := money.Percent(fee, b.shop.FeeTaxRate, money.HalfUp)
	if err != nil || fee == 0 {
		return err
	}
	owner := string(b.shop.ID)
	income := ledger.Credit(ledger.FeeIncome(owner), fee)
	income.TaxCode = b.shop.FeeTax
	posting, err := ledger.New(event, b.m.Ref, b.tx.Day, b.m.Currency, ledger.Debit(ledger.Payable(owner), fee+vat), income, ledger.Credit(ledger.VAT(b.shop.FeeTax), vat))
	if err := b.tx.Post(posting, err); err != nil {
		return err
	}
	it := b.item("-fee", event, -fee)
	it.Tax, it.TaxRate = vat, b.shop.FeeTaxRate
	b.item("-tax", taxEvent, -vat)
	return nil
}

// dispute shows what is withheld or released at once; a lost dispute releases everything and takes what was lost.
func (b *merchantBooks) dispute(w pay.Withholding) error {
	b.due = b.tx.Day
	switch b.m.Event {
	case pay.EventDisputeOpened, pay.EventDisputeReleased:
		b.item("", b.m.Event, -w.Held)
		return nil
	}
	b.item("-released", pay.EventDisputeReleased, -w.Held)
	b.item("-lost", b.m.Event, b.m.Amount)
	return b.fee(w.Fee, pay.EventDisputeFee, pay.EventDisputeFeeTax)
}

// releaseReserves gives back what was kept as security long enough.
func (r *dayRun) releaseReserves(ctx context.Context, bucket int) error {
	return drain(ctx, func() ([]*pay.Reserve, error) {
		return r.a.DB.DueReserves(ctx, bucket, r.day, dayPage)
	}, func(kept *pay.Reserve) error {
		u := store.Unit{Bucket: bucket, Load: []store.Ref{store.Reserves.At(bucket, string(kept.ID))}}
		changed, err := do(ctx, r.a, System, "day", Key{}, u, func(tx *store.Tx) (bool, error) {
			row, err := store.Get(tx, store.Reserves, string(kept.ID))
			if err != nil || row == nil || row.Released != 0 {
				return false, err
			}
			owner := string(row.MerchantID)
			posting, err := ledger.New(pay.EventReserveRelease, row.Ref, tx.Day, row.Currency, ledger.Debit(ledger.Reserve(owner), row.Amount), ledger.Credit(ledger.Payable(owner), row.Amount))
			if err := tx.Post(posting, err); err != nil {
				return false, err
			}
			row.Released = 1
			store.Save(tx, store.Reserves, row)
			store.Save(tx, store.PayoutItems, &pay.PayoutItem{Bucket: bucket, ID: string(row.ID), MerchantID: row.MerchantID, Amount: row.Amount, Currency: row.Currency,
				Event: pay.EventReserveRelease, Ref: row.Ref, DueDay: tx.Day})
			return true, nil
		})
		count(&r.done.Reserves, changed)
		return err
	})
}

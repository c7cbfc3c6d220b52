package app

import (
	"context"
	"fmt"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
)

// Capture books a delivery: the operator buys the receivable, the consumer gets an invoice, the shop is owed the amount.
func (a *App) Capture(ctx context.Context, who Actor, key Key, id pay.OrderID, amount int64, parcel pay.Parcel) (*pay.Capture, error) {
	load := []store.Ref{store.Series.At(bucketOf(id), "invoice")}
	return onOrder(ctx, a, who, "capture", key, id, load, func(tx *store.Tx, o *pay.Order, p *person) (*pay.Capture, error) {
		if err := o.Capture(amount, tx.At); err != nil {
			return nil, err
		}
		return a.capture(tx, o, p, amount, parcel)
	})
}

// capture is behind the point of no return: the order already counts it.
func (a *App) capture(tx *store.Tx, o *pay.Order, p *person, amount int64, parcel pay.Parcel) (*pay.Capture, error) {
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return nil, err
	}
	inv, err := a.newInvoice(tx, p, o.Method, amount)
	if err != nil {
		return nil, err
	}
	c := &pay.Capture{ID: pay.CaptureID(tx.IDIn(pay.PrefixCapture, pay.CellOf(string(o.ID)))), OrderID: o.ID, ConsumerID: o.ConsumerID,
		MerchantID: o.MerchantID, InvoiceID: inv.ID, Number: o.Captures, Amount: amount, At: tx.At}
	c.Sealed = p.seal(string(c.ID), parcel)
	store.Save(tx, store.Captures, c)
	inv.Kind, inv.MerchantID, inv.OrderID, inv.CaptureID, inv.Regime, inv.Reason = pay.InvoiceClaim, o.MerchantID, o.ID, c.ID, o.Regime, o.Reason
	inv.DefaultSince = defaultSince(inv.DueDay)
	if err := a.owe(tx, string(o.MerchantID), "capture", string(c.ID), amount, o.Currency, ledger.Receivable(string(o.ConsumerID))); err != nil {
		return nil, err
	}
	if !pay.IsCredit(o.Method) {
		if err := a.usePrepayment(tx, o, p, pol, inv); err != nil {
			return nil, err
		}
	}
	store.Save(tx, store.Invoices, inv)
	p.setItem(pol, inv, tx.Day, tx.Day)
	a.queue(tx, JobPaymentRequest, string(inv.ID), nil)
	a.tellOrder(tx, EventOrderCaptured, o, map[string]any{"capture_id": pay.Bare(c.ID), "amount": amount})
	return c, nil
}

// defaultSince is the first day of default: the term was agreed at checkout, so § 286(2) no. 1 BGB makes the day after it.
func defaultSince(due cal.Day) cal.Day { return due + 1 }

// owe books what a party is owed for something in this bucket and sends the amount on its way to the party's books.
// from is the account that is debited here; a negative amount is owed by the party.
func (a *App) owe(tx *store.Tx, party, event, ref string, amount int64, cur cur, from ledger.Account) error {
	posting, err := ledger.New(event, ref, tx.Day, cur, ledger.Debit(from, amount), ledger.Credit(ledger.Clearing(party, tx.Bucket), amount))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	a.send(tx, &pay.Message{Party: party, Event: event, Ref: ref, Amount: amount, Currency: cur})
	return nil
}

func (a *App) send(tx *store.Tx, m *pay.Message) {
	m.Bucket, m.ID, m.Day = tx.Bucket, tx.ID("msg"), tx.Day
	store.Save(tx, store.Outbox, m)
	tx.After(a.Wake)
}

// creditPayment stands in place of a payment's id where an invoice was paid from what the consumer had in credit.
const creditPayment = "credit"

// usePrepayment pays an invoice from the money that was booked for its order before delivery: no more than came in and
// was not used by earlier captures.
func (a *App) usePrepayment(tx *store.Tx, o *pay.Order, p *person, pol *credit.Policy, inv *pay.Invoice) error {
	auth, err := store.Get(tx, store.Authorizations, string(o.AuthorizationID))
	if err != nil {
		return err
	}
	demand, err := store.Get(tx, store.Invoices, string(auth.InvoiceID))
	if err != nil {
		return err
	}
	part := min(inv.Amount, demand.Paid-(o.Captured-inv.Amount))
	if part <= 0 {
		return nil
	}
	id := string(p.row.ID)
	posting, err := ledger.New("prepayment_used", string(inv.ID), tx.Day, inv.Currency,
		ledger.Debit(ledger.ConsumerCredit(id), part), ledger.Credit(ledger.Receivable(id), part))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	inv.Paid, inv.Open = part, inv.Amount-part
	store.Save(tx, store.Allocations, &pay.Allocation{PaymentID: creditPayment, InvoiceID: inv.ID, Amount: part, ValueDay: tx.Day, At: tx.At, Rule: "prepayment"})
	if inv.Open > 0 {
		return nil
	}
	inv.SettledDay, inv.DueDay, inv.DefaultSince = tx.Day, tx.Day, cal.NoDay
	p.facts.History.PaidAtOnce(pol, credit.Settlement{No: inv.No, Merchant: string(inv.MerchantID), Paid: inv.Paid, Due: inv.DueDay,
		Settled: tx.Day, Returns: tx.Day + returnDays, Today: tx.Day})
	return nil
}

// Refund gives money back for captured goods: open claims are lowered first, what was paid already becomes the consumer's credit.
func (a *App) Refund(ctx context.Context, who Actor, key Key, id pay.OrderID, amount int64, parcel pay.Parcel) (*pay.Refund, error) {
	return onOrder(ctx, a, who, "refund", key, id, nil, func(tx *store.Tx, o *pay.Order, p *person) (*pay.Refund, error) {
		if err := o.Refund(amount); err != nil {
			return nil, err
		}
		return a.refund(tx, o, p, amount, parcel)
	})
}

// bought is one capture with its invoice, and what a refund takes off both.
type bought struct {
	c          *pay.Capture
	inv        *pay.Invoice
	open, paid int64 // parts of the refund: off the open claim, and of what was paid
}

// refund is behind the point of no return: the order already counts it.
func (a *App) refund(tx *store.Tx, o *pay.Order, p *person, amount int64, parcel pay.Parcel) (*pay.Refund, error) {
	r := &pay.Refund{ID: pay.RefundID(tx.IDIn(pay.PrefixRefund, pay.CellOf(string(o.ID)))), OrderID: o.ID, ConsumerID: o.ConsumerID, MerchantID: o.MerchantID, Amount: amount, At: tx.At}
	captures, err := tx.CapturesIn(o.ID, o.Captures)
	if err != nil {
		return nil, err
	}
	var all []*bought
	for _, c := range captures {
		inv, err := store.Get(tx, store.Invoices, string(c.InvoiceID))
		if err != nil {
			return nil, err
		}
		all = append(all, &bought{c: c, inv: inv})
	}
	lowered, err := spread(all, amount)
	if err != nil {
		return nil, fmt.Errorf("refund of order %s: %w", o.ID, err)
	}
	id := string(o.ConsumerID)
	posting, err := ledger.New("refund", string(r.ID), tx.Day, o.Currency, ledger.Debit(ledger.Clearing(string(o.MerchantID), tx.Bucket), amount),
		ledger.Credit(ledger.Receivable(id), lowered), ledger.Credit(ledger.ConsumerCredit(id), amount-lowered))
	if err := tx.Post(posting, err); err != nil {
		return nil, err
	}
	a.send(tx, &pay.Message{Party: string(o.MerchantID), Event: "refund", Ref: string(r.ID), Amount: -amount, Currency: o.Currency})
	for _, b := range all {
		if b.open+b.paid == 0 {
			continue
		}
		if err := a.lower(tx, p, r, b); err != nil {
			return nil, err
		}
		parcel.Parts = append(parcel.Parts, pay.Part{CaptureID: b.c.ID, InvoiceID: b.inv.ID, Amount: b.open + b.paid})
	}
	r.Sealed = p.seal(string(r.ID), parcel)
	store.Save(tx, store.Refunds, r)
	a.tellOrder(tx, EventOrderRefunded, o, map[string]any{"refund_id": pay.Bare(r.ID), "amount": amount})
	return r, nil
}

// spread puts a refund on captures: open claims first, then what was paid. It returns how much of it is open claims.
func spread(all []*bought, amount int64) (lowered int64, err error) {
	left := amount
	for _, b := range all {
		b.open = min(left, b.inv.Open, b.c.Amount-b.c.Refunded)
		left -= b.open
		lowered += b.open
	}
	for _, b := range all {
		b.paid = min(left, b.c.Amount-b.c.Refunded-b.open)
		left -= b.paid
	}
	if left != 0 {
		return 0, fmt.Errorf("%d of %d have no capture", left, amount)
	}
	return lowered, nil
}

// lower takes a refund's parts off a capture and its invoice and brings the person's facts in line.
func (a *App) lower(tx *store.Tx, p *person, r *pay.Refund, b *bought) error {
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return err
	}
	c, inv := b.c, b.inv
	c.Refunded += b.open + b.paid
	store.Save(tx, store.Captures, c)
	store.Save(tx, store.RefundLines, &pay.RefundLine{ID: tx.ID("rfl"), RefundID: r.ID, CaptureID: c.ID, InvoiceID: inv.ID, Amount: b.open + b.paid})
	inv.Refunded += b.open
	inv.Open -= b.open
	if b.open > 0 && inv.Open == 0 {
		// Goods that went back are no late payment: what counts is when the person paid the rest.
		if inv.SettledDay, err = tx.LastPaid(inv.ID); err != nil {
			return err
		}
		if !inv.SettledDay.IsSet() {
			inv.SettledDay = tx.Day
		}
	}
	store.Save(tx, store.Invoices, inv)
	p.setItem(pol, inv, inv.SettledDay, tx.Day)
	if inv.DisputeID != "" {
		if err := a.refundInDispute(tx, p, inv, b.open+b.paid); err != nil {
			return err
		}
	}
	if b.paid > 0 {
		p.facts.History.Refunded(pol, inv.No, inv.Paid-(c.Refunded-inv.Refunded))
		a.mend(tx, p)
	}
	return nil
}

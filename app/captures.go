package app

import (
	"context"
	"fmt"

	"zahlziel/cal"
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
		if err := a.usePrepayment(tx, p, inv); err != nil {
			return nil, err
		}
	}
	store.Save(tx, store.Invoices, inv)
	p.setItem(pol, inv, tx.Day, tx.Day)
	a.queue(tx, JobPaymentRequest, string(inv.ID), nil)
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

// usePrepayment pays an invoice from the money that was booked before delivery.
func (a *App) usePrepayment(tx *store.Tx, p *person, inv *pay.Invoice) error {
	id := string(p.row.ID)
	posting, err := ledger.New("prepayment_used", string(inv.ID), tx.Day, inv.Currency,
		ledger.Debit(ledger.ConsumerCredit(id), inv.Amount), ledger.Credit(ledger.Receivable(id), inv.Amount))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	inv.Paid, inv.Open, inv.SettledDay = inv.Amount, 0, tx.Day
	store.Save(tx, store.Allocations, &pay.Allocation{PaymentID: pay.PaymentID("credit"), InvoiceID: inv.ID, Amount: inv.Amount, ValueDay: tx.Day, At: tx.At, Rule: "prepayment"})
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

func (a *App) refund(tx *store.Tx, o *pay.Order, p *person, amount int64, parcel pay.Parcel) (*pay.Refund, error) {
	r := &pay.Refund{ID: pay.RefundID(tx.IDIn(pay.PrefixRefund, pay.CellOf(string(o.ID)))), OrderID: o.ID, ConsumerID: o.ConsumerID, MerchantID: o.MerchantID, Amount: amount, At: tx.At}
	captures, err := tx.CapturesIn(o.ID, o.Captures)
	if err != nil {
		return nil, err
	}
	invoices := map[pay.InvoiceID]*pay.Invoice{}
	for _, c := range captures {
		if invoices[c.InvoiceID], err = store.Get(tx, store.Invoices, string(c.InvoiceID)); err != nil {
			return nil, err
		}
	}
	var lowered int64
	left := amount
	for _, onlyOpen := range []bool{true, false} {
		for _, c := range captures {
			inv := invoices[c.InvoiceID]
			part := min(left, c.Amount-c.Refunded)
			if onlyOpen {
				part = min(part, inv.Open)
			}
			if part == 0 {
				continue
			}
			left -= part
			lowered += a.lower(tx, r, c, inv, part)
			parcel.Parts = append(parcel.Parts, pay.Part{CaptureID: c.ID, InvoiceID: inv.ID, Amount: part})
		}
	}
	if left != 0 {
		return nil, fmt.Errorf("refund of order %s: %d has no capture", o.ID, left)
	}
	if err := a.refundEffects(tx, o, p, invoices, lowered, amount, string(r.ID)); err != nil {
		return nil, err
	}
	r.Sealed = p.seal(string(r.ID), parcel)
	store.Save(tx, store.Refunds, r)
	return r, nil
}

// lower puts part of a refund on a capture and its invoice and returns how much of the open claim it took away.
func (a *App) lower(tx *store.Tx, r *pay.Refund, c *pay.Capture, inv *pay.Invoice, part int64) int64 {
	c.Refunded += part
	store.Save(tx, store.Captures, c)
	open := min(part, inv.Open)
	inv.Refunded += open
	inv.Open -= open
	if inv.Open == 0 && !inv.SettledDay.IsSet() {
		inv.SettledDay = tx.Day
	}
	store.Save(tx, store.Invoices, inv)
	line := &pay.RefundLine{ID: tx.ID("rfl"), RefundID: r.ID, CaptureID: c.ID, InvoiceID: inv.ID, Amount: part}
	store.Save(tx, store.RefundLines, line)
	return open
}

// refundEffects books a refund and brings the consumer's facts in line.
func (a *App) refundEffects(tx *store.Tx, o *pay.Order, p *person, invoices map[pay.InvoiceID]*pay.Invoice, lowered, amount int64, ref string) error {
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return err
	}
	id := string(o.ConsumerID)
	posting, err := ledger.New("refund", ref, tx.Day, o.Currency, ledger.Debit(ledger.Clearing(string(o.MerchantID), tx.Bucket), amount),
		ledger.Credit(ledger.Receivable(id), lowered), ledger.Credit(ledger.ConsumerCredit(id), amount-lowered))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	a.send(tx, &pay.Message{Party: string(o.MerchantID), Event: "refund", Ref: ref, Amount: -amount, Currency: o.Currency})
	for _, inv := range sortedInvoices(invoices) {
		p.setItem(pol, inv, inv.SettledDay, tx.Day)
		if inv.Open == 0 {
			p.facts.History.Refunded(pol, inv.No, inv.Paid)
		}
	}
	return nil
}

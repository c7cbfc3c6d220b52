package app

import (
	"context"
	"fmt"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
)

// noEnd is the end of a span that still runs.
const noEnd = cal.NoDay

// win ends a dispute for the shop: it gets back what was withheld, and the suspended days count again.
func (a *App) win(tx *store.Tx, who Actor, d *dispute, outcome string) error {
	held := d.Amount
	if err := d.Close(pay.DisputeClosed, outcome, 0, tx.At, tx.Day); err != nil {
		return err
	}
	a.withhold(tx, d.Dispute, pay.EventDisputeReleased, 0, pay.Withholding{Held: -held})
	if err := a.resume(tx, d); err != nil {
		return err
	}
	if err := a.countAgain(tx, d); err != nil {
		return err
	}
	tx.Audit(who.String(), "dispute_"+outcome, string(d.ID), "")
	return nil
}

// lose ends a dispute for the consumer: lost of what was withheld pays back the claim, the rest goes to the shop again.
// The order counts it like a refund, so that the same goods are never given back twice.
func (a *App) lose(tx *store.Tx, who Actor, d *dispute, state string, lost int64) error {
	held := d.Amount
	if err := d.Close(state, pay.DisputeLost, lost, tx.At, tx.Day); err != nil {
		return err
	}
	c, err := store.Get(tx, store.Captures, string(d.CaptureID))
	if err != nil {
		return err
	}
	b := &bought{c: c, inv: d.inv}
	b.open = min(lost, d.inv.Open)
	b.paid = min(lost-b.open, c.Amount-c.Refunded-b.open)
	if b.open+b.paid != lost {
		return fmt.Errorf("dispute %s: %d lost, but only %d of the capture are not refunded", d.ID, lost, c.Amount-c.Refunded)
	}
	if err := d.o.Refund(lost); err != nil {
		return err
	}
	store.Save(tx, store.Orders, d.o)
	id := string(d.ConsumerID)
	posting, err := ledger.New(pay.EventDisputeLost, string(d.ID), tx.Day, d.Currency, ledger.Debit(ledger.Clearing(string(d.MerchantID), tx.Bucket), lost),
		ledger.Credit(ledger.Receivable(id), b.open), ledger.Credit(ledger.ConsumerCredit(id), b.paid))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	if shop := a.merchant(d.MerchantID); shop != nil {
		d.Fee = shop.Settlement.DisputeFee
	}
	a.withhold(tx, d.Dispute, pay.EventDisputeLost, -lost, pay.Withholding{Held: -held, Fee: d.Fee})
	if err := a.resume(tx, d); err != nil {
		return err
	}
	r := &pay.Refund{ID: pay.RefundID(tx.IDIn(pay.PrefixRefund, pay.CellOf(string(d.OrderID)))), OrderID: d.OrderID, ConsumerID: d.ConsumerID, MerchantID: d.MerchantID, Amount: lost, At: tx.At}
	r.Sealed = d.p.seal(string(r.ID), pay.Parcel{Reference: string(d.ID), Parts: []pay.Part{{CaptureID: c.ID, InvoiceID: d.inv.ID, Amount: lost}}})
	store.Save(tx, store.Refunds, r)
	tx.Audit(who.String(), "dispute_lost", string(d.ID), fmt.Sprint(state, " ", lost))
	return a.lower(tx, d.p, r, b)
}

// refundInDispute takes a shop's refund off the open dispute of an invoice, the disputed part first. A dispute of which
// nothing is left ends by itself.
func (a *App) refundInDispute(tx *store.Tx, p *person, inv *pay.Invoice, refund int64) error {
	row, err := store.Get(tx, store.Disputes, string(inv.DisputeID))
	if err != nil || row == nil {
		return err
	}
	part := row.Reduce(refund)
	a.withhold(tx, row, pay.EventDisputeReleased, 0, pay.Withholding{Held: -part})
	if row.Amount > 0 {
		if it := p.openItem(inv.ID); it != nil {
			it.Disputed = min(row.Amount, inv.Open)
		}
		store.Save(tx, store.Disputes, row)
		return nil
	}
	if err := row.Close(pay.DisputeClosed, pay.DisputeRefunded, 0, tx.At, tx.Day); err != nil {
		return err
	}
	row.Amount = part // what it was about, for its readers; nothing is withheld any more
	store.Save(tx, store.Disputes, row)
	a.tellDispute(tx, EventDisputeClosed, row)
	tx.Audit(System.String(), "dispute_refunded", string(row.ID), "")
	return a.resume(tx, &dispute{Dispute: row, p: p, inv: inv})
}

// resume tells the consumer how a dispute ended, lets reminders begin anew from today and the clock of days past due run on
// from tomorrow.
func (a *App) resume(tx *store.Tx, d *dispute) error {
	if err := a.mailDispute(tx, d.p, d.Dispute, d.inv, document.MailDisputeEnd); err != nil {
		return err
	}
	d.inv.DisputeID = ""
	d.inv.PausedUntil = max(d.inv.PausedUntil, tx.Day)
	store.Save(tx, store.Invoices, d.inv)
	pause, err := store.Get(tx, store.Pauses, disputePause(d.Dispute))
	if err != nil || pause == nil {
		return err
	}
	pause.UntilDay = tx.Day
	store.Save(tx, store.Pauses, pause)
	it := d.p.openItem(d.inv.ID)
	if it == nil {
		return nil
	}
	it.Disputed = 0
	for i := range it.Stops {
		if it.Stops[i].From == d.OpenedDay && !it.Stops[i].To.IsSet() {
			it.Stops[i].To = tx.Day
		}
	}
	return nil
}

// countAgain makes the days of an unfounded dispute count. What was settled meanwhile is judged anew.
func (a *App) countAgain(tx *store.Tx, d *dispute) error {
	if it := d.p.openItem(d.inv.ID); it != nil {
		it.Stops = slices.DeleteFunc(it.Stops, func(s credit.Span) bool { return s.From == d.OpenedDay && s.To == tx.Day })
		return nil
	}
	if d.inv.Open > 0 || d.inv.Paid <= 0 {
		return nil
	}
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return err
	}
	return a.judgeAgain(tx, d.p, pol, d.inv)
}

// lapseDisputes ends the disputes that a shop did not answer in time: they are lost.
func (r *dayRun) lapseDisputes(ctx context.Context, bucket int) error {
	after := pay.DisputeID("")
	for {
		rows, err := r.a.DB.LapsedDisputes(ctx, bucket, r.day, after, dayPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		err = fan(ctx, dayUnits, rows, func(row *pay.Dispute) error {
			if !row.Lapsed(r.day) {
				return nil // the desk is late, not the shop
			}
			changed, err := onDispute(ctx, r.a, System, "day", Key{}, row.ID, nil, func(tx *store.Tx, d *dispute) (bool, error) {
				if !d.IsOpen() || !d.Lapsed(r.day) {
					return false, nil
				}
				return true, r.a.lose(tx, System, d, pay.DisputeExpired, d.Amount)
			})
			count(&r.done.Disputes, changed)
			if gone(err) {
				return nil // an erased person has no books here that could change
			}
			return err
		})
		if err != nil {
			return err
		}
	}
}

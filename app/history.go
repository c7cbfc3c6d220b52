package app

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// JobHistory computes a person's evidence again from the stored events.
const JobHistory = "history"

// Kinds of decision: only a submitted checkout with a method on credit is an enquiry.
const (
	decisionCheckout = "checkout" // asked for credit
	decisionPayNow   = "pay_now"
)

// mend queues the rebuild of a history that lost count: a refund took away evidence of which a bounded list had already
// dropped the next one.
func (a *App) mend(tx *store.Tx, p *person) {
	if p.facts.History.Stale {
		a.queue(tx, JobHistory, string(p.row.ID), nil)
	}
}

var errHistoryMoved = pay.Errorf(pay.Busy, "history_moved", "", "Something happened to this person in the meantime; try again")

// rebuildHistory is the job that replaces a stale history. The events are read first and outside any unit of work, because
// they are many; the unit only swaps the result in, and only if the row is still the one that was read before the events.
func (h poster) rebuildHistory(ctx context.Context, j *pay.Job) error {
	id := pay.ConsumerID(j.Subject)
	before, err := store.LoadID(ctx, h.DB, store.Consumers, id)
	if err != nil || before == nil {
		return err
	}
	fresh, err := h.historyFromEvents(ctx, id)
	if gone(err) {
		return nil // erased: there is nothing to mend
	}
	if err != nil {
		return err
	}
	b := bucketOf(id)
	_, err = do(ctx, h.App, System, "history", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}, func(tx *store.Tx) (struct{}, error) {
		p, err := h.person(tx, id)
		if gone(err) {
			return struct{}{}, nil // erased: there is nothing to mend
		}
		if err != nil || !p.facts.History.Stale {
			return struct{}{}, err
		}
		if !bytes.Equal(p.row.Facts, before.Facts) {
			return struct{}{}, errHistoryMoved
		}
		p.facts.History = fresh
		return struct{}{}, p.save(tx)
	})
	return err
}

// historyFromEvents computes what every decision, purchase, payment and refund of a person amounts to, in the order in
// which they happened: the slow way to what each event keeps up to date.
func (a *App) historyFromEvents(ctx context.Context, id pay.ConsumerID) (credit.History, error) {
	r := &replayed{a: a, claims: map[pay.InvoiceID]*claimSoFar{}, days: map[pay.Micros]cal.Day{}}
	decisions, err := a.DB.AllDecisions(ctx, id)
	if err != nil {
		return r.h, err
	}
	if r.corrected, err = a.corrections(ctx, id); err != nil {
		return r.h, err
	}
	decided, rest := map[pay.DecisionID]cal.Day{}, r.corrected
	for _, d := range decisions {
		decided[d.ID] = d.Day
		if d.Kind == decisionCheckout {
			var made []corrected
			made, rest = until(rest, d.At)
			r.unask(made)
			r.h.Enquire(d.Day, string(d.MerchantID))
		}
	}
	r.unask(rest)
	err = errors.Join(r.purchasesOf(ctx, id, decided), r.claimsOf(ctx, id))
	return r.h, err
}

// purchasesOf replays the newest purchases on credit; older ones count no more. A contract names its business day; before
// it is written down, the decision's is as good.
func (r *replayed) purchasesOf(ctx context.Context, id pay.ConsumerID, decided map[pay.DecisionID]cal.Day) error {
	orders, err := r.a.DB.AllOrders(ctx, id)
	if err != nil {
		return err
	}
	orders = slices.DeleteFunc(orders, func(o *pay.Order) bool { return !pay.IsCredit(o.Method) })
	for _, o := range orders[max(0, len(orders)-credit.PurchaseCap):] {
		day, known := decided[o.DecisionID]
		if !known {
			day = pay.Germany.DayAt(o.CreatedAt)
		}
		c, err := store.Load(ctx, r.a.DB, store.Contracts, bucketOf(o.ID), string(o.ID))
		if err != nil {
			return err
		}
		if c != nil {
			day = c.ContractDay
		}
		r.h.Purchase(day)
	}
	return nil
}

// replayed is a history that grows event by event.
type replayed struct {
	a         *App
	h         credit.History
	claims    map[pay.InvoiceID]*claimSoFar
	days      map[pay.Micros]cal.Day // business day of what was booked at an instant
	corrected []corrected
}

// claimSoFar is one claim as it stood after the events so far.
type claimSoFar struct {
	inv        *pay.Invoice
	open, paid int64
	disputes   []*pay.Dispute
	back       int64   // of what was paid, given back
	last       cal.Day // latest value day of a payment
}

// claimsOf replays balances, payments, refunds and disputes.
func (r *replayed) claimsOf(ctx context.Context, id pay.ConsumerID) error {
	moves, err := r.a.DB.ReceivableMoves(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range moves {
		r.days[m.At] = m.Day
	}
	invoices, err := r.a.DB.AllInvoices(ctx, id)
	if err != nil {
		return err
	}
	for _, inv := range invoices {
		if inv.Kind == pay.InvoiceClaim {
			r.claims[inv.ID] = &claimSoFar{inv: inv, open: inv.Amount, last: cal.NoDay}
		}
	}
	parts, err := r.a.DB.AllParts(ctx, id)
	if err != nil {
		return err
	}
	disputes, err := r.a.DB.AllDisputes(ctx, id)
	if err != nil {
		return err
	}
	for _, d := range disputes {
		if c := r.claims[d.InvoiceID]; c != nil {
			c.disputes = append(c.disputes, d)
		}
	}
	r.balances(moves, parts, disputes)
	rest := r.corrected
	for _, part := range parts {
		var made []corrected
		made, rest = until(rest, part.At)
		if err := r.resettle(made); err != nil {
			return err
		}
		if c := r.claims[part.Invoice]; c != nil {
			if err := r.apply(c, part); err != nil {
				return err
			}
		}
	}
	return r.resettle(rest)
}

// apply is one payment or refund of one claim.
func (r *replayed) apply(c *claimSoFar, part store.Part) error {
	today, booked := r.days[part.At]
	if !booked {
		today = pay.Germany.DayAt(part.At)
	}
	pol, err := r.a.Policy(today)
	if err != nil {
		return err
	}
	settled := part.Value
	lowered := min(part.Amount, c.open)
	if part.Refund {
		// Goods that went back are no late payment: what counts is when the person paid the rest.
		if settled = c.last; !settled.IsSet() {
			settled = today
		}
	} else {
		c.paid += part.Amount
		c.last = max(c.last, part.Value)
	}
	c.open -= lowered
	end := credit.Settlement{No: c.inv.No, Merchant: string(c.inv.MerchantID), Paid: c.paid, Due: c.inv.DueDay, Settled: settled,
		Returns: c.inv.IssuedDay + returnDays, Stops: c.stops(part.At), Today: today}
	switch {
	case lowered == 0 || c.open > 0:
	case part.Source == creditPayment && part.Amount == c.inv.Amount:
		end.Settled, end.Due, end.Today = c.inv.IssuedDay, c.inv.IssuedDay, c.inv.IssuedDay
		r.h.PaidAtOnce(pol, end)
	default:
		r.h.InvoiceSettled(pol, end)
	}
	if part.Refund && part.Amount > lowered {
		c.back += part.Amount - lowered
		r.h.Refunded(pol, c.inv.No, c.paid-c.back)
	}
	return nil
}

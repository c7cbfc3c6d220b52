package app

import (
	"time"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
)

// demand makes the payment demand of a prepayment: the order is authorised when the money is booked.
// It is no receivable; nothing is owed before delivery.
func (c *confirmation) demand(auth *pay.Authorization) error {
	inv, err := c.a.newInvoice(c.tx, c.p, auth.Method, auth.Amount)
	if err != nil {
		return err
	}
	inv.Kind, inv.MerchantID, inv.Regime, inv.Reason = pay.InvoicePrepayment, c.m.ID, auth.Regime, auth.Reason
	store.Save(c.tx, store.Invoices, inv)
	auth.InvoiceID, auth.Status = inv.ID, pay.AuthorizationAwaiting
	auth.ExpiresAt = pay.Germany.Midnight(inv.DueDay + 1)
	store.Save(c.tx, store.Authorizations, auth)
	c.ans.StepUp, c.ans.Demand, c.ans.ExpiresAt, c.ans.Token = "payment", inv, auth.ExpiresAt, auth.ID
	return c.save()
}

// TransferText is the reference that a payer of an invoice writes into the transfer; empty for what is no invoice's number.
func TransferText(no string) string {
	bucket, n, ok := pay.ParseInvoiceNo(no)
	if !ok {
		return ""
	}
	ref, err := bankfile.NewReference(pay.ReferenceBody(bucket, n))
	if err != nil {
		return ""
	}
	return string(ref)
}

// newInvoice numbers an invoice of a consumer and computes its due day; the caller fills in whose claim it is and saves it.
func (a *App) newInvoice(tx *store.Tx, p *person, method string, amount int64) (*pay.Invoice, error) {
	term, ok := pay.Term(method)
	if !ok {
		return nil, pay.Errorf(pay.Invalid, "no_term", "payment_method", "The method %s has no single term", method)
	}
	n, err := nextNumber(tx, "invoice")
	if err != nil {
		return nil, err
	}
	ref, err := bankfile.NewReference(pay.ReferenceBody(tx.Bucket, n))
	if err != nil {
		return nil, err
	}
	calendar, err := cal.CalendarOf("DE")
	if err != nil {
		return nil, err
	}
	return &pay.Invoice{
		ID: pay.InvoiceID(tx.IDIn(pay.PrefixInvoice, pay.CellOf(string(p.row.ID)))), No: pay.InvoiceNo(tx.Bucket, n), Reference: string(ref),
		ConsumerID: p.row.ID, Method: method, Amount: amount, Open: amount, Currency: currencyOf(p.row.Market),
		IssuedDay: tx.Day, DueDay: cal.DueDay(tx.Day, term, calendar), SettledDay: cal.NoDay, DefaultSince: cal.NoDay, PausedUntil: cal.NoDay,
	}, nil
}

// nextNumber takes the next number of a series of the unit's bucket. Numbers are unique, not gapless: the law does not ask for that (UStAE 14.5(10)).
func nextNumber(tx *store.Tx, kind string) (int64, error) {
	s, err := store.Get(tx, store.Series, kind)
	if err != nil {
		return 0, err
	}
	if s == nil {
		s = &pay.Series{Bucket: tx.Bucket, Kind: kind, Next: 1}
	}
	n := s.Next
	s.Next++
	store.Save(tx, store.Series, s)
	return n, nil
}

// prepaidMicros is how long a shop may order once a prepayment is booked.
const prepaidMicros pay.Micros = 48 * 3600 * 1e6

// prepaid turns a booked prepayment into a live authorization and tells the shop, at the session's address and by an event:
// a shop whose page framed the checkout may have given no address, and its page is long closed.
func (a *App) prepaid(tx *store.Tx, auth *pay.Authorization) {
	auth.Status, auth.ExpiresAt = pay.AuthorizationLive, tx.At+prepaidMicros
	store.Save(tx, store.Authorizations, auth)
	a.queue(tx, JobShopCallback, string(auth.ID), nil)
	a.tell(tx, auth.MerchantID, EventPrepaid, string(auth.SessionID), map[string]any{"session_id": pay.Bare(auth.SessionID), "amount": auth.Amount, "currency": auth.Currency,
		"order_until": time.UnixMicro(auth.ExpiresAt).UTC().Format(time.RFC3339)})
}

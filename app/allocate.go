package app

import (
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
)

// allocate puts amount on an invoice, out of the account from; what exceeds the open claim becomes the consumer's credit.
// It returns how much lies on the invoice. A prepayment demand that is covered makes its authorization live.
func (a *App) allocate(tx *store.Tx, p *person, to assigned, amount int64, cur cur, from ledger.Account) (int64, error) {
	inv, err := store.Get(tx, store.Invoices, string(to.InvoiceID))
	if err != nil {
		return 0, err
	}
	if inv == nil || inv.ConsumerID != p.row.ID {
		return 0, pay.Errorf(pay.Missing, "no_such_invoice", "", "There is no such invoice of this consumer")
	}
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return 0, err
	}
	part := min(amount, inv.Open)
	id := string(p.row.ID)
	claim := ledger.Receivable(id)
	if inv.Kind == pay.InvoicePrepayment {
		claim = ledger.ConsumerCredit(id) // nothing is owed before delivery
	}
	posting, err := ledger.New("assignment", string(to.PaymentID), tx.Day, cur, ledger.Debit(from, amount),
		ledger.Credit(claim, part), ledger.Credit(ledger.ConsumerCredit(id), amount-part))
	if err := tx.Post(posting, err); err != nil {
		return 0, err
	}
	if part == 0 {
		return 0, nil
	}
	inv.Paid += part
	inv.Open -= part
	if inv.Open == 0 {
		inv.SettledDay = to.ValueDay
	}
	store.Save(tx, store.Invoices, inv)
	store.Save(tx, store.Allocations, &pay.Allocation{PaymentID: to.PaymentID, InvoiceID: inv.ID, Amount: part, ValueDay: to.ValueDay, At: tx.At, Rule: to.Rule})
	if inv.Kind == pay.InvoicePrepayment {
		return part, a.demandPaid(tx, inv)
	}
	p.setItem(pol, inv, to.ValueDay, tx.Day)
	p.valued = to.ValueDay
	return part, nil
}

// demandPaid makes the authorization behind a covered prepayment demand live.
func (a *App) demandPaid(tx *store.Tx, inv *pay.Invoice) error {
	if inv.Open > 0 {
		return nil
	}
	id, err := tx.AuthorizationOfDemand(inv.ID)
	if err != nil || id == "" {
		return err
	}
	auth, err := store.Get(tx, store.Authorizations, string(id))
	if err != nil || auth == nil || auth.Status != pay.AuthorizationAwaiting {
		return err
	}
	a.prepaid(tx, auth)
	return nil
}

package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// Rules by which a payment came to an invoice.
const (
	RuleReference = "reference" // the text names the invoice
	RuleDesk      = "desk"      // a person decided
)

// payerAccounts is how many accounts a consumer paid from are kept.
const payerAccounts = 5

// bookAll books the bookings of one bucket in their order, each once.
func (a *App) bookAll(ctx context.Context, bucket int, all []*booking) error {
	u := store.Unit{Bucket: bucket}
	for _, b := range all {
		u.Load = append(u.Load, store.Payments.At(bucket, string(b.id)))
		for _, inv := range b.found {
			if bucketOf(inv.ID) == bucket {
				u.Load = append(u.Load, store.Invoices.At(bucket, string(inv.ID)), store.Consumers.At(bucket, string(inv.ConsumerID)))
			}
		}
	}
	_, err := do(ctx, a, System, "bank", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		for _, b := range all {
			if err := a.bookOne(tx, b); err != nil {
				return struct{}{}, fmt.Errorf("%s: entry %d: %w", b.file, b.item.Entry, err)
			}
		}
		return struct{}{}, nil
	})
	return err
}

// bookOne is the point of no return of a booking. A booking that is there already changes nothing.
func (a *App) bookOne(tx *store.Tx, b *booking) error {
	b.repeated, b.state, b.why, b.payer = false, "", "", ""
	old, err := store.Get(tx, store.Payments, string(b.id))
	if err != nil {
		return err
	}
	if old != nil {
		if old.Key != b.item.Key {
			return fmt.Errorf("payment %s is of another booking", b.id)
		}
		b.repeated, b.state = true, old.State
		if len(b.found) > 0 {
			b.payer = old.ConsumerID
		}
		return nil
	}
	pm := &pay.Payment{ID: b.id, Key: b.item.Key, Account: b.item.Account, Amount: b.signed(), Currency: b.item.Currency,
		ValueDay: b.item.Value, BookedDay: b.item.Booked, State: pay.PaymentUnassigned, At: tx.At}
	if err := a.postReceipt(tx, pm); err != nil {
		return err
	}
	var owner *person
	switch {
	case b.item.IsReturn:
		pm.State, b.why = pay.PaymentOther, WhyReturn
	case !b.item.Credit:
		pm.State, b.why = pay.PaymentOther, WhyDebit
	default:
		if owner, err = a.settle(tx, b, pm); err != nil {
			return err
		}
	}
	b.state = pm.State
	key := a.Vault.RowKey(string(pm.ID))
	if owner != nil {
		key, b.payer = owner.key, pm.ConsumerID
	}
	pm.Sealed = key.Seal(string(pm.ID), mustJSON(b.text()))
	store.Save(tx, store.Payments, pm)
	return nil
}

// postReceipt posts what the bank booked: everything is unidentified until it is known whose it is.
func (a *App) postReceipt(tx *store.Tx, pm *pay.Payment) error {
	event := "receipt"
	if pm.Amount < 0 {
		event = "bank_debit"
	}
	return tx.Post(ledger.New(event, string(pm.ID), tx.Day, pm.Currency,
		ledger.Debit(ledger.Bank(pm.Account), pm.Amount), ledger.Credit(ledger.Unidentified(pm.Account), pm.Amount)))
}

// settle puts a payment on the invoices that its text names, in that order; what exceeds them becomes the credit of the last
// one's consumer. It returns whose payment it is, or nil with the reason in b.why.
func (a *App) settle(tx *store.Tx, b *booking, pm *pay.Payment) (*person, error) {
	if b.why = b.doubt(); b.why != "" {
		return nil, nil
	}
	people := map[pay.ConsumerID]*person{}
	for _, inv := range b.found {
		p, err := a.person(tx, inv.ConsumerID)
		if refusal := (*pay.Error)(nil); errors.As(err, &refusal) {
			b.why = WhyErased
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		people[inv.ConsumerID] = p
	}
	left := pm.Amount
	for i, inv := range b.found {
		amount := left
		if i < len(b.found)-1 {
			now, err := store.Get(tx, store.Invoices, string(inv.ID))
			if err != nil {
				return nil, err
			}
			amount = min(left, now.Open)
		}
		if amount == 0 {
			continue
		}
		left -= amount
		to := assigned{PaymentID: pm.ID, InvoiceID: inv.ID, ValueDay: pm.ValueDay, Rule: RuleReference}
		part, err := a.allocate(tx, people[inv.ConsumerID], to, amount, pm.Currency, ledger.Unidentified(pm.Account))
		if err != nil {
			return nil, err
		}
		pm.Assigned += part
	}
	if pm.Assigned < pm.Amount {
		b.why = WhyExcess
	}
	owner := people[b.found[0].ConsumerID]
	pm.State, pm.ConsumerID = pay.PaymentAssigned, owner.row.ID
	if iban := b.item.Other.IBAN; iban.Valid() && len(people) == 1 {
		added, err := owner.paidFrom(string(iban))
		if err != nil {
			return nil, err
		}
		if added {
			a.queue(tx, JobCluster, string(owner.row.ID), nil) // somebody else may pay from it too
		}
	}
	for _, p := range people {
		if err := p.save(tx); err != nil {
			return nil, err
		}
	}
	return owner, nil
}

// doubt says why the invoices that a text names cannot be paid without a person, or nothing.
func (b *booking) doubt() string {
	switch {
	case len(b.refs) == 0:
		return WhyNoReference
	case len(b.found) == 0:
		return WhyUnknown
	}
	for _, inv := range b.found {
		switch {
		case bucketOf(inv.ID) != b.bucket:
			return WhySeveral
		case inv.Currency != b.item.Currency:
			return WhyCurrency
		}
	}
	return ""
}

// paidFrom notes an account that the consumer paid from, newest first. It helps to recognise payments; nothing is ever sent there.
// It reports whether the account was new.
func (p *person) paidFrom(iban string) (added bool, err error) {
	v, err := p.profile()
	if err != nil || len(v.PayerIBAN) > 0 && v.PayerIBAN[0] == iban {
		return false, err
	}
	added = !slices.Contains(v.PayerIBAN, iban)
	rest := slices.DeleteFunc(v.PayerIBAN, func(s string) bool { return s == iban })
	v.PayerIBAN = append([]string{iban}, rest...)
	v.PayerIBAN = v.PayerIBAN[:min(len(v.PayerIBAN), payerAccounts)]
	p.setProfile(v)
	return added, nil
}

// PaymentText opens what the bank wrote about a payment, for its consumer and for finance. The text of an erased person's payment is empty.
func (a *App) PaymentText(ctx context.Context, who Actor, pm *pay.Payment) (pay.BankText, error) {
	if !who.System && !who.may(pay.RoleFinance, pay.RoleSupport) && (pm.ConsumerID == "" || !who.is(pm.ConsumerID)) {
		return pay.BankText{}, errForbidden
	}
	key, err := a.paymentKey(ctx, pm)
	if errors.Is(err, vault.ErrErased) {
		return pay.BankText{}, nil
	} else if err != nil {
		return pay.BankText{}, err
	}
	return open[pay.BankText](key, string(pm.ID), pm.Sealed)
}

// paymentKey is the key of a payment's text: its consumer's, so that erasure reaches it, or the row's own while it is nobody's.
func (a *App) paymentKey(ctx context.Context, pm *pay.Payment) (*vault.Key, error) {
	if pm.ConsumerID == "" {
		return a.Vault.RowKey(string(pm.ID)), nil
	}
	row, err := store.LoadID(ctx, a.DB, store.Consumers, pm.ConsumerID)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fmt.Errorf("payment %s: its consumer %s is missing", pm.ID, pm.ConsumerID)
	}
	return a.Vault.Key(row.WrappedKey)
}

var errNoPayment = pay.Errorf(pay.Missing, "no_such_payment", "", "There is no such payment")

// Assign puts a payment that waits for a person on an invoice; what exceeds the open claim becomes the consumer's credit.
// The same assignment again changes nothing; another one is a Conflict: an assignment is never taken back by itself.
// Where the invoice lies in the books of another bucket the money passes through clearing. Only finance may assign.
func (a *App) Assign(ctx context.Context, who Actor, key Key, id pay.PaymentID, invoice pay.InvoiceID) (*pay.Payment, error) {
	if !who.System && !who.may(pay.RoleFinance) {
		return nil, errForbidden
	}
	d, err := a.prepareDesk(ctx, who, id, invoice)
	if err != nil {
		return nil, err
	}
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Payments.At(b, string(id))}}
	if bucketOf(invoice) == b {
		u.Load = append(u.Load, store.Invoices.At(b, string(invoice)), store.Consumers.At(b, string(d.inv.ConsumerID)))
	}
	pm, err := do(ctx, a, who, "assign", key, u, func(tx *store.Tx) (*pay.Payment, error) { return d.run(tx) })
	if err != nil || bucketOf(invoice) == b {
		return pm, err
	}
	return a.arrive(ctx, pm, invoice)
}

// deskAssignment is one run of Assign.
type deskAssignment struct {
	a    *App
	who  Actor
	id   pay.PaymentID
	inv  *pay.Invoice
	key  *vault.Key // of the invoice's consumer
	text pay.BankText
	done pay.InvoiceID // where an assignment before put the payment, else empty
}

// prepareDesk reads what lies outside the payment's bucket.
func (a *App) prepareDesk(ctx context.Context, who Actor, id pay.PaymentID, invoice pay.InvoiceID) (*deskAssignment, error) {
	pm, err := store.LoadID(ctx, a.DB, store.Payments, id)
	if err != nil {
		return nil, err
	}
	if pm == nil {
		return nil, errNoPayment
	}
	inv, err := store.LoadID(ctx, a.DB, store.Invoices, invoice)
	if err != nil {
		return nil, err
	}
	if inv == nil {
		return nil, pay.Errorf(pay.Missing, "no_such_invoice", "invoice", "There is no such invoice")
	}
	d := &deskAssignment{a: a, who: who, id: id, inv: inv}
	if d.key, err = a.paymentKey(ctx, &pay.Payment{ID: id, ConsumerID: inv.ConsumerID}); errors.Is(err, vault.ErrErased) {
		return nil, pay.Errorf(pay.Refused, "erased", "invoice", "This person's data were erased; the payment cannot be put on their invoice")
	} else if err != nil {
		return nil, err
	}
	if d.text, err = a.PaymentText(ctx, System, pm); err != nil {
		return nil, err
	}
	looks, err := a.DB.LooksAt(ctx, bucketOf(id), string(id), 20)
	for _, l := range looks {
		if l.Action == actionAssign {
			d.done = pay.InvoiceID(l.Detail)
		}
	}
	return d, err
}

const actionAssign = "assign_payment"

func (d *deskAssignment) run(tx *store.Tx) (*pay.Payment, error) {
	pm, err := store.Get(tx, store.Payments, string(d.id))
	if err != nil {
		return nil, err
	}
	switch {
	case pm == nil:
		return nil, errNoPayment
	case pm.State == pay.PaymentAssigned && d.done == d.inv.ID:
		return pm, nil
	case pm.State == pay.PaymentAssigned:
		return nil, pay.Errorf(pay.Conflict, "assigned", "", "This payment was assigned already; an assignment is not taken back")
	case pm.State != pay.PaymentUnassigned || pm.Amount <= 0:
		return nil, pay.Errorf(pay.Refused, "no_receipt", "", "Only money that a consumer paid in can be put on an invoice; this booking is a debit, a fee or a return")
	case pm.Currency != d.inv.Currency:
		return nil, pay.Errorf(pay.Refused, "other_currency", "invoice", "The payment is in %s, the invoice in %s", pm.Currency, d.inv.Currency)
	}
	if bucketOf(d.inv.ID) == tx.Bucket {
		err = d.here(tx, pm)
	} else {
		err = d.away(tx, pm)
	}
	if err != nil {
		return nil, err
	}
	pm.State, pm.ConsumerID = pay.PaymentAssigned, d.inv.ConsumerID
	pm.Sealed = d.key.Seal(string(pm.ID), mustJSON(d.text))
	store.Save(tx, store.Payments, pm)
	tx.Audit(d.who.String(), actionAssign, string(pm.ID), string(d.inv.ID))
	return pm, nil
}

func (d *deskAssignment) to(pm *pay.Payment) assigned {
	return assigned{PaymentID: pm.ID, InvoiceID: d.inv.ID, ValueDay: pm.ValueDay, Rule: RuleDesk}
}

// here puts the payment on an invoice of its own bucket.
func (d *deskAssignment) here(tx *store.Tx, pm *pay.Payment) error {
	p, err := d.a.person(tx, d.inv.ConsumerID)
	if err != nil {
		return err
	}
	pm.Assigned, err = d.a.allocate(tx, p, d.to(pm), pm.Amount, pm.Currency, ledger.Unidentified(pm.Account))
	if err != nil {
		return err
	}
	return p.save(tx)
}

// away sends the payment to the consumer's books in another bucket. The part that the invoice needs and the excess are two
// messages, the part first, because what is assigned must equal what lies on invoices or is on its way there.
func (d *deskAssignment) away(tx *store.Tx, pm *pay.Payment) error {
	party := string(d.inv.ConsumerID)
	err := tx.Post(ledger.New("assignment", string(pm.ID), tx.Day, pm.Currency,
		ledger.Debit(ledger.Unidentified(pm.Account), pm.Amount), ledger.Credit(ledger.Clearing(party, tx.Bucket), pm.Amount)))
	if err != nil {
		return err
	}
	pm.Assigned = min(pm.Amount, d.inv.Open)
	first, second := tx.ID("msg"), tx.ID("msg")
	body := mustJSON(d.to(pm))
	for _, m := range []*pay.Message{
		{ID: min(first, second), Ref: string(pm.ID), Amount: pm.Assigned},
		{ID: max(first, second), Ref: string(pm.ID) + "/excess", Amount: pm.Amount - pm.Assigned},
	} {
		if m.Amount > 0 {
			m.Bucket, m.Party, m.Event, m.Currency, m.Day, m.Body = tx.Bucket, party, "assignment", pm.Currency, tx.Day, body
			store.Save(tx, store.Outbox, m)
		}
	}
	tx.After(d.a.Wake)
	return nil
}

// arrive delivers what the payment's bucket has sent and corrects how much of the payment lies on the invoice,
// should another payment have come first in the meantime.
func (a *App) arrive(ctx context.Context, pm *pay.Payment, invoice pay.InvoiceID) (*pay.Payment, error) {
	b := bucketOf(pm.ID)
	for {
		msgs, err := a.DB.Undelivered(ctx, b, deliverMax)
		if err != nil {
			return nil, err
		}
		if len(msgs) == 0 {
			break
		}
		if err := a.deliver(ctx, b, msgs); err != nil {
			return nil, err
		}
	}
	lies := int64(0)
	all, err := a.DB.AllocationsOf(ctx, invoice)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		if l.PaymentID == pm.ID {
			lies = l.Amount
		}
	}
	if lies == pm.Assigned {
		return pm, nil
	}
	return do(ctx, a, System, "assigned", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Payments.At(b, string(pm.ID))}}, func(tx *store.Tx) (*pay.Payment, error) {
		row, err := store.Get(tx, store.Payments, string(pm.ID))
		if err != nil {
			return nil, err
		}
		row.Assigned = lies
		store.Save(tx, store.Payments, row)
		return row, nil
	})
}

package app

import (
	"cmp"
	"context"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/ledger"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// ExtensionChoice is one way to move a due date, and what the shop pays for it, tax included.
type ExtensionChoice struct {
	Days  int
	Until cal.Day // the new due day
	Total int64
}

var errNoExtension = pay.Errorf(pay.Refused, "not_allowed", "number_of_days", "Not allowed: the due date cannot be moved by this; see the options")

// ExtensionChoices lists how a shop may move the due date of a capture now.
func (a *App) ExtensionChoices(ctx context.Context, who Actor, id pay.OrderID, capture pay.CaptureID) (cur money.Currency, out []ExtensionChoice, err error) {
	m, err := a.Merchant(who)
	if err != nil {
		return "", nil, err
	}
	o, err := store.LoadID(ctx, a.DB, store.Orders, id)
	if err != nil {
		return "", nil, err
	}
	if o == nil || !who.owns(o.MerchantID) {
		return "", nil, errNoOrder
	}
	c, err := store.LoadID(ctx, a.DB, store.Captures, capture)
	if err != nil {
		return "", nil, err
	}
	if c == nil || c.OrderID != id {
		return "", nil, errNoCapture
	}
	inv, err := store.LoadID(ctx, a.DB, store.Invoices, c.InvoiceID)
	if err != nil {
		return "", nil, err
	}
	day, err := a.Day(ctx)
	if err != nil {
		return "", nil, err
	}
	calendar, err := cal.CalendarOf("DE")
	if err != nil {
		return "", nil, err
	}
	_, options := pay.Extensions(inv, day, calendar)
	for _, option := range options {
		fee, tax, err := extensionFee(m, option, inv.Open)
		if err != nil {
			return "", nil, err
		}
		out = append(out, ExtensionChoice{option.Days, cal.DueDay(inv.DueDay, option.Days, calendar), fee + tax})
	}
	return inv.Currency, out, nil
}

func extensionFee(m *pay.Merchant, option pay.ExtensionOption, open int64) (fee, tax int64, err error) {
	if fee, err = option.Fee(open); err != nil {
		return 0, 0, err
	}
	tax, err = money.Percent(fee, m.FeeTaxRate, money.HalfUp)
	return fee, tax, err
}

// ExtendDueDate moves the due date of a capture's claim by one of the choices. The consumer gets a new payment request at once;
// the shop pays the fee out of what it is owed.
func (a *App) ExtendDueDate(ctx context.Context, who Actor, key Key, id pay.OrderID, capture pay.CaptureID, days int64) (*pay.Extension, error) {
	m, err := a.Merchant(who)
	if err != nil {
		return nil, err
	}
	calendar, err := cal.CalendarOf("DE")
	if err != nil {
		return nil, err
	}
	return onCapture(ctx, a, who, "extend-due-date", key, id, capture, func(tx *store.Tx, p *person, c *pay.Capture, inv *pay.Invoice) (*pay.Extension, error) {
		terms, options := pay.Extensions(inv, tx.Day, calendar)
		at := slices.IndexFunc(options, func(o pay.ExtensionOption) bool { return int64(o.Days) == days })
		if at < 0 || p.spared(inv.ID, tx.Day) {
			return nil, errNoExtension
		}
		fee, tax, err := extensionFee(m, options[at], inv.Open)
		if err != nil {
			return nil, err
		}
		e := &pay.Extension{ID: tx.IDIn("ext", pay.CellOf(string(inv.ID))), InvoiceID: inv.ID, CaptureID: c.ID, MerchantID: m.ID, Days: days,
			FromDay: inv.DueDay, UntilDay: cal.DueDay(inv.DueDay, options[at].Days, calendar), Fee: fee, Tax: tax, Version: terms.Version, At: tx.At}
		store.Save(tx, store.Extensions, e)
		inv.MoveDue(e.UntilDay)
		store.Save(tx, store.Invoices, inv)
		p.moveItem(inv)
		a.queue(tx, JobPaymentRequest, string(inv.ID), nil)
		return e, a.chargeExtension(tx, m, e, inv.Currency)
	})
}

// chargeExtension books the fee here and sends it to the shop's books, where its next payout is less by it.
func (a *App) chargeExtension(tx *store.Tx, m *pay.Merchant, e *pay.Extension, cur cur) error {
	if e.Fee+e.Tax == 0 {
		return nil
	}
	income := ledger.Credit(ledger.FeeIncome(string(m.ID)), e.Fee)
	income.TaxCode = m.FeeTax
	posting, err := ledger.New(EventExtension, e.ID, tx.Day, cur, ledger.Debit(ledger.Clearing(string(m.ID), tx.Bucket), e.Fee+e.Tax), income, ledger.Credit(ledger.VAT(m.FeeTax), e.Tax))
	if err := tx.Post(posting, err); err != nil {
		return err
	}
	a.send(tx, &pay.Message{Party: string(m.ID), Event: EventExtension, Ref: string(e.CaptureID), Amount: -(e.Fee + e.Tax), Currency: cur})
	return nil
}

// EventExtension names the fee for a moved due date in the books and in payouts.
const EventExtension = "extend_due_date_fee"

// moveItem keeps the open items in the order of their due days when one of them moves.
func (p *person) moveItem(inv *pay.Invoice) {
	f := &p.facts
	for i := range f.Open {
		if f.Open[i].Invoice != string(inv.ID) {
			continue
		}
		moved := f.Open[i]
		moved.Due = inv.DueDay
		rest := slices.Delete(f.Open, i, i+1)
		at, _ := slices.BinarySearchFunc(rest, moved, func(x, y credit.Item) int {
			return cmp.Or(cmp.Compare(x.Due, y.Due), cmp.Compare(x.No, y.No))
		})
		f.Open = slices.Insert(rest, at, moved)
		return
	}
}

// JobRequestAgain mails a payment request once more.
const JobRequestAgain = "request_again"

// SendOut mails the payment request of a capture again, at most once a day, while something of it is to be paid and nothing
// about it is in dispute.
func (a *App) SendOut(ctx context.Context, who Actor, key Key, id pay.OrderID, capture pay.CaptureID) error {
	_, err := onCapture(ctx, a, who, "send-out", key, id, capture, func(tx *store.Tx, p *person, _ *pay.Capture, inv *pay.Invoice) (none struct{}, err error) {
		if inv.Open <= 0 || p.spared(inv.ID, tx.Day) {
			return none, pay.Errorf(pay.Refused, "not_allowed", "", "Not allowed: nothing is to be paid on this capture now")
		}
		if inv.DocumentID == "" {
			return none, nil // the first one is on its way
		}
		var random [8]byte
		copy(random[:], a.Vault.Secret("send-out:"+string(inv.ID)+tx.Day.String()))
		job := pay.JobID(pay.MintID(pay.PrefixJob, pay.CellOf(string(inv.ID)), pay.Germany.Midnight(tx.Day), random))
		old, err := store.Get(tx, store.Jobs, string(job))
		if err != nil || old != nil {
			return none, err
		}
		store.Save(tx, store.Jobs, &pay.Job{ID: job, Kind: JobRequestAgain, Rank: pay.JobCalm, Subject: string(inv.ID), DueAt: tx.At, State: pay.JobWaiting})
		tx.After(a.Wake)
		return none, nil
	})
	return err
}

// requestAgain mails a payment request with its paper once more, unless it was paid in the meantime.
func (h poster) requestAgain(ctx context.Context, j *pay.Job) error {
	inv, err := store.LoadID(ctx, h.DB, store.Invoices, pay.InvoiceID(j.Subject))
	if err != nil || inv == nil || inv.Open == 0 || inv.DocumentID == "" {
		return err
	}
	return h.onInvoice(ctx, inv, func(tx *store.Tx, inv *pay.Invoice, p *person) error {
		job, err := store.Get(tx, store.Jobs, string(j.ID))
		if err != nil || job == nil || job.State != pay.JobWaiting || string(job.Body) == "mailed" || inv.Open == 0 || inv.DocumentID == "" {
			return err
		}
		job.Body = []byte("mailed")
		store.Save(tx, store.Jobs, job)
		return h.mailTo(tx, p, document.MailRequest, string(inv.ID), h.invoiceMail(inv), inv.DocumentID)
	})
}

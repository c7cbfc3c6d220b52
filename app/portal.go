package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// How much of a consumer's past one page shows.
const (
	openMax      = 200
	historyMax   = 50
	documentsMax = 200
)

// Owed is a claim as its consumer and the desk see it.
type Owed struct {
	Invoice pay.Invoice
	Shop    string
	Days    int // from the business day to the due day; negative: days past due
	Slip    Slip
}

// Overdue reports whether the claim should have been paid. A demand before delivery is never overdue: nothing is owed yet.
// Nobody is asked for a claim that is in dispute.
func (o Owed) Overdue() bool {
	return o.Invoice.Open > 0 && o.Days < 0 && o.Invoice.Kind == pay.InvoiceClaim && o.Invoice.DisputeID == ""
}

// Slip is what a bank transfer for a claim needs. Payload is the text of its QR code (EPC069-12), empty where nothing is open.
type Slip struct {
	Payload   string
	Payee     string
	IBAN      string
	BIC       string
	Reference string // grouped in fours
}

// Home is what a consumer sees first: what is to be paid, the earliest first.
type Home struct {
	Day      cal.Day
	Given    string // given name
	Currency money.Currency
	Items    []Owed
	Open     int64
	Overdue  int64
	DebtHelp string // free debt advice; empty where nothing is overdue
}

var errNoInvoice = pay.Errorf(pay.Missing, "no_such_invoice", "", "There is no such invoice")

// Home returns the claims on the actor, a consumer.
func (a *App) Home(ctx context.Context, who Actor) (*Home, error) {
	p, profile, day, err := a.ownProfile(ctx, who)
	if err != nil {
		return nil, err
	}
	rows, err := a.DB.OpenInvoicesOf(ctx, who.Consumer, openMax)
	if err != nil {
		return nil, err
	}
	h := &Home{Day: day, Given: profile.Billing.GivenName, Currency: currencyOf(p.row.Market)}
	for _, inv := range rows {
		o := a.owed(inv, day)
		h.Items = append(h.Items, o)
		if o.Invoice.Kind == pay.InvoiceClaim {
			h.Open += o.Invoice.Open
		}
		if o.Overdue() {
			h.Overdue += o.Invoice.Open
		}
	}
	if h.Overdue > 0 {
		h.DebtHelp = a.Operator().DebtHelp
	}
	return h, nil
}

func byDueDay(x, y Owed) int {
	return cmp.Or(cmp.Compare(x.Invoice.DueDay, y.Invoice.DueDay), cmp.Compare(x.Invoice.No, y.Invoice.No))
}

// own opens the actor's own data and the business day.
func (a *App) own(ctx context.Context, who Actor) (*person, cal.Day, error) {
	if who.Consumer == "" {
		return nil, cal.NoDay, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, day, err
	}
	p, err := a.readPerson(ctx, who.Consumer)
	return p, day, err
}

// ownProfile is the actor's own with the name and address that are known.
func (a *App) ownProfile(ctx context.Context, who Actor) (*person, pay.Profile, cal.Day, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, pay.Profile{}, day, err
	}
	profile, err := p.profile()
	return p, profile, day, err
}

func (a *App) owed(inv *pay.Invoice, day cal.Day) Owed {
	o := Owed{Invoice: *inv, Shop: a.MerchantName(inv.MerchantID), Days: int(inv.DueDay - day)}
	op := a.Operator()
	ref := bankfile.Reference(inv.Reference)
	o.Slip = Slip{Payee: op.Name, IBAN: bankfile.NormalIBAN(op.IBAN).String(), BIC: op.BIC, Reference: ref.String()}
	if inv.Open <= 0 {
		return o
	}
	code, err := bankfile.NewEPC(op.Name, bankfile.NormalIBAN(op.IBAN), inv.Open, ref)
	if err != nil {
		return o // the slip can still be typed
	}
	code.BIC = op.BIC
	if payload, err := code.Payload(); err == nil {
		o.Slip.Payload = string(payload)
	}
	return o
}

// ItemView is one claim with everything that happened to it.
type ItemView struct {
	Owed
	Day       cal.Day
	OrderedAt pay.Micros // 0 where there is no order yet
	OrderRef  string     // the short reference of the order
	ShopRef   string     // the shop's own number of the order
	Lines     []pay.Line
	WholeCart bool // the lines are those of the whole order, because the shop did not say what this delivery held
	Payments  []pay.Allocation
	Refunds   []RefundPart
	Documents []DocumentLine
	DebtHelp  string
}

// RefundPart is how much of a refund lowered one claim.
type RefundPart struct {
	At     pay.Micros
	Amount int64
	Text   string // what the shop said about it
}

// Item returns one claim on the actor. Somebody else's is missing.
func (a *App) Item(ctx context.Context, who Actor, id pay.InvoiceID) (*ItemView, error) {
	_, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	inv, err := store.LoadID(ctx, a.DB, store.Invoices, id)
	if err != nil {
		return nil, err
	}
	if inv == nil || !who.is(inv.ConsumerID) {
		return nil, errNoInvoice
	}
	v := &ItemView{Owed: a.owed(inv, day), Day: day}
	if v.Overdue() {
		v.DebtHelp = a.Operator().DebtHelp
	}
	paid, err := a.DB.AllocationsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, p := range paid {
		v.Payments = append(v.Payments, *p)
	}
	if v.Documents, err = a.documentsOf(ctx, who.Consumer, func(d *pay.Document) bool {
		return d.Ref == string(inv.ID) || inv.OrderID != "" && d.Ref == string(inv.OrderID) || d.ID == inv.DocumentID
	}); err != nil || inv.OrderID == "" {
		return v, err
	}
	o, err := a.ReadOrder(ctx, who, inv.OrderID)
	if err != nil {
		return nil, err
	}
	v.fill(inv, o)
	return v, nil
}

// fill takes what belongs to one claim out of its order.
func (v *ItemView) fill(inv *pay.Invoice, o *OrderView) {
	v.OrderedAt, v.OrderRef, v.ShopRef = o.Order.CreatedAt, pay.ShortReference(o.Order.ID), o.Cart.Reference1
	v.Lines, v.WholeCart = o.Cart.Lines, o.Order.Captures > 1 || o.Order.Captured < o.Order.OriginalAmount
	for _, c := range o.Captures {
		if c.Capture.ID == inv.CaptureID && len(c.Parcel.Lines) > 0 {
			v.Lines, v.WholeCart = c.Parcel.Lines, false
		}
	}
	for _, r := range o.Refunds {
		for _, part := range r.Parcel.Parts {
			if part.InvoiceID == inv.ID {
				v.Refunds = append(v.Refunds, RefundPart{At: r.Refund.At, Amount: part.Amount, Text: r.Parcel.Description})
			}
		}
	}
}

// History is a consumer's past, newest first.
type History struct {
	Invoices []Owed // closed ones
	Orders   []OrderLine
	Payments []PaidLine
}

// OrderLine is an order with its shop's name.
type OrderLine struct {
	Order pay.Order
	Shop  string
}

// PaidLine is what was paid on an invoice on a day.
type PaidLine struct {
	Day       cal.Day
	Amount    int64
	Currency  money.Currency
	InvoiceID pay.InvoiceID
	No        string
	Shop      string
}

// History returns closed invoices, orders and payments of the actor, a consumer: at most the newest 50 of each.
func (a *App) History(ctx context.Context, who Actor) (*History, error) {
	_, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	h := &History{}
	rows, err := a.DB.InvoicesOf(ctx, who.Consumer, historyMax)
	if err != nil {
		return nil, err
	}
	for _, inv := range rows {
		if inv.Open == 0 {
			h.Invoices = append(h.Invoices, a.owed(inv, day))
		}
		lines, err := a.paidLines(ctx, inv)
		if err != nil {
			return nil, err
		}
		h.Payments = append(h.Payments, lines...)
	}
	slices.SortStableFunc(h.Payments, func(x, y PaidLine) int { return cmp.Compare(y.Day, x.Day) })
	orders, err := a.DB.OrdersOf(ctx, who.Consumer, historyMax)
	for _, o := range orders {
		h.Orders = append(h.Orders, OrderLine{*o, a.MerchantName(o.MerchantID)})
	}
	return h, err
}

func (a *App) paidLines(ctx context.Context, inv *pay.Invoice) ([]PaidLine, error) {
	if inv.Paid == 0 {
		return nil, nil
	}
	paid, err := a.DB.AllocationsOf(ctx, inv.ID)
	var out []PaidLine
	for _, p := range paid {
		out = append(out, PaidLine{p.ValueDay, p.Amount, inv.Currency, inv.ID, inv.No, a.MerchantName(inv.MerchantID)})
	}
	return out, err
}

// DocumentLine is a paper without its bytes, and what it is about.
type DocumentLine struct {
	Document pay.Document
	Shop     string
	No       string // number of the invoice, or short reference of the order
}

// Documents returns the papers of the actor, newest first.
func (a *App) Documents(ctx context.Context, who Actor) ([]DocumentLine, error) {
	if who.Consumer == "" {
		return nil, errForbidden
	}
	return a.documentsOf(ctx, who.Consumer, func(*pay.Document) bool { return true })
}

func (a *App) documentsOf(ctx context.Context, id pay.ConsumerID, want func(*pay.Document) bool) ([]DocumentLine, error) {
	rows, err := a.DB.DocumentsOf(ctx, id, documentsMax)
	if err != nil {
		return nil, err
	}
	var out []DocumentLine
	for _, d := range rows {
		if !want(d) {
			continue
		}
		line := DocumentLine{Document: *d}
		line.Document.Sealed = nil
		if err := a.about(ctx, &line); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// about finds out which purchase a paper belongs to.
func (a *App) about(ctx context.Context, l *DocumentLine) error {
	ref := l.Document.Ref
	if id, ok := pay.ParseID[pay.InvoiceID](pay.PrefixInvoice, ref); ok {
		inv, err := store.LoadID(ctx, a.DB, store.Invoices, id)
		if err != nil || inv == nil {
			return err
		}
		l.Shop, l.No = a.MerchantName(inv.MerchantID), inv.No
	}
	if id, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, ref); ok {
		o, err := store.LoadID(ctx, a.DB, store.Orders, id)
		if err != nil || o == nil {
			return err
		}
		l.Shop, l.No = a.MerchantName(o.MerchantID), pay.ShortReference(o.ID)
	}
	return nil
}

// Document opens one paper of the actor and returns its bytes, a PDF. Somebody else's is missing.
func (a *App) Document(ctx context.Context, who Actor, id pay.DocumentID) (*pay.Document, []byte, error) {
	d, err := store.LoadID(ctx, a.DB, store.Documents, id)
	if err != nil {
		return nil, nil, err
	}
	if d == nil || !who.is(d.ConsumerID) {
		return nil, nil, errNoDocument
	}
	return a.openDocument(ctx, d)
}

var errNoDocument = pay.Errorf(pay.Missing, "no_such_document", "", "There is no such document")

// openDocument decrypts a paper with its person's key and compares it with the digest that was stored when it was made.
func (a *App) openDocument(ctx context.Context, d *pay.Document) (*pay.Document, []byte, error) {
	p, err := a.readPerson(ctx, d.ConsumerID)
	if err != nil {
		return nil, nil, err
	}
	b, err := p.key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return nil, nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != d.SHA256 {
		return nil, nil, errors.New("document " + string(d.ID) + " differs from its digest")
	}
	d.Sealed = nil
	return d, b, nil
}

// Profile returns what is known about the actor, a consumer.
func (a *App) Profile(ctx context.Context, who Actor) (pay.Profile, error) {
	p, _, err := a.own(ctx, who)
	if err != nil {
		return pay.Profile{}, err
	}
	return p.profile()
}

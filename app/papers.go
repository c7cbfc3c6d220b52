package app

import (
	"context"
	"strings"
	"time"

	"zahlziel/cal"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// partyOf writes an address as on an envelope.
func partyOf(ad pay.Address, email string) document.Party {
	p := document.Party{Name: ad.FullName(), Email: email, Phone: ad.Phone}
	if ad.Organization != "" {
		p.Name = ad.Organization
	}
	for _, line := range []string{ad.Street, ad.Street2, strings.TrimSpace(ad.PostalCode + " " + ad.City)} {
		if line != "" {
			p.Address = append(p.Address, line)
		}
	}
	return p
}

// letterhead is the operator as papers show it.
func (a *App) letterhead() document.Operator {
	o := a.Operator()
	p := partyOf(o.Address, o.Email)
	p.Name, p.Phone, p.Web = o.Name, o.Phone, a.BaseURL
	return document.Operator{Party: p, Legal: []string{o.RegisterNo}, DebtAdvice: o.DebtHelp, Withdraw: a.BaseURL + "/me/withdraw",
		Supervisor: "Bundesanstalt für Finanzdienstleistungsaufsicht, Graurheindorfer Straße 108, 53117 Bonn",
		Complaints: "Schlichtungsstelle bei der Deutschen Bundesbank, Postfach 10 06 02, 60006 Frankfurt am Main"}
}

func (a *App) account() document.Account {
	o := a.Operator()
	return document.Account{Holder: o.Name, IBAN: o.IBAN, BIC: o.BIC, Bank: o.Bank}
}

func (a *App) shop(id pay.MerchantID, cart *pay.Cart) document.Shop {
	m := a.merchant(id)
	if m == nil {
		return document.Shop{}
	}
	p := partyOf(m.Address, m.Email)
	p.Name, p.Web = m.Name, m.WebsiteURL
	return document.Shop{Party: p, Invoice: cart.Reference2, Order: cart.Reference1}
}

// creditOf describes the deferral of a purchase as the information before the contract and the contract show it.
// Whose it is comes from the cart, which the order's cart equals, so the same information can be made again later.
func (a *App) creditOf(m pay.MerchantID, cart *pay.Cart, method string, amount int64, day cal.Day) (document.Credit, error) {
	term, ok := pay.Term(method)
	if !ok {
		return document.Credit{}, pay.Errorf(pay.Invalid, "no_term", "method", "The method %s has no single term", method)
	}
	rate, since, err := announcedBaseRate(day)
	if err != nil {
		return document.Credit{}, err
	}
	var consumer pay.Address
	if cart.Billing != nil {
		consumer = *cart.Billing
	} else if cart.Shipping != nil {
		consumer = *cart.Shipping
	}
	shop := a.shop(m, cart)
	shop.Invoice, shop.Order = "", "" // the shop may not know them before the contract
	return document.Credit{Creditor: a.letterhead(), Consumer: partyOf(consumer, ""), Shop: shop,
		Currency: cart.Currency, Amount: amount, Payments: []document.Payment{{Due: cal.NoDay, Amount: amount}}, TermDays: term, TermFrom: document.FromShipment,
		BaseRate: rate, BaseSince: since, DefaultMargin: cal.PointsConsumer, WithdrawalDays: 14}, nil
}

// announcedBaseRate is the base rate that papers of a day can state: the one of its half-year or, before the Bundesbank
// announced that, the last known one with the day since when it held. Nothing is computed with it.
func announcedBaseRate(day cal.Day) (rate int64, since cal.Day, err error) {
	rates := cal.AnnouncedBaseRates()
	day = min(day, rates.KnownUntil())
	year, month, _ := day.YMD()
	since = cal.Date(year, 1, 1)
	if month >= 7 {
		since = cal.Date(year, 7, 1)
	}
	rate, err = rates.At(day)
	return rate, since, err
}

// PreContract is the information before a regulated deferral, for the page before the button.
func (a *App) PreContract(ctx context.Context, id pay.SessionID, clientToken, method string) (*document.PreContract, error) {
	v, err := a.OpenSession(ctx, id, clientToken)
	if err != nil {
		return nil, err
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.creditOf(v.Session.MerchantID, &v.Cart, method, v.Cart.Amount, day)
	if err != nil {
		return nil, err
	}
	return informationOn(c, day), nil
}

// informationOn is the information before a contract as it is shown on a day.
func informationOn(c document.Credit, day cal.Day) *document.PreContract {
	return &document.PreContract{Credit: c, Issued: day, ValidUntil: day, Automated: true}
}

// paper is one rendered document on its way into the store.
type paper struct {
	id        pay.DocumentID
	kind, ref string
	lang      string
	pdf       []byte
}

// keep seals a document for its consumer.
func (a *App) keep(tx *store.Tx, p *person, d paper) {
	store.Save(tx, store.Documents, &pay.Document{ID: d.id, ConsumerID: p.row.ID, Kind: d.kind, Ref: d.ref, Language: d.lang,
		Version: document.Version, SHA256: sha(d.pdf), At: tx.At, Sealed: p.key.Seal(string(d.id), d.pdf)})
}

// invoicePaper renders the payment request of an invoice.
func (a *App) invoicePaper(ctx context.Context, inv *pay.Invoice, lang string) ([]byte, error) {
	v, err := a.ReadOrder(ctx, System, inv.OrderID)
	if err != nil {
		return nil, err
	}
	r := document.PaymentRequest{Number: inv.No, Reference: inv.Reference, Issued: inv.IssuedDay, Due: inv.DueDay, TermAgreed: true,
		Operator: a.letterhead(), Shop: a.shop(inv.MerchantID, &v.Cart), Order: pay.ShortReference(inv.OrderID), Currency: inv.Currency,
		Total: inv.Amount, Paid: inv.Paid, Refunded: inv.Refunded, Account: a.account(), DefaultMargin: cal.PointsConsumer,
		PayLink: a.BaseURL + "/me/items/" + pay.Bare(inv.ID)}
	if v.Cart.Billing != nil {
		r.Consumer = partyOf(*v.Cart.Billing, v.Cart.Billing.Email)
	}
	r.Lines = invoiceLines(v, inv)
	return r.PDF(lang)
}

// invoiceLines are what was delivered: the capture's own lines, the whole order, or one line for a part without lines.
func invoiceLines(v *OrderView, inv *pay.Invoice) []document.Line {
	var lines []pay.Line
	for _, c := range v.Captures {
		if c.Capture.InvoiceID == inv.ID {
			lines = c.Parcel.Lines
		}
	}
	if sumLines(lines) != inv.Amount {
		lines = v.Cart.Lines
	}
	if sumLines(lines) != inv.Amount {
		name := pay.ShortReference(v.Order.ID)
		if len(v.Cart.Lines) > 0 {
			name = v.Cart.Lines[0].Name
		}
		return []document.Line{{Name: name + " …", Quantity: 1, UnitPrice: inv.Amount, Amount: inv.Amount}}
	}
	out := make([]document.Line, 0, len(lines))
	for _, l := range lines {
		out = append(out, document.Line{Name: l.Name, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Discount: l.TotalDiscount, Amount: l.TotalAmount})
	}
	return out
}

func sumLines(lines []pay.Line) (sum int64) {
	for _, l := range lines {
		sum += l.TotalAmount
	}
	return sum
}

// contractPapers are what a consumer keeps of a regulated contract.
type contractPapers struct {
	contract  pay.Contract
	order     *pay.Order
	lang      string                // in which the information was read
	info      *document.PreContract // made again exactly as it was shown
	agreement document.Agreement    // cites it
}

// contractPapers reads what the papers of an order's contract say.
func (a *App) contractPapers(ctx context.Context, id pay.OrderID, day cal.Day) (*contractPapers, error) {
	v, err := a.ReadOrder(ctx, System, id)
	if err != nil {
		return nil, err
	}
	o := &v.Order
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, o.AuthorizationID)
	if err != nil {
		return nil, err
	}
	c, consent := pay.Contract{ID: string(id), ConsumerID: o.ConsumerID, OrderID: id, Method: o.Method, Regime: o.Regime,
		Reason: o.Reason, ContractDay: day, DocumentID: auth.Document}, auth.Consent
	credit, err := a.creditOf(v.Order.MerchantID, &v.Cart, c.Method, v.Order.OriginalAmount, consent.Day)
	if err != nil {
		return nil, err
	}
	info := informationOn(credit, consent.Day)
	at := time.UnixMicro(auth.CreatedAt).In(pay.Germany.Zone)
	credit.Order = pay.ShortReference(id)
	return &contractPapers{c, o, consent.Language, info, document.Agreement{Credit: credit, Number: credit.Order, Account: a.account(),
		ConsentAt: at, ConsentWay: document.Consent(consent.Way),
		PreContractVersion: document.Version, PreContractDigest: info.Paper(consent.Language).Digest(), PreContractSentAt: at}}, nil
}

package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// player is one consumer of the world: a person with plans.
type player struct {
	w      *world
	person person
	rnd    *rand.Rand
	state  string // what became of them, for those who look at the demo
	id     pay.ConsumerID
	device string
}

// monthlyFree is what everybody says is free per month: 800 euros.
const monthlyFree = int64(80000)

// purchase is one plan: what to buy, how, and what happens then.
type purchase struct {
	ago    int // days before the world's last day
	items  []item
	method string
	refuse bool // the decision is expected to be no
	leave  bool // authorised, but the shop never orders
	ship   int  // days until the goods are sent; 0: two, negative: not yet
	pay    func(p *player, inv *pay.Invoice)
	after  func(ctx context.Context, o *sold) error // on the day after the goods were sent
}

// sold is a purchase that was placed.
type sold struct {
	shop    *shop
	order   *pay.Order
	lines   []pay.Line
	invoice *pay.Invoice
}

// buy plans a purchase.
func (p *player) buy(b purchase) {
	p.on(p.w.last-cal.Day(b.ago), func(ctx context.Context) error { return p.checkout(ctx, b) })
}

// on plans something for a day. What is planned for days after the last one never happens.
func (p *player) on(day cal.Day, do func(context.Context) error) {
	p.w.plan(day, p, do)
}

// checkout goes from the basket to the order as a buyer and a shop do it together.
func (p *player) checkout(ctx context.Context, b purchase) error {
	s := p.w.shopOf(b.items)
	cart := s.cart(ctx, &p.person, b.items)
	who := app.Actor{Merchant: s.merchant.ID}
	v, err := p.w.a.CreateSession(ctx, who, cart)
	if err != nil {
		return err
	}
	free := monthlyFree
	ask := app.AuthorizeRequest{Method: b.method, Consent: true, EmailCode: "000000", DeviceToken: p.device, MonthlyFree: &free}
	ans, err := p.w.a.Authorize(ctx, v.Session.ID, v.ClientToken, ask)
	if err != nil {
		return err
	}
	p.id = ans.Consumer
	if ans.DeviceToken != "" {
		p.device = ans.DeviceToken
	}
	if ans.StepUp == "payment" {
		return p.prepay(ctx, b, s, cart, ans)
	}
	if ans.Approved == b.refuse {
		return fmt.Errorf("sim: %s (%s) on %s: approved is %t: %s", p.person.address.FullName(), p.state, p.w.day, ans.Approved, reasons(ans))
	}
	if b.refuse || b.leave {
		return nil
	}
	return p.place(ctx, b, s, cart, ans.Token)
}

func reasons(ans *app.AuthorizeAnswer) string {
	text := []string{"step up " + ans.StepUp}
	for _, m := range ans.Methods {
		text = append(text, m.Method+" "+strings.Join(credit.Codes(m.Reasons), " "))
	}
	return strings.Join(text, "; ")
}

// prepay transfers what a prepayment asks for; the shop orders once the bank has booked it.
func (p *player) prepay(_ context.Context, b purchase, s *shop, cart pay.Cart, ans *app.AuthorizeAnswer) error {
	booked := p.transfer(p.w.day, ans.Demand.Open, ans.Demand.Reference)
	p.on(booked+1, func(ctx context.Context) error { return p.place(ctx, b, s, cart, ans.Token) })
	return nil
}

// place turns a token into an order and plans its shipping.
func (p *player) place(ctx context.Context, b purchase, s *shop, cart pay.Cart, token pay.AuthorizationID) error {
	o, err := p.w.a.PlaceOrder(ctx, app.Actor{Merchant: s.merchant.ID}, app.Key{}, token, cart)
	if err != nil || b.ship < 0 {
		return err
	}
	if b.ship == 0 {
		b.ship = 2
	}
	deal := &sold{shop: s, order: o, lines: cart.Lines}
	p.on(p.w.day+cal.Day(b.ship), func(ctx context.Context) error { return p.delivered(ctx, b, deal) })
	return nil
}

// delivered captures the whole order; the invoice's due day decides when this person pays.
func (p *player) delivered(ctx context.Context, b purchase, deal *sold) error {
	inv, err := p.capture(ctx, deal, deal.order.Amount, deal.lines)
	if err != nil {
		return err
	}
	if b.pay != nil && inv.Open > 0 {
		b.pay(p, inv)
	}
	if b.after != nil {
		p.on(p.w.day+1, func(ctx context.Context) error { return b.after(ctx, deal) })
	}
	return nil
}

func (p *player) capture(ctx context.Context, deal *sold, amount int64, lines []pay.Line) (*pay.Invoice, error) {
	c, err := p.w.a.Capture(ctx, app.Actor{Merchant: deal.shop.merchant.ID}, app.Key{}, deal.order.ID, amount, deal.shop.parcel(lines, ""))
	if err != nil {
		return nil, err
	}
	p.w.books.captured(p, deal.shop, amount)
	deal.invoice, err = store.LoadID(ctx, p.w.a.DB, store.Invoices, c.InvoiceID)
	return deal.invoice, err
}

func (p *player) refund(ctx context.Context, deal *sold, amount int64, why string) error {
	_, err := p.w.a.Refund(ctx, app.Actor{Merchant: deal.shop.merchant.ID}, app.Key{}, deal.order.ID, amount, pay.Parcel{Description: why})
	if err == nil {
		p.w.books.refunded(p, deal.shop, amount)
	}
	return err
}

// transfer pays to the operator, and says on which day the bank books it.
func (p *player) transfer(day cal.Day, amount int64, text ...string) cal.Day {
	t := transfer{amount: amount, name: p.person.address.FullName(), iban: p.person.iban, text: text}
	if len(text) == 1 && strings.HasPrefix(text[0], "RF") && p.rnd.IntN(2) == 0 {
		t.text, t.reference = nil, text[0] // half of the people scan the code
	}
	return p.send(day, t, p)
}

func (p *player) send(day cal.Day, t transfer, owner *player) cal.Day {
	booked := p.w.bank.send(max(day, p.w.day), t)
	if booked <= p.w.last {
		p.w.books.received(owner, t.amount)
	}
	return booked
}

// paid pays an invoice in full, so many days before (negative) or after its due day, but not before the day after the goods came.
func paid(days int) func(*player, *pay.Invoice) {
	return func(p *player, inv *pay.Invoice) { p.transfer(inv.DueDay+cal.Day(days), inv.Open, inv.Reference) }
}

// paidPart pays a share in percent on a day around the due day.
func paidPart(percent int64, days int) func(*player, *pay.Invoice) {
	return func(p *player, inv *pay.Invoice) {
		p.transfer(inv.DueDay+cal.Day(days), inv.Open*percent/100, "Teilzahlung "+spaced(inv.Reference))
	}
}

// spaced is a reference as people copy it from paper.
func spaced(reference string) string { return bankfile.Reference(reference).String() }

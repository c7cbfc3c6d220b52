package sim

import (
	"context"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/pay"
)

// role is one way to live through the year.
type role struct {
	state string
	play  func(p *player)
}

// Baskets, all below the first limit of 100 euros unless they are named big.
var (
	sandals  = []item{{"SAND-1", 1}}
	socks    = []item{{"SOCK-3", 2}}
	trip     = []item{{"SAND-1", 1}, {"SOCK-3", 1}, {"BAND-2", 1}}
	running  = []item{{"LAUF-7", 1}}
	city     = []item{{"STADT-3", 1}, {"BAND-2", 2}}
	boots    = []item{{"ALM-42", 1}, {"SOCK-3", 2}} // big
	desk     = []item{{"TISCH-2", 1}}
	lantern  = []item{{"LAT-1", 1}}
	party    = []item{{"KETTE-1", 1}, {"BIRNE-6", 2}}
	bulbs    = []item{{"BIRNE-6", 4}}
	pendants = []item{{"PEND-4", 1}, {"BIRNE-6", 1}} // big
)

// cast is who lives in the world. A world with more people than roles begins again from the top.
var cast = []role{
	{"good_payer", steady(sandals, party, socks, lantern, trip, bulbs, sandals, party)},
	{"good_payer_english", english(steady(lantern, socks, party, sandals, bulbs, socks))},
	{"good_payer", steady(city, lantern, desk, socks, sandals, party)},
	{"good_payer", steady(running, desk, city)},
	{"new", func(p *player) { p.buy(purchase{ago: 1, items: party, method: "invoice_30"}) }},
	{"overdue_first_reminder", func(p *player) {
		p.regular(300, sandals, -2)
		p.regular(210, party, -3)
		p.buy(purchase{ago: 28, items: city, method: "invoice_14"})
	}},
	{"overdue_blocked", func(p *player) {
		p.regular(330, socks, -1)
		p.buy(purchase{ago: 66, items: running, method: "invoice_14"})
		p.buy(purchase{ago: 3, items: lantern, method: "invoice_30", refuse: true})
	}},
	{"overdue_blocked", func(p *player) {
		p.regular(250, trip, -4)
		p.regular(160, bulbs, 2)
		p.buy(purchase{ago: 80, items: desk, method: "invoice_30", pay: paidPart(30, 10)})
		p.buy(purchase{ago: 2, items: sandals, method: "invoice_14", refuse: true})
	}},
	{"late_once", func(p *player) {
		p.regular(320, sandals, -3)
		p.regular(240, lantern, 9)
		p.regular(150, socks, -2)
		p.regular(60, party, -5)
	}},
	{"late_often", func(p *player) {
		for i, late := range []int{12, 20, 8, 16} {
			p.regular(330-80*i, [][]item{socks, bulbs, sandals, socks}[i], late)
		}
	}},
	{"paused", func(p *player) {
		p.regular(200, trip, -2)
		p.buy(purchase{ago: 30, items: city, method: "invoice_14", after: func(ctx context.Context, o *sold) error {
			return p.w.pause(ctx, o.invoice.ID, p.w.last+14, "Der Käufer sagt, die Ware sei beschädigt angekommen.")
		}})
	}},
	{"over_limit", func(p *player) {
		p.regular(180, socks, -6)
		p.buy(purchase{ago: 12, items: city, method: "invoice_30", pay: paid(-1)})
		p.buy(purchase{ago: 4, items: desk, method: "invoice_30", refuse: true})
	}},
	{"prepayment_only", func(p *player) {
		p.buy(purchase{ago: 140, items: socks, method: "invoice_14", pay: paid(70)})
		p.buy(purchase{ago: 50, items: sandals, method: "invoice_14", refuse: true})
		p.buy(purchase{ago: 50, items: sandals, method: "prepayment"})
		p.buy(purchase{ago: 15, items: party, method: "prepayment"})
	}},
	{"prepayment_waiting", func(p *player) {
		p.regular(120, bulbs, -3)
		p.on(p.w.last-1, func(ctx context.Context) error { return p.askPrepayment(ctx, city) })
	}},
	{"under_18", func(p *player) {
		p.person.born = cal.AddMonths(p.w.last, -12*17+5)
		p.buy(purchase{ago: 9, items: sandals, method: "invoice_14", refuse: true})
	}},
	{"new_big_basket_refused", func(p *player) {
		p.buy(purchase{ago: 5, items: boots, method: "invoice_30", refuse: true})
	}},
	{"big_basket_refused_small_bought", func(p *player) {
		p.buy(purchase{ago: 20, items: pendants, method: "invoice_30", refuse: true})
		p.buy(purchase{ago: 20, items: lantern, method: "invoice_30"})
	}},
	{"part_payer", func(p *player) {
		p.regular(170, sandals, -1)
		p.buy(purchase{ago: 24, items: running, method: "invoice_14", pay: paidPart(50, -2)})
	}},
	{"over_payer", func(p *player) {
		p.buy(purchase{ago: 70, items: trip, method: "invoice_14", pay: func(p *player, inv *pay.Invoice) {
			p.transfer(inv.DueDay-3, inv.Open+1000, spaced(inv.Reference))
		}})
	}},
	{"double_payer", func(p *player) {
		p.buy(purchase{ago: 55, items: lantern, method: "invoice_30", pay: func(p *player, inv *pay.Invoice) {
			p.transfer(inv.DueDay-10, inv.Open, inv.Reference)
			p.transfer(inv.DueDay-4, inv.Open, inv.Reference)
		}})
	}},
	{"paid_by_relative", func(p *player) {
		p.buy(purchase{ago: 90, items: sandals, method: "invoice_14", pay: func(p *player, inv *pay.Invoice) {
			p.send(inv.DueDay-2, transfer{amount: inv.Open, name: "Erna " + p.person.address.FamilyName, iban: germanIBAN("99900000", 7654321), text: []string{"Fuer den Enkel " + spaced(inv.Reference)}}, p)
		}})
	}},
	{"paid_without_reference", func(p *player) {
		p.buy(purchase{ago: 19, items: city, method: "invoice_14", pay: func(p *player, inv *pay.Invoice) {
			p.on(p.w.last-1, func(context.Context) error {
				p.send(p.w.day, transfer{amount: inv.Open, name: p.person.address.FullName(), iban: p.person.iban, text: []string{"Schuhe, danke!"}}, nil)
				return nil
			})
		}})
	}},
	{"mistyped_reference", func(p *player) {
		p.buy(purchase{ago: 18, items: desk, method: "invoice_30", pay: func(p *player, inv *pay.Invoice) {
			p.on(p.w.last-2, func(context.Context) error {
				p.send(p.w.day, transfer{amount: inv.Open, name: p.person.address.FullName(), iban: p.person.iban, text: []string{mistyped(inv.Reference)}}, nil)
				return nil
			})
		}})
	}},
	{"moved", func(p *player) {
		p.regular(280, socks, -2)
		p.on(p.w.last-100, func(context.Context) error {
			old := p.person.address
			p.person.address = newAddress(p.rnd)
			p.person.address.GivenName, p.person.address.FamilyName = old.GivenName, old.FamilyName
			p.person.address.Email, p.person.address.Phone = old.Email, old.Phone
			return nil
		})
		p.regular(90, lantern, -3)
	}},
	{"returned_all", func(p *player) {
		p.buy(purchase{ago: 45, items: running, method: "invoice_30", after: func(ctx context.Context, o *sold) error {
			return p.refund(ctx, o, o.order.Amount, "Widerruf")
		}})
	}},
	{"returned_part", func(p *player) {
		p.buy(purchase{ago: 40, items: trip, method: "invoice_30", after: func(ctx context.Context, o *sold) error {
			return p.refund(ctx, o, 1490, "Socken zurück")
		}, pay: func(p *player, inv *pay.Invoice) { p.transfer(inv.DueDay-5, inv.Open-1490, inv.Reference) }})
	}},
	{"cancelled", func(p *player) {
		p.regular(130, party, -2)
		p.buy(purchase{ago: 22, items: sandals, method: "invoice_14", ship: -1})
		p.on(p.w.last-21, func(ctx context.Context) error { return p.cancelLast(ctx) })
	}},
	{"not_shipped", func(p *player) {
		p.regular(110, socks, -4)
		p.buy(purchase{ago: 2, items: desk, method: "pay_later", ship: -1})
	}},
	{"recovered", func(p *player) {
		p.regular(350, trip, -3)
		p.regular(290, bulbs, -3)
		p.regular(230, socks, -3)
		p.buy(purchase{ago: 150, items: sandals, method: "invoice_14", pay: paid(40)})
		p.buy(purchase{ago: 110, items: lantern, method: "invoice_30", refuse: true})
		p.buy(purchase{ago: 20, items: party, method: "invoice_30", pay: paid(-5)})
	}},
	{"buys_often", func(p *player) {
		p.regular(190, socks, -5)
		for _, items := range [][]item{bulbs, {{"KETTE-1", 1}}, {{"BIRNE-6", 1}}} {
			p.buy(purchase{ago: 0, items: items, method: "invoice_30", ship: -1})
		}
		p.buy(purchase{ago: 0, items: []item{{"BAND-2", 1}}, method: "invoice_14", refuse: true})
	}},
}

// steady buys one basket after the other over the year and pays each in time.
func steady(baskets ...[]item) func(*player) {
	return func(p *player) {
		for i, items := range baskets {
			p.regular(345-i*(330/len(baskets))-p.rnd.IntN(8), items, -1-p.rnd.IntN(8))
		}
		p.regular(4+p.rnd.IntN(8), bulbs, -2) // not due yet
	}
}

func english(play func(*player)) func(*player) {
	return func(p *player) {
		p.person.english = true
		play(p)
	}
}

// regular is a purchase on the shop's usual invoice that is paid so many days after the due day.
func (p *player) regular(ago int, items []item, days int) {
	p.buy(purchase{ago: ago, items: items, method: p.w.shopOf(items).merchant.Methods[0], pay: paid(days)})
}

// askPrepayment confirms a prepayment and lets the bank wait.
func (p *player) askPrepayment(ctx context.Context, items []item) error {
	s := p.w.shopOf(items)
	v, err := p.w.a.CreateSession(ctx, app.Actor{Merchant: s.merchant.ID}, s.cart(ctx, &p.person, items))
	if err != nil {
		return err
	}
	_, err = p.w.a.Authorize(ctx, v.Session.ID, v.ClientToken, app.AuthorizeRequest{Method: "prepayment", Consent: true, DeviceToken: p.device})
	return err
}

// cancelLast cancels the person's last order at the shop's desk.
func (p *player) cancelLast(ctx context.Context) error {
	orders, err := p.w.a.DB.OrdersOf(ctx, p.id, 1)
	if err != nil {
		return err
	}
	return p.w.a.CancelOrder(ctx, app.Actor{Merchant: orders[0].MerchantID}, app.Key{}, orders[0].ID)
}

// mistyped swaps two neighbouring digits that differ, so that the check digits no longer fit.
func mistyped(reference string) string {
	b := []byte(reference)
	for i := len(b) - 1; i > 5; i-- {
		if b[i] != b[i-1] {
			b[i], b[i-1] = b[i-1], b[i]
			if bankfile.Reference(b).Validate() != nil {
				break
			}
		}
	}
	return string(b)
}

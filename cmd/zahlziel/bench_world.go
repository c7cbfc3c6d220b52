package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

// buyer is a consumer whom the load plays.
type buyer struct {
	Email, Born, Given, Family, Street, Town, Postcode string
	Device                                             string
}

// newBuyer is the n-th buyer of a bench.
func newBuyer(n int) buyer {
	given := [...]string{"Jonas", "Miriam", "Torben", "Aylin", "Frieda", "Karsten", "Nadja", "Emre"}
	family := [...]string{"Albers", "Brandt", "Cordes", "Demir", "Ebert", "Förster", "Grothe"}
	return buyer{Email: fmt.Sprintf("buyer-%d@bench.test", n), Born: fmt.Sprintf("19%02d-%02d-%02d", 50+n%50, 1+n%12, 1+n%28), Given: given[n%len(given)],
		Family: family[n%len(family)], Street: fmt.Sprintf("Hauptstraße %d", 1+n%200), Town: "Köln", Postcode: "50667"}
}

func (b *buyer) address() *pay.Address {
	return &pay.Address{GivenName: b.Given, FamilyName: b.Family, Email: b.Email, Street: b.Street, PostalCode: b.Postcode, City: b.Town, Country: "DE"}
}

const (
	buyerUses    = 2   // purchases of one prepared buyer, within velocity and limit
	prepareHands = 256 // calls at once
)

// prepare makes shops, buyers and, if asked for, a history of orders.
func (b *bench) prepare(ctx context.Context) error {
	err := b.a.DB.PutOperator(ctx, pay.Operator{ID: "opr_bench", Name: "Bench GmbH", Licence: "factoring", Purchase: true, IBAN: "DE02120300000000202051", BIC: "BYLADEM1001"})
	if err != nil {
		return err
	}
	if err := b.a.Reload(ctx); err != nil {
		return err
	}
	for _, name := range []string{"shop-1", "shop-2"} {
		m, secret, err := b.a.CreateMerchant(ctx, app.System, pay.Merchant{Name: name, Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
			Methods: []string{"invoice_14", "invoice_30", "prepayment"}, FeeRate: 249, FeeTax: "DE19", FeeTaxRate: 1900, SettleDays: 2}, name)
		if err != nil {
			return err
		}
		b.load.Shops = append(b.load.Shops, loadShop{m.ID, name, secret})
	}
	if b.Hot {
		b.load.Shops = b.load.Shops[:1]
	}
	for i := range b.Buyers {
		b.load.Buyers = append(b.load.Buyers, newBuyer(i))
	}
	if err := b.meet(ctx); err != nil {
		return err
	}
	return b.preload(ctx)
}

// meet lets every buyer prove who they are once: each then has a device that is known.
func (b *bench) meet(ctx context.Context) error {
	bar := newBar("buyers")
	defer bar.done()
	return many(ctx, len(b.load.Buyers), bar.set, func(i int) error {
		p := &b.load.Buyers[i]
		ans, _, err := b.authorize(ctx, i, 100, app.AuthorizeRequest{EmailCode: "000000"})
		if err == nil && !ans.Approved {
			err = fmt.Errorf("buyer %s is refused: %+v", p.Email, ans.Methods)
		}
		if err != nil {
			return err
		}
		p.Device = ans.DeviceToken
		return b.a.ReleaseAuthorization(ctx, app.System, app.Key{}, ans.Token)
	})
}

// authorize opens a session of buyer i in one of the shops and confirms it.
func (b *bench) authorize(ctx context.Context, i int, amount int64, ask app.AuthorizeRequest) (*app.AuthorizeAnswer, *pay.Cart, error) {
	p := &b.load.Buyers[i]
	cart := pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Amount: amount, Billing: p.address(), Buyer: &pay.Buyer{DateOfBirth: p.Born},
		Lines: []pay.Line{{Type: "physical", Reference: "A-1", Name: "Probe", Quantity: 1, UnitPrice: amount, TotalAmount: amount, TaxRate: 1900}}}
	v, err := b.a.CreateSession(ctx, app.Actor{Merchant: b.load.Shops[i%len(b.load.Shops)].ID}, cart)
	if err != nil {
		return nil, nil, err
	}
	free := int64(80000)
	ask.Method, ask.Consent, ask.MonthlyFree = "invoice_30", true, &free
	ans, err := b.a.Authorize(ctx, v.Session.ID, v.ClientToken, ask)
	return ans, &cart, err
}

// many runs f for 0 to n-1, many at once, and returns the first error.
func many(ctx context.Context, n int, progress func(done, total int), f func(int) error) error {
	var next, done atomic.Int64
	var wg sync.WaitGroup
	var once sync.Once
	var first error
	for range min(n, prepareHands) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				if err := f(i); err != nil {
					once.Do(func() { first = err })
					next.Store(int64(n))
					return
				}
				if k := done.Add(1); k%256 == 0 || int(k) == n {
					progress(int(k), n)
				}
			}
		})
	}
	wg.Wait()
	if first == nil {
		first = ctx.Err()
	}
	return first
}

// Orders of the past are placed in rounds: each buyer orders once in a round, and the next begins when those orders lapsed.
const (
	roundDays = int(pay.OrderMicros/(24*3600*1e6)) + 1
	roundsMax = 20
)

func (b *bench) rounds() int { return (b.Orders + b.Buyers - 1) / b.Buyers }

// preload gives the database a past.
func (b *bench) preload(ctx context.Context) error {
	if b.Orders == 0 {
		return nil
	}
	bar := newBar("orders of the past")
	defer bar.done()
	today, n := b.a.Clock.Today(), len(b.load.Buyers)
	for r := range b.rounds() {
		day := today - cal.Day((b.rounds()-r)*roundDays)
		if err := b.moveTo(ctx, day); err != nil {
			return err
		}
		b.a.Clock.Turn(pay.Germany.Midnight(day) + 12*3600*1e6)
		err := many(ctx, min(n, b.Orders-r*n), func(k, _ int) { bar.set(r*n+k, b.Orders) }, func(i int) error { return b.order(ctx, i) })
		if err != nil {
			return err
		}
	}
	b.a.Clock.Turn(0)
	return b.moveTo(ctx, today)
}

func (b *bench) moveTo(ctx context.Context, day cal.Day) error {
	if err := b.a.DB.SetDay(ctx, day); err != nil {
		return err
	}
	_, err := b.a.Day(ctx)
	return err
}

// order lets buyer i buy something small.
func (b *bench) order(ctx context.Context, i int) error {
	ans, cart, err := b.authorize(ctx, i, 2000+int64(i%2000), app.AuthorizeRequest{DeviceToken: b.load.Buyers[i].Device})
	if err == nil && !ans.Approved {
		err = fmt.Errorf("buyer %s is refused: %+v", b.load.Buyers[i].Email, ans.Methods)
	}
	if err != nil {
		return err
	}
	_, err = b.a.PlaceOrder(ctx, app.Actor{Merchant: b.load.Shops[i%len(b.load.Shops)].ID}, app.Key{}, ans.Token, *cart)
	return err
}

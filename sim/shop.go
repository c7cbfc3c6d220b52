package sim

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"zahlziel/app"
	"zahlziel/integrations/sampleshop"
	"zahlziel/money"
	"zahlziel/pay"
)

// shop is one merchant of the world.
type shop struct {
	merchant pay.Merchant
	password string
	username string
	goods    sampleshop.Range
	mark     string // of its own order numbers
	next     atomic.Int64
}

// operator is the legal entity of the demo. Its account is a published example, not anybody's.
func operator() pay.Operator {
	return pay.Operator{ID: "opr_demo", Name: "Zahlziel Demo GmbH", Licence: "factoring", Purchase: true,
		Address: pay.Address{Organization: "Zahlziel Demo GmbH", Street: "Musterallee 1", PostalCode: "10115", City: "Berlin", Country: "DE"},
		Email:   "hilfe@zahlziel.example", Phone: "+49 30 23125 999", Hours: "Mo-Fr 9-17",
		IBAN: "DE02120300000000202051", BIC: "BYLADEM1001", Bank: "Beispielbank Berlin",
		DebtHelp: "https://www.meine-schulden.de/beratung", RegisterNo: "HRB 000000 B, Amtsgericht Charlottenburg (Demo)"}
}

// openShops stores the two shops of the demo with different fees and methods.
func openShops(ctx context.Context, a *app.App) ([]*shop, error) {
	plans := []struct {
		merchant pay.Merchant
		mark     string
	}{
		{pay.Merchant{Methods: []string{"invoice_14", "invoice_30", "prepayment"}, FeeRate: 249, FeeFixed: 35, SettleDays: 2,
			PayoutIBAN: string(germanIBAN("99900001", 4711)), Email: "laden@schuhladen.example",
			Address: pay.Address{Organization: "Schuhladen Alm GmbH", Street: "Am Markt 8", PostalCode: "87629", City: "Füssen", Country: "DE"}}, "SA"},
		{pay.Merchant{Methods: []string{"invoice_30", "pay_later", "prepayment"}, FeeRate: 299, FeeFixed: 0, SettleDays: 5,
			PayoutIBAN: string(germanIBAN("99900001", 815)), Email: "kontor@lichthaus.example", OrderMax: 100_000,
			Address: pay.Address{Organization: "Lichthaus Nord OHG", Street: "Hafenkante 3", PostalCode: "24103", City: "Kiel", Country: "DE"}}, "LN"},
	}
	var shops []*shop
	for i, p := range plans {
		s := &shop{goods: sampleshop.Ranges[i], username: sampleshop.Ranges[i].Slug, mark: p.mark}
		m := p.merchant
		m.OperatorID, m.Name, m.Status, m.Mode = "opr_demo", s.goods.Name(ctx), pay.MerchantActive, pay.ModeTest
		m.Market, m.Currency, m.FeeTax, m.FeeTaxRate = pay.Germany.Code, money.EUR, "DE19", 1900
		m.WebsiteURL = a.BaseURL + sampleshop.Path + "/" + s.goods.Slug
		var err error
		if s.merchant, s.password, err = a.CreateMerchant(ctx, app.System, m, s.username); err != nil {
			return nil, err
		}
		shops = append(shops, s)
	}
	return shops, nil
}

// item is a product and how many of it.
type item struct {
	sku string
	n   int64
}

// vatRate is the tax rate of all goods, percent times 100.
const vatRate = 1900

// vatOf is the tax inside a gross amount, half up.
func vatOf(gross int64) int64 { return (2*gross*vatRate + 10000 + vatRate) / (2 * (10000 + vatRate)) }

// cart is what the shop sends for a basket.
func (s *shop) cart(ctx context.Context, p *person, items []item) pay.Cart {
	no := s.next.Add(1)
	billing := p.address
	c := pay.Cart{Country: pay.Germany.Code, Currency: money.EUR, Locale: "de-DE", HasTax: true, Billing: &billing,
		Buyer:      &pay.Buyer{DateOfBirth: p.born.String(), Type: "person"},
		Reference1: fmt.Sprintf("%s-%05d", s.mark, 10000+no), Reference2: fmt.Sprintf("RE-%s-%05d", s.mark, 20000+no)}
	if p.english {
		c.Locale = "en-GB"
	}
	for _, it := range items {
		c.Lines = append(c.Lines, s.line(ctx, it))
	}
	for _, l := range c.Lines {
		c.Amount += l.TotalAmount
		c.TaxAmount += l.TotalTax
	}
	return c
}

func (s *shop) line(ctx context.Context, it item) pay.Line {
	for _, g := range s.goods.Products {
		if g.SKU == it.sku {
			total := g.Price * it.n
			return pay.Line{Type: "physical", Reference: g.SKU, Name: g.Name(ctx), Quantity: it.n, QuantityUnit: "pcs",
				UnitPrice: g.Price, TaxRate: vatRate, TotalAmount: total, TotalTax: vatOf(total)}
		}
	}
	panic("no such product in " + s.goods.Slug + ": " + it.sku)
}

// parcel is what the shop says when it sends goods.
func (s *shop) parcel(lines []pay.Line, description string) pay.Parcel {
	return pay.Parcel{Lines: lines, Description: description, Shipping: []pay.Shipment{{Company: "Botenrad", Method: "Home",
		TrackingNumber: fmt.Sprintf("BR%09d", 400000000+s.next.Load()*37)}}}
}

// secret is a password that nobody guesses and that can be typed.
func secret() string { return rand.Text()[:16] }

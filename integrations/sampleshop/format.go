package sampleshop

import (
	"context"
	"strconv"

	"zahlziel/money"
	"zahlziel/web"
)

func euro(ctx context.Context, minor int64) string { return web.Money(ctx, minor, money.EUR) }

func total(lines []basketLine) int64 {
	var sum int64
	for _, l := range lines {
		sum += l.Sum()
	}
	return sum
}

func sumFacts(ctx context.Context, lines []basketLine) []web.Fact {
	var facts []web.Fact
	for _, l := range lines {
		facts = append(facts, web.Fact{Label: strconv.FormatInt(l.Quantity, 10) + " × " + l.Product.Name(ctx), Value: euro(ctx, l.Sum())})
	}
	return append(facts,
		web.Fact{Label: web.T(ctx, "shop.total"), Value: euro(ctx, total(lines)), Total: true},
		web.Fact{Label: web.T(ctx, "shop.total.vat"), Value: euro(ctx, taxOf(total(lines)))})
}

func officeTable(ctx context.Context, v visit, orders []purchase) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "shop.office.title"), Hidden: true, Columns: []web.Column{
		{Head: web.T(ctx, "shop.col.no")}, {Head: web.T(ctx, "shop.col.buyer")}, {Head: web.T(ctx, "shop.col.amount"), Num: true},
	}}
	for _, p := range orders {
		t.Rows = append(t.Rows, []web.Cell{
			{Text: p.Sale.Number, Href: v.path("/office/" + p.Sale.Number)},
			{Text: p.Sale.Buyer.GivenName + " " + p.Sale.Buyer.FamilyName},
			{Text: euro(ctx, p.Sale.Amount())},
		})
	}
	return t
}

func orderFacts(ctx context.Context, o Order) []web.Fact {
	return []web.Fact{
		{Label: web.T(ctx, "shop.order.amount"), Value: euro(ctx, o.Amount), Total: true},
		{Label: web.T(ctx, "shop.order.captured"), Value: euro(ctx, o.Captured)},
		{Label: web.T(ctx, "shop.order.refunded"), Value: euro(ctx, o.Refunded)},
		{Label: web.T(ctx, "shop.order.remaining"), Value: euro(ctx, o.Remaining)},
	}
}

func statusKind(status string) web.Kind {
	switch status {
	case "captured", "part_captured":
		return web.Success
	case "authorized":
		return web.Info
	}
	return web.Plain
}

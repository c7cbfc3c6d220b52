package shopapi

import (
	"encoding/json"

	"zahlziel/pay"
)

// productIdentifiers name a product beyond the shop's own reference.
type productIdentifiers struct {
	Brand                  string `json:"brand,omitempty"`
	CategoryPath           string `json:"category_path,omitempty"`
	GlobalTradeItemNumber  string `json:"global_trade_item_number,omitempty"`
	ManufacturerPartNumber string `json:"manufacturer_part_number,omitempty"`
	Color                  string `json:"color,omitempty"`
	Size                   string `json:"size,omitempty"`
}

// subscription says how often a line is bought again.
type subscription struct {
	Name          string `json:"name"`
	Interval      string `json:"interval"`
	IntervalCount int64  `json:"interval_count"`
}

func readLines(o object) []pay.Line {
	items := o.objects("order_lines")
	lines := make([]pay.Line, len(items))
	for i, item := range items {
		lines[i] = readLine(item)
	}
	return lines
}

// readLine reads one line. The limits are the wider ones of the two families of calls;
// lines with a discount, store credit or gift card are negative.
func readLine(o object) pay.Line {
	before := len(o.bad.fields)
	o.require("name", "quantity", "unit_price", "total_amount")
	l := pay.Line{
		Type:          o.text("type", 64),
		Reference:     o.label("reference", 255),
		Name:          o.line("name", 255),
		Quantity:      o.integer("quantity", 0, amountMax),
		QuantityUnit:  o.text("quantity_unit", 10),
		UnitPrice:     o.integer("unit_price", -amountMax, amountMax),
		TaxRate:       o.integer("tax_rate", 0, 10000),
		TotalAmount:   o.integer("total_amount", -amountMax, amountMax),
		TotalDiscount: o.integer("total_discount_amount", 0, amountMax),
		TotalTax:      o.integer("total_tax_amount", -amountMax, amountMax),
		ImageURL:      o.text("image_url", 1024),
		ProductURL:    o.text("product_url", 1024),
		MerchantData:  o.text("merchant_data", 1024),
	}
	if p, ok := o.object("product_identifiers"); ok {
		l.Identifiers = readIdentifiers(p)
	}
	if s, ok := o.object("subscription"); ok {
		l.Subscription = readSubscription(s)
	}
	if len(o.bad.fields) == before {
		checkLine(o, &l)
	}
	return l
}

func readIdentifiers(o object) json.RawMessage {
	return encode(productIdentifiers{
		Brand:                  o.text("brand", 70),
		CategoryPath:           o.text("category_path", 750),
		GlobalTradeItemNumber:  o.text("global_trade_item_number", 50),
		ManufacturerPartNumber: o.text("manufacturer_part_number", 70),
		Color:                  o.text("color", 64),
		Size:                   o.text("size", 64),
	})
}

func readSubscription(o object) json.RawMessage {
	o.require("name", "interval", "interval_count")
	return encode(subscription{
		Name:          o.text("name", 255),
		Interval:      o.oneOf("interval", "DAY", "WEEK", "MONTH", "YEAR"),
		IntervalCount: o.integer("interval_count", 1, 1000),
	})
}

// checkLine checks a line's own arithmetic: the total, and the tax inside it within one minor unit.
func checkLine(o object, l *pay.Line) {
	if want := l.Quantity*l.UnitPrice - l.TotalDiscount; l.TotalAmount != want {
		o.complain("total_amount", "must be %d (quantity x unit_price - total_discount_amount)", want)
	}
	if o.has("total_tax_amount") && !taxFits(l) {
		o.complain("total_tax_amount", "must be within 1 of total_amount - total_amount x 10000 / (10000 + tax_rate), rounded")
	}
}

// taxFits compares with the tax inside the total as a shop rounds it, to the nearest minor unit: one unit more or less
// fits. Without dividing: |tax - total*rate/(10000+rate)| <= 1.5, times 2*(10000+rate).
func taxFits(l *pay.Line) bool {
	whole := 10000 + l.TaxRate
	difference := 2 * (l.TotalTax*whole - l.TotalAmount*l.TaxRate)
	return -3*whole <= difference && difference <= 3*whole
}

package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

// Bounds of a cart. Amounts are minor units (2,000,000.00).
const (
	amountMax = 200_000_000
	linesMax  = 1000
)

var (
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	localeForm   = regexp.MustCompile(`^[a-z]{2}(-[A-Z]{2})?$`)
	addressForm  = regexp.MustCompile(`^(?i:https?)://[^/\s]`)
)

// checker keeps the first fault of a request.
type checker struct{ err error }

func (c *checker) fail(field, format string, args ...any) {
	if c.err == nil {
		c.err = pay.Errorf(pay.Invalid, "bad_value", field, "%s", field+" "+fmt.Sprintf(format, args...))
	}
}

// text bounds a text and makes one line of it: with a control character a name could start a new header or record.
func (c *checker) text(field string, s *string, charactersMax int) {
	if utf8.RuneCountInString(*s) > charactersMax {
		c.fail(field, "has more than %d characters", charactersMax)
	}
	*s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, *s))
}

func (c *checker) form(field, s string, form *regexp.Regexp) {
	if s != "" && !form.MatchString(s) {
		c.fail(field, "must match %s", form)
	}
}

func (c *checker) between(field string, n, low, high int64) {
	if n < low || n > high {
		c.fail(field, "must be a whole number from %d to %d", low, high)
	}
}

func (c *checker) need(field, s string) {
	if strings.TrimSpace(s) == "" {
		c.fail(field, "is required")
	}
}

// url bounds an address that people are sent to or that is called: http or https, so that no script runs in its name.
func (c *checker) url(field string, s *string) {
	c.text(field, s, 2000)
	c.form(field, *s, addressForm)
}

// cartChange is what a request says about a cart: members that are nil were left out.
type cartChange struct {
	country, locale, intent, reference, reference2, merchantData *string
	currency                                                     *money.Currency
	amount, tax                                                  *int64
	lines                                                        []pay.Line
	billing, shipping                                            *pay.Address
	buyer                                                        *pay.Buyer
	urls                                                         *pay.URLs
}

// readCart reads what a request says about a cart, beside members of the call's own.
func readCart(a *ask, own members) (*cartChange, error) {
	n := &cartChange{}
	var lines []json.RawMessage
	var billing, shipping, buyer, urls json.RawMessage
	all := members{"country": &n.country, "currency": &n.currency, "locale": &n.locale, "intent": &n.intent, "amount": &n.amount, "tax_amount": &n.tax, "lines": &lines,
		"billing": &billing, "shipping": &shipping, "buyer": &buyer, "reference": &n.reference, "reference2": &n.reference2, "merchant_data": &n.merchantData, "urls": &urls}
	maps.Copy(all, own)
	err := a.fill(all)
	if err != nil {
		return nil, err
	}
	if n.lines, err = readLines(lines); err != nil {
		return nil, err
	}
	if n.billing, err = readAddress("billing", billing); err != nil {
		return nil, err
	}
	if n.shipping, err = readAddress("shipping", shipping); err != nil {
		return nil, err
	}
	if n.buyer, err = readBuyer(buyer); err != nil {
		return nil, err
	}
	n.urls, err = readURLs(urls)
	return n, err
}

// apply puts what was said into a cart, each member as a whole, and checks the result.
func (n *cartChange) apply(cart *pay.Cart) error {
	n.put(cart)
	return checkCart(cart)
}

func (n *cartChange) put(cart *pay.Cart) {
	set(&cart.Country, n.country)
	set(&cart.Currency, n.currency)
	set(&cart.Locale, n.locale)
	set(&cart.Intent, n.intent)
	set(&cart.Amount, n.amount)
	set(&cart.Reference1, n.reference)
	set(&cart.Reference2, n.reference2)
	set(&cart.MerchantData, n.merchantData)
	set(&cart.URLs, n.urls)
	if n.tax != nil {
		cart.TaxAmount, cart.HasTax = *n.tax, true
	}
	if n.lines != nil {
		cart.Lines = n.lines
	}
	if n.billing != nil {
		cart.Billing = n.billing
	}
	if n.shipping != nil {
		cart.Shipping = n.shipping
	}
	if n.buyer != nil {
		cart.Buyer = n.buyer
	}
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func readURLs(text json.RawMessage) (*pay.URLs, error) {
	if text == nil {
		return nil, nil
	}
	u := &pay.URLs{}
	err := put(text, members{"confirmation": &u.Confirmation, "notification": &u.Notification, "push": &u.Push, "authorization": &u.Authorization}, "urls")
	return u, err
}

// intents are what a session may be opened for.
var intents = []string{"", pay.IntentBuy, pay.IntentTokenize, pay.IntentBuyAndTokenize}

// checkCart checks a cart as it will be stored.
func checkCart(cart *pay.Cart) error {
	c := &checker{}
	c.need("country", cart.Country)
	c.form("country", cart.Country, countryForm)
	c.form("locale", cart.Locale, localeForm)
	if !slices.Contains(intents, cart.Intent) {
		c.fail("intent", "must be buy, tokenize or buy_and_tokenize")
	}
	c.sale(cart)
	return c.err
}

// sale checks what a purchase is about, and what the shop says about it.
func (c *checker) sale(cart *pay.Cart) {
	c.need("currency", string(cart.Currency))
	c.form("currency", string(cart.Currency), currencyForm)
	low := int64(1)
	if cart.Intent == pay.IntentTokenize {
		low = 0 // nothing is bought now
	}
	c.between("amount", cart.Amount, low, amountMax)
	c.text("reference", &cart.Reference1, 255)
	c.text("reference2", &cart.Reference2, 255)
	c.text("merchant_data", &cart.MerchantData, 6000)
	c.url("urls.confirmation", &cart.URLs.Confirmation)
	c.url("urls.notification", &cart.URLs.Notification)
	c.url("urls.push", &cart.URLs.Push)
	c.url("urls.authorization", &cart.URLs.Authorization)
	tax, stated := c.lines(cart.Lines, cart.Amount)
	switch {
	case cart.HasTax && (cart.TaxAmount < 0 || cart.TaxAmount > cart.Amount):
		c.fail("tax_amount", "must be from 0 to amount")
	case cart.HasTax && stated && tax != cart.TaxAmount:
		c.fail("tax_amount", "must be %d, the sum of the lines' tax", tax)
	}
}

// lines checks that lines give an amount, and returns the sum of their tax; stated says whether every line states it.
func (c *checker) lines(lines []pay.Line, amount int64) (tax int64, stated bool) {
	var sum int64
	stated = true
	for i := range lines {
		l := &lines[i]
		sum, tax, stated = sum+l.TotalAmount, tax+l.TotalTax, stated && (l.TotalTax != 0 || l.TaxRate == 0)
	}
	switch {
	case len(lines) == 0:
		c.fail("lines", "is required")
	case sum != amount:
		c.fail("lines", "sum up to %d, amount is %d", sum, amount)
	}
	return tax, stated
}

func readLines(list []json.RawMessage) (out []pay.Line, err error) {
	if len(list) > linesMax {
		return nil, pay.Errorf(pay.Invalid, "bad_value", "lines", "lines may be at most %d", linesMax)
	}
	if list != nil {
		out = []pay.Line{} // an empty list is something else than none
	}
	for i, text := range list {
		var l pay.Line
		under := fmt.Sprintf("lines[%d].", i)
		err := put(text, members{"type": &l.Type, "reference": &l.Reference, "name": &l.Name, "quantity": &l.Quantity, "quantity_unit": &l.QuantityUnit,
			"unit_price": &l.UnitPrice, "tax_rate": &l.TaxRate, "discount_amount": &l.TotalDiscount, "total_amount": &l.TotalAmount, "tax_amount": &l.TotalTax,
			"image_url": &l.ImageURL, "product_url": &l.ProductURL}, strings.TrimSuffix(under, "."))
		if err != nil {
			return nil, err
		}
		if err := checkLine(under, &l); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// checkLine checks a line and its own arithmetic: the total, and the tax inside it within one minor unit.
func checkLine(under string, l *pay.Line) error {
	c := &checker{}
	c.need(under+"name", l.Name)
	c.text(under+"type", &l.Type, 64)
	c.text(under+"reference", &l.Reference, 255)
	c.text(under+"name", &l.Name, 255)
	c.text(under+"quantity_unit", &l.QuantityUnit, 10)
	c.text(under+"image_url", &l.ImageURL, 1024)
	c.text(under+"product_url", &l.ProductURL, 1024)
	c.between(under+"quantity", l.Quantity, 1, amountMax)
	c.between(under+"unit_price", l.UnitPrice, -amountMax, amountMax)
	c.between(under+"tax_rate", l.TaxRate, 0, 10000)
	c.between(under+"discount_amount", l.TotalDiscount, 0, amountMax)
	c.between(under+"total_amount", l.TotalAmount, -amountMax, amountMax)
	c.between(under+"tax_amount", l.TotalTax, -amountMax, amountMax)
	if c.err != nil {
		return c.err
	}
	if want := l.Quantity*l.UnitPrice - l.TotalDiscount; l.TotalAmount != want {
		c.fail(under+"total_amount", "must be %d (quantity x unit_price - discount_amount)", want)
	}
	whole := 10000 + l.TaxRate
	if off := l.TotalTax*whole - l.TotalAmount*l.TaxRate; l.TotalTax != 0 && (off > whole || off < -whole) {
		c.fail(under+"tax_amount", "must be within 1 of total_amount x tax_rate / (10000 + tax_rate)")
	}
	return c.err
}

func readAddress(name string, text json.RawMessage) (*pay.Address, error) {
	if text == nil {
		return nil, nil
	}
	a := &pay.Address{}
	all := []struct {
		name string
		to   *string
		max  int
	}{{"organization", &a.Organization, 99}, {"attention", &a.Attention, 99}, {"title", &a.Title, 20}, {"given_name", &a.GivenName, 99}, {"family_name", &a.FamilyName, 99}, {"street", &a.Street, 99}, {"street2", &a.Street2, 99},
		{"postal_code", &a.PostalCode, 10}, {"city", &a.City, 99}, {"region", &a.Region, 99}, {"country", &a.Country, 2}, {"email", &a.Email, 99}, {"phone", &a.Phone, 99}}
	into := members{}
	for _, m := range all {
		into[m.name] = m.to
	}
	if err := put(text, into, name); err != nil {
		return nil, err
	}
	c := &checker{}
	for _, m := range all {
		c.text(name+"."+m.name, m.to, m.max)
	}
	c.form(name+".country", a.Country, countryForm)
	return a, c.err
}

func readBuyer(text json.RawMessage) (*pay.Buyer, error) {
	if text == nil {
		return nil, nil
	}
	b := &pay.Buyer{}
	if err := put(text, members{"birth_date": &b.DateOfBirth, "type": &b.Type, "organization_id": &b.OrganizationID, "vat_id": &b.VATID}, "buyer"); err != nil {
		return nil, err
	}
	c := &checker{}
	c.text("buyer.organization_id", &b.OrganizationID, 255)
	c.text("buyer.vat_id", &b.VATID, 255)
	if b.Type != "" && b.Type != "person" && b.Type != "organization" {
		c.fail("buyer.type", "must be person or organization")
	}
	if b.DateOfBirth != "" {
		if _, err := cal.ParseDay(b.DateOfBirth); err != nil {
			c.fail("buyer.birth_date", "must be a date like 1990-12-31")
		}
	}
	return b, c.err
}

// lineAnswer is a line as a shop stated it.
type lineAnswer struct {
	Type         string `json:"type,omitempty"`
	Reference    string `json:"reference,omitempty"`
	Name         string `json:"name"`
	Quantity     int64  `json:"quantity"`
	QuantityUnit string `json:"quantity_unit,omitempty"`
	UnitPrice    int64  `json:"unit_price"`
	TaxRate      int64  `json:"tax_rate"`
	Discount     int64  `json:"discount_amount"`
	Total        int64  `json:"total_amount"`
	Tax          int64  `json:"tax_amount"`
	ImageURL     string `json:"image_url,omitempty"`
	ProductURL   string `json:"product_url,omitempty"`
}

// addressAnswer is an address as a shop stated it.
type addressAnswer struct {
	Organization string `json:"organization,omitempty"`
	Attention    string `json:"attention,omitempty"`
	Title        string `json:"title,omitempty"`
	GivenName    string `json:"given_name,omitempty"`
	FamilyName   string `json:"family_name,omitempty"`
	Street       string `json:"street,omitempty"`
	Street2      string `json:"street2,omitempty"`
	PostalCode   string `json:"postal_code,omitempty"`
	City         string `json:"city,omitempty"`
	Region       string `json:"region,omitempty"`
	Country      string `json:"country,omitempty"`
	Email        string `json:"email,omitempty"`
	Phone        string `json:"phone,omitempty"`
}

// cartAnswer is what a shop stated about a purchase.
type cartAnswer struct {
	Country      string         `json:"country"`
	Currency     money.Currency `json:"currency"`
	Locale       string         `json:"locale,omitempty"`
	Intent       string         `json:"intent,omitempty"`
	Amount       int64          `json:"amount"`
	TaxAmount    *int64         `json:"tax_amount,omitempty"`
	Lines        []lineAnswer   `json:"lines"`
	Billing      *addressAnswer `json:"billing,omitempty"`
	Shipping     *addressAnswer `json:"shipping,omitempty"`
	Reference    string         `json:"reference,omitempty"`
	Reference2   string         `json:"reference2,omitempty"`
	MerchantData string         `json:"merchant_data,omitempty"`
	URLs         pay.URLs       `json:"urls,omitzero"` // its members are called as here
}

func encodeCart(c *pay.Cart) cartAnswer {
	out := cartAnswer{Country: c.Country, Currency: c.Currency, Locale: c.Locale, Intent: c.Intent, Amount: c.Amount, Lines: encodeLines(c.Lines), URLs: c.URLs, Billing: encodeAddress(c.Billing),
		Shipping: encodeAddress(c.Shipping), Reference: c.Reference1, Reference2: c.Reference2, MerchantData: c.MerchantData}
	if c.HasTax {
		out.TaxAmount = &c.TaxAmount
	}
	return out
}

func encodeLines(lines []pay.Line) []lineAnswer {
	out := []lineAnswer{}
	for _, l := range lines {
		out = append(out, lineAnswer{l.Type, l.Reference, l.Name, l.Quantity, l.QuantityUnit, l.UnitPrice, l.TaxRate, l.TotalDiscount, l.TotalAmount, l.TotalTax, l.ImageURL, l.ProductURL})
	}
	return out
}

func encodeAddress(a *pay.Address) *addressAnswer {
	if a == nil {
		return nil
	}
	return &addressAnswer{a.Organization, a.Attention, a.Title, a.GivenName, a.FamilyName, a.Street, a.Street2, a.PostalCode, a.City, a.Region, a.Country, a.Email, a.Phone}
}

package shopapi

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"zahlziel/money"
	"zahlziel/pay"
)

var (
	countryRE  = regexp.MustCompile(`^[A-Za-z]{2}$`)
	currencyRE = regexp.MustCompile(`^[A-Za-z]{3}$`)
	localeRE   = regexp.MustCompile(`^[A-Za-z]{2}(?:-[A-Za-z]{2})*$`)
	personRE   = regexp.MustCompile(`^(person|organization)$`)
	colorRE    = regexp.MustCompile(`^#[A-Fa-f0-9]{6}$`)
	webRE      = regexp.MustCompile(`^(?i:https?)://[^/\s]`)
)

// readCart puts what a session or order request holds into cart and leaves the rest of cart
// as it was: an update and an order restate only what they like. The lines, where given,
// replace all lines. Rules that span fields are checkCart's.
func readCart(o object, cart *pay.Cart) {
	set := func(target *string, name string, read func() string) {
		if o.has(name) {
			*target = read()
		}
	}
	text := func(target *string, name string, charactersMax int) {
		set(target, name, func() string { return o.text(name, charactersMax) })
	}
	if o.has("purchase_currency") {
		cart.Currency = money.Currency(strings.ToUpper(o.pattern("purchase_currency", currencyRE)))
	}
	set(&cart.Country, "purchase_country", func() string { return strings.ToUpper(o.pattern("purchase_country", countryRE)) })
	set(&cart.Locale, "locale", func() string { return o.pattern("locale", localeRE) })
	set(&cart.Intent, "intent", func() string { return o.oneOf("intent", "buy", "tokenize", "buy_and_tokenize") })
	set(&cart.Channel, "acquiring_channel", func() string { return o.oneOf("acquiring_channel", "ECOMMERCE", "IN_STORE", "TELESALES") })
	set(&cart.Reference1, "merchant_reference1", func() string { return o.label("merchant_reference1", 255) })
	set(&cart.Reference2, "merchant_reference2", func() string { return o.label("merchant_reference2", 255) })
	text(&cart.MerchantData, "merchant_data", 6000)
	text(&cart.Design, "design", 255)
	if o.has("order_amount") {
		cart.Amount = o.integer("order_amount", 0, amountMax)
	}
	if o.has("order_tax_amount") {
		cart.TaxAmount, cart.HasTax = o.integer("order_tax_amount", 0, amountMax), true
	}
	if o.has("order_lines") {
		cart.Lines = readLines(o)
	}
	if o.has("auto_capture") {
		cart.AutoCapture = o.boolean("auto_capture")
	}
	if a, ok := o.object("billing_address"); ok {
		cart.Billing = readAddress(a)
	}
	if a, ok := o.object("shipping_address"); ok {
		cart.Shipping = readAddress(a)
	}
	if c, ok := o.object("customer"); ok {
		cart.Buyer = readBuyer(c)
	}
	if u, ok := o.object("merchant_urls"); ok {
		cart.URLs = readURLs(u)
	}
	if x, ok := o.object("options"); ok {
		cart.Options = readOptions(x)
	}
	if a, ok := o.object("attachment"); ok {
		cart.Attachment = readAttachment(a)
	}
}

func readAddress(o object) *pay.Address {
	return &pay.Address{
		Organization: o.line("organization_name", 99),
		Attention:    o.line("attention", 99),
		Title:        o.line("title", 20),
		GivenName:    o.line("given_name", 99),
		FamilyName:   o.line("family_name", 99),
		Street:       o.line("street_address", 99),
		Street2:      o.line("street_address2", 99),
		PostalCode:   oneLine(o.label("postal_code", 10)),
		City:         o.line("city", 99),
		Region:       o.line("region", 99),
		Country:      strings.ToUpper(o.pattern("country", countryRE)),
		Email:        o.line("email", 99),
		Phone:        oneLine(o.label("phone", 99)),
	}
}

// readBuyer reads who buys. National identification numbers are accepted and not kept: nothing needs them.
func readBuyer(o object) *pay.Buyer {
	b := &pay.Buyer{
		DateOfBirth:    o.line("date_of_birth", 10),
		Title:          o.line("title", 255),
		Gender:         o.line("gender", 255),
		Type:           o.pattern("type", personRE),
		OrganizationID: o.line("organization_registration_id", 255),
		EntityType: o.oneOf("organization_entity_type", "LIMITED_COMPANY", "PUBLIC_LIMITED_COMPANY", "ENTREPRENEURIAL_COMPANY",
			"LIMITED_PARTNERSHIP_LIMITED_COMPANY", "LIMITED_PARTNERSHIP", "GENERAL_PARTNERSHIP", "REGISTERED_SOLE_TRADER",
			"SOLE_TRADER", "CIVIL_LAW_PARTNERSHIP", "PUBLIC_INSTITUTION", "OTHER"),
		VATID: o.line("vat_id", 255),
	}
	if b.DateOfBirth != "" {
		if _, err := time.Parse(time.DateOnly, b.DateOfBirth); err != nil {
			o.complain("date_of_birth", "must be a date like 1990-12-31")
		}
	}
	return b
}

func readURLs(o object) pay.URLs {
	return pay.URLs{
		Confirmation:  readURL(o, "confirmation"),
		Notification:  readURL(o, "notification"),
		Push:          readURL(o, "push"),
		Authorization: readURL(o, "authorization"),
	}
}

// readURL reads an address that people are sent to or that is called: http or https only, so that no
// script runs in its name. Placeholders in braces stay as they are.
func readURL(o object, name string) string {
	s := o.text(name, 2000)
	if s != "" && !webRE.MatchString(s) {
		o.complain(name, "must begin with https:// or http://")
		return ""
	}
	return s
}

// checkoutOptions are the wishes for the look of the checkout.
type checkoutOptions struct {
	ColorBorder         string `json:"color_border,omitempty"`
	ColorBorderSelected string `json:"color_border_selected,omitempty"`
	ColorDetails        string `json:"color_details,omitempty"`
	ColorText           string `json:"color_text,omitempty"`
	RadiusBorder        string `json:"radius_border,omitempty"`
}

func readOptions(o object) json.RawMessage {
	return encode(checkoutOptions{
		ColorBorder:         o.pattern("color_border", colorRE),
		ColorBorderSelected: o.pattern("color_border_selected", colorRE),
		ColorDetails:        o.pattern("color_details", colorRE),
		ColorText:           o.pattern("color_text", colorRE),
		RadiusBorder:        o.text("radius_border", 20),
	})
}

// attachment carries what a shop knows besides: customer history, travel data, as JSON in a text.
type attachment struct {
	Body        string `json:"body"`
	ContentType string `json:"content_type"`
}

func readAttachment(o object) json.RawMessage {
	o.require("body", "content_type")
	return encode(attachment{o.text("body", bodyBytesMax), o.text("content_type", 255)})
}

// cartRequired is what a new session and an order must state.
var cartRequired = []string{"purchase_currency", "purchase_country", "order_amount", "order_lines"}

// checkCart checks the rules that span fields, on the cart as it will be stored.
func checkCart(cart *pay.Cart) error {
	bad := &problems{}
	var sum, tax int64
	stated := true // every line states its tax
	for _, l := range cart.Lines {
		sum += l.TotalAmount
		if l.Type == "sales_tax" {
			tax += l.TotalAmount
			continue
		}
		tax += l.TotalTax
		stated = stated && (l.TotalTax != 0 || l.TaxRate == 0)
	}
	switch {
	case sum != cart.Amount:
		bad.add("order_lines", "sum up to %d, order_amount is %d", sum, cart.Amount)
	case cart.HasTax && cart.TaxAmount > cart.Amount:
		bad.add("order_tax_amount", "is more than order_amount")
	case cart.HasTax && stated && tax != cart.TaxAmount:
		bad.add("order_tax_amount", "must be %d, the sum of the lines' tax", tax)
	}
	return bad.err()
}

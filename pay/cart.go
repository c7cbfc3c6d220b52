package pay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"zahlziel/money"
)

// Address is a postal address with its contact data, as a shop gives it. Personal data.
type Address struct {
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

// FullName is given and family name.
func (a Address) FullName() string { return strings.TrimSpace(a.GivenName + " " + a.FamilyName) }

// Buyer is what a shop says about who buys, apart from the addresses. Personal data.
type Buyer struct {
	DateOfBirth    string `json:"date_of_birth,omitempty"` // YYYY-MM-DD
	Title          string `json:"title,omitempty"`
	Gender         string `json:"gender,omitempty"` // kept only because the wire returns it; nothing reads it
	Type           string `json:"type,omitempty"`   // person, organization
	OrganizationID string `json:"organization_id,omitempty"`
	EntityType     string `json:"entity_type,omitempty"`
	VATID          string `json:"vat_id,omitempty"`
}

// Line is one line of a cart, order, capture or refund. Amounts are minor units with tax inside.
type Line struct {
	Type          string          `json:"type,omitempty"`
	Reference     string          `json:"reference,omitempty"`
	Name          string          `json:"name"`
	Quantity      int64           `json:"quantity"`
	QuantityUnit  string          `json:"quantity_unit,omitempty"`
	UnitPrice     int64           `json:"unit_price"`
	TaxRate       int64           `json:"tax_rate,omitempty"` // percent x 100
	TotalAmount   int64           `json:"total_amount"`
	TotalDiscount int64           `json:"total_discount_amount,omitempty"`
	TotalTax      int64           `json:"total_tax_amount,omitempty"`
	ImageURL      string          `json:"image_url,omitempty"`
	ProductURL    string          `json:"product_url,omitempty"`
	MerchantData  string          `json:"merchant_data,omitempty"`
	Identifiers   json.RawMessage `json:"product_identifiers,omitempty"`
	Subscription  json.RawMessage `json:"subscription,omitempty"`
}

// URLs are the merchant's addresses for callbacks and for the way back to the shop.
type URLs struct {
	Confirmation  string `json:"confirmation,omitempty"`
	Notification  string `json:"notification,omitempty"`
	Push          string `json:"push,omitempty"`
	Authorization string `json:"authorization,omitempty"`
}

// Cart is everything a shop tells about a purchase. It contains personal data and is stored sealed.
type Cart struct {
	Country      string          `json:"country"`
	Currency     money.Currency  `json:"currency"`
	Locale       string          `json:"locale,omitempty"`
	Amount       int64           `json:"amount"`
	TaxAmount    int64           `json:"tax_amount,omitempty"`
	HasTax       bool            `json:"has_tax,omitempty"` // the shop stated a tax amount, even if it is 0
	Lines        []Line          `json:"lines"`
	Billing      *Address        `json:"billing,omitempty"`
	Shipping     *Address        `json:"shipping,omitempty"`
	Buyer        *Buyer          `json:"buyer,omitempty"`
	URLs         URLs            `json:"urls,omitzero"`
	Reference1   string          `json:"reference1,omitempty"`
	Reference2   string          `json:"reference2,omitempty"`
	MerchantData string          `json:"merchant_data,omitempty"`
	Design       string          `json:"design,omitempty"`
	Intent       string          `json:"intent,omitempty"`
	Channel      string          `json:"channel,omitempty"`
	Options      json.RawMessage `json:"options,omitempty"`
	Attachment   json.RawMessage `json:"attachment,omitempty"`
	AutoCapture  bool            `json:"auto_capture,omitempty"`
	Shipments    []Shipment      `json:"shipments,omitempty"` // what the shop told about the order's parcels
}

// Email is the buyer's e-mail address: billing first, else shipping.
func (c *Cart) Email() string {
	for _, a := range []*Address{c.Billing, c.Shipping} {
		if a != nil && a.Email != "" {
			return a.Email
		}
	}
	return ""
}

// Language is the language the shop speaks with the buyer: de or en.
func (c *Cart) Language() string {
	if strings.HasPrefix(strings.ToLower(c.Locale), "en") {
		return "en"
	}
	return "de"
}

// Delivery is the address the goods go to.
func (c *Cart) Delivery() *Address {
	if c.Shipping != nil {
		return c.Shipping
	}
	return c.Billing
}

// Digest is the fingerprint of what a shop may not change between authorization and order:
// amounts, country, currency, lines and addresses. A cart without a shipping address is one that goes to the billing address.
func (c *Cart) Digest() string {
	type line struct {
		Type, Reference, Name                         string
		Quantity, UnitPrice, TaxRate, Total, Tax, Off int64
	}
	core := struct {
		Country, Currency string
		Amount, Tax       int64
		Lines             []line
		Billing, Shipping *Address
	}{strings.ToUpper(c.Country), strings.ToUpper(string(c.Currency)), c.Amount, c.TaxAmount, nil, c.Billing, c.Delivery()}
	for _, l := range c.Lines {
		core.Lines = append(core.Lines, line{l.Type, l.Reference, l.Name, l.Quantity, l.UnitPrice, l.TaxRate, l.TotalAmount, l.TotalTax, l.TotalDiscount})
	}
	b, err := json.Marshal(core)
	if err != nil {
		panic(err) // strings and integers always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

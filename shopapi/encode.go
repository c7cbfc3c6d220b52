package shopapi

import (
	"bytes"
	"encoding/json"
	"time"

	"zahlziel/pay"
)

// encode prints a wire value as JSON without HTML escapes. Wire types hold texts, numbers,
// booleans, lists and each other, which always encode.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// timestamp prints an instant as the wire wants it: UTC, milliseconds, Z. Zero prints as nothing.
func timestamp(at pay.Micros) string {
	if at == 0 {
		return ""
	}
	return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05.000Z")
}

// address is a postal address on the wire.
type address struct {
	OrganizationName string `json:"organization_name,omitempty"`
	Attention        string `json:"attention,omitempty"`
	Title            string `json:"title,omitempty"`
	GivenName        string `json:"given_name,omitempty"`
	FamilyName       string `json:"family_name,omitempty"`
	StreetAddress    string `json:"street_address,omitempty"`
	StreetAddress2   string `json:"street_address2,omitempty"`
	PostalCode       string `json:"postal_code,omitempty"`
	City             string `json:"city,omitempty"`
	Region           string `json:"region,omitempty"`
	Country          string `json:"country,omitempty"`
	Email            string `json:"email,omitempty"`
	Phone            string `json:"phone,omitempty"`
}

func addressOf(a *pay.Address) *address {
	if a == nil || *a == (pay.Address{}) {
		return nil
	}
	return &address{
		OrganizationName: a.Organization,
		Attention:        a.Attention,
		Title:            a.Title,
		GivenName:        a.GivenName,
		FamilyName:       a.FamilyName,
		StreetAddress:    a.Street,
		StreetAddress2:   a.Street2,
		PostalCode:       a.PostalCode,
		City:             a.City,
		Region:           a.Region,
		Country:          a.Country,
		Email:            a.Email,
		Phone:            a.Phone,
	}
}

// orderLine is one line on the wire. Amounts are always printed, zero included; only a tax that the
// shop did not state (zero where zero cannot be right) is left out.
type orderLine struct {
	Type                string          `json:"type,omitempty"`
	Reference           string          `json:"reference,omitempty"`
	Name                string          `json:"name"`
	Quantity            int64           `json:"quantity"`
	QuantityUnit        string          `json:"quantity_unit,omitempty"`
	UnitPrice           int64           `json:"unit_price"`
	TaxRate             int64           `json:"tax_rate"`
	TotalAmount         int64           `json:"total_amount"`
	TotalDiscountAmount int64           `json:"total_discount_amount"`
	TotalTaxAmount      *int64          `json:"total_tax_amount,omitempty"`
	ImageURL            string          `json:"image_url,omitempty"`
	ProductURL          string          `json:"product_url,omitempty"`
	MerchantData        string          `json:"merchant_data,omitempty"`
	ProductIdentifiers  json.RawMessage `json:"product_identifiers,omitempty"`
	Subscription        json.RawMessage `json:"subscription,omitempty"`
}

func linesOf(lines []pay.Line) []orderLine {
	out := make([]orderLine, len(lines))
	for i, l := range lines {
		out[i] = orderLine{
			Type:                l.Type,
			Reference:           l.Reference,
			Name:                l.Name,
			Quantity:            l.Quantity,
			QuantityUnit:        l.QuantityUnit,
			UnitPrice:           l.UnitPrice,
			TaxRate:             l.TaxRate,
			TotalAmount:         l.TotalAmount,
			TotalDiscountAmount: l.TotalDiscount,
			ImageURL:            l.ImageURL,
			ProductURL:          l.ProductURL,
			MerchantData:        l.MerchantData,
			ProductIdentifiers:  l.Identifiers,
			Subscription:        l.Subscription,
		}
		if taxFits(&l) {
			out[i].TotalTaxAmount = &l.TotalTax
		}
	}
	return out
}

package shopapi

import (
	"slices"

	"zahlziel/pay"
)

// The payment methods that this wire can name, by their names in a merchant's contract.
const (
	methodInvoice14   = "invoice_14"
	methodInvoice30   = "invoice_30"
	methodPayLater    = "pay_later"
	methodPayIn3      = "pay_in_3"
	methodInstalments = "instalments"
	methodInstantBank = "instant_bank"
	methodPrepayment  = "prepayment"
)

// wireMethod is how a method is named on the wire.
type wireMethod struct {
	category    string // of a session
	authorized  string // authorized_payment_method.type
	initial     string // initial_payment_method.type
	description string // initial_payment_method.description
	days        int
	instalments int
}

var wireMethods = map[string]wireMethod{
	methodInvoice14:   {"pay_later", "invoice", "INVOICE", "Invoice, 14 days", 14, 0},
	methodInvoice30:   {"pay_later", "invoice", "INVOICE", "Invoice, 30 days", 30, 0},
	methodPayLater:    {"pay_later", "invoice", "INVOICE", "Pay later on a chosen day", 0, 0},
	methodPayIn3:      {"pay_over_time", "fixed_amount", "PAY_IN_X", "Pay in 3", 0, 3},
	methodInstalments: {"pay_over_time", "fixed_sum_credit", "FIXED_SUM_CREDIT", "Instalments", 0, 0},
	methodInstantBank: {"pay_now", "direct_bank_transfer", "BANK_TRANSFER", "Instant bank payment", 0, 0},
	methodPrepayment:  {"direct_bank_transfer", "direct_bank_transfer", "BANK_TRANSFER", "Bank transfer in advance", 0, 0},
}

// category is one tile of a shop's checkout.
type category struct {
	Assets     *assetURLs `json:"asset_urls,omitempty"`
	Identifier string     `json:"identifier"`
	Name       string     `json:"name"`
}

var categoryNames = map[string]map[string]string{
	"de": {"pay_later": "Rechnung", "pay_over_time": "In Raten zahlen", "pay_now": "Sofort bezahlen", "direct_bank_transfer": "Überweisung"},
	"en": {"pay_later": "Pay by invoice", "pay_over_time": "Pay in parts", "pay_now": "Pay now", "direct_bank_transfer": "Bank transfer"},
}

// categories are the tiles of the caller's checkout for a cart.
func (a *API) categories(c *call, cart *pay.Cart) []category {
	m, err := a.app.Merchant(c.who)
	if err != nil {
		return nil
	}
	methods := m.Methods
	if cart.Intent == pay.IntentTokenize {
		methods = slices.DeleteFunc(slices.Clone(methods), func(name string) bool { return !pay.IsCredit(name) })
	}
	list := categoriesOf(methods, cart.Language())
	for i := range list {
		list[i].Assets = a.assetsOf(list[i].Identifier)
	}
	return list
}

// categoriesOf groups the offered methods, in their order, without repeating a category.
func categoriesOf(methods []string, language string) []category {
	var list []category
	for _, m := range methods {
		c := category{Identifier: wireMethods[m].category}
		if c.Identifier == "" {
			continue
		}
		c.Name = categoryNames[language][c.Identifier]
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

package shopapi

import (
	"net/http"
	"strings"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
)

// tokenCreated is the answer to a new customer token.
type tokenCreated struct {
	BillingAddress *address       `json:"billing_address,omitempty"`
	Customer       *tokenCustomer `json:"customer,omitempty"`
	RedirectURL    string         `json:"redirect_url"`
	TokenID        string         `json:"token_id"`
}

// tokenCustomer is what the shop stated about who gave the permission.
type tokenCustomer struct {
	DateOfBirth string `json:"date_of_birth,omitempty"`
	Title       string `json:"title,omitempty"`
	Gender      string `json:"gender,omitempty"`
}

// tokenRead is the state of a customer token.
type tokenRead struct {
	Method string `json:"payment_method_type"`
	Status string `json:"status"`
}

// tokenMax bounds an amount of a recurring order, in minor units.
const tokenMax = 100_000_000

func (a *API) createToken(c *call) error {
	token, err := id[pay.AuthorizationID](c, "token", pay.PrefixAuthorization)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	request, err := readTokenRequest(o)
	if err != nil {
		return err
	}
	t, err := a.app.CreateCustomerToken(c.r.Context(), c.who, app.Key{}, token, request)
	if err != nil {
		return err
	}
	answer := tokenCreated{BillingAddress: addressOf(t.Terms.Billing), TokenID: pay.Bare(t.Token.ID), RedirectURL: a.base + "/"}
	if b := t.Terms.Buyer; b != nil {
		if said := (tokenCustomer{b.DateOfBirth, b.Title, b.Gender}); said != (tokenCustomer{}) {
			answer.Customer = &said
		}
	}
	c.answer(http.StatusOK, answer)
	return nil
}

func readTokenRequest(o object) (r app.TokenRequest, err error) {
	o.require("description", "intended_use", "locale", "purchase_country", "purchase_currency")
	o.oneOf("intended_use", "SUBSCRIPTION")
	r.Currency = money.Currency(strings.ToUpper(o.pattern("purchase_currency", currencyRE)))
	r.Terms = pay.TokenTerms{
		Description: o.line("description", 255),
		Locale:      o.pattern("locale", localeRE),
		Country:     strings.ToUpper(o.pattern("purchase_country", countryRE)),
	}
	if ad, ok := o.object("billing_address"); ok {
		r.Terms.Billing = readAddress(ad)
	}
	if b, ok := o.object("customer"); ok {
		r.Terms.Buyer = readBuyer(b)
	}
	return r, o.bad.err()
}

func (a *API) readToken(c *call) error {
	token, err := id[pay.CustomerTokenID](c, "customer-token", pay.PrefixCustomerToken)
	if err != nil {
		return err
	}
	t, err := a.app.ReadCustomerToken(c.r.Context(), c.who, token)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, tokenRead{wireMethods[t.Method].authorized, t.Status})
	return nil
}

// setTokenStatus ends a token; nothing else may become of one.
func (a *API) setTokenStatus(c *call) error {
	token, err := id[pay.CustomerTokenID](c, "customer-token", pay.PrefixCustomerToken)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	if err := readTokenStatus(o); err != nil {
		return err
	}
	if err := a.app.CancelCustomerToken(c.r.Context(), c.who, c.key, token); err != nil {
		return err
	}
	c.answer(http.StatusAccepted, nil)
	return nil
}

func readTokenStatus(o object) error {
	o.require("status")
	o.oneOf("status", pay.TokenCancelled)
	return o.bad.err()
}

// createTokenOrder places a recurring order. Who buys, and where the goods go unless it says so, is known from the token.
func (a *API) createTokenOrder(c *call) error {
	token, err := id[pay.CustomerTokenID](c, "customer-token", pay.PrefixCustomerToken)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	cart, err := readTokenOrder(o)
	if err != nil {
		return err
	}
	placed, err := a.app.PlaceTokenOrder(c.r.Context(), c.who, c.key, token, cart)
	if err != nil {
		return err
	}
	if placed.Refused {
		refusal := *newError(http.StatusForbidden, "REJECTED", "Not allowed")
		refusal.FraudStatus = pay.FraudRejected
		return &refusal
	}
	return a.answerOrder(c, placed.Order, cart.URLs.Confirmation, placed.Company)
}

func readTokenOrder(o object) (pay.Cart, error) {
	o.require("order_tax_amount", "purchase_currency", "order_amount", "order_lines")
	var cart pay.Cart
	readCart(o, &cart)
	if o.has("order_amount") {
		o.integer("order_amount", 1, tokenMax)
	}
	if err := o.bad.err(); err != nil {
		return cart, err
	}
	// Whatever else a cart may hold belongs to the token.
	cart.Country, cart.Locale, cart.Intent, cart.Channel, cart.Design, cart.Billing, cart.Buyer, cart.Options = "", "", "", "", "", nil, nil, nil
	return cart, checkCart(&cart)
}

package api

import (
	"encoding/json"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

// tokenAnswer is a buyer's permission for recurring orders. status is active or cancelled, ended_by merchant or consumer.
type tokenAnswer struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Method    string `json:"method"`
	Currency  string `json:"currency"`
	CreatedAt string `json:"created_at"`
	EndedAt   string `json:"ended_at,omitempty"`
	EndedBy   string `json:"ended_by,omitempty"`
}

func encodeToken(t *pay.CustomerToken) *tokenAnswer {
	out := &tokenAnswer{ID: pay.Bare(t.ID), Status: strings.ToLower(t.Status), Method: t.Method, Currency: string(t.Currency), CreatedAt: instant(t.CreatedAt), EndedBy: t.EndedBy}
	if t.EndedAt > 0 {
		out.EndedAt = instant(t.EndedAt)
	}
	return out
}

// createToken turns a confirmation into a permission. What the request restates must be as it was confirmed.
func (h handlers) createToken(a *ask) (any, error) {
	var token string
	var r app.TokenRequest
	var billing json.RawMessage
	err := a.fill(members{"authorization_token": &token, "description": &r.Terms.Description, "locale": &r.Terms.Locale, "country": &r.Terms.Country,
		"currency": &r.Currency, "billing": &billing})
	if err != nil {
		return nil, err
	}
	if r.Terms.Billing, err = readAddress("billing", billing); err != nil {
		return nil, err
	}
	c := &checker{}
	c.need("authorization_token", token)
	c.need("description", r.Terms.Description)
	c.text("description", &r.Terms.Description, 255)
	c.form("locale", r.Terms.Locale, localeForm)
	c.form("country", r.Terms.Country, countryForm)
	c.form("currency", string(r.Currency), currencyForm)
	if c.err != nil {
		return nil, c.err
	}
	id, ok := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, token)
	if !ok {
		return nil, errNoAuthorization
	}
	v, err := h.app.CreateCustomerToken(a.r.Context(), a.who, a.key, id, r)
	if err != nil {
		return nil, err
	}
	return created{"/customer-tokens/" + pay.Bare(v.Token.ID), encodeToken(&v.Token)}, nil
}

// tokenID is the customer token that the path names.
func (a *ask) tokenID() (pay.CustomerTokenID, error) {
	return pathID[pay.CustomerTokenID](a, "id", pay.PrefixCustomerToken, pay.Errorf(pay.Missing, "no_such_customer_token", "", "There is no such customer token"))
}

func (h handlers) tokenNow(a *ask, id pay.CustomerTokenID) (any, error) {
	t, err := h.app.ReadCustomerToken(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return encodeToken(t), nil
}

func (h handlers) readToken(a *ask) (any, error) {
	id, err := a.tokenID()
	if err != nil {
		return nil, err
	}
	return h.tokenNow(a, id)
}

func (h handlers) cancelToken(a *ask) (any, error) {
	id, err := a.tokenID()
	if err != nil {
		return nil, err
	}
	if err := h.app.CancelCustomerToken(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.tokenNow(a, id)
}

var errTokenOrder = pay.Errorf(pay.Refused, "order_refused", "", "The purchase was decided about now and refused; ask the buyer for another way to pay, or try another day")

// placeTokenOrder places a recurring order. Who buys, and where the goods go unless it says so, is known from the token.
func (h handlers) placeTokenOrder(a *ask) (any, error) {
	id, err := a.tokenID()
	if err != nil {
		return nil, err
	}
	var cart pay.Cart
	change, err := readCart(a, members{"capture": &cart.AutoCapture})
	if err != nil {
		return nil, err
	}
	change.put(&cart)
	// Whatever else a cart may hold belongs to the token.
	cart.Country, cart.Locale, cart.Intent, cart.Billing, cart.Buyer = "", "", "", nil, nil
	c := &checker{}
	c.sale(&cart)
	c.between("amount", cart.Amount, 1, tokenMax)
	if c.err != nil {
		return nil, c.err
	}
	placed, err := h.app.PlaceTokenOrder(a.r.Context(), a.who, a.key, id, cart)
	if err != nil {
		return nil, err
	}
	if placed.Refused {
		return nil, errTokenOrder
	}
	out, err := h.orderNow(a, placed.Order.ID)
	return created{"/orders/" + pay.Bare(placed.Order.ID), out}, err
}

// tokenMax bounds an amount of a recurring order, in minor units.
const tokenMax = 100_000_000

package shopapi

import (
	"net/http"
	"strings"

	"zahlziel/pay"
)

// orderPlaced is the answer to an order made from an authorization.
type orderPlaced struct {
	OrderID     string            `json:"order_id"`
	RedirectURL string            `json:"redirect_url"`
	FraudStatus string            `json:"fraud_status"`
	Method      *authorizedMethod `json:"authorized_payment_method,omitempty"`
}

// authorizedMethod names the method the consumer chose.
type authorizedMethod struct {
	Type        string `json:"type"`
	Days        int    `json:"number_of_days,omitempty"`
	Instalments int    `json:"number_of_installments,omitempty"`
}

func (a *API) cancelAuthorization(c *call) error {
	token, err := id[pay.AuthorizationID](c, "token", pay.PrefixAuthorization)
	if err != nil {
		return err
	}
	if err := a.deeds.ReleaseAuthorization(c.r.Context(), c.who, c.key, token); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

// createOrder restates the cart; what the shop leaves out stays as in the session.
func (a *API) createOrder(c *call) error {
	token, err := id[pay.AuthorizationID](c, "token", pay.PrefixAuthorization)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	if _, err := readForm(o, cartRequired...); err != nil {
		return err
	}
	placed, err := a.deeds.PlaceOrder(c.r.Context(), c.who, c.key, token, changeCart(o))
	if err != nil {
		return err
	}
	answer := orderPlaced{
		OrderID:     pay.Bare(placed.ID),
		RedirectURL: a.confirmation(placed),
		FraudStatus: placed.Fraud,
	}
	if m, ok := wireMethods[placed.Method]; ok {
		answer.Method = &authorizedMethod{m.authorized, m.days, m.instalments}
	}
	c.answer(http.StatusOK, answer)
	return nil
}

// confirmation is where the shop sends the consumer after the order: its own confirmation page with
// the ids filled in, or ours where it named none.
func (a *API) confirmation(o *orderView) string {
	if o.Cart.URLs.Confirmation == "" {
		return a.base + "/"
	}
	return strings.NewReplacer("{session.id}", pay.Bare(o.SessionID), "{order.id}", pay.Bare(o.ID)).Replace(o.Cart.URLs.Confirmation)
}

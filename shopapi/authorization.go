package shopapi

import (
	"net/http"

	"zahlziel/app"
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
	if err := a.app.ReleaseAuthorization(c.r.Context(), c.who, token); err != nil {
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
	cart, err := readForm(o, cartRequired...)
	if err != nil {
		return err
	}
	if err := checkCart(&cart); err != nil {
		return err
	}
	placed, err := a.app.PlaceOrder(c.r.Context(), c.who, c.key, token, cart)
	if err != nil {
		return err
	}
	confirmation, err := a.confirmation(c, placed, cart.URLs.Confirmation)
	if err != nil {
		return err
	}
	answer := orderPlaced{
		OrderID:     pay.Bare(placed.ID),
		RedirectURL: confirmation,
		FraudStatus: placed.Fraud,
	}
	if m, ok := wireMethods[placed.Method]; ok {
		answer.Method = &authorizedMethod{m.authorized, m.days, m.instalments}
	}
	c.answer(http.StatusOK, answer)
	return nil
}

// confirmation is where the shop sends the consumer after the order: the page it names in the order or
// named in the session, with the ids filled in, or ours where it named none.
func (a *API) confirmation(c *call, o *pay.Order, named string) (string, error) {
	if named == "" {
		s, err := a.app.ReadSession(c.r.Context(), c.who, o.SessionID)
		if err != nil {
			return "", err
		}
		named = s.Cart.URLs.Confirmation
	}
	if named == "" {
		return a.base + "/", nil
	}
	return app.FillPage(named, o.SessionID, "", o.AuthorizationID, o.ID), nil
}

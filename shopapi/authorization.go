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
	if err := a.app.ReleaseAuthorization(c.r.Context(), c.who, app.Key{}, token); err != nil {
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
	company := cart.Buyer.IsOrganization()
	if m, err := a.app.Merchant(c.who); err == nil && m.Companies && cart.Buyer == nil {
		s, err := a.app.ReadSession(c.r.Context(), c.who, placed.SessionID)
		if err != nil {
			return err
		}
		company = s.Cart.Buyer.IsOrganization()
	}
	return a.answerOrder(c, placed, cart.URLs.Confirmation, company)
}

// answerOrder tells a shop the order that it placed, and where to send the buyer.
func (a *API) answerOrder(c *call, placed *pay.Order, confirmation string, company bool) error {
	to, err := a.confirmation(c, placed, confirmation)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, orderPlaced{
		OrderID:     pay.Bare(placed.ID),
		RedirectURL: to,
		FraudStatus: placed.Fraud,
		Method:      authorizedOf(placed.Method, company),
	})
	return nil
}

// authorizedOf is how an order's method is named; companies have one name for all ways to pay later.
func authorizedOf(method string, company bool) *authorizedMethod {
	m, ok := wireMethods[method]
	if !ok {
		return nil
	}
	if company && pay.IsCredit(method) {
		return &authorizedMethod{"b2b_invoice", m.days, m.instalments}
	}
	return &authorizedMethod{m.authorized, m.days, m.instalments}
}

// confirmation is where the shop sends the consumer after the order: the page it names in the order or
// named in the session, with the ids filled in, or ours where it named none.
func (a *API) confirmation(c *call, o *pay.Order, named string) (string, error) {
	if named == "" && o.SessionID != "" {
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

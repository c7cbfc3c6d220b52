package shopapi

import (
	"context"
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
)

// orderRead is everything about an order that the shop stated or may know.
type orderRead struct {
	BillingAddress     *address       `json:"billing_address,omitempty"`
	CapturedAmount     int64          `json:"captured_amount"`
	Captures           []captureRead  `json:"captures"`
	CreatedAt          string         `json:"created_at"`
	Customer           *orderCustomer `json:"customer,omitempty"`
	ExpiresAt          string         `json:"expires_at"`
	FraudStatus        string         `json:"fraud_status"`
	InitialMethod      *initialMethod `json:"initial_payment_method,omitempty"`
	Reference          string         `json:"klarna_reference"`
	Locale             string         `json:"locale,omitempty"`
	MerchantData       string         `json:"merchant_data,omitempty"`
	MerchantReference1 string         `json:"merchant_reference1,omitempty"`
	MerchantReference2 string         `json:"merchant_reference2,omitempty"`
	OrderAmount        int64          `json:"order_amount"`
	OrderID            string         `json:"order_id"`
	OrderLines         []orderLine    `json:"order_lines"`
	OriginalAmount     int64          `json:"original_order_amount"`
	PurchaseCountry    string         `json:"purchase_country"`
	PurchaseCurrency   string         `json:"purchase_currency"`
	RefundedAmount     int64          `json:"refunded_amount"`
	Refunds            []refundRead   `json:"refunds"`
	RemainingAmount    int64          `json:"remaining_authorized_amount"`
	ShippingAddress    *address       `json:"shipping_address,omitempty"`
	ShippingInfo       []pay.Shipment `json:"shipping_info,omitempty"`
	Status             string         `json:"status"`
}

// orderCustomer is what order management says about who bought.
type orderCustomer struct {
	DateOfBirth string `json:"date_of_birth"`
}

// initialMethod is the method the order was placed with.
type initialMethod struct {
	Description string `json:"description"`
	Instalments int    `json:"number_of_installments,omitempty"`
	Type        string `json:"type"`
}

func (a *API) readOrder(c *call) error {
	o, err := a.order(c)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, orderOf(o))
	return nil
}

// order loads the order that the path names. An unknown order is answered as such also on the
// paths below it.
func (a *API) order(c *call) (*app.OrderView, error) {
	below := c.missing
	c.missing = errNoOrder
	order, err := id[pay.OrderID](c, "order", pay.PrefixOrder)
	if err != nil {
		return nil, err
	}
	o, err := a.app.ReadOrder(c.r.Context(), c.who, order)
	if err != nil {
		return nil, err
	}
	c.missing = below
	return o, nil
}

func orderOf(v *app.OrderView) orderRead {
	o, cart := &v.Order, &v.Cart
	out := orderRead{
		BillingAddress:     addressOf(cart.Billing),
		CapturedAmount:     o.Captured,
		Captures:           capturesOf(v),
		CreatedAt:          timestamp(o.CreatedAt),
		ExpiresAt:          timestamp(o.ExpiresAt),
		FraudStatus:        o.Fraud,
		Reference:          pay.ShortReference(o.ID),
		Locale:             cart.Locale,
		MerchantData:       cart.MerchantData,
		MerchantReference1: cart.Reference1,
		MerchantReference2: cart.Reference2,
		OrderAmount:        o.Amount,
		OrderID:            pay.Bare(o.ID),
		OrderLines:         linesOf(cart.Lines),
		OriginalAmount:     o.OriginalAmount,
		PurchaseCountry:    cart.Country,
		PurchaseCurrency:   string(o.Currency),
		RefundedAmount:     o.Refunded,
		Refunds:            refundsOf(v),
		RemainingAmount:    o.Remaining(),
		ShippingAddress:    addressOf(cart.Delivery()),
		ShippingInfo:       cart.Shipments,
		Status:             o.Status,
	}
	if cart.Buyer != nil && cart.Buyer.DateOfBirth != "" {
		out.Customer = &orderCustomer{cart.Buyer.DateOfBirth}
	}
	if m, ok := wireMethods[o.Method]; ok {
		out.InitialMethod = &initialMethod{m.description, m.instalments, m.initial}
		if cart.Buyer.IsOrganization() && pay.IsCredit(o.Method) {
			out.InitialMethod.Type = "INVOICE_BUSINESS"
		}
	}
	return out
}

// act runs a deed on the order that the path names and answers 204. The body, which some clients
// send and some do not, holds nothing.
func (c *call) act(deed func(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error) error {
	order, err := id[pay.OrderID](c, "order", pay.PrefixOrder)
	if err != nil {
		return err
	}
	if err := deed(c.r.Context(), c.who, c.key, order); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

// acknowledgeOrder is what shops call after an order reached them. Nothing waits for it here, so it
// only says whether the order is there.
func (a *API) acknowledgeOrder(c *call) error {
	if _, err := a.order(c); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

func (a *API) cancelOrder(c *call) error { return c.act(a.app.CancelOrder) }

func (a *API) releaseOrder(c *call) error { return c.act(a.app.ReleaseRemaining) }

// setReferences changes the shop's own references; the one left out stays.
func (a *API) setReferences(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	var given [2]*string
	for i, name := range []string{"merchant_reference1", "merchant_reference2"} {
		if o.has(name) {
			text := o.label(name, 255)
			given[i] = &text
		}
	}
	if err := o.bad.err(); err != nil {
		return err
	}
	return c.act(func(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error {
		return a.app.SetReferences(ctx, who, key, id, given[0], given[1])
	})
}

package api

import (
	"encoding/json"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

var errNoOrder = pay.Errorf(pay.Missing, "no_such_order", "", "There is no such order")

// orderLine is an order in a list. Amounts are minor units; states are lower case.
type orderLine struct {
	ID        string `json:"id"`
	Number    string `json:"number"` // short, for people
	Status    string `json:"status"`
	Review    string `json:"review"` // accepted, pending, rejected
	Method    string `json:"method"`
	Currency  string `json:"currency"`
	Amount    int64  `json:"amount"`
	Original  int64  `json:"original_amount"`
	Captured  int64  `json:"captured_amount"`
	Refunded  int64  `json:"refunded_amount"`
	Released  int64  `json:"released_amount"`
	Remaining int64  `json:"remaining_amount"`
	CreatedAt string `json:"created_at"`
	ExpiresAt string `json:"expires_at"`
}

// orderAnswer is an order with what it is about and what was done.
type orderAnswer struct {
	orderLine
	SessionID string           `json:"session_id,omitempty"`
	Token     string           `json:"authorization_token"`
	Cart      cartAnswer       `json:"cart"`
	Shipments []shipmentAnswer `json:"shipments"` // of the whole order; those of a capture stand there
	Captures  []captureAnswer  `json:"captures"`
	Refunds   []refundAnswer   `json:"refunds"`
}

func encodeOrderLine(o *pay.Order) orderLine {
	return orderLine{pay.Bare(o.ID), pay.ShortReference(o.ID), strings.ToLower(o.Status), strings.ToLower(o.Fraud), o.Method, string(o.Currency), o.Amount, o.OriginalAmount,
		o.Captured, o.Refunded, o.Released, o.Remaining(), instant(o.CreatedAt), instant(o.ExpiresAt)}
}

func encodeOrder(v *app.OrderView) *orderAnswer {
	out := &orderAnswer{encodeOrderLine(&v.Order), pay.Bare(v.Order.SessionID), pay.Bare(v.Order.AuthorizationID), encodeCart(&v.Cart), encodeShipments(v.Cart.Shipments),
		[]captureAnswer{}, []refundAnswer{}}
	for i := range v.Captures {
		out.Captures = append(out.Captures, encodeCapture(&v.Captures[i].Capture, &v.Captures[i].Parcel))
	}
	for i := range v.Refunds {
		out.Refunds = append(out.Refunds, encodeRefund(&v.Refunds[i].Refund, &v.Refunds[i].Parcel))
	}
	return out
}

// placeOrder makes the order of an authorization.
func (h handlers) placeOrder(a *ask) (any, error) {
	var token, reference string
	var amount int64
	var capture bool
	if err := a.fill(members{"authorization_token": &token, "amount": &amount, "reference": &reference, "capture": &capture}); err != nil {
		return nil, err
	}
	c := &checker{}
	c.need("authorization_token", token)
	c.between("amount", amount, 1, amountMax)
	c.text("reference", &reference, 255)
	if c.err != nil {
		return nil, c.err
	}
	id, ok := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, token)
	if !ok {
		return nil, pay.Errorf(pay.Missing, "no_such_authorization", "authorization_token", "There is no live authorization with this token; it may have expired")
	}
	o, err := h.app.PlaceAuthorised(a.r.Context(), a.who, a.key, id, amount, reference, capture)
	if err != nil {
		return nil, err
	}
	out, err := h.orderNow(a, o.ID)
	return created{"/orders/" + pay.Bare(o.ID), out}, err
}

func (h handlers) orderNow(a *ask, id pay.OrderID) (*orderAnswer, error) {
	v, err := h.app.ReadOrder(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return encodeOrder(v), nil
}

// orderID is the order that the path names.
func (a *ask) orderID() (pay.OrderID, error) {
	return pathID[pay.OrderID](a, "id", pay.PrefixOrder, errNoOrder)
}

func (h handlers) readOrder(a *ask) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	return h.orderNow(a, id)
}

func (h handlers) listOrders(a *ask) (any, error) {
	q := a.query()
	limit, before := q.limit(), pay.OrderID("")
	if text, ok := q.cursor(); ok {
		if before, ok = pay.ParseID[pay.OrderID](pay.PrefixOrder, text); !ok {
			q.badCursor()
		}
	}
	if q.err != nil {
		return nil, q.err
	}
	all, err := h.app.MerchantOrders(a.r.Context(), a.who, before, limit+1)
	if err != nil {
		return nil, err
	}
	return pageOf(all, limit, encodeOrderLine, func(o *pay.Order) string { return pay.Bare(o.ID) }), nil
}

// onOrder runs a deed on the order that the path names and answers the order as it is now.
func (h handlers) onOrder(a *ask, deed func(id pay.OrderID) error) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	if err := deed(id); err != nil {
		return nil, err
	}
	return h.orderNow(a, id)
}

// cancel ends an order of which nothing was captured; release gives back what is not captured of another.
func (h handlers) cancel(a *ask) (any, error) {
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.CancelOrder(a.r.Context(), a.who, a.key, id) })
}

func (h handlers) release(a *ask) (any, error) {
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.ReleaseRemaining(a.r.Context(), a.who, a.key, id) })
}

// acknowledge says that the shop knows of an order. Nothing waits for it; it fails where there is no such order.
func (h handlers) acknowledge(a *ask) (any, error) {
	return h.onOrder(a, func(pay.OrderID) error { return nil })
}

// extendOrder gives the shop more time to deliver.
func (h handlers) extendOrder(a *ask) (any, error) {
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.ExtendAuthorization(a.r.Context(), a.who, a.key, id) })
}

// setReferences changes the shop's own references; the one left out stays, an empty one is none.
func (h handlers) setReferences(a *ask) (any, error) {
	var first, second *string
	if err := a.fill(members{"reference": &first, "reference2": &second}); err != nil {
		return nil, err
	}
	c := &checker{}
	for name, text := range map[string]*string{"reference": first, "reference2": second} {
		if text != nil {
			c.text(name, text, 255)
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.SetReferences(a.r.Context(), a.who, a.key, id, first, second) })
}

// changeAmount changes what an order is about. More than before is decided anew, and a refusal changes nothing.
func (h handlers) changeAmount(a *ask) (any, error) {
	var change app.OrderChange
	var lines []json.RawMessage
	err := a.fill(members{"amount": &change.Amount, "lines": &lines, "description": &change.Description})
	if err != nil {
		return nil, err
	}
	if change.Lines, err = readLines(lines); err != nil {
		return nil, err
	}
	c := &checker{}
	c.between("amount", change.Amount, 1, amountMax)
	c.text("description", &change.Description, 255)
	if change.Lines != nil {
		c.lines(change.Lines, change.Amount)
	}
	if c.err != nil {
		return nil, c.err
	}
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.UpdateAuthorization(a.r.Context(), a.who, a.key, id, change) })
}

// changeCustomer sends the goods elsewhere. Who buys was proved at the checkout, so nothing else about them may change.
func (h handlers) changeCustomer(a *ask) (any, error) {
	var billing, buyer, shipping json.RawMessage
	if err := a.fill(members{"billing": &billing, "buyer": &buyer, "shipping": &shipping}); err != nil {
		return nil, err
	}
	switch {
	case billing != nil || buyer != nil:
		return nil, pay.Errorf(pay.Refused, "not_allowed", "billing, buyer", "Not allowed: who buys was proved at the checkout; only shipping may change")
	case shipping == nil:
		return nil, pay.Errorf(pay.Invalid, "bad_value", "shipping", "shipping is required")
	}
	to, err := readAddress("shipping", shipping)
	if err != nil {
		return nil, err
	}
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.SetShipping(a.r.Context(), a.who, a.key, id, *to) })
}

// addShipments adds parcels to what is known about an order.
func (h handlers) addShipments(a *ask) (any, error) {
	all, err := a.readShipments()
	if err != nil {
		return nil, err
	}
	return h.onOrder(a, func(id pay.OrderID) error { return h.app.AddShipments(a.r.Context(), a.who, a.key, id, all) })
}

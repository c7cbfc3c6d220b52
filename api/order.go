package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// A page of a list has at most pageMax entries, and pageUsual where the caller says nothing.
const (
	pageMax   = 100
	pageUsual = 20
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
	Cart     cartAnswer      `json:"cart"`
	Captures []captureAnswer `json:"captures"`
	Refunds  []refundAnswer  `json:"refunds"`
}

type captureAnswer struct {
	ID          string           `json:"id"`
	Number      int64            `json:"number"`
	Amount      int64            `json:"amount"`
	Refunded    int64            `json:"refunded_amount"`
	At          string           `json:"at"`
	Description string           `json:"description,omitempty"`
	Reference   string           `json:"reference,omitempty"`
	Shipments   []shipmentAnswer `json:"shipments"`
}

type shipmentAnswer struct {
	Company        string `json:"company,omitempty"`
	TrackingNumber string `json:"tracking_number,omitempty"`
	TrackingURL    string `json:"tracking_url,omitempty"`
}

type refundAnswer struct {
	ID          string `json:"id"`
	Amount      int64  `json:"amount"`
	At          string `json:"at"`
	Description string `json:"description,omitempty"`
	Reference   string `json:"reference,omitempty"`
}

func encodeOrderLine(o *pay.Order) orderLine {
	return orderLine{pay.Bare(o.ID), pay.ShortReference(o.ID), strings.ToLower(o.Status), strings.ToLower(o.Fraud), o.Method, string(o.Currency), o.Amount, o.OriginalAmount,
		o.Captured, o.Refunded, o.Released, o.Remaining(), instant(o.CreatedAt), instant(o.ExpiresAt)}
}

func encodeOrder(v *app.OrderView) *orderAnswer {
	out := &orderAnswer{encodeOrderLine(&v.Order), encodeCart(&v.Cart), []captureAnswer{}, []refundAnswer{}}
	for i := range v.Captures {
		out.Captures = append(out.Captures, encodeCapture(&v.Captures[i].Capture, &v.Captures[i].Parcel))
	}
	for i := range v.Refunds {
		out.Refunds = append(out.Refunds, encodeRefund(&v.Refunds[i].Refund, &v.Refunds[i].Parcel))
	}
	return out
}

func encodeCapture(c *pay.Capture, p *pay.Parcel) captureAnswer {
	out := captureAnswer{pay.Bare(c.ID), c.Number, c.Amount, c.Refunded, instant(c.At), p.Description, p.Reference, []shipmentAnswer{}}
	for _, s := range p.Shipping {
		out.Shipments = append(out.Shipments, shipmentAnswer{s.Company, s.TrackingNumber, s.TrackingURI})
	}
	return out
}

func encodeRefund(r *pay.Refund, p *pay.Parcel) refundAnswer {
	return refundAnswer{pay.Bare(r.ID), r.Amount, instant(r.At), p.Description, p.Reference}
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
	id, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, a.r.PathValue("id"))
	if !ok {
		return "", errNoOrder
	}
	return id, nil
}

func (h handlers) readOrder(a *ask) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	return h.orderNow(a, id)
}

// orderList is a page of orders, newest first. next_cursor is for the page behind, and null on the last.
type orderList struct {
	Data []orderLine `json:"data"`
	Next *string     `json:"next_cursor"`
}

func (h handlers) listOrders(a *ask) (any, error) {
	q, limit, before := a.r.URL.Query(), pageUsual, pay.OrderID("")
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > pageMax {
			return nil, pay.Errorf(pay.Invalid, "bad_value", "limit", "limit must be a whole number from 1 to %d", pageMax)
		}
		limit = n
	}
	if q.Has("cursor") {
		id, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, q.Get("cursor"))
		if !ok {
			return nil, pay.Errorf(pay.Invalid, "bad_cursor", "cursor", "Send the next_cursor of the page before")
		}
		before = id
	}
	all, err := h.app.MerchantOrders(a.r.Context(), a.who, before, limit+1)
	if err != nil {
		return nil, err
	}
	out := orderList{Data: []orderLine{}}
	for i, o := range all {
		if i == limit {
			out.Next = &out.Data[limit-1].ID
			break
		}
		out.Data = append(out.Data, encodeOrderLine(o))
	}
	return out, nil
}

// readParcel reads a capture or a refund.
func (a *ask) readParcel() (amount int64, p pay.Parcel, err error) {
	var shipments []json.RawMessage
	if err := a.fill(members{"amount": &amount, "description": &p.Description, "reference": &p.Reference, "shipments": &shipments}); err != nil {
		return 0, p, err
	}
	c := &checker{}
	c.between("amount", amount, 1, amountMax)
	c.text("description", &p.Description, 255)
	c.text("reference", &p.Reference, 255)
	if len(shipments) > 100 {
		c.fail("shipments", "may be at most 100")
	}
	for i, text := range shipments {
		var s pay.Shipment
		under := fmt.Sprintf("shipments[%d]", i)
		if err := put(text, members{"company": &s.Company, "tracking_number": &s.TrackingNumber, "tracking_url": &s.TrackingURI}, under); err != nil {
			return 0, p, err
		}
		c.text(under+".company", &s.Company, 100)
		c.text(under+".tracking_number", &s.TrackingNumber, 100)
		c.text(under+".tracking_url", &s.TrackingURI, 1024)
		c.form(under+".tracking_url", s.TrackingURI, addressForm)
		p.Shipping = append(p.Shipping, s)
	}
	return amount, p, c.err
}

func (h handlers) capture(a *ask) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	amount, parcel, err := a.readParcel()
	if err != nil {
		return nil, err
	}
	c, err := h.app.Capture(a.r.Context(), a.who, a.key, id, amount, parcel)
	if err != nil {
		return nil, err
	}
	return created{"/orders/" + pay.Bare(id), encodeCapture(c, &parcel)}, nil
}

func (h handlers) refund(a *ask) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	amount, parcel, err := a.readParcel()
	if err != nil {
		return nil, err
	}
	r, err := h.app.Refund(a.r.Context(), a.who, a.key, id, amount, parcel)
	if err != nil {
		return nil, err
	}
	return created{"/orders/" + pay.Bare(id), encodeRefund(r, &parcel)}, nil
}

// cancel ends an order of which nothing was captured; release gives back what is not captured of another.
func (h handlers) cancel(a *ask) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	if err := h.app.CancelOrder(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.orderNow(a, id)
}

func (h handlers) release(a *ask) (any, error) {
	id, err := a.orderID()
	if err != nil {
		return nil, err
	}
	if err := h.app.ReleaseRemaining(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.orderNow(a, id)
}

// payoutAnswer is money that goes to the shop: due, sent or confirmed.
type payoutAnswer struct {
	ID       string  `json:"id"`
	State    string  `json:"state"`
	DueDay   cal.Day `json:"due_day"`
	Amount   int64   `json:"amount"`
	Currency string  `json:"currency"`
}

func (h handlers) listPayouts(a *ask) (any, error) {
	all, err := h.app.MerchantPayouts(a.r.Context(), a.who)
	if err != nil {
		return nil, err
	}
	out := []payoutAnswer{}
	for _, p := range all {
		out = append(out, payoutAnswer{pay.Bare(p.ID), p.State, p.DueDay, p.Amount, string(p.Currency)})
	}
	return map[string]any{"data": out}, nil
}

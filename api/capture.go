package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

type captureAnswer struct {
	ID          string           `json:"id"`
	Number      int64            `json:"number"`
	Amount      int64            `json:"amount"`
	Refunded    int64            `json:"refunded_amount"`
	At          string           `json:"at"`
	Description string           `json:"description,omitempty"`
	Reference   string           `json:"reference,omitempty"`
	Lines       []lineAnswer     `json:"lines"`
	Shipments   []shipmentAnswer `json:"shipments"`
}

type shipmentAnswer struct {
	Company              string `json:"company,omitempty"`
	Method               string `json:"method,omitempty"`
	TrackingNumber       string `json:"tracking_number,omitempty"`
	TrackingURL          string `json:"tracking_url,omitempty"`
	ReturnCompany        string `json:"return_company,omitempty"`
	ReturnTrackingNumber string `json:"return_tracking_number,omitempty"`
	ReturnTrackingURL    string `json:"return_tracking_url,omitempty"`
}

type refundAnswer struct {
	ID          string       `json:"id"`
	Amount      int64        `json:"amount"`
	At          string       `json:"at"`
	Description string       `json:"description,omitempty"`
	Reference   string       `json:"reference,omitempty"`
	Lines       []lineAnswer `json:"lines"`
}

func encodeCapture(c *pay.Capture, p *pay.Parcel) captureAnswer {
	return captureAnswer{pay.Bare(c.ID), c.Number, c.Amount, c.Refunded, instant(c.At), p.Description, p.Reference, encodeLines(p.Lines), encodeShipments(p.Shipping)}
}

func encodeRefund(r *pay.Refund, p *pay.Parcel) refundAnswer {
	return refundAnswer{pay.Bare(r.ID), r.Amount, instant(r.At), p.Description, p.Reference, encodeLines(p.Lines)}
}

func encodeShipments(list []pay.Shipment) []shipmentAnswer {
	out := []shipmentAnswer{}
	for _, s := range list {
		out = append(out, shipmentAnswer{s.Company, methodNames[s.Method], s.TrackingNumber, s.TrackingURI, s.ReturnCompany, s.ReturnNumber, s.ReturnURI})
	}
	return out
}

// shippingMethods are the ways goods travel, by their names here; what is stored are the names of the field.
var shippingMethods = map[string]string{"": "", "home": "Home", "pick_up_store": "PickUpStore", "pick_up_point": "PickUpPoint", "pick_up_warehouse": "PickUpWarehouse",
	"click_collect": "ClickCollect", "parcel_locker": "DHLPackstation", "letterbox": "BoxUnreg", "letterbox_registered": "BoxReg", "postal": "Postal",
	"pallet": "PalletDelivery", "own": "Own", "digital": "Digital", "undefined": "Undefined"}

var methodNames = func() map[string]string {
	names := map[string]string{}
	for name, stored := range shippingMethods {
		names[stored] = name
	}
	return names
}()

// readParcel reads a capture or a refund. Its lines say what it is made of; their sum may differ, because of discounts and
// of shops that describe the whole.
func (a *ask) readParcel() (amount int64, p pay.Parcel, err error) {
	var shipments, lines []json.RawMessage
	err = a.fill(members{"amount": &amount, "description": &p.Description, "reference": &p.Reference, "lines": &lines, "shipments": &shipments})
	if err != nil {
		return 0, p, err
	}
	if p.Lines, err = readLines(lines); err != nil {
		return 0, p, err
	}
	c := &checker{}
	c.between("amount", amount, 1, amountMax)
	c.text("description", &p.Description, 255)
	c.text("reference", &p.Reference, 255)
	if p.Shipping, err = c.shipments(shipments); err != nil {
		return 0, p, err
	}
	return amount, p, c.err
}

// shipments reads parcels on their way; an empty one says nothing and is left out.
func (c *checker) shipments(list []json.RawMessage) (all []pay.Shipment, err error) {
	if len(list) > 100 {
		c.fail("shipments", "may be at most 100")
	}
	for i, text := range list {
		var s pay.Shipment
		under := fmt.Sprintf("shipments[%d]", i)
		err := put(text, members{"company": &s.Company, "method": &s.Method, "tracking_number": &s.TrackingNumber, "tracking_url": &s.TrackingURI,
			"return_company": &s.ReturnCompany, "return_tracking_number": &s.ReturnNumber, "return_tracking_url": &s.ReturnURI}, under)
		if err != nil {
			return nil, err
		}
		c.text(under+".company", &s.Company, 100)
		c.text(under+".tracking_number", &s.TrackingNumber, 100)
		c.text(under+".tracking_url", &s.TrackingURI, 1024)
		c.form(under+".tracking_url", s.TrackingURI, addressForm)
		c.text(under+".return_company", &s.ReturnCompany, 100)
		c.text(under+".return_tracking_number", &s.ReturnNumber, 100)
		c.text(under+".return_tracking_url", &s.ReturnURI, 1024)
		c.form(under+".return_tracking_url", s.ReturnURI, addressForm)
		stored, known := shippingMethods[s.Method]
		if !known {
			c.fail(under+".method", "must be one of the methods of the reference")
		}
		if s.Method = stored; s != (pay.Shipment{}) {
			all = append(all, s)
		}
	}
	return all, nil
}

// readShipments reads the body of a call that adds parcels.
func (a *ask) readShipments() ([]pay.Shipment, error) {
	var list []json.RawMessage
	if err := a.fill(members{"shipments": &list}); err != nil {
		return nil, err
	}
	c := &checker{}
	all, err := c.shipments(list)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		c.fail("shipments", "is required")
	}
	return all, c.err
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
	return created{"/orders/" + pay.Bare(id) + "/captures/" + pay.Bare(c.ID), encodeCapture(c, &parcel)}, nil
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
	return created{"/orders/" + pay.Bare(id) + "/refunds/" + pay.Bare(r.ID), encodeRefund(r, &parcel)}, nil
}

var (
	errNoCapture = pay.Errorf(pay.Missing, "no_such_capture", "", "There is no such capture")
	errNoRefund  = pay.Errorf(pay.Missing, "no_such_refund", "", "There is no such refund")
)

// onCapture runs a deed on the capture that the path names and answers the capture as it is now.
func (h handlers) onCapture(a *ask, deed func(pay.OrderID, pay.CaptureID) error) (any, error) {
	order, capture, err := a.captureIDs()
	if err != nil {
		return nil, err
	}
	if err := deed(order, capture); err != nil {
		return nil, err
	}
	v, err := h.app.ReadOrder(a.r.Context(), a.who, order)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(v.Captures, func(c app.CaptureView) bool { return c.Capture.ID == capture })
	if i < 0 {
		return nil, errNoCapture
	}
	return encodeCapture(&v.Captures[i].Capture, &v.Captures[i].Parcel), nil
}

// captureIDs are the order and the capture that the path names.
func (a *ask) captureIDs() (order pay.OrderID, capture pay.CaptureID, err error) {
	if order, err = a.orderID(); err != nil {
		return "", "", err
	}
	capture, err = pathID[pay.CaptureID](a, "capture", pay.PrefixCapture, errNoCapture)
	return order, capture, err
}

func (h handlers) readCapture(a *ask) (any, error) {
	return h.onCapture(a, func(pay.OrderID, pay.CaptureID) error { return nil })
}

func (h handlers) readRefund(a *ask) (any, error) {
	order, err := a.orderID()
	if err != nil {
		return nil, err
	}
	refund, err := pathID[pay.RefundID](a, "refund", pay.PrefixRefund, errNoRefund)
	if err != nil {
		return nil, err
	}
	v, err := h.app.ReadOrder(a.r.Context(), a.who, order)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(v.Refunds, func(r app.RefundView) bool { return r.Refund.ID == refund })
	if i < 0 {
		return nil, errNoRefund
	}
	return encodeRefund(&v.Refunds[i].Refund, &v.Refunds[i].Parcel), nil
}

// addCaptureShipments adds parcels to what is known about one capture.
func (h handlers) addCaptureShipments(a *ask) (any, error) {
	all, err := a.readShipments()
	if err != nil {
		return nil, err
	}
	return h.onCapture(a, func(order pay.OrderID, capture pay.CaptureID) error {
		return h.app.AddCaptureShipments(a.r.Context(), a.who, a.key, order, capture, all)
	})
}

// sendAgain mails the payment request of a capture once more.
func (h handlers) sendAgain(a *ask) (any, error) {
	return h.onCapture(a, func(order pay.OrderID, capture pay.CaptureID) error {
		return h.app.SendOut(a.r.Context(), a.who, a.key, order, capture)
	})
}

// extensionAnswer is a due day that moves: by how many days, until when, and what the shop pays for it, tax included.
type extensionAnswer struct {
	Days     int64   `json:"days"`
	Until    cal.Day `json:"due_day"`
	Fee      int64   `json:"fee_amount"`
	Currency string  `json:"currency"`
}

func (h handlers) extensionOptions(a *ask) (any, error) {
	order, capture, err := a.captureIDs()
	if err != nil {
		return nil, err
	}
	currency, choices, err := h.app.ExtensionChoices(a.r.Context(), a.who, order, capture)
	if err != nil {
		return nil, err
	}
	out := []extensionAnswer{}
	for _, c := range choices {
		out = append(out, extensionAnswer{int64(c.Days), c.Until, c.Total, string(currency)})
	}
	return map[string]any{"data": out}, nil
}

// extendDueDay moves the due day of a capture's claim by one of the options.
func (h handlers) extendDueDay(a *ask) (any, error) {
	order, capture, err := a.captureIDs()
	if err != nil {
		return nil, err
	}
	var days int64
	if err := a.fill(members{"days": &days}); err != nil {
		return nil, err
	}
	c := &checker{}
	c.between("days", days, 1, 1000)
	if c.err != nil {
		return nil, c.err
	}
	currency, _, err := h.app.ExtensionChoices(a.r.Context(), a.who, order, capture)
	if err != nil {
		return nil, err
	}
	e, err := h.app.ExtendDueDate(a.r.Context(), a.who, a.key, order, capture, days)
	if err != nil {
		return nil, err
	}
	at := strings.Join([]string{"/orders", pay.Bare(order), "captures", pay.Bare(capture)}, "/")
	return created{at, extensionAnswer{e.Days, e.UntilDay, e.Fee + e.Tax, string(currency)}}, nil
}

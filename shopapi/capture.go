package shopapi

import (
	"net/http"
	"strconv"

	"zahlziel/app"
	"zahlziel/pay"
)

// captureRead is one delivery of goods.
type captureRead struct {
	BillingAddress  *address       `json:"billing_address,omitempty"`
	CaptureID       string         `json:"capture_id"`
	CapturedAmount  int64          `json:"captured_amount"`
	CapturedAt      string         `json:"captured_at"`
	Description     string         `json:"description,omitempty"`
	Reference       string         `json:"klarna_reference"`
	OrderLines      []orderLine    `json:"order_lines,omitempty"`
	ShopReference   string         `json:"reference,omitempty"`
	RefundedAmount  int64          `json:"refunded_amount"`
	ShippingAddress *address       `json:"shipping_address,omitempty"`
	ShippingInfo    []pay.Shipment `json:"shipping_info,omitempty"`
}

// shippingMethods are the ways goods travel.
var shippingMethods = []string{"PickUpStore", "Home", "BoxReg", "BoxUnreg", "PickUpPoint", "Own", "Postal", "DHLPackstation",
	"Digital", "Undefined", "PickUpWarehouse", "ClickCollect", "PalletDelivery"}

func (a *API) createCapture(c *call) error {
	order, err := id[pay.OrderID](c, "order", pay.PrefixOrder)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	amount, parcel := readParcel(o, "captured_amount")
	o.integer("shipping_delay", 0, 10_000) // in days; nothing here waits for it
	if err := o.bad.err(); err != nil {
		return err
	}
	capture, err := a.app.Capture(c.r.Context(), c.who, c.key, order, amount, parcel)
	if err != nil {
		return err
	}
	c.w.Header().Set(headerCapture, pay.Bare(capture.ID))
	c.w.Header().Set("Location", a.base+"/ordermanagement/v1/orders/"+pay.Bare(order)+"/captures/"+pay.Bare(capture.ID))
	c.answer(http.StatusCreated, nil)
	return nil
}

// readParcel reads a capture or refund: its amount and what it is made of. The amount need not be
// the sum of the lines: shops capture a part and describe the whole.
func readParcel(o object, amountName string) (int64, pay.Parcel) {
	o.require(amountName)
	amount := o.integer(amountName, 0, amountMax)
	parcel := pay.Parcel{
		Lines:       readLines(o),
		Description: o.text("description", 255),
		Reference:   o.label("reference", 255),
	}
	for _, s := range o.objects("shipping_info") {
		if shipment := readShipment(s); shipment != (pay.Shipment{}) {
			parcel.Shipping = append(parcel.Shipping, shipment)
		}
	}
	return amount, parcel
}

func readShipment(o object) pay.Shipment {
	return pay.Shipment{
		Company:        o.text("shipping_company", 100),
		Method:         o.oneOf("shipping_method", shippingMethods...),
		TrackingNumber: o.label("tracking_number", 100),
		TrackingURI:    o.text("tracking_uri", 1024),
		ReturnCompany:  o.text("return_shipping_company", 100),
		ReturnNumber:   o.label("return_tracking_number", 100),
		ReturnURI:      o.text("return_tracking_uri", 1024),
	}
}

func (a *API) listCaptures(c *call) error {
	o, err := a.order(c)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, capturesOf(o))
	return nil
}

func (a *API) readCapture(c *call) error {
	o, err := a.order(c)
	if err != nil {
		return err
	}
	wanted, err := id[pay.CaptureID](c, "capture", pay.PrefixCapture)
	if err != nil {
		return err
	}
	for i := range o.Captures {
		if o.Captures[i].Capture.ID == wanted {
			c.answer(http.StatusOK, captureOf(o, &o.Captures[i]))
			return nil
		}
	}
	return errNoCapture
}

func capturesOf(o *app.OrderView) []captureRead {
	list := make([]captureRead, len(o.Captures))
	for i := range o.Captures {
		list[i] = captureOf(o, &o.Captures[i])
	}
	return list
}

func captureOf(o *app.OrderView, view *app.CaptureView) captureRead {
	k, parcel := &view.Capture, &view.Parcel
	return captureRead{
		BillingAddress:  addressOf(o.Cart.Billing),
		CaptureID:       pay.Bare(k.ID),
		CapturedAmount:  k.Amount,
		CapturedAt:      timestamp(k.At),
		Description:     parcel.Description,
		Reference:       pay.ShortReference(k.OrderID) + "-" + strconv.FormatInt(k.Number, 10),
		OrderLines:      linesOf(parcel.Lines),
		ShopReference:   parcel.Reference,
		RefundedAmount:  k.Refunded,
		ShippingAddress: addressOf(o.Cart.Delivery()),
		ShippingInfo:    parcel.Shipping,
	}
}

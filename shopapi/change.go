package shopapi

import (
	"context"
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
)

// updateAuthorization changes what an order is about. Lines that are given must add up to the new amount.
func (a *API) updateAuthorization(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	change, err := readChange(o)
	if err != nil {
		return err
	}
	return c.act(func(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error {
		return a.app.UpdateAuthorization(ctx, who, key, id, change)
	})
}

func readChange(o object) (app.OrderChange, error) {
	o.require("order_amount")
	change := app.OrderChange{Amount: o.integer("order_amount", 0, amountMax), Description: o.text("description", 255)}
	if o.has("order_lines") {
		change.Lines = readLines(o)
	}
	if err := o.bad.err(); err != nil || change.Lines == nil {
		return change, err
	}
	return change, checkCart(&pay.Cart{Amount: change.Amount, Lines: change.Lines})
}

func (a *API) extendAuthorization(c *call) error { return c.act(a.app.ExtendAuthorization) }

// setCustomer sends the goods elsewhere. Nothing else about a buyer may change.
func (a *API) setCustomer(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	for _, name := range []string{"billing_address", "customer"} {
		if o.has(name) {
			return newError(http.StatusForbidden, "NOT_ALLOWED", "Not allowed: only shipping_address may change")
		}
	}
	to, err := readDestination(o)
	if err != nil {
		return err
	}
	return c.act(func(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error {
		return a.app.SetShipping(ctx, who, key, id, to)
	})
}

func readDestination(o object) (to pay.Address, err error) {
	ad, ok := o.object("shipping_address")
	if ok {
		to = *readAddress(ad)
	} else {
		o.complain("shipping_address", "is required")
	}
	return to, o.bad.err()
}

// addShipping adds parcels to what is known about an order.
func (a *API) addShipping(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	all, err := readShipments(o)
	if err != nil {
		return err
	}
	return c.act(func(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error {
		return a.app.AddShipments(ctx, who, key, id, all)
	})
}

// addCaptureShipping adds parcels to what is known about one capture.
func (a *API) addCaptureShipping(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	all, err := readShipments(o)
	if err != nil {
		return err
	}
	return a.actOnCapture(c, func(ctx context.Context, order pay.OrderID, capture pay.CaptureID) error {
		return a.app.AddCaptureShipments(ctx, c.who, c.key, order, capture, all)
	})
}

func readShipments(o object) (all []pay.Shipment, err error) {
	o.require("shipping_info")
	for _, s := range o.objects("shipping_info") {
		if shipment := readShipment(s); shipment != (pay.Shipment{}) {
			all = append(all, shipment)
		}
	}
	return all, o.bad.err()
}

func (a *API) sendOut(c *call) error {
	return a.actOnCapture(c, func(ctx context.Context, order pay.OrderID, capture pay.CaptureID) error {
		return a.app.SendOut(ctx, c.who, c.key, order, capture)
	})
}

func (a *API) extendDueDate(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	days, err := readDays(o)
	if err != nil {
		return err
	}
	return a.actOnCapture(c, func(ctx context.Context, order pay.OrderID, capture pay.CaptureID) error {
		_, err := a.app.ExtendDueDate(ctx, c.who, c.key, order, capture, days)
		return err
	})
}

func readDays(o object) (int64, error) {
	o.require("number_of_days")
	return o.integer("number_of_days", 1, 1000), o.bad.err()
}

// extensionsRead are the ways to move a due date.
type extensionsRead struct {
	Currency string            `json:"currency"`
	Options  []extensionOption `json:"options"`
}

// extensionOption is one of them: amount is what the shop pays, tax included.
type extensionOption struct {
	Amount int64 `json:"amount"`
	Days   int   `json:"number_of_days"`
}

func (a *API) extensionOptions(c *call) error {
	order, capture, err := a.captureIDs(c)
	if err != nil {
		return err
	}
	currency, choices, err := a.app.ExtensionChoices(c.r.Context(), c.who, order, capture)
	if err != nil {
		return err
	}
	answer := extensionsRead{Currency: string(currency), Options: make([]extensionOption, len(choices))}
	for i, choice := range choices {
		answer.Options[i] = extensionOption{choice.Total, choice.Days}
	}
	c.answer(http.StatusOK, answer)
	return nil
}

// captureIDs reads the order and the capture that the path names. Where no capture can have that id, the answer is still
// about the order first.
func (a *API) captureIDs(c *call) (pay.OrderID, pay.CaptureID, error) {
	order, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, c.ids["order"])
	if !ok {
		return "", "", errNoOrder
	}
	capture, ok := pay.ParseID[pay.CaptureID](pay.PrefixCapture, c.ids["capture"])
	if !ok {
		if _, err := a.order(c); err != nil {
			return "", "", err
		}
		return "", "", errNoCapture
	}
	return order, capture, nil
}

// actOnCapture runs a deed on the capture that the path names and answers 204.
func (a *API) actOnCapture(c *call, deed func(ctx context.Context, order pay.OrderID, capture pay.CaptureID) error) error {
	order, capture, err := a.captureIDs(c)
	if err != nil {
		return err
	}
	if err := deed(c.r.Context(), order, capture); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

package app

import (
	"context"

	"zahlziel/pay"
	"zahlziel/store"
)

var errNoCapture = pay.Errorf(pay.Missing, "no_such_capture", "", "There is no such capture")

// shipmentsMax bounds the parcels of one order or capture.
const shipmentsMax = 500

func errManyShipments() error {
	return pay.Errorf(pay.Refused, "not_allowed", "shipping_info", "Not allowed: more than %d parcels", shipmentsMax)
}

// AddShipments adds what a shop tells about the parcels of an order.
func (a *App) AddShipments(ctx context.Context, who Actor, key Key, id pay.OrderID, all []pay.Shipment) error {
	_, err := onOrder(ctx, a, who, "shipments", key, id, nil, func(_ *store.Tx, o *pay.Order, p *person) (struct{}, error) {
		return struct{}{}, onCart(p, o, func(c *pay.Cart) error {
			if c.Shipments = append(c.Shipments, all...); len(c.Shipments) > shipmentsMax {
				return errManyShipments()
			}
			return nil
		})
	})
	return err
}

// AddCaptureShipments adds what a shop tells about the parcels of one capture.
func (a *App) AddCaptureShipments(ctx context.Context, who Actor, key Key, id pay.OrderID, capture pay.CaptureID, all []pay.Shipment) error {
	_, err := onCapture(ctx, a, who, "capture-shipments", key, id, capture, func(tx *store.Tx, p *person, c *pay.Capture, _ *pay.Invoice) (none struct{}, err error) {
		parcel, err := open[pay.Parcel](p.key, string(c.ID), c.Sealed)
		if err != nil {
			return none, err
		}
		if parcel.Shipping = append(parcel.Shipping, all...); len(parcel.Shipping) > shipmentsMax {
			return none, errManyShipments()
		}
		c.Sealed = p.seal(string(c.ID), parcel)
		store.Save(tx, store.Captures, c)
		return none, nil
	})
	return err
}

// onCapture runs a change of a capture of an order, or of its claim, by its merchant.
func onCapture[T any](ctx context.Context, a *App, who Actor, use string, key Key, id pay.OrderID, capture pay.CaptureID, f func(*store.Tx, *person, *pay.Capture, *pay.Invoice) (T, error)) (T, error) {
	var zero T
	load := []store.Ref{store.Captures.At(bucketOf(id), string(capture))}
	if bucketOf(capture) != bucketOf(id) {
		load = nil // of another order: it is not found below
	}
	return onOrder(ctx, a, who, use, key, id, load, func(tx *store.Tx, o *pay.Order, p *person) (T, error) {
		c, err := store.Get(tx, store.Captures, string(capture))
		if err != nil {
			return zero, err
		}
		if c == nil || c.OrderID != o.ID {
			return zero, errNoCapture
		}
		inv, err := store.Get(tx, store.Invoices, string(c.InvoiceID))
		if err != nil {
			return zero, err
		}
		return f(tx, p, c, inv)
	})
}

package shopapi

import (
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
)

// refundRead is money given back.
type refundRead struct {
	Description    string      `json:"description,omitempty"`
	OrderLines     []orderLine `json:"order_lines,omitempty"`
	ShopReference  string      `json:"reference,omitempty"`
	RefundID       string      `json:"refund_id"`
	RefundedAmount int64       `json:"refunded_amount"`
	RefundedAt     string      `json:"refunded_at"`
}

func (a *API) createRefund(c *call) error {
	order, err := id[pay.OrderID](c, "order", pay.PrefixOrder)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	amount, parcel := readParcel(o, "refunded_amount")
	if err := o.bad.err(); err != nil {
		return err
	}
	refund, err := a.app.Refund(c.r.Context(), c.who, c.key, order, amount, parcel)
	if err != nil {
		return err
	}
	c.w.Header().Set(headerRefund, pay.Bare(refund.ID))
	c.w.Header().Set("Location", a.base+"/ordermanagement/v1/orders/"+pay.Bare(order)+"/refunds/"+pay.Bare(refund.ID))
	c.answer(http.StatusCreated, nil)
	return nil
}

func (a *API) readRefund(c *call) error {
	o, err := a.order(c)
	if err != nil {
		return err
	}
	wanted, err := id[pay.RefundID](c, "refund", pay.PrefixRefund)
	if err != nil {
		return err
	}
	for i := range o.Refunds {
		if o.Refunds[i].Refund.ID == wanted {
			c.answer(http.StatusOK, refundOf(&o.Refunds[i]))
			return nil
		}
	}
	return errNoRefund
}

func refundsOf(o *app.OrderView) []refundRead {
	list := make([]refundRead, len(o.Refunds))
	for i := range o.Refunds {
		list[i] = refundOf(&o.Refunds[i])
	}
	return list
}

func refundOf(view *app.RefundView) refundRead {
	r, parcel := &view.Refund, &view.Parcel
	return refundRead{
		Description:    parcel.Description,
		OrderLines:     linesOf(parcel.Lines),
		ShopReference:  parcel.Reference,
		RefundID:       pay.Bare(r.ID),
		RefundedAmount: r.Amount,
		RefundedAt:     timestamp(r.At),
	}
}

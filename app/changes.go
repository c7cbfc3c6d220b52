package app

import (
	"context"
	"slices"

	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// OrderChange is a new amount of an order, and what it is made of; without Lines those of before stay.
type OrderChange struct {
	Amount      int64
	Lines       []pay.Line
	Description string
}

var errNotMore = pay.Errorf(pay.Refused, "not_allowed", "", "Not allowed: more was decided about now and refused; the order stays as it was")

// UpdateAuthorization changes what an order is about. More than before is a new decision with a record of its own, of which the
// buyer hears by mail; a refusal leaves the order as it was. Less than before needs none.
func (a *App) UpdateAuthorization(ctx context.Context, who Actor, key Key, id pay.OrderID, change OrderChange) error {
	m, err := a.active(who.Merchant)
	if err != nil {
		return err
	}
	allowed, err := onOrder(ctx, a, who, "authorization", key, id, nil, func(tx *store.Tx, o *pay.Order, p *person) (bool, error) {
		more := change.Amount > o.Amount
		before := *o
		if err := o.Reamount(change.Amount, tx.At); err != nil {
			return false, err
		}
		if more {
			ok, err := a.mayDefer(tx, p, m, o)
			if err != nil {
				return false, err
			}
			if !ok {
				*o = before
				return false, nil
			}
			if err := a.mailTo(tx, p, document.MailChanged, string(o.ID), document.MailData{Link: a.BaseURL + "/me/history", Shop: m.Name,
				Number: pay.ShortReference(o.ID), Currency: o.Currency, Amount: o.Amount}); err != nil {
				return false, err
			}
		}
		return true, restate(p, o, change)
	})
	if err == nil && !allowed {
		return errNotMore
	}
	return err
}

// mayDefer decides whether all that remains of an order may be deferred: its own hold is asked for anew.
func (a *App) mayDefer(tx *store.Tx, p *person, m *pay.Merchant, o *pay.Order) (bool, error) {
	if !pay.IsCredit(o.Method) {
		return false, nil // paid in advance: there is no more than was paid
	}
	held := slices.Clone(p.facts.Holds)
	p.unhold(string(o.ID))
	row, ok, err := a.decideAlone(tx, p, m, o.Method, "update", o.Remaining(), o.Currency)
	if err != nil {
		return false, err
	}
	if ok {
		o.DecisionID = row.ID
		return true, nil
	}
	p.facts.Holds = held
	return false, nil
}

// restate puts a changed amount into the order's cart.
func restate(p *person, o *pay.Order, change OrderChange) error {
	return onCart(p, o, func(cart *pay.Cart) error {
		cart.Amount = o.Amount
		if change.Lines == nil {
			return nil
		}
		cart.Lines, cart.TaxAmount = change.Lines, 0
		for _, l := range change.Lines {
			cart.TaxAmount += l.TotalTax
			if l.Type == "sales_tax" {
				cart.TaxAmount += l.TotalAmount
			}
		}
		return nil
	})
}

// ExtendAuthorization gives a shop more time to deliver: 28 days from now, at most 180 days after the order.
func (a *App) ExtendAuthorization(ctx context.Context, who Actor, key Key, id pay.OrderID) error {
	_, err := onOrder(ctx, a, who, "extend-authorization", key, id, nil, func(tx *store.Tx, o *pay.Order, _ *person) (struct{}, error) {
		if err := o.ExtendTime(tx.At); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, nil
	})
	return err
}

// SetShipping sends the goods of an order elsewhere. What was approved is a delivery to an address that was checked, so a new
// address is checked the same way first.
func (a *App) SetShipping(ctx context.Context, who Actor, key Key, id pay.OrderID, to pay.Address) error {
	_, err := onOrder(ctx, a, who, "shipping-address", key, id, nil, func(tx *store.Tx, o *pay.Order, p *person) (struct{}, error) {
		if err := o.Redirect(tx.At); err != nil {
			return struct{}{}, err
		}
		if err := a.mayDeliver(p, &to); err != nil {
			return struct{}{}, err
		}
		tx.Audit(who.String(), "shipping_address", string(o.ConsumerID), string(o.ID))
		return struct{}{}, onCart(p, o, func(c *pay.Cart) error { c.Shipping = &to; return nil })
	})
	return err
}

// mayDeliver says whether goods may go to an address of a person: it exists, is none of a parcel shop unless the person's own is
// confirmed, is not on the operator's list, and nobody there is on the sanctions list.
func (a *App) mayDeliver(p *person, to *pay.Address) error {
	refused := pay.Errorf(pay.Refused, "not_allowed", "shipping_address", "Not allowed: goods cannot go to this address; give a complete postal address")
	profile, err := p.profile()
	if err != nil {
		return err
	}
	checked := *to
	if checked.FamilyName == "" {
		checked.GivenName, checked.FamilyName = profile.Billing.GivenName, profile.Billing.FamilyName
	}
	profile.Shipping = &checked
	if a.screen(profile) == credit.Hit || !a.plausibleAddress(checked) {
		return refused
	}
	return nil
}

// onCart changes what is sealed in an order.
func onCart(p *person, o *pay.Order, change func(*pay.Cart) error) error {
	cart, err := open[pay.Cart](p.key, string(o.ID), o.Sealed)
	if err != nil {
		return err
	}
	if err := change(&cart); err != nil {
		return err
	}
	o.Sealed = p.seal(string(o.ID), cart)
	return nil
}

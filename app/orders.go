package app

import (
	"context"
	"errors"

	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

var (
	errNoOrder = pay.Errorf(pay.Missing, "no_such_order", "", "There is no such order")
	errNoToken = pay.Errorf(pay.Missing, "no_such_authorization", "", "There is no live authorization with this token; it may have expired")
)

// OrderView is an order with its cart and its deeds opened.
type OrderView struct {
	Order    pay.Order
	Cart     pay.Cart
	Captures []CaptureView
	Refunds  []RefundView
}

// CaptureView is a capture with what the shop said about it.
type CaptureView struct {
	Capture pay.Capture
	Parcel  pay.Parcel
}

// RefundView is a refund with what the shop said about it.
type RefundView struct {
	Refund pay.Refund
	Parcel pay.Parcel
}

// PlaceOrder turns a live authorization into an order. It consumes the reservation and only compares data:
// a cart that differs from the authorised one is a conflict. The same token again gives the same order.
// What the request leaves out is as authorised. With AutoCapture everything is captured in the same unit of work.
func (a *App) PlaceOrder(ctx context.Context, who Actor, key Key, token pay.AuthorizationID, cart pay.Cart) (*pay.Order, error) {
	if _, err := a.active(who.Merchant); err != nil {
		return nil, err
	}
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, token)
	if err != nil {
		return nil, err
	}
	if auth == nil || !who.owns(auth.MerchantID) {
		return nil, errNoToken
	}
	if auth.Consent.Intent() == pay.IntentTokenize {
		return nil, errTokeniseOnly
	}
	asked, err := a.authorisedCart(ctx, auth)
	if err != nil {
		return nil, err
	}
	if cart.Buyer != nil && cart.Buyer.IsOrganization() != asked.Buyer.IsOrganization() {
		return nil, pay.Errorf(pay.Conflict, "cart_differs", "customer", "The order differs from what was authorised; authorise again")
	}
	full := completeCart(cart, *asked)
	b := bucketOf(token)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Authorizations.At(b, string(token)), store.Consumers.At(b, string(auth.ConsumerID))}}
	if cart.AutoCapture {
		u.Load = append(u.Load, store.Series.At(b, "invoice"))
	}
	return do(ctx, a, who, "order", key, u, func(tx *store.Tx) (*pay.Order, error) { return a.placeOrder(tx, token, full) })
}

// PlaceAuthorised is PlaceOrder with the cart as it was authorised; the amount is what the shop believes it to be. A reference
// replaces the session's.
func (a *App) PlaceAuthorised(ctx context.Context, who Actor, key Key, token pay.AuthorizationID, amount int64, reference string, capture bool) (*pay.Order, error) {
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, token)
	if err != nil {
		return nil, err
	}
	if auth == nil || !who.owns(auth.MerchantID) {
		return nil, errNoToken
	}
	asked, err := a.authorisedCart(ctx, auth)
	if err != nil {
		return nil, err
	}
	if asked.Amount != amount {
		return nil, pay.Errorf(pay.Conflict, "amount_differs", "amount", "The buyer authorised %d; order that amount or authorise again", asked.Amount)
	}
	cart := *asked
	cart.AutoCapture = capture
	if reference != "" {
		cart.Reference1 = reference
	}
	return a.PlaceOrder(ctx, who, key, token, cart)
}

// authorisedCart is what an order is compared with: the session's cart, or the order's own once it was placed.
// A session orders only with the authorization that it gave last.
func (a *App) authorisedCart(ctx context.Context, auth *pay.Authorization) (*pay.Cart, error) {
	s, err := store.LoadID(ctx, a.DB, store.Sessions, auth.SessionID)
	if err != nil {
		return nil, err
	}
	if auth.Status == pay.AuthorizationUsed && s == nil {
		o, err := store.LoadID(ctx, a.DB, store.Orders, auth.OrderID)
		if err != nil {
			return nil, err
		}
		p, err := a.readPerson(ctx, auth.ConsumerID)
		if err != nil {
			return nil, err
		}
		cart, err := open[pay.Cart](p.key, string(o.ID), o.Sealed)
		return &cart, err
	}
	if s == nil || s.Authorization != auth.ID {
		return nil, errNoToken
	}
	asked, err := a.seenCheckout(s)
	if err != nil {
		return nil, err
	}
	return &asked.Cart, nil
}

// completeCart takes from the session what an order request may leave out.
func completeCart(c, session pay.Cart) pay.Cart {
	if c.Billing == nil {
		c.Billing = session.Billing
	}
	if c.Shipping == nil {
		c.Shipping = session.Shipping
	}
	if c.Buyer == nil {
		c.Buyer = session.Buyer
	}
	if !c.HasTax {
		c.TaxAmount, c.HasTax = session.TaxAmount, session.HasTax
	}
	if c.Locale == "" {
		c.Locale = session.Locale
	}
	if c.URLs == (pay.URLs{}) {
		c.URLs = session.URLs
	}
	if c.Reference1 == "" {
		c.Reference1 = session.Reference1
	}
	if c.Reference2 == "" {
		c.Reference2 = session.Reference2
	}
	if c.MerchantData == "" {
		c.MerchantData = session.MerchantData
	}
	return c
}

func (a *App) placeOrder(tx *store.Tx, token pay.AuthorizationID, cart pay.Cart) (*pay.Order, error) {
	auth, err := store.Get(tx, store.Authorizations, string(token))
	if err != nil {
		return nil, err
	}
	switch {
	case auth == nil:
		return nil, errNoToken
	case auth.CartDigest != cart.Digest():
		return nil, pay.Errorf(pay.Conflict, "cart_differs", "order_amount, order_lines, billing_address, shipping_address", "The order differs from what was authorised; authorise again")
	case auth.Status == pay.AuthorizationUsed:
		return store.Get(tx, store.Orders, string(auth.OrderID))
	case auth.Status != pay.AuthorizationLive || auth.ExpiresAt <= tx.At:
		return nil, errNoToken
	}
	p, err := a.person(tx, auth.ConsumerID)
	if err != nil {
		return nil, err
	}
	return a.orderOn(tx, p, auth, cart)
}

// orderOn writes the order of a live authorization whose cart was compared.
func (a *App) orderOn(tx *store.Tx, p *person, auth *pay.Authorization, cart pay.Cart) (*pay.Order, error) {
	token := auth.ID
	o := &pay.Order{ID: a.orderID(token), ConsumerID: auth.ConsumerID, MerchantID: auth.MerchantID, SessionID: auth.SessionID,
		AuthorizationID: token, DecisionID: auth.DecisionID, Method: auth.Method, Status: pay.OrderAuthorized, Fraud: p.fraudStatus(token),
		Amount: auth.Amount, OriginalAmount: auth.Amount, Currency: auth.Currency, CreatedAt: tx.At, ExpiresAt: tx.At + pay.OrderMicros,
		Regime: auth.Regime, Reason: auth.Reason}
	o.Sealed = p.seal(string(o.ID), cart)
	store.Save(tx, store.Orders, o)
	auth.Status, auth.OrderID = pay.AuthorizationUsed, o.ID
	store.Save(tx, store.Authorizations, auth)
	p.unhold(string(token))
	if err := p.usePromise(tx, token, o); err != nil {
		return nil, err
	}
	if pay.IsCredit(o.Method) {
		p.hold(credit.Hold{Ref: string(o.ID), Kind: credit.Uncaptured, Amount: o.Amount, UntilMicros: o.ExpiresAt})
		p.facts.History.Purchase(tx.Day)
	}
	a.tellOrder(tx, EventOrderCreated, o, nil)
	if cart.URLs.Push != "" {
		a.queueAt(tx, JobPush, string(o.ID), nil, tx.At+pushMicros)
	}
	activate := a.activate
	if o.Fraud == pay.FraudPending {
		activate = a.pend
	}
	if err := activate(tx, p, o, cart.AutoCapture); err != nil {
		return nil, err
	}
	return o, p.save(tx)
}

// activate concludes the contract of a new order and captures it where the shop wants that at once.
func (a *App) activate(tx *store.Tx, p *person, o *pay.Order, capture bool) error {
	if o.Regime == "REGULATED" {
		a.queue(tx, JobAgreement, string(o.ID), []byte(tx.Day.String()))
	}
	if !capture {
		return nil
	}
	if err := o.Capture(o.Amount, tx.At); err != nil {
		return err
	}
	if _, err := a.capture(tx, o, p, o.Amount, pay.Parcel{}); err != nil {
		return err
	}
	p.orderHold(o)
	store.Save(tx, store.Orders, o)
	return nil
}

// orderID is the id of the order of an authorization: fixed before it exists, so one token can never make two rows.
func (a *App) orderID(token pay.AuthorizationID) pay.OrderID {
	var random [8]byte
	copy(random[:], a.Vault.Secret("order:"+string(token)))
	return pay.OrderID(pay.MintID(pay.PrefixOrder, pay.CellOf(string(token)), pay.InstantOf(token), random))
}

// ReadOrder returns an order to its merchant, its consumer, or staff.
func (a *App) ReadOrder(ctx context.Context, who Actor, id pay.OrderID) (*OrderView, error) {
	o, err := store.LoadID(ctx, a.DB, store.Orders, id)
	if err != nil {
		return nil, err
	}
	if o == nil || !who.owns(o.MerchantID) && !who.is(o.ConsumerID) && who.Staff == "" {
		return nil, errNoOrder
	}
	row, err := store.LoadID(ctx, a.DB, store.Consumers, o.ConsumerID)
	if err != nil {
		return nil, err
	}
	v := &OrderView{Order: *o}
	v.Order.Lapse(a.Clock.Now())
	key, err := a.Vault.Key(row.WrappedKey)
	if err != nil && !errors.Is(err, vault.ErrErased) {
		return nil, err
	}
	if v.Cart, err = openKept[pay.Cart](key, string(o.ID), o.Sealed); err != nil {
		return nil, err
	}
	captures, err := a.DB.CapturesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, c := range captures {
		p, err := openKept[pay.Parcel](key, string(c.ID), c.Sealed)
		if err != nil {
			return nil, err
		}
		v.Captures = append(v.Captures, CaptureView{*c, p})
	}
	refunds, err := a.DB.RefundsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, r := range refunds {
		p, err := openKept[pay.Parcel](key, string(r.ID), r.Sealed)
		if err != nil {
			return nil, err
		}
		v.Refunds = append(v.Refunds, RefundView{*r, p})
	}
	return v, nil
}

// openKept is open for what may belong to an erased person: without a key nothing is left of it, the amounts remain.
func openKept[T any](key *vault.Key, id string, sealed []byte) (v T, err error) {
	if key == nil {
		return v, nil
	}
	return open[T](key, id, sealed)
}

// onOrder runs a change of an order by its merchant, with the consumer opened and saved.
func onOrder[T any](ctx context.Context, a *App, who Actor, use string, key Key, id pay.OrderID, load []store.Ref, f func(tx *store.Tx, o *pay.Order, p *person) (T, error)) (T, error) {
	var zero T
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: append(load, store.Orders.At(b, string(id)))}
	u.Then = func(tx *store.Tx) []store.Ref {
		o, err := store.Get(tx, store.Orders, string(id))
		if err != nil || o == nil {
			return nil
		}
		return []store.Ref{store.Consumers.At(b, string(o.ConsumerID))}
	}
	return do(ctx, a, who, use, key, u, func(tx *store.Tx) (T, error) {
		o, err := store.Get(tx, store.Orders, string(id))
		if err != nil {
			return zero, err
		}
		if o == nil || !who.owns(o.MerchantID) {
			return zero, errNoOrder
		}
		o.Lapse(tx.At)
		p, err := a.person(tx, o.ConsumerID)
		if err != nil {
			return zero, err
		}
		out, err := f(tx, o, p)
		if err != nil {
			return zero, err
		}
		p.orderHold(o)
		store.Save(tx, store.Orders, o)
		return out, p.save(tx)
	})
}

// orderHold keeps the hold of an order equal to what may still be captured of it.
func (p *person) orderHold(o *pay.Order) {
	if rest := o.Remaining(); rest > 0 && pay.IsCredit(o.Method) {
		p.hold(credit.Hold{Ref: string(o.ID), Kind: credit.Uncaptured, Amount: rest, UntilMicros: o.ExpiresAt})
		return
	}
	p.unhold(string(o.ID))
}

// CancelOrder ends an order without captures. Cancelling again changes nothing.
func (a *App) CancelOrder(ctx context.Context, who Actor, key Key, id pay.OrderID) error {
	_, err := onOrder(ctx, a, who, "cancel", key, id, nil, func(tx *store.Tx, o *pay.Order, _ *person) (struct{}, error) {
		before := o.Status
		if err := o.Cancel(); err != nil {
			return struct{}{}, err
		}
		if o.Status != before {
			a.tellOrder(tx, EventOrderCancelled, o, nil)
		}
		return struct{}{}, nil
	})
	return err
}

// ReleaseRemaining gives up what is not captured yet.
func (a *App) ReleaseRemaining(ctx context.Context, who Actor, key Key, id pay.OrderID) error {
	_, err := onOrder(ctx, a, who, "release-remaining", key, id, nil, func(tx *store.Tx, o *pay.Order, p *person) (int64, error) {
		rest, err := o.Release()
		if err != nil {
			return 0, err
		}
		return rest, nil
	})
	return err
}

// SetReferences changes the shop's own references of an order; an empty pointer leaves one as it is.
func (a *App) SetReferences(ctx context.Context, who Actor, key Key, id pay.OrderID, ref1, ref2 *string) error {
	_, err := onOrder(ctx, a, who, "references", key, id, nil, func(tx *store.Tx, o *pay.Order, p *person) (struct{}, error) {
		if o.Status == pay.OrderCancelled {
			return struct{}{}, pay.Errorf(pay.Refused, "not_allowed", "", "The order is cancelled; its references cannot change")
		}
		cart, err := open[pay.Cart](p.key, string(o.ID), o.Sealed)
		if err != nil {
			return struct{}{}, err
		}
		if ref1 != nil {
			cart.Reference1 = *ref1
		}
		if ref2 != nil {
			cart.Reference2 = *ref2
		}
		o.Sealed = p.seal(string(o.ID), cart)
		return struct{}{}, nil
	})
	return err
}

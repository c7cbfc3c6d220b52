package shopapi

import (
	"context"
	"slices"
	"sync"

	"zahlziel/app"
	"zahlziel/pay"
)

// fakeDeeds is a small world behind the door: two merchants, sessions and orders in memory. The rules
// of orders are the real ones of package pay.
type fakeDeeds struct {
	mu       sync.Mutex
	now      pay.Micros
	n        byte
	sessions map[pay.SessionID]*sessionView
	tokens   map[pay.AuthorizationID]*pay.Authorization
	pages    map[pay.PageID]*pageView
	orders   map[pay.OrderID]*orderView
	done     map[string]string // idempotency key to the id it made
	writes   int
	fail     error // answered by every deed, when set
}

func newFake() *fakeDeeds {
	return &fakeDeeds{
		now:      1_790_000_000_000_000,
		sessions: map[pay.SessionID]*sessionView{},
		tokens:   map[pay.AuthorizationID]*pay.Authorization{},
		pages:    map[pay.PageID]*pageView{},
		orders:   map[pay.OrderID]*orderView{},
		done:     map[string]string{},
	}
}

func (f *fakeDeeds) mint(prefix string) string {
	f.n++
	return pay.MintID(prefix, 7, f.now, [8]byte{f.n})
}

var errMissing = pay.Errorf(pay.Missing, "missing", "", "not there")

func (f *fakeDeeds) Authenticate(_ context.Context, user, secret string) (*app.Actor, error) {
	if secret != "secret" || !slices.Contains([]string{"shop", "other"}, user) {
		return nil, nil
	}
	return &app.Actor{Merchant: pay.MerchantID(user)}, nil
}

func (f *fakeDeeds) OpenSession(_ context.Context, who app.Actor, key app.Key, cart *pay.Cart) (*sessionView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	f.writes++
	s := &sessionView{Cart: *cart, ClientToken: "e30.e30.x", Methods: []string{"invoice_30", "pay_later", "pay_in_3"}}
	s.ID, s.MerchantID, s.ExpiresAt = pay.SessionID(f.mint("ses")), who.Merchant, f.now+pay.SessionMicros
	f.sessions[s.ID] = s
	return s, nil
}

func (f *fakeDeeds) ChangeSession(_ context.Context, who app.Actor, _ app.Key, id pay.SessionID, change func(*pay.Cart) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[id]
	if s == nil || s.MerchantID != who.Merchant {
		return errMissing
	}
	cart := s.Cart
	if err := change(&cart); err != nil {
		return err
	}
	f.writes++
	s.Cart = cart
	return nil
}

func (f *fakeDeeds) ReadSession(_ context.Context, who app.Actor, id pay.SessionID) (*sessionView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[id]
	if s == nil || s.MerchantID != who.Merchant {
		return nil, errMissing
	}
	return s, nil
}

// authorize is the consumer's part.
func (f *fakeDeeds) authorize(id pay.SessionID) pay.AuthorizationID {
	s := f.sessions[id]
	t := &pay.Authorization{ID: pay.AuthorizationID(f.mint("aut")), SessionID: id, MerchantID: s.MerchantID, CartDigest: s.Cart.Digest(), Status: pay.AuthorizationLive}
	f.tokens[t.ID] = t
	s.Authorization = t.ID
	return t.ID
}

func (f *fakeDeeds) ReleaseAuthorization(_ context.Context, who app.Actor, _ app.Key, id pay.AuthorizationID) error {
	t := f.tokens[id]
	if t == nil || t.MerchantID != who.Merchant || t.Status != pay.AuthorizationLive {
		return errMissing
	}
	f.writes++
	t.Status = pay.AuthorizationReleased
	return nil
}

func (f *fakeDeeds) PlaceOrder(_ context.Context, who app.Actor, _ app.Key, id pay.AuthorizationID, change func(*pay.Cart) error) (*orderView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.tokens[id]
	if t == nil || t.MerchantID != who.Merchant || t.Status == pay.AuthorizationReleased {
		return nil, errMissing
	}
	if t.OrderID != "" {
		return f.orders[t.OrderID], nil
	}
	s := f.sessions[t.SessionID]
	cart := s.Cart
	if err := change(&cart); err != nil {
		return nil, err
	}
	if cart.Digest() != t.CartDigest {
		return nil, pay.Errorf(pay.Conflict, "cart_changed", "order_lines", "The order differs from what was authorised")
	}
	f.writes++
	o := &orderView{Cart: cart}
	o.Order = pay.Order{ID: pay.OrderID(f.mint("ord")), MerchantID: who.Merchant, SessionID: s.ID, Method: "invoice_30", Status: pay.OrderAuthorized,
		Fraud: pay.FraudAccepted, Amount: cart.Amount, OriginalAmount: cart.Amount, Currency: cart.Currency, CreatedAt: f.now, ExpiresAt: f.now + pay.OrderMicros}
	f.orders[o.ID] = o
	t.OrderID, s.Complete = o.ID, true
	return o, nil
}

func (f *fakeDeeds) OpenPage(_ context.Context, who app.Actor, _ app.Key, id pay.SessionID, settings pay.PageSettings) (*pageView, error) {
	s := f.sessions[id]
	if s == nil || s.MerchantID != who.Merchant {
		return nil, errMissing
	}
	f.writes++
	p := &pageView{URL: "https://pay.test/checkout/x"}
	p.ID, p.SessionID, p.MerchantID, p.Status = pay.PageID(f.mint("hpp")), id, who.Merchant, pay.PageWaiting
	p.ExpiresAt, p.UpdatedAt, p.Settings = f.now+pay.SessionMicros, f.now, encode(settings)
	f.pages[p.ID] = p
	return p, nil
}

func (f *fakeDeeds) ReadPage(_ context.Context, who app.Actor, id pay.PageID) (*pageView, error) {
	p := f.pages[id]
	if p == nil || p.MerchantID != who.Merchant {
		return nil, errMissing
	}
	return p, nil
}

func (f *fakeDeeds) CancelPage(_ context.Context, who app.Actor, _ app.Key, id pay.PageID) error {
	p := f.pages[id]
	switch {
	case p == nil || p.MerchantID != who.Merchant:
		return errMissing
	case p.Status == pay.PageCompleted:
		return pay.Errorf(pay.TooLate, "page_completed", "", "The payment page is completed; cancel the order instead")
	}
	f.writes++
	p.Status = pay.PageDisabled
	return nil
}

// order runs f on an order of the caller.
func (f *fakeDeeds) order(who app.Actor, id pay.OrderID, do func(*orderView) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.orders[id]
	if o == nil || o.MerchantID != who.Merchant {
		return errMissing
	}
	return do(o)
}

func (f *fakeDeeds) ReadOrder(_ context.Context, who app.Actor, id pay.OrderID) (view *orderView, err error) {
	err = f.order(who, id, func(o *orderView) error { view = o; return f.fail })
	return view, err
}

func (f *fakeDeeds) AcknowledgeOrder(_ context.Context, who app.Actor, _ app.Key, id pay.OrderID) error {
	return f.order(who, id, func(*orderView) error { return nil })
}

// typed turns a nil *pay.Error into a nil error.
func typed(e *pay.Error) error {
	if e == nil {
		return nil
	}
	return e
}

func (f *fakeDeeds) CancelOrder(_ context.Context, who app.Actor, _ app.Key, id pay.OrderID) error {
	return f.order(who, id, func(o *orderView) error { f.writes++; return typed(o.Cancel()) })
}

func (f *fakeDeeds) ReleaseOrder(_ context.Context, who app.Actor, _ app.Key, id pay.OrderID) error {
	return f.order(who, id, func(o *orderView) error { _, e := o.Release(); return typed(e) })
}

func (f *fakeDeeds) SetReferences(_ context.Context, who app.Actor, _ app.Key, id pay.OrderID, first, second *string) error {
	return f.order(who, id, func(o *orderView) error {
		if first != nil {
			o.Cart.Reference1 = *first
		}
		if second != nil {
			o.Cart.Reference2 = *second
		}
		f.writes++
		return nil
	})
}

func (f *fakeDeeds) CaptureOrder(_ context.Context, who app.Actor, key app.Key, id pay.OrderID, amount int64, parcel pay.Parcel) (made pay.CaptureID, err error) {
	err = f.order(who, id, func(o *orderView) error {
		if before, seen := f.done[key.Value]; seen && key.Value != "" {
			made = pay.CaptureID(before)
			return nil
		}
		if e := o.Order.Capture(amount, f.now); e != nil {
			return e
		}
		f.writes++
		k := captureView{Parcel: parcel}
		k.ID, k.Number, k.Amount, k.At = pay.CaptureID(f.mint("cap")), o.Order.Captures, amount, f.now
		o.Captures = append(o.Captures, k)
		made, f.done[key.Value] = k.ID, string(k.ID)
		return nil
	})
	return made, err
}

func (f *fakeDeeds) RefundOrder(_ context.Context, who app.Actor, _ app.Key, id pay.OrderID, amount int64, parcel pay.Parcel) (made pay.RefundID, err error) {
	err = f.order(who, id, func(o *orderView) error {
		if e := o.Order.Refund(amount); e != nil {
			return e
		}
		f.writes++
		r := refundView{Parcel: parcel}
		r.ID, r.Amount, r.At = pay.RefundID(f.mint("ref")), amount, f.now
		o.Refunds = append(o.Refunds, r)
		made = r.ID
		return nil
	})
	return made, err
}

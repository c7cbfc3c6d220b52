package shopapi

import (
	"context"

	"zahlziel/pay"
)

// actor is the merchant that an API user belongs to.
type actor struct {
	Merchant pay.MerchantID
}

// deeds is what this door asks of the floor below. Every method checks that what it is asked for
// belongs to the actor, and answers pay.Missing where it does not. key is the caller's idempotency
// key, possibly empty. change functions edit a copy of the stored cart and may run more than once.
type deeds interface {
	MerchantByCredential(ctx context.Context, user, secret string) (actor, error)

	OpenSession(ctx context.Context, who actor, key string, cart *pay.Cart) (*sessionView, error)
	ChangeSession(ctx context.Context, who actor, key string, id pay.SessionID, change func(*pay.Cart) error) error
	ReadSession(ctx context.Context, who actor, id pay.SessionID) (*sessionView, error)
	ReleaseAuthorization(ctx context.Context, who actor, key string, id pay.AuthorizationID) error
	PlaceOrder(ctx context.Context, who actor, key string, id pay.AuthorizationID, change func(*pay.Cart) error) (*orderView, error)

	OpenPage(ctx context.Context, who actor, key string, id pay.SessionID, settings pay.PageSettings) (*pageView, error)
	ReadPage(ctx context.Context, who actor, id pay.PageID) (*pageView, error)
	CancelPage(ctx context.Context, who actor, key string, id pay.PageID) error

	ReadOrder(ctx context.Context, who actor, id pay.OrderID) (*orderView, error)
	AcknowledgeOrder(ctx context.Context, who actor, key string, id pay.OrderID) error
	CancelOrder(ctx context.Context, who actor, key string, id pay.OrderID) error
	ReleaseOrder(ctx context.Context, who actor, key string, id pay.OrderID) error
	SetReferences(ctx context.Context, who actor, key string, id pay.OrderID, first, second *string) error
	CaptureOrder(ctx context.Context, who actor, key string, id pay.OrderID, amount int64, parcel pay.Parcel) (pay.CaptureID, error)
	RefundOrder(ctx context.Context, who actor, key string, id pay.OrderID, amount int64, parcel pay.Parcel) (pay.RefundID, error)
}

// sessionView is a session with what was opened of it.
type sessionView struct {
	pay.Session
	Cart        pay.Cart
	ClientToken string
	Methods     []string // offered for this cart, in the merchant's order
	Complete    bool     // an order exists
}

// pageView is a hosted page with its address for the consumer.
type pageView struct {
	pay.Page
	URL string
}

// orderView is an order with what was opened of it.
type orderView struct {
	pay.Order
	Cart     pay.Cart
	Captures []captureView
	Refunds  []refundView
}

type captureView struct {
	pay.Capture
	Parcel pay.Parcel
}

type refundView struct {
	pay.Refund
	Parcel pay.Parcel
}

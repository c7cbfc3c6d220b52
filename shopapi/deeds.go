package shopapi

import (
	"context"

	"zahlziel/app"
	"zahlziel/pay"
)

// deeds is what this door asks of the floor below. Every method checks that what it is asked for
// belongs to the actor, and answers pay.Missing where it does not. change functions edit a copy of the stored cart and may run more than once.
type deeds interface {
	Authenticate(ctx context.Context, user, secret string) (*app.Actor, error)

	OpenSession(ctx context.Context, who app.Actor, key app.Key, cart *pay.Cart) (*sessionView, error)
	ChangeSession(ctx context.Context, who app.Actor, key app.Key, id pay.SessionID, change func(*pay.Cart) error) error
	ReadSession(ctx context.Context, who app.Actor, id pay.SessionID) (*sessionView, error)
	ReleaseAuthorization(ctx context.Context, who app.Actor, key app.Key, id pay.AuthorizationID) error
	PlaceOrder(ctx context.Context, who app.Actor, key app.Key, id pay.AuthorizationID, change func(*pay.Cart) error) (*orderView, error)

	OpenPage(ctx context.Context, who app.Actor, key app.Key, id pay.SessionID, settings pay.PageSettings) (*pageView, error)
	ReadPage(ctx context.Context, who app.Actor, id pay.PageID) (*pageView, error)
	CancelPage(ctx context.Context, who app.Actor, key app.Key, id pay.PageID) error

	ReadOrder(ctx context.Context, who app.Actor, id pay.OrderID) (*orderView, error)
	AcknowledgeOrder(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error
	CancelOrder(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error
	ReleaseOrder(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID) error
	SetReferences(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID, first, second *string) error
	CaptureOrder(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID, amount int64, parcel pay.Parcel) (pay.CaptureID, error)
	RefundOrder(ctx context.Context, who app.Actor, key app.Key, id pay.OrderID, amount int64, parcel pay.Parcel) (pay.RefundID, error)
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

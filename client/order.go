package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// NewOrder orders what a buyer authorised. With Capture everything counts as sent.
type NewOrder struct {
	AuthorizationToken string `json:"authorization_token"`
	Amount             int64  `json:"amount"`
	Reference          string `json:"reference,omitempty"`
	Capture            bool   `json:"capture,omitempty"`
}

// OrderLine is an order in a list. Status is authorized, part_captured, captured, cancelled, expired or closed; Review is
// accepted, pending or rejected.
type OrderLine struct {
	ID              string    `json:"id"`
	Number          string    `json:"number"`
	Status          string    `json:"status"`
	Review          string    `json:"review"`
	Method          string    `json:"method"`
	Currency        string    `json:"currency"`
	Amount          int64     `json:"amount"`
	OriginalAmount  int64     `json:"original_amount"`
	CapturedAmount  int64     `json:"captured_amount"`
	RefundedAmount  int64     `json:"refunded_amount"`
	ReleasedAmount  int64     `json:"released_amount"`
	RemainingAmount int64     `json:"remaining_amount"`
	CreatedAt       time.Time `json:"created_at"`
	ExpiresAt       time.Time `json:"expires_at"`
}

// Order is an order with what it is about and what was done.
type Order struct {
	OrderLine
	SessionID          string     `json:"session_id"`
	AuthorizationToken string     `json:"authorization_token"`
	Cart               Cart       `json:"cart"`
	Shipments          []Shipment `json:"shipments"`
	Captures           []Capture  `json:"captures"`
	Refunds            []Refund   `json:"refunds"`
}

// PlaceOrder orders what a buyer authorised. The same token again gives the same order.
func (c *Client) PlaceOrder(ctx context.Context, o NewOrder) (*Order, error) {
	return post[Order](ctx, c, "/orders", o)
}

// Order reads an order.
func (c *Client) Order(ctx context.Context, id string) (*Order, error) {
	return get[Order](ctx, c, orderPath(id), nil)
}

// Orders reads one page, newest first; an empty cursor is the first, limit 0 the server's usual.
func (c *Client) Orders(ctx context.Context, cursor string, limit int) (*List[OrderLine], error) {
	return get[List[OrderLine]](ctx, c, "/orders", paged(nil, cursor, limit))
}

// AllOrders walks all orders, newest first, and ends with the first error.
func (c *Client) AllOrders(ctx context.Context) iter.Seq2[OrderLine, error] {
	return all[OrderLine](ctx, c, "/orders", nil)
}

// AcknowledgeOrder says that the shop knows of an order.
func (c *Client) AcknowledgeOrder(ctx context.Context, id string) (*Order, error) {
	return post[Order](ctx, c, orderPath(id)+"/acknowledge", struct{}{})
}

// SetReferences changes the shop's own references of an order; nil leaves one as it is.
func (c *Client) SetReferences(ctx context.Context, id string, reference, reference2 *string) (*Order, error) {
	return patch[Order](ctx, c, orderPath(id)+"/references", struct {
		Reference  *string `json:"reference,omitempty"`
		Reference2 *string `json:"reference2,omitempty"`
	}{reference, reference2})
}

// AmountChange is a new amount of an order; lines that are given must add up to it.
type AmountChange struct {
	Amount      int64  `json:"amount"`
	Lines       []Line `json:"lines,omitempty"`
	Description string `json:"description,omitempty"`
}

// ChangeAmount changes what an order is about. More than before is decided anew; a refusal is the error not_allowed.
func (c *Client) ChangeAmount(ctx context.Context, id string, change AmountChange) (*Order, error) {
	return patch[Order](ctx, c, orderPath(id)+"/authorization", change)
}

// ChangeShipping sends the goods of an order elsewhere.
func (c *Client) ChangeShipping(ctx context.Context, id string, to Address) (*Order, error) {
	return patch[Order](ctx, c, orderPath(id)+"/customer", map[string]Address{"shipping": to})
}

// ExtendOrder takes more time to deliver.
func (c *Client) ExtendOrder(ctx context.Context, id string) (*Order, error) {
	return post[Order](ctx, c, orderPath(id)+"/extend", struct{}{})
}

// AddShipments adds parcels to what is known about an order.
func (c *Client) AddShipments(ctx context.Context, id string, all ...Shipment) (*Order, error) {
	return post[Order](ctx, c, orderPath(id)+"/shipments", map[string][]Shipment{"shipments": all})
}

func orderPath(id string) string { return "/orders/" + url.PathEscape(id) }

func capturePath(order, capture string) string {
	return orderPath(order) + "/captures/" + url.PathEscape(capture)
}

// Parcel is a capture or refund to be made.
type Parcel struct {
	Amount      int64      `json:"amount"`
	Description string     `json:"description,omitempty"`
	Reference   string     `json:"reference,omitempty"`
	Lines       []Line     `json:"lines,omitempty"`
	Shipments   []Shipment `json:"shipments,omitempty"`
}

// Shipment is how a parcel travels, and how it may come back. Method is one of the description's, for example home.
type Shipment struct {
	Company              string `json:"company,omitempty"`
	Method               string `json:"method,omitempty"`
	TrackingNumber       string `json:"tracking_number,omitempty"`
	TrackingURL          string `json:"tracking_url,omitempty"`
	ReturnCompany        string `json:"return_company,omitempty"`
	ReturnTrackingNumber string `json:"return_tracking_number,omitempty"`
	ReturnTrackingURL    string `json:"return_tracking_url,omitempty"`
}

// Capture is goods that were sent.
type Capture struct {
	ID             string     `json:"id"`
	Number         int64      `json:"number"`
	Amount         int64      `json:"amount"`
	RefundedAmount int64      `json:"refunded_amount"`
	At             time.Time  `json:"at"`
	Description    string     `json:"description"`
	Reference      string     `json:"reference"`
	Lines          []Line     `json:"lines"`
	Shipments      []Shipment `json:"shipments"`
}

// Refund is money that was given back.
type Refund struct {
	ID          string    `json:"id"`
	Amount      int64     `json:"amount"`
	At          time.Time `json:"at"`
	Description string    `json:"description"`
	Reference   string    `json:"reference"`
	Lines       []Line    `json:"lines"`
}

// Capture tells that goods were sent.
func (c *Client) Capture(ctx context.Context, order string, p Parcel) (*Capture, error) {
	return post[Capture](ctx, c, orderPath(order)+"/captures", p)
}

// Refund gives money back.
func (c *Client) Refund(ctx context.Context, order string, p Parcel) (*Refund, error) {
	return post[Refund](ctx, c, orderPath(order)+"/refunds", p)
}

// Cancel ends an order of which nothing was captured.
func (c *Client) Cancel(ctx context.Context, order string) (*Order, error) {
	return post[Order](ctx, c, orderPath(order)+"/cancel", struct{}{})
}

// Release gives back what is not captured yet.
func (c *Client) Release(ctx context.Context, order string) (*Order, error) {
	return post[Order](ctx, c, orderPath(order)+"/release", struct{}{})
}

// CaptureOf reads one capture of an order.
func (c *Client) CaptureOf(ctx context.Context, order, capture string) (*Capture, error) {
	return get[Capture](ctx, c, capturePath(order, capture), nil)
}

// RefundOf reads one refund of an order.
func (c *Client) RefundOf(ctx context.Context, order, refund string) (*Refund, error) {
	return get[Refund](ctx, c, orderPath(order)+"/refunds/"+url.PathEscape(refund), nil)
}

// AddCaptureShipments adds parcels to what is known about a capture.
func (c *Client) AddCaptureShipments(ctx context.Context, order, capture string, all ...Shipment) (*Capture, error) {
	return post[Capture](ctx, c, capturePath(order, capture)+"/shipments", map[string][]Shipment{"shipments": all})
}

// SendAgain mails the payment request of a capture once more, at most once a day.
func (c *Client) SendAgain(ctx context.Context, order, capture string) (*Capture, error) {
	return post[Capture](ctx, c, capturePath(order, capture)+"/send", struct{}{})
}

// Extension is a due day that moves. DueDay is the new one, YYYY-MM-DD; FeeAmount is what the shop pays, tax included.
type Extension struct {
	Days      int64  `json:"days"`
	DueDay    string `json:"due_day"`
	FeeAmount int64  `json:"fee_amount"`
	Currency  string `json:"currency"`
}

// ExtensionOptions lists how the due day of a capture can be moved now.
func (c *Client) ExtensionOptions(ctx context.Context, order, capture string) ([]Extension, error) {
	list, err := get[List[Extension]](ctx, c, capturePath(order, capture)+"/extension-options", nil)
	if err != nil {
		return nil, err
	}
	return list.Data, nil
}

// ExtendDueDay moves the due day of a capture by one of the options.
func (c *Client) ExtendDueDay(ctx context.Context, order, capture string, days int64) (*Extension, error) {
	return post[Extension](ctx, c, capturePath(order, capture)+"/extensions", map[string]int64{"days": days})
}

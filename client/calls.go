package client

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// Cart is what a shop states about a purchase. Amounts are minor units; the lines' totals sum up to Amount.
type Cart struct {
	Country      string   `json:"country"`
	Currency     string   `json:"currency"`
	Locale       string   `json:"locale,omitempty"`
	Amount       int64    `json:"amount"`
	TaxAmount    *int64   `json:"tax_amount,omitempty"`
	Lines        []Line   `json:"lines"`
	Billing      *Address `json:"billing,omitempty"`
	Shipping     *Address `json:"shipping,omitempty"`
	Reference    string   `json:"reference,omitempty"`
	Reference2   string   `json:"reference2,omitempty"`
	MerchantData string   `json:"merchant_data,omitempty"`
}

// Line is one thing in a cart. TotalAmount is Quantity x UnitPrice - DiscountAmount; TaxRate is percent times 100.
type Line struct {
	Type           string `json:"type,omitempty"`
	Reference      string `json:"reference,omitempty"`
	Name           string `json:"name"`
	Quantity       int64  `json:"quantity"`
	QuantityUnit   string `json:"quantity_unit,omitempty"`
	UnitPrice      int64  `json:"unit_price"`
	TaxRate        int64  `json:"tax_rate"`
	DiscountAmount int64  `json:"discount_amount"`
	TotalAmount    int64  `json:"total_amount"`
	TaxAmount      int64  `json:"tax_amount"`
	ImageURL       string `json:"image_url,omitempty"`
	ProductURL     string `json:"product_url,omitempty"`
}

// Address is where a bill or goods go.
type Address struct {
	Organization string `json:"organization,omitempty"`
	GivenName    string `json:"given_name,omitempty"`
	FamilyName   string `json:"family_name,omitempty"`
	Street       string `json:"street,omitempty"`
	Street2      string `json:"street2,omitempty"`
	PostalCode   string `json:"postal_code,omitempty"`
	City         string `json:"city,omitempty"`
	Region       string `json:"region,omitempty"`
	Country      string `json:"country,omitempty"`
	Email        string `json:"email,omitempty"`
	Phone        string `json:"phone,omitempty"`
}

// Buyer is who buys. BirthDate is YYYY-MM-DD.
type Buyer struct {
	BirthDate string `json:"birth_date,omitempty"`
	Type      string `json:"type,omitempty"` // person, organization
}

// NewSession opens a purchase.
type NewSession struct {
	Cart
	Buyer *Buyer `json:"buyer,omitempty"`
	URLs  *URLs  `json:"urls,omitempty"`
}

// URLs are the shop's addresses: where the buyer goes after the order, and what is called.
type URLs struct {
	Confirmation  string `json:"confirmation,omitempty"`
	Notification  string `json:"notification,omitempty"`
	Push          string `json:"push,omitempty"`
	Authorization string `json:"authorization,omitempty"`
}

// Session is a purchase that a buyer may confirm. Status is open, authorized, complete or expired.
type Session struct {
	ID                 string    `json:"id"`
	ClientToken        string    `json:"client_token"`
	Status             string    `json:"status"`
	Methods            []string  `json:"methods"`
	AuthorizationToken string    `json:"authorization_token"`
	ExpiresAt          time.Time `json:"expires_at"`
	Cart               Cart      `json:"cart"`
}

// CreateSession opens a purchase.
func (c *Client) CreateSession(ctx context.Context, s NewSession) (*Session, error) {
	return post[Session](ctx, c, "/sessions", s)
}

// Session reads a purchase and how far it came.
func (c *Client) Session(ctx context.Context, id string) (*Session, error) {
	return get[Session](ctx, c, "/sessions/"+url.PathEscape(id), nil)
}

// NewPage opens a hosted payment page. Then is none, order or order_and_capture.
type NewPage struct {
	Title string   `json:"title,omitempty"`
	Then  string   `json:"then,omitempty"`
	URLs  PageURLs `json:"urls"`
}

// PageURLs are where the page sends the buyer.
type PageURLs struct {
	Success string `json:"success,omitempty"`
	Cancel  string `json:"cancel,omitempty"`
	Back    string `json:"back,omitempty"`
	Failure string `json:"failure,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Page is a hosted payment page: send the buyer to URL.
type Page struct {
	ID                 string    `json:"id"`
	SessionID          string    `json:"session_id"`
	URL                string    `json:"url"`
	Status             string    `json:"status"`
	ExpiresAt          time.Time `json:"expires_at"`
	AuthorizationToken string    `json:"authorization_token"`
	OrderID            string    `json:"order_id"`
}

// CreatePage opens a hosted payment page over a session.
func (c *Client) CreatePage(ctx context.Context, session string, p NewPage) (*Page, error) {
	return post[Page](ctx, c, "/sessions/"+url.PathEscape(session)+"/page", p)
}

// Page reads what became of a hosted payment page.
func (c *Client) Page(ctx context.Context, id string) (*Page, error) {
	return get[Page](ctx, c, "/pages/"+url.PathEscape(id), nil)
}

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
	Cart     Cart      `json:"cart"`
	Captures []Capture `json:"captures"`
	Refunds  []Refund  `json:"refunds"`
}

// PlaceOrder orders what a buyer authorised. The same token again gives the same order.
func (c *Client) PlaceOrder(ctx context.Context, o NewOrder) (*Order, error) {
	return post[Order](ctx, c, "/orders", o)
}

// Order reads an order.
func (c *Client) Order(ctx context.Context, id string) (*Order, error) {
	return get[Order](ctx, c, "/orders/"+url.PathEscape(id), nil)
}

// OrderPage is a page of orders, newest first. NextCursor is empty on the last.
type OrderPage struct {
	Data       []OrderLine `json:"data"`
	NextCursor string      `json:"next_cursor"`
}

// Orders reads one page; an empty cursor is the first, limit 0 the server's usual.
func (c *Client) Orders(ctx context.Context, cursor string, limit int) (*OrderPage, error) {
	q := url.Values{}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return get[OrderPage](ctx, c, "/orders", q)
}

// AllOrders walks all orders, newest first, and ends with the first error.
func (c *Client) AllOrders(ctx context.Context) iter.Seq2[OrderLine, error] {
	return func(yield func(OrderLine, error) bool) {
		for cursor := ""; ; {
			page, err := c.Orders(ctx, cursor, 100)
			if err != nil {
				yield(OrderLine{}, err)
				return
			}
			for _, o := range page.Data {
				if !yield(o, nil) {
					return
				}
			}
			if cursor = page.NextCursor; cursor == "" {
				return
			}
		}
	}
}

// Parcel is a capture or refund to be made.
type Parcel struct {
	Amount      int64      `json:"amount"`
	Description string     `json:"description,omitempty"`
	Reference   string     `json:"reference,omitempty"`
	Shipments   []Shipment `json:"shipments,omitempty"`
}

// Shipment is how a parcel travels.
type Shipment struct {
	Company        string `json:"company,omitempty"`
	TrackingNumber string `json:"tracking_number,omitempty"`
	TrackingURL    string `json:"tracking_url,omitempty"`
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
	Shipments      []Shipment `json:"shipments"`
}

// Refund is money that was given back.
type Refund struct {
	ID          string    `json:"id"`
	Amount      int64     `json:"amount"`
	At          time.Time `json:"at"`
	Description string    `json:"description"`
	Reference   string    `json:"reference"`
}

// Capture tells that goods were sent.
func (c *Client) Capture(ctx context.Context, order string, p Parcel) (*Capture, error) {
	return post[Capture](ctx, c, "/orders/"+url.PathEscape(order)+"/captures", p)
}

// Refund gives money back.
func (c *Client) Refund(ctx context.Context, order string, p Parcel) (*Refund, error) {
	return post[Refund](ctx, c, "/orders/"+url.PathEscape(order)+"/refunds", p)
}

// Cancel ends an order of which nothing was captured.
func (c *Client) Cancel(ctx context.Context, order string) (*Order, error) {
	return post[Order](ctx, c, "/orders/"+url.PathEscape(order)+"/cancel", struct{}{})
}

// Release gives back what is not captured yet.
func (c *Client) Release(ctx context.Context, order string) (*Order, error) {
	return post[Order](ctx, c, "/orders/"+url.PathEscape(order)+"/release", struct{}{})
}

// Payout is money that goes to the shop. DueDay is YYYY-MM-DD; State is due, sent or confirmed.
type Payout struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	DueDay   string `json:"due_day"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Payouts lists the latest payouts, newest first.
func (c *Client) Payouts(ctx context.Context) ([]Payout, error) {
	list, err := get[struct{ Data []Payout }](ctx, c, "/payouts", nil)
	if err != nil {
		return nil, err
	}
	return list.Data, nil
}

// Outcome says whether a method is possible for a purchase. Next is the page that shows the buyer why not.
type Outcome struct {
	Method string `json:"method"`
	OK     bool   `json:"ok"`
	Amount int64  `json:"amount"`
	Next   string `json:"next"`
}

// Methods asks which methods a purchase could take. It counts and stores nothing.
func (c *Client) Methods(ctx context.Context, session string) ([]Outcome, error) {
	list, err := post[struct{ Methods []Outcome }](ctx, c, "/decisions", map[string]string{"session_id": session})
	if err != nil {
		return nil, err
	}
	return list.Methods, nil
}

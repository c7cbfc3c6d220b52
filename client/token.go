package client

import (
	"context"
	"net/url"
	"time"
)

// NewCustomerToken turns a confirmation into a permission for recurring orders. What else is stated must be as confirmed.
type NewCustomerToken struct {
	AuthorizationToken string   `json:"authorization_token"`
	Description        string   `json:"description"`
	Locale             string   `json:"locale,omitempty"`
	Country            string   `json:"country,omitempty"`
	Currency           string   `json:"currency,omitempty"`
	Billing            *Address `json:"billing,omitempty"`
}

// CustomerToken is a buyer's permission for recurring orders. Status is active or cancelled, EndedBy merchant or consumer.
type CustomerToken struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Method    string    `json:"method"`
	Currency  string    `json:"currency"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at"` // zero while it is active
	EndedBy   string    `json:"ended_by"`
}

// CreateCustomerToken turns a confirmation into a permission. The same confirmation again gives the same token.
func (c *Client) CreateCustomerToken(ctx context.Context, t NewCustomerToken) (*CustomerToken, error) {
	return post[CustomerToken](ctx, c, "/customer-tokens", t)
}

// CustomerToken reads a permission.
func (c *Client) CustomerToken(ctx context.Context, id string) (*CustomerToken, error) {
	return get[CustomerToken](ctx, c, "/customer-tokens/"+url.PathEscape(id), nil)
}

// CancelCustomerToken ends a permission for ever.
func (c *Client) CancelCustomerToken(ctx context.Context, id string) (*CustomerToken, error) {
	return post[CustomerToken](ctx, c, "/customer-tokens/"+url.PathEscape(id)+"/cancel", struct{}{})
}

// TokenOrder is a recurring order. Who buys, and where the goods go unless Shipping says so, is known from the token.
type TokenOrder struct {
	Currency     string   `json:"currency"`
	Amount       int64    `json:"amount"`
	TaxAmount    *int64   `json:"tax_amount,omitempty"`
	Lines        []Line   `json:"lines"`
	Shipping     *Address `json:"shipping,omitempty"`
	Reference    string   `json:"reference,omitempty"`
	Reference2   string   `json:"reference2,omitempty"`
	MerchantData string   `json:"merchant_data,omitempty"`
	URLs         *URLs    `json:"urls,omitempty"`
	Capture      bool     `json:"capture,omitempty"`
}

// PlaceTokenOrder places a recurring order. It is decided about now; a refusal is the error order_refused.
func (c *Client) PlaceTokenOrder(ctx context.Context, id string, o TokenOrder) (*Order, error) {
	return post[Order](ctx, c, "/customer-tokens/"+url.PathEscape(id)+"/orders", o)
}

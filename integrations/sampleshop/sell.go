package sampleshop

import (
	"context"
	"fmt"
)

// Seller sells through an API of the payment provider: Native through its JSON, Wire through the formats that shop
// software speaks. What the provider refuses is a *RefusedError.
type Seller interface {
	// Open opens a purchase and returns the address of the page on which the buyer confirms it.
	Open(ctx context.Context, s Sale) (page string, err error)
	// Place orders what the buyer confirmed and returns the provider's id of the order; a token gives one order, however often.
	Place(ctx context.Context, s Sale, token string) (order string, err error)
	// Order reads how far an order came.
	Order(ctx context.Context, id string) (Order, error)
	// Ship tells that all goods of an order were sent; the invoice comes from it.
	Ship(ctx context.Context, id string, s Sale) error
	// Refund gives money back, in minor units.
	Refund(ctx context.Context, id string, amount int64) error
	// Cancel ends an order of which nothing was sent.
	Cancel(ctx context.Context, id string) error
}

// Every sale is in euro in Germany.
const (
	country  = "DE"
	currency = "EUR"
)

// Sale is a basket with its buyer, as the shop tells it to the provider.
type Sale struct {
	Number  string // of the shop
	Locale  string // language and country of the buyer
	Buyer   Buyer
	Items   []Item
	Returns Returns
}

// Item is one kind of goods in a sale. Price is gross, in minor units.
type Item struct {
	SKU, Name       string
	Quantity, Price int64
}

// Total is the price of all pieces; Tax the VAT inside it.
func (i Item) Total() int64 { return i.Quantity * i.Price }

// Tax is the VAT inside the total, half up.
func (i Item) Tax() int64 { return taxOf(i.Total()) }

// Amount is what the buyer pays, in minor units.
func (s Sale) Amount() (sum int64) {
	for _, i := range s.Items {
		sum += i.Total()
	}
	return sum
}

// Tax is the VAT inside the amount, item by item.
func (s Sale) Tax() (sum int64) {
	for _, i := range s.Items {
		sum += i.Tax()
	}
	return sum
}

// Returns are the addresses of the shop that a purchase leads to.
type Returns struct {
	Done   string // after a confirmation; the provider fills in {{authorization_token}}
	Basket string // the buyer wants something else
	Failed string // it cannot be paid
	Told   string // the provider posts {"authorization_token"} here if the buyer confirmed and went away
}

// Order is an order as the provider knows it. Amounts are minor units; Status is authorized, part_captured, captured,
// cancelled, expired or closed.
type Order struct {
	Status                                string
	Pending                               bool // a person of the provider still looks at it: do not send
	Amount, Captured, Refunded, Remaining int64
}

// RefusedError is a no of the provider: Code says which, Number finds it in the provider's records.
type RefusedError struct {
	Status       int // of HTTP
	Code, Number string
	Text         string
}

// Error prints status, code and text.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the provider answered %d %s: %s (correlation id %s)", e.Status, e.Code, e.Text, e.Number)
}

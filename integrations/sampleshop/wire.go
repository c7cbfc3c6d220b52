package sampleshop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Wire sells through the shop API: the formats that shop software speaks, with a user name and a password.
type Wire struct {
	Base     string // scheme and host of the API
	User     string
	Password string
	HTTP     *http.Client
}

// wireLine, wireAddress, wireCart are the parts of a purchase on the wire. Amounts are minor units.
type wireLine struct {
	Type        string `json:"type"`
	Reference   string `json:"reference"`
	Name        string `json:"name"`
	Quantity    int64  `json:"quantity"`
	UnitPrice   int64  `json:"unit_price"`
	TaxRate     int64  `json:"tax_rate"`
	TotalAmount int64  `json:"total_amount"`
	TotalTax    int64  `json:"total_tax_amount"`
}

type wireAddress struct {
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Email      string `json:"email"`
	Street     string `json:"street_address"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
	Country    string `json:"country"`
}

type wireCustomer struct {
	DateOfBirth string `json:"date_of_birth,omitempty"`
}

type wireURLs struct {
	Authorization string `json:"authorization,omitempty"`
}

type wireCart struct {
	Country   string        `json:"purchase_country"`
	Currency  string        `json:"purchase_currency"`
	Locale    string        `json:"locale"`
	Amount    int64         `json:"order_amount"`
	Tax       int64         `json:"order_tax_amount"`
	Lines     []wireLine    `json:"order_lines"`
	Billing   *wireAddress  `json:"billing_address,omitempty"`
	Customer  *wireCustomer `json:"customer,omitempty"`
	Reference string        `json:"merchant_reference1,omitempty"`
	URLs      *wireURLs     `json:"merchant_urls,omitempty"`
}

// wirePageURLs are where the hosted page sends the buyer back to.
type wirePageURLs struct {
	Success string `json:"success"`
	Cancel  string `json:"cancel"`
	Back    string `json:"back"`
	Failure string `json:"failure"`
	Error   string `json:"error"`
}

// wireOrder is the state of an order.
type wireOrder struct {
	Status    string `json:"status"`
	Fraud     string `json:"fraud_status"`
	Amount    int64  `json:"order_amount"`
	Captured  int64  `json:"captured_amount"`
	Refunded  int64  `json:"refunded_amount"`
	Remaining int64  `json:"remaining_authorized_amount"`
}

// cartOf writes a sale as the wire wants it.
func cartOf(s Sale) wireCart {
	c := wireCart{Country: country, Currency: currency, Locale: s.Locale, Amount: s.Amount(), Tax: s.Tax(), Lines: linesOf(s), Reference: s.Number,
		Billing: &wireAddress{GivenName: s.Buyer.GivenName, FamilyName: s.Buyer.FamilyName, Email: s.Buyer.Email,
			Street: s.Buyer.Street, PostalCode: s.Buyer.PostalCode, City: s.Buyer.City, Country: country},
		URLs: &wireURLs{Authorization: s.Returns.Told}}
	if born := s.Buyer.birthDate(); born != "" {
		c.Customer = &wireCustomer{DateOfBirth: born}
	}
	return c
}

func linesOf(s Sale) []wireLine {
	var out []wireLine
	for _, i := range s.Items {
		out = append(out, wireLine{Type: "physical", Reference: i.SKU, Name: i.Name, Quantity: i.Quantity, UnitPrice: i.Price,
			TaxRate: vatRate, TotalAmount: i.Total(), TotalTax: i.Tax()})
	}
	return out
}

// Open makes a session and its hosted page.
func (c Wire) Open(ctx context.Context, s Sale) (string, error) {
	var session struct {
		ID string `json:"session_id"`
	}
	if err := c.call(ctx, http.MethodPost, "/payments/v1/sessions", cartOf(s), &session); err != nil {
		return "", err
	}
	var page struct {
		RedirectURL string `json:"redirect_url"`
	}
	err := c.call(ctx, http.MethodPost, "/hpp/v1/sessions", map[string]any{
		"payment_session_url": c.Base + "/payments/v1/sessions/" + session.ID,
		"merchant_urls":       wirePageURLs{s.Returns.Done, s.Returns.Basket, s.Returns.Basket, s.Returns.Failed, s.Returns.Failed},
		"options":             map[string]string{"place_order_mode": "NONE"},
	}, &page)
	return page.RedirectURL, err
}

// Place orders what the token stands for.
func (c Wire) Place(ctx context.Context, s Sale, token string) (string, error) {
	var out struct {
		ID string `json:"order_id"`
	}
	err := c.call(ctx, http.MethodPost, "/payments/v1/authorizations/"+url.PathEscape(token)+"/order", cartOf(s), &out)
	return out.ID, err
}

// Order reads an order.
func (c Wire) Order(ctx context.Context, id string) (Order, error) {
	var o wireOrder
	err := c.call(ctx, http.MethodGet, orderPath(id, ""), nil, &o)
	return Order{Status: strings.ToLower(o.Status), Pending: o.Fraud == "PENDING", Amount: o.Amount, Captured: o.Captured, Refunded: o.Refunded, Remaining: o.Remaining}, err
}

// Ship captures the whole sale.
func (c Wire) Ship(ctx context.Context, id string, s Sale) error {
	return c.call(ctx, http.MethodPost, orderPath(id, "/captures"), map[string]any{"captured_amount": s.Amount(), "order_lines": linesOf(s)}, nil)
}

// Refund gives money back.
func (c Wire) Refund(ctx context.Context, id string, amount int64) error {
	return c.call(ctx, http.MethodPost, orderPath(id, "/refunds"), map[string]any{"refunded_amount": amount}, nil)
}

// Cancel ends the order.
func (c Wire) Cancel(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPost, orderPath(id, "/cancel"), nil, nil)
}

func orderPath(id, rest string) string {
	return "/ordermanagement/v1/orders/" + url.PathEscape(id) + rest
}

// answerBytesMax bounds what the shop reads of an answer.
const answerBytesMax = 1 << 20

// call sends one request and decodes its answer into out, which may be nil.
func (c Wire) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode %s: %w", path, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(c.User, c.Password)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("shop API not reached: %w", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return fmt.Errorf("read answer of %s: %w", path, err)
	}
	if res.StatusCode >= 300 {
		return refusal(res.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("answer of %s is not the JSON we expect: %w", path, err)
	}
	return nil
}

// refusal reads an error of the wire; something between here and the server may answer in another form.
func refusal(status int, body []byte) error {
	var e struct {
		Code     string   `json:"error_code"`
		Messages []string `json:"error_messages"`
		Number   string   `json:"correlation_id"`
	}
	if json.Unmarshal(body, &e) != nil {
		e.Messages = []string{http.StatusText(status)}
	}
	return &RefusedError{Status: status, Code: e.Code, Number: e.Number, Text: strings.Join(e.Messages, "; ")}
}

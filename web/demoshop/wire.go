package demoshop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Client speaks the shop API of one merchant account.
type Client struct {
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
	Confirmation  string `json:"confirmation,omitempty"`
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

// wireOrder is the state of an order as the back office reads it.
type wireOrder struct {
	Status    string `json:"status"`
	Fraud     string `json:"fraud_status"`
	Amount    int64  `json:"order_amount"`
	Captured  int64  `json:"captured_amount"`
	Refunded  int64  `json:"refunded_amount"`
	Remaining int64  `json:"remaining_authorized_amount"`
}

// RefusedError is an answer of the API that says no.
type RefusedError struct {
	Status        int
	Code          string   `json:"error_code"`
	Messages      []string `json:"error_messages"`
	CorrelationID string   `json:"correlation_id"`
}

// Error prints status, code and messages.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("shop API answered %d %s: %s (correlation id %s)", e.Status, e.Code, strings.Join(e.Messages, "; "), e.CorrelationID)
}

// createSession opens a purchase and returns its id.
func (c *Client) createSession(ctx context.Context, cart wireCart) (string, error) {
	var out struct {
		ID string `json:"session_id"`
	}
	_, err := c.call(ctx, http.MethodPost, "/payments/v1/sessions", cart, &out)
	return out.ID, err
}

// pageURLs are where the hosted page sends the consumer back to.
type pageURLs struct {
	Success string `json:"success"`
	Cancel  string `json:"cancel"`
	Back    string `json:"back"`
	Failure string `json:"failure"`
	Error   string `json:"error"`
}

// createPage opens the hosted page of a session and returns where to send the consumer.
func (c *Client) createPage(ctx context.Context, session string, urls pageURLs) (string, error) {
	in := map[string]any{
		"payment_session_url": c.Base + "/payments/v1/sessions/" + session,
		"merchant_urls":       urls,
		"options":             map[string]string{"place_order_mode": "NONE"},
	}
	var out struct {
		RedirectURL string `json:"redirect_url"`
	}
	_, err := c.call(ctx, http.MethodPost, "/hpp/v1/sessions", in, &out)
	return out.RedirectURL, err
}

// placeOrder turns an authorization token into an order and returns its id and the method's type.
func (c *Client) placeOrder(ctx context.Context, token string, cart wireCart) (id, method string, err error) {
	var out struct {
		ID     string `json:"order_id"`
		Method struct {
			Type string `json:"type"`
		} `json:"authorized_payment_method"`
	}
	_, err = c.call(ctx, http.MethodPost, "/payments/v1/authorizations/"+token+"/order", cart, &out)
	return out.ID, out.Method.Type, err
}

func (c *Client) readOrder(ctx context.Context, id string) (wireOrder, error) {
	var out wireOrder
	_, err := c.call(ctx, http.MethodGet, "/ordermanagement/v1/orders/"+id, nil, &out)
	return out, err
}

// capture says that goods worth amount were sent; the invoice comes from it.
func (c *Client) capture(ctx context.Context, id string, amount int64, lines []wireLine) error {
	_, err := c.call(ctx, http.MethodPost, "/ordermanagement/v1/orders/"+id+"/captures", map[string]any{"captured_amount": amount, "order_lines": lines}, nil)
	return err
}

func (c *Client) refund(ctx context.Context, id string, amount int64) error {
	_, err := c.call(ctx, http.MethodPost, "/ordermanagement/v1/orders/"+id+"/refunds", map[string]any{"refunded_amount": amount}, nil)
	return err
}

func (c *Client) cancel(ctx context.Context, id string) error {
	_, err := c.call(ctx, http.MethodPost, "/ordermanagement/v1/orders/"+id+"/cancel", nil, nil)
	return err
}

// answerBytesMax bounds what the shop reads of an answer.
const answerBytesMax = 1 << 20

// call sends one request and decodes its answer into out, which may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) (http.Header, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", path, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(c.User, c.Password)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("shop API not reached: %w", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax))
	if err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", path, err)
	}
	if res.StatusCode >= 300 {
		refused := &RefusedError{}
		if err := json.Unmarshal(b, refused); err != nil {
			refused.Messages = []string{http.StatusText(res.StatusCode)}
		}
		refused.Status = res.StatusCode
		return nil, refused
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			return nil, fmt.Errorf("answer of %s is not the JSON we expect: %w", path, err)
		}
	}
	return res.Header, nil
}

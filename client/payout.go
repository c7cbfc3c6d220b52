package client

import (
	"context"
	"io"
	"iter"
	"net/url"
	"time"
)

// Payout is money that goes to the shop. DueDay is YYYY-MM-DD; State is due, sent, confirmed, or carried where nothing is sent.
type Payout struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	DueDay   string `json:"due_day"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// PayoutSums is a payout with what it is made of: Amount is the sum of Totals, by event, less OpeningDebt plus ClosingDebt.
type PayoutSums struct {
	Payout
	OpeningDebt  int64            `json:"opening_debt"`
	ClosingDebt  int64            `json:"closing_debt"`
	Totals       map[string]int64 `json:"totals"`
	Transactions int64            `json:"transactions"` // how many
}

// PayoutFilter chooses payouts by their due days, YYYY-MM-DD, and currency; empty fields choose all.
type PayoutFilter struct{ From, Until, Currency string }

func (f PayoutFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"from": f.From, "until": f.Until, "currency": f.Currency} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// Payouts reads one page of payouts, newest first; an empty cursor is the first, limit 0 the server's usual.
func (c *Client) Payouts(ctx context.Context, f PayoutFilter, cursor string, limit int) (*List[Payout], error) {
	return get[List[Payout]](ctx, c, "/payouts", paged(f.query(), cursor, limit))
}

// AllPayouts walks all payouts that a filter chooses, newest first, and ends with the first error.
func (c *Client) AllPayouts(ctx context.Context, f PayoutFilter) iter.Seq2[Payout, error] {
	return all[Payout](ctx, c, "/payouts", f.query())
}

func payoutPath(id string) string { return "/payouts/" + url.PathEscape(id) }

// Payout reads a payout with its sums.
func (c *Client) Payout(ctx context.Context, id string) (*PayoutSums, error) {
	return get[PayoutSums](ctx, c, payoutPath(id), nil)
}

// Transaction is one line of a payout, there already or to come. Amount is signed; PayoutID is empty until it is in one.
type Transaction struct {
	ID               string    `json:"id"`
	Event            string    `json:"event"`
	Amount           int64     `json:"amount"`
	Currency         string    `json:"currency"`
	PayoutID         string    `json:"payout_id"`
	OrderID          string    `json:"order_id"`
	OrderNumber      string    `json:"order_number"`
	CaptureID        string    `json:"capture_id"`
	RefundID         string    `json:"refund_id"`
	DisputeID        string    `json:"dispute_id"`
	DisputeReason    string    `json:"dispute_reason"`
	Reference        string    `json:"reference"`
	Reference2       string    `json:"reference2"`
	CaptureReference string    `json:"capture_reference"`
	RefundReference  string    `json:"refund_reference"`
	OrderedAt        time.Time `json:"ordered_at"`
	CapturedAt       time.Time `json:"captured_at"` // zero where nothing was captured
	Method           string    `json:"method"`
	Country          string    `json:"country"`
	ShippingCountry  string    `json:"shipping_country"`
	TaxRate          int64     `json:"tax_rate"`
	TaxAmount        int64     `json:"tax_amount"`
}

// PayoutTransactions walks what a payout is made of, oldest first, and ends with the first error.
func (c *Client) PayoutTransactions(ctx context.Context, id string) iter.Seq2[Transaction, error] {
	return all[Transaction](ctx, c, payoutPath(id)+"/transactions", nil)
}

// Transactions walks what the shop was or will be paid for, oldest first, and ends with the first error. An order chooses its own.
func (c *Client) Transactions(ctx context.Context, order string) iter.Seq2[Transaction, error] {
	q := url.Values{}
	if order != "" {
		q.Set("order_id", order)
	}
	return all[Transaction](ctx, c, "/transactions", q)
}

// PayoutCSV writes a payout with all transactions, one a line, to w.
func (c *Client) PayoutCSV(ctx context.Context, id string, w io.Writer) error {
	return c.download(ctx, request{path: payoutPath(id) + "/report.csv"}, w)
}

// PayoutPDF writes the paper of a payout to w; lang is de or en.
func (c *Client) PayoutPDF(ctx context.Context, id, lang string, w io.Writer) error {
	return c.download(ctx, request{path: payoutPath(id) + "/report.pdf", language: lang}, w)
}

// PayoutsCSV writes all payouts from a day until a day with their transactions to w.
func (c *Client) PayoutsCSV(ctx context.Context, from, until string, w io.Writer) error {
	return c.download(ctx, request{path: "/reports/payouts.csv?" + PayoutFilter{From: from, Until: until}.query().Encode()}, w)
}

// PayoutsPDF writes the paper over all payouts from a day until a day to w; lang is de or en.
func (c *Client) PayoutsPDF(ctx context.Context, from, until, lang string, w io.Writer) error {
	return c.download(ctx, request{path: "/reports/payouts.pdf?" + PayoutFilter{From: from, Until: until}.query().Encode(), language: lang}, w)
}

package api

import (
	"regexp"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

// payoutLine is money that goes to the shop. state is due, sent, confirmed or carried: then nothing is sent, because the cycle
// ended with a debt or with nothing.
type payoutLine struct {
	ID       string  `json:"id"`
	State    string  `json:"state"`
	DueDay   cal.Day `json:"due_day"`
	Amount   int64   `json:"amount"`
	Currency string  `json:"currency"`
}

// payoutAnswer is a payout with what it is made of: amount = sum of totals - opening_debt + closing_debt.
type payoutAnswer struct {
	payoutLine
	Opening int64            `json:"opening_debt"`
	Closing int64            `json:"closing_debt"`
	Totals  map[string]int64 `json:"totals"` // signed, by event
	Items   int64            `json:"transactions"`
}

func encodePayout(p *pay.Payout) payoutLine {
	return payoutLine{pay.Bare(p.ID), p.State, p.DueDay, p.Amount, string(p.Currency)}
}

// The days that stand for an open span.
var (
	firstDay = cal.Date(1970, 1, 2)
	lastDay  = cal.Date(9998, 12, 31)
)

// span reads the days and the currency of payouts.
func (q *query) span() (from, until cal.Day, currency money.Currency) {
	from, until = q.day("from", firstDay), q.day("until", lastDay)
	if from > until {
		q.fail("until", "lies before from")
	}
	if code := q.text("currency", 3); code != "" {
		if currency = money.Currency(code); !currencyForm.MatchString(code) {
			q.fail("currency", "must be three letters such as EUR")
		}
	}
	return from, until, currency
}

func (h handlers) listPayouts(a *ask) (any, error) {
	q := a.query()
	want := app.PayoutList{Limit: q.limit() + 1}
	want.From, want.Until, want.Currency = q.span()
	if word, ok := q.cursor(); ok {
		at, id, ok := readPlace(word, pay.PrefixPayout)
		if !ok || at < int64(firstDay) || at > int64(lastDay) {
			q.badCursor()
		}
		want.Behind.Day, want.Behind.ID = cal.Day(at), pay.PayoutID(id)
	}
	if q.err != nil {
		return nil, q.err
	}
	all, err := h.app.MerchantPayouts(a.r.Context(), a.who, want)
	if err != nil {
		return nil, err
	}
	return pageOf(all, want.Limit-1, encodePayout, func(p *pay.Payout) string { return place(int64(p.DueDay), pay.Bare(p.ID)) }), nil
}

// payout is the payout that the path names.
func (h handlers) payout(a *ask) (*app.Settlement, error) {
	id, err := pathID[pay.PayoutID](a, "id", pay.PrefixPayout, pay.Errorf(pay.Missing, "no_such_payout", "", "There is no such payout"))
	if err != nil {
		return nil, err
	}
	return h.app.Settlement(a.r.Context(), a.who, id)
}

func (h handlers) readPayout(a *ask) (any, error) {
	s, err := h.payout(a)
	if err != nil {
		return nil, err
	}
	return &payoutAnswer{encodePayout(&s.Payout), s.Payout.Opening, s.Payout.Closing, s.Sums, s.Items}, nil
}

// transactionAnswer is one line of a payout, there already or to come. Amounts are signed.
type transactionAnswer struct {
	ID               string `json:"id"`
	Event            string `json:"event"`
	Amount           int64  `json:"amount"`
	Currency         string `json:"currency"`
	PayoutID         string `json:"payout_id,omitempty"` // empty until it is in one
	OrderID          string `json:"order_id"`
	OrderNumber      string `json:"order_number"`
	CaptureID        string `json:"capture_id,omitempty"`
	RefundID         string `json:"refund_id,omitempty"`
	DisputeID        string `json:"dispute_id,omitempty"`
	DisputeReason    string `json:"dispute_reason,omitempty"`
	Reference        string `json:"reference,omitempty"`
	Reference2       string `json:"reference2,omitempty"`
	CaptureReference string `json:"capture_reference,omitempty"`
	RefundReference  string `json:"refund_reference,omitempty"`
	OrderedAt        string `json:"ordered_at"`
	CapturedAt       string `json:"captured_at,omitempty"`
	Method           string `json:"method"`
	Country          string `json:"country,omitempty"`
	ShippingCountry  string `json:"shipping_country,omitempty"`
	TaxRate          int64  `json:"tax_rate,omitempty"`   // of a fee
	TaxAmount        int64  `json:"tax_amount,omitempty"` // of a fee; it is a line of its own
}

func encodeTransaction(t *app.Transaction) transactionAnswer {
	out := transactionAnswer{ID: t.Item.ID, Event: t.Item.Event, Amount: t.Item.Amount, Currency: string(t.Item.Currency), PayoutID: pay.Bare(t.Item.PayoutID),
		OrderID: pay.Bare(t.Order.ID), OrderNumber: pay.ShortReference(t.Order.ID), CaptureID: pay.Bare(t.Capture.ID), RefundID: pay.Bare(t.RefundID),
		DisputeReason: t.Reason, Reference: t.Reference1, Reference2: t.Reference2, CaptureReference: t.CaptureRef, RefundReference: t.RefundRef,
		OrderedAt: instant(t.Order.CreatedAt), Method: t.Order.Method, Country: t.Country, ShippingCountry: t.Shipping, TaxRate: t.Item.TaxRate, TaxAmount: t.Item.Tax}
	if t.Capture.ID != "" {
		out.CapturedAt = instant(t.Capture.At)
	}
	if t.Reason != "" {
		out.DisputeID = pay.Bare(t.Item.Ref)
	}
	return out
}

func (h handlers) payoutTransactions(a *ask) (any, error) {
	s, err := h.payout(a)
	if err != nil {
		return nil, err
	}
	return h.transactions(a, a.query(), app.TransactionQuery{Payout: s.Payout.ID})
}

// listTransactions lists what the shop was or will be paid for, the oldest first.
func (h handlers) listTransactions(a *ask) (any, error) {
	q := a.query()
	return h.transactions(a, q, app.TransactionQuery{Order: queryID[pay.OrderID](q, "order_id", pay.PrefixOrder)})
}

// itemForm is the form of a transaction's id.
var itemForm = regexp.MustCompile(`^[a-z0-9_-]{1,80}$`)

func (h handlers) transactions(a *ask, q *query, want app.TransactionQuery) (any, error) {
	want.Limit = q.limit() + 1
	if word, ok := q.cursor(); ok {
		if want.After = word; !itemForm.MatchString(word) {
			q.badCursor()
		}
	}
	if q.err != nil {
		return nil, q.err
	}
	all, _, err := h.app.Transactions(a.r.Context(), a.who, want)
	if err != nil {
		return nil, err
	}
	list := make([]*app.Transaction, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	return pageOf(list, want.Limit-1, encodeTransaction, func(t *app.Transaction) string { return t.Item.ID }), nil
}

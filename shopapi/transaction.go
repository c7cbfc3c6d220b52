package shopapi

import (
	"encoding/csv"
	"net/http"
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// transaction is one line of a payout. Amounts are signed: all lines of a payout add up to its settlement amount, before the
// debts that it began and ends with.
type transaction struct {
	Amount       int64  `json:"amount"`
	CaptureID    string `json:"capture_id,omitempty"`
	Reference1   string `json:"merchant_reference1,omitempty"`
	SaleDate     string `json:"sale_date"`
	Type         string `json:"type"`
	CaptureDate  string `json:"capture_date"`
	PayoutRef    string `json:"payment_reference,omitempty"`
	OrderID      string `json:"order_id"`
	Payout       string `json:"payout,omitempty"`
	RefundID     string `json:"refund_id,omitempty"`
	ShortOrderID string `json:"short_order_id"`
	Reference2   string `json:"merchant_reference2,omitempty"`
	Currency     string `json:"currency_code"`
	Country      string `json:"purchase_country"`
	VATRate      int64  `json:"vat_rate,omitempty"`
	VATAmount    int64  `json:"vat_amount,omitempty"`
	Shipping     string `json:"shipping_country,omitempty"`
	Method       string `json:"initial_payment_method_type,omitempty"`
	CaptureRef   string `json:"merchant_capture_reference,omitempty"`
	RefundRef    string `json:"merchant_refund_reference,omitempty"`
	DetailedType string `json:"detailed_type,omitempty"`
	Reversal     string `json:"reversal_reference,omitempty"`
}

// transactionTypes names the events of items on this wire.
var transactionTypes = map[string][2]string{
	pay.EventCapture:         {"SALE", "PURCHASE"},
	pay.EventRefund:          {"RETURN", "PURCHASE_RETURN"},
	pay.EventFee:             {"FEE", "PERCENTAGE_FEES"},
	pay.EventFeeTax:          {"TAX", "PERCENTAGE_FEES"},
	pay.EventDisputeOpened:   {"HOLDBACK", "UNDER_REVIEW"},
	pay.EventDisputeReleased: {"RELEASE", "UNDER_REVIEW"},
	pay.EventDisputeLost:     {"REVERSAL", "REVERSAL"},
	pay.EventDisputeFee:      {"FEE", "DISPUTE_FEE"},
	pay.EventDisputeFeeTax:   {"TAX", "DISPUTE_FEE"},
	pay.EventReserve:         {"HOLDBACK", "ROLLING_RESERVE"},
	pay.EventReserveRelease:  {"RELEASE", "ROLLING_RESERVE"},
	pay.EventExtension:       {"CHARGE", "EXTEND_DUE_DATE_FEE"},
}

func (a *API) transactionOf(t *app.Transaction) transaction {
	names, known := transactionTypes[t.Item.Event]
	switch {
	case known:
	case t.Item.Amount < 0:
		names = [2]string{"CHARGE", "CORRECTION"}
	default:
		names = [2]string{"CREDIT", "CORRECTION"}
	}
	out := transaction{Amount: t.Item.Amount, Reference1: t.Reference1, Reference2: t.Reference2, SaleDate: stamp(t.Order.CreatedAt), CaptureDate: stamp(t.Capture.At),
		Type: names[0], DetailedType: names[1], OrderID: pay.Bare(t.Order.ID), ShortOrderID: pay.ShortReference(t.Order.ID), Currency: string(t.Item.Currency),
		Country: t.Country, Shipping: t.Shipping, VATRate: t.Item.TaxRate, VATAmount: t.Item.Tax, Method: "INVOICE", CaptureRef: t.CaptureRef, RefundRef: t.RefundRef,
		RefundID: pay.Bare(t.RefundID), CaptureID: pay.Bare(t.Capture.ID)}
	if t.Country == "" {
		out.Country = "DE" // of an erased person only the market is left
	}
	if !pay.IsCredit(t.Order.Method) {
		out.Method = "BANK_TRANSFER"
	}
	if t.Capture.ID == "" {
		out.CaptureDate = out.SaleDate
	}
	if t.Reason != "" {
		out.Reversal = pay.Bare(t.Item.Ref)
	}
	if t.Item.PayoutID != "" {
		out.PayoutRef = pay.Bare(t.Item.PayoutID)
		out.Payout = a.base + settlementsPath + "/payouts/" + out.PayoutRef
	}
	return out
}

func (a *API) listTransactions(c *call) error {
	q, err := readQuery(c)
	if err != nil {
		return err
	}
	want := app.TransactionQuery{}
	size, offset := q.integer("size", 1, settlementSizeMax, settlementSize), q.integer("offset", 0, offsetMax, 0)
	want.Limit, want.Offset = int(size), int(offset)
	var ok bool
	if text := q.text("payment_reference", 64); text != "" {
		if want.Payout, ok = pay.ParseID[pay.PayoutID](pay.PrefixPayout, text); !ok {
			q.bad.add("payment_reference", "is none of ours")
		}
	}
	if text := q.text("order_id", 64); text != "" {
		if want.Order, ok = pay.ParseID[pay.OrderID](pay.PrefixOrder, text); !ok {
			q.bad.add("order_id", "is none of ours")
		}
	}
	if err := q.bad.err(); err != nil {
		return err
	}
	list, total, err := a.app.Transactions(c.r.Context(), c.who, want)
	if err != nil {
		return err
	}
	body := struct {
		Transactions []transaction `json:"transactions"`
		Pagination   pagination    `json:"pagination"`
	}{Transactions: []transaction{}, Pagination: a.pageOf(c, q, len(list), size, offset, total)}
	for i := range list {
		body.Transactions = append(body.Transactions, a.transactionOf(&list[i]))
	}
	c.answer(http.StatusOK, body)
	return nil
}

// payoutCSV and summaryCSV hold every transaction, one a line, each payout's lines followed by its debts and its sum.
func (a *API) payoutCSV(c *call) error {
	ref, err := a.reference(c)
	if err != nil {
		return err
	}
	s, err := a.app.Settlement(c.r.Context(), c.who, ref)
	if err != nil {
		return err
	}
	return a.writeCSV(c, "payout-"+pay.Bare(ref)+".csv", []app.Settlement{*s})
}

func (a *API) summaryCSV(c *call) error {
	_, list, err := a.spanned(c)
	if err != nil {
		return err
	}
	return a.writeCSV(c, "payouts.csv", list)
}

// csvHead are the columns of a CSV report. Amounts are whole minor units, as everywhere on this wire.
var csvHead = []string{"type", "detailed_type", "amount", "currency_code", "payment_reference", "payout_date", "order_id", "short_order_id", "capture_id", "refund_id",
	"merchant_reference1", "merchant_reference2", "merchant_capture_reference", "merchant_refund_reference", "sale_date", "capture_date", "purchase_country", "shipping_country",
	"vat_rate", "vat_amount", "initial_payment_method_type", "reversal_reference"}

func (t *transaction) record(day cal.Day) []string {
	return []string{t.Type, t.DetailedType, strconv.FormatInt(t.Amount, 10), t.Currency, t.PayoutRef, day.String(), t.OrderID, t.ShortOrderID, t.CaptureID, t.RefundID,
		pay.SheetText(t.Reference1), pay.SheetText(t.Reference2), pay.SheetText(t.CaptureRef), pay.SheetText(t.RefundRef), t.SaleDate, t.CaptureDate, t.Country, t.Shipping,
		strconv.FormatInt(t.VATRate, 10), strconv.FormatInt(t.VATAmount, 10), t.Method, t.Reversal}
}

// writeCSV streams a report. The first page is read before the head is sent, so that a failure there still has its own answer.
func (a *API) writeCSV(c *call, name string, all []app.Settlement) error {
	var out *csv.Writer
	begin := func() {
		if out == nil {
			h := c.w.Header()
			h.Set("Content-Type", "text/csv")
			h.Set("Content-Disposition", disposition(name))
			c.w.WriteHeader(http.StatusOK)
			out = csv.NewWriter(c.w)
			_ = out.Write(csvHead)
		}
	}
	for i := range all {
		p := &all[i].Payout
		for item, err := range a.app.EachTransaction(c.r.Context(), c.who, p.ID) {
			if err != nil {
				return a.broken(c, out, err)
			}
			begin()
			t := a.transactionOf(item)
			_ = out.Write(t.record(p.DueDay))
		}
		begin()
		for _, line := range []struct {
			name   string
			amount int64
		}{{"OPENING_DEBT_BALANCE", -p.Opening}, {"CLOSING_DEBT_BALANCE", p.Closing}, {"SETTLEMENT", p.Amount}} {
			row := make([]string, len(csvHead))
			row[0], row[2], row[3], row[4], row[5] = line.name, strconv.FormatInt(line.amount, 10), string(p.Currency), pay.Bare(p.ID), p.DueDay.String()
			_ = out.Write(row)
		}
	}
	begin()
	out.Flush()
	return nil // a client that went away is not our error
}

// broken answers an error, or tears the connection where a part was sent: a client must not take half a report for a whole one.
func (a *API) broken(c *call, out *csv.Writer, err error) error {
	if out == nil {
		return err
	}
	a.log.ErrorContext(c.r.Context(), "report broken off", "error", err, "correlation_id", c.correlation)
	panic(http.ErrAbortHandler)
}

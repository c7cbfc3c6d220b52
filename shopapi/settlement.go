package shopapi

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
)

const settlementsPath = "/settlements/v1"

// settlementOperations are what a shop was paid and why.
var settlementOperations = []route{
	operation("GET", "/settlements/v1/payouts/summary", errNoPayout, (*API).summarisePayouts),
	operation("GET", "/settlements/v1/payouts/{reference}", errNoPayout, (*API).readPayout),
	operation("GET", "/settlements/v1/payouts", errNoPayout, (*API).listPayouts),
	operation("GET", "/settlements/v1/transactions", errNoPayout, (*API).listTransactions),
	operation("GET", "/settlements/v1/reports/payout-with-transactions", errNoPayout, (*API).payoutCSV),
	operation("GET", "/settlements/v1/reports/payout", errNoPayout, (*API).payoutReport),
	operation("GET", "/settlements/v1/reports/payouts-summary-with-transactions", errNoPayout, (*API).summaryCSV),
	operation("GET", "/settlements/v1/reports/payouts-summary", errNoPayout, (*API).summaryReport),
}

// Bounds of pages, and the days that stand for an open span.
const (
	settlementSize    = 20
	settlementSizeMax = 500
	offsetMax         = 10_000_000
)

var (
	spanBegin = cal.Date(1970, 1, 2)
	spanEnd   = cal.Date(9998, 12, 31)
)

var errNoPayout = newError(http.StatusNotFound, "NOT_FOUND", "No such payout")

// payoutRead is one payout.
type payoutRead struct {
	Totals         totals `json:"totals"`
	Reference      string `json:"payment_reference"`
	Date           string `json:"payout_date"`
	Currency       string `json:"currency_code"`
	SettlementType string `json:"merchant_settlement_type"`
	MerchantID     string `json:"merchant_id"`
	Transactions   string `json:"transactions"`
}

// totals are the sums of a payout. What lowers it is printed as a positive amount, so that
// settlement = sale + release + credit + the refunds of fee and tax - return - reversal - fee - tax - commission - holdback -
// charge - repay - opening debt + closing debt.
type totals struct {
	Commission    int64 `json:"commission_amount"`
	Repay         int64 `json:"repay_amount"`
	Sale          int64 `json:"sale_amount"`
	Holdback      int64 `json:"holdback_amount"`
	Tax           int64 `json:"tax_amount"`
	Settlement    int64 `json:"settlement_amount"`
	FeeCorrection int64 `json:"fee_correction_amount"`
	Reversal      int64 `json:"reversal_amount"`
	Release       int64 `json:"release_amount"`
	Return        int64 `json:"return_amount"`
	Fee           int64 `json:"fee_amount"`
	Charge        int64 `json:"charge_amount"`
	Credit        int64 `json:"credit_amount"`
	FeeRefund     int64 `json:"fee_refund_amount"`
	TaxRefund     int64 `json:"tax_refund_amount"`
	Deposit       int64 `json:"deposit_amount"`
	OpeningDebt   int64 `json:"opening_debt_balance_amount"`
	ClosingDebt   int64 `json:"closing_debt_balance_amount"`
}

func totalsOf(s *app.Settlement) totals {
	sum := s.Sums
	other := sum[pay.EventOther]
	return totals{
		Credit: max(other, 0), Charge: max(-other, 0),
		Sale: sum[pay.EventCapture], Return: -sum[pay.EventRefund], Reversal: -sum[pay.EventDisputeLost],
		Fee: -sum[pay.EventFee] - sum[pay.EventDisputeFee], Tax: -sum[pay.EventFeeTax] - sum[pay.EventDisputeFeeTax],
		Holdback: -sum[pay.EventDisputeOpened] - sum[pay.EventReserve], Release: sum[pay.EventDisputeReleased] + sum[pay.EventReserveRelease],
		Settlement: s.Payout.Amount, OpeningDebt: s.Payout.Opening, ClosingDebt: s.Payout.Closing,
	}
}

func (a *API) payoutOf(s *app.Settlement) payoutRead {
	ref := pay.Bare(s.Payout.ID)
	return payoutRead{Totals: totalsOf(s), Reference: ref, Date: dayStamp(s.Payout.DueDay), Currency: string(s.Payout.Currency), SettlementType: "NET",
		MerchantID: pay.Bare(s.Payout.MerchantID), Transactions: a.base + settlementsPath + "/transactions?payment_reference=" + ref}
}

// dayStamp prints a day, and stamp an instant, as this part of the wire wants them: without milliseconds.
func dayStamp(d cal.Day) string { return d.Time().Format("2006-01-02T15:04:05Z") }

func stamp(at pay.Micros) string { return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05Z") }

// pagination says where in a list its page lies.
type pagination struct {
	Count  int64  `json:"count"`
	Total  *int64 `json:"total,omitempty"` // nil: more than are counted
	Next   string `json:"next,omitempty"`
	Prev   string `json:"prev,omitempty"`
	Offset int64  `json:"offset"`
}

// counted leaves out a number that is only known to be higher than what is counted.
func counted(total int64) *int64 {
	if total > app.CountedMax {
		return nil
	}
	return &total
}

// pageOf names the neighbours of a page by absolute addresses that keep all other parameters.
func (a *API) pageOf(c *call, q query, count int, size, offset, total int64) pagination {
	p := pagination{Count: int64(count), Total: counted(total), Offset: offset}
	at := func(offset int64) string {
		v := url.Values{}
		for name, all := range q.values {
			v[name] = all
		}
		v.Set("size", strconv.FormatInt(size, 10))
		v.Set("offset", strconv.FormatInt(offset, 10))
		return a.base + c.path + "?" + v.Encode()
	}
	if offset+int64(count) < total && count > 0 {
		p.Next = at(offset + int64(count))
	}
	if offset > 0 {
		p.Prev = at(max(0, offset-size))
	}
	return p
}

// span reads start_date, end_date and currency_code.
func span(q query) app.SettlementQuery {
	s := app.SettlementQuery{From: q.day("start_date", spanBegin), Until: q.day("end_date", spanEnd), Currency: currencyCode(q)}
	if s.From > s.Until {
		q.bad.add("end_date", "lies before start_date")
	}
	return s
}

func currencyCode(q query) money.Currency {
	code := strings.ToUpper(q.text("currency_code", 3))
	if code != "" && (len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		q.bad.add("currency_code", "must be three letters (ISO 4217)")
	}
	return money.Currency(code)
}

func (a *API) listPayouts(c *call) error {
	q, err := readQuery(c)
	if err != nil {
		return err
	}
	s := span(q)
	size, offset := q.integer("size", 1, settlementSizeMax, settlementSize), q.integer("offset", 0, offsetMax, 0)
	if err := q.bad.err(); err != nil {
		return err
	}
	s.Limit, s.Offset = int(size), int(offset)
	list, total, err := a.app.Settlements(c.r.Context(), c.who, s)
	if err != nil {
		return err
	}
	body := struct {
		Payouts    []payoutRead `json:"payouts"`
		Pagination pagination   `json:"pagination"`
	}{Payouts: []payoutRead{}, Pagination: a.pageOf(c, q, len(list), size, offset, total)}
	for i := range list {
		body.Payouts = append(body.Payouts, a.payoutOf(&list[i]))
	}
	c.answer(http.StatusOK, body)
	return nil
}

func (a *API) readPayout(c *call) error {
	ref, err := id[pay.PayoutID](c, "reference", pay.PrefixPayout)
	if err != nil {
		return err
	}
	s, err := a.app.Settlement(c.r.Context(), c.who, ref)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, a.payoutOf(s))
	return nil
}

// payoutSummary sums up the payouts of a span in one currency.
type payoutSummary struct {
	FeeCorrection int64  `json:"summary_total_fee_correction_amount"`
	Start         string `json:"summary_payout_date_start"`
	Release       int64  `json:"summary_total_release_amount"`
	Currency      string `json:"summary_settlement_currency"`
	End           string `json:"summary_payout_date_end"`
	Tax           int64  `json:"summary_total_tax_amount"`
	Settlement    int64  `json:"summary_total_settlement_amount"`
	Holdback      int64  `json:"summary_total_holdback_amount"`
	Reversal      int64  `json:"summary_total_reversal_amount"`
	Return        int64  `json:"summary_total_return_amount"`
	Fee           int64  `json:"summary_total_fee_amount"`
	Commission    int64  `json:"summary_total_commission_amount"`
	Sale          int64  `json:"summary_total_sale_amount"`
	Repay         int64  `json:"summary_total_repay_amount"`
}

func (s *payoutSummary) add(t totals) {
	s.FeeCorrection += t.FeeCorrection
	s.Release += t.Release
	s.Tax += t.Tax
	s.Settlement += t.Settlement
	s.Holdback += t.Holdback
	s.Reversal += t.Reversal
	s.Return += t.Return
	s.Fee += t.Fee
	s.Commission += t.Commission
	s.Sale += t.Sale
	s.Repay += t.Repay
}

func (a *API) summarisePayouts(c *call) error {
	s, list, err := a.spanned(c)
	if err != nil {
		return err
	}
	sums := []payoutSummary{}
	at := map[money.Currency]int{}
	for i := range list {
		cur := list[i].Payout.Currency
		n, known := at[cur]
		if !known {
			n = len(sums)
			at[cur] = n
			sums = append(sums, payoutSummary{Start: dayStamp(s.From), End: dayStamp(s.Until), Currency: string(cur)})
		}
		sums[n].add(totalsOf(&list[i]))
	}
	c.answer(http.StatusOK, sums)
	return nil
}

// spanned returns all payouts of a span that the caller has to name.
func (a *API) spanned(c *call) (app.SettlementQuery, []app.Settlement, error) {
	q, err := readQuery(c)
	if err != nil {
		return app.SettlementQuery{}, nil, err
	}
	q.require("start_date", "end_date")
	s := span(q)
	if err := q.bad.err(); err != nil {
		return s, nil, err
	}
	s.Limit = app.PayoutsMax
	list, total, err := a.app.Settlements(c.r.Context(), c.who, s)
	if err == nil && total > app.PayoutsMax {
		q.bad.add("end_date", "gives %d payouts, more than the %d of one answer: choose a shorter span", total, app.PayoutsMax)
		err = q.bad.err()
	}
	return s, list, err
}

// payoutReport is the PDF of one payout; summaryReport that of a span. Both are drawn by the worker, once.
func (a *API) payoutReport(c *call) error {
	ref, err := a.reference(c)
	if err != nil {
		return err
	}
	body, err := a.app.PayoutReport(c.r.Context(), c.who, ref, reportLang(c))
	if err != nil {
		return err
	}
	c.file("application/pdf", "payout-"+pay.Bare(ref)+".pdf", body)
	return nil
}

func (a *API) summaryReport(c *call) error {
	s, _, err := a.spanned(c)
	if err != nil {
		return err
	}
	body, err := a.app.SummaryReport(c.r.Context(), c.who, s.From, s.Until, reportLang(c))
	if err != nil {
		return err
	}
	c.file("application/pdf", "payouts.pdf", body)
	return nil
}

// reportLang is German unless the caller asks for English first.
func reportLang(c *call) string {
	if strings.HasPrefix(strings.ToLower(c.r.Header.Get("Accept-Language")), "en") {
		return "en"
	}
	return "de"
}

// reference reads the payment_reference that a report is about.
func (a *API) reference(c *call) (pay.PayoutID, error) {
	q, err := readQuery(c)
	if err != nil {
		return "", err
	}
	q.require("payment_reference")
	text := q.text("payment_reference", 64)
	if err := q.bad.err(); err != nil {
		return "", err
	}
	ref, ok := pay.ParseID[pay.PayoutID](pay.PrefixPayout, text)
	if !ok {
		return "", errNoPayout
	}
	return ref, nil
}

// file sends bytes to be kept.
func (c *call) file(media, name string, body []byte) {
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", disposition(name))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(http.StatusOK)
	_, _ = bytes.NewReader(body).WriteTo(c.w) // a client that went away is not our error
}

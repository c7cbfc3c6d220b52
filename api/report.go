package api

import (
	"encoding/csv"
	"io"
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// payoutPDF is the paper of one payout, payoutsPDF that of a span of days. Both are drawn once, outside of requests.
func (h handlers) payoutPDF(a *ask) (any, error) {
	s, err := h.payout(a)
	if err != nil {
		return nil, err
	}
	body, err := h.app.PayoutReport(a.r.Context(), a.who, s.Payout.ID, languageOf(a.r))
	if err != nil {
		return nil, err
	}
	return bytesOf("application/pdf", "payout-"+pay.Bare(s.Payout.ID)+".pdf", body), nil
}

func (h handlers) payoutsPDF(a *ask) (any, error) {
	from, until, err := a.reportSpan()
	if err != nil {
		return nil, err
	}
	body, err := h.app.SummaryReport(a.r.Context(), a.who, from, until, languageOf(a.r))
	if err != nil {
		return nil, err
	}
	return bytesOf("application/pdf", "payouts-"+from.String()+"-"+until.String()+".pdf", body), nil
}

// payoutCSV and payoutsCSV hold every transaction, one a line, each payout's lines followed by its debts and its sum.
func (h handlers) payoutCSV(a *ask) (any, error) {
	s, err := h.payout(a)
	if err != nil {
		return nil, err
	}
	return h.csvOf(a, "payout-"+pay.Bare(s.Payout.ID)+".csv", []app.Settlement{*s}), nil
}

func (h handlers) payoutsCSV(a *ask) (any, error) {
	from, until, err := a.reportSpan()
	if err != nil {
		return nil, err
	}
	all, total, err := h.app.Settlements(a.r.Context(), a.who, app.SettlementQuery{From: from, Until: until, Limit: app.PayoutsMax})
	if err != nil {
		return nil, err
	}
	if total > app.PayoutsMax {
		return nil, pay.Errorf(pay.Invalid, "too_many_payouts", "until", "Choose a shorter span: %d payouts are more than %d", total, app.PayoutsMax)
	}
	return h.csvOf(a, "payouts-"+from.String()+"-"+until.String()+".csv", all), nil
}

// reportSpan reads the days of a report, which must be named.
func (a *ask) reportSpan() (from, until cal.Day, err error) {
	q := a.query()
	for _, name := range []string{"from", "until"} {
		if !q.values.Has(name) {
			q.fail(name, "is required")
		}
	}
	from, until, _ = q.span()
	return from, until, q.err
}

// csvHead are the columns of a report. Amounts are whole minor units.
var csvHead = []string{"event", "amount", "currency", "payout_id", "due_day", "order_id", "order_number", "capture_id", "refund_id", "dispute_id", "reference", "reference2",
	"capture_reference", "refund_reference", "ordered_at", "captured_at", "method", "country", "shipping_country", "tax_rate", "tax_amount"}

func (h handlers) csvOf(a *ask, name string, all []app.Settlement) download {
	return download{"text/csv; charset=utf-8", name, func(w io.Writer) error {
		out := csv.NewWriter(w)
		out.Write(csvHead) // a writer keeps its first error until Flush
		for i := range all {
			p := &all[i].Payout
			for t, err := range h.app.EachTransaction(a.r.Context(), a.who, p.ID) {
				if err != nil {
					return err
				}
				out.Write(csvRecord(t, p.DueDay))
			}
			for _, sum := range []struct {
				name   string
				amount int64
			}{{"opening_debt", -p.Opening}, {"closing_debt", p.Closing}, {"payout", p.Amount}} {
				row := make([]string, len(csvHead))
				row[0], row[1], row[2], row[3], row[4] = sum.name, strconv.FormatInt(sum.amount, 10), string(p.Currency), pay.Bare(p.ID), p.DueDay.String()
				out.Write(row)
			}
		}
		out.Flush()
		return out.Error()
	}}
}

func csvRecord(v *app.Transaction, day cal.Day) []string {
	t := encodeTransaction(v)
	return []string{t.Event, strconv.FormatInt(t.Amount, 10), t.Currency, t.PayoutID, day.String(), t.OrderID, t.OrderNumber, t.CaptureID, t.RefundID, t.DisputeID,
		pay.SheetText(t.Reference), pay.SheetText(t.Reference2), pay.SheetText(t.CaptureReference), pay.SheetText(t.RefundReference), t.OrderedAt, t.CapturedAt, t.Method, t.Country,
		t.ShippingCountry, strconv.FormatInt(t.TaxRate, 10), strconv.FormatInt(t.TaxAmount, 10)}
}

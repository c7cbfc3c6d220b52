package app

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"zahlziel/cal"
	"zahlziel/document"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// Kinds of settlement report.
const (
	ReportPayout  = "payout"          // one payout
	ReportSummary = "payouts_summary" // all of a span of days
)

// reportOrder says what a report is about; it is the body of a JobReport.
type reportOrder struct {
	ID       pay.ReportID   `json:"id"`
	Merchant pay.MerchantID `json:"merchant"`
	Kind     string         `json:"kind"`
	Payout   pay.PayoutID   `json:"payout,omitempty"`
	From     cal.Day        `json:"from"`
	Until    cal.Day        `json:"until"`
	Lang     string         `json:"lang"`
}

// PayoutReport returns the PDF of one of the actor's payouts.
func (a *App) PayoutReport(ctx context.Context, who Actor, id pay.PayoutID, lang string) ([]byte, error) {
	s, err := a.Settlement(ctx, who, id)
	if err != nil {
		return nil, err
	}
	o := reportOrder{Merchant: s.Payout.MerchantID, Kind: ReportPayout, Payout: id, From: s.Payout.DueDay, Until: s.Payout.DueDay, Lang: lang}
	return a.report(ctx, o, []Settlement{*s})
}

// SummaryReport returns the PDF over the actor's payouts of a span of days.
func (a *App) SummaryReport(ctx context.Context, who Actor, from, until cal.Day, lang string) ([]byte, error) {
	all, total, err := a.Settlements(ctx, who, SettlementQuery{From: from, Until: until, Limit: PayoutsMax})
	if err != nil {
		return nil, err
	}
	if total > PayoutsMax {
		return nil, pay.Errorf(pay.Invalid, "too_many_payouts", "end_date", "Choose a shorter span: %d payouts are more than %d", total, PayoutsMax)
	}
	return a.report(ctx, reportOrder{Merchant: who.Merchant, Kind: ReportSummary, From: from, Until: until, Lang: lang}, all)
}

// How long a caller waits for a report to be drawn, and how often it looks.
const (
	reportWait = 10 * time.Second
	reportLook = 40 * time.Millisecond
)

// report returns a report that was drawn before, or has it drawn by the worker: drawing never happens in a request.
// The id is the digest of all figures, so a report is drawn again only once they have changed.
func (a *App) report(ctx context.Context, o reportOrder, all []Settlement) ([]byte, error) {
	sum := sha256.New()
	fmt.Fprint(sum, o.Merchant, o.Kind, o.From, o.Until, o.Lang, document.Version)
	for _, s := range all {
		fmt.Fprint(sum, s.Payout.ID, s.Payout.Amount, s.Payout.Opening, s.Payout.Closing)
	}
	o.ID = pay.ReportID(pay.MintID(pay.PrefixReport, max(pay.CellOf(string(o.Merchant)), 0), pay.Germany.Midnight(o.Until), [8]byte(sum.Sum(nil)[:8])))
	row, err := store.LoadID(ctx, a.DB, store.Reports, o.ID)
	if err != nil || row != nil {
		return bodyOf(row), err
	}
	_, err = do(ctx, a, System, "report", Key{}, store.Unit{Bucket: bucketOf(o.ID)}, func(tx *store.Tx) (struct{}, error) {
		a.queue(tx, JobReport, string(o.ID), mustJSON(o))
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	for range reportWait / reportLook {
		rest(ctx, reportLook)
		if row, err = store.LoadID(ctx, a.DB, store.Reports, o.ID); err != nil || row != nil {
			return bodyOf(row), err
		}
	}
	return nil, pay.Errorf(pay.Busy, "report_waits", "", "The report is being made; ask again in a moment")
}

func bodyOf(r *pay.Report) []byte {
	if r == nil {
		return nil
	}
	return r.Body
}

// settlementReport is the job that draws a report.
func (h poster) settlementReport(ctx context.Context, j *pay.Job) error {
	var o reportOrder
	if err := json.Unmarshal(j.Body, &o); err != nil {
		return Permanent{err}
	}
	who := Actor{Merchant: o.Merchant}
	var all []Settlement
	if o.Kind == ReportPayout {
		s, err := h.Settlement(ctx, who, o.Payout)
		if err != nil {
			return err
		}
		all = []Settlement{*s}
	} else {
		var err error
		if all, _, err = h.Settlements(ctx, who, SettlementQuery{From: o.From, Until: o.Until, Limit: PayoutsMax}); err != nil {
			return err
		}
	}
	body, err := h.settlementPaper(o, all).PDF(o.Lang)
	if err != nil {
		return Permanent{err}
	}
	b := bucketOf(o.ID)
	_, err = do(ctx, h.App, System, "report", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Reports.At(b, string(o.ID))}}, func(tx *store.Tx) (struct{}, error) {
		row, err := store.Get(tx, store.Reports, string(o.ID))
		if err == nil && row == nil {
			store.Save(tx, store.Reports, &pay.Report{ID: o.ID, MerchantID: o.Merchant, Kind: o.Kind, At: tx.At, Body: body})
		}
		return struct{}{}, err
	})
	return err
}

// settlementPaper is the report as data.
func (a *App) settlementPaper(o reportOrder, all []Settlement) document.Settlement {
	p := document.Settlement{Number: pay.Bare(o.Payout), Operator: a.letterhead(), Shop: a.shop(o.Merchant, &pay.Cart{}).Party, From: o.From, Until: o.Until}
	at := map[money.Currency]int{}
	for _, s := range all {
		cur := s.Payout.Currency
		i, known := at[cur]
		if !known {
			i = len(p.Parts)
			at[cur] = i
			p.Parts = append(p.Parts, document.SettlementPart{Currency: cur, Opening: s.Payout.Opening, Sums: map[string]int64{}})
		}
		part := &p.Parts[i]
		for event, sum := range s.Sums {
			part.Sums[event] += sum
		}
		part.Closing = s.Payout.Closing
		part.Paid += s.Payout.Amount
		part.Payouts = append(part.Payouts, document.SettledPayout{Reference: pay.Bare(s.Payout.ID), Day: s.Payout.DueDay, Amount: s.Payout.Amount})
	}
	return p
}

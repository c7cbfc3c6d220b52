package merchant

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// All payouts of a shop lie between these days.
var (
	everSince = cal.Date(1970, 1, 2)
	everUntil = cal.Date(9998, 12, 31)
)

// payoutList is one page of payouts, newest first; Next is the one that the page behind it begins behind.
type payoutList struct {
	Payouts []*app.Settlement
	Later   bool // it is not the first page
	Next    pay.PayoutID
}

func (p *Pages) payouts(w http.ResponseWriter, r *http.Request, who visitor) error {
	var list payoutList
	q := app.PayoutList{From: everSince, Until: everUntil, Limit: pageSize + 1}
	if text := r.URL.Query().Get("before"); text != "" {
		id, ok := pay.ParseID[pay.PayoutID](pay.PrefixPayout, text)
		if !ok {
			return web.Status(http.StatusNotFound)
		}
		last, err := p.app.Settlement(r.Context(), who.Actor, id)
		if err != nil {
			return err
		}
		list.Later, q.Behind.Day, q.Behind.ID = true, last.Payout.DueDay, id
	}
	all, err := p.app.MerchantPayouts(r.Context(), who.Actor, q)
	if err != nil {
		return err
	}
	if len(all) > pageSize {
		all, list.Next = all[:pageSize], all[pageSize-1].ID
	}
	for _, x := range all {
		s, err := p.app.Settlement(r.Context(), who.Actor, x.ID)
		if err != nil {
			return err
		}
		list.Payouts = append(list.Payouts, s)
	}
	return web.Render(w, r, http.StatusOK, payoutsPage(who, list))
}

// payoutOf reads the payout that the path names.
func (p *Pages) payoutOf(r *http.Request, who visitor) (*app.Settlement, error) {
	id, err := web.PathID[pay.PayoutID](r, "id", pay.PrefixPayout)
	if err != nil {
		return nil, err
	}
	return p.app.Settlement(r.Context(), who.Actor, id)
}

func (p *Pages) payout(w http.ResponseWriter, r *http.Request, who visitor) error {
	s, err := p.payoutOf(r, who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, payoutPage(who, s))
}

// payoutPDF is the report on paper; the worker draws it once.
func (p *Pages) payoutPDF(w http.ResponseWriter, r *http.Request, who visitor) error {
	s, err := p.payoutOf(r, who)
	if err != nil {
		return err
	}
	body, err := p.app.PayoutReport(r.Context(), who.Actor, s.Payout.ID, string(web.LangOf(r.Context())))
	if err != nil {
		return err
	}
	return web.SendFile(w, "application/pdf", "payout-"+s.Payout.DueDay.String()+".pdf", body)
}

// itemsMax is how many items of a payout the file holds at most.
const itemsMax = 100_000

// csvHead are the columns of the file. Amounts are whole minor units.
var csvHead = []string{"event", "amount", "currency", "tax_rate", "tax_amount", "order_id", "order_number", "capture_id", "refund_id", "reference1", "reference2",
	"capture_reference", "refund_reference", "ordered_at", "captured_at", "payout_day"}

// payoutCSV is every item of a payout, one a line, then its debts and its sum.
func (p *Pages) payoutCSV(w http.ResponseWriter, r *http.Request, who visitor) error {
	s, err := p.payoutOf(r, who)
	if err != nil {
		return err
	}
	if s.Items > itemsMax {
		return web.Status(http.StatusRequestEntityTooLarge)
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	_ = out.Write(csvHead) // a buffer takes everything
	for item, err := range p.app.EachTransaction(r.Context(), who.Actor, s.Payout.ID) {
		if err != nil {
			return err
		}
		_ = out.Write(csvLine(item, s.Payout.DueDay))
	}
	for _, line := range []struct {
		name   string
		amount int64
	}{{"opening_debt", -s.Payout.Opening}, {"closing_debt", s.Payout.Closing}, {"payout", s.Payout.Amount}} {
		row := make([]string, len(csvHead))
		row[0], row[1], row[2], row[len(row)-1] = line.name, strconv.FormatInt(line.amount, 10), string(s.Payout.Currency), s.Payout.DueDay.String()
		_ = out.Write(row)
	}
	out.Flush()
	return web.SendFile(w, "text/csv; charset=utf-8", "payout-"+s.Payout.DueDay.String()+".csv", b.Bytes())
}

func csvLine(t *app.Transaction, day cal.Day) []string {
	stamp := func(at pay.Micros) string {
		if at == 0 {
			return ""
		}
		return time.UnixMicro(at).UTC().Format(time.RFC3339)
	}
	return []string{t.Item.Event, strconv.FormatInt(t.Item.Amount, 10), string(t.Item.Currency), strconv.FormatInt(t.Item.TaxRate, 10), strconv.FormatInt(t.Item.Tax, 10),
		pay.Bare(t.Order.ID), pay.ShortReference(t.Order.ID), pay.Bare(t.Capture.ID), pay.Bare(t.RefundID), pay.SheetText(t.Reference1), pay.SheetText(t.Reference2),
		pay.SheetText(t.CaptureRef), pay.SheetText(t.RefundRef), stamp(t.Order.CreatedAt), stamp(t.Capture.At), day.String()}
}

func payoutHref(id pay.PayoutID) string { return "/merchant/payouts/" + pay.Bare(id) }

func payoutTable(ctx context.Context, list []*app.Settlement) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.payouts.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.day")}, {Head: web.T(ctx, "merchant.col.state")},
		{Head: web.T(ctx, "merchant.col.items"), Num: true}, {Head: web.T(ctx, "merchant.col.closing"), Num: true}, {Head: web.T(ctx, "merchant.col.paid"), Num: true}}}
	for i := range list {
		x := &list[i].Payout
		row := web.Cells(web.Day(ctx, x.DueDay), web.T(ctx, "merchant.payout."+x.State), strconv.FormatInt(list[i].Items, 10), web.Money(ctx, x.Closing, x.Currency), web.Money(ctx, x.Amount, x.Currency))
		row[0].Href = payoutHref(x.ID)
		t.Rows = append(t.Rows, row)
	}
	return t
}

func payoutFacts(ctx context.Context, s *app.Settlement) []web.Fact {
	cur := s.Payout.Currency
	facts := []web.Fact{debt(ctx, web.T(ctx, "merchant.col.opening"), -s.Payout.Opening, cur)}
	for _, event := range pay.SettlementEvents {
		if sum, has := s.Sums[event]; has {
			facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.event."+event), Value: web.Money(ctx, sum, cur)})
		}
	}
	return append(facts, debt(ctx, web.T(ctx, "merchant.col.closing"), s.Payout.Closing, cur), web.Fact{Label: web.T(ctx, "merchant.col.paid"), Value: web.Money(ctx, s.Payout.Amount, cur), Total: true})
}

func debt(ctx context.Context, label string, amount int64, cur money.Currency) web.Fact {
	return web.Fact{Label: label, Value: web.Money(ctx, amount, cur)}
}

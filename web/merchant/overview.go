package merchant

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// overviewView is what the shop's person should know first.
type overviewView struct {
	Payout   *pay.Payout // the newest; nil: there was none
	Waiting  int64       // disputes that wait for the shop
	Deadline *app.DisputeView
	Failed   int // of what was told lately and not taken
	Orders   []*pay.Order
}

// ordersShown is how many orders the overview lists.
const ordersShown = 5

func (p *Pages) overview(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx := r.Context()
	var v overviewView
	paid, err := p.app.MerchantPayouts(ctx, who.Actor, app.PayoutList{From: everSince, Until: everUntil, Limit: 1})
	if err != nil {
		return err
	}
	if len(paid) > 0 {
		v.Payout = paid[0]
	}
	open, err := p.app.Disputes(ctx, who.Actor, app.DisputeQuery{States: waiting, ByDeadline: true, Limit: 1})
	if err != nil {
		return err
	}
	if v.Waiting = open.Total; len(open.Disputes) > 0 {
		v.Deadline = open.Disputes[0]
	}
	told, _, err := p.app.Told(ctx, who.Actor, who.Merchant, app.ToldMark{})
	if err != nil {
		return err
	}
	for _, t := range told {
		if t.Failed() {
			v.Failed++
		}
	}
	if v.Orders, err = p.app.MerchantOrders(ctx, who.Actor, "", ordersShown); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, overviewPage(who, v))
}

func (p *Pages) terms(w http.ResponseWriter, r *http.Request, who visitor) error {
	return web.Render(w, r, http.StatusOK, termsPage(who))
}

// standing says whether the shop sells; empty where nothing is to be said.
func standing(ctx context.Context, m *pay.Merchant) string {
	switch {
	case m.Held:
		return web.T(ctx, "merchant.standing.held")
	case m.Status == pay.MerchantClosed:
		return web.T(ctx, "merchant.standing.closed")
	case m.Status == pay.MerchantPending:
		return web.T(ctx, "merchant.standing.pending")
	case m.Mode == pay.ModeTest:
		return web.T(ctx, "merchant.standing.test")
	}
	return ""
}

// unframed reports whether no page of the shop may show the checkout in itself.
func unframed(m *pay.Merchant) bool { return m.WebsiteURL == "" && len(m.Origins) == 0 }

// termFacts are what was agreed.
func termFacts(ctx context.Context, m *pay.Merchant) []web.Fact {
	methods := make([]string, len(m.Methods))
	for i, name := range m.Methods {
		methods[i] = web.T(ctx, "method.title."+name)
	}
	cycle := m.Settlement.Cycle
	if cycle == "" {
		cycle = pay.CycleDaily
	}
	amount := func(v int64, none string) string {
		if v == 0 {
			return none
		}
		return web.Money(ctx, v, m.Currency)
	}
	facts := []web.Fact{{Label: web.T(ctx, "merchant.terms.mode"), Value: web.T(ctx, "merchant.mode."+m.Mode)}, {Label: web.T(ctx, "merchant.terms.methods"), Value: strings.Join(methods, "; ")},
		{Label: web.T(ctx, "merchant.terms.fee"), Value: web.T(ctx, "merchant.terms.fee_text", web.Data{"Rate": web.AmountText(ctx, m.FeeRate, m.Currency), "Fixed": web.Money(ctx, m.FeeFixed, m.Currency)})},
		{Label: web.T(ctx, "merchant.terms.settle"), Value: web.TN(ctx, "merchant.bank_days", m.SettleDays)}, {Label: web.T(ctx, "merchant.terms.cycle"), Value: web.T(ctx, "merchant.cycle."+cycle)},
		{Label: web.T(ctx, "merchant.terms.iban"), Value: web.SpacedIBAN(m.PayoutIBAN)}}
	if t := m.Settlement; t.ReserveRate > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.terms.reserve"), Value: web.T(ctx, "merchant.terms.reserve_text", web.Data{"Rate": web.AmountText(ctx, t.ReserveRate, m.Currency), "Days": strconv.Itoa(t.ReserveDays)})})
	}
	facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.terms.dispute_fee"), Value: amount(m.Settlement.DisputeFee, web.T(ctx, "merchant.terms.no_fee"))},
		web.Fact{Label: web.T(ctx, "merchant.terms.order_max"), Value: amount(m.OrderMax, web.T(ctx, "merchant.terms.no_bound"))},
		web.Fact{Label: web.T(ctx, "merchant.terms.companies"), Value: yesNo(ctx, m.Companies)}, web.Fact{Label: web.T(ctx, "merchant.terms.website"), Value: m.WebsiteURL},
		web.Fact{Label: web.T(ctx, "merchant.terms.origins"), Value: strings.Join(m.Origins, ", ")})
	if a := m.Application; a != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.terms.legal"), Value: a.Legal}, web.Fact{Label: web.T(ctx, "merchant.terms.agreement"), Value: a.Agreement},
			web.Fact{Label: web.T(ctx, "merchant.terms.guarantee"), Value: yesNo(ctx, a.Guarantee)})
	}
	return slices.DeleteFunc(facts, func(f web.Fact) bool { return f.Value == "" })
}

func yesNo(ctx context.Context, yes bool) string {
	if yes {
		return web.T(ctx, "merchant.yes")
	}
	return web.T(ctx, "merchant.no")
}

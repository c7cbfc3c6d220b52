package checkout

import (
	"context"
	"slices"
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

// smallestGoal is what the way back aims at when the purchase itself is out of reach: a first small invoice.
const (
	smallestMethod = "invoice_14"
	smallestGoal   = 50_00
)

// refusal tells what works now, why the method does not, and the way back. Nothing about the person is stored: what is
// said here is computed from the facts of today, as the decision was. Where no credit is possible the shop sees that its
// page failed; the buyer may still go on with another way to pay.
func (s overApp) refusal(ctx context.Context, o *opened, v Visit, method string, out Outcome) (Outcome, error) {
	f := &Refusal{Amount: o.session.Cart.Amount, Portal: portalStanding, Version: app.ConsentFor(o.session.Cart.Intent), First: cal.NoDay, Until: cal.NoDay}
	f.Shop = shopAddress(o.page.Settings)
	if address := s.app.Operator().Email; address != "" {
		f.Review = "mailto:" + address
	}
	methods, _, err := s.methods(ctx, o, v)
	if err != nil {
		return out, err
	}
	found := false
	for _, m := range methods {
		if pay.IsCredit(m.Method) {
			f.Most = max(f.Most, m.Max)
		}
		if m.Offered && !pay.IsCredit(m.Method) {
			title, _, _ := Describe(ctx, m.Method)
			text := web.T(ctx, "checkout.works."+m.Method, web.Data{"Amount": web.Money(ctx, f.Amount, o.currency())})
			f.Works = append(f.Works, Alternative{ID: m.Method, Title: title, Text: text})
		}
		if m.Method == method && !m.Offered {
			found = true
			for _, r := range m.Reasons {
				f.Reasons = append(f.Reasons, r.Sentence(string(v.Lang)))
			}
		}
	}
	if !found {
		return out, nil
	}
	if !v.Frame && !slices.ContainsFunc(methods, func(m app.MethodAnswer) bool { return m.Offered && pay.IsCredit(m.Method) }) {
		if err := s.app.SetPage(ctx, o.page.Page.ID, pay.PageFailed); err != nil {
			return out, err
		}
	}
	who := app.Actor{Consumer: o.answer.Consumer}
	if !s.way(ctx, f, who, v.Lang, method, f.Amount) {
		s.way(ctx, f, who, v.Lang, smallestMethod, smallestGoal)
	}
	out.Refusal = f
	return out, nil
}

// way fills in the cheapest plan to an amount and reports whether there is one. No plan is an answer
// too: the page then says so and leads to a person.
func (s overApp) way(ctx context.Context, f *Refusal, who app.Actor, lang web.Lang, method string, amount int64) bool {
	w, err := s.app.WayBack(ctx, who, method, amount)
	if err != nil {
		return false
	}
	f.Advice = w.DebtHelp
	plan, ok := cheapest(w.Way.Plans)
	if !ok {
		return false
	}
	for _, step := range plan.Steps {
		f.Steps = append(f.Steps, step.Sentence(string(lang)))
	}
	f.Portal = portalWayBack + method + "/" + strconv.FormatInt(amount, 10)
	f.PayNow, f.AsAgreed, f.First, f.Until, f.UpTo = plan.PayNow, plan.AsAgreed, plan.From, plan.ValidUntil, w.Amount
	return true
}

func cheapest(plans []credit.Plan) (credit.Plan, bool) {
	for _, p := range plans {
		if p.Kind&credit.Cheapest != 0 {
			return p, true
		}
	}
	if len(plans) == 0 {
		return credit.Plan{}, false
	}
	return plans[0], true
}

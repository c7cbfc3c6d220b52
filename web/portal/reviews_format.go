package portal

import (
	"context"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// day prints the day of an instant.
func day(ctx context.Context, at pay.Micros) string { return web.Day(ctx, pay.Germany.DayAt(at)) }

func reviewTable(ctx context.Context, list []pay.Review) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.review.mine"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.review.asked")}, {Head: web.T(ctx, "portal.review.about")},
		{Head: web.T(ctx, "portal.review.state")}}}
	for _, r := range list {
		t.Rows = append(t.Rows, []web.Cell{{Text: day(ctx, r.AskedAt), Href: "/me/reviews/" + pay.Bare(r.ID)}, {Text: about(ctx, &r)}, {Text: stateOf(ctx, &r)}})
	}
	return t
}

func about(ctx context.Context, r *pay.Review) string {
	if r.Fact == "" {
		return web.T(ctx, "portal.review.decision")
	}
	return web.T(ctx, "review.fact."+r.Fact)
}

func stateOf(ctx context.Context, r *pay.Review) string {
	switch r.State {
	case pay.ReviewOpen:
		return web.T(ctx, "portal.review.answer_by", web.Data{"Day": web.Day(ctx, r.DueDay)})
	case pay.ReviewAnswered:
		return web.T(ctx, "portal.review.answered_on", web.Data{"Day": web.Day(ctx, r.AnsweredDay)})
	}
	return web.T(ctx, "portal.review.withdrawn")
}

func contestTable(ctx context.Context, list []app.DecisionLine) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.review.decisions"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.review.asked")}, {Head: web.T(ctx, "portal.review.shop")},
		{Head: web.T(ctx, "portal.review.amount"), Num: true}, {Head: web.T(ctx, "portal.review.was")}, {Head: web.T(ctx, "portal.review.contest")}}}
	for _, d := range list {
		was := web.T(ctx, "review.not_now")
		if d.Row.Approved == 1 {
			was = web.T(ctx, "review.possible")
		}
		t.Rows = append(t.Rows, []web.Cell{{Text: day(ctx, d.Row.At)}, {Text: d.Shop}, {Text: web.Money(ctx, d.Row.Amount, pay.Germany.Currency)}, {Text: was},
			{Text: web.T(ctx, "portal.review.contest"), Href: "/me/decisions/" + pay.Bare(d.Row.ID) + "/review"}})
	}
	return t
}

func factOptions(ctx context.Context, f reviewForm) []web.Option {
	out := []web.Option{{Value: "", Text: web.T(ctx, "portal.review.choose")}}
	if f.Decision != "" {
		out[0].Text = web.T(ctx, "portal.review.whole")
	}
	for _, fact := range pay.ReviewFacts {
		out = append(out, web.Option{Value: fact, Text: web.T(ctx, "review.fact."+fact)})
	}
	return out
}

func reviewFacts(ctx context.Context, v *app.ReviewView) []web.Fact {
	facts := []web.Fact{{Label: web.T(ctx, "portal.review.about"), Value: about(ctx, &v.Review)}}
	if v.Shop != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.review.shop"), Value: v.Shop})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "portal.review.state"), Value: stateOf(ctx, &v.Review)})
}

// orderState is the state of an order as its buyer reads it; one that waits for a person says so.
func orderState(ctx context.Context, o *pay.Order) string {
	if o.Fraud == pay.FraudPending && o.Status == pay.OrderAuthorized {
		return web.T(ctx, "portal.order.waits")
	}
	return web.T(ctx, "portal.order."+o.Status)
}

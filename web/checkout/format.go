package checkout

import (
	"context"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/web"
)

func (v view) money(ctx context.Context, minor int64) string {
	return web.Money(ctx, minor, v.buy.Currency)
}

func stepNames(ctx context.Context) []string {
	return []string{
		web.T(ctx, "checkout.step.identify"), web.T(ctx, "checkout.step.code"),
		web.T(ctx, "checkout.step.pay"), web.T(ctx, "checkout.step.done"),
	}
}

func (v view) basketFacts(ctx context.Context) []web.Fact {
	facts := make([]web.Fact, 0, len(v.buy.Lines)+1)
	for _, l := range v.buy.Lines {
		name := l.Name
		if l.Quantity > 1 {
			name = strconv.FormatInt(l.Quantity, 10) + " × " + name
		}
		facts = append(facts, web.Fact{Label: name, Value: v.money(ctx, l.Amount)})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "checkout.basket.total"), Value: v.money(ctx, v.buy.Total), Total: true})
}

// choices are the cards of the offered methods. Their classes let the style sheet show only the
// fields that the chosen method needs; without that every field stays visible.
func (v view) choices(ctx context.Context, offer Offer) []web.Choice {
	var out []web.Choice
	for _, m := range offer.Methods {
		if !m.Offered {
			continue
		}
		c := web.Choice{Value: m.ID, Title: m.Title, Body: methodBody(v, m)}
		if m.Regulated {
			c.Class += " regulated"
		}
		if !m.Credit {
			c.Class += " no-credit"
		}
		if len(m.Days) > 0 {
			c.Class += " with-day"
		}
		out = append(out, c)
	}
	return out
}

// off are the methods that are not offered, in their order.
func (o Offer) off() []Method {
	var out []Method
	for _, m := range o.Methods {
		if !m.Offered {
			out = append(out, m)
		}
	}
	return out
}

// credit reports whether a method on credit is offered: then the warning and the consent stand on the page.
func (o Offer) credit() bool {
	for _, m := range o.Methods {
		if m.Offered && m.Credit {
			return true
		}
	}
	return false
}

// days are the days to choose from, of the one method that has a choice.
func (o Offer) days() []cal.Day {
	for _, m := range o.Methods {
		if m.Offered && len(m.Days) > 0 {
			return m.Days
		}
	}
	return nil
}

func dayOptions(ctx context.Context, days []cal.Day) []web.Option {
	out := []web.Option{{Value: "", Text: web.T(ctx, "checkout.day.none")}}
	for _, d := range days {
		out = append(out, web.Option{Value: d.String(), Text: web.Day(ctx, d)})
	}
	return out
}

// when says in one line when the money leaves.
func (v view) when(ctx context.Context, m Method) string {
	switch {
	case len(m.Days) > 0:
		return web.T(ctx, "checkout.when.choose", web.Data{"Day": web.Day(ctx, m.Days[len(m.Days)-1])})
	case len(m.Plan) > 0:
		return web.TN(ctx, "checkout.when.plan", len(m.Plan))
	case m.Term > 0:
		return web.T(ctx, "checkout.when.due", web.Data{"Amount": v.money(ctx, v.buy.Total+m.Cost), "Days": m.Term, "Day": oneLine(web.Day(ctx, m.Due))})
	}
	return web.T(ctx, "checkout.when.now", web.Data{"Amount": v.money(ctx, v.buy.Total+m.Cost)})
}

// oneLine keeps a day together where the line is narrow.
func oneLine(day string) string { return strings.ReplaceAll(day, " ", "\u00a0") }

// cost says what is paid beyond the purchase, with the effective rate where the law asks for it.
func (v view) cost(ctx context.Context, m Method) string {
	data := web.Data{"Cost": v.money(ctx, m.Cost), "Rate": m.APR}
	switch {
	case m.APR != "":
		return web.T(ctx, "checkout.cost.rate", data)
	case m.Cost == 0:
		return web.T(ctx, "checkout.cost.none")
	}
	return web.T(ctx, "checkout.cost.some", data)
}

func (v view) outcomeFacts(ctx context.Context, out Outcome) []web.Fact {
	facts := []web.Fact{
		{Label: web.T(ctx, "checkout.done.amount"), Value: v.money(ctx, out.Amount)},
		{Label: web.T(ctx, "checkout.done.method"), Value: out.Method},
	}
	if out.Term > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "checkout.done.due"), Value: web.T(ctx, "checkout.done.term", web.Data{"Days": out.Term})})
	}
	for _, i := range out.Plan {
		facts = append(facts, web.Fact{Label: web.Day(ctx, i.Day), Value: v.money(ctx, i.Amount)})
	}
	return facts
}

// wayBack turns the steps into a timeline that ends on the first day it works again.
func (v view) wayBack(ctx context.Context, f Refusal) []web.Moment {
	var out []web.Moment
	for _, s := range f.Steps {
		out = append(out, web.Moment{Title: s, State: "ahead"})
	}
	if f.First.IsSet() {
		out = append(out, web.Moment{
			When: web.T(ctx, "checkout.refused.from", web.Data{"Day": web.Day(ctx, f.First)}), State: "now",
			Title: web.T(ctx, "checkout.refused.again", web.Data{"Amount": v.money(ctx, f.UpTo)}), Text: v.until(ctx, f),
		})
	}
	return out
}

func (v view) until(ctx context.Context, f Refusal) string {
	if !f.Until.IsSet() {
		return ""
	}
	return web.T(ctx, "checkout.refused.until", web.Data{"Day": web.Day(ctx, f.Until)})
}

// sums tells extra money and obligations apart: two sums, never one.
func (v view) sums(ctx context.Context, f Refusal) []web.Fact {
	var facts []web.Fact
	if f.PayNow > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "checkout.refused.paynow"), Value: v.money(ctx, f.PayNow), Total: true})
	}
	if f.AsAgreed > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "checkout.refused.asagreed"), Value: v.money(ctx, f.AsAgreed)})
	}
	return facts
}

func sectionClass(s Section) string {
	if s.Strong {
		return "notice notice-caution"
	}
	return "card"
}

package desk

import (
	"context"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/web"
)

func pendingTable(ctx context.Context, list []app.PendingLine) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.fraud.pending"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.fraud.deadline")}, {Head: web.T(ctx, "desk.col.shop")},
		{Head: web.T(ctx, "desk.col.amount"), Num: true}, {Head: web.T(ctx, "desk.fraud.why")}, {Head: web.T(ctx, "desk.fraud.first")}}}
	for _, l := range list {
		first := ""
		if l.Check.Proposed != "" {
			first = web.T(ctx, "desk.fraud.verdict."+l.Check.Proposed)
		}
		t.Rows = append(t.Rows, []web.Cell{{Text: instant(ctx, l.Check.Deadline), Href: "/desk/pending/" + pay.Bare(l.Check.ID)}, {Text: l.Shop},
			{Text: web.Money(ctx, l.Check.Amount, l.Check.Currency)}, {Text: strings.ReplaceAll(l.Check.Rules, " ", ", ")}, {Text: first}})
	}
	return t
}

// ruleText is what a rule means, in the language of the page.
func ruleText(ctx context.Context, german, english string) string {
	if web.LangOf(ctx) == web.German {
		return german
	}
	return english
}

func ruleSentences(ctx context.Context, v *app.CheckView) []string {
	var out []string
	for _, r := range v.Rules {
		out = append(out, r.Code+": "+ruleText(ctx, r.German, r.English))
	}
	if len(out) == 0 {
		out = append(out, web.T(ctx, "desk.fraud.no_rule"))
	}
	return out
}

func checkFacts(ctx context.Context, v *app.CheckView) []web.Fact {
	c := v.Check
	facts := []web.Fact{
		{Label: web.T(ctx, "desk.fact.asked"), Value: web.Money(ctx, c.Amount, c.Currency), Total: true},
		{Label: web.T(ctx, "desk.fact.shop"), Value: v.Shop},
		{Label: web.T(ctx, "desk.fact.when"), Value: instant(ctx, c.At)},
		{Label: web.T(ctx, "desk.col.state"), Value: web.T(ctx, "desk.fraud.state."+c.State)},
		{Label: web.T(ctx, "desk.fraud.asks"), Value: web.T(ctx, "desk.fraud.outcome."+c.Outcome)},
	}
	if c.State == pay.CheckPending {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fraud.deadline"), Value: instant(ctx, c.Deadline)})
	}
	if v.Order != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.col.method"), Value: web.T(ctx, "method.title."+v.Order.Order.Method)},
			web.Fact{Label: web.T(ctx, "desk.fraud.order_id"), Value: pay.Bare(v.Order.Order.ID)})
		if to := v.Order.Cart.Delivery(); to != nil {
			facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fact.shipping"), Value: address(*to)})
		}
	}
	if v.Decision != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fact.score"), Value: strconv.Itoa(int(v.Decision.Decision.Score))},
			web.Fact{Label: web.T(ctx, "desk.standing.limit"), Value: web.Money(ctx, v.Decision.Decision.Limit, c.Currency)})
	}
	return facts
}

func cartLines(ctx context.Context, v *app.CheckView) []string {
	if v.Order == nil {
		return nil
	}
	var out []string
	for _, l := range v.Order.Cart.Lines {
		out = append(out, strconv.FormatInt(l.Quantity, 10)+" × "+l.Name+", "+web.Money(ctx, l.TotalAmount, v.Check.Currency))
	}
	return out
}

func buyerFacts(ctx context.Context, v *app.CheckView) []web.Fact {
	return profileFacts(ctx, &app.Story{Consumer: pay.Consumer{ID: v.Check.ConsumerID, Status: pay.ConsumerActive, CreatedAt: pay.InstantOf(v.Check.ConsumerID)}, Profile: v.Profile})
}

func signalTable(ctx context.Context, v *app.CheckView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.fraud.signals"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.part")}, {Head: web.T(ctx, "desk.col.value"), Num: true}}}
	for i, n := range v.Record.Signals {
		text := strconv.FormatInt(n, 10)
		switch s := fraud.Signal(i); {
		case s == fraud.ContactDays && n >= fraud.Never:
			text = web.T(ctx, "desk.fraud.never")
		case s == fraud.Amount || s == fraud.TwinOverdue:
			text = web.Money(ctx, n, v.Check.Currency)
		}
		t.Rows = append(t.Rows, web.Cells(web.T(ctx, "desk.signal."+fraud.Signal(i).String()), text))
	}
	return t
}

func speaker(ctx context.Context, name string) string {
	if name == "" {
		return web.T(ctx, "desk.actor.program")
	}
	return name
}

func ibanKey(i int) string { return strconv.Itoa(i) }

// blockValue is what a check knows of a kind that can be blocked.
func blockValue(v *app.CheckView, kind string) string {
	switch kind {
	case "email":
		return v.Profile.Email
	case "phone":
		return v.Profile.Phone
	case "device":
		return v.Check.Device
	case "address":
		if v.Order != nil && v.Order.Cart.Delivery() != nil {
			to := v.Order.Cart.Delivery()
			return strings.TrimSpace(to.PostalCode + " " + to.Street + " " + to.Street2)
		}
		return strings.TrimSpace(v.Profile.Billing.PostalCode + " " + v.Profile.Billing.Street)
	}
	return ""
}

func blockChoices(ctx context.Context, v *app.CheckView) []web.Option {
	var out []web.Option
	for _, kind := range []string{"email", "phone", "address", "device"} {
		if value := blockValue(v, kind); value != "" {
			text := web.T(ctx, "desk.block."+kind)
			if kind != "device" {
				text += ": " + value
			}
			out = append(out, web.Option{Value: kind, Text: text})
		}
	}
	for i, iban := range v.Profile.PayerIBAN {
		out = append(out, web.Option{Value: "iban:" + ibanKey(i), Text: web.T(ctx, "desk.block.iban") + ": " + web.SpacedIBAN(iban)})
	}
	return out
}

func kindOptions(ctx context.Context) []web.Option {
	var out []web.Option
	for _, k := range pay.BlockKinds {
		if k != "device" { // nobody can type a device; it is blocked from its order
			out = append(out, web.Option{Value: k, Text: web.T(ctx, "desk.block."+k)})
		}
	}
	return out
}

func codeOptions(ctx context.Context) []web.Option {
	var out []web.Option
	for _, c := range pay.BlockCodes {
		out = append(out, web.Option{Value: c, Text: web.T(ctx, "desk.block_code."+c)})
	}
	return out
}

func blockTable(ctx context.Context, v fraudView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.fraud.blocks"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.kind")}, {Head: web.T(ctx, "desk.fraud.block_code")},
		{Head: web.T(ctx, "desk.fraud.reason")}, {Head: web.T(ctx, "desk.fraud.since")}, {Head: web.T(ctx, "desk.fraud.block_until")}, {Head: web.T(ctx, "desk.fraud.block_end")}}}
	for _, b := range v.Blocks {
		t.Rows = append(t.Rows, []web.Cell{{Text: web.T(ctx, "desk.block."+b.Kind)}, {Text: web.T(ctx, "desk.block_code."+b.Code)}, {Text: b.Reason},
			{Text: shortDay(ctx, b.CreatedAt)}, {Text: web.Day(ctx, b.Until)}, {Body: endBlock(b.ID)}})
	}
	return t
}

func ruleTable(ctx context.Context, r *app.FraudReport) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.fraud.rules"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.fraud.rule")}, {Head: web.T(ctx, "desk.fraud.means")}, {Head: web.T(ctx, "desk.fraud.asks")},
		{Head: web.T(ctx, "desk.fraud.hits"), Num: true}, {Head: web.T(ctx, "desk.fraud.person"), Num: true}, {Head: web.T(ctx, "desk.fraud.bad"), Num: true},
		{Head: web.T(ctx, "desk.fraud.good"), Num: true}, {Head: web.T(ctx, "desk.fraud.open"), Num: true}, {Head: web.T(ctx, "desk.fraud.precision"), Num: true}}}
	row := func(l app.RuleCount, means, asks string) []web.Cell {
		return web.Cells(l.Code, means, asks, itoa(l.Hits), itoa(l.Person), itoa(l.Bad), itoa(l.Good), itoa(l.Open), perMille(ctx, l.Precision))
	}
	for _, l := range r.By {
		asks := ""
		if l.Outcome != "" {
			asks = web.T(ctx, "desk.fraud.outcome."+l.Outcome)
		}
		t.Rows = append(t.Rows, row(l, ruleText(ctx, l.German, l.English), asks))
	}
	total := r.Total
	total.Code = web.T(ctx, "desk.fraud.all")
	t.Foot = row(total, "", "")
	return t
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// perMille prints a share of a thousand as percent with one digit; −1 is not known yet.
func perMille(ctx context.Context, n int64) string {
	if n < 0 {
		return web.T(ctx, "desk.fraud.unknown")
	}
	point := "."
	if web.LangOf(ctx) == web.German {
		point = ","
	}
	return itoa(n/10) + point + itoa(n%10) + " %"
}

func shopTable(ctx context.Context, shops []app.ShopSignals) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.fraud.shops"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.shop")}, {Head: web.T(ctx, "desk.fraud.signal")},
		{Head: web.T(ctx, "desk.col.value"), Num: true}, {Head: web.T(ctx, "desk.fraud.bound"), Num: true}, {Head: web.T(ctx, "desk.col.state")}}}
	for _, s := range shops {
		for _, x := range s.Signals {
			row := []web.Cell{{Text: s.Shop.Name, Href: "/desk/merchants"}, {Text: web.T(ctx, "desk.shop_signal."+x.Kind)}, {Text: signalValue(ctx, s.Shop, x.Kind, x.Value)}, {Text: signalValue(ctx, s.Shop, x.Kind, x.Bound)}, {}}
			switch {
			case x.Alarm == 1 && s.Stopped && x.Kind == app.SignalExposure:
				row[4].Body = web.Tag(web.T(ctx, "desk.fraud.stopped"), web.Error)
			case x.Alarm == 1:
				row[4].Body = web.Tag(web.T(ctx, "desk.health.look"), web.Caution)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func signalValue(ctx context.Context, m pay.Merchant, kind string, n int64) string {
	switch kind {
	case app.SignalExposure:
		return web.Money(ctx, n, m.Currency)
	case app.SignalSpike:
		return itoa(n) + " %"
	}
	return perMille(ctx, n)
}

package desk

import (
	"context"
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

func queueTable(ctx context.Context, q *app.ReviewQueue) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.review.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.review.due")}, {Head: web.T(ctx, "desk.review.about")},
		{Head: web.T(ctx, "desk.review.asked")}, {Head: web.T(ctx, "desk.col.state")}}}
	for _, r := range q.Open {
		row := []web.Cell{{Text: web.Day(ctx, r.DueDay), Href: "/desk/reviews/" + pay.Bare(r.ID)}, {Text: contested(ctx, &r)}, {Text: instant(ctx, r.AskedAt)}, {}}
		switch {
		case r.DueDay < q.Day:
			row[3].Body = web.Tag(web.T(ctx, "desk.review.late"), web.Error)
		case r.DueDay <= q.Day+1:
			row[3].Body = web.Tag(web.T(ctx, "desk.review.soon"), web.Caution)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func contested(ctx context.Context, r *pay.Review) string {
	what := web.T(ctx, "desk.review.decision")
	if r.Fact != "" {
		what = web.T(ctx, "review.fact."+r.Fact)
	}
	return what
}

func totalFacts(ctx context.Context, q *app.ReviewQueue) []web.Fact {
	var facts []web.Fact
	for _, outcome := range []string{pay.ReviewUpheld, pay.ReviewCorrected} {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.review.outcome."+outcome),
			Value: web.T(ctx, "desk.review.in_time", web.Data{"Count": q.Count[outcome], "InTime": q.InTime[outcome]})})
	}
	return facts
}

func caseFacts(ctx context.Context, v *app.ReviewCase) []web.Fact {
	facts := []web.Fact{
		{Label: web.T(ctx, "desk.review.about"), Value: contested(ctx, &v.Review)},
		{Label: web.T(ctx, "desk.review.due"), Value: web.Day(ctx, v.Review.DueDay) + " (" + cal.FormatRelative(v.Review.DueDay, v.Day, lang(ctx)) + ")"},
	}
	if v.Shop != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fact.shop"), Value: v.Shop})
	}
	if v.Decision != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fact.asked"), Value: web.Money(ctx, v.Decision.Request.Amount, v.Decision.Request.Currency)},
			web.Fact{Label: web.T(ctx, "desk.review.policy"), Value: v.Decision.Policy + " v" + strconv.Itoa(v.Decision.PolicyNo)})
	}
	return facts
}

// thenNow puts the contested decision beside what the same question gets today.
func thenNow(ctx context.Context, v *app.ReviewCase) web.TableData {
	then := v.Now
	if v.Decision != nil {
		then = app.Outcomes{Score: v.Decision.Decision.Score, Limit: v.Decision.Decision.Limit, Free: v.Decision.Decision.Available}
		for m := range credit.Method(credit.MethodCount) {
			if v.Decision.Request.Offers[m].Enabled {
				o := v.Decision.Decision.Outcome(m)
				then.Methods = append(then.Methods, app.OutcomeFor{Method: m.String(), OK: o.OK, Max: o.Max})
			}
		}
	}
	t := web.Compared(ctx, v.Facts.Currency, then, v.Now)
	t.Columns[1].Head, t.Columns[2].Head = web.T(ctx, "desk.review.then"), web.T(ctx, "desk.review.now")
	return t
}

// sourceTable lists the facts that decisions read, with the day and the place that they come from. What the law keeps
// secret is not among them.
func sourceTable(ctx context.Context, v *app.ReviewCase) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.review.sources"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.part")}, {Head: web.T(ctx, "desk.col.value")}, {Head: web.T(ctx, "desk.review.source")}}}
	f := v.Facts
	on := func(d cal.Day) string {
		if !d.IsSet() {
			return web.T(ctx, "desk.review.not_set")
		}
		return web.Day(ctx, d)
	}
	own, told, paid := web.T(ctx, "desk.review.source.checkout"), web.T(ctx, "desk.review.source.told"), web.T(ctx, "desk.review.source.books")
	for _, line := range []struct{ name, value, source string }{
		{"born", on(f.Born), told}, {"opened", on(f.Opened), own}, {"email", on(f.Email), own}, {"bank", on(f.Bank), own}, {"identity", on(f.Identity), own},
		{"address", strconv.Itoa(int(f.Address.Level)) + ", " + on(f.Address.Day), own}, {"contact", on(f.ContactChanged), own}, {"pause", on(f.PauseUntil), told},
		{"late", late(ctx, f), paid}, {"on_time", strconv.Itoa(len(f.History.OnTime) + len(f.History.PaidNow)), paid}, {"enquiries", strconv.Itoa(len(f.History.Enquiries)), own},
		{"open", strconv.Itoa(len(f.Open)), paid}, {"assessment", on(f.Assessment.Day), told}, {"bureau", f.Bureau.State.String() + " " + f.Bureau.Feature, f.Bureau.Source + " " + on(f.Bureau.AsOf)},
		{"insolvency", yes(ctx, f.Insolvency.Running), on(f.Insolvency.Ended)}, {"write_off", f.WriteOff.No, on(f.WriteOff.Day)},
	} {
		t.Rows = append(t.Rows, web.Cells(web.T(ctx, "desk.review.fact."+line.name), line.value, line.source))
	}
	return t
}

func late(ctx context.Context, f *credit.Facts) string {
	out := ""
	for _, l := range f.History.Late {
		if out != "" {
			out += "; "
		}
		out += l.No + ", " + web.TN(ctx, "desk.review.days", int(l.Days))
	}
	if out == "" {
		return "0"
	}
	return out
}

func yes(ctx context.Context, v bool) string {
	if v {
		return web.T(ctx, "desk.review.yes")
	}
	return web.T(ctx, "desk.review.no_word")
}

// waySteps are the steps of the first plan that leads to a yes: what would have changed the answer.
func waySteps(ctx context.Context, v *app.ReviewCase) []string {
	var out []string
	for _, s := range v.Ways[0].Steps {
		out = append(out, s.Sentence(lang(ctx)))
	}
	return append(out, web.T(ctx, "desk.review.way_from", web.Data{"Day": web.Day(ctx, v.Ways[0].From)}))
}

func correctionOptions(ctx context.Context) []web.Option {
	out := []web.Option{{Value: "", Text: web.T(ctx, "desk.review.choose")}}
	for _, fact := range pay.ReviewFacts {
		out = append(out, web.Option{Value: fact, Text: web.T(ctx, "review.fact."+fact)})
	}
	return out
}

func size(ctx context.Context, n int64) string {
	return web.T(ctx, "desk.review.kilobytes", web.Data{"Count": (n + 1023) / 1024})
}

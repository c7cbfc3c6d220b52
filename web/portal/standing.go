package portal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/web"
)

// most is the largest amount that any method on credit would be granted for now.
func most(s *app.Standing) (amount int64, question bool) {
	for _, m := range s.Methods {
		if m.Max > amount {
			amount, question = m.Max, m.Question
		}
	}
	return amount, question
}

// why are the reasons of the methods that are not possible, each sentence once: those of the first come first.
func why(ctx context.Context, s *app.Standing) []string {
	var all []credit.Reason
	for _, m := range s.Methods {
		all = append(all, m.Reasons...)
	}
	return sentences(ctx, all)
}

func methodFacts(ctx context.Context, s *app.Standing) []web.Fact {
	var facts []web.Fact
	for _, m := range s.Methods {
		f := web.Fact{Label: web.T(ctx, "method.title."+m.Method), Value: web.T(ctx, "portal.standing.up_to", web.Data{"Amount": web.Money(ctx, m.Max, s.Currency)})}
		if m.Max == 0 {
			f.Value, f.Body = "", notNow(sentences(ctx, m.Reasons))
		}
		facts = append(facts, f)
	}
	return facts
}

// binds says what keeps the limit from being higher.
func binds(ctx context.Context, s *app.Standing) []string {
	if len(s.Binds) > 0 && s.Binds[0].Code == credit.L01LimitExceeded {
		return []string{web.T(ctx, "portal.standing.by_score")}
	}
	return sentences(ctx, s.Binds)
}

// payNow names what works today without credit.
func payNow(ctx context.Context, methods []string) string {
	var names []string
	for _, m := range methods {
		names = append(names, web.T(ctx, "method.title."+m))
	}
	return strings.Join(names, ", ")
}

func limitFacts(ctx context.Context, s *app.Standing) []web.Fact {
	facts := []web.Fact{
		{Label: web.T(ctx, "portal.standing.limit"), Value: web.Money(ctx, s.Limit, s.Currency)},
		{Label: web.T(ctx, "portal.standing.in_use"), Value: web.Money(ctx, s.InUse, s.Currency)},
		{Label: web.T(ctx, "portal.standing.free"), Value: web.Money(ctx, s.Free, s.Currency), Total: true},
	}
	p := s.Promised
	if p.Amount > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.standing.promised", web.Data{"Day": web.Day(ctx, p.Until)}), Value: web.Money(ctx, p.Amount, s.Currency)})
	}
	if p.Falls {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.standing.falls", web.Data{"Day": web.Day(ctx, p.Until+1)}), Value: web.Money(ctx, p.Next, s.Currency)})
	}
	return facts
}

func pointsOf(ctx context.Context, points, best int32) string {
	return web.T(ctx, "portal.points.of", web.Data{"Points": points, "Best": best})
}

func scoreBars(ctx context.Context, s *app.Standing) []web.Bar {
	var bars []web.Bar
	for _, g := range s.Groups {
		bars = append(bars, web.Bar{Label: web.T(ctx, "portal.group."+g.Name), Value: int(g.Points), Max: int(g.Best), Text: pointsOf(ctx, g.Points, g.Best)})
	}
	return bars
}

func bestScore(s *app.Standing) (best int32) {
	for _, g := range s.Groups {
		best += g.Best
	}
	return best
}

// partTable lists the characteristics with the person's value, the points and the sentence that says when they change.
func partTable(ctx context.Context, s *app.Standing) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.standing.parts"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.part")},
		{Head: web.T(ctx, "portal.col.value"), Num: true}, {Head: web.T(ctx, "portal.col.points"), Num: true}}}
	for _, g := range s.Groups {
		for _, part := range g.Parts {
			t.Rows = append(t.Rows, []web.Cell{{Text: web.T(ctx, "portal.feature."+part.Feature.String())}, {Text: partValue(ctx, s, part)}, {Text: pointsOf(ctx, part.Points, part.Best)}})
		}
	}
	return t
}

func partValue(ctx context.Context, s *app.Standing, part app.ScorePart) string {
	switch part.Feature {
	case credit.P1, credit.A1:
		return web.TN(ctx, "portal.days", int(part.Value))
	case credit.B1:
		return web.Money(ctx, part.Amount, s.Currency)
	}
	return strconv.Itoa(int(part.Value))
}

func forecast(ctx context.Context, s *app.Standing) web.StepLine {
	l := web.StepLine{Title: web.T(ctx, "portal.forecast.title"), Unit: web.T(ctx, "portal.points"), Days: 180}
	for i, c := range s.Forecast {
		d := web.Drop{When: dayAndMonth(ctx, c.Day), Day: int(c.Day - s.Day), Value: int(c.Score)}
		if i > 0 {
			d.Why = web.T(ctx, "portal.forecast.change", web.Data{"Delta": signed(c.Delta), "Limit": web.Money(ctx, c.Limit, s.Currency)})
		} else {
			d.Why = web.T(ctx, "portal.forecast.today")
		}
		l.Steps = append(l.Steps, d)
	}
	last := s.Forecast[len(s.Forecast)-1]
	l.Alt = web.T(ctx, "portal.forecast.alt", web.Data{"Now": s.Score, "Then": last.Score, "Day": web.Day(ctx, last.Day)})
	return l
}

// dayAndMonth is short enough for the axis of a chart on a phone: "23. 11." or "23 Nov".
func dayAndMonth(ctx context.Context, d cal.Day) string {
	if web.LangOf(ctx) == web.German {
		return d.Time().Format("2. 1.")
	}
	return d.Time().Format("2 Jan")
}

func signed(n int32) string {
	if n < 0 {
		return "−" + strconv.Itoa(int(-n))
	}
	return "+" + strconv.Itoa(int(n))
}

func methodOptions(ctx context.Context, s *app.Standing) []web.Option {
	out := []web.Option{{Value: "", Text: web.T(ctx, "portal.way.choose")}}
	for _, m := range s.Methods {
		out = append(out, web.Option{Value: m.Method, Text: web.T(ctx, "method.title."+m.Method)})
	}
	return out
}

// planTitle names what a plan is best at.
func planTitle(ctx context.Context, w *app.WayBack, p credit.Plan) string {
	if len(w.Way.Plans) == 1 {
		return web.T(ctx, "portal.way.only")
	}
	var names []string
	for kind, name := range map[credit.PlanKind]string{credit.Earliest: "earliest", credit.Cheapest: "cheapest", credit.Fewest: "fewest"} {
		if p.Kind&kind != 0 {
			names = append(names, web.T(ctx, "portal.way."+name))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func planSums(ctx context.Context, w *app.WayBack, p credit.Plan) []web.Fact {
	facts := []web.Fact{{Label: web.T(ctx, "portal.way.extra"), Value: web.Money(ctx, p.PayNow, w.Currency), Total: true}}
	if p.AsAgreed > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.way.agreed"), Value: web.Money(ctx, p.AsAgreed, w.Currency)})
	}
	return facts
}

// planMoments are the steps and the day on which it works again, in the order of their days.
func planMoments(ctx context.Context, w *app.WayBack, p credit.Plan) []web.Moment {
	steps := slices.Clone(p.Steps)
	slices.SortStableFunc(steps, func(x, y credit.Step) int { return cmp.Compare(x.By, y.By) })
	again := web.Moment{
		When: web.T(ctx, "portal.way.from", web.Data{"Day": web.Day(ctx, p.From)}), State: "now",
		Title: web.T(ctx, "portal.way.again", web.Data{"Amount": web.Money(ctx, w.Amount, w.Currency), "Method": web.T(ctx, "method.title."+w.Method)}),
		Text:  web.T(ctx, "portal.way.until", web.Data{"Day": web.Day(ctx, p.ValidUntil), "Points": p.Score}),
	}
	var before, after []web.Moment
	for _, s := range steps {
		m := web.Moment{When: web.T(ctx, "portal.way.by", web.Data{"Day": web.Day(ctx, s.By)}), Title: s.Sentence(lang(ctx)), State: "ahead"}
		if s.By <= p.From {
			before = append(before, m)
		} else {
			after = append(after, m)
		}
	}
	return slices.Concat(before, []web.Moment{again}, after)
}

// checks names the legal checks that nobody can promise.
func checks(ctx context.Context, c credit.CheckSet) []string {
	var out []string
	for _, k := range []struct {
		set  credit.CheckSet
		name string
	}{{credit.CheckAssessment, "assessment"}, {credit.CheckSanctions, "sanctions"}, {credit.CheckBureau, "bureau"}} {
		if c&k.set != 0 {
			out = append(out, web.T(ctx, "portal.check."+k.name))
		}
	}
	return out
}

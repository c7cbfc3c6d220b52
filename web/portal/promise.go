package portal

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// acceptPlan turns a plan into a promise. Where it cannot be promised any more, the page says so beside fresh plans.
func (p *Portal) acceptPlan(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	plan := r.PathValue("plan")
	if !p.plans.Allow(string(who.Consumer), p.now()) {
		return web.Status(http.StatusTooManyRequests)
	}
	v, err := p.app.AcceptPlan(r.Context(), who, app.Key{}, plan)
	if err == nil {
		return web.Redirect(w, r, promiseHref(v.Promise.ID))
	}
	var refusal *pay.Error
	key, bad := app.ParsePlanKey(plan)
	if !errors.As(err, &refusal) || bad != nil || !slices.Contains(refusals, refusal.Code) {
		return err
	}
	return web.Redirect(w, r, "/me/way-back/"+key.Method+"/"+strconv.FormatInt(key.Amount, 10)+"?refused="+refusal.Code)
}

// refusals are why a plan could not be accepted, in words of their own.
var refusals = []string{"plan_changed", "plan_over", "nothing_to_promise", "only_estimate", "too_many_plans"}

func (p *Portal) promise(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.PromiseID](r, "id", pay.PrefixPromise)
	if err != nil {
		return err
	}
	v, err := p.app.Promise(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, promisePage(p.inside("/me/standing"), v))
}

func promiseHref(id pay.PromiseID) string { return "/me/promises/" + pay.Bare(id) }

// promiseTitle says what a promise gives and when.
func promiseTitle(ctx context.Context, p pay.Promise) string {
	return web.T(ctx, "standing.promise.title", web.Data{"From": web.Day(ctx, p.FromDay), "Amount": web.Money(ctx, p.Amount, p.Currency), "Method": web.T(ctx, "method.title."+p.Method)})
}

// promiseState is the tag of a promise; one that ended is never red.
func promiseState(ctx context.Context, p pay.Promise) (string, web.Kind) {
	text := web.T(ctx, "standing.state."+p.State)
	switch p.State {
	case pay.PromiseFulfilled, pay.PromiseHonoured:
		return text, web.Success
	case pay.PromiseAccepted, pay.PromiseOffered:
		return text, web.Info
	}
	return text, web.Plain
}

// promiseText is the sentence under the title: how far it is, or how it ended.
func promiseText(ctx context.Context, v *app.PromiseView) string {
	p := &v.Promise
	data := web.Data{"From": web.Day(ctx, p.FromDay), "Until": web.Day(ctx, p.ValidUntil), "Ended": web.Day(ctx, p.EndedDay), "PayBy": web.Day(ctx, p.PayBy)}
	return web.T(ctx, "standing.text."+p.State, data)
}

func voidSentence(ctx context.Context, code string) string {
	for _, v := range credit.Voids() {
		if v.String() == code {
			return v.Sentence(lang(ctx))
		}
	}
	return ""
}

func progress(ctx context.Context, v *app.PromiseView) web.Bar {
	done, all := v.Done()
	return web.Bar{Label: web.T(ctx, "standing.progress"), Value: done, Max: all, Text: web.T(ctx, "standing.progress.of", web.Data{"Done": done, "All": all})}
}

// stepMoments are the steps of a promise with their state, in the order of their days.
func stepMoments(ctx context.Context, v *app.PromiseView) []web.Moment {
	steps := slices.Clone(v.Steps)
	slices.SortStableFunc(steps, func(x, y pay.PromiseStep) int { return cmp.Compare(x.ByDay, y.ByDay) })
	var out []web.Moment
	for i := range steps {
		s := &steps[i]
		m := web.Moment{When: web.T(ctx, "portal.way.by", web.Data{"Day": web.Day(ctx, s.ByDay)}), Title: app.StepSentence(s, v.Promise.Currency, lang(ctx)), State: "ahead"}
		switch s.State {
		case pay.StepDone:
			m.State, m.Text = "done", web.T(ctx, "standing.step.done", web.Data{"Day": web.Day(ctx, s.DoneDay)})
		case pay.StepMissed, pay.StepReversed:
			m.Text = web.T(ctx, "standing.step."+s.State)
		}
		if s.State == pay.StepOpen && s.InvoiceID != "" && v.Promise.State != pay.PromiseOffered {
			m.Body = payStep(s.InvoiceID)
		}
		out = append(out, m)
	}
	return out
}

// shown are the promises that the standing page shows: those that bind, and offers.
func shown(all []app.PromiseView) []app.PromiseView {
	var out []app.PromiseView
	for _, v := range all {
		if v.Promise.Live() || v.Promise.State == pay.PromiseOffered {
			out = append(out, v)
		}
	}
	return out
}

func voids(ctx context.Context) []string {
	var out []string
	for _, v := range credit.Voids() {
		out = append(out, v.Sentence(lang(ctx)))
	}
	return out
}

// smallBuy says what a small purchase paid at once would change.
func smallBuy(ctx context.Context, w *app.WayBack) string {
	return web.T(ctx, "standing.small.text", web.Data{"Least": web.Money(ctx, w.SmallBuy.Least, w.Currency), "Methods": payNow(ctx, w.PayNow), "From": web.Day(ctx, w.SmallBuy.From)})
}

// ladderTable says from which day on each amount is possible: one row for each method, one column for each amount.
func ladderTable(ctx context.Context, m *app.MyStanding) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "standing.ladder.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.method")}}}
	var amounts []int64
	for _, l := range m.Ladder {
		for _, r := range l.Rungs {
			if !slices.Contains(amounts, r.Amount) {
				amounts = append(amounts, r.Amount)
			}
		}
	}
	slices.Sort(amounts)
	for _, amount := range amounts {
		t.Columns = append(t.Columns, web.Column{Head: web.Money(ctx, amount, m.Currency), Num: true})
	}
	for _, l := range m.Ladder {
		row := []web.Cell{{Text: web.T(ctx, "method.title."+l.Method)}}
		for _, amount := range amounts {
			row = append(row, web.Cell{Text: rung(ctx, m, l, amount)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func rung(ctx context.Context, m *app.MyStanding, l app.Ladder, amount int64) string {
	for _, r := range l.Rungs {
		switch {
		case r.Amount != amount:
		case !r.From.IsSet():
			return web.T(ctx, "standing.ladder.none")
		case r.From <= m.Day:
			return web.T(ctx, "standing.ladder.today")
		default:
			return web.Day(ctx, r.From)
		}
	}
	return web.T(ctx, "standing.ladder.not")
}

// helps are the characteristics that have all their points.
func helps(ctx context.Context, s *app.Standing) []string {
	var out []string
	for _, g := range s.Groups {
		for _, part := range g.Parts {
			if part.Points == part.Best {
				out = append(out, web.T(ctx, "standing.helps."+part.Feature.String(), web.Data{"Points": part.Points}))
			}
		}
	}
	return out
}

// hurts are the characteristics that miss points, with the day on which that changes where there is one.
func hurts(ctx context.Context, s *app.Standing) []string {
	var out []string
	for _, g := range s.Groups {
		for _, part := range g.Parts {
			lost := part.Best - part.Points
			switch {
			case lost == 0:
			case part.Reason != nil:
				out = append(out, part.Reason.Sentence(lang(ctx)))
			default:
				out = append(out, web.T(ctx, "standing.hurts."+part.Feature.String(), web.Data{"Points": part.Points, "Best": part.Best}))
			}
		}
	}
	return out
}

func decisionTable(ctx context.Context, list []app.DecisionLine, cur money.Currency) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "standing.decisions.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.day")}, {Head: web.T(ctx, "portal.col.shop")},
		{Head: web.T(ctx, "portal.col.amount"), Num: true}, {Head: web.T(ctx, "standing.decisions.answer")}}}
	for _, d := range list {
		t.Rows = append(t.Rows, []web.Cell{{Text: web.Day(ctx, d.Row.Day), Href: "/me/decisions/" + pay.Bare(d.Row.ID)}, {Text: d.Shop}, {Text: web.Money(ctx, d.Row.Amount, cur)}, {Text: decisionAnswer(ctx, d)}})
	}
	return t
}

func decisionAnswer(ctx context.Context, d app.DecisionLine) string {
	if d.Row.Approved == 1 {
		return web.T(ctx, "standing.decisions.yes")
	}
	return web.T(ctx, "standing.decisions.no")
}

func (p *Portal) decision(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.DecisionID](r, "id", pay.PrefixDecision)
	if err != nil {
		return err
	}
	v, err := p.app.MyDecision(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, decisionPage(p.inside("/me/standing"), v))
}

// decisionFacts are what a decision said about each method that the shop offered.
func decisionFacts(ctx context.Context, v *app.DecisionView) []web.Fact {
	var out []web.Fact
	rec := &v.Record
	for _, m := range credit.AllMethods.List() {
		if !rec.Request.Offers[m].Enabled {
			continue
		}
		f := web.Fact{Label: web.T(ctx, "method.title."+m.String()), Value: web.T(ctx, "standing.decisions.yes")}
		if dec := answerOf(rec, m); !dec.Outcome(m).OK {
			f.Value, f.Body = "", notNow(sentences(ctx, dec.Why(m)))
		} else if why := dec.Why(m); len(why) > 0 {
			f.Value = why[0].Sentence(lang(ctx))
		}
		out = append(out, f)
	}
	return out
}

// answerOf is the decision with the promise that had a say about a method.
func answerOf(rec *credit.Record, m credit.Method) credit.Decision {
	if rec.Kept != nil && rec.Kept.Method == m {
		return rec.Kept.Decision
	}
	return rec.Decision
}

func decisionNumbers(ctx context.Context, v *app.DecisionView) []web.Fact {
	rec := &v.Record
	d := &rec.Decision
	cur := rec.Request.Currency
	return []web.Fact{
		{Label: web.T(ctx, "portal.col.amount"), Value: web.Money(ctx, rec.Request.Amount, cur)},
		{Label: web.T(ctx, "portal.points"), Value: pointsOf(ctx, d.Score, 1000)},
		{Label: web.T(ctx, "portal.standing.limit"), Value: web.Money(ctx, d.Limit, cur)},
		{Label: web.T(ctx, "portal.standing.in_use"), Value: web.Money(ctx, d.Exposure, cur)},
		{Label: web.T(ctx, "portal.standing.free"), Value: web.Money(ctx, d.Available, cur)},
	}
}

// decisionParts are the points of one decision.
func decisionParts(ctx context.Context, v *app.DecisionView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.standing.parts"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.part")}, {Head: web.T(ctx, "portal.col.points"), Num: true}}}
	for f := range credit.Feature(credit.FeatureCount) {
		t.Rows = append(t.Rows, []web.Cell{{Text: web.T(ctx, "portal.feature."+f.String())}, {Text: itoa(v.Record.Decision.Points[f])}})
	}
	return t
}

func wayHref(p pay.Promise) string {
	return "/me/way-back/" + p.Method + "/" + strconv.FormatInt(p.Amount, 10)
}

func reachableHref(w *app.WayBack) string {
	return "/me/way-back/" + w.Method + "/" + strconv.FormatInt(w.Way.None.Reachable, 10)
}

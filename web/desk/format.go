package desk

import (
	"context"
	"strconv"
	"strings"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

func lang(ctx context.Context) string { return string(web.LangOf(ctx)) }

// instant prints a time of day in the market's zone, short enough for a column.
func instant(ctx context.Context, at pay.Micros) string {
	return web.Instant(ctx, at)
}

// shortDay prints a day as short as instant does.
func shortDay(ctx context.Context, at pay.Micros) string {
	return time.UnixMicro(at).In(pay.Germany.Zone).Format(dayLayout(ctx))
}

func dayLayout(ctx context.Context) string {
	if web.LangOf(ctx) == web.German {
		return "02.01.2006"
	}
	return "02 Jan 2006"
}

func (v visitor) nav(ctx context.Context) []web.Link {
	links := []web.Link{{Text: web.T(ctx, "desk.nav.search"), Href: "/desk"}}
	for _, l := range []struct {
		deed app.Deed
		link web.Link
	}{
		{app.DeedPayments, web.Link{Text: web.T(ctx, "desk.nav.payments"), Href: "/desk/payments"}},
		{app.DeedDisputes, web.Link{Text: web.T(ctx, "disputedesk.nav"), Href: "/desk/disputes"}},
		{app.DeedPayouts, web.Link{Text: web.T(ctx, "payoutdesk.nav"), Href: "/desk/payouts"}},
		{app.DeedScreening, web.Link{Text: web.T(ctx, "desk.nav.screening"), Href: "/desk/screening"}},
		{app.DeedFraud, web.Link{Text: web.T(ctx, "desk.nav.pending"), Href: "/desk/pending"}},
		{app.DeedFraud, web.Link{Text: web.T(ctx, "desk.nav.fraud"), Href: "/desk/fraud"}},
		{app.DeedReview, web.Link{Text: web.T(ctx, "desk.nav.reviews"), Href: "/desk/reviews"}},
		{app.DeedMerchants, web.Link{Text: web.T(ctx, "desk.nav.merchants"), Href: "/desk/merchants"}},
		{app.DeedPolicies, web.Link{Text: web.T(ctx, "desk.nav.policies"), Href: "/desk/policies"}},
		{app.DeedPromises, web.Link{Text: web.T(ctx, "desk.nav.promises"), Href: "/desk/promises"}},
		{app.DeedHealth, web.Link{Text: web.T(ctx, "desk.nav.health"), Href: "/desk/health"}},
	} {
		if v.Can(l.deed) {
			links = append(links, l.link)
		}
	}
	for i := range links {
		links[i].Current = links[i].Href == v.Here
	}
	return links
}

func hitTable(ctx context.Context, hits []app.Hit) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.search.hits"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.name")}, {Head: web.T(ctx, "desk.col.city")},
		{Head: web.T(ctx, "desk.col.email")}, {Head: web.T(ctx, "desk.col.by")}}}
	for _, h := range hits {
		name := h.Name
		if h.Erased {
			name = web.T(ctx, "desk.erased")
		}
		t.Rows = append(t.Rows, []web.Cell{{Text: name, Href: "/desk/consumers/" + pay.Bare(h.Consumer)}, {Text: h.City}, {Text: h.Email}, {Text: web.T(ctx, "desk.by."+h.By)}})
	}
	return t
}

func storyTitle(ctx context.Context, s *app.Story) string {
	if s.Erased {
		return web.T(ctx, "desk.erased")
	}
	return s.Profile.Billing.FullName()
}

func profileFacts(ctx context.Context, s *app.Story) []web.Fact {
	p := s.Profile
	facts := []web.Fact{
		{Label: web.T(ctx, "desk.fact.id"), Value: pay.Bare(s.Consumer.ID)},
		{Label: web.T(ctx, "desk.fact.since"), Value: web.Day(ctx, pay.Germany.DayAt(s.Consumer.CreatedAt))},
		{Label: web.T(ctx, "desk.fact.status"), Value: web.T(ctx, "desk.status."+s.Consumer.Status)},
	}
	if s.Erased {
		return facts
	}
	facts = append(facts,
		web.Fact{Label: web.T(ctx, "desk.fact.email"), Value: p.Email},
		web.Fact{Label: web.T(ctx, "desk.fact.phone"), Value: p.Phone},
		web.Fact{Label: web.T(ctx, "desk.fact.born"), Value: web.Day(ctx, p.Born)},
		web.Fact{Label: web.T(ctx, "desk.fact.address"), Value: address(p.Billing)})
	if p.Shipping != nil && address(*p.Shipping) != address(p.Billing) {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fact.shipping"), Value: address(*p.Shipping)})
	}
	for _, iban := range p.PayerIBAN {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.fact.iban"), Value: web.SpacedIBAN(iban)})
	}
	return facts
}

func address(a pay.Address) string {
	var parts []string
	for _, p := range []string{a.Organization, a.FullName(), a.Street, a.Street2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Country} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}

// standingFacts are limit and points of a person as the person sees them.
func standingFacts(ctx context.Context, s *app.Standing) []web.Fact {
	facts := []web.Fact{
		{Label: web.T(ctx, "desk.standing.limit"), Value: web.Money(ctx, s.Limit, s.Currency)},
		{Label: web.T(ctx, "desk.standing.in_use"), Value: web.Money(ctx, s.InUse, s.Currency)},
		{Label: web.T(ctx, "desk.standing.free"), Value: web.Money(ctx, s.Free, s.Currency), Total: true},
	}
	for _, m := range s.Methods {
		value := web.T(ctx, "desk.standing.up_to", web.Data{"Amount": web.Money(ctx, m.Max, s.Currency)})
		if m.Max == 0 {
			value = web.T(ctx, "desk.standing.not_now")
		}
		facts = append(facts, web.Fact{Label: web.T(ctx, "method.title."+m.Method), Value: value})
	}
	return facts
}

func standingBars(ctx context.Context, s *app.Standing) []web.Bar {
	var bars []web.Bar
	for _, g := range s.Groups {
		bars = append(bars, web.Bar{Label: web.T(ctx, "desk.group."+g.Name), Value: int(g.Points), Max: int(g.Best), Text: pointsOf(ctx, g.Points, g.Best)})
	}
	return bars
}

func pointsOf(ctx context.Context, points, best int32) string {
	return web.T(ctx, "desk.points.of", web.Data{"Points": points, "Best": best})
}

// standingReasons are the sentences behind every method that is not possible, and behind the points that are missing.
func standingReasons(ctx context.Context, s *app.Standing) []string {
	var all []credit.Reason
	for _, m := range s.Methods {
		all = append(all, m.Reasons...)
	}
	for _, g := range s.Groups {
		for _, part := range g.Parts {
			if part.Reason != nil {
				all = append(all, *part.Reason)
			}
		}
	}
	return sentences(ctx, all)
}

// decisionReasons are the reasons for the methods that the shop offered, each with those methods.
func decisionReasons(ctx context.Context, v *app.DecisionView) []string {
	var out []string
	for _, r := range v.Record.Decision.Reasons {
		var names []string
		for _, m := range r.Methods.List() {
			if v.Record.Request.Offers[m].Enabled {
				names = append(names, web.T(ctx, "method.title."+m.String()))
			}
		}
		if len(names) > 0 {
			out = append(out, r.Code.String()+" ("+strings.Join(names, "; ")+"): "+r.Sentence(lang(ctx)))
		}
	}
	return out
}

// sentences print reasons with their codes, each once.
func sentences(ctx context.Context, reasons []credit.Reason) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range reasons {
		s := r.Code.String() + ": " + r.Sentence(lang(ctx))
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func claimTable(ctx context.Context, items []app.Owed) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.story.claims"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.invoice")}, {Head: web.T(ctx, "desk.col.shop")},
		{Head: web.T(ctx, "desk.col.due")}, {Head: web.T(ctx, "desk.col.reference")}, {Head: web.T(ctx, "desk.col.amount"), Num: true}, {Head: web.T(ctx, "desk.col.open"), Num: true}}}
	for _, o := range items {
		due := web.Day(ctx, o.Invoice.DueDay)
		if o.Invoice.Open > 0 {
			due += " (" + cal.FormatRelative(o.Invoice.DueDay, o.Invoice.DueDay-cal.Day(o.Days), lang(ctx)) + ")"
		}
		t.Rows = append(t.Rows, web.Cells(o.Invoice.No, o.Shop, due, o.Slip.Reference, web.Money(ctx, o.Invoice.Amount, o.Invoice.Currency), web.Money(ctx, o.Invoice.Open, o.Invoice.Currency)))
	}
	return t
}

func decisionFacts(ctx context.Context, v *app.DecisionView) []web.Fact {
	r := v.Record
	cur := r.Request.Currency
	return []web.Fact{
		{Label: web.T(ctx, "desk.fact.answer"), Value: answer(ctx, v.Row.Approved == 1), Total: true},
		{Label: web.T(ctx, "desk.fact.when"), Value: instant(ctx, v.Row.At)},
		{Label: web.T(ctx, "desk.fact.shop"), Value: v.Shop},
		{Label: web.T(ctx, "desk.fact.asked"), Value: web.Money(ctx, r.Request.Amount, cur)},
		{Label: web.T(ctx, "desk.standing.limit"), Value: web.Money(ctx, r.Decision.Limit, cur)},
		{Label: web.T(ctx, "desk.fact.binds"), Value: r.Decision.Binding.String()},
		{Label: web.T(ctx, "desk.standing.in_use"), Value: web.Money(ctx, r.Decision.Exposure, cur)},
		{Label: web.T(ctx, "desk.standing.free"), Value: web.Money(ctx, r.Decision.Available, cur)},
		{Label: web.T(ctx, "desk.fact.score"), Value: strconv.Itoa(int(r.Decision.Score))},
		{Label: web.T(ctx, "desk.fact.policy"), Value: r.Policy + " v" + strconv.Itoa(r.PolicyNo) + ", " + short(r.PolicySHA256)},
		{Label: web.T(ctx, "desk.fact.card"), Value: r.Card + " v" + strconv.Itoa(r.CardNo) + ", " + short(r.CardSHA256)},
		{Label: web.T(ctx, "desk.fact.chain"), Value: strconv.Itoa(v.Row.Lane) + " / " + strconv.FormatInt(v.Row.Link, 10)},
	}
}

func short(digest string) string { return digest[:min(12, len(digest))] }

func featureTable(ctx context.Context, d *credit.Decision) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.decision.points"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.part")}, {Head: web.T(ctx, "desk.col.value"), Num: true}, {Head: web.T(ctx, "desk.col.points"), Num: true}}}
	for f := range credit.Feature(credit.FeatureCount) {
		t.Rows = append(t.Rows, web.Cells(f.String()+" "+web.T(ctx, "desk.feature."+f.String()), strconv.Itoa(int(d.Features[f])), strconv.Itoa(int(d.Points[f]))))
	}
	t.Foot = web.Cells(web.T(ctx, "desk.fact.score"), "", strconv.Itoa(int(d.Score)))
	return t
}

func outcomeTable(ctx context.Context, v *app.DecisionView) web.TableData {
	r := v.Record.Request
	t := web.TableData{Caption: web.T(ctx, "desk.decision.methods"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.method")}, {Head: web.T(ctx, "desk.col.regime")},
		{Head: web.T(ctx, "desk.col.answer")}, {Head: web.T(ctx, "desk.col.most"), Num: true}}}
	for _, o := range v.Record.Decision.Outcomes {
		if !r.Offers[o.Method].Enabled {
			continue
		}
		t.Rows = append(t.Rows, web.Cells(web.T(ctx, "method.title."+o.Method.String()), r.Offers[o.Method].Regime.String(), answer(ctx, o.OK), web.Money(ctx, o.Max, r.Currency)))
	}
	return t
}

// knownTable lists the open claims that the decision knew.
func knownTable(ctx context.Context, v *app.DecisionView) web.TableData {
	day, cur := v.Record.Request.Day, v.Record.Request.Currency
	t := web.TableData{Caption: web.T(ctx, "desk.decision.known"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.invoice")}, {Head: web.T(ctx, "desk.col.due")},
		{Head: web.T(ctx, "desk.col.past_due"), Num: true}, {Head: web.T(ctx, "desk.col.open"), Num: true}}}
	for i := range v.Record.Facts.Open {
		it := &v.Record.Facts.Open[i]
		t.Rows = append(t.Rows, web.Cells(it.No, web.Day(ctx, it.Due), strconv.Itoa(max(0, int(it.PastDue(day)))), web.Money(ctx, it.Open, cur)))
	}
	return t
}

func paymentFacts(ctx context.Context, u app.UnassignedPayment) []web.Fact {
	facts := []web.Fact{{Label: web.T(ctx, "desk.fact.value_day"), Value: web.Day(ctx, u.Payment.ValueDay)}}
	for _, f := range []web.Fact{
		{Label: web.T(ctx, "desk.fact.payer"), Value: u.Text.Name},
		{Label: web.T(ctx, "desk.fact.iban"), Value: web.SpacedIBAN(u.Text.IBAN)},
		{Label: web.T(ctx, "desk.fact.text"), Value: u.Text.Remittance},
		{Label: web.T(ctx, "desk.fact.reference"), Value: u.Text.Reference},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

func clues(ctx context.Context, s app.Suggestion) string {
	var out []string
	for _, w := range s.Why {
		out = append(out, web.T(ctx, "desk.clue."+w))
	}
	return strings.Join(out, ", ")
}

func healthTable(ctx context.Context, h *app.Health) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.health.counts"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.part")}, {Head: web.T(ctx, "desk.col.count"), Num: true}, {Head: web.T(ctx, "desk.col.state")}}}
	for _, c := range h.Counts {
		row := []web.Cell{{Text: web.T(ctx, "desk.count."+c.Name)}, {Text: strconv.FormatInt(c.N, 10)}, {}}
		if c.Worry {
			row[2].Body = web.Tag(web.T(ctx, "desk.health.look"), web.Caution)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func jobTable(ctx context.Context, jobs []pay.Job) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.health.failed"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.when")}, {Head: web.T(ctx, "desk.col.kind")},
		{Head: web.T(ctx, "desk.col.subject")}, {Head: web.T(ctx, "desk.col.tries"), Num: true}, {Head: web.T(ctx, "desk.col.problem")}}}
	for _, j := range jobs {
		t.Rows = append(t.Rows, web.Cells(instant(ctx, j.DueAt), j.Kind, j.Subject, strconv.FormatInt(j.Tries, 10), j.Problem))
	}
	return t
}

// typed keeps what was typed in the one form that came back.
func typed(u app.UnassignedPayment, l paymentList) string {
	if u.Payment.ID == l.Failed {
		return l.Typed
	}
	return ""
}

func answer(ctx context.Context, granted bool) string {
	if granted {
		return web.T(ctx, "desk.decision.yes")
	}
	return web.T(ctx, "desk.decision.no")
}

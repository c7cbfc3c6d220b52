package portal

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

// whatIf is the form as it was filled in, and the answer; nil before the first question.
type whatIf struct {
	Pay    map[string]bool // invoice ids
	Verify map[string]bool
	Days   int
	Answer *app.Simulation
}

// whatIfDays is how far the slider goes.
const whatIfDays = 180

// whatIfPage answers the form. What it says changes nothing, so it is read with GET and can be kept.
func (p *Portal) whatIfPage(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	if !p.plans.Allow(string(who.Consumer), p.now()) {
		return web.Status(http.StatusTooManyRequests)
	}
	m, err := p.app.MyStanding(r.Context(), who, false)
	if err != nil {
		return err
	}
	f, choice := whatIfOf(r.URL.Query(), m.Day)
	if f.Answer, err = p.app.Simulate(r.Context(), who, choice); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, whatIfView(p.inside("/me/standing"), m, f))
}

// whatIfOf reads the form; what makes no sense in it is left out.
func whatIfOf(q url.Values, today cal.Day) (whatIf, app.Choice) {
	f, c := whatIf{Pay: map[string]bool{}, Verify: map[string]bool{}}, app.Choice{}
	for _, bare := range q["pay"] {
		if id, ok := pay.ParseID[pay.InvoiceID](pay.PrefixInvoice, bare); ok {
			f.Pay[string(id)] = true
			c.Pay = append(c.Pay, app.ChoicePayment{Invoice: id})
		}
	}
	for _, name := range q["verify"] {
		f.Verify[name] = true
		c.Verify = append(c.Verify, name)
	}
	if n, err := strconv.Atoi(q.Get("days")); err == nil {
		f.Days = min(max(n, 0), whatIfDays)
	}
	c.Day = today + cal.Day(f.Days)
	return f, c
}

func bareOf(invoice string) string { return pay.Bare(pay.InvoiceID(invoice)) }

func itemText(ctx context.Context, m *app.MyStanding, it credit.Item) string {
	return web.T(ctx, "standing.if.pay", web.Data{"No": it.No, "Amount": web.Money(ctx, it.Open-it.Disputed, m.Currency)})
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// whatIfTable sets today, waiting and doing side by side.
func whatIfTable(ctx context.Context, f whatIf) web.TableData {
	s := f.Answer
	t := web.TableData{Caption: web.T(ctx, "standing.if.answer"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.part")},
		{Head: web.T(ctx, "standing.if.now"), Num: true}, {Head: web.T(ctx, "standing.if.idle"), Num: true}, {Head: web.T(ctx, "standing.if.then"), Num: true}}}
	row := func(label string, of func(credit.Outcomes) string) {
		t.Rows = append(t.Rows, web.Cells(label, of(s.Now), of(s.Idle), of(s.Then)))
	}
	row(web.T(ctx, "portal.points"), func(o credit.Outcomes) string { return itoa(o.Score) })
	row(web.T(ctx, "portal.standing.limit"), func(o credit.Outcomes) string { return web.Money(ctx, o.Limit, s.Currency) })
	for _, name := range s.Methods {
		row(web.T(ctx, "method.title."+name), func(o credit.Outcomes) string {
			if most := s.Max(o, name); most > 0 {
				return web.T(ctx, "portal.standing.up_to", web.Data{"Amount": web.Money(ctx, most, s.Currency)})
			}
			return web.T(ctx, "standing.if.no")
		})
	}
	return t
}

func whatIfBars(ctx context.Context, f whatIf) []web.Bar {
	bar := func(label string, o credit.Outcomes) web.Bar {
		return web.Bar{Label: label, Value: int(o.Score), Max: int(f.Answer.Best), Text: pointsOf(ctx, o.Score, f.Answer.Best)}
	}
	return []web.Bar{bar(web.T(ctx, "standing.if.now"), f.Answer.Now), bar(web.T(ctx, "standing.if.idle"), f.Answer.Idle), bar(web.T(ctx, "standing.if.then"), f.Answer.Then)}
}

func whatIfAlt(ctx context.Context, f whatIf) string {
	return web.T(ctx, "standing.if.alt", web.Data{"Now": f.Answer.Now.Score, "Idle": f.Answer.Idle.Score, "Then": f.Answer.Then.Score, "Day": web.Day(ctx, f.Answer.Then.Day)})
}

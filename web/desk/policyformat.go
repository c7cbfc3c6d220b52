package desk

import (
	"context"
	"fmt"
	"strconv"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/web"
)

// columns are heads of a table; those that begin with # hold numbers.
func columns(ctx context.Context, keys ...string) []web.Column {
	var out []web.Column
	for _, k := range keys {
		num := k[0] == '#'
		if num {
			k = k[1:]
		}
		out = append(out, web.Column{Head: web.T(ctx, "policies.col."+k), Num: num})
	}
	return out
}

func policyTable(ctx context.Context, list []app.PolicyVersion) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.title"), Hidden: true, Columns: columns(ctx, "version", "kind", "state", "from", "waits")}
	for i := range list {
		v := policyView{PolicyVersion: &list[i]}
		row := []web.Cell{{Text: v.title(), Href: v.path()}, {Text: web.T(ctx, "policies.kind."+v.Kind)}, {Text: web.T(ctx, "policies.state."+v.State)}, {Text: fromText(ctx, v)}, {}}
		if v.Acting {
			row[2] = web.Cell{Body: web.Tag(web.T(ctx, "policies.acts"), web.Success)}
		}
		if w := v.Waiting(); w != nil {
			row[4].Body = web.Tag(web.T(ctx, "policies.state."+w.State), web.Caution)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func fromText(ctx context.Context, v policyView) string {
	if !v.From.IsSet() {
		return ""
	}
	return web.Day(ctx, v.From)
}

func policyFacts(ctx context.Context, v policyView) []web.Fact {
	facts := []web.Fact{
		{Label: web.T(ctx, "policies.col.kind"), Value: web.T(ctx, "policies.kind."+v.Kind)},
		{Label: web.T(ctx, "policies.col.state"), Value: web.T(ctx, "policies.state."+v.State)},
		{Label: web.T(ctx, "policies.hash"), Value: short(v.SHA256)},
	}
	if v.Expert {
		facts = append(facts, web.Fact{Label: web.T(ctx, "policies.origin"), Value: web.T(ctx, "policies.expert")})
	}
	if v.Note != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "policies.file_note"), Value: v.Note})
	}
	if v.Acting {
		facts[1].Value = web.T(ctx, "policies.acts")
	}
	if from := fromText(ctx, v); from != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "policies.col.from"), Value: from})
	}
	return facts
}

func stepTable(ctx context.Context, v policyView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.steps"), Hidden: true, Columns: columns(ctx, "state", "day", "asked", "confirmed", "report")}
	for _, s := range v.Steps {
		t.Rows = append(t.Rows, web.Cells(web.T(ctx, "policies.state."+s.State), web.Day(ctx, s.Day), v.Names[s.AskedBy], v.Names[s.ConfirmedBy], short(s.ReportSHA256)))
	}
	return t
}

func changeTable(ctx context.Context, v policyView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.against", web.Data{"Name": v.Against}), Columns: columns(ctx, "value", "before", "after")}
	for _, c := range v.Changes {
		t.Rows = append(t.Rows, web.Cells(c.Path, c.Old, c.New))
	}
	return t
}

func stateOptions(ctx context.Context, states []string) []web.Option {
	var out []web.Option
	for _, s := range states {
		out = append(out, web.Option{Value: s, Text: web.T(ctx, "policies.state."+s)})
	}
	return out
}

func counted(ctx context.Context, s app.Swap, cur money.Currency) string {
	return fmt.Sprintf("%d (%s)", s.N, web.Money(ctx, s.Amount, cur))
}

func swapFacts(ctx context.Context, p *app.Preview) []web.Fact {
	return []web.Fact{
		{Label: web.T(ctx, "policies.changed"), Value: strconv.Itoa(p.Changed), Total: true},
		{Label: web.T(ctx, "policies.refused"), Value: counted(ctx, p.Refused, p.Currency)},
		{Label: web.T(ctx, "policies.approved"), Value: counted(ctx, p.Approved, p.Currency)},
		{Label: web.T(ctx, "policies.people"), Value: strconv.Itoa(p.People.All)},
		{Label: web.T(ctx, "policies.people_refused"), Value: strconv.Itoa(p.People.Refused)},
		{Label: web.T(ctx, "policies.people_approved"), Value: strconv.Itoa(p.People.Approved)},
		{Label: web.T(ctx, "policies.limits_up"), Value: strconv.Itoa(p.People.LimitsUp)},
		{Label: web.T(ctx, "policies.limits_down"), Value: strconv.Itoa(p.People.LimitsDown)},
		{Label: web.T(ctx, "policies.limits_later"), Value: strconv.Itoa(p.People.Guaranteed)},
	}
}

// costFacts are the known outcomes of what would have been refused.
func costFacts(ctx context.Context, p *app.Preview) []web.Fact {
	o := p.Outcomes
	return []web.Fact{
		{Label: web.T(ctx, "policies.paid_back"), Value: counted(ctx, o.PaidBack, p.Currency)},
		{Label: web.T(ctx, "policies.bad"), Value: counted(ctx, o.Bad, p.Currency)},
		{Label: web.T(ctx, "policies.bad_open"), Value: web.Money(ctx, o.BadOpen, p.Currency)},
		{Label: web.T(ctx, "policies.pending"), Value: counted(ctx, o.Pending, p.Currency)},
		{Label: web.T(ctx, "policies.no_claim"), Value: strconv.Itoa(o.NoClaim)},
	}
}

func reasonTable(ctx context.Context, p *app.Preview) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.reasons"), Hidden: true, Columns: columns(ctx, "code", "#appears", "#goes")}
	for _, r := range p.Reasons {
		t.Rows = append(t.Rows, web.Cells(r.Code, strconv.Itoa(r.Appears), strconv.Itoa(r.Goes)))
	}
	return t
}

func methodTable(ctx context.Context, p *app.Preview) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.methods"), Columns: columns(ctx, "method", "#lost", "#gained")}
	for _, m := range p.Methods {
		if m.Lost+m.Gained > 0 {
			t.Rows = append(t.Rows, web.Cells(web.T(ctx, "method.title."+m.Method), strconv.Itoa(m.Lost), strconv.Itoa(m.Gained)))
		}
	}
	return t
}

// ageTable marks bands under the four-fifths line.
func ageTable(ctx context.Context, p *app.Preview) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.fairness"), Hidden: true, Columns: columns(ctx, "age", "#people", "#before", "#after", "#ratio_before", "#ratio_after")}
	for _, a := range p.Ages {
		row := web.Cells(a.Band, strconv.Itoa(a.People), strconv.Itoa(a.Before), strconv.Itoa(a.After), ratio(ctx, a.RatioBefore), ratio(ctx, a.RatioAfter))
		if a.People > 0 && a.RatioAfter < fourFifths {
			row[5] = web.Cell{Body: web.Tag(ratio(ctx, a.RatioAfter), web.Caution)}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// fourFifths is the line under which a group's approval needs an explanation, in thousandths of the best group's.
const fourFifths = 800

func ratio(ctx context.Context, permille int) string {
	point := "."
	if web.LangOf(ctx) == web.German {
		point = ","
	}
	return fmt.Sprintf("%d%s%02d", permille/1000, point, permille%1000/10)
}

func shadowTable(ctx context.Context, p *app.Preview) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "policies.shadow"), Hidden: true, Columns: columns(ctx, "card", "#count", "#points", "#lost", "#gained")}
	for _, x := range p.Challenger {
		t.Rows = append(t.Rows, web.Cells(x.Card+" v"+strconv.Itoa(x.CardNo), strconv.Itoa(x.N), ratioPoints(ctx, x.Points), strconv.Itoa(x.Lost), strconv.Itoa(x.Gained)))
	}
	return t
}

// ratioPoints prints hundredths of points with their sign.
func ratioPoints(ctx context.Context, hundredths int64) string {
	sign := "+"
	if hundredths < 0 {
		sign, hundredths = "−", -hundredths
	}
	return sign + ratio(ctx, int(hundredths*10))
}

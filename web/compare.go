package web

import (
	"context"

	"zahlziel/app"
	"zahlziel/money"
)

// Compared is a table of what was answered before facts were corrected and what is answered now.
func Compared(ctx context.Context, cur money.Currency, before, after app.Outcomes) TableData {
	t := TableData{Caption: T(ctx, "review.compared"), Hidden: true, Columns: []Column{{Head: T(ctx, "review.what")}, {Head: T(ctx, "review.before"), Num: true}, {Head: T(ctx, "review.after"), Num: true}}}
	t.Rows = append(t.Rows,
		Cells(T(ctx, "review.points"), itoa(int(before.Score)), itoa(int(after.Score))),
		Cells(T(ctx, "review.limit"), Money(ctx, before.Limit, cur), Money(ctx, after.Limit, cur)),
		Cells(T(ctx, "review.free"), Money(ctx, before.Free, cur), Money(ctx, after.Free, cur)))
	for i, m := range before.Methods {
		then := m
		if i < len(after.Methods) && after.Methods[i].Method == m.Method {
			then = after.Methods[i]
		}
		t.Rows = append(t.Rows, Cells(T(ctx, "method.title."+m.Method), outcomeText(ctx, m), outcomeText(ctx, then)))
	}
	return t
}

func outcomeText(ctx context.Context, m app.OutcomeFor) string {
	if m.OK {
		return T(ctx, "review.possible")
	}
	return T(ctx, "review.not_now")
}

// WhyNot are the reasons of the methods that are not possible, each sentence once.
func WhyNot(ctx context.Context, o app.Outcomes) []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range o.Methods {
		list := m.English
		if LangOf(ctx) == German {
			list = m.German
		}
		for _, s := range list {
			if !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

package desk

import (
	"context"
	"net/http"
	"strconv"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

func (d *Desk) promises(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/promises"
	report, err := d.app.PromiseReport(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, promisesPage(who, report))
}

// promiseEvents are the promises of a story: each when it was accepted or offered, and when it ended.
func promiseEvents(ctx context.Context, s *app.Story) []event {
	var out []event
	for _, p := range s.Promises {
		amount, method := web.Money(ctx, p.Amount, p.Currency), web.T(ctx, "method.title."+p.Method)
		span := web.T(ctx, "desk.promise.span", web.Data{"Method": method, "From": web.Day(ctx, p.FromDay), "Until": web.Day(ctx, p.ValidUntil)})
		e := event{At: pay.Germany.Midnight(p.OfferedDay), Day: true, Kind: "promise", Title: web.T(ctx, "desk.promise.offered"), Text: span, Amount: amount}
		if p.AcceptedAt != 0 {
			e.At, e.Day, e.Title = p.AcceptedAt, false, web.T(ctx, "desk.promise.accepted")
		}
		out = append(out, e)
		if p.FulfilledDay.IsSet() {
			out = append(out, event{At: pay.Germany.Midnight(p.FulfilledDay), Day: true, Kind: "promise", Title: web.T(ctx, "desk.promise.fulfilled"), Text: span, Amount: amount})
		}
		if p.EndedDay.IsSet() {
			text := span
			if p.Void != "" {
				text = p.Void + ": " + voidSentence(ctx, p.Void)
			}
			out = append(out, event{At: pay.Germany.Midnight(p.EndedDay), Day: true, Kind: "promise", Title: web.T(ctx, "desk.promise."+p.State), Text: text, Amount: amount})
		}
	}
	return out
}

func voidSentence(ctx context.Context, code string) string {
	for _, v := range credit.Voids() {
		if v.String() == code {
			return v.Sentence(lang(ctx))
		}
	}
	return ""
}

// promiseStates lists how many promises are in each state, and the void ones by their code.
func promiseStates(ctx context.Context, r *app.PromiseReport) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.promises.states"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.promises.state")}, {Head: web.T(ctx, "desk.promises.why")},
		{Head: web.T(ctx, "desk.promises.n"), Num: true}, {Head: web.T(ctx, "desk.col.amount"), Num: true}}}
	for _, s := range r.States {
		why := ""
		if s.Void != "" {
			why = s.Void + ": " + voidSentence(ctx, s.Void)
		}
		t.Rows = append(t.Rows, web.Cells(web.T(ctx, "desk.promise."+s.State), why, strconv.FormatInt(s.N, 10), web.Money(ctx, s.Amount, r.Currency)))
	}
	return t
}

func exposureBar(ctx context.Context, r *app.PromiseReport) web.Bar {
	b := web.Bar{Label: web.T(ctx, "desk.promises.bound"), Value: int(r.Bound), Max: int(r.Cap),
		Text: web.T(ctx, "desk.promises.of", web.Data{"Bound": web.Money(ctx, r.Bound, r.Currency), "Cap": web.Money(ctx, r.Cap, r.Currency)})}
	if r.Bound*10 > r.Cap*8 {
		b.Kind = web.Caution
	}
	return b
}

func keptFacts(ctx context.Context, r *app.PromiseReport) []web.Fact {
	n := func(key string, v int) web.Fact { return web.Fact{Label: key, Value: strconv.Itoa(v)} }
	return []web.Fact{n(web.T(ctx, "desk.promises.asked"), r.Asked), n(web.T(ctx, "desk.promises.honoured"), r.Honoured),
		n(web.T(ctx, "desk.promises.void"), r.Void), n(web.T(ctx, "desk.promises.broken"), r.Broken), n(web.T(ctx, "desk.promises.looked"), r.Looked)}
}

// rate prints the share of kept promises with what it is a share of.
func rate(ctx context.Context, r *app.PromiseReport) string {
	percent := strconv.FormatInt(r.Rate()/100, 10)
	if rest := r.Rate() % 100; rest != 0 {
		point := "."
		if web.LangOf(ctx) == web.German {
			point = ","
		}
		percent += point + strconv.FormatInt(100+rest, 10)[1:]
	}
	return web.T(ctx, "desk.promises.rate", web.Data{"Percent": percent, "All": r.Honoured + r.Broken})
}

// keptText says what a promise did about the answer of the rules.
func keptText(ctx context.Context, k *credit.Kept) string {
	if k.Honoured() {
		return web.T(ctx, "desk.promises.kept_yes", web.Data{"ID": pay.Bare(pay.PromiseID(k.Promise.ID))})
	}
	text := web.T(ctx, "desk.promises.kept_no", web.Data{"ID": pay.Bare(pay.PromiseID(k.Promise.ID))})
	for _, v := range k.Voids {
		text += " " + v.String() + ": " + v.Sentence(lang(ctx))
	}
	return text
}

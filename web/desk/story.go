package desk

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// kinds are the kinds of event in a story, in the order of their filters.
var kinds = []string{"order", "capture", "refund", "invoice", "payment", "decision", "promise", "mail", "document", "audit"}

// event is one line of a story.
type event struct {
	At     pay.Micros
	Day    bool // the instant is only a day
	Kind   string
	Title  string
	Text   string
	Amount string
	Href   string
}

// events tells a story, the newest first. Who looked at it is part of it when asked for.
func events(ctx context.Context, s *app.Story, looks bool) []event {
	out := slices.Concat(orderEvents(ctx, s), claimEvents(ctx, s), decisionEvents(ctx, s), promiseEvents(ctx, s), postEvents(ctx, s))
	if looks {
		out = append(out, lookEvents(ctx, s)...)
	}
	slices.SortStableFunc(out, func(x, y event) int { return cmp.Compare(y.At, x.At) })
	return out
}

func orderEvents(ctx context.Context, s *app.Story) []event {
	var out []event
	for _, o := range s.Orders {
		cur := o.Order.Currency
		text := web.T(ctx, "method.title."+o.Order.Method) + ", " + web.T(ctx, "desk.order."+o.Order.Status) + ", " + pay.ShortReference(o.Order.ID)
		if len(o.Cart.Lines) > 0 {
			text += ": " + o.Cart.Lines[0].Name
		}
		out = append(out, event{At: o.Order.CreatedAt, Kind: "order", Title: o.Shop, Text: text, Amount: web.Money(ctx, o.Order.OriginalAmount, cur)})
		for _, c := range o.Captures {
			out = append(out, event{At: c.Capture.At, Kind: "capture", Title: o.Shop, Text: c.Parcel.Description, Amount: web.Money(ctx, c.Capture.Amount, cur)})
		}
		for _, r := range o.Refunds {
			out = append(out, event{At: r.Refund.At, Kind: "refund", Title: o.Shop, Text: r.Parcel.Description, Amount: web.Money(ctx, -r.Refund.Amount, cur)})
		}
	}
	return out
}

func claimEvents(ctx context.Context, s *app.Story) []event {
	var out []event
	for _, o := range s.Items {
		text := o.Invoice.No + ", " + o.Slip.Reference
		out = append(out, event{At: pay.Germany.Midnight(o.Invoice.IssuedDay), Day: true, Kind: "invoice", Title: o.Shop, Text: text, Amount: web.Money(ctx, o.Invoice.Amount, o.Invoice.Currency)})
	}
	for _, p := range s.Paid {
		out = append(out, event{At: pay.Germany.Midnight(p.Day), Day: true, Kind: "payment", Title: p.No, Text: p.Shop, Amount: web.Money(ctx, p.Amount, p.Currency)})
	}
	return out
}

func decisionEvents(ctx context.Context, s *app.Story) []event {
	var out []event
	for _, d := range s.Decisions {
		out = append(out, event{At: d.Row.At, Kind: "decision", Title: answer(ctx, d.Row.Approved == 1), Text: d.Shop,
			Amount: web.Money(ctx, d.Row.Amount, pay.Germany.Currency), Href: "/desk/decisions/" + pay.Bare(d.Row.ID)})
	}
	return out
}

func postEvents(ctx context.Context, s *app.Story) []event {
	var out []event
	for _, m := range s.Mails {
		out = append(out, event{At: m.Mail.At, Kind: "mail", Title: m.Subject, Text: m.To + ", " + web.T(ctx, "desk.mail."+m.Mail.State)})
	}
	for _, d := range s.Documents {
		out = append(out, event{At: d.Document.At, Kind: "document", Title: web.T(ctx, "desk.document."+d.Document.Kind), Text: d.Shop + ", " + d.No,
			Href: "/desk/documents/" + pay.Bare(d.Document.ID)})
	}
	return out
}

func lookEvents(ctx context.Context, s *app.Story) []event {
	var out []event
	for _, l := range s.Looks {
		who := l.Name
		switch {
		case who != "":
		case l.Look.Actor == string(s.Consumer.ID):
			who = web.T(ctx, "desk.actor.consumer")
		case l.Look.Actor == "nobody":
			who = web.T(ctx, "desk.actor.nobody")
		default:
			who = web.T(ctx, "desk.actor.program")
		}
		out = append(out, event{At: l.Look.At, Kind: "audit", Title: who, Text: deed(ctx, l.Look)})
	}
	return out
}

// eventsPerPage is how many events one page shows.
const eventsPerPage = 30

// lastLooks is how many looks stand under every story.
const lastLooks = 5

func lookTable(ctx context.Context, s *app.Story) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.story.looks"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.when")}, {Head: web.T(ctx, "desk.col.who")}, {Head: web.T(ctx, "desk.col.what")}}}
	looks := lookEvents(ctx, s)
	for _, e := range looks[:min(len(looks), lastLooks)] {
		t.Rows = append(t.Rows, web.Cells(instant(ctx, e.At), e.Title, e.Text))
	}
	return t
}

// deeds are the actions of the audit trail that have words of their own; the others show as they are stored.
var deeds = []string{"looked_at", "sign_in_asked", "signed_in", "signed_out", "promise_accepted", "promise_fulfilled", "promise_honoured", "promise_ended", "source_asked", "started_check", "check_finished", "screened", "screening_decided"}

func deed(ctx context.Context, l pay.Look) string {
	what := l.Action
	if slices.Contains(deeds, what) {
		what = web.T(ctx, "desk.action."+what)
	}
	switch prefix, _, _ := strings.Cut(l.Detail, "_"); {
	case l.Detail == "":
		return what
	case slices.Contains([]string{"search", "story", "payments", "screening"}, l.Detail):
		return what + ": " + web.T(ctx, "desk.place."+l.Detail)
	case prefix == pay.PrefixDecision:
		return what + ": " + web.T(ctx, "desk.place.decision")
	case prefix == pay.PrefixReview || prefix == pay.PrefixReviewFile:
		return what + ": " + web.T(ctx, "desk.place.review")
	case prefix == pay.PrefixFraudCheck:
		return what + ": " + web.T(ctx, "desk.place.check")
	case prefix == pay.PrefixDocument:
		return what + ": " + web.T(ctx, "desk.place.document")
	}
	return what + ": " + l.Detail
}

// choose keeps the events of the chosen kinds and cuts out the chosen page.
func (f filter) choose(all []event) (shown []event, pager web.Pager) {
	if len(f.Kinds) > 0 {
		all = slices.DeleteFunc(all, func(e event) bool { return !f.Kinds[e.Kind] })
	}
	pages := max(1, (len(all)+eventsPerPage-1)/eventsPerPage)
	page := min(f.Page, pages)
	return all[(page-1)*eventsPerPage : min(page*eventsPerPage, len(all))], web.Pager{Page: page, Pages: pages, Href: f.href}
}

func (f filter) href(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	for _, k := range kinds {
		if f.Kinds[k] {
			q.Add("kind", k)
		}
	}
	return "?" + q.Encode()
}

func eventTable(ctx context.Context, list []event) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.story.timeline"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.when")}, {Head: web.T(ctx, "desk.col.kind")},
		{Head: web.T(ctx, "desk.col.what")}, {Head: web.T(ctx, "desk.col.detail")}, {Head: web.T(ctx, "desk.col.amount"), Num: true}}}
	for _, e := range list {
		when := instant(ctx, e.At)
		if e.Day {
			when = shortDay(ctx, e.At)
		}
		t.Rows = append(t.Rows, []web.Cell{{Text: when}, {Text: web.T(ctx, "desk.kind."+e.Kind)}, {Text: e.Title, Href: e.Href}, {Text: e.Text}, {Text: e.Amount}})
	}
	return t
}

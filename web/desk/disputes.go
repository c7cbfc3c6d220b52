package desk

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

func (d *Desk) disputes(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/disputes"
	list, err := d.app.DisputeQueue(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	day, err := d.app.Day(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, disputesPage(who, disputeQueue(r.Context(), list, func(x app.DisputeLine) bool { return x.Dispute.DeadlineDay < day })))
}

// verdict is the desk's forms as they were typed.
type verdict struct {
	Lost   string
	Note   string
	Text   string
	Errors web.FieldErrors
}

func disputeID(r *http.Request) (pay.DisputeID, error) {
	id, ok := pay.ParseID[pay.DisputeID](pay.PrefixDispute, r.PathValue("id"))
	if !ok {
		return "", web.Status(http.StatusNotFound)
	}
	return id, nil
}

func (d *Desk) dispute(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showDispute(w, r, who, http.StatusOK, verdict{})
}

func (d *Desk) showDispute(w http.ResponseWriter, r *http.Request, who visitor, status int, f verdict) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	who.Here = "/desk/disputes"
	v, err := d.app.ReadDispute(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, disputePage(who, v, f))
}

// disputeFile sends a file to be kept; opening it is noted.
func (d *Desk) disputeFile(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	file, ok := pay.ParseID[pay.DisputeFileID](pay.PrefixDisputeFile, r.PathValue("file"))
	if !ok {
		return web.Status(http.StatusNotFound)
	}
	name, body, err := d.app.DisputeFile(r.Context(), who.Actor, id, file)
	if err != nil {
		return err
	}
	return web.SendFile(w, name.MediaType, name.Name, body)
}

func (d *Desk) askShop(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := verdict{Text: r.PostForm.Get("text")}
	if err := d.app.AskAboutDispute(r.Context(), who.Actor, id, f.Text); err != nil {
		return d.refused(w, r, who, f, err)
	}
	return web.Redirect(w, r, "/desk/disputes/"+pay.Bare(id))
}

// decide ends a dispute: the typed amount is taken off the claim, 0 leaves it as it is.
func (d *Desk) decide(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := verdict{Lost: r.PostForm.Get("lost"), Note: r.PostForm.Get("note")}
	lost, err := money.Parse(f.Lost, pay.Germany.Currency)
	if err != nil || lost < 0 {
		f.Errors.Add("lost", web.T(r.Context(), "disputedesk.error.lost"))
		return d.showDispute(w, r, who, http.StatusUnprocessableEntity, f)
	}
	if err := d.app.DecideDispute(r.Context(), who.Actor, id, lost, f.Note); err != nil {
		return d.refused(w, r, who, f, err)
	}
	return web.Redirect(w, r, "/desk/disputes/"+pay.Bare(id))
}

// refused puts what a use case says beside its field; a dispute that ended meanwhile is shown as it is.
func (d *Desk) refused(w http.ResponseWriter, r *http.Request, who visitor, f verdict, err error) error {
	var e *pay.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Kind == pay.Conflict:
		return d.showDispute(w, r, who, http.StatusConflict, f)
	case e.Kind == pay.Invalid && e.Field == "amount":
		f.Errors.Add("lost", web.T(r.Context(), "disputedesk.error.lost"))
	case e.Kind == pay.Invalid && e.Field == "note":
		f.Errors.Add("note", web.T(r.Context(), "disputedesk.error.text"))
	case e.Kind == pay.Invalid:
		f.Errors.Add("text", web.T(r.Context(), "disputedesk.error.text"))
	default:
		return err
	}
	return d.showDispute(w, r, who, http.StatusUnprocessableEntity, f)
}

func (d *Desk) payouts(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/payouts"
	list, err := d.app.Payouts(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, payoutsPage(who, payoutTable(r.Context(), list)))
}

func (d *Desk) payout(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, ok := pay.ParseID[pay.PayoutID](pay.PrefixPayout, r.PathValue("id"))
	if !ok {
		return web.Status(http.StatusNotFound)
	}
	who.Here = "/desk/payouts"
	s, err := d.app.Settlement(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, payoutPage(who, s, d.app.MerchantName(s.Payout.MerchantID)))
}

func disputeQueue(ctx context.Context, list []app.DisputeLine, late func(app.DisputeLine) bool) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "disputedesk.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "disputedesk.deadline")}, {Head: web.T(ctx, "disputes.shop")},
		{Head: web.T(ctx, "disputes.reason")}, {Head: web.T(ctx, "disputes.stands")}, {Head: web.T(ctx, "disputes.opened")}, {Head: web.T(ctx, "disputes.amount"), Num: true}}}
	for _, l := range list {
		x := l.Dispute
		when := web.Day(ctx, x.DeadlineDay)
		if late(l) {
			when += " " + web.T(ctx, "disputedesk.late")
		}
		t.Rows = append(t.Rows, []web.Cell{{Text: when, Href: "/desk/disputes/" + pay.Bare(x.ID)}, {Text: l.Shop}, {Text: web.T(ctx, "disputes.reason."+x.Reason)},
			{Text: web.T(ctx, "disputedesk.state."+x.State)}, {Text: web.Day(ctx, x.OpenedDay)}, {Text: web.Money(ctx, x.Amount, x.Currency)}})
	}
	return t
}

func disputeFacts(ctx context.Context, v *app.DisputeView) []web.Fact {
	x := &v.Dispute
	facts := []web.Fact{
		{Label: web.T(ctx, "disputes.shop"), Value: v.Shop},
		{Label: web.T(ctx, "disputes.invoice"), Value: v.Invoice.No, Action: &web.Link{Text: web.T(ctx, "disputedesk.person"), Href: "/desk/consumers/" + pay.Bare(x.ConsumerID)}},
		{Label: web.T(ctx, "disputes.reason"), Value: web.T(ctx, "disputes.reason."+x.Reason)},
		{Label: web.T(ctx, "disputes.amount"), Value: web.Money(ctx, x.Amount, x.Currency)},
		{Label: web.T(ctx, "disputes.opened"), Value: web.Day(ctx, x.OpenedDay)},
		{Label: web.T(ctx, "disputes.stands"), Value: web.T(ctx, "disputedesk.state."+x.State)},
	}
	if x.IsOpen() {
		return append(facts, web.Fact{Label: web.T(ctx, "disputedesk.deadline"), Value: web.Day(ctx, x.DeadlineDay)})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "disputes.closed"), Value: web.Day(ctx, x.ClosedDay)},
		web.Fact{Label: web.T(ctx, "disputedesk.outcome"), Value: web.T(ctx, "disputedesk.outcome."+x.Outcome)},
		web.Fact{Label: web.T(ctx, "disputedesk.lost"), Value: web.Money(ctx, x.Lost, x.Currency)})
}

func payoutTable(ctx context.Context, list []app.PayoutLine) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "payoutdesk.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "payoutdesk.day")}, {Head: web.T(ctx, "disputes.shop")},
		{Head: web.T(ctx, "disputes.stands")}, {Head: web.T(ctx, "payoutdesk.opening"), Num: true}, {Head: web.T(ctx, "payoutdesk.closing"), Num: true}, {Head: web.T(ctx, "payoutdesk.paid"), Num: true}}}
	for _, l := range list {
		p := l.Payout
		t.Rows = append(t.Rows, []web.Cell{{Text: web.Day(ctx, p.DueDay), Href: "/desk/payouts/" + pay.Bare(p.ID)}, {Text: l.Shop}, {Text: web.T(ctx, "payoutdesk.state."+p.State)},
			{Text: web.Money(ctx, p.Opening, p.Currency)}, {Text: web.Money(ctx, p.Closing, p.Currency)}, {Text: web.Money(ctx, p.Amount, p.Currency)}})
	}
	return t
}

func payoutFacts(ctx context.Context, s *app.Settlement) []web.Fact {
	cur := s.Payout.Currency
	facts := []web.Fact{{Label: web.T(ctx, "payoutdesk.opening"), Value: web.Money(ctx, -s.Payout.Opening, cur)}}
	for _, event := range pay.SettlementEvents {
		if sum, has := s.Sums[event]; has {
			facts = append(facts, web.Fact{Label: web.T(ctx, "payoutdesk.event."+event), Value: web.Money(ctx, sum, cur)})
		}
	}
	return append(facts, web.Fact{Label: web.T(ctx, "payoutdesk.closing"), Value: web.Money(ctx, s.Payout.Closing, cur)},
		web.Fact{Label: web.T(ctx, "payoutdesk.paid"), Value: web.Money(ctx, s.Payout.Amount, cur), Total: true})
}

func fileHref(id pay.DisputeID, f pay.DisputeFileID) string {
	return "/desk/disputes/" + pay.Bare(id) + "/files/" + pay.Bare(f)
}

func items(n int64) string { return strconv.FormatInt(n, 10) }

func fieldNames(fields map[string]string) []string { return slices.Sorted(maps.Keys(fields)) }

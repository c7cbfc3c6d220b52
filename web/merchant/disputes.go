package merchant

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// waiting are the states in which a dispute waits for the shop.
var waiting = []string{pay.DisputeOpened, pay.DisputeUnresolved}

// disputeList is one page of the shop's disputes, newest first.
type disputeList struct {
	Page  *app.DisputePage
	Later bool
	Next  string
}

func (p *Pages) disputes(w http.ResponseWriter, r *http.Request, who visitor) error {
	q := app.DisputeQuery{Descending: true, Limit: pageSize}
	if text := r.URL.Query().Get("before"); text != "" {
		at, id, _ := strings.Cut(text, ".")
		n, err := strconv.ParseInt(at, 10, 64)
		behind, ok := pay.ParseID[pay.DisputeID](pay.PrefixDispute, id)
		if err != nil || !ok {
			return web.Status(http.StatusNotFound)
		}
		q.AfterAt, q.AfterID = n, string(behind)
	}
	page, err := p.app.Disputes(r.Context(), who.Actor, q)
	if err != nil {
		return err
	}
	list := disputeList{Page: page, Later: q.AfterID != ""}
	if page.Next != nil {
		list.Next = strconv.FormatInt(page.Next.At, 10) + "." + pay.Bare(page.Next.ID)
	}
	return web.Render(w, r, http.StatusOK, disputesPage(who, list))
}

// Bounds of an answer, in characters.
const (
	fieldMax   = 500
	formMemory = 1 << 20
)

// reply is an answer as it was typed; files have to be chosen again.
type reply struct {
	Comment string
	Fields  map[string]string
	Done    string
	Errors  web.FieldErrors
}

func disputeID(r *http.Request) (pay.DisputeID, error) {
	return web.PathID[pay.DisputeID](r, "id", pay.PrefixDispute)
}

func (p *Pages) dispute(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	return p.showDispute(w, r, who, http.StatusOK, id, reply{Done: known(r, "done", "answer", "accept")})
}

func (p *Pages) showDispute(w http.ResponseWriter, r *http.Request, who visitor, status int, id pay.DisputeID, f reply) error {
	v, err := p.app.ReadDispute(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, disputePage(who, v, f))
}

// disputeFile sends a file to be kept.
func (p *Pages) disputeFile(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	file, err := web.PathID[pay.DisputeFileID](r, "file", pay.PrefixDisputeFile)
	if err != nil {
		return err
	}
	name, body, err := p.app.DisputeFile(r.Context(), who.Actor, id, file)
	if err != nil {
		return err
	}
	return web.SendFile(w, name.MediaType, name.Name, body)
}

// answer attaches the chosen files and answers the newest request. What cannot be taken comes back beside its field.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx := r.Context()
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	v, err := p.app.ReadDispute(ctx, who.Actor, id)
	if err != nil {
		return err
	}
	var f reply
	bad := func(status int, field, text string) error {
		f.Errors.Add(field, text)
		return web.Render(w, r, status, disputePage(who, v, f))
	}
	if err := r.ParseMultipartForm(formMemory); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return bad(http.StatusRequestEntityTooLarge, "files", web.T(ctx, "merchant.error.files"))
		}
		return web.Status(http.StatusBadRequest)
	}
	f.read(r, v)
	files, err := web.Uploads(r.MultipartForm.File["files"])
	if err != nil {
		return err
	}
	if len(v.Requests) == 0 || !v.Dispute.IsOpen() {
		return p.showDispute(w, r, who, http.StatusConflict, id, f)
	}
	if f.Comment == "" && len(f.Fields) == 0 && len(files) == 0 || utf8.RuneCountInString(f.Comment) > app.DisputeTextMax {
		return bad(http.StatusUnprocessableEntity, "comment", web.T(ctx, "merchant.error.comment", web.Data{"Most": app.DisputeTextMax}))
	}
	out := app.DisputeReply{Comment: f.Comment, Fields: f.Fields}
	for _, file := range files {
		kept, err := p.app.AttachToDispute(ctx, who.Actor, app.Key{}, id, file)
		if refused(err) != nil {
			return bad(http.StatusUnprocessableEntity, "files", web.T(ctx, "merchant.error.files"))
		} else if err != nil {
			return err
		}
		out.Files = append(out.Files, kept)
	}
	_, err = p.app.AnswerDispute(ctx, who.Actor, app.Key{}, id, v.Requests[len(v.Requests)-1].Request.ID, out)
	if isKind(err, pay.Conflict) { // it ended meanwhile, or somebody else answered
		return p.showDispute(w, r, who, http.StatusConflict, id, f)
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, disputeHref(id)+"?done=answer")
}

// read takes what was typed into the fields that the newest request asks for.
func (f *reply) read(r *http.Request, v *app.DisputeView) {
	f.Comment, f.Fields = strings.TrimSpace(r.PostForm.Get("comment")), map[string]string{}
	needed, optional := asked(v)
	for _, name := range slices.Concat(needed, optional) {
		if text := []rune(strings.TrimSpace(r.PostForm.Get("field-" + name))); len(text) > 0 {
			f.Fields[name] = string(text[:min(len(text), fieldMax)])
		}
	}
}

// asked are the fields of the newest request, without the comment, which has a box of its own.
func asked(v *app.DisputeView) (needed, optional []string) {
	if len(v.Requests) == 0 {
		return nil, nil
	}
	q := v.Requests[len(v.Requests)-1].Question
	comment := func(name string) bool { return name == "comment" }
	return slices.DeleteFunc(slices.Clone(q.Fields), comment), slices.DeleteFunc(slices.Clone(q.Optional), comment)
}

// acceptLoss ends the dispute as the buyer wants it, if the box was ticked.
func (p *Pages) acceptLoss(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := disputeID(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	if r.PostForm.Get("sure") != "yes" {
		var f reply
		f.Errors.Add("sure", web.T(r.Context(), "merchant.error.sure"))
		return p.showDispute(w, r, who, http.StatusUnprocessableEntity, id, f)
	}
	err = p.app.AcceptLoss(r.Context(), who.Actor, app.Key{}, id)
	if isKind(err, pay.Conflict) {
		return p.showDispute(w, r, who, http.StatusConflict, id, reply{})
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, disputeHref(id)+"?done=accept")
}

func disputeHref(id pay.DisputeID) string { return "/merchant/disputes/" + pay.Bare(id) }

func fileHref(id pay.DisputeID, f pay.DisputeFileID) string {
	return disputeHref(id) + "/files/" + pay.Bare(f)
}

func disputeTable(ctx context.Context, list []*app.DisputeView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.disputes.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.dispute.opened")}, {Head: web.T(ctx, "merchant.col.order")},
		{Head: web.T(ctx, "merchant.dispute.reason")}, {Head: web.T(ctx, "merchant.col.state")}, {Head: web.T(ctx, "merchant.dispute.deadline")}, {Head: web.T(ctx, "merchant.col.amount"), Num: true}}}
	for _, v := range list {
		d := &v.Dispute
		until := ""
		if slices.Contains(waiting, d.State) {
			until = web.Day(ctx, d.DeadlineDay)
		}
		row := web.Cells(web.Day(ctx, d.OpenedDay), pay.ShortReference(d.OrderID), web.T(ctx, "merchant.reason."+d.Reason), web.T(ctx, "merchant.dispute.state."+d.State), until, web.Money(ctx, d.Amount, d.Currency))
		row[0].Href, row[1].Href = disputeHref(d.ID), orderHref(d.OrderID)
		t.Rows = append(t.Rows, row)
	}
	return t
}

func disputeFacts(ctx context.Context, v *app.DisputeView) []web.Fact {
	d := &v.Dispute
	facts := []web.Fact{{Label: web.T(ctx, "merchant.col.order"), Value: pay.ShortReference(d.OrderID), Action: &web.Link{Text: web.T(ctx, "merchant.dispute.see_order"), Href: orderHref(d.OrderID)}},
		{Label: web.T(ctx, "merchant.dispute.reason"), Value: web.T(ctx, "merchant.reason."+d.Reason)}, {Label: web.T(ctx, "merchant.col.amount"), Value: web.Money(ctx, d.Amount, d.Currency)},
		{Label: web.T(ctx, "merchant.dispute.opened"), Value: web.Day(ctx, d.OpenedDay)}, {Label: web.T(ctx, "merchant.col.state"), Value: web.T(ctx, "merchant.dispute.state."+d.State)}}
	if d.IsOpen() {
		return append(facts, web.Fact{Label: web.T(ctx, "merchant.dispute.deadline"), Value: web.Day(ctx, d.DeadlineDay)})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "merchant.dispute.outcome"), Value: web.T(ctx, "merchant.outcome."+d.Outcome)},
		web.Fact{Label: web.T(ctx, "merchant.dispute.lost"), Value: web.Money(ctx, d.Lost, d.Currency)})
}

// answers are the filled-in fields of one answer, in the order of their names.
func answers(ctx context.Context, fields map[string]string) (out []web.Fact) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		out = append(out, web.Fact{Label: fieldLabel(ctx, name), Value: fields[name]})
	}
	return out
}

// fieldNames are the fields that have a name for people; a shop's program may have sent others.
var fieldNames = []string{"shipping_company", "tracking_number", "shipping_date", "delivery_date", "delivery_address", "return_received", "return_date", "refund_id", "invoice_number",
	"order_confirmation", "inspection_report"}

func fieldLabel(ctx context.Context, name string) string {
	if slices.Contains(fieldNames, name) {
		return web.T(ctx, "merchant.field."+name)
	}
	return name
}

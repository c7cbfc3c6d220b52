package portal

import (
	"context"
	"errors"
	"net/http"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// disputeForm is an objection as it was typed; files have to be chosen again.
type disputeForm struct {
	Reason string
	Amount string
	Text   string
	Errors web.FieldErrors
}

func (p *Portal) disputes(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	list, err := p.app.OwnDisputes(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, disputesPage(p.inside("/me/history"), list, p.app.MerchantName))
}

func (p *Portal) dispute(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.DisputeID](r, "id", pay.PrefixDispute)
	if err != nil {
		return err
	}
	v, err := p.app.ReadDispute(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, disputePage(p.inside("/me/history"), v))
}

// disputeFile sends a file to be kept; no cache may hold it and no browser shows it in place.
func (p *Portal) disputeFile(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, ok := pay.ParseID[pay.DisputeID](pay.PrefixDispute, r.PathValue("id"))
	file, okFile := pay.ParseID[pay.DisputeFileID](pay.PrefixDisputeFile, r.PathValue("file"))
	if !ok || !okFile {
		return web.Status(http.StatusNotFound)
	}
	name, body, err := p.app.DisputeFile(r.Context(), who, id, file)
	if err != nil {
		return err
	}
	return web.SendFile(w, name.MediaType, name.Name, body)
}

func (p *Portal) withdrawDispute(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.DisputeID](r, "id", pay.PrefixDispute)
	if err != nil {
		return err
	}
	if err := p.app.WithdrawDispute(r.Context(), who, id); err != nil && !isKind(err, pay.Conflict) {
		return err // a dispute that ended meanwhile shows how
	}
	return web.Redirect(w, r, "/me/disputes/"+pay.Bare(id))
}

// disputed is the invoice that a form is about.
func (p *Portal) disputed(r *http.Request, who app.Actor) (*app.ItemView, error) {
	id, ok := pay.ParseID[pay.InvoiceID](pay.PrefixInvoice, r.PathValue("id"))
	if !ok {
		return nil, web.Status(http.StatusNotFound)
	}
	return p.app.Item(r.Context(), who, id)
}

func (p *Portal) askDispute(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	v, err := p.disputed(r, who)
	if err != nil {
		return err
	}
	if v.Invoice.DisputeID != "" {
		return web.Redirect(w, r, "/me/disputes/"+pay.Bare(v.Invoice.DisputeID))
	}
	return web.Render(w, r, http.StatusOK, disputeFormPage(p.inside("/me"), v, disputeForm{}))
}

// openDispute opens a dispute. What the use case refuses comes back beside its field.
func (p *Portal) openDispute(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	ctx := r.Context()
	v, err := p.disputed(r, who)
	if err != nil {
		return err
	}
	if v.Invoice.DisputeID != "" {
		return web.Redirect(w, r, "/me/disputes/"+pay.Bare(v.Invoice.DisputeID)) // sent twice
	}
	if err := r.ParseMultipartForm(formMemory); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			f := disputeForm{}
			f.Errors.Add("files", web.T(ctx, "disputes.error.files"))
			return web.Render(w, r, http.StatusRequestEntityTooLarge, disputeFormPage(p.inside("/me"), v, f))
		}
		return web.Status(http.StatusBadRequest)
	}
	f := disputeForm{Reason: r.PostForm.Get("reason"), Amount: r.PostForm.Get("amount"), Text: r.PostForm.Get("text")}
	o := app.Objection{Reason: f.Reason, Text: f.Text}
	if f.Amount != "" {
		if o.Amount, err = money.Parse(f.Amount, v.Invoice.Currency); err != nil || o.Amount <= 0 || o.Amount > v.Invoice.Open {
			f.Errors.Add("amount", web.T(ctx, "disputes.error.amount", web.Data{"Most": web.Money(ctx, v.Invoice.Open, v.Invoice.Currency)}))
		}
	}
	if o.Files, err = web.Uploads(r.MultipartForm.File["files"]); err != nil {
		return err
	}
	if len(f.Errors) == 0 {
		d, err := p.app.OpenDispute(ctx, who, app.Key{}, v.Invoice.ID, o)
		if err == nil {
			return web.Redirect(w, r, "/me/disputes/"+pay.Bare(d.ID))
		}
		if err := f.refuse(ctx, err); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, disputeFormPage(p.inside("/me"), v, f))
}

// refuse puts what a use case says beside its field, or returns the error.
func (f *disputeForm) refuse(ctx context.Context, err error) error {
	var e *pay.Error
	if !errors.As(err, &e) || e.Kind != pay.Invalid {
		return err
	}
	switch e.Field {
	case "reason":
		f.Errors.Add("reason", web.T(ctx, "disputes.error.reason"))
	case "text":
		f.Errors.Add("text", web.T(ctx, "disputes.error.text", web.Data{"Most": app.DisputeTextMax}))
	case "file":
		f.Errors.Add("files", web.T(ctx, "disputes.error.files"))
	default:
		return err
	}
	return nil
}

func reasonOptions(ctx context.Context) []web.Option {
	out := []web.Option{{Value: "", Text: web.T(ctx, "disputes.choose")}}
	for _, r := range pay.DisputeReasons {
		out = append(out, web.Option{Value: r, Text: web.T(ctx, "disputes.reason."+r)})
	}
	return out
}

// disputeState says how a dispute stands, for its consumer.
func disputeState(ctx context.Context, d *pay.Dispute) string {
	if d.IsOpen() {
		return web.T(ctx, "disputes.state."+d.State, web.Data{"Day": web.Day(ctx, d.DeadlineDay)})
	}
	return web.T(ctx, "disputes.outcome."+d.Outcome, web.Data{"Amount": web.Money(ctx, d.Lost, d.Currency)})
}

func disputeFacts(ctx context.Context, v *app.DisputeView) []web.Fact {
	d := &v.Dispute
	facts := []web.Fact{
		{Label: web.T(ctx, "disputes.invoice"), Value: v.Invoice.No, Action: &web.Link{Text: web.T(ctx, "disputes.see_invoice"), Href: itemHref(v.Invoice.ID)}},
		{Label: web.T(ctx, "disputes.shop"), Value: v.Shop},
		{Label: web.T(ctx, "disputes.reason"), Value: web.T(ctx, "disputes.reason."+d.Reason)},
		{Label: web.T(ctx, "disputes.amount"), Value: web.Money(ctx, d.Amount, d.Currency)},
		{Label: web.T(ctx, "disputes.opened"), Value: web.Day(ctx, d.OpenedDay)},
	}
	if !d.IsOpen() {
		facts = append(facts, web.Fact{Label: web.T(ctx, "disputes.closed"), Value: web.Day(ctx, d.ClosedDay)})
	}
	return facts
}

func disputeTable(ctx context.Context, list []*pay.Dispute, shop func(pay.MerchantID) string) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "disputes.list"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "disputes.opened")}, {Head: web.T(ctx, "disputes.shop")},
		{Head: web.T(ctx, "disputes.reason")}, {Head: web.T(ctx, "disputes.stands")}, {Head: web.T(ctx, "disputes.amount"), Num: true}}}
	for _, d := range list {
		t.Rows = append(t.Rows, []web.Cell{{Text: web.Day(ctx, d.OpenedDay), Href: "/me/disputes/" + pay.Bare(d.ID)}, {Text: shop(d.MerchantID)},
			{Text: web.T(ctx, "disputes.reason."+d.Reason)}, {Text: disputeState(ctx, d)}, {Text: web.Money(ctx, d.Amount, d.Currency)}})
	}
	return t
}

func fileHref(d pay.DisputeID, f pay.DisputeFileID) string {
	return "/me/disputes/" + pay.Bare(d) + "/files/" + pay.Bare(f)
}

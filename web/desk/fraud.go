package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/web"
)

// fraudRoutes are the pages about orders that wait, fraud rules, block lists and shops.
func (d *Desk) fraudRoutes(mux *http.ServeMux) {
	mux.Handle("GET /desk/pending", d.may(app.DeedFraud, d.pending))
	mux.Handle("GET /desk/pending/{id}", d.may(app.DeedFraud, d.check))
	mux.Handle("POST /desk/pending/{id}", d.may(app.DeedFraud, d.decideCheck))
	mux.Handle("POST /desk/pending/{id}/block", d.may(app.DeedFraud, d.blockOfCheck))
	mux.Handle("GET /desk/fraud", d.may(app.DeedFraud, d.fraud))
	mux.Handle("POST /desk/fraud/blocks", d.may(app.DeedFraud, d.addBlock))
	mux.Handle("POST /desk/fraud/blocks/end", d.may(app.DeedFraud, d.endBlock))
	mux.Handle("POST /desk/fraud/stop", d.may(app.DeedFraud, d.stopOrder))
}

func (d *Desk) pending(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/pending"
	list, err := d.app.Pending(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pendingPage(who, list, doneWord(r)))
}

// doneWord is what was just done, one of the words that pages know.
func doneWord(r *http.Request) string {
	switch done := r.URL.Query().Get("done"); done {
	case "accept", "reject", "first", "block", "unblock", "stop":
		return done
	}
	return ""
}

// verdictForm is a form of the fraud pages as it was typed.
type verdictForm struct {
	Reason string
	Order  string
	Block  app.BlockRequest
	Until  web.DateValue
	Errors web.FieldErrors
}

func (d *Desk) check(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showCheck(w, r, who, http.StatusOK, verdictForm{})
}

func (d *Desk) showCheck(w http.ResponseWriter, r *http.Request, who visitor, status int, f verdictForm) error {
	id, err := web.PathID[pay.FraudCheckID](r, "id", pay.PrefixFraudCheck)
	if err != nil {
		return err
	}
	v, err := d.app.Check(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if f.Until == (web.DateValue{}) {
		f.Until = web.DateValueOf(d.app.Clock.Today() + blockDays)
	}
	return web.Render(w, r, status, checkPage(who, v, f))
}

// blockDays is how long an entry runs unless somebody says otherwise.
const blockDays = 365

func (d *Desk) decideCheck(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.FraudCheckID](r, "id", pay.PrefixFraudCheck)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	word := r.PostForm.Get("verdict")
	if word != pay.VerdictAccept && word != pay.VerdictReject {
		return web.Status(http.StatusBadRequest)
	}
	f := verdictForm{Reason: r.PostForm.Get("reason")}
	c, err := d.app.DecideCheck(r.Context(), who.Actor, id, app.Verdict{Accept: word == pay.VerdictAccept, Reason: f.Reason, Confirmed: r.PostForm.Get("confirmed") == "yes"})
	if known := refusal(err); known != nil {
		f.Errors.Add("reason", d.why(r, known))
		return d.showCheck(w, r, who, http.StatusUnprocessableEntity, f)
	} else if err != nil {
		return err
	}
	if c.State == pay.CheckPending {
		word = "first"
	}
	return web.Redirect(w, r, "/desk/pending?done="+word)
}

// refusal is the error that a form shows beside its field; others are no matter of the form.
func refusal(err error) *pay.Error {
	var e *pay.Error
	if errors.As(err, &e) && (e.Kind == pay.Invalid || e.Kind == pay.Refused || e.Kind == pay.Conflict) {
		return e
	}
	return nil
}

// why is the sentence for what a use case refused.
func (d *Desk) why(r *http.Request, e *pay.Error) string {
	switch e.Code {
	case "bad_reason", "second_person", "check_over", "check_waits", "stop_not_allowed", "bad_kind", "bad_value", "bad_code", "bad_until":
		return web.T(r.Context(), "desk.error."+e.Code)
	}
	return web.T(r.Context(), "desk.error.other")
}

func (d *Desk) blockOfCheck(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id, err := web.PathID[pay.FraudCheckID](r, "id", pay.PrefixFraudCheck)
	if err != nil {
		return err
	}
	f := blockForm(r.PostForm)
	f.Block.Kind = r.PostForm.Get("what")
	v, err := d.app.Check(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if n := strings.TrimPrefix(f.Block.Kind, "iban:"); n != f.Block.Kind {
		f.Block.Kind = "iban"
		for i, iban := range v.Profile.PayerIBAN {
			if n == ibanKey(i) {
				f.Block.Value = iban
			}
		}
	} else {
		f.Block.Value = blockValue(v, f.Block.Kind)
	}
	return d.block(w, r, who, f, func(f verdictForm) error {
		f.Block.Kind = r.PostForm.Get("what")
		return d.showCheck(w, r, who, http.StatusUnprocessableEntity, f)
	})
}

func blockForm(form url.Values) verdictForm {
	f := verdictForm{Until: web.FormDate(form, "until")}
	f.Block = app.BlockRequest{Kind: form.Get("kind"), Value: form.Get("value"), Code: form.Get("code"), Reason: form.Get("block_reason"), Until: cal.NoDay}
	if day, ok := f.Until.Parse(); ok {
		f.Block.Until = day
	}
	return f
}

// block adds an entry; what is refused goes back beside its field.
func (d *Desk) block(w http.ResponseWriter, r *http.Request, who visitor, f verdictForm, again func(verdictForm) error) error {
	_, err := d.app.AddBlock(r.Context(), who.Actor, f.Block)
	if known := refusal(err); known != nil {
		field := known.Field
		if field == "reason" {
			field = "block_reason"
		}
		f.Errors.Add(field, d.why(r, known))
		return again(f)
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, "/desk/fraud?done=block")
}

// fraudView is what the page about the rules shows.
type fraudView struct {
	Report *app.FraudReport
	Shops  []app.ShopSignals
	Blocks []pay.Block
	Form   verdictForm
	Done   string
}

// reportDays is how far back the measuring looks.
const reportDays = 365

func (d *Desk) fraud(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showFraud(w, r, who, http.StatusOK, verdictForm{})
}

func (d *Desk) showFraud(w http.ResponseWriter, r *http.Request, who visitor, status int, f verdictForm) error {
	who.Here = "/desk/fraud"
	ctx := r.Context()
	if f.Until == (web.DateValue{}) {
		f.Until = web.DateValueOf(d.app.Clock.Today() + blockDays)
	}
	v := fraudView{Form: f, Done: doneWord(r)}
	day, err := d.app.Day(ctx)
	if err != nil {
		return err
	}
	if v.Report, err = d.app.MeasureFraud(ctx, who.Actor, day-reportDays); err != nil {
		return err
	}
	if v.Shops, err = d.app.ShopSignals(ctx, who.Actor); err != nil {
		return err
	}
	if v.Blocks, err = d.app.Blocks(ctx, who.Actor); err != nil {
		return err
	}
	return web.Render(w, r, status, fraudPage(who, v))
}

func (d *Desk) addBlock(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	return d.block(w, r, who, blockForm(r.PostForm), func(f verdictForm) error {
		return d.showFraud(w, r, who, http.StatusUnprocessableEntity, f)
	})
}

func (d *Desk) endBlock(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := d.app.EndBlock(r.Context(), who.Actor, r.PostForm.Get("id")); err != nil {
		return err
	}
	return web.Redirect(w, r, "/desk/fraud?done=unblock")
}

func (d *Desk) stopOrder(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := verdictForm{Order: r.PostForm.Get("order"), Reason: r.PostForm.Get("reason")}
	id, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, strings.TrimSpace(f.Order))
	err := error(pay.Errorf(pay.Invalid, "bad_value", "order", "Enter the order's number"))
	if ok {
		_, err = d.app.StopOrder(r.Context(), who.Actor, id, app.Verdict{Reason: f.Reason, Confirmed: r.PostForm.Get("confirmed") == "yes"})
	}
	known := refusal(err)
	if known == nil && isKind(err, pay.Missing) {
		known = &pay.Error{Code: "bad_value", Field: "order"}
	}
	if known != nil {
		field := known.Field
		if field == "" {
			field = "order"
		}
		f.Errors.Add(field, d.why(r, known))
		return d.showFraud(w, r, who, http.StatusUnprocessableEntity, f)
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, "/desk/fraud?done=stop")
}

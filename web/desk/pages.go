package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

func (d *Desk) start(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk"
	return web.Render(w, r, http.StatusOK, searchPage(who, searchResult{}))
}

// searchResult is what was looked for and found.
type searchResult struct {
	Query string
	Done  bool
	Hits  []app.Hit
}

func (d *Desk) search(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	who.Here = "/desk"
	res := searchResult{Query: r.PostForm.Get("q"), Done: true}
	var err error
	if res.Hits, err = d.app.Search(r.Context(), who.Actor, res.Query); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, searchPage(who, res))
}

func (d *Desk) story(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.ConsumerID](r, "id", pay.PrefixConsumer)
	if err != nil {
		return err
	}
	s, err := d.app.Story(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, storyPage(who, s, filterOf(r.URL.Query())))
}

// filter is which events of a story are shown.
type filter struct {
	Kinds map[string]bool // empty: all
	Page  int             // from 1
}

func filterOf(q url.Values) filter {
	f := filter{Kinds: map[string]bool{}, Page: 1}
	for _, k := range q["kind"] {
		f.Kinds[k] = true
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		f.Page = n
	}
	return f
}

func (d *Desk) decision(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.DecisionID](r, "id", pay.PrefixDecision)
	if err != nil {
		return err
	}
	v, err := d.app.Decision(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, decisionPage(who, v))
}

func (d *Desk) document(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.DocumentID](r, "id", pay.PrefixDocument)
	if err != nil {
		return err
	}
	doc, b, err := d.app.DocumentOf(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	return web.SendFile(w, "application/pdf", app.DocumentName(doc), b)
}

// paymentList is the list with what went wrong when one of its forms came back.
type paymentList struct {
	List   []app.UnassignedPayment
	Failed pay.PaymentID // the payment whose form came back
	Typed  string
	Errors web.FieldErrors
	Done   bool // a payment was just assigned
}

func (d *Desk) payments(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showPayments(w, r, who, http.StatusOK, paymentList{Done: r.URL.Query().Get("done") == "yes"})
}

func (d *Desk) showPayments(w http.ResponseWriter, r *http.Request, who visitor, status int, l paymentList) error {
	who.Here = "/desk/payments"
	var err error
	if l.List, err = d.app.PaymentsToAssign(r.Context(), who.Actor); err != nil {
		return err
	}
	return web.Render(w, r, status, paymentsPage(who, l))
}

// assign puts a payment on the suggested or typed invoice. What the use case refuses comes back beside the field.
func (d *Desk) assign(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.PaymentID](r, "id", pay.PrefixPayment)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	typed := r.PostForm.Get("invoice")
	invoice, err := d.app.InvoiceNamed(r.Context(), who.Actor, typed)
	if err == nil {
		_, err = d.app.Assign(r.Context(), who.Actor, app.Key{}, id, invoice)
	}
	if err == nil {
		return web.Redirect(w, r, "/desk/payments?done=yes")
	}
	l := paymentList{Failed: id, Typed: typed}
	switch {
	case isKind(err, pay.Invalid):
		l.Errors.Add("invoice-"+pay.Bare(id), web.T(r.Context(), "desk.error.invoice"))
	case isKind(err, pay.Conflict), isKind(err, pay.Refused):
		l.Errors.Add("invoice-"+pay.Bare(id), web.T(r.Context(), "desk.error.assign"))
	default:
		return err
	}
	return d.showPayments(w, r, who, http.StatusUnprocessableEntity, l)
}

func (d *Desk) health(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/health"
	h, err := d.app.Health(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, healthPage(who, h))
}

func isKind(err error, k pay.Kind) bool {
	var e *pay.Error
	return errors.As(err, &e) && e.Kind == k
}

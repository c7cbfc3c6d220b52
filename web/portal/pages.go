package portal

import (
	"net/http"
	"slices"
	"strconv"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// frame is what every page of the portal carries.
type frame struct {
	Operator pay.Operator
	Signed   bool
	Here     string // the page of the menu that is open
}

func (p *Portal) frame() frame { return frame{Operator: p.app.Operator()} }

func (p *Portal) inside(here string) frame {
	return frame{Operator: p.app.Operator(), Signed: true, Here: here}
}

func (p *Portal) home(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	h, err := p.app.Home(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homePage(p.inside("/me"), h))
}

func (p *Portal) item(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.InvoiceID](r, "id", pay.PrefixInvoice)
	if err != nil {
		return err
	}
	v, err := p.app.Item(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, itemPage(p.inside("/me"), v))
}

func (p *Portal) history(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	h, err := p.app.History(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, historyPage(p.inside("/me/history"), h))
}

func (p *Portal) documents(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	docs, err := p.app.Documents(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, documentsPage(p.inside("/me/documents"), docs))
}

// document sends a paper to be kept. It is opened for this one answer and no cache may hold it.
func (p *Portal) document(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.DocumentID](r, "id", pay.PrefixDocument)
	if err != nil {
		return err
	}
	d, b, err := p.app.Document(r.Context(), who, id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Language", d.Language)
	return web.SendFile(w, "application/pdf", app.DocumentName(d), b)
}

func (p *Portal) standing(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	return p.showStanding(w, r, who, http.StatusOK, wayForm{})
}

// showStanding shows the page with a form that may have come back. Who looks very often sees it without plans.
func (p *Portal) showStanding(w http.ResponseWriter, r *http.Request, who app.Actor, status int, f wayForm) error {
	m, err := p.app.MyStanding(r.Context(), who, p.plans.Allow(string(who.Consumer), p.now()))
	if err != nil {
		return err
	}
	return web.Render(w, r, status, standingPage(p.inside("/me/standing"), m, f))
}

// wayForm is the question for the way back as it was typed.
type wayForm struct {
	Method string
	Amount string
	Errors web.FieldErrors
}

// askWayBack turns the form into the address of its answer, so that it can be kept and opened again.
func (p *Portal) askWayBack(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	s, err := p.app.Standing(r.Context(), who)
	if err != nil {
		return err
	}
	f := wayForm{Method: r.PostForm.Get("method"), Amount: r.PostForm.Get("amount")}
	known, ok := methodOf(s, f.Method)
	if !ok {
		f.Errors.Add("method", web.T(r.Context(), "portal.error.method"))
	}
	amount, err := money.Parse(f.Amount, s.Currency)
	if err != nil || amount <= 0 || amount > s.Most || ok && amount < known.Min {
		f.Errors.Add("amount", web.T(r.Context(), "portal.error.amount", web.Data{
			"Least": web.Money(r.Context(), known.Min, s.Currency), "Most": web.Money(r.Context(), s.Most, s.Currency)}))
	}
	if len(f.Errors) > 0 {
		return p.showStanding(w, r, who, http.StatusUnprocessableEntity, f)
	}
	return web.Redirect(w, r, "/me/way-back/"+f.Method+"/"+strconv.FormatInt(amount, 10))
}

func methodOf(s *app.Standing, name string) (app.MethodStanding, bool) {
	for _, m := range s.Methods {
		if m.Method == name {
			return m, true
		}
	}
	return app.MethodStanding{Min: 100}, false
}

func (p *Portal) wayBack(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	amount, err := strconv.ParseInt(r.PathValue("amount"), 10, 64)
	if err != nil {
		return web.Status(http.StatusNotFound)
	}
	if !p.plans.Allow(string(who.Consumer), p.now()) {
		return web.Status(http.StatusTooManyRequests)
	}
	way, err := p.app.WayBack(r.Context(), who, r.PathValue("method"), amount)
	if err != nil {
		return err
	}
	refused := r.URL.Query().Get("refused")
	if !slices.Contains(refusals, refused) {
		refused = ""
	}
	return web.Render(w, r, http.StatusOK, wayBackPage(p.inside("/me/standing"), way, refused))
}

func (p *Portal) withdraw(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	h, err := p.app.History(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, withdrawPage(p.inside("/me/documents"), h.Orders))
}

func (p *Portal) data(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	profile, err := p.app.Profile(r.Context(), who)
	if err != nil {
		return err
	}
	tokens, err := p.app.CustomerTokens(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, dataPage(p.inside("/me/data"), profile, tokens))
}

// cancelToken ends a shop's permission to place further orders.
func (p *Portal) cancelToken(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, err := web.PathID[pay.CustomerTokenID](r, "id", pay.PrefixCustomerToken)
	if err != nil {
		return err
	}
	if err := p.app.CancelCustomerToken(r.Context(), who, app.Key{}, id); err != nil {
		return err
	}
	return web.Redirect(w, r, "/me/data")
}

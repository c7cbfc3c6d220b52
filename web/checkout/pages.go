package checkout

import (
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// Pages are the handlers of the checkout.
type Pages struct {
	site    *web.Site
	service service
}

// New returns the pages over the program.
func New(site *web.Site, program *app.App) *Pages { return &Pages{site, overApp{program}} }

// The rates at which one address may try: sending mail costs strangers their peace, guessing codes
// costs us ours.
const (
	codeMailEvery  = 20 * time.Second
	codeMailBurst  = 5
	codeGuessEvery = 5 * time.Second
	codeGuessBurst = 10
)

// Register adds the routes of the checkout.
func (p *Pages) Register(mux *http.ServeMux) {
	mails := web.NewLimiter(codeMailEvery, codeMailBurst)
	guesses := web.NewLimiter(codeGuessEvery, codeGuessBurst)
	mux.Handle("GET /checkout/pages/{id}", p.step(p.enter))
	mux.Handle("GET /checkout/pages/{id}/identify", p.step(p.showIdentify))
	mux.Handle("POST /checkout/pages/{id}/identify", p.site.Limit(mails, "code mail", p.step(p.identify)))
	mux.Handle("GET /checkout/pages/{id}/code", p.step(p.showCode))
	mux.Handle("POST /checkout/pages/{id}/code", p.site.Limit(guesses, "code", p.step(p.checkCode)))
	mux.Handle("GET /checkout/pages/{id}/pay", p.step(p.showPay))
	mux.Handle("POST /checkout/pages/{id}/pay", p.site.Limit(guesses, "pay", p.step(p.pay)))
	mux.Handle("GET /checkout/pages/{id}/information/{method}", p.step(p.information))
	mux.Handle("GET /checkout/pages/{id}/done", p.step(p.done))
	mux.Handle("GET /checkout/pages/{id}/refused", p.step(p.refused))
	mux.Handle("POST /checkout/pages/{id}/cancel", p.step(p.cancel))
	p.registerFrame(mux, mails, guesses)
}

const (
	deviceCookie = "device"
	deviceKeep   = 180 * 24 * time.Hour
	devicePath   = "/checkout"
)

func base(id string) string { return "/checkout/pages/" + url.PathEscape(id) }

// enter is where the shop sends the consumer: it leads to the page of the stage.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, v view) error {
	return p.next(w, r, v, place(v.buy.Stage), "")
}

func visit(r *http.Request) Visit {
	if token := r.PathValue("token"); token != "" {
		return frameVisit(r, token)
	}
	return Visit{ID: r.PathValue("id"), Device: web.CookieValue(r, deviceCookie), Lang: web.LangOf(r.Context())}
}

// place is the page of a stage.
func place(s Stage) string {
	switch s {
	case CodeSent:
		return "code"
	case Known:
		return "pay"
	case Decided:
		return "done"
	}
	return "identify"
}

// view is what every page of the checkout knows.
type view struct {
	visit  Visit
	buy    Purchase
	errors web.FieldErrors
	state  string // of a frame, where the step does not tell it
	method string // that was chosen on the page before, where no address carries it
}

func (v view) base() string {
	if v.visit.Frame {
		return frameBase(v.visit)
	}
	return base(v.visit.ID)
}

// wanted is the method that a page after the choice is about.
func (v view) wanted(r *http.Request) string {
	if v.method != "" {
		return v.method
	}
	return r.URL.Query().Get("method")
}

// step loads the purchase before a page.
func (p *Pages) step(h func(http.ResponseWriter, *http.Request, view) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v := visit(r)
		buy, err := p.service.purchase(r.Context(), v)
		if err != nil {
			return err
		}
		if err := r.ParseForm(); err != nil {
			return err
		}
		at := view{visit: v, buy: buy}
		if v.Frame {
			web.AllowFraming(w, buy.Origins)
			r = speak(w, r, buy.Lang)
			at.visit.Lang = buy.Lang
		}
		if err = h(w, r, at); errors.Is(err, errWho) {
			return web.Redirect(w, r, at.base()+"/identify")
		}
		return err
	}
}

func (p *Pages) showIdentify(w http.ResponseWriter, r *http.Request, v view) error {
	if v.buy.Stage == Decided {
		return p.next(w, r, v, "done", "")
	}
	form := identifyForm{Email: v.buy.Person.Email, Born: web.DateValueOf(v.buy.Person.Born)}
	return web.Render(w, r, http.StatusOK, identifyPage(v, form))
}

// identifyForm is the first form as it was typed.
type identifyForm struct {
	Email string
	Born  web.DateValue
}

func (p *Pages) identify(w http.ResponseWriter, r *http.Request, v view) error {
	form := identifyForm{strings.TrimSpace(r.PostForm.Get("email")), web.FormDate(r.PostForm, "born")}
	if a, err := mail.ParseAddress(form.Email); err != nil || a.Address != form.Email {
		v.errors.Add("email", web.T(r.Context(), "checkout.error.email"))
	}
	born, ok := form.Born.Parse()
	if !ok {
		v.errors.Add("born", web.T(r.Context(), "checkout.error.born"))
	}
	if len(v.errors) == 0 {
		err := p.service.sendCode(r.Context(), v.visit, Person{Email: form.Email, Born: born})
		if err == nil {
			return p.next(w, r, v, "code", "")
		}
		if !v.take(r, err) {
			return err
		}
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, identifyPage(v, form))
}

// take turns an error about a field of ours into its sentence and reports whether it was one.
func (v *view) take(r *http.Request, err error) bool {
	var e *pay.Error
	if !errors.As(err, &e) || e.Kind != pay.Invalid {
		return false
	}
	switch e.Field {
	case "email", "born", "code", "free", "day", "method":
		v.errors.Add(e.Field, web.T(r.Context(), "checkout.error."+e.Field))
		return true
	}
	return false
}

func (p *Pages) showCode(w http.ResponseWriter, r *http.Request, v view) error {
	if v.buy.Stage != CodeSent {
		return p.next(w, r, v, place(v.buy.Stage), "")
	}
	return web.Render(w, r, http.StatusOK, codePage(v, ""))
}

func (p *Pages) checkCode(w http.ResponseWriter, r *http.Request, v view) error {
	typed := r.PostForm.Get("code")
	code := strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, typed)
	if len(code) != 6 {
		v.errors.Add("code", web.T(r.Context(), "checkout.error.code"))
		return web.Render(w, r, http.StatusUnprocessableEntity, codePage(v, typed))
	}
	device, err := p.service.checkCode(r.Context(), v.visit, code)
	if err != nil {
		if !v.take(r, err) {
			return err
		}
		return web.Render(w, r, http.StatusUnprocessableEntity, codePage(v, typed))
	}
	keep := time.Duration(0)
	if r.PostForm.Get("remember") == "yes" {
		keep = deviceKeep
	}
	if v.visit.Device = device; v.visit.Frame {
		web.SetFrameCookie(w, r, deviceCookie, device, framePath, keep)
	} else {
		web.SetCookie(w, r, deviceCookie, device, devicePath, keep)
	}
	return p.next(w, r, v, "pay", "")
}

func (p *Pages) showPay(w http.ResponseWriter, r *http.Request, v view) error {
	if v.buy.Stage != Known {
		return p.next(w, r, v, place(v.buy.Stage), "")
	}
	offer, err := p.service.offer(r.Context(), v.visit)
	if err != nil {
		return err
	}
	if off := offer.off(); !offer.credit() && len(off) > 0 && !r.URL.Query().Has("all") {
		return p.next(w, r, v, "refused", off[0].ID)
	}
	return web.Render(w, r, http.StatusOK, payPage(v, offer, payForm{}))
}

// payForm is the choice as it was typed; nothing is chosen or ticked beforehand.
type payForm struct{ Method, Free, Day string }

func (p *Pages) pay(w http.ResponseWriter, r *http.Request, v view) error {
	if v.buy.Stage == Decided {
		return p.next(w, r, v, "done", "")
	}
	offer, err := p.service.offer(r.Context(), v.visit)
	if err != nil {
		return err
	}
	form := payForm{r.PostForm.Get("method"), r.PostForm.Get("free"), r.PostForm.Get("day")}
	choice := v.readChoice(r, offer, form)
	if len(v.errors) == 0 && v.visit.Frame && r.PostForm.Get("hold") == "yes" {
		return web.Render(w, r, http.StatusOK, heldPage(v, form))
	}
	if len(v.errors) == 0 {
		out, err := p.service.authorize(r.Context(), v.visit, choice)
		switch {
		case err == nil && out.Refusal != nil:
			return p.next(w, r, v, "refused", choice.Method)
		case err == nil:
			return p.next(w, r, v, "done", choice.Method)
		case !v.take(r, err):
			return err
		}
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, payPage(v, offer, form))
}

// readChoice checks the form against what was offered; its complaints go into v.errors in the order of the fields.
func (v *view) readChoice(r *http.Request, offer Offer, form payForm) Choice {
	c := Choice{Method: form.Method, Day: cal.NoDay, FreeAmount: -1}
	m, ok := offer.method(form.Method)
	if !ok {
		v.errors.Add("method", web.T(r.Context(), "checkout.error.method"))
		return c
	}
	if len(m.Days) > 0 {
		c.Day = chosenDay(m.Days, form.Day)
		if !c.Day.IsSet() {
			v.errors.Add("day", web.T(r.Context(), "checkout.error.day"))
		}
	}
	if m.Regulated && offer.AskFreeAmount {
		free, err := money.Parse(form.Free, v.buy.Currency)
		if err != nil || free < 0 {
			v.errors.Add("free", web.T(r.Context(), "checkout.error.free"))
		}
		c.FreeAmount = free
	}
	if m.Credit && r.PostForm.Get("consent") != "yes" {
		v.errors.Add("consent", web.T(r.Context(), "checkout.error.consent"))
	}
	c.Consent = offer.Version // without credit the button itself agrees, as the line above it says
	return c
}

func (o Offer) method(id string) (Method, bool) {
	for _, m := range o.Methods {
		if m.ID == id && m.Offered {
			return m, true
		}
	}
	return Method{}, false
}

func chosenDay(days []cal.Day, typed string) cal.Day {
	for _, d := range days {
		if d.String() == typed {
			return d
		}
	}
	return cal.NoDay
}

func (p *Pages) information(w http.ResponseWriter, r *http.Request, v view) error {
	info, err := p.service.information(r.Context(), v.visit, r.PathValue("method"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, informationPage(v, info))
}

func (p *Pages) done(w http.ResponseWriter, r *http.Request, v view) error {
	if v.buy.Stage != Decided {
		return p.next(w, r, v, place(v.buy.Stage), "")
	}
	out, err := p.service.outcome(r.Context(), v.visit, v.wanted(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, donePage(v, out))
}

func (p *Pages) refused(w http.ResponseWriter, r *http.Request, v view) error {
	if v.buy.Stage != Known {
		return p.next(w, r, v, place(v.buy.Stage), "")
	}
	out, err := p.service.outcome(r.Context(), v.visit, v.wanted(r))
	if err != nil {
		return err
	}
	if out.Refusal == nil {
		return web.Redirect(w, r, v.base()+"/pay?all=yes")
	}
	v.state = "refused"
	return web.Render(w, r, http.StatusOK, refusedPage(v, *out.Refusal))
}

// cancel shows the way back to the shop as a link: our policy lets no form lead to another site.
func (p *Pages) cancel(w http.ResponseWriter, r *http.Request, v view) error {
	back, err := p.service.cancel(r.Context(), v.visit)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, cancelledPage(v, back))
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

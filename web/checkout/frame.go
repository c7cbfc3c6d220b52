package checkout

import (
	"context"
	"encoding/json"
	"net/http"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/web"
)

// The same steps stand inside a shop's page at /frame/{client token}/{category}. A browser may keep no cookie there, so what
// proves the buyer travels from form to form in the body, and no step needs a redirect that would lose it.
const (
	framePath      = "/frame"
	frameAll       = "all" // the category that stands for every method
	dataEvery      = 2 * time.Second
	dataBurst      = 60
	dataBytesMax   = 64 << 10
	germanCodeSize = 5
)

func (p *Pages) registerFrame(mux *http.ServeMux, mails, guesses *web.Limiter) {
	const base = framePath + "/{token}/{category}"
	data := web.NewLimiter(dataEvery, dataBurst)
	mux.Handle("GET "+base, p.step(p.enterFrame))
	mux.Handle("GET "+base+"/identify", p.step(p.showIdentify))
	mux.Handle("POST "+base+"/identify", p.site.Limit(mails, "code mail", p.step(p.identify)))
	mux.Handle("POST "+base+"/code", p.site.Limit(guesses, "code", p.step(p.checkCode)))
	mux.Handle("POST "+base+"/pay", p.site.Limit(guesses, "pay", p.step(p.pay)))
	mux.Handle("POST "+base+"/choose", p.step(p.showPay))
	mux.Handle("GET "+base+"/information/{method}", p.step(p.information))
	mux.Handle("POST "+base+"/data", p.site.Limit(data, "data", p.step(p.takeData)))
}

func frameBase(v Visit) string {
	return framePath + "/" + url.PathEscape(v.ID) + "/" + url.PathEscape(v.Category)
}

func frameVisit(r *http.Request, token string) Visit {
	v := Visit{ID: token, Frame: true, Category: r.PathValue("category"), Device: r.PostFormValue("proof"), Lang: web.LangOf(r.Context())}
	if v.Device == "" {
		v.Device = web.CookieValue(r, deviceCookie)
	}
	return v
}

// speak answers in the language of the shop, because a frame may keep no choice of its own.
func speak(w http.ResponseWriter, r *http.Request, l web.Lang) *http.Request {
	w.Header().Set("Content-Language", string(l))
	return r.WithContext(web.WithFrame(r.Context(), l))
}

// enterFrame shows the page of the stage, or says that the shop has no such method.
func (p *Pages) enterFrame(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.buy.Supported {
		return web.Render(w, r, http.StatusOK, unsupportedPage(v))
	}
	return p.enter(w, r, v)
}

// next leads to a page: by redirect, so that reloading never posts twice; in a frame at once.
func (p *Pages) next(w http.ResponseWriter, r *http.Request, v view, to, method string) (err error) {
	if !v.visit.Frame {
		at := v.base() + "/" + to
		if method != "" {
			at += "?method=" + url.QueryEscape(method)
		}
		return web.Redirect(w, r, at)
	}
	v.method, v.errors = method, nil
	if v.buy, err = p.service.purchase(r.Context(), v.visit); err != nil {
		return err
	}
	switch to {
	case "code":
		return p.showCode(w, r, v)
	case "pay":
		return p.showPay(w, r, v)
	case "done":
		return p.done(w, r, v)
	case "refused":
		return p.refused(w, r, v)
	}
	return p.showIdentify(w, r, v)
}

// frameStates are the states of the shared pages by their step.
var frameStates = []string{"identify", "code", "pay", "wait"}

// framed is what the script of a shared page knows; nil outside of a frame.
func (v view) framed(step int) *web.Frame {
	if !v.visit.Frame {
		return nil
	}
	if v.state != "" {
		return v.frameAt(v.state, "")
	}
	return v.frameAt(frameStates[step], "")
}

func (v view) frameAt(state, token string) *web.Frame {
	return &web.Frame{Base: v.base(), State: state, Token: token, Origins: v.buy.Origins}
}

// shopData is what a shop's page tells about the buyer when its button is pressed.
type shopData struct {
	Billing  *shopAddressData `json:"billing_address"`
	Shipping *shopAddressData `json:"shipping_address"`
	Customer *struct {
		Born string `json:"date_of_birth"`
	} `json:"customer"`
}

type shopAddressData struct {
	Organization string `json:"organization_name"`
	Title        string `json:"title"`
	Given        string `json:"given_name"`
	Family       string `json:"family_name"`
	Street       string `json:"street_address"`
	Street2      string `json:"street_address2"`
	Code         string `json:"postal_code"`
	City         string `json:"city"`
	Region       string `json:"region"`
	Country      string `json:"country"`
	Email        string `json:"email"`
	Phone        string `json:"phone"`
}

func (a *shopAddressData) address() *pay.Address {
	return &pay.Address{Organization: a.Organization, Title: a.Title, GivenName: a.Given, FamilyName: a.Family, Street: a.Street, Street2: a.Street2,
		PostalCode: a.Code, City: a.City, Region: a.Region, Country: strings.ToUpper(a.Country), Email: a.Email, Phone: a.Phone}
}

// wrong names the fields that a person can correct in the shop's form.
func (d shopData) wrong(country string, today cal.Day) []string {
	out := []string{}
	if d.Billing != nil {
		out = append(out, d.Billing.wrong("billing_address.", country, true)...)
	}
	if d.Shipping != nil {
		out = append(out, d.Shipping.wrong("shipping_address.", country, false)...)
	}
	if d.Customer != nil && d.Customer.Born != "" {
		if born, err := cal.ParseDay(d.Customer.Born); err != nil || born >= today {
			out = append(out, "customer.date_of_birth")
		}
	}
	return out
}

// addressMax bounds every part of an address, in bytes.
const addressMax = 99

func (a *shopAddressData) wrong(at, country string, mailed bool) (out []string) {
	address, err := mail.ParseAddress(a.Email)
	badMail := a.Email == "" && mailed || a.Email != "" && (err != nil || address.Address != a.Email)
	badCode := a.Code == "" || strings.EqualFold(country, pay.Germany.Code) && (len(a.Code) != germanCodeSize || strings.Trim(a.Code, "0123456789") != "")
	for _, f := range []struct {
		name, text string
		bad        bool
	}{
		{"given_name", a.Given, a.Given == ""}, {"family_name", a.Family, a.Family == ""}, {"street_address", a.Street, a.Street == ""},
		{"postal_code", a.Code, badCode}, {"city", a.City, a.City == ""}, {"country", a.Country, !strings.EqualFold(a.Country, country)},
		{"email", a.Email, badMail}, {"phone", a.Phone, false}, {"title", a.Title, false}, {"region", a.Region, false},
		{"street_address2", a.Street2, false}, {"organization_name", a.Organization, false},
	} {
		if f.bad || len(f.text) > addressMax {
			out = append(out, at+f.name)
		}
	}
	return out
}

// takeData answers the frame's own script.
func (p *Pages) takeData(w http.ResponseWriter, r *http.Request, v view) error {
	var d shopData
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, dataBytesMax)).Decode(&d); err != nil {
		return web.Status(http.StatusBadRequest)
	}
	invalid, changed, err := p.service.setData(r.Context(), v.visit, d)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(map[string]any{"invalid_fields": invalid, "changed": changed})
}

// openFrame loads the session of a client token. An approval of a cart that the shop changed since then counts no more.
func (s overApp) openFrame(ctx context.Context, v Visit) (*opened, error) {
	id, ok := s.app.SessionOfToken(v.ID)
	if !ok {
		return nil, web.Status(http.StatusNotFound)
	}
	session, err := s.app.OpenSession(ctx, id, v.ID)
	if err != nil {
		return nil, err
	}
	if session.Session.ExpiresAt <= s.app.Clock.Now() {
		return nil, web.Status(http.StatusGone)
	}
	if session.Stale {
		session.Token = ""
	}
	return &opened{page: &app.PageView{}, session: session}, nil
}

// describeFrame adds where the frame may stand and what the shop offers in it.
func (s overApp) describeFrame(o *opened, v Visit, p *Purchase) {
	p.Lang, _ = web.ParseLang(o.session.Cart.Language())
	m, err := s.app.Merchant(app.Actor{Merchant: o.session.Session.MerchantID})
	if err != nil {
		return
	}
	p.Origins = slices.Compact(append(frameOrigins(m.WebsiteURL), m.Origins...))
	p.Supported = slices.ContainsFunc(m.Methods, func(method string) bool { return v.Category == frameAll || pay.Category(method) == v.Category })
}

// frameOrigins are the origins of a shop's registered address, with and without www: the only pages that may frame its checkout.
func frameOrigins(website string) []string {
	u, err := url.Parse(website)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(u.Host, "*;, '\"") {
		return nil
	}
	host := strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	bare := strings.TrimPrefix(host, "www.")
	if !strings.Contains(u.Hostname(), ".") || strings.Trim(u.Hostname(), "0123456789.") == "" {
		return []string{u.Scheme + "://" + host} // a name of the house or a number has no www
	}
	return []string{u.Scheme + "://" + bare, u.Scheme + "://www." + bare}
}

// ofCategory keeps the methods that a frame is about.
func ofCategory(methods []app.MethodAnswer, category string) []app.MethodAnswer {
	if category == "" || category == frameAll {
		return methods
	}
	return slices.DeleteFunc(slices.Clone(methods), func(m app.MethodAnswer) bool { return pay.Category(m.Method) != category })
}

func (s overApp) setData(ctx context.Context, v Visit, d shopData) (invalid []string, changed bool, err error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return nil, false, err
	}
	day, err := s.app.Day(ctx)
	if err != nil {
		return nil, false, err
	}
	cart := o.session.Cart
	if invalid = d.wrong(cart.Country, day); len(invalid) > 0 || o.session.Status == "complete" {
		return invalid, false, nil
	}
	if d.apply(&cart); reflect.DeepEqual(cart, o.session.Cart) {
		return invalid, false, nil
	}
	who := app.Actor{Merchant: o.session.Session.MerchantID}
	return invalid, true, s.app.UpdateSession(ctx, who, app.Key{}, o.id(), func(c *pay.Cart) error { d.apply(c); return nil })
}

// apply puts what the page told into a cart, in copies: the cart may be shared.
func (d shopData) apply(c *pay.Cart) {
	if d.Billing != nil {
		c.Billing = d.Billing.address()
	}
	if d.Shipping != nil {
		c.Shipping = d.Shipping.address()
	}
	if d.Customer != nil && d.Customer.Born != "" {
		buyer := pay.Buyer{}
		if c.Buyer != nil {
			buyer = *c.Buyer
		}
		buyer.DateOfBirth = d.Customer.Born
		c.Buyer = &buyer
	}
}

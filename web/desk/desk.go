// Package desk is where the operator's staff work: find a person, see everything about them on one page, put payments
// where they belong, and see how the installation is doing. What somebody may do is decided by the use cases; the pages
// only leave out what they may not.
package desk

import (
	"net/http"
	"time"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// Desk holds the pages under /desk.
type Desk struct {
	site    *web.Site
	app     *app.App
	address *web.Limiter // passwords tried for one e-mail address
}

// New returns the desk's pages.
func New(site *web.Site, a *app.App) *Desk {
	return &Desk{site: site, app: a, address: web.NewLimiter(addressEvery, addressBurst)}
}

// The rates at which passwords may be tried, from one network address and for one e-mail address.
const (
	signInEvery  = 10 * time.Second
	signInBurst  = 10
	addressEvery = time.Minute
	addressBurst = 10
)

// Routes adds the pages of the desk. Searching is a POST, so that names are in no address and no log.
func (d *Desk) Routes(mux *http.ServeMux) {
	tries := web.NewLimiter(signInEvery, signInBurst)
	mux.Handle("GET /desk/sign-in", web.Handler(d.showSignIn))
	mux.Handle("POST /desk/sign-in", d.site.Limit(tries, "desk", web.Handler(d.signIn)))
	mux.Handle("POST /desk/sign-out", web.Handler(d.signOut))

	mux.Handle("GET /desk", d.may(anyone, d.start))
	mux.Handle("POST /desk/search", d.may(app.DeedLook, d.search))
	mux.Handle("GET /desk/consumers/{id}", d.may(app.DeedLook, d.story))
	mux.Handle("GET /desk/decisions/{id}", d.may(app.DeedLook, d.decision))
	mux.Handle("GET /desk/documents/{id}", d.may(app.DeedLook, d.document))
	mux.Handle("GET /desk/payments", d.may(app.DeedPayments, d.payments))
	mux.Handle("POST /desk/payments/{id}/assign", d.may(app.DeedAssign, d.assign))
	mux.Handle("GET /desk/screening", d.may(app.DeedScreening, d.screening))
	mux.Handle("POST /desk/screening/{id}", d.may(app.DeedScreening, d.decideHit))
	mux.Handle("GET /desk/disputes", d.may(app.DeedDisputes, d.disputes))
	mux.Handle("GET /desk/disputes/{id}", d.may(app.DeedDisputes, d.dispute))
	mux.Handle("GET /desk/disputes/{id}/files/{file}", d.may(app.DeedDisputes, d.disputeFile))
	mux.Handle("POST /desk/disputes/{id}/ask", d.may(app.DeedDecide, d.askShop))
	mux.Handle("POST /desk/disputes/{id}/decide", d.may(app.DeedDecide, d.decide))
	mux.Handle("GET /desk/payouts", d.may(app.DeedPayouts, d.payouts))
	mux.Handle("GET /desk/payouts/{id}", d.may(app.DeedPayouts, d.payout))
	mux.Handle("GET /desk/policies", d.may(app.DeedPolicies, d.policies))
	mux.Handle("POST /desk/policies", d.may(app.DeedPolicies, d.addPolicy))
	mux.Handle("GET /desk/policies/{id}/{version}", d.may(app.DeedPolicies, d.policy))
	mux.Handle("POST /desk/policies/{id}/{version}/preview", d.may(app.DeedPolicies, d.previewPolicy))
	mux.Handle("POST /desk/policies/{id}/{version}/ask", d.may(app.DeedPolicies, d.askStep))
	mux.Handle("POST /desk/policies/{id}/{version}/confirm", d.may(app.DeedPolicies, d.confirmStep))
	mux.Handle("POST /desk/policies/{id}/{version}/drop", d.may(app.DeedPolicies, d.dropStep))
	mux.Handle("GET /desk/promises", d.may(app.DeedPromises, d.promises))
	mux.Handle("GET /desk/health", d.may(app.DeedHealth, d.health))
	d.merchantRoutes(mux)
	d.fraudRoutes(mux)
	d.reviewRoutes(mux)
}

// anyone is what everybody at the desk may do.
const anyone app.Deed = ""

const (
	cookie     = "desk"
	cookiePath = "/desk"
	cookieKeep = 8 * time.Hour
)

// visitor is who sits at the desk.
type visitor struct {
	app.Actor
	Name string
	Here string // the page of the menu that is open
}

type page func(w http.ResponseWriter, r *http.Request, who visitor) error

// may lets staff through that may do the deed; nobody else sees more than the sign-in.
func (d *Desk) may(deed app.Deed, h page) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, staff, err := d.app.DeskVisitor(r.Context(), web.CookieValue(r, cookie))
		if err != nil {
			return err
		}
		if who.Staff == "" {
			return web.Redirect(w, r, "/desk/sign-in")
		}
		if deed != anyone && !who.Can(deed) {
			return web.Status(http.StatusForbidden)
		}
		return h(w, r, visitor{Actor: who, Name: staff.Name})
	}
}

// signInForm is the sign-in as it was typed; a password is never sent back.
type signInForm struct {
	Email  string
	Errors web.FieldErrors
}

func (d *Desk) showSignIn(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, signInPage(signInForm{}))
}

func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := signInForm{Email: r.PostForm.Get("email")}
	if !d.address.Allow(app.NormalEmail(f.Email), time.UnixMicro(d.app.Clock.Now())) {
		return web.Status(http.StatusTooManyRequests)
	}
	token, err := d.app.SignInStaff(r.Context(), f.Email, r.PostForm.Get("password"))
	if isKind(err, pay.Refused) {
		f.Errors.Add("email", web.T(r.Context(), "desk.error.sign_in"))
		return web.Render(w, r, http.StatusUnprocessableEntity, signInPage(f))
	} else if err != nil {
		return err
	}
	web.SetCookie(w, r, cookie, token, cookiePath, cookieKeep)
	return web.Redirect(w, r, "/desk")
}

func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := d.app.SignOutStaff(r.Context(), web.CookieValue(r, cookie)); err != nil {
		return err
	}
	web.DropCookie(w, r, cookie, cookiePath)
	return web.Redirect(w, r, "/desk/sign-in")
}

// Package merchant is where the people of a shop look after its business with us: its orders, what its addresses were told, its
// payouts, disputes, keys and people. A visitor sees one shop's; which, and what they may change, is decided by the use cases.
package merchant

import (
	"context"
	"errors"
	"net/http"
	"time"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// Pages holds the pages under /merchant.
type Pages struct {
	site    *web.Site
	app     *app.App
	address *web.Limiter // sign-in links for one e-mail address
	invites *web.Limiter // invitations of one shop
}

// New returns a merchant's pages.
func New(site *web.Site, a *app.App) *Pages {
	return &Pages{site: site, app: a, address: web.NewLimiter(addressEvery, addressBurst), invites: web.NewLimiter(inviteEvery, inviteBurst)}
}

// The rates at which one network address may ask for links and use them, links go to one e-mail address, and one shop invites.
const (
	linkEvery    = 30 * time.Second
	linkBurst    = 6
	useEvery     = 10 * time.Second
	useBurst     = 10
	addressEvery = 10 * time.Minute
	addressBurst = 3
	inviteEvery  = 3 * time.Minute
	inviteBurst  = 20
)

// Routes adds the pages.
func (p *Pages) Routes(mux *http.ServeMux) {
	links, uses := web.NewLimiter(linkEvery, linkBurst), web.NewLimiter(useEvery, useBurst)
	mux.Handle("GET /merchant/sign-in", web.Handler(p.showSignIn))
	mux.Handle("POST /merchant/sign-in", p.site.Limit(links, "shop sign-in", web.Handler(p.signIn)))
	mux.Handle("GET /merchant/link/{token}", web.Handler(p.showLink))
	mux.Handle("POST /merchant/link/{token}", p.site.Limit(uses, "shop link", web.Handler(p.useLink)))
	mux.Handle("POST /merchant/sign-out", web.Handler(p.signOut))

	mux.Handle("GET /merchant", p.signed("/merchant", p.overview))
	mux.Handle("GET /merchant/orders", p.signed("/merchant/orders", p.orders))
	mux.Handle("GET /merchant/orders/{id}", p.signed("/merchant/orders", p.order))
	mux.Handle("GET /merchant/calls", p.signed("/merchant/calls", p.calls))
	mux.Handle("POST /merchant/calls", p.signed("/merchant/calls", p.resend))
	mux.Handle("GET /merchant/payouts", p.signed("/merchant/payouts", p.payouts))
	mux.Handle("GET /merchant/payouts/{id}", p.signed("/merchant/payouts", p.payout))
	mux.Handle("GET /merchant/payouts/{id}/report", p.signed("/merchant/payouts", p.payoutPDF))
	mux.Handle("GET /merchant/payouts/{id}/transactions", p.signed("/merchant/payouts", p.payoutCSV))
	mux.Handle("GET /merchant/disputes", p.signed("/merchant/disputes", p.disputes))
	mux.Handle("GET /merchant/disputes/{id}", p.signed("/merchant/disputes", p.dispute))
	mux.Handle("GET /merchant/disputes/{id}/files/{file}", p.signed("/merchant/disputes", p.disputeFile))
	mux.Handle("POST /merchant/disputes/{id}/answer", p.signed("/merchant/disputes", p.answer))
	mux.Handle("POST /merchant/disputes/{id}/accept", p.signed("/merchant/disputes", p.acceptLoss))
	mux.Handle("GET /merchant/keys", p.signed("/merchant/keys", p.keys))
	for deed, do := range map[string]keyDeed{"user": p.addUser, "end-user": p.endUser, "new": p.newKey, "exchange": p.exchangeKey, "end": p.endKey,
		"endpoint": p.setEndpoint, "end-endpoint": p.dropEndpoint} {
		mux.Handle("POST /merchant/keys/"+deed, p.signed("/merchant/keys", p.onKeys(deed, do)))
	}
	mux.Handle("GET /merchant/terms", p.signed("/merchant/terms", p.terms))
	mux.Handle("GET /merchant/people", p.signed("/merchant/people", p.people))
	mux.Handle("POST /merchant/people", p.signed("/merchant/people", p.invite))
	mux.Handle("POST /merchant/people/{id}/end", p.signed("/merchant/people", p.endPerson))
}

const (
	cookie     = "merchant"
	cookiePath = "/merchant"
	cookieKeep = 12 * time.Hour
)

// visitor is a shop's person who is signed in.
type visitor struct {
	app.Actor
	Person app.MerchantUserView
	Shop   *pay.Merchant
	Here   string // the page of the menu that is open
}

// owner reports whether the visitor may change something.
func (v visitor) owner() bool { return v.Role == pay.RoleOwner }

type page func(w http.ResponseWriter, r *http.Request, who visitor) error

// signed lets people of shops through; everybody else is led to the sign-in.
func (p *Pages) signed(here string, h page) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, person, err := p.app.ShopVisitor(r.Context(), web.CookieValue(r, cookie))
		if err != nil {
			return err
		}
		if who.User == "" {
			return web.Redirect(w, r, "/merchant/sign-in")
		}
		shop, err := p.app.Merchant(who)
		if err != nil {
			return err
		}
		return h(w, r, visitor{who, person, shop, here})
	}
}

func (v visitor) nav(ctx context.Context) []web.Link {
	links := []web.Link{
		{Text: web.T(ctx, "merchant.nav.overview"), Href: "/merchant"},
		{Text: web.T(ctx, "merchant.nav.orders"), Href: "/merchant/orders"},
		{Text: web.T(ctx, "merchant.nav.calls"), Href: "/merchant/calls"},
		{Text: web.T(ctx, "merchant.nav.payouts"), Href: "/merchant/payouts"},
		{Text: web.T(ctx, "merchant.nav.disputes"), Href: "/merchant/disputes"},
		{Text: web.T(ctx, "merchant.nav.keys"), Href: "/merchant/keys"},
		{Text: web.T(ctx, "merchant.nav.terms"), Href: "/merchant/terms"},
		{Text: web.T(ctx, "merchant.nav.people"), Href: "/merchant/people"},
	}
	for i := range links {
		links[i].Current = links[i].Href == v.Here
	}
	return links
}

// now is the program's clock for the limiters.
func (p *Pages) now() time.Time { return time.UnixMicro(p.app.Clock.Now()) }

// refused returns what a use case refused for a reason that a page explains, or nil.
func refused(err error) *pay.Error {
	var e *pay.Error
	if errors.As(err, &e) && (e.Kind == pay.Invalid || e.Kind == pay.Refused || e.Kind == pay.Conflict) {
		return e
	}
	return nil
}

func isKind(err error, k pay.Kind) bool {
	var e *pay.Error
	return errors.As(err, &e) && e.Kind == k
}

// known lets only a listed word of the query through to the page.
func known(r *http.Request, name string, words ...string) string {
	for _, w := range words {
		if r.URL.Query().Get(name) == w {
			return w
		}
	}
	return ""
}

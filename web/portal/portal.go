// Package portal is what a consumer sees of their own: what to pay next, the past, papers, and whether they may buy on
// invoice. Every page belongs to the consumer of the visit; the use cases behind it check that again.
package portal

import (
	"net/http"
	"time"

	"zahlziel/app"
	"zahlziel/web"
)

// Portal holds the pages under /me.
type Portal struct {
	site    *web.Site
	app     *app.App
	address *web.Limiter // sign-in links for one e-mail address
	plans   *web.Limiter // ways back for one consumer
}

// New returns the portal's pages.
func New(site *web.Site, a *app.App) *Portal {
	return &Portal{site: site, app: a, address: web.NewLimiter(addressEvery, addressBurst), plans: web.NewLimiter(planEvery, planBurst)}
}

// The rates at which one address may try. A link for one e-mail address costs its owner peace; a plan costs us work.
const (
	linkEvery    = 30 * time.Second
	linkBurst    = 6
	useEvery     = 10 * time.Second
	useBurst     = 10
	addressEvery = 10 * time.Minute
	addressBurst = 3
	planEvery    = 2 * time.Second
	planBurst    = 20
)

// Routes adds the pages of the portal.
func (p *Portal) Routes(mux *http.ServeMux) {
	links, uses := web.NewLimiter(linkEvery, linkBurst), web.NewLimiter(useEvery, useBurst)
	mux.Handle("GET /me/sign-in", web.Handler(p.showSignIn))
	mux.Handle("POST /me/sign-in", p.site.Limit(links, "sign-in", web.Handler(p.signIn)))
	mux.Handle("GET /me/link/{token}", web.Handler(p.showLink))
	mux.Handle("POST /me/link/{token}", p.site.Limit(uses, "link", web.Handler(p.useLink)))
	mux.Handle("POST /me/sign-out", web.Handler(p.signOut))

	mux.Handle("GET /me", p.signed(p.home))
	mux.Handle("GET /me/items/{id}", p.signed(p.item))
	mux.Handle("GET /me/history", p.signed(p.history))
	mux.Handle("GET /me/documents", p.signed(p.documents))
	mux.Handle("GET /me/documents/{id}", p.signed(p.document))
	mux.Handle("GET /me/standing", p.signed(p.standing))
	mux.Handle("POST /me/way-back", p.signed(p.askWayBack))
	mux.Handle("GET /me/way-back/{method}/{amount}", p.signed(p.wayBack))
	mux.Handle("POST /me/plans/{plan}/accept", p.signed(p.acceptPlan))
	mux.Handle("GET /me/promises/{id}", p.signed(p.promise))
	mux.Handle("GET /me/what-if", p.signed(p.whatIfPage))
	mux.Handle("GET /me/decisions/{id}", p.signed(p.decision))
	mux.Handle("GET /me/withdraw", p.signed(p.withdraw))
	mux.Handle("GET /me/data", p.signed(p.data))

	mux.Handle("GET /me/disputes", p.signed(p.disputes))
	mux.Handle("GET /me/disputes/{id}", p.signed(p.dispute))
	mux.Handle("GET /me/disputes/{id}/files/{file}", p.signed(p.disputeFile))
	mux.Handle("POST /me/disputes/{id}/withdraw", p.signed(p.withdrawDispute))
	mux.Handle("GET /me/items/{id}/dispute", p.signed(p.askDispute))
	mux.Handle("POST /me/items/{id}/dispute", p.signed(p.openDispute))
	mux.Handle("GET /me/settings", p.signed(p.settings))
	mux.Handle("POST /me/settings/{kind}", p.signed(p.verify))
	mux.Handle("GET /me/verify/{id}", p.signed(p.verified))
	mux.Handle("POST /me/verify/{id}", p.signed(p.letterCode))
	p.reviewRoutes(mux)
	mux.Handle("POST /me/tokens/{id}/cancel", p.signed(p.cancelToken))
}

const (
	cookie     = "portal"
	cookiePath = "/me"
	cookieKeep = 30 * 24 * time.Hour
)

// page is a page of a signed-in consumer.
type page func(w http.ResponseWriter, r *http.Request, who app.Actor) error

// signed lets only consumers with a live visit through; everybody else is led to the sign-in.
func (p *Portal) signed(h page) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := p.app.PortalVisitor(r.Context(), web.CookieValue(r, cookie))
		if err != nil {
			return err
		}
		if who.Consumer == "" {
			return web.Redirect(w, r, "/me/sign-in")
		}
		return h(w, r, who)
	}
}

// now is the program's clock for the limiters.
func (p *Portal) now() time.Time { return time.UnixMicro(p.app.Clock.Now()) }

// Package api is our own JSON door: what a buyer's browser and integrators call under /api/v1.
//
// It decodes, authenticates, calls package app and encodes; errors are problem documents (RFC 9457) with code, hint and field.
package api

import (
	"net/http"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// Routes registers the native API on a mux, all of /api/. address tells which client address a request came from.
func Routes(mux *http.ServeMux, a *app.App, address func(*http.Request) string) {
	h := handlers{a, address, newLimits()}
	post(mux, "/api/v1/sessions/{id}/identify", h.identify)
	post(mux, "/api/v1/sessions/{id}/authorize", h.authorize)
	get(mux, "/api/v1/me/standing", h.me(h.limits.meReads, h.standing))
	post(mux, "/api/v1/me/recourse", h.me(h.limits.mePlans, h.recourse))
	post(mux, "/api/v1/me/recourse/{plan}/accept", h.me(h.limits.mePlans, h.accept))
	get(mux, "/api/v1/me/contracts/{id}", h.me(h.limits.meReads, h.contract))
	post(mux, "/api/v1/me/simulate", h.me(h.limits.meReads, h.simulate))
	get(mux, "/api/v1/me/decisions/{id}", h.me(h.limits.meReads, h.decision))
	post(mux, "/api/v1/decisions", h.preDecision)
	get(mux, "/api/v1/events", h.events)
	post(mux, "/api/v1/events/calls/{id}/resend", h.resend)
	post(mux, "/api/v1/webhook", h.webhook)
	post(mux, "/api/v1/me/decisions/{id}/review", h.askReview)
	get(mux, "/api/v1/me/reviews/{id}", h.readReview)
	h.shopRoutes(mux)
	specRoutes(mux)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) { writeProblem(w, errNoRoute) })
}

// post registers a call; all other methods on its path are answered with the one that works.
func post(mux *http.ServeMux, path string, call http.HandlerFunc) {
	on(mux, http.MethodPost, http.MethodPost, path, call)
}

// get is post for calls that only read; HEAD works where GET does.
func get(mux *http.ServeMux, path string, call http.HandlerFunc) {
	on(mux, http.MethodGet, "GET, HEAD", path, call)
}

func on(mux *http.ServeMux, method, allowed, path string, call http.HandlerFunc) {
	mux.HandleFunc(method+" "+path, call)
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allowed)
		writeProblem(w, errMethod)
	})
}

// shopRoutes registers what a shop calls with its API key.
func (h handlers) shopRoutes(mux *http.ServeMux) {
	post(mux, "/api/v1/sessions", h.shop(pay.ScopeSessionsWrite, h.createSession))
	get(mux, "/api/v1/sessions/{id}", h.shop(pay.ScopeSessionsRead, h.readSession))
	post(mux, "/api/v1/sessions/{id}/page", h.shop(pay.ScopeSessionsWrite, h.createPage))
	get(mux, "/api/v1/pages/{id}", h.shop(pay.ScopeSessionsRead, h.readPage))
	mux.HandleFunc("POST /api/v1/orders", h.shop(pay.ScopeOrdersWrite, h.placeOrder))
	on(mux, http.MethodGet, "GET, HEAD, POST", "/api/v1/orders", h.shop(pay.ScopeOrdersRead, h.listOrders))
	get(mux, "/api/v1/orders/{id}", h.shop(pay.ScopeOrdersRead, h.readOrder))
	post(mux, "/api/v1/orders/{id}/captures", h.shop(pay.ScopeOrdersWrite, h.capture))
	post(mux, "/api/v1/orders/{id}/refunds", h.shop(pay.ScopeOrdersWrite, h.refund))
	post(mux, "/api/v1/orders/{id}/cancel", h.shop(pay.ScopeOrdersWrite, h.cancel))
	post(mux, "/api/v1/orders/{id}/release", h.shop(pay.ScopeOrdersWrite, h.release))
	get(mux, "/api/v1/payouts", h.shop(pay.ScopePayoutsRead, h.listPayouts))
}

type handlers struct {
	app     *app.App
	address func(*http.Request) string
	limits  limits
}

// identify answers the same for known and unknown people and sends a code. Only codes that were sent count against the limits.
func (h handlers) identify(w http.ResponseWriter, r *http.Request) {
	id, token, ok := h.session(w, r)
	if !ok {
		return
	}
	var email, born string
	if err := readObject(w, r, members{"email": &email, "birth_date": &born}); err != nil {
		h.problem(w, r, err)
		return
	}
	if !h.livable(born) {
		h.problem(w, r, pay.Errorf(pay.Invalid, "bad_birth_date", "birth_date", "Enter the birth date of a living person as YYYY-MM-DD"))
		return
	}
	sent := allowance{{h.limits.sessionCodes, string(id)}, {h.limits.addressCodes, h.address(r)}}
	if h.tooMany(w, sent) {
		return
	}
	if err := h.app.Identify(r.Context(), id, token, email, born); err != nil {
		h.problem(w, r, err)
		return
	}
	sent.take(h.now())
	write(w, map[string]bool{"code_sent": true})
}

// ageMax is the greatest age that is no mistake, in years.
const ageMax = 130

// livable reports whether somebody alive can have been born on a day. What is no day is judged below.
func (h handlers) livable(born string) bool {
	day, err := cal.ParseDay(born)
	if err != nil {
		return true
	}
	today := h.app.Clock.Today()
	return day <= today && day >= today-ageMax*366
}

// authorize is the buyer's confirmation. The credential was made on our origin, so personal reasons may be given here.
// Who proves to be the buyer is never slowed down; who does not is, by session and, where codes are guessed, by address.
func (h handlers) authorize(w http.ResponseWriter, r *http.Request) {
	id, token, ok := h.session(w, r)
	if !ok {
		return
	}
	ask, err := readAuthorize(w, r)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	failed := allowance{{h.limits.sessionProofs, string(id)}}
	if ask.EmailCode != "" || ask.DeviceToken != "" {
		failed = append(failed, budget{h.limits.addressGuesses, h.address(r)})
	}
	if h.tooMany(w, failed) {
		return
	}
	ans, err := h.app.Confirm(r.Context(), id, token, ask)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	if ans.StepUp == stepCode {
		failed.take(h.now())
	}
	out, err := h.encode(r, id, token, ans)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	write(w, out)
}

// readAuthorize reads a confirmation; what its values mean is checked below.
func readAuthorize(w http.ResponseWriter, r *http.Request) (ask app.AuthorizeRequest, err error) {
	err = readObject(w, r, members{"payment_method": &ask.Method, "consent": &ask.Consent, "email_code": &ask.EmailCode,
		"device_token": &ask.DeviceToken, "assessment": members{"monthly_free_amount": &ask.MonthlyFree}})
	return ask, err
}

// session reads the session's id from the path and the client token that must open it.
func (h handlers) session(w http.ResponseWriter, r *http.Request) (pay.SessionID, string, bool) {
	id, ok := pay.ParseID[pay.SessionID](pay.PrefixSession, r.PathValue("id"))
	if !ok {
		writeProblem(w, errNoSession)
		return "", "", false
	}
	token := bearer(r)
	if opens, good := h.app.SessionOfToken(token); !good || opens != id {
		writeProblem(w, errToken)
		return "", "", false
	}
	return id, token, true
}

// bearer is the token of the Authorization header (RFC 6750), or empty.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Package shopapi speaks the v1 wire formats that existing shop software already speaks:
// payments, hosted payment page, order management, customer tokens, settlements and disputes, over HTTP Basic and JSON at the root of the host.
//
// It is a door: decode, authenticate, call app, encode. What a field may hold is checked
// here; what a purchase may do is decided below. Another vendor's names that clients need
// on the wire stay inside this package. Speaking these formats implies no affiliation.
package shopapi

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"zahlziel/app"
	"zahlziel/pay"
)

// Header names that clients send and look for.
const (
	headerCorrelation = "Klarna-Correlation-Id"
	headerKey         = "Klarna-Idempotency-Key"
	headerCapture     = "Capture-Id"
	headerRefund      = "Refund-Id"
)

// API answers the shop calls. Its only state is who failed to log in.
type API struct {
	app    *app.App
	base   string
	log    *slog.Logger
	failed failures
}

// New returns the door to a. base is the address shops reach us at, scheme and host, for example
// https://pay.example.org: clients follow absolute addresses only, and these paths lie at its root.
func New(a *app.App, base string, log *slog.Logger) *API {
	a.TellPage[""] = tellPage
	return &API{app: a, base: strings.TrimRight(base, "/"), log: log, failed: failures{seen: map[string]*rate.Limiter{}}}
}

// Wrap answers the paths of this wire and leaves all others to next. It must stand before any
// router that redirects to clean paths: clients call //payments/... and follow no redirect.
func (a *API) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := segments(r.URL.Path); len(path) > 0 && slices.Contains(roots, path[0]) {
			a.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// call is one request on its way through.
type call struct {
	w           http.ResponseWriter
	r           *http.Request
	who         app.Actor
	key         app.Key // many send none
	ids         map[string]string
	missing     *wireError
	path        string // without empty segments
	correlation string
}

// identify makes the idempotency key: what the caller sent, and the request it stands for.
func (c *call) identify(body string) {
	c.key = app.Key{Value: c.r.Header.Get(headerKey), Hash: app.HashRequest(c.r.Method, c.path, body)}
}

// ServeHTTP finds the operation, the caller, and answers.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if asset(w, r) || shim(w, r) || a.qr(w, r) {
		return
	}
	c := &call{w: w, r: r, missing: errNoRoute, correlation: uuid.NewString()}
	h := w.Header()
	h.Set(headerCorrelation, c.correlation)
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	h.Set("X-Content-Type-Options", "nosniff")
	if strayBody(r) {
		h.Set("Connection", "close")
	}
	if err := a.serve(c); err != nil {
		a.fail(c, err)
	}
}

func (a *API) serve(c *call) error {
	path := segments(c.r.URL.Path)
	route, ids, allowed := find(c.r.Method, path)
	if route == nil && allowed == nil {
		return errNoRoute
	}
	if route == nil {
		c.w.Header().Set("Allow", strings.Join(allowed, ", "))
		return errMethod
	}
	user, secret, ok := basicAuth(c.r.Header.Get("Authorization"))
	if !ok {
		return errUnauthorized
	}
	who, err := a.app.Authenticate(c.r.Context(), user, secret)
	if err != nil {
		return err
	}
	if who == nil {
		return a.failed.add(c.r, user, time.UnixMicro(a.app.Clock.Now()))
	}
	c.who, c.ids, c.missing = *who, ids, route.missing
	c.path = "/" + strings.Join(path, "/")
	c.identify("")
	return route.handle(a, c)
}

// strayBody tells clients apart that write a body after a GET or DELETE without announcing its
// length: the next request on their connection would begin with that body. They give
// themselves away by naming a content type, and must open a new connection.
func strayBody(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return r.ContentLength != 0 || r.Header.Get("Content-Type") != ""
	}
	return false
}

// fail prints an error. Only what is our own fault is logged, with its text.
func (a *API) fail(c *call, err error) {
	e := errorOf(err, c.missing)
	if e.status >= http.StatusInternalServerError && e.status != http.StatusServiceUnavailable {
		a.log.ErrorContext(c.r.Context(), "shop call failed", "error", err, "correlation_id", c.correlation, "method", c.r.Method, "path", c.r.URL.Path)
	}
	body := *e
	body.CorrelationID = c.correlation
	switch e.status {
	case http.StatusUnauthorized:
		c.w.Header().Set("WWW-Authenticate", `Basic realm="shop"`)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		c.w.Header().Set("Retry-After", "1")
	}
	c.answer(e.status, body)
}

// answer writes a JSON body, or only the status where body is nil.
func (c *call) answer(status int, body any) {
	if body == nil {
		c.w.WriteHeader(status)
		return
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(encode(body)) // a client that went away is not our error
}

// body reads the request's JSON object.
func (c *call) body() (object, error) {
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, bodyBytesMax))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return object{}, errTooLarge
	}
	if err != nil {
		return object{}, newError(http.StatusBadRequest, "BAD_VALUE", "The body ended early; send it again")
	}
	c.identify(string(text))
	v, err := parseJSON(text)
	if err != nil {
		return object{}, newError(http.StatusBadRequest, "BAD_VALUE", "Bad request body: "+err.Error())
	}
	if v.kind != kindObject {
		return object{}, newError(http.StatusBadRequest, "BAD_VALUE", "Bad request body: a JSON object was expected")
	}
	return newObject(&v), nil
}

// id reads a path segment as an id of ours; what is none cannot be found.
func id[T ~string](c *call, name, prefix string) (T, error) {
	parsed, ok := pay.ParseID[T](prefix, c.ids[name])
	if !ok {
		return "", c.missing
	}
	return parsed, nil
}

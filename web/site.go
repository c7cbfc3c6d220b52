package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"
)

// Config is what a site needs to know about where it runs.
type Config struct {
	Name      string           // brand in the header; "Zahlziel" if empty
	Secure    bool             // the site is reached by https: Secure cookies and HSTS
	Demo      bool             // shows the demo mark and /catalogue
	ProxyHops int              // trusted proxies in front that append to X-Forwarded-For
	Now       func() time.Time // the clock of the rate limiter
	Log       *slog.Logger     // nil is slog.Default()
	FormTo    []string         // further origins that a form may lead to by redirect
}

// Site wraps handlers with everything a page needs and serves the static files.
type Site struct{ cfg Config }

// New returns a site; it panics without a clock, which only wiring can forget.
func New(cfg Config) *Site {
	if cfg.Now == nil {
		panic("web: Config.Now is missing; pass the program's clock")
	}
	if cfg.Name == "" {
		cfg.Name = "Zahlziel"
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Site{cfg: cfg}
}

// Register adds the static files and, in demo mode, the catalogue of components.
func (s *Site) Register(mux *http.ServeMux) {
	mux.Handle("GET /assets/", Assets)
	if s.cfg.Demo {
		mux.Handle("GET /catalogue", Handler(catalogue))
	}
}

// Wrap puts the whole stack around h, outermost first: context and headers, recovery, body limit,
// language, protection against forged requests.
func (s *Site) Wrap(h http.Handler) http.Handler {
	h = s.sameOriginOnly(h)
	h = withLang(h)
	h = limitBody(h)
	h = s.recoverPanics(h)
	h = s.securityHeaders(h)
	return s.withEnv(h)
}

// env is what pages read from their context.
type env struct {
	lang   Lang
	url    *url.URL
	id     string
	name   string
	secure bool
	demo   bool
	framed bool // inside another site's page, which keeps the focus
	log    *slog.Logger
}

type envKey struct{}

var bareEnv = &env{lang: German, name: "Zahlziel", log: slog.Default()}

func envOf(ctx context.Context) *env {
	if e, ok := ctx.Value(envKey{}).(*env); ok {
		return e
	}
	return bareEnv
}

func (s *Site) withEnv(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &env{
			lang: German, url: r.URL, id: newCorrelationID(),
			name: s.cfg.Name, secure: s.cfg.Secure, demo: s.cfg.Demo, log: s.cfg.Log,
		}
		w.Header().Set("Correlation-Id", e.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), envKey{}, e)))
	})
}

// CorrelationID names this request in the log and on the error page.
func CorrelationID(ctx context.Context) string { return envOf(ctx).id }

// Demo reports whether the site shows invented people and money.
func Demo(ctx context.Context) bool { return envOf(ctx).demo }

// Render writes the page c with the status; nothing reaches the reader if c fails halfway.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, err := io.Copy(w, &b)
	return err
}

// Redirect answers a form with "see other", so that reloading never posts twice.
func Redirect(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Handler is a page handler that may fail; the error becomes a friendly page exactly once, here.
type Handler func(w http.ResponseWriter, r *http.Request) error

// ServeHTTP runs the handler and turns its error into a page.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		Fail(w, r, err)
	}
}

// Status is an error that shows the page of an HTTP status.
type Status int

// Error names the status.
func (s Status) Error() string { return http.StatusText(int(s)) }

// Fail shows the page that fits err. An unknown error is internal: its text goes only to the log.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	var tooBig *http.MaxBytesError
	if s := Status(0); errors.As(err, &s) {
		status = int(s)
	} else if errors.As(err, &tooBig) {
		status = http.StatusRequestEntityTooLarge
	} else if s, ok := statusOf(err); ok {
		status = s
	}
	if status >= 500 {
		e := envOf(r.Context())
		e.log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "correlation_id", e.id, "error", err)
	}
	if err := Render(w, r, status, statusPage(status)); err != nil {
		http.Error(w, http.StatusText(status), status)
	}
}

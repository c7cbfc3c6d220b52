package main

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/integrations/sampleshop"
	"zahlziel/shopapi"
	"zahlziel/web"
	"zahlziel/web/checkout"
	"zahlziel/web/desk"
	"zahlziel/web/home"
	"zahlziel/web/merchant"
	"zahlziel/web/portal"
	"zahlziel/web/sdk"
)

// front puts all doors behind one address. Shops find theirs at the root of the host.
func (c *doors) front(a *app.App, extra func(*http.ServeMux)) (http.Handler, error) {
	spareMemory()
	pages := http.NewServeMux()
	site := web.New(web.Config{Secure: strings.HasPrefix(a.BaseURL, "https://"), Demo: a.Demo, ProxyHops: c.ProxyHops, Now: time.Now})
	site.Register(pages)
	registerPages(pages, site, a)
	start := home.Home{Operator: a.Operator().Name}
	if extra != nil {
		start.DemoShop, start.Mailbox = sampleshop.Path, "/mailbox/"
	}
	start.Routes(pages)
	machines := http.NewServeMux()
	api.Routes(machines, a, site.ClientIP)
	all := http.NewServeMux()
	all.Handle("/api/", machines)
	if extra != nil {
		extra(all)
	}
	all.Handle("/", site.Wrap(withErrorPages(pages)))
	return shopapi.New(a, a.BaseURL, slog.Default()).Wrap(all), nil
}

// withErrorPages shows a page of ours where a path or a method is not known, with the status and headers the mux gives.
func withErrorPages(mux *http.ServeMux) http.Handler {
	return web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r) // again, because only this sets the path's values
			return nil
		}
		unknown := bodiless{header: w.Header(), status: http.StatusNotFound}
		h.ServeHTTP(&unknown, r)
		unknown.header.Del("Content-Type")
		return web.Status(unknown.status)
	})
}

// bodiless keeps the status of an answer and drops its text.
type bodiless struct {
	header http.Header
	status int
}

// Header returns the headers of the answer to come.
func (b *bodiless) Header() http.Header { return b.header }

// WriteHeader keeps the status.
func (b *bodiless) WriteHeader(status int) { b.status = status }

// Write drops the text.
func (b *bodiless) Write(text []byte) (int, error) { return len(text), nil }

// registerPages adds the pages of every kind of person.
func registerPages(mux *http.ServeMux, site *web.Site, a *app.App) {
	checkout.New(site, a).Register(mux)
	portal.New(site, a).Routes(mux)
	desk.New(site, a).Routes(mux)
	merchant.New(site, a).Routes(mux)
	sdk.New(a.BaseURL).Routes(mux)
}

package main

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/shopapi"
	"zahlziel/web"
	"zahlziel/web/checkout"
	"zahlziel/web/demoshop"
	"zahlziel/web/desk"
	"zahlziel/web/home"
	"zahlziel/web/portal"
)

// front puts all doors behind one address. Shops find theirs at the root of the host.
func (c *doors) front(a *app.App, extra func(*http.ServeMux)) (http.Handler, error) {
	pages := http.NewServeMux()
	site := web.New(web.Config{Secure: strings.HasPrefix(a.BaseURL, "https://"), Demo: a.Demo, ProxyHops: c.ProxyHops, Now: time.Now})
	site.Register(pages)
	registerPages(pages, site, a)
	start := home.Home{Operator: a.Operator().Name}
	if extra != nil {
		start.DemoShop, start.Mailbox = demoshop.Path, "/mailbox/"
	}
	start.Routes(pages)
	machines := http.NewServeMux()
	api.Routes(machines, a, site.ClientIP)
	all := http.NewServeMux()
	all.Handle("/api/", machines)
	if extra != nil {
		extra(all)
	}
	all.Handle("/", site.Wrap(pages))
	return shopapi.New(a, a.BaseURL, slog.Default()).Wrap(all), nil
}

// registerPages adds the pages of every kind of person.
func registerPages(mux *http.ServeMux, site *web.Site, a *app.App) {
	checkout.New(site, a).Register(mux)
	portal.New(site, a).Routes(mux)
	desk.New(site, a).Routes(mux)
}

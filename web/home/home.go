// Package home is the page at the root: where each kind of person goes from here.
package home

import (
	"net/http"

	"zahlziel/web"
)

// Home is the start page of one installation.
type Home struct {
	Operator string // who runs this installation
	DemoShop string // path of the demo shops, or empty
	Mailbox  string // path of the demo mailbox, or empty
}

// Routes registers the page.
func (h Home) Routes(mux *http.ServeMux) {
	mux.Handle("GET /{$}", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, page(h))
	}))
}

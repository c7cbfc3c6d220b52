package web

import (
	"context"
	"errors"
	"net/http"

	"zahlziel/pay"
)

// Page is the frame around the content of one page.
type Page struct {
	Title    string // also the text of the browser tab, before the name of the site
	Brand    string // name in the header; the site's name if empty
	Home     string // where the brand leads; no link if empty
	Nav      []Link
	Account  *Link // sign in or out, at the right of the header; nil without
	Narrow   bool  // one column for forms and reading
	Wide     bool  // dense staff pages
	HasError bool  // a form came back with errors: said first in the tab title
	Footer   []Link
	Frame    *Frame // the page stands in a frame of a shop's page
}

// Frame is what the script of a framed page knows: it talks to pages of these origins only.
type Frame struct {
	Base    string // path of the checkout, under which its data are sent
	State   string // identify, code, pay, held, done, wait, refused, unsupported
	Token   string // authorization token for the shop, of an approved purchase
	Origins []string
}

// Link is a place to go.
type Link struct {
	Text    string
	Href    string
	Current bool
}

func (p Page) bodyClass() string {
	switch {
	case p.Frame != nil:
		return "framed"
	case p.Narrow:
		return "narrow"
	case p.Wide:
		return "wide dense"
	}
	return ""
}

func (p Page) tabTitle(ctx context.Context) string {
	t := p.Title + " – " + p.brand(ctx)
	if p.HasError {
		return T(ctx, "form.error_prefix") + " " + t
	}
	return t
}

func (p Page) brand(ctx context.Context) string {
	if p.Brand != "" {
		return p.Brand
	}
	return envOf(ctx).name
}

// statusOf maps the error kinds of the program to HTTP.
func statusOf(err error) (int, bool) {
	var e *pay.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	switch e.Kind {
	case pay.Invalid:
		return http.StatusBadRequest, true
	case pay.Refused, pay.Forbidden:
		return http.StatusForbidden, true
	case pay.Conflict:
		return http.StatusConflict, true
	case pay.Missing:
		return http.StatusNotFound, true
	case pay.TooLate:
		return http.StatusGone, true
	case pay.Busy:
		return http.StatusServiceUnavailable, true
	}
	return http.StatusInternalServerError, true
}

// statusWords holds the statuses that have sentences of their own; others borrow from their class.
var statusWords = map[int]string{
	http.StatusBadRequest:            "400",
	http.StatusForbidden:             "403",
	http.StatusNotFound:              "404",
	http.StatusConflict:              "409",
	http.StatusGone:                  "410",
	http.StatusRequestEntityTooLarge: "413",
	http.StatusTooManyRequests:       "429",
	http.StatusInternalServerError:   "500",
	http.StatusServiceUnavailable:    "503",
}

func statusKey(status int) string {
	if k, ok := statusWords[status]; ok {
		return k
	}
	if status >= 500 {
		return "500"
	}
	return "400"
}

package api

import (
	"encoding/json"
	"net/http"
	"time"

	"zahlziel/app"
	"zahlziel/pay"
)

// basicShop finds the shop by its API user and secret.
func (h handlers) basicShop(w http.ResponseWriter, r *http.Request) (app.Actor, bool) {
	failed := allowance{{h.limits.addressGuesses, h.address(r)}}
	if h.tooMany(w, failed) {
		return app.Actor{}, false
	}
	user, secret, ok := r.BasicAuth()
	who, err := &app.Actor{}, error(nil)
	if ok {
		who, err = h.app.Authenticate(r.Context(), user, secret)
	}
	if err != nil {
		h.problem(w, r, err)
		return app.Actor{}, false
	}
	if who == nil || who.Merchant == "" {
		failed.take(h.now())
		writeProblem(w, errShop)
		return app.Actor{}, false
	}
	return *who, true
}

// eventShop is basicShop, and counts the call against the shop's own limit.
func (h handlers) eventShop(w http.ResponseWriter, r *http.Request) (app.Actor, bool) {
	who, ok := h.basicShop(w, r)
	own := allowance{{h.limits.shopChecks, string(who.Merchant)}}
	if !ok || h.tooMany(w, own) {
		return app.Actor{}, false
	}
	own.take(h.now())
	return who, true
}

// eventView is an event on the wire: as its endpoint was sent it, with the calls that told it.
type eventView struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
	Calls     []callView      `json:"calls"`
}

type callView struct {
	ID      string `json:"id"`
	At      string `json:"at"`
	Host    string `json:"host"`
	Try     int64  `json:"try"`
	Status  int64  `json:"status,omitempty"`
	Problem string `json:"problem,omitempty"`
	NextAt  string `json:"next_at,omitempty"`
}

// events lists the shop's newest events before an instant.
func (h handlers) events(w http.ResponseWriter, r *http.Request) {
	who, ok := h.eventShop(w, r)
	if !ok {
		return
	}
	var before pay.Micros
	if text := r.URL.Query().Get("before"); text != "" {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			h.problem(w, r, pay.Errorf(pay.Invalid, "bad_value", "before", "Give an instant such as 2026-11-23T10:00:00.000Z"))
			return
		}
		before = at.UnixMicro()
	}
	list, err := h.app.Events(r.Context(), who, before)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	out := make([]eventView, 0, len(list))
	for _, e := range list {
		v := eventView{ID: string(e.ID), Type: e.Type, Timestamp: instant(e.At), Data: e.Data, Calls: []callView{}}
		for _, c := range e.Calls {
			call := callView{ID: string(c.ID), At: instant(c.At), Host: c.Host, Try: c.Try, Status: c.Status, Problem: c.Problem}
			if c.NextAt > 0 {
				call.NextAt = instant(c.NextAt)
			}
			v.Calls = append(v.Calls, call)
		}
		out = append(out, v)
	}
	write(w, map[string]any{"events": out})
}

// resend has a call to the shop made again.
func (h handlers) resend(w http.ResponseWriter, r *http.Request) {
	who, ok := h.eventShop(w, r)
	if !ok {
		return
	}
	id, ok := pay.ParseID[pay.ShopCallID](pay.PrefixShopCall, r.PathValue("id"))
	if !ok {
		writeProblem(w, errNoRoute)
		return
	}
	if _, err := h.app.Resend(r.Context(), who, id); err != nil {
		h.problem(w, r, err)
		return
	}
	write(w, map[string]bool{"queued": true})
}

// webhook stores the shop's address for events, or exchanges the secret when none is given.
func (h handlers) webhook(w http.ResponseWriter, r *http.Request) {
	who, ok := h.eventShop(w, r)
	if !ok {
		return
	}
	var to string
	if err := readObject(w, r, members{"url": &to}); err != nil {
		h.problem(w, r, err)
		return
	}
	secret, err := h.app.SetEndpoint(r.Context(), who, who.Merchant, to)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	write(w, map[string]string{"secret": secret})
}

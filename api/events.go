package api

import (
	"encoding/json"
	"time"

	"zahlziel/pay"
)

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
func (h handlers) events(a *ask) (any, error) {
	var before pay.Micros
	if text := a.r.URL.Query().Get("before"); text != "" {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, pay.Errorf(pay.Invalid, "bad_value", "before", "Give an instant such as 2026-11-23T10:00:00.000Z")
		}
		before = at.UnixMicro()
	}
	list, err := h.app.Events(a.r.Context(), a.who, before)
	if err != nil {
		return nil, err
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
	return map[string]any{"events": out}, nil
}

var errNoCall = pay.Errorf(pay.Missing, "no_such_call", "", "There is no such call")

// resend has a call to the shop made again.
func (h handlers) resend(a *ask) (any, error) {
	id, err := pathID[pay.ShopCallID](a, "id", pay.PrefixShopCall, errNoCall)
	if err != nil {
		return nil, err
	}
	if _, err := h.app.Resend(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return map[string]bool{"queued": true}, nil
}

// webhook stores the shop's address for events, or exchanges the secret when none is given.
func (h handlers) webhook(a *ask) (any, error) {
	var to string
	if err := a.fill(members{"url": &to}); err != nil {
		return nil, err
	}
	secret, err := h.app.SetEndpoint(a.r.Context(), a.who, a.key, a.who.Merchant, to)
	if err != nil {
		return nil, err
	}
	return map[string]string{"secret": secret}, nil
}

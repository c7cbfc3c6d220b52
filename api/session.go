package api

import (
	"zahlziel/app"
	"zahlziel/pay"
)

// sessionAnswer is a purchase that a buyer may confirm. status is open, authorized, complete or expired.
type sessionAnswer struct {
	ID          string     `json:"id"`
	ClientToken string     `json:"client_token"` // for the buyer's browser
	Status      string     `json:"status"`
	Methods     []string   `json:"methods"` // that the shop offers
	Token       string     `json:"authorization_token,omitempty"`
	ExpiresAt   string     `json:"expires_at"`
	Cart        cartAnswer `json:"cart"`
}

func (h handlers) encodeSession(a *ask, v *app.SessionView) *sessionAnswer {
	out := &sessionAnswer{ID: pay.Bare(v.Session.ID), ClientToken: v.ClientToken, Status: "open", Methods: []string{}, Token: pay.Bare(v.Token),
		ExpiresAt: instant(v.Session.ExpiresAt), Cart: encodeCart(&v.Cart)}
	switch {
	case v.Status == "complete":
		out.Status = v.Status
	case v.Token != "":
		out.Status = "authorized"
	case v.Session.ExpiresAt <= h.app.Clock.Now():
		out.Status = "expired"
	}
	if m, err := h.app.Merchant(a.who); err == nil {
		out.Methods = append(out.Methods, m.Methods...)
	}
	return out
}

func (h handlers) createSession(a *ask) (any, error) {
	change, err := readCart(a, nil)
	if err != nil {
		return nil, err
	}
	var cart pay.Cart
	if err := change.apply(&cart); err != nil {
		return nil, err
	}
	v, err := h.app.CreateSessionOnce(a.r.Context(), a.who, a.key, cart)
	if err != nil {
		return nil, err
	}
	return created{"/sessions/" + pay.Bare(v.Session.ID), h.encodeSession(a, v)}, nil
}

var missingSession = pay.Errorf(pay.Missing, "no_such_session", "", "Invalid session id")

// sessionID is the session that the path names.
func (a *ask) sessionID() (pay.SessionID, error) {
	return pathID[pay.SessionID](a, "id", pay.PrefixSession, missingSession)
}

func (h handlers) sessionNow(a *ask, id pay.SessionID) (any, error) {
	v, err := h.app.ReadSession(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return h.encodeSession(a, v), nil
}

func (h handlers) readSession(a *ask) (any, error) {
	id, err := a.sessionID()
	if err != nil {
		return nil, err
	}
	return h.sessionNow(a, id)
}

// changeSession replaces the members of the cart that are given, each as a whole; the others stay.
func (h handlers) changeSession(a *ask) (any, error) {
	id, err := a.sessionID()
	if err != nil {
		return nil, err
	}
	change, err := readCart(a, nil)
	if err != nil {
		return nil, err
	}
	if err := h.app.UpdateSession(a.r.Context(), a.who, a.key, id, change.apply); err != nil {
		return nil, err
	}
	return h.sessionNow(a, id)
}

// endSession ends a purchase before its time.
func (h handlers) endSession(a *ask) (any, error) {
	id, err := a.sessionID()
	if err != nil {
		return nil, err
	}
	if err := h.app.EndSession(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.sessionNow(a, id)
}

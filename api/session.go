package api

import (
	"strings"

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
	cart, err := readCart(a)
	if err != nil {
		return nil, err
	}
	v, err := h.app.CreateSessionOnce(a.r.Context(), a.who, a.key, cart)
	if err != nil {
		return nil, err
	}
	return created{"/sessions/" + pay.Bare(v.Session.ID), h.encodeSession(a, v)}, nil
}

// sessionID is the session that the path names.
func (a *ask) sessionID() (pay.SessionID, error) {
	id, ok := pay.ParseID[pay.SessionID](pay.PrefixSession, a.r.PathValue("id"))
	if !ok {
		return "", pay.Errorf(pay.Missing, "no_such_session", "", "Invalid session id")
	}
	return id, nil
}

func (h handlers) readSession(a *ask) (any, error) {
	id, err := a.sessionID()
	if err != nil {
		return nil, err
	}
	v, err := h.app.ReadSession(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return h.encodeSession(a, v), nil
}

// pageAnswer is a hosted payment page: the shop sends the buyer to url. status is waiting, back, in_progress, completed,
// cancelled, failed, disabled or error.
type pageAnswer struct {
	ID        string `json:"id"`
	SessionID string `json:"session_id"`
	URL       string `json:"url"`
	Status    string `json:"status"`
	ExpiresAt string `json:"expires_at"`
	Token     string `json:"authorization_token,omitempty"`
	OrderID   string `json:"order_id,omitempty"`
}

func encodePage(v *app.PageView) *pageAnswer {
	p := &v.Page
	return &pageAnswer{pay.Bare(p.ID), pay.Bare(p.SessionID), v.RedirectURL, strings.ToLower(p.Status), instant(p.ExpiresAt), pay.Bare(p.Authorization), pay.Bare(p.OrderID)}
}

// placeOn says what the page does once the buyer has confirmed.
var placeOn = map[string]string{"none": "NONE", "order": "PLACE_ORDER", "order_and_capture": "CAPTURE_ORDER"}

func (h handlers) createPage(a *ask) (any, error) {
	id, err := a.sessionID()
	if err != nil {
		return nil, err
	}
	var s pay.PageSettings
	then := "none"
	err = a.fill(members{"title": &s.Title, "then": &then, "urls": members{"success": &s.Success, "cancel": &s.Cancel, "back": &s.Back, "failure": &s.Failure, "error": &s.Error}})
	if err != nil {
		return nil, err
	}
	c := &checker{}
	c.text("title", &s.Title, 255)
	c.url("urls.success", &s.Success)
	c.url("urls.cancel", &s.Cancel)
	c.url("urls.back", &s.Back)
	c.url("urls.failure", &s.Failure)
	c.url("urls.error", &s.Error)
	place, known := placeOn[then]
	if !known {
		c.fail("then", "must be none, order or order_and_capture")
	}
	if c.err != nil {
		return nil, c.err
	}
	s.PlaceOrder = place
	v, err := h.app.CreatePage(a.r.Context(), a.who, id, s)
	if err != nil {
		return nil, err
	}
	return created{"/pages/" + pay.Bare(v.Page.ID), encodePage(v)}, nil
}

func (h handlers) readPage(a *ask) (any, error) {
	id, ok := pay.ParseID[pay.PageID](pay.PrefixPage, a.r.PathValue("id"))
	if !ok {
		return nil, pay.Errorf(pay.Missing, "no_such_page", "", "There is no such hosted payment page")
	}
	v, err := h.app.ReadPage(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return encodePage(v), nil
}

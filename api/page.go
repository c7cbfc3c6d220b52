package api

import (
	"encoding/json"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

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

// tellPage is what a shop's address for news of a page is sent.
func tellPage(event string, v *app.PageView) []byte {
	text, err := json.Marshal(struct {
		EventID string      `json:"event_id"`
		Page    *pageAnswer `json:"page"`
	}{event, encodePage(v)})
	if err != nil {
		panic(err) // texts always encode
	}
	return text
}

// placeOn says what the page does once the buyer has confirmed.
var placeOn = map[string]string{"none": "NONE", "order": "PLACE_ORDER", "order_and_capture": "CAPTURE_ORDER"}

func (h handlers) createPage(a *ask) (any, error) {
	id, err := a.sessionID()
	if err != nil {
		return nil, err
	}
	s := pay.PageSettings{Form: pay.FormNative}
	then := "none"
	err = a.fill(members{"title": &s.Title, "then": &then, "urls": members{"success": &s.Success, "cancel": &s.Cancel, "back": &s.Back,
		"failure": &s.Failure, "error": &s.Error, "status": &s.StatusUpdate}})
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
	c.url("urls.status", &s.StatusUpdate)
	place, known := placeOn[then]
	if !known {
		c.fail("then", "must be none, order or order_and_capture")
	}
	if c.err != nil {
		return nil, c.err
	}
	s.PlaceOrder = place
	v, err := h.app.CreatePage(a.r.Context(), a.who, a.key, id, s)
	if err != nil {
		return nil, err
	}
	return created{"/pages/" + pay.Bare(v.Page.ID), encodePage(v)}, nil
}

// pageID is the page that the path names.
func (a *ask) pageID() (pay.PageID, error) {
	return pathID[pay.PageID](a, "id", pay.PrefixPage, pay.Errorf(pay.Missing, "no_such_page", "", "There is no such hosted payment page"))
}

func (h handlers) pageNow(a *ask, id pay.PageID) (any, error) {
	v, err := h.app.ReadPage(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return encodePage(v), nil
}

func (h handlers) readPage(a *ask) (any, error) {
	id, err := a.pageID()
	if err != nil {
		return nil, err
	}
	return h.pageNow(a, id)
}

func (h handlers) cancelPage(a *ask) (any, error) {
	id, err := a.pageID()
	if err != nil {
		return nil, err
	}
	if err := h.app.CancelPage(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.pageNow(a, id)
}

// mailPage mails the page's address to the buyer.
func (h handlers) mailPage(a *ask) (any, error) {
	id, err := a.pageID()
	if err != nil {
		return nil, err
	}
	var email string
	if err := a.fill(members{"email": &email}); err != nil {
		return nil, err
	}
	c := &checker{}
	c.need("email", email)
	c.text("email", &email, 99)
	if c.err != nil {
		return nil, c.err
	}
	if err := h.app.DistributePage(a.r.Context(), a.who, a.key, id, email); err != nil {
		return nil, err
	}
	return h.pageNow(a, id)
}

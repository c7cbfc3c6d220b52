package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

var (
	errNoPage   = pay.Errorf(pay.Missing, "no_such_page", "", "There is no such hosted payment page")
	errPageOver = pay.Errorf(pay.TooLate, "page_over", "", "This payment page is cancelled or expired; start the checkout again from the shop")
)

// PageView is a hosted payment page with the shop's settings.
type PageView struct {
	Page        pay.Page
	Settings    pay.PageSettings
	RedirectURL string
}

// CreatePage opens a hosted payment page over a session of the same merchant.
func (a *App) CreatePage(ctx context.Context, who Actor, key Key, id pay.SessionID, settings pay.PageSettings) (*PageView, error) {
	s, err := a.ReadSession(ctx, who, id)
	if err != nil {
		return nil, err
	}
	p := &pay.Page{ID: pay.PageID(a.idNear(pay.PrefixPage, string(id))), SessionID: id, MerchantID: s.Session.MerchantID,
		Status: pay.PageWaiting, ExpiresAt: s.Session.ExpiresAt, Settings: mustJSON(settings)}
	u := store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}} // a page lies in its session's cell
	made, err := do(ctx, a, who, "page", key, u, func(tx *store.Tx) (pay.PageID, error) {
		if s.Session.ExpiresAt <= tx.At || s.Status == "complete" {
			return "", pay.Errorf(pay.Missing, "session_expired", "payment_session_url", "The payment session is expired or complete; create a new one")
		}
		row, err := a.liveSession(tx, id)
		if err != nil {
			return "", err
		}
		c, err := a.openCheckout(row)
		if err != nil {
			return "", err
		}
		c.Paged, p.UpdatedAt = true, tx.At
		a.sealCheckout(row, c)
		store.Save(tx, store.Sessions, row)
		store.Save(tx, store.Pages, p)
		return p.ID, nil
	})
	if err != nil {
		return nil, err
	}
	if made != p.ID {
		return a.ReadPage(ctx, who, made)
	}
	return a.pageView(p)
}

func (a *App) pageView(p *pay.Page) (*PageView, error) {
	v := &PageView{Page: *p, RedirectURL: a.pageURL(p.ID)}
	return v, json.Unmarshal(p.Settings, &v.Settings)
}

// pageURL is where a buyer opens a hosted page.
func (a *App) pageURL(id pay.PageID) string { return a.BaseURL + "/checkout/pages/" + pay.Bare(id) }

// PageQR is a hosted page's address as a PNG picture to scan. It says nothing that its id does not, so the page is not looked up.
func (a *App) PageQR(id pay.PageID) ([]byte, error) { return document.QRPNG(a.pageURL(id)) }

// ReadPage returns a hosted page to its merchant; OpenPage to the buyer whom the shop sent to it.
func (a *App) ReadPage(ctx context.Context, who Actor, id pay.PageID) (*PageView, error) {
	p, err := store.LoadID(ctx, a.DB, store.Pages, id)
	if err != nil {
		return nil, err
	}
	if p == nil || !who.owns(p.MerchantID) {
		return nil, errNoPage
	}
	if a.pageOver(p) {
		p.Status = pay.PageDisabled
	}
	return a.pageView(p)
}

func (a *App) pageOver(p *pay.Page) bool {
	return p.ExpiresAt <= a.Clock.Now() && p.Status != pay.PageCompleted && p.Status != pay.PageCancelled
}

// OpenPage returns a hosted page and its session's client token, and marks the page as in progress.
// The page's id is the secret that the shop's redirect carries.
func (a *App) OpenPage(ctx context.Context, id pay.PageID) (*PageView, *SessionView, error) {
	p, err := store.LoadID(ctx, a.DB, store.Pages, id)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, errNoPage
	}
	if p.Status == pay.PageCancelled || p.Status == pay.PageDisabled || a.pageOver(p) {
		return nil, nil, errPageOver
	}
	s, err := a.ReadSession(ctx, System, p.SessionID)
	if err != nil {
		return nil, nil, err
	}
	if p.Status == pay.PageWaiting || p.Status == pay.PageBack {
		if err := a.SetPage(ctx, id, pay.PageInProgress); err != nil {
			return nil, nil, err
		}
	}
	v, err := a.pageView(p)
	return v, s, err
}

// CancelPage ends a hosted page that is not complete, as its shop wishes.
func (a *App) CancelPage(ctx context.Context, who Actor, key Key, id pay.PageID) error {
	return a.changePage(ctx, who, key, "page-cancel", id, func(p *pay.Page) error {
		if p.Status == pay.PageCompleted {
			return pay.Errorf(pay.Invalid, "page_complete", "session_id", "The session is complete and cannot be cancelled")
		}
		p.Status = pay.PageDisabled
		return nil
	})
}

// SetPage notes a state of the checkout on its page: back, failed, error, in progress. Final states stay.
func (a *App) SetPage(ctx context.Context, id pay.PageID, status string) error {
	return a.changePage(ctx, System, Key{}, "page", id, func(p *pay.Page) error {
		switch p.Status {
		case pay.PageCompleted, pay.PageCancelled, pay.PageDisabled:
			return nil
		}
		p.Status = status
		return nil
	})
}

func (a *App) changePage(ctx context.Context, who Actor, key Key, use string, id pay.PageID, change func(*pay.Page) error) error {
	_, err := do(ctx, a, who, use, key, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Pages.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (struct{}, error) {
			p, err := store.Get(tx, store.Pages, string(id))
			if err != nil {
				return struct{}{}, err
			}
			if p == nil || !who.owns(p.MerchantID) {
				return struct{}{}, errNoPage
			}
			before := p.Status
			if err := change(p); err != nil {
				return struct{}{}, err
			}
			p.UpdatedAt = tx.At
			store.Save(tx, store.Pages, p)
			if p.Status != before {
				return struct{}{}, a.tellPage(tx, p)
			}
			return struct{}{}, nil
		})
	return err
}

// CompletePage finishes a hosted page after an approval: it places the order where the shop wants that, and returns the
// address in the shop that the buyer goes back to, with its placeholders filled in. It may be repeated.
func (a *App) CompletePage(ctx context.Context, id pay.PageID, token pay.AuthorizationID) (string, error) {
	p, err := store.LoadID(ctx, a.DB, store.Pages, id)
	if err != nil {
		return "", err
	}
	if p == nil {
		return "", errNoPage
	}
	v, err := a.pageView(p)
	if err != nil {
		return "", err
	}
	if p.Status == pay.PageCompleted && p.Authorization == token {
		return FillPage(v.Settings.Success, p.SessionID, p.ID, token, p.OrderID), nil
	}
	if p.Status == pay.PageCompleted || p.Status == pay.PageCancelled || p.Status == pay.PageDisabled {
		return "", errPageOver
	}
	order, err := a.pageOrder(ctx, p, v.Settings.PlaceOrder, token)
	if err != nil {
		return "", err
	}
	err = a.changePage(ctx, System, Key{}, "page", id, func(p *pay.Page) error {
		p.Status, p.Authorization, p.OrderID = pay.PageCompleted, token, order
		return nil
	})
	return FillPage(v.Settings.Success, p.SessionID, p.ID, token, order), err
}

// completeNewest completes the newest page of a session that was approved elsewhere than on it, unless it is over.
func (a *App) completeNewest(ctx context.Context, id pay.SessionID, token pay.AuthorizationID) error {
	return a.newestPage(ctx, id, func(page pay.PageID) error {
		_, err := a.CompletePage(ctx, page, token)
		return err
	})
}

// newestPage acts on the newest page of a session. A page that is cancelled, or was ordered on differently in the
// meantime, is left alone: the shop hears of the approval anyway.
func (a *App) newestPage(ctx context.Context, id pay.SessionID, act func(pay.PageID) error) error {
	pages, err := a.DB.PagesOf(ctx, id)
	if err != nil || len(pages) == 0 {
		return err
	}
	err = act(pages[0].ID)
	var known *pay.Error
	if errors.As(err, &known) && known.Kind != pay.Busy && known.Kind != pay.Internal {
		return nil
	}
	return err
}

// pageOrder places the order of a page, if the shop leaves that to us. A token of another session completes nothing.
func (a *App) pageOrder(ctx context.Context, p *pay.Page, mode string, token pay.AuthorizationID) (pay.OrderID, error) {
	s, err := a.ReadSession(ctx, System, p.SessionID)
	if err != nil {
		return "", err
	}
	if s.Session.Authorization != token || token == "" {
		return "", errNoToken
	}
	if mode != "PLACE_ORDER" && mode != "CAPTURE_ORDER" || s.Cart.Intent == pay.IntentTokenize {
		return "", nil
	}
	s.Cart.AutoCapture = mode == "CAPTURE_ORDER"
	o, err := a.PlaceOrder(ctx, Actor{Merchant: p.MerchantID}, Key{}, token, s.Cart)
	if err != nil {
		return "", err
	}
	return o.ID, nil
}

// FillPage fills the placeholders of a shop's address: {{session_id}}, {{order_id}}, {{authorization_token}} and the like,
// also where the shop's URL builder has escaped their braces.
func FillPage(url string, session pay.SessionID, page pay.PageID, token pay.AuthorizationID, order pay.OrderID) string {
	named := []string{
		"{{session_id}}", pay.Bare(page), "{{payment_session_id}}", pay.Bare(session),
		"{{order_id}}", pay.Bare(order), "{{authorization_token}}", pay.Bare(token),
		"{session.id}", pay.Bare(session), "{order.id}", pay.Bare(order), "{checkout.order.id}", pay.Bare(order),
	}
	escape := strings.NewReplacer("{", "%7B", "}", "%7D")
	for i := range len(named) / 2 {
		escaped := escape.Replace(named[2*i])
		named = append(named, escaped, named[2*i+1], strings.ToLower(escaped), named[2*i+1])
	}
	return strings.NewReplacer(named...).Replace(url)
}

package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// keyRoutes adds the page of what a shop's programs sign in with, and who changed it.
func (d *Desk) keyRoutes(mux *http.ServeMux) {
	mux.Handle("GET /desk/merchants/{id}/keys", d.may(app.DeedMerchants, d.keys))
	for deed, do := range map[string]func(*http.Request, visitor, pay.MerchantID) (shown, error){
		"new": d.newAPIKey, "exchange": d.exchangeAPIKey, "end": d.endAPIKey,
	} {
		mux.Handle("POST /desk/merchants/{id}/keys/"+deed, d.may(app.DeedOnboard, d.onKeys(deed, do)))
	}
}

// keyView is the page with what a deed on it came to.
type keyView struct {
	*app.KeyFile
	Now    pay.Micros
	Shown  shown
	Done   bool
	Typed  url.Values // what was sent and came back
	Errors web.FieldErrors
}

func (v keyView) path() string { return "/desk/merchants/" + pay.Bare(v.ID) + "/keys" }

func (d *Desk) keys(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.MerchantID](r, "id", pay.PrefixMerchant)
	if err != nil {
		return err
	}
	return d.showKeys(w, r, who, http.StatusOK, id, keyView{Done: r.URL.Query().Get("done") == "end"})
}

func (d *Desk) showKeys(w http.ResponseWriter, r *http.Request, who visitor, status int, id pay.MerchantID, v keyView) (err error) {
	who.Here = "/desk/merchants"
	if v.KeyFile, err = d.app.KeyFile(r.Context(), who.Actor, id); err != nil {
		return err
	}
	v.Now = d.app.Clock.Now()
	return web.Render(w, r, status, keysPage(who, v))
}

// keyErrors are the refusals that the page explains, with the field they belong to.
var keyErrors = map[string]string{"bad_scope": "scopes", "bad_name": "name", "too_many_keys": "keys", "no_such_key": "keys", "key_ended": "keys"}

func (d *Desk) onKeys(deed string, do func(*http.Request, visitor, pay.MerchantID) (shown, error)) page {
	return func(w http.ResponseWriter, r *http.Request, who visitor) error {
		id, err := web.PathID[pay.MerchantID](r, "id", pay.PrefixMerchant)
		if err != nil {
			return err
		}
		if err := r.ParseForm(); err != nil {
			return err
		}
		made, err := do(r, who, id)
		var e *pay.Error
		if errors.As(err, &e) && keyErrors[e.Code] != "" {
			v := keyView{Typed: r.PostForm}
			v.Errors.Add(keyErrors[e.Code], web.T(r.Context(), "merchants.keyerror."+e.Code))
			return d.showKeys(w, r, who, http.StatusUnprocessableEntity, id, v)
		}
		if err != nil {
			return err
		}
		if made.Secret != "" {
			w.Header().Set("Cache-Control", "no-store")
			return d.showKeys(w, r, who, http.StatusOK, id, keyView{Shown: made})
		}
		return web.Redirect(w, r, "/desk/merchants/"+pay.Bare(id)+"/keys?done="+deed)
	}
}

func (d *Desk) newAPIKey(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	var scopes []string
	for _, s := range pay.Scopes {
		if r.PostForm.Get(s) != "" {
			scopes = append(scopes, s)
		}
	}
	k, text, err := d.app.CreateKey(r.Context(), who.Actor, id, strings.TrimSpace(r.PostForm.Get("name")), scopes)
	if err != nil {
		return shown{}, err
	}
	return shown{string(k.ID), text}, nil
}

func (d *Desk) exchangeAPIKey(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	key, err := d.keyHere(r, who, id)
	if err != nil {
		return shown{}, err
	}
	k, text, err := d.app.ExchangeKey(r.Context(), who.Actor, key)
	if err != nil {
		return shown{}, err
	}
	return shown{string(k.ID), text}, nil
}

func (d *Desk) endAPIKey(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	key, err := d.keyHere(r, who, id)
	if err != nil {
		return shown{}, err
	}
	_, err = d.app.EndAPIKey(r.Context(), who.Actor, key, 0)
	return shown{}, err
}

// keyHere is the key that a form names, if it is one of the merchant whose page it stands on.
func (d *Desk) keyHere(r *http.Request, who visitor, id pay.MerchantID) (pay.KeyID, error) {
	f, err := d.app.KeyFile(r.Context(), who.Actor, id)
	if err != nil {
		return "", err
	}
	key := pay.KeyID(r.PostForm.Get("key"))
	if !slices.ContainsFunc(f.Keys, func(k pay.APIKey) bool { return k.ID == key }) {
		return "", web.Status(http.StatusNotFound)
	}
	return key, nil
}

func apiKeyTable(ctx context.Context, who visitor, v keyView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchants.api_keys"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchants.user")}, {Head: web.T(ctx, "merchants.col.id")},
		{Head: web.T(ctx, "merchants.col.scopes")}, {Head: web.T(ctx, "merchants.col.made")}, {Head: web.T(ctx, "desk.col.state")}, {}}}
	for _, k := range v.Keys {
		row := web.Cells(k.Name, string(k.ID), strings.Join(k.Scopes, ", "), instant(ctx, k.CreatedAt), keyState(ctx, &k, v.Now), "")
		if k.Live(v.Now) && who.Can(app.DeedOnboard) {
			row[5].Body = apiKeyForms(v, k)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func keyState(ctx context.Context, k *pay.APIKey, now pay.Micros) string {
	switch {
	case !k.Live(now):
		return web.T(ctx, "merchants.key_ended")
	case k.EndsAt != 0:
		return web.T(ctx, "merchants.key_until", web.Data{"Until": instant(ctx, k.EndsAt)})
	}
	return web.T(ctx, "merchants.key_live")
}

func trailTable(ctx context.Context, v keyView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchants.trail"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.when")}, {Head: web.T(ctx, "merchants.col.who")},
		{Head: web.T(ctx, "merchants.col.change")}, {Head: web.T(ctx, "merchants.col.what")}}}
	for _, l := range v.Trail {
		by := l.Who
		if by == "" {
			by = web.T(ctx, "merchants.by_system")
		}
		about := l.Detail
		if l.Role != "" {
			about += ", " + web.T(ctx, "merchant.role."+l.Role)
		}
		t.Rows = append(t.Rows, web.Cells(instant(ctx, l.At), by, web.T(ctx, "merchants.trail."+l.Action), about))
	}
	return t
}

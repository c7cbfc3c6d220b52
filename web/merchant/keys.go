package merchant

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// shown is a secret that a deed made; it is on one page only and stored nowhere in the clear.
type shown struct{ Name, Secret string }

// keyDeed changes what speaks for the shop.
type keyDeed func(r *http.Request, who visitor) (shown, error)

// keyView is the page with what a deed on it came to.
type keyView struct {
	*app.KeyFile
	Now    pay.Micros
	Shown  shown
	Done   string
	Typed  url.Values // what was sent and came back
	Errors web.FieldErrors
}

func (p *Pages) keys(w http.ResponseWriter, r *http.Request, who visitor) error {
	return p.showKeys(w, r, who, http.StatusOK, keyView{Done: known(r, "done", "end-user", "end", "end-endpoint")})
}

func (p *Pages) showKeys(w http.ResponseWriter, r *http.Request, who visitor, status int, v keyView) (err error) {
	if v.KeyFile, err = p.app.KeyFile(r.Context(), who.Actor, who.Merchant); err != nil {
		return err
	}
	v.Now = p.app.Clock.Now()
	return web.Render(w, r, status, keysPage(who, v))
}

// keyFields says beside which field the page explains a refusal.
var keyFields = map[string]string{"bad_scope": "scopes", "bad_name": "name", "bad_url": "url", "last_key": "users", "key_ended": "keys"}

// onKeys does one deed and goes back to the page; a new secret is shown at once instead.
func (p *Pages) onKeys(deed string, do keyDeed) page {
	return func(w http.ResponseWriter, r *http.Request, who visitor) error {
		if err := r.ParseForm(); err != nil {
			return err
		}
		made, err := do(r, who)
		if e := refused(err); e != nil {
			field := keyFields[e.Code]
			if e.Code == "too_many_keys" {
				field = map[bool]string{true: "users", false: "keys"}[deed == "user"]
			}
			if field == "" {
				return err
			}
			v := keyView{Typed: r.PostForm}
			v.Errors.Add(field, web.T(r.Context(), "merchant.keyerror."+e.Code))
			return p.showKeys(w, r, who, http.StatusUnprocessableEntity, v)
		}
		if err != nil {
			return err
		}
		if made.Secret != "" {
			return p.showKeys(w, r, who, http.StatusOK, keyView{Shown: made})
		}
		return web.Redirect(w, r, "/merchant/keys?done="+deed)
	}
}

func (p *Pages) addUser(r *http.Request, who visitor) (shown, error) {
	user, secret, err := p.app.AddKey(r.Context(), who.Actor, who.Merchant)
	return shown{user, secret}, err
}

func (p *Pages) endUser(r *http.Request, who visitor) (shown, error) {
	return shown{}, p.app.EndKey(r.Context(), who.Actor, who.Merchant, r.PostForm.Get("username"))
}

func (p *Pages) newKey(r *http.Request, who visitor) (shown, error) {
	var scopes []string
	for _, s := range pay.Scopes {
		if r.PostForm.Get(s) != "" {
			scopes = append(scopes, s)
		}
	}
	k, text, err := p.app.CreateKey(r.Context(), who.Actor, who.Merchant, strings.TrimSpace(r.PostForm.Get("name")), scopes)
	return named(k, text, err)
}

func (p *Pages) exchangeKey(r *http.Request, who visitor) (shown, error) {
	k, text, err := p.app.ExchangeKey(r.Context(), who.Actor, pay.KeyID(r.PostForm.Get("key")))
	return named(k, text, err)
}

func named(k *pay.APIKey, text string, err error) (shown, error) {
	if err != nil {
		return shown{}, err
	}
	return shown{string(k.ID), text}, nil
}

func (p *Pages) endKey(r *http.Request, who visitor) (shown, error) {
	_, err := p.app.EndAPIKey(r.Context(), who.Actor, pay.KeyID(r.PostForm.Get("key")), 0)
	return shown{}, err
}

func (p *Pages) setEndpoint(r *http.Request, who visitor) (shown, error) {
	secret, err := p.app.SetEndpoint(r.Context(), who.Actor, app.Key{}, who.Merchant, strings.TrimSpace(r.PostForm.Get("url")))
	return shown{web.T(r.Context(), "merchant.keys.events"), secret}, err
}

func (p *Pages) dropEndpoint(r *http.Request, who visitor) (shown, error) {
	return shown{}, p.app.DropEndpoint(r.Context(), who.Actor, who.Merchant)
}

func userTable(ctx context.Context, who visitor, v keyView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.keys.users"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.user")}, {Head: web.T(ctx, "merchant.col.made")}, {Head: web.T(ctx, "merchant.col.state")}, {}}}
	for _, k := range v.Users {
		row := web.Cells(k.Username, "", web.T(ctx, "merchant.key.ended"), "")
		if k.CreatedAt > 0 {
			row[1].Text = web.Instant(ctx, k.CreatedAt)
		}
		if k.Active {
			row[2].Text = web.T(ctx, "merchant.key.live")
			if who.owner() {
				row[3].Body = endUserForm(k.Username)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// noKeyText is the next step where there is no key: only who manages the shop can take it.
func noKeyText(ctx context.Context, who visitor) string {
	if who.owner() {
		return web.T(ctx, "merchant.keys.none_text")
	}
	return web.T(ctx, "merchant.keys.none_member")
}

func keyTable(ctx context.Context, who visitor, v keyView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.keys.keys"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.name")}, {Head: web.T(ctx, "merchant.col.key")}, {Head: web.T(ctx, "merchant.col.scopes")},
		{Head: web.T(ctx, "merchant.col.made")}, {Head: web.T(ctx, "merchant.col.state")}, {}}}
	for i := range v.Keys {
		k := &v.Keys[i]
		row := web.Cells(k.Name, string(k.ID), strings.Join(k.Scopes, ", "), web.Instant(ctx, k.CreatedAt), keyState(ctx, k, v.Now), "")
		if k.Live(v.Now) && who.owner() {
			row[5].Body = keyForms(k)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func keyState(ctx context.Context, k *pay.APIKey, now pay.Micros) string {
	switch {
	case !k.Live(now):
		return web.T(ctx, "merchant.key.ended")
	case k.EndsAt != 0:
		return web.T(ctx, "merchant.key.until", web.Data{"Until": web.Instant(ctx, k.EndsAt)})
	}
	return web.T(ctx, "merchant.key.live")
}

// eventsText says where events go, and whether the secret before this one still signs.
func eventsText(ctx context.Context, v keyView) string {
	if v.Endpoint == nil {
		return web.T(ctx, "merchant.keys.no_events")
	}
	text := web.T(ctx, "merchant.keys.events_to", web.Data{"URL": v.Endpoint.URL})
	if v.Endpoint.PreviousUntil > v.Now {
		text += " " + web.T(ctx, "merchant.keys.events_until", web.Data{"Until": web.Instant(ctx, v.Endpoint.PreviousUntil)})
	}
	return text
}

func trailTable(ctx context.Context, v keyView, operator string) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.trail"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.when")}, {Head: web.T(ctx, "merchant.col.who")}, {Head: web.T(ctx, "merchant.col.what")}, {Head: web.T(ctx, "merchant.col.about")}}}
	for _, l := range v.Trail {
		by := l.Who
		if by == "" {
			by = operator
		}
		about := l.Detail
		if l.Role != "" {
			about += ", " + web.T(ctx, "merchant.role."+l.Role)
		}
		t.Rows = append(t.Rows, web.Cells(web.Instant(ctx, l.At), by, web.T(ctx, "merchant.trail."+l.Action), about))
	}
	return t
}

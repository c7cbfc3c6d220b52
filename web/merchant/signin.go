package merchant

import (
	"net/http"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// signInForm is the sign-in as it was typed.
type signInForm struct {
	Email  string
	Sent   bool // the form was sent; the answer is the same for everybody
	Stale  bool // the visitor came with a link that does not work any more
	Errors web.FieldErrors
}

func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request) error {
	who, _, err := p.app.ShopVisitor(r.Context(), web.CookieValue(r, cookie))
	if err != nil {
		return err
	}
	if who.User != "" {
		return web.Redirect(w, r, "/merchant")
	}
	return web.Render(w, r, http.StatusOK, signInPage(signInForm{}))
}

// signIn answers the same for people we know, people we do not know, and addresses that asked too often.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := signInForm{Email: strings.TrimSpace(r.PostForm.Get("email")), Sent: true}
	if p.address.Allow(app.NormalEmail(f.Email), p.now()) {
		err := p.app.SendShopLink(r.Context(), f.Email, string(web.LangOf(r.Context())))
		if isKind(err, pay.Invalid) {
			f.Sent = false
			f.Errors.Add("email", web.T(r.Context(), "merchant.error.email"))
			return web.Render(w, r, http.StatusUnprocessableEntity, signInPage(f))
		} else if err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, signInPage(f))
}

// showLink reads nothing and changes nothing: programs that open every link of a mail do not use it up.
func (p *Pages) showLink(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, linkPage(r.PathValue("token")))
}

func (p *Pages) useLink(w http.ResponseWriter, r *http.Request) error {
	token, err := p.app.UseShopLink(r.Context(), r.PathValue("token"))
	if isKind(err, pay.TooLate) {
		return web.Render(w, r, http.StatusGone, signInPage(signInForm{Stale: true}))
	} else if err != nil {
		return err
	}
	web.SetCookie(w, r, cookie, token, cookiePath, cookieKeep)
	return web.Redirect(w, r, "/merchant")
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.app.SignOutShop(r.Context(), web.CookieValue(r, cookie)); err != nil {
		return err
	}
	web.DropCookie(w, r, cookie, cookiePath)
	return web.Redirect(w, r, "/merchant/sign-in")
}

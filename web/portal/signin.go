package portal

import (
	"errors"
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

func (p *Portal) showSignIn(w http.ResponseWriter, r *http.Request) error {
	who, err := p.app.PortalVisitor(r.Context(), web.CookieValue(r, cookie))
	if err != nil {
		return err
	}
	if who.Consumer != "" {
		return web.Redirect(w, r, "/me")
	}
	return web.Render(w, r, http.StatusOK, signInPage(p.frame(), signInForm{}))
}

// signIn answers the same for people we know, people we do not know, and addresses that asked too often.
func (p *Portal) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := signInForm{Email: strings.TrimSpace(r.PostForm.Get("email")), Sent: true}
	if p.address.Allow(app.NormalEmail(f.Email), p.now()) {
		err := p.app.SendSignInLink(r.Context(), f.Email, string(web.LangOf(r.Context())))
		if isInvalid(err, "email") {
			f.Sent = false
			f.Errors.Add("email", web.T(r.Context(), "portal.error.email"))
			return web.Render(w, r, http.StatusUnprocessableEntity, signInPage(p.frame(), f))
		} else if err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, signInPage(p.frame(), f))
}

// showLink reads nothing and changes nothing: programs that open every link of a mail do not use it up.
func (p *Portal) showLink(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, linkPage(p.frame(), r.PathValue("token")))
}

func (p *Portal) useLink(w http.ResponseWriter, r *http.Request) error {
	token, err := p.app.UseSignInLink(r.Context(), r.PathValue("token"))
	if isKind(err, pay.TooLate) {
		return web.Render(w, r, http.StatusGone, signInPage(p.frame(), signInForm{Stale: true}))
	} else if err != nil {
		return err
	}
	web.SetCookie(w, r, cookie, token, cookiePath, cookieKeep)
	return web.Redirect(w, r, "/me")
}

func (p *Portal) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.app.SignOut(r.Context(), web.CookieValue(r, cookie)); err != nil {
		return err
	}
	web.DropCookie(w, r, cookie, cookiePath)
	return web.Redirect(w, r, "/me/sign-in")
}

func isKind(err error, k pay.Kind) bool {
	var e *pay.Error
	return errors.As(err, &e) && e.Kind == k
}

func isInvalid(err error, field string) bool {
	var e *pay.Error
	return errors.As(err, &e) && e.Kind == pay.Invalid && e.Field == field
}

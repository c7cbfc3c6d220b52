// Package api is our own JSON door: what a buyer's browser and integrators call under /api/v1.
//
// It decodes, authenticates, calls package app and encodes; errors are problem documents (RFC 9457) with code, hint and field.
package api

import (
	"net/http"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

type handlers struct {
	app     *app.App
	address func(*http.Request) string
	limits  limits
}

// identify answers the same for known and unknown people and sends a code. Only codes that were sent count against the limits.
func (h handlers) identify(w http.ResponseWriter, r *http.Request) {
	id, token, ok := h.session(w, r)
	if !ok {
		return
	}
	var email, born string
	text, key, err := readKeyed(w, r)
	if err == nil {
		err = fill(text, members{"email": &email, "birth_date": &born}, "")
	}
	if err != nil {
		h.problem(w, r, err)
		return
	}
	if !h.livable(born) {
		h.problem(w, r, pay.Errorf(pay.Invalid, "bad_birth_date", "birth_date", "Enter the birth date of a living person as YYYY-MM-DD"))
		return
	}
	sent := allowance{{h.limits.sessionCodes, string(id)}, {h.limits.addressCodes, h.address(r)}}
	if h.tooMany(w, sent) {
		return
	}
	if err := h.app.Identify(r.Context(), key, id, token, email, born); err != nil {
		h.problem(w, r, err)
		return
	}
	h.spend(w, sent)
	write(w, map[string]bool{"code_sent": true})
}

// ageMax is the greatest age that is no mistake, in years.
const ageMax = 130

// livable reports whether somebody alive can have been born on a day. What is no day is judged below.
func (h handlers) livable(born string) bool {
	day, err := cal.ParseDay(born)
	if err != nil {
		return true
	}
	today := h.app.Clock.Today()
	return day <= today && day >= today-ageMax*366
}

// authorize is the buyer's confirmation. The credential was made on our origin, so personal reasons may be given here.
// Who proves to be the buyer is never slowed down; who does not is, by session and, where codes are guessed, by address.
func (h handlers) authorize(w http.ResponseWriter, r *http.Request) {
	id, token, ok := h.session(w, r)
	if !ok {
		return
	}
	ask, err := readAuthorize(w, r)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	failed := allowance{{h.limits.sessionProofs, string(id)}}
	if ask.EmailCode != "" || ask.DeviceToken != "" {
		failed = append(failed, budget{h.limits.addressGuesses, h.address(r)})
	}
	if h.tooMany(w, failed) {
		return
	}
	ans, err := h.app.Confirm(r.Context(), id, token, ask)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	if ans.StepUp == stepCode {
		failed.take(h.now())
	}
	failed.tell(w, h.now())
	out, err := h.encode(r, id, token, ans)
	if err != nil {
		h.problem(w, r, err)
		return
	}
	write(w, out)
}

// readAuthorize reads a confirmation; what its values mean is checked below.
func readAuthorize(w http.ResponseWriter, r *http.Request) (ask app.AuthorizeRequest, err error) {
	err = readObject(w, r, members{"payment_method": &ask.Method, "consent": &ask.Consent, "email_code": &ask.EmailCode,
		"device_token": &ask.DeviceToken, "assessment": members{"monthly_free_amount": &ask.MonthlyFree}})
	return ask, err
}

// session reads the session's id from the path and the client token that must open it.
func (h handlers) session(w http.ResponseWriter, r *http.Request) (pay.SessionID, string, bool) {
	id, ok := pay.ParseID[pay.SessionID](pay.PrefixSession, r.PathValue("id"))
	if !ok {
		writeProblem(w, errNoSession)
		return "", "", false
	}
	token := bearer(r)
	if opens, good := h.app.SessionOfToken(token); !good || opens != id {
		writeProblem(w, errToken)
		return "", "", false
	}
	return id, token, true
}

// bearer is the token of the Authorization header (RFC 6750), or empty.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(strings.TrimSpace(r.Header.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

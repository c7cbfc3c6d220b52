package portal

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// settingsForm is the page's forms as they were typed, and what came of the last one.
type settingsForm struct {
	Done   string // outcome of a check that was just finished: confirmed, failed, open, letter
	Errors web.FieldErrors
	IBAN   string
	Busy   bool // the service did not answer
	Often  bool // tried too often today
}

func (p *Portal) settings(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	f := settingsForm{}
	switch done := r.URL.Query().Get("done"); done {
	case "confirmed", "failed", "open", "letter":
		f.Done = done
	}
	return p.showSettings(w, r, who, http.StatusOK, f)
}

func (p *Portal) showSettings(w http.ResponseWriter, r *http.Request, who app.Actor, status int, f settingsForm) error {
	s, err := p.app.Settings(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, settingsPage(p.inside("/me/settings"), s, f))
}

// verify begins a check. The way to a partner is a link on a page of its own, because forms here lead nowhere else.
func (p *Portal) verify(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := settingsForm{IBAN: r.PostForm.Get("iban")}
	begun, err := p.app.StartVerification(r.Context(), who, app.VerifyRequest{Kind: r.PathValue("kind"), IBAN: f.IBAN,
		Consent: r.PostForm.Get("consent") == "yes", Language: string(web.LangOf(r.Context()))})
	if err != nil {
		return p.verifyFailed(w, r, who, f, err)
	}
	switch {
	case begun.Letter:
		return web.Redirect(w, r, "/me/settings?done=letter")
	case begun.Redirect == "":
		return web.Redirect(w, r, "/me/settings?done="+url.QueryEscape(begun.State))
	}
	if own, ok := strings.CutPrefix(begun.Redirect, p.app.BaseURL+"/me/"); ok {
		return web.Redirect(w, r, "/me/"+own)
	}
	return web.Render(w, r, http.StatusOK, leavePage(p.inside("/me/settings"), r.PathValue("kind"), begun.Redirect))
}

// verifyFailed shows the page again with what to do about it.
func (p *Portal) verifyFailed(w http.ResponseWriter, r *http.Request, who app.Actor, f settingsForm, err error) error {
	var e *pay.Error
	if !errors.As(err, &e) {
		return err
	}
	status := http.StatusUnprocessableEntity
	switch e.Code {
	case "bad_iban":
		f.Errors.Add("iban", web.T(r.Context(), "portal.settings.error.iban"))
	case "consent_missing":
		f.Errors.Add("consent", web.T(r.Context(), "portal.settings.error.consent"))
	case "wrong_code":
		f.Errors.Add("code", web.T(r.Context(), "portal.settings.error.code"))
	case "code_over":
		f.Errors.Add("code", web.T(r.Context(), "portal.settings.error.over"))
	case "source_unavailable":
		f.Busy, status = true, http.StatusServiceUnavailable
	case "too_many_checks":
		f.Often, status = true, http.StatusTooManyRequests
	default:
		return err
	}
	return p.showSettings(w, r, who, status, f)
}

func verificationOf(r *http.Request) (pay.VerificationID, bool) {
	return pay.ParseID[pay.VerificationID](pay.PrefixVerification, r.PathValue("id"))
}

// verified is where a person comes back to from a partner.
func (p *Portal) verified(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, ok := verificationOf(r)
	if !ok {
		return web.Status(http.StatusNotFound)
	}
	state, err := p.app.FinishVerification(r.Context(), who, id, "")
	if err != nil {
		return p.verifyFailed(w, r, who, settingsForm{}, err)
	}
	return web.Redirect(w, r, "/me/settings?done="+url.QueryEscape(state))
}

// letterCode takes the code from a letter.
func (p *Portal) letterCode(w http.ResponseWriter, r *http.Request, who app.Actor) error {
	id, ok := verificationOf(r)
	if !ok {
		return web.Status(http.StatusNotFound)
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	code := strings.TrimSpace(r.PostForm.Get("code"))
	if code == "" || len(code) > 40 {
		f := settingsForm{}
		f.Errors.Add("code", web.T(r.Context(), "portal.settings.error.code"))
		return p.showSettings(w, r, who, http.StatusUnprocessableEntity, f)
	}
	state, err := p.app.FinishVerification(r.Context(), who, id, code)
	if err != nil {
		return p.verifyFailed(w, r, who, settingsForm{}, err)
	}
	return web.Redirect(w, r, "/me/settings?done="+url.QueryEscape(state))
}

// sourceState is the tag of a source.
func sourceState(ctx context.Context, l app.SourceLine) (string, web.Kind) {
	kind := web.Plain
	switch l.State {
	case "confirmed", "clear":
		kind = web.Success
	case "hit", "unavailable", "failed":
		kind = web.Caution
	}
	if l.Pending != "" && l.State != "confirmed" {
		return web.T(ctx, "portal.source_state.pending"), web.Info
	}
	return web.T(ctx, "portal.source_state."+l.State), kind
}

// actText is the button that begins a check, or does it once more.
func actText(ctx context.Context, l app.SourceLine) string {
	switch {
	case l.Letter:
		return web.T(ctx, "portal.settings.new_letter")
	case l.State == "confirmed" && l.Kind != credit.SourceAddress.String():
		return web.T(ctx, "portal.settings.again")
	}
	return web.T(ctx, "portal.source_act."+l.Kind)
}

func sourceFacts(ctx context.Context, l app.SourceLine) []web.Fact {
	var facts []web.Fact
	if l.Source != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.settings.source"), Value: l.Source})
	}
	if l.AsOf.IsSet() {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.settings.as_of"), Value: web.Day(ctx, l.AsOf)})
	}
	if l.Until.IsSet() && l.State != "unavailable" && l.State != "failed" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.settings.until"), Value: web.Day(ctx, l.Until)})
	}
	if len(l.Told) > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.settings.told"), Value: strings.Join(l.Told, "; ")})
	}
	if l.Kind == credit.SourceAffordability.String() && l.State == "clear" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.settings.free"), Value: web.Money(ctx, l.Free, money.EUR)})
	}
	return facts
}

// listDays names the lists with their dates.
func listDays(ctx context.Context, lists []app.ListInfo) string {
	var out []string
	for _, l := range lists {
		out = append(out, web.T(ctx, "portal.settings.list", web.Data{"List": strings.ToUpper(l.Source), "Day": web.Day(ctx, l.Published)}))
	}
	return strings.Join(out, ", ")
}

// verifies reports whether a plan has a step that is begun on the page of settings.
func verifies(p credit.Plan) bool {
	for _, s := range p.Steps {
		switch s.Kind {
		case credit.VerifyAddress, credit.VerifyBank, credit.VerifyIdentity, credit.EvidenceStep:
			return true
		}
	}
	return false
}

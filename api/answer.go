package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/pay"
)

// stepCode is the step-up of somebody who did not prove yet who they are.
const stepCode = "email_code"

// authorizeAnswer is the outcome of a confirmation. Members without a value are left out; methods is always a list.
type authorizeAnswer struct {
	Approved           bool           `json:"approved"`
	AuthorizationToken string         `json:"authorization_token,omitempty"`
	ExpiresAt          string         `json:"expires_at,omitempty"`
	DeviceToken        string         `json:"device_token,omitempty"`
	Methods            []methodAnswer `json:"methods"`
	StepUp             string         `json:"step_up,omitempty"`
	Payment            *demand        `json:"payment,omitempty"`
}

// methodAnswer is one method of the shop. texts are the reasons as sentences in the caller's language.
type methodAnswer struct {
	ID         string   `json:"id"`
	Offered    bool     `json:"offered"`
	Reasons    []string `json:"reasons,omitempty"`
	Texts      []string `json:"texts,omitempty"`
	WayBackURL string   `json:"way_back_url,omitempty"`
}

// demand is what to transfer for a prepayment: amount in minor units, until a civil day.
type demand struct {
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Reference string `json:"reference"`
	IBAN      string `json:"iban"`
	Until     string `json:"until"`
}

func (h handlers) encode(r *http.Request, id pay.SessionID, token string, ans *app.AuthorizeAnswer) (*authorizeAnswer, error) {
	out := &authorizeAnswer{Approved: ans.Approved, DeviceToken: ans.DeviceToken, StepUp: ans.StepUp, Methods: []methodAnswer{}}
	if ans.Approved {
		out.AuthorizationToken, out.ExpiresAt = pay.Bare(ans.Token), instant(ans.ExpiresAt)
	}
	lang, wayBack := languageOf(r), false
	for _, m := range ans.Methods {
		out.Methods = append(out.Methods, encodeMethod(m, lang))
		wayBack = wayBack || m.WayBack
	}
	if d := ans.Demand; d != nil {
		out.Payment = &demand{Amount: d.Open, Currency: string(d.Currency), Reference: d.Reference, IBAN: h.app.Operator().IBAN, Until: d.DueDay.String()}
	}
	if !wayBack {
		return out, nil
	}
	v, err := h.app.OpenSession(r.Context(), id, token)
	if err != nil {
		return nil, err
	}
	for i, m := range ans.Methods {
		if m.WayBack {
			out.Methods[i].WayBackURL = h.app.BaseURL + "/me/way-back/" + m.Method + "/" + strconv.FormatInt(v.Cart.Amount, 10)
		}
	}
	return out, nil
}

func encodeMethod(m app.MethodAnswer, lang string) methodAnswer {
	out := methodAnswer{ID: m.Method, Offered: m.Offered}
	if len(m.Reasons) > 0 {
		out.Reasons = credit.Codes(m.Reasons)
	}
	for _, reason := range m.Reasons {
		out.Texts = append(out.Texts, reason.Sentence(lang))
	}
	return out
}

// instant prints a time the way RFC 3339 does, in UTC with milliseconds.
func instant(at pay.Micros) string {
	return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05.000Z")
}

var languages = language.NewMatcher([]language.Tag{language.German, language.English})

// languageOf chooses de or en by the caller's wish; German is the fallback.
func languageOf(r *http.Request) string {
	wishes, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wishes) == 0 {
		return "de"
	}
	_, i, _ := languages.Match(wishes...)
	return [...]string{"de", "en"}[i]
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	writeBody(w, http.StatusOK, v)
}

func writeBody(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

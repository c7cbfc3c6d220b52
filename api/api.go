// Package api is our own JSON door: what a buyer's browser and integrators call under /api/v1.
//
// It decodes, authenticates, calls package app and encodes; errors are problem documents (RFC 9457) with code, hint and field.
package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/pay"
)

// Routes registers the native API on a mux.
func Routes(mux *http.ServeMux, a *app.App) {
	h := handlers{a, newCodeLimit()}
	mux.HandleFunc("POST /api/v1/sessions/{id}/identify", h.identify)
	mux.HandleFunc("POST /api/v1/sessions/{id}/authorize", h.authorize)
}

type handlers struct {
	app   *app.App
	codes *codeLimit
}

type identifyRequest struct {
	Email     string `json:"email"`
	BirthDate string `json:"birth_date"`
}

// identify answers the same for known and unknown people and sends a code.
func (h handlers) identify(w http.ResponseWriter, r *http.Request) {
	id, token, ok := h.session(w, r)
	if !ok {
		return
	}
	var in identifyRequest
	if !decode(w, r, &in) {
		return
	}
	if !h.codes.allow(id) {
		w.Header().Set("Retry-After", "60")
		writeProblem(w, http.StatusTooManyRequests, &pay.Error{Kind: pay.Busy, Code: "too_many_codes", Hint: "Wait a minute before you ask for another code"})
		return
	}
	if err := h.app.Identify(r.Context(), id, token, in.Email, in.BirthDate); err != nil {
		problem(w, err)
		return
	}
	write(w, http.StatusOK, map[string]any{"code_sent": true})
}

type authorizeRequest struct {
	PaymentMethod string `json:"payment_method"`
	Consent       bool   `json:"consent"`
	EmailCode     string `json:"email_code"`
	DeviceToken   string `json:"device_token"`
	Assessment    *struct {
		MonthlyFreeAmount int64 `json:"monthly_free_amount"`
	} `json:"assessment"`
}

type methodAnswer struct {
	ID         string   `json:"id"`
	Offered    bool     `json:"offered"`
	Reasons    []string `json:"reasons,omitempty"`
	Texts      []string `json:"texts,omitempty"`
	WayBackURL string   `json:"way_back_url,omitempty"`
}

type demand struct {
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Reference string `json:"reference"`
	IBAN      string `json:"iban"`
	Until     string `json:"until"`
}

type authorizeAnswer struct {
	Approved           bool           `json:"approved"`
	AuthorizationToken string         `json:"authorization_token,omitempty"`
	ExpiresAt          string         `json:"expires_at,omitempty"`
	DeviceToken        string         `json:"device_token,omitempty"`
	Methods            []methodAnswer `json:"methods"`
	StepUp             string         `json:"step_up,omitempty"`
	Payment            *demand        `json:"payment,omitempty"`
}

// authorize is the buyer's confirmation. The credential was made on our origin, so personal reasons may be given here.
func (h handlers) authorize(w http.ResponseWriter, r *http.Request) {
	id, token, ok := h.session(w, r)
	if !ok {
		return
	}
	var in authorizeRequest
	if !decode(w, r, &in) {
		return
	}
	ask := app.AuthorizeRequest{Method: in.PaymentMethod, Consent: in.Consent, EmailCode: in.EmailCode, DeviceToken: in.DeviceToken}
	if in.Assessment != nil {
		if in.Assessment.MonthlyFreeAmount < 0 || in.Assessment.MonthlyFreeAmount > 100_000_000 {
			problem(w, pay.Errorf(pay.Invalid, "bad_value", "assessment.monthly_free_amount", "Give the free amount per month in minor units, 0 to 100000000"))
			return
		}
		ask.MonthlyFree = &in.Assessment.MonthlyFreeAmount
	}
	ans, err := h.app.Authorize(r.Context(), id, token, ask)
	if err != nil {
		problem(w, err)
		return
	}
	write(w, http.StatusOK, h.encode(ans, language(r)))
}

func (h handlers) encode(ans *app.AuthorizeAnswer, lang string) authorizeAnswer {
	out := authorizeAnswer{Approved: ans.Approved, DeviceToken: ans.DeviceToken, StepUp: ans.StepUp, Methods: []methodAnswer{}}
	if ans.Approved {
		out.AuthorizationToken, out.ExpiresAt = pay.Bare(ans.Token), instant(ans.ExpiresAt)
	}
	for _, m := range ans.Methods {
		ma := methodAnswer{ID: m.Method, Offered: m.Offered, Reasons: codes(m.Reasons)}
		for _, r := range m.Reasons {
			ma.Texts = append(ma.Texts, r.Sentence(lang))
		}
		if m.WayBack {
			ma.WayBackURL = h.app.BaseURL + "/me/standing?method=" + m.Method
		}
		out.Methods = append(out.Methods, ma)
	}
	if d := ans.Demand; d != nil {
		out.Payment = &demand{Amount: d.Open, Currency: string(d.Currency), Reference: d.Reference, IBAN: h.app.Operator().IBAN, Until: d.DueDay.String()}
	}
	return out
}

func codes(reasons []credit.Reason) []string {
	if len(reasons) == 0 {
		return nil
	}
	return credit.Codes(reasons)
}

// session reads the session's id from the path and the client token that must open it.
func (h handlers) session(w http.ResponseWriter, r *http.Request) (pay.SessionID, string, bool) {
	id, ok := pay.ParseID[pay.SessionID](pay.PrefixSession, r.PathValue("id"))
	if !ok {
		problem(w, pay.Errorf(pay.Missing, "no_such_session", "", "Invalid session id"))
		return "", "", false
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if opens, good := h.app.SessionOfToken(strings.TrimSpace(token)); !ok || !good || opens != id {
		w.Header().Set("WWW-Authenticate", `Bearer realm="checkout"`)
		writeProblem(w, http.StatusUnauthorized, &pay.Error{Kind: pay.Forbidden, Code: "bad_client_token", Hint: "Send the session's client token as a bearer token"})
		return "", "", false
	}
	return id, strings.TrimSpace(token), true
}

// bodyMax bounds a request body.
const bodyMax = 1 << 20

// decode reads exactly one JSON object; unknown members are ignored, anything else is answered with a problem.
func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax))
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("more than one JSON value")
		}
	}
	if err == nil {
		return true
	}
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		writeProblem(w, http.StatusRequestEntityTooLarge, &pay.Error{Kind: pay.Invalid, Code: "too_large", Hint: "The body may have at most 1 MB"})
		return false
	}
	var wrong *json.UnmarshalTypeError
	e := pay.Errorf(pay.Invalid, "bad_json", "", "The body must be one JSON object: %s", plain(err))
	if errors.As(err, &wrong) {
		e = pay.Errorf(pay.Invalid, "bad_value", wrong.Field, "%s has the wrong type", wrong.Field)
	}
	problem(w, e)
	return false
}

func plain(err error) string { return strings.TrimPrefix(err.Error(), "json: ") }

// statusOf maps an error kind to its HTTP status, once.
func statusOf(k pay.Kind) int {
	switch k {
	case pay.Invalid:
		return http.StatusBadRequest
	case pay.Refused:
		return http.StatusUnprocessableEntity
	case pay.Conflict:
		return http.StatusConflict
	case pay.Missing:
		return http.StatusNotFound
	case pay.Forbidden:
		return http.StatusForbidden
	case pay.TooLate:
		return http.StatusGone
	case pay.Busy:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func problem(w http.ResponseWriter, err error) {
	var e *pay.Error
	if !errors.As(err, &e) {
		slog.Error("api", "error", err.Error())
		e = &pay.Error{Kind: pay.Internal, Code: "internal", Hint: "Something went wrong on our side; try again in a moment"}
	}
	writeProblem(w, statusOf(e.Kind), e)
}

func writeProblem(w http.ResponseWriter, status int, e *pay.Error) {
	body := map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "code": e.Code, "hint": e.Hint}
	if e.Field != "" {
		body["field"] = e.Field
	}
	w.Header().Set("Content-Type", "application/problem+json")
	writeBody(w, status, body)
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	writeBody(w, status, v)
}

func writeBody(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func instant(at pay.Micros) string {
	return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05.000Z")
}

func language(r *http.Request) string {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "en") {
		return "en"
	}
	return "de"
}

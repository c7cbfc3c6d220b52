package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"zahlziel/pay"
)

// document is a problem (RFC 9457). code is stable; hint is one sentence with the next step; field names the member at fault.
type document struct {
	Type          string `json:"type"`
	Title         string `json:"title"`
	Status        int    `json:"status"`
	Code          string `json:"code"`
	Hint          string `json:"hint"`
	Field         string `json:"field,omitempty"`
	CorrelationID string `json:"correlation_id,omitempty"` // names the line in our log, where the fault is ours
}

func newProblem(status int, code, hint string) document {
	return document{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Hint: hint}
}

// The answers that do not depend on the request.
var (
	errNoRoute   = newProblem(http.StatusNotFound, "no_such_path", "There is nothing at this path; see the documentation of /api/v1")
	errMethod    = newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "This method is not allowed here; see the Allow header")
	errNoSession = newProblem(http.StatusNotFound, "no_such_session", "Invalid session id")
	errToken     = newProblem(http.StatusUnauthorized, "bad_client_token", "Send the session's client token as a bearer token")
	errConsumer  = newProblem(http.StatusUnauthorized, "bad_consumer_token", "Send the token of a sign-in or of a remembered device as a bearer token")
	errKey       = newProblem(http.StatusUnauthorized, "bad_api_key", "Send an API key of the shop that has not ended as a bearer token: zz_test_... or zz_live_...")
	errShop      = newProblem(http.StatusUnauthorized, "bad_credentials", "Send the shop's API user and secret (Basic)")
	errTooMany   = newProblem(http.StatusTooManyRequests, "too_many_requests", "Too many attempts; wait as long as the Retry-After header says")
)

// statusOf maps an error kind to its HTTP status, once.
var statusOf = map[pay.Kind]int{
	pay.Invalid:   http.StatusBadRequest,
	pay.Refused:   http.StatusUnprocessableEntity,
	pay.Conflict:  http.StatusConflict,
	pay.Missing:   http.StatusNotFound,
	pay.Forbidden: http.StatusForbidden,
	pay.TooLate:   http.StatusGone,
	pay.Busy:      http.StatusServiceUnavailable,
}

// byCode maps what has a status of its own.
var byCode = map[string]int{
	"session_expired":  http.StatusGone, // some calls report it as missing
	"bad_client_token": http.StatusUnauthorized,
	codeTooLarge:       http.StatusRequestEntityTooLarge,
}

// fieldPath names the members that lie inside an object here.
var fieldPath = map[string]string{"monthly_free_amount": "assessment.monthly_free_amount", "captured_amount": "amount", "refunded_amount": "amount",
	"purchase_country": "country", "purchase_currency": "currency", "order_amount": "amount", "order_lines": "lines", "billing_address": "billing",
	"shipping_address": "shipping", "customer": "buyer", "customer.type": "buyer.type", "shipping_info": "shipments", "number_of_days": "days",
	"payment_session_url": "id", "contact_information.email": "email", "end_date": "until"}

// problem answers an error. Untyped errors are ours: their text goes to the log only.
func (h handlers) problem(w http.ResponseWriter, r *http.Request, err error) {
	var e *pay.Error
	if !errors.As(err, &e) || e.Kind == pay.Internal {
		d := newProblem(http.StatusInternalServerError, "internal", "Something went wrong on our side; try again in a moment")
		d.CorrelationID = uuid.NewString()
		h.app.Log.ErrorContext(r.Context(), "api call failed", "error", err, "correlation_id", d.CorrelationID, "pattern", r.Pattern)
		writeProblem(w, d)
		return
	}
	status, known := byCode[e.Code]
	if !known {
		status = statusOf[e.Kind]
	}
	d := newProblem(status, e.Code, e.Hint)
	d.Field = pathOf(e.Field)
	writeProblem(w, d)
}

// pathOf names fields, of which there may be several with commas between, as they are called here.
func pathOf(fields string) string {
	names := strings.Split(fields, ", ")
	for i, name := range names {
		if path, other := fieldPath[name]; other {
			names[i] = path
		}
	}
	return strings.Join(names, ", ")
}

// challenges name the credential that is asked for.
var challenges = map[string]string{
	"bad_client_token":   `Bearer realm="checkout"`,
	"bad_consumer_token": `Bearer realm="me"`,
	"bad_api_key":        `Bearer realm="shop"`,
	"not_signed_in":      `Bearer realm="me"`,
	"bad_credentials":    `Basic realm="shop", charset="UTF-8"`,
}

func writeProblem(w http.ResponseWriter, d document) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch {
	case d.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", challenges[d.Code])
	case d.Status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	writeBody(w, d.Status, d)
}

package shopapi

import (
	"errors"
	"net/http"
	"strings"

	"zahlziel/pay"
)

// wireError is the body of every answer that is not a success.
type wireError struct {
	Code          string   `json:"error_code"`
	Messages      []string `json:"error_messages"`
	Details       []string `json:"details,omitempty"`      // ours: one sentence per bad field
	FraudStatus   string   `json:"fraud_status,omitempty"` // of a recurring order that was refused
	CorrelationID string   `json:"correlation_id"`
	status        int
}

func (e *wireError) Error() string { return e.Code + ": " + strings.Join(e.Messages, "; ") }

func newError(status int, code, message string) *wireError {
	return &wireError{Code: code, Messages: []string{message}, status: status}
}

// err names all bad fields in one message, as clients expect it; nil when there is none.
func (p *problems) err() error {
	if len(p.fields) == 0 {
		return nil
	}
	e := newError(http.StatusBadRequest, "BAD_VALUE", "Bad value: "+strings.Join(p.fields, ", "))
	e.Details = p.details
	return e
}

// byCode maps what has an answer of its own on this wire. The hints of these codes speak about
// the shop's own request, so they go out as the message.
var byCode = map[string]struct {
	status int
	code   string
}{
	"capture_not_allowed": {http.StatusForbidden, "CAPTURE_NOT_ALLOWED"},
	"refund_not_allowed":  {http.StatusForbidden, "REFUND_NOT_ALLOWED"},
	"cancel_not_allowed":  {http.StatusForbidden, "CANCEL_NOT_ALLOWED"},
	"release_not_allowed": {http.StatusForbidden, "NOT_ALLOWED"},
	"not_allowed":         {http.StatusForbidden, "NOT_ALLOWED"},
	"merchant_inactive":   {http.StatusForbidden, "MERCHANT_INACTIVE"},
	"no_such_order":       {http.StatusNotFound, "NO_SUCH_ORDER"},
	"no_such_capture":     {http.StatusNotFound, "NO_SUCH_CAPTURE"},
	"session_complete":    {http.StatusNotFound, "SESSION_COMPLETED"},
	"key_reused":          {http.StatusConflict, "CONFLICT"},
	"too_many_requests":   {http.StatusTooManyRequests, "TOO_MANY_REQUESTS"},
}

// errorOf is the one place where errors of the floors below become wire errors. missing is the
// answer of this route for a thing that is not there, is gone, or belongs to somebody else: they
// must look alike. A refusal without a code of its own may rest on facts about a person, so its
// hint stays here. Untyped errors are ours; their text goes to the log only.
func errorOf(err error, missing *wireError) *wireError {
	var wire *wireError
	if errors.As(err, &wire) {
		return wire
	}
	var e *pay.Error
	if !errors.As(err, &e) {
		return errInternal
	}
	if m, ok := byCode[e.Code]; ok {
		return newError(m.status, m.code, e.Hint)
	}
	switch e.Kind {
	case pay.Invalid:
		return badField(http.StatusBadRequest, "BAD_VALUE", e)
	case pay.Conflict:
		return badField(http.StatusConflict, "CONFLICT", e)
	case pay.Missing, pay.TooLate:
		return missing
	case pay.Refused:
		return newError(http.StatusForbidden, "REJECTED", "Not allowed")
	case pay.Forbidden:
		return newError(http.StatusForbidden, "INVALID_OPERATION", "Not allowed")
	case pay.Busy:
		return newError(http.StatusServiceUnavailable, "TEMPORARILY_UNAVAILABLE", "Busy. Try again in a moment.")
	}
	return errInternal
}

// badField names the field of an error the way problems does; without a field the hint is the message.
func badField(status int, code string, e *pay.Error) *wireError {
	if e.Field == "" {
		return newError(status, code, e.Hint)
	}
	bad := newError(status, "BAD_VALUE", "Bad value: "+e.Field)
	bad.Details = []string{e.Hint}
	return bad
}

// The answers that do not depend on the request.
var (
	errInternal        = newError(http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", "Something went wrong on our side. Try again; if it stays, contact us with the correlation id.")
	errUnauthorized    = newError(http.StatusUnauthorized, "UNAUTHORIZED", "Unauthorized: give the API user and its secret by HTTP Basic")
	errTooMany         = newError(http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "Too many failed logins of this API user: check its secret, then wait a second between tries")
	errTooLarge        = newError(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", "The body is larger than 1 MB")
	errNoRoute         = newError(http.StatusNotFound, "NOT_FOUND", "No such resource")
	errMethod          = newError(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "This method is not allowed here; see the Allow header")
	errNoSession       = newError(http.StatusNotFound, "NOT_FOUND", "Invalid session id")
	errNoToken         = newError(http.StatusNotFound, "NOT_FOUND", "Invalid or expired authorization token")
	errNoPage          = newError(http.StatusNotFound, "NOT_FOUND", "Invalid payment page session id")
	errNoOrder         = newError(http.StatusNotFound, "NO_SUCH_ORDER", "No such order")
	errNoCapture       = newError(http.StatusNotFound, "NO_SUCH_CAPTURE", "No such capture")
	errNoCustomerToken = newError(http.StatusNotFound, "NOT_FOUND", "Invalid customer token")
	errNoRefund        = newError(http.StatusNotFound, "NOT_FOUND", "No such refund")
)

package shopapi

import (
	"errors"
	"strings"
	"testing"

	"zahlziel/pay"
)

func TestErrorOf(t *testing.T) {
	cases := []struct {
		err           error
		status        int
		code, message string
	}{
		{pay.Errorf(pay.Invalid, "bad_value", "captured_amount", "must be at least 1"), 400, "BAD_VALUE", "Bad value: captured_amount"},
		{pay.Errorf(pay.Conflict, "key_reused", "", "use a new key"), 409, "CONFLICT", "use a new key"},
		{pay.Errorf(pay.Conflict, "cart_changed", "order_lines", "differs"), 409, "BAD_VALUE", "Bad value: order_lines"},
		{pay.Errorf(pay.Missing, "missing", "", "order of somebody else"), 404, "NO_SUCH_ORDER", "No such order"},
		{pay.Errorf(pay.TooLate, "expired", "", "expired"), 404, "NO_SUCH_ORDER", "No such order"},
		{pay.Errorf(pay.TooLate, "session_complete", "", "done"), 404, "SESSION_COMPLETED", "done"},
		{pay.Errorf(pay.Refused, "capture_not_allowed", "", "over"), 403, "CAPTURE_NOT_ALLOWED", "over"},
		{pay.Errorf(pay.Refused, "refund_not_allowed", "", "over"), 403, "REFUND_NOT_ALLOWED", "over"},
		{pay.Errorf(pay.Refused, "cancel_not_allowed", "", "has captures"), 403, "CANCEL_NOT_ALLOWED", "has captures"},
		{pay.Errorf(pay.Refused, "release_not_allowed", "", "no captures"), 403, "NOT_ALLOWED", "no captures"},
		{pay.Errorf(pay.Refused, "r08", "", "has 3 overdue invoices"), 403, "REJECTED", "Not allowed"},
		{pay.Errorf(pay.Forbidden, "merchant_inactive", "", "activate"), 403, "MERCHANT_INACTIVE", "activate"},
		{pay.Errorf(pay.Forbidden, "forbidden", "", "no"), 403, "INVALID_OPERATION", "Not allowed"},
		{pay.Errorf(pay.Busy, "busy", "", "lane full"), 503, "TEMPORARILY_UNAVAILABLE", "Busy. Try again in a moment."},
		{pay.Errorf(pay.Internal, "x", "", "pq: secret"), 500, "INTERNAL_SERVER_ERROR", ""},
		{errors.New("sql: secret table"), 500, "INTERNAL_SERVER_ERROR", ""},
	}
	for _, c := range cases {
		e := errorOf(c.err, errNoOrder)
		if e.status != c.status || e.Code != c.code || c.message != "" && e.Messages[0] != c.message {
			t.Errorf("%v: got %d %s", c.err, e.status, e)
		}
		if strings.Contains(e.Error(), "secret") || strings.Contains(e.Error(), "overdue") {
			t.Errorf("%v leaks: %s", c.err, e)
		}
	}
}

package pay

import "fmt"

// Term is how long a deferred payment method defers, in days; ok is false for methods without one fixed term.
func Term(method string) (days int, ok bool) {
	switch method {
	case "invoice_14":
		return 14, true
	case "invoice_30":
		return 30, true
	case "pay_later":
		return 60, true
	case "prepayment":
		return 7, true
	}
	return 0, false
}

// IsCredit reports whether a method defers payment beyond delivery.
func IsCredit(method string) bool { return method != "prepayment" && method != "instant_bank" }

// categories group the methods as shops show them, one tile for each.
var categories = map[string]string{"invoice_14": "pay_later", "invoice_30": "pay_later", "pay_later": "pay_later", "pay_in_3": "pay_over_time",
	"instalments": "pay_over_time", "instant_bank": "pay_now", "prepayment": "direct_bank_transfer"}

// Category is the tile of a shop's checkout that a method belongs to; empty for a method that has none.
func Category(method string) string { return categories[method] }

// Regime decides which legal class a deferred payment has, with the reason (Directive (EU) 2023/2225 Art. 2(2)(h)).
// A third party that buys the receivable makes the deferral regulated; a shop's own free deferral is exempt up to 50 days.
// The operator's licence and purchase model are settings that counsel decides.
func Regime(o Operator, method string, amount int64) (regime, reason string) {
	days, fixed := Term(method)
	switch {
	case !IsCredit(method):
		return "OUT", "payment before delivery"
	case amount > 100_000_00:
		return "OUT", "above EUR 100,000"
	case o.Purchase:
		return "REGULATED", "the operator buys the receivable"
	case !fixed || days > 50:
		return "REGULATED", "longer than 50 days"
	}
	return "EXEMPT_50", fmt.Sprintf("the shop's own free deferral of %d days", days)
}

package api

import (
	"net/http"
	"slices"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

// operation is one call of a shop: which scope its API key needs, and what answers it.
type operation struct {
	method, path, scope string
	call                func(handlers, *ask) (any, error)
	user                bool // the shop's API user and secret are good, too
	upload              bool // the body is a file, not an object
}

// operations are what a shop can do.
var operations = []operation{
	{method: "POST", path: "/sessions", scope: pay.ScopeSessionsWrite, call: handlers.createSession},
	{method: "GET", path: "/sessions/{id}", scope: pay.ScopeSessionsRead, call: handlers.readSession},
	{method: "PATCH", path: "/sessions/{id}", scope: pay.ScopeSessionsWrite, call: handlers.changeSession},
	{method: "POST", path: "/sessions/{id}/end", scope: pay.ScopeSessionsWrite, call: handlers.endSession},
	{method: "POST", path: "/sessions/{id}/page", scope: pay.ScopeSessionsWrite, call: handlers.createPage},
	{method: "GET", path: "/pages/{id}", scope: pay.ScopeSessionsRead, call: handlers.readPage},
	{method: "POST", path: "/pages/{id}/cancel", scope: pay.ScopeSessionsWrite, call: handlers.cancelPage},
	{method: "POST", path: "/pages/{id}/mail", scope: pay.ScopeSessionsWrite, call: handlers.mailPage},
	{method: "GET", path: "/authorizations/{token}", scope: pay.ScopeSessionsRead, call: handlers.readAuthorization},
	{method: "POST", path: "/authorizations/{token}/release", scope: pay.ScopeSessionsWrite, call: handlers.releaseAuthorization},
	{method: "POST", path: "/decisions", scope: pay.ScopeDecisionsRead, call: handlers.preDecision, user: true},

	{method: "POST", path: "/orders", scope: pay.ScopeOrdersWrite, call: handlers.placeOrder},
	{method: "GET", path: "/orders", scope: pay.ScopeOrdersRead, call: handlers.listOrders},
	{method: "GET", path: "/orders/{id}", scope: pay.ScopeOrdersRead, call: handlers.readOrder},
	{method: "POST", path: "/orders/{id}/acknowledge", scope: pay.ScopeOrdersWrite, call: handlers.acknowledge},
	{method: "PATCH", path: "/orders/{id}/references", scope: pay.ScopeOrdersWrite, call: handlers.setReferences},
	{method: "PATCH", path: "/orders/{id}/authorization", scope: pay.ScopeOrdersWrite, call: handlers.changeAmount},
	{method: "PATCH", path: "/orders/{id}/customer", scope: pay.ScopeOrdersWrite, call: handlers.changeCustomer},
	{method: "POST", path: "/orders/{id}/extend", scope: pay.ScopeOrdersWrite, call: handlers.extendOrder},
	{method: "POST", path: "/orders/{id}/shipments", scope: pay.ScopeOrdersWrite, call: handlers.addShipments},
	{method: "POST", path: "/orders/{id}/cancel", scope: pay.ScopeOrdersWrite, call: handlers.cancel},
	{method: "POST", path: "/orders/{id}/release", scope: pay.ScopeOrdersWrite, call: handlers.release},
	{method: "POST", path: "/orders/{id}/captures", scope: pay.ScopeOrdersWrite, call: handlers.capture},
	{method: "GET", path: "/orders/{id}/captures/{capture}", scope: pay.ScopeOrdersRead, call: handlers.readCapture},
	{method: "POST", path: "/orders/{id}/captures/{capture}/shipments", scope: pay.ScopeOrdersWrite, call: handlers.addCaptureShipments},
	{method: "POST", path: "/orders/{id}/captures/{capture}/send", scope: pay.ScopeOrdersWrite, call: handlers.sendAgain},
	{method: "GET", path: "/orders/{id}/captures/{capture}/extension-options", scope: pay.ScopeOrdersRead, call: handlers.extensionOptions},
	{method: "POST", path: "/orders/{id}/captures/{capture}/extensions", scope: pay.ScopeOrdersWrite, call: handlers.extendDueDay},
	{method: "POST", path: "/orders/{id}/refunds", scope: pay.ScopeOrdersWrite, call: handlers.refund},
	{method: "GET", path: "/orders/{id}/refunds/{refund}", scope: pay.ScopeOrdersRead, call: handlers.readRefund},

	{method: "POST", path: "/customer-tokens", scope: pay.ScopeTokensWrite, call: handlers.createToken},
	{method: "GET", path: "/customer-tokens/{id}", scope: pay.ScopeTokensRead, call: handlers.readToken},
	{method: "POST", path: "/customer-tokens/{id}/orders", scope: pay.ScopeTokensWrite, call: handlers.placeTokenOrder},
	{method: "POST", path: "/customer-tokens/{id}/cancel", scope: pay.ScopeTokensWrite, call: handlers.cancelToken},

	{method: "GET", path: "/disputes", scope: pay.ScopeDisputesRead, call: handlers.listDisputes},
	{method: "GET", path: "/disputes/{id}", scope: pay.ScopeDisputesRead, call: handlers.readDispute},
	{method: "POST", path: "/disputes/{id}/attachments", scope: pay.ScopeDisputesWrite, call: handlers.attach, upload: true},
	{method: "GET", path: "/disputes/{id}/attachments/{attachment}", scope: pay.ScopeDisputesRead, call: handlers.readAttachment},
	{method: "POST", path: "/disputes/{id}/requests/{request}/responses", scope: pay.ScopeDisputesWrite, call: handlers.answerDispute},
	{method: "POST", path: "/disputes/{id}/accept", scope: pay.ScopeDisputesWrite, call: handlers.acceptLoss},

	{method: "GET", path: "/payouts", scope: pay.ScopePayoutsRead, call: handlers.listPayouts},
	{method: "GET", path: "/payouts/{id}", scope: pay.ScopePayoutsRead, call: handlers.readPayout},
	{method: "GET", path: "/payouts/{id}/transactions", scope: pay.ScopePayoutsRead, call: handlers.payoutTransactions},
	{method: "GET", path: "/payouts/{id}/report.csv", scope: pay.ScopePayoutsRead, call: handlers.payoutCSV},
	{method: "GET", path: "/payouts/{id}/report.pdf", scope: pay.ScopePayoutsRead, call: handlers.payoutPDF},
	{method: "GET", path: "/reports/payouts.csv", scope: pay.ScopePayoutsRead, call: handlers.payoutsCSV},
	{method: "GET", path: "/reports/payouts.pdf", scope: pay.ScopePayoutsRead, call: handlers.payoutsPDF},
	{method: "GET", path: "/transactions", scope: pay.ScopePayoutsRead, call: handlers.listTransactions},

	{method: "GET", path: "/events", scope: pay.ScopeEventsRead, call: handlers.events, user: true},
	{method: "POST", path: "/events/calls/{id}/resend", scope: pay.ScopeEventsWrite, call: handlers.resend, user: true},
	{method: "POST", path: "/webhook", scope: pay.ScopeEventsWrite, call: handlers.webhook, user: true},
}

// Routes registers the native API on a mux, all of /api/. address tells which client address a request came from.
func Routes(mux *http.ServeMux, a *app.App, address func(*http.Request) string) {
	h := handlers{a, address, newLimits()}
	a.TellPage[pay.FormNative] = tellPage
	r := routes{}
	for _, op := range operations {
		r.add(op.method, "/api/v1"+op.path, h.shop(op))
	}
	r.add("POST", "/api/v1/sessions/{id}/identify", h.identify)
	r.add("POST", "/api/v1/sessions/{id}/authorize", h.authorize)
	r.add("GET", "/api/v1/me/standing", h.me(h.limits.meReads, h.standing))
	r.add("POST", "/api/v1/me/recourse", h.me(h.limits.mePlans, h.recourse))
	r.add("POST", "/api/v1/me/recourse/{plan}/accept", h.me(h.limits.mePlans, h.accept))
	r.add("GET", "/api/v1/me/contracts/{id}", h.me(h.limits.meReads, h.contract))
	r.add("POST", "/api/v1/me/simulate", h.me(h.limits.meReads, h.simulate))
	r.add("GET", "/api/v1/me/decisions/{id}", h.me(h.limits.meReads, h.decision))
	r.add("POST", "/api/v1/me/decisions/{id}/review", h.signed(h.askReview))
	r.add("GET", "/api/v1/me/reviews/{id}", h.signed(h.readReview))
	specRoutes(r)
	r.register(mux)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) { writeProblem(w, errNoRoute) })
}

// routes are handlers by path and method.
type routes map[string]map[string]http.HandlerFunc

func (r routes) add(method, path string, call http.HandlerFunc) {
	if r[path] == nil {
		r[path] = map[string]http.HandlerFunc{}
	}
	r[path][method] = call
}

// register puts the routes on a mux. A method that a path has not is answered with those that it has; HEAD works where GET does.
func (r routes) register(mux *http.ServeMux) {
	for path, calls := range r {
		var allowed []string
		for method, call := range calls {
			mux.HandleFunc(method+" "+path, call)
			if allowed = append(allowed, method); method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
		slices.Sort(allowed)
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeProblem(w, errMethod)
		})
	}
}

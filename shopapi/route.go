package shopapi

import (
	"net/http"
	"slices"
	"strings"
)

// route is one operation: a method, a path whose {segments} are read by name, and what answers it.
type route struct {
	method  string
	path    []string
	missing *wireError // what an unknown id in the path is answered with
	handle  func(*API, *call) error
}

func operation(method, path string, missing *wireError, handle func(*API, *call) error) route {
	return route{method, strings.Split(path[1:], "/"), missing, handle}
}

// operations are the sale itself.
var operations = []route{
	operation("POST", "/payments/v1/sessions", errNoSession, (*API).createSession),
	operation("POST", "/payments/v1/sessions/{session}", errNoSession, (*API).updateSession),
	operation("GET", "/payments/v1/sessions/{session}", errNoSession, (*API).readSession),
	operation("DELETE", "/payments/v1/authorizations/{token}", errNoToken, (*API).cancelAuthorization),
	operation("POST", "/payments/v1/authorizations/{token}/order", errNoToken, (*API).createOrder),
	operation("POST", "/payments/v1/authorizations/{token}/customer-token", errNoToken, (*API).createToken),

	operation("POST", "/hpp/v1/sessions", errNoSession, (*API).createPage),
	operation("GET", "/hpp/v1/sessions/{page}", errNoPage, (*API).readPage),
	operation("DELETE", "/hpp/v1/sessions/{page}", errNoPage, (*API).cancelPage),
	operation("POST", "/hpp/v1/sessions/{page}/distribution", errNoPage, (*API).distributePage),

	operation("GET", "/ordermanagement/v1/orders/{order}", errNoOrder, (*API).readOrder),
	operation("POST", "/ordermanagement/v1/orders/{order}/acknowledge", errNoOrder, (*API).acknowledgeOrder),
	operation("POST", "/ordermanagement/v1/orders/{order}/cancel", errNoOrder, (*API).cancelOrder),
	operation("POST", "/ordermanagement/v1/orders/{order}/release-remaining-authorization", errNoOrder, (*API).releaseOrder),
	operation("PATCH", "/ordermanagement/v1/orders/{order}/merchant-references", errNoOrder, (*API).setReferences),
	operation("PATCH", "/ordermanagement/v1/orders/{order}/authorization", errNoOrder, (*API).updateAuthorization),
	operation("POST", "/ordermanagement/v1/orders/{order}/extend-authorization-time", errNoOrder, (*API).extendAuthorization),
	operation("PATCH", "/ordermanagement/v1/orders/{order}/customer-details", errNoOrder, (*API).setCustomer),
	operation("POST", "/ordermanagement/v1/orders/{order}/shipping-info", errNoOrder, (*API).addShipping),
	operation("POST", "/ordermanagement/v1/orders/{order}/captures", errNoOrder, (*API).createCapture),
	operation("GET", "/ordermanagement/v1/orders/{order}/captures", errNoOrder, (*API).listCaptures),
	operation("GET", "/ordermanagement/v1/orders/{order}/captures/{capture}", errNoCapture, (*API).readCapture),
	operation("POST", "/ordermanagement/v1/orders/{order}/captures/{capture}/shipping-info", errNoCapture, (*API).addCaptureShipping),
	operation("POST", "/ordermanagement/v1/orders/{order}/captures/{capture}/trigger-send-out", errNoCapture, (*API).sendOut),
	operation("PATCH", "/ordermanagement/v1/orders/{order}/captures/{capture}/extend-due-date", errNoCapture, (*API).extendDueDate),
	operation("GET", "/ordermanagement/v1/orders/{order}/captures/{capture}/extend-due-date-options", errNoCapture, (*API).extensionOptions),
	operation("POST", "/ordermanagement/v1/orders/{order}/refunds", errNoOrder, (*API).createRefund),
	operation("GET", "/ordermanagement/v1/orders/{order}/refunds/{refund}", errNoRefund, (*API).readRefund),

	operation("GET", "/customer-token/v1/tokens/{customer-token}", errNoCustomerToken, (*API).readToken),
	operation("POST", "/customer-token/v1/tokens/{customer-token}/order", errNoCustomerToken, (*API).createTokenOrder),
	operation("PATCH", "/customer-token/v1/tokens/{customer-token}/status", errNoCustomerToken, (*API).setTokenStatus),
}

// all is the whole surface.
var all = slices.Concat(operations, settlementOperations, disputeOperations)

// roots are the first path segments that belong to this wire.
var roots = []string{"payments", "hpp", "ordermanagement", "customer-token", "settlements", "disputes", "kp"}

// segments splits a path and drops empty segments: real clients call //payments/v1/...,
// and a redirect to the clean path would lose their body.
func segments(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

// match reads the named segments of a path; ok is false where the path is another.
func (r *route) match(path []string) (ids map[string]string, ok bool) {
	if len(path) != len(r.path) {
		return nil, false
	}
	ids = map[string]string{}
	for i, want := range r.path {
		if name, named := strings.CutPrefix(want, "{"); named {
			ids[strings.TrimSuffix(name, "}")] = path[i]
		} else if want != path[i] {
			return nil, false
		}
	}
	return ids, true
}

// find returns the route of a request and its ids. Without one, allowed names the methods this path has.
func find(method string, path []string) (r *route, ids map[string]string, allowed []string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range all {
		ids, ok := all[i].match(path)
		switch {
		case !ok:
		case all[i].method == method:
			return &all[i], ids, nil
		case !slices.Contains(allowed, all[i].method):
			allowed = append(allowed, all[i].method)
		}
	}
	return nil, nil, allowed
}

package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zahlziel/pay"
	"zahlziel/store/storetest"
	"zahlziel/web/portal/worldtest"
)

// caller makes calls that must succeed, notes which operations they are, and has the statements of each heard.
type caller struct {
	*door
	t     *testing.T
	heard *storetest.Statements
	tried map[string]bool
}

// ok calls an address below /api/v1 and returns the object of the answer, if it is one.
func (c caller) ok(token, method, path, body string, headers ...string) map[string]any {
	c.t.Helper()
	at, _, _ := strings.Cut(path, "?")
	_, pattern := c.Handler.(*http.ServeMux).Handler(httptest.NewRequest(method, "/api/v1"+at, http.NoBody))
	op := strings.Replace(pattern, "/api/v1", "", 1)
	c.tried[op] = true
	c.heard.During(method + " " + path)
	defer c.heard.During("")
	rec := c.by(token, method, path, body, headers...)
	if rec.Code >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	if !strings.Contains(rec.Header().Get("Content-Type"), "json") {
		return nil
	}
	return object(c.t, rec, rec.Code)
}

func (c caller) work() {
	c.heard.During("the worker")
	c.Work()
	c.heard.During("")
}

func idOf(m map[string]any) string { return m["id"].(string) }

// TestNoOperationScans: no operation, and no job that it leaves behind, reads a growing table from end to end.
func TestNoOperationScans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		heard, tried := storetest.Hear(t, d), map[string]bool{}
		shop := over(t, worldtest.On(t, monday, d, heard.Driver)).past(t)
		c := caller{shop.door, t, heard, tried}
		shop.sales(c)
		shop.permissions(c)
		shop.objections(c)
		shop.settlements(c)
		shop.news(c)
		lived, past := worldtest.LiveOn(t, d.Another(t), heard.Driver)
		caller{over(t, lived), t, heard, tried}.people(past)
		for _, op := range served {
			if !tried[op] {
				t.Errorf("%s is not tried", op)
			}
		}
		heard.UseIndexes(t)
	})
}

// sales goes from a session to a refund.
func (p *past) sales(c caller) {
	s := c.ok(p.key, "POST", "/sessions", cartOf("Fred", ""))
	session := "/sessions/" + idOf(s)
	c.ok(p.key, "GET", session, "")
	c.ok(p.key, "PATCH", session, `{"reference":"S-2"}`)
	page := "/pages/" + idOf(c.ok(p.key, "POST", session+"/page", "{}"))
	c.ok(p.key, "GET", page, "")
	c.ok(p.key, "POST", page+"/mail", `{"email":"fred@example.org"}`)
	c.ok(p.key, "POST", page+"/cancel", "")
	c.ok(p.key, "POST", "/decisions", `{"session_id":"`+idOf(s)+`"}`)
	client := s["client_token"].(string)
	c.ok(client, "POST", session+"/identify", `{"email":"fred@example.org","birth_date":"1990-05-05"}`)
	token := c.ok(client, "POST", session+"/authorize", yes)["authorization_token"].(string)
	c.ok(p.key, "GET", "/authorizations/"+token, "")
	order := "/orders/" + idOf(c.ok(p.key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":5950}`))
	cursor := c.ok(p.key, "GET", "/orders?limit=1", "")["next_cursor"].(string)
	for _, q := range []string{"/orders", "/orders?limit=100&cursor=" + cursor, order} {
		c.ok(p.key, "GET", q, "")
	}
	for call, body := range map[string]string{"POST /acknowledge": "", "PATCH /references": `{"reference":"A-1"}`, "PATCH /authorization": `{"amount":5960}`, "POST /extend": "",
		"PATCH /customer": `{"shipping":{"given_name":"Kim","family_name":"Nachbar","street":"Lindenweg 5","postal_code":"50667","city":"Köln","country":"DE"}}`, "POST /shipments": `{"shipments":[{"company":"Post"}]}`} {
		method, rest, _ := strings.Cut(call, " ")
		c.ok(p.key, method, order+rest, body)
	}
	capture := order + "/captures/" + idOf(c.ok(p.key, "POST", order+"/captures", `{"amount":3000}`))
	c.ok(p.key, "GET", capture, "")
	c.ok(p.key, "POST", capture+"/shipments", `{"shipments":[{"tracking_number":"7"}]}`)
	c.work()
	c.ok(p.key, "POST", capture+"/send", "")
	c.ok(p.key, "GET", capture+"/extension-options", "")
	c.ok(p.key, "POST", capture+"/extensions", `{"days":14}`)
	refund := idOf(c.ok(p.key, "POST", order+"/refunds", `{"amount":100}`, "Idempotency-Key", "r"))
	c.ok(p.key, "GET", order+"/refunds/"+refund, "")
	c.ok(p.key, "POST", order+"/release", "")
	c.ok(p.key, "POST", "/orders/"+idOf(c.ok(p.key, "POST", "/orders", `{"authorization_token":"`+p.authorization+`","amount":5950}`))+"/cancel", "")
	c.ok(p.key, "POST", "/sessions/"+idOf(c.ok(p.key, "POST", "/sessions", newCart))+"/end", "")
	c.ok(p.key, "POST", "/authorizations/"+p.confirmed(c.t, p.key, cartOf("Gerd", ""))+"/release", "")
	c.work()
}

// permissions are customer tokens.
func (p *past) permissions(c caller) {
	token := p.confirmed(c.t, p.key, cartOf("Hanna", `"intent":"buy_and_tokenize",`))
	path := "/customer-tokens/" + idOf(c.ok(p.key, "POST", "/customer-tokens", `{"authorization_token":"`+token+`","description":"Socken-Abo"}`))
	c.ok(p.key, "GET", path, "")
	c.ok(p.key, "POST", path+"/orders", tokenCart)
	c.ok(p.key, "POST", path+"/cancel", "")
	c.work()
}

// objections are disputes, with every filter and order of their list.
func (p *past) objections(c caller) {
	for _, q := range []string{"", "?limit=100", "?sort=opened_at", "?sort=deadline", "?sort=-deadline", "?state=opened&state=replied", "?reason=faulty", "?order_id=" + p.order, "?reference=S-1"} {
		c.ok(p.key, "GET", "/disputes"+q, "")
	}
	path := "/disputes/" + p.dispute
	c.ok(p.key, "GET", path, "")
	c.ok(p.key, "POST", path+"/attachments?name=a.pdf", "%PDF-1.4 x")
	c.ok(p.key, "GET", path+"/attachments/"+p.sent, "")
	c.ok(p.key, "POST", path+"/requests/"+p.request+"/responses", `{"comment":"Zugestellt"}`)
	c.ok(p.key, "POST", path+"/accept", "")
	c.work()
}

// settlements are payouts with their transactions and reports.
func (p *past) settlements(c caller) {
	for _, q := range []string{"", "?limit=1", "?from=2026-11-01&until=2026-12-31&currency=EUR", "/" + p.payout, "/" + p.payout + "/transactions", "/" + p.payout + "/report.csv"} {
		c.ok(p.key, "GET", "/payouts"+q, "")
	}
	cursor := c.ok(p.key, "GET", "/payouts?limit=1", "")["next_cursor"].(string)
	c.ok(p.key, "GET", "/payouts?cursor="+cursor, "")
	cursor = c.ok(p.key, "GET", "/payouts/"+p.payout+"/transactions?limit=1", "")["next_cursor"].(string)
	c.ok(p.key, "GET", "/payouts/"+p.payout+"/transactions?cursor="+cursor, "")
	for _, q := range []string{"/transactions", "/transactions?limit=1&cursor=" + cursor, "/transactions?order_id=" + p.order, "/reports/payouts.csv?from=2026-11-01&until=2026-12-31"} {
		c.ok(p.key, "GET", q, "")
	}
	end := p.working()
	defer end()
	for _, q := range []string{"/payouts/" + p.payout + "/report.pdf", "/reports/payouts.pdf?from=2026-11-01&until=2026-12-31"} {
		c.ok(p.key, "GET", q, "")
	}
}

// news are events and the calls that tell them.
func (p *past) news(c caller) {
	_, at := listener(c.t)
	c.ok(p.key, "POST", "/webhook", `{"url":"`+at+`"}`)
	c.ok(p.key, "POST", "/orders/"+p.open+"/refunds", `{"amount":100}`)
	c.work()
	events := c.ok(p.key, "GET", "/events", "")["events"].([]any)
	c.ok(p.key, "GET", "/events?before=2026-12-31T00:00:00Z", "")
	call := events[0].(map[string]any)["calls"].([]any)[0].(map[string]any)
	c.ok(p.key, "POST", "/events/calls/"+idOf(call)+"/resend", "{}")
	c.work()
}

// people are the calls of buyers about themselves.
func (c caller) people(past *worldtest.Past) {
	c.t.Helper()
	anna, err := c.UseSignInLink(c.Ctx, strings.TrimPrefix(c.Link(worldtest.Anna), "/me/link/"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.ok(anna, "GET", "/me/standing", "")
	c.ok(anna, "POST", "/me/simulate", `{"pay":[{"invoice":"`+pay.Bare(past.Overdue.ID)+`"}]}`)
	plans := c.ok(anna, "POST", "/me/recourse", goal)["plans"].([]any)
	c.ok(anna, "GET", "/me/contracts/"+idOf(c.ok(anna, "POST", "/me/recourse/"+idOf(plans[0].(map[string]any))+"/accept", "")), "")
	_, decisions, err := c.MyReviews(c.Ctx, c.Consumer(worldtest.Anna))
	if err != nil || len(decisions) == 0 {
		c.t.Fatalf("%d decisions, %v", len(decisions), err)
	}
	path := "/me/decisions/" + pay.Bare(decisions[0].Row.ID)
	c.ok(anna, "GET", path, "")
	c.ok(anna, "GET", "/me/reviews/"+idOf(c.ok(anna, "POST", path+"/review", `{"text":"Das stimmt nicht, bitte prüfen Sie es."}`)), "")
	c.work()
}

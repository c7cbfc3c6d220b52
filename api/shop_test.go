package api

import (
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/web/portal/worldtest"

	"pgregory.net/rapid"
)

// newCart is a purchase of 59.50 that a person confirms.
const newCart = `{"country":"DE","currency":"EUR","locale":"de-DE","amount":5950,"tax_amount":950,"reference":"S-1",
	"lines":[{"name":"Schuhe","quantity":1,"unit_price":5950,"total_amount":5950,"tax_rate":1900,"tax_amount":950}],
	"billing":{"given_name":"Klara","family_name":"Geheim","street":"Lindenweg 3","postal_code":"50667","city":"Köln","country":"DE","email":"klara@example.org"},
	"buyer":{"birth_date":"1990-05-05"},"urls":{"confirmation":"https://shop.test/done"}}`

// key makes an API key of a shop.
func (d *door) key(t testing.TB, who app.Actor, scopes ...string) (pay.KeyID, string) {
	t.Helper()
	if len(scopes) == 0 {
		scopes = pay.Scopes
	}
	k, text, err := d.CreateKey(d.Ctx, app.System, who.Merchant, "test", scopes)
	if err != nil {
		t.Fatal(err)
	}
	return k.ID, text
}

func (d *door) by(key, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	return d.call(session{token: key}, method, "/api/v1"+path, body, headers...)
}

// confirmed opens a purchase with a key, has the buyer confirm it, and returns the token.
func (d *door) confirmed(t testing.TB, key, cart string) string {
	t.Helper()
	s := object(t, d.by(key, "POST", "/sessions", cart), 201)
	token, _ := object(t, d.authorize(sessionOf(s), yes), 200)["authorization_token"].(string)
	if token == "" {
		t.Fatal("the purchase is not approved")
	}
	return token
}

func (d *door) ordered(t testing.TB, key string) string {
	t.Helper()
	return object(t, d.by(key, "POST", "/orders", `{"authorization_token":"`+d.confirmed(t, key, newCart)+`","amount":5950}`), 201)["id"].(string)
}

// TestShopLife walks a purchase from the session to the payout through keys only.
func TestShopLife(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	rec := d.by(key, "POST", "/sessions", newCart)
	s := object(t, rec, 201)
	if at := rec.Header().Get("Location"); at != "http://127.0.0.1:8080/api/v1/sessions/"+s["id"].(string) || s["status"] != "open" {
		t.Errorf("%s %v", at, s)
	}
	page := object(t, d.by(key, "POST", "/sessions/"+s["id"].(string)+"/page", `{"then":"none","urls":{"success":"https://shop.test/ok"}}`), 201)
	if got := object(t, d.by(key, "GET", "/pages/"+page["id"].(string), ""), 200); got["status"] != "waiting" || got["url"] != page["url"] {
		t.Errorf("%v", got)
	}
	object(t, d.by(key, "POST", "/decisions", `{"session_id":"`+s["id"].(string)+`"}`), 200)
	token := object(t, d.authorize(session{id: s["id"].(string), token: s["client_token"].(string)}, yes), 200)["authorization_token"].(string)
	if got := object(t, d.by(key, "GET", "/sessions/"+s["id"].(string), ""), 200); got["status"] != "authorized" || got["authorization_token"] != token {
		t.Errorf("%v", got)
	}
	if got := object(t, d.by(key, "GET", "/pages/"+page["id"].(string), ""), 200); got["status"] != "completed" || got["authorization_token"] != token || got["order_id"] != nil {
		t.Errorf("the page of a purchase that was confirmed without it: %v", got)
	}
	isProblem(t, "another amount", d.by(key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":5951}`), 409)
	o := object(t, d.by(key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":5950,"reference":"S-2"}`), 201)
	if o["status"] != "authorized" || o["cart"].(map[string]any)["reference"] != "S-2" || o["remaining_amount"] != 5950.0 {
		t.Errorf("%v", o)
	}
	again := object(t, d.by(key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":5950}`), 201)
	if again["id"] != o["id"] {
		t.Error("one authorization gave two orders")
	}
	order := "/orders/" + o["id"].(string)
	object(t, d.by(key, "POST", order+"/captures", `{"amount":5000,"shipments":[{"company":"Post","tracking_number":"1"}]}`), 201)
	isProblem(t, "too much", d.by(key, "POST", order+"/captures", `{"amount":5000}`), 422)
	object(t, d.by(key, "POST", order+"/refunds", `{"amount":1000,"description":"zu groß"}`), 201)
	for _, deed := range []string{"/release", "/cancel"} {
		isProblem(t, "a list for "+deed, d.by(key, "POST", order+deed, "[]"), 400)
	}
	object(t, d.by(key, "POST", order+"/release", ""), 200)
	isProblem(t, "cancel what was sent", d.by(key, "POST", order+"/cancel", "{}"), 422)
	got := object(t, d.by(key, "GET", order, ""), 200)
	if got["captured_amount"] != 5000.0 || got["refunded_amount"] != 1000.0 || got["released_amount"] != 950.0 || len(got["captures"].([]any)) != 1 || len(got["refunds"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	d.Work()
	object(t, d.by(key, "GET", "/payouts", ""), 200)
	if o := object(t, d.by(key, "POST", "/orders/"+d.ordered(t, key)+"/cancel", ""), 200); o["status"] != "cancelled" {
		t.Errorf("%v", o)
	}
}

// TestIdempotencyKeys: the same key with the same request is one deed, with another a conflict.
func TestIdempotencyKeys(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	a, b := object(t, d.by(key, "POST", "/sessions", newCart, "Idempotency-Key", "k1"), 201), object(t, d.by(key, "POST", "/sessions", newCart, "Idempotency-Key", "k1"), 201)
	if a["id"] != b["id"] {
		t.Error("two sessions for one key")
	}
	isProblem(t, "another cart", d.by(key, "POST", "/sessions", strings.Replace(newCart, "S-1", "S-9", 1), "Idempotency-Key", "k1"), 409)
	_, tea := d.key(t, d.Tea)
	if c := object(t, d.by(tea, "POST", "/sessions", newCart, "Idempotency-Key", "k1"), 201); c["id"] == a["id"] {
		t.Error("the keys of two shops are one")
	}
	order := "/orders/" + d.ordered(t, key)
	for _, deed := range []string{"/captures", "/refunds"} {
		one, two := object(t, d.by(key, "POST", order+deed, `{"amount":100}`, "Idempotency-Key", "k2"), 201), object(t, d.by(key, "POST", order+deed, `{"amount":100}`, "Idempotency-Key", "k2"), 201)
		if one["id"] != two["id"] {
			t.Errorf("two %s for one key", deed)
		}
		isProblem(t, deed, d.by(key, "POST", order+deed, `{"amount":101}`, "Idempotency-Key", "k2"), 409)
	}
	if o := object(t, d.by(key, "GET", order, ""), 200); o["captured_amount"] != 100.0 || o["refunded_amount"] != 100.0 {
		t.Errorf("%v", o)
	}
	isProblem(t, "a long key", d.by(key, "POST", "/sessions", newCart, "Idempotency-Key", strings.Repeat("k", 256)), 400)
}

// TestKeys: several at once, scopes, an end after a while, the mode, and nobody else's things.
func TestKeys(t *testing.T) {
	d := newDoor(t)
	first, old := d.key(t, d.Shoes)
	_, fresh := d.key(t, d.Shoes)
	if !strings.HasPrefix(old, "zz_test_") || old == fresh {
		t.Errorf("%s", old)
	}
	id := d.ordered(t, old)
	_, tea := d.key(t, d.Tea)
	isProblem(t, "another's order", d.by(tea, "GET", "/orders/"+id, ""), 404)
	isProblem(t, "another's capture", d.by(tea, "POST", "/orders/"+id+"/captures", `{"amount":1}`), 404)
	_, reads := d.key(t, d.Shoes, pay.ScopeOrdersRead)
	object(t, d.by(reads, "GET", "/orders/"+id, ""), 200)
	for _, call := range []string{"POST /orders/" + id + "/captures", "POST /sessions", "GET /payouts", "POST /decisions"} {
		method, path, _ := strings.Cut(call, " ")
		isProblem(t, call, d.by(reads, method, path, "{}"), 403)
	}
	for _, wrong := range []string{"", "zz_test_", "zz_live_" + strings.TrimPrefix(old, "zz_test_"), old + "x"} {
		isProblem(t, wrong, d.by(wrong, "GET", "/orders", ""), 401)
	}
	if _, err := d.EndAPIKey(d.Ctx, app.System, first, 3600e6); err != nil {
		t.Fatal(err)
	}
	object(t, d.by(old, "GET", "/orders", ""), 200)
	d.At(monday, 12)
	isProblem(t, "an ended key", d.by(old, "GET", "/orders", ""), 401)
	rec := d.by(fresh, "GET", "/orders", "")
	object(t, rec, 200)
	if p, l := rec.Header().Get("RateLimit-Policy"), rec.Header().Get("RateLimit"); p != `"shop";q=2000;w=4` || !strings.HasPrefix(l, `"shop";r=1999;t=`) {
		t.Errorf("%s, %s", p, l)
	}
	m, err := d.Merchant(d.Shoes)
	if err != nil {
		t.Fatal(err)
	}
	live := *m
	live.Mode = pay.ModeLive
	if err := d.DB.PutMerchant(d.Ctx, live); err != nil {
		t.Fatal(err)
	}
	if err := d.Reload(d.Ctx); err != nil {
		t.Fatal(err)
	}
	isProblem(t, "a test key of a live shop", d.by(fresh, "GET", "/orders", ""), 401)
	if _, text := d.key(t, d.Shoes); !strings.HasPrefix(text, "zz_live_") {
		t.Errorf("%s", text)
	}
}

// TestOrderPages walks the list with small pages and finds every order once, newest first.
func TestOrderPages(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	var want []string
	for i := range 7 {
		p := worldtest.Person{Given: "Kai", Family: "Lang", Email: fmt.Sprintf("kai%d@example.org", i), PostalCode: "50667", City: "Köln"}
		want = append(want, pay.Bare(d.Order(p, d.Shoes, "invoice_14", worldtest.Line("Hut", 1000)).ID))
	}
	slices.Sort(want)
	slices.Reverse(want)
	d.Order(worldtest.Ben, d.Tea, "invoice_14", worldtest.Line("Tee", 1000))
	var got []string
	for path := "/orders?limit=3"; path != ""; {
		page := object(t, d.by(key, "GET", path, ""), 200)
		for _, o := range page["data"].([]any) {
			got = append(got, o.(map[string]any)["id"].(string))
		}
		path = ""
		if next, more := page["next_cursor"].(string); more {
			path = "/orders?limit=3&cursor=" + next
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, wrong := range []string{"limit=0", "limit=101", "limit=x", "cursor=x", "cursor="} {
		isProblem(t, wrong, d.by(key, "GET", "/orders?"+wrong, ""), 400)
	}
}

// TestAnyCall makes calls of every operation with right, near and wild values: nothing fails on our side and every answer
// is one that the contract describes.
func TestAnyCall(t *testing.T) {
	p := newPast(t)
	d, key := p.door, p.key
	_, narrow := d.key(t, d.Shoes, pay.ScopeOrdersRead)
	buyer := d.opened(t, "kim@example.org")
	invoice := d.Ship(d.Shoes, d.Order(worldtest.Anna, d.Shoes, "invoice_14", worldtest.Line("Hut", 3000)))
	o, err := store.LoadID(d.Ctx, d.DB, store.Orders, invoice.OrderID)
	if err != nil {
		t.Fatal(err)
	}
	d.Work()
	anna, err := d.UseSignInLink(d.Ctx, strings.TrimPrefix(d.Link(worldtest.Anna), "/me/link/"))
	if err != nil {
		t.Fatal(err)
	}
	end := d.working()
	for _, path := range []string{"/payouts/" + p.payout + "/report.pdf", "/reports/payouts.pdf?from=2026-11-01&until=2026-12-31"} {
		if rec := d.by(key, "GET", path, ""); rec.Code != 200 { // drawn now, so that nobody waits below
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	end()
	words := []string{"", "x", buyer.id, pay.Bare(invoice.OrderID), pay.Bare(invoice.ID), pay.Bare(o.DecisionID), "invoice_14", "DE", "EUR", "klara@example.org", "1990-05-05",
		"000000", "2026-12-24", "https://shop.test/x", "javascript:1", "\x00\u2028", strings.Repeat("ä", 300), "none", "order", "VERIFY_BANK", "person", p.order, p.capture, p.token, p.dispute, p.authorization, p.page, "buy_and_tokenize", "active"}
	credentials := []string{key, key, key, narrow, buyer.token, anna, "", "zz_test_x"}
	bodies := []string{newCart, yes, identifyKlara, `{"amount":1}`, `{"session_id":"` + buyer.id + `"}`, `{"method":"invoice_14","amount":5000}`, `{}`, `[]`, `{`, ``,
		`{"authorization_token":"x","amount":1}`, `{"text":"Das stimmt nicht, bitte prüfen Sie es."}`, `{"method":"pay_in_3","amount":99999}`,
		`{"pay":[{"invoice":"` + pay.Bare(invoice.ID) + `","amount":-1}]}`, tokenCart, `{"days":14}`, `{"comment":"Zugestellt"}`, `{"email":"kim@example.org"}`, `{"url":""}`,
		`{"reference":"A"}`, `{"shipments":[{"company":"Post"}]}`, `{"authorization_token":"` + p.authorization + `","description":"Abo"}`, "%PDF-1.4 x",
		`{"shipping":{"family_name":"Nachbar","street":"Lindenweg 5","postal_code":"50667","city":"Köln","country":"DE"}}`}
	names := []string{"amount", "authorization_token", "reference", "capture", "lines", "billing", "buyer", "urls", "country", "currency", "locale", "tax_amount", "method",
		"pay_by", "session_id", "email", "birth_date", "payment_method", "consent", "email_code", "text", "fact", "day", "verify", "pay", "shipments", "title", "then", "intent",
		"reference2", "description", "shipping", "days", "comment", "fields", "attachments", "url", "merchant_data"}
	value := rapid.OneOf(rapid.Map(rapid.SampledFrom(words), func(s string) any { return s }), rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Int64Range(-2, 6000), func(n int64) any { return n }), rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any]([]any{map[string]any{}}), rapid.Just[any](1.5),
		rapid.Just[any](map[string]any{"name": "x", "quantity": 1, "success": "https://a.b/"}), rapid.Just[any]([]any{nil, "x"}))
	limit := 200
	if n, err := strconv.Atoi(os.Getenv("ZAHLZIEL_CALLS")); err == nil {
		limit = n
	}
	queries := []string{"", "", "?limit=2", "?limit=-1", "?cursor=x", "?lang=en", "?from=2026-11-01&until=2026-12-31", "?from=x&until=2026-12-31", "?name=a.pdf", "?name=%00",
		"?order_id=" + p.open, "?state=opened&sort=deadline", "?reason=x", "?before=2026-12-31T00:00:00Z", "?reference=S-1&limit=1", "?currency=EUR"}
	seen := map[string]map[int]bool{}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		for range limit / 20 {
			op := rapid.SampledFrom(served).Draw(rt, "operation")
			method, path, _ := strings.Cut(op, " ")
			fits := rapid.IntRange(0, 3).Draw(rt, "fits") > 0
			id := rapid.SampledFrom(words[1:6]).Draw(rt, "id")
			path = segment.ReplaceAllStringFunc(path, func(name string) string {
				if fits {
					return p.fitting(op, name, buyer.id, pay.Bare(o.DecisionID))
				}
				return id
			}) + rapid.SampledFrom(queries).Draw(rt, "query")
			body := rapid.SampledFrom(bodies).Draw(rt, "body")
			if rapid.Bool().Draw(rt, "wild") {
				body = mustJSON(rapid.MapOfN(rapid.SampledFrom(names), value, 0, 6).Draw(rt, "members"))
			}
			if method == "GET" {
				body = ""
			}
			if n++; n%50 == 0 {
				d = over(t, d.World) // full allowances again
			}
			token := rapid.SampledFrom(credentials).Draw(rt, "credential")
			if fits {
				token = credential(op, key, buyer.token, anna)
			}
			rec := d.by(token, method, path, body, "From", fmt.Sprint("10.0.0.", n%200), "Idempotency-Key", rapid.SampledFrom([]string{"", "a"}).Draw(rt, "key"))
			if rec.Code >= 500 {
				rt.Fatalf("%s %s with %s: %d %s", method, path, body, rec.Code, rec.Body)
			}
			if seen[op] == nil {
				seen[op] = map[int]bool{}
			}
			seen[op][rec.Code] = true
		}
	})
	for _, op := range served {
		if len(seen[op]) == 0 && n > 1000 {
			t.Errorf("%s was never called", op)
		}
	}
	t.Logf("%d calls: %v", n, seen)
}

// fitting is the id that an operation asks for in a segment of its path.
func (p *past) fitting(op, name, session, decision string) string {
	of := map[string]string{"{token}": p.authorization, "{capture}": p.openCapture, "{refund}": p.refund, "{request}": p.request, "{attachment}": p.sent}
	if id, known := of[name]; known {
		return id
	}
	if strings.Contains(op, "{refund}") {
		return p.order
	}
	for part, id := range map[string]string{"/sessions/": session, "/pages/": p.page, "/orders/": p.open, "/customer-tokens/": p.token, "/disputes/": p.dispute,
		"/payouts/": p.payout, "/decisions/": decision} {
		if _, rest, _ := strings.Cut(op, " "); strings.HasPrefix(strings.TrimPrefix(rest, "/me"), part) {
			return id
		}
	}
	return p.order
}

// credential is what an operation asks for.
func credential(op, key, client, consumer string) string {
	switch {
	case strings.Contains(op, "/me/"):
		return consumer
	case strings.HasSuffix(op, "/identify"), strings.HasSuffix(op, "/authorize"):
		return client
	}
	return key
}

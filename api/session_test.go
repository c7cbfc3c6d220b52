package api

import (
	"strings"
	"testing"

	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// TestChangeSession: members that are given replace those of before, the others stay, and what is wrong changes nothing.
func TestChangeSession(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	s := object(t, d.by(key, "POST", "/sessions", newCart), 201)
	path := "/sessions/" + s["id"].(string)
	got := object(t, d.by(key, "PATCH", path, `{"reference2":"zwei","shipping":{"given_name":"Klara","family_name":"Geheim","street":"Lindenweg 3","postal_code":"50667","city":"Köln","country":"DE","attention":"Hof"},
		"urls":{"push":"https://shop.test/push/{order.id}"},"locale":null}`), 200)["cart"].(map[string]any)
	urls := got["urls"].(map[string]any)
	if got["reference"] != "S-1" || got["reference2"] != "zwei" || got["shipping"].(map[string]any)["attention"] != "Hof" || got["locale"] != "de-DE" ||
		len(urls) != 1 || urls["push"] != "https://shop.test/push/{order.id}" {
		t.Errorf("%v", got)
	}
	_, tea := d.key(t, d.Tea)
	before := d.fingerprint(t)
	for name, body := range map[string]string{"amount": `{"amount":100}`, "lines": `{"lines":[]}`, "intent": `{"intent":"give"}`, "no body": "", "buyer": `{"buyer":{"type":"cat"}}`} {
		isProblem(t, name, d.by(key, "PATCH", path, body), 400)
	}
	isProblem(t, "another's session", d.by(tea, "PATCH", path, `{"reference":"x"}`), 404)
	if d.fingerprint(t) != before {
		t.Error("a refused change changed something")
	}
	// A change after the confirmation needs another one.
	token := object(t, d.authorize(sessionOf(s), yes), 200)["authorization_token"].(string)
	object(t, d.by(key, "PATCH", path, `{"amount":3000,"tax_amount":479,"lines":[{"name":"Hut","quantity":1,"unit_price":3000,"total_amount":3000,"tax_rate":1900,"tax_amount":479}]}`), 200)
	isProblem(t, "an order of the old cart", d.by(key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":3000}`), 409)
	token = object(t, d.authorize(sessionOf(s), yes), 200)["authorization_token"].(string)
	object(t, d.by(key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":3000}`), 201)
	isProblem(t, "a complete session", d.by(key, "PATCH", path, `{"reference":"x"}`), 410)
	isProblem(t, "ending a complete session", d.by(key, "POST", path+"/end", ""), 410)
}

// TestEndSession: what was authorised is free again, pages are cancelled, and nobody can confirm it any more.
func TestEndSession(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	s := object(t, d.by(key, "POST", "/sessions", newCart), 201)
	path := "/sessions/" + s["id"].(string)
	page := object(t, d.by(key, "POST", path+"/page", "{}"), 201)["id"].(string)
	token := object(t, d.authorize(sessionOf(s), yes), 200)["authorization_token"].(string)
	later := object(t, d.by(key, "POST", path+"/page", "{}"), 201)["id"].(string)
	_, tea := d.key(t, d.Tea)
	isProblem(t, "another's session", d.by(tea, "POST", path+"/end", ""), 404)
	for range 2 {
		if got := object(t, d.by(key, "POST", path+"/end", "", "Idempotency-Key", "e"), 200); got["status"] != "expired" {
			t.Errorf("%v", got)
		}
	}
	if got := object(t, d.by(key, "GET", "/authorizations/"+token, ""), 200); got["status"] != "released" || got["session_id"] != s["id"] || got["amount"] != 5950.0 {
		t.Errorf("%v", got)
	}
	for id, want := range map[string]string{page: "completed", later: "disabled"} {
		if got := object(t, d.by(key, "GET", "/pages/"+id, ""), 200); got["status"] != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	isProblem(t, "confirming", d.authorize(sessionOf(s), yes), 410)
	isProblem(t, "ordering", d.by(key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":5950}`), 404)
	isProblem(t, "another page", d.by(key, "POST", path+"/page", "{}"), 410)
}

// TestAuthorizations: read in every state, given up once, and never after it was used.
func TestAuthorizations(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	used, unused := d.confirmed(t, key, newCart), d.confirmed(t, key, cartOf("Clara", ""))
	order := object(t, d.by(key, "POST", "/orders", `{"authorization_token":"`+used+`","amount":5950}`), 201)["id"]
	if got := object(t, d.by(key, "GET", "/authorizations/"+used, ""), 200); got["status"] != "used" || got["order_id"] != order || got["method"] != "invoice_14" {
		t.Errorf("%v", got)
	}
	isProblem(t, "a used one", d.by(key, "POST", "/authorizations/"+used+"/release", ""), 404)
	_, tea := d.key(t, d.Tea)
	isProblem(t, "another's", d.by(tea, "GET", "/authorizations/"+unused, ""), 404)
	isProblem(t, "another's", d.by(tea, "POST", "/authorizations/"+unused+"/release", ""), 404)
	for range 2 {
		if got := object(t, d.by(key, "POST", "/authorizations/"+unused+"/release", "{}"), 200); got["status"] != "released" {
			t.Errorf("%v", got)
		}
	}
	late := d.confirmed(t, key, cartOf("Dora", ""))
	d.At(monday, 12)
	if got := object(t, d.by(key, "GET", "/authorizations/"+late, ""), 200); got["status"] != "expired" {
		t.Errorf("%v", got)
	}
}

// TestPages: one key makes one page, its news come in our form, its address is mailed, and it can be cancelled.
func TestPages(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	s := object(t, d.by(key, "POST", "/sessions", newCart), 201)
	news, at := listener(t)
	body := `{"title":"Kasse","urls":{"success":"https://shop.test/ok","status":"` + at + `/{session.id}"}}`
	path := "/sessions/" + s["id"].(string) + "/page"
	one, two := object(t, d.by(key, "POST", path, body, "Idempotency-Key", "p"), 201), object(t, d.by(key, "POST", path, body, "Idempotency-Key", "p"), 201)
	if one["id"] != two["id"] {
		t.Error("one key made two pages")
	}
	isProblem(t, "another page for the key", d.by(key, "POST", path, "{}", "Idempotency-Key", "p"), 409)
	page := "/pages/" + one["id"].(string)
	isProblem(t, "no address", d.by(key, "POST", page+"/mail", `{"email":"klara"}`), 400)
	for range 2 {
		object(t, d.by(key, "POST", page+"/mail", `{"email":"klara@example.org"}`, "Idempotency-Key", "m"), 200)
	}
	for range 2 {
		if got := object(t, d.by(key, "POST", page+"/cancel", ""), 200); got["status"] != "disabled" {
			t.Errorf("%v", got)
		}
	}
	d.Work()
	mails := d.Mailed.To("klara@example.org")
	if len(mails) != 1 || !strings.Contains(textOf(mails), one["url"].(string)) {
		t.Errorf("%d mails: %s", len(mails), textOf(mails))
	}
	if got := news(); len(got) != 1 || !strings.HasPrefix(got[0], "/"+s["id"].(string)+" {") || !strings.Contains(got[0], `"page":{"id":"`+one["id"].(string)+`"`) ||
		!strings.Contains(got[0], `"status":"disabled"`) {
		t.Errorf("%q", got)
	}
	isProblem(t, "mailing a cancelled page", d.by(key, "POST", page+"/mail", `{"email":"klara@example.org"}`), 400)
	_, tea := d.key(t, d.Tea)
	isProblem(t, "another's page", d.by(tea, "POST", page+"/cancel", ""), 404)
}

func textOf(mails []mail.Message) (all string) {
	for _, m := range mails {
		all += m.Text
	}
	return all
}

// TestCodeOnce: the same key mails one code, and keys of two sessions are two.
func TestCodeOnce(t *testing.T) {
	d := newDoor(t)
	for _, s := range []session{d.opened(t, "klara@example.org"), d.opened(t, "klara@example.org")} {
		for range 2 {
			object(t, d.identify(s, "klara@example.org", "Idempotency-Key", "i"), 200)
		}
		isProblem(t, "another address", d.identify(s, "kim@example.org", "Idempotency-Key", "i"), 409)
	}
	d.Work()
	if n := len(d.Mailed.To("klara@example.org")); n != 2 {
		t.Errorf("%d codes", n)
	}
}

// TestContestOnce: the same key contests once.
func TestContestOnce(t *testing.T) {
	d := newDoor(t)
	o := d.Order(worldtest.Anna, d.Shoes, "invoice_14", worldtest.Line("Hut", 3000))
	d.Work()
	anna, err := d.UseSignInLink(d.Ctx, strings.TrimPrefix(d.Link(worldtest.Anna), "/me/link/"))
	if err != nil {
		t.Fatal(err)
	}
	path, body := "/me/decisions/"+pay.Bare(o.DecisionID)+"/review", `{"text":"Das stimmt nicht, bitte prüfen Sie es."}`
	one, two := object(t, d.by(anna, "POST", path, body, "Idempotency-Key", "c"), 201), object(t, d.by(anna, "POST", path, body, "Idempotency-Key", "c"), 201)
	if one["id"] != two["id"] {
		t.Errorf("%v %v", one, two)
	}
	isProblem(t, "the same without a key", d.by(anna, "POST", path, body), 409)
}

// TestWebhookOnce: the same key gives the same secret and exchanges it once; a key of before gives no dead secret.
func TestWebhookOnce(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	set := func(body, idempotency string) any {
		t.Helper()
		return object(t, d.by(key, "POST", "/webhook", body, "Idempotency-Key", idempotency), 200)["secret"]
	}
	first := set(`{"url":"https://shop.test/events"}`, "a")
	if again := set(`{"url":"https://shop.test/events"}`, "a"); again != first {
		t.Error("the same key gave another secret")
	}
	isProblem(t, "another address for the key", d.by(key, "POST", "/webhook", `{"url":"https://shop.test/other"}`, "Idempotency-Key", "a"), 409)
	second := set("{}", "b")
	if second == first || set("{}", "b") != second {
		t.Error("the secret was not exchanged exactly once")
	}
	rec := d.by(key, "POST", "/webhook", `{"url":"https://shop.test/events"}`, "Idempotency-Key", "a")
	if isProblem(t, "a secret that was replaced", rec, 409); !strings.Contains(rec.Body.String(), "secret_replaced") {
		t.Errorf("%s", rec.Body)
	}
	object(t, d.by(key, "GET", "/events", ""), 200)
	_, narrow := d.key(t, d.Shoes, pay.ScopeEventsRead)
	isProblem(t, "a key that only reads", d.by(narrow, "POST", "/webhook", "{}"), 403)
	if rec := d.by(narrow, "GET", "/events", ""); !strings.HasPrefix(rec.Header().Get("RateLimit"), `"shop";r=`) {
		t.Errorf("%v", rec.Header())
	}
}

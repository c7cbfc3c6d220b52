package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// lived is the door of a world with a past, with the tokens of its people.
func lived(t *testing.T) (d *door, past *worldtest.Past, anna, ben string) {
	w, past := worldtest.Live(t)
	token := func(p worldtest.Person) string {
		s, err := w.UseSignInLink(w.Ctx, strings.TrimPrefix(w.Link(p), "/me/link/"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return over(t, w), past, token(worldtest.Anna), token(worldtest.Ben)
}

func (d *door) as(token, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	return d.call(session{token: token}, method, path, body, headers...)
}

const goal = `{"method":"invoice_14","amount":5000}`

// TestMyCallsNeedMyToken: every call about a person needs a credential that was made on our origin.
func TestMyCallsNeedMyToken(t *testing.T) {
	d, past, anna, _ := lived(t)
	s := d.opened(t, "anna@example.org")
	device := object(t, d.authorize(s, `{"payment_method":"prepayment","consent":true,"email_code":"000000"}`), 200)["device_token"].(string)
	calls := []struct{ method, path, body string }{
		{"GET", "/api/v1/me/standing", ""}, {"POST", "/api/v1/me/recourse", goal}, {"POST", "/api/v1/me/simulate", "{}"},
		{"POST", "/api/v1/me/recourse/x/accept", ""}, {"GET", "/api/v1/me/contracts/x", ""}, {"GET", "/api/v1/me/decisions/x", ""},
	}
	before := d.fingerprint(t)
	for _, c := range calls {
		for name, token := range map[string]string{"nobody": "", "nonsense": "x", "the session's": s.token, "a cut one": anna[:len(anna)-1], "a cut device": device[:len(device)-1]} {
			rec := d.as(token, c.method, c.path, c.body)
			isProblem(t, c.path+" with "+name, rec, 401)
			if !strings.HasPrefix(rec.Header().Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: WWW-Authenticate %q", c.path, rec.Header().Get("WWW-Authenticate"))
			}
		}
		if c.method == "POST" { // reading by a foreign page is no forgery, and its answer stays unreadable there
			isProblem(t, "another site's "+c.path, d.as("", c.method, c.path, c.body, "Cookie", "portal="+anna, "Sec-Fetch-Site", "cross-site"), 401)
		}
	}
	for name, headers := range map[string][]string{"sign-in": {"Authorization", "Bearer " + anna}, "device": {"Authorization", "Bearer " + device}, "cookie": {"Authorization", "", "Cookie", "portal=" + anna}} {
		m := object(t, d.as("", "GET", "/api/v1/me/standing", "", headers...), 200)
		if m["currency"] != "EUR" || len(m["groups"].([]any)) != 4 || !strings.Contains(m["warning"].(string), "Achtung") {
			t.Errorf("the standing by %s: %v", name, m)
		}
	}
	object(t, d.as(anna, "POST", "/api/v1/me/simulate", `{"pay":[{"invoice":"`+pay.Bare(past.Overdue.ID)+`"}]}`), 200)
	if d.fingerprint(t) != before {
		t.Error("looking changed something")
	}
}

// TestRecourse: plans, ladder and alternatives; one is accepted, read, and belongs to nobody else.
func TestRecourse(t *testing.T) {
	d, past, anna, ben := lived(t)
	way := object(t, d.as(anna, "POST", "/api/v1/me/recourse", goal, "Accept-Language", "en"), 200)
	plans := way["plans"].([]any)
	for _, member := range []string{"ladder", "alternatives_today", "assumptions", "ends"} {
		if len(way[member].([]any)) == 0 {
			t.Errorf("%s is empty: %v", member, way)
		}
	}
	if len(plans) == 0 || len(way["ends"].([]any)) != 11 || way["open"] != false || way["estimate"] != false {
		t.Fatalf("the way back: %v", way)
	}
	plan := plans[0].(map[string]any)
	id := plan["id"].(string)
	if step := plan["steps"].([]any)[0].(map[string]any); step["no"] != past.Overdue.No || step["reference"] != past.Overdue.Reference || way["iban"] != d.App.Operator().IBAN || !strings.HasPrefix(step["text"].(string), "Pay invoice") {
		t.Errorf("the first step: %v", step)
	}
	later := object(t, d.as(anna, "POST", "/api/v1/me/recourse", `{"method":"invoice_14","amount":5000,"pay_by":"2026-12-01"}`), 200)
	if later["pay_by"] != "2026-12-01" || later["plans"].([]any)[0].(map[string]any)["from"].(string) < "2026-12-01" {
		t.Errorf("paying later: %v", later)
	}
	for name, body := range map[string]string{"no method": `{"amount":5000}`, "no amount": `{"method":"invoice_14"}`, "a float": `{"method":"invoice_14","amount":50.5}`,
		"a Sunday": `{"method":"invoice_14","amount":5000,"pay_by":"2026-11-29"}`, "a past day": `{"method":"invoice_14","amount":5000,"pay_by":"2026-11-20"}`,
		"no day": `{"method":"invoice_14","amount":5000,"pay_by":"soon"}`, "paying now": `{"method":"prepayment","amount":5000}`, "a list": `[]`} {
		isProblem(t, name, d.as(anna, "POST", "/api/v1/me/recourse", body), 400)
	}
	isProblem(t, "somebody else's plan", d.as(ben, "POST", "/api/v1/me/recourse/"+id+"/accept", ""), 422)
	contract := object(t, d.as(anna, "POST", "/api/v1/me/recourse/"+id+"/accept", "", "Accept-Language", "en"), 200)
	if contract["state"] != "accepted" || contract["amount"] != 5000.0 || contract["accepted_at"] == nil || len(contract["steps"].([]any)) == 0 || len(contract["text_sha256"].(map[string]any)) != 2 {
		t.Errorf("the contract: %v", contract)
	}
	path := "/api/v1/me/contracts/" + contract["id"].(string)
	if again := object(t, d.as(anna, "GET", path, ""), 200); again["id"] != contract["id"] {
		t.Errorf("read again: %v", again)
	}
	isProblem(t, "somebody else's contract", d.as(ben, "GET", path, ""), 404)
	isProblem(t, "a plan that is none", d.as(anna, "POST", "/api/v1/me/recourse/x/accept", ""), 404)
	isProblem(t, "a method that is wrong", d.as(anna, "DELETE", path, ""), 405)
}

// TestRecourseIsLimited: thirty an hour, each person by themselves.
func TestRecourseIsLimited(t *testing.T) {
	d, _, anna, ben := lived(t)
	for range 30 {
		if rec := d.as(anna, "POST", "/api/v1/me/recourse", goal); rec.Code != 200 {
			t.Fatal(rec.Body)
		}
	}
	rec := d.as(anna, "POST", "/api/v1/me/recourse", goal)
	isProblem(t, "the 31st", rec, 429)
	if rec.Header().Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
	object(t, d.as(ben, "POST", "/api/v1/me/recourse", goal), 200)
	object(t, d.as(anna, "GET", "/api/v1/me/standing", ""), 200)
}

// TestDecisionsExplained: sentences and numbers for the person, in the language asked for, and nothing sealed.
func TestDecisionsExplained(t *testing.T) {
	d, _, anna, ben := lived(t)
	own, err := d.MyStanding(d.Ctx, d.Consumer(worldtest.Anna), false)
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/me/decisions/" + pay.Bare(own.Decisions[0].Row.ID)
	rec := d.as(anna, "GET", path+"?lang=en", "")
	m := object(t, rec, 200)
	if len(m["methods"].([]any)) == 0 || m["record"].(map[string]any)["points"] == nil {
		t.Errorf("the decision: %v", m)
	}
	saysNothing(t, "the decision", rec.Body.String(), "sanctions", "bureau", "1990-05-05", "Müller")
	isProblem(t, "somebody else's decision", d.as(ben, "GET", path, ""), 404)
}

// TestShopPreCheck: with the shop's secret only, yes or no and nothing about the person.
func TestShopPreCheck(t *testing.T) {
	d, _, anna, _ := lived(t)
	m, secret, err := d.CreateMerchant(d.Ctx, app.System, pay.Merchant{Name: "Laden", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: "EUR", Methods: []string{"invoice_14", "prepayment"}}, "laden")
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.CreateSession(d.Ctx, app.Actor{Merchant: m.ID}, d.opened(t, "anna@example.org").view.Cart)
	if err != nil {
		t.Fatal(err)
	}
	basic := func(user, secret string) string {
		r, _ := http.NewRequest("GET", "/", http.NoBody)
		r.SetBasicAuth(user, secret)
		return r.Header.Get("Authorization")
	}
	body := `{"session_id":"` + pay.Bare(s.Session.ID) + `"}`
	for name, header := range map[string]string{"nobody": "", "a wrong secret": basic("laden", "x"), "a consumer": "Bearer " + anna} {
		isProblem(t, name, d.as("", "POST", "/api/v1/decisions", body, "Authorization", header), 401)
	}
	before := d.fingerprint(t)
	rec := d.as("", "POST", "/api/v1/decisions", body, "Authorization", basic("laden", secret))
	methods := object(t, rec, 200)["methods"].([]any)
	if len(methods) != 2 || methods[0].(map[string]any)["ok"] != true {
		t.Errorf("the pre-check: %s", rec.Body)
	}
	saysNothing(t, "the pre-check", rec.Body.String(), "reason", "score", "limit", "anna")
	if d.fingerprint(t) != before {
		t.Error("a pre-check changed something")
	}
	foreign := d.opened(t, "anna@example.org")
	isProblem(t, "another shop's session", d.as("", "POST", "/api/v1/decisions", `{"session_id":"`+foreign.id+`"}`, "Authorization", basic("laden", secret)), 404)
	isProblem(t, "no session", d.as("", "POST", "/api/v1/decisions", `{}`, "Authorization", basic("laden", secret)), 404)
}

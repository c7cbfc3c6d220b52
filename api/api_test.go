package api

import (
	"net/http"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

const identifyKlara = `{"email":"klara@example.org","birth_date":"1990-05-05"}`

// calls are all calls of this door with a body that succeeds.
var calls = map[string]string{"identify": identifyKlara, "authorize": yes}

// TestWhoMayCall tries both calls with everything that is not the session's own token.
func TestWhoMayCall(t *testing.T) {
	d := newDoor(t)
	s, other := d.opened(t, "klara@example.org"), d.opened(t, "klara@example.org")
	_, secret, err := d.CreateMerchant(d.Ctx, app.System, pay.Merchant{Name: "Laden", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: "EUR"}, "shop")
	if err != nil {
		t.Fatal(err)
	}
	basic, _ := http.NewRequest("GET", "/", http.NoBody)
	basic.SetBasicAuth("shop", secret)
	parts := strings.Split(s.token, ".")
	before := d.fingerprint(t)
	for name, header := range map[string]string{
		"nobody": "", "a scheme alone": "Bearer", "an empty token": "Bearer ", "a wrong token": "Bearer x.y.z", "the token without a scheme": s.token,
		"another session's token": "Bearer " + other.token, "the shop": basic.Header.Get("Authorization"), "the token as a password": "Basic " + s.token,
		"a token without its signature": "Bearer " + parts[0] + "." + parts[1] + ".", "a token of no algorithm": "Bearer eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"another's signature": "Bearer " + parts[0] + "." + parts[1] + other.token[strings.LastIndex(other.token, "."):], "two tokens": "Bearer " + s.token + " " + s.token,
	} {
		for call, body := range calls {
			rec := d.call(s, "POST", s.path(call), body, "Authorization", header)
			isProblem(t, call+" with "+name, rec, 401)
			if !strings.HasPrefix(rec.Header().Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s with %s: WWW-Authenticate %q", call, name, rec.Header().Get("WWW-Authenticate"))
			}
			isProblem(t, call+" with a broken body and "+name, d.call(s, "POST", s.path(call), "{", "Authorization", header), 401)
		}
	}
	isProblem(t, "a token in the address", d.call(s, "POST", s.path("authorize")+"?access_token="+s.token, yes, "Authorization", ""), 401)
	if d.fingerprint(t) != before {
		t.Error("a stranger changed something")
	}
	for _, header := range []string{"bearer " + s.token, "  BEARER   " + s.token + " "} {
		object(t, d.authorize(s, yes, "Authorization", header), 200)
	}
}

func TestSessionIDs(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	before := d.fingerprint(t)
	unknown := s.id[:len(s.id)-4] + "0000"
	for id, status := range map[string]int{"x": 404, "ord_" + s.id: 404, "%00": 404, "'--": 404, strings.Repeat("a", 5000): 404,
		s.id + "0": 404, unknown: 401, "00000000-0000-7000-8000-000000000000": 401} {
		for call, body := range calls {
			isProblem(t, call+" of "+id, d.call(s, "POST", "/api/v1/sessions/"+id+"/"+call, body), status)
		}
	}
	if d.fingerprint(t) != before {
		t.Error("something changed")
	}
}

func TestExpiredSession(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	d.At(monday+7, 10)
	before := d.fingerprint(t)
	for call, body := range calls {
		rec := d.call(s, "POST", s.path(call), body)
		isProblem(t, call, rec, 410)
		if m := object(t, rec, 410); m["code"] != "session_expired" {
			t.Errorf("%s: %v", call, m)
		}
	}
	if d.fingerprint(t) != before {
		t.Error("an expired session changed something")
	}
}

// TestCompleteSession: once there is an order the same confirmation gives the same answer, and another one none.
func TestCompleteSession(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	first := object(t, d.authorize(s, yes), 200)
	id, _ := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, first["authorization_token"].(string))
	if _, err := d.PlaceOrder(d.Ctx, d.Shoes, app.Key{}, id, s.view.Cart); err != nil {
		t.Fatal(err)
	}
	if again := object(t, d.authorize(s, yes), 200); again["approved"] != true || again["authorization_token"] != first["authorization_token"] {
		t.Errorf("the same again: %v", again)
	}
	for name, body := range map[string]string{"another method": strings.Replace(yes, "invoice_14", "invoice_30", 1)} {
		rec := d.authorize(s, body)
		isProblem(t, name, rec, 410)
		if m := object(t, rec, 410); m["code"] != "session_complete" {
			t.Errorf("%s: %v", name, m)
		}
	}
	object(t, d.identify(s, "bert@example.org"), 200)
	rec := d.authorize(s, yes)
	isProblem(t, "another person", rec, 410)
	saysNothing(t, "another person", rec.Body.String(), pay.Bare(id))
}

// TestPathsAndMethods: what is not there is a problem document too, and a wrong method names the right one.
func TestPathsAndMethods(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	for _, path := range []string{"/api/", "/api/v1", "/api/v1/", s.path("authorise"), s.path("authorize") + "/", s.path("authorize") + "/x", "/api/v2/sessions/" + s.id + "/authorize"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			isProblem(t, method+" "+path, d.call(s, method, path, yes), 404)
		}
	}
	before := d.fingerprint(t)
	for call, body := range calls {
		for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post"} {
			rec := d.call(s, method, s.path(call), body)
			isProblem(t, method+" "+call, rec, 405)
			if rec.Header().Get("Allow") != "POST" {
				t.Errorf("%s %s: Allow %q", method, call, rec.Header().Get("Allow"))
			}
		}
	}
	if d.fingerprint(t) != before {
		t.Error("a wrong method changed something")
	}
}

// TestContentTypes: the body is read as JSON whatever it is called, so that no client fails for a header.
func TestContentTypes(t *testing.T) {
	d := newDoor(t)
	for _, kind := range []string{"", "application/json", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"} {
		s := d.opened(t, "klara@example.org")
		object(t, d.identify(s, "klara@example.org", "Content-Type", kind), 200)
		object(t, d.authorize(s, yes, "Content-Type", kind), 200)
	}
}

// TestLoggedFailure: what is our own fault is answered without its text, and the log line is found by the number.
func TestLoggedFailure(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	log := &strings.Builder{}
	d.Log = textLog(log)
	if err := d.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for call, body := range calls {
		rec := d.call(s, "POST", s.path(call), body)
		if rec.Code == 503 { // a closed database may call itself busy
			isProblem(t, call, rec, 503)
			continue
		}
		isProblem(t, call, rec, 500)
		number, _ := object(t, rec, 500)["correlation_id"].(string)
		if len(number) != 36 || !strings.Contains(log.String(), number) {
			t.Errorf("%s: number %q is not in the log %s", call, number, log)
		}
		saysNothing(t, call, rec.Body.String(), "sql", "database", "closed", ".go")
	}
	saysNothing(t, "the log", log.String(), "klara", "1990", s.token, worldtest.Anna.Email)
}

package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"zahlziel/web/portal/worldtest"
)

// TestBadBodies sends what is no JSON object to both calls, also inside an otherwise good one: 400, and nothing changes.
func TestBadBodies(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	bodies := map[string]string{"nothing": "", "blank": " \n", "array": "[]", "number": "1", "text": `"x"`, "null": "null", "two": "{}{}", "trailing": "{}x", "form": "email=a%40example.org",
		"a member twice": `{"consent":true,"consent":true}`, "utf-8": "{\"a\":\"\xc3\"}", "utf-16": "\xff\xfe{\x00}\x00", "byte order mark": "\xef\xbb\xbf{}", "deep": strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)}
	for name, text := range suite(t, "n") {
		bodies[name] = text
		if !json.Valid([]byte(yes[:len(yes)-1] + `,"x":` + text + `}`)) { // what is broken alone can be sound inside another
			bodies["inside "+name] = yes[:len(yes)-1] + `,"x":` + text + `}`
		}
	}
	before := d.fingerprint(t)
	for name, body := range bodies {
		for call := range calls {
			rec := d.call(s, "POST", s.path(call), body)
			isProblem(t, call+" with "+name, rec, 400)
			saysNothing(t, call+" with "+name, rec.Body.String(), "invalid character", "unmarshal", "Go ")
		}
	}
	for call := range calls {
		isProblem(t, call+" with 1 MB", d.call(s, "POST", s.path(call), yes[:len(yes)-1]+`,"x":"`+strings.Repeat("x", bodyMax)+`"}`), 413)
		isProblem(t, call+" with 2 MB of blanks", d.call(s, "POST", s.path(call), strings.Repeat(" ", 2*bodyMax)), 413)
	}
	if d.fingerprint(t) != before {
		t.Error("a bad body changed something")
	}
}

// TestSoundBodies: whatever sound JSON is sent, alone or as a member nobody asked for, never breaks us.
func TestSoundBodies(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	for _, letter := range []string{"y", "i"} {
		for name, text := range suite(t, letter) {
			for call := range calls {
				if rec := d.call(s, "POST", s.path(call), text); rec.Code != 400 {
					t.Errorf("%s with %s: got %d %s", call, name, rec.Code, rec.Body)
				}
			}
			if rec := d.authorize(s, yes[:len(yes)-1]+`,"x":`+text+`}`); rec.Code != 200 && (letter == "y" || rec.Code != 400) {
				t.Errorf("inside, %s: got %d %s", name, rec.Code, rec.Body)
			}
		}
	}
}

// TestBadValues tries wrong types, missing members and values out of range. Nothing changes, not even for a known person.
func TestBadValues(t *testing.T) {
	w, _ := worldtest.Live(t)
	d := over(t, w)
	s := d.opened(t, worldtest.Anna.Email)
	const rest = `"consent":true,"email_code":"000000"`
	free := func(v string) string { return `{"payment_method":"invoice_14",` + rest + `,"assessment":` + v + `}` }
	cases := []struct{ call, body, field string }{
		{"authorize", `{}`, "payment_method"},
		{"authorize", `{` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":null,` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":"",` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":"barter",` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":"INVOICE_14",` + rest + `}`, "payment_method"},
		{"authorize", `{"Payment_Method":"invoice_14",` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":14,` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":["invoice_14"],` + rest + `}`, "payment_method"},
		{"authorize", `{"payment_method":"invoice_14","email_code":"000000"}`, "consent"},
		{"authorize", `{"payment_method":"invoice_14","consent":false,"email_code":"000000"}`, "consent"},
		{"authorize", `{"payment_method":"invoice_14","consent":null,"email_code":"000000"}`, "consent"},
		{"authorize", `{"payment_method":"invoice_14","consent":"true","email_code":"000000"}`, "consent"},
		{"authorize", `{"payment_method":"invoice_14","consent":1,"email_code":"000000"}`, "consent"},
		{"authorize", `{"payment_method":"invoice_14","consent":true,"email_code":0}`, "email_code"},
		{"authorize", `{"payment_method":"invoice_14","consent":true,"device_token":{}}`, "device_token"},
		{"authorize", free(`80000`), "assessment"},
		{"authorize", free(`[]`), "assessment"},
		{"authorize", free(`"x"`), "assessment"},
		{"authorize", free(`{"monthly_free_amount":"800"}`), "assessment.monthly_free_amount"},
		{"authorize", free(`{"monthly_free_amount":800.5}`), "assessment.monthly_free_amount"},
		{"authorize", free(`{"monthly_free_amount":1e3}`), "assessment.monthly_free_amount"},
		{"authorize", free(`{"monthly_free_amount":-1}`), "assessment.monthly_free_amount"},
		{"authorize", free(`{"monthly_free_amount":100000001}`), "assessment.monthly_free_amount"},
		{"authorize", free(`{"monthly_free_amount":99999999999999999999999}`), "assessment.monthly_free_amount"},
		{"identify", `{}`, "email"},
		{"identify", `{"email":null}`, "email"},
		{"identify", `{"email":7}`, "email"},
		{"identify", `{"email":"klara"}`, "email"},
		{"identify", `{"email":"klara@example"}`, "email"},
		{"identify", `{"email":"klara@example.org, other@example.org"}`, "email"},
		{"identify", `{"email":"klara@example.org\r\nBcc: x@example.org"}`, "email"},
		{"identify", `{"email":"` + strings.Repeat("k", 100) + `@example.org"}`, "email"},
		{"identify", `{"email":"klara@example.org","birth_date":19900505}`, "birth_date"},
		{"identify", `{"email":"klara@example.org","birth_date":"05.05.1990"}`, "birth_date"},
		{"identify", `{"email":"klara@example.org","birth_date":"1990-02-30"}`, "birth_date"},
		{"identify", `{"email":"klara@example.org","birth_date":"2026-11-24"}`, "birth_date"},
		{"identify", `{"email":"klara@example.org","birth_date":"0001-01-01"}`, "birth_date"},
		{"identify", `{"email":"klara@example.org","birth_date":"9999-12-31"}`, "birth_date"},
		{"identify", `{"email":"klara@example.org","birth_date":"1990-05-05T00:00:00Z"}`, "birth_date"},
	}
	before := d.fingerprint(t)
	for _, c := range cases {
		rec := d.call(s, "POST", s.path(c.call), c.body)
		isProblem(t, c.body, rec, 400)
		if m := object(t, rec, 400); m["field"] != c.field {
			t.Errorf("%s: field %v, want %s", c.body, m["field"], c.field)
		}
	}
	if d.fingerprint(t) != before {
		t.Error("a bad value changed something")
	}
	// null is the same as leaving it out.
	object(t, d.authorize(s, `{"payment_method":"prepayment","consent":true,"email_code":"000000","device_token":null,"assessment":null}`), 200)
	object(t, d.authorize(s, `{"payment_method":"prepayment","consent":true,"email_code":"000000","assessment":{"monthly_free_amount":null}}`), 200)
}

// TestNaughtyStrings puts strings that break careless programs into every text: no failure of ours, and nothing is repeated.
func TestNaughtyStrings(t *testing.T) {
	list := naughty(t)
	d := newDoor(t)
	good := map[string]map[string]any{"identify": {"email": "klara@example.org", "birth_date": "1990-05-05"},
		"authorize": {"payment_method": "invoice_14", "consent": true, "email_code": "x", "device_token": "x"}}
	s := d.opened(t, "klara@example.org")
	for i, text := range list {
		if i%8 == 0 {
			s = d.opened(t, "klara@example.org") // before the limit of one session
		}
		from := fmt.Sprintf("192.0.2.%d", i/40) // before the limit of one address
		for call, members := range good {
			for member, was := range members {
				if _, ok := was.(string); !ok {
					continue
				}
				members[member] = text
				rec := d.call(s, "POST", s.path(call), mustJSON(members), "From", from)
				members[member] = was
				if rec.Code >= 500 || rec.Code == 429 {
					t.Errorf("%s with %s = %q: got %d %s", call, member, text, rec.Code, rec.Body)
				}
				if rec.Code == 400 && len(text) > 12 && strings.Contains(rec.Body.String(), strings.Trim(mustJSON(text), `"`)) {
					t.Errorf("%s with %s = %q repeats it: %s", call, member, text, rec.Body)
				}
			}
		}
		if rec := d.call(s, "POST", "/api/v1/sessions/"+strings.ReplaceAll(text, "?", "")+"/authorize", yes); rec.Code >= 500 || rec.Code == 200 {
			t.Errorf("%q as an id: %d", text, rec.Code)
		}
		if rec := d.authorize(s, `{}`, "Authorization", "Bearer "+text, "Accept-Language", text); rec.Code != 401 {
			t.Errorf("%q as a token: %d", text, rec.Code)
		}
	}
}

package api

import (
	"strings"
	"testing"

	"zahlziel/web/portal/worldtest"
)

// TestChangeOrder: references, amount, address, parcels and time of an order, with what is refused.
func TestChangeOrder(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	order := "/orders/" + d.ordered(t, key)
	object(t, d.by(key, "PATCH", order+"/references", `{"reference":"A-1","reference2":"B-1"}`), 200)
	got := object(t, d.by(key, "PATCH", order+"/references", `{"reference":"","reference2":null}`), 200)
	if cart := got["cart"].(map[string]any); cart["reference"] != nil || cart["reference2"] != "B-1" {
		t.Errorf("%v", cart)
	}
	isProblem(t, "a long reference", d.by(key, "PATCH", order+"/references", `{"reference":"`+strings.Repeat("x", 256)+`"}`), 400)

	got = object(t, d.by(key, "PATCH", order+"/authorization", `{"amount":4000,"lines":[{"name":"Hut","quantity":2,"unit_price":2000,"total_amount":4000}],"description":"weniger"}`), 200)
	if lines := got["cart"].(map[string]any)["lines"].([]any); got["amount"] != 4000.0 || got["original_amount"] != 5950.0 || len(lines) != 1 || lines[0].(map[string]any)["name"] != "Hut" {
		t.Errorf("%v", got)
	}
	isProblem(t, "lines that do not fit", d.by(key, "PATCH", order+"/authorization", `{"amount":4000,"lines":[{"name":"Hut","quantity":1,"unit_price":2000,"total_amount":2000}]}`), 400)
	rec := d.by(key, "PATCH", order+"/authorization", `{"amount":900000}`)
	if isProblem(t, "more than the buyer may defer", rec, 422); !strings.Contains(rec.Body.String(), `"not_allowed"`) {
		t.Errorf("%s", rec.Body)
	}
	if got = object(t, d.by(key, "GET", order, ""), 200); got["amount"] != 4000.0 {
		t.Errorf("a refusal changed the amount: %v", got["amount"])
	}
	if got = object(t, d.by(key, "PATCH", order+"/authorization", `{"amount":4500}`, "Idempotency-Key", "more"), 200); got["amount"] != 4500.0 {
		t.Errorf("%v", got)
	}
	isProblem(t, "another amount for the key", d.by(key, "PATCH", order+"/authorization", `{"amount":4600}`, "Idempotency-Key", "more"), 409)

	elsewhere := `{"shipping":{"given_name":"Kim","family_name":"Nachbar","street":"Lindenweg 5","postal_code":"50667","city":"Köln","country":"DE"}}`
	if got = object(t, d.by(key, "PATCH", order+"/customer", elsewhere), 200); got["cart"].(map[string]any)["shipping"].(map[string]any)["family_name"] != "Nachbar" {
		t.Errorf("%v", got)
	}
	isProblem(t, "no address", d.by(key, "PATCH", order+"/customer", `{}`), 400)
	isProblem(t, "half an address", d.by(key, "PATCH", order+"/customer", `{"shipping":{"city":"Köln"}}`), 422)
	isProblem(t, "another buyer", d.by(key, "PATCH", order+"/customer", `{"billing":{"city":"Köln"},"shipping":{"city":"Köln"}}`), 422)

	object(t, d.by(key, "POST", order+"/acknowledge", ""), 200)
	for range 2 {
		got = object(t, d.by(key, "POST", order+"/shipments", `{"shipments":[{"company":"Post","method":"parcel_locker","tracking_number":"1","return_company":"Post","return_tracking_url":"https://post.test/1"},{}]}`, "Idempotency-Key", "s"), 200)
	}
	if s := got["shipments"].([]any); len(s) != 1 || s[0].(map[string]any)["method"] != "parcel_locker" || s[0].(map[string]any)["return_company"] != "Post" {
		t.Errorf("%v", s)
	}
	for name, body := range map[string]string{"none": `{}`, "empty ones": `{"shipments":[{}]}`, "a method": `{"shipments":[{"method":"Home"}]}`, "an address": `{"shipments":[{"return_tracking_url":"javascript:1"}]}`} {
		isProblem(t, name, d.by(key, "POST", order+"/shipments", body), 400)
	}
	ends := got["expires_at"]
	d.At(monday+3, 10)
	if got = object(t, d.by(key, "POST", order+"/extend", ""), 200); got["expires_at"].(string) <= ends.(string) {
		t.Errorf("%v after %v", got["expires_at"], ends)
	}
	_, tea := d.key(t, d.Tea)
	for _, call := range []string{"PATCH /references", "PATCH /authorization", "PATCH /customer", "POST /acknowledge", "POST /shipments", "POST /extend"} {
		method, path, _ := strings.Cut(call, " ")
		body := map[string]string{"/authorization": `{"amount":1}`, "/customer": elsewhere, "/shipments": `{"shipments":[{"company":"x"}]}`}[path]
		if body == "" {
			body = `{"reference":"x"}`
		}
		isProblem(t, "another's "+path, d.by(tea, method, order+path, body), 404)
	}
}

// TestCaptures: a capture and a refund are read by their addresses, get parcels, and their payment request is sent again.
func TestCaptures(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	order := "/orders/" + d.ordered(t, key)
	line := `[{"name":"Schuhe","quantity":1,"unit_price":5000,"total_amount":5000}]`
	rec := d.by(key, "POST", order+"/captures", `{"amount":5000,"lines":`+line+`}`)
	made := object(t, rec, 201)
	capture := order + "/captures/" + made["id"].(string)
	if at := rec.Header().Get("Location"); at != "http://127.0.0.1:8080/api/v1"+capture {
		t.Errorf("Location %s", at)
	}
	rec = d.by(key, "POST", order+"/refunds", `{"amount":1000,"reference":"R-1","lines":`+line+`}`)
	refund := object(t, rec, 201)
	if got := object(t, d.by(key, "GET", strings.TrimPrefix(rec.Header().Get("Location"), "http://127.0.0.1:8080/api/v1"), ""), 200); got["id"] != refund["id"] || got["reference"] != "R-1" || len(got["lines"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	object(t, d.by(key, "POST", capture+"/shipments", `{"shipments":[{"tracking_number":"7"}]}`), 200)
	got := object(t, d.by(key, "GET", capture, ""), 200)
	if len(got["shipments"].([]any)) != 1 || got["refunded_amount"] != 1000.0 || got["lines"].([]any)[0].(map[string]any)["name"] != "Schuhe" {
		t.Errorf("%v", got)
	}
	d.Work()
	before := len(d.Mailed.To("klara@example.org"))
	for range 2 {
		object(t, d.by(key, "POST", capture+"/send", ""), 200)
		d.Work()
	}
	if n := len(d.Mailed.To("klara@example.org")) - before; n != 1 {
		t.Errorf("%d payment requests were sent again", n)
	}
	for _, path := range []string{order + "/captures/x", order + "/captures/" + refund["id"].(string), order + "/refunds/" + made["id"].(string)} {
		isProblem(t, path, d.by(key, "GET", path, ""), 404)
	}
	other := d.Order(worldtest.Ben, d.Shoes, "invoice_14", worldtest.Line("Hut", 1000))
	isProblem(t, "a capture of another order", d.by(key, "GET", "/orders/"+strings.TrimPrefix(string(other.ID), "ord_")+"/captures/"+made["id"].(string), ""), 404)
}

// TestExtendDueDay: the options say what moving a due day costs, and one of them is taken exactly once.
func TestExtendDueDay(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	order := "/orders/" + d.ordered(t, key)
	capture := order + "/captures/" + object(t, d.by(key, "POST", order+"/captures", `{"amount":5950}`), 201)["id"].(string)
	options := object(t, d.by(key, "GET", capture+"/extension-options", ""), 200)["data"].([]any)
	if len(options) == 0 {
		t.Fatal("the due day cannot be moved")
	}
	first := options[0].(map[string]any)
	if first["days"] != 14.0 || first["currency"] != "EUR" || first["fee_amount"].(float64) <= 0 {
		t.Errorf("%v", first)
	}
	isProblem(t, "no option", d.by(key, "POST", capture+"/extensions", `{"days":13}`), 422)
	isProblem(t, "no days", d.by(key, "POST", capture+"/extensions", `{}`), 400)
	for range 2 {
		got := object(t, d.by(key, "POST", capture+"/extensions", `{"days":14}`, "Idempotency-Key", "x"), 201)
		for name, value := range first {
			if got[name] != value {
				t.Errorf("%s: got %v, offered %v", name, got[name], value)
			}
		}
	}
	if left := object(t, d.by(key, "GET", capture+"/extension-options", ""), 200)["data"].([]any); len(left) > 0 && left[0].(map[string]any)["due_day"] == first["due_day"] {
		t.Errorf("the due day did not move: %v", left)
	}
	_, tea := d.key(t, d.Tea)
	isProblem(t, "another's capture", d.by(tea, "GET", capture+"/extension-options", ""), 404)
	isProblem(t, "another's capture", d.by(tea, "POST", capture+"/extensions", `{"days":14}`), 404)
}

const tokenCart = `{"currency":"EUR","amount":1500,"reference":"abo-1","capture":true,"lines":[{"name":"Socken","quantity":1,"unit_price":1500,"total_amount":1500}]}`

// TestCustomerTokens: a permission that the buyer gave, an order with it, a refusal, and its end.
func TestCustomerTokens(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	isProblem(t, "without the buyer's permission", d.by(key, "POST", "/customer-tokens", `{"authorization_token":"`+d.confirmed(t, key, newCart)+`","description":"Abo"}`), 422)
	token := d.confirmed(t, key, cartOf("Clara", `"intent":"buy_and_tokenize",`))
	ask := `{"authorization_token":"` + token + `","description":"Socken-Abo","country":"DE"}`
	isProblem(t, "another country", d.by(key, "POST", "/customer-tokens", strings.Replace(ask, `"DE"`, `"AT"`, 1)), 409)
	isProblem(t, "no description", d.by(key, "POST", "/customer-tokens", `{"authorization_token":"`+token+`"}`), 400)
	made := object(t, d.by(key, "POST", "/customer-tokens", ask, "Idempotency-Key", "t"), 201)
	if again := object(t, d.by(key, "POST", "/customer-tokens", ask, "Idempotency-Key", "t"), 201); again["id"] != made["id"] || made["status"] != "active" || made["method"] != "invoice_14" {
		t.Errorf("%v %v", made, again)
	}
	path := "/customer-tokens/" + made["id"].(string)
	o := object(t, d.by(key, "POST", path+"/orders", tokenCart), 201)
	if again := object(t, d.by(key, "POST", path+"/orders", tokenCart), 201); again["id"] != o["id"] {
		t.Error("the same request gave two orders")
	}
	cart := o["cart"].(map[string]any)
	if o["status"] != "captured" || cart["reference"] != "abo-1" || cart["billing"].(map[string]any)["given_name"] != "Clara" || o["session_id"] != nil {
		t.Errorf("%v", o)
	}
	dear := strings.ReplaceAll(tokenCart, "1500", "9000000")
	rec := d.by(key, "POST", path+"/orders", dear)
	if isProblem(t, "too dear", rec, 422); !strings.Contains(rec.Body.String(), `"order_refused"`) {
		t.Errorf("%s", rec.Body)
	}
	for name, body := range map[string]string{"no currency": strings.Replace(tokenCart, `"currency":"EUR",`, "", 1), "another sum": strings.Replace(tokenCart, `"amount":1500`, `"amount":1600`, 1), "another currency": strings.Replace(tokenCart, "EUR", "SEK", 1)} {
		isProblem(t, name, d.by(key, "POST", path+"/orders", body), 400)
	}
	_, tea := d.key(t, d.Tea)
	isProblem(t, "another's token", d.by(tea, "GET", path, ""), 404)
	isProblem(t, "another's token", d.by(tea, "POST", path+"/orders", tokenCart), 404)
	isProblem(t, "another's token", d.by(tea, "POST", path+"/cancel", ""), 404)
	for range 2 {
		if got := object(t, d.by(key, "POST", path+"/cancel", ""), 200); got["status"] != "cancelled" || got["ended_by"] != "merchant" || got["ended_at"] == nil {
			t.Errorf("%v", got)
		}
	}
	isProblem(t, "an order with an ended token", d.by(key, "POST", path+"/orders", strings.Replace(tokenCart, "abo-1", "abo-2", 1)), 422)
}

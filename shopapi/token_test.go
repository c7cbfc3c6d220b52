package shopapi

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
)

func (w *world) tokenPath(rest string) string {
	return "/customer-token/v1/tokens/" + w.customer + rest
}

// tokenOrder is goodTokenOrder over another amount, which is its own tax-free line.
func tokenOrder(amount string) string {
	return `{"purchase_currency":"EUR","order_amount":` + amount + `,"order_tax_amount":0,"order_lines":[{"name":"x","quantity":1,"unit_price":` + amount + `,"total_amount":` + amount + `}]}`
}

// TestCustomerTokens: only a buyer who agreed gives one; it is made once, ends for ever, and says no more than its state.
func TestCustomerTokens(t *testing.T) {
	w := newWorld(t)
	path := "/payments/v1/authorizations/" + w.recurring + "/customer-token"
	made := w.must(t, 200, "POST", path, goodToken)
	if made["token_id"] != w.customer || made["billing_address"].(map[string]any)["given_name"] != "Clara" || made["customer"].(map[string]any)["date_of_birth"] != "1990-05-04" {
		t.Errorf("made again %v", made)
	}
	if got := w.call("GET", w.tokenPath(""), "").Body.String(); got != `{"payment_method_type":"invoice","status":"ACTIVE"}` {
		t.Errorf("token %s", got)
	}
	for body, status := range map[string]int{
		`{}`: 400,
		strings.Replace(goodToken, "SUBSCRIPTION", "ONCE", 1):                      400,
		strings.Replace(goodToken, "Socken-Abo", "", 1):                            400,
		strings.Replace(goodToken, `"EUR"`, `"SEK"`, 1):                            409,
		strings.Replace(goodToken, `"DE"`, `"AT"`, 1):                              409,
		strings.Replace(goodToken, "{", `{"billing_address":{"city":"Rom"},`, 1):   409,
		strings.Replace(goodToken, "{", `{"customer":{"date_of_birth":"gst"},`, 1): 400,
	} {
		w.must(t, status, "POST", path, body)
	}
	if m := w.must(t, 403, "POST", "/payments/v1/authorizations/"+w.unused+"/customer-token", goodToken); m["error_code"] != "NOT_ALLOWED" {
		t.Errorf("a token without consent: %v", m)
	}
	// What the buyer did not read cannot be agreed to later.
	w.must(t, 204, "POST", "/payments/v1/sessions/"+w.open, `{"intent":"buy_and_tokenize"}`)
	w.must(t, 403, "POST", "/payments/v1/authorizations/"+w.unused+"/customer-token", goodToken)
	// The purchase that came with the permission is placed as any other.
	w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.recurring+"/order", claraCart(t, `{}`))

	for _, body := range []string{`{}`, `{"status":"ACTIVE"}`, `{"status":1}`} {
		w.must(t, 400, "PATCH", w.tokenPath("/status"), body)
	}
	for range 2 {
		if rec := w.call("PATCH", w.tokenPath("/status"), `{"status":"CANCELLED"}`); rec.Code != http.StatusAccepted || rec.Body.Len() > 0 {
			t.Errorf("cancel: %d %s", rec.Code, rec.Body)
		}
	}
	if got := w.call("GET", w.tokenPath(""), "").Body.String(); !strings.Contains(got, `"CANCELLED"`) {
		t.Errorf("cancelled token %s", got)
	}
	if m := w.must(t, 403, "POST", w.tokenPath("/order"), goodTokenOrder); m["error_code"] != "NOT_ALLOWED" {
		t.Errorf("order with a cancelled token: %v", m)
	}
}

// TestTokeniseOnly: permission without a purchase; the confirmation buys nothing.
func TestTokeniseOnly(t *testing.T) {
	w := newWorld(t)
	body := strings.NewReplacer("Anna", "Dora", "anna@", "dora@").Replace(patched(t, `{"intent":"tokenize","order_amount":0,"order_tax_amount":0,"order_lines":[]}`))
	session := w.must(t, 200, "POST", "/payments/v1/sessions", body)["session_id"].(string)
	token := w.authorize(t, session)
	path := "/payments/v1/authorizations/" + token
	if m := w.must(t, 403, "POST", path+"/order", body); m["error_code"] != "NOT_ALLOWED" {
		t.Errorf("an order: %v", m)
	}
	w.customer = w.must(t, 200, "POST", path+"/customer-token", goodToken)["token_id"].(string)
	if s := w.must(t, 200, "GET", "/payments/v1/sessions/"+session, ""); s["status"] != "complete" {
		t.Errorf("session %v", s["status"])
	}
	if again := w.must(t, 200, "POST", path+"/customer-token", goodToken); again["token_id"] != w.customer {
		t.Errorf("made again %v", again)
	}
	w.must(t, 200, "POST", w.tokenPath("/order"), goodTokenOrder)
	// A hosted page that should place the order of such a session has none to place.
	page := try(w.app.CreatePage(t.Context(), app.System, app.Key{}, mustID[pay.SessionID](pay.PrefixSession, w.must(t, 200, "POST", "/payments/v1/sessions", body)["session_id"].(string)), pay.PageSettings{PlaceOrder: "PLACE_ORDER", Success: "https://shop.test/{{authorization_token}}"}))(t)
	token = w.authorize(t, pay.Bare(page.Page.SessionID))
	if back := try(w.app.CompletePage(t.Context(), page.Page.ID, mustID[pay.AuthorizationID](pay.PrefixAuthorization, token)))(t); back != "https://shop.test/"+token {
		t.Errorf("back to %s", back)
	}
	w.audit(t)
}

func mustID[T ~string](prefix, text string) T {
	id, _ := pay.ParseID[T](prefix, text)
	return id
}

// TestTokenOrders: each is decided on its own and made once.
func TestTokenOrders(t *testing.T) {
	w := newWorld(t)
	decided := func() int64 { return w.count(t, "SELECT COUNT(*) FROM decisions WHERE kind = 'recurring'") }
	placed := w.must(t, 200, "POST", w.tokenPath("/order"), goodTokenOrder)
	if placed["fraud_status"] != "ACCEPTED" || placed["redirect_url"] == nil || placed["authorized_payment_method"].(map[string]any)["number_of_days"] != 30.0 {
		t.Errorf("placed %v", placed)
	}
	if again := w.must(t, 200, "POST", w.tokenPath("/order"), goodTokenOrder); again["order_id"] != placed["order_id"] || decided() != 1 {
		t.Errorf("repeated without a key: %v, %d decisions", again, decided())
	}
	one := w.must(t, 200, "POST", w.tokenPath("/order"), goodTokenOrder, "Klarna-Idempotency-Key", "1")
	same := w.must(t, 200, "POST", w.tokenPath("/order"), goodTokenOrder, "Klarna-Idempotency-Key", "1")
	if one["order_id"] == placed["order_id"] || one["order_id"] != same["order_id"] || decided() != 2 {
		t.Errorf("with a key: %v %v, %d decisions", one, same, decided())
	}
	if m := w.must(t, 409, "POST", w.tokenPath("/order"), tokenOrder("500"), "Klarna-Idempotency-Key", "1"); m["error_code"] != "CONFLICT" {
		t.Errorf("the key again: %v", m)
	}
	w.order = one["order_id"].(string)
	o := w.must(t, 200, "GET", w.orderPath(""), "")
	if o["billing_address"].(map[string]any)["given_name"] != "Clara" || o["merchant_reference1"] != "abo-1" || o["status"] != "AUTHORIZED" || o["purchase_country"] != "DE" || o["locale"] != "de-DE" {
		t.Errorf("order %v", o)
	}
	if m := w.must(t, 403, "POST", w.tokenPath("/order"), tokenOrder("90000000")); m["error_code"] != "REJECTED" || m["fraud_status"] != "REJECTED" || decided() != 3 {
		t.Errorf("refused: %v, %d decisions", m, decided())
	}
	w.later(day)
	if err := w.app.DB.SetDay(t.Context(), w.app.Clock.Today()); err != nil { // two purchases are what one day bears
		t.Fatal(err)
	}
	captured := w.must(t, 200, "POST", w.tokenPath("/order"), strings.Replace(tokenOrder("1000"), "{", `{"auto_capture":true,`, 1))
	w.order = captured["order_id"].(string)
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["status"] != "CAPTURED" {
		t.Errorf("auto_capture %v", o)
	}
	w.later(60 * minute)
	if next := w.must(t, 200, "POST", w.tokenPath("/order"), goodTokenOrder); next["order_id"] == placed["order_id"] {
		t.Error("a day later the same request is a new order")
	}
	if _, err := w.app.ReplayDecisions(t.Context(), 0, nil); err != nil {
		t.Error(err)
	}
	w.work(t)
	if n := w.count(t, "SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND tries > 0"); n != 0 {
		t.Errorf("%d jobs of recurring orders failed", n)
	}
	w.audit(t)
}

func TestTokenOrderBadValues(t *testing.T) {
	w := newWorld(t)
	for body, field := range map[string]string{
		`{}`: "order_tax_amount, purchase_currency, order_amount, order_lines",
		strings.Replace(goodTokenOrder, `"order_amount":1190`, `"order_amount":1191`, 1):      "order_lines",
		strings.Replace(goodTokenOrder, `"order_tax_amount":190`, `"order_tax_amount":1`, 1):  "order_tax_amount",
		strings.Replace(goodTokenOrder, `"total_tax_amount":190`, `"total_tax_amount":50`, 1): "order_lines[0].total_tax_amount",
		strings.Replace(goodTokenOrder, `"EUR"`, `"SEK"`, 1):                                  "purchase_currency",
		tokenOrder("0"):         "order_amount",
		tokenOrder("100000001"): "order_amount",
	} {
		if m := w.must(t, 400, "POST", w.tokenPath("/order"), body); m["error_messages"].([]any)[0] != "Bad value: "+field {
			t.Errorf("%s: %v", body, m["error_messages"])
		}
	}
	if m := w.must(t, 403, "POST", w.tokenPath("/order"), strings.Replace(goodTokenOrder, "{", `{"shipping_address":{"street_address":"Packstation 1","postal_code":"10115","city":"Berlin"},`, 1)); m["error_code"] != "NOT_ALLOWED" {
		t.Errorf("to a parcel shop: %v", m)
	}
}

// TestConsumerEndsToken: who gave a permission takes it back; nobody else does.
func TestConsumerEndsToken(t *testing.T) {
	w := newWorld(t)
	id, _ := pay.ParseID[pay.CustomerTokenID](pay.PrefixCustomerToken, w.customer)
	clara := try(w.app.ConsumerByEmail(t.Context(), "clara@example.org"))(t)
	anna := try(w.app.ConsumerByEmail(t.Context(), "anna@example.org"))(t)
	if err := w.app.CancelCustomerToken(t.Context(), app.Actor{Consumer: anna}, app.Key{}, id); err == nil {
		t.Error("somebody else ended it")
	}
	mine := try(w.app.CustomerTokens(t.Context(), app.Actor{Consumer: clara}))(t)
	if len(mine) != 1 || mine[0].Terms.Description != "Socken-Abo" || mine[0].Shop != "shop" || mine[0].Token.Status != pay.TokenActive {
		t.Errorf("Clara's permissions: %+v", mine)
	}
	if err := w.app.CancelCustomerToken(t.Context(), app.Actor{Consumer: clara}, app.Key{}, id); err != nil {
		t.Fatal(err)
	}
	if m := w.must(t, 200, "GET", w.tokenPath(""), ""); m["status"] != "CANCELLED" {
		t.Errorf("token %v", m)
	}
	w.must(t, 403, "POST", w.tokenPath("/order"), goodTokenOrder)
}

// TestStormOfTokenOrders: the same recurring order, asked for many times at once, is placed once.
func TestStormOfTokenOrders(t *testing.T) {
	w := newWorld(t)
	ids := make([]string, 20)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() { ids[i] = w.call("POST", w.tokenPath("/order"), goodTokenOrder).Body.String() })
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] || !strings.Contains(id, "order_id") {
			t.Errorf("got %s and %s", ids[0], id)
		}
	}
}

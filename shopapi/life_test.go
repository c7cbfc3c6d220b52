package shopapi

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
)

// later turns the clock of the world forwards.
func (w *world) later(by pay.Micros) { w.app.Clock.Turn(w.app.Clock.Now() + by) }

const minute pay.Micros = 60 * 1e6

func TestTokenLivesAnHour(t *testing.T) {
	w := newWorld(t)
	path := "/payments/v1/authorizations/" + w.unused
	w.later(59 * minute)
	w.must(t, 200, "POST", path+"/order", bobCart(t))
	w.must(t, 404, "DELETE", path, "") // used
	w.must(t, 200, "POST", path+"/order", bobCart(t))

	w = newWorld(t)
	w.later(61 * minute)
	if m := w.must(t, 404, "POST", "/payments/v1/authorizations/"+w.unused+"/order", bobCart(t)); m["error_code"] != "NOT_FOUND" {
		t.Errorf("got %v", m)
	}
}

func TestReleasedTokenIsGone(t *testing.T) {
	w := newWorld(t)
	path := "/payments/v1/authorizations/" + w.unused
	w.must(t, 204, "DELETE", path, "")
	w.must(t, 404, "POST", path+"/order", bobCart(t))
	w.must(t, 204, "DELETE", path, "") // again changes nothing
}

func TestSessionLivesTwoDays(t *testing.T) {
	w := newWorld(t)
	unconfirmed := w.must(t, 200, "POST", "/payments/v1/sessions", goodCart)["session_id"].(string)
	w.later(49 * 60 * minute)
	w.must(t, 404, "POST", "/payments/v1/sessions/"+w.open, `{"merchant_reference1":"late"}`)
	w.must(t, 404, "GET", "/payments/v1/sessions/"+unconfirmed, "")
	w.must(t, 200, "GET", "/payments/v1/sessions/"+w.session, "") // it became an order
	w.must(t, 404, "POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/`+w.open+`"}`)
}

func TestAutoCapture(t *testing.T) {
	w := newWorld(t)
	body := strings.TrimSuffix(bobCart(t), "}") + `,"auto_capture":true}`
	w.order = w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.unused+"/order", body)["order_id"].(string)
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["status"] != "CAPTURED" || o["captured_amount"] != 5950.0 {
		t.Errorf("order %v", o)
	}
}

func TestCancelAndAfter(t *testing.T) {
	w := newWorld(t)
	w.order = w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.unused+"/order", bobCart(t))["order_id"].(string)
	w.must(t, 403, "POST", w.orderPath("/release-remaining-authorization"), "")
	w.must(t, 204, "POST", w.orderPath("/cancel"), "{}")
	w.must(t, 403, "POST", w.orderPath("/captures"), `{"captured_amount":1}`)
	w.must(t, 403, "PATCH", w.orderPath("/merchant-references"), `{"merchant_reference1":"x"}`)
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["status"] != "CANCELLED" || o["remaining_authorized_amount"] != 0.0 {
		t.Errorf("order %v", o)
	}
}

func TestReferences(t *testing.T) {
	w := newWorld(t)
	w.must(t, 204, "PATCH", w.orderPath("/merchant-references"), `{"merchant_reference1":"A","merchant_reference2":"B"}`)
	w.must(t, 204, "PATCH", w.orderPath("/merchant-references"), `{"merchant_reference1":null,"merchant_reference2":"C"}`)
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["merchant_reference1"] != "A" || o["merchant_reference2"] != "C" {
		t.Errorf("references %v %v", o["merchant_reference1"], o["merchant_reference2"])
	}
}

// TestStormOfCaptures: many callers at once, with one key and with none, take exactly what the order has.
func TestStormOfCaptures(t *testing.T) {
	w := newWorld(t) // 2950 are left
	answers := make([]*httptest.ResponseRecorder, 60)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			var headers []string
			if i%2 == 0 {
				headers = []string{"Klarna-Idempotency-Key", "one"}
			}
			answers[i] = w.call("POST", w.orderPath("/captures"), `{"captured_amount":100}`, headers...)
		})
	}
	group.Wait()
	ids, codes := map[string]bool{}, map[string]int{}
	for i, a := range answers {
		codes[fmt.Sprint(i%2, " ", a.Code)]++
		if a.Code == 201 {
			ids[a.Header().Get("Capture-Id")] = true
		}
	}
	o := w.must(t, 200, "GET", w.orderPath(""), "")
	if o["captured_amount"] != 3000.0+100*float64(len(ids)) || o["remaining_authorized_amount"].(float64) < 0 {
		t.Errorf("%d captures answered, order has %v", len(ids), o["captured_amount"])
	}
	if len(ids) != 29 {
		t.Errorf("%d captures of 100 were made of 2950: %v", len(ids), codes)
	}
}

// TestStormOfOrders: one token makes one order, however often and however fast it is asked for.
func TestStormOfOrders(t *testing.T) {
	w := newWorld(t)
	ids := make([]string, 20)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			ids[i] = w.call("POST", "/payments/v1/authorizations/"+w.unused+"/order", bobCart(t)).Body.String()
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] || !strings.Contains(id, "order_id") {
			t.Errorf("got %s and %s", ids[0], id)
		}
	}
}

// TestMerchantsOwnMarket: a merchant sells where its contract says, and only once it is active.
func TestMerchantsOwnMarket(t *testing.T) {
	w := newWorld(t)
	for patch, field := range map[string]string{
		`{"purchase_country":"FR"}`:                           "purchase_country",
		`{"purchase_currency":"SEK"}`:                         "purchase_currency",
		`{"purchase_country":"US","purchase_currency":"USD"}`: "purchase_c",
	} {
		m := w.must(t, 400, "POST", "/payments/v1/sessions", patched(t, patch))
		if text := m["error_messages"].([]any)[0].(string); !strings.HasPrefix(text, "Bad value: "+field) {
			t.Errorf("%s: %s", patch, text)
		}
	}
	_, secret, err := w.app.CreateMerchant(t.Context(), app.System, pay.Merchant{Name: "new", Status: pay.MerchantPending, Mode: pay.ModeTest, Market: "DE", Currency: "EUR"}, "new")
	if err != nil {
		t.Fatal(err)
	}
	if m := w.must(t, 403, "POST", "/payments/v1/sessions", goodCart, "Authorization", basic("new", secret)); m["error_code"] != "MERCHANT_INACTIVE" {
		t.Errorf("a pending merchant: %v", m)
	}
}

// TestHostedPage walks the redirect flow: the page places the order itself and says so to the shop.
func TestHostedPage(t *testing.T) {
	w := newWorld(t)
	made := w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"https://api.example.com/payments/v1/sessions/`+w.open+`",
		"merchant_urls":{"success":"https://shop.test/ok?o={{order_id}}&s={{session_id}}","status_update":"https://shop.test/u"},"options":{"place_order_mode":"CAPTURE_ORDER"}}`)
	id := made["session_id"].(string)
	path := "/hpp/v1/sessions/" + id
	if made["session_url"] != testBase+path || !strings.HasPrefix(made["redirect_url"].(string), testBase+"/") {
		t.Errorf("made %v", made)
	}
	if p := w.must(t, 200, "GET", path, ""); p["status"] != "WAITING" || p["order_id"] != nil {
		t.Errorf("new page %v", p)
	}
	page, _ := pay.ParseID[pay.PageID](pay.PrefixPage, id)
	token, _ := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, w.unused)
	back, err := w.app.CompletePage(t.Context(), page, token)
	if err != nil {
		t.Fatal(err)
	}
	p := w.must(t, 200, "GET", path, "")
	w.order = p["order_id"].(string)
	if p["status"] != "COMPLETED" || p["authorization_token"] != w.unused || back != "https://shop.test/ok?o="+w.order+"&s="+id {
		t.Errorf("completed page %v, back to %s", p, back)
	}
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["status"] != "CAPTURED" || o["klarna_reference"] != p["klarna_reference"] {
		t.Errorf("order %v", o)
	}
	w.must(t, 400, "DELETE", path, "")
	w.must(t, 204, "DELETE", "/hpp/v1/sessions/"+w.page, "")
	if p := w.must(t, 200, "GET", "/hpp/v1/sessions/"+w.page, ""); p["status"] != "DISABLED" {
		t.Errorf("ended page %v", p)
	}
}

func TestPageBadValues(t *testing.T) {
	w := newWorld(t)
	good := `"payment_session_url":"/payments/v1/sessions/` + w.open + `"`
	for body, field := range map[string]string{
		`{}`:                                     "payment_session_url",
		`{"payment_session_url":5}`:              "payment_session_url",
		`{` + good + `,"options":["PAY_LATER"]}`: "options",
		`{` + good + `,"options":{"purchase_type":"STEAL"}}`:                       "options.purchase_type",
		`{` + good + `,"options":{"show_subtotal_detail":"SHOW"}}`:                 "options.show_subtotal_detail",
		`{` + good + `,"options":{"place_order_mode":"LATER"}}`:                    "options.place_order_mode",
		`{` + good + `,"options":{"payment_method_categories":["PAY_LATER","X"]}}`: "options.payment_method_categories[1]",
		`{` + good + `,"merchant_urls":{"success":"data:text/html,x"}}`:            "merchant_urls.success",
	} {
		if m := w.must(t, 400, "POST", "/hpp/v1/sessions", body); m["error_messages"].([]any)[0] != "Bad value: "+field {
			t.Errorf("%s: %v", body, m["error_messages"])
		}
	}
	for _, url := range []string{"https://x.test/payments/v1/sessions/nope", "::::", "https://x.test", "%zz"} {
		w.must(t, 404, "POST", "/hpp/v1/sessions", `{"payment_session_url":"`+url+`"}`)
	}
}

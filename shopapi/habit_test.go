package shopapi

import (
	"bytes"
	"encoding/json"
	"image/png"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
)

// TestDefaultsAreRead: what a shop left out and clients read without asking is there, with its default.
func TestDefaultsAreRead(t *testing.T) {
	w := newWorld(t)
	s := w.must(t, 200, "GET", "/payments/v1/sessions/"+w.open, "")
	if s["intent"] != "buy" || s["acquiring_channel"] != "ECOMMERCE" {
		t.Errorf("session %v", s)
	}
	id := w.must(t, 200, "POST", "/payments/v1/sessions", patched(t, `{"intent":"buy_and_tokenize","acquiring_channel":"TELESALES"}`))["session_id"].(string)
	if s := w.must(t, 200, "GET", "/payments/v1/sessions/"+id, ""); s["intent"] != "buy_and_tokenize" || s["acquiring_channel"] != "TELESALES" {
		t.Errorf("session %v", s)
	}
	o := w.must(t, 200, "GET", w.orderPath(""), "")
	if billing, shipping := encode(o["billing_address"]), encode(o["shipping_address"]); !bytes.Equal(billing, shipping) || string(billing) == "null" {
		t.Errorf("goods go to %s, the invoice to %s", shipping, billing)
	}
}

// TestCompleteSessionStays: a shop that changes the cart of a purchase that is over learns that it needs another session.
func TestCompleteSessionStays(t *testing.T) {
	w := newWorld(t)
	before := w.must(t, 200, "GET", "/payments/v1/sessions/"+w.session, "")
	m := w.must(t, 404, "POST", "/payments/v1/sessions/"+w.session, `{"merchant_reference1":"late"}`)
	if m["error_code"] != "SESSION_COMPLETED" {
		t.Errorf("answer %v", m)
	}
	if after := w.must(t, 200, "GET", "/payments/v1/sessions/"+w.session, ""); !bytes.Equal(encode(before), encode(after)) {
		t.Errorf("session before %s, after %s", encode(before), encode(after))
	}
}

// TestShipmentInNumbers: the days until goods leave are no negative number; what names a parcel may be sent as a number.
func TestShipmentInNumbers(t *testing.T) {
	w := newWorld(t)
	if m := w.must(t, 400, "POST", w.orderPath("/captures"), `{"captured_amount":1,"shipping_delay":-1}`); m["error_messages"].([]any)[0] != "Bad value: shipping_delay" {
		t.Errorf("answer %v", m)
	}
	w.must(t, 201, "POST", w.orderPath("/captures"), `{"captured_amount":1,"shipping_delay":3,"reference":17,"shipping_info":[{"tracking_number":34043494,"shipping_company":"Post"}]}`)
	var list []map[string]any
	if err := json.Unmarshal(w.call("GET", w.orderPath("/captures"), "").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[1]["reference"] != "17" || list[1]["shipping_info"].([]any)[0].(map[string]any)["tracking_number"] != "34043494" {
		t.Errorf("captures %v", list)
	}
}

// TestPageToScan: a shop can show the page's address as a picture; it opens for everybody whom the shop shows it to.
func TestPageToScan(t *testing.T) {
	w := newWorld(t)
	made := w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/`+w.open+`"}`)
	module := made["distribution_module"].(map[string]any)
	if module["standalone_url"] != made["redirect_url"] || module["generation_url"] != made["qr_code_url"] || module["token"] != made["session_id"] {
		t.Errorf("distribution %v of %v", module, made)
	}
	path, ours := strings.CutPrefix(made["qr_code_url"].(string), testBase)
	rec := w.call("GET", path, "", "Authorization", "")
	if picture, err := png.Decode(rec.Body); !ours || rec.Code != 200 || rec.Header().Get("Content-Type") != "image/png" || err != nil || picture.Bounds().Dx() < 100 {
		t.Errorf("%s: %d %v %v", path, rec.Code, rec.Header(), err)
	}
	for _, path := range []string{"/hpp/v1/sessions/nope/qr.png", "/hpp/v1/sessions/qr.png/qr.png", path + "/x"} {
		if rec := w.call("GET", path, ""); rec.Code != 404 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if rec := w.call("POST", path, ""); rec.Code != 404 {
		t.Errorf("POST to a picture: %d", rec.Code)
	}
}

// TestConfirmedElsewhere: a buyer confirms by the client token, and the hosted page over the session is done all the same.
func TestConfirmedElsewhere(t *testing.T) {
	w := newWorld(t)
	for mode, want := range map[string]string{"NONE": "", "PLACE_ORDER": "AUTHORIZED", "CAPTURE_ORDER": "CAPTURED"} {
		session := w.must(t, 200, "POST", "/payments/v1/sessions", strings.ReplaceAll(bobCart(t), "bob@", strings.ToLower(mode)+"@"))
		page := w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/`+session["session_id"].(string)+`","options":{"place_order_mode":"`+mode+`"}}`)
		path := "/hpp/v1/sessions/" + page["session_id"].(string)
		confirm := func(free int64) *app.AuthorizeAnswer {
			id, _ := pay.ParseID[pay.SessionID](pay.PrefixSession, session["session_id"].(string))
			return try(w.app.Confirm(t.Context(), id, session["client_token"].(string),
				app.AuthorizeRequest{Method: "invoice_30", Consent: true, EmailCode: "000000", MonthlyFree: &free}))(t)
		}
		if ans := confirm(0); ans.Approved {
			t.Fatalf("nothing is free, and yet: %+v", ans)
		}
		if p := w.must(t, 200, "GET", path, ""); p["status"] != "FAILED" || p["authorization_token"] != nil {
			t.Errorf("%s: after a refusal %v", mode, p)
		}
		ans := confirm(80000)
		p := w.must(t, 200, "GET", path, "")
		if p["status"] != "COMPLETED" || p["authorization_token"] != pay.Bare(ans.Token) || (p["order_id"] == nil) != (want == "") {
			t.Errorf("%s: %+v, then %v", mode, ans, p)
		}
		if want != "" {
			if o := w.must(t, 200, "GET", "/ordermanagement/v1/orders/"+p["order_id"].(string), ""); o["status"] != want {
				t.Errorf("%s: order %v", mode, o["status"])
			}
		}
	}
}

// TestStrangersOrderFirst: another shop learns nothing from a capture's id that is none, not even that the order is there.
func TestStrangersOrderFirst(t *testing.T) {
	w := newWorld(t)
	for _, e := range []endpoint{{"POST", "/trigger-send-out", "", 0}, {"GET", "/extend-due-date-options", "", 0}, {"PATCH", "/extend-due-date", `{"number_of_days":14}`, 0},
		{"POST", "/shipping-info", `{"shipping_info":[]}`, 0}, {"GET", "", "", 0}} {
		path := w.orderPath("/captures/6f9619ff-8b86-4d01-b42d-00cf4fc964ff" + e.path)
		if m := w.must(t, 404, e.method, path, e.body); m["error_code"] != "NO_SUCH_CAPTURE" {
			t.Errorf("%s: own order: %v", e.path, m)
		}
		if m := w.must(t, 404, e.method, path, e.body, "Authorization", basic("other", w.secrets["other"])); m["error_code"] != "NO_SUCH_ORDER" {
			t.Errorf("%s: another's order: %v", e.path, m)
		}
	}
}

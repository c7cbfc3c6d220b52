package shopapi

import (
	"context"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/gateway/mail"
)

// letters catches mails.
type letters struct{ sent []mail.Message }

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.sent = append(l.sent, m)
	return nil
}

// work does all jobs that are due and returns the mails.
func (w *world) work(t testing.TB) []mail.Message {
	t.Helper()
	var l letters
	worker := &app.Worker{App: w.app, Handlers: w.app.Handlers(&l, "Zahlziel <post@zahlziel.test>"), Owner: "test"}
	if _, err := worker.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l.sent
}

// audit proves the books.
func (w *world) audit(t testing.TB) {
	t.Helper()
	if _, err := w.app.Audit(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// count asks the database for one number.
func (w *world) count(t testing.TB, query string, args ...any) (n int64) {
	t.Helper()
	if err := w.app.DB.SQL().QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// scene is one call of a scenario: what is sent, and what must come and become of the order.
type scene struct {
	method, path, body string
	status             int
	code               string // of the error
	order              string // name=value pairs of the order afterwards
}

// play makes the calls of a scenario on the world's order.
func (w *world) play(t testing.TB, scenes []scene) {
	t.Helper()
	for _, s := range scenes {
		before := w.must(t, 200, "GET", w.orderPath(""), "")
		m := w.must(t, s.status, s.method, w.orderPath(s.path), s.body)
		if m["error_code"] != nil && m["error_code"] != s.code || m["error_code"] == nil && s.code != "" {
			t.Errorf("%s %s %s: error %v, want %q", s.method, s.path, s.body, m["error_code"], s.code)
		}
		after := w.must(t, 200, "GET", w.orderPath(""), "")
		if s.status >= 400 && string(encode(before)) != string(encode(after)) {
			t.Errorf("%s %s %s was refused and changed the order:\n%s\n%s", s.method, s.path, s.body, encode(before), encode(after))
		}
		for _, pair := range strings.Fields(s.order) {
			name, want, _ := strings.Cut(pair, "=")
			if got := string(encode(after[name])); strings.Trim(got, `"`) != want {
				t.Errorf("after %s %s %s: %s is %s, want %s", s.method, s.path, s.body, name, got, want)
			}
		}
	}
}

// TestUpdateAuthorization: less needs no decision, more does; lines add up; nothing below what is captured.
func TestUpdateAuthorization(t *testing.T) {
	w := newWorld(t) // 5950, of which 3000 are captured
	const path = "/authorization"
	lines := `,"order_lines":[{"name":"Schuhe","quantity":1,"unit_price":7000,"tax_rate":1900,"total_amount":7000,"total_tax_amount":1118}]`
	w.play(t, []scene{
		{"PATCH", path, `{}`, 400, "BAD_VALUE", ""},
		{"PATCH", path, `{"order_amount":"7000"}`, 400, "BAD_VALUE", ""},
		{"PATCH", path, `{"order_amount":7001` + lines + `}`, 400, "BAD_VALUE", ""},
		{"PATCH", path, `{"order_amount":200000001}`, 400, "BAD_VALUE", ""},
		{"PATCH", path, `{"order_amount":2999}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", path, `{"order_amount":0}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", path, `{"order_amount":150000000}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", path, `{"order_amount":7000` + lines + `,"description":"one more"}`, 204, "", "order_amount=7000 original_order_amount=5950 remaining_authorized_amount=4000"},
		{"PATCH", path, `{"order_amount":5000}`, 204, "", "order_amount=5000 remaining_authorized_amount=2000 status=PART_CAPTURED"},
		{"POST", "/captures", `{"captured_amount":2001}`, 403, "CAPTURE_NOT_ALLOWED", ""},
		{"PATCH", path, `{"order_amount":3000}`, 204, "", "remaining_authorized_amount=0 status=CAPTURED"},
		{"PATCH", path, `{"order_amount":3100}`, 403, "NOT_ALLOWED", ""},
	})
	if n := w.count(t, "SELECT COUNT(*) FROM decisions WHERE kind = 'update' AND approved = 1"); n != 1 {
		t.Errorf("%d decisions for more were approved, want 1", n)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM decisions WHERE kind = 'update' AND approved = 0"); n != 1 {
		t.Errorf("%d refusals of more are on record, want 1", n)
	}
	if mails := w.work(t); len(mails) == 0 || !strings.Contains(mails[len(mails)-1].Text+mails[0].Text, "70,00") {
		t.Errorf("the buyer was not told of 70 euros: %+v", mails)
	}
	// The order restated with the token that made it is still that order.
	if placed := w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.token+"/order", goodCart); placed["order_id"] != w.order {
		t.Errorf("another order: %v", placed)
	}
	if r, err := w.app.ReplayDecisions(t.Context(), 0, nil); err != nil {
		t.Errorf("replay: %v %v", r, err)
	}
	w.audit(t)
}

const day = 24 * 60 * minute

// TestExtendAuthorizationTime: 28 days from now, 180 days in all, once a day, and not after the end.
func TestExtendAuthorizationTime(t *testing.T) {
	w := newWorld(t)
	const path = "/extend-authorization-time"
	w.play(t, []scene{{"POST", path, "", 204, "", "expires_at=2026-12-21T11:00:00.000Z"}})
	w.later(2 * day)
	w.play(t, []scene{{"POST", path, "", 204, "", "expires_at=2026-12-23T11:00:00.000Z"}})
	w.later(60 * minute)
	w.play(t, []scene{{"POST", path, "{}", 204, "", "expires_at=2026-12-23T11:00:00.000Z"}})
	for range 6 {
		w.later(27 * day)
		w.play(t, []scene{{"POST", path, "", 204, "", ""}})
	}
	w.play(t, []scene{{"GET", "", "", 200, "", "expires_at=2027-05-22T11:00:00.000Z"}}) // 180 days after 23 November
	w.later(5 * day)
	w.play(t, []scene{{"POST", path, "", 403, "NOT_ALLOWED", ""}, {"POST", "/captures", `{"captured_amount":100}`, 201, "", "status=PART_CAPTURED"}})
	w.later(20 * day)
	w.play(t, []scene{
		{"GET", "", "", 200, "", "status=EXPIRED remaining_authorized_amount=0 captured_amount=3100"},
		{"POST", path, "", 403, "NOT_ALLOWED", ""},
		{"POST", "/captures", `{"captured_amount":100}`, 403, "CAPTURE_NOT_ALLOWED", ""},
		{"PATCH", "/authorization", `{"order_amount":4000}`, 403, "NOT_ALLOWED", ""},
		{"POST", "/refunds", `{"refunded_amount":100}`, 201, "", "refunded_amount=150 status=EXPIRED"},
	})
}

// TestExtendDueDate: the shop chooses, pays, and the buyer gets a new request with the new day.
func TestExtendDueDate(t *testing.T) {
	w := newWorld(t)
	w.work(t)
	k := "/captures/" + w.capture
	if o := string(encode(w.must(t, 200, "GET", w.orderPath(k+"/extend-due-date-options"), ""))); o !=
		`{"currency":"EUR","options":[{"amount":110,"number_of_days":14},{"amount":125,"number_of_days":30},{"amount":154,"number_of_days":60}]}` {
		t.Errorf("options %s", o) // 0.95 and 0.5, 1 or 2 percent of 29.50
	}
	before := w.count(t, "SELECT due_day FROM invoices WHERE capture_id = $1", "cap_"+w.capture)
	w.play(t, []scene{
		{"PATCH", k + "/extend-due-date", `{}`, 400, "BAD_VALUE", ""},
		{"PATCH", k + "/extend-due-date", `{"number_of_days":0}`, 400, "BAD_VALUE", ""},
		{"PATCH", k + "/extend-due-date", `{"number_of_days":15}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", k + "/extend-due-date", `{"number_of_days":60}`, 204, "", ""},
		{"PATCH", k + "/extend-due-date", `{"number_of_days":60}`, 403, "NOT_ALLOWED", ""}, // 150 days in all
	})
	after := w.count(t, "SELECT due_day FROM invoices WHERE capture_id = $1", "cap_"+w.capture)
	if after-before < 60 || after-before > 64 {
		t.Errorf("the due day moved by %d days", after-before)
	}
	w.audit(t)
	mails := w.work(t)
	if len(mails) != 1 || len(mails[0].Attachments) != 1 || mails[0].To != "anna@example.org" {
		t.Errorf("mails %+v", mails)
	}
	if fee := w.count(t, "SELECT amount FROM payout_items WHERE event = 'extend_due_date_fee'"); fee != -154 {
		t.Errorf("the shop pays %d", fee)
	}
	w.must(t, 201, "POST", w.orderPath("/refunds"), `{"refunded_amount":2950}`)
	if o := string(encode(w.must(t, 200, "GET", w.orderPath(k+"/extend-due-date-options"), ""))); o != `{"currency":"EUR","options":[]}` {
		t.Errorf("options of a settled capture: %s", o)
	}
	w.play(t, []scene{{"PATCH", k + "/extend-due-date", `{"number_of_days":14}`, 403, "NOT_ALLOWED", ""}, {"POST", k + "/trigger-send-out", "", 403, "NOT_ALLOWED", ""}})
	w.audit(t)
}

// TestTriggerSendOut: the request is mailed again with its paper, once a day.
func TestTriggerSendOut(t *testing.T) {
	w := newWorld(t)
	w.work(t)
	path := w.orderPath("/captures/" + w.capture + "/trigger-send-out")
	w.must(t, 204, "POST", path, "")
	w.must(t, 204, "POST", path, "{}")
	if mails := w.work(t); len(mails) != 1 || len(mails[0].Attachments) != 1 || !strings.Contains(mails[0].Text, "29,50") {
		t.Errorf("mails %+v", mails)
	}
	w.must(t, 204, "POST", path, "")
	if mails := w.work(t); len(mails) != 0 {
		t.Errorf("mailed again on the same day: %+v", mails)
	}
}

// TestCustomerDetails: only where the goods go may change, and only to an address that is one.
func TestCustomerDetails(t *testing.T) {
	w := newWorld(t)
	const path = "/customer-details"
	good := `{"given_name":"Anna","family_name":"Muster","street_address":"Platz 9","postal_code":"50667","city":"Köln","country":"DE"}`
	w.play(t, []scene{
		{"PATCH", path, `{}`, 400, "BAD_VALUE", ""},
		{"PATCH", path, `{"shipping_address":"x"}`, 400, "BAD_VALUE", ""},
		{"PATCH", path, `{"billing_address":` + good + `}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", path, `{"shipping_address":` + good + `,"customer":{"date_of_birth":"1980-01-01"}}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", path, `{"shipping_address":{"given_name":"Anna","street_address":"Packstation 101","postal_code":"50667","city":"Köln"}}`, 403, "NOT_ALLOWED", ""},
		{"PATCH", path, `{"shipping_address":{"given_name":"Anna","street_address":"Weg 1","postal_code":"50667","city":"Berlin"}}`, 403, "NOT_ALLOWED", ""},
	})
	w.play(t, []scene{{"PATCH", path, `{"shipping_address":` + good + `}`, 204, "", ""}})
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["shipping_address"].(map[string]any)["street_address"] != "Platz 9" || o["billing_address"].(map[string]any)["street_address"] != "Weg 1" {
		t.Errorf("addresses %v %v", o["shipping_address"], o["billing_address"])
	}
	w.play(t, []scene{{"POST", "/release-remaining-authorization", "", 204, "", "status=CAPTURED"}, {"PATCH", path, `{"shipping_address":` + good + `}`, 403, "NOT_ALLOWED", ""}})
	if placed := w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.token+"/order", goodCart); placed["order_id"] != w.order {
		t.Errorf("another order: %v", placed)
	}
}

// TestShippingInfo: what is told about parcels adds up, on the order and on its captures apart.
func TestShippingInfo(t *testing.T) {
	w := newWorld(t)
	k := "/captures/" + w.capture + "/shipping-info"
	for _, body := range []string{`{}`, `{"shipping_info":{}}`, `{"shipping_info":[1]}`, `{"shipping_info":[{"shipping_method":"Teleport"}]}`} {
		w.play(t, []scene{{"POST", k, body, 400, "BAD_VALUE", ""}, {"POST", "/shipping-info", body, 400, "BAD_VALUE", ""}})
	}
	w.play(t, []scene{
		{"POST", "/shipping-info", `{"shipping_info":[{"tracking_number":"","tracking_uri":""}]}`, 204, "", "shipping_info=null"},
		{"POST", "/shipping-info", `{"shipping_info":[{"tracking_number":"1"}]}`, 204, "", `shipping_info=[{"tracking_number":"1"}]`},
		{"POST", "/shipping-info", `{"shipping_info":[{"tracking_number":"2"}]}`, 204, "", `shipping_info=[{"tracking_number":"1"},{"tracking_number":"2"}]`},
		{"POST", k, `{"shipping_info":[{"shipping_company":"DHL"}]}`, 204, "", ""},
	})
	c := w.must(t, 200, "GET", w.orderPath("/captures/"+w.capture), "")
	if got := string(encode(c["shipping_info"])); got != `[{"shipping_company":"DHL"}]` || c["description"] != "one shoe" {
		t.Errorf("capture %s", encode(c))
	}
}

// TestKeysOfChanges: the same key does a change once; with another body, or for something else, it is a conflict.
func TestKeysOfChanges(t *testing.T) {
	w := newWorld(t)
	k := "/captures/" + w.capture
	for _, c := range []struct{ method, path, first, second string }{
		{"POST", "/captures", `{"captured_amount":10}`, `{"captured_amount":11}`},
		{"POST", "/refunds", `{"refunded_amount":10}`, `{"refunded_amount":11}`},
		{"PATCH", "/authorization", `{"order_amount":6000}`, `{"order_amount":6001}`},
		{"PATCH", "/merchant-references", `{"merchant_reference1":"a"}`, `{"merchant_reference1":"b"}`},
		{"POST", "/shipping-info", `{"shipping_info":[{"tracking_number":"1"}]}`, `{"shipping_info":[{"tracking_number":"2"}]}`},
		{"POST", k + "/shipping-info", `{"shipping_info":[{"tracking_number":"1"}]}`, `{"shipping_info":[{"tracking_number":"2"}]}`},
		{"PATCH", k + "/extend-due-date", `{"number_of_days":14}`, `{"number_of_days":30}`},
	} {
		key := []string{"Klarna-Idempotency-Key", "key of " + c.path}
		if rec := w.call(c.method, w.orderPath(c.path), c.first, key...); rec.Code/100 != 2 {
			t.Fatalf("%s: %d %s", c.path, rec.Code, rec.Body)
		}
		before := w.must(t, 200, "GET", w.orderPath(""), "")
		w.call(c.method, w.orderPath(c.path), c.first, key...)
		if m := w.must(t, 409, c.method, w.orderPath(c.path), c.second, key...); m["error_code"] != "CONFLICT" {
			t.Errorf("%s: %v", c.path, m)
		}
		if after := w.must(t, 200, "GET", w.orderPath(""), ""); string(encode(before)) != string(encode(after)) {
			t.Errorf("%s happened twice", c.path)
		}
	}
	if n := w.count(t, "SELECT COUNT(*) FROM due_extensions"); n != 1 {
		t.Errorf("the due date was moved %d times", n)
	}
	w.later(25 * 60 * minute) // a key is honoured for a day
	w.must(t, 201, "POST", w.orderPath("/captures"), `{"captured_amount":11}`, "Klarna-Idempotency-Key", "key of /captures")
}

// TestCompanies buy only where the shop's contract says so.
func TestCompanies(t *testing.T) {
	w := newWorld(t)
	body := claraCart(t, `{"customer":{"date_of_birth":"1990-05-04","type":"organization","organization_registration_id":"HRB 1"}}`)
	if m := w.must(t, 400, "POST", "/payments/v1/sessions", body); m["error_messages"].([]any)[0] != "Bad value: customer.type" {
		t.Errorf("got %v", m)
	}
	shop := try(w.app.DB.Merchants(t.Context()))(t)
	for _, m := range shop {
		m.Companies = true
		if err := w.app.DB.PutMerchant(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.must(t, 204, "DELETE", "/payments/v1/authorizations/"+w.recurring, "")
	session := w.must(t, 200, "POST", "/payments/v1/sessions", body)["session_id"].(string)
	token := w.authorize(t, session)
	person := claraCart(t, `{}`)
	if m := w.must(t, 409, "POST", "/payments/v1/authorizations/"+token+"/order", person); m["error_messages"].([]any)[0] != "Bad value: customer" {
		t.Errorf("a person orders for the company: %v", m)
	}
	placed := w.must(t, 200, "POST", "/payments/v1/authorizations/"+token+"/order", claraCart(t, `{"customer":null}`))
	if placed["authorized_payment_method"].(map[string]any)["type"] != "b2b_invoice" {
		t.Errorf("placed %v", placed)
	}
	w.order = placed["order_id"].(string)
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["initial_payment_method"].(map[string]any)["type"] != "INVOICE_BUSINESS" {
		t.Errorf("order %v", o)
	}
}

// TestOrderOfAnotherCapture: a capture is found only below its own order.
func TestOrderOfAnotherCapture(t *testing.T) {
	w := newWorld(t)
	first := w.order
	w.order = w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.unused+"/order", bobCart(t))["order_id"].(string)
	for _, e := range []endpoint{
		{"GET", "", "", 0}, {"GET", "/extend-due-date-options", "", 0}, {"PATCH", "/extend-due-date", `{"number_of_days":14}`, 0},
		{"POST", "/trigger-send-out", "", 0}, {"POST", "/shipping-info", `{"shipping_info":[{"tracking_number":"1"}]}`, 0},
	} {
		if m := w.must(t, 404, e.method, w.orderPath("/captures/"+w.capture+e.path), e.body); m["error_code"] != "NO_SUCH_CAPTURE" {
			t.Errorf("%s %s: %v", e.method, e.path, m)
		}
	}
	w.order = strings.Replace(first, first[:4], "0000", 1)
	if m := w.must(t, 404, "POST", w.orderPath("/captures/"+w.capture+"/trigger-send-out"), ""); m["error_code"] != "NO_SUCH_ORDER" {
		t.Errorf("an unknown order: %v", m)
	}
}

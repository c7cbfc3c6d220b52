package shopapi

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"zahlziel/pay"
	"zahlziel/store"
)

// endpoint is one operation as a shop calls it.
type endpoint struct {
	method, path, body string
	status             int
}

// endpoints lists every operation with a request that succeeds in the given world.
func (w *world) endpoints() []endpoint {
	s, a, h, o := "/payments/v1/sessions/"+w.session, "/payments/v1/authorizations/"+w.token, "/hpp/v1/sessions/"+w.page, w.orderPath("")
	k := o + "/captures/" + w.capture
	return []endpoint{
		{"POST", "/payments/v1/sessions", goodCart, 200},
		{"POST", "/payments/v1/sessions/" + w.open, `{"merchant_reference1":"x"}`, 204}, // what was ordered from cannot change
		{"GET", s, "", 200},
		{"POST", a + "/order", goodCart, 200},
		{"DELETE", "/payments/v1/authorizations/" + w.unused, "", 204},
		{"POST", "/payments/v1/authorizations/" + w.recurring + "/customer-token", goodToken, 200},
		{"POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/` + w.open + `","options":{"place_order_mode":"PLACE_ORDER","payment_method_categories":["PAY_LATER","KLARNA"]}}`, 201},
		{"GET", h, "", 200},
		{"POST", h + "/distribution", `{"method":"email","contact_information":{"email":"anna@example.org"},"template":"INSTORE_PURCHASE"}`, 204},
		{"DELETE", h, "", 204},
		{"GET", o, "", 200},
		{"POST", o + "/acknowledge", "", 204},
		{"PATCH", o + "/merchant-references", `{"merchant_reference1":"R-1"}`, 204},
		{"POST", o + "/captures", `{"captured_amount":100,"order_amount":1,"order_tax_amount":0,"shipping_info":[{"tracking_number":"","tracking_uri":""}]}`, 201},
		{"GET", o + "/captures", "", 200},
		{"GET", o + "/captures/" + w.capture, "", 200},
		{"POST", o + "/refunds", `{"refunded_amount":10}`, 201},
		{"GET", o + "/refunds/" + w.refund, "", 200},
		{"PATCH", o + "/authorization", `{"order_amount":5950,"description":"as before"}`, 204},
		{"POST", o + "/extend-authorization-time", "", 204},
		{"PATCH", o + "/customer-details", `{"shipping_address":{"given_name":"Anna","family_name":"Muster","street_address":"Platz 9","postal_code":"50667","city":"Köln","country":"DE"}}`, 204},
		{"POST", o + "/shipping-info", `{"shipping_info":[{"shipping_company":"DHL","tracking_number":"00340434"}]}`, 204},
		{"POST", k + "/shipping-info", `{"shipping_info":[{"shipping_method":"Home","tracking_uri":"https://dhl.test/1"}]}`, 204},
		{"POST", k + "/trigger-send-out", "", 204},
		{"GET", k + "/extend-due-date-options", "", 200},
		{"PATCH", k + "/extend-due-date", `{"number_of_days":14}`, 204},
		{"POST", o + "/release-remaining-authorization", "", 204},
		{"POST", o + "/cancel", "", 403},
		{"GET", "/customer-token/v1/tokens/" + w.customer, "", 200},
		{"POST", "/customer-token/v1/tokens/" + w.customer + "/order", goodTokenOrder, 200},
		{"PATCH", "/customer-token/v1/tokens/" + w.customer + "/status", `{"status":"CANCELLED"}`, 202},
	}
}

func TestEveryOperation(t *testing.T) {
	w := newWorld(t)
	list := w.endpoints()
	if len(list) != len(operations) {
		t.Fatalf("%d operations are tried, %d exist", len(list), len(operations))
	}
	for _, e := range list {
		rec := w.call(e.method, e.path, e.body)
		if rec.Code != e.status {
			t.Errorf("%s %s: got %d, want %d: %s", e.method, e.path, rec.Code, e.status, rec.Body)
		}
		checkAnswer(t, e, rec)
	}
	if m := w.must(t, 404, "POST", "/payments/v1/sessions/"+w.session, `{"merchant_reference1":"y"}`); m["error_code"] != "SESSION_COMPLETED" {
		t.Errorf("changing a complete session: %v", m)
	}
}

// checkAnswer checks what every answer obeys.
func checkAnswer(t *testing.T, e endpoint, rec *httptest.ResponseRecorder) {
	t.Helper()
	h, body := rec.Header(), rec.Body.String()
	if len(h.Get("Klarna-Correlation-Id")) != 36 || !strings.Contains(h.Get("Cache-Control"), "no-store") {
		t.Errorf("%s %s: headers %v", e.method, e.path, h)
	}
	if strings.Contains(body, "null") {
		t.Errorf("%s %s prints null: %s", e.method, e.path, body)
	}
	switch rec.Code {
	case 201:
		if strings.HasPrefix(e.path, "/ordermanagement") && (body != "" || !strings.HasPrefix(h.Get("Location"), testBase+"/ordermanagement/v1/orders/") || h.Get("Capture-Id")+h.Get("Refund-Id") == "") {
			t.Errorf("%s %s: body %q, headers %v", e.method, e.path, body, h)
		}
	case 202, 204:
		if body != "" {
			t.Errorf("%s %s: 204 with a body", e.method, e.path)
		}
	case 200:
	default:
		var wire wireError
		if err := json.Unmarshal(rec.Body.Bytes(), &wire); err != nil || wire.Code == "" || len(wire.Messages) != 1 || wire.CorrelationID != h.Get("Klarna-Correlation-Id") {
			t.Errorf("%s %s: error body %s", e.method, e.path, body)
		}
	}
}

// TestNobodyElse tries every operation without credentials, with wrong ones, and as another merchant.
func TestNobodyElse(t *testing.T) {
	w := newWorld(t)
	before := w.fingerprint(t)
	for _, e := range w.endpoints() {
		for _, header := range []string{"", "Basic", "Bearer x", "Basic eDp5", "Basic c2hvcDp3cm9uZw==", "Basic c2hvcDo="} {
			rec := w.call(e.method, e.path, e.body, "Authorization", header)
			if rec.Code != 401 || rec.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with %q: got %d", e.method, e.path, header, rec.Code)
			}
			checkAnswer(t, e, rec)
		}
		if e.path == "/payments/v1/sessions" {
			continue // every merchant may open one
		}
		rec := w.call(e.method, e.path, e.body, "Authorization", basic("other", w.secrets["other"]))
		if rec.Code != 404 {
			t.Errorf("%s %s as another merchant: got %d %s", e.method, e.path, rec.Code, rec.Body)
		}
		checkAnswer(t, e, rec)
	}
	if w.fingerprint(t) != before {
		t.Error("a stranger changed something")
	}
}

func basic(user, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
}

// TestUnknownIDs: whatever stands in place of an id is answered like an id that does not exist.
func TestUnknownIDs(t *testing.T) {
	w := newWorld(t)
	codes := map[string]string{w.session: "NOT_FOUND", w.open: "NOT_FOUND", w.token: "NOT_FOUND", w.unused: "NOT_FOUND", w.page: "NOT_FOUND", w.order: "NO_SUCH_ORDER", w.capture: "NO_SUCH_CAPTURE", w.refund: "NOT_FOUND", w.recurring: "NOT_FOUND", w.customer: "NOT_FOUND"}
	strangers := []string{"x", "0191d2e0-0000-7007-8000-000000000000", "ord_" + w.capture, "%00", "..", "ses_1", strings.Repeat("a", 5000)}
	for _, e := range w.endpoints() {
		for id, code := range codes {
			if !strings.Contains(e.path, id) || id == w.order && strings.Count(e.path, "/") > 5 {
				continue
			}
			for _, stranger := range strangers {
				rec := w.call(e.method, strings.Replace(e.path, id, stranger, 1), e.body)
				if rec.Code != 404 || !strings.Contains(rec.Body.String(), `"`+code+`"`) {
					t.Errorf("%s %s with %.40q: got %d %s", e.method, e.path, stranger, rec.Code, rec.Body)
				}
			}
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	w := newWorld(t)
	cases := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 418, ""},
		{"GET", "/portal/payments", 418, ""},
		{"GET", "/payments", 404, ""},
		{"GET", "/payments/v2/sessions", 404, ""},
		{"GET", "/ordermanagement/v1/orders", 404, ""},
		{"PUT", "/payments/v1/sessions/" + w.session, 405, "POST, GET"},
		{"GET", "/payments/v1/sessions", 405, "POST"},
		{"GET", "//payments/v1//sessions/" + w.session, 200, ""},
		{"GET", "/payments/v1/sessions/" + w.session + "/", 200, ""},
		{"HEAD", "/payments/v1/sessions/" + w.session, 200, ""},
		{"GET", "/payments/v1/../v1/sessions/" + w.session, 404, ""},
	}
	for _, c := range cases {
		rec := w.call(c.method, c.path, "")
		if rec.Code != c.status || rec.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: got %d, Allow %q: %s", c.method, c.path, rec.Code, rec.Header().Get("Allow"), rec.Body)
		}
		if rec.Code == 404 || rec.Code == 405 {
			checkAnswer(t, endpoint{c.method, c.path, "", 0}, rec)
		}
	}
}

// withBody are the operations that read a body.
func (w *world) withBody() []endpoint {
	var list []endpoint
	for _, e := range w.endpoints() {
		if e.body != "" {
			list = append(list, e)
		}
	}
	return list
}

// TestBadBodies sends what is no JSON, or not an object, to every operation that reads one: 400, and nothing changes.
func TestBadBodies(t *testing.T) {
	w := newWorld(t)
	before := w.fingerprint(t)
	bodies := map[string]string{"empty": " ", "array": "[]", "number": "1", "text": `"x"`, "twice": `{"order_amount":1,"order_amount":2}`,
		"trailing": "{}x", "utf-8": "{\"a\":\"\xc3\"}", "deep": strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)}
	for _, name := range suiteFiles(t, "n") {
		bodies[filepath.Base(name)] = string(readFile(t, name))
		// The same broken value inside an otherwise good request.
		bodies["in "+filepath.Base(name)] = strings.TrimSuffix(goodCart, "}") + `,"merchant_data":` + string(readFile(t, name)) + `}`
	}
	for name, body := range bodies {
		for _, e := range w.withBody() {
			if body == "" || strings.HasPrefix(name, "in ") && json.Valid([]byte(body)) {
				continue // a broken document can be sound inside another
			}
			rec := w.call(e.method, e.path, body)
			if rec.Code != 400 {
				t.Errorf("%s %s with %s: got %d %s", e.method, e.path, name, rec.Code, rec.Body)
			}
			checkAnswer(t, e, rec)
		}
	}
	for _, e := range w.withBody() {
		rec := w.call(e.method, e.path, `{"merchant_data":"`+strings.Repeat("x", bodyBytesMax)+`"}`)
		if rec.Code != 413 || !strings.Contains(rec.Body.String(), "REQUEST_TOO_LARGE") {
			t.Errorf("%s %s with 1 MB: got %d", e.method, e.path, rec.Code)
		}
	}
	if w.fingerprint(t) != before {
		t.Error("a bad body changed something")
	}
}

// TestWrongTypes puts a value of every other type in place of each member of each request.
func TestWrongTypes(t *testing.T) {
	w := newWorld(t)
	for _, e := range w.withBody() {
		var members map[string]any
		if err := json.Unmarshal([]byte(e.body), &members); err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for name := range members {
			known[name] = name != "order_tax_amount" && name != "order_amount" || strings.Contains(e.path, "payments")
		}
		for name, good := range members {
			for _, wrong := range []any{"x", 1, true, map[string]any{}, []any{true}} {
				if strings.Contains(name, "reference") && wrong == 1 {
					continue // a number may be a reference
				}
				if !known[name] || fmt.Sprintf("%T", wrong) == fmt.Sprintf("%T", good) || fmt.Sprintf("%T", good) == "float64" && wrong == 1 {
					continue
				}
				members[name] = wrong
				rec := w.call(e.method, e.path, string(encode(members)))
				members[name] = good
				if rec.Code != 400 || !strings.Contains(rec.Body.String(), "Bad value: "+name) {
					t.Errorf("%s %s with %s = %v: got %d %s", e.method, e.path, name, wrong, rec.Code, rec.Body)
				}
			}
		}
	}
}

// TestNaughtyStrings sends strings that break careless programs through every text and wants them back unchanged.
func TestNaughtyStrings(t *testing.T) {
	suiteFiles(t, "y") // skips where the data is missing
	var naughty []string
	if err := json.Unmarshal(readFile(t, "../../shared/data/security/blns.json"), &naughty); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, s := range naughty {
		short := []rune(s)
		if len(short) > 99 {
			short = short[:99]
		}
		text := string(short)
		body := patched(t, string(encode(map[string]any{"merchant_data": text, "merchant_reference1": text, "billing_address": map[string]any{"given_name": text, "city": text}})))
		rec := w.call("POST", "/payments/v1/sessions", body)
		if strings.Contains(text, "\x00") && rec.Code == 400 {
			continue
		}
		if rec.Code != 200 {
			t.Errorf("%q: got %d %s", text, rec.Code, rec.Body)
			continue
		}
		var made sessionCreated
		if err := json.Unmarshal(rec.Body.Bytes(), &made); err != nil {
			t.Fatal(err)
		}
		back := w.must(t, 200, "GET", "/payments/v1/sessions/"+made.SessionID, "")
		if got, _ := back["merchant_data"].(string); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		address, _ := back["billing_address"].(map[string]any)
		if city, _ := address["city"].(string); strings.ContainsFunc(city, unicode.IsControl) || !printsLike(city, text) {
			t.Errorf("%q came back as the city %q", text, city)
		}
		if rec := w.call("GET", "/ordermanagement/v1/orders/"+text, ""); rec.Code != 404 && rec.Code != 405 {
			t.Errorf("%q as an id: %d", text, rec.Code)
		}
	}
}

// printsLike is true when a line is a text without its control characters.
func printsLike(line, text string) bool {
	visible := func(s string) string {
		return strings.Map(func(c rune) rune {
			if unicode.IsControl(c) || unicode.IsSpace(c) {
				return -1
			}
			return c
		}, s)
	}
	return visible(line) == visible(text)
}

// TestWhatMustNotAppear: a shop hears nothing about a person that it did not say itself, nothing of how
// we decided, and none of our ids but those of its own things.
func TestWhatMustNotAppear(t *testing.T) {
	w := newWorld(t)
	id, _ := pay.ParseID[pay.OrderID](pay.PrefixOrder, w.order)
	o := try(store.LoadID(context.Background(), w.app.DB, store.Orders, id))(t)
	captures := try(w.app.DB.CapturesOf(context.Background(), id))(t)
	words := []string{"score", "reason", "consumer", "decision", "regime", "limit", "national", "invoice_id", "parts", "way_back", "points",
		pay.Bare(o.ConsumerID), pay.Bare(o.DecisionID), pay.Bare(o.MerchantID), pay.Bare(captures[0].InvoiceID), strings.ToLower(o.Regime), strings.ToLower(o.Reason)}
	for _, e := range w.endpoints() {
		body := strings.ToLower(w.call(e.method, e.path, e.body).Body.String())
		for _, word := range words {
			if word != "" && strings.Contains(body, word) {
				t.Errorf("%s %s says %q: %s", e.method, e.path, word, body)
			}
		}
	}
}

func TestOrderAnswers(t *testing.T) {
	w := newWorld(t)
	o := w.must(t, 200, "GET", w.orderPath(""), "")
	for name, want := range map[string]any{"status": "PART_CAPTURED", "fraud_status": "ACCEPTED", "order_amount": 5950.0, "original_order_amount": 5950.0,
		"captured_amount": 3000.0, "refunded_amount": 50.0, "remaining_authorized_amount": 2950.0, "purchase_currency": "EUR", "order_id": w.order,
		"created_at": "2026-11-23T11:00:00.000Z"} {
		if o[name] != want {
			t.Errorf("%s is %v, want %v", name, o[name], want)
		}
	}
	k := w.must(t, 200, "GET", w.orderPath("/captures/"+w.capture), "")
	if k["klarna_reference"] != o["klarna_reference"].(string)+"-1" || k["description"] != "one shoe" || k["captured_amount"] != 3000.0 {
		t.Errorf("capture %v", k)
	}
	placed := w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.token+"/order", goodCart)
	if placed["redirect_url"] != "https://shop.test/thanks?order="+w.order+"&session="+w.session {
		t.Errorf("redirect_url %v", placed["redirect_url"])
	}
	method := placed["authorized_payment_method"].(map[string]any)
	if method["type"] != "invoice" || method["number_of_days"] != 30.0 {
		t.Errorf("method %v", method)
	}
	if s := w.must(t, 200, "GET", "/payments/v1/sessions/"+w.session, ""); s["status"] != "complete" || len(s["payment_method_categories"].([]any)) != 2 {
		t.Errorf("session %v", s)
	}
}

// TestOrderMustMatch: the order restates the cart; what it leaves out stays, what it changes is a conflict.
func TestOrderMustMatch(t *testing.T) {
	w := newWorld(t)
	path := "/payments/v1/authorizations/" + w.unused + "/order"
	other := `{"order_lines":[{"name":"Stiefel","quantity":1,"unit_price":5950,"tax_rate":1900,"total_amount":5950,"total_tax_amount":950}]}`
	if m := w.must(t, 409, "POST", path, patched(t, other)); m["error_code"] != "BAD_VALUE" {
		t.Errorf("got %v", m)
	}
	w.must(t, 409, "POST", path, goodCart) // somebody else's address
	w.must(t, 400, "POST", path, `{}`)
	w.must(t, 200, "POST", path, patched(t, `{"billing_address":null,"locale":null}`))
}

func TestRefusalsOfOrders(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ path, body, code string }{
		{"/captures", `{"captured_amount":2951}`, "CAPTURE_NOT_ALLOWED"},
		{"/refunds", `{"refunded_amount":2951}`, "REFUND_NOT_ALLOWED"},
		{"/cancel", ``, "CANCEL_NOT_ALLOWED"},
	} {
		if m := w.must(t, 403, "POST", w.orderPath(c.path), c.body); m["error_code"] != c.code {
			t.Errorf("%s: %v", c.path, m)
		}
	}
	for _, body := range []string{`{}`, `{"captured_amount":null}`, `{"captured_amount":200000001}`, `{"captured_amount":0}`} {
		if m := w.must(t, 400, "POST", w.orderPath("/captures"), body); m["error_messages"].([]any)[0] != "Bad value: captured_amount" {
			t.Errorf("%s: %v", body, m)
		}
	}
}

// TestSameKeySameCapture: the key reaches the deed, and the second answer names the first capture.
func TestSameKeySameCapture(t *testing.T) {
	w := newWorld(t)
	first := w.call("POST", w.orderPath("/captures"), `{"captured_amount":10}`, "Klarna-Idempotency-Key", "k-10")
	again := w.call("POST", w.orderPath("/captures"), `{"captured_amount":10}`, "Klarna-Idempotency-Key", "k-10")
	other := w.call("POST", w.orderPath("/captures"), `{"captured_amount":11}`, "Klarna-Idempotency-Key", "k-10")
	if other.Code != 409 || !strings.Contains(other.Body.String(), `"CONFLICT"`) {
		t.Errorf("the same key with another body: %d %s", other.Code, other.Body)
	}
	if again.Code != 201 || first.Header().Get("Capture-Id") != again.Header().Get("Capture-Id") {
		t.Errorf("%d, %q and %q", again.Code, first.Header().Get("Capture-Id"), again.Header().Get("Capture-Id"))
	}
}

// TestOnTheSocket checks what only a real connection shows: two blanks after Basic, a double slash
// without a redirect, and a body after a GET that nobody announced.
func TestOnTheSocket(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET //payments/v1/sessions/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: %s\r\n\r\n{}", w.session, strings.Replace(basic("shop", w.secrets["shop"]), " ", "  ", 1))
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != 200 || !answer.Close || !json.Valid(body) {
		t.Errorf("got %d, close %v: %s", answer.StatusCode, answer.Close, body)
	}
	if rest, _ := io.ReadAll(reader); len(rest) > 0 {
		t.Errorf("the stray body was answered: %s", rest)
	}
}

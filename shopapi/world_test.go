package shopapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
)

const testBase = "https://pay.test"

// world is the door over a real application on SQLite, with one session, page, order, capture and
// refund of merchant "shop", and a second merchant "other".
type world struct {
	app                                          *app.App
	api                                          http.Handler
	secrets                                      map[string]string
	session, token, page, order, capture, refund string
	open, unused                                 string // a session without an order, and its token
	recurring, customer                          string // an authorization with permission for recurring orders, and the customer token it gave
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := newWorldOn(t, storetest.SQLite(t), "")
	w.purchase(t)
	return w
}

// newWorldOn makes the two merchants on an empty database, opened with a driver.
func newWorldOn(t testing.TB, d storetest.Database, driver string) *world {
	t.Helper()
	ctx := context.Background()
	now, _ := cal.ParseDay("2026-11-23")
	clock := app.NewClock(nil)
	clock.Turn(pay.Germany.Midnight(now) + 12*3600*1e6)
	db := try(store.Open(ctx, d.DSN, store.Options{Now: clock.Now, Driver: driver}))(t)
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx, now, 0); err != nil {
		t.Fatal(err)
	}
	if err := db.PutOperator(ctx, pay.Operator{ID: "opr_1", Name: "Operator", Licence: "factoring", Purchase: true, IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX",
		Email: "post@zahlziel.test", Address: pay.Address{Street: "Hauptstr. 1", PostalCode: "10115", City: "Berlin", Country: "DE"}}); err != nil {
		t.Fatal(err)
	}
	v := try(vault.Create(filepath.Join(t.TempDir(), "master.key")))(t)
	a := try(app.New(ctx, db, v, clock, testBase))(t)
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	w := &world{app: a, api: New(a, testBase+"/", slog.New(slog.DiscardHandler)).Wrap(next), secrets: map[string]string{}}
	for _, name := range []string{"shop", "other"} {
		m := pay.Merchant{Name: name, Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: "EUR",
			Methods: []string{"invoice_30", "invoice_14", "pay_in_3"}}
		_, secret, err := a.CreateMerchant(ctx, app.System, m, name)
		if err != nil {
			t.Fatal(err)
		}
		w.secrets[name] = secret
	}
	return w
}

func try[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// purchase walks through a whole purchase.
func (w *world) purchase(t testing.TB) {
	t.Helper()
	w.session = w.must(t, 200, "POST", "/payments/v1/sessions", goodCart)["session_id"].(string)
	w.page = w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"https://other.host/payments/v1/sessions/`+w.session+`"}`)["session_id"].(string)
	w.token = w.authorize(t, w.session)
	w.order = w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.token+"/order", goodCart)["order_id"].(string)
	w.capture = w.call("POST", w.orderPath("/captures"), `{"captured_amount":3000,"description":"one shoe"}`).Header().Get("Capture-Id")
	w.refund = w.call("POST", w.orderPath("/refunds"), `{"refunded_amount":50,"reference":"r"}`).Header().Get("Refund-Id")
	w.open = w.must(t, 200, "POST", "/payments/v1/sessions", bobCart(t))["session_id"].(string)
	w.unused = w.authorize(t, w.open)
	w.recurring = w.authorize(t, w.must(t, 200, "POST", "/payments/v1/sessions", claraCart(t, `{"intent":"buy_and_tokenize"}`))["session_id"].(string))
	w.customer = w.must(t, 200, "POST", "/payments/v1/authorizations/"+w.recurring+"/customer-token", goodToken)["token_id"].(string)
}

// goodToken is a request for a customer token; goodTokenOrder for an order with one.
const (
	goodToken      = `{"description":"Socken-Abo","intended_use":"SUBSCRIPTION","locale":"de-DE","purchase_country":"DE","purchase_currency":"EUR"}`
	goodTokenOrder = `{"purchase_currency":"EUR","order_amount":1190,"order_tax_amount":190,"merchant_reference1":"abo-1",
"order_lines":[{"name":"Socken","quantity":1,"unit_price":1190,"tax_rate":1900,"total_amount":1190,"total_tax_amount":190}]}`
)

// claraCart is the cart of a third buyer, with a patch over it.
func claraCart(t testing.TB, patch string) string {
	var over map[string]any
	if err := json.Unmarshal([]byte(patch), &over); err != nil {
		t.Fatal(err)
	}
	over["billing_address"] = map[string]any{"given_name": "Clara", "family_name": "Probe", "email": "clara@example.org", "street_address": "Allee 3", "postal_code": "20095", "city": "Hamburg", "country": "DE"}
	return patched(t, string(encode(over)))
}

// bobCart is the cart of another buyer.
func bobCart(t testing.TB) string {
	return patched(t, `{"billing_address":{"given_name":"Bob","family_name":"Beispiel","email":"bob@example.org","street_address":"Gasse 2","postal_code":"50667","city":"Köln","country":"DE"}}`)
}

// authorize is the consumer's part, on our origin; the answer is the token as the shop gets it.
func (w *world) authorize(t testing.TB, session string) string {
	t.Helper()
	id, _ := pay.ParseID[pay.SessionID](pay.PrefixSession, session)
	s := w.must(t, 200, "GET", "/payments/v1/sessions/"+session, "")
	free := int64(80000)
	answer, err := w.app.Authorize(context.Background(), id, s["client_token"].(string),
		app.AuthorizeRequest{Method: "invoice_30", Consent: true, EmailCode: "000000", MonthlyFree: &free})
	if err != nil || !answer.Approved {
		t.Fatalf("not authorised: %+v %v", answer, err)
	}
	return pay.Bare(answer.Token)
}

func (w *world) orderPath(rest string) string { return "/ordermanagement/v1/orders/" + w.order + rest }

// call makes a request as merchant "shop"; header pairs override.
func (w *world) call(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://x/", strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	r.URL.Path = path
	r.SetBasicAuth("shop", w.secrets["shop"])
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return rec
}

// must makes a request, wants a status, and returns the JSON object of the answer.
func (w *world) must(t testing.TB, status int, method, path, body string, headers ...string) map[string]any {
	t.Helper()
	rec := w.call(method, path, body, headers...)
	if rec.Code != status {
		t.Fatalf("%s %s: got %d, want %d: %s", method, path, rec.Code, status, rec.Body)
	}
	var m map[string]any
	if rec.Body.Len() > 0 && rec.Body.Bytes()[0] == '{' {
		if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// fingerprint is a digest of every row of the database: two equal ones mean that nothing changed.
func (w *world) fingerprint(t testing.TB) string {
	t.Helper()
	db := w.app.DB.SQL()
	tables := try(db.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('lanes', 'goose_db_version') ORDER BY name"))(t)
	var names []string
	for tables.Next() {
		var name string
		if err := tables.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	h := sha256.New()
	for _, name := range names {
		rows := try(db.Query("SELECT * FROM " + name))(t)
		columns := try(rows.Columns())(t)
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(h, "%s %v\n", name, values)
		}
		_ = rows.Close()
	}
	return hex.EncodeToString(h.Sum(nil))
}

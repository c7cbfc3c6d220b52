package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// monday is the business day of the tests.
var monday = cal.Date(2026, 11, 23)

// door is the native API over a small installation.
type door struct {
	*worldtest.World
	http.Handler
	t testing.TB
}

func newDoor(t testing.TB) *door { return over(t, worldtest.New(t, monday)) }

func over(t testing.TB, w *worldtest.World) *door {
	mux := http.NewServeMux()
	Routes(mux, w.App, func(r *http.Request) string { return r.RemoteAddr })
	return &door{w, mux, t}
}

// session is a purchase that a buyer is about to confirm.
type session struct {
	id, token string
	view      *app.SessionView
}

func (s session) path(call string) string { return "/api/v1/sessions/" + s.id + "/" + call }

// opened opens a purchase of 59.50 in the name of an address.
func (d *door) opened(t testing.TB, email string) session { return d.openedFor(t, email, 5950) }

func (d *door) openedFor(t testing.TB, email string, amount int64) session {
	t.Helper()
	cart := pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Amount: amount, Buyer: &pay.Buyer{DateOfBirth: "1990-05-05"},
		Billing: &pay.Address{GivenName: "Klara", FamilyName: "Geheim", Street: "Lindenweg 3", PostalCode: "50667", City: "Köln", Country: "DE", Email: email},
		Lines:   []pay.Line{worldtest.Line("Schuhe", amount)}}
	return d.open(t, cart)
}

func (d *door) open(t testing.TB, cart pay.Cart) session {
	t.Helper()
	v, err := d.CreateSession(d.Ctx, d.Shoes, cart)
	if err != nil {
		t.Fatal(err)
	}
	return session{pay.Bare(v.Session.ID), v.ClientToken, v}
}

// yes is a confirmation that is complete for a consumer in test mode.
const yes = `{"payment_method":"invoice_14","consent":true,"email_code":"000000","assessment":{"monthly_free_amount":80000}}`

// call makes a request with the session's token; header pairs override.
func (d *door) call(s session, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://x/", strings.NewReader(body))
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "From" {
			r.RemoteAddr = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	keeps(d.t, r, []byte(body), rec)
	return rec
}

func (d *door) authorize(s session, body string, headers ...string) *httptest.ResponseRecorder {
	return d.call(s, "POST", s.path("authorize"), body, headers...)
}

func (d *door) identify(s session, email string, headers ...string) *httptest.ResponseRecorder {
	return d.call(s, "POST", s.path("identify"), mustJSON(map[string]string{"email": email, "birth_date": "1990-05-05"}), headers...)
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// object reads the JSON object of an answer with the status.
func object(t testing.TB, rec *httptest.ResponseRecorder, status int) map[string]any {
	t.Helper()
	if rec.Code != status {
		t.Fatalf("got %d, want %d: %s", rec.Code, status, rec.Body)
	}
	var m map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil {
		t.Fatalf("%s: %v", rec.Body, err)
	}
	return m
}

// members of a problem document; the first five are always there.
var problemMembers = []string{"type", "title", "status", "code", "hint", "field", "correlation_id"}

// isProblem checks a problem document and what every answer obeys.
func isProblem(t testing.TB, name string, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	h := rec.Header()
	if rec.Code != status || h.Get("Content-Type") != "application/problem+json" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: got %d with %v, want %d: %.300s", name, rec.Code, h, status, rec.Body)
		return
	}
	m := object(t, rec, status)
	for i, member := range problemMembers {
		if _, ok := m[member]; !ok && i < 5 {
			t.Errorf("%s: %s is missing: %s", name, member, rec.Body)
		}
	}
	for member := range m {
		if !slices.Contains(problemMembers, member) {
			t.Errorf("%s: a problem has no %s: %s", name, member, rec.Body)
		}
	}
	if m["status"] != float64(status) || m["code"] == "" || m["hint"] == "" {
		t.Errorf("%s: %s", name, rec.Body)
	}
	saysNothing(t, name, rec.Body.String(), "Klara", "Geheim", "Lindenweg", "1990-05-05", "klara@")
}

// saysNothing checks that texts are absent, in whatever case.
func saysNothing(t testing.TB, name, body string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(strings.ToLower(body), strings.ToLower(text)) {
			t.Errorf("%s says %q: %.500s", name, text, body)
		}
	}
}

// fingerprint is a digest of every row of the database: two equal ones mean that nothing changed.
func (d *door) fingerprint(t testing.TB) string {
	t.Helper()
	var names []string
	tables, err := d.DB.SQL().Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('lanes', 'goose_db_version') ORDER BY name")
	for ok := err == nil && tables.Next(); ok; ok = tables.Next() {
		names = append(names, "")
		if err := tables.Scan(&names[len(names)-1]); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil || len(names) < 10 {
		t.Fatalf("%d tables: %v", len(names), err)
	}
	h := sha256.New()
	for _, name := range names {
		d.addRows(t, h, name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (d *door) addRows(t testing.TB, to io.Writer, table string) {
	t.Helper()
	rows, err := d.DB.SQL().Query("SELECT * FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(to, "%s %v\n", table, values)
	}
}

// suite lists the files of the JSON parsing suite that begin with a letter: y must be read, n must not.
func suite(t *testing.T, letter string) map[string]string {
	t.Helper()
	files, _ := filepath.Glob("../../shared/data/security/JSONTestSuite/test_parsing/" + letter + "_*.json")
	if len(files) == 0 {
		t.Skip("the JSON parsing suite is missing in ../shared/data/security")
	}
	bodies := map[string]string{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bodies[filepath.Base(name)] = string(text)
	}
	return bodies
}

// naughty are strings that break careless programs.
func naughty(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../../shared/data/security/blns.json")
	if err != nil {
		t.Skip("the naughty strings are missing in ../shared/data/security")
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// listener is an address of a shop that keeps what it was told: the path and the body.
func listener(t *testing.T) (told func() []string, at string) {
	t.Helper()
	var mu sync.Mutex
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Path+" "+string(body))
	}))
	t.Cleanup(server.Close)
	return func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(got) }, server.URL
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/gateway/mail/catcher"
	"zahlziel/integrations/sampleshop"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/portal/worldtest"
)

// house is everything behind one address, as a server builds it, with one visitor of each kind.
type house struct {
	*worldtest.World
	past     *worldtest.Past
	front    http.Handler
	actors   map[string]http.Header
	set      []*http.Cookie // by the sign-ins
	page     string         // path of a checkout of somebody else
	session  string         // of that checkout
	own      string         // an order of the shop among the actors
	document string         // path of a paper of Anna's
	story    string         // path of Anna's story at the desk
}

// kinds of visitor, in the order of the table's columns.
var kinds = []string{"nobody", "consumer", "staff", "shop"}

// newHouse opens the doors; a demo has its mailbox, its shops and the catalogue.
func newHouse(t *testing.T, base string, demo bool) *house {
	t.Helper()
	w, past := worldtest.Live(t)
	h := &house{World: w, past: past, actors: map[string]http.Header{"nobody": {}}}
	w.BaseURL, w.Demo = base, demo
	w.Hire(pay.RoleSupport)
	var extra func(*http.ServeMux)
	if demo {
		extra = func(mux *http.ServeMux) {
			addDemo(mux, w.App, sampleshop.New(sampleshop.Config{Home: base}), catcher.New(time.Now, catcher.Options{}))
		}
	}
	front, err := (&doors{}).front(w.App, extra)
	fatal(t, err)
	h.front = front
	h.openCheckout(t)
	h.signIn(t, "consumer", h.Link(worldtest.Anna), nil)
	h.signIn(t, "staff", "/desk/sign-in", url.Values{"email": {"support@zahlziel.test"}, "password": {worldtest.Password}})
	docs, err := w.Documents(w.Ctx, w.Consumer(worldtest.Anna))
	fatal(t, err)
	h.document = "/me/documents/" + pay.Bare(docs[0].Document.ID)
	h.story = "/desk/consumers/" + pay.Bare(w.Consumer(worldtest.Anna).Consumer)
	return h
}

// openCheckout lets a shop of its own sell one thing and begin to sell another.
func (h *house) openCheckout(t *testing.T) {
	t.Helper()
	m := pay.Merchant{Name: "Radladen", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR, Methods: []string{"invoice_14", "prepayment"}}
	m, secret, err := h.CreateMerchant(h.Ctx, app.System, m, "radladen")
	fatal(t, err)
	r := httptest.NewRequest("GET", "/", http.NoBody)
	r.SetBasicAuth("radladen", secret)
	h.actors["shop"] = http.Header{"Authorization": r.Header["Authorization"]}
	shop := app.Actor{Merchant: m.ID}
	h.own = pay.Bare(h.Order(worldtest.Person{Given: "Carla", Family: "Neu", Email: "carla@example.org", PostalCode: "10115", City: "Berlin"}, shop, "invoice_14", worldtest.Line("Klingel", 1290)).ID)
	s, err := h.CreateSession(h.Ctx, shop, pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Amount: 2990, Lines: []pay.Line{worldtest.Line("Schloss", 2990)}})
	fatal(t, err)
	p, err := h.CreatePage(h.Ctx, shop, app.Key{}, s.Session.ID, pay.PageSettings{})
	fatal(t, err)
	h.session, h.page = pay.Bare(s.Session.ID), "/checkout/pages/"+pay.Bare(p.Page.ID)
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) signIn(t *testing.T, kind, path string, form url.Values) {
	t.Helper()
	rec := h.call("nobody", "POST", path, form.Encode())
	cookies := rec.Result().Cookies()
	if rec.Code != 303 || len(cookies) != 1 {
		t.Fatalf("sign-in of the %s: %d, %v", kind, rec.Code, cookies)
	}
	h.set = append(h.set, cookies...)
	h.actors[kind] = http.Header{"Cookie": {cookies[0].Name + "=" + cookies[0].Value}}
}

// call makes a request as one of the actors; header pairs are added.
func (h *house) call(kind, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for name, values := range h.actors[kind] {
		r.Header[name] = values
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.front.ServeHTTP(rec, r)
	return rec
}

// visit is one path with the status for nobody, the consumer, staff of the role support, and a shop.
type visit struct {
	method, path string
	status       [4]int
}

func all(status int) [4]int { return [4]int{status, status, status, status} }

// visits are the doors that every installation has.
func (h *house) visits() []visit {
	me, desk := [4]int{303, 200, 303, 303}, [4]int{303, 303, 200, 303}
	shop := func(status int) [4]int { return [4]int{401, 401, 401, status} }
	missing := "0191d2e0-0000-7007-8000-000000000000"
	return []visit{
		{"GET", "/", all(200)},
		{"GET", "/sdk", all(200)},
		{"GET", "/frame/x.y.z/all", all(404)},
		{"GET", "/me/sign-in", [4]int{200, 303, 200, 200}},
		{"GET", "/me/link/x", all(200)},
		{"GET", "/me", me},
		{"GET", "/me/history", me},
		{"GET", "/me/standing", me},
		{"GET", "/me/way-back/invoice_14/5950", me},
		{"GET", "/me/data", me},
		{"GET", "/me/documents", me},
		{"GET", h.document, me},
		{"GET", "/me/documents/x", [4]int{303, 404, 303, 303}},
		{"GET", "/me/items/" + pay.Bare(h.past.Overdue.ID), me},
		{"GET", "/me/items/" + pay.Bare(h.past.Bens.ID), [4]int{303, 404, 303, 303}},
		{"GET", "/desk/sign-in", all(200)},
		{"GET", "/desk", desk},
		{"GET", "/desk/payments", desk},
		{"GET", h.story, desk},
		{"GET", "/desk/consumers/x", [4]int{303, 303, 404, 303}},
		{"GET", "/desk/health", [4]int{303, 303, 403, 303}},
		{"POST", "/desk/search", desk},
		{"GET", h.page, all(303)},
		{"GET", h.page + "/identify", all(200)},
		{"GET", "/checkout/pages/x", all(404)},
		{"GET", "/checkout/pages/" + missing, all(404)},
		{"GET", "/api/v1/sessions/" + h.session + "/authorize", all(405)},
		{"POST", "/api/v1/sessions/" + h.session + "/authorize", all(401)},
		{"POST", "/api/v1/sessions/" + h.session + "/identify", all(401)},
		{"POST", "/api/v1/sessions/x/identify", all(404)},
		{"GET", "/api/v1/consumers", all(404)},
		{"GET", "/payments/v1/sessions/" + h.session, shop(200)},
		{"GET", "/payments/v1/sessions/" + missing, shop(404)},
		{"POST", "/payments/v1/sessions", shop(400)},
		{"GET", "/hpp/v1/sessions/" + strings.TrimPrefix(h.page, "/checkout/pages/"), shop(200)},
		{"GET", "/ordermanagement/v1/orders/" + h.own, shop(200)},
		{"GET", "/ordermanagement/v1/orders/" + pay.Bare(h.past.AnnasOrder.ID), shop(404)},
		{"GET", "/ordermanagement/v1", all(404)},
		{"GET", web.Assets.Path("app.css"), all(200)},
		{"GET", "/assets/", all(404)},
		{"GET", "/master.key", all(404)},
		{"GET", "/healthz", all(404)},
		{"GET", "/readyz", all(404)},
		{"GET", "/metrics", all(404)},
		{"GET", "/debug/pprof/", all(404)},
		{"GET", "/demo.json", all(404)},
		{"GET", "/.git/config", all(404)},
		{"GET", "/nothing", all(404)},
		{"DELETE", "/me", all(405)},
		{"PUT", "/desk/search", all(405)},
	}
}

// demoVisits are the doors that only a demo has.
var demoVisits = []string{"/mailbox/", "/demo", "/catalogue"}

// TestEveryDoor knocks at every door as everybody.
func TestEveryDoor(t *testing.T) {
	h := newHouse(t, "https://pay.test", true)
	visits := h.visits()
	for _, path := range demoVisits {
		visits = append(visits, visit{"GET", path, all(200)})
	}
	for _, v := range visits {
		for i, kind := range kinds {
			name := fmt.Sprintf("%s %s as %s", v.method, v.path, kind)
			rec := h.call(kind, v.method, v.path, "")
			if rec.Code != v.status[i] {
				t.Errorf("%s: got %d, want %d: %.300s", name, rec.Code, v.status[i], rec.Body)
			}
			checkHeaders(t, name, v.path, rec)
			h.checkSilence(t, name, kind, rec)
			if rec.Code == 405 && rec.Header().Get("Allow") == "" {
				t.Errorf("%s: no Allow header", name)
			}
		}
	}
	for _, c := range h.set {
		if !c.HttpOnly || !c.Secure || c.SameSite == http.SameSiteDefaultMode || c.SameSite == http.SameSiteNoneMode || c.Path == "/" || c.Domain != "" {
			t.Errorf("cookie %s is not safe: %s", c.Name, c.Raw)
		}
	}
}

// checkHeaders checks what protects a visitor: pages have the strict policy, answers for machines are nothing but JSON.
func checkHeaders(t *testing.T, name, path string, rec *httptest.ResponseRecorder) {
	t.Helper()
	h := rec.Header()
	if h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: a browser may guess the type", name)
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s: other origins may read it", name)
	}
	first := strings.Split(path, "/")[1]
	if slices.Contains([]string{"api", "payments", "hpp", "ordermanagement"}, first) {
		if !strings.HasSuffix(h.Get("Content-Type"), "json") || !strings.Contains(h.Get("Cache-Control"), "no-store") || !json.Valid(rec.Body.Bytes()) || len(h["Set-Cookie"]) > 0 {
			t.Errorf("%s: no plain JSON answer: %v %.200s", name, h, rec.Body)
		}
		return
	}
	csp := h.Get("Content-Security-Policy")
	if csp == "" || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "base-uri 'none'") {
		t.Errorf("%s: policy %q", name, csp)
	}
	if !slices.Contains([]string{"same-origin", "no-referrer"}, h.Get("Referrer-Policy")) {
		t.Errorf("%s: Referrer-Policy %q", name, h.Get("Referrer-Policy"))
	}
	if first == "mailbox" {
		return
	}
	if !strings.HasPrefix(h.Get("Strict-Transport-Security"), "max-age=31536000") {
		t.Errorf("%s: no Strict-Transport-Security behind https", name)
	}
	if personal := first == "me" || first == "desk" || first == "checkout"; personal && rec.Code == 200 && !strings.Contains(h.Get("Cache-Control"), "no-store") && !strings.Contains(h.Get("Cache-Control"), "private") {
		t.Errorf("%s: Cache-Control %q lets others keep it", name, h.Get("Cache-Control"))
	}
	if rec.Code >= 400 && !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("%s: a page of ours is missing: %v %.200s", name, h.Get("Content-Type"), rec.Body)
	}
}

// checkSilence checks that nobody sees whom they should not: only Anna and the desk see Anna, only the desk sees Ben.
func (h *house) checkSilence(t *testing.T, name, kind string, rec *httptest.ResponseRecorder) {
	t.Helper()
	bens := []string{"Okafor", worldtest.Ben.Email, h.past.Bens.No, h.past.Bens.Reference, "DE02500105170137075030", "0152"}
	annas := []string{"Müller", worldtest.Anna.Email, h.past.Overdue.No, h.past.Overdue.Reference, "DE02120300000000202051", "Wanderschuh", pay.Bare(h.Consumer(worldtest.Anna).Consumer)}
	forbidden := map[string][]string{"nobody": append(annas, bens...), "consumer": bens, "shop": append(annas, bens...)}[kind]
	body := rec.Body.String()
	for _, text := range append(forbidden, "goroutine", "SELECT ", "sqlite", "/work/", worldtest.Password) {
		if strings.Contains(body, text) {
			t.Errorf("%s shows %q", name, text)
		}
	}
}

// TestNoDemoOutsideTheDemo: a real installation has no mailbox, no shops of ours and no catalogue, and does not lead there.
func TestNoDemoOutsideTheDemo(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:8080", false)
	for _, path := range append(demoVisits, "/mailbox", "/mailbox/api/messages", "/demo/schuhladen", "/demo/radladen/office") {
		for _, kind := range kinds {
			if rec := h.call(kind, "GET", path, ""); rec.Code != 404 {
				t.Errorf("%s as %s: got %d", path, kind, rec.Code)
			}
		}
	}
	for _, path := range []string{"/", "/me/sign-in", "/desk/sign-in", "/nothing"} {
		rec := h.call("nobody", "GET", path, "")
		for _, word := range []string{"/mailbox", "/demo", "/catalogue", "000000"} {
			if strings.Contains(rec.Body.String(), word) {
				t.Errorf("%s leads to %s", path, word)
			}
		}
		if rec.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: Strict-Transport-Security without https", path)
		}
	}
	for _, c := range h.set {
		if c.Secure || !c.HttpOnly {
			t.Errorf("cookie %s without https: %s", c.Name, c.Raw)
		}
	}
}

// TestForgedForms: a form that another site sends in a visitor's name is refused at every door with cookies, and the same form
// from our own pages is not.
func TestForgedForms(t *testing.T) {
	h := newHouse(t, "https://pay.test", true)
	forms := []string{"/me/sign-in", "/me/link/x", "/me/sign-out", "/me/way-back", "/desk/sign-in", "/desk/search", "/desk/payments/x/assign", "/desk/sign-out",
		h.page + "/identify", h.page + "/code", h.page + "/pay", h.page + "/cancel", "/mailbox/clear", "/demo/schuhladen/basket", "/demo/schuhladen/order", "/nothing"}
	forged := [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.test"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site", "Origin", "https://pay.test"}}
	for _, path := range forms {
		for _, kind := range []string{"nobody", "consumer", "staff"} {
			for _, headers := range forged {
				if rec := h.call(kind, "POST", path, "email=anna%40example.org&q=anna", headers...); rec.Code != 403 || len(rec.Result().Cookies()) > 0 {
					t.Errorf("POST %s as %s with %v: got %d", path, kind, headers, rec.Code)
				}
			}
		}
	}
	if rec := h.call("consumer", "GET", "/me", "", "Sec-Fetch-Site", "cross-site"); rec.Code != 200 {
		t.Errorf("a link from a mail to /me: got %d", rec.Code)
	}
	if rec := h.call("staff", "POST", "/desk/search", "q=anna%40example.org", "Sec-Fetch-Site", "same-origin"); rec.Code != 200 || !strings.Contains(rec.Body.String(), "Lind") {
		t.Errorf("our own form: got %d", rec.Code)
	}
	if rec := h.call("consumer", "POST", "/me/sign-out", "", "Sec-Fetch-Site", "same-origin"); rec.Code != 303 {
		t.Errorf("our own sign-out: got %d", rec.Code)
	}
	if rec := h.call("consumer", "GET", "/me", ""); rec.Code != 303 {
		t.Errorf("after signing out: got %d", rec.Code)
	}
}

// TestCookiesOfOthers: one door's cookie opens no other door, and a shop's secret opens no page.
func TestCookiesOfOthers(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:8080", false)
	value := map[string]string{}
	for _, c := range h.set {
		value[c.Name] = c.Value
	}
	for _, c := range []struct{ path, cookie string }{
		{"/desk", "desk=" + value["portal"]}, {"/me", "portal=" + value["desk"]}, {"/desk", "portal=" + value["desk"]}, {"/me", "portal="}, {"/me", "portal=00"},
		{"/me", "portal=" + strings.Repeat("0", 40)}, {"/me", "portal=" + strings.Repeat("9", 5000)}, {"/me", "portal=" + value["portal"][:len(value["portal"])-1]},
	} {
		if rec := h.call("nobody", "GET", c.path, "", "Cookie", c.cookie); rec.Code != 303 {
			t.Errorf("%s with %.20s...: got %d", c.path, c.cookie, rec.Code)
		}
	}
}

// TestLargeBodies: no door reads more than 1 MB.
func TestLargeBodies(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:8080", false)
	large := "email=" + strings.Repeat("a", 1<<20)
	for path, kind := range map[string]string{"/me/sign-in": "nobody", "/desk/sign-in": "nobody", "/desk/search": "staff", h.page + "/identify": "nobody", "/payments/v1/sessions": "shop"} {
		if rec := h.call(kind, "POST", path, large); rec.Code != 413 {
			t.Errorf("POST %s: got %d, want 413: %.200s", path, rec.Code, rec.Body)
		}
	}
}

package merchant_test

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/merchant"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

const (
	ownersMail   = "kim@schuhladen.test"
	membersMail  = "lou@schuhladen.test"
	strangesMail = "tea@teehaus.test"
)

func pages(w *worldtest.World) http.Handler {
	return w.Site(func(s *web.Site, mux *http.ServeMux) { merchant.New(s, w.App).Routes(mux) })
}

func invite(t *testing.T, w *worldtest.World, shop app.Actor, email, role string) {
	t.Helper()
	if _, err := w.InviteMerchantUser(w.Ctx, app.System, shop.Merchant, pay.MerchantPerson{Email: email, Name: "Kim " + role}, role); err != nil {
		t.Fatal(err)
	}
	w.Work()
}

var link = regexp.MustCompile(`/merchant/link/[\w-]+`)

// mailed is the path of the newest link that was mailed to an address.
func mailed(t *testing.T, w *worldtest.World, email string) string {
	t.Helper()
	w.Work()
	all := w.Mailed.To(email)
	path := link.FindString(all[len(all)-1].Text)
	if path == "" {
		t.Fatalf("no link for %s", email)
	}
	return path
}

// enter signs somebody in by the form and the mail.
func enter(t *testing.T, w *worldtest.World, site http.Handler, email string) *webtest.Browser {
	t.Helper()
	b := webtest.NewBrowser(t, site)
	w.Work() // an invitation is mailed before the link
	b.Post("/merchant/sign-in", url.Values{"email": {email}})
	path := mailed(t, w, email)
	if at, status, _ := b.Get(path); at != path || status != http.StatusOK {
		t.Fatalf("the link leads to %s with %d", at, status)
	}
	if at, status, _ := b.Post(path, nil); at != "/merchant" || status != http.StatusOK {
		t.Fatalf("the sign-in of %s ends at %s with %d", email, at, status)
	}
	return b
}

func has(t *testing.T, name, html string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if not, unwanted := strings.CutPrefix(s, "!"); unwanted && strings.Contains(html, not) {
			t.Errorf("%s shows %q", name, not)
		} else if !unwanted && !strings.Contains(html, s) {
			t.Errorf("%s does not show %q", name, s)
		}
	}
}

func body(_ string, _ int, html string) string { return html }

// house is a world with the people of two shops, a dispute, a payout and a call that failed.
type house struct {
	*worldtest.World
	past    *worldtest.Past
	site    http.Handler
	order   *pay.Order
	dispute *pay.Dispute
	payout  pay.PayoutID
	shop    *httptest.Server
	taken   int // calls that the shop took
	broken  bool
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{broken: true}
	h.World, h.past = worldtest.Live(t)
	h.site = pages(h.World)
	h.shop = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if h.broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		h.taken++
	}))
	t.Cleanup(h.shop.Close)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.SetEndpoint(h.Ctx, app.System, app.Key{}, h.Shoes.Merchant, h.shop.URL+"/hook/secret-path")
	must(err)
	h.order = h.past.AnnasOrder
	_, err = h.Refund(h.Ctx, h.Shoes, app.Key{}, h.order.ID, 100, pay.Parcel{Description: "Kratzer"})
	must(err)
	h.Work()
	h.dispute, err = h.OpenDispute(h.Ctx, h.Consumer(worldtest.Anna), app.Key{}, h.past.Open.ID, app.Objection{Reason: pay.DisputeNotReceived, Text: "Nichts angekommen"})
	must(err)
	_, err = h.DayRun(h.Ctx, h.Today+4, nil)
	must(err)
	h.At(h.Today+4, 10)
	paid, err := h.MerchantPayouts(h.Ctx, h.Shoes, app.PayoutList{Until: h.Today + 40, Limit: 10})
	must(err)
	if len(paid) == 0 {
		t.Fatal("nothing was paid out")
	}
	h.payout = paid[0].ID
	invite(t, h.World, h.Shoes, ownersMail, pay.RoleOwner)
	invite(t, h.World, h.Shoes, membersMail, pay.RoleMember)
	invite(t, h.World, h.Tea, strangesMail, pay.RoleOwner)
	return h
}

// TestEveryPageForEveryPerson: a shop's people see their shop's, members change nothing, others see nothing of it, and no page tells
// what the operator knows of a buyer.
func TestEveryPageForEveryPerson(t *testing.T) {
	h := open(t)
	order, dispute, payout := "/merchant/orders/"+pay.Bare(h.order.ID), "/merchant/disputes/"+pay.Bare(h.dispute.ID), "/merchant/payouts/"+pay.Bare(h.payout)
	people := map[string]*webtest.Browser{"nobody": webtest.NewBrowser(t, h.site), "owner": enter(t, h.World, h.site, ownersMail),
		"member": enter(t, h.World, h.site, membersMail), "stranger": enter(t, h.World, h.site, strangesMail)}
	secrets := []string{"!Punkte", "!R08_", "!score", "!Score", "!Teehaus", "!anna@example.org", "!secret-path"}
	cases := []struct {
		path   string
		shared bool // the page exists for every shop; otherwise it is not found by others
		texts  []string
		owner  []string // what only an owner is offered
	}{
		{"/merchant", true, []string{"Schuhladen", "Letzte Auszahlung", "nicht angenommen", "wartet auf Ihre Antwort", "Testbetrieb"}, nil},
		{"/merchant/orders", true, []string{pay.ShortReference(h.order.ID), "34,80"}, nil},
		{order, false, []string{"Wanderschuh", "Lieferung an", "Müller-Lind", "Kratzer", "geliefert", "angenommen", "S-1000"}, nil},
		{"/merchant/calls", true, []string{"order.refunded", "502", "127.0.0.1", "Nächster Versuch"}, []string{"Noch einmal senden"}},
		{"/merchant/payouts", true, []string{"wird überwiesen"}, nil},
		{payout, false, []string{"Lieferungen", "Gebühren", "Als PDF", "CSV"}, nil},
		{payout + "/transactions", false, []string{"event,amount,currency", "capture,", "S-1000"}, nil},
		{"/merchant/disputes", true, []string{"Ware nicht angekommen", "wartet auf Sie"}, nil},
		{dispute, false, []string{"Nichts angekommen", "Frist"}, []string{"Sendungsnummer", "Einwand annehmen"}},
		{"/merchant/keys", true, []string{"Zugänge für Shop-Software", "Ereignisse gehen an"}, []string{"Schlüssel anlegen", "Neuen Zugang anlegen", "Keine Ereignisse mehr senden"}},
		{"/merchant/terms", true, []string{"2,49 % und 0,35", "Betriebsart", "Die Kasse kann nicht"}, nil},
		{"/merchant/people", true, []string{ownersMail, membersMail, "liest"}, []string{"Einladung senden"}},
	}
	for _, c := range cases {
		for name, b := range people {
			at, status, html := b.Get(c.path)
			switch {
			case name == "nobody":
				if at != "/merchant/sign-in" {
					t.Errorf("nobody at %s ends at %s", c.path, at)
				}
				has(t, "nobody at "+c.path, html, "!Schuhladen")
			case name == "stranger":
				if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[c.shared]; status != want {
					t.Errorf("a stranger at %s: %d, want %d", c.path, status, want)
				}
				has(t, "a stranger at "+c.path, html, "!Schuhladen", "!"+pay.ShortReference(h.order.ID), "!"+ownersMail, "!Wanderschuh", "!Nichts angekommen", "!Kratzer")
			default:
				if status != http.StatusOK {
					t.Errorf("%s at %s: %d", name, c.path, status)
				}
				texts := append([]string{}, c.texts...)
				if c.path != "/merchant/keys" { // only there the endpoint is shown, as the shop entered it
					texts = append(texts, secrets...)
				}
				has(t, name+" at "+c.path, html, texts...)
				for _, offer := range c.owner {
					if name == "member" {
						offer = "!" + offer
					}
					has(t, name+" at "+c.path, html, offer)
				}
			}
		}
		if _, _, html := people["owner"].Get(c.path + "?lang=en"); strings.Contains(html, "<html") {
			has(t, c.path+" in English", html, `<html lang="en">`)
		}
		people["owner"].Get("/merchant?lang=de")
	}
}

// TestWhoMayNotChangesNothing posts every form as nobody, as a member and as another shop's owner, and from another site.
func TestWhoMayNotChangesNothing(t *testing.T) {
	h := open(t)
	dispute := "/merchant/disputes/" + pay.Bare(h.dispute.ID)
	calls, err := h.ShopCallsOf(h.Ctx, h.Shoes, h.Shoes.Merchant)
	if err != nil || len(calls) == 0 {
		t.Fatalf("no calls: %v", err)
	}
	key, _, err := h.CreateKey(h.Ctx, app.System, h.Shoes.Merchant, "x", []string{pay.ScopeOrdersRead})
	if err != nil {
		t.Fatal(err)
	}
	forms := []struct {
		path     string
		form     url.Values
		stranger int // status; the forms of a stranger's own shop are left out with 0
	}{
		{"/merchant/calls", url.Values{"call": {string(calls[0].ID)}}, http.StatusNotFound},
		{dispute + "/accept", url.Values{"sure": {"yes"}}, http.StatusNotFound},
		{"/merchant/keys/user", nil, 0},
		{"/merchant/keys/end-user", url.Values{"username": {"Schuhladen"}}, http.StatusNotFound},
		{"/merchant/keys/new", url.Values{"name": {"x"}, pay.ScopeOrdersRead: {"yes"}}, 0},
		{"/merchant/keys/exchange", url.Values{"key": {string(key.ID)}}, http.StatusNotFound},
		{"/merchant/keys/end", url.Values{"key": {string(key.ID)}}, http.StatusNotFound},
		{"/merchant/keys/endpoint", url.Values{"url": {h.shop.URL}}, 0},
		{"/merchant/keys/end-endpoint", nil, 0},
		{"/merchant/people", url.Values{"email": {"new@shop.test"}, "role": {pay.RoleOwner}}, 0},
		{"/merchant/people/" + pay.Bare(person(t, h, membersMail)) + "/end", nil, http.StatusNotFound},
	}
	nobody, member, stranger := webtest.NewBrowser(t, h.site), enter(t, h.World, h.site, membersMail), enter(t, h.World, h.site, strangesMail)
	before := state(t, h)
	for _, f := range forms {
		if at, _, _ := nobody.Post(f.path, f.form); at != "/merchant/sign-in" {
			t.Errorf("nobody posts %s and ends at %s", f.path, at)
		}
		if _, status, _ := member.Post(f.path, f.form); status != http.StatusForbidden {
			t.Errorf("a member posts %s: %d", f.path, status)
		}
		if f.stranger != 0 {
			if _, status, _ := stranger.Post(f.path, f.form); status != f.stranger {
				t.Errorf("a stranger posts %s: %d, want %d", f.path, status, f.stranger)
			}
		}
	}
	if _, status, _ := member.PostFiles(dispute+"/answer", url.Values{"comment": {"Doch"}}, nil); status != http.StatusForbidden {
		t.Errorf("a member answers a dispute: %d", status)
	}
	if _, status, _ := stranger.PostFiles(dispute+"/answer", url.Values{"comment": {"Doch"}}, nil); status != http.StatusNotFound {
		t.Errorf("a stranger answers a dispute: %d", status)
	}
	if after := state(t, h); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	owner := enter(t, h.World, h.site, ownersMail)
	req, err := http.NewRequest(http.MethodPost, owner.Base()+"/merchant/keys/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, v := range owner.Cookies("/merchant") {
		req.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden || state(t, h) != before {
		t.Errorf("another site's form: %d", res.StatusCode)
	}
	if res.Header.Get("Content-Security-Policy") == "" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error("no policy")
	}
}

// person is the id of one of the shop's people.
func person(t *testing.T, h *house, email string) pay.MerchantUserID {
	t.Helper()
	users, err := h.MerchantUsers(h.Ctx, app.System, h.Shoes.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Email == email {
			return u.ID
		}
	}
	t.Fatalf("nobody has the address %s", email)
	return ""
}

// state is what the forms could change.
func state(t *testing.T, h *house) string {
	t.Helper()
	var out strings.Builder
	for _, query := range []string{"SELECT COUNT(*) FROM merchant_users WHERE active = 1", "SELECT COUNT(*) FROM credentials WHERE active = 1", "SELECT COUNT(*) FROM api_keys WHERE ends_at = 0",
		"SELECT COUNT(*) FROM webhook_endpoints", "SELECT COUNT(*) FROM disputes WHERE state = 'opened'", "SELECT COUNT(*) FROM dispute_responses",
		"SELECT COUNT(*) FROM audit WHERE action IN ('resend', 'webhook_secret')"} {
		var n int
		if err := h.DB.SQL().QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out.WriteString(strconv.Itoa(n) + " ")
	}
	return out.String()
}

func TestSignInTellsNobodyApart(t *testing.T) {
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	invite(t, w, w.Shoes, ownersMail, pay.RoleOwner)
	b := webtest.NewBrowser(t, pages(w))
	_, status, html := b.Post("/merchant/sign-in", url.Values{"email": {"nonsense"}})
	has(t, "no address", html, "Geben Sie eine E-Mail-Adresse ein")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no address: %d", status)
	}
	known, unknown := body(b.Post("/merchant/sign-in", url.Values{"email": {ownersMail}})), body(b.Post("/merchant/sign-in", url.Values{"email": {"noone@schuhladen.test"}}))
	if strings.ReplaceAll(known, ownersMail, "") != strings.ReplaceAll(unknown, "noone@schuhladen.test", "") {
		t.Error("known and unknown people get other answers")
	}
	w.Work()
	if n := len(w.Mailed.To("noone@schuhladen.test")); n != 0 {
		t.Errorf("%d mails to a stranger", n)
	}
	for range 3 { // the address had one link; two more, then it is left in peace
		_, status, html = b.Post("/merchant/sign-in", url.Values{"email": {ownersMail}})
		has(t, "asked often", html, "Sehen Sie in Ihr Postfach")
	}
	w.Work()
	if n := len(w.Mailed.To(ownersMail)); n != 1+3 || status == http.StatusTooManyRequests {
		t.Errorf("%d mails after four questions, status %d", n, status)
	}
	for range 2 {
		_, status, _ = b.Post("/merchant/sign-in", url.Values{"email": {ownersMail}})
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("one network address asks without end: %d", status)
	}
	if _, status, html := b.Post("/merchant/link/00"+strings.Repeat("x", 40), nil); status != http.StatusGone || !strings.Contains(html, "gilt nicht mehr") {
		t.Errorf("a made-up link: %d", status)
	}
}

func TestAFailedCallIsSentAgain(t *testing.T) {
	h := open(t)
	b := enter(t, h.World, h.site, ownersMail)
	html := body(b.Get("/merchant/calls"))
	call := regexp.MustCompile(`name="call" value="([^"]+)"`).FindStringSubmatch(html)
	h.broken = false
	_, _, html = b.Post("/merchant/calls", url.Values{"call": {call[1]}, "before": {"0"}})
	has(t, "sent again", html, "Der Aufruf wird wiederholt")
	h.Work()
	has(t, "later", body(b.Get("/merchant/calls")), "200", "Versuche", "502")
	if h.taken == 0 {
		t.Error("the shop was not called")
	}
	if _, status, _ := b.Post("/merchant/calls", url.Values{"call": {"scl_nonsense"}}); status != http.StatusNotFound {
		t.Errorf("a made-up call: %d", status)
	}
	for _, path := range []string{"/merchant/calls?before=x", "/merchant/calls?before=-1", "/merchant/orders?before=x", "/merchant/disputes?before=1.x", "/merchant/orders/x", "/merchant/payouts/x", "/merchant/payouts?before=x", "/merchant/disputes/x"} {
		if _, status, _ := b.Get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestKeysAreShownOnceAndChangeWithoutABreak(t *testing.T) {
	h := open(t)
	b := enter(t, h.World, h.site, ownersMail)
	has(t, "no keys for a member", body(enter(t, h.World, h.site, membersMail).Get("/merchant/keys")), "Einen Schlüssel legt an, wer den Shop verwaltet", "!Legen Sie einen an")
	_, status, html := b.Post("/merchant/keys/new", url.Values{"name": {"Kasse"}})
	has(t, "no scope", html, "Wählen Sie mindestens ein Recht", `href="#scopes"`, `value="Kasse"`, "Kim member, liest", "!(member)")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no scope: %d", status)
	}
	secret := regexp.MustCompile(`zz_test_[\w-]+`)
	_, _, html = b.Post("/merchant/keys/new", url.Values{"name": {"Kasse"}, pay.ScopeOrdersRead: {"yes"}})
	first := secret.FindString(html)
	has(t, "the new key", html, "Wir zeigen es nur jetzt", "Kasse")
	if who, _, err := h.KeyActor(h.Ctx, first); err != nil || who == nil || who.Merchant != h.Shoes.Merchant {
		t.Fatalf("the key %q does not work: %v", first, err)
	}
	html = body(b.Get("/merchant/keys"))
	has(t, "later", html, "!"+first, "Kim owner", "API-Schlüssel angelegt")
	id := regexp.MustCompile(`action="/merchant/keys/exchange"><input type="hidden" name="key" value="([^"]+)"`).FindStringSubmatch(html)
	_, _, html = b.Post("/merchant/keys/exchange", url.Values{"key": {id[1]}})
	second := secret.FindString(html)
	has(t, "exchanged", html, "gilt bis")
	for _, text := range []string{first, second} {
		if who, _, err := h.KeyActor(h.Ctx, text); err != nil || who == nil {
			t.Errorf("%q does not work meanwhile: %v", text, err)
		}
	}
	_, _, html = b.Post("/merchant/keys/end", url.Values{"key": {id[1]}})
	has(t, "ended", html, "Der Schlüssel ist beendet")
	if who, _, _ := h.KeyActor(h.Ctx, first); who != nil {
		t.Error("an ended key works")
	}
	_, status, html = b.Post("/merchant/keys/end-user", url.Values{"username": {"Schuhladen"}})
	has(t, "the last access", html, "Das ist der letzte Zugang")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("the last access: %d", status)
	}
	_, _, html = b.Post("/merchant/keys/user", nil)
	has(t, "a second access", html, "Wir zeigen es nur jetzt", "shop-")
	_, _, html = b.Post("/merchant/keys/end-user", url.Values{"username": {"Schuhladen"}})
	has(t, "the first access ended", html, "Der Zugang ist beendet")
	_, _, html = b.Post("/merchant/keys/endpoint", url.Values{"url": {"ftp://shop.test"}})
	has(t, "a bad address", html, "die mit https:// beginnt", `value="ftp://shop.test"`)
	_, _, html = b.Post("/merchant/keys/endpoint", url.Values{"url": {""}})
	has(t, "a new secret", html, "whsec_", "Das alte Geheimnis gilt noch bis")
	_, _, html = b.Post("/merchant/keys/end-endpoint", nil)
	has(t, "no events", html, "Es werden keine Ereignisse gesendet", "Ereignisse abbestellt")
}

func TestADisputeIsAnswered(t *testing.T) {
	h := open(t)
	b := enter(t, h.World, h.site, ownersMail)
	path := "/merchant/disputes/" + pay.Bare(h.dispute.ID)
	_, status, html := b.PostFiles(path+"/answer", url.Values{"comment": {" "}}, nil)
	has(t, "an empty answer", html, "Schreiben Sie eine Antwort", `href="#comment"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("an empty answer: %d", status)
	}
	_, status, html = b.PostFiles(path+"/answer", url.Values{"comment": {"Zugestellt"}}, map[string][]byte{"a.exe": []byte("MZ\x90\x00\x03\x00\x00\x00")})
	has(t, "a program", html, "Wählen Sie Dateien vom Typ", "Zugestellt")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a program: %d", status)
	}
	_, status, html = b.Post(path+"/accept", url.Values{})
	has(t, "not sure", html, "Setzen Sie den Haken")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("not sure: %d", status)
	}
	_, _, html = b.PostFiles(path+"/answer", url.Values{"comment": {"Zugestellt am Montag"}, "field-shipping_company": {"Botenrad"}, "field-tracking_number": {"BR1"}, "field-nonsense": {"x"}},
		map[string][]byte{"beleg.txt": []byte("Unterschrift")})
	has(t, "answered", html, "Ihre Antwort ist da", "Zugestellt am Montag", "Botenrad", "beleg.txt", "wir entscheiden", "!nonsense", "!Antwort senden")
	file := regexp.MustCompile(path + `/files/[\w-]+`).FindString(html)
	if got := body(b.Get(file)); got != "Unterschrift" {
		t.Errorf("the file reads %q", got)
	}
	if _, status, _ := enter(t, h.World, h.site, strangesMail).Get(file); status != http.StatusNotFound {
		t.Errorf("a stranger reads the file: %d", status)
	}
	_, _, html = b.Post(path+"/accept", url.Values{"sure": {"yes"}})
	has(t, "accepted", html, "Sie haben dem Einwand zugestimmt", "für den Kunden entschieden")
}

// TestAPayoutsFileAddsUp: the items of the file and its debts give what is paid out.
func TestAPayoutsFileAddsUp(t *testing.T) {
	h := open(t)
	b := enter(t, h.World, h.site, membersMail)
	path := "/merchant/payouts/" + pay.Bare(h.payout)
	rows, err := csv.NewReader(strings.NewReader(body(b.Get(path + "/transactions")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var sum, paid int64
	for _, row := range rows[1:] {
		n, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if row[0] == "payout" {
			paid = n
			continue
		}
		sum += n
	}
	s, err := h.Settlement(h.Ctx, h.Shoes, h.payout)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 5 || sum != paid || paid != s.Payout.Amount {
		t.Errorf("%d rows give %d, %d is paid, the books say %d", len(rows), sum, paid, s.Payout.Amount)
	}
	read, stop := make(chan struct{}), make(chan struct{})
	go func() { // the worker draws while the page waits
		defer close(stop)
		for {
			select {
			case <-read:
				return
			case <-time.After(10 * time.Millisecond):
				h.Work()
			}
		}
	}()
	_, status, html := b.Get(path + "/report")
	close(read)
	<-stop
	if status != http.StatusOK || !strings.HasPrefix(html, "%PDF") {
		t.Errorf("the report: %d %.20q", status, html)
	}
}

func TestPeopleInviteAndEndEachOther(t *testing.T) {
	h := open(t)
	b := enter(t, h.World, h.site, ownersMail)
	for form, text := range map[*url.Values]string{
		{"email": {"x"}, "role": {pay.RoleMember}}:                                               "Geben Sie eine E-Mail-Adresse ein",
		{"email": {"new@shop.test"}, "role": {"king"}}:                                           "Wählen Sie eine Rolle",
		{"email": {membersMail}, "role": {pay.RoleMember}}:                                       "Diese Person ist schon eingeladen",
		{"email": {"a@shop.test"}, "name": {strings.Repeat("x", 101)}, "role": {pay.RoleMember}}: "kürzeren Namen",
	} {
		_, status, html := b.Post("/merchant/people", *form)
		has(t, text, html, text)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", text, status)
		}
	}
	_, _, html := b.Post("/merchant/people", url.Values{"email": {"New@shop.test"}, "name": {"Neu"}, "role": {pay.RoleMember}})
	has(t, "invited", html, "Die Einladung ist unterwegs", "new@shop.test")
	enter(t, h.World, h.site, "new@shop.test")
	_, status, html := b.Post("/merchant/people/"+pay.Bare(person(t, h, ownersMail))+"/end", nil)
	has(t, "the last owner", html, "Sonst verwaltet niemand den Shop")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("the last owner: %d", status)
	}
	member := enter(t, h.World, h.site, membersMail)
	_, _, html = b.Post("/merchant/people/"+pay.Bare(person(t, h, membersMail))+"/end", nil)
	has(t, "ended", html, "kann sich nicht mehr anmelden")
	if at, _, _ := member.Get("/merchant"); at != "/merchant/sign-in" {
		t.Errorf("an ended person is at %s", at)
	}
	var last int
	for range 25 { // each would be another mail to the same person
		_, last, html = b.Post("/merchant/people", url.Values{"email": {membersMail}, "role": {pay.RoleMember}})
		b.Post("/merchant/people/"+pay.Bare(person(t, h, membersMail))+"/end", nil)
	}
	has(t, "too many invitations", html, "in einer Stunde noch einmal", membersMail)
	if last != http.StatusTooManyRequests {
		t.Errorf("the invitation after many: %d", last)
	}
	if at, _, _ := b.Post("/merchant/sign-out", nil); at != "/merchant/sign-in" {
		t.Errorf("signed out to %s", at)
	}
	if at, _, _ := b.Get("/merchant/keys"); at != "/merchant/sign-in" {
		t.Errorf("signed out and at %s", at)
	}
}

// TestPayoutsGoOnBehindOne: a page begins behind a payout of the shop itself, and behind no other's.
func TestPayoutsGoOnBehindOne(t *testing.T) {
	h := open(t)
	owner := enter(t, h.World, h.site, ownersMail)
	behind, href := "/merchant/payouts?before="+pay.Bare(h.payout), `href="/merchant/payouts/`+pay.Bare(h.payout)+`"`
	has(t, "the first page", body(owner.Get("/merchant/payouts")), href)
	has(t, "the page behind", body(owner.Get(behind)), "!"+href, `href="/merchant/payouts">`, "Zu den neuesten")
	if _, status, _ := enter(t, h.World, h.site, strangesMail).Get(behind); status != http.StatusNotFound {
		t.Errorf("a page begins behind another shop's payout: %d", status)
	}
}

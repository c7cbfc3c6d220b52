package api

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// shape checks that an object has all the members it must have, and no others than it may have.
func shape(t *testing.T, name string, m map[string]any, must, may string) {
	t.Helper()
	for _, member := range strings.Fields(must) {
		if _, ok := m[member]; !ok {
			t.Errorf("%s: %s is missing in %v", name, member, m)
		}
	}
	for member, value := range m {
		if !slices.Contains(strings.Fields(must+" "+may), member) || value == nil || value == "" {
			t.Errorf("%s: %s is %#v", name, member, value)
		}
	}
}

func methodsOf(t *testing.T, name string, m map[string]any) map[string]map[string]any {
	t.Helper()
	list, ok := m["methods"].([]any)
	if !ok {
		t.Fatalf("%s: methods is %#v, not a list", name, m["methods"])
	}
	byID := map[string]map[string]any{}
	for _, each := range list {
		method := each.(map[string]any)
		shape(t, name, method, "id offered", "reasons texts way_back_url")
		byID[method["id"].(string)] = method
	}
	return byID
}

var milliseconds = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func TestApproved(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	m := object(t, d.authorize(s, yes), 200)
	shape(t, "approved", m, "approved authorization_token expires_at device_token methods", "")
	if m["approved"] != true || !milliseconds.MatchString(m["expires_at"].(string)) || m["expires_at"] != "2026-11-23T10:00:00.000Z" {
		t.Errorf("approved %v until %v", m["approved"], m["expires_at"])
	}
	if _, ok := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, m["authorization_token"].(string)); !ok {
		t.Errorf("token %v", m["authorization_token"])
	}
	methods := methodsOf(t, "approved", m)
	if len(methods) != 3 || methods["invoice_14"]["offered"] != true || methods["prepayment"]["offered"] != true {
		t.Errorf("methods %v", methods)
	}
	// The same again is the same, now by the device that proved it.
	device := strings.Replace(yes, `"email_code":"000000"`, `"device_token":"`+m["device_token"].(string)+`"`, 1)
	again := object(t, d.authorize(s, device), 200)
	shape(t, "again", again, "approved authorization_token expires_at methods", "")
	if again["authorization_token"] != m["authorization_token"] || again["expires_at"] != m["expires_at"] {
		t.Errorf("again: %v", again)
	}
}

// TestRefused: who owes is refused on credit with reasons and a way back, and prepayment stays.
func TestRefused(t *testing.T) {
	w, _ := worldtest.Live(t)
	d := over(t, w)
	s := d.opened(t, worldtest.Anna.Email)
	rec := d.authorize(s, yes, "Accept-Language", "en-GB,en;q=0.9")
	m := object(t, rec, 200)
	shape(t, "refused", m, "approved methods device_token", "")
	if m["approved"] != false {
		t.Fatalf("approved: %v", m)
	}
	methods := methodsOf(t, "refused", m)
	if p := methods["prepayment"]; p["offered"] != true || p["reasons"] != nil || p["way_back_url"] != nil {
		t.Errorf("prepayment %v", p)
	}
	for _, id := range []string{"invoice_14", "invoice_30"} {
		p := methods[id]
		reasons, _ := p["reasons"].([]any)
		texts, _ := p["texts"].([]any)
		if p["offered"] != false || len(reasons) == 0 || len(texts) != len(reasons) {
			t.Fatalf("%s: %v", id, p)
		}
		if p["way_back_url"] != w.BaseURL+"/me/way-back/"+id+"/5950" {
			t.Errorf("%s: way_back_url %v", id, p["way_back_url"])
		}
	}
	saysNothing(t, "a refusal", rec.Body.String(), "null", "con_", "dec_", pay.Bare(w.Consumer(worldtest.Anna).Consumer)+`"`, "Müller", "Lindenweg", "1990-05-05")
	german := object(t, d.authorize(d.opened(t, worldtest.Anna.Email), yes, "Accept-Language", "fr"), 200)
	if g, e := methodsOf(t, "German", german)["invoice_14"], methods["invoice_14"]; g["texts"].([]any)[0] == e["texts"].([]any)[0] || g["reasons"].([]any)[0] != e["reasons"].([]any)[0] {
		t.Errorf("codes stay and texts speak the caller's language: %v and %v", g, e)
	}
}

func TestPrepayment(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	m := object(t, d.authorize(s, strings.Replace(yes, "invoice_14", "prepayment", 1)), 200)
	shape(t, "prepayment", m, "approved methods step_up payment device_token", "")
	p, _ := m["payment"].(map[string]any)
	shape(t, "payment", p, "amount currency reference iban until", "")
	if m["approved"] != false || m["step_up"] != "payment" || p["amount"] != 5950.0 || p["iban"] != worldtest.OurIBAN || !strings.HasPrefix(p["reference"].(string), "RF") {
		t.Errorf("%v", m)
	}
}

// TestStepUps: what is missing is said, one thing at a time.
func TestStepUps(t *testing.T) {
	d := newDoor(t)
	cart := d.opened(t, "klara@example.org").view.Cart
	noBirth, noMail := cart, cart
	noBirth.Buyer = nil
	address := *cart.Billing
	address.Email = ""
	noMail.Billing = &address
	cases := []struct {
		name string
		s    session
		body string
		want string
	}{
		{"no credential", d.open(t, cart), `{"payment_method":"invoice_14","consent":true}`, "email_code"},
		{"a wrong code", d.open(t, cart), strings.Replace(yes, "000000", "123456", 1), "email_code"},
		{"a wrong device", d.open(t, cart), `{"payment_method":"invoice_14","consent":true,"device_token":"x.y"}`, "email_code"},
		{"nobody's address", d.open(t, noMail), yes, "email_code"},
		{"no birth date", d.open(t, noBirth), yes, "birth_date"},
	}
	for _, c := range cases {
		m := object(t, d.authorize(c.s, c.body), 200)
		if m["approved"] != false || m["step_up"] != c.want || m["authorization_token"] != nil {
			t.Errorf("%s: %v", c.name, m)
		}
		methods := methodsOf(t, c.name, m)
		if c.want == "email_code" && (len(methods) != 0 || len(m) != 3) {
			t.Errorf("%s: %v", c.name, m)
		}
	}
}

// TestLiveMode: at a live shop the code of the tests proves nothing.
func TestLiveMode(t *testing.T) {
	d := newDoor(t)
	m, _, err := d.CreateMerchant(d.Ctx, app.System, pay.Merchant{Name: "Laden", Status: pay.MerchantActive, Mode: pay.ModeLive, Market: "DE", Currency: "EUR", Methods: []string{"invoice_14"}}, "live")
	if err != nil {
		t.Fatal(err)
	}
	d.Shoes = app.Actor{Merchant: m.ID}
	s := d.opened(t, "klara@example.org")
	if got := object(t, d.authorize(s, yes), 200); got["approved"] != false || got["step_up"] != "email_code" {
		t.Errorf("%v", got)
	}
}

// TestNothingWithoutACredential: whoever did not prove to be the buyer cannot tell a person who owes, one who is unknown and
// one who may buy apart, neither by what is answered nor by what is written.
func TestNothingWithoutACredential(t *testing.T) {
	w, _ := worldtest.Live(t)
	d := over(t, w)
	bodies := map[string]string{"no code": `{"payment_method":"invoice_14","consent":true}`, "a wrong code": strings.Replace(yes, "000000", "999999", 1),
		"a long code": strings.Replace(yes, "000000", strings.Repeat("1", 5000), 1), "a device of nobody": `{"payment_method":"prepayment","consent":true,"device_token":"a.b"}`}
	people := []string{worldtest.Anna.Email, worldtest.Ben.Email, "nobody@example.org"}
	for name, body := range bodies {
		for _, email := range people {
			s := d.opened(t, email)
			if got := strings.TrimSpace(d.authorize(s, body).Body.String()); got != `{"approved":false,"methods":[],"step_up":"email_code"}` {
				t.Errorf("%s as %s: %s", name, email, got)
			}
		}
	}
	for _, email := range people {
		s := d.opened(t, "somebody@example.org")
		rec := d.identify(s, email)
		if got := strings.TrimSpace(rec.Body.String()); rec.Code != 200 || got != `{"code_sent":true}` {
			t.Errorf("identify as %s: %d %s", email, rec.Code, got)
		}
		if got := strings.TrimSpace(d.authorize(s, bodies["a wrong code"]).Body.String()); got != `{"approved":false,"methods":[],"step_up":"email_code"}` {
			t.Errorf("identified as %s: %s", email, got)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for wish, want := range map[string]string{"": "de", "en": "en", "en-US,en;q=0.5": "en", "EN": "en", "de-AT": "de", "fr,en;q=0.3": "en", "fr": "de", "de;q=0.1,en;q=0.9": "en", "\x00": "de", ";;": "de"} {
		r := httptest.NewRequest("POST", "/", http.NoBody)
		r.Header.Set("Accept-Language", wish)
		if got := languageOf(r); got != want {
			t.Errorf("%q speaks %s, want %s", wish, got, want)
		}
	}
}

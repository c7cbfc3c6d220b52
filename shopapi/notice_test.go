package shopapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"zahlziel/pay"
)

// listener is a shop's own server: it keeps what it is told.
type listener struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string // path and body
	fails bool
}

func listen(t *testing.T) *listener {
	l := &listener{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.heard = append(l.heard, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if l.fails {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.heard
	l.heard = nil
	return out
}

// TestShopsAreTold: authorization, push and the states of a hosted page, each once.
func TestShopsAreTold(t *testing.T) {
	w := newWorld(t)
	w.app.Demo = true
	shop := listen(t)
	body := claraCart(t, `{"merchant_urls":{"authorization":"`+shop.URL+`/a?s={session.id}","push":"`+shop.URL+`/p?o={order.id}"}}`)
	w.must(t, 204, "DELETE", "/payments/v1/authorizations/"+w.recurring, "")
	session := w.must(t, 200, "POST", "/payments/v1/sessions", body)["session_id"].(string)
	page := w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/`+session+`","merchant_urls":{"status_update":"`+shop.URL+`/u?secret=x&s={{session_id}}"},"options":{"place_order_mode":"PLACE_ORDER"}}`)["session_id"].(string)
	id, _ := pay.ParseID[pay.PageID](pay.PrefixPage, page)
	if _, _, err := w.app.OpenPage(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	token := w.authorize(t, session)
	w.work(t)
	heard := shop.take()
	if len(heard) != 2 || !has(heard, `POST /a?s=`+session+` {"authorization_token":"`+token+`","session_id":"`+session+`"}`) || !strings.HasPrefix(heard[0]+heard[1], "POST /") {
		t.Errorf("heard %q", heard)
	}
	auth, _ := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, token)
	if _, err := w.app.CompletePage(t.Context(), id, auth); err != nil {
		t.Fatal(err)
	}
	w.work(t)
	heard = shop.take()
	if len(heard) != 1 {
		t.Fatalf("heard %q", heard)
	}
	where, told, _ := strings.Cut(strings.TrimPrefix(heard[0], "POST "), " ")
	var event struct {
		ID      string          `json:"event_id"`
		Session json.RawMessage `json:"session"`
	}
	read := w.call("GET", "/hpp/v1/sessions/"+page, "").Body.String()
	if err := json.Unmarshal([]byte(told), &event); err != nil || where != "/u?secret=x&s="+page || len(event.ID) != 36 || string(event.Session) != read || !strings.Contains(read, `"COMPLETED"`) {
		t.Errorf("at %s told %s, the page reads %s", where, told, read)
	}
	w.later(3 * minute)
	w.work(t)
	w.order = w.must(t, 200, "GET", "/hpp/v1/sessions/"+page, "")["order_id"].(string)
	if heard := shop.take(); len(heard) != 1 || heard[0] != "POST /p?o="+w.order+" " {
		t.Errorf("heard %q", heard)
	}
}

func has(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

// TestFourCalls: a shop that does not answer is called four times about one thing.
func TestFourCalls(t *testing.T) {
	w := newWorld(t)
	w.app.Demo = true
	shop := listen(t)
	shop.fails = true
	page := w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/`+w.open+`","merchant_urls":{"status_update":"`+shop.URL+`/u"}}`)["session_id"].(string)
	w.must(t, 204, "DELETE", "/hpp/v1/sessions/"+page, "")
	for range 8 {
		w.work(t)
		w.later(minute)
	}
	if heard := shop.take(); len(heard) != 4 {
		t.Errorf("called %d times", len(heard))
	}
}

// TestDistribution mails the page's address to who is named, in the language of the cart, a few times at most.
func TestDistribution(t *testing.T) {
	w := newWorld(t)
	w.work(t)
	made := w.must(t, 201, "POST", "/hpp/v1/sessions", `{"payment_session_url":"/payments/v1/sessions/`+w.open+`"}`)
	path := "/hpp/v1/sessions/" + made["session_id"].(string) + "/distribution"
	if made["distribution_url"] != testBase+path {
		t.Errorf("made %v", made)
	}
	for body, field := range map[string]string{
		`{}`:                 "method, contact_information",
		`{"method":"email"}`: "contact_information",
		`{"method":"email","contact_information":{}}`:                                         "contact_information.email",
		`{"method":"email","contact_information":{"email":"nobody"}}`:                         "contact_information.email",
		`{"method":"pigeon","contact_information":{"email":"bob@example.org"}}`:               "method",
		`{"method":"sms","contact_information":{"phone":"0170","phone_country":"DE"}}`:        "method",
		`{"method":"email","template":"X","contact_information":{"email":"bob@example.org"}}`: "template",
	} {
		if m := w.must(t, 400, "POST", path, body); m["error_messages"].([]any)[0] != "Bad value: "+field {
			t.Errorf("%s: %v", body, m["error_messages"])
		}
	}
	const good = `{"method":"email","contact_information":{"email":"bob@example.org"}}`
	w.must(t, 204, "POST", path, good)
	mails := w.work(t)
	if len(mails) != 1 || mails[0].To != "bob@example.org" || !strings.Contains(mails[0].Text, made["redirect_url"].(string)) || !strings.Contains(mails[0].Text, "59,50") {
		t.Errorf("mails %+v", mails)
	}
	for range 4 {
		w.must(t, 204, "POST", path, good)
	}
	w.must(t, 403, "POST", path, good)
	w.must(t, 204, "DELETE", strings.TrimSuffix(path, "/distribution"), "")
	w.must(t, 400, "POST", path, good)
}

package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// endpoint is a merchant's address for events.
type endpoint struct {
	*httptest.Server
	mu    sync.Mutex
	fails int
	calls []eventCall
}

type eventCall struct {
	id, at, signature string
	body              []byte
}

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.calls = append(e.calls, eventCall{r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), b})
		if e.fails > 0 {
			e.fails--
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(e.Close)
	return e
}

// signed reports whether a secret made one of the call's signatures, computed as a receiver does.
func (c eventCall) signed(t *testing.T, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	must(t, err)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(c.id + "." + c.at + "." + string(c.body)))
	for _, one := range strings.Fields(c.signature) {
		if one == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			return true
		}
	}
	return false
}

func (w *world) worker() *app.Worker {
	w.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	return &app.Worker{App: w.App, Handlers: w.Handlers(&letters{}, "Zahlziel <post@zahlziel.test>"), Owner: "test"}
}

func TestEventsOnlyForMerchantsWithAnEndpoint(t *testing.T) {
	w := newWorld(t)
	o := w.order("erika@example.org", 4990)
	_, err := w.Capture(w.ctx, w.shop, app.Key{}, o.ID, 1000, pay.Parcel{})
	must(t, err)
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM merchant_events"); n != 0 {
		t.Errorf("a merchant without an endpoint has %d events", n)
	}
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM jobs WHERE kind = 'webhook'"); n != 0 {
		t.Errorf("a merchant without an endpoint has %d jobs for events", n)
	}
}

func TestEventsAreSignedRetriedAndSentAgain(t *testing.T) {
	w := newWorld(t)
	e := newEndpoint(t)
	first, err := w.SetEndpoint(w.ctx, w.shop, app.Key{}, w.shop.Merchant, e.URL+"/hook?key=hush")
	must(t, err)
	o := w.order("erika@example.org", 4990)
	_, err = w.Capture(w.ctx, w.shop, app.Key{}, o.ID, 3000, pay.Parcel{})
	must(t, err)
	_, err = w.Refund(w.ctx, w.shop, app.Key{}, o.ID, 500, pay.Parcel{})
	must(t, err)
	second, err := w.SetEndpoint(w.ctx, w.shop, app.Key{}, w.shop.Merchant, "")
	must(t, err)
	e.fails = 1
	_, err = w.worker().Once(w.ctx)
	must(t, err)
	if len(e.calls) != 3 {
		t.Fatalf("%d calls, want one for each event", len(e.calls))
	}
	types := map[string]bool{}
	for _, c := range e.calls {
		if !c.signed(t, first) || !c.signed(t, second) || c.signed(t, "whsec_AAAA") {
			t.Errorf("the call of %s is not signed by both live secrets: %s", c.id, c.signature)
		}
		var body struct {
			ID   string         `json:"id"`
			Type string         `json:"type"`
			Data map[string]any `json:"data"`
		}
		must(t, json.Unmarshal(c.body, &body))
		types[body.Type] = true
		if body.ID != c.id || body.Data["order_id"] != pay.Bare(o.ID) || strings.Contains(string(c.body), "erika") {
			t.Errorf("event %s", c.body)
		}
	}
	if !types["order.created"] || !types["order.captured"] || !types["order.refunded"] {
		t.Errorf("events told: %v", types)
	}
	w.sendsAgain(e)
}

// sendsAgain looks at the log with one failed call, and has that made again at the desk.
func (w *world) sendsAgain(e *endpoint) {
	w.Helper()
	log, err := w.ShopCallsOf(w.ctx, w.shop, w.shop.Merchant)
	must(w.T, err)
	var failed *pay.ShopCall
	for _, d := range log {
		if strings.Contains(d.Host, "hush") || d.Host != strings.TrimPrefix(e.URL, "http://") {
			w.Errorf("the log names the host %q", d.Host)
		}
		if d.Problem != "" {
			failed = d
		}
	}
	if len(log) != 3 || failed == nil || failed.Status != 503 || failed.NextAt != failed.At+5e6 {
		w.Fatalf("log of calls: %d, failed: %+v", len(log), failed)
	}
	for _, who := range []app.Actor{support, {Merchant: "mer_other"}} {
		if _, err := w.Resend(w.ctx, who, app.Key{}, failed.ID); codeOf(err) != "no_such_call" {
			w.Errorf("%s may send again: %v", who, err)
		}
	}
	_, err = w.Resend(w.ctx, risk, app.Key{}, failed.ID)
	must(w.T, err)
	_, err = w.worker().Once(w.ctx)
	must(w.T, err)
	if len(e.calls) != 4 || e.calls[3].id != failed.Subject {
		w.Fatalf("%d calls after sending again", len(e.calls))
	}
	events, err := w.Events(w.ctx, w.shop, 0)
	must(w.T, err)
	for _, v := range events {
		if string(v.ID) != failed.Subject {
			continue
		}
		answers := map[int64]string{}
		for _, c := range v.Calls { // the clock stands still, so their order is open
			answers[c.Status] = c.Problem
		}
		if problem, taken := answers[200]; len(v.Calls) != 2 || !taken || problem != "" || answers[503] == "" {
			w.Errorf("calls of the event: %v", answers)
		}
	}
	if other, err := w.Events(w.ctx, app.Actor{Merchant: "mer_other"}, 0); err != nil || len(other) != 0 {
		w.Errorf("another merchant sees %d events, %v", len(other), err)
	}
}

func TestAddressesForEventsArePublic(t *testing.T) {
	w := newWorld(t)
	w.Demo = false
	for _, bad := range []string{"", "http://shop.example.org/", "https://user:secret@shop.example.org/", "ftp://shop.example.org", "https:///x"} {
		if _, err := w.SetEndpoint(w.ctx, w.shop, app.Key{}, w.shop.Merchant, bad); codeOf(err) != "bad_url" {
			t.Errorf("%q is taken: %v", bad, err)
		}
	}
	_, err := w.SetEndpoint(w.ctx, w.shop, app.Key{}, w.shop.Merchant, "https://127.0.0.1:1/hook")
	must(t, err)
	o := w.order("erika@example.org", 4990)
	_, err = w.Capture(w.ctx, w.shop, app.Key{}, o.ID, 1000, pay.Parcel{})
	must(t, err)
	_, err = w.worker().Once(w.ctx)
	must(t, err)
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM jobs WHERE kind = 'webhook' AND state = 'waiting' AND tries = 0"); n != 1 {
		t.Errorf("%d events wait untried for an endpoint that gives no answer, want 1", n)
	}
	log, err := w.ShopCallsOf(w.ctx, w.shop, w.shop.Merchant)
	must(t, err)
	if len(log) != 1 || !strings.Contains(log[0].Problem, "127.0.0.1 is not a public address") {
		t.Fatalf("log: %+v", log)
	}
}

func TestOnlyPublicAddressesAreCalled(t *testing.T) {
	for _, address := range []string{"127.0.0.1:443", "[::1]:443", "10.1.2.3:443", "192.168.0.1:443", "172.16.0.1:443", "169.254.169.254:80", "100.64.0.1:443", "0.0.0.0:443", "0.1.2.3:443",
		"198.18.0.1:443", "240.0.0.1:443", "255.255.255.255:443", "[::ffff:10.0.0.1]:443", "[64:ff9b::a00:1]:443", "[2002:a00:1::]:443", "[fd00::1]:443", "[fe80::1]:443", "224.0.0.1:443", "nonsense"} {
		if app.PublicAddress(address, false) == nil {
			t.Errorf("%s may be called", address)
		}
	}
	for _, address := range []string{"93.184.216.34:443", "[2606:4700::1]:443"} {
		if err := app.PublicAddress(address, false); err != nil {
			t.Errorf("%s may not be called: %v", address, err)
		}
	}
	if app.PublicAddress("127.0.0.1:80", true) != nil || app.PublicAddress("10.0.0.1:80", true) == nil {
		t.Error("a demo may call loopback and nothing else that is private")
	}
}

func TestKeysOverlap(t *testing.T) {
	w := newWorld(t)
	username, secret, err := w.AddKey(w.ctx, risk, w.shop.Merchant)
	must(t, err)
	in := func() bool {
		who, err := w.Authenticate(context.Background(), username, secret)
		must(t, err)
		return who != nil && who.Merchant == w.shop.Merchant
	}
	if !in() {
		t.Fatal("the new key does not work")
	}
	must(t, w.EndKey(w.ctx, risk, w.shop.Merchant, "shop-1"))
	if err := w.EndKey(w.ctx, risk, w.shop.Merchant, username); codeOf(err) != "last_key" || !in() {
		t.Errorf("the last key ends: %v", err)
	}
	_, _, err = w.AddKey(w.ctx, risk, w.shop.Merchant)
	must(t, err)
	must(t, w.EndKey(w.ctx, risk, w.shop.Merchant, username))
	if in() {
		t.Error("an ended key still works")
	}
	if _, _, err := w.AddKey(w.ctx, support, w.shop.Merchant); codeOf(err) != "forbidden" {
		t.Errorf("support makes keys: %v", err)
	}
}

// fading is a context that ends while somebody waits under it for the second time.
type fading struct {
	context.Context
	waits *int
}

func (f fading) Done() <-chan struct{} {
	if *f.waits--; *f.waits >= 0 {
		return nil
	}
	over := make(chan struct{})
	close(over)
	return over
}

func (f fading) Err() error {
	if *f.waits >= 0 {
		return nil
	}
	return context.Canceled
}

// TestADatabaseThatIsAwayLosesNoCallback: only a session that is gone ends the job that tells of its confirmation.
func TestADatabaseThatIsAwayLosesNoCallback(t *testing.T) {
	w := newWorld(t)
	_, ans := w.authorize("erika@example.org", "invoice_14", 4990)
	db, err := store.Open(w.ctx, w.DB.URL, store.Options{Now: w.Clock.Now})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	other, err := app.New(w.ctx, db, w.Vault, w.Clock, w.BaseURL)
	must(t, err)
	tell := other.Handlers(&letters{}, "Zahlziel <post@zahlziel.test>")[app.JobAuthorized]
	const ofOneRow = 2 // a read waits for its place and for its answer
	waits := ofOneRow
	err = tell(fading{w.ctx, &waits}, &pay.Job{Kind: app.JobAuthorized, Subject: string(ans.Token)})
	if permanent := (app.Permanent{}); err == nil || errors.As(err, &permanent) {
		t.Errorf("the database is away for a moment, and the shop never hears: %v", err)
	}
}

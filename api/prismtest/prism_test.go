// Package prismtest puts a validating proxy that this project did not write between the Go client and a running server: what
// the proxy lets through in both directions is what the description says.
package prismtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/client"
	"zahlziel/pay"
	"zahlziel/store/storetest"
	"zahlziel/web/portal/worldtest"
)

// install puts the proxy that the lock file names into the user's cache, once for each lock file, and returns its program. So only
// the first run needs the registry and the time.
func install(t *testing.T) string {
	t.Helper()
	lock, err := os.ReadFile("package-lock.json")
	must(t, err)
	cache, err := os.UserCacheDir()
	must(t, err)
	home := filepath.Join(cache, "zahlziel", fmt.Sprintf("prism-%x", sha256.Sum256(lock)))
	program := filepath.Join(home, "node_modules", "@stoplight", "prism-cli", "dist", "index.js")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	must(t, os.MkdirAll(filepath.Dir(home), 0o700))
	fresh, err := os.MkdirTemp(filepath.Dir(home), "fresh-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(fresh) })
	list, err := os.ReadFile("package.json")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(fresh, "package.json"), list, 0o600))
	must(t, os.WriteFile(filepath.Join(fresh, "package-lock.json"), lock, 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = fresh
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v %s", err, out)
	}
	if err := os.Rename(fresh, home); err != nil { // another run was first
		_, err = os.Stat(program)
		must(t, err)
	}
	return program
}

// proxy starts the proxy with a description before a server and returns its address.
func proxy(t *testing.T, program, server string, description []byte) string {
	t.Helper()
	spec := filepath.Join(t.TempDir(), "openapi.yaml")
	must(t, os.WriteFile(spec, description, 0o600))
	address, err := storetest.FreeAddress()
	must(t, err)
	host, port, err := net.SplitHostPort(address)
	must(t, err)
	node := exec.Command("node", program, "proxy", "--errors", "--host", host, "--port", port, spec, server+"/api/v1")
	var log bytes.Buffer
	node.Stdout, node.Stderr = &log, &log
	must(t, node.Start())
	t.Cleanup(func() {
		_ = node.Process.Kill()
		_ = node.Wait()
		if t.Failed() {
			said := log.String()
			t.Logf("the proxy said:\n%s", said[max(0, len(said)-4000):])
		}
	})
	for range 300 {
		if conn, err := net.Dial("tcp", address); err == nil {
			must(t, conn.Close())
			return "http://" + address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the proxy does not start")
	return ""
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is got's value, or the end of the test.
func got[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// watch carries calls to the proxy, which serves the description's paths at its root, and reports what the proxy finds wrong.
// It counts what came through.
type watch struct {
	t     *testing.T
	mu    sync.Mutex
	calls map[string]int
}

func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = path, ""
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if found := violations(resp, body); found != "" {
		w.t.Errorf("%s %s: %s", r.Method, path, found)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[fmt.Sprint(r.Method, " ", resp.StatusCode)]++
	return resp, nil
}

// violations is what the proxy says is wrong with a request or an answer.
func violations(resp *http.Response, body []byte) string {
	if said := resp.Header.Get("sl-violations"); said != "" {
		return said
	}
	var problem struct{ Type string }
	if json.Unmarshal(body, &problem) == nil && strings.Contains(problem.Type, "prism/errors") {
		return string(body)
	}
	return ""
}

// shop is a running server with the proxy before it.
type shop struct {
	*worldtest.World
	t     *testing.T
	c     *client.Client // through the proxy
	watch *watch
}

func start(t *testing.T) *shop {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: install nodejs and npm to run the proxy", program)
		}
	}
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	mux := http.NewServeMux()
	api.Routes(mux, w.App, func(r *http.Request) string { return r.RemoteAddr })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	_, key, err := w.CreateKey(w.Ctx, app.System, w.Shoes.Merchant, "test", pay.Scopes)
	must(t, err)
	s := &shop{World: w, t: t, watch: &watch{t: t, calls: map[string]int{}}}
	program := install(t)
	s.c = s.through(proxy(t, program, server.URL, api.Spec), key)
	s.refuses(s.c.Base, `{"country":"DE"}`, "currency")
	stricter := bytes.Replace(api.Spec, []byte("required: [id, client_token,"), []byte("required: [id, colour, client_token,"), 1)
	whole, err := json.Marshal(cart("Ole", 1000))
	must(t, err)
	s.refuses(proxy(t, program, server.URL, stricter), string(whole), "colour")
	return s
}

func (s *shop) through(base, key string) *client.Client {
	c := client.New(base, key)
	c.HTTP, c.Tries = &http.Client{Transport: s.watch, Timeout: 30 * time.Second}, 1
	return c
}

func cart(name string, amount int64) client.NewSession {
	return client.NewSession{Cart: client.Cart{Country: "DE", Currency: "EUR", Locale: "de-DE", Amount: amount, Reference: "S-1",
		Lines:   []client.Line{{Name: "Hut", Reference: "H-1", Quantity: 1, UnitPrice: amount, TotalAmount: amount, TaxRate: 1900}},
		Billing: &client.Address{GivenName: name, FamilyName: "Lang", Street: "Lindenweg 3", PostalCode: "50667", City: "Köln", Country: "DE", Email: strings.ToLower(name) + "@example.org"}},
		Buyer: &client.Buyer{BirthDate: "1990-05-05"}}
}

// confirmed opens a purchase and has its buyer confirm it; both go through the proxy.
func (s *shop) confirmed(n client.NewSession) (session *client.Session, token string) {
	s.t.Helper()
	ctx := s.t.Context()
	session = got[*client.Session](s.t)(s.c.CreateSession(ctx, n))
	buyer := s.through(s.c.Base, session.ClientToken)
	must(s.t, buyer.Identify(ctx, session.ID, n.Billing.Email, "1990-05-05"))
	said := got[*client.Confirmed](s.t)(buyer.Confirm(ctx, session.ID, client.Confirmation{Method: "invoice_14", Consent: true, EmailCode: "000000", Assessment: &client.Assessment{MonthlyFreeAmount: 100_000}}))
	if !said.Approved {
		s.t.Fatalf("%+v", said)
	}
	return session, said.AuthorizationToken
}

// TestThroughProxy lives a shop's weeks through the proxy: sale, change, refund, recurring order, dispute, payout.
func TestThroughProxy(t *testing.T) {
	s := start(t)
	order, capture := s.sells()
	s.changes()
	s.recurs()
	s.Work()
	s.run(3)
	s.disputes(order, capture)
	s.run(3)
	s.isPaid(order)
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	if s.watch.calls["POST 201"] < 10 || s.watch.calls["PATCH 200"] < 4 || s.watch.calls["GET 200"] < 12 || s.watch.calls["GET 404"] < 1 {
		t.Errorf("too little came through the proxy: %v", s.watch.calls)
	}
}

// refuses proves that the proxy judges both ways: it names the member of a new session, or of its answer, that breaks the
// description.
func (s *shop) refuses(base, body, member string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", base+"/sessions", strings.NewReader(body))
	must(s.t, err)
	r.Header.Set("Authorization", "Bearer "+s.c.Key)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	must(s.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if found := violations(resp, answer); !strings.Contains(found, member) {
		s.t.Fatalf("the proxy lets a session without %s through: %d %s", member, resp.StatusCode, answer)
	}
}

func (s *shop) sells() (order, capture string) {
	s.t.Helper()
	ctx := s.t.Context()
	session, token := s.confirmed(cart("Kai", 5000))
	if all := got[[]client.Outcome](s.t)(s.c.Methods(ctx, session.ID)); len(all) == 0 {
		s.t.Error("no method is possible")
	}
	page := got[*client.Page](s.t)(s.c.CreatePage(ctx, session.ID, client.NewPage{Title: "Kasse", Then: "order", URLs: client.PageURLs{Success: "https://shop.test/ok", Status: "https://shop.test/news"}}))
	got[*client.Page](s.t)(s.c.MailPage(ctx, page.ID, "kai@example.org"))
	got[*client.Page](s.t)(s.c.Page(ctx, page.ID))
	if a := got[*client.Authorization](s.t)(s.c.Authorization(ctx, token)); a.Status != "live" {
		s.t.Errorf("%+v", a)
	}
	o := got[*client.Order](s.t)(s.c.PlaceOrder(ctx, client.NewOrder{AuthorizationToken: token, Amount: 5000}))
	got[*client.Order](s.t)(s.c.AcknowledgeOrder(ctx, o.ID))
	c := got[*client.Capture](s.t)(s.c.Capture(ctx, o.ID, client.Parcel{Amount: 4000, Lines: o.Cart.Lines, Shipments: []client.Shipment{{Company: "Post", Method: "postal", TrackingNumber: "1"}}}))
	s.Work()
	got[*client.Capture](s.t)(s.c.SendAgain(ctx, o.ID, c.ID))
	got[*client.Capture](s.t)(s.c.AddCaptureShipments(ctx, o.ID, c.ID, client.Shipment{Company: "Post"}))
	options := got[[]client.Extension](s.t)(s.c.ExtensionOptions(ctx, o.ID, c.ID))
	got[*client.Extension](s.t)(s.c.ExtendDueDay(ctx, o.ID, c.ID, options[0].Days))
	r := got[*client.Refund](s.t)(s.c.Refund(ctx, o.ID, client.Parcel{Amount: 500, Description: "Kratzer"}))
	got[*client.Refund](s.t)(s.c.RefundOf(ctx, o.ID, r.ID))
	got[*client.Order](s.t)(s.c.Release(ctx, o.ID))
	if o = got[*client.Order](s.t)(s.c.Order(ctx, o.ID)); o.CapturedAmount != 4000 || o.RefundedAmount != 500 || o.ReleasedAmount != 1000 {
		s.t.Errorf("%+v", o)
	}
	_, err := s.c.Capture(ctx, o.ID, client.Parcel{Amount: 1})
	s.is(err, "capture_not_allowed")
	_, err = s.c.Order(ctx, "x")
	s.is(err, "no_such_order")
	return o.ID, c.ID
}

func (s *shop) is(err error, code string) {
	s.t.Helper()
	if !errors.Is(err, &client.Error{Code: code}) {
		s.t.Errorf("got %v, want %s", err, code)
	}
}

func (s *shop) changes() {
	s.t.Helper()
	ctx := s.t.Context()
	session := got[*client.Session](s.t)(s.c.CreateSession(ctx, cart("Lea", 3000)))
	reference := "S-2"
	got[*client.Session](s.t)(s.c.ChangeSession(ctx, session.ID, client.SessionChange{Reference: &reference}))
	got[*client.Session](s.t)(s.c.Session(ctx, session.ID))
	got[*client.Session](s.t)(s.c.EndSession(ctx, session.ID))
	_, unused := s.confirmed(cart("Mia", 3000))
	got[*client.Authorization](s.t)(s.c.ReleaseAuthorization(ctx, unused))
	_, token := s.confirmed(cart("Lea", 3000))
	o := got[*client.Order](s.t)(s.c.PlaceOrder(ctx, client.NewOrder{AuthorizationToken: token, Amount: 3000}))
	got[*client.Order](s.t)(s.c.SetReferences(ctx, o.ID, &reference, &reference))
	got[*client.Order](s.t)(s.c.ChangeAmount(ctx, o.ID, client.AmountChange{Amount: 2000}))
	got[*client.Order](s.t)(s.c.ChangeShipping(ctx, o.ID, client.Address{GivenName: "Lea", FamilyName: "Lang", Street: "Lindenweg 5", PostalCode: "50667", City: "Köln", Country: "DE"}))
	got[*client.Order](s.t)(s.c.AddShipments(ctx, o.ID, client.Shipment{Company: "Post"}))
	got[*client.Order](s.t)(s.c.ExtendOrder(ctx, o.ID))
	got[*client.Order](s.t)(s.c.Cancel(ctx, o.ID))
	if all := got[*client.List[client.OrderLine]](s.t)(s.c.Orders(ctx, "", 1)); all.NextCursor == "" {
		s.t.Errorf("%+v", all)
	}
	if secret := got[string](s.t)(s.c.SetWebhook(ctx, "https://shop.test/events")); !strings.HasPrefix(secret, "whsec_") {
		s.t.Errorf("%q", secret)
	}
	got[[]client.Event](s.t)(s.c.Events(ctx, time.Time{}))
}

func (s *shop) recurs() {
	s.t.Helper()
	ctx := s.t.Context()
	n := cart("Nia", 2000)
	n.Intent = "buy_and_tokenize"
	_, given := s.confirmed(n)
	token := got[*client.CustomerToken](s.t)(s.c.CreateCustomerToken(ctx, client.NewCustomerToken{AuthorizationToken: given, Description: "Hut-Abo"}))
	order := client.TokenOrder{Currency: "EUR", Amount: 1500, Lines: []client.Line{{Name: "Hut", Quantity: 1, UnitPrice: 1500, TotalAmount: 1500}}, Capture: true}
	got[*client.Order](s.t)(s.c.PlaceTokenOrder(ctx, token.ID, order))
	order.Amount, order.Lines[0].UnitPrice, order.Lines[0].TotalAmount = 9_000_000, 9_000_000, 9_000_000
	_, err := s.c.PlaceTokenOrder(ctx, token.ID, order)
	s.is(err, "order_refused")
	got[*client.CustomerToken](s.t)(s.c.CustomerToken(ctx, token.ID))
	got[*client.CustomerToken](s.t)(s.c.CancelCustomerToken(ctx, token.ID))
}

// run lets days pass and does what they bring.
func (s *shop) run(days cal.Day) {
	s.t.Helper()
	_, err := s.DayRun(s.Ctx, s.Today+days, nil)
	must(s.t, err)
	s.At(s.Today+days, 10)
	s.Work()
}

func (s *shop) disputes(order, capture string) {
	s.t.Helper()
	ctx := s.t.Context()
	bought := got[[]*pay.Invoice](s.t)(s.DB.InvoicesOfOrder(ctx, pay.OrderID(pay.PrefixOrder+"_"+order)))
	got[*pay.Dispute](s.t)(s.OpenDispute(ctx, s.Consumer(worldtest.Person{Email: "kai@example.org"}), app.Key{}, bought[0].ID,
		app.Objection{Reason: pay.DisputeFaulty, Amount: 1000, Text: "Die Krempe ist gerissen.", Lines: []pay.DisputeLine{{Reference: "H-1", Quantity: 1}}}))
	for _, reason := range []string{"faulty", "returned"} {
		list := got[*client.List[client.Dispute]](s.t)(s.c.Disputes(ctx, client.DisputeFilter{States: []string{"opened", "replied"}, Reasons: []string{reason}, Sort: "-deadline"}, "", 10))
		for _, d := range list.Data {
			file := got[string](s.t)(s.c.AttachToDispute(ctx, d.ID, "beleg.txt", []byte("zugestellt am 23.11.")))
			var text bytes.Buffer
			must(s.t, s.c.DisputeAttachment(ctx, d.ID, file, &text))
			answered := got[*client.Dispute](s.t)(s.c.AnswerDispute(ctx, d.ID, d.Requests[0].ID, client.DisputeReply{Comment: "Zugestellt", Fields: map[string]string{"inspection_report": "heil"}, Attachments: []string{file}}))
			if answered.State != "replied" || answered.CaptureID != capture || text.String() != "zugestellt am 23.11." {
				s.t.Errorf("%+v %q", answered, text.String())
			}
			_, err := s.c.AnswerDispute(ctx, d.ID, d.Requests[0].ID, client.DisputeReply{Comment: "Noch etwas"})
			s.is(err, "dispute_answered")
			if d := got[*client.Dispute](s.t)(s.c.AcceptLoss(ctx, d.ID)); d.Outcome != "lost" {
				s.t.Errorf("%+v", d)
			}
		}
		if (len(list.Data) == 1) != (reason == "faulty") {
			s.t.Errorf("%s: %+v", reason, list)
		}
	}
}

func (s *shop) isPaid(order string) {
	s.t.Helper()
	ctx := s.t.Context()
	payouts := got[*client.List[client.Payout]](s.t)(s.c.Payouts(ctx, client.PayoutFilter{From: "2026-11-01", Until: "2026-12-31", Currency: "EUR"}, "", 50))
	if len(payouts.Data) < 2 {
		s.t.Fatalf("%+v", payouts)
	}
	for _, p := range payouts.Data {
		sums := got[*client.PayoutSums](s.t)(s.c.Payout(ctx, p.ID))
		rest := sums.Amount + sums.OpeningDebt - sums.ClosingDebt
		for line, err := range s.c.PayoutTransactions(ctx, p.ID) {
			must(s.t, err)
			rest -= line.Amount
		}
		var table bytes.Buffer
		must(s.t, s.c.PayoutCSV(ctx, p.ID, &table))
		if rest != 0 || !strings.HasPrefix(table.String(), "event,amount,") {
			s.t.Errorf("%d left of %+v:\n%s", rest, sums, table.String())
		}
	}
	n := 0
	for line, err := range s.c.Transactions(ctx, order) {
		must(s.t, err)
		if n++; line.OrderID != order {
			s.t.Errorf("%+v", line)
		}
	}
	var table, paper bytes.Buffer
	must(s.t, s.c.PayoutsCSV(ctx, "2026-11-01", "2026-12-31", &table))
	if n < 4 || strings.Count(table.String(), "\npayout,") != len(payouts.Data) {
		s.t.Errorf("%d transactions, %s", n, table.String())
	}
	defer s.working()()
	must(s.t, s.c.PayoutsPDF(ctx, "2026-11-01", "2026-12-31", "en", &paper))
	if !strings.HasPrefix(paper.String(), "%PDF-") {
		s.t.Errorf("%.100s", paper.String())
	}
}

// working does jobs beside the test until the returned function is called.
func (s *shop) working() (end func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				s.Work()
			}
		}
	}()
	return func() { close(stop); <-done }
}

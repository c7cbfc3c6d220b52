package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store/storetest"
	"zahlziel/web/portal/worldtest"
)

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-`)

// TestAdminDoor: health, readiness and metrics; the metrics name doors, never ids or people.
func TestAdminDoor(t *testing.T) {
	h := newHouse(t, "http://127.0.0.1:8080", true)
	reg := prometheus.NewRegistry()
	admin := adminDoor(h.App, reg)
	h.front = measured(reg, h.front)
	for _, v := range h.visits() {
		h.call("consumer", v.method, v.path+"?q=anna@example.org", "")
	}
	get := func(path string) (int, string) {
		rec := httptest.NewRecorder()
		admin.ServeHTTP(rec, httptest.NewRequest("GET", path, http.NoBody))
		return rec.Code, rec.Body.String()
	}
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if code, body := get(path); code != 200 || body != want {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	code, metrics := get("/metrics")
	for _, want := range []string{`zahlziel_request_seconds_count{door="me",status="2xx"}`, `zahlziel_request_seconds_count{door="api",status="4xx"}`,
		`zahlziel_request_seconds_count{door="ordermanagement",status="4xx"}`, `door="other"`, "zahlziel_lane_queue 0"} {
		if code != 200 || !strings.Contains(metrics, want) {
			t.Errorf("metrics (%d) lack %s", code, want)
		}
	}
	for _, unwanted := range []string{"example.org", "@", "Anna", "Radladen", "radladen", "invoice_14", "/me/", h.page} {
		if strings.Contains(metrics, unwanted) {
			t.Errorf("metrics name %q", unwanted)
		}
	}
	if id := uuids.FindString(metrics); id != "" {
		t.Errorf("metrics carry the id %s", id)
	}
	for _, path := range []string{"/", "/me", "/payments/v1/sessions", "/debug/pprof/"} {
		if code, _ := get(path); code != 404 {
			t.Errorf("the admin listener answers %s with %d", path, code)
		}
	}
	fatal(t, h.DB.Close())
	if code, body := get("/readyz"); code != 503 || strings.Contains(body, "sql") {
		t.Errorf("/readyz without a database: %d %q", code, body)
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("/healthz without a database: %d", code)
	}
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := storetest.FreeAddress()
	fatal(t, err)
	return address
}

// TestStopFinishesWhatIsUnderWay: a stopping server answers the request it has begun, takes no new one, and ends without an error.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	c := &doors{Listen: freeAddress(t), AdminListen: freeAddress(t), SMTP: "smtp://127.0.0.1:1", MailFrom: "Zahlziel <post@zahlziel.test>"}
	begun, finish, stopped := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		stopped <- c.serve(ctx, w.App, func(mux *http.ServeMux) {
			mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
				close(begun)
				<-finish
				fmt.Fprint(w, "done")
			})
		})
	}()
	waitFor(t, "http://"+c.AdminListen+"/readyz")
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + c.Listen + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		answer <- string(text)
	}()
	<-begun
	stop()
	for range 200 { // until the door is closed
		conn, err := net.Dial("tcp", c.Listen)
		if err != nil {
			break
		}
		conn.Close()
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := net.Dial("tcp", c.Listen); err == nil {
		t.Error("a stopping server takes new connections")
	}
	select {
	case err := <-stopped:
		t.Fatalf("the server ended before its request: %v", err)
	default:
	}
	close(finish)
	if text := <-answer; text != "done" {
		t.Errorf("the request under way got %q", text)
	}
	if err := <-stopped; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func waitFor(t *testing.T, url string) {
	t.Helper()
	for range 500 {
		if res, err := http.Get(url); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not answer", url)
}

// TestTakenAddress: if one of the addresses is taken, the server says so and leaves the other free.
func TestTakenAddress(t *testing.T) {
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	defer taken.Close()
	c := &doors{Listen: freeAddress(t), AdminListen: taken.Addr().String(), SMTP: "smtp://127.0.0.1:1", MailFrom: "Zahlziel <post@zahlziel.test>"}
	if err := c.serve(t.Context(), w.App, nil); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
	l, err := net.Listen("tcp", c.Listen)
	fatal(t, err)
	l.Close()
}

// TestSlowClients: nobody holds a connection by being slow.
func TestSlowClients(t *testing.T) {
	s := newServer(http.NotFoundHandler())
	for name, limit := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "request": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("a slow %s may take %v", name, limit)
		}
	}
	if s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 1<<20 {
		t.Errorf("headers may have %d bytes", s.MaxHeaderBytes)
	}
}

// refusing is a mail server that repeats the address it refuses, as many do.
type refusing struct{}

func (refusing) Send(_ context.Context, m mail.Message) error {
	return errors.New("550 5.1.1 <" + m.To + ">: Recipient address rejected: user unknown")
}

// safeBuffer may be written by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// TestLogNamesNobody: a sale with everything that goes wrong along the way leaves no personal data and no secret in the log.
func TestLogNamesNobody(t *testing.T) {
	var out safeBuffer
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(newLog(&out))
	h := newHouse(t, "http://127.0.0.1:8080", true)
	h.Log = slog.Default()
	h.front = measured(prometheus.NewRegistry(), h.front)
	h.Ask(worldtest.Ben, h.Shoes, "prepayment", worldtest.Line("Stiefel", 18900))
	order := h.Order(worldtest.Person{Given: "Dora", Family: "Neumann", Email: "dora@example.org", PostalCode: "10115", City: "Berlin"}, h.Tea, "invoice_14", worldtest.Line("Kanne", 2990))
	h.Ship(h.Tea, order)
	fatal(t, h.SendSignInLink(h.Ctx, worldtest.Anna.Email, "de"))
	worker := &app.Worker{App: h.App, Handlers: h.Handlers(refusing{}, "Zahlziel <post@zahlziel.test>"), Owner: "test"}
	for range 5 {
		if _, err := worker.Once(h.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(out.String(), "job failed") || !strings.Contains(out.String(), "Recipient address rejected") {
		t.Fatalf("the failure is not in the log: %s", out.String())
	}
	link := h.Link(worldtest.Anna)
	fatal(t, h.DB.Close())
	for _, v := range h.visits() {
		for _, kind := range kinds {
			h.call(kind, v.method, v.path, "email=anna%40example.org&q=anna")
		}
	}
	h.call("nobody", "POST", link, "")
	log := out.String()
	if !strings.Contains(log, "page failed") || !strings.Contains(log, "correlation_id") {
		t.Fatalf("failed pages are not in the log: %s", log)
	}
	secrets := []string{worldtest.Password, strings.TrimPrefix(link, "/me/link/"), pay.Bare(h.past.AnnasOrder.ID)}
	for _, c := range h.set {
		secrets = append(secrets, c.Value)
	}
	for _, text := range append(secrets, "Anna", "Müller", "Ben", "Okafor", "Dora", "Neumann", "@example.org", "Lindenweg", "1990-05-05", "DE02", "0152", "2345678", "10115") {
		if strings.Contains(log, text) {
			at := strings.Index(log, text)
			t.Errorf("the log holds %q: ...%s", text, log[max(0, at-200):min(len(log), at+100)])
		}
	}
}

func TestNewLog(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out)
	log.Error("refused", "error", errors.New("550 <anna.b+x@mail.example.org> no"), "path", "/me/link/0123456789012345678901234567890123", "status", 550,
		"iban", "DE02 1203 0000 0000 2020 51", "database", "postgres://zahlziel:xxxxx@db.example.org/z")
	got := out.String()
	for _, want := range []string{"550 <[removed]> no", "/me/link/[removed]", "status=550", `iban=[removed]`, "zahlziel:xxxxx@db.example.org", "level=ERROR"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

// Package browser_test drives the real program in a real browser: chromium on loopback against all doors with a fresh
// embedded database and the mailbox. Whatever a page breaks on the way (policy, size, contrast, targets) fails the story.
package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/gateway/mail/catcher"
	"zahlziel/integrations/sampleshop"
	"zahlziel/money"
	"zahlziel/shopapi"
	"zahlziel/sim"
	"zahlziel/store"
	"zahlziel/vault"
	"zahlziel/web"
	"zahlziel/web/checkout"
	deskpages "zahlziel/web/desk"
	"zahlziel/web/home"
	"zahlziel/web/merchant"
	"zahlziel/web/portal"
	"zahlziel/web/sdk"
)

// start is the day on which the stories begin: the Monday after the consumer credit rules of 2023/2225 began to apply.
// The program is told that this is today, so the pages read the same whenever the tests run.
var start = cal.Date(2026, 11, 23)

// castSize is how many people of the demo world have lived a year here; the stories bring their own.
const castSize = 2

// mailFrom is the sender of all mails.
const mailFrom = "Zahlziel <post@zahlziel.example>"

// house is the running program with everything around it: the handlers, the worker, the database and the mailbox.
type house struct {
	bin, data, url string
	app            *app.App
	clock          *app.Clock
	demo           *sim.Demo
	log            logBook
	entries        int          // statements that the bank has written
	built          <-chan error // the binary
	closers        []func()
}

// logBook is a buffer that the program may write while a test reads it.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to the log.
func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is the log so far.
func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var program *house

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stories/browser:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	if _, err := exec.LookPath("chromium"); err != nil {
		return 1, errors.New("chromium is missing: apt-get install chromium (scripts/check does it as root)")
	}
	dir, err := os.MkdirTemp("", "zahlziel-browser-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	program = &house{bin: filepath.Join(dir, "zahlziel"), data: filepath.Join(dir, "data")}
	slog.SetDefault(slog.New(slog.NewTextHandler(&program.log, nil)))
	defer program.close()
	program.built = program.build()
	if err := program.open(context.Background()); err != nil {
		return 1, err
	}
	stopBrowser, err := startBrowser(filepath.Join(dir, "profile"))
	if err != nil {
		return 1, err
	}
	defer stopBrowser()
	return m.Run(), nil
}

func (h *house) closeLater(f func()) { h.closers = append(h.closers, f) }

// close ends what open began, in reverse order, once.
func (h *house) close() {
	for _, f := range slices.Backward(h.closers) {
		f()
	}
	h.closers = nil
}

// open makes the world and serves it on a free port of loopback.
func (h *house) open(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.url = "http://" + l.Addr().String()
	if err := errors.Join(h.install(ctx), h.makeWorld(ctx)); err != nil {
		return err
	}
	box, sender, err := h.openMailbox()
	if err != nil {
		return err
	}
	shops, err := sim.ShopFronts(ctx, h.app, h.demo)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h.doors(box, shops), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	h.closeLater(func() { _ = server.Close() })
	work, stop := context.WithCancel(ctx)
	worked := make(chan struct{})
	worker := &app.Worker{App: h.app, Handlers: h.app.Handlers(sender, mailFrom), Owner: "stories", Pause: 100 * time.Millisecond}
	go func() { worker.Run(work); close(worked) }()
	h.closeLater(func() { stop(); <-worked })
	return nil
}

// install creates database and master key and opens the program over them.
func (h *house) install(ctx context.Context) error {
	if err := os.MkdirAll(h.data, 0o700); err != nil {
		return err
	}
	began := time.Now()
	h.clock = app.NewClock(func() time.Time { return start.Time().Add(9*time.Hour + time.Since(began)) })
	db, err := store.Open(ctx, filepath.Join(h.data, "zahlziel.db"), store.Options{Now: h.clock.Now})
	if err != nil {
		return err
	}
	h.closeLater(func() { _ = db.Close() })
	if err := db.Migrate(ctx, start-1-sim.Days, 0); err != nil {
		return err
	}
	v, err := vault.Create(filepath.Join(h.data, "master.key"))
	if err != nil {
		return err
	}
	h.app, err = app.New(ctx, db, v, h.clock, h.url)
	return err
}

// makeWorld lets people live a year that ends on the day before the stories.
func (h *house) makeWorld(ctx context.Context) (err error) {
	h.app.Demo = true
	if h.demo, err = sim.World(ctx, h.app, sim.Options{Seed: 1, Day: start - 1, Consumers: castSize}); err != nil {
		return err
	}
	if err := h.demo.Write(filepath.Join(h.data, "demo.json")); err != nil {
		return err
	}
	if err := h.app.DB.PutSetting(ctx, "demo", "true"); err != nil {
		return err
	}
	return h.runDays(start)
}

// openMailbox starts the mail server of the demo.
func (h *house) openMailbox() (*catcher.Catcher, mail.Sender, error) {
	l, err := catcher.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	box := catcher.New(func() time.Time { return time.UnixMicro(h.clock.Now()) }, catcher.Options{})
	go func() { _ = box.Serve(l) }()
	h.closeLater(func() { _ = box.Close() })
	sender, err := mail.NewSMTP("smtp://"+l.Addr().String(), 20*time.Second)
	return box, sender, err
}

// doors puts the pages together as the program does; TestBinary looks at the program's own.
func (h *house) doors(box *catcher.Catcher, shops http.Handler) http.Handler {
	site := web.New(web.Config{Demo: true, ProxyHops: 1, Now: time.Now})
	pages := http.NewServeMux()
	site.Register(pages)
	checkout.New(site, h.app).Register(pages)
	portal.New(site, h.app).Routes(pages)
	deskpages.New(site, h.app).Routes(pages)
	merchant.New(site, h.app).Routes(pages)
	sdk.New(h.url).Routes(pages)
	home.Home{Operator: h.app.Operator().Name, DemoShop: sampleshop.Path, Mailbox: "/mailbox/"}.Routes(pages)
	pages.Handle(sampleshop.Path, shops)
	pages.Handle(sampleshop.Path+"/", shops)
	machines := http.NewServeMux()
	api.Routes(machines, h.app, site.ClientIP)
	all := http.NewServeMux()
	all.Handle("/api/", machines)
	all.Handle("/mailbox/", http.StripPrefix("/mailbox", box.Handler()))
	all.Handle(fontPath, http.StripPrefix(fontPath, http.FileServer(http.Dir("../../document/fonts"))))
	all.Handle("/", site.Wrap(pages))
	return shopapi.New(h.app, h.url, slog.Default()).Wrap(all)
}

// runDays moves the business day forwards.
func (h *house) runDays(until cal.Day) error {
	_, err := h.app.DayRun(context.Background(), until, nil)
	return err
}

// today is the business day.
func (h *house) today(t testing.TB) cal.Day {
	t.Helper()
	day, err := h.app.Day(context.Background())
	must(t, err)
	return day
}

// transfer is money that somebody sends to the operator's account.
type transfer struct {
	Amount     int64
	Name, IBAN string
	Text       string
}

// book writes a statement of today with the transfers and imports it.
func (h *house) book(t testing.TB, transfers ...transfer) {
	t.Helper()
	h.entries++
	day, iban := h.today(t), bankfile.IBAN(h.demo.OperatorIBAN)
	id := fmt.Sprintf("STORY-%s-%d", day, h.entries)
	s := &bankfile.Statement{Kind: bankfile.Final, MessageID: id, ID: id, Number: fmt.Sprint(h.entries), Created: day.Time(), From: day, To: day,
		IBAN: iban, Owner: h.app.Operator().Name, Currency: money.EUR}
	s.Balances = append(s.Balances, bankfile.Balance{Type: "OPBD", Currency: money.EUR, Day: day})
	var sum int64
	for i, t := range transfers {
		sum += t.Amount
		d := bankfile.Detail{EndToEndID: "NOTPROVIDED", Amount: bankfile.Amount{Minor: t.Amount, Currency: money.EUR}, Direction: bankfile.CreditSide,
			Debtor: bankfile.Party{Name: t.Name, IBAN: bankfile.IBAN(t.IBAN)}, Creditor: bankfile.Party{IBAN: iban}, Text: []string{t.Text}}
		s.Entries = append(s.Entries, bankfile.Entry{BankRef: fmt.Sprintf("%s-%d", id, i), Amount: t.Amount, Currency: money.EUR, Credit: true, Status: bankfile.Booked,
			Booked: day, Value: day, Code: bankfile.TxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT"}, Details: []bankfile.Detail{d}})
	}
	s.Balances = append(s.Balances, bankfile.Balance{Type: "CLBD", Amount: sum, Currency: money.EUR, Day: day})
	var file bytes.Buffer
	must(t, bankfile.WriteCAMT053(&file, s))
	report, err := h.app.ImportBank(context.Background(), app.System, id+".xml", &file, nil)
	must(t, err)
	t.Logf("%s: %+v", id, report)
}

// letter is a mail in the mailbox.
type letter struct {
	ID, Subject, Text, HTML string
	At                      time.Time
	Attachments             []struct {
		Name, Type, URL string
		Size            int
	}
}

// mails are the mails to an address, newest first.
func (h *house) mails(t testing.TB, to string) []letter {
	t.Helper()
	var list []letter
	if err := json.Unmarshal(h.get(t, "/mailbox/api/messages?to="+url.QueryEscape(to)), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// mail waits for a mail to an address whose subject contains a text; earlier ones do not count.
func (h *house) mail(t testing.TB, to, subject string, earlier int) letter {
	t.Helper()
	var list []letter
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		list = h.mails(t, to)
		for _, m := range list[:max(0, len(list)-earlier)] {
			if strings.Contains(m.Subject, subject) {
				return m
			}
		}
	}
	t.Fatalf("no new mail to %s about %q; there are %d: %+v\n%s", to, subject, len(list), subjects(list), h.log.String())
	return letter{}
}

// mailNumber waits for the n-th mail to an address about a subject.
func (h *house) mailNumber(t testing.TB, to, subject string, n int) letter {
	t.Helper()
	var list []letter
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if list = about(h.mails(t, to), subject); len(list) >= n {
			return list[len(list)-n]
		}
	}
	t.Fatalf("mail %d to %s about %q does not come; there are %q\n%s", n, to, subject, subjects(h.mails(t, to)), h.log.String())
	return letter{}
}

// about are the mails whose subject contains a text.
func about(list []letter, subject string) (out []letter) {
	for _, m := range list {
		if strings.Contains(m.Subject, subject) {
			out = append(out, m)
		}
	}
	return out
}

func subjects(list []letter) (out []string) {
	for _, m := range list {
		out = append(out, m.Subject)
	}
	return out
}

// get reads a path of the program without the browser.
func (h *house) get(t testing.TB, path string) []byte {
	t.Helper()
	res, err := http.Get(h.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", path, res.StatusCode, err)
	}
	return b
}

// must fails the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

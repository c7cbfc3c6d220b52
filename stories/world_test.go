package stories

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/gateway/mail/catcher"
	"zahlziel/money"
	"zahlziel/store/storetest"
)

// world is what one story has around the program: a mailbox, a bank, the last answer.
type world struct {
	box     *catcher.Catcher
	smtp    string
	listen  string
	admin   string
	process *exec.Cmd
	log     bytes.Buffer
	browser *http.Client // with the cookies of the person at the screen
	answer  []byte
	header  http.Header // of the last answer
	booked  int         // entries the bank has written
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func newWorld(e *testscript.Env) error {
	l, err := catcher.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	w := &world{box: catcher.New(time.Now, catcher.Options{}), smtp: "smtp://" + l.Addr().String()}
	go w.box.Serve(l)
	e.Defer(func() {
		w.stop(syscall.SIGTERM)
		w.box.Close()
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	w.browser = &http.Client{Jar: jar, Timeout: 30 * time.Second}
	if w.listen, err = storetest.FreeAddress(); err != nil {
		return err
	}
	if w.admin, err = storetest.FreeAddress(); err != nil {
		return err
	}
	e.Values[worldKey{}] = w
	e.Setenv("ZAHLZIEL_BASE_URL", "http://"+w.listen)
	e.Setenv("ZAHLZIEL_SMTP", w.smtp)
	e.Setenv("LISTEN", w.listen)
	return nil
}

func want(ts *testscript.TestScript, neg bool, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// install DAY makes a test installation with an operator whose first business day is DAY, and a shop in test mode with
// both invoices and prepayment; the shop's login is in $SHOP.
func install(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1, "install DAY")
	ts.Check(ts.Exec("zahlziel", "migrate", "--test", "--day", args[0]))
	ts.Check(ts.Exec("zahlziel", "admin", "operator", "--name", "Zahlziel Test GmbH", "--iban", operatorIBAN, "--bic", "BYLADEM1001",
		"--street", "Musterallee 1", "--postcode", "10115", "--city", "Berlin", "--email", "hilfe@zahlziel.test"))
	ts.Check(ts.Exec("zahlziel", "admin", "merchant", "create", "Schuhladen", "--username", "schuhladen"))
	var shop struct{ Username, Password string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &shop))
	ts.Setenv("SHOP", shop.Username+":"+shop.Password)
}

const operatorIBAN = "DE02120300000000202051"

// server starts `zahlziel serve` and waits until it is ready.
func server(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 0, "server")
	w := worldOf(ts)
	w.process = exec.Command(filepath.Join(binary, "zahlziel"), "serve", "--listen", w.listen, "--admin-listen", w.admin)
	w.process.Dir, w.process.Stdout, w.process.Stderr = ts.Getenv("WORK"), &w.log, &w.log
	for _, name := range []string{"ZAHLZIEL_DATA", "ZAHLZIEL_DATABASE", "ZAHLZIEL_BASE_URL", "ZAHLZIEL_SMTP"} {
		if v := ts.Getenv(name); v != "" {
			w.process.Env = append(w.process.Env, name+"="+v)
		}
	}
	ts.Check(w.process.Start())
	for range 200 {
		res, err := http.Get("http://" + w.admin + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.stop(syscall.SIGKILL)
	ts.Fatalf("the server is not ready after 10 s: %s", w.log.String())
}

// stop ends the server and waits for it.
func (w *world) stop(how syscall.Signal) {
	if w.process != nil {
		_ = w.process.Process.Signal(how)
		_ = w.process.Wait()
		w.process = nil
	}
}

// restart stops the server in order and starts it again.
func restart(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 0, "restart")
	worldOf(ts).stop(syscall.SIGTERM)
	server(ts, false, nil)
}

// cut MILLISECONDS COMMAND... runs a command and kills it after that time, as a power cut would; it may also end before.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) > 1, "cut MILLISECONDS COMMAND...")
	ms, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(ms)*time.Millisecond)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(binary, args[1]), args[2:]...)
	cmd.Dir = ts.Getenv("WORK")
	for _, name := range []string{"ZAHLZIEL_DATA", "ZAHLZIEL_DATABASE", "ZAHLZIEL_BASE_URL"} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		ts.Fatalf("%s failed before it was killed: %v", strings.Join(args[1:], " "), err)
	}
}

// http STATUS METHOD PATH [BODYFILE] calls the server: as the shop with $SHOP, or as the browser of a buyer where the
// environment has BEARER; $KEY is the idempotency key.
// BODYFILE may be the JSON text itself. $NAME in it is replaced. A JSON answer goes to standard output; read a page with page. [!] http wants another status.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: http STATUS METHOD PATH [BODYFILE]")
	}
	w := worldOf(ts)
	var body io.Reader
	if len(args) == 4 {
		text := args[3]
		if !strings.HasPrefix(text, "{") {
			text = ts.ReadFile(text)
		}
		body = strings.NewReader(strings.TrimSpace(os.Expand(text, ts.Getenv)))
	}
	r, err := http.NewRequest(args[1], "http://"+w.listen+args[2], body)
	ts.Check(err)
	switch {
	case body != nil && strings.HasSuffix(args[3], ".form"):
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case body != nil:
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	user, password, _ := strings.Cut(ts.Getenv("SHOP"), ":")
	r.SetBasicAuth(user, password)
	if strings.HasPrefix(args[2], "/api/") {
		r.Header.Set("Authorization", "Bearer "+ts.Getenv("BEARER"))
	}
	w.setKey(r, ts.Getenv("KEY"))
	res, err := w.browser.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	w.header = res.Header
	w.answer, err = io.ReadAll(res.Body)
	ts.Check(err)
	for _, name := range []string{"Capture-Id", "Refund-Id"} {
		if id := res.Header.Get(name); id != "" {
			fmt.Fprintf(ts.Stdout(), "%s: %s\n", name, id)
		}
	}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		fmt.Fprintf(ts.Stdout(), "%s\n", w.answer)
	}
	if (strconv.Itoa(res.StatusCode) == args[0]) == neg {
		ts.Fatalf("%s %s: status %d: %s", args[1], args[2], res.StatusCode, w.answer)
	}
}

// json PATH VALUE compares a member of the last answer, such as methods.0.offered; json PATH -> NAME keeps it in $NAME.
// A missing member is the empty text. [!] json PATH VALUE wants another value.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) == 3 && args[1] != "->" {
		ts.Fatalf("usage: json PATH VALUE | json PATH -> NAME")
	}
	w := worldOf(ts)
	var v any
	ts.Check(json.Unmarshal(w.answer, &v))
	for part := range strings.SplitSeq(args[0], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			n, err := strconv.Atoi(part)
			if err == nil && n < len(at) {
				v = at[n]
			} else {
				v = find(at, part)
			}
		default:
			v = nil
		}
	}
	text := fmt.Sprint(v)
	if v == nil {
		text = ""
	}
	if len(args) == 3 {
		if text == "" {
			ts.Fatalf("%s is missing in %s", args[0], w.answer)
		}
		ts.Setenv(args[2], text)
		return
	}
	if (text == args[1]) == neg {
		ts.Fatalf("%s is %q in %s", args[0], text, w.answer)
	}
}

var (
	tags   = regexp.MustCompile(`(?s)<(style|script|svg)\b.*?</(style|script|svg)>|<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// page PATTERN [NAME] wants text on the page that was answered last, and keeps its first group in $NAME.
func page(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: page PATTERN [NAME]")
	}
	text := html.UnescapeString(tags.ReplaceAllString(string(worldOf(ts).answer), " "))
	text = blanks.ReplaceAllString(strings.ReplaceAll(text, "\u00a0", " "), " ")
	found := regexp.MustCompile(args[0]).FindStringSubmatch(text)
	if (found != nil) == neg {
		ts.Fatalf("pattern %s on the page: %s", args[0], text)
	}
	if len(args) == 2 && found != nil {
		ts.Setenv(args[1], found[len(found)-1])
	}
}

// find returns the element of a list whose id it is.
func find(list []any, id string) any {
	for _, x := range list {
		if m, ok := x.(map[string]any); ok && m["id"] == id {
			return m
		}
	}
	return nil
}

// mail ADDRESS PATTERN [NAME] waits for a mail whose text matches and keeps the first group in $NAME.
// [!] mail wants that no such mail has come.
func letter(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: mail ADDRESS PATTERN [NAME]")
	}
	w, pattern := worldOf(ts), regexp.MustCompile(args[1])
	for try := 0; try < 200; try++ {
		for _, m := range w.box.Messages(args[0]) {
			found := pattern.FindStringSubmatch(m.Subject + "\n" + m.Text)
			if found == nil {
				continue
			}
			if neg {
				ts.Fatalf("there is a mail %q: %s", m.Subject, found[0])
			}
			if len(args) == 3 {
				ts.Setenv(args[2], found[len(found)-1])
			}
			return
		}
		if neg {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	var have []string
	for _, m := range w.box.Messages("") {
		have = append(have, fmt.Sprint(m.To, " ", m.Subject, "\n", m.Text))
	}
	ts.Fatalf("no mail to %s matches %s; there are:\n%s", args[0], args[1], strings.Join(have, "\n"))
}

// mails COUNT ADDRESS PATTERN waits until so many mails match, and wants that no more of them come.
func mails(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 3, "mails COUNT ADDRESS PATTERN")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	w, pattern := worldOf(ts), regexp.MustCompile(args[2])
	count := func() (found int) {
		for _, m := range w.box.Messages(args[1]) {
			if pattern.MatchString(m.Subject + "\n" + m.Text) {
				found++
			}
		}
		return found
	}
	for try := 0; count() < n && try < 200; try++ {
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	if have := count(); have != n {
		ts.Fatalf("%d mails match %s, not %d", have, args[2], n)
	}
}

// race SESSION BEARER SESSION BEARER BODYFILE confirms two sessions at the same moment. The answers are a list, approved ones first.
func race(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 5, "race SESSION BEARER SESSION BEARER BODYFILE")
	w, body := worldOf(ts), ts.ReadFile(args[4])
	var wg sync.WaitGroup
	answers, errs := make([]json.RawMessage, 2), make([]error, 2)
	start := make(chan struct{})
	for i := range 2 {
		wg.Go(func() {
			<-start
			r, err := http.NewRequest("POST", "http://"+w.listen+"/api/v1/sessions/"+args[2*i]+"/authorize", strings.NewReader(body))
			if err != nil {
				errs[i] = err
				return
			}
			r.Header.Set("Authorization", "Bearer "+args[2*i+1])
			res, err := w.browser.Do(r)
			if err != nil {
				errs[i] = err
				return
			}
			defer res.Body.Close()
			answers[i], errs[i] = io.ReadAll(res.Body)
		})
	}
	close(start)
	wg.Wait()
	ts.Check(errors.Join(errs...))
	if !bytes.Contains(answers[0], []byte(`"approved":true`)) {
		answers[0], answers[1] = answers[1], answers[0]
	}
	var err error
	w.answer, err = json.Marshal(answers)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n", w.answer)
}

// statement FILE DAY (AMOUNT TEXT)... writes what the bank sends about a day: one credit for each pair.
func statement(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) >= 4 && len(args)%2 == 0, "statement FILE DAY (AMOUNT TEXT)...")
	w := worldOf(ts)
	day, err := cal.ParseDay(args[1])
	ts.Check(err)
	id := strings.TrimSuffix(filepath.Base(args[0]), ".xml")
	s := &bankfile.Statement{Kind: bankfile.Final, MessageID: id, ID: id, Created: day.Time(), From: day, To: day, IBAN: operatorIBAN, Currency: money.EUR}
	sum := int64(0)
	for i := 2; i < len(args); i += 2 {
		amount, err := money.Parse(args[i], money.EUR)
		ts.Check(err)
		w.booked++
		sum += amount
		s.Entries = append(s.Entries, bankfile.Entry{BankRef: fmt.Sprintf("B%07d", w.booked), Amount: amount, Currency: money.EUR, Credit: true, Status: bankfile.Booked,
			Booked: day, Value: day, Code: bankfile.TxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT"},
			Details: []bankfile.Detail{{Debtor: bankfile.Party{Name: "Erika Muster", IBAN: "DE89370400440532013000"}, Text: []string{args[i+1]}}}})
	}
	s.Balances = []bankfile.Balance{{Type: "OPBD", Amount: 0, Currency: money.EUR, Day: day}, {Type: "CLBD", Amount: sum, Currency: money.EUR, Day: day}}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(bankfile.WriteCAMT053(f, s))
	ts.Check(f.Close())
}

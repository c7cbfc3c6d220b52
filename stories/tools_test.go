package stories

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/money"
)

// header NAME [VALUE] compares a header of the last answer; header NAME -> VARIABLE keeps it.
func header(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && (len(args) != 3 || args[1] != "->") {
		ts.Fatalf("usage: header NAME VALUE | header NAME -> VARIABLE")
	}
	value := worldOf(ts).header.Get(args[0])
	if len(args) == 3 {
		if value == "" {
			ts.Fatalf("the answer has no header %s", args[0])
		}
		ts.Setenv(args[2], value)
		return
	}
	if (value == args[1]) == neg {
		ts.Fatalf("%s is %q", args[0], value)
	}
}

// setKey sends an idempotency key. The name of its header begins like that of the correlation id, which every answer to a
// shop carries.
func (w *world) setKey(r *http.Request, key string) {
	if key == "" {
		return
	}
	for name := range w.header {
		if brand, ok := strings.CutSuffix(name, "-Correlation-Id"); ok {
			r.Header.Set(brand+"-Idempotency-Key", key)
		}
	}
}

// bank FILE LINES writes a statement with one credit for each line "DAY | AMOUNT | PAYER | IBAN | TEXT [| BANK REFERENCE]".
// Without a reference of its own the bank writes NONREF, as many do. $NAME in the lines is replaced.
func bank(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "bank FILE LINES")
	s := &bankfile.Statement{Kind: bankfile.Final, MessageID: args[0], ID: args[0], IBAN: operatorIBAN, Currency: money.EUR}
	sum := int64(0)
	for line := range strings.Lines(os.Expand(ts.ReadFile(args[1]), ts.Getenv)) {
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) < 5 {
			ts.Fatalf("%q is not DAY | AMOUNT | PAYER | IBAN | TEXT", line)
		}
		day, err := cal.ParseDay(f[0])
		ts.Check(err)
		amount, err := money.Parse(f[1], money.EUR)
		ts.Check(err)
		ref := "NONREF"
		if len(f) > 5 {
			ref = f[5]
		}
		sum += amount
		s.To, s.Created = day, day.Time()
		if len(s.Entries) == 0 {
			s.From = day
		}
		s.Entries = append(s.Entries, bankfile.Entry{BankRef: ref, Amount: amount, Currency: money.EUR, Credit: true, Status: bankfile.Booked, Booked: day, Value: day,
			Code: bankfile.TxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT"}, Details: []bankfile.Detail{{Amount: bankfile.Amount{Minor: amount, Currency: money.EUR},
				Direction: bankfile.CreditSide, Debtor: bankfile.Party{Name: f[2], IBAN: bankfile.NormalIBAN(f[3])}, Text: []string{f[4]}}}})
	}
	s.Balances = []bankfile.Balance{{Type: "OPBD", Currency: money.EUR, Day: s.From}, {Type: "CLBD", Amount: sum, Currency: money.EUR, Day: s.To}}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(bankfile.WriteCAMT053(out, s))
	ts.Check(out.Close())
}

// cart is what a shop sends for one parcel of goods.
func cart(email string, cents int64) string {
	tax := (2*cents*19 + 119) / (2 * 119)
	name, _, _ := strings.Cut(email, "@")
	b, _ := json.Marshal(map[string]any{"purchase_country": "DE", "purchase_currency": "EUR", "locale": "de-DE", "order_amount": cents, "order_tax_amount": tax,
		"order_lines": []any{map[string]any{"type": "physical", "reference": "P-1", "name": "Paket", "quantity": 1, "unit_price": cents, "tax_rate": 1900,
			"total_amount": cents, "total_tax_amount": tax}},
		"billing_address": map[string]any{"given_name": strings.ToUpper(name[:1]) + name[1:], "family_name": "Muster", "email": email, "street_address": "Lindenweg 3",
			"postal_code": "50667", "city": "Köln", "country": "DE"},
		"customer": map[string]any{"date_of_birth": "1990-05-05"}})
	return string(b)
}

// must calls the server and wants this status.
func must(ts *testscript.TestScript, status, method, path, body string) {
	request(ts, false, []string{status, method, path, body})
}

// keep puts a member of the last answer, or nothing, into a variable.
func keep(ts *testscript.TestScript, member, name string) {
	var answer map[string]any
	ts.Check(json.Unmarshal(worldOf(ts).answer, &answer))
	value, _ := answer[member].(string)
	ts.Setenv(name, value)
}

// buy EMAIL METHOD CENTS opens a purchase as the shop and confirms it as the buyer. The last answer is the decision; $SESSION,
// $BEARER, $TOKEN and $CART are what an order needs.
func buy(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 3, "buy EMAIL METHOD CENTS")
	cents, err := strconv.ParseInt(args[2], 10, 64)
	ts.Check(err)
	ts.Setenv("CART", cart(args[0], cents))
	must(ts, "200", "POST", "/payments/v1/sessions", ts.Getenv("CART"))
	keep(ts, "session_id", "SESSION")
	keep(ts, "client_token", "BEARER")
	must(ts, "200", "POST", "/api/v1/sessions/"+ts.Getenv("SESSION")+"/authorize", confirmation(args[1]))
	keep(ts, "authorization_token", "TOKEN")
}

func confirmation(method string) string {
	return `{"payment_method": "` + method + `", "consent": true, "email_code": "000000", "assessment": {"monthly_free_amount": 80000}}`
}

// order makes an order of what was bought; $ORDER is its id.
func order(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 0, "order")
	must(ts, "200", "POST", "/payments/v1/authorizations/"+ts.Getenv("TOKEN")+"/order", ts.Getenv("CART"))
	keep(ts, "order_id", "ORDER")
}

// ship CENTS sends goods of the order for this amount: $CAPTURE is the delivery.
func ship(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1, "ship CENTS")
	must(ts, "201", "POST", "/ordermanagement/v1/orders/"+ts.Getenv("ORDER")+"/captures", `{"captured_amount": `+args[0]+`}`)
	ts.Setenv("CAPTURE", worldOf(ts).header.Get("Capture-Id"))
}

// killed ROUNDS COMMAND... kills a command at a random moment, up to so many times, and then lets it run to its end.
func killed(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) > 1, "killed ROUNDS COMMAND...")
	rounds, err := strconv.Atoi(args[0])
	ts.Check(err)
	for range rounds {
		cmd := exec.Command(filepath.Join(binary, args[1]), args[2:]...)
		for _, name := range []string{"ZAHLZIEL_DATA", "ZAHLZIEL_DATABASE"} {
			if v := ts.Getenv(name); v != "" {
				cmd.Env = append(cmd.Env, name+"="+v)
			}
		}
		ts.Check(cmd.Start())
		after := time.Duration(30+rand.IntN(300)) * time.Millisecond
		ending := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		if ending.Stop() {
			ts.Check(err)
			break
		}
		ts.Logf("killed after %s", after)
	}
	ts.Check(ts.Exec(args[1], args[2:]...))
}

// database opens the database of the story beside the program.
func database(ts *testscript.TestScript) *sql.DB {
	driver, dsn := "pgx", ts.Getenv("ZAHLZIEL_DATABASE")
	if dsn == "" {
		driver, dsn = "sqlite", "file:"+filepath.Join(ts.Getenv("ZAHLZIEL_DATA"), "zahlziel.db")+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	ts.Check(err)
	return db
}

// sql QUERY prints the rows of a query, one a line, or does what it says to the rows behind the program's back. sql FILE.sql
// prints the rows of all queries of the file.
func query(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1, "sql QUERY | sql FILE.sql")
	db := database(ts)
	defer db.Close()
	text := args[0]
	if strings.HasSuffix(text, ".sql") {
		text = ts.ReadFile(text)
	}
	if !strings.HasPrefix(text, "SELECT") {
		res, err := db.Exec(text)
		ts.Check(err)
		if n, _ := res.RowsAffected(); n == 0 {
			ts.Fatalf("no row was changed")
		}
		return
	}
	out := ts.Stdout() // also when there is no row
	for one := range strings.SplitSeq(strings.TrimSpace(text), ";\n") {
		each(ts, db, one, func(row []any) { fmt.Fprintln(out, row...) })
	}
}

// await QUERY TEXT waits until the query's rows are this text.
func await(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "await QUERY TEXT")
	db := database(ts)
	defer db.Close()
	var got string
	for range 200 {
		var lines []string
		each(ts, db, args[0], func(row []any) { lines = append(lines, strings.TrimSpace(fmt.Sprintln(row...))) })
		if got = strings.Join(lines, "\n"); got == args[1] {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s: %q, want %q", args[0], got, args[1])
}

// each calls f with every row of a query.
func each(ts *testscript.TestScript, db *sql.DB, text string, f func(row []any)) {
	rows, err := db.Query(text)
	ts.Check(err)
	defer rows.Close()
	names, err := rows.Columns()
	ts.Check(err)
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		ts.Check(rows.Scan(targets...))
		f(values)
	}
	ts.Check(rows.Err())
}

// nowhere TEXT... wants that no column of any row of the database holds one of the texts, whatever their case.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) > 0, "nowhere TEXT...")
	db := database(ts)
	defer db.Close()
	tables := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if ts.Getenv("ZAHLZIEL_DATABASE") != "" {
		tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	var names []string
	each(ts, db, tables, func(row []any) { names = append(names, row[0].(string)) })
	for _, name := range names {
		each(ts, db, "SELECT * FROM "+name, func(row []any) {
			text := strings.ToLower(fmt.Sprintf("%s", row))
			for _, secret := range args {
				if strings.Contains(text, strings.ToLower(secret)) {
					ts.Fatalf("a row of %s holds %s", name, secret)
				}
			}
		})
	}
}

// twin copies the whole installation, whose server must be stopped: $TWIN_DATA and $TWIN_DATABASE are the copy's place.
func twin(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 0, "twin")
	worldOf(ts).stop(syscall.SIGTERM)
	ts.Setenv("TWIN_DATA", ts.MkAbs("twin"))
	ts.Check(os.CopyFS(ts.MkAbs("twin"), os.DirFS(ts.Getenv("ZAHLZIEL_DATA"))))
	here := ts.Getenv("ZAHLZIEL_DATABASE")
	ts.Setenv("TWIN_DATABASE", "")
	if here == "" {
		return
	}
	u, err := url.Parse(here)
	ts.Check(err)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/" + name + "_twin"
	ts.Setenv("TWIN_DATABASE", u.String())
	admin, err := sql.Open("pgx", os.Getenv("ZAHLZIEL_TEST_POSTGRES"))
	ts.Check(err)
	_, err = admin.Exec(`CREATE DATABASE "` + name + `_twin" TEMPLATE "` + name + `"`)
	ts.Check(err)
	ts.Defer(func() {
		defer admin.Close()
		_, err := admin.Exec(`DROP DATABASE "` + name + `_twin" WITH (FORCE)`)
		ts.Check(err)
	})
}

// log stops the server and prints everything it logged.
func serverLog(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 0, "log")
	w := worldOf(ts)
	w.stop(syscall.SIGTERM)
	fmt.Fprint(ts.Stdout(), w.log.String())
}

// shop NAME opens one more shop and speaks as it from now on; $PASSWORD is its secret. A running server has to be restarted to know it.
func shop(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 1, "shop NAME")
	ts.Check(ts.Exec("zahlziel", "admin", "merchant", "create", args[0]))
	var made struct{ Username, Password string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &made))
	ts.Setenv("SHOP", made.Username+":"+made.Password)
	ts.Setenv("PASSWORD", made.Password)
}

// answer makes what a command printed the last answer, for json to look into.
func answer(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 0, "answer")
	worldOf(ts).answer = []byte(ts.ReadFile("stdout"))
}

// reference CENTS NAME keeps the payment reference of the invoice over that amount in $NAME.
func reference(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, len(args) == 2, "reference CENTS NAME")
	db := database(ts)
	defer db.Close()
	var ref string
	ts.Check(db.QueryRow("SELECT reference FROM invoices WHERE amount = $1", args[0]).Scan(&ref))
	ts.Setenv(args[1], ref)
}

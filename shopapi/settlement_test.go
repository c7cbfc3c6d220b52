package shopapi

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"mime/multipart"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
)

var background = context.Background()

// photo is the smallest thing that is a picture by its first bytes.
var photo = []byte("\x89PNG\x0D\x0A\x1A\x0Anot a real one")

const (
	complaint = "Die linke Sohle ist gebrochen"
	later     = 5 // days from the first to the last day that was run
)

// books is a world with payouts and one open dispute.
type books struct {
	*world
	shop    pay.MerchantID
	dispute *app.DisputeView
	payouts []string
}

type noMail struct{}

func (noMail) Send(context.Context, mail.Message) error { return nil }

// newBooks lets a buyer object to a part, and several days pass: sales, returns, fees, a reserve and a holdback are paid out.
func newBooks(t testing.TB) *books { return newWorld(t).books(t) }

func (w *world) books(t testing.TB) *books {
	t.Helper()
	b := &books{world: w}
	b.app.Demo = true
	order, _ := pay.ParseID[pay.OrderID](pay.PrefixOrder, b.order)
	o := try(store.LoadID(background, b.app.DB, store.Orders, order))(t)
	b.shop = o.MerchantID
	for _, m := range try(b.app.DB.Merchants(background))(t) {
		m.FeeRate, m.FeeFixed, m.FeeTax, m.FeeTaxRate, m.SettleDays = 299, 20, "DE19", 1900, 1
		m.Settlement = pay.SettlementTerms{ReserveRate: 1000, ReserveDays: 2, DisputeFee: 990}
		if err := b.app.DB.PutMerchant(background, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.app.Reload(background); err != nil {
		t.Fatal(err)
	}
	b.run(t, 3)
	inv := try(b.app.DB.InvoicesOfOrder(background, order))(t)[0]
	d := try(b.app.OpenDispute(background, app.Actor{Consumer: o.ConsumerID}, app.Key{}, inv.ID, app.Objection{Reason: pay.DisputeFaulty, Amount: 1200, Text: complaint,
		Lines: []pay.DisputeLine{{Reference: "S-1", Quantity: 1}}, Files: []app.Upload{{Name: "sohle.png", Body: photo}}}))(t)
	b.run(t, later)
	b.dispute = try(b.app.ReadDispute(background, app.Actor{Merchant: b.shop}, d.ID))(t)
	list, _, err := b.app.Settlements(background, app.Actor{Merchant: b.shop}, app.SettlementQuery{From: spanBegin, Until: spanEnd, Limit: 100})
	if err != nil || len(list) < 2 {
		t.Fatalf("%d payouts, %v", len(list), err)
	}
	for _, s := range list {
		b.payouts = append(b.payouts, pay.Bare(s.Payout.ID))
	}
	return b
}

func (b *books) run(t testing.TB, days cal.Day) {
	t.Helper()
	first := cal.Date(2026, 11, 23)
	if _, err := b.app.DayRun(background, first+days, nil); err != nil {
		t.Fatal(err)
	}
}

// working lets a worker do jobs until the test ends.
func (b *books) working(t testing.TB) {
	ctx, stop := context.WithCancel(background)
	done := make(chan struct{})
	w := &app.Worker{App: b.app, Handlers: b.app.Handlers(noMail{}, "x@zahlziel.test"), Owner: "test"}
	go func() { defer close(done); w.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
}

const span1 = "start_date=2026-11-01&end_date=2026-12-31T00:00:00Z"

// get calls an address with its parameters.
func (b *books) get(path string, headers ...string) *httptest.ResponseRecorder {
	path, params, _ := strings.Cut(path, "?")
	return b.ask("GET", path, params, "", headers...)
}

func (b *books) ask(method, path, params, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://x/", strings.NewReader(body))
	r.URL.Path, r.URL.RawQuery = path, params
	r.SetBasicAuth("shop", b.secrets["shop"])
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	b.api.ServeHTTP(rec, r)
	return rec
}

// bookEndpoint is one operation on settlements or disputes as a shop calls it.
type bookEndpoint struct {
	method, path, body, media string
	status                    int
	answers                   string // content type
	others                    int    // status for another shop
}

func upload(name string, content []byte) (string, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {"image/png"}}
	part, _ := w.CreatePart(h)
	_, _ = part.Write(content)
	_ = w.WriteField("filename", name)
	_ = w.Close()
	return b.String(), w.FormDataContentType()
}

func (b *books) endpoints() []bookEndpoint {
	ref, d := b.payouts[0], disputesPath+"/"+pay.Bare(b.dispute.Dispute.ID)
	request := b.dispute.Requests[0]
	r := d + "/requests/" + pay.Bare(request.Request.ID)
	form, media := upload("beleg.png", photo)
	const asJSON, asPDF, asCSV = "application/json", "application/pdf", "text/csv"
	return []bookEndpoint{
		{"GET", "/settlements/v1/payouts/summary?" + span1, "", "", 200, asJSON, 200},
		{"GET", "/settlements/v1/payouts/" + ref, "", "", 200, asJSON, 404},
		{"GET", "/settlements/v1/payouts?" + span1 + "&currency_code=EUR&size=1&offset=1", "", "", 200, asJSON, 200},
		{"GET", "/settlements/v1/reports/payout-with-transactions?payment_reference=" + ref, "", "", 200, asCSV, 404},
		{"GET", "/settlements/v1/reports/payout?payment_reference=" + ref, "", "", 200, asPDF, 404},
		{"GET", "/settlements/v1/transactions?payment_reference=" + ref, "", "", 200, asJSON, 200},
		{"GET", "/settlements/v1/reports/payouts-summary-with-transactions?" + span1, "", "", 200, asCSV, 200},
		{"GET", "/settlements/v1/reports/payouts-summary?" + span1, "", "", 200, asPDF, 200},
		{"GET", disputesPath + "?limit=250&sort_by=-opened_at", "", "", 200, asJSON, 200},
		{"GET", d, "", "", 200, asJSON, 404},
		{"POST", d + "/attachments", form, media, 201, asJSON, 404},
		{"GET", r + "/attachments/" + pay.Bare(request.Files[0].File.ID), "", "", 200, "image/png", 404},
		{"POST", r + "/responses", `{"comment":"Die Sohle war heil","requested_fields":{"comment":"geprüft"}}`, asJSON, 201, asJSON, 404},
		{"POST", d + "/accept-loss", "", "", 204, "", 404},
		{"POST", "/disputes/v2/enroll", "", "", 204, "", 204},
	}
}

func (b *books) do(e bookEndpoint, headers ...string) *httptest.ResponseRecorder {
	path, params, _ := strings.Cut(e.path, "?")
	if e.media != "" {
		headers = append([]string{"Content-Type", e.media}, headers...)
	}
	return b.ask(e.method, path, params, e.body, headers...)
}

// TestEveryBookOperation: statuses, content types, and what must not appear in any answer.
func TestEveryBookOperation(t *testing.T) {
	b := newBooks(t)
	b.working(t)
	d := b.dispute.Dispute
	list := b.endpoints()
	if n := len(settlementOperations) + len(disputeOperations); len(list)+1 != n { // a response's attachment has its own test
		t.Fatalf("%d operations are tried, %d exist", len(list)+1, n)
	}
	banned := []string{"score", "consumer", "decision", "regime", "national", "invoice_id", "points", "erika", "beispiel", "terms",
		pay.Bare(d.ConsumerID), pay.Bare(d.InvoiceID), "null", string(d.MerchantID)}
	for _, e := range list {
		rec := b.do(e)
		if rec.Code != e.status || rec.Header().Get("Content-Type") != e.answers || len(rec.Header().Get(headerCorrelation)) != 36 {
			t.Errorf("%s %s: %d %v %s", e.method, e.path, rec.Code, rec.Header(), rec.Body)
		}
		if e.answers == "application/pdf" && !bytes.HasPrefix(rec.Body.Bytes(), []byte("%PDF-")) || e.status == 204 && rec.Body.Len() > 0 {
			t.Errorf("%s %s: %.50q", e.method, e.path, rec.Body)
		}
		if e.answers != "application/json" && e.answers != "text/csv" {
			continue
		}
		for _, word := range banned {
			if strings.Contains(strings.ToLower(rec.Body.String()), strings.ToLower(word)) {
				t.Errorf("%s %s says %q: %s", e.method, e.path, word, rec.Body)
			}
		}
	}
}

// TestNobodyElsesBooks: without or with wrong credentials 401; another shop sees nothing of it and changes nothing.
func TestNobodyElsesBooks(t *testing.T) {
	b := newBooks(t)
	b.working(t)
	for _, e := range b.endpoints() {
		for _, header := range []string{"", "Basic c2hvcDp3cm9uZw=="} {
			if rec := b.do(e, "Authorization", header); rec.Code != 401 || rec.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with %q: %d", e.method, e.path, header, rec.Code)
			}
		}
		rec := b.do(e, "Authorization", basic("other", b.secrets["other"]))
		if rec.Code != e.others {
			t.Errorf("%s %s as another shop: %d, want %d", e.method, e.path, rec.Code, e.others)
		}
		told := strings.ReplaceAll(rec.Body.String(), rec.Header().Get(headerCorrelation), "") // chance writes any figures
		for _, secret := range []string{b.payouts[0], b.order, b.capture, pay.Bare(b.dispute.Dispute.ID), complaint, "3000"} {
			if e.answers != "application/pdf" && strings.Contains(told, secret) {
				t.Errorf("%s %s tells another shop %q: %s", e.method, e.path, secret, rec.Body)
			}
		}
		if e.others == 404 {
			checkAnswer(t, endpoint{e.method, e.path, "", 404}, rec)
		}
	}
	after := try(b.app.ReadDispute(background, app.Actor{Merchant: b.shop}, b.dispute.Dispute.ID))(t)
	if len(after.Requests[0].Answers)+len(after.Loose) > 0 || !after.Dispute.IsOpen() {
		t.Errorf("another shop changed the dispute: %+v", after)
	}
}

// TestBadBookRequests: the status and the one message of each mistake.
func TestBadBookRequests(t *testing.T) {
	b := newBooks(t)
	d := disputesPath + "/" + pay.Bare(b.dispute.Dispute.ID)
	r := d + "/requests/" + pay.Bare(b.dispute.Requests[0].Request.ID)
	unknown := "0191d2e0-0000-7007-8000-000000000000"
	exe, exeType := upload("x.exe", []byte("MZ\x90\x00\x03\x00"))
	none, noneType := upload("x.png", nil)
	large, largeType := upload("x.png", append(photo, make([]byte, uploadBytesMax)...))
	cases := []struct {
		method, path, body, media string
		status                    int
		message                   string
	}{
		{"GET", "/settlements/v1/payouts/summary", "", "", 400, "Bad value: start_date, end_date"},
		{"GET", "/settlements/v1/payouts/summary?start_date=2026-11-01&end_date=tomorrow", "", "", 400, "Bad value: end_date"},
		{"GET", "/settlements/v1/payouts/summary?start_date=2026-11-02&end_date=2026-11-01", "", "", 400, "Bad value: end_date"},
		{"GET", "/settlements/v1/payouts?size=501", "", "", 400, "Bad value: size"},
		{"GET", "/settlements/v1/payouts?size=0", "", "", 400, "Bad value: size"},
		{"GET", "/settlements/v1/payouts?offset=-1&currency_code=EURO", "", "", 400, "Bad value: currency_code, offset"},
		{"GET", "/settlements/v1/payouts?size=1&size=2", "", "", 400, "Bad value: size"},
		{"GET", "/settlements/v1/payouts?%zz", "", "", 400, "The query of the address is not well formed"},
		{"GET", "/settlements/v1/payouts/nonsense", "", "", 404, "No such payout"},
		{"GET", "/settlements/v1/payouts/" + unknown, "", "", 404, "No such payout"},
		{"GET", "/settlements/v1/reports/payout", "", "", 400, "Bad value: payment_reference"},
		{"GET", "/settlements/v1/reports/payout?payment_reference=" + unknown, "", "", 404, "No such payout"},
		{"GET", "/settlements/v1/reports/payout-with-transactions?payment_reference=x", "", "", 404, "No such payout"},
		{"GET", "/settlements/v1/reports/payouts-summary?start_date=2026-11-01", "", "", 400, "Bad value: end_date"},
		{"GET", "/settlements/v1/reports/payouts-summary-with-transactions", "", "", 400, "Bad value: start_date, end_date"},
		{"GET", "/settlements/v1/transactions?order_id=x&payment_reference=y", "", "", 400, "Bad value: payment_reference, order_id"},
		{"GET", disputesPath + "?limit=251", "", "", 400, "Bad value: limit"},
		{"GET", disputesPath + "?sort_by=amount&reason=boredom&investigation_status=lost&next_page=x", "", "", 400, "Bad value: investigation_status, reason, sort_by, next_page"},
		{"GET", disputesPath + "/x", "", "", 404, "No such dispute"},
		{"GET", disputesPath + "/" + unknown, "", "", 404, "No such dispute"},
		{"POST", disputesPath + "/" + unknown + "/accept-loss", "", "", 404, "No such dispute"},
		{"POST", d + "/attachments", "{}", "application/json", 400, "Bad value: file"},
		{"POST", d + "/attachments", exe, exeType, 400, "Bad value: file"},
		{"POST", d + "/attachments", none, noneType, 400, "Bad value: file"},
		{"POST", d + "/attachments", large, largeType, 413, "The file is larger than 5 MB"},
		{"POST", r + "/responses", "{}", "application/json", 400, "Bad value: comment"},
		{"POST", r + "/responses", `{"comment":"x","attachments":["y"]}`, "application/json", 400, "Bad value: attachments"},
		{"POST", r + "/responses", `{"comment":"x","attachments":["` + unknown + `"]}`, "application/json", 400, "Bad value: attachments"},
		{"POST", d + "/requests/" + unknown + "/responses", `{"comment":"x"}`, "application/json", 404, "No such request of this dispute"},
		{"GET", r + "/attachments/" + unknown, "", "", 404, "No such attachment of this dispute"},
		{"PUT", d, "", "", 405, "This method is not allowed here; see the Allow header"},
	}
	for _, c := range cases {
		rec := b.do(bookEndpoint{method: c.method, path: c.path, body: c.body, media: c.media})
		var wire wireError
		_ = json.Unmarshal(rec.Body.Bytes(), &wire)
		if rec.Code != c.status || !slices.Equal(wire.Messages, []string{c.message}) {
			t.Errorf("%s %s: %d %s, want %d %q", c.method, c.path, rec.Code, rec.Body, c.status, c.message)
		}
		checkAnswer(t, endpoint{c.method, c.path, "", 0}, rec)
	}
}

func (b *books) json(t testing.TB, path string) map[string]any {
	t.Helper()
	rec := b.get(path)
	var m map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil || rec.Code != 200 {
		t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
	return m
}

// TestSumsEqualTheLedger: JSON, CSV and books agree to the cent, for each payout and over all of them.
func TestSumsEqualTheLedger(t *testing.T) {
	b := newBooks(t)
	b.must(t, 201, "POST", b.orderPath("/captures"), `{"captured_amount":700}`)
	b.must(t, 204, "POST", disputesPath+"/"+pay.Bare(b.dispute.Dispute.ID)+"/accept-loss", "")
	b.charge(t, "extend_due_date_fee", 357)
	b.charge(t, "something_new", -250)
	b.run(t, later+6)
	payouts := b.json(t, "/settlements/v1/payouts?"+span1+"&size=500")["payouts"].([]any)
	var paid, items float64
	types := map[string]bool{}
	for _, p := range payouts {
		one := p.(map[string]any)
		sum := one["totals"].(map[string]any)
		n := func(name string) float64 { return sum[name].(float64) }
		if got := n("sale_amount") + n("release_amount") + n("credit_amount") + n("fee_refund_amount") + n("tax_refund_amount") - n("return_amount") - n("reversal_amount") -
			n("fee_amount") - n("tax_amount") - n("commission_amount") - n("holdback_amount") - n("charge_amount") - n("repay_amount") - n("opening_debt_balance_amount") + n("closing_debt_balance_amount"); got != n("settlement_amount") {
			t.Errorf("totals give %v: %v", got, sum)
		}
		ref := one["payment_reference"].(string)
		var own float64
		for _, x := range b.json(t, "/settlements/v1/transactions?size=500&payment_reference="+ref)["transactions"].([]any) {
			line := x.(map[string]any)
			own += line["amount"].(float64)
			types[line["type"].(string)] = true
			for _, name := range []string{"sale_date", "capture_date", "order_id", "currency_code", "purchase_country"} {
				if line[name] == "" || line[name] == nil {
					t.Errorf("%v lacks %s", line, name)
				}
			}
		}
		if own-n("opening_debt_balance_amount")+n("closing_debt_balance_amount") != n("settlement_amount") {
			t.Errorf("payout %s: transactions give %v, totals %v", ref, own, sum)
		}
		if got := csvSum(t, b.get("/settlements/v1/reports/payout-with-transactions?payment_reference="+ref)); float64(got) != n("settlement_amount") {
			t.Errorf("payout %s: the CSV gives %d, totals %v", ref, got, sum)
		}
		paid, items = paid+n("settlement_amount"), items+own
	}
	for _, name := range []string{"SALE", "RETURN", "FEE", "TAX", "HOLDBACK", "RELEASE", "REVERSAL", "CHARGE", "CREDIT"} {
		if !types[name] {
			t.Errorf("no transaction of type %s", name)
		}
	}
	if got := csvSum(t, b.get("/settlements/v1/reports/payouts-summary-with-transactions?"+span1)); float64(got) != paid {
		t.Errorf("the CSV of all gives %d, want %v", got, paid)
	}
	var summary []map[string]any
	if err := json.Unmarshal(b.get("/settlements/v1/payouts/summary?"+span1).Body.Bytes(), &summary); err != nil || len(summary) != 1 || summary[0]["summary_total_settlement_amount"] != paid {
		t.Errorf("summary %v, want %v", summary, paid)
	}
	var owed int64
	row := b.app.DB.SQL().QueryRow("SELECT CAST(SUM(credit - debit) AS BIGINT) FROM balances WHERE id = $1", string(ledger.Payable(string(b.shop))))
	if err := row.Scan(&owed); err != nil || float64(owed) != items {
		t.Errorf("the ledger owes %d, the payouts hold %v: %v", owed, items, err)
	}
	if _, err := b.app.Audit(background, nil); err != nil {
		t.Error(err)
	}
}

// charge sends the shop's books an amount of an event that settlements have no line for.
func (b *books) charge(t testing.TB, event string, amount int64) {
	t.Helper()
	bucket := pay.BucketOf(pay.CellOf("cap_" + b.capture))
	if err := b.app.DB.Do(background, &store.Unit{Bucket: bucket, Do: func(tx *store.Tx) error {
		store.Save(tx, store.Outbox, &pay.Message{Bucket: bucket, ID: tx.ID("msg"), Party: string(b.shop), Event: event, Ref: "cap_" + b.capture, Amount: -amount, Currency: "EUR", Day: tx.Day})
		return tx.Post(ledger.New(event, "cap_"+b.capture, tx.Day, "EUR", ledger.Debit(ledger.Clearing(string(b.shop), bucket), amount), ledger.Credit(ledger.FeeIncome(string(b.shop)), amount)))
	}}); err != nil {
		t.Fatal(err)
	}
}

// csvSum adds up the lines of a report and checks them against its own SETTLEMENT lines.
func csvSum(t testing.TB, rec *httptest.ResponseRecorder) int64 {
	t.Helper()
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || !slices.Equal(rows[0], csvHead) {
		t.Fatalf("%v %v", err, rows)
	}
	var sum, says int64
	for _, row := range rows[1:] {
		n := try(strconv.ParseInt(row[2], 10, 64))(t)
		if row[0] == "SETTLEMENT" {
			says += n
			continue
		}
		sum += n
	}
	if sum != says {
		t.Errorf("the lines give %d, the report says %d", sum, says)
	}
	return sum
}

func TestPagesOfPayouts(t *testing.T) {
	b := newBooks(t)
	seen := []string{}
	next := "/settlements/v1/payouts?size=1"
	for next != "" {
		m := b.json(t, next)
		page := m["pagination"].(map[string]any)
		if page["total"] != float64(len(b.payouts)) || page["count"] != 1.0 {
			t.Fatalf("pagination %v", page)
		}
		p := m["payouts"].([]any)[0].(map[string]any)
		seen = append(seen, p["payment_reference"].(string))
		if !strings.HasPrefix(p["transactions"].(string), testBase) || p["merchant_settlement_type"] != "NET" || !strings.HasSuffix(p["payout_date"].(string), "T00:00:00Z") {
			t.Errorf("payout %v", p)
		}
		next, _ = page["next"].(string)
		next = strings.TrimPrefix(next, testBase)
	}
	if !slices.Equal(seen, b.payouts) {
		t.Errorf("paged %v, want %v", seen, b.payouts)
	}
	byOrder := b.json(t, "/settlements/v1/transactions?order_id="+b.order)["transactions"].([]any)
	if len(byOrder) < 5 {
		t.Errorf("only %d transactions of the order", len(byOrder))
	}
}

// TestLongListsAreNotCounted: a total that nobody counted to its end is left out, and the next page is still named.
func TestLongListsAreNotCounted(t *testing.T) {
	c := &call{path: "/settlements/v1/transactions"}
	for total, said := range map[int64]bool{100: true, app.CountedMax: true, app.CountedMax + 1: false, 3 * app.CountedMax: false} {
		p := (&API{base: testBase}).pageOf(c, query{}, 20, 20, total-21, total)
		if (p.Total != nil) != said || said && *p.Total != total || p.Next != testBase+c.path+"?offset="+strconv.FormatInt(total-1, 10)+"&size=20" {
			t.Errorf("%d: %+v", total, p)
		}
	}
}

// TestTrapsOnTheBooks: a double slash is no redirect, two blanks after Basic are taken, a body after a GET ends the connection.
func TestTrapsOnTheBooks(t *testing.T) {
	b := newBooks(t)
	for _, path := range []string{"//settlements/v1/payouts", "/settlements/v1//payouts/", "//disputes/v2/disputes"} {
		rec := b.get(path, "Authorization", strings.Replace(basic("shop", b.secrets["shop"]), " ", "  ", 1))
		if rec.Code != 200 || rec.Header().Get("Connection") != "" {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
		if rec := b.ask("GET", path, "", "{}", "Content-Type", "application/json"); rec.Code != 200 || rec.Header().Get("Connection") != "close" {
			t.Errorf("%s with a body: %d %v", path, rec.Code, rec.Header())
		}
	}
	if rec := b.ask("HEAD", "/settlements/v1/payouts/"+b.payouts[0], "", ""); rec.Code != 200 {
		t.Errorf("HEAD: %d", rec.Code)
	}
	for _, span := range []string{"start_date=2026-11-24T00:00:00+00:00&end_date=2026-11-30", "start_date=2026-11-24T00:00:00%2B01:00&end_date=2026-11-30T23:59:59.999Z"} {
		if rec := b.get("/settlements/v1/payouts?" + span); rec.Code != 200 {
			t.Errorf("%s: %d %s", span, rec.Code, rec.Body)
		}
	}
}

// TestReportsAreForgotten: a drawn report goes after thirty days and is drawn again when somebody asks.
func TestReportsAreForgotten(t *testing.T) {
	b := newBooks(t)
	b.working(t)
	path := "/settlements/v1/reports/payout?payment_reference=" + b.payouts[0]
	first := b.get(path)
	if english := b.get(path, "Accept-Language", "en-GB"); first.Code != 200 || english.Code != 200 || bytes.Equal(english.Body.Bytes(), first.Body.Bytes()) {
		t.Fatalf("%d and %d", first.Code, english.Code)
	}
	count := func() (n int) {
		if err := b.app.DB.SQL().QueryRow("SELECT COUNT(*) FROM reports").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 2 {
		t.Errorf("%d reports are kept", n)
	}
	b.run(t, later+32)
	if n := count(); n != 0 {
		t.Errorf("%d reports are kept after a month", n)
	}
	if again := b.get(path); again.Code != 200 || !bytes.Equal(again.Body.Bytes(), first.Body.Bytes()) {
		t.Errorf("drawn again: %d, the same %v", again.Code, bytes.Equal(again.Body.Bytes(), first.Body.Bytes()))
	}
}

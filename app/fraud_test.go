package app_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

var (
	risk      = app.Actor{Staff: "stf_01a207a2-3280-7000-8000-000000000001", Role: pay.RoleRisk}
	otherRisk = app.Actor{Staff: "stf_01a207a2-3280-7000-8000-000000000002", Role: pay.RoleRisk}
	support   = app.Actor{Staff: "stf_01a207a2-3280-7000-8000-000000000003", Role: pay.RoleSupport}
)

// notices is a shop's address for notifications.
type notices struct {
	*httptest.Server
	mu    sync.Mutex
	fails int // so many calls are refused first
	got   []map[string]string
	paths []string
}

func newNotices(t *testing.T) *notices {
	n := &notices{}
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.fails > 0 {
			n.fails--
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var body map[string]string
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Method != http.MethodPost {
			t.Errorf("a notice is no JSON object in a POST: %v", err)
		}
		n.got, n.paths = append(n.got, body), append(n.paths, r.URL.Path)
	}))
	t.Cleanup(n.Close)
	return n
}

// fraudCart has the buyer's phone and a notification address.
func fraudCart(p buyer, amount int64, n *notices) pay.Cart {
	c := cartOf(p.email(), amount)
	c.Billing.GivenName, c.Billing.FamilyName, c.Billing.Phone = p.given, p.family, "+49 30 1234567"
	c.Buyer.DateOfBirth = "1985-05-05"
	if n != nil {
		c.URLs.Notification = n.URL + "/notify/{order.id}"
	}
	return c
}

func (w *bank) purchase(c pay.Cart) (*app.AuthorizeAnswer, *app.SessionView) {
	w.t.Helper()
	s, err := w.CreateSession(ctx, w.shop, c)
	must(w.t, err)
	free := int64(100_000)
	ans, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000", MonthlyFree: &free})
	must(w.t, err)
	return ans, s
}

func (w *bank) block(kind, value string) {
	w.t.Helper()
	_, err := w.AddBlock(ctx, risk, app.BlockRequest{Kind: kind, Value: value, Code: "takeover", Reason: "seen in a case", Until: firstDay + 30})
	must(w.t, err)
}

// waiting places an order that waits for a person.
func (w *bank) waiting(p buyer, amount int64, n *notices) (*pay.Order, pay.FraudCheckID) {
	w.t.Helper()
	ans, s := w.purchase(fraudCart(p, amount, n))
	if !ans.Approved {
		w.t.Fatalf("not authorised: %+v", ans)
	}
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, s.Cart)
	must(w.t, err)
	equal(w.t, "fraud status", o.Fraud, pay.FraudPending)
	list, err := w.Pending(ctx, risk)
	must(w.t, err)
	for _, l := range list {
		if l.Check.OrderID == o.ID {
			return o, l.Check.ID
		}
	}
	w.t.Fatal("the order is not in the queue")
	return nil, ""
}

func (w *bank) orderNow(id pay.OrderID) *pay.Order {
	w.t.Helper()
	o, err := store.LoadID(ctx, w.DB, store.Orders, id)
	must(w.t, err)
	return o
}

func TestOrderWaitsAndIsReleased(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	n := newNotices(t)
	w.block("email", " Anna.Becker@Example.org ")
	o, check := w.waiting(anna, 4990, n)
	if _, err := w.Capture(ctx, w.shop, app.Key{}, o.ID, 4990, pay.Parcel{}); codeOf(err) != "capture_not_allowed" {
		t.Errorf("capture while it waits: %v", err)
	}
	f, err := w.FactsOf(ctx, o.ConsumerID)
	must(t, err)
	equal(t, "held while it waits", f.Exposure(w.Clock.Now()), 4990)
	if _, err := w.DecideCheck(ctx, support, check, app.Verdict{Accept: true, Reason: "looks fine"}); codeOf(err) != "forbidden" {
		t.Errorf("support decides: %v", err)
	}
	if _, err := w.DecideCheck(ctx, risk, check, app.Verdict{Accept: true, Reason: " x "}); codeOf(err) != "bad_reason" {
		t.Errorf("without a reason: %v", err)
	}
	v, err := w.Check(ctx, risk, check)
	must(t, err)
	equal(t, "rules", v.Check.Rules, "F04_BLOCKED_EMAIL")
	if len(v.Rules) != 1 || v.Decision == nil || v.Profile.Email != anna.email() {
		t.Errorf("beside the decision: %+v", v)
	}
	for range 2 { // the same answer again changes nothing
		c, err := w.DecideCheck(ctx, risk, check, app.Verdict{Accept: true, Reason: "spoke to her by phone"})
		must(t, err)
		equal(t, "state", c.State, pay.CheckAccepted)
	}
	if _, err := w.DecideCheck(ctx, otherRisk, check, app.Verdict{Reason: "too late"}); codeOf(err) != "check_over" {
		t.Errorf("decided twice: %v", err)
	}
	equal(t, "status", w.orderNow(o.ID).Fraud, pay.FraudAccepted)
	w.work()
	if len(n.got) != 1 || n.got[0]["event_type"] != "FRAUD_RISK_ACCEPTED" || n.got[0]["order_id"] != pay.Bare(o.ID) || n.got[0]["timestamp"] == "" || n.paths[0] != "/notify/"+pay.Bare(o.ID) {
		t.Errorf("the shop heard %v at %v", n.got, n.paths)
	}
	_, err = w.Capture(ctx, w.shop, app.Key{}, o.ID, 4990, pay.Parcel{})
	must(t, err)
	verifyFacts(t, w.App, o.ConsumerID)
	w.audit()
	r, err := w.ReplayDecisions(ctx, 0, nil)
	must(t, err)
	equal(t, "replayed", r.Replayed, 1)
}

func TestRejectedOrderFreesItsAmount(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	n := newNotices(t)
	n.fails = 1
	w.block("phone", "0049301234567")
	w.block("phone", "+49 (30) 1234567")
	o, check := w.waiting(anna, 4990, n)
	_, err := w.DecideCheck(ctx, risk, check, app.Verdict{Reason: "she never ordered this", Confirmed: true})
	must(t, err)
	now := w.orderNow(o.ID)
	equal(t, "status", now.Fraud+" "+now.Status, "REJECTED CANCELLED")
	f, err := w.FactsOf(ctx, o.ConsumerID)
	must(t, err)
	equal(t, "held", f.Exposure(w.Clock.Now()), 0)
	equal(t, "hold", f.Security, credit.HoldCredit)
	w.work()
	equal(t, "heard at the first try", len(n.got), 0)
	w.Clock.Turn(w.Clock.Now() + 10*1e6)
	w.work()
	if len(n.got) != 1 || n.got[0]["event_type"] != "FRAUD_RISK_REJECTED" {
		t.Errorf("the shop heard %v", n.got)
	}
	ans, _ := w.purchase(fraudCart(anna, 1000, nil))
	if ans.Approved || !strings.Contains(string(mustJSON(t, ans.Methods)), "R03_SECURITY_HOLD") {
		t.Errorf("after confirmed fraud: %+v", ans.Methods)
	}
	report, err := w.MeasureFraud(ctx, risk, firstDay-1)
	must(t, err)
	for _, r := range report.By {
		if r.Code == "F05_BLOCKED_PHONE" && (r.Hits != 2 || r.Bad != 1 || r.Confirmed != 1 || r.Precision != 1000 || r.Amount != 4990) {
			t.Errorf("measured: %+v", r)
		}
	}
	w.audit()
}

func TestTwoPeopleFromAnAmountOn(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 4990)
	must(t, w.EditFacts(ctx, inv.ConsumerID, func(f *credit.Facts) {
		f.Identity, f.Bank, f.Opened, f.Address = firstDay-500, firstDay-500, firstDay-900, credit.Address{Level: 2, Day: firstDay - 500}
		for i := range 8 {
			f.History.OnTime = append(f.History.OnTime, credit.OnTime{No: "R-00-00000" + string(rune('1'+i)), Merchant: uint32(i), Due: firstDay - cal.Day(300-30*i), From: firstDay - cal.Day(270-30*i), Amount: 60000})
		}
	}))
	w.block("address", "50667 Lindenweg 3")
	o, check := w.waiting(anna, 60000, nil)
	accept, reject := app.Verdict{Accept: true, Reason: "known customer"}, app.Verdict{Reason: "does not fit"}
	steps := []struct {
		who   app.Actor
		v     app.Verdict
		code  string
		state string
	}{
		{risk, accept, "", pay.CheckPending},
		{risk, accept, "second_person", ""},
		{otherRisk, reject, "", pay.CheckPending}, // disagrees: now this word waits for another
		{otherRisk, reject, "second_person", ""},
		{risk, accept, "", pay.CheckPending},
		{otherRisk, accept, "", pay.CheckAccepted},
	}
	for i, s := range steps {
		c, err := w.DecideCheck(ctx, s.who, check, s.v)
		if codeOf(err) != s.code || err == nil && c.State != s.state {
			t.Fatalf("step %d: %v, %v", i, c, err)
		}
	}
	v, err := w.Check(ctx, risk, check)
	must(t, err)
	equal(t, "words", len(v.Said), 4)
	equal(t, "status", w.orderNow(o.ID).Fraud, pay.FraudAccepted)
	w.audit()
}

func TestNobodyAnswers(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	n := newNotices(t)
	w.block("email", anna.email())
	o, check := w.waiting(anna, 4990, n)
	r, err := w.DayRun(ctx, firstDay+1, nil)
	must(t, err)
	equal(t, "too early", r.Days[0].Reviews, 0)
	r, err = w.DayRun(ctx, firstDay+2, nil)
	must(t, err)
	equal(t, "rejected by time", r.Days[0].Reviews, 1)
	equal(t, "status", w.orderNow(o.ID).Fraud, pay.FraudRejected)
	v, err := w.Check(ctx, risk, check)
	must(t, err)
	equal(t, "by", v.Check.DecidedBy, "system")
	w.work()
	equal(t, "heard", len(n.got), 1)
}

func TestShopCancelsWhatWaits(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.block("email", anna.email())
	o, check := w.waiting(anna, 4990, nil)
	must(t, w.CancelOrder(ctx, w.shop, app.Key{}, o.ID))
	c, err := w.DecideCheck(ctx, risk, check, app.Verdict{Accept: true, Reason: "all is well"})
	must(t, err)
	equal(t, "state", c.State, pay.CheckVoid)
	equal(t, "order", w.orderNow(o.ID).Status, pay.OrderCancelled)
}

func TestStop(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	n := newNotices(t)
	ans, s := w.purchase(fraudCart(anna, 3000, n))
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, s.Cart)
	must(t, err)
	equal(t, "accepted", o.Fraud, pay.FraudAccepted)
	for range 2 {
		_, err = w.StopOrder(ctx, risk, o.ID, app.Verdict{Reason: "her bank called"})
		must(t, err)
	}
	w.work()
	if len(n.got) != 1 || n.got[0]["event_type"] != "FRAUD_RISK_STOPPED" {
		t.Errorf("the shop heard %v", n.got)
	}
	if _, err := w.Capture(ctx, w.shop, app.Key{}, o.ID, 3000, pay.Parcel{}); codeOf(err) != "capture_not_allowed" {
		t.Errorf("capture after the stop: %v", err)
	}
	r, err := w.MeasureFraud(ctx, risk, firstDay)
	must(t, err)
	equal(t, "missed", r.Missed, 1)
	inv := w.buy(bert, 2000)
	if _, err := w.StopOrder(ctx, risk, inv.OrderID, app.Verdict{Reason: "too late for that"}); codeOf(err) != "stop_not_allowed" {
		t.Errorf("stop after delivery: %v", err)
	}
	verifyFacts(t, w.App, o.ConsumerID)
	w.audit()
}

func TestStepsBeforeTheDecision(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	n, err := w.SetDomains(ctx, app.System, strings.NewReader("# ours\n\nExample.ORG # all of it\nthrow.away.test\n"))
	must(t, err)
	equal(t, "domains", n, 2)
	if _, err := w.SetDomains(ctx, app.System, strings.NewReader("good.test\nno domain\n")); codeOf(err) != "bad_domain" {
		t.Errorf("a line that is no domain: %v", err)
	}
	ans, _ := w.purchase(fraudCart(anna, 4990, nil))
	if ans.Approved || ans.StepUp != "identity" || !strings.Contains(string(mustJSON(t, ans.Methods)), "R12_IDENTITY_UNVERIFIED") {
		t.Errorf("throw-away address: %+v", ans)
	}
	for _, m := range ans.Methods {
		if m.Method == "prepayment" && !m.Offered {
			t.Error("paying now is hidden")
		}
	}
	must(t, w.EditFacts(ctx, ans.Consumer, func(f *credit.Facts) { f.Identity = firstDay }))
	ans, _ = w.purchase(fraudCart(anna, 4990, nil))
	equal(t, "with an identity", ans.Approved, true)

	// A device that was not confirmed for long, and a large amount: a fresh code first, without an enquiry.
	device := ans.DeviceToken
	must(t, w.EditFacts(ctx, ans.Consumer, func(f *credit.Facts) {
		f.Opened, f.Address = firstDay-900, credit.Address{Level: 2, Day: firstDay - 500}
		f.History.OnTime = []credit.OnTime{{No: "R-00-000001", Due: firstDay - 300, From: firstDay - 270, Amount: 90000}, {No: "R-00-000002", Merchant: 1, Due: firstDay - 200, From: firstDay - 170, Amount: 90000}}
	}))
	w.Clock.Turn(w.Clock.Now() + 100*24*3600*1e6)
	s, err := w.CreateSession(ctx, w.shop, fraudCart(anna, 20000, nil))
	must(t, err)
	before, err := w.FactsOf(ctx, ans.Consumer)
	must(t, err)
	ask := app.AuthorizeRequest{Method: "invoice_14", Consent: true, DeviceToken: device}
	step, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, ask)
	must(t, err)
	if step.StepUp != "email_code" || step.Approved || step.Methods != nil {
		t.Errorf("old device: %+v", step)
	}
	ahead, err := w.Offer(ctx, s.Session.ID, s.ClientToken, device, nil)
	must(t, err)
	equal(t, "seen ahead", ahead.StepUp, "email_code")
	after, err := w.FactsOf(ctx, ans.Consumer)
	must(t, err)
	equal(t, "enquiries", len(after.History.Enquiries), len(before.History.Enquiries))
	ask.DeviceToken, ask.EmailCode = "", "000000"
	step, err = w.Authorize(ctx, s.Session.ID, s.ClientToken, ask)
	must(t, err)
	equal(t, "with a fresh code", step.StepUp, "")
	r, err := w.MeasureFraud(ctx, risk, firstDay)
	must(t, err)
	equal(t, "steps", r.Total.Steps, 2)
	w.audit()
}

func TestBlockListEndsAndIsAudited(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	good := app.BlockRequest{Kind: "iban", Value: "DE02 1203 0000 0000 2020 51", Code: "other", Reason: "seen in a case", Until: firstDay + 10}
	bad := map[string]func(*app.BlockRequest){
		"bad_kind": func(r *app.BlockRequest) { r.Kind = "name" }, "bad_value": func(r *app.BlockRequest) { r.Value = " " },
		"bad_code": func(r *app.BlockRequest) { r.Code = "because" }, "bad_reason": func(r *app.BlockRequest) { r.Reason = "" },
		"bad_until": func(r *app.BlockRequest) { r.Until = cal.NoDay },
	}
	for code, spoil := range bad {
		r := good
		spoil(&r)
		if _, err := w.AddBlock(ctx, risk, r); codeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := w.AddBlock(ctx, support, good); codeOf(err) != "forbidden" {
		t.Errorf("support blocks: %v", err)
	}
	b, err := w.AddBlock(ctx, risk, good)
	must(t, err)
	if strings.Contains(b.ID+b.Digest, "2020") || b.Owner != risk.Staff {
		t.Errorf("the entry tells the value or has no owner: %+v", b)
	}
	inv := w.buy(anna, 2000)
	w.load(w.credit(2000, anna, annasIBAN, inv.Reference))
	o, _ := w.waiting(anna, 1000, nil)
	equal(t, "waits", o.Fraud, pay.FraudPending)
	must(t, w.EndBlock(ctx, risk, b.ID))
	if err := w.EndBlock(ctx, risk, b.ID); codeOf(err) != "no_such_block" {
		t.Errorf("ended twice: %v", err)
	}
	equal(t, "after the end", w.order(anna, 1000).Fraud, pay.FraudAccepted)
	b, err = w.AddBlock(ctx, risk, good)
	must(t, err)
	w.Clock.Set(firstDay + 11)
	must(t, w.DB.SetDay(ctx, firstDay+11))
	list, err := w.Blocks(ctx, risk)
	must(t, err)
	equal(t, "entries after their end", len(list), 0)
	looks, err := w.DB.LooksAt(ctx, 0, b.ID, 10)
	must(t, err)
	if len(looks) < 4 {
		t.Errorf("%d lines in the audit trail", len(looks))
	}
	w.audit()
}

// TestSharedDataCapsAndNothingElse: two accounts with one name, birth date and postcode get the cap; debts stay apart.
func TestSharedDataCapsAndNothingElse(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	first, _ := w.purchase(fraudCart(anna, 2000, nil))
	w.work()
	twin := fraudCart(anna, 2000, nil)
	twin.Billing.Email = "anna.second@example.org"
	second, _ := w.purchase(twin)
	w.work()
	for _, id := range []pay.ConsumerID{first.Consumer, second.Consumer} {
		n, err := w.Marked(ctx, id, "cluster")
		must(t, err)
		equal(t, "members", n, 2)
	}
	other, _ := w.purchase(fraudCart(buyer{"Emil", "Anders"}, 2000, nil))
	w.work()
	n, err := w.Marked(ctx, other.Consumer, "cluster")
	must(t, err)
	equal(t, "of a neighbour", n, 0)
	w.audit()
}

func TestRealListOfDomains(t *testing.T) {
	const name = "../../shared/data/fraud/disposable_email_blocklist.conf"
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the shared list of throw-away domains is not here")
	}
	must(t, err)
	defer f.Close()
	w := newBank(t, storetest.SQLite(t))
	n, err := w.SetDomains(ctx, app.System, f)
	must(t, err)
	if n < 8000 {
		t.Errorf("%d domains", n)
	}
	kept, err := w.DB.Domains(ctx)
	must(t, err)
	equal(t, "kept", len(kept), n)
}

func TestShopsAreWatched(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	m, err := w.Merchant(w.shop)
	must(t, err)
	m.ExposureMax = 5000
	first, err := w.CreateSession(ctx, w.shop, fraudCart(cora, 100, nil))
	must(t, err)
	known, err := w.confirm(first, app.AuthorizeRequest{EmailCode: w.codeOf(first, cora.email(), "")})
	must(t, err)
	must(t, w.DB.PutMerchant(ctx, *m))
	must(t, w.Reload(ctx))
	inv := w.buy(anna, 4000)
	w.buy(bert, 3000)
	_, err = w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, 1000, pay.Parcel{})
	must(t, err)
	w.live()
	must(t, w.Reload(ctx))
	run, err := w.DayRun(ctx, firstDay+1, nil)
	must(t, err)
	equal(t, "alarms", run.Days[0].ShopAlarms, 1)
	list, err := w.ShopSignals(ctx, risk)
	must(t, err)
	if len(list) != 1 || !list[0].Stopped || len(list[0].Signals) != 4 {
		t.Fatalf("signals: %+v", list)
	}
	for _, s := range list[0].Signals {
		want := map[string]int64{app.SignalExposure: 6000, app.SignalComplaints: 142}[s.Kind]
		equal(t, s.Kind, s.Value, want)
	}
	s, err := w.CreateSession(ctx, w.shop, fraudCart(cora, 1000, nil))
	must(t, err)
	ans, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, DeviceToken: known.DeviceToken})
	must(t, err)
	if ans.Approved || !strings.Contains(string(mustJSON(t, ans.Methods)), "R20_NOT_SERVED") {
		t.Errorf("credit at a shop over its bound: %+v", ans.Methods)
	}
	w.audit()
}

// TestFirstDefaultsAreCounted: one of two people did not pay the first invoice; a second one of the other counts for nothing.
func TestFirstDefaultsAreCounted(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	paid, unpaid := w.buy(anna, 2000), w.buy(bert, 3000)
	w.load(w.credit(2000, anna, annasIBAN, paid.Reference))
	w.wall = w.wall.Add(time.Minute) // which of two is the first shows in their instants
	w.buy(anna, 1000)
	_, err := w.DayRun(ctx, unpaid.DueDay+31, nil)
	must(t, err)
	list, err := w.ShopSignals(ctx, risk)
	must(t, err)
	for _, s := range list[0].Signals {
		if s.Kind == app.SignalFirstDefault && (s.Value != 500 || s.Of != 2 || s.Alarm != 0) {
			t.Errorf("first invoices: %+v", s)
		}
	}
}

// TestFirstPayoutsComeLater: at a live shop the first three, at one in test mode none.
func TestFirstPayoutsComeLater(t *testing.T) {
	for _, mode := range []string{pay.ModeTest, pay.ModeLive} {
		w := newBank(t, storetest.SQLite(t))
		inv := w.buy(anna, 4000)
		if mode == pay.ModeLive {
			w.live()
		}
		w.work()
		items, err := w.DB.DueItems(ctx, inv.MerchantID, firstDay+60, 10)
		must(t, err)
		want := cal.Target2.AddBankDays(firstDay, 3)
		if mode == pay.ModeLive {
			want = cal.Target2.AddBankDays(want, 7)
		}
		equal(t, mode+": items", len(items), 3) // the sale, its fee and the tax on it
		equal(t, mode+": due", items[0].DueDay, want)
	}
}

// TestArrearsFollowTheConfirmedPerson: with the identity confirmed on both accounts, what is overdue on one makes a person
// look at a purchase on the other; without it, debts stay where they are.
func TestArrearsFollowTheConfirmedPerson(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	first, s := w.purchase(fraudCart(anna, 3000, nil))
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, first.Token, s.Cart)
	must(t, err)
	c, err := w.Capture(ctx, w.shop, app.Key{}, o.ID, 3000, pay.Parcel{})
	must(t, err)
	twin := fraudCart(anna, 1000, nil)
	twin.Billing.Email = "anna.second@example.org"
	second, _ := w.purchase(twin)
	w.work()
	day := w.invoice(c.InvoiceID).DueDay + 20
	w.Clock.Set(day)
	must(t, w.DB.SetDay(ctx, day))
	buy := func() string {
		t.Helper()
		ans, s := w.purchase(twin)
		if !ans.Approved {
			t.Fatalf("refused: %+v", ans.Methods)
		}
		o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, s.Cart)
		must(t, err)
		return o.Fraud
	}
	equal(t, "nobody confirmed", buy(), pay.FraudAccepted)
	must(t, w.EditFacts(ctx, second.Consumer, func(f *credit.Facts) { f.Identity = day }))
	equal(t, "one confirmed", buy(), pay.FraudAccepted)
	must(t, w.EditFacts(ctx, first.Consumer, func(f *credit.Facts) { f.Identity = day }))
	equal(t, "both confirmed", buy(), pay.FraudPending)
	list, err := w.Pending(ctx, risk)
	must(t, err)
	equal(t, "rule", list[0].Check.Rules, "F15_TWIN_ARREARS")
	w.audit()
}

package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// stricter adds a version of the policy that approves nothing on credit, valid from a day.
func (w *bank) stricter(from cal.Day) { w.t.Helper(); w.needs("1000", from) }

// needs adds a version of the policy in which every method on credit needs a score, valid from a day.
func (w *bank) needs(score string, from cal.Day) {
	w.t.Helper()
	policy, err := os.ReadFile("../credit/policies/de-standard-1.json")
	must(w.t, err)
	card, err := os.ReadFile("../credit/policies/card-v0-1.json")
	must(w.t, err)
	text := strings.NewReplacer(`"version": 1,`, `"version": 3,`, `"valid_from": "2025-01-01"`, `"valid_from": "`+from.String()+`"`,
		`"min_score": 520`, `"min_score": `+score, `"min_score": 580`, `"min_score": `+score, `"min_score": 640`, `"min_score": `+score, `"min_score": 720`, `"min_score": `+score).Replace(string(policy))
	p, err := credit.ParsePolicy([]byte(text), card)
	must(w.t, err)
	w.UsePolicies(append(slices.Clone(w.Policies()), p))
}

// jump moves the business day without the work of the days between.
func (w *bank) jump(day cal.Day) {
	w.t.Helper()
	must(w.t, w.DB.SetDay(ctx, day))
	must(w.t, w.DB.PutSetting(ctx, "day_run", day.String()))
	w.Clock.Set(day)
}

// indebted lets Anna forget an invoice, and returns her and it.
func indebted(t *testing.T, d storetest.Database) (*bank, app.Actor, *pay.Invoice) {
	w := newBank(t, d)
	inv := w.buy(anna, 7490)
	w.jump(second)
	w.change(inv.ID, func(_ *store.Tx, inv *pay.Invoice) { inv.Level = 1 })
	if ans, _ := w.authorize(anna, "invoice_14", 4990); ans.Approved {
		t.Fatal("approved although an invoice is overdue")
	}
	return w, app.Actor{Consumer: inv.ConsumerID}, inv
}

// plan asks for the way back and returns the first plan with its key.
func (w *bank) plan(who app.Actor, amount int64) (*app.WayBack, credit.Plan, string) {
	w.t.Helper()
	way, err := w.WayBack(ctx, who, "invoice_14", amount)
	must(w.t, err)
	if len(way.Way.Plans) == 0 {
		w.t.Fatalf("no plan: %+v", way.Way)
	}
	return way, way.Way.Plans[0], way.PlanKeys()[0].String()
}

// pays has Anna pay an invoice with a value day.
func (w *bank) pays(inv *pay.Invoice, amount int64, value cal.Day) {
	w.t.Helper()
	e := w.credit(amount, anna, annasIBAN, inv.Reference)
	e.Booked, e.Value = value, value
	w.load(e)
}

func (w *bank) promise(who app.Actor, id pay.PromiseID) *app.PromiseView {
	w.t.Helper()
	v, err := w.Promise(ctx, who, id)
	must(w.t, err)
	return v
}

// TestPromiseOutlivesANewCard lives through it: blocked, a plan accepted, the card changed, the promise kept at the checkout.
func TestPromiseOutlivesANewCard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w, who, inv := indebted(t, d)
		way, plan, key := w.plan(who, 4990)
		v, err := w.AcceptPlan(ctx, who, app.Key{}, key)
		must(t, err)
		again, err := w.AcceptPlan(ctx, who, app.Key{}, key)
		must(t, err)
		equal(t, "the same plan again", again.Promise.ID, v.Promise.ID)
		equal(t, "state", v.Promise.State, pay.PromiseAccepted)
		if !strings.Contains(v.Paper("de").Sections[1].Rows[0].Value, inv.No) || v.Paper("en").Title == v.Paper("de").Title || v.SHA256["de"] != v.Paper("de").Digest() {
			t.Errorf("the text shown is %+v", v.Paper("de"))
		}
		w.stricter(second + 1)
		w.run(way.PayBy + 1)
		equal(t, "no reminder before the money can be seen", w.invoice(inv.ID).Level, 1)
		w.pays(inv, 7490, way.PayBy)
		v = w.promise(who, v.Promise.ID)
		equal(t, "state once paid", v.Promise.State, pay.PromiseFulfilled)
		w.run(max(plan.From, way.PayBy+1))
		w.stricter(second + 1) // a day run reads the stored policies again
		w.keptAtCheckout(who, v)
		w.audit()
		r, err := w.ReplayDecisions(ctx, 0, nil)
		must(t, err)
		equal(t, "replayed", r.Replayed, r.Total)
	})
}

// keptAtCheckout buys with a fulfilled promise, once.
func (w *bank) keptAtCheckout(who app.Actor, v *app.PromiseView) {
	t := w.t
	t.Helper()
	ans, _ := w.authorize(anna, "invoice_14", v.Promise.Amount)
	if !ans.Approved {
		t.Fatalf("the promise was not kept: %+v", ans.Methods)
	}
	rec := w.record(ans.Decision)
	if rec.Decision.Outcome(credit.Invoice14).OK || !rec.Kept.Honoured() || credit.Codes(rec.Kept.Decision.Why(credit.Invoice14))[0] != "C01_CONTRACT" {
		t.Errorf("the record does not hold both answers: %+v", rec.Kept)
	}
	if other, _ := w.authorize(anna, "invoice_14", v.Promise.Amount); other.Approved {
		t.Error("one promise was used twice at once")
	}
	must(t, w.ReleaseAuthorization(ctx, w.shop, app.Key{}, ans.Token))
	if ans, _ = w.authorize(anna, "invoice_14", v.Promise.Amount); !ans.Approved {
		t.Fatal("a released authorization has used the promise up")
	}
	w.wall = w.wall.Add(61 * time.Minute)
	ans, cart := w.authorize(anna, "invoice_14", v.Promise.Amount)
	if !ans.Approved {
		t.Fatal("an authorization that ended by time has used the promise up")
	}
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
	must(t, err)
	v = w.promise(who, v.Promise.ID)
	equal(t, "state after the order", v.Promise.State, pay.PromiseHonoured)
	equal(t, "its order", v.Promise.OrderID, o.ID)
	if ans, _ := w.authorize(anna, "invoice_14", v.Promise.Amount); ans.Approved {
		t.Error("one promise gave two purchases")
	}
}

func (w *bank) record(id pay.DecisionID) credit.Record {
	w.t.Helper()
	row, err := store.LoadID(ctx, w.DB, store.Decisions, id)
	must(w.t, err)
	c, err := store.LoadID(ctx, w.DB, store.Consumers, row.ConsumerID)
	must(w.t, err)
	key, err := w.Vault.Key(c.WrappedKey)
	must(w.t, err)
	plain, err := key.Open(string(row.ID), row.Sealed)
	must(w.t, err)
	var rec credit.Record
	must(w.t, rec.UnmarshalBinary(plain))
	return rec
}

// TestMissedStepBringsAFreshPlan: nothing else follows, and the fresh plan can be accepted.
func TestMissedStepBringsAFreshPlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w, who, inv := indebted(t, d)
		way, _, key := w.plan(who, 4990)
		v, err := w.AcceptPlan(ctx, who, app.Key{}, key)
		must(t, err)
		w.work()
		docs, err := w.Documents(ctx, who)
		must(t, err)
		at := slices.IndexFunc(docs, func(l app.DocumentLine) bool { return l.Document.Kind == "promise" })
		_, pdf, err := w.Document(ctx, who, docs[at].Document.ID)
		must(t, err)
		equal(t, "a PDF", string(pdf[:4]), "%PDF")
		seen := cal.Target2.AddBankDays(way.PayBy, 2)
		w.run(seen)
		equal(t, "while a transfer may be on its way", w.promise(who, v.Promise.ID).Promise.State, pay.PromiseAccepted)
		r := w.run(seen + 1)
		equal(t, "void", r.Days[0].PromisesVoid, 1)
		v = w.promise(who, v.Promise.ID)
		equal(t, "state", v.Promise.State, pay.PromiseVoid)
		equal(t, "why", v.Promise.Void, "V4_STEP_MISSED")
		equal(t, "step", v.Steps[0].State, pay.StepMissed)
		mails := w.work()
		over := slices.IndexFunc(mails, func(m mail.Message) bool { return strings.Contains(m.Text, "Ein Schritt des Plans") })
		all, err := w.Promises(ctx, who)
		must(t, err)
		equal(t, "promises", len(all), 2)
		offer := all[0]
		equal(t, "the fresh one", offer.Promise.State, pay.PromiseOffered)
		if over < 0 || !strings.Contains(mails[over].Text, "/me/promises/"+pay.Bare(offer.Promise.ID)) || !strings.Contains(mails[over].Text, inv.No) {
			t.Errorf("the mail about it: %d of %+v", over, mails)
		}
		taken, err := w.AcceptPlan(ctx, who, app.Key{}, offer.Key().String())
		must(t, err)
		equal(t, "the offer itself", taken.Promise.ID, offer.Promise.ID)
		w.pays(inv, 7490, taken.Promise.PayBy)
		equal(t, "fulfilled", w.promise(who, taken.Promise.ID).Promise.State, pay.PromiseFulfilled)
		w.jump(taken.Promise.ValidUntil)
		w.run(taken.Promise.ValidUntil + 1)
		equal(t, "not used", w.promise(who, taken.Promise.ID).Promise.State, pay.PromiseExpired)
		f, err := w.FactsOf(ctx, who.Consumer)
		must(t, err)
		equal(t, "left with the facts", len(f.Promises), 0)
		w.audit()
	})
}

// TestPlansThatCannotBePromised: changed facts, other people, open goals, too many, and the operator's cap.
func TestPlansThatCannotBePromised(t *testing.T) {
	w, who, inv := indebted(t, storetest.SQLite(t))
	_, _, key := w.plan(who, 4990)
	for _, bad := range []string{"", "x", "invoice_14-4990-20261224-20261221", strings.Replace(key, "invoice_14", "gold", 1), strings.Replace(key, "4990", "4991", 1), key[:len(key)-1] + "g"} {
		if _, err := w.AcceptPlan(ctx, who, app.Key{}, bad); err == nil {
			t.Errorf("plan %q was accepted", bad)
		}
	}
	if _, err := w.AcceptPlan(ctx, app.Actor{}, app.Key{}, key); codeOf(err) != "forbidden" {
		t.Errorf("nobody accepted a plan: %v", err)
	}
	stranger := app.Actor{Consumer: w.buy(bert, 2000).ConsumerID}
	if _, err := w.AcceptPlan(ctx, stranger, app.Key{}, key); err == nil {
		t.Error("somebody else accepted the plan")
	}
	kept := app.PromiseTermsHistory
	defer func() { app.PromiseTermsHistory = kept }()
	tight := kept[0]
	tight.Exposure = 4000
	app.PromiseTermsHistory = []app.PromiseTerms{tight}
	if _, err := w.AcceptPlan(ctx, who, app.Key{}, key); codeOf(err) != "only_estimate" {
		t.Errorf("beyond the operator's cap: %v", err)
	}
	if way, _, _ := w.plan(who, 4990); !way.Estimate {
		t.Error("the plans are not marked as an estimate")
	}
	app.PromiseTermsHistory = kept
	v, err := w.AcceptPlan(ctx, who, app.Key{}, key)
	must(t, err)
	if _, err := w.Promise(ctx, stranger, v.Promise.ID); codeOf(err) != "no_such_contract" {
		t.Errorf("somebody else reads it: %v", err)
	}
	for _, amount := range []int64{4000, 3000, 2000} {
		_, _, next := w.plan(who, amount)
		_, err := w.AcceptPlan(ctx, who, app.Key{}, next)
		must(t, err)
	}
	equal(t, "the oldest made room", w.promise(who, v.Promise.ID).Promise.State, pay.PromiseReplaced)
	if _, err := w.AcceptPlan(ctx, who, app.Key{}, key); codeOf(err) != "plan_over" {
		t.Errorf("a plan that was replaced: %v", err)
	}
	_, _, key = w.plan(who, 2500)
	w.pays(inv, 100, second)
	if _, err := w.AcceptPlan(ctx, who, app.Key{}, key); codeOf(err) != "plan_changed" {
		t.Errorf("a plan on old facts: %v", err)
	}
	w.audit()
}

// TestVoidsAtTheCheckout: each void that the outside can cause ends a fulfilled promise at the checkout; what is not on the
// list does not.
func TestVoidsAtTheCheckout(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *credit.Facts)
		void   credit.Void
	}{
		"security hold": {func(f *credit.Facts) { f.Security = credit.HoldCredit }, credit.V5SecurityHold},
		"insolvency":    {func(f *credit.Facts) { f.Insolvency.Running = true }, credit.V6InsolvencyOrDeath},
		"own pause":     {func(f *credit.Facts) { f.PauseUntil = newYear + 300 }, credit.V10OwnPause},
		"four requests": {func(f *credit.Facts) {
			for _, shop := range []string{"a", "b", "c", "d"} {
				f.History.Enquire(second+1, shop)
			}
		}, credit.V2NewEnquiries},
		"one request": {func(f *credit.Facts) { f.History.Enquire(second+1, "a") }, 0},
		"old address": {func(f *credit.Facts) { f.Address.Level = 1 }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, who, inv := indebted(t, storetest.SQLite(t))
			way, plan, key := w.plan(who, 4990)
			_, err := w.AcceptPlan(ctx, who, app.Key{}, key)
			must(t, err)
			w.stricter(second + 1)
			w.jump(max(plan.From, way.PayBy))
			w.pays(inv, 7490, way.PayBy)
			must(t, w.EditFacts(ctx, who.Consumer, c.change))
			ans, _ := w.authorize(anna, "invoice_14", 4990)
			kept := w.record(ans.Decision).Kept
			if ans.Approved != (c.void == 0) || kept == nil || c.void != 0 && !slices.Equal(kept.Voids, []credit.Void{c.void}) {
				t.Errorf("approved %v, kept %+v", ans.Approved, kept)
			}
			r, err := w.ReplayDecisions(ctx, 0, nil)
			must(t, err)
			equal(t, "replayed", r.Replayed, r.Total)
		})
	}
}

// TestDayRunKeepsPromisesOnce: a second run of a day, or one that was stopped, changes nothing twice.
func TestDayRunKeepsPromisesOnce(t *testing.T) {
	w, who, _ := indebted(t, storetest.SQLite(t))
	_, _, key := w.plan(who, 4990)
	_, err := w.AcceptPlan(ctx, who, app.Key{}, key)
	must(t, err)
	w.run(second + 1)
	must(t, w.DB.PutSetting(ctx, "day_run", second.String()))
	w.run(second + 1)
	w.jump(second + 19)
	w.run(second + 20)
	all, err := w.Promises(ctx, who)
	must(t, err)
	ended := 0
	for _, v := range all {
		if v.Promise.State == pay.PromiseVoid {
			ended++
		}
	}
	equal(t, "void promises", ended, 1)
	w.audit()
}

// TestPromisesAreCountedFromTheRecords: the desk's report proves from decisions that promises were kept.
func TestPromisesAreCountedFromTheRecords(t *testing.T) {
	w, who, inv := indebted(t, storetest.SQLite(t))
	risk := app.Actor{Staff: "stf_1", Role: pay.RoleRisk}
	way, plan, key := w.plan(who, 4990)
	v, err := w.AcceptPlan(ctx, who, app.Key{}, key)
	must(t, err)
	r, err := w.PromiseReport(ctx, risk)
	must(t, err)
	equal(t, "bound", r.Bound, 4990)
	w.stricter(second + 1)
	w.jump(max(plan.From, way.PayBy))
	w.authorize(anna, "invoice_14", 4990) // not paid yet: no promise has to answer
	w.pays(inv, 7490, way.PayBy)
	w.jump(max(plan.From, way.PayBy) + 1)
	w.authorize(anna, "invoice_30", 2000) // another method
	w.authorize(anna, "invoice_14", 9000) // more than was promised
	must(t, w.EditFacts(ctx, who.Consumer, func(f *credit.Facts) { f.Security = credit.HoldCredit }))
	w.authorize(anna, "invoice_14", 4990)
	must(t, w.EditFacts(ctx, who.Consumer, func(f *credit.Facts) { f.Security = credit.NoHold }))
	w.keptAtCheckout(who, w.promise(who, v.Promise.ID))
	r, err = w.PromiseReport(ctx, risk)
	must(t, err)
	if r.Honoured < 1 || r.Void != 1 || r.Broken != 0 || r.Rate() != 100_00 || r.Bound != 0 {
		t.Errorf("report %+v", r)
	}
	if _, err := w.PromiseReport(ctx, app.Actor{Staff: "stf_2", Role: pay.RoleSupport}); codeOf(err) != "forbidden" {
		t.Errorf("support sees the exposure: %v", err)
	}
}

// TestOwnPagesAreNoEnquiry: what a person asks about themselves changes no row of the database.
func TestOwnPagesAreNoEnquiry(t *testing.T) {
	w, who, inv := indebted(t, storetest.SQLite(t))
	before, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	links := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM links WHERE leaves <> $1", []byte{})
	decisions := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM decisions")
	m, err := w.MyStanding(ctx, who, true)
	must(t, err)
	if len(m.Ladder) != 2 || m.Way == nil || len(m.Items) != 1 || len(m.Verify) == 0 || len(m.Decisions) == 0 {
		t.Errorf("the page holds %+v", m)
	}
	s, err := w.Simulate(ctx, who, app.Choice{Pay: []app.ChoicePayment{{Invoice: inv.ID}}, Verify: []string{"VERIFY_IDENTITY"}, Day: second + 30})
	must(t, err)
	if s.Max(s.Now, "invoice_14") != 0 || s.Max(s.Idle, "invoice_14") != 0 || s.Max(s.Then, "invoice_14") == 0 || s.Then.Score <= s.Idle.Score {
		t.Errorf("the simulation says %+v", s)
	}
	for _, bad := range []app.Choice{{Day: second - 1}, {Day: second + 400}, {Pay: []app.ChoicePayment{{Invoice: "inv_x"}}}, {Verify: []string{"PAY_FULL"}}} {
		if _, err := w.Simulate(ctx, who, bad); err == nil {
			t.Errorf("simulated %+v", bad)
		}
	}
	d, err := w.MyDecision(ctx, who, m.Decisions[0].Row.ID)
	must(t, err)
	equal(t, "its amount", d.Record.Request.Amount, 4990)
	if _, err := w.MyDecision(ctx, app.Actor{Consumer: w.buy(bert, 2000).ConsumerID}, d.Row.ID); codeOf(err) != "no_such_decision" {
		t.Errorf("somebody else reads it: %v", err)
	}
	after, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	equal(t, "enquiries", len(after.History.Enquiries), len(before.History.Enquiries))
	equal(t, "decisions", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM decisions WHERE consumer_id = $1", string(who.Consumer)), decisions)
	if links == 0 {
		t.Error("no chain to compare")
	}
}

// TestShopsLearnNoReasons: a shop hears yes or no about its own purchase, and about nobody before the buyer is known.
func TestShopsLearnNoReasons(t *testing.T) {
	w, who, _ := indebted(t, storetest.SQLite(t))
	s := w.session(anna, 4990)
	out, err := w.PreDecision(ctx, w.shop, s.Session.ID)
	must(t, err)
	for _, o := range out {
		if !o.OK || o.Amount != 4990 || o.Next != "" {
			t.Errorf("before the buyer is known: %+v", o)
		}
	}
	_, err = w.confirm(s, withCode)
	must(t, err)
	before := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM decisions WHERE consumer_id = $1", string(who.Consumer))
	out, err = w.PreDecision(ctx, w.shop, s.Session.ID)
	must(t, err)
	for _, o := range out {
		if credit := pay.IsCredit(o.Method); o.OK == credit || credit && (o.Amount != 0 || !strings.HasSuffix(o.Next, "/me/way-back/"+o.Method+"/4990")) {
			t.Errorf("for somebody who is blocked: %+v", o)
		}
	}
	equal(t, "decisions", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM decisions WHERE consumer_id = $1", string(who.Consumer)), before)
	if _, err := w.PreDecision(ctx, app.Actor{Merchant: w.newShop("Anderer").ID}, s.Session.ID); codeOf(err) != "no_such_session" {
		t.Errorf("another shop asks: %v", err)
	}
}

// TestSmallPurchasePaidAtOnce: it is named only where it brings the goal nearer, lends nothing, and nobody can accept it.
func TestSmallPurchasePaidAtOnce(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.needs("760", firstDay)
	w.authorize(anna, "prepayment", 3000)
	id, err := w.ConsumerByEmail(ctx, anna.email())
	must(t, err)
	way, err := w.WayBack(ctx, app.Actor{Consumer: id}, "invoice_14", 5000)
	must(t, err)
	if s := way.SmallBuy; len(way.Way.Plans) == 0 || s == nil || s.Least != 2000 || s.From >= way.Way.Plans[0].From-7 {
		t.Fatalf("a new customer: %+v, %+v", way.Way, way.SmallBuy)
	}
	w2, who, _ := indebted(t, storetest.SQLite(t))
	soon, _, _ := w2.plan(who, 4990)
	if soon.SmallBuy != nil {
		t.Errorf("named although paying is quicker: %+v", soon.SmallBuy)
	}
}

// TestABrokenPromiseIsFound: a refusal in which a fulfilled promise had no say shows in the report, however it came about.
func TestABrokenPromiseIsFound(t *testing.T) {
	w, who, inv := indebted(t, storetest.SQLite(t))
	way, plan, key := w.plan(who, 4990)
	_, err := w.AcceptPlan(ctx, who, app.Key{}, key)
	must(t, err)
	w.stricter(second + 1)
	w.pays(inv, 7490, way.PayBy)
	w.jump(max(plan.From, way.PayBy) + 1)
	must(t, w.EditFacts(ctx, who.Consumer, func(f *credit.Facts) { f.Promises = nil }))
	if ans, _ := w.authorize(anna, "invoice_14", 4990); ans.Approved {
		t.Fatal("approved without the promise; the test shows nothing")
	}
	r, err := w.PromiseReport(ctx, app.Actor{Staff: "stf_1", Role: pay.RoleRisk})
	must(t, err)
	if r.Broken != 1 || r.Rate() != 0 {
		t.Errorf("report %+v", r)
	}
}

package app_test

import (
	"slices"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store/storetest"
)

func newMerchant(owner string) app.NewMerchant {
	return app.NewMerchant{Merchant: pay.Merchant{Name: "Radladen", Mode: pay.ModeLive, Market: "DE", Currency: money.EUR, Methods: []string{"invoice_14"}, FeeRate: 249, FeeFixed: 35,
		FeeTax: "DE19", FeeTaxRate: 1900, SettleDays: 2, Settlement: pay.SettlementTerms{Cycle: pay.CycleWeekly}, PayoutIBAN: "DE02120300000000202051", WebsiteURL: "https://rad.example", Email: "rad@example.org",
		Application: &pay.Application{Legal: "Radladen Müller GmbH", Goods: "leisure", Guarantee: true}},
		Owners: []pay.Owner{{Name: owner, Born: cal.Date(1970, 5, 5)}}, Username: "rad"}
}

func TestTwoPeopleActivateAMerchant(t *testing.T) {
	w := newWorld(t)
	m, user, secret, err := w.Onboard(w.ctx, risk, newMerchant("Petra Müller"))
	must(t, err)
	who, err := w.Authenticate(w.ctx, user, secret)
	must(t, err)
	shop := app.Actor{Merchant: m.ID}
	if who == nil || *who != shop {
		t.Fatal("the first key does not work")
	}
	sells := func() string {
		_, err := w.CreateSession(w.ctx, shop, cartOf("erika@example.org", 4990))
		return codeOf(err)
	}
	if code := sells(); code != "merchant_inactive" {
		t.Fatalf("a pending merchant sells: %q", code)
	}
	f, err := w.MerchantFile(w.ctx, risk, m.ID)
	must(t, err)
	if len(f.Owners) != 1 || f.Owners[0].Name != "Petra Müller" || f.Step != nil || len(f.Keys) != 1 {
		t.Fatalf("file: %+v", f)
	}
	if f, err := w.MerchantFile(w.ctx, support, m.ID); err != nil || len(f.Owners) != 0 {
		t.Errorf("support sees owners: %v", err)
	}
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM merchants WHERE body LIKE '%Petra%'"); n != 0 {
		t.Error("the owner's name is stored in the clear")
	}
	if err := w.ConfirmActivation(w.ctx, otherRisk, m.ID, f.Digest); codeOf(err) != "nothing_waits" {
		t.Errorf("confirmed before anybody asked: %v", err)
	}
	if err := w.AskActivation(w.ctx, support, m.ID); codeOf(err) != "forbidden" {
		t.Errorf("support asks: %v", err)
	}
	must(t, w.AskActivation(w.ctx, risk, m.ID))
	if err := w.ConfirmActivation(w.ctx, risk, m.ID, f.Digest); codeOf(err) != "four_eyes" {
		t.Errorf("the same person confirms: %v", err)
	}
	if err := w.ConfirmActivation(w.ctx, otherRisk, m.ID, "other"); codeOf(err) != "terms_changed" {
		t.Errorf("other terms are confirmed: %v", err)
	}
	changed := m
	changed.FeeRate = 100
	must(t, w.DB.PutMerchant(w.ctx, changed))
	if err := w.ConfirmActivation(w.ctx, otherRisk, m.ID, f.Digest); codeOf(err) != "terms_changed" {
		t.Errorf("terms that changed since are confirmed: %v", err)
	}
	must(t, w.DB.PutMerchant(w.ctx, m))
	if code := sells(); code != "merchant_inactive" {
		t.Fatalf("half activated, a merchant sells: %q", code)
	}
	must(t, w.ConfirmActivation(w.ctx, otherRisk, m.ID, f.Digest))
	if code := sells(); code != "" {
		t.Fatalf("an active merchant does not sell: %q", code)
	}
	if err := w.AskActivation(w.ctx, risk, m.ID); codeOf(err) != "not_pending" {
		t.Errorf("activated twice: %v", err)
	}
	for _, action := range []string{"merchant_create", "merchant_asked", "merchant_activated"} {
		if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action = '"+action+"' AND subject = '"+string(m.ID)+"'"); n != 1 {
			t.Errorf("%d audit lines of %s", n, action)
		}
	}
}

func TestListedOwnersMustBeCleared(t *testing.T) {
	w := newWorld(t)
	must(t, w.SetLists(w.ctx, app.System, app.Lists{Sanctioned: []app.Sanctioned{{Name: "Petra Müller", Born: cal.NoDay}}}))
	must(t, w.Reload(w.ctx))
	m, _, _, err := w.Onboard(w.ctx, risk, newMerchant("Petra Müller"))
	must(t, err)
	if err := w.AskActivation(w.ctx, risk, m.ID); codeOf(err) != "sanctions_hit" {
		t.Fatalf("a listed owner passes: %v", err)
	}
	if err := w.ClearOwners(w.ctx, risk, m.ID, "no"); codeOf(err) != "bad_reason" {
		t.Errorf("cleared without a reason: %v", err)
	}
	must(t, w.ClearOwners(w.ctx, risk, m.ID, "passport seen, another person"))
	must(t, w.AskActivation(w.ctx, risk, m.ID))
}

func TestApplicationsAreComplete(t *testing.T) {
	w := newWorld(t)
	for field, spoil := range map[string]func(*app.NewMerchant){
		"name": func(n *app.NewMerchant) { n.Name = " " }, "legal": func(n *app.NewMerchant) { n.Application.Legal = "" },
		"owners": func(n *app.NewMerchant) { n.Owners = nil }, "website": func(n *app.NewMerchant) { n.WebsiteURL = "rad.example" },
		"email": func(n *app.NewMerchant) { n.Email = "rad" }, "iban": func(n *app.NewMerchant) { n.PayoutIBAN = "DE00" },
		"goods": func(n *app.NewMerchant) { n.Application.Goods = "weapons" }, "methods": func(n *app.NewMerchant) { n.Methods = []string{"cash"} },
		"fee_rate": func(n *app.NewMerchant) { n.FeeRate = -1 }, "settle": func(n *app.NewMerchant) { n.SettleDays = 90 }, "cycle": func(n *app.NewMerchant) { n.Settlement.Cycle = "yearly" },
		"market": func(n *app.NewMerchant) { n.Market = "US" },
		"user":   func(n *app.NewMerchant) { n.UserMail = "rad" }, "origins": func(n *app.NewMerchant) { n.Origins = []string{"https://rad.example/shop"} },
		"exposure_max": func(n *app.NewMerchant) { n.ExposureMax = -1 },
	} {
		n := newMerchant("Petra Müller")
		spoil(&n)
		if _, _, _, err := w.Onboard(w.ctx, app.System, n); codeOf(err) != "bad_"+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	n := newMerchant("Petra Müller")
	n.Username = "shop-1"
	if _, _, _, err := w.Onboard(w.ctx, app.System, n); codeOf(err) != "user_taken" {
		t.Errorf("another shop's API user: %v", err)
	}
	if who, err := w.Authenticate(w.ctx, "shop-1", strings.Repeat("x", 40)); who != nil || err != nil {
		t.Error("authenticated")
	}
}

func TestAnApplicationIsEditedAndAskedForAgain(t *testing.T) {
	w := newWorld(t)
	m, user, _, err := w.Onboard(w.ctx, risk, newMerchant("Petra Sommer"))
	must(t, err)
	must(t, w.AskActivation(w.ctx, risk, m.ID))
	before, err := w.MerchantFile(w.ctx, otherRisk, m.ID)
	must(t, err)
	n := newMerchant("Petra Winter")
	n.FeeRate, n.ExposureMax, n.Origins, n.Mode = 199, 500_00, []string{"https://kasse.rad.example"}, pay.ModeTest
	if err := w.EditApplication(w.ctx, support, m.ID, n); codeOf(err) != "forbidden" {
		t.Errorf("support edits: %v", err)
	}
	bad := newMerchant("Petra Winter")
	bad.FeeRate = -1
	if err := w.EditApplication(w.ctx, risk, m.ID, bad); codeOf(err) != "bad_fee_rate" {
		t.Errorf("bad terms: %v", err)
	}
	must(t, w.EditApplication(w.ctx, risk, m.ID, n))
	f, err := w.MerchantFile(w.ctx, otherRisk, m.ID)
	must(t, err)
	if f.FeeRate != 199 || f.ExposureMax != 500_00 || f.Origins[0] != "https://kasse.rad.example" || f.Owners[0].Name != "Petra Winter" || f.Mode != m.Mode || f.Status != pay.MerchantPending {
		t.Errorf("edited to %+v", f.Merchant)
	}
	if len(f.Keys) != 1 || f.Keys[0].Username != user || f.Current || f.Digest == before.Digest {
		t.Errorf("after editing the step is still about the terms: %+v", f)
	}
	if err := w.ConfirmActivation(w.ctx, otherRisk, m.ID, before.Digest); codeOf(err) != "terms_changed" {
		t.Errorf("the old terms are confirmed: %v", err)
	}
	must(t, w.EditApplication(w.ctx, risk, m.ID, n))
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action = 'merchant_edit' AND subject = '"+string(m.ID)+"' AND detail = 'application exposure_max fee_rate origins'"); n != 1 {
		t.Errorf("%d audit lines of one edit", n)
	}
	must(t, w.AskActivation(w.ctx, risk, m.ID))
	must(t, w.ConfirmActivation(w.ctx, otherRisk, m.ID, f.Digest))
	if err := w.EditApplication(w.ctx, risk, m.ID, n); codeOf(err) != "not_pending" {
		t.Errorf("an active merchant is edited: %v", err)
	}
}

func TestTwoPeopleCloseAMerchant(t *testing.T) {
	w := newWorld(t)
	m, _, _, err := w.Onboard(w.ctx, risk, newMerchant("Petra Sommer"))
	must(t, err)
	step := func() *pay.Activation {
		f, err := w.MerchantFile(w.ctx, otherRisk, m.ID)
		must(t, err)
		return f.Step
	}
	cases := []struct {
		do   func() error
		code string
	}{
		{func() error { return w.AskClosing(w.ctx, support, m.ID, "the goods are forbidden") }, "forbidden"},
		{func() error { return w.AskClosing(w.ctx, risk, m.ID, "no") }, "bad_reason"},
		{func() error { return w.ConfirmClosing(w.ctx, otherRisk, m.ID, "x") }, "nothing_waits"},
		{func() error { return w.AskActivation(w.ctx, risk, m.ID) }, ""},
		{func() error { return w.ConfirmClosing(w.ctx, otherRisk, m.ID, step().Digest) }, "nothing_waits"},
		{func() error { return w.AskClosing(w.ctx, risk, m.ID, "the goods are forbidden") }, ""},
		{func() error { return w.ConfirmActivation(w.ctx, otherRisk, m.ID, step().Digest) }, "nothing_waits"},
		{func() error { return w.ConfirmClosing(w.ctx, risk, m.ID, step().Digest) }, "four_eyes"},
		{func() error { return w.ConfirmClosing(w.ctx, otherRisk, m.ID, "another reason") }, "terms_changed"},
		{func() error { return w.ConfirmClosing(w.ctx, otherRisk, m.ID, step().Digest) }, ""},
		{func() error { return w.AskClosing(w.ctx, risk, m.ID, "once more, please") }, "closed"},
		{func() error { return w.AskActivation(w.ctx, risk, m.ID) }, "not_pending"},
	}
	for i, c := range cases {
		if err := c.do(); codeOf(err) != c.code || (err == nil) != (c.code == "") {
			t.Fatalf("step %d: %v, want %q", i, err, c.code)
		}
	}
	f, err := w.MerchantFile(w.ctx, risk, m.ID)
	must(t, err)
	if f.Status != pay.MerchantClosed || f.Step.Reason != "the goods are forbidden" || f.Step.ConfirmedBy != string(otherRisk.Staff) {
		t.Errorf("closed as %+v", f)
	}
	for _, action := range []string{"merchant_close_asked", "merchant_closed"} {
		if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action = '"+action+"' AND subject = '"+string(m.ID)+"'"); n != 1 {
			t.Errorf("%d audit lines of %s", n, action)
		}
	}
}

// TestAnActiveMerchantSellsNothingOnceClosed: what was sold goes on.
func TestAnActiveMerchantSellsNothingOnceClosed(t *testing.T) {
	w := newWorld(t)
	o := w.order("erika@example.org", 4990)
	must(t, w.AskClosing(w.ctx, risk, w.shop.Merchant, "sells something else now"))
	f, err := w.MerchantFile(w.ctx, otherRisk, w.shop.Merchant)
	must(t, err)
	if _, err := w.CreateSession(w.ctx, w.shop, cartOf("max@example.org", 1000)); err != nil {
		t.Fatalf("asked to be closed, it sells already no more: %v", err)
	}
	must(t, w.ConfirmClosing(w.ctx, otherRisk, w.shop.Merchant, f.Step.Digest))
	if _, err := w.CreateSession(w.ctx, w.shop, cartOf("max@example.org", 1000)); codeOf(err) != "merchant_inactive" || !strings.Contains(err.Error(), "closed") {
		t.Errorf("closed, it sells: %v", err)
	}
	if _, err := w.Capture(w.ctx, w.shop, app.Key{}, o.ID, o.Amount, pay.Parcel{}); err != nil {
		t.Errorf("it cannot deliver what it sold: %v", err)
	}
}

// TestActiveMerchantsAreHeldAgainstNewLists: nothing is sold or paid out until a person has looked.
func TestActiveMerchantsAreHeldAgainstNewLists(t *testing.T) {
	w, l := newWorld(t), &letters{}
	m, _, _, err := w.Onboard(w.ctx, risk, newMerchant("Petra Müller"))
	must(t, err)
	must(t, w.AskActivation(w.ctx, risk, m.ID))
	f, err := w.MerchantFile(w.ctx, otherRisk, m.ID)
	must(t, err)
	must(t, w.ConfirmActivation(w.ctx, otherRisk, m.ID, f.Digest))
	who := app.Actor{Merchant: m.ID}
	sell := func() string {
		_, err := w.CreateSession(w.ctx, who, cartOf("max@example.org", 1000))
		return codeOf(err)
	}
	hits := func() int {
		list, err := w.MerchantHits(w.ctx, risk)
		must(t, err)
		return len(list)
	}
	if sell() != "" || hits() != 0 {
		t.Fatal("an active merchant does not sell")
	}
	must(t, w.SetLists(w.ctx, app.System, app.Lists{Sanctioned: []app.Sanctioned{{Name: "Petra Müller", Born: cal.NoDay}}}))
	w.work(l, "")
	if sell() != "merchant_inactive" || hits() != 1 {
		t.Fatalf("a listed owner sells: %q, %d to clear", sell(), hits())
	}
	w.held(m.ID)
	if _, err := w.MerchantHits(w.ctx, support); codeOf(err) != "forbidden" {
		t.Errorf("support sees the hits: %v", err)
	}
	must(t, w.ClearOwners(w.ctx, risk, m.ID, "passport seen, another person"))
	if sell() != "" || hits() != 0 {
		t.Errorf("cleared, it does not sell: %q", sell())
	}
	must(t, w.SetLists(w.ctx, app.System, app.Lists{Sanctioned: []app.Sanctioned{{Name: "Petra Müller", Born: cal.NoDay}}}))
	w.work(l, "")
	if sell() != "" {
		t.Error("what was cleared is held again by the same entry")
	}
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action = 'merchant_held' AND subject = '"+string(m.ID)+"'"); n != 1 {
		t.Errorf("%d audit lines", n)
	}
}

// TestAClosedMerchantIsHeldAgainstNewLists: it is still paid for what it sold. Where the lists drop the entry, a person
// releases it.
func TestAClosedMerchantIsHeldAgainstNewLists(t *testing.T) {
	w, l := newWorld(t), &letters{}
	m, _, _, err := w.Onboard(w.ctx, risk, newMerchant("Petra Müller"))
	must(t, err)
	must(t, w.AskActivation(w.ctx, risk, m.ID))
	f, err := w.MerchantFile(w.ctx, otherRisk, m.ID)
	must(t, err)
	must(t, w.ConfirmActivation(w.ctx, otherRisk, m.ID, f.Digest))
	must(t, w.AskClosing(w.ctx, risk, m.ID, "sells something else now"))
	f, err = w.MerchantFile(w.ctx, otherRisk, m.ID)
	must(t, err)
	must(t, w.ConfirmClosing(w.ctx, otherRisk, m.ID, f.Step.Digest))
	listed := func(name string) int {
		must(t, w.SetLists(w.ctx, app.System, app.Lists{Sanctioned: []app.Sanctioned{{Name: name, Born: cal.NoDay}}}))
		w.work(l, "")
		list, err := w.MerchantHits(w.ctx, risk)
		must(t, err)
		return len(list)
	}
	if n := listed("Petra Müller"); n != 1 {
		t.Fatalf("%d to clear", n)
	}
	w.held(m.ID)
	if n := listed("Somebody Else"); n != 1 {
		t.Errorf("the list names somebody else now: %d to clear", n)
	}
	must(t, w.ClearOwners(w.ctx, risk, m.ID, "the entry was withdrawn"))
	if n := listed("Somebody Else"); n != 0 {
		t.Errorf("released, %d to clear", n)
	}
}

// held wants a merchant to be stored as held.
func (w *world) held(id pay.MerchantID) {
	w.Helper()
	all, err := w.DB.Merchants(w.ctx)
	must(w.T, err)
	if !slices.ContainsFunc(all, func(m pay.Merchant) bool { return m.ID == id && m.Held }) {
		w.Errorf("merchant %s is not held", id)
	}
}

// TestAHeldMerchantIsNotPaid: its items wait for the first payout after the hold.
func TestAHeldMerchantIsNotPaid(t *testing.T) {
	w := newWorld(t)
	o := w.order("erika@example.org", 4990)
	_, err := w.Capture(w.ctx, w.shop, app.Key{}, o.ID, o.Amount, pay.Parcel{})
	must(t, err)
	m, err := w.Merchant(w.shop)
	must(t, err)
	hold := *m
	hold.Held = true
	must(t, w.DB.PutMerchant(w.ctx, hold))
	r, err := w.DayRun(w.ctx, today+5, nil)
	must(t, err)
	for _, d := range r.Days {
		if d.Payouts != 0 {
			t.Errorf("%s: paid out while held", d.Day)
		}
	}
	must(t, w.DB.PutMerchant(w.ctx, *m))
	r, err = w.DayRun(w.ctx, today+6, nil)
	must(t, err)
	if len(r.Days) != 1 || r.Days[0].Payouts != 1 {
		t.Errorf("released, it is paid %+v", r.Days)
	}
	_, err = w.App.Audit(w.ctx, func(string) {})
	must(t, err)
}

// TestCommandsNameStaffWhoMay: an active person with a fitting role, and the trail says where it came from.
func TestCommandsNameStaffWhoMay(t *testing.T) {
	w := newWorld(t)
	for email, role := range map[string]string{"lou@zahlziel.test": pay.RoleRisk, "max@zahlziel.test": pay.RoleSupport} {
		_, err := w.CreateStaff(w.ctx, app.System, pay.Staff{Email: email, Name: "Kim", Role: role}, "correct horse battery")
		must(t, err)
	}
	for email, want := range map[string]string{"nobody@zahlziel.test": "no_such_staff", "max@zahlziel.test": "wrong_role", "lou@zahlziel.test": ""} {
		if _, err := w.StaffNamed(w.ctx, app.System, email, app.DeedOnboard, "root: merchant activate mer_1"); codeOf(err) != want {
			t.Errorf("%s: %v", email, err)
		}
	}
	lou, err := w.DB.Staff(w.ctx, "lou@zahlziel.test")
	must(t, err)
	if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action = 'command_line' AND subject = '"+string(lou.ID)+"' AND detail = 'root: merchant activate mer_1' AND actor = 'system'"); n != 1 {
		t.Errorf("%d audit lines of the command line", n)
	}
	lou.Active = false
	must(t, w.DB.PutStaff(w.ctx, *lou))
	if _, err := w.StaffNamed(w.ctx, app.System, lou.Email, app.DeedOnboard, "x"); codeOf(err) != "no_such_staff" {
		t.Errorf("somebody who left: %v", err)
	}
	if _, err := w.StaffNamed(w.ctx, risk, "max@zahlziel.test", app.DeedOnboard, "x"); codeOf(err) != "forbidden" {
		t.Errorf("staff name somebody else: %v", err)
	}
}

package app_test

import (
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
)

// TestWhoMayDoWhat is the whole matrix of the desk: what is not listed is forbidden.
func TestWhoMayDoWhat(t *testing.T) {
	all := []app.Deed{app.DeedLook, app.DeedPayments, app.DeedAssign, app.DeedMerchants, app.DeedHealth, app.DeedPromises, app.DeedStaff, app.DeedScreening}
	may := map[string][]app.Deed{
		pay.RoleSupport:     {app.DeedLook, app.DeedPayments, app.DeedMerchants},
		pay.RoleCollections: {app.DeedLook, app.DeedPayments},
		pay.RoleFinance:     {app.DeedLook, app.DeedPayments, app.DeedAssign, app.DeedMerchants, app.DeedHealth, app.DeedPromises},
		pay.RoleRisk:        {app.DeedLook, app.DeedMerchants, app.DeedHealth, app.DeedPromises, app.DeedScreening},
		pay.RoleAdmin:       all,
		"":                  {},
		"intern":            {},
	}
	for role, deeds := range may {
		want := map[app.Deed]bool{}
		for _, d := range deeds {
			want[d] = true
		}
		for _, d := range all {
			if got := (app.Actor{Staff: "stf_1", Role: role}).Can(d); got != want[d] {
				t.Errorf("%q %s: %v, want %v", role, d, got, want[d])
			}
		}
	}
	for _, who := range []app.Actor{{}, app.System, {Consumer: "con_1", Role: pay.RoleAdmin}, {Merchant: "mer_1", Role: pay.RoleAdmin}, {Role: pay.RoleAdmin}} {
		for _, d := range all {
			if who.Can(d) {
				t.Errorf("%s may %s at the desk", who, d)
			}
		}
	}
}

// TestDeskUseCasesCheckTheirActor: pages may forget it, use cases may not.
func TestDeskUseCasesCheckTheirActor(t *testing.T) {
	w := newWorld(t)
	o := w.order("erika@example.org", 4990)
	calls := map[string]func(app.Actor) error{
		"search":    func(who app.Actor) error { _, err := w.Search(w.ctx, who, "erika@example.org"); return err },
		"story":     func(who app.Actor) error { _, err := w.Story(w.ctx, who, o.ConsumerID); return err },
		"decision":  func(who app.Actor) error { _, err := w.Decision(w.ctx, who, o.DecisionID); return err },
		"document":  func(who app.Actor) error { _, _, err := w.DocumentOf(w.ctx, who, "doc_1"); return err },
		"payments":  func(who app.Actor) error { _, err := w.PaymentsToAssign(w.ctx, who); return err },
		"invoice":   func(who app.Actor) error { _, err := w.InvoiceNamed(w.ctx, who, "R-00-000001"); return err },
		"merchants": func(who app.Actor) error { _, err := w.Merchants(w.ctx, who); return err },
		"health":    func(who app.Actor) error { _, err := w.Health(w.ctx, who); return err },
		"promises":  func(who app.Actor) error { _, err := w.PromiseReport(w.ctx, who); return err },
		"staff": func(who app.Actor) error {
			_, err := w.CreateStaff(w.ctx, who, pay.Staff{Email: "x@zahlziel.test", Name: "X", Role: pay.RoleAdmin}, "a long password")
			return err
		},
	}
	for name, call := range calls {
		for _, who := range []app.Actor{{}, w.shop, {Consumer: o.ConsumerID}, {Staff: "stf_1", Role: "intern"}} {
			if codeOf(call(who)) != "forbidden" {
				t.Errorf("%s as %s: %v", name, who, call(who))
			}
		}
	}
	if looks, err := w.DB.LooksAt(w.ctx, pay.BucketOf(pay.CellOf(string(o.ConsumerID))), string(o.ConsumerID), 10); err != nil || len(looks) != 0 {
		t.Errorf("refused looks left %d lines, %v", len(looks), err)
	}
}

func TestPortalUseCasesCheckTheirActor(t *testing.T) {
	w := newWorld(t)
	mine, theirs := w.order("erika@example.org", 4990), w.order("otto@example.org", 3990)
	c, err := w.Capture(w.ctx, w.shop, app.Key{}, mine.ID, 4990, pay.Parcel{})
	must(t, err)
	other := app.Actor{Consumer: theirs.ConsumerID}
	if _, err := w.Item(w.ctx, other, c.InvoiceID); codeOf(err) != "no_such_invoice" {
		t.Errorf("somebody else's invoice: %v", err)
	}
	if v, err := w.Item(w.ctx, app.Actor{Consumer: mine.ConsumerID}, c.InvoiceID); err != nil || v.Invoice.Open != 4990 || v.Slip.Payload == "" {
		t.Errorf("their own invoice: %+v, %v", v, err)
	}
	for _, who := range []app.Actor{{}, app.System, w.shop, {Staff: "stf_1", Role: pay.RoleAdmin}} {
		for name, call := range map[string]func() error{
			"home":     func() error { _, err := w.Home(w.ctx, who); return err },
			"item":     func() error { _, err := w.Item(w.ctx, who, c.InvoiceID); return err },
			"history":  func() error { _, err := w.History(w.ctx, who); return err },
			"papers":   func() error { _, err := w.Documents(w.ctx, who); return err },
			"standing": func() error { _, err := w.Standing(w.ctx, who); return err },
			"way back": func() error { _, err := w.WayBack(w.ctx, who, "invoice_14", 5000); return err },
			"my own":   func() error { _, err := w.MyStanding(w.ctx, who, true); return err },
			"what if":  func() error { _, err := w.Simulate(w.ctx, who, app.Choice{}); return err },
			"decision": func() error { _, err := w.MyDecision(w.ctx, who, mine.DecisionID); return err },
			"promises": func() error { _, err := w.Promises(w.ctx, who); return err },
			"promise":  func() error { _, err := w.Promise(w.ctx, who, "prm_1"); return err },
			"accept":   func() error { _, err := w.AcceptPlan(w.ctx, who, app.Key{}, "x"); return err },
			"profile":  func() error { _, err := w.Profile(w.ctx, who); return err },
		} {
			if codeOf(call()) != "forbidden" {
				t.Errorf("%s as %s: %v", name, who, call())
			}
		}
	}
}

func TestCreateStaff(t *testing.T) {
	w := newWorld(t)
	good := pay.Staff{Email: " Kim@Zahlziel.test ", Name: "Kim", Role: pay.RoleFinance}
	for code, s := range map[string]pay.Staff{
		"bad_email": {Email: "kim", Name: "Kim", Role: pay.RoleFinance}, "bad_name": {Email: "kim@zahlziel.test", Name: " ", Role: pay.RoleFinance},
		"bad_role": {Email: "kim@zahlziel.test", Name: "Kim", Role: "boss"},
	} {
		if _, err := w.CreateStaff(w.ctx, app.System, s, "a long password"); codeOf(err) != code {
			t.Errorf("%+v: %v, want %s", s, err, code)
		}
	}
	if _, err := w.CreateStaff(w.ctx, app.System, good, "short"); codeOf(err) != "bad_password" {
		t.Errorf("a short password: %v", err)
	}
	s, err := w.CreateStaff(w.ctx, app.System, good, "a long password")
	must(t, err)
	if _, err := w.CreateStaff(w.ctx, app.Actor{Staff: s.ID, Role: pay.RoleAdmin}, good, "a long password"); codeOf(err) != "staff_exists" {
		t.Errorf("the same address again: %v", err)
	}
	token, err := w.SignInStaff(w.ctx, "KIM@zahlziel.test", "a long password")
	must(t, err)
	who, row, err := w.DeskVisitor(w.ctx, token)
	must(t, err)
	if who.Staff != s.ID || who.Role != pay.RoleFinance || row.Password != "" {
		t.Errorf("the visitor is %+v %+v", who, row)
	}
	if who, err := w.PortalVisitor(w.ctx, token); err != nil || who != (app.Actor{}) {
		t.Errorf("a desk token opens the portal: %+v, %v", who, err)
	}
	must(t, w.SignOutStaff(w.ctx, token))
	if who, _, err := w.DeskVisitor(w.ctx, token); err != nil || who != (app.Actor{}) {
		t.Errorf("after signing out: %+v, %v", who, err)
	}
}

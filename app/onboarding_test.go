package app_test

import (
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

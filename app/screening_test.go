package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store/storetest"
)

// listOf is a list in the EU's format with one person on it.
func listOf(published, name, born string) string {
	return fmt.Sprintf(`<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="%sT10:00:00"><sanctionEntity euReferenceNumber="EU.1.1" logicalId="1">
		<regulation programme="TST"/><subjectType code="person"/><nameAlias wholeName="%s" strong="true"/><birthdate birthdate="%s"/></sanctionEntity></export>`, published, name, born)
}

// TestRescreening: a newer list is held against everybody who is here already; a person at the desk decides, and what was
// cleared stays cleared until the list says something else.
func TestRescreening(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	risk := app.Actor{Staff: "stf_00000000-0000-7000-8000-000000000001", Role: pay.RoleRisk}
	inv := w.buy(anna, 3000)
	w.buy(bert, 3000)
	state := func() credit.SourceState {
		f, err := w.FactsOf(ctx, inv.ConsumerID)
		must(t, err)
		return f.Sanctions
	}
	load := func(published, name, born string) {
		t.Helper()
		_, err := w.ImportSanctions(ctx, app.System, strings.NewReader(listOf(published, name, born)))
		must(t, err)
		w.work()
	}
	load("2026-11-20", "Nobody Atall", "1950-01-01")
	equal(t, "not listed", state(), credit.Clear)
	load("2026-11-21", "Becker, Anna", "1985-05-05")
	equal(t, "listed", state(), credit.Hit)
	ans, _ := w.authorize(anna, "invoice_14", 2000)
	equal(t, "approved", ans.Approved, false)
	for _, m := range ans.Methods {
		for _, r := range m.Reasons {
			if text := strings.ToLower(r.Sentence("de")); strings.Contains(text, "sanktion") {
				t.Errorf("the person is accused: %s", text)
			}
		}
	}
	if _, err := w.SanctionHits(ctx, app.Actor{Staff: risk.Staff, Role: pay.RoleSupport}); codeOf(err) != "forbidden" {
		t.Error(err)
	}
	hits, err := w.SanctionHits(ctx, risk)
	must(t, err)
	if len(hits) != 1 || hits[0].Hit.ConsumerID != inv.ConsumerID || hits[0].Listed.Birth != "agrees" || hits[0].Listed.Listed != "Becker, Anna" || hits[0].Profile.Billing.FamilyName != "Becker" {
		t.Fatalf("hits %+v", hits)
	}
	h := hits[0].Hit
	if err := w.DecideHit(ctx, risk, h.ConsumerID, h.List, h.Entry, false, ""); codeOf(err) != "note_missing" {
		t.Error(err)
	}
	must(t, w.DecideHit(ctx, risk, h.ConsumerID, h.List, h.Entry, false, "another place of birth, see identity card"))
	equal(t, "cleared", state(), credit.Clear)
	if err := w.DecideHit(ctx, risk, h.ConsumerID, h.List, h.Entry, true, "x"); codeOf(err) != "hit_decided" {
		t.Error(err)
	}
	ans, _ = w.authorize(anna, "invoice_14", 2000)
	equal(t, "approved after it", ans.Approved, true)

	load("2026-11-21", "Becker, Anna", "1985-05-05") // the same edition again
	equal(t, "the same list", state(), credit.Clear)
	load("2026-11-22", "Becker, Anna", "1985-05-05") // a newer edition says the same
	equal(t, "the same entry", state(), credit.Clear)
	load("2026-11-23", "Becker, Anna Maria", "1985-05-05")
	equal(t, "another entry", state(), credit.Hit)
	must(t, w.DecideHit(ctx, risk, h.ConsumerID, h.List, h.Entry, true, "identity card compared"))
	equal(t, "confirmed", state(), credit.Hit)
	load("2026-11-24", "Nobody Atall", "1950-01-01")
	equal(t, "confirmed stays", state(), credit.Hit)
	if _, err := w.ImportSanctions(ctx, app.System, strings.NewReader(listOf("2026-01-01", "A B", "1950-01-01"))); codeOf(err) != "older_list" {
		t.Error(err)
	}
	if _, err := w.ImportSanctions(ctx, app.System, strings.NewReader("<html/>")); codeOf(err) != "bad_list" {
		t.Error(err)
	}
	w.audit()
}

// TestNewPeopleAreScreened holds somebody new against both public formats and lays the hit before the desk.
func TestNewPeopleAreScreened(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	for name, entries := range map[string]int{"eu.xml": 4, "un.xml": 3} {
		f, err := os.Open("../gateway/sanctions/testdata/" + name)
		must(t, err)
		info, err := w.ImportSanctions(ctx, app.System, f)
		must(t, err)
		f.Close()
		equal(t, name, info.Entries, entries)
	}
	equal(t, "lists", len(w.SanctionsLists()), 2)
	ad := &pay.Address{GivenName: "Youssef", FamilyName: "Al Mustermann", Street: "Lindenweg 3", PostalCode: "50667", City: "Köln", Country: "DE", Email: "y@example.org"}
	cart := cartOf("", 2000)
	cart.Billing, cart.Buyer = ad, &pay.Buyer{DateOfBirth: "1961-04-28"}
	s, err := w.CreateSession(ctx, w.shop, cart)
	must(t, err)
	ans, err := w.confirm(s, withCode)
	must(t, err)
	equal(t, "approved", ans.Approved, false)
	w.work()
	hits, err := w.SanctionHits(ctx, app.Actor{Staff: "stf_00000000-0000-7000-8000-000000000001", Role: pay.RoleRisk})
	must(t, err)
	if len(hits) != 1 || hits[0].Hit.List != "eu" || hits[0].Hit.Entry != "EU.9001.10" || len(hits[0].Listed.Spellings) != 4 {
		t.Fatalf("%+v", hits)
	}
	f, err := w.FactsOf(ctx, ans.Consumer)
	must(t, err)
	equal(t, "screened on", f.Screened, cal.Day(firstDay))
}

package app_test

import (
	"testing"

	"zahlziel/app"
	"zahlziel/credit/fit"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestOutcomesJoinDecisionsWithWhatBecameOfThem: who pays is good, who is 60 days late inside the window is bad, who never
// got anything has no outcome, and one person counts once a month.
func TestOutcomesJoinDecisionsWithWhatBecameOfThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		paid := w.buy(anna, 5990)
		w.buy(anna, 1000)
		w.buy(bert, 4100)
		w.authorize(cora, "invoice_14", 4400)
		w.load(w.credit(5990, anna, annasIBAN, paid.Reference))
		w.change(paid.ID, func(_ *store.Tx, inv *pay.Invoice) { equal(t, "paid", inv.Open, 0) })

		in, err := w.Outcomes(ctx, app.System, 3)
		must(t, err)
		equal(t, "too young", in.Young, 4)
		equal(t, "outcomes", len(in.Rows), 0)

		must(t, w.DB.SetDay(ctx, firstDay+95))
		in, err = w.Outcomes(ctx, app.System, 3)
		must(t, err)
		equal(t, "outcomes", len(in.Rows), 2)
		equal(t, "nothing bought", in.Unused, 1)
		equal(t, "repeated", in.Repeated, 1)
		bads := 0
		for _, r := range in.Rows {
			if equal(t, "age band", r.Group, "40-59"); r.Bad {
				bads++
			}
			if r.Score == 0 || r.Score > 1000 {
				t.Errorf("score %d", r.Score)
			}
		}
		equal(t, "bad", bads, 2) // anna's second purchase of the month is not paid either
		must(t, w.AuditRecourse(ctx, app.System, in))
		equal(t, "people", in.Consumers, 3)
		if len(in.Blocked) == 0 || in.Method != "invoice_14" {
			t.Errorf("with %s, %d people are blocked", in.Method, len(in.Blocked))
		}
		for _, b := range in.Blocked {
			if b.Precluded || b.Lost > 0 || b.Amount == 0 {
				t.Errorf("a way back is missing: %+v", b)
			}
		}
	})
}

// TestOutcomesAreForRisk: no merchant, no consumer and no other staff reads them.
func TestOutcomesAreForRisk(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	for _, who := range []app.Actor{{}, w.shop, {Consumer: "con_x"}, {Staff: "stf_x", Role: pay.RoleSupport}} {
		if _, err := w.Outcomes(ctx, who, 12); err == nil {
			t.Errorf("%s reads outcomes", who)
		}
		if err := w.AuditRecourse(ctx, who, &fit.OwnInput{}); err == nil {
			t.Errorf("%s audits ways back", who)
		}
	}
	if _, err := w.Outcomes(ctx, app.Actor{Staff: "stf_x", Role: pay.RoleRisk}, 12); err != nil {
		t.Errorf("risk does not read outcomes: %v", err)
	}
}

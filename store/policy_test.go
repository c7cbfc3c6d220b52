package store_test

import (
	"context"
	"testing"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestPolicySteps: versions never change, a step waits for one confirmation of exactly what was asked, and only until then
// it can be replaced or dropped.
func TestPolicySteps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		ctx, db := context.Background(), d.Open(t)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		row := store.PolicyRow{ID: "p", Version: 1, Kind: "policy", ValidFrom: 20000, SHA256: "aa", Body: []byte("one")}
		other := row
		other.Body = []byte("two")
		must(db.PutPolicies(ctx, row, store.PolicyRow{ID: "c", Version: 1, Kind: "card", SHA256: "cc", Body: []byte{}}))
		must(db.PutPolicies(ctx, other))
		rows, err := db.Policies(ctx)
		must(err)
		if len(rows) != 2 || string(rows[1].Body) != "one" || rows[1].ValidFrom != 20000 {
			t.Fatalf("rows %+v", rows)
		}
		ask := store.PolicyStep{PolicyID: "p", Version: 1, State: "champion", Day: 20001, ReportSHA256: "11", Report: []byte("r"), AskedBy: "a", AskedAt: 5}
		draft := store.PolicyStep{PolicyID: "p", Version: 1, State: "draft", AskedBy: "a", AskedAt: 1, ConfirmedBy: "a", ConfirmedAt: 1}
		n, err := db.PutPolicySteps(ctx, draft, ask)
		must(err)
		if n != 2 {
			t.Errorf("%d steps stored", n)
		}
		again := ask
		again.ReportSHA256, again.AskedAt = "22", 6
		_, err = db.PutPolicySteps(ctx, again)
		must(err)
		if done, err := db.ConfirmPolicyStep(ctx, ask, "b", 7); err != nil || done {
			t.Errorf("a replaced step is confirmed: %v, %v", done, err)
		}
		if done, err := db.ConfirmPolicyStep(ctx, again, "b", 7); err != nil || !done {
			t.Errorf("confirmed: %v, %v", done, err)
		}
		if done, err := db.ConfirmPolicyStep(ctx, again, "c", 8); err != nil || done {
			t.Errorf("confirmed twice: %v, %v", done, err)
		}
		if n, err := db.PutPolicySteps(ctx, ask); err != nil || n != 0 {
			t.Errorf("a confirmed step is replaced: %d, %v", n, err)
		}
		if done, err := db.DropPolicyStep(ctx, again); err != nil || done {
			t.Errorf("a confirmed step is dropped: %v, %v", done, err)
		}
		steps, err := db.PolicySteps(ctx)
		must(err)
		if len(steps) != 2 || steps[1].ConfirmedBy != "b" || steps[1].ReportSHA256 != "22" || string(steps[1].Report) != "r" {
			t.Errorf("steps %+v", steps)
		}
	})
}

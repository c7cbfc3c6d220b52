package store_test

import (
	"context"
	"testing"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestPromisedCountsTheGroup: what units of one group promise counts for the units behind them, whatever their bucket.
func TestPromisedCountsTheGroup(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		ctx := context.Background()
		storetest.Promise(t, db, 0, 1, 5000)
		ended := storetest.Promise(t, db, 0, 2, 700)
		start, lanes, err := db.Promised(ctx, 0)
		if err != nil || start != 5700 {
			t.Fatalf("promised %d in %d lanes, %v", start, lanes, err)
		}
		sums := make(chan int64, 8)
		done := make(chan error, 8)
		for n := range 8 {
			u := &store.Unit{Bucket: n * lanes, Do: func(tx *store.Tx) error {
				sum, _, err := tx.Promised()
				sums <- sum
				if n == 0 {
					row, err := store.Get(tx, store.Promises, string(ended))
					if err != nil {
						return err
					}
					row.State = pay.PromiseVoid
					store.Save(tx, store.Promises, row)
					return nil
				}
				id := pay.PromiseID(tx.ID(pay.PrefixPromise))
				store.Save(tx, store.Promises, &pay.Promise{ID: id, State: pay.PromiseAccepted, Amount: 100})
				return err
			}}
			go func() { done <- db.Do(ctx, u) }()
		}
		seen := map[int64]bool{}
		for range 8 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			seen[<-sums] = true
		}
		if len(seen) != 8 {
			t.Errorf("two units of one lane saw the same sum: %v", seen)
		}
		if sum, _, err := db.Promised(ctx, 0); err != nil || sum != 5000+700 {
			t.Errorf("in the end %d is promised, %v", sum, err)
		}
		counts, err := db.PromiseCounts(ctx)
		if err != nil || len(counts) != 2 || counts[0].N != 8 {
			t.Errorf("counts %+v, %v", counts, err)
		}
		live, err := db.LivePromises(ctx, 0, 1<<20, "", 10)
		if err != nil || len(live) != 1 {
			t.Errorf("%d live promises, %v", len(live), err)
		}
	})
}

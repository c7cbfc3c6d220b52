package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"zahlziel/store"
)

// processesSeeEachOther lets two servers on one database write and read the same rows at once, each with what it keeps in
// memory: no addition is lost, and no read misses what was acknowledged before it began.
func processesSeeEachOther(t *testing.T, d Database) {
	servers := []*store.DB{d.Open(t), d.Open(t)}
	const rows, rounds, callers = 3, 60, 4
	var acked, sum [rows]atomic.Int64
	var wg sync.WaitGroup
	for n, db := range servers {
		for c := range callers {
			wg.Go(func() {
				for i := range rounds {
					k := (i + c) % rows
					id := fmt.Sprint("row", k)
					if (i/rows+n)%2 == 0 { // each server writes every row, and reads what the other wrote
						now := int64(0)
						u := adder(k, id)
						u.Do = func(tx *store.Tx) error {
							err := add(tx, id)
							if row, _ := store.Get(tx, store.Directory, id); row != nil {
								now = row.At
							}
							return err
						}
						if err := db.Do(background, u); err != nil {
							t.Error(err)
						}
						sum[k].Add(1)
						for old := acked[k].Load(); old < now && !acked[k].CompareAndSwap(old, now); old = acked[k].Load() {
						}
						continue
					}
					before := acked[k].Load()
					if got := value(t, db, k, id); got < before {
						t.Errorf("server %d reads %d in %s after %d was acknowledged", n, got, id, before)
					}
				}
			})
		}
	}
	wg.Wait()
	for k := range rows {
		for n, db := range servers {
			if got := value(t, db, k, fmt.Sprint("row", k)); got != sum[k].Load() {
				t.Errorf("server %d reads %d in row %d of %d additions", n, got, k, sum[k].Load())
			}
		}
	}
}

// failuresTeachNothing: a row of a unit that fails, or of a group that does, is not what a later read finds.
func failuresTeachNothing(t *testing.T, d Database) {
	db := d.Open(t)
	must(t, db.Do(background, adder(0, "x")))
	u := adder(0, "x")
	u.Do = func(tx *store.Tx) error {
		if err := add(tx, "x"); err != nil {
			return err
		}
		return refusal
	}
	if err := db.Do(background, u); err == nil {
		t.Fatal("the unit did not fail")
	}
	for name, poison := range poisons() {
		together(t, db, adder(0, "x"), poison)
		if kept, stored := value(t, db, 0, "x"), Count(t, db, "SELECT at FROM directory WHERE bucket = 0 AND id = 'x'"); kept != stored {
			t.Errorf("behind %s: %d in memory, %d in the database", name, kept, stored)
		}
	}
	if got := value(t, db, 0, "x"); got != int64(1+len(poisons())) {
		t.Errorf("%d after %d additions", got, 1+len(poisons()))
	}
}

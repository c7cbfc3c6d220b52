package store_test

import (
	"testing"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestKeysUseIndexes: no row of any table is read, written or added to by reading the table. What the operations of shops
// send beyond that is judged where the operations are.
func TestKeysUseIndexes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		s, db := storetest.Hear(t, d), d.Open(t)
		for _, table := range store.TableNames() {
			s.During(table)
			text, args := store.PointRead(db, table)
			s.Say(text, args...)
		}
		s.UseIndexes(t)
	})
}

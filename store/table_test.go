package store_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

func TestEveryTableKeepsItsRows(t *testing.T) {
	t.Parallel()
	var probed []string
	for _, p := range store.Probes {
		probed = append(probed, p.Table)
	}
	slices.Sort(probed)
	if known := store.TableNames(); !slices.Equal(probed, known) {
		t.Errorf("probed %v\nknown  %v", probed, known)
	}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		for _, p := range store.Probes {
			t.Run(p.Table, func(t *testing.T) {
				seed := uint64(time.Now().UnixNano())
				if err := p.Run(db, rand.New(rand.NewPCG(seed, 1))); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			})
		}
	})
}

package sim_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/sim"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
)

var today = cal.Date(2026, 11, 23)

// install opens a fresh installation whose business day lies a world before today.
func install(t testing.TB, d storetest.Database) *app.App {
	t.Helper()
	ctx := context.Background()
	clock := app.NewClock(func() time.Time { return today.Time().Add(10 * time.Hour) })
	db, err := store.Open(ctx, d.DSN, store.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(ctx, today-sim.Days, 0); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(ctx, db, v, clock, "http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	a.Demo = true
	return a
}

// TestWorld plays a year; the auditor inside compares every account with its own books.
func TestWorld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		a := install(t, d)
		began := time.Now()
		demo, err := sim.World(context.Background(), a, sim.Options{Seed: 1, Day: today})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d consumers in %s", len(demo.Consumers), time.Since(began))
		states := map[string]bool{}
		for _, c := range demo.Consumers {
			states[c.State] = true
			if c.ID == "" {
				t.Errorf("%s (%s) never came to the checkout", c.Email, c.State)
			}
		}
		if len(demo.Consumers) != 30 || len(demo.Merchants) != 2 || len(demo.Staff) != 5 || len(states) < 20 {
			t.Errorf("%d consumers, %d merchants, %d staff, %d states", len(demo.Consumers), len(demo.Merchants), len(demo.Staff), len(states))
		}
	})
}

package trial

import (
	"os"
	"strconv"
	"testing"

	"zahlziel/credit"
)

// many is a number of trials: fewer in the normal run, all of them by `make nightly`.
func many(t testing.TB, normal int) int {
	t.Helper()
	if s := os.Getenv("ZAHLZIEL_TRIALS"); s != "" {
		times, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("ZAHLZIEL_TRIALS: %v", err)
		}
		return normal * times
	}
	return normal
}

// TestAgainstBruteForce: on random monotone policies date, money and steps are those that trying everything finds.
func TestAgainstBruteForce(t *testing.T) {
	base := credit.MustBuiltin()[0]
	bad := 0
	for n := range many(t, 1500) {
		w, err := SmallWorld(base, Dice(7, uint64(n)))
		if err != nil {
			t.Fatal(err)
		}
		if err := Compare(w); err != nil {
			t.Errorf("world %d: %v\n%+v\n%+v", n, err, w.Facts.Open, w.Goal)
			if bad++; bad > 3 {
				t.FailNow()
			}
		}
	}
}

// TestPlansKeepTheirPromise carries plans out with every step on a random day up to its last one: Decide approves on every
// promised day. Half of the plans are of the population under the policy of the program, half of it under random ones.
func TestPlansKeepTheirPromise(t *testing.T) {
	base := credit.MustBuiltin()[0]
	executed, want := 0, many(t, 100_000)
	for n := uint64(0); executed < want; n++ {
		p := base
		if n%2 == 1 {
			var err error
			if p, err = RandomPolicy(base, Dice(3, n)); err != nil {
				t.Fatal(err)
			}
		}
		f, rnd := Consumer(p, 5, n), Dice(4, n)
		for i := range Goals {
			g := GoalOf(p, i)
			way := credit.WayBack(p, &f, g)
			if way.Lost > 0 || (way.None == nil) == (len(way.Plans) == 0) {
				t.Fatalf("consumer %d: %+v", n, way)
			}
			for k := range way.Plans {
				for range 20 {
					if err := Execute(p, &f, g, &way.Plans[k], rnd); err != nil {
						t.Fatalf("consumer %d, %s %d: %v\n%+v", n, g.Method, g.Request.Amount, err, way.Plans[k])
					}
					executed++
				}
			}
		}
	}
	t.Logf("%d executions", executed)
}

// TestSmallPlansKeepTheirPromise does the same in small worlds, where part payments, early payments inside the promise,
// instalments and stopped clocks are frequent.
func TestSmallPlansKeepTheirPromise(t *testing.T) {
	base := credit.MustBuiltin()[0]
	for n := range uint64(many(t, 4000)) {
		w, err := SmallWorld(base, Dice(11, n))
		if err != nil {
			t.Fatal(err)
		}
		way, rnd := credit.WayBack(w.Policy, &w.Facts, w.Goal), Dice(12, n)
		for k := range way.Plans {
			for range 5 {
				if err := Execute(w.Policy, &w.Facts, w.Goal, &way.Plans[k], rnd); err != nil {
					t.Fatalf("world %d: %v\n%+v\n%+v\n%+v", n, err, way.Plans[k], w.Facts.Open, w.Goal)
				}
			}
		}
	}
}

// TestPopulationIsTheSame: a seed makes the same people again, and they are as different as the bench needs.
func TestPopulationIsTheSame(t *testing.T) {
	p := credit.MustBuiltin()[0]
	overdue, open := 0, 0
	for n := range uint64(500) {
		f, again := Consumer(p, 1, n), Consumer(p, 1, n)
		if string(f.MarshalStored()) != string(again.MarshalStored()) || len(f.Open) != len(again.Open) || len(f.Open) > OpenMax {
			t.Fatalf("consumer %d is another one: %+v, %+v", n, f, again)
		}
		for i := range f.Open {
			open++
			if f.Open[i].PastDue(Today) > 0 {
				overdue++
			}
		}
	}
	if overdue < 100 || open-overdue < 100 {
		t.Errorf("%d open invoices, %d overdue", open, overdue)
	}
}

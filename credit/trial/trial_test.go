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
	bad, possible := 0, 0
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
	_ = possible
}

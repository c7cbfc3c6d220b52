package app

import (
	"fmt"
	"testing"

	"zahlziel/pay"
)

func TestTrafficRemembersADayAndNoMore(t *testing.T) {
	var tr traffic
	now := pay.Micros(1_800_000_000 * 1e6)
	ask := func(place, person string, at pay.Micros, count bool, want int64) {
		t.Helper()
		if got := tr.others(place, person, at, count); got != want {
			t.Errorf("%s at %s: %d others, want %d", person, place, got, want)
		}
	}
	ask("10115 hauptstr 1", "anna", now, true, 0)
	ask("10115 hauptstr 1", "anna", now+1, true, 0) // the same person again
	ask("10115 hauptstr 1", "bert", now+2, false, 1)
	ask("10115 hauptstr 1", "cora", now+3, true, 1) // bert only looked ahead
	ask("10115 hauptstr 2", "dora", now+4, true, 0)
	ask("10115 hauptstr 1", "emil", now+halfSpan, true, 2)    // the older half still counts
	ask("10115 hauptstr 1", "fritz", now+2*halfSpan, true, 1) // only emil is younger than a day
	ask("10115 hauptstr 1", "gerd", now+9*halfSpan, true, 0)
	for i := range 3 * placesMax {
		tr.others(fmt.Sprint("place ", i), "somebody", now+9*halfSpan, true)
	}
	for i := range 3 * peopleMax {
		tr.others("one place", fmt.Sprint("person ", i), now+9*halfSpan, true)
	}
	if n := len(tr.halves[0]) + len(tr.halves[1]); n > 2*placesMax {
		t.Errorf("%d places are remembered", n)
	}
	if n := len(tr.halves[0][fold("one place")]); n > peopleMax {
		t.Errorf("%d people of a place are remembered", n)
	}
}

package pay

import (
	"testing"

	"zahlziel/cal"
)

func TestEveryKindHasAKeepingTimeWithItsReason(t *testing.T) {
	day := cal.Date(2026, 11, 28)
	for _, what := range []string{KeepSession, KeepReport, KeepShopCall, KeepEvent, KeepSourceAnswer} {
		k := KeepingOn(what, day)
		if k == nil || k.Days < 1 || len(k.Reason) < 40 {
			t.Fatalf("%s: %+v", what, k)
		}
		if got := KeptSince(what, day); got != day-cal.Day(k.Days) {
			t.Errorf("%s is kept since %s", what, got)
		}
		if KeepingOn(what, k.ValidFrom-1) != nil || KeptSince(what, k.ValidFrom-1) != cal.NoDay {
			t.Errorf("%s was forgotten before its rule began", what)
		}
	}
	if KeepingOn("order", day) != nil {
		t.Error("orders are forgotten")
	}
}

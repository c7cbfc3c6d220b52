package money

import (
	"encoding/json"
	"os"
	"testing"
)

// TestRoundingVectors rounds thousandths of a percent to two and to one decimal, as the annexes on the APR ask for.
func TestRoundingVectors(t *testing.T) {
	b, err := os.ReadFile("../../shared/vectors/vectors.json")
	if os.IsNotExist(err) {
		t.Skip("test data vectors/vectors.json is missing next to the source tree")
	}
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Rounding [][3]string }
	if err := json.Unmarshal(b, &all); err != nil || len(all.Rounding) == 0 {
		t.Fatalf("%d vectors, %v", len(all.Rounding), err)
	}
	thousandths := func(text string) int64 {
		v, err := ParsePlain(text, "KWD")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, v := range all.Rounding {
		for i, step := range []int64{10, 100} {
			got, err := MulDiv(thousandths(v[0]), 1, step, HalfUp)
			if err != nil || got*step != thousandths(v[i+1]) {
				t.Errorf("%s to a step of %d thousandths: %d, %v; want %s", v[0], step, got*step, err, v[i+1])
			}
		}
	}
}

package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestMulDiv(t *testing.T) {
	for _, c := range []struct {
		a, b, c                      int64
		halfUp, halfEven, floor, cel int64
	}{
		{5, 1, 2, 3, 2, 2, 3}, {7, 1, 2, 4, 4, 3, 4}, {-5, 1, 2, -3, -2, -3, -2}, {5, 1, -2, -3, -2, -3, -2},
		{1, 1, 3, 0, 0, 0, 1}, {2, 1, 3, 1, 1, 0, 1}, {-1, 1, 3, 0, 0, -1, 0}, {6, 1, 3, 2, 2, 2, 2}, {0, 5, 7, 0, 0, 0, 0},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64},
	} {
		for r, want := range map[Rounding]int64{HalfUp: c.halfUp, HalfEven: c.halfEven, Floor: c.floor, Ceil: c.cel} {
			if got, err := MulDiv(c.a, c.b, c.c, r); err != nil || got != want {
				t.Errorf("%d*%d/%d %v = %d, %v; want %d", c.a, c.b, c.c, r, got, err, want)
			}
		}
	}
	for _, c := range [][3]int64{{math.MaxInt64, 2, 1}, {math.MinInt64, 1, -1}, {math.MinInt64, math.MinInt64, 1}} {
		if got, err := MulDiv(c[0], c[1], c[2], HalfUp); !errors.Is(err, ErrOverflow) {
			t.Errorf("%v = %d, %v; want overflow", c, got, err)
		}
	}
	if _, err := MulDiv(1, 1, 0, HalfUp); err == nil {
		t.Error("division by zero is accepted")
	}
	for _, r := range []Rounding{0, 5} {
		if _, err := MulDiv(1, 1, 1, r); err == nil {
			t.Errorf("%v is accepted", r)
		}
	}
}

// TestMulDivAgainstBig compares with exact fractions of any size.
func TestMulDivAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b"), rapid.Int64().Draw(t, "c")
		if c == 0 {
			return
		}
		r := rapid.SampledFrom([]Rounding{HalfUp, HalfEven, Floor, Ceil}).Draw(t, "rounding")
		want := roundRat(new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(c)), r)
		got, err := MulDiv(a, b, c, r)
		if !want.IsInt64() {
			if !errors.Is(err, ErrOverflow) {
				t.Fatalf("got %d, %v; want overflow", got, err)
			}
			return
		}
		if err != nil || got != want.Int64() {
			t.Fatalf("got %d, %v; want %d", got, err, want)
		}
	})
}

// roundRat is the definition: floor of x, plus one where the rounding says so.
func roundRat(x *big.Rat, r Rounding) *big.Int {
	floor := new(big.Int).Div(x.Num(), x.Denom()) // Euclidean, equal to floor for a positive divisor
	rest := new(big.Rat).Sub(x, new(big.Rat).SetInt(floor))
	half := rest.Cmp(big.NewRat(1, 2))
	up := false
	switch r {
	case Ceil:
		up = rest.Sign() > 0
	case HalfUp:
		up = half > 0 || half == 0 && x.Sign() > 0
	case HalfEven:
		up = half > 0 || half == 0 && floor.Bit(0) == 1
	}
	if up {
		floor.Add(floor, big.NewInt(1))
	}
	return floor
}

func TestAddSubMulAgainstBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		for _, c := range []struct {
			name string
			fn   func(a, b int64) (int64, error)
			want *big.Int
		}{{"add", Add, new(big.Int).Add(x, y)}, {"sub", Sub, new(big.Int).Sub(x, y)}, {"mul", Mul, new(big.Int).Mul(x, y)}} {
			got, err := c.fn(a, b)
			if c.want.IsInt64() != (err == nil) || err == nil && got != c.want.Int64() {
				t.Fatalf("%s(%d, %d) = %d, %v; want %d", c.name, a, b, got, err, c.want)
			}
		}
	})
}

func TestSum(t *testing.T) {
	if got, err := Sum(); err != nil || got != 0 {
		t.Errorf("empty sum %d, %v", got, err)
	}
	if got, err := Sum(1, -2, 30); err != nil || got != 29 {
		t.Errorf("sum %d, %v", got, err)
	}
	if _, err := Sum(math.MaxInt64, 1); !errors.Is(err, ErrOverflow) {
		t.Errorf("overflow: %v", err)
	}
}

func TestPercentAndTax(t *testing.T) {
	for _, c := range []struct {
		minor, rate, percent, tax int64
	}{
		{10000, 1900, 1900, 1597}, {11900, 1900, 2261, 1900}, {10700, 700, 749, 700}, {1, 1900, 0, 0}, {-11900, 1900, -2261, -1900},
		{12345, 0, 0, 0}, {250, 199, 5, 5}, {25, 200, 1, 0}, // 0.5 cents go up to 1
	} {
		if got, err := Percent(c.minor, c.rate, HalfUp); err != nil || got != c.percent {
			t.Errorf("Percent(%d, %d) = %d, %v; want %d", c.minor, c.rate, got, err, c.percent)
		}
		if got, err := TaxIn(c.minor, c.rate, HalfUp); err != nil || got != c.tax {
			t.Errorf("TaxIn(%d, %d) = %d, %v; want %d", c.minor, c.rate, got, err, c.tax)
		}
	}
	for _, rate := range []int64{-1, 1_000_001, math.MaxInt64} {
		if _, err := TaxIn(100, rate, HalfUp); err == nil {
			t.Errorf("tax rate %d is accepted", rate)
		}
	}
}

// TestTaxBelongsToGross: the tax never exceeds its gross amount and is found again from the net within a cent.
func TestTaxBelongsToGross(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gross := rapid.Int64Range(0, 1e12).Draw(t, "gross")
		rate := rapid.Int64Range(0, 3000).Draw(t, "rate")
		tax, err := TaxIn(gross, rate, HalfUp)
		if err != nil || tax < 0 || tax > gross {
			t.Fatalf("tax %d, %v", tax, err)
		}
		onNet, err := Percent(gross-tax, rate, HalfUp)
		if err != nil || onNet < tax-1 || onNet > tax+1 {
			t.Fatalf("tax on net %d, tax in gross %d, %v", onNet, tax, err)
		}
	})
}

func TestRoundingNames(t *testing.T) {
	for r, want := range map[Rounding]string{HalfUp: "half up", HalfEven: "half even", Floor: "floor", Ceil: "ceil", 0: "unknown rounding 0"} {
		if r.String() != want {
			t.Errorf("%d: %q", r, r.String())
		}
	}
}

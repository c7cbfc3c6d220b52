package money

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		total int64
		n     int
		want  []int64
	}{
		{10000, 3, []int64{3334, 3333, 3333}}, {10001, 3, []int64{3334, 3334, 3333}}, {2, 3, []int64{1, 1, 0}},
		{-10000, 3, []int64{-3334, -3333, -3333}}, {0, 2, []int64{0, 0}}, {5, 1, []int64{5}},
		{math.MinInt64, 2, []int64{math.MinInt64 / 2, math.MinInt64 / 2}},
	} {
		if got, err := Split(c.total, c.n); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("Split(%d, %d) = %v, %v; want %v", c.total, c.n, got, err, c.want)
		}
	}
	for _, n := range []int{0, -1, MaxParts + 1} {
		if _, err := Split(100, n); err == nil {
			t.Errorf("%d parts are accepted", n)
		}
	}
}

func TestSplitBy(t *testing.T) {
	for _, c := range []struct {
		total   int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{100, []int64{1, 2, 3}, []int64{17, 33, 50}},
		{-100, []int64{1, 2, 3}, []int64{-17, -33, -50}},
		{5, []int64{0, 1, 0}, []int64{0, 5, 0}},
		{1, []int64{1, 3}, []int64{0, 1}},
		{1, []int64{0, 2, 2}, []int64{0, 1, 0}},
		{0, []int64{3, 4}, []int64{0, 0}},
		{math.MaxInt64, []int64{math.MaxInt64 - 1, 1}, []int64{math.MaxInt64 - 1, 1}},
		{math.MinInt64, []int64{7}, []int64{math.MinInt64}},
	} {
		if got, err := SplitBy(c.total, c.weights); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("SplitBy(%d, %v) = %v, %v; want %v", c.total, c.weights, got, err, c.want)
		}
	}
	for _, w := range [][]int64{nil, {0, 0}, {1, -1}, {math.MaxInt64, 1}, make([]int64, MaxParts+1)} {
		if _, err := SplitBy(100, w); err == nil {
			t.Errorf("%d weights %v are accepted", len(w), w[:min(len(w), 3)])
		}
	}
}

func TestSplitsNeverLoseACent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64().Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/40), 1, 40).Draw(t, "weights")
		equal, err := Split(total, len(weights))
		if err != nil || sumBig(equal).Cmp(big.NewInt(total)) != 0 {
			t.Fatalf("equal parts %v, %v", equal, err)
		}
		for _, p := range equal {
			if diff := p - equal[len(equal)-1]; diff < -1 || diff > 1 {
				t.Fatalf("parts differ by %d", diff)
			}
		}
		weight := sumBig(weights)
		if weight.Sign() == 0 {
			return
		}
		parts, err := SplitBy(total, weights)
		if err != nil || sumBig(parts).Cmp(big.NewInt(total)) != 0 {
			t.Fatalf("weighted parts %v, %v", parts, err)
		}
		for i, p := range parts { // every part is within one unit of its exact share: |p*sum - total*w| < sum
			off := new(big.Int).Mul(big.NewInt(p), weight)
			off.Sub(off, new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])))
			if off.CmpAbs(weight) >= 0 {
				t.Fatalf("part %d is %d, a whole unit from its share", i, p)
			}
		}
	})
}

func sumBig(parts []int64) *big.Int {
	sum := new(big.Int)
	for _, p := range parts {
		sum.Add(sum, big.NewInt(p))
	}
	return sum
}

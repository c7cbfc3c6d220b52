package fit

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestAUCCountsPairs compares with the definition: pairs of a good and a bad row, ties one half.
func TestAUCCountsPairs(t *testing.T) {
	near(t, "AUC of a hand-made table", AUC([]float64{1, 2, 2, 3}, []bool{true, true, false, false}), (1+0.5+1+1)/4, 1e-12)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n := 2 + rng.IntN(60)
		score, bad := make([]float64, n), make([]bool, n)
		for i := range score {
			score[i], bad[i] = float64(rng.IntN(7)), rng.IntN(3) == 0
		}
		bad[0], bad[1] = true, false
		var sum, pairs float64
		for i := range score {
			for j := range score {
				if bad[i] || !bad[j] {
					continue
				}
				pairs++
				if score[i] > score[j] {
					sum++
				} else if score[i] == score[j] {
					sum += 0.5
				}
			}
		}
		near(t, "AUC", AUC(score, bad), sum/pairs, 1e-12)
	}
}

func TestKSAndBrier(t *testing.T) {
	near(t, "KS", KS([]float64{1, 2, 2, 3}, []bool{true, true, false, false}), 0.5, 1e-12)
	near(t, "KS of separated rows", KS([]float64{1, 1, 5, 6}, []bool{true, true, false, false}), 1, 1e-12)
	near(t, "KS of equal scores", KS([]float64{4, 4, 4}, []bool{true, false, false}), 0, 1e-12)
	near(t, "Brier", Brier([]float64{0.8, 0.1}, []bool{true, false}), (0.04+0.01)/2, 1e-12)
}

// TestPSIThreshold: with few rows chance alone makes an index, so the line rises (10 bins, 99 % of chi-squared(9) = 21.666).
func TestPSIThreshold(t *testing.T) {
	then := []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}
	now := []int{20, 20, 20, 20, 20, 20, 20, 20, 20, 20}
	s := PSI(then, 10_000, now)
	near(t, "index of an equal spread", s.PSI, 0, 1e-12)
	near(t, "threshold", s.Threshold, (1/10_000.0+1/200.0)*21.666, 1e-4)
	s = PSI([]float64{0.5, 0.5}, 100_000, []int{75_000, 25_000})
	near(t, "index", s.PSI, (0.5-0.75)*math.Log(0.5/0.75)+(0.5-0.25)*math.Log(0.5/0.25), 1e-6)
	near(t, "threshold of many rows", s.Threshold, 0.10, 1e-12)
	if !s.Alarm {
		t.Error("a population that has moved raises no alarm")
	}
}

// TestPSIErrorRate draws small samples of an unmoved population: false alarms stay near one in a hundred.
func TestPSIErrorRate(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	then := []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}
	alarms := 0
	for range 2000 {
		now := make([]int, 10)
		for range 200 {
			now[rng.IntN(10)]++
		}
		if PSI(then, 1_000_000, now).Alarm {
			alarms++
		}
	}
	if alarms > 50 {
		t.Errorf("%d of 2000 samples of an unmoved population raise an alarm; about 20 are expected", alarms)
	}
}

// TestIntervalCovers: the 95 % interval of a normal separation holds the true AUC about as often as it says.
func TestIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const true_ = 0.7602 // two normals one standard deviation apart: Phi(1/sqrt 2)
	hits := 0
	const tries = 60
	for k := range tries {
		score, bad := make([]int32, 300), make([]bool, 300)
		for i := range score {
			bad[i] = i%3 == 0
			score[i] = int32(500 + 100*(rng.NormFloat64()-indicator(bad[i])))
		}
		if low, high := Interval(score, bad, uint64(k)); low <= true_ && true_ <= high {
			hits++
		}
	}
	if hits < tries*85/100 {
		t.Errorf("the interval holds the true value in %d of %d samples", hits, tries)
	}
}

func TestWilson(t *testing.T) { // Newcombe 1998, table I: 81 of 263
	low, high := Wilson(81, 263)
	near(t, "low", low, 0.2553, 1e-4)
	near(t, "high", high, 0.3662, 1e-4)
}

// TestGroupsCoverAllRows: ties stay together, and no row is lost or counted twice.
func TestGroupsCoverAllRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for range 200 {
		n := 1 + rng.IntN(80)
		score, bad := make([]int32, n), make([]bool, n)
		for i := range score {
			score[i], bad[i] = int32(rng.IntN(6)*100), rng.IntN(2) == 0
		}
		rows, last := 0, int32(-1)
		for _, g := range Groups(score, bad, Calibration{0, -0.01}, 10) {
			if g.Rows == 0 || g.From <= last || g.To < g.From || math.IsNaN(g.Expected) {
				t.Fatalf("group %+v after %d", g, last)
			}
			rows, last = rows+g.Rows, g.To
		}
		if rows != n {
			t.Fatalf("%d of %d rows", rows, n)
		}
	}
}

// TestCalibrationOfSeparatedRows stays finite where the outcomes can be told apart completely.
func TestCalibrationOfSeparatedRows(t *testing.T) {
	a, b := logit2([]float64{1, 2, 3, 700, 800, 900}, []bool{true, true, true, false, false, false})
	if p := (Calibration{a, b}).PD(950); math.IsNaN(p) || b >= 0 || p > 0.2 {
		t.Errorf("intercept %v, slope %v", a, b)
	}
}

package fit

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// psiFloor is the customary value from which a population has moved; psiChance the rate of false alarms by chance.
const (
	psiFloor  = 0.10
	psiChance = 0.01
)

// Stability is a population stability index with the threshold that its sample sizes ask for: with few rows a large index
// comes by chance.
type Stability struct {
	PSI       float64 `json:"psi"`
	Threshold float64 `json:"threshold"` // max(0.10, (1/N + 1/M) * 99 % quantile of chi-squared with bins-1 degrees)
	Alarm     bool    `json:"alarm"`
}

// PSI compares the shares of bins then, from n rows, with the counts now.
func PSI(then []float64, n int, now []int) Stability {
	m := 0
	for _, k := range now {
		m += k
	}
	if n == 0 || m == 0 {
		return Stability{Threshold: psiFloor}
	}
	sum := 0.0
	for k := range then {
		// half a row in an empty bin keeps the logarithm finite
		p := max(then[k], 0.5/float64(n))
		q := max(float64(now[k]), 0.5) / float64(m)
		sum += (p - q) * math.Log(p/q)
	}
	s := Stability{PSI: sum, Threshold: psiFloor}
	if len(then) > 1 {
		chi := distuv.ChiSquared{K: float64(len(then) - 1)}.Quantile(1 - psiChance)
		s.Threshold = max(psiFloor, (1/float64(n)+1/float64(m))*chi)
	}
	s.Alarm = s.PSI > s.Threshold
	s.PSI, s.Threshold = round(s.PSI, 6), round(s.Threshold, 6)
	return s
}

// scoreBands is the number of bands in which the distribution of scores is kept.
const scoreBands = 10

// bandsOf cuts scores into bands of about equal size.
func bandsOf(score []int32) (ends []int32, shares []float64) {
	sorted := slices.Sorted(slices.Values(score))
	for k := 1; k < scoreBands; k++ {
		end := sorted[(len(sorted)*k-1)/scoreBands]
		if (len(ends) == 0 || end > ends[len(ends)-1]) && end < sorted[len(sorted)-1] {
			ends = append(ends, end)
		}
	}
	shares = make([]float64, len(ends)+1)
	for k, n := range bandCounts(ends, score) {
		shares[k] = round(float64(n)/float64(len(score)), 6)
	}
	return ends, shares
}

func bandCounts(ends []int32, score []int32) []int {
	counts := make([]int, len(ends)+1)
	for _, s := range score {
		counts[sort.Search(len(ends), func(i int) bool { return s <= ends[i] })]++
	}
	return counts
}

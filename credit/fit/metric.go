package fit

import (
	"cmp"
	"math"
	"slices"
)

// AUC is the probability that a good row has a higher score than a bad one, ties counting one half.
func AUC(score []float64, bad []bool) float64 {
	order := ascending(score)
	var pairs, bads, goods float64
	for i := 0; i < len(order); {
		var b, g float64
		j := i
		for ; j < len(order) && score[order[j]] == score[order[i]]; j++ {
			if bad[order[j]] {
				b++
			} else {
				g++
			}
		}
		pairs += g * (bads + b/2)
		bads, goods = bads+b, goods+g
		i = j
	}
	if bads == 0 || goods == 0 {
		return math.NaN()
	}
	return pairs / (bads * goods)
}

// KS is the largest distance between the score distributions of bad and good rows (Kolmogorov and Smirnov).
func KS(score []float64, bad []bool) float64 {
	order := ascending(score)
	bads, goods := count(bad)
	var b, g, best float64
	for i, row := range order {
		if bad[row] {
			b++
		} else {
			g++
		}
		if i == len(order)-1 || score[order[i+1]] != score[row] {
			best = max(best, math.Abs(b/float64(bads)-g/float64(goods)))
		}
	}
	return best
}

// Brier is the mean squared distance between the probability of bad and the outcome.
func Brier(pd []float64, bad []bool) float64 {
	sum := 0.0
	for i, p := range pd {
		d := p - indicator(bad[i])
		sum += d * d
	}
	return sum / float64(len(pd))
}

// LogLoss is the mean negative log-likelihood.
func LogLoss(pd []float64, bad []bool) float64 {
	sum := 0.0
	for i, p := range pd {
		sum += logLoss(p, bad[i])
	}
	return sum / float64(len(pd))
}

// logLoss is the negative log-likelihood of one outcome.
func logLoss(p float64, bad bool) float64 {
	p = min(max(p, 1e-12), 1-1e-12)
	if bad {
		return -math.Log(p)
	}
	return -math.Log1p(-p)
}

func ascending(score []float64) []int {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	return order
}

func count(bad []bool) (bads, goods int) {
	for _, b := range bad {
		if b {
			bads++
		}
	}
	return bads, len(bad) - bads
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

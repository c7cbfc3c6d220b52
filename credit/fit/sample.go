package fit

import (
	"math/rand/v2"
	"slices"
)

// Folds numbers each row 0 to n-1 so that every fold has the same share of bad rows.
func Folds(bad []bool, n int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0x666f6c64))
	fold := make([]int, len(bad))
	for _, rows := range byOutcome(bad) {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for i, row := range rows {
			fold[row] = i % n
		}
	}
	return fold
}

// Stratify splits rows into a part for training and one for testing with the same share of bad rows, both in file order.
func Stratify(bad []bool, share float64, seed uint64) (train, test []int) {
	rng := rand.New(rand.NewPCG(seed, 0x73706c69))
	for _, rows := range byOutcome(bad) {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		n := int(share*float64(len(rows)) + 0.5)
		train, test = append(train, rows[:n]...), append(test, rows[n:]...)
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test
}

// byOutcome are the numbers of the good rows and of the bad rows.
func byOutcome(bad []bool) [2][]int {
	var out [2][]int
	for i, b := range bad {
		out[int(indicator(b))] = append(out[int(indicator(b))], i)
	}
	return out
}

// bootstrapRounds is how often rows are drawn again for an interval.
const bootstrapRounds = 500

// Interval is the 95 % bootstrap interval of the AUC of integer scores: the rows are drawn again with replacement.
func Interval(score []int32, bad []bool, seed uint64) (low, high float64) {
	if len(score) == 0 {
		return 0, 1
	}
	rng := rand.New(rand.NewPCG(seed, 0x626f6f74))
	least, most := slices.Min(score), slices.Max(score)
	width := int(most-least) + 1
	cell := make([]int32, len(score)) // twice the score, plus one for a bad row
	for i, s := range score {
		cell[i] = 2 * (s - least)
		if bad[i] {
			cell[i]++
		}
	}
	counts := make([]int, 2*width)
	var all []float64
	for range bootstrapRounds {
		clear(counts)
		for range cell {
			counts[cell[rng.IntN(len(cell))]]++
		}
		if auc, ok := aucOfCounts(counts); ok {
			all = append(all, auc)
		}
	}
	if len(all) == 0 {
		return 0, 1
	}
	slices.Sort(all)
	return all[len(all)*25/1000], all[min(len(all)-1, len(all)*975/1000)]
}

// aucOfCounts is the AUC of counts of good and bad rows by ascending score.
func aucOfCounts(counts []int) (float64, bool) {
	var pairs, bads, goods float64
	for i := 0; i < len(counts); i += 2 {
		g, b := float64(counts[i]), float64(counts[i+1])
		pairs += g * (bads + b/2)
		goods, bads = goods+g, bads+b
	}
	return pairs / (goods * bads), goods > 0 && bads > 0
}

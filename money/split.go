package money

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// MaxParts is the largest number of parts an amount is split into.
const MaxParts = 100_000

// Split divides an amount into n parts that add up to it and differ by at most one minor unit. The parts that are one
// unit further from zero come first: 100.00 in 3 is 33.34, 33.33, 33.33.
func Split(total int64, n int) ([]int64, error) {
	if n < 1 || n > MaxParts {
		return nil, fmt.Errorf("cannot split into %d parts; use 1 to %d", n, MaxParts)
	}
	parts := make([]int64, n)
	base, rest := total/int64(n), total%int64(n)
	step := int64(1)
	if total < 0 {
		step, rest = -1, -rest
	}
	for i := range parts {
		parts[i] = base
		if int64(i) < rest {
			parts[i] += step
		}
	}
	return parts, nil
}

// SplitBy divides an amount in proportion to weights (at least 0, not all 0) by the largest remainder: every part is
// its exact share cut off towards zero, and the units that are left go one each to the largest remainders, the
// earlier part first among equals. The parts add up to total; a weight of 0 gets 0; -total gives the negated parts.
func SplitBy(total int64, weights []int64) ([]int64, error) {
	sum, err := sumOfWeights(weights)
	if err != nil {
		return nil, err
	}
	type share struct {
		index int
		rest  uint64
	}
	parts, shares := make([]uint64, len(weights)), make([]share, len(weights))
	left := magnitude(total)
	for i, w := range weights {
		hi, lo := bits.Mul64(magnitude(total), uint64(w))
		quotient, rest := bits.Div64(hi, lo, sum) // fits, because w <= sum makes quotient <= total
		parts[i], shares[i] = quotient, share{i, rest}
		left -= quotient
	}
	slices.SortStableFunc(shares, func(a, b share) int { return cmp.Compare(b.rest, a.rest) })
	for _, s := range shares[:left] { // the remainders add up to left times sum, so fewer units are left than shares
		parts[s.index]++
	}
	out := make([]int64, len(parts))
	for i, p := range parts {
		if total < 0 {
			p = -p
		}
		out[i] = int64(p)
	}
	return out, nil
}

func sumOfWeights(weights []int64) (uint64, error) {
	if len(weights) > MaxParts {
		return 0, fmt.Errorf("cannot split into %d parts; use 1 to %d", len(weights), MaxParts)
	}
	for i, w := range weights {
		if w < 0 {
			return 0, fmt.Errorf("weight %d of part %d is negative; use 0 or more", w, i+1)
		}
	}
	sum, err := Sum(weights...)
	if err != nil {
		return 0, fmt.Errorf("weights add up to too much: %w", err)
	}
	if sum == 0 {
		return 0, errors.New("nothing to split by; give at least one weight above 0")
	}
	return uint64(sum), nil
}

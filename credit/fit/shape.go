package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// chosen is a characteristic on its way to a card.
type chosen struct {
	coding    *coding
	direction direction
	column    *Column
}

// tally counts rows and bad rows per bin.
func tally(bins []uint8, bad []bool, size int) (rows, bads []float64) {
	rows, bads = make([]float64, size), make([]float64, size)
	for i, k := range bins {
		rows[k]++
		if bad != nil {
			bads[k] += indicator(bad[i])
		}
	}
	return rows, bads
}

// towards finds the direction in which points move: the one in which monotone shares of bad explain the rows better.
func towards(c *coding, bins []uint8, bad []bool) direction {
	rows, bads := tally(bins, bad, c.size())
	rows, bads = rows[:c.ordered()], bads[:c.ordered()]
	rising, falling := likelihood(pool(rows, bads)), 0.0
	slices.Reverse(rows)
	slices.Reverse(bads)
	falling = likelihood(pool(rows, bads))
	if falling > rising {
		return pointsRise // the share of bad falls with the value
	}
	return pointsFall
}

// nominalChance is the error rate with which a column of few whole numbers that is ordered is taken for names.
const nominalChance = 0.001

// nominal reports whether a column of few whole numbers reads like names rather than an order: free shares of bad explain
// it better than the best monotone ones by more than chance allows.
func nominal(c *coding, bins []uint8, bad []bool) bool {
	n := c.ordered()
	if n < 4 || n > valuesFew || !slices.Equal(c.cuts, whole(c.cuts)) {
		return false
	}
	rows, bads := tally(bins, bad, c.size())
	rows, bads = rows[:n], bads[:n]
	free := 0.0
	for k := range rows {
		free += likelihood([]pooled{{rows[k], bads[k]}})
	}
	up := pool(rows, bads)
	slices.Reverse(rows)
	slices.Reverse(bads)
	down := pool(rows, bads)
	monotone, left := likelihood(up), n-len(up)
	if l := likelihood(down); l > monotone {
		monotone, left = l, n-len(down)
	}
	return left > 0 && 2*(free-monotone) > distuv.ChiSquared{K: float64(left)}.Quantile(1-nominalChance)
}

func whole(cuts []float64) []float64 {
	out := make([]float64, len(cuts))
	for i, v := range cuts {
		out[i] = math.Trunc(v)
	}
	return out
}

// pooled is a run of neighbouring bins with one share of bad.
type pooled struct{ rows, bads float64 }

// pool makes shares of bad rise from bin to bin by pooling adjacent violators; the result has the highest likelihood.
func pool(rows, bads []float64) []pooled {
	var out []pooled
	for i := range rows {
		out = append(out, pooled{rows[i], bads[i]})
		for n := len(out); n > 1 && out[n-2].bads*out[n-1].rows >= out[n-1].bads*out[n-2].rows; n = len(out) {
			out[n-2].rows += out[n-1].rows
			out[n-2].bads += out[n-1].bads
			out = out[:n-1]
		}
	}
	return out
}

func likelihood(parts []pooled) float64 {
	sum := 0.0
	for _, p := range parts {
		if p.bads > 0 {
			sum += p.bads * math.Log(p.bads/p.rows)
		}
		if good := p.rows - p.bads; good > 0 {
			sum += good * math.Log(good/p.rows)
		}
	}
	return sum
}

// simplify keeps only the bins that differ: steps without effect go, categories with like effects become one group.
func (c *coding) simplify(coef, effect []float64, bins []uint8, share float64) *coding {
	out := &coding{name: c.name, kind: c.kind, codes: c.codes}
	for i, cut := range c.cuts {
		if coef[i] != 0 {
			out.cuts = append(out.cuts, cut)
		}
	}
	rows, _ := tally(bins, nil, c.size())
	out.groups = joined(c.groups, effect, rows, share)
	return out
}

// Limits of groups of categories.
const (
	groupsMax = 8
	joinLoss  = 0.05 // log-likelihood that joining two groups may cost
)

// joined puts categories with like effects together, the least costly first. share is the share of bad rows.
func joined(names [][]string, effect, rows []float64, share float64) [][]string {
	type part struct {
		names          []string
		effect, weight float64
	}
	parts := make([]part, len(names))
	for i := range names {
		parts[i] = part{slices.Clone(names[i]), effect[i], max(rows[i], 1) * share * (1 - share)}
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		if a.effect < b.effect {
			return -1
		}
		return int(indicator(a.effect > b.effect))
	})
	for len(parts) > 1 {
		at, least := 0, math.Inf(1)
		for i := range len(parts) - 1 {
			a, b := parts[i], parts[i+1]
			if loss := a.weight * b.weight / (a.weight + b.weight) * (a.effect - b.effect) * (a.effect - b.effect) / 2; loss < least {
				at, least = i, loss
			}
		}
		if least > joinLoss && len(parts) <= groupsMax {
			break
		}
		a, b := &parts[at], parts[at+1]
		a.effect = (a.effect*a.weight + b.effect*b.weight) / (a.weight + b.weight)
		a.weight += b.weight
		a.names = append(a.names, b.names...)
		parts = slices.Delete(parts, at+1, at+2)
	}
	out := make([][]string, len(parts))
	for i, p := range parts {
		slices.Sort(p.names)
		out[i] = p.names
	}
	return out
}

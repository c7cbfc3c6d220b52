package fit

import (
	"math"
	"slices"
)

// Settings of the regression, found on public data by cross-validation; see the tests for what they reach.
const (
	lassoShare    = 0.25 // absolute penalty of a step, in standard deviations of the number of bad rows
	ridgeWeight   = 20.0 // quadratic penalty, in rows times variance
	adaptiveShare = 0.03 // second pass: how hard small steps are pushed into large ones
	adaptiveFloor = 0.02 // log-odds below which a step is small
	leastRows     = 8
	leastShare    = 200    // a bin holds at least one 200th of the rows
	earnsShare    = 0.0012 // log-likelihood per bad row that a characteristic must be worth
	dropShare     = 5      // characteristics go in parts of one fifth while too many are left
)

// model is a fitted additive model before it becomes points.
type model struct {
	parts     []chosen
	intercept float64
	effect    [][]float64 // log-odds of bad by characteristic and bin
	rows      [][]float64 // training rows by characteristic and bin
	bads      [][]float64
}

// train fits an additive model on columns: fine bins, steps with signs, the weakest characteristics out, small steps pushed
// into large ones, and a last fit on the bins that are left.
func train(columns []*Column, bad []bool, m *Map, most int) *model {
	b, g := count(bad)
	lasso := lassoShare * math.Sqrt(float64(b)*float64(g)/float64(b+g))
	parts, blocks := encode(columns, bad, m, lasso)
	r := newRegression(blocks, bad).fit(bad)
	for len(parts) > most {
		out := weakest(r, len(parts)-most)
		r, parts = r.without(out).fit(bad), without(parts, out)
	}
	r, parts = earning(r, parts, bad)
	for j, block := range r.blocks {
		for c, coef := range r.coef[j] {
			if block.lasso[c] > 0 {
				block.lasso[c] = lasso * adaptiveShare / (math.Abs(coef) + adaptiveFloor)
			}
		}
	}
	r.fit(bad)
	share := float64(b) / float64(b+g)
	blocks = nil
	for j := range parts {
		c := &parts[j]
		c.coding = c.coding.simplify(r.coef[j], r.effect[j], r.blocks[j].bins, share)
		bins := c.coding.apply(c.column)
		blocks = append(blocks, steps(c.coding, bins, c.direction, 0, ridgeWeight))
	}
	return finish(parts, newRegression(blocks, bad).fit(bad), bad)
}

// earning takes the weakest characteristic out as long as the rows do not miss it: a line on the page must earn its place.
func earning(r *regression, parts []chosen, bad []bool) (*regression, []chosen) {
	bads, _ := count(bad)
	least := earnsShare * float64(bads)
	for len(parts) > 1 {
		out := weakest(r, 1)
		less := r.without(out).fit(bad)
		if less.loss-r.loss > least {
			break
		}
		r, parts = less, without(parts, out)
	}
	return r, parts
}

func without(parts []chosen, out []int) []chosen {
	var left []chosen
	for i := range parts {
		if !slices.Contains(out, i) {
			left = append(left, parts[i])
		}
	}
	return left
}

func encode(columns []*Column, bad []bool, m *Map, lasso float64) (parts []chosen, blocks []*block) {
	least := max(leastRows, len(bad)/leastShare)
	for _, col := range columns {
		rule := m.rule(col.Name)
		kind := rule.kindOf(col)
		c := fine(col, kind, least)
		if rule.Codes != nil && kind == numbers {
			c = fineWithCodes(col, rule.Codes, least)
		}
		bins := c.apply(col)
		if rule.Kind == "" && col.Text != nil && kind == numbers && nominal(c, bins, bad) {
			c = fine(col, categories, least)
			bins = c.apply(col)
		}
		if c.size() < 2 || single(bins) {
			continue
		}
		d := direction(rule.Points)
		if d == "" {
			d = towards(c, bins, bad)
		}
		parts = append(parts, chosen{c, d, col})
		blocks = append(blocks, steps(c, bins, d, lasso, ridgeWeight))
	}
	return parts, blocks
}

// single reports whether all rows are in one bin.
func single(bins []uint8) bool {
	for _, b := range bins {
		if b != bins[0] {
			return false
		}
	}
	return true
}

// weakest are the blocks whose effects vary least over the rows, at most so many.
func weakest(r *regression, most int) []int {
	strength := make([]float64, len(r.blocks))
	for j, block := range r.blocks {
		strength[j] = spread(r.effect[j], block.bins)
	}
	n := max(1, min(most, len(r.blocks)/dropShare))
	return ascending(strength)[:n]
}

// spread is the sum over the rows of the squared distance of the effect from its mean.
func spread(effect []float64, bins []uint8) float64 {
	rows, _ := tally(bins, nil, len(effect))
	mean, sum := 0.0, 0.0
	for k := range rows {
		mean += rows[k] * effect[k] / float64(len(bins))
	}
	for k := range rows {
		sum += rows[k] * (effect[k] - mean) * (effect[k] - mean)
	}
	return sum
}

// finish gives bins that no training row has the mean effect: what was never seen says nothing.
func finish(parts []chosen, r *regression, bad []bool) *model {
	m := &model{parts: parts, intercept: r.intercept, effect: r.effect}
	for j, block := range r.blocks {
		rows, bads := tally(block.bins, bad, len(block.design))
		mean := 0.0
		for k := range rows {
			mean += rows[k] * r.effect[j][k] / float64(len(bad))
		}
		for k := range rows {
			if rows[k] == 0 && k >= parts[j].coding.ordered() {
				r.effect[j][k] = mean
			}
		}
		m.rows, m.bads = append(m.rows, rows), append(m.bads, bads)
	}
	return m
}

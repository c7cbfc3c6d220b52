package fit

import (
	"math"
	"slices"
)

// block is one characteristic in a regression: the bin of each row, and the design of its bins.
type block struct {
	bins   []uint8
	design [][]float64 // by bin: the values of the block's columns
	free   []bool      // by column: may its coefficient be negative?
	lasso  []float64   // by column: weight of the absolute penalty
	ridge  []float64   // by column: weight of the quadratic penalty
}

// steps makes the block of a coding: one column for each step between ordered bins, non-negative where points rise or fall
// with the value, and one free column for every other bin.
func steps(c *coding, bins []uint8, d direction, lasso, ridge float64) *block {
	b := &block{bins: bins}
	n, size := c.ordered(), c.size()
	ordered := max(0, n-1)
	b.design = make([][]float64, size)
	for k := range b.design {
		b.design[k] = make([]float64, ordered+size-n)
		for s := 1; s < n && k < n; s++ {
			if (k < s) == (d == pointsRise) { // a low value is worse where points rise with it
				b.design[k][s-1] = 1
			}
		}
		if k >= n {
			b.design[k][ordered+k-n] = 1
		}
	}
	for s := range ordered + size - n {
		isStep := s < ordered
		b.free = append(b.free, !isStep || d == pointsFree)
		b.lasso = append(b.lasso, lasso*indicator(isStep))
		b.ridge = append(b.ridge, ridge)
	}
	return b
}

// regression is a penalised logistic regression on blocks: log-odds of bad = intercept + sum of the blocks' effects.
type regression struct {
	blocks    []*block
	intercept float64
	loss      float64     // penalised negative log-likelihood
	coef      [][]float64 // by block and column
	effect    [][]float64 // by block and bin
}

// newRegression starts from no effect at all.
func newRegression(blocks []*block, bad []bool) *regression {
	m := &regression{blocks: blocks}
	b, g := count(bad)
	m.intercept = math.Log((float64(b) + 0.5) / (float64(g) + 0.5))
	for _, bl := range blocks {
		m.coef = append(m.coef, make([]float64, len(bl.free)))
		m.effect = append(m.effect, make([]float64, len(bl.design)))
	}
	return m
}

// Limits of the iteration: it ends when the penalised log-likelihood improves by less than a share.
const (
	newtonMax  = 25
	newtonStop = 1e-5
)

// fit minimises the negative log-likelihood plus penalties by iteratively reweighted least squares, each solved by
// coordinate descent that keeps the signs. It goes on from the present coefficients.
func (m *regression) fit(bad []bool) *regression {
	last := math.Inf(1)
	w, z := make([]float64, len(bad)), make([]float64, len(bad))
	for range newtonMax {
		loss := m.penalty()
		for i, e := range m.eta(len(bad)) {
			p := logistic(e)
			w[i] = max(p*(1-p), 1e-6)
			z[i] = indicator(bad[i]) - p
			loss += logLoss(p, bad[i])
		}
		m.loss = loss
		if last-loss < newtonStop*loss {
			break
		}
		last = loss
		m.newton(w, z)
	}
	return m
}

// without is the regression after blocks have been taken out.
func (m *regression) without(out []int) *regression {
	left := &regression{intercept: m.intercept}
	for j := range m.blocks {
		if !slices.Contains(out, j) {
			left.blocks = append(left.blocks, m.blocks[j])
			left.coef = append(left.coef, slices.Clone(m.coef[j]))
			left.effect = append(left.effect, slices.Clone(m.effect[j]))
		}
	}
	return left
}

func (m *regression) penalty() float64 {
	sum := 0.0
	for j, bl := range m.blocks {
		for c, v := range m.coef[j] {
			sum += bl.lasso[c]*math.Abs(v) + bl.ridge[c]*v*v/2
		}
	}
	return sum
}

func (m *regression) eta(rows int) []float64 {
	out := make([]float64, rows)
	for i := range out {
		out[i] = m.intercept
	}
	for j, bl := range m.blocks {
		e := m.effect[j]
		for i, k := range bl.bins {
			out[i] += e[k]
		}
	}
	return out
}

// newton takes one step: the quadratic model of the likelihood at the current coefficients, minimised with its penalties.
func (m *regression) newton(w, z []float64) {
	offsets, total := []int{}, 1
	for _, bl := range m.blocks {
		offsets = append(offsets, total)
		total += len(bl.free)
	}
	gram := make([][]float64, total)
	for i := range gram {
		gram[i] = make([]float64, total)
	}
	grad := make([]float64, total) // of the log-likelihood
	for i := range w {
		gram[0][0] += w[i]
		grad[0] += z[i]
	}
	for j, bl := range m.blocks {
		hw, hz := make([]float64, len(bl.design)), make([]float64, len(bl.design))
		for i, k := range bl.bins {
			hw[k] += w[i]
			hz[k] += z[i]
		}
		for k, row := range bl.design {
			for c, v := range row {
				grad[offsets[j]+c] += v * hz[k]
				gram[0][offsets[j]+c] += v * hw[k]
			}
		}
		for c := range bl.free {
			gram[offsets[j]+c][0] = gram[0][offsets[j]+c]
		}
		for l := 0; l <= j; l++ {
			m.cross(gram, w, j, l, offsets)
		}
	}
	m.descend(gram, grad, offsets)
}

// cross fills the part of the Gram matrix of two blocks from their weighted cross table.
func (m *regression) cross(gram [][]float64, w []float64, j, l int, offsets []int) {
	a, b := m.blocks[j], m.blocks[l]
	width := len(b.design)
	table := make([]float64, len(a.design)*width)
	for i, k := range a.bins {
		table[int(k)*width+int(b.bins[i])] += w[i]
	}
	half := make([]float64, len(b.free))
	for k, row := range a.design {
		clear(half)
		for q := range width {
			if v := table[k*width+q]; v != 0 {
				for c, d := range b.design[q] {
					half[c] += v * d
				}
			}
		}
		for c, d := range row {
			if d == 0 {
				continue
			}
			target := gram[offsets[j]+c]
			for e, h := range half {
				target[offsets[l]+e] += d * h
			}
		}
	}
	if j != l {
		for c := range a.free {
			for e := range b.free {
				gram[offsets[l]+e][offsets[j]+c] = gram[offsets[j]+c][offsets[l]+e]
			}
		}
	}
}

// descend minimises 1/2 d'Gd - g'd + penalties over the new coefficients, one after the other until nothing moves.
func (m *regression) descend(gram [][]float64, grad []float64, offsets []int) {
	for range 200 {
		moved := m.move(gram, grad, 0, &m.intercept, true, 0, 0)
		for j, bl := range m.blocks {
			for c := range bl.free {
				moved = max(moved, m.move(gram, grad, offsets[j]+c, &m.coef[j][c], bl.free[c], bl.lasso[c], bl.ridge[c]))
			}
		}
		if moved < 1e-4 {
			break
		}
	}
	for j, bl := range m.blocks {
		for k, row := range bl.design {
			m.effect[j][k] = 0
			for c, v := range row {
				m.effect[j][k] += v * m.coef[j][c]
			}
		}
	}
}

func (m *regression) move(gram [][]float64, grad []float64, at int, coef *float64, free bool, lasso, ridge float64) float64 {
	g := gram[at][at]
	if g <= 0 {
		return 0
	}
	target := grad[at] + g**coef
	next := 0.0
	switch {
	case target > lasso:
		next = (target - lasso) / (g + ridge)
	case target < -lasso && free:
		next = (target + lasso) / (g + ridge)
	}
	d := next - *coef
	if d == 0 {
		return 0
	}
	*coef = next
	row := gram[at]
	for i := range grad {
		grad[i] -= row[i] * d
	}
	return math.Abs(d)
}

package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// boosted is a small gradient boosting of regression trees on binned columns, the yardstick for cards.
type boosted struct {
	cuts  [][]float64
	trees []tree
	base  float64
}

type tree []node

type node struct {
	column, bin int // go left where the column's bin is at most bin
	left, right int // 0: a leaf
	value       float64
}

type boostOptions struct {
	rounds, leaves, minRows int
	rate, ridge, columns    float64
}

// matrix turns a table into numbers; texts become their rank by frequency of bad in the training rows.
func matrix(t *Table, skip map[string]bool, levels map[string]map[string]float64, bad []bool) [][]float64 {
	var out [][]float64
	for _, c := range t.columns {
		if skip[c.Name] {
			continue
		}
		if c.Numeric {
			out = append(out, c.Number)
			continue
		}
		if bad != nil {
			n, b := map[string]float64{}, map[string]float64{}
			for i, s := range c.Text {
				n[s]++
				b[s] += indicator(bad[i])
			}
			levels[c.Name] = map[string]float64{}
			for s := range n {
				levels[c.Name][s] = (b[s] + 5*0.3) / (n[s] + 5)
			}
		}
		col := make([]float64, t.Rows)
		for i, s := range c.Text {
			v, ok := levels[c.Name][s]
			if !ok {
				v = math.NaN()
			}
			col[i] = v
		}
		out = append(out, col)
	}
	return out
}

func trainBoosted(x [][]float64, bad []bool, o boostOptions, rng *rand.Rand) *boosted {
	m := &boosted{}
	n := len(bad)
	bins := make([][]uint8, len(x))
	for j, col := range x {
		s := slices.DeleteFunc(slices.Clone(col), math.IsNaN)
		slices.Sort(s)
		var cuts []float64
		u := slices.Compact(slices.Clone(s))
		if len(u) <= 100 {
			cuts = u
		} else {
			for k := 1; k < 100; k++ {
				cuts = append(cuts, s[len(s)*k/100])
			}
			cuts = slices.Compact(cuts)
		}
		m.cuts = append(m.cuts, cuts)
		bins[j] = binAll(col, cuts)
	}
	b, _ := count(bad)
	m.base = math.Log(float64(b) / float64(n-b))
	f := make([]float64, n)
	for i := range f {
		f[i] = m.base
	}
	g, h := make([]float64, n), make([]float64, n)
	for range o.rounds {
		for i := range f {
			p := logistic(f[i])
			g[i], h[i] = indicator(bad[i])-p, p*(1-p)
		}
		var use []int
		for j := range x {
			if rng.Float64() < o.columns {
				use = append(use, j)
			}
		}
		if len(use) == 0 {
			continue
		}
		tr := grow(bins, m.cuts, use, g, h, o)
		m.trees = append(m.trees, tr)
		for i := range f {
			f[i] += tr.eval(bins, i)
		}
	}
	return m
}

func binAll(col, cuts []float64) []uint8 {
	out := make([]uint8, len(col))
	for i, v := range col {
		if math.IsNaN(v) {
			out[i] = 0
			continue
		}
		out[i] = uint8(1 + sort.SearchFloat64s(cuts, v))
	}
	return out
}

type leaf struct {
	rows     []int
	node     int
	gain     float64
	col, bin int
}

func grow(bins [][]uint8, cuts [][]float64, use []int, g, h []float64, o boostOptions) tree {
	all := make([]int, len(g))
	for i := range all {
		all[i] = i
	}
	tr := tree{{}}
	leaves := []leaf{best(bins, cuts, use, g, h, all, 0, o)}
	for len(leaves) < o.leaves {
		k := 0
		for i := range leaves {
			if leaves[i].gain > leaves[k].gain {
				k = i
			}
		}
		l := leaves[k]
		if l.gain <= 1e-9 {
			break
		}
		var lo, hi []int
		for _, r := range l.rows {
			if int(bins[l.col][r]) <= l.bin {
				lo = append(lo, r)
			} else {
				hi = append(hi, r)
			}
		}
		tr[l.node].column, tr[l.node].bin = l.col, l.bin
		tr[l.node].left, tr[l.node].right = len(tr), len(tr)+1
		tr = append(tr, node{}, node{})
		leaves[k] = best(bins, cuts, use, g, h, lo, tr[l.node].left, o)
		leaves = append(leaves, best(bins, cuts, use, g, h, hi, tr[l.node].right, o))
	}
	for _, l := range leaves {
		var sg, sh float64
		for _, r := range l.rows {
			sg += g[r]
			sh += h[r]
		}
		tr[l.node].value = o.rate * sg / (sh + o.ridge)
	}
	return tr
}

func best(bins [][]uint8, cuts [][]float64, use []int, g, h []float64, rows []int, at int, o boostOptions) leaf {
	l := leaf{rows: rows, node: at}
	var tg, th float64
	for _, r := range rows {
		tg += g[r]
		th += h[r]
	}
	for _, j := range use {
		var hg, hh [256]float64
		var hn [256]int
		for _, r := range rows {
			b := bins[j][r]
			hg[b] += g[r]
			hh[b] += h[r]
			hn[b]++
		}
		var sg, sh float64
		sn := 0
		for b := 0; b <= len(cuts[j]); b++ {
			sg += hg[b]
			sh += hh[b]
			sn += hn[b]
			if sn < o.minRows || len(rows)-sn < o.minRows {
				continue
			}
			gain := sg*sg/(sh+o.ridge) + (tg-sg)*(tg-sg)/(th-sh+o.ridge) - tg*tg/(th+o.ridge)
			if gain > l.gain {
				l.gain, l.col, l.bin = gain, j, b
			}
		}
	}
	return l
}

func (t tree) eval(bins [][]uint8, row int) float64 {
	k := 0
	for t[k].left != 0 {
		if int(bins[t[k].column][row]) <= t[k].bin {
			k = t[k].left
		} else {
			k = t[k].right
		}
	}
	return t[k].value
}

func (m *boosted) score(x [][]float64) []float64 {
	bins := make([][]uint8, len(x))
	for j := range x {
		bins[j] = binAll(x[j], m.cuts[j])
	}
	out := make([]float64, len(x[0]))
	for i := range out {
		out[i] = m.base
		for _, t := range m.trees {
			out[i] += t.eval(bins, i)
		}
	}
	return out
}

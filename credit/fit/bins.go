package fit

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// Limits of what is binned finely before bins are chosen.
const (
	preBins       = 24 // quantile bins of a numeric column
	preCategories = 40 // categories of a text column that keep a bin of their own
	codesMax      = 3  // negative codes of a numeric column, such as -9 for "no record"
	valuesFew     = 12 // a numeric column with no more distinct values keeps each of them
)

// kind says how a characteristic's values are put into bins.
type kind int

const (
	numbers kind = iota
	categories
)

// coding puts the values of one column into bins. Bins of numbers come first and ascend; then one bin per code; the last
// bin takes missing values. Of a text column each bin is a category; the last takes all others and missing values.
type coding struct {
	name   string
	kind   kind
	cuts   []float64  // upper ends, included; one bin more than cuts
	codes  []float64  // values with a bin of their own
	groups [][]string // categories, those of one bin together
}

// ordered is the number of leading bins that have an order.
func (c *coding) ordered() int {
	if c.kind == categories {
		return 0
	}
	return len(c.cuts) + 1
}

// size is the number of bins.
func (c *coding) size() int { return c.ordered() + len(c.codes) + len(c.groups) + 1 }

// number returns the bin of a number.
func (c *coding) number(v float64) int {
	if math.IsNaN(v) {
		return c.size() - 1
	}
	for i, code := range c.codes {
		if v == code {
			return len(c.cuts) + 1 + i
		}
	}
	return sort.SearchFloat64s(c.cuts, v)
}

// apply returns the bins of a column.
func (c *coding) apply(col *Column) []uint8 {
	out := make([]uint8, len(col.Number))
	index := map[string]int{}
	for i, group := range c.groups {
		for _, name := range group {
			index[name] = i
		}
	}
	for row := range out {
		if c.kind == numbers {
			out[row] = uint8(c.number(col.Number[row]))
			continue
		}
		at, known := index[col.Text[row]]
		if !known {
			at = len(c.groups)
		}
		out[row] = uint8(at)
	}
	return out
}

// fine makes the fine bins of a column from the rows that train a card: every bin holds at least least rows.
func fine(col *Column, kind kind, least int) *coding {
	if kind == numbers {
		return fineNumbers(col, least)
	}
	c := &coding{name: col.Name, kind: categories}
	rows := map[string]int{}
	for _, s := range col.Text {
		if s != "" {
			rows[s]++
		}
	}
	var names []string
	for s, n := range rows {
		if n >= least {
			names = append(names, s)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(rows[b], rows[a]), cmp.Compare(a, b)) })
	names = names[:min(len(names), preCategories)]
	slices.Sort(names)
	for _, s := range names {
		c.groups = append(c.groups, []string{s})
	}
	return c
}

func fineNumbers(col *Column, least int) *coding {
	values := slices.DeleteFunc(slices.Clone(col.Number), math.IsNaN)
	slices.Sort(values)
	return fineWithCodes(col, codesIn(values, least), least)
}

func fineWithCodes(col *Column, codes []float64, least int) *coding {
	c := &coding{name: col.Name, kind: numbers, codes: codes}
	values := slices.DeleteFunc(slices.Clone(col.Number), math.IsNaN)
	slices.Sort(values)
	values = slices.DeleteFunc(values, func(v float64) bool { return slices.Contains(c.codes, v) })
	c.cuts = quantileCuts(values, max(least, len(values)/preBins))
	return c
}

// codesIn finds negative values that are codes: a column of mostly small whole numbers in which one to codesMax distinct
// negative values, all whole, stand for something that is no quantity.
func codesIn(sorted []float64, least int) []float64 {
	var codes []float64
	for _, v := range slices.Compact(slices.Clone(sorted)) {
		if v >= 0 {
			break
		}
		if v != math.Trunc(v) || len(codes) == codesMax {
			return nil
		}
		codes = append(codes, v)
	}
	for _, code := range codes {
		from, _ := slices.BinarySearch(sorted, code)
		to, _ := slices.BinarySearch(sorted, math.Nextafter(code, math.Inf(1)))
		if to-from < least {
			return nil
		}
	}
	return codes
}

// quantileCuts cuts sorted values so that each bin holds at least least of them; equal values stay together.
func quantileCuts(sorted []float64, least int) []float64 {
	var cuts []float64
	from := 0
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] || i-from < least || len(sorted)-i < least {
			continue
		}
		cuts = append(cuts, between(sorted[i-1], sorted[i]))
		from = i
	}
	return cuts
}

// between returns the roundest number a with low <= a < high, so that a page of points reads well.
func between(low, high float64) float64 {
	if low == high {
		return low
	}
	for digits := range 15 {
		scale := math.Pow(10, float64(digits)-math.Ceil(math.Log10(max(math.Abs(low), math.Abs(high), 1e-9))))
		v := math.Floor(high*scale) / scale
		if v >= high {
			v = (math.Floor(high*scale) - 1) / scale
		}
		if v >= low && v < high {
			return v
		}
	}
	return low
}

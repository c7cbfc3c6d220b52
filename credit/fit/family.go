package fit

import (
	"math"
	"slices"
	"strings"
)

// Limits of what is derived without being asked.
const (
	familyMin     = 3  // columns with one stem and different numbers
	quantityMin   = 20 // distinct values of a column that is a quantity
	automaticMax  = 120
	smallCountMax = 20 // distinct values of a column of small numbers, whose members are counted
)

// automatic proposes derived columns: summaries of columns that repeat a measure over time (one stem with numbers behind
// it), and ratios between quantities. Which of them enter a card is decided by what they add on the training rows.
func automatic(columns []*Column) []Derived {
	families, single := familiesIn(columns)
	var out []Derived
	taken := map[string]bool{}
	for _, c := range columns {
		taken[c.Name] = true
	}
	add := func(d Derived) {
		if !taken[d.Name] && len(out) < automaticMax {
			taken[d.Name] = true
			out = append(out, d)
		}
	}
	for _, f := range families {
		f.summaries(add)
	}
	for _, f := range families {
		for _, g := range families {
			if f.quantity && g.quantity && f.stem != g.stem {
				add(ratio("mean "+f.stem, "mean "+g.stem))
				add(ratio("min "+f.stem, "mean "+g.stem))
			}
		}
		if !f.quantity {
			continue
		}
		add(ratio(f.members[0], "mean "+f.stem))
		for _, c := range single {
			for _, part := range []string{f.members[0], "mean " + f.stem, "max " + f.stem} {
				add(ratio(part, c.Name))
			}
		}
	}
	for i, a := range single {
		for _, b := range single[i+1:] {
			add(ratio(a.Name, b.Name))
		}
	}
	return out
}

func ratio(a, b string) Derived {
	return Derived{Name: a + " / " + b, Op: "ratio", Of: []string{a, b}}
}

// family is a measure repeated over time, newest first as in the file.
type family struct {
	stem     string
	members  []string
	quantity bool // amounts rather than small counts or grades
}

func familiesIn(columns []*Column) (families []*family, single []*Column) {
	byStem := map[string]*family{}
	var order []*family
	stemOf := func(name string) string { return strings.TrimRight(name, "0123456789") }
	for _, c := range columns {
		if stem := stemOf(c.Name); c.Numeric && stem != c.Name && stem != "" {
			f := byStem[stem]
			if f == nil {
				f = &family{stem: strings.Trim(stem, "_ -.")}
				byStem[stem] = f
				order = append(order, f)
			}
			f.members = append(f.members, c.Name)
			f.quantity = f.quantity || distinct(c, smallCountMax) > smallCountMax
		}
	}
	for _, f := range order {
		if len(f.members) >= familyMin && f.stem != "" {
			families = append(families, f)
		}
	}
	for _, c := range columns {
		f := byStem[stemOf(c.Name)]
		inFamily := f != nil && len(f.members) >= familyMin && slices.Contains(f.members, c.Name)
		if c.Numeric && !inFamily && distinct(c, quantityMin) > quantityMin {
			single = append(single, c)
		}
	}
	return families, single
}

func (f *family) summaries(add func(Derived)) {
	latest := f.members[:max(2, len(f.members)/2)]
	for _, op := range []string{"max", "min", "mean"} {
		add(Derived{Name: op + " " + f.stem, Op: op, Of: f.members})
	}
	for _, op := range []string{"max", "mean"} {
		add(Derived{Name: op + " latest " + f.stem, Op: op, Of: latest})
	}
	add(Derived{Name: "max earlier " + f.stem, Op: "max", Of: f.members[1:]})
	add(Derived{Name: f.members[0] + " - mean " + f.stem, Op: "difference", Of: []string{f.members[0], "mean " + f.stem}})
	if f.quantity {
		add(Derived{Name: "count " + f.stem, Op: "count", Of: f.members})
		return
	}
	for _, above := range []float64{0, 1} {
		name := "count " + f.stem
		if above > 0 {
			name = "count " + f.stem + " above 1"
		}
		add(Derived{Name: name, Op: "count", Of: f.members, Above: &above})
	}
}

// distinct counts the distinct values of a column, at most one more than enough.
func distinct(c *Column, enough int) int {
	seen := map[float64]bool{}
	for _, v := range c.Number {
		if !math.IsNaN(v) {
			seen[v] = true
		}
		if len(seen) > enough {
			break
		}
	}
	return len(seen)
}

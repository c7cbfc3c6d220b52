package fit

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Derived is a column computed from numeric columns of the same row, declared by name so that a card can be recomputed by
// anybody: max, min, mean, sum and count ignore missing values; ratio and difference need both.
type Derived struct {
	Name  string   `json:"name"`
	Op    string   `json:"op"`              // max, min, mean, sum, count, ratio, difference
	Of    []string `json:"of"`              // columns, or derived columns declared before
	Above *float64 `json:"above,omitempty"` // count: how many values are above this; without it above 0
}

// The operations of derived columns and how many columns each takes.
var operations = map[string][2]int{
	"max": {2, 64}, "min": {2, 64}, "mean": {2, 64}, "sum": {2, 64}, "count": {1, 64}, "ratio": {2, 2}, "difference": {2, 2},
}

const derivedMax = 200

// checkDerived checks declarations alone; whether the columns exist is seen when they are computed.
func checkDerived(all []Derived) error {
	if len(all) > derivedMax {
		return fmt.Errorf("at most %d derived columns", derivedMax)
	}
	seen := map[string]bool{}
	for i, d := range all {
		arity, known := operations[d.Op]
		switch {
		case d.Name == "" || strings.TrimSpace(d.Name) != d.Name:
			return fmt.Errorf("derived column %d needs a name without blanks around it", i+1)
		case seen[d.Name]:
			return fmt.Errorf("derived column %q is declared twice", d.Name)
		case !known:
			return fmt.Errorf("derived column %q: op %q is unknown; use max, min, mean, sum, count, ratio or difference", d.Name, d.Op)
		case len(d.Of) < arity[0] || len(d.Of) > arity[1]:
			return fmt.Errorf("derived column %q: %s takes %d to %d columns", d.Name, d.Op, arity[0], arity[1])
		case d.Above != nil && (d.Op != "count" || math.IsNaN(*d.Above) || math.IsInf(*d.Above, 0)):
			return fmt.Errorf("derived column %q: above is for count alone", d.Name)
		case slices.Contains(d.Of, d.Name):
			return fmt.Errorf("derived column %q must not be made of itself", d.Name)
		}
		seen[d.Name] = true
	}
	return nil
}

// derive adds computed columns to a table.
func (t *Table) derive(all []Derived) error {
	for _, d := range all {
		var of []*Column
		for _, name := range d.Of {
			c, err := t.Column(name)
			if err != nil {
				return fmt.Errorf("derived column %q: %w", d.Name, err)
			}
			of = append(of, c)
		}
		c := &Column{Name: d.Name, Numeric: true, Number: make([]float64, t.Rows)}
		values := make([]float64, len(of))
		for row := range c.Number {
			for i := range of {
				values[i] = of[i].Number[row]
			}
			c.Number[row] = significant(d.value(values))
		}
		if err := t.add(c); err != nil {
			return fmt.Errorf("derived column: %w", err)
		}
	}
	return nil
}

// ratioBound keeps ratios with a small denominator finite.
const ratioBound = 1e6

// significant rounds to nine digits: what two ways of adding up leave behind them is no difference between people.
func significant(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	scale := math.Pow(10, 8-math.Floor(math.Log10(math.Abs(x))))
	if math.IsInf(scale, 0) || scale == 0 {
		return x
	}
	return math.Round(x*scale) / scale
}

func (d *Derived) value(v []float64) float64 {
	switch d.Op {
	case "ratio":
		if v[1] == 0 {
			if v[0] == 0 {
				return math.NaN()
			}
			return math.Copysign(ratioBound, v[0])
		}
		return min(max(v[0]/v[1], -ratioBound), ratioBound)
	case "difference":
		return v[0] - v[1]
	}
	v = slices.DeleteFunc(slices.Clone(v), math.IsNaN)
	if len(v) == 0 {
		return math.NaN()
	}
	switch d.Op {
	case "max":
		return slices.Max(v)
	case "min":
		return slices.Min(v)
	case "count":
		above, n := 0.0, 0.0
		if d.Above != nil {
			above = *d.Above
		}
		for _, x := range v {
			if x > above {
				n++
			}
		}
		return n
	}
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	if d.Op == "mean" {
		sum /= float64(len(v))
	}
	return sum
}

var errNoColumns = errors.New("no column is left to fit on")

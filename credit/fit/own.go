package fit

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"zahlziel/credit"
)

// Own is one decision of the operator with its outcome.
type Own struct {
	Features [credit.FeatureCount]int32
	Score    int32 // as decided then
	Group    string
	Bad      bool
}

// ends are the upper ends that a fitted card may use, by characteristic: those that a person can be told and, for the worst
// delay, the classes that are kept for ever. B1 is in 1/10,000 of the card's reference.
var ends = [credit.FeatureCount][]float64{
	credit.P1: {3, 7, 14, 30, 60},
	credit.P2: {0, 1, 2, 4},
	credit.P3: {0, 1, 3, 7},
	credit.E1: {0, 1, 3, 6},
	credit.E2: {1, 3, 7, 14},
	credit.B1: {500, 1000, 2500, 5000, 10000},
	credit.B2: {0, 1, 2, 4, 7},
	credit.A1: {29, 89, 179, 364, 729},
}

// FitOwn fits the eight characteristics of the product from own outcomes. Windows and the reference of B1 are those of the
// champion, under which the facts were measured. The result is a file for credit.ParseCard: an expert has given the ends and
// the direction of each characteristic, the outcomes give the points.
func FitOwn(rows []Own, champion *credit.Card, o Options) (*Card, error) {
	bad := make([]bool, len(rows))
	for i := range rows {
		bad[i] = rows[i].Bad
	}
	bads, _ := count(bad)
	if err := enough(bad); err != nil {
		return nil, err
	}
	oof := make([]float64, len(rows))
	fold := Folds(bad, max(2, o.Folds), o.Seed)
	for f := range max(2, o.Folds) {
		var in, held []int
		for row := range rows {
			if fold[row] == f {
				held = append(held, row)
			} else {
				in = append(in, row)
			}
		}
		m := trainOwn(pick(rows, in))
		for i, v := range m.logOdds(ownColumns(pick(rows, held))) {
			oof[held[i]] = v
		}
	}
	m := trainOwn(rows)
	c, perPoint, atZero := m.points(o.ID, o.Version)
	e := Evidence{Target: "outcome", Bad: "bad", Rows: len(rows), Bads: bads, Seed: o.Seed, Folds: max(2, o.Folds),
		IV: c.Fit.IV, Counts: c.Fit.Counts, Directions: c.Fit.Directions}
	c.Fit = &e
	c.Reference, c.LateDays, c.TimeDays, c.Short, c.Long = champion.Reference, champion.LateDays, champion.TimeDays, champion.Short, champion.Long
	c.toProduct()
	if err := c.complete(ownTable(rows), bad, oof, perPoint, atZero); err != nil {
		return nil, err
	}
	c.Note = fmt.Sprintf("Fitted on %d own decisions, %d of them bad. Every worst bin has 0 points.", e.Rows, e.Bads)
	return c, c.check()
}

// toProduct removes what the product's card has no place for: facts are never missing, and every characteristic is there.
func (c *Card) toProduct() {
	c.Order = nil
	for f := range credit.Feature(credit.FeatureCount) {
		name := f.String()
		bins := slices.DeleteFunc(c.Bins[name], func(b Bin) bool { return b.Missing })
		if len(bins) == 0 {
			bins = []Bin{{}}
			c.Fit.Counts[name] = nil
		}
		c.Bins[name] = bins
		if n := len(c.Fit.Counts[name]); n > len(bins) {
			c.Fit.Counts[name] = c.Fit.Counts[name][:len(bins)]
		}
		if len(c.Fit.Counts[name]) != len(bins) {
			delete(c.Fit.Counts, name)
		}
	}
}

func trainOwn(rows []Own) *model {
	bad := make([]bool, len(rows))
	for i := range rows {
		bad[i] = rows[i].Bad
	}
	var parts []chosen
	var blocks []*block
	for i, col := range ownColumns(rows) {
		f := credit.Feature(i)
		c := &coding{name: col.Name, kind: numbers, cuts: ends[f]}
		d := pointsFall
		if f == credit.P3 || f == credit.A1 {
			d = pointsRise
		}
		parts = append(parts, chosen{c, d, col})
		blocks = append(blocks, steps(c, c.apply(col), d, 0, ridgeWeight))
	}
	return finish(parts, newRegression(blocks, bad).fit(bad), bad)
}

func ownColumns(rows []Own) []*Column {
	var out []*Column
	for f := range credit.Feature(credit.FeatureCount) {
		c := &Column{Name: f.String(), Numeric: true, Number: make([]float64, len(rows))}
		for i := range rows {
			c.Number[i] = float64(rows[i].Features[f])
		}
		out = append(out, c)
	}
	return out
}

func ownTable(rows []Own) *Table {
	t := &Table{Rows: len(rows), byName: map[string]*Column{}}
	for _, c := range ownColumns(rows) {
		t.columns = append(t.columns, c)
		t.byName[c.Name] = c
	}
	return t
}

// FromProduct reads the product's card as a card of this package.
func FromProduct(card *credit.Card) (*Card, error) {
	b, err := json.Marshal(card)
	if err != nil {
		return nil, err
	}
	return ParseCard(b)
}

// share is a part of a whole for a report, NaN-free.
func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return round(float64(n)/float64(of), 6)
}

// median of numbers, 0 of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return math.Round(100*(s[(n-1)/2]+s[n/2])/2) / 100
}

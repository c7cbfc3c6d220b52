package fit

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Options say what is fitted.
type Options struct {
	Target          string   // column of outcomes
	Bad             string   // its bad value
	Exclude         []string // columns that must not be looked at
	Map             *Map     // may be nil
	Characteristics int      // the most that the page may have; 0: CharacteristicsMax
	Folds           int      // of the cross-validation, at least 2; 0 none, and then derived columns are always proposed
	Seed            uint64
	ID              string
	Version         int
}

// Defaults of a fit.
const (
	CharacteristicsMax = 20
	FoldsDefault       = 5
	SeedDefault        = 1
)

// Gates on the number of outcomes (section on governance in the report): below, an expert's card is the better one.
const (
	BadsMin  = 200
	GoodsMin = 200
)

// Fit makes a card from a table of outcomes.
func Fit(t *Table, o Options) (*Card, error) {
	bad, err := t.Outcomes(o.Target, o.Bad)
	if err != nil {
		return nil, err
	}
	if err := enough(bad); err != nil {
		return nil, err
	}
	if o.Characteristics == 0 {
		o.Characteristics = CharacteristicsMax
	}
	plain, leftOut, err := candidates(t, o)
	if err != nil {
		return nil, err
	}
	rich, derived, err := enrich(plain, o.Map)
	if err != nil {
		return nil, err
	}
	e := Evidence{Target: o.Target, Bad: o.Bad, Rows: t.Rows, Seed: o.Seed, Folds: o.Folds, Excluded: o.Exclude, LeftOut: leftOut}
	e.Bads, _ = count(bad)
	columns, oof := rich, []float64(nil)
	if o.Folds >= 2 {
		columns, oof = compare(plain, rich, bad, o, &e)
	}
	m := train(columns, bad, o.Map, o.Characteristics)
	c, perPoint, atZero := m.points(o.ID, o.Version)
	if len(c.Bins) == 0 {
		return nil, fmt.Errorf("no column says anything about %s; there is no card to make", o.Target)
	}
	c.Derived = used(derived, c.Order)
	e.IV, e.Counts, e.Directions = c.Fit.IV, c.Fit.Counts, c.Fit.Directions
	c.Fit = &e
	if err := c.complete(t, bad, oof, perPoint, atZero); err != nil {
		return nil, err
	}
	c.Note = "Fitted on " + fmt.Sprint(e.Rows) + " outcomes, " + fmt.Sprint(e.Bads) + " of them bad. Every worst bin has 0 points."
	return c, c.check()
}

// outcomeLeast is the number of either outcome below which there is nothing to fit.
const outcomeLeast = 20

func enough(bad []bool) error {
	if bads, goods := count(bad); bads < outcomeLeast || goods < outcomeLeast {
		return fmt.Errorf("%d decisions with an outcome, %d of them bad: fitting needs at least %d of either outcome, and a reliable card %d bad ones", len(bad), bads, outcomeLeast, BadsMin)
	}
	return nil
}

// candidates are the columns that may enter, and the names of those that are identifiers or constant.
func candidates(t *Table, o Options) (columns []*Column, leftOut []string, err error) {
	for _, name := range o.Exclude {
		if _, err := t.Column(name); err != nil {
			return nil, nil, fmt.Errorf("excluded column: %w", err)
		}
	}
	t = t.shallow()
	if o.Map != nil {
		if err := o.Map.leaks(o.Exclude); err != nil {
			return nil, nil, err
		}
		if err := t.derive(o.Map.Derived); err != nil {
			return nil, nil, err
		}
	}
	if err := o.Map.check(t); err != nil {
		return nil, nil, err
	}
	for _, c := range t.columns {
		switch {
		case c.Name == o.Target || slices.Contains(o.Exclude, c.Name) || o.Map.rule(c.Name).Exclude:
		case c.identifies() || distinct(c, 1) < 2 && c.Numeric:
			leftOut = append(leftOut, c.Name)
		default:
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return nil, nil, errNoColumns
	}
	return columns, leftOut, nil
}

// identifierRows is the number of rows from which a column in which no value repeats is an identifier.
const identifierRows = 50

// identifies reports whether a column numbers or names the rows: whole numbers or texts, no two alike.
func (c *Column) identifies() bool {
	if len(c.Text) < identifierRows {
		return false
	}
	seen := make(map[string]bool, len(c.Text))
	for i, text := range c.Text {
		if text == "" || seen[text] || c.Numeric && c.Number[i] != math.Trunc(c.Number[i]) {
			return false
		}
		seen[text] = true
	}
	return true
}

// enrich adds proposed columns to candidates, unless the map forbids it.
func enrich(plain []*Column, m *Map) ([]*Column, []Derived, error) {
	var declared []Derived
	if m != nil {
		declared = m.Derived
	}
	if m != nil && m.Automatic != nil && !*m.Automatic {
		return plain, declared, nil
	}
	proposed := automatic(plain)
	t := &Table{Rows: len(plain[0].Number), byName: map[string]*Column{}}
	for _, c := range plain {
		if err := t.add(c); err != nil {
			return nil, nil, err
		}
	}
	if err := t.derive(proposed); err != nil {
		return nil, nil, err
	}
	return t.columns, append(slices.Clone(declared), proposed...), nil
}

// compare cross-validates with and without proposed columns and returns the better columns with the log-odds that every row
// got from a model that has not seen it.
func compare(plain, rich []*Column, bad []bool, o Options, e *Evidence) ([]*Column, []float64) {
	oof := crossValidate(rich, bad, o)
	if len(rich) == len(plain) || o.Map != nil && o.Map.Automatic != nil {
		return rich, oof
	}
	other := crossValidate(plain, bad, o)
	with, without := AUC(negated(oof), bad), AUC(negated(other), bad)
	e.Alternatives = map[string]float64{"with_proposed_columns": round(with, 4), "without_proposed_columns": round(without, 4)}
	if without >= with {
		return plain, other
	}
	return rich, oof
}

func crossValidate(columns []*Column, bad []bool, o Options) []float64 {
	out := make([]float64, len(bad))
	fold := Folds(bad, o.Folds, o.Seed)
	for f := range o.Folds {
		var in, held []int
		for row := range bad {
			if fold[row] == f {
				held = append(held, row)
			} else {
				in = append(in, row)
			}
		}
		m := train(subset(columns, in), pick(bad, in), o.Map, o.Characteristics)
		for i, v := range m.logOdds(subset(columns, held)) {
			out[held[i]] = v
		}
	}
	return out
}

func subset(columns []*Column, rows []int) []*Column {
	t := &Table{columns: columns}
	return t.Subset(rows).columns
}

// logOdds of bad for the rows of columns, which hold at least those of the model.
func (m *model) logOdds(columns []*Column) []float64 {
	out := make([]float64, len(columns[0].Number))
	for i := range out {
		out[i] = m.intercept
	}
	for j, p := range m.parts {
		at := slices.IndexFunc(columns, func(c *Column) bool { return c.Name == p.coding.name })
		for i, k := range p.coding.apply(columns[at]) {
			out[i] += m.effect[j][k]
		}
	}
	return out
}

func negated(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = -v
	}
	return out
}

// used are the derived columns that characteristics need, directly or through others.
func used(all []Derived, names []string) []Derived {
	need := map[string]bool{}
	for _, n := range names {
		need[n] = true
	}
	var out []Derived
	for i := len(all) - 1; i >= 0; i-- {
		if d := all[i]; need[d.Name] {
			out = append(out, d)
			for _, of := range d.Of {
				need[of] = true
			}
		}
	}
	slices.Reverse(out)
	return out
}

// milli turns log-odds into whole thousandths of a good score, for the bootstrap.
func milli(logOdds []float64) []int32 {
	out := make([]int32, len(logOdds))
	for i, v := range logOdds {
		out[i] = int32(math.Round(-1000 * min(max(v, -50), 50)))
	}
	return out
}

// complete adds calibration, intervals, reference shares and warnings.
func (c *Card) complete(t *Table, bad []bool, oof []float64, perPoint, atZero float64) error {
	s, err := c.Apply(t)
	if err != nil {
		return err
	}
	e := c.Fit
	e.AUCTraining = round(AUC(floats(s.Score), bad), 4)
	if oof != nil {
		e.AUC = round(AUC(negated(oof), bad), 4)
		low, high := Interval(milli(oof), bad, e.Seed)
		e.AUCLow, e.AUCHigh = round(low, 4), round(high, 4)
		a, b := logit2(oof, bad)
		e.Calibration = Calibration{a + b*atZero, -b * perPoint}
	} else {
		a, b := logit2(floats(s.Score), bad)
		e.Calibration = Calibration{a, b}
	}
	e.ScoreEnds, e.ScoreShares = bandsOf(s.Score)
	const width = 50
	for from := int32(0); from < pointsMax; from += width {
		e.Probability = append(e.Probability, Band{from, from + width - 1, round(e.Calibration.PD(from+width/2), 5)})
	}
	e.Probability[len(e.Probability)-1].To = pointsMax
	e.Warnings = e.warnings()
	return nil
}

func (e *Evidence) warnings() []string {
	out := []string{"Outcomes exist for accepted applications alone. Nothing is invented for the refused: for them the card is extrapolated, and their share of bad is underestimated. Do not lower a cut-off on this evidence."}
	if e.Bads < BadsMin {
		out = append(out, fmt.Sprintf("Only %d bad outcomes; from %d on a fitted card is reliable. Below, keep the expert's card.", e.Bads, BadsMin))
	}
	if goods := e.Rows - e.Bads; goods < GoodsMin {
		out = append(out, fmt.Sprintf("Only %d good outcomes; at least %d are needed.", goods, GoodsMin))
	}
	if e.AUC > 0 && e.AUCTraining-e.AUC > 0.05 {
		out = append(out, fmt.Sprintf("On its own training rows the card reaches an AUC of %.3f, on rows it has not seen %.3f: expect the second.", e.AUCTraining, e.AUC))
	}
	if len(e.LeftOut) > 0 {
		out = append(out, "Left out because they number the rows or never change: "+strings.Join(e.LeftOut, ", ")+".")
	}
	return out
}

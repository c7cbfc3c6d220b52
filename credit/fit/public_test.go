package fit

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// public is a set of real rows with outcomes that others have published.
type public struct {
	file, target, bad string
	protected         []string
	floor             float64 // mean AUC over the splits
}

var (
	taiwan  = public{"taiwan_default", "default_next_month", "1", []string{"SEX", "EDUCATION", "MARRIAGE", "AGE"}, 0.770}
	german  = public{"german_statlog", "credit_risk_1good_2bad", "2", nil, 0.780}
	south   = public{"german_south_corrected", "credit_risk_1good_0bad", "0", nil, 0.765}
	spanish = public{"spanish_credit", "Status", "bad", nil, 0.840}
	lending = public{"lending_club_sample", "Class", "bad", nil, 0.725}
)

func (p public) read(t *testing.T) (*Table, []bool) {
	t.Helper()
	name := filepath.Join("..", "..", "..", "shared", "data", "credit", p.file+".csv.gz")
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not here; the test needs the public rows beside the project", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := ReadCSV(f)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := table.Outcomes(p.target, p.bad)
	if err != nil {
		t.Fatal(err)
	}
	return table, bad
}

// measure fits on 70 % of the rows and tests on the rest, for several stratified splits.
func (p public) measure(t *testing.T, splits int, o Options) (mean float64) {
	table, bad := p.read(t)
	o.Target, o.Bad, o.Exclude, o.Seed, o.ID, o.Version = p.target, p.bad, p.protected, 1, "card-"+p.file, 1
	auc, miss := make([]float64, splits), make([]float64, splits)
	trees, treesRich := make([]float64, splits), make([]float64, splits)
	bins := 0
	for k := range splits {
		train, test := Stratify(bad, 0.7, uint64(k))
		c, err := Fit(table.Subset(train), o)
		if err != nil {
			t.Fatal(err)
		}
		held := table.Subset(test)
		v, err := Validate(c, held, ValidateOptions{Target: p.target, Bad: p.bad, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		auc[k], miss[k] = v.AUC, v.CalibrationError
		for _, b := range c.Bins {
			bins += len(b)
		}
		if full {
			trees[k] = p.boost(table.Subset(train), pick(bad, train), held, pick(bad, test))
			rich, heldRich := p.enriched(t, table.Subset(train)), p.enriched(t, held)
			treesRich[k] = p.boost(rich, pick(bad, train), heldRich, pick(bad, test))
		}
	}
	mean, deviation := moments(auc)
	line := fmt.Sprintf("%s: AUC %.4f ± %.4f over %d splits, calibration error %.4f, %d bins", p.file, mean, deviation*math.Sqrt(float64(splits)/float64(splits-1)), splits, average(miss), bins/splits)
	if full {
		line += fmt.Sprintf("; boosted trees %.4f, with the proposed columns too %.4f", average(trees), average(treesRich))
	}
	t.Log(line)
	return mean
}

// enriched adds the columns that a fit would propose.
func (p public) enriched(t *testing.T, table *Table) *Table {
	columns, _, err := candidates(table, Options{Target: p.target, Exclude: p.protected})
	if err != nil {
		t.Fatal(err)
	}
	table = table.shallow()
	if err := table.derive(automatic(columns)); err != nil {
		t.Fatal(err)
	}
	return table
}

// boost is the AUC of gradient boosting on the same columns, without what numbers the rows.
func (p public) boost(train *Table, bad []bool, test *Table, badTest []bool) float64 {
	skip := map[string]bool{p.target: true, "ID": true, "row": true}
	for _, name := range p.protected {
		skip[name] = true
	}
	levels := map[string]map[string]float64{}
	m := trainBoosted(matrix(train, skip, levels, bad), bad, boostOptions{rounds: 150, leaves: 8, minRows: 20, rate: 0.05, ridge: 5, columns: 0.5}, rand.New(rand.NewPCG(1, 1)))
	return 1 - AUC(m.score(matrix(test, skip, levels, nil)), badTest)
}

func average(x []float64) float64 {
	mean, _ := moments(x)
	return mean
}

// full measures everything, with boosted trees beside it.
var full = os.Getenv("ZAHLZIEL_FULL") != ""

// TestPublicRows: the plain fit reaches its floors on rows that it has not seen.
func TestPublicRows(t *testing.T) {
	sets := []public{taiwan, german, south}
	if full {
		sets = append(sets, spanish, lending)
	}
	const splits = 10
	for _, p := range sets {
		t.Run(p.file, func(t *testing.T) {
			o := Options{} // cross-validation costs ten times more and chooses the same columns on many rows
			if p.file == german.file || p.file == south.file {
				o.Folds = FoldsDefault
			}
			if mean := p.measure(t, splits, o); mean < p.floor {
				t.Errorf("mean AUC %.4f, below the floor of %.3f", mean, p.floor)
			}
		})
	}
}

package fit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// fourFifths is the customary line: a group's approval below four fifths of the best group's needs a reason and a signature.
const fourFifths = 0.80

// groupRowsMin is the number of rows (and of goods) below which a group's ratio is shown but not judged.
const groupRowsMin = 30

// Fairness compares the groups of one attribute. The attribute is not in the card; this is a separate sample.
type Fairness struct {
	Attribute string      `json:"attribute"`
	CutOff    int32       `json:"cut_off"` // lowest approved score
	Groups    []FairGroup `json:"groups"`
	Approval  float64     `json:"approval_ratio"`      // lowest group share of approved over the highest
	Good      float64     `json:"good_approved_ratio"` // the same among good rows
	Line      float64     `json:"line"`
	Passed    bool        `json:"passed"`
}

// FairGroup is one group of a fairness report.
type FairGroup struct {
	Value    string  `json:"value"`
	Rows     int     `json:"rows"`
	Bads     int     `json:"bads"`
	Approved float64 `json:"approved"`      // share
	Good     float64 `json:"good_approved"` // share of the good rows
	Expected float64 `json:"expected"`      // mean probability of bad
	Observed float64 `json:"observed"`      // share of bad rows
	Judged   bool    `json:"judged"`        // enough rows for its ratio to count
}

// RecourseBy is how far the way back is for one group.
type RecourseBy struct {
	Group   string  `json:"group"`
	Blocked int     `json:"blocked"`
	Days    float64 `json:"median_days"`
	Amount  int64   `json:"median_amount"` // minor units
}

// attributeValuesMax is the number of values from which a numeric attribute is cut into bands.
const attributeValuesMax = 8

func fairness(name string, col *Column, score []int32, bad []bool, c Calibration, o ValidateOptions) Fairness {
	cut := o.CutOff
	if cut == 0 {
		share := o.Approve
		if share <= 0 || share >= 1 {
			share = ApproveDefault
		}
		sorted := slices.Sorted(slices.Values(score))
		cut = sorted[int((1-share)*float64(len(sorted)))]
	}
	return FairnessOf(name, attribute(col), score, bad, c, cut)
}

// FairnessOf compares groups of scored rows at a cut-off.
func FairnessOf(name string, value []string, score []int32, bad []bool, c Calibration, cut int32) Fairness {
	f := Fairness{Attribute: name, CutOff: cut, Line: fourFifths}
	index := map[string]int{}
	for _, v := range slices.Compact(slices.Sorted(slices.Values(value))) {
		index[v] = len(f.Groups)
		f.Groups = append(f.Groups, FairGroup{Value: v})
	}
	for i, v := range value {
		g := &f.Groups[index[v]]
		g.Rows++
		g.Expected += c.PD(score[i])
		approved := indicator(score[i] >= cut)
		g.Approved += approved
		if bad[i] {
			g.Bads++
		} else {
			g.Good += approved
		}
	}
	for i := range f.Groups {
		g := &f.Groups[i]
		n, goods := float64(g.Rows), float64(g.Rows-g.Bads)
		g.Expected, g.Observed, g.Approved = round(g.Expected/n, 4), round(float64(g.Bads)/n, 4), round(g.Approved/n, 4)
		g.Good = round(g.Good/max(goods, 1), 4)
		g.Judged = g.Rows >= groupRowsMin && g.Rows-g.Bads >= groupRowsMin
	}
	f.Approval = ratioOf(f.Groups, func(g FairGroup) float64 { return g.Approved })
	f.Good = ratioOf(f.Groups, func(g FairGroup) float64 { return g.Good })
	f.Passed = f.Approval >= fourFifths && f.Good >= fourFifths
	return f
}

// ratioOf is the lowest share over the highest among the groups that are large enough.
func ratioOf(groups []FairGroup, share func(FairGroup) float64) float64 {
	low, high := math.Inf(1), 0.0
	for _, g := range groups {
		if g.Judged {
			low, high = min(low, share(g)), max(high, share(g))
		}
	}
	if high == 0 {
		return 1
	}
	return round(low/high, 4)
}

// attribute reads groups: texts and few numbers as they are, other numbers in quarters, missing values as a group.
func attribute(col *Column) []string {
	out := make([]string, len(col.Number))
	var cuts []float64
	banded := col.Numeric && distinct(col, attributeValuesMax) > attributeValuesMax
	if banded {
		values := slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(col.Number), math.IsNaN)))
		cuts = quantileCuts(values, max(1, len(values)/4))
	}
	for i := range out {
		switch text := col.text(i); {
		case math.IsNaN(col.Number[i]) && text == "":
			out[i] = "missing"
		case banded:
			k, _ := slices.BinarySearch(cuts, col.Number[i])
			out[i] = bandName(cuts, k)
		default:
			out[i] = text
		}
	}
	return out
}

func bandName(cuts []float64, k int) string {
	format := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	switch {
	case len(cuts) == 0:
		return "all"
	case k == 0:
		return "up to " + format(cuts[0])
	case k == len(cuts):
		return "above " + format(cuts[k-1])
	}
	return "above " + format(cuts[k-1]) + " to " + format(cuts[k])
}

func (f *Fairness) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s at %d points: approval ratio %.2f, among good payers %.2f (line %.2f)\n", f.Attribute, f.CutOff, f.Approval, f.Good, f.Line)
	for _, g := range f.Groups {
		fmt.Fprintf(&out, "  %-20s %6d rows, approved %5.1f %%, good approved %5.1f %%, expected bad %5.2f %%, observed %5.2f %%\n",
			g.Value, g.Rows, 100*g.Approved, 100*g.Good, 100*g.Expected, 100*g.Observed)
	}
	return out.String()
}

package fit

import (
	"fmt"
	"math"
	"strings"
)

// Validation is what a card is worth on rows with outcomes.
type Validation struct {
	Card             string               `json:"card"`
	Version          int                  `json:"version"`
	Rows             int                  `json:"rows"`
	Bads             int                  `json:"bads"`
	AUC              float64              `json:"auc"`
	AUCLow           float64              `json:"auc_low"` // bootstrap, 95 %
	AUCHigh          float64              `json:"auc_high"`
	Gini             float64              `json:"gini"`
	KS               float64              `json:"ks"`
	Brier            float64              `json:"brier"`
	LogLoss          float64              `json:"log_loss"`
	CalibrationError float64              `json:"calibration_error"` // mean over ten groups of equal size
	Calibrated       bool                 `json:"calibrated"`        // false: the card has no probabilities of its own, they were fitted on these very rows
	Calibration      Calibration          `json:"calibration"`
	Groups           []Group              `json:"groups"`
	PSI              float64              `json:"psi"`
	PSIThreshold     float64              `json:"psi_threshold"`
	PSIAlarm         bool                 `json:"psi_alarm"`
	PSIKnown         bool                 `json:"psi_known"`       // false: the card does not say how its training rows were spread
	Characteristics  map[string]Stability `json:"characteristics"` // stability of each characteristic
	Unseen           map[string]int       `json:"unseen"`          // rows with a value that the card does not name
	Fairness         []Fairness           `json:"fairness,omitempty"`
	Gates            []Gate               `json:"gates"`
	Curve            [][2]float64         `json:"curve"` // receiver operating characteristic: share of goods and of bads refused
}

// ValidateOptions say how a card is judged.
type ValidateOptions struct {
	Target   string
	Bad      string
	Groups   []string // columns of group attributes; they are not characteristics of the card
	CutOff   int32    // lowest approved score of the fairness report; 0: the best Approve of all rows are approved
	Approve  float64  // share; 0: ApproveDefault
	Seed     uint64
	Champion *Card // may be nil: the card to compare with
}

// ApproveDefault is the share of rows that a fairness report approves when no cut-off is given.
const ApproveDefault = 0.8

// Validate judges a card on a table of outcomes.
func Validate(c *Card, t *Table, o ValidateOptions) (*Validation, error) {
	bad, err := t.Outcomes(o.Target, o.Bad)
	if err != nil {
		return nil, err
	}
	s, err := c.Apply(t)
	if err != nil {
		return nil, err
	}
	v := judge(c, s, bad, o.Seed)
	for _, name := range o.Groups {
		col, err := t.Column(name)
		if err != nil {
			return nil, fmt.Errorf("group: %w", err)
		}
		v.Fairness = append(v.Fairness, fairness(name, col, s.Score, bad, v.Calibration, o))
	}
	champion := math.NaN()
	if o.Champion != nil {
		other, err := o.Champion.Apply(t)
		if err != nil {
			return nil, fmt.Errorf("champion: %w", err)
		}
		champion = AUC(floats(other.Score), bad)
	}
	v.Gates = gates(v, champion)
	return v, nil
}

// judge measures scored rows.
func judge(c *Card, s *Scored, bad []bool, seed uint64) *Validation {
	v := &Validation{Card: c.ID, Version: c.Version, Rows: len(bad), Unseen: s.Blind, Characteristics: map[string]Stability{}}
	v.Bads, _ = count(bad)
	score := floats(s.Score)
	auc := AUC(score, bad)
	low, high := Interval(s.Score, bad, seed)
	v.AUC, v.AUCLow, v.AUCHigh = round(auc, 6), round(low, 6), round(high, 6)
	v.Gini, v.KS = round(2*auc-1, 6), round(KS(score, bad), 6)
	if v.Calibrated = c.Fit != nil && c.Fit.Calibration.Slope != 0; v.Calibrated {
		v.Calibration = c.Fit.Calibration
	} else {
		a, b := logit2(score, bad)
		v.Calibration = Calibration{a, b}
	}
	pd := make([]float64, len(bad))
	for i, points := range s.Score {
		pd[i] = v.Calibration.PD(points)
	}
	v.Brier, v.LogLoss = round(Brier(pd, bad), 6), round(LogLoss(pd, bad), 6)
	v.Groups = Groups(s.Score, bad, v.Calibration, calibrationGroups)
	v.CalibrationError = round(CalibrationError(v.Groups), 6)
	v.stability(c, s)
	v.Curve = curve(s.Score, bad)
	return v
}

// stability compares the spread of scores and of every characteristic with the training rows.
func (v *Validation) stability(c *Card, s *Scored) {
	if c.Fit == nil || len(c.Fit.ScoreShares) == 0 {
		return
	}
	v.PSIKnown = true
	all := PSI(c.Fit.ScoreShares, c.Fit.Rows, bandCounts(c.Fit.ScoreEnds, s.Score))
	v.PSI, v.PSIThreshold, v.PSIAlarm = all.PSI, all.Threshold, all.Alarm
	for name, counts := range c.Fit.Counts {
		then, now := make([]float64, len(counts)), make([]int, len(counts))
		for k := range counts {
			then[k] = float64(counts[k].Rows) / float64(c.Fit.Rows)
		}
		for _, k := range s.Bins[name] {
			now[k]++
		}
		v.Characteristics[name] = PSI(then, c.Fit.Rows, now)
	}
}

// curvePoints is how many points of a curve are kept.
const curvePoints = 50

// curve is the share of goods and of bads refused as the cut-off rises.
func curve(score []int32, bad []bool) [][2]float64 {
	order := ascending(floats(score))
	bads, goods := count(bad)
	if bads == 0 || goods == 0 {
		return nil
	}
	out := [][2]float64{{0, 0}}
	var b, g float64
	kept := 0
	for i, row := range order {
		if bad[row] {
			b++
		} else {
			g++
		}
		last := i == len(order)-1
		if last || score[order[i+1]] != score[row] && (i-kept)*curvePoints >= len(order) {
			kept = i
			out = append(out, [2]float64{round(g/float64(goods), 4), round(b/float64(bads), 4)})
		}
	}
	return out
}

// Text prints a validation for a terminal.
func (v *Validation) Text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s version %d on %d rows, %d of them bad\n", v.Card, v.Version, v.Rows, v.Bads)
	fmt.Fprintf(&out, "AUC %.4f (95 %%: %.4f to %.4f), Gini %.4f, KS %.4f, Brier %.4f, calibration error %.2f %%\n",
		v.AUC, v.AUCLow, v.AUCHigh, v.Gini, v.KS, v.Brier, 100*v.CalibrationError)
	if v.PSIKnown {
		fmt.Fprintf(&out, "stability index %.4f (alarm above %.4f)\n", v.PSI, v.PSIThreshold)
	}
	for _, g := range v.Groups {
		fmt.Fprintf(&out, "  %4d to %4d points: %6d rows, expected %5.2f %%, observed %5.2f %% (%.2f to %.2f)\n", g.From, g.To, g.Rows, 100*g.Expected, 100*g.Observed, 100*g.Low, 100*g.High)
	}
	for _, f := range v.Fairness {
		out.WriteString(f.text())
	}
	for _, g := range v.Gates {
		fmt.Fprintf(&out, "%-8s %s: %s\n", g.State, g.Name, g.Finding)
	}
	return out.String()
}

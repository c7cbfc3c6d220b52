package fit

import (
	"fmt"
	"math"
)

// Gate is one condition on the way of a card to decisions.
type Gate struct {
	Name    string `json:"name"`
	State   string `json:"state"` // passed, failed, sign-off, unknown
	Finding string `json:"finding"`
	Limit   string `json:"limit"`
	SignOff string `json:"sign_off,omitempty"` // what two persons sign who let the card pass nevertheless

	about  string // attribute or characteristic behind the name
	format string // of Finding, the key of its translation
	values []any
}

// of names what a gate is about.
func (g Gate) of(about string) Gate {
	g.about = about
	g.Name += " " + about
	return g
}

// The states of a gate. Sign-off means: two persons may let it pass, in writing. Unknown: this report cannot tell.
const (
	GatePassed  = "passed"
	GateFailed  = "failed"
	GateSignOff = "sign-off"
	GateUnknown = "unknown"
)

// Limits of the gates.
const (
	aucTolerance    = 0.005
	calibrationMost = 0.03
	preclusionMost  = 0.02
)

// The limits in words; they are keys of the translation too.
const (
	outcomesLimit    = "at least 200 bad and 200 good"
	calibrationLimit = "calibration error at most 3 percentage points"
	championLimit    = "AUC not below the champion's by more than 0.005"
	fairnessLimit    = "every ratio at least 0.80, else two signatures"
	preclusionLimit  = "at most 2 % of the blocked have no way back"
	stabilityLimit   = "index at most its threshold"
)

func unknown(name, limit, finding string) Gate {
	return Gate{Name: name, State: GateUnknown, Limit: limit, Finding: finding, format: finding}
}

func gate(name string, ok bool, limit, finding string, values ...any) Gate {
	g := Gate{Name: name, State: GatePassed, Limit: limit, Finding: fmt.Sprintf(finding, values...), format: finding, values: values}
	if !ok {
		g.State = GateFailed
	}
	return g
}

// gates judges a validation; champion is the champion's AUC on the same rows, NaN when there is none.
func gates(v *Validation, champion float64) []Gate {
	goods := v.Rows - v.Bads
	out := []Gate{
		gate("outcomes", v.Bads >= BadsMin && goods >= GoodsMin, outcomesLimit, "%d bad, %d good", v.Bads, goods),
		gate("calibration", v.CalibrationError <= calibrationMost, calibrationLimit, "%.2f percentage points", 100*v.CalibrationError),
	}
	if !v.Calibrated {
		out[1] = unknown("calibration", out[1].Limit, "the card has no probabilities of its own")
	}
	if math.IsNaN(champion) {
		out = append(out, unknown("champion", championLimit, "no champion was given to compare with"))
	} else {
		out = append(out, gate("champion", v.AUC >= champion-aucTolerance, championLimit, "%.4f, champion %.4f", v.AUC, champion))
	}
	for i := range v.Fairness {
		f := &v.Fairness[i]
		g := gate("fairness", f.Passed, fairnessLimit, "approval %.2f, good payers %.2f", f.Approval, f.Good).of(f.Attribute)
		if !f.Passed {
			g.State = GateSignOff
			g.SignOff = fmt.Sprintf("We have seen that the groups of %s differ by more than the four-fifths line, know the reason, and let the card pass until the next report.", f.Attribute)
		}
		out = append(out, g)
	}
	if v.PSIKnown {
		out = append(out, gate("stability", !v.PSIAlarm, stabilityLimit, "%.4f, threshold %.4f", v.PSI, v.PSIThreshold))
	}
	return out
}

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

func gate(name string, ok bool, limit, finding string, values ...any) Gate {
	g := Gate{Name: name, State: GatePassed, Limit: limit, Finding: fmt.Sprintf(finding, values...)}
	if !ok {
		g.State = GateFailed
	}
	return g
}

// gates judges a validation; champion is the champion's AUC on the same rows, NaN when there is none.
func gates(v *Validation, champion float64) []Gate {
	goods := v.Rows - v.Bads
	out := []Gate{
		gate("outcomes", v.Bads >= BadsMin && goods >= GoodsMin, fmt.Sprintf("at least %d bad and %d good", BadsMin, GoodsMin), "%d bad, %d good", v.Bads, goods),
		gate("calibration", v.CalibrationError <= calibrationMost, "calibration error at most 3 percentage points", "%.2f percentage points", 100*v.CalibrationError),
	}
	if !v.Calibrated {
		out[1].State, out[1].Finding = GateUnknown, "the card has no probabilities of its own"
	}
	if math.IsNaN(champion) {
		out = append(out, Gate{Name: "champion", State: GateUnknown, Limit: "AUC not below the champion's by more than 0.005", Finding: "no champion was given to compare with"})
	} else {
		out = append(out, gate("champion", v.AUC >= champion-aucTolerance, "AUC not below the champion's by more than 0.005", "%.4f, champion %.4f", v.AUC, champion))
	}
	for i := range v.Fairness {
		f := &v.Fairness[i]
		g := gate("fairness "+f.Attribute, f.Passed, "every ratio at least 0.80, else two signatures", "approval %.2f, good payers %.2f", f.Approval, f.Good)
		if !f.Passed {
			g.State = GateSignOff
			g.SignOff = fmt.Sprintf("We have seen that the groups of %s differ by more than the four-fifths line, know the reason, and let the card pass until the next report.", f.Attribute)
		}
		out = append(out, g)
	}
	if v.PSIKnown {
		out = append(out, gate("stability", !v.PSIAlarm, fmt.Sprintf("stability index at most %.4f", v.PSIThreshold), "%.4f", v.PSI))
	}
	return out
}

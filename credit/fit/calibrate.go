package fit

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Calibration turns points into a probability of bad: logistic(Intercept + Slope * points). Slope is negative.
type Calibration struct {
	Intercept float64 `json:"intercept"`
	Slope     float64 `json:"slope"`
}

// PD is the probability of bad at a score.
func (c Calibration) PD(score int32) float64 { return logistic(c.Intercept + c.Slope*float64(score)) }

// logit2 fits logistic(a + b x) by Newton's method with a breath of ridge, so that separated data have an answer too.
func logit2(x []float64, bad []bool) (a, b float64) {
	const breath, stepMax = 1e-2, 2.0
	mean, scale := moments(x)
	beta := mat.NewVecDense(2, nil)
	for range 50 {
		hess := mat.NewSymDense(2, []float64{breath, 0, 0, breath})
		grad := mat.NewVecDense(2, []float64{-breath * beta.AtVec(0), -breath * beta.AtVec(1)})
		for i, v := range x {
			v = (v - mean) / scale
			p := logistic(beta.AtVec(0) + beta.AtVec(1)*v)
			w, z := p*(1-p), indicator(bad[i])-p
			hess.SetSym(0, 0, hess.At(0, 0)+w)
			hess.SetSym(0, 1, hess.At(0, 1)+w*v)
			hess.SetSym(1, 1, hess.At(1, 1)+w*v*v)
			grad.SetVec(0, grad.AtVec(0)+z)
			grad.SetVec(1, grad.AtVec(1)+z*v)
		}
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(hess) || chol.SolveVecTo(&step, grad) != nil {
			break
		}
		if far := mat.Norm(&step, 2); far > stepMax {
			step.ScaleVec(stepMax/far, &step)
		}
		beta.AddVec(beta, &step)
		if mat.Norm(&step, 2) < 1e-9 {
			break
		}
	}
	b = beta.AtVec(1) / scale
	return beta.AtVec(0) - b*mean, b
}

func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		deviation += (v - mean) * (v - mean) / float64(len(x))
	}
	if deviation = math.Sqrt(deviation); deviation == 0 {
		deviation = 1
	}
	return mean, deviation
}

// calibrationGroups are the groups of equal size over which a calibration error is a mean.
const calibrationGroups = 10

// Group is a group of rows with neighbouring scores: what was expected and what happened.
type Group struct {
	From     int32   `json:"from"`
	To       int32   `json:"to"`
	Rows     int     `json:"rows"`
	Bads     int     `json:"bads"`
	Expected float64 `json:"expected"` // mean probability of bad
	Observed float64 `json:"observed"` // share of bad rows
	Low      float64 `json:"low"`      // Wilson's 95 % interval of the share
	High     float64 `json:"high"`
}

// Groups cuts rows by score into groups of about equal size; rows of one score stay together.
func Groups(score []int32, bad []bool, c Calibration, groups int) []Group {
	order := ascending(floats(score))
	var out []Group
	for i := 0; i < len(order); {
		g := Group{From: score[order[i]], To: score[order[i]]}
		end := i + (len(order)-i)/max(1, groups-len(out))
		sum := 0.0
		for ; i < len(order) && (i < end || score[order[i]] == g.To); i++ {
			g.To = score[order[i]]
			g.Rows++
			sum += c.PD(g.To)
			if bad[order[i]] {
				g.Bads++
			}
		}
		g.Expected, g.Observed = sum/float64(g.Rows), float64(g.Bads)/float64(g.Rows)
		g.Low, g.High = Wilson(g.Bads, g.Rows)
		out = append(out, g)
	}
	return out
}

// CalibrationError is the mean distance between expected and observed shares, weighted by rows.
func CalibrationError(groups []Group) float64 {
	sum, rows := 0.0, 0
	for _, g := range groups {
		sum += float64(g.Rows) * math.Abs(g.Expected-g.Observed)
		rows += g.Rows
	}
	if rows == 0 {
		return 0
	}
	return sum / float64(rows)
}

// Wilson is the 95 % score interval of a share.
func Wilson(hits, of int) (low, high float64) {
	if of == 0 {
		return 0, 1
	}
	const z = 1.959963984540054
	n, p := float64(of), float64(hits)/float64(of)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

func floats(score []int32) []float64 {
	out := make([]float64, len(score))
	for i, s := range score {
		out[i] = float64(s)
	}
	return out
}

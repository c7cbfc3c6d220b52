// Package fit makes points cards from outcomes and judges them.
//
// The method: fine bins by quantiles, names as bins of their own, codes and missing values apart; a logistic regression on
// the steps between bins, whose coefficients keep the sign of the characteristic's direction, with an absolute penalty that
// leaves few steps and a quadratic one; the weakest characteristics out; small steps pushed into large ones; a last ridge
// fit; points. Repeated measures (BILL1, BILL2, ...) are summarised and quantities divided by each other without being
// asked, if cross-validation says that it helps.
//
// Tried on public rows and left out, because it did not help: pairs of characteristics as cells of their own, and shapes
// that may turn. A table of outcomes goes in; monotone bins, a sign-constrained regression on their steps, integer points, a calibrated
// probability for every score and the evidence about all of it come out. Everything here is deterministic for a seed and
// uses floating point: it proposes and measures. What decides about people is package credit, which uses integers alone.
package fit

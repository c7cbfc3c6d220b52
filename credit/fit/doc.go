// Package fit makes points cards from outcomes and judges them.
//
// A table of outcomes goes in; monotone bins, a sign-constrained regression on their steps, integer points, a calibrated
// probability for every score and the evidence about all of it come out. Everything here is deterministic for a seed and
// uses floating point: it proposes and measures. What decides about people is package credit, which uses integers alone.
package fit

// Package apr computes the annual percentage rate of charge of a consumer credit.
//
// Law: Directive (EU) 2023/2225 Annex III and its German form, PAngV Anlage 1. The rate is the one at which the present
// values of all draws and of all payments, fees included, are equal. Floating point is right here and only here: the
// equation has no exact solution, and its result is a rate to show, never an amount to book.
package apr

import (
	"errors"
	"math"

	"zahlziel/cal"
)

// Unit is the period in which a credit is repaid; intervals are counted in whole periods as far as possible.
type Unit int

// The units of Annex III I(c): a year has 12 equal months or 52 weeks.
const (
	Month Unit = iota
	Week
	Year
)

// Span is an interval of time in years: Periods/PerYear + Days/YearDays. A zero divisor stands for a part that is 0;
// negative counts lie before the first draw.
type Span struct{ Periods, PerYear, Days, YearDays int }

// Flow is a sum that changes hands some time after the first draw, in minor units (or any other unit, the same for all).
type Flow struct {
	At    Span
	Minor int64 // at least 0
}

// ErrNoRate means that no annual rate makes draws and payments equal.
var ErrNoRate = errors.New("there is no annual percentage rate for these draws and payments; check that both are there and that something is repaid after the first draw")

// Between measures the interval between two days: whole periods counted back from the later day, then the remaining
// days over the length of the year counted back from where the periods end (Commission SWD(2012)128, 4.1.1). If the
// later day is k months after the earlier by cal.AddMonths, it is exactly k months, so that the ends of months are a
// month apart. A from after to gives the negated interval.
func Between(from, to cal.Day, unit Unit) Span {
	if from > to {
		s := Between(to, from, unit)
		s.Periods, s.Days = -s.Periods, -s.Days
		return s
	}
	perYear, months := 12, 1
	switch unit {
	case Week:
		weeks := int(to-from) / 7
		return remainder(from, to-cal.Day(7*weeks), weeks, 52)
	case Year:
		perYear, months = 1, 12
	}
	y1, m1, _ := from.YMD()
	y2, m2, _ := to.YMD()
	k := ((y2-y1)*12 + int(m2-m1)) / months
	if cal.AddMonths(from, k*months) == to {
		return Span{Periods: k, PerYear: perYear}
	}
	for cal.AddMonths(to, -k*months) < from {
		k--
	}
	return remainder(from, cal.AddMonths(to, -k*months), k, perYear)
}

// remainder adds the days from from to the day up to which whole periods were counted back.
func remainder(from, back cal.Day, periods, perYear int) Span {
	return Span{periods, perYear, int(back - from), int(back - cal.AddMonths(back, -12))}
}

// Years returns the interval as a number of years.
func (s Span) Years() float64 {
	var years float64
	if s.Periods != 0 {
		years = float64(s.Periods) / float64(s.PerYear)
	}
	if s.Days != 0 {
		years += float64(s.Days) / float64(s.YearDays)
	}
	return years
}

// Rate returns the annual percentage rate in hundredths of a percent (12.92 % is 1292), rounded half up as
// PAngV Anlage 1(d) asks for. Fees that are paid on the day of the draw are payments with a zero Span. It returns
// ErrNoRate where the equation has no solution.
func Rate(draws, payments []Flow) (int64, error) {
	exact, err := solve(draws, payments)
	if err != nil {
		return 0, err
	}
	// A millionth of a hundredth makes up for binary fractions just below an exact half.
	hundredths := math.Floor(math.Abs(exact)*10_000 + 0.5 + 1e-6)
	if hundredths > 1<<53 {
		return 0, ErrNoRate
	}
	return int64(math.Copysign(hundredths, exact)), nil
}

// solve finds the rate (1 is 100 % a year) by bisection of the logarithm of 1+rate, which is the force of interest.
func solve(draws, payments []Flow) (float64, error) {
	flows, err := signed(draws, payments)
	if err != nil {
		return 0, err
	}
	atZero := value(flows, 0)
	if atZero == 0 {
		return 0, nil
	}
	// The root is where the present value changes sign. Without interest more is paid than drawn if the value is
	// negative, and the rate is positive; else it is negative.
	direction := math.Copysign(1, -atZero)
	const most = 64 // e^64 a year is more than any rate that can be shown
	far := 1.0 / 64
	for {
		there := value(flows, direction*far) * atZero
		if there <= 0 {
			break
		}
		if far *= 2; far > most || math.IsNaN(there) {
			return 0, ErrNoRate
		}
	}
	near := 0.0
	for {
		middle := (near + far) / 2
		if middle == near || middle == far {
			return math.Expm1(direction * middle), nil
		}
		if value(flows, direction*middle)*atZero > 0 {
			near = middle
		} else {
			far = middle
		}
	}
}

// flow is a draw (positive) or payment (negative) with its time in years.
type flow struct{ amount, years float64 }

func signed(draws, payments []Flow) ([]flow, error) {
	flows := make([]flow, 0, len(draws)+len(payments))
	for i, sign := range []float64{1, -1} {
		var total float64
		for _, f := range [][]Flow{draws, payments}[i] {
			if f.Minor < 0 {
				return nil, errors.New("a draw or payment is negative; give a draw as draw and a payment as payment, both positive")
			}
			total += float64(f.Minor)
			flows = append(flows, flow{sign * float64(f.Minor), f.At.Years()})
		}
		if total == 0 {
			return nil, ErrNoRate
		}
	}
	return flows, nil
}

// value is the present value of all flows at a force of interest.
func value(flows []flow, force float64) float64 {
	var sum float64
	for _, f := range flows {
		sum += f.amount * math.Exp(-force*f.years)
	}
	return sum
}

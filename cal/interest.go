package cal

import (
	"errors"
	"fmt"
	"math/big"
)

// Points above the base rate for default interest, in hundredths of a percent (§ 288(1) and (2) BGB). Contracts from
// before 29 July 2014 between businesses have 800.
const (
	PointsConsumer int64 = 500 // a consumer takes part in the contract
	PointsBusiness int64 = 900 // claims for payment between businesses
)

// Balance is the principal that bears default interest from a day on, until the From of the next Balance. A claim that
// is paused (disputed, deferred) has the balance 0 for that time.
type Balance struct {
	From  Day   // first day that counts
	Minor int64 // minor units, at least 0
}

// InterestSegment is a span of days with one balance, one rate and one length of the year; interest over it is
// Minor * Rate/10000 * Days / YearDays, before rounding.
type InterestSegment struct {
	From, To Day   // both inclusive
	Days     int   //
	Minor    int64 // balance in minor units
	Rate     int64 // base rate plus points, in hundredths of a percent a year
	YearDays int   // 365, or 366 in a leap year
}

// DefaultInterest returns the default interest of § 288 BGB on one principal from the day after due to valueDay
// inclusive, in minor units, and the segments it is made of. due is the last day to pay, already moved by § 193.
// pointsAbove is PointsConsumer or PointsBusiness. See DefaultInterestOn for the convention.
func DefaultInterest(principal int64, due, valueDay Day, pointsAbove int64, rates BaseRates) (int64, []InterestSegment, error) {
	return DefaultInterestOn([]Balance{{due + 1, principal}}, valueDay, pointsAbove, rates)
}

// DefaultInterestOn returns the default interest on a principal that part payments lower, up to valueDay inclusive. A
// payment lowers the balance from the day after its value day.
//
// The convention, as the statute does not fix the day basis: actual days over 365, or 366 for the days of a leap year;
// the base rate of each day; no interest on interest (§ 289 BGB); one rounding of the whole sum, half up. It fails with
// ErrBaseRateUnknown instead of carrying a rate forward.
func DefaultInterestOn(balances []Balance, valueDay Day, pointsAbove int64, rates BaseRates) (int64, []InterestSegment, error) {
	if !valueDay.IsSet() {
		return 0, nil, errors.New("default interest needs a value day; give the day up to which it counts")
	}
	var segments []InterestSegment
	for i, b := range balances {
		to := valueDay
		if i+1 < len(balances) {
			if balances[i+1].From <= b.From {
				return 0, nil, fmt.Errorf("balance from %s follows one from %s; put them in order of days", balances[i+1].From, b.From)
			}
			to = min(to, balances[i+1].From-1)
		}
		if b.Minor < 0 {
			return 0, nil, fmt.Errorf("balance %d from %s is negative; a credit bears no default interest", b.Minor, b.From)
		}
		var err error
		if segments, err = appendSegments(segments, b, to, pointsAbove, rates); err != nil {
			return 0, nil, err
		}
	}
	interest, err := sumSegments(segments)
	return interest, segments, err
}

// appendSegments cuts one balance where the base rate or the length of the year can change.
func appendSegments(segments []InterestSegment, b Balance, to Day, points int64, rates BaseRates) ([]InterestSegment, error) {
	if b.Minor == 0 {
		return segments, nil
	}
	for from := b.From; from <= to; {
		base, err := rates.At(from)
		if err != nil {
			return nil, err
		}
		end := min(to, AddMonths(halfYearStart(from), 6)-1)
		year, _, _ := from.YMD()
		s := InterestSegment{from, end, int(end-from) + 1, b.Minor, base + points, int(Date(year+1, 1, 1) - Date(year, 1, 1))}
		if s.Rate < 0 {
			return nil, fmt.Errorf("default interest rate of %s is negative (%d hundredths of a percent); check the points above the base rate", from, s.Rate)
		}
		if n := len(segments); n > 0 && segments[n-1].continuedBy(s) {
			segments[n-1].To, segments[n-1].Days = s.To, segments[n-1].Days+s.Days
		} else {
			segments = append(segments, s)
		}
		from = end + 1
	}
	return segments, nil
}

func (s InterestSegment) continuedBy(next InterestSegment) bool {
	return s.To+1 == next.From && s.Minor == next.Minor && s.Rate == next.Rate && s.YearDays == next.YearDays
}

// sumSegments adds the segments as one exact fraction and rounds it once, half up.
func sumSegments(segments []InterestSegment) (int64, error) {
	const bothYears = 365 * 366
	sum := new(big.Int)
	for _, s := range segments {
		part := new(big.Int).Mul(big.NewInt(s.Minor), big.NewInt(s.Rate))
		sum.Add(sum, part.Mul(part, big.NewInt(int64(s.Days)*int64(bothYears/s.YearDays))))
	}
	unit := big.NewInt(10_000 * bothYears)
	sum.Add(sum, big.NewInt(10_000*bothYears/2)).Div(sum, unit) // half up, as the sum is never negative
	if !sum.IsInt64() {
		return 0, errors.New("default interest is out of range; use a smaller principal")
	}
	return sum.Int64(), nil
}

// DefaultAfter30Days returns the first day in default by § 286(3) BGB: the day after 30 days from the later of due day
// and receipt of the invoice have passed; if the 30th day is no business day, the next one still is in time (§ 193).
// Against a consumer it holds only if the invoice said so. If one of the days is not set there is NoDay.
func DefaultAfter30Days(due, received Day, c Calendar) Day {
	if !due.IsSet() || !received.IsSet() {
		return NoDay
	}
	return DueDay(max(due, received), 30, c) + 1
}

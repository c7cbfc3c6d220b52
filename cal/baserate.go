package cal

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed base_rates.csv
var baseRatesCSV string

// ErrBaseRateUnknown means that a day lies outside the half-years whose statutory base rate is known. The rate of a
// coming half-year is never guessed from the last one.
var ErrBaseRateUnknown = errors.New("statutory base rate is not known")

// BaseRates is the statutory base rate of § 247 BGB, one rate for every half-year from the first known one on.
// Values are immutable; the zero BaseRates knows nothing.
type BaseRates struct {
	first      Day     // a 1 January or 1 July
	hundredths []int64 // of a percent, by half-year
}

// announced is the table of this release.
var announced = mustBaseRates(baseRatesCSV)

// AnnouncedBaseRates returns the rates that the Bundesbank had announced at the time of this release. Add later ones by
// With.
func AnnouncedBaseRates() BaseRates { return announced }

// At returns the rate of the day in hundredths of a percent (1.52 % is 152; it can be negative), or
// ErrBaseRateUnknown.
func (r BaseRates) At(d Day) (int64, error) {
	i := halfYears(r.first, d)
	switch {
	case len(r.hundredths) == 0:
		return 0, fmt.Errorf("%w: the table is empty", ErrBaseRateUnknown)
	case d < r.first:
		return 0, fmt.Errorf("%w for %s: the table begins on %s", ErrBaseRateUnknown, d, r.first)
	case i >= len(r.hundredths):
		return 0, fmt.Errorf("%w for %s: the table ends on %s; add the rate the Bundesbank announced for the half-year",
			ErrBaseRateUnknown, d, r.KnownUntil())
	}
	return r.hundredths[i], nil
}

// KnownUntil returns the last day whose rate is known, NoDay for an empty table.
func (r BaseRates) KnownUntil() Day {
	if len(r.hundredths) == 0 {
		return NoDay
	}
	return AddMonths(r.first, 6*len(r.hundredths)) - 1
}

// With returns the table with one more half-year, which must begin on the day after KnownUntil (on any 1 January or
// 1 July in an empty table).
func (r BaseRates) With(from Day, hundredths int64) (BaseRates, error) {
	if len(r.hundredths) == 0 {
		r.first = from
	} else if next := r.KnownUntil() + 1; from != next {
		return r, fmt.Errorf("base rate from %s does not continue the table; the next half-year begins on %s", from, next)
	}
	if from != halfYearStart(from) {
		return r, fmt.Errorf("base rate from %s does not begin on a 1 January or 1 July", from)
	}
	r.hundredths = append(slices.Clip(r.hundredths), hundredths)
	return r, nil
}

// halfYearStart returns the 1 January or 1 July on or before d: the days on which the base rate changes.
func halfYearStart(d Day) Day {
	year, month, _ := d.YMD()
	return Date(year, (month-1)/6*6+1, 1)
}

// halfYears counts the half-years from the one that begins on first to the one that holds d.
func halfYears(first, d Day) int {
	y1, m1, _ := first.YMD()
	y2, m2, _ := d.YMD()
	return (y2-y1)*2 + int(m2-1)/6 - int(m1-1)/6
}

// mustBaseRates reads the embedded table; it can only fail by a broken build, which every test would show.
func mustBaseRates(text string) (r BaseRates) {
	file := csv.NewReader(strings.NewReader(text))
	file.Comment = '#'
	rows, err := file.ReadAll()
	if err != nil {
		panic("base_rates.csv: " + err.Error())
	}
	for _, row := range rows[1:] {
		from, err1 := ParseDay(row[0])
		rate, err2 := strconv.ParseInt(row[1], 10, 64)
		next, err3 := r.With(from, rate)
		if err := errors.Join(err1, err2, err3); err != nil {
			panic("base_rates.csv: " + err.Error())
		}
		r = next
	}
	return r
}

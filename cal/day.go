// Package cal holds civil days, bank days, payment terms and the statutory base rate.
//
// A due date is a civil day and never a timestamp. No function here reads a clock.
package cal

import (
	"fmt"
	"time"
)

// Day is a civil day in the proleptic Gregorian calendar, counted from 1970-01-01 (day 0).
// The zero Day is 1970-01-01; use NoDay for "not set".
type Day int32

// NoDay means that no day is set.
const NoDay Day = -1 << 31

// Date returns the day of a year, month (1..12) and day of month; values out of range are normalised as time.Date does.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DayOf returns the civil day of the instant t in the zone loc.
func DayOf(t time.Time, loc *time.Location) Day {
	y, m, d := t.In(loc).Date()
	return Date(y, m, d)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return NoDay, fmt.Errorf("day %q is not YYYY-MM-DD", s)
	}
	return Date(t.Date()), nil
}

// Time returns midnight UTC of the day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// YMD returns year, month and day of month.
func (d Day) YMD() (int, time.Month, int) { return d.Time().Date() }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.Time().Weekday() }

// IsSet reports whether the day is set.
func (d Day) IsSet() bool { return d != NoDay }

// String prints YYYY-MM-DD, or the empty string for NoDay.
func (d Day) String() string {
	if !d.IsSet() {
		return ""
	}
	return d.Time().Format("2006-01-02")
}

// MarshalText and UnmarshalText make a Day read and write as YYYY-MM-DD in JSON; empty text is NoDay.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = NoDay
		return nil
	}
	v, err := ParseDay(string(b))
	if err == nil {
		*d = v
	}
	return err
}

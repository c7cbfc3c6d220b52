package cal

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed holidays.csv
var holidaysCSV string

// Calendar knows the public holidays of a place or payment system. Saturdays and Sundays are never business days.
// The zero Calendar has no holidays, weekends only. Moving NoDay gives NoDay.
type Calendar struct{ *holidays }

// holidays are the rules of one calendar, shared and never changed after the start of the program.
type holidays struct {
	code  string
	rules []holidayRule
}

// holidayRule is one recurring holiday.
type holidayRule struct {
	easter      bool         // offset counts from Easter Sunday
	offset      int          // days from Easter Sunday
	month       time.Month   // of a fixed day, or the first day a moving weekday can be
	day         int          //
	weekday     time.Weekday // for a moving weekday
	moving      bool         // first weekday on or after month and day
	first, last int          // years, both inclusive
	de, en      string
}

// laender are the sixteen Laender by ISO 3166-2.
var laender = strings.Fields("DE-BB DE-BE DE-BW DE-BY DE-HB DE-HE DE-HH DE-MV DE-NI DE-NW DE-RP DE-SH DE-SL DE-SN DE-ST DE-TH")

var calendars = mustCalendars(holidaysCSV)

// Target2 is the calendar of the euro payment system T2: the days on which banks settle euros.
var Target2 = Calendar{calendars["TARGET2"]}

// CalendarOf returns the calendar of a code: a German Land ("DE-BY"), "DE" (only what all Laender share), "AT", "CH",
// "CH-ZH", "SE" or "TARGET2". Holidays of single communities are not in it.
func CalendarOf(code string) (Calendar, error) {
	h, ok := calendars[code]
	if !ok {
		return Calendar{}, fmt.Errorf("calendar %q is not known; use one of %s", code, strings.Join(Codes(), ", "))
	}
	return Calendar{h}, nil
}

// Codes lists the codes of all calendars in order.
func Codes() []string { return slices.Sorted(maps.Keys(calendars)) }

// Code returns the code the calendar was asked for, empty for weekends only.
func (c Calendar) Code() string {
	if c.holidays == nil {
		return ""
	}
	return c.code
}

// IsHoliday reports whether the day is a public holiday, on whatever weekday it falls.
func (c Calendar) IsHoliday(d Day) bool { return c.rule(d) != nil }

// HolidayName returns the name of the public holiday in German (lang "de...") or English, empty if the day is none.
func (c Calendar) HolidayName(d Day, lang string) string {
	r := c.rule(d)
	switch {
	case r == nil:
		return ""
	case isGerman(lang):
		return r.de
	}
	return r.en
}

// IsBusinessDay reports whether the day is neither Saturday, Sunday nor public holiday (§ 193 BGB).
func (c Calendar) IsBusinessDay(d Day) bool {
	wd := d.Weekday()
	return wd != time.Saturday && wd != time.Sunday && !c.IsHoliday(d)
}

// NextBusinessDay returns the first business day after d, never d itself.
func (c Calendar) NextBusinessDay(d Day) Day {
	if !d.IsSet() {
		return NoDay
	}
	return c.MoveDue(d + 1)
}

// PrevBusinessDay returns the last business day before d, never d itself.
func (c Calendar) PrevBusinessDay(d Day) Day {
	if !d.IsSet() {
		return NoDay
	}
	for d--; !c.IsBusinessDay(d); d-- {
	}
	return d
}

// MoveDue returns d if it is a business day and the next one otherwise: § 193 BGB moves the last day of a term that
// way. The calendar is that of the place of performance.
func (c Calendar) MoveDue(d Day) Day {
	for d.IsSet() && !c.IsBusinessDay(d) {
		d++
	}
	return d
}

// AddBankDays returns the n-th business day after d, or before it for a negative n; d itself is never counted, and
// n = 0 gives d unchanged. A Saturday plus one bank day is the Monday.
func (c Calendar) AddBankDays(d Day, n int) Day {
	for ; n > 0; n-- {
		d = c.NextBusinessDay(d)
	}
	for ; n < 0; n++ {
		d = c.PrevBusinessDay(d)
	}
	return d
}

// rule returns the rule that makes the day a holiday.
func (c Calendar) rule(d Day) *holidayRule {
	if c.holidays == nil {
		return nil
	}
	year, month, day := d.YMD()
	easter := Easter(year)
	for i := range c.rules {
		r := &c.rules[i]
		if year >= r.first && year <= r.last && r.falls(d, year, month, day, easter) {
			return r
		}
	}
	return nil
}

func (r *holidayRule) falls(d Day, year int, month time.Month, day int, easter Day) bool {
	switch {
	case r.easter:
		return d == easter+Day(r.offset)
	case r.moving:
		earliest := Date(year, r.month, r.day)
		return d >= earliest && d < earliest+7 && d.Weekday() == r.weekday
	}
	return month == r.month && day == r.day
}

// Easter returns Easter Sunday of a Gregorian year (anonymous algorithm of Nature, 1876).
func Easter(year int) Day {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date(year, time.Month(n/31), n%31+1)
}

// mustCalendars reads the embedded table; it can only fail by a broken build, which every test would show.
func mustCalendars(text string) map[string]*holidays {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic("holidays.csv: " + err.Error())
	}
	all := map[string]*holidays{}
	for _, row := range rows[1:] {
		rule, err := parseHolidayRule(row)
		if err != nil {
			panic("holidays.csv: " + err.Error())
		}
		codes := strings.Fields(row[0])
		if slices.Contains(codes, "DE") {
			codes = append(codes, laender...)
		}
		for _, code := range codes {
			if all[code] == nil {
				all[code] = &holidays{code: code}
			}
			all[code].rules = append(all[code].rules, rule)
		}
	}
	return all
}

func parseHolidayRule(row []string) (r holidayRule, err error) {
	r = holidayRule{first: 1, last: 9999, de: row[4], en: row[5]}
	for _, y := range []struct {
		text string
		into *int
	}{{row[2], &r.first}, {row[3], &r.last}} {
		if y.text == "" {
			continue
		}
		if *y.into, err = strconv.Atoi(y.text); err != nil {
			return r, fmt.Errorf("year %q of %s: %w", y.text, r.en, err)
		}
	}
	text := row[1]
	if offset, ok := strings.CutPrefix(text, "easter"); ok {
		r.easter = true
		r.offset, err = strconv.Atoi(offset)
		return r, err
	}
	if name, day, ok := strings.Cut(text, ">="); ok {
		r.moving, text = true, day
		r.weekday = time.Weekday(slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, name))
		if r.weekday < 0 {
			return r, fmt.Errorf("weekday %q of %s is not known", name, r.en)
		}
	}
	t, err := time.Parse("01-02", text)
	r.month, r.day = t.Month(), t.Day()
	return r, err
}

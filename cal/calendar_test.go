package cal

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHolidaysAgainstTables compares every day of 2020 to 2032 in every calendar with independent tables.
func TestHolidaysAgainstTables(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(shared(t, "data/calc/public_holidays_2020_2032.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[Day]string{}
	for _, row := range rows[1:] {
		code := strings.TrimSuffix(row[0], "/T2")
		if want[code] == nil {
			want[code] = map[Day]string{}
		}
		want[code][day(t, row[1])] = row[3]
	}
	if len(want) != len(Codes()) {
		t.Errorf("tables know %d calendars, the program %d", len(want), len(Codes()))
	}
	for code, days := range want {
		c := calendar(t, code)
		for d := Date(2020, 1, 1); d <= Date(2032, 12, 31); d++ {
			if name, is := days[d]; is != c.IsHoliday(d) {
				t.Errorf("%s %s: table %q, calendar %q", code, d, name, c.HolidayName(d, "de"))
			}
		}
	}
}

func TestHolidaysBeforeTheTables(t *testing.T) {
	for _, c := range []struct {
		code, day string
		holiday   bool
	}{
		{"DE-BY", "2017-10-31", true}, {"DE-BY", "2018-10-31", false}, {"DE-HH", "2016-10-31", false},
		{"DE-HH", "2018-10-31", true}, {"DE-BE", "2018-03-08", false}, {"DE-BE", "2019-03-08", true},
		{"DE-MV", "2022-03-08", false}, {"DE-TH", "2018-09-20", false}, {"DE-TH", "2019-09-20", true},
		{"DE", "1989-10-03", false}, {"DE-BY", "2026-08-08", false},
	} {
		if got := calendar(t, c.code).IsHoliday(day(t, c.day)); got != c.holiday {
			t.Errorf("%s %s: holiday %v, want %v", c.code, c.day, got, c.holiday)
		}
	}
}

func TestHolidayName(t *testing.T) {
	by := calendar(t, "DE-BY")
	if got := by.HolidayName(Date(2026, 10, 3), "de"); got != "Tag der Deutschen Einheit" {
		t.Errorf("got %q", got)
	}
	if got := by.HolidayName(Date(2026, 10, 3), "en"); got != "Day of German Unity" {
		t.Errorf("got %q", got)
	}
	if got := by.HolidayName(Date(2026, 10, 5), "de"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestCalendarOf(t *testing.T) {
	for _, code := range append([]string{"DE", "TARGET2"}, laender...) {
		if c := calendar(t, code); c.Code() != code {
			t.Errorf("%s: code %q", code, c.Code())
		}
	}
	if _, err := CalendarOf("DE-XX"); err == nil || !strings.Contains(err.Error(), "DE-BY") {
		t.Errorf("unknown code: %v", err)
	}
	if !(Calendar{}).IsBusinessDay(Date(2026, 12, 25)) || (Calendar{}).IsBusinessDay(Date(2026, 12, 26)) {
		t.Error("the zero calendar has weekends only")
	}
}

func TestBankDays(t *testing.T) {
	for _, c := range []struct {
		code, from string
		n          int
		want       string
	}{
		{"TARGET2", "2026-12-23", 1, "2026-12-24"}, // Christmas Eve is a bank day
		{"TARGET2", "2026-12-24", 1, "2026-12-28"}, // Friday and Saturday are holidays
		{"TARGET2", "2026-12-23", 3, "2026-12-29"},
		{"TARGET2", "2026-04-02", 1, "2026-04-07"},
		{"TARGET2", "2026-11-22", 0, "2026-11-22"}, // a Sunday stays for n = 0
		{"TARGET2", "2026-11-21", 1, "2026-11-23"},
		{"TARGET2", "2026-12-28", -1, "2026-12-24"},
		{"TARGET2", "2027-01-04", -2, "2026-12-30"},
		{"DE-BY", "2026-01-05", 1, "2026-01-07"},
		{"DE-HH", "2026-01-05", 1, "2026-01-06"},
	} {
		if got := calendar(t, c.code).AddBankDays(day(t, c.from), c.n); got.String() != c.want {
			t.Errorf("%s %s %+d: %s, want %s", c.code, c.from, c.n, got, c.want)
		}
	}
}

func TestBankDaysProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := CalendarOf(rapid.SampledFrom(Codes()).Draw(t, "calendar"))
		d := Day(rapid.IntRange(int(Date(2000, 1, 1)), int(Date(2060, 1, 1))).Draw(t, "day"))
		a, b := rapid.IntRange(0, 30).Draw(t, "a"), rapid.IntRange(0, 30).Draw(t, "b")
		if c.AddBankDays(c.AddBankDays(d, a), b) != c.AddBankDays(d, a+b) {
			t.Fatal("adding in two steps differs")
		}
		moved := c.MoveDue(d)
		if moved < d || !c.IsBusinessDay(moved) || c.MoveDue(moved) != moved {
			t.Fatalf("moved to %s", moved)
		}
		for between := d; between < moved; between++ {
			if c.IsBusinessDay(between) {
				t.Fatalf("jumped over %s", between)
			}
		}
		if c.IsBusinessDay(d) && (c.PrevBusinessDay(c.NextBusinessDay(d)) != d || c.AddBankDays(c.AddBankDays(d, a), -a) != d) {
			t.Fatal("forward and back is not the same day")
		}
	})
}

func TestEaster(t *testing.T) {
	for _, s := range []string{"1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25"} {
		d := day(t, s)
		if year, _, _ := d.YMD(); Easter(year) != d {
			t.Errorf("Easter %d: %s, want %s", year, Easter(year), s)
		}
	}
}

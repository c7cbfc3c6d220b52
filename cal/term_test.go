package cal

import (
	"testing"

	"pgregory.net/rapid"
)

// TestMoveDueVectors: § 193 BGB. The vectors name no Land, so every Land must agree.
func TestMoveDueVectors(t *testing.T) {
	var cases [][2]string
	vectors(t, "due_date_193", &cases)
	for _, code := range append([]string{"DE"}, laender...) {
		for _, c := range cases {
			if got := calendar(t, code).MoveDue(day(t, c[0])); got.String() != c[1] {
				t.Errorf("%s: %s moves to %s, want %s", code, c[0], got, c[1])
			}
		}
	}
}

func TestDueDay(t *testing.T) {
	for _, c := range []struct {
		code, start string
		days        int
		want        string
	}{
		{"DE-BY", "2026-11-22", 14, "2026-12-07"}, // 6 December is a Sunday
		{"DE-BY", "2026-11-18", 14, "2026-12-02"},
		{"DE-BY", "2026-12-07", 30, "2027-01-07"}, // Epiphany in Bavaria
		{"DE-HH", "2026-12-07", 30, "2027-01-06"},
		{"DE-SN", "2026-11-04", 14, "2026-11-19"}, // Buß- und Bettag
		{"DE", "2026-11-23", 0, "2026-11-23"},
	} {
		if got := DueDay(day(t, c.start), c.days, calendar(t, c.code)); got.String() != c.want {
			t.Errorf("%s %s + %d: %s, want %s", c.code, c.start, c.days, got, c.want)
		}
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2028-01-31", 1, "2028-02-29"}, {"2026-01-31", 2, "2026-03-31"},
		{"2026-11-30", 3, "2027-02-28"}, {"2026-12-15", 1, "2027-01-15"}, {"2026-03-31", -1, "2026-02-28"},
		{"2026-01-15", -13, "2024-12-15"}, {"2024-02-29", 12, "2025-02-28"}, {"2024-02-29", 48, "2028-02-29"},
		{"2026-05-31", 0, "2026-05-31"}, {"1969-12-31", 2, "1970-02-28"},
	} {
		if got := AddMonths(day(t, c.from), c.months); got.String() != c.want {
			t.Errorf("%s %+d months: %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		born, day string
		years     int
	}{
		{"1990-05-05", "2026-11-22", 36}, {"2008-11-22", "2026-11-21", 17}, {"2008-11-22", "2026-11-22", 18},
		{"2008-02-29", "2026-02-28", 17}, {"2008-02-29", "2026-03-01", 18}, // no leap year
		{"2008-02-29", "2028-02-28", 19}, {"2008-02-29", "2028-02-29", 20}, // leap year
		{"2008-03-01", "2026-02-28", 17}, {"2008-03-01", "2026-03-01", 18},
		{"2008-02-28", "2026-02-28", 18}, {"2026-11-22", "2026-11-22", 0}, {"2026-11-23", "2026-11-22", -1},
	} {
		if got := FullYears(day(t, c.born), day(t, c.day)); got != c.years {
			t.Errorf("born %s on %s: %d years, want %d", c.born, c.day, got, c.years)
		}
	}
	if got := Birthday(Date(2008, 2, 29), 18); got != Date(2026, 3, 1) {
		t.Errorf("18th birthday %s", got)
	}
}

func TestAgeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		born := Day(rapid.IntRange(int(Date(1900, 1, 1)), int(Date(2030, 1, 1))).Draw(t, "born"))
		age := rapid.IntRange(0, 120).Draw(t, "age")
		b := Birthday(born, age)
		if FullYears(born, b) != age || FullYears(born, b-1) != age-1 {
			t.Fatalf("birthday %s is not the first day of age %d", b, age)
		}
		months := rapid.IntRange(-500, 500).Draw(t, "months")
		y, m, d := born.YMD()
		y2, m2, d2 := AddMonths(born, months).YMD()
		if (y2-y)*12+int(m2-m) != months || d2 > d {
			t.Fatalf("%s %+d months is %04d-%02d-%02d", born, months, y2, m2, d2)
		}
	})
}

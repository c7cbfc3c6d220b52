package cal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// hundredths reads a decimal with two places as an integer: "1.52" is 152.
func hundredths(t *testing.T, text string) int64 {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() {
		t.Fatalf("%q has more than two decimals", text)
	}
	return r.Num().Int64()
}

func TestBaseRateVectors(t *testing.T) {
	var changes [][2]string
	vectors(t, "base_rate", &changes)
	for i, c := range changes {
		end := announced.KnownUntil()
		if i+1 < len(changes) {
			end = day(t, changes[i+1][0]) - 1
		}
		for d := day(t, c[0]); d <= end; d++ {
			if got, err := announced.At(d); err != nil || got != hundredths(t, c[1]) {
				t.Fatalf("%s: %d, %v; want %s", d, got, err, c[1])
			}
		}
	}
}

func TestBaseRateTable(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(shared(t, "data/calc/basiszinssatz_bgb247.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		base, err := announced.At(day(t, row[0]))
		if err != nil || base != hundredths(t, row[1]) || base+PointsConsumer != hundredths(t, row[2]) {
			t.Errorf("%s: %d, %v; want %s", row[0], base, err, row[1])
		}
		points := PointsBusiness
		if row[0] < "2014-07-29" { // 8 points until then
			points = 800
		}
		if base+points != hundredths(t, row[3]) {
			t.Errorf("%s: business rate %d, want %s", row[0], base+points, row[3])
		}
	}
	if want := AddMonths(day(t, rows[len(rows)-1][0]), 6) - 1; announced.KnownUntil() != want {
		t.Errorf("known until %s, want %s", announced.KnownUntil(), want)
	}
}

func TestBaseRateRefusesToGuess(t *testing.T) {
	rates := AnnouncedBaseRates()
	for _, d := range []Day{Date(2001, 12, 31), rates.KnownUntil() + 1, Date(2040, 1, 1)} {
		if got, err := rates.At(d); !errors.Is(err, ErrBaseRateUnknown) {
			t.Errorf("%s: %d, %v", d, got, err)
		}
	}
	if _, err := (BaseRates{}).At(0); !errors.Is(err, ErrBaseRateUnknown) || (BaseRates{}).KnownUntil() != NoDay {
		t.Errorf("the empty table answers: %v", err)
	}
	end := rates.KnownUntil()
	if _, _, err := DefaultInterest(10000, end-1, end+1, PointsConsumer, rates); !errors.Is(err, ErrBaseRateUnknown) {
		t.Errorf("interest beyond the table: %v", err)
	}
	if _, _, err := DefaultInterest(10000, end-1, end, PointsConsumer, rates); err != nil {
		t.Errorf("interest to the end of the table: %v", err)
	}
}

func TestBaseRateWith(t *testing.T) {
	rates := AnnouncedBaseRates()
	next := rates.KnownUntil() + 1
	for _, from := range []Day{next - 1, next + 1, AddMonths(next, 6), AddMonths(next, -6)} {
		if _, err := rates.With(from, 177); err == nil {
			t.Errorf("a rate from %s is accepted", from)
		}
	}
	longer, err := rates.With(next, -25)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := longer.At(next + 180); err != nil || got != -25 {
		t.Errorf("new rate %d, %v", got, err)
	}
	if _, err := rates.At(next); err == nil {
		t.Error("the old table changed")
	}
	if _, err := (BaseRates{}).With(Date(2027, 2, 1), 1); err == nil {
		t.Error("a table that begins in February is accepted")
	}
}

func TestDefaultInterestVectors(t *testing.T) {
	var cases []struct {
		ID, Principal, Due, Interest, Segments string
		ValueDate                              string `json:"value_date"`
		PP                                     int64
	}
	vectors(t, "default_interest", &cases)
	for _, c := range cases {
		got, segments, err := DefaultInterest(hundredths(t, c.Principal), day(t, c.Due), day(t, c.ValueDate), c.PP*100, announced)
		if err != nil || got != hundredths(t, c.Interest) {
			t.Errorf("%s: %d, %v; want %s", c.ID, got, err, c.Interest)
		}
		want := strings.TrimSuffix(c.Segments, " (+40.00 flat)")
		if text := describe(want, segments); text != want {
			t.Errorf("%s: segments %s, want %s", c.ID, text, want)
		}
	}
}

// describe prints segments in as much detail as the expected text has.
func describe(want string, segments []InterestSegment) string {
	if !strings.Contains(want, "@") {
		days := 0
		for _, s := range segments {
			days += s.Days
		}
		return fmt.Sprintf("%dd", days)
	}
	var parts []string
	for i, w := range strings.Split(want, "+") {
		if i >= len(segments) {
			break
		}
		s := segments[i]
		part := fmt.Sprintf("%dd@%d.%02d", s.Days, s.Rate/100, s.Rate%100)
		if strings.Contains(w, "/") {
			part += fmt.Sprintf("/%d", s.YearDays)
		}
		parts = append(parts, part)
	}
	if len(segments) > len(parts) {
		parts = append(parts, "more")
	}
	return strings.Join(parts, "+")
}

func TestDefaultInterestOn(t *testing.T) {
	// 200.00 due 31 August; 100.00 paid with value day 10 September; paused from 16 to 20 September.
	balances := []Balance{{Date(2026, 9, 1), 20000}, {Date(2026, 9, 11), 10000}, {Date(2026, 9, 16), 0}, {Date(2026, 9, 21), 10000}}
	got, segments, err := DefaultInterestOn(balances, Date(2026, 10, 1), PointsConsumer, announced)
	// (200*10 + 100*5 + 100*11) * 6.52 % / 365 = 0.643...
	if err != nil || got != 64 || len(segments) != 3 || segments[2].From != Date(2026, 9, 21) || segments[2].Days != 11 {
		t.Errorf("%d, %v, %+v", got, err, segments)
	}
	for name, bad := range map[string][]Balance{
		"order":    {{Date(2026, 9, 2), 1}, {Date(2026, 9, 1), 1}},
		"negative": {{Date(2026, 9, 1), -1}},
	} {
		if _, _, err := DefaultInterestOn(bad, Date(2026, 9, 30), PointsConsumer, announced); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, _, err := DefaultInterest(100, Date(2026, 8, 31), Date(2026, 9, 30), -200, announced); err == nil {
		t.Error("a negative rate is accepted")
	}
	if got, _, err := DefaultInterest(math.MaxInt64, Date(2002, 1, 1), Date(2026, 12, 31), 900, announced); err == nil {
		t.Errorf("interest out of range is %d", got)
	}
}

// TestDefaultInterestDayByDay compares with the definition: every day's exact fraction, added and rounded once.
func TestDefaultInterestDayByDay(t *testing.T) {
	first, last := int(Date(2002, 1, 1)), int(announced.KnownUntil())
	rapid.Check(t, func(t *rapid.T) {
		principal := rapid.Int64Range(0, 1e10).Draw(t, "principal")
		due := Day(rapid.IntRange(first, last).Draw(t, "due"))
		value := Day(rapid.IntRange(max(first, int(due)-3), min(last, int(due)+1500)).Draw(t, "value day"))
		got, segments, err := DefaultInterest(principal, due, value, PointsConsumer, announced)
		if err != nil {
			t.Fatal(err)
		}
		exact, days := new(big.Rat), 0
		for d := due + 1; d <= value; d++ {
			base, _ := announced.At(d)
			year, _, _ := d.YMD()
			exact.Add(exact, new(big.Rat).SetFrac(
				new(big.Int).Mul(big.NewInt(principal), big.NewInt(base+500)), big.NewInt(int64(10000*Date(year, 12, 31).Time().YearDay()))))
			days++
		}
		diff := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(got)) // half up: -1/2 <= exact-got < 1/2, upper end rounds up
		if diff.Cmp(big.NewRat(-1, 2)) < 0 || diff.Cmp(big.NewRat(1, 2)) >= 0 {
			t.Fatalf("interest %d, exact %s", got, exact.FloatString(6))
		}
		for _, s := range segments {
			days -= s.Days
		}
		if principal > 0 && days != 0 {
			t.Fatalf("segments miss %d days", days)
		}
	})
}

func TestDefaultAfter30Days(t *testing.T) {
	by := calendar(t, "DE-BY")
	for _, c := range []struct{ due, received, want string }{
		{"2026-11-02", "2026-11-02", "2026-12-03"},
		{"2026-10-20", "2026-11-02", "2026-12-03"},
		{"2026-11-02", "2026-10-20", "2026-12-03"},
		{"2026-11-05", "2026-11-05", "2026-12-08"}, // the 30th day, 5 December, is a Saturday
	} {
		if got := DefaultAfter30Days(day(t, c.due), day(t, c.received), by); got.String() != c.want {
			t.Errorf("due %s, received %s: default from %s, want %s", c.due, c.received, got, c.want)
		}
	}
}

package cal

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDayOf(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 22, 22, 59, 59, 0, time.UTC), "2026-11-22"},
		{time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), "2026-11-23"}, // midnight in winter
		{time.Date(2026, 7, 31, 21, 59, 0, 0, time.UTC), "2026-07-31"},
		{time.Date(2026, 7, 31, 22, 0, 0, 0, time.UTC), "2026-08-01"}, // midnight in summer
	} {
		if got := DayOf(c.at, berlin); got.String() != c.want {
			t.Errorf("%s is %s in Berlin, want %s", c.at, got, c.want)
		}
	}
}

func TestDayText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.IntRange(int(Date(1, 1, 1)), int(Date(9999, 12, 31))).Draw(t, "day"))
		if again, err := ParseDay(d.String()); err != nil || again != d {
			t.Fatalf("%s is read as %s, %v", d, again, err)
		}
		b, _ := json.Marshal(d)
		var again Day
		if err := json.Unmarshal(b, &again); err != nil || again != d {
			t.Fatalf("%s is read as %s, %v", b, again, err)
		}
	})
	for _, s := range []string{"", "2026-2-3", "2026-02-29", "22.11.2026", "2026-11-22T00:00:00Z", "2026-13-01"} {
		if d, err := ParseDay(s); err == nil || d != NoDay {
			t.Errorf("%q is read as %s", s, d)
		}
	}
	var d Day
	if err := json.Unmarshal([]byte(`""`), &d); err != nil || d.IsSet() || d.String() != "" {
		t.Errorf("empty text is %s, %v", d, err)
	}
	if err := json.Unmarshal([]byte(`"x"`), &d); err == nil {
		t.Error("a word is read as a day")
	}
}

// TestNoDayStaysNoDay: arithmetic never turns "not set" into a date, and an unknown age is not of age.
func TestNoDayStaysNoDay(t *testing.T) {
	c := Target2
	for name, d := range map[string]Day{
		"move": c.MoveDue(NoDay), "next": c.NextBusinessDay(NoDay), "previous": c.PrevBusinessDay(NoDay),
		"bank days": c.AddBankDays(NoDay, 3), "bank days back": c.AddBankDays(NoDay, -3), "due": DueDay(NoDay, 14, c),
		"months": AddMonths(NoDay, 2), "birthday": Birthday(NoDay, 18),
		"default": DefaultAfter30Days(Date(2026, 1, 1), NoDay, c), "default without due": DefaultAfter30Days(NoDay, Date(2026, 1, 1), c),
	} {
		if d.IsSet() {
			t.Errorf("%s makes %d of it", name, d)
		}
	}
	if a, b := FullYears(NoDay, Date(2026, 1, 1)), FullYears(Date(1990, 1, 1), NoDay); a != -1 || b != -1 {
		t.Errorf("unknown ages are %d and %d", a, b)
	}
	if _, _, err := DefaultInterest(100, NoDay, Date(2026, 9, 1), PointsConsumer, announced); err == nil {
		t.Error("interest without a due day")
	}
	if _, _, err := DefaultInterest(100, Date(2026, 8, 1), NoDay, PointsConsumer, announced); err == nil {
		t.Error("interest without a value day")
	}
}

// TestTablesRefuseMistakes: a mistake in an embedded table stops the program at its start and says where it is.
func TestTablesRefuseMistakes(t *testing.T) {
	for name, load := range map[string]func(){
		"csv":     func() { mustCalendars("a,b\nc") },
		"year":    func() { mustCalendars("h,h,h,h,h,h,h\nDE,01-01,x,,a,b,c") },
		"weekday": func() { mustCalendars("h,h,h,h,h,h,h\nDE,xxx>=01-01,,,a,b,c") },
		"date":    func() { mustCalendars("h,h,h,h,h,h,h\nDE,13-01,,,a,b,c") },
		"easter":  func() { mustCalendars("h,h,h,h,h,h,h\nDE,easter,,,a,b,c") },
		"rates":   func() { mustBaseRates("a,b\nc") },
		"gap":     func() { mustBaseRates("from,hundredths\n2002-01-01,1\n2003-01-01,1") },
		"rate":    func() { mustBaseRates("from,hundredths\n2002-01-01,1.5") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the mistake is accepted", name)
				}
			}()
			load()
		}()
	}
}

func BenchmarkMoveDue(b *testing.B) {
	c, _ := CalendarOf("DE-BY")
	for i := range b.N {
		c.MoveDue(Day(20000 + i%3650))
	}
}

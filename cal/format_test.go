package cal

import "testing"

func TestFormatDays(t *testing.T) {
	today := Date(2026, 11, 22)
	for _, c := range []struct {
		day                                              Day
		longDE, longEN, shortDE, shortEN, fromDE, fromEN string
	}{
		{Date(2026, 12, 3), "3. Dezember 2026", "3 December 2026", "Do., 3. 12.", "Thu 3 Dec", "in 11 Tagen", "in 11 days"},
		{Date(2026, 11, 22), "22. November 2026", "22 November 2026", "So., 22. 11.", "Sun 22 Nov", "heute", "today"},
		{Date(2026, 11, 23), "23. November 2026", "23 November 2026", "Mo., 23. 11.", "Mon 23 Nov", "morgen", "tomorrow"},
		{Date(2026, 11, 21), "21. November 2026", "21 November 2026", "Sa., 21. 11.", "Sat 21 Nov", "gestern", "yesterday"},
		{Date(2026, 11, 19), "19. November 2026", "19 November 2026", "Do., 19. 11.", "Thu 19 Nov", "vor 3 Tagen", "3 days ago"},
		{Date(2027, 3, 1), "1. März 2027", "1 March 2027", "Mo., 1. 3.", "Mon 1 Mar", "in 99 Tagen", "in 99 days"},
		{NoDay, "", "", "", "", "", ""},
	} {
		for _, got := range [][2]string{
			{FormatLong(c.day, "de"), c.longDE}, {FormatLong(c.day, "en"), c.longEN},
			{FormatShort(c.day, "de-DE"), c.shortDE}, {FormatShort(c.day, "en-GB"), c.shortEN},
			{FormatRelative(c.day, today, "de"), c.fromDE}, {FormatRelative(c.day, today, "en"), c.fromEN},
		} {
			if got[0] != got[1] {
				t.Errorf("%s: %q, want %q", c.day, got[0], got[1])
			}
		}
	}
	if FormatWeekday(Date(2026, 12, 3), "de") != "Donnerstag" || FormatWeekday(Date(2026, 12, 3), "en") != "Thursday" || FormatWeekday(NoDay, "de") != "" {
		t.Error("weekday names")
	}
}

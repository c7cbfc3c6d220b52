package cal

import (
	"fmt"
	"strings"
)

var (
	monthsDE   = [...]string{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}
	weekdaysDE = [...]string{"So.", "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa."}
)

// isGerman reports whether a BCP 47 tag is German.
func isGerman(lang string) bool {
	return lang == "de" || strings.HasPrefix(lang, "de-") || strings.HasPrefix(lang, "de_")
}

// FormatLong prints a day for a sentence: "3. Dezember 2026" in German (lang "de..."), else "3 December 2026".
// NoDay prints as the empty string.
func FormatLong(d Day, lang string) string {
	if !d.IsSet() {
		return ""
	}
	year, month, day := d.YMD()
	if isGerman(lang) {
		return fmt.Sprintf("%d. %s %d", day, monthsDE[month-1], year)
	}
	return fmt.Sprintf("%d %s %d", day, month, year)
}

// FormatShort prints a day without its year for a list: "Mo., 3. 12." in German, else "Mon 3 Dec".
// NoDay prints as the empty string.
func FormatShort(d Day, lang string) string {
	if !d.IsSet() {
		return ""
	}
	_, month, day := d.YMD()
	if isGerman(lang) {
		return fmt.Sprintf("%s, %d. %d.", weekdaysDE[d.Weekday()], day, month)
	}
	return fmt.Sprintf("%s %d %s", d.Weekday().String()[:3], day, month.String()[:3])
}

// FormatRelative says how far a day is from today: "heute", "morgen", "gestern", "in 11 Tagen", "vor 3 Tagen" in
// German, else "today", "tomorrow", "yesterday", "in 11 days", "3 days ago". NoDay prints as the empty string.
func FormatRelative(d, today Day, lang string) string {
	if !d.IsSet() {
		return ""
	}
	n := int64(d) - int64(today)
	words, ahead, back := map[int64]string{-1: "yesterday", 0: "today", 1: "tomorrow"}, "in %d days", "%d days ago"
	if isGerman(lang) {
		words, ahead, back = map[int64]string{-1: "gestern", 0: "heute", 1: "morgen"}, "in %d Tagen", "vor %d Tagen"
	}
	switch word, near := words[n]; {
	case near:
		return word
	case n < 0:
		return fmt.Sprintf(back, -n)
	}
	return fmt.Sprintf(ahead, n)
}

// FormatWeekday prints the full name of the weekday: "Donnerstag", "Thursday".
func FormatWeekday(d Day, lang string) string {
	if !d.IsSet() {
		return ""
	}
	if isGerman(lang) {
		return [...]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"}[d.Weekday()]
	}
	return d.Weekday().String()
}

package money

import (
	"strconv"
	"strings"
)

const (
	nbsp  = "\u00a0" // keeps amount and unit on one line
	minus = "\u2212" // the real minus sign, as wide as a plus
)

// Exponent returns how many decimals the currency has (ISO 4217 minor unit): 2 for EUR, 0 for JPY, 3 for KWD.
// A code that is not one of the exceptions of ISO 4217 has 2.
func Exponent(cur Currency) int {
	switch cur {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}

// Symbol returns the sign that people know for the currency, or its code where the sign is shared by several.
func Symbol(cur Currency) string {
	switch cur {
	case EUR:
		return "€"
	case GBP:
		return "£"
	case USD:
		return "$"
	}
	return string(cur)
}

// Format prints an amount for people. German (lang "de" or "de-...") gives "1.234,56 €" with a no-break space, every
// other language the English "€1,234.56"; a code instead of a sign is set apart ("CHF 84.40"). The minus is U+2212.
func Format(minor int64, cur Currency, lang string) string {
	sign, whole, part := digits(minor, Exponent(cur))
	if minor < 0 {
		sign = minus
	}
	if isGerman(lang) {
		return sign + group(whole, ".") + fraction(part, ",") + nbsp + Symbol(cur)
	}
	unit := Symbol(cur)
	if unit == string(cur) {
		unit += nbsp
	}
	return sign + unit + group(whole, ",") + fraction(part, ".")
}

// FormatPlain prints an amount for machines: "84.40", "-0.05"; no grouping, no unit, ASCII only, always all decimals.
func FormatPlain(minor int64, cur Currency) string {
	sign, whole, part := digits(minor, Exponent(cur))
	return sign + whole + fraction(part, ".")
}

// isGerman reports whether a BCP 47 tag is German.
func isGerman(lang string) bool {
	return lang == "de" || strings.HasPrefix(lang, "de-") || strings.HasPrefix(lang, "de_")
}

// digits splits an amount into an ASCII sign, whole units and exactly exp decimals.
func digits(minor int64, exp int) (sign, whole, part string) {
	if minor < 0 {
		sign = "-"
	}
	s := strconv.FormatUint(magnitude(minor), 10)
	if missing := exp + 1 - len(s); missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	return sign, s[:len(s)-exp], s[len(s)-exp:]
}

// fraction joins the decimals with their separator; a currency without decimals gets neither.
func fraction(part, separator string) string {
	if part == "" {
		return ""
	}
	return separator + part
}

// group puts the separator between groups of three digits.
func group(whole, separator string) string {
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(c)
	}
	return b.String()
}

// magnitude is the absolute value, right for math.MinInt64 too.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

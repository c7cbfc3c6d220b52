package money

import (
	"math"
	"testing"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		minor  int64
		cur    Currency
		de, en string
		plain  string
	}{
		{8440, EUR, "84,40\u00a0€", "€84.40", "84.40"},
		{123456, EUR, "1.234,56\u00a0€", "€1,234.56", "1234.56"},
		{0, EUR, "0,00\u00a0€", "€0.00", "0.00"},
		{5, EUR, "0,05\u00a0€", "€0.05", "0.05"},
		{-5, EUR, "\u22120,05\u00a0€", "\u2212€0.05", "-0.05"},
		{-100000000, EUR, "\u22121.000.000,00\u00a0€", "\u2212€1,000,000.00", "-1000000.00"},
		{99999, EUR, "999,99\u00a0€", "€999.99", "999.99"},
		{8440, CHF, "84,40\u00a0CHF", "CHF\u00a084.40", "84.40"},
		{8440, SEK, "84,40\u00a0SEK", "SEK\u00a084.40", "84.40"},
		{8440, GBP, "84,40\u00a0£", "£84.40", "84.40"},
		{8440, "JPY", "8.440\u00a0JPY", "JPY\u00a08,440", "8440"},
		{8440, "KWD", "8,440\u00a0KWD", "KWD\u00a08.440", "8.440"},
		{math.MaxInt64, EUR, "92.233.720.368.547.758,07\u00a0€", "€92,233,720,368,547,758.07", "92233720368547758.07"},
		{math.MinInt64, EUR, "\u221292.233.720.368.547.758,08\u00a0€", "\u2212€92,233,720,368,547,758.08", "-92233720368547758.08"},
	} {
		if got := Format(c.minor, c.cur, "de"); got != c.de {
			t.Errorf("Format(%d, %s, de) = %q, want %q", c.minor, c.cur, got, c.de)
		}
		if got := Format(c.minor, c.cur, "de-AT"); got != c.de {
			t.Errorf("Format(%d, %s, de-AT) = %q, want %q", c.minor, c.cur, got, c.de)
		}
		if got := Format(c.minor, c.cur, "en"); got != c.en {
			t.Errorf("Format(%d, %s, en) = %q, want %q", c.minor, c.cur, got, c.en)
		}
		if got := FormatPlain(c.minor, c.cur); got != c.plain {
			t.Errorf("FormatPlain(%d, %s) = %q, want %q", c.minor, c.cur, got, c.plain)
		}
	}
}

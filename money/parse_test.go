package money

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		cur  Currency
		want int64
	}{
		{"84,40", EUR, 8440}, {"84.40", EUR, 8440}, {"84", EUR, 8400}, {"84,4", EUR, 8440}, {"0", EUR, 0},
		{"1.234,56 €", EUR, 123456}, {"1.234,56\u00a0€", EUR, 123456}, {"1,234.56", EUR, 123456}, {"€1,234.56", EUR, 123456},
		{"1.234", EUR, 123400}, {"1,234", EUR, 123400}, {"12.345.678", EUR, 1234567800}, {"1.234.567,8", EUR, 123456780},
		{"1 234,56", EUR, 123456}, {"1\u202f234,56", EUR, 123456}, {"1'234.50", CHF, 123450}, {"1’234.50 CHF", CHF, 123450},
		{"1'234", CHF, 123400}, {"1 234 567", SEK, 123456700},
		{"EUR 5", EUR, 500}, {"5 eur", EUR, 500}, {"5 Euro", EUR, 500}, {"€ 5", EUR, 500}, {"5€", EUR, 500},
		{"12,-", EUR, 1200}, {"12,– €", EUR, 1200}, {"12,-- EUR", EUR, 1200}, {",50", EUR, 50}, {".5", EUR, 50},
		{"-5", EUR, -500}, {"\u22125,00\u00a0€", EUR, -500}, {"€ -5", EUR, -500}, {"- 5", EUR, -500}, {"-12,-", EUR, -1200},
		{"  7,00  ", EUR, 700}, {"007,00", EUR, 700}, {"1,234", "JPY", 1234}, {"1.234", "KWD", 1234}, {"$3.50", USD, 350},
		{"92233720368547758,07", EUR, math.MaxInt64}, {"-92233720368547758,08", EUR, math.MinInt64},
	} {
		got, err := Parse(c.text, c.cur)
		if err != nil || got != c.want {
			t.Errorf("Parse(%q, %s) = %d, %v; want %d", c.text, c.cur, got, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"", "no amount"}, {"  ", "no amount"}, {"€", "no amount"}, {"-", "no amount"},
		{"abc", "other than digits"}, {"12a", "other than digits"}, {"1e5", "other than digits"}, {"5-", "other than digits"},
		{"--5", "other than digits"}, {"- € -5", "other than digits"}, {"٣", "other than digits"},
		{"12,345 6", "groups of three"}, {"84,", "nothing follows"}, {"1,2345", "2 decimals"}, {"1.234,567", "2 decimals"},
		{"0.123", "groups of three"}, {"1234.567", "groups of three"}, {"12.34.567", "groups of three"}, {"1,23,456", "groups of three"},
		{"1.234.56", "groups of three"}, {"1,234,567.891.234", "groups of three"}, {"1'2345", "groups of three"}, {"'5", "groups of three"},
		{"1 2", "groups of three"}, {"1'234,567.00", "groups of three"},
		{"5 $", "not in EUR"}, {"CHF 5", "not in EUR"}, {"5 € €", "not in EUR"},
		{"92233720368547758,08", "out of range"}, {"99999999999999999999999999", "out of range"},
	} {
		got, err := Parse(c.text, EUR)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Parse(%q) = %d, %v; want an error that says %q", c.text, got, err, c.says)
		}
	}
	if _, err := Parse("1,5", "JPY"); err == nil {
		t.Error("yen have no decimals")
	}
	if _, err := Parse("99999999999999999999", EUR); !errors.Is(err, ErrOverflow) {
		t.Errorf("overflow is not ErrOverflow: %v", err)
	}
}

func TestParsePlain(t *testing.T) {
	for text, want := range map[string]int64{"84.40": 8440, "84": 8400, "84.4": 8440, "84.40000": 8440, "-0.05": -5, "0": 0, "007.10": 710} {
		if got, err := ParsePlain(text, EUR); err != nil || got != want {
			t.Errorf("ParsePlain(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", "84,40", "84.", ".5", "+5", "1 000", "84.401", "1.2.3", "--1", "5-", "1e3", "92233720368547758.08", "NaN"} {
		if got, err := ParsePlain(text, EUR); err == nil {
			t.Errorf("ParsePlain(%q) = %d, want an error", text, got)
		}
	}
}

func TestParseReadsWhatFormatPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64().Draw(t, "minor")
		cur := rapid.SampledFrom([]Currency{EUR, CHF, SEK, USD, GBP, "JPY", "KWD", "CLF", "XYZ"}).Draw(t, "currency")
		for _, text := range []string{Format(v, cur, "de"), Format(v, cur, "en"), FormatPlain(v, cur)} {
			if got, err := Parse(text, cur); err != nil || got != v {
				t.Fatalf("Parse(%q) = %d, %v; want %d", text, got, err, v)
			}
		}
		if got, err := ParsePlain(FormatPlain(v, cur), cur); err != nil || got != v {
			t.Fatalf("ParsePlain = %d, %v; want %d", got, err, v)
		}
	})
}

// FuzzParse: whatever is typed, Parse neither panics nor returns an amount that does not survive being printed.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"84,40", "1.234,56 €", "€1,234.56", "12,-", "'", ",", "-", "1,2,3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text, EUR)
		if err != nil {
			return
		}
		if again, err := Parse(Format(v, EUR, "de"), EUR); err != nil || again != v {
			t.Fatalf("%q is %d, printed and read again %d, %v", text, v, again, err)
		}
	})
}

func TestParseCurrency(t *testing.T) {
	if c, err := ParseCurrency("eur"); err != nil || c != EUR {
		t.Errorf("got %q, %v", c, err)
	}
	for _, s := range []string{"", "EU", "EURO", "E1R", "€"} {
		if _, err := ParseCurrency(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

package bankfile

import (
	"fmt"
	"math"
	"strings"

	"zahlziel/money"
)

// minorDigits lists the currencies of ISO 4217 whose minor unit is not a hundredth.
var minorDigits = map[money.Currency]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// digitsOf returns how many decimals a currency has.
func digitsOf(c money.Currency) int {
	if d, ok := minorDigits[c]; ok {
		return d
	}
	return 2
}

// parseCurrency checks the shape of an ISO 4217 code.
func parseCurrency(s string) (money.Currency, error) {
	if len(s) != 3 {
		return "", fmt.Errorf("%s is not a currency code of three letters", quote(s))
	}
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return "", fmt.Errorf("%s is not a currency code of three letters", quote(s))
		}
	}
	return money.Currency(s), nil
}

// parseAmount reads an amount as ISO 20022 writes it (digits, at most one point, no sign) into
// minor units. Decimals beyond the minor unit must be zeros: 8.850 EUR is 885, 8.855 EUR is an error.
func parseAmount(s string, c money.Currency) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole+frac == "" || !allDigits(whole) || !allDigits(frac) {
		return 0, fmt.Errorf("%s is not a decimal amount", quote(s))
	}
	digits := digitsOf(c)
	if len(frac) > digits {
		if strings.Trim(frac[digits:], "0") != "" {
			return 0, fmt.Errorf("%s has more decimals than %s has", quote(s), c)
		}
		frac = frac[:digits]
	}
	var n int64
	for _, r := range whole + frac + strings.Repeat("0", digits-len(frac)) {
		d := int64(r - '0')
		if n > (math.MaxInt64-d)/10 {
			return 0, fmt.Errorf("%s is larger than any amount this program handles", quote(s))
		}
		n = n*10 + d
	}
	return n, nil
}

// formatAmount is the inverse of parseAmount for amounts that are not negative.
func formatAmount(minor int64, c money.Currency) string {
	digits := digitsOf(c)
	s := fmt.Sprintf("%0*d", digits+1, minor)
	if digits == 0 {
		return s
	}
	return s[:len(s)-digits] + "." + s[len(s)-digits:]
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// addTo adds b to *sum and reports false on overflow.
func addTo(sum *int64, b int64) bool {
	s := *sum + b
	if (s > *sum) != (b > 0) && b != 0 {
		return false
	}
	*sum = s
	return true
}

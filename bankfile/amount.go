package bankfile

import (
	"errors"
	"fmt"
	"strings"

	"zahlziel/money"
)

// parseCurrency checks the shape of an ISO 4217 code; a file must write it in capitals.
func parseCurrency(s string) (money.Currency, error) {
	c, err := money.ParseCurrency(s)
	if err != nil || string(c) != s {
		return "", fmt.Errorf("%s is not a currency code of three capitals", quote(s))
	}
	return c, nil
}

// parseAmount reads an amount as ISO 20022 writes it (digits, at most one point, no sign) into
// minor units. Decimals beyond the minor unit must be zeros: 8.850 EUR is 885, 8.855 EUR is an error.
func parseAmount(s string, c money.Currency) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole+frac == "" || len(s) > 64 || !allDigits(whole) || !allDigits(frac) {
		return 0, fmt.Errorf("%s is not a decimal amount", quote(s))
	}
	n, err := money.ParsePlain("0"+whole+"."+frac+"0", c)
	if errors.Is(err, money.ErrOverflow) {
		return 0, fmt.Errorf("%s is larger than any amount this program handles", quote(s))
	}
	if err != nil {
		return 0, fmt.Errorf("%s has more decimals than %s has", quote(s), c)
	}
	return n, nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// addTo adds b to *sum and reports false on overflow.
func addTo(sum *int64, b int64) bool {
	s, err := money.Add(*sum, b)
	if err == nil {
		*sum = s
	}
	return err == nil
}

package money

import (
	"errors"
	"fmt"
	"strings"
)

// ParseCurrency checks the shape of an ISO 4217 code (three letters) and returns it in upper case.
func ParseCurrency(code string) (Currency, error) {
	c := strings.ToUpper(code)
	if len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("currency %q is not a code of three letters such as EUR", code)
	}
	return Currency(c), nil
}

// ParsePlain reads what FormatPlain prints and what XML and JSON files carry: an optional "-", digits, and after a dot
// the decimals, of which those beyond the currency's must be 0 ("84.4", "84", "84.40000"). Anything else is an error.
func ParsePlain(text string, cur Currency) (int64, error) {
	body, negative := strings.CutPrefix(text, "-")
	whole, part, dot := strings.Cut(body, ".")
	if whole == "" || dot && part == "" || !allDigits(whole) || !allDigits(part) {
		return 0, fmt.Errorf("amount %q is not a plain number such as 84.40", text)
	}
	exp := Exponent(cur)
	if len(part) > exp {
		if strings.Trim(part[exp:], "0") != "" {
			return 0, fmt.Errorf("amount %q has more than the %d decimals of %s", text, exp, cur)
		}
		part = part[:exp]
	}
	return assemble(text, whole, part, exp, negative)
}

// Parse reads an amount as people type it, in German or English style: "84,40", "1.234,56 €", "84.40", "EUR 5",
// "1,234.56", "1'234.50", "12,-", "−5". Of two kinds of separators the last is the decimal one. A lone separator is
// decimal if no more digits follow than the currency has decimals, and groups thousands if three follow ("1.234 €").
// A unit is optional and must be that of cur.
func Parse(text string, cur Currency) (int64, error) {
	body, negative, err := bare(text, cur)
	if err != nil {
		return 0, err
	}
	if body == "" {
		return 0, fmt.Errorf("there is no amount in %q; write it like 84,40 or 84.40", text)
	}
	if strings.Trim(body, "0123456789.,'") != "" {
		return 0, fmt.Errorf("amount %q has something other than digits in it; write it like 84,40 or 84.40", text)
	}
	exp := Exponent(cur)
	whole, part, err := atDecimal(body, exp)
	if err == nil {
		whole, err = ungroup(whole)
	}
	if err != nil {
		return 0, fmt.Errorf("amount %q of %s: %w", text, cur, err)
	}
	return assemble(text, whole, part, exp, negative)
}

// bare takes unit, sign, spaces and a closing ",-" off what was typed.
func bare(text string, cur Currency) (body string, negative bool, err error) {
	body = strings.NewReplacer("\u2212", "-", "\u2013", "-", "\u2014", "-", "\u2019", "'").Replace(text)
	body = strings.ToUpper(strings.Join(strings.Fields(body), " ")) // Fields knows no-break spaces too
	body, negative = strings.CutPrefix(body, "-")
	body = cutUnit(strings.TrimSpace(body), cur)
	if !negative {
		body, negative = strings.CutPrefix(body, "-") // "€ -5", "€-5"
	}
	body = strings.TrimSpace(body)
	for _, dash := range []string{",--", ",-", ".--", ".-"} {
		if cut, ok := strings.CutSuffix(body, dash); ok {
			body = cut
			break
		}
	}
	for _, unit := range []string{"€", "£", "$", "EUR", "CHF", "SEK", "USD", "GBP"} {
		if strings.Contains(body, unit) {
			return "", false, fmt.Errorf("amount %q is not in %s; only %s can be used here", text, cur, cur)
		}
	}
	return strings.ReplaceAll(body, " ", "'"), negative, nil
}

// cutUnit removes the currency's code, sign or name once, before or after the number.
func cutUnit(body string, cur Currency) string {
	units := []string{string(cur), Symbol(cur)}
	if cur == EUR {
		units = append([]string{"EURO"}, units...)
	}
	for _, unit := range units {
		if cut, ok := strings.CutPrefix(body, unit); ok {
			return strings.TrimSpace(cut)
		}
		if cut, ok := strings.CutSuffix(body, unit); ok {
			return strings.TrimSpace(cut)
		}
	}
	return body
}

// atDecimal splits at the decimal separator, if there is one, by the rule of Parse.
func atDecimal(body string, exp int) (whole, part string, err error) {
	at := strings.LastIndexAny(body, ".,")
	if at < 0 {
		return body, "", nil
	}
	separator, rest := body[at:at+1], body[at+1:]
	lone := strings.IndexAny(body, ".,'") == at
	switch many := strings.Count(body, separator) > 1; {
	case many || lone && len(rest) == 3 && exp < 3 || strings.Contains(rest, "'"):
		return body, "", nil // a grouping separator
	case rest == "":
		return "", "", fmt.Errorf("nothing follows the last %q; write the decimals or leave it out", separator)
	case len(rest) > exp:
		return "", "", fmt.Errorf("%d digits after the last %q, but the currency has %d decimals", len(rest), separator, exp)
	case at == 0:
		return "0", rest, nil
	}
	if strings.Contains(body[:at], separator) {
		return "", "", errMixed
	}
	return body[:at], rest, nil
}

var errMixed = errors.New("the separators do not make groups of three digits; write it like 1.234,56 or 1,234.56")

// ungroup removes one kind of grouping separator that stands between groups of three digits.
func ungroup(whole string) (string, error) {
	at := strings.IndexAny(whole, ".,'")
	if at < 0 {
		return whole, nil
	}
	groups := strings.Split(whole, whole[at:at+1])
	if len(groups[0]) < 1 || len(groups[0]) > 3 || groups[0][0] == '0' {
		return "", errMixed
	}
	for i, g := range groups {
		if !allDigits(g) || i > 0 && len(g) != 3 {
			return "", errMixed
		}
	}
	return strings.Join(groups, ""), nil
}

// assemble turns checked digits into minor units.
func assemble(text, whole, part string, exp int, negative bool) (int64, error) {
	var m uint64
	for _, c := range whole + part + strings.Repeat("0", exp-len(part)) {
		if m > (1<<63)/10 {
			return 0, fmt.Errorf("amount %q: %w", text, ErrOverflow)
		}
		m = m*10 + uint64(c-'0')
	}
	v, err := signed(m, negative)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", text, err)
	}
	return v, nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

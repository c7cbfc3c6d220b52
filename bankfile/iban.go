package bankfile

import (
	"fmt"
	"strings"
	"unicode"
)

// IBAN is an International Bank Account Number (ISO 13616) in electronic form: upper case, no blanks.
// JSON and the database hold that form; String prints it in groups of four for people.
type IBAN string

// ibanLengthMax is the longest IBAN the standard allows.
const ibanLengthMax = 34

// NormalIBAN returns the electronic form of an IBAN as people write it: blanks, dashes, dots, slashes,
// lower case and a leading "IBAN" are taken away. It does not check anything.
func NormalIBAN(s string) IBAN {
	n := alnum(s)
	if rest, ok := strings.CutPrefix(n, "IBAN"); ok {
		n = rest
	}
	return IBAN(n)
}

// ParseIBAN reads an IBAN as people write it. The error says what is wrong in words for a form.
func ParseIBAN(s string) (IBAN, error) {
	n := NormalIBAN(s)
	for _, r := range s {
		if r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return "", fmt.Errorf("IBAN %s: the character %q does not belong in an IBAN", quote(s), r)
		}
	}
	if err := n.Validate(); err != nil {
		return "", err
	}
	return n, nil
}

// Validate checks the country, its length and structure, and the check digits (ISO 7064 MOD 97-10).
func (i IBAN) Validate() error {
	s := string(i)
	if len(s) < 5 || len(s) > ibanLengthMax {
		return fmt.Errorf("IBAN %s: an IBAN has 15 to 34 characters", quote(s))
	}
	country, known := ibanCountries[s[:2]]
	if !known {
		return fmt.Errorf("IBAN %s: %s is not a country that uses IBANs", quote(s), quote(s[:2]))
	}
	if !country.fits(s[4:]) || !allDigits(s[2:4]) {
		return fmt.Errorf("IBAN %s: it does not have the form of %s, which is %s", quote(i.String()), s[:2], country.describe())
	}
	if mod97(s[4:]+s[:4]) != 1 {
		return fmt.Errorf("IBAN %s: the check digits do not fit, please compare each character", quote(i.String()))
	}
	return nil
}

// Valid reports whether Validate finds nothing.
func (i IBAN) Valid() bool { return i.Validate() == nil }

// Country returns the two letters of the country.
func (i IBAN) Country() string {
	if len(i) < 2 {
		return ""
	}
	return string(i[:2])
}

// SEPA reports whether the country takes part in the SEPA schemes.
func (i IBAN) SEPA() bool { return ibanCountries[i.Country()].sepa }

// String prints the IBAN in groups of four.
func (i IBAN) String() string { return grouped(string(i)) }

// Masked prints the country and the last four characters only, for lists and logs.
func (i IBAN) Masked() string {
	if len(i) < 12 {
		return "••••"
	}
	return string(i[:2]) + "•• •••• " + string(i[len(i)-4:])
}

// ibanCountry is the structure of a country's IBANs after the first four characters: one or two forms
// (where a registry changed), each a list of lengths and classes such as "4a6n".
type ibanCountry struct {
	form string
	sepa bool
}

// fits reports whether a BBAN has one of the country's forms.
func (c ibanCountry) fits(bban string) bool {
	for form := range strings.SplitSeq(c.form, "|") {
		if fitsForm(bban, form) {
			return true
		}
	}
	return false
}

func fitsForm(bban, form string) bool {
	length := 0
	for i := range len(form) {
		if form[i] >= '0' && form[i] <= '9' {
			length = length*10 + int(form[i]-'0')
			continue
		}
		if len(bban) < length || !inClass(bban[:length], form[i]) {
			return false
		}
		bban, length = bban[length:], 0
	}
	return bban == ""
}

// inClass checks a class of the IBAN registry: n digits, a letters, c both.
func inClass(s string, class byte) bool {
	for i := range len(s) {
		digit, letter := s[i] >= '0' && s[i] <= '9', s[i] >= 'A' && s[i] <= 'Z'
		if (class == 'n' && !digit) || (class == 'a' && !letter) || (!digit && !letter) {
			return false
		}
	}
	return true
}

// describe says the length, and the classes where they are all digits.
func (c ibanCountry) describe() string {
	first, _, _ := strings.Cut(c.form, "|")
	length, n, digits := 4, 0, true
	for i := range len(first) {
		if first[i] >= '0' && first[i] <= '9' {
			n = n*10 + int(first[i]-'0')
			continue
		}
		length, n, digits = length+n, 0, digits && first[i] == 'n'
	}
	if digits {
		return fmt.Sprintf("%d characters, digits only after the country", length)
	}
	return fmt.Sprintf("%d characters", length)
}

// mod97 returns the remainder of ISO 7064 MOD 97-10, where letters count 10 to 35; -1 for anything else.
func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}

// grouped puts a blank after each four characters.
func grouped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s[i:min(i+4, len(s))])
	}
	return b.String()
}

// alnum keeps the ASCII letters, as capitals, and the digits.
func alnum(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b = append(b, c)
		}
	}
	return string(b)
}

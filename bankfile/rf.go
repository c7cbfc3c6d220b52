package bankfile

import (
	"fmt"
	"strings"
)

// Reference is a creditor reference (ISO 11649) in electronic form: "RF", two check digits, and one to
// 21 capitals or digits. Zeros in front of the body count for nothing, so the canonical form has none.
type Reference string

const (
	referenceLengthMin = 5
	referenceLengthMax = 25
)

// NewReference makes the reference of a body of 1 to 21 letters and digits, blanks and dashes ignored.
func NewReference(body string) (Reference, error) {
	b := strings.TrimLeft(alnum(body), "0")
	if b == "" || len(b) > referenceLengthMax-4 {
		return "", fmt.Errorf("reference body %s: needed are 1 to 21 letters or digits", quote(body))
	}
	return Reference(fmt.Sprintf("RF%02d%s", 98-mod97(b+"RF00"), b)), nil
}

// ParseReference reads a reference in any case and grouping and returns its canonical form.
func ParseReference(s string) (Reference, error) {
	r := Reference(alnum(s))
	if err := r.Validate(); err != nil {
		return "", err
	}
	return r.canonical(), nil
}

// Validate checks prefix, length and check digits (ISO 7064 MOD 97-10).
func (r Reference) Validate() error {
	s := string(r)
	switch {
	case len(s) < referenceLengthMin || len(s) > referenceLengthMax:
		return fmt.Errorf("reference %s: a creditor reference has 5 to 25 characters", quote(s))
	case s[:2] != "RF" || !allDigits(s[2:4]):
		return fmt.Errorf("reference %s: a creditor reference begins with RF and two digits", quote(s))
	case strings.Trim(s[4:], "0") == "" || mod97(s[4:]+s[:4]) != 1:
		return fmt.Errorf("reference %s: the check digits do not fit, please compare each character", quote(s))
	}
	return nil
}

func (r Reference) canonical() Reference {
	return r[:4] + Reference(strings.TrimLeft(string(r[4:]), "0"))
}

// Body returns what stands after the check digits.
func (r Reference) Body() string {
	if len(r) < 4 {
		return ""
	}
	return string(r[4:])
}

// String prints the reference in groups of four.
func (r Reference) String() string { return grouped(string(r)) }

// FindReferences finds creditor references in the texts of a payment: in any case, with blanks, dashes
// or dots inside, broken over lines, glued to other words. Where a reference ends is not marked in such
// a text, so a digit that follows may make a second, longer candidate valid by chance (one in 97);
// all are returned, the longest of each beginning first, each once. Whoever asks knows which of them exist.
func FindReferences(lines ...string) []Reference {
	text, ends := stream(lines)
	var found []Reference
	seen := map[Reference]bool{}
	for i := 0; i+referenceLengthMin <= len(text); i++ {
		if text[i] != 'R' || text[i+1] != 'F' || !allDigits(text[i+2:i+4]) {
			continue
		}
		for end := min(i+referenceLengthMax, len(text)); end >= i+referenceLengthMin; end-- {
			r := Reference(text[i:end])
			if !ends[end] || r.Validate() != nil {
				continue
			}
			if r = r.canonical(); !seen[r] {
				seen[r] = true
				found = append(found, r)
			}
		}
	}
	return found
}

// stream joins lines to their letters and digits. ends[i] says that a word may end before position i:
// where something else stood, a line broke, or letters and digits change.
func stream(lines []string) (string, []bool) {
	var text []byte
	ends := []bool{true}
	for _, line := range lines {
		for i := range len(line) {
			c := alnum(line[i : i+1])
			if c == "" {
				ends[len(text)] = true
				continue
			}
			if n := len(text); n > 0 && isDigit(text[n-1]) != isDigit(c[0]) {
				ends[n] = true
			}
			text = append(text, c[0])
			ends = append(ends, false)
		}
		ends[len(text)] = true
	}
	return string(text), ends
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

package shopapi

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// amountMax bounds every single amount, in minor units (2,000,000.00).
const amountMax = 200_000_000

// problemsMax bounds how many bad fields one answer names.
const problemsMax = 20

// problems collects what is wrong with a request: the fields, and for each one sentence that says why.
type problems struct {
	fields  []string
	details []string
}

func (p *problems) add(field, format string, args ...any) {
	if len(p.fields) >= problemsMax || slices.Contains(p.fields, field) {
		return
	}
	p.fields = append(p.fields, field)
	p.details = append(p.details, field+" "+fmt.Sprintf(format, args...))
}

// object reads the members of one JSON object. A member that breaks its rule is noted in bad
// and reads as absent, so a request is read to its end and answered with all its faults.
// Absent, null and (for texts) empty mean the same; unknown members are never looked at.
type object struct {
	v    *value
	path string // "" at the top, else with its closing dot: "order_lines[0]."
	bad  *problems
}

// newObject is the reader of a whole request body.
func newObject(v *value) object { return object{v: v, bad: &problems{}} }

func (o object) complain(name, format string, args ...any) {
	o.bad.add(o.path+name, format, args...)
}

// has says whether a member was given at all.
func (o object) has(name string) bool {
	_, ok := o.v.member(name)
	return ok
}

// require complains about each of the named members that is absent, null or an empty text.
func (o object) require(names ...string) {
	for _, name := range names {
		if m, ok := o.v.member(name); !ok || m.kind == kindText && m.text == "" {
			o.complain(name, "is required")
		}
	}
}

// of returns a member of the wanted kind.
func (o object) of(name string, want kind, what string) (*value, bool) {
	m, ok := o.v.member(name)
	if !ok {
		return nil, false
	}
	if m.kind != want {
		o.complain(name, "must be %s", what)
		return nil, false
	}
	return m, true
}

// text reads a text of at most charactersMax characters. NUL is refused: databases cannot hold it.
func (o object) text(name string, charactersMax int) string {
	m, ok := o.of(name, kindText, "a text")
	switch {
	case !ok:
		return ""
	case utf8.RuneCountInString(m.text) > charactersMax:
		o.complain(name, "has more than %d characters", charactersMax)
		return ""
	case strings.IndexByte(m.text, 0) >= 0:
		o.complain(name, "holds the character U+0000")
		return ""
	}
	return m.text
}

// label reads a text that is often made of digits: a reference, a tracking number. A number counts as its digits, because
// shop software sends the numbers of its orders as it has them.
func (o object) label(name string, charactersMax int) string {
	if m, ok := o.v.member(name); ok && m.kind == kindNumber && len(m.text) <= charactersMax {
		return m.text
	}
	return o.text(name, charactersMax)
}

// line reads a text that is printed on one line of a paper or a mail: control characters, with which a
// name could start a new header or record, become blanks.
func (o object) line(name string, charactersMax int) string {
	return oneLine(o.text(name, charactersMax))
}

func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, s))
}

// pattern reads a text that matches re, or the empty text.
func (o object) pattern(name string, re *regexp.Regexp) string {
	s := o.text(name, 255)
	if s != "" && !re.MatchString(s) {
		o.complain(name, "must match %s", re)
		return ""
	}
	return s
}

// oneOf reads one of the allowed texts, or the empty text.
func (o object) oneOf(name string, allowed ...string) string {
	s := o.text(name, 255)
	if s != "" && !slices.Contains(allowed, s) {
		o.complain(name, "must be one of %s", strings.Join(allowed, ", "))
		return ""
	}
	return s
}

// integer reads a whole number between low and high. 100.0 is a whole number, 1e2 is not accepted.
func (o object) integer(name string, low, high int64) int64 {
	m, ok := o.of(name, kindNumber, "a whole number")
	if !ok {
		return 0
	}
	digits, fraction, _ := strings.Cut(m.text, ".")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strings.Trim(fraction, "0") != "" || n < low || n > high {
		o.complain(name, "must be a whole number from %d to %d", low, high)
		return 0
	}
	return n
}

// boolean reads true or false; absent is false.
func (o object) boolean(name string) bool {
	m, ok := o.of(name, kindBool, "true or false")
	return ok && m.text == "true"
}

// object reads a nested object. An empty array is an object without members and counts as absent:
// PHP, which most shops are written in, encodes the one as the other.
func (o object) object(name string) (object, bool) {
	if m, ok := o.v.member(name); ok && m.kind == kindArray && len(m.elements) == 0 {
		return object{}, false
	}
	m, ok := o.of(name, kindObject, "an object")
	return object{v: m, path: o.path + name + ".", bad: o.bad}, ok
}

// objects reads an array of objects.
func (o object) objects(name string) []object {
	m, ok := o.of(name, kindArray, "an array")
	if !ok {
		return nil
	}
	list := make([]object, 0, len(m.elements))
	for i := range m.elements {
		if m.elements[i].kind != kindObject {
			o.complain(name+"["+strconv.Itoa(i)+"]", "must be an object")
			continue
		}
		list = append(list, object{v: &m.elements[i], path: o.path + name + "[" + strconv.Itoa(i) + "].", bad: o.bad})
	}
	return list
}

// texts reads an array of allowed texts.
func (o object) texts(name string, allowed ...string) []string {
	m, ok := o.of(name, kindArray, "an array")
	if !ok {
		return nil
	}
	var list []string
	for i, e := range m.elements {
		if e.kind != kindText || !slices.Contains(allowed, e.text) {
			o.complain(name+"["+strconv.Itoa(i)+"]", "must be one of %s", strings.Join(allowed, ", "))
			continue
		}
		list = append(list, e.text)
	}
	return list
}

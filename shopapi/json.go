package shopapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of a request body. Real carts are a few kilobytes and five levels deep.
const (
	bodyBytesMax    = 1 << 20
	jsonDepthMax    = 32
	jsonMembersMax  = 256   // members of one object
	jsonElementsMax = 10000 // elements of one array
)

// kind is what a JSON value is.
type kind byte

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindText
	kindArray
	kindObject
)

// value is one parsed JSON value. text is the decoded string of a text, else the literal as
// written. elements holds an array's values or an object's, whose names stand in names.
type value struct {
	kind     kind
	text     string
	names    []string
	elements []value
}

// member returns the named member of an object; ok is false when it is absent or null,
// which mean the same on this wire.
func (v *value) member(name string) (m *value, ok bool) {
	for i, n := range v.names {
		if n == name {
			return &v.elements[i], v.elements[i].kind != kindNull
		}
	}
	return nil, false
}

// parseJSON reads exactly one JSON value (RFC 8259). It is stricter than encoding/json where
// leniency lets two readers see two requests (names must be unique and are case-sensitive,
// text must be valid UTF-8) and bounded in depth and count.
func parseJSON(body []byte) (value, error) {
	if !utf8.Valid(body) {
		return value{}, fmt.Errorf("the body is not valid UTF-8")
	}
	p := parser{text: string(body)}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return value{}, err
	}
	p.space()
	if p.at < len(p.text) {
		return value{}, p.errorf("unexpected text after the JSON value")
	}
	return v, nil
}

// parser walks over text once, without going back.
type parser struct {
	text string
	at   int
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("invalid JSON at byte %d: %s", p.at, fmt.Sprintf(format, args...))
}

// peek is the next byte, or 0 at the end; a NUL byte is valid nowhere, so the two need no telling apart.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

var literals = []value{{kind: kindBool, text: "true"}, {kind: kindBool, text: "false"}, {kind: kindNull, text: "null"}}

func (p *parser) value(depth int) (value, error) {
	if depth > jsonDepthMax {
		return value{}, p.errorf("nested deeper than %d levels", jsonDepthMax)
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		s, err := p.string()
		return value{kind: kindText, text: s}, err
	case c == '-' || isDigit(c):
		return p.number()
	}
	for _, l := range literals {
		if strings.HasPrefix(p.text[p.at:], l.text) {
			p.at += len(l.text)
			return l, nil
		}
	}
	return value{}, p.errorf("a value was expected")
}

func (p *parser) object(depth int) (value, error) {
	v := value{kind: kindObject}
	err := p.sequence('}', jsonMembersMax, func() error {
		if p.peek() != '"' {
			return p.errorf("a member name in quotes was expected")
		}
		name, err := p.string()
		if err != nil {
			return err
		}
		for _, n := range v.names {
			if n == name {
				return p.errorf("the member %q is given twice", name)
			}
		}
		p.space()
		if p.peek() != ':' {
			return p.errorf("a colon was expected after %q", name)
		}
		p.at++
		p.space()
		element, err := p.value(depth + 1)
		v.names = append(v.names, name)
		v.elements = append(v.elements, element)
		return err
	})
	return v, err
}

func (p *parser) array(depth int) (value, error) {
	v := value{kind: kindArray}
	err := p.sequence(']', jsonElementsMax, func() error {
		element, err := p.value(depth + 1)
		v.elements = append(v.elements, element)
		return err
	})
	return v, err
}

// sequence reads what stands between an opening bracket and its end, separated by commas.
func (p *parser) sequence(end byte, countMax int, element func() error) error {
	p.at++
	p.space()
	if p.peek() == end {
		p.at++
		return nil
	}
	for range countMax {
		if err := element(); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case end:
			p.at++
			return nil
		case ',':
			p.at++
			p.space()
		default:
			return p.errorf("a comma or %q was expected", end)
		}
	}
	return p.errorf("more than %d elements", countMax)
}

// string reads a quoted text. Escapes are rare, so only texts that have one are decoded.
func (p *parser) string() (string, error) {
	start, escaped := p.at, false
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			quoted := p.text[start:p.at]
			if !escaped {
				return quoted[1 : len(quoted)-1], nil
			}
			var s string
			if err := json.Unmarshal([]byte(quoted), &s); err != nil {
				return "", p.errorf("a text has an invalid escape")
			}
			return s, nil
		case c == '\\':
			escaped = true
			p.at++
		case c < ' ':
			return "", p.errorf("a text holds a bare control character; escape it")
		}
	}
	return "", p.errorf("a text does not end")
}

// number checks the grammar -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? and keeps the literal.
func (p *parser) number() (value, error) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.digits() {
		return value{}, p.errorf("a digit was expected")
	}
	if p.peek() == '.' {
		p.at++
		if !p.digits() {
			return value{}, p.errorf("a digit was expected after the point")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return value{}, p.errorf("a digit was expected in the exponent")
		}
	}
	return value{kind: kindNumber, text: p.text[start:p.at]}, nil
}

// digits skips digits and says whether there was one.
func (p *parser) digits() bool {
	start := p.at
	for isDigit(p.peek()) {
		p.at++
	}
	return p.at > start
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

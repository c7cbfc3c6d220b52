package bankfile

import (
	"fmt"
	"strings"
)

// Error says what a bank file is not: the file, where in it, and the reason. It is the only
// error Parse itself makes; errors of a Handler are passed through unchanged.
type Error struct {
	File    string // name as given by the caller; may be empty
	Entry   int    // number of the entry in the file, counted from 1; 0 outside of entries
	Element string // path below the statement or entry, such as Ntry/Amt; may be empty
	Line    int    // line in the file, counted from 1; 0 if unknown
	Offset  int64  // bytes read so far, after conversion to UTF-8
	Text    string // what is wrong and what to do
}

// Error prints for instance
//
//	statement.xml: entry 17, element Ntry/Amt: "12,34" is not a decimal amount; the file was not booked
//
// Outside of entries the line is printed in place of the entry.
func (e *Error) Error() string {
	var where []string
	switch {
	case e.Entry > 0:
		where = append(where, fmt.Sprintf("entry %d", e.Entry))
	case e.Line > 0:
		where = append(where, fmt.Sprintf("line %d", e.Line))
	}
	if e.Element != "" {
		where = append(where, "element "+e.Element)
	}
	parts := make([]string, 0, 3)
	for _, p := range []string{e.File, strings.Join(where, ", "), e.Text} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ") + "; the file was not booked"
}

// quote prints foreign text for an error message: escaped, and cut after 40 characters.
func quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

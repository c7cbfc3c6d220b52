package pay

import "fmt"

// Kind says what sort of failure an Error is; a door maps it to its own status exactly once.
type Kind int

// The kinds of failure.
const (
	Internal  Kind = iota // our fault; the text goes only to the log
	Invalid               // the request cannot be right; Field says where
	Refused               // understood, allowed to ask, answered no
	Conflict              // contradicts what is stored, or the same key came with another body
	Missing               // no such thing for this caller
	Forbidden             // the caller may not do this
	TooLate               // was possible once: expired, completed, closed
	Busy                  // try again in a moment
)

var kindNames = [...]string{"internal", "invalid", "refused", "conflict", "missing", "forbidden", "too_late", "busy"}

// String is the stable name of the kind.
func (k Kind) String() string { return kindNames[k] }

// Error is the one error type that crosses floors.
type Error struct {
	Kind  Kind
	Code  string // stable, lower snake case, for example "over_capture"
	Field string // the request field at fault, if one is
	Hint  string // one sentence for the caller, with the next step
}

// Error prints kind, code, field and hint.
func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("%s: %s (%s): %s", e.Kind, e.Code, e.Field, e.Hint)
	}
	return fmt.Sprintf("%s: %s: %s", e.Kind, e.Code, e.Hint)
}

// Errorf builds an Error whose hint is formatted.
func Errorf(kind Kind, code, field, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Field: field, Hint: fmt.Sprintf(format, args...)}
}

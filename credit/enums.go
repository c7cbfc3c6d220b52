package credit

import "encoding/json"

// The enumerations of facts print as names, for exports and audits.

var (
	holdNames    = []string{"none", "credit", "all"}
	sourceNames  = []string{"not_checked", "clear", "hit", "unavailable"}
	bindingNames = []string{"", "reservation", "uncaptured", "returnable_debit"}
	flagNames    = []string{"collections", "insolvent", "barred", "sold", "rest"}
)

// String returns the hold's stable name.
func (h SecurityHold) String() string { return nameOf(holdNames, int(h)) }

// MarshalText writes the stable name.
func (h SecurityHold) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the stable name.
func (h *SecurityHold) UnmarshalText(b []byte) error {
	i, err := indexOf(holdNames, string(b), "security hold")
	*h = SecurityHold(i)
	return err
}

// String returns the state's stable name.
func (s SourceState) String() string { return nameOf(sourceNames, int(s)) }

// MarshalText writes the stable name.
func (s SourceState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stable name.
func (s *SourceState) UnmarshalText(b []byte) error {
	i, err := indexOf(sourceNames, string(b), "source state")
	*s = SourceState(i)
	return err
}

// String returns the kind's stable name.
func (k HoldKind) String() string { return nameOf(bindingNames, int(k)) }

// MarshalText writes the stable name.
func (k HoldKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Names lists the flags that are set.
func (f ItemFlags) Names() []string {
	var out []string
	for i, name := range flagNames {
		if f>>i&1 == 1 {
			out = append(out, name)
		}
	}
	return out
}

// MarshalJSON lists the names.
func (f ItemFlags) MarshalJSON() ([]byte, error) { return json.Marshal(f.Names()) }

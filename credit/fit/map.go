package fit

import (
	"fmt"
	"slices"
)

// Map is a column map: columns computed before fitting, and what is known about columns.
//
//	{"derived": [{"name": "use", "op": "ratio", "of": ["BILL_AMT1", "LIMIT_BAL"]}],
//	 "columns": {"purpose": {"kind": "category"}, "limit": {"points": "rise"}, "record": {"codes": [-9, -8]}, "age": {"exclude": true}},
//	 "automatic": false}
type Map struct {
	Derived   []Derived       `json:"derived,omitempty"`
	Columns   map[string]Rule `json:"columns,omitempty"`
	Automatic *bool           `json:"automatic,omitempty"` // propose derived columns too: always or never; without it if that predicts better
}

// Rule is what is known about a column.
type Rule struct {
	Kind    string    `json:"kind,omitempty"`   // number or category; without it as the values look
	Points  string    `json:"points,omitempty"` // rise or fall with the value, or free; without it as the outcomes say
	Codes   []float64 `json:"codes,omitempty"`  // numbers that are no quantities and get points of their own
	Exclude bool      `json:"exclude,omitempty"`
}

// ParseMap reads a column map. Unknown keys and values are errors.
func ParseMap(b []byte) (*Map, error) {
	var m Map
	if err := decodeStrict(b, &m); err != nil {
		return nil, fmt.Errorf("map file: %w", err)
	}
	if err := checkDerived(m.Derived); err != nil {
		return nil, fmt.Errorf("map file: %w", err)
	}
	for name, r := range m.Columns {
		switch {
		case !slices.Contains([]string{"", "number", "category"}, r.Kind):
			return nil, fmt.Errorf("map file: column %q: kind must be number or category", name)
		case !slices.Contains([]direction{"", pointsRise, pointsFall, pointsFree}, direction(r.Points)):
			return nil, fmt.Errorf("map file: column %q: points must be rise, fall or free", name)
		case len(r.Codes) > 0 && r.Kind == "category" || len(r.Codes) > 20:
			return nil, fmt.Errorf("map file: column %q: codes are for numbers, at most 20", name)
		}
	}
	return &m, nil
}

func (m *Map) rule(column string) Rule {
	if m == nil {
		return Rule{}
	}
	return m.Columns[column]
}

// check finds rules about columns that are not there: a typo must not be silent.
func (m *Map) check(t *Table) error {
	if m == nil {
		return nil
	}
	for name, r := range m.Columns {
		switch c := t.byName[name]; {
		case c == nil:
			return fmt.Errorf("map file: there is no column %q", name)
		case c.Text == nil && r.Kind == "category":
			return fmt.Errorf("map file: column %q is computed, so it holds numbers and cannot be a category", name)
		}
	}
	return nil
}

// leaks finds derived columns that look at what must not be looked at.
func (m *Map) leaks(excluded []string) error {
	for _, d := range m.Derived {
		for _, of := range d.Of {
			if slices.Contains(excluded, of) || m.rule(of).Exclude && !slices.ContainsFunc(m.Derived, func(d Derived) bool { return d.Name == of }) {
				return fmt.Errorf("derived column %q is made of %q, which is excluded", d.Name, of)
			}
		}
	}
	return nil
}

func (r Rule) kindOf(c *Column) kind {
	if r.Kind == "category" || r.Kind == "" && !c.Numeric {
		return categories
	}
	return numbers
}

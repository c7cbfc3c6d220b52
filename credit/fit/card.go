package fit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Card is a points card in a file. A card of the product's eight characteristics is exactly what credit.ParseCard reads; a
// card of a CSV file has the same keys and, where its columns need them, bins of codes, categories and missing values.
type Card struct {
	ID        string           `json:"id"`
	Version   int              `json:"version"`
	Status    string           `json:"status"` // "expert" or "fitted"
	Note      string           `json:"note"`
	Reference int64            `json:"b1_reference,omitempty"`
	LateDays  int32            `json:"late_window_days,omitempty"`
	TimeDays  int32            `json:"on_time_window_days,omitempty"`
	Short     int32            `json:"enquiries_short_days,omitempty"`
	Long      int32            `json:"enquiries_long_days,omitempty"`
	Derived   []Derived        `json:"derived,omitempty"` // columns computed before scoring
	Order     []string         `json:"order,omitempty"`   // of the characteristics on the page; without it by name
	Bins      map[string][]Bin `json:"characteristics"`
	Fit       *Evidence        `json:"fit,omitempty"`
}

// Bin gives points to some values of a characteristic. Bins with an upper end ascend, the one after them has none; then come
// codes, and the bin of missing values. A bin that says other takes what no bin names.
type Bin struct {
	UpTo    *float64 `json:"up_to,omitempty"`
	Code    *float64 `json:"code,omitempty"`
	Values  []string `json:"values,omitempty"`
	Missing bool     `json:"missing,omitempty"`
	Other   bool     `json:"other,omitempty"`
	Points  int32    `json:"points"`
}

// Evidence is what a fitted card says about how it was made.
type Evidence struct {
	Target       string               `json:"target"`
	Bad          string               `json:"bad"`
	Rows         int                  `json:"rows"`
	Bads         int                  `json:"bads"`
	Seed         uint64               `json:"seed"`
	Folds        int                  `json:"folds"`    // of the cross-validation
	AUC          float64              `json:"auc"`      // cross-validated: every row scored by a card that has not seen it
	AUCLow       float64              `json:"auc_low"`  // bootstrap, 95 %
	AUCHigh      float64              `json:"auc_high"` //
	AUCTraining  float64              `json:"auc_training"`
	Excluded     []string             `json:"excluded,omitempty"`
	LeftOut      []string             `json:"left_out,omitempty"` // columns that are identifiers or constant
	IV           map[string]float64   `json:"information_value"`
	Counts       map[string][]Count   `json:"bins"` // per characteristic, in the order of its bins
	Calibration  Calibration          `json:"calibration"`
	ScoreEnds    []int32              `json:"score_ends"`   // upper ends of ten bands of equal size, the last left open
	ScoreShares  []float64            `json:"score_shares"` // of the rows per band, the reference of the stability index
	Probability  []Band               `json:"probability"`  // of bad, by points
	Warnings     []string             `json:"warnings"`
	Alternatives map[string]float64   `json:"alternatives,omitempty"` // cross-validated AUC of what was tried
	Directions   map[string]direction `json:"directions,omitempty"`
}

// Count is what the training rows say about one bin.
type Count struct {
	Rows int     `json:"rows"`
	Bads int     `json:"bads"`
	WoE  float64 `json:"woe"` // ln(share of goods / share of bads)
}

// Band is a range of points with its probability of bad.
type Band struct {
	From int32   `json:"from"`
	To   int32   `json:"to"`
	PD   float64 `json:"pd"`
}

// direction says how points move with a characteristic's value.
type direction string

const (
	pointsRise direction = "rise"
	pointsFall direction = "fall"
	pointsFree direction = "free"
)

// ParseCard reads a card file of either kind. Unknown keys, bins out of order and points outside 0 to 1000 are errors.
func ParseCard(b []byte) (*Card, error) {
	var c Card
	if err := decodeStrict(b, &c); err != nil {
		return nil, fmt.Errorf("card file: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("card %s v%d: %w", c.ID, c.Version, err)
	}
	return &c, nil
}

func decodeStrict(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the object; remove it")
	}
	return nil
}

func (c *Card) check() error {
	if c.ID == "" || c.Version < 1 {
		return errors.New("id and version must be set")
	}
	if len(c.Bins) == 0 {
		return errors.New("characteristics: at least one is needed")
	}
	if err := checkDerived(c.Derived); err != nil {
		return err
	}
	best := int32(0)
	for _, name := range c.names() {
		bins := c.Bins[name]
		if err := checkBins(bins); err != nil {
			return fmt.Errorf("characteristic %s: %w", name, err)
		}
		best += top(bins)
	}
	if best > 1000 {
		return fmt.Errorf("the best bins add up to %d, more than 1000", best)
	}
	for _, name := range c.Order {
		if c.Bins[name] == nil {
			return fmt.Errorf("order names %q, which is no characteristic", name)
		}
	}
	if len(c.Order) > 0 && (len(c.Order) != len(c.Bins) || len(slices.Compact(slices.Sorted(slices.Values(c.Order)))) != len(c.Bins)) {
		return errors.New("order must name every characteristic once")
	}
	return c.Fit.check(c)
}

// binsMax is the most bins of a characteristic; the number of a bin is kept in a byte.
const binsMax = 200

func checkBins(bins []Bin) error {
	if len(bins) == 0 || len(bins) > binsMax {
		return fmt.Errorf("it must have 1 to %d bins", binsMax)
	}
	stage, open := 0, 0
	seen := map[string]bool{}
	for i, b := range bins {
		at, key := b.stage()
		switch {
		case at < 0:
			return fmt.Errorf("bin %d: it must be exactly one of a range, a code, values, missing or other", i+1)
		case at < stage:
			return fmt.Errorf("bin %d: ranges come first, then codes, values, and missing or other last", i+1)
		case b.Points < 0 || b.Points > 1000:
			return fmt.Errorf("bin %d: points must be 0 to 1000", i+1)
		case b.UpTo != nil && (math.IsNaN(*b.UpTo) || i > 0 && *b.UpTo <= *bins[i-1].UpTo):
			return fmt.Errorf("bin %d: up_to must rise", i+1)
		}
		for _, k := range key {
			if seen[k] {
				return fmt.Errorf("bin %d: %s is there twice", i+1, k)
			}
			seen[k] = true
		}
		if at == 1 {
			open++
		}
		stage = at
	}
	hasNumbers := bins[0].UpTo != nil || bins[0].Code != nil || open > 0
	hasValues := slices.ContainsFunc(bins, func(b Bin) bool { return b.Values != nil })
	if open > 1 || hasNumbers && (open != 1 || hasValues) || !hasNumbers && !bins[len(bins)-1].Other {
		return errors.New("numbers need exactly one last range without up_to, categories a last bin other")
	}
	return nil
}

// stage is the place of a kind of bin in the order of bins, and what must not be repeated.
func (b *Bin) stage() (int, []string) {
	kinds := 0
	for _, is := range []bool{b.UpTo != nil, b.Code != nil, b.Values != nil, b.Missing, b.Other} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1 || b.Values != nil && len(b.Values) == 0:
		return -1, nil
	case b.UpTo != nil:
		return 0, nil
	case kinds == 0:
		return 1, nil
	case b.Code != nil:
		return 2, []string{fmt.Sprint("code ", *b.Code)}
	case b.Values != nil:
		keys := make([]string, len(b.Values))
		for i, v := range b.Values {
			keys[i] = "value " + v
		}
		return 3, keys
	case b.Missing:
		return 4, []string{"missing"}
	}
	return 5, []string{"other"}
}

func (e *Evidence) check(c *Card) error {
	if e == nil {
		return nil
	}
	if len(e.ScoreEnds) > 0 && len(e.ScoreShares) != len(e.ScoreEnds)+1 {
		return errors.New("fit: score_shares must have one entry more than score_ends")
	}
	if !slices.IsSorted(e.ScoreEnds) {
		return errors.New("fit: score_ends must rise")
	}
	for name, counts := range e.Counts {
		if len(counts) != len(c.Bins[name]) {
			return fmt.Errorf("fit: bins of %q do not match the characteristic", name)
		}
	}
	return nil
}

// names are the characteristics in the order of the page.
func (c *Card) names() []string {
	if len(c.Order) > 0 {
		return c.Order
	}
	out := make([]string, 0, len(c.Bins))
	for name := range c.Bins {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func top(bins []Bin) int32 {
	best := int32(0)
	for _, b := range bins {
		best = max(best, b.Points)
	}
	return best
}

// numeric reports whether a characteristic reads numbers.
func numericBins(bins []Bin) bool {
	return !slices.ContainsFunc(bins, func(b Bin) bool { return b.Values != nil || b.Other })
}

// place returns the number of the bin of a row: of its number or, for categories, of its text.
func place(bins []Bin, number float64, text string) int {
	if !numericBins(bins) {
		for i := range bins {
			if bins[i].Other || slices.Contains(bins[i].Values, text) {
				return i
			}
		}
	}
	open := 0
	for i, b := range bins {
		if b.Code != nil && number == *b.Code || b.Missing && math.IsNaN(number) {
			return i
		}
		if b.UpTo == nil && b.Code == nil && !b.Missing {
			open = i
		}
	}
	for i, b := range bins {
		if b.UpTo != nil && number <= *b.UpTo {
			return i
		}
	}
	if math.IsNaN(number) {
		return worst(bins)
	}
	return open
}

// worst is the bin with the fewest points: where a card says nothing about missing values, they earn nothing.
func worst(bins []Bin) int {
	at := 0
	for i := range bins {
		if bins[i].Points < bins[at].Points {
			at = i
		}
	}
	return at
}

// Scored are the rows of a table under a card.
type Scored struct {
	Score []int32
	Bins  map[string][]uint8 // per characteristic, the number of the bin of each row
	Blind map[string]int     // rows of a characteristic whose value no bin names: unseen categories, texts instead of numbers
}

// Apply computes derived columns and scores every row of a table.
func (c *Card) Apply(t *Table) (*Scored, error) {
	t = t.shallow()
	if err := t.derive(needed(c.Derived, t)); err != nil {
		return nil, err
	}
	s := &Scored{Score: make([]int32, t.Rows), Bins: map[string][]uint8{}, Blind: map[string]int{}}
	for _, name := range c.names() {
		col, err := t.Column(name)
		if err != nil {
			return nil, fmt.Errorf("characteristic: %w", err)
		}
		bins := c.Bins[name]
		numeric := numericBins(bins)
		where := make([]uint8, t.Rows)
		for row := range where {
			text := col.text(row)
			at := place(bins, col.Number[row], text)
			if text != "" && (bins[at].Other || numeric && math.IsNaN(col.Number[row])) {
				s.Blind[name]++
			}
			where[row] = uint8(at)
			s.Score[row] += bins[at].Points
		}
		s.Bins[name] = where
	}
	return s, nil
}

// needed are the derived columns that a table does not already bring along.
func needed(all []Derived, t *Table) []Derived {
	return slices.DeleteFunc(slices.Clone(all), func(d Derived) bool { return t.byName[d.Name] != nil })
}

// JSON prints the card for a file: indented, a bin on a line.
func (c *Card) JSON() ([]byte, error) {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	return append(foldBins(bytes.TrimSpace(plain.Bytes())), '\n'), nil
}

// foldBins puts each innermost object of indented JSON on one line.
func foldBins(b []byte) []byte {
	var out strings.Builder
	lines := strings.Split(string(b), "\n")
	for i := 0; i < len(lines); i++ {
		end := i
		if strings.HasSuffix(lines[i], "{") || strings.HasSuffix(lines[i], "[") {
			for end = i + 1; end < len(lines) && !strings.ContainsAny(lines[end], "{}[]"); end++ {
			}
		}
		closes := end < len(lines) && end > i && strings.ContainsAny(strings.TrimSpace(lines[end])[:1], "}]")
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(lines[i])
		if !closes {
			continue
		}
		for k := i + 1; k <= end; k++ {
			text := strings.TrimSpace(lines[k])
			if k > i+1 && k < end {
				out.WriteByte(' ')
			}
			out.WriteString(text)
		}
		i = end
	}
	return []byte(out.String())
}

// Uses reports whether a column decides about points, directly or through a derived column.
func (c *Card) Uses(column string) bool {
	if c.Bins[column] != nil {
		return true
	}
	return slices.ContainsFunc(c.Derived, func(d Derived) bool { return slices.Contains(d.Of, column) })
}

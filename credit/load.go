package credit

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"zahlziel/cal"
)

//go:embed policies/*.json
var policyFiles embed.FS

// Policies is a set of loaded policies.
type Policies []*Policy

// Policy finds a policy by id and version.
func (s Policies) Policy(id string, version int) (*Policy, bool) {
	for _, p := range s {
		if p.ID == id && p.Version == version {
			return p, true
		}
	}
	return nil, false
}

// On returns the newest version of a policy that is valid on a day.
func (s Policies) On(id string, day cal.Day) (*Policy, bool) {
	var best *Policy
	for _, p := range s {
		if p.ID == id && p.ValidFrom <= day && (best == nil || p.Version > best.Version) {
			best = p
		}
	}
	return best, best != nil
}

// File is one versioned file as it is stored.
type File struct {
	ID        string
	Version   int
	Kind      string  // policy, card
	ValidFrom cal.Day // of a policy; NoDay for a card
	SHA256    string  // hex
	Body      []byte
}

// ReadFile tells what a policy or card file is, without checking its content: ParsePolicy and ParseCard do.
func ReadFile(body []byte) (File, error) {
	var head struct {
		ID        string   `json:"id"`
		Version   int      `json:"version"`
		ValidFrom *cal.Day `json:"valid_from"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return File{}, fmt.Errorf("policy or card file: %w", err)
	}
	f := File{ID: head.ID, Version: head.Version, Kind: "card", ValidFrom: cal.NoDay, SHA256: hexSum(body), Body: body}
	if head.ValidFrom != nil {
		f.Kind, f.ValidFrom = "policy", *head.ValidFrom
	}
	return f, nil
}

// BuiltinFiles are the policy and card files that are part of the program.
func BuiltinFiles() ([]File, error) {
	entries, err := policyFiles.ReadDir("policies")
	if err != nil {
		return nil, err
	}
	var out []File
	for _, entry := range entries {
		body, err := policyFiles.ReadFile("policies/" + entry.Name())
		if err != nil {
			return nil, err
		}
		f, err := ReadFile(body)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// Builtin loads the policies that are part of the program. They are tested, so an error here is a broken build.
func Builtin() (Policies, error) {
	files, err := BuiltinFiles()
	if err != nil {
		return nil, err
	}
	var policies, cards [][]byte
	for _, f := range files {
		if f.Kind == "card" {
			cards = append(cards, f.Body)
		} else {
			policies = append(policies, f.Body)
		}
	}
	return ParsePolicies(policies, cards)
}

// ParsePolicies loads policy files with the cards that they name.
func ParsePolicies(policies, cards [][]byte) (Policies, error) {
	type name struct {
		id      string
		version int
	}
	byName := map[name][]byte{}
	for _, body := range cards {
		c, err := ParseCard(body)
		if err != nil {
			return nil, err
		}
		byName[name{c.ID, c.Version}] = body
	}
	var set Policies
	for _, body := range policies {
		var head struct {
			Card   string `json:"card"`
			CardNo int    `json:"card_version"`
		}
		if err := json.Unmarshal(body, &head); err != nil {
			return nil, fmt.Errorf("policy file: %w", err)
		}
		card, ok := byName[name{head.Card, head.CardNo}]
		if !ok {
			return nil, fmt.Errorf("policy file: there is no card %s v%d; give its file too", head.Card, head.CardNo)
		}
		p, err := ParsePolicy(body, card)
		if err != nil {
			return nil, err
		}
		set = append(set, p)
	}
	return set, nil
}

// MustBuiltin is Builtin for the program's start; it panics on a broken build.
func MustBuiltin() Policies {
	s, err := Builtin()
	if err != nil {
		panic(err)
	}
	return s
}

// ParsePolicy loads a policy file and its card file. Unknown or repeated keys, a wrong order, values out of range and
// points that are not monotone are errors that name the place.
func ParsePolicy(policyJSON, cardJSON []byte) (*Policy, error) {
	var p Policy
	if err := decodeStrict(policyJSON, &p); err != nil {
		return nil, fmt.Errorf("policy file: %w", err)
	}
	c, err := ParseCard(cardJSON)
	if err != nil {
		return nil, err
	}
	if p.CardID != c.ID || p.CardNo != c.Version {
		return nil, fmt.Errorf("policy %s v%d asks for card %s v%d, but the card file is %s v%d", p.ID, p.Version, p.CardID, p.CardNo, c.ID, c.Version)
	}
	p.Card = c
	p.SHA256 = hexSum(policyJSON)
	if err := p.compile(); err != nil {
		return nil, fmt.Errorf("policy %s v%d: %w", p.ID, p.Version, err)
	}
	return &p, nil
}

// ParseCard loads a card file alone.
func ParseCard(cardJSON []byte) (*Card, error) {
	var c Card
	if err := decodeStrict(cardJSON, &c); err != nil {
		return nil, fmt.Errorf("card file: %w", err)
	}
	c.SHA256 = hexSum(cardJSON)
	if err := c.compile(); err != nil {
		return nil, fmt.Errorf("card %s v%d: %w", c.ID, c.Version, err)
	}
	return &c, nil
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// decodeStrict refuses unknown keys, repeated keys and anything after the value: a typo must never become a default.
func decodeStrict(b []byte, v any) error {
	if err := noRepeatedKeys(json.NewDecoder(bytes.NewReader(b))); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return withHint(err, v)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the end of the object; remove it")
	}
	return nil
}

// noRepeatedKeys walks one JSON value; encoding/json alone would silently take the last of two equal keys.
func noRepeatedKeys(dec *json.Decoder) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	d, ok := tok.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if d == '{' {
			key, err := dec.Token()
			if err != nil {
				return err
			}
			k := strings.ToLower(fmt.Sprint(key))
			if seen[k] {
				return fmt.Errorf("key %q appears twice; keep one", k)
			}
			seen[k] = true
		}
		if err := noRepeatedKeys(dec); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

// delayClasses are the only upper ends that P1 may use: History keeps the newest late record above each of them.
var delayClasses = [...]int32{3, 7, 10, 14, 21, 30, 45, 60, 90, 120}

var featureNames = [FeatureCount]string{"P1", "P2", "P3", "E1", "E2", "B1", "B2", "A1"}

// String returns the characteristic's name, for example "P1".
func (f Feature) String() string { return nameOf(featureNames[:], int(f)) }

// more reports whether a larger value must never cost points.
func (f Feature) more() bool { return f == P3 || f == A1 }

// maxUpTo is the largest upper end that History can still answer exactly.
func (f Feature) maxUpTo() int32 {
	switch f {
	case P2:
		return LateCap - 1
	case P3:
		return OnTimeCap - 1
	case E1, E2:
		return EnquiryCap - 1
	default:
		return 1 << 30
	}
}

// compile checks the card and indexes its bins.
func (c *Card) compile() error {
	if c.ID == "" || c.Version < 1 || c.Reference < 1 {
		return errors.New("id, version and b1_reference must be set")
	}
	for _, days := range []int32{c.LateDays, c.TimeDays, c.Short, c.Long} {
		if days < 1 || days > EvidenceDays {
			return fmt.Errorf("windows must be 1 to %d days", EvidenceDays)
		}
	}
	if len(c.Bins) != FeatureCount {
		return fmt.Errorf("exactly the characteristics %v are needed", featureNames)
	}
	var best int32
	for f := range Feature(FeatureCount) {
		bins := c.Bins[f.String()]
		if err := checkBins(f, bins); err != nil {
			return fmt.Errorf("characteristic %s: %w", f, err)
		}
		c.bins[f] = bins
		c.best[f] = max(bins[0].Points, bins[len(bins)-1].Points)
		best += c.Best(f)
	}
	if best > 1000 {
		return fmt.Errorf("the best bins add up to %d, more than 1000", best)
	}
	return nil
}

func checkBins(f Feature, bins []Bin) error {
	if len(bins) == 0 || bins[len(bins)-1].UpTo != nil {
		return errors.New("the last bin must be there and have no up_to")
	}
	for i, b := range bins {
		if b.Points < 0 || b.Points > 1000 {
			return fmt.Errorf("bin %d: points must be 0 to 1000", i+1)
		}
		if i < len(bins)-1 {
			if err := checkEnd(f, bins, i); err != nil {
				return err
			}
		}
		if i > 0 && f.more() && b.Points < bins[i-1].Points {
			return fmt.Errorf("bin %d: more is better, so points must not fall", i+1)
		}
		if i > 0 && !f.more() && b.Points > bins[i-1].Points {
			return fmt.Errorf("bin %d: more is worse, so points must not rise", i+1)
		}
	}
	return nil
}

func checkEnd(f Feature, bins []Bin, i int) error {
	up := bins[i].UpTo
	switch {
	case up == nil:
		return fmt.Errorf("bin %d: only the last bin is open", i+1)
	case i > 0 && *up <= *bins[i-1].UpTo:
		return fmt.Errorf("bin %d: up_to must rise", i+1)
	case *up < 0 || *up > f.maxUpTo():
		return fmt.Errorf("bin %d: up_to must be 0 to %d", i+1, f.maxUpTo())
	case f == P1 && !slices.Contains(delayClasses[:], *up):
		return fmt.Errorf("bin %d: up_to must be one of %v", i+1, delayClasses)
	}
	return nil
}

// points returns the points of a value.
func (c *Card) points(f Feature, value int32) int32 {
	for _, b := range c.bins[f] {
		if b.UpTo == nil || value <= *b.UpTo {
			return b.Points
		}
	}
	return 0
}

// Best returns the points of the best bin of a characteristic.
func (c *Card) Best(f Feature) int32 { return c.best[f] }

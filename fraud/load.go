package fraud

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"zahlziel/cal"
)

//go:embed rules/*.json
var ruleFiles embed.FS

// Set is a set of loaded versions.
type Set []*Rules

// Builtin loads the rules that are part of the program. They are tested, so an error here is a broken build.
func Builtin() (Set, error) {
	names, err := fs.Glob(ruleFiles, "rules/*.json")
	if err != nil {
		return nil, err
	}
	var set Set
	for _, name := range names {
		text, err := ruleFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		r, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, twice := set.Version(r.ID, r.Version); twice {
			return nil, fmt.Errorf("%s: %s v%d is there twice", name, r.ID, r.Version)
		}
		set = append(set, r)
	}
	return set, nil
}

// Version finds rules by id and version.
func (s Set) Version(id string, version int) (*Rules, bool) {
	for _, r := range s {
		if r.ID == id && r.Version == version {
			return r, true
		}
	}
	return nil, false
}

// On returns the newest version that is valid on a day.
func (s Set) On(id string, day cal.Day) (*Rules, bool) {
	var best *Rules
	for _, r := range s {
		if r.ID == id && r.ValidFrom <= day && (best == nil || r.Version > best.Version) {
			best = r
		}
	}
	return best, best != nil
}

// Parse loads a file of rules. Unknown keys, values out of range and rules that nothing could satisfy are errors.
func Parse(text []byte) (*Rules, error) {
	var r Rules
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the end of the object; remove it")
	}
	sum := sha256.Sum256(text)
	r.SHA256 = hex.EncodeToString(sum[:])
	return &r, r.check()
}

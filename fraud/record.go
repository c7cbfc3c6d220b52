package fraud

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Record is everything needed to explain and to repeat one assessment.
type Record struct {
	Rules   string     `json:"rules"`
	Version int        `json:"version"`
	SHA256  string     `json:"sha256"`
	Signals Signals    `json:"signals"`
	Answer  Assessment `json:"answer"`
}

// NewRecord binds signals and answer to the rules that gave it.
func NewRecord(r *Rules, s *Signals, a Assessment) Record {
	return Record{Rules: r.ID, Version: r.Version, SHA256: r.SHA256, Signals: *s, Answer: a}
}

// recordVersion is the first byte of the binary form.
const recordVersion = 1

// MarshalBinary encodes the record, deterministic and versioned.
func (r *Record) MarshalBinary() ([]byte, error) {
	sum, err := hex.DecodeString(r.SHA256)
	if err != nil || len(sum) != 32 || len(r.Rules) > 255 {
		return nil, fmt.Errorf("fraud: the checksum or the name of rules %q is malformed", r.Rules)
	}
	b := append(make([]byte, 0, 128), recordVersion, byte(len(r.Rules)))
	b = append(b, r.Rules...)
	b = binary.AppendUvarint(b, uint64(r.Version))
	b = append(b, sum...)
	b = append(b, byte(len(r.Signals)))
	for _, v := range r.Signals {
		b = binary.AppendVarint(b, v)
	}
	b = append(b, byte(r.Answer.Outcome))
	return binary.AppendUvarint(b, r.Answer.Hits), nil
}

var errShort = errors.New("fraud: the stored bytes are damaged or of another kind")

// UnmarshalBinary is the inverse of MarshalBinary. A record from before a signal existed has it at 0.
func (r *Record) UnmarshalBinary(b []byte) error {
	if len(b) < 2 || b[0] != recordVersion || len(b) < 2+int(b[1]) {
		return errShort
	}
	var n Record
	n.Rules, b = string(b[2:2+b[1]]), b[2+b[1]:]
	version, used := binary.Uvarint(b)
	if used <= 0 || len(b) < used+33 || version > 1<<31 {
		return errShort
	}
	n.Version, n.SHA256 = int(version), hex.EncodeToString(b[used:used+32])
	count := int(b[used+32])
	b = b[used+33:]
	if count > SignalCount {
		return errShort
	}
	for i := range count {
		v, used := binary.Varint(b)
		if used <= 0 {
			return errShort
		}
		n.Signals[i], b = v, b[used:]
	}
	if len(b) == 0 || b[0] > byte(Person) {
		return errShort
	}
	n.Answer.Outcome = Outcome(b[0])
	hits, used := binary.Uvarint(b[1:])
	if used <= 0 || used != len(b)-1 {
		return errShort
	}
	n.Answer.Hits = hits
	*r = n
	return nil
}

// Replay assesses the record's signals again. A nil error means: the same rules and the same answer.
func Replay(set Set, r *Record) error {
	rules, ok := set.Version(r.Rules, r.Version)
	if !ok {
		return fmt.Errorf("fraud: rules %s v%d are not loaded; load the version that the record names", r.Rules, r.Version)
	}
	if rules.SHA256 != r.SHA256 {
		return fmt.Errorf("fraud: rules %s v%d are not the file that was used; restore the original", r.Rules, r.Version)
	}
	if again := Assess(rules, &r.Signals); again != r.Answer {
		return fmt.Errorf("fraud: the assessment differs on replay: recorded %s %b, now %s %b", r.Answer.Outcome, r.Answer.Hits, again.Outcome, again.Hits)
	}
	return nil
}

// MarshalJSON names the signals that are not 0.
func (s Signals) MarshalJSON() ([]byte, error) {
	out := map[string]int64{}
	for i, v := range s {
		if v != 0 {
			out[Signal(i).String()] = v
		}
	}
	var b bytes.Buffer
	err := json.NewEncoder(&b).Encode(out)
	return bytes.TrimSpace(b.Bytes()), err
}

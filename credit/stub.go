package credit

import "zahlziel/cal"

// WayBack computes the plans that lead to an approval of the goal.
func WayBack(p *Policy, f *Facts, g Goal) Way { return Way{} }

// Change is a day on which the score is going to change by time alone.
type Change struct {
	Day   cal.Day
	Score int32
	Delta int32
	Limit int64
}

// Forecast lists the days within the horizon on which score or limit change if nothing new happens and every
// obligation is kept on its due day.
func Forecast(p *Policy, f *Facts, r Request, days int32) []Change { return nil }

// MarshalStored encodes the facts that live on the consumer's row: all but Open and Holds.
func (f *Facts) MarshalStored() []byte { return nil }

// UnmarshalStored is the inverse of MarshalStored; Open and Holds are left as they are.
func (f *Facts) UnmarshalStored(b []byte) error { return nil }

// MarshalBinary encodes all facts, deterministic and versioned.
func (f *Facts) MarshalBinary() ([]byte, error) { return nil, nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (f *Facts) UnmarshalBinary(b []byte) error { return nil }

// MarshalBinary encodes the record, deterministic and versioned.
func (r *Record) MarshalBinary() ([]byte, error) { return nil, nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (r *Record) UnmarshalBinary(b []byte) error { return nil }

// Replay decides again on the record's facts and reports any difference, byte by byte.
func Replay(set PolicySet, r *Record) error { return nil }

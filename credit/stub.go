package credit

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

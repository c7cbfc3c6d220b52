package credit

import (
	"bytes"
	"testing"
)

// TestRecordKeepsWhatStandsBesideIt: another rule's record comes back as it was; without one the bytes are as before.
func TestRecordKeepsWhatStandsBesideIt(t *testing.T) {
	p := MustBuiltin()[0]
	f := NewFacts("de", p.Currency)
	req := Request{Day: 20000, Amount: 5000, Currency: p.Currency}
	rec := NewRecord(p, &f, req, Decide(p, &f, req))
	plain, err := rec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	rec.Beside = []byte("what else was recorded")
	with, err := rec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if plain[0] != recordVersion || with[0] != sectionedVersion || !bytes.HasPrefix(with[1:], plain[1:]) {
		t.Error("the record itself changed")
	}
	var back Record
	if err := back.UnmarshalBinary(with); err != nil || !bytes.Equal(back.Beside, rec.Beside) {
		t.Errorf("read %q, %v", back.Beside, err)
	}
	if err := back.UnmarshalBinary(plain); err != nil || back.Beside != nil {
		t.Errorf("read %q, %v", back.Beside, err)
	}
	for cut := range with {
		if back.UnmarshalBinary(with[:cut]) == nil {
			t.Fatalf("%d of %d bytes were read", cut, len(with))
		}
	}
}

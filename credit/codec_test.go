package credit

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var sameLists = cmpopts.EquateEmpty()

func TestRecordRoundTripAndReplay(t *testing.T) {
	p := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t, p, rapid.IntRange(0, 5).Draw(t, "items"))
		r := drawRequest(t)
		rec := NewRecord(p, &f, r, Decide(p, &f, r))
		b, err := rec.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back Record
		if err := back.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rec, back, sameLists); diff != "" {
			t.Fatal(diff)
		}
		again, _ := back.MarshalBinary()
		if !bytes.Equal(b, again) {
			t.Fatal("the bytes differ after a round trip")
		}
		if err := Replay(Policies{p}, &back); err != nil {
			t.Fatal(err)
		}
		back.Decision.Score++
		if Replay(Policies{p}, &back) == nil {
			t.Fatal("a changed record replays")
		}
		if j, err := rec.JSON(); err != nil || !json.Valid(j) {
			t.Fatal(err)
		}
	})
}

func TestStoredFacts(t *testing.T) {
	p := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t, p, 2)
		back := Facts{Open: f.Open, Holds: f.Holds}
		if err := back.UnmarshalStored(f.MarshalStored()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, back, sameLists); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestReplayNeedsThePolicy(t *testing.T) {
	p := policy(t)
	f := NewFacts("de", "EUR")
	r := request(genToday, 5000)
	rec := NewRecord(p, &f, r, Decide(p, &f, r))
	if Replay(Policies{}, &rec) == nil {
		t.Error("replay without the policy succeeds")
	}
	other := *p
	other.SHA256 = "00"
	if Replay(Policies{&other}, &rec) == nil {
		t.Error("replay with another file succeeds")
	}
}

// FuzzRecord: damaged bytes give an error or a value that survives a round trip, never a panic.
func FuzzRecord(f *testing.F) {
	p := policy(f)
	facts := NewFacts("de", "EUR")
	facts.History.Enquire(genToday, "m")
	r := request(genToday, 5000)
	rec := NewRecord(p, &facts, r, Decide(p, &facts, r))
	b, err := rec.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(facts.MarshalStored())
	f.Fuzz(func(t *testing.T, b []byte) {
		var rec, back Record
		if rec.UnmarshalBinary(b) == nil {
			out, err := rec.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			if err := back.UnmarshalBinary(out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(rec, back); diff != "" {
				t.Fatal(diff)
			}
		}
		var stored Facts
		if stored.UnmarshalStored(b) == nil {
			var again Facts
			if err := again.UnmarshalStored(stored.MarshalStored()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(stored, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func BenchmarkStoredFacts(b *testing.B) {
	_, f := anna(b)
	stored := f.MarshalStored()
	b.Logf("%d bytes", len(stored))
	b.Run("marshal", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf = f.AppendStored(buf[:0])
		}
	})
	b.Run("unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := f.UnmarshalStored(stored); err != nil {
				b.Fatal(err)
			}
		}
	})
}

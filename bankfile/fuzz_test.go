package bankfile

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzParse reads anything: it must end without a panic, and each entry must be usable.
func FuzzParse(f *testing.F) {
	f.Add([]byte(camt(ntry("A", "1.00", detail("RF18 5390 0754 7034")))))
	f.Add([]byte("<Document><BkToCstmrStmt><Stmt><Ntry/></Stmt></BkToCstmrStmt></Document>"))
	f.Add([]byte("\xff\xfe<\x00"))
	var own bytes.Buffer
	if err := WriteCAMT053(&own, example()); err != nil {
		f.Fatal(err)
	}
	f.Add(own.Bytes())
	paths, _ := filepath.Glob(filepath.Join(data, "iso20022", "camt", "*", "*.xml"))
	for _, path := range paths {
		if raw, err := os.ReadFile(path); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var keys *Keys
		seen := map[string]bool{}
		_ = Parse(bytes.NewReader(file), "f", Handler{
			Begin: func(s *Statement) error {
				keys, seen = NewKeys(s), map[string]bool{}
				return nil
			},
			Entry: func(_ *Statement, e *Entry) error {
				if e.Amount < 0 || len(e.Currency) != 3 {
					t.Errorf("entry %+v", e)
				}
				var sum int64
				for _, it := range keys.Items(e) {
					if it.Amount < 0 || seen[it.Key] {
						t.Errorf("item %+v", it)
					}
					seen[it.Key] = true
					if it.Credit {
						sum += it.Amount
					} else {
						sum -= it.Amount
					}
				}
				if sum != e.Signed() {
					t.Errorf("items of %d add up to %d", e.Signed(), sum)
				}
				return nil
			},
		})
		if s, err := Check(bytes.NewReader(file), "f"); (s == nil) == (err == nil) {
			t.Errorf("summary %v, error %v", s, err)
		}
	})
}

// FuzzIBAN holds that reading what is printed is the identity.
func FuzzIBAN(f *testing.F) {
	f.Add("DE89 3704 0044 0532 0130 00")
	f.Add("IBAN: gb29-NWBK")
	f.Fuzz(func(t *testing.T, s string) {
		iban, err := ParseIBAN(s)
		if err != nil {
			return
		}
		if again, err := ParseIBAN(iban.String()); err != nil || again != iban {
			t.Errorf("%q read as %s, then %s, %v", s, string(iban), string(again), err)
		}
	})
}

// FuzzReference holds the same for references, and that a valid one is found in any text.
func FuzzReference(f *testing.F) {
	f.Add("RF18 5390 0754 7034", "Danke")
	f.Fuzz(func(t *testing.T, s, around string) {
		if len(s)+len(around) > 200 {
			return
		}
		r, err := ParseReference(s)
		if err == nil {
			if again, err := ParseReference(r.String()); err != nil || again != r {
				t.Errorf("%q read as %s, then %s, %v", s, r, again, err)
			}
		}
		for _, found := range FindReferences(around, s) {
			if found.Validate() != nil {
				t.Errorf("found %s, which is not valid", found)
			}
		}
		if near := Candidates([]string{around, s}, []string{s}); len(alnum(s)) >= nearLengthMin && (len(near) != 1 || near[0].Edits != 0) {
			t.Errorf("%q in itself: %v", s, near)
		}
		if Distance(s, around) != Distance(around, s) {
			t.Errorf("distance of %q and %q depends on the order", s, around)
		}
	})
}

// FuzzEPC holds that printing what was read and is valid, and reading it, is the identity.
func FuzzEPC(f *testing.F) {
	f.Add([]byte("BCD\n002\n1\nSCT\n\nA\nDE89370400440532013000\nEUR12.3\n\n\nx\ny"))
	f.Add([]byte("BCD\r\n001\r\n8\r\nSCT\r\nCOBADEFF\r\nM\xfcller\r\nDE89370400440532013000"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := ParseEPC(payload)
		if err != nil || e.Validate() != nil {
			return
		}
		b, err := e.Payload()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseEPC(b); err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("%q read as %+v, then %+v, %v", payload, e, again, err)
		}
	})
}

// FuzzNames holds that comparing names is symmetric and that a name is the same as itself.
func FuzzNames(f *testing.F) {
	f.Add("Jörg Müller", "MUELLER J")
	f.Fuzz(func(t *testing.T, a, b string) {
		if SameName(a, b) != SameName(b, a) {
			t.Errorf("%q and %q depend on the order", a, b)
		}
		if n := NormalName(a); len(nameWords(a)) > 1 && len([]rune(n)) > 2*len(nameWords(a)) && !SameName(a, a) {
			t.Errorf("%q is not the same as itself", a)
		}
	})
}

package bankfile

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestReferenceVectors(t *testing.T) {
	raw, err := os.ReadFile(sample(t, "iban", "rf_iso11649_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Valid   []string
		Invalid [][2]string
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for _, s := range v.Valid {
		r, err := ParseReference(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if again, err := NewReference(r.Body()); err != nil || again != r {
			t.Errorf("%s made anew is %s, %v", r, again, err)
		}
		if again, err := ParseReference(strings.ToLower(r.String())); err != nil || again != r {
			t.Errorf("%s read again is %s, %v", r, again, err)
		}
		if !slices.Contains(FindReferences("Rechnung", s, "vom Mai"), r) {
			t.Errorf("%s is not found in a text", s)
		}
	}
	for _, c := range v.Invalid {
		if r, err := ParseReference(c[0]); err == nil && c[1] != "wrong prefix" {
			t.Errorf("%s (%s) read as %s", c[0], c[1], r)
		}
	}
	if len(v.Valid) != 17 || len(v.Invalid) != 8 {
		t.Errorf("%d valid and %d invalid vectors, want 17 and 8", len(v.Valid), len(v.Invalid))
	}
}

func TestNewReference(t *testing.T) {
	if r, err := NewReference("5390 0754-7034"); err != nil || r != "RF18539007547034" || r.String() != "RF18 5390 0754 7034" {
		t.Errorf("got %s, %v", r, err)
	}
	for _, body := range []string{"", "0", "---", strings.Repeat("9", 22)} {
		if r, err := NewReference(body); err == nil {
			t.Errorf("%q gives %s", body, r)
		}
	}
	if r, err := NewReference(strings.Repeat("Z", 21)); err != nil || r.Validate() != nil {
		t.Errorf("got %s, %v", r, err)
	}
}

func TestFindReferences(t *testing.T) {
	const want = Reference("RF18539007547034")
	for _, lines := range [][]string{
		{"RF18539007547034"}, {"rf18 5390 0754 7034"}, {"Ref.: RF18-5390-0754-7034 danke"}, {"RF18 5390 07", "54 7034"},
		{"R", "F18539007547034"}, {"SVWZ+RF18 5390 0754 7034EREF+NOTPROVIDED"}, {"RechnungRF18539007547034"},
		{"RF18.5390.0754.7034/Kd 4711"}, {"RF18 000000000 539007547034"}, {"Verwendungszweck: rf 18\n5390\n0754\n7034 vom 3.3.2026"},
		{"RFRF18539007547034"}, {"RF18539007547034Danke"}, {"RF18_5390_0754_7034;"}, {"\u00a0RF18\u20095390 0754 7034"},
	} {
		if !slices.Contains(FindReferences(lines...), want) {
			t.Errorf("%q: found %v", lines, FindReferences(lines...))
		}
	}
	for _, text := range []string{"", "RF", "RF18", "RF18 5390 0754 7035", "RFID 18 Karten", "18539007547034RF"} {
		if got := FindReferences(text); len(got) != 0 {
			t.Errorf("%q: found %v", text, got)
		}
	}
	two := FindReferences("RF18539007547034 und RF45 G72U UR, RF18539007547034")
	if !slices.Equal(two, []Reference{want, "RF45G72UUR"}) {
		t.Errorf("found %v", two)
	}
}

func TestCandidates(t *testing.T) {
	known := []string{"RF18539007547034", "RF45G72UUR", "ABC"}
	for text, edits := range map[string]int{
		"rf18 5390 0754 7034": 0, "RF18 5390 0754 7O34": 1, "RF18 5390 0745 7034": 1, "RF18 5390 0754 734": 1,
		"Danke RF18 5390 07754 7034 Max": 1, "RF1853900754703": 1, "18 539007547034": -1, "RF18 5390 0745 7043": -1, "": -1,
	} {
		got := Candidates([]string{text}, known)
		if edits < 0 && len(got) == 0 {
			continue
		}
		if len(got) != 1 || got[0] != (Near{known[0], edits}) {
			t.Errorf("%q: got %v, want %d edits", text, got, edits)
		}
	}
	if got := Candidates([]string{"RF18539007547034 RF45G72UU"}, []string{known[1], known[0]}); len(got) != 2 || got[0].Edits != 0 || got[1].Edits != 1 {
		t.Errorf("got %v", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "A-B C", 0}, {"abc", "", 3}, {"abcd", "acbd", 1}, {"kitten", "sitting", 3}, {"RF18", "RF1", 1}} {
		if got := Distance(c.a, c.b); got != c.want || Distance(c.b, c.a) != c.want {
			t.Errorf("%q %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

package app

import (
	"testing"

	"zahlziel/bankfile"
)

// TestNearReferences makes every single mistake in a reference and wants the right one among the few that are returned.
func TestNearReferences(t *testing.T) {
	for _, body := range []string{"1230000017", "1000000001", "1630012345"} {
		right, err := bankfile.NewReference(body)
		if err != nil {
			t.Fatal(err)
		}
		mistakes(string(right), func(wrong string) {
			found := nearReferences([]string{"Re " + wrong, "danke"})
			ok := wrong == string(right)
			for _, r := range found {
				ok = ok || r == right
			}
			if !ok || len(found) > 30 {
				t.Errorf("%s for %s: %d found: %v", wrong, right, len(found), found)
			}
		})
	}
}

// mistakes calls f with every text that one edit of a digit behind RF makes.
func mistakes(s string, f func(string)) {
	for i := 2; i < len(s); i++ {
		f(s[:i] + s[i+1:])
		if i > 2 {
			f(s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:])
		}
		for c := '0'; c <= '9'; c++ {
			f(s[:i] + string(c) + s[i+1:])
			f(s[:i] + string(c) + s[i:])
		}
		f(s[:i] + "O" + s[i+1:])
	}
}

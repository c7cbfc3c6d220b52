package cal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// shared reads a file of the common test data and skips the test where the data is not laid out next to the source.
func shared(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../shared", path))
	if os.IsNotExist(err) {
		t.Skipf("test data %s is missing next to the source tree", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors decodes one section of the common vectors.
func vectors(t *testing.T, section string, into any) {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(shared(t, "vectors/vectors.json"), &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[section], into); err != nil {
		t.Fatalf("section %s: %v", section, err)
	}
}

func day(t *testing.T, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func calendar(t *testing.T, code string) Calendar {
	t.Helper()
	c, err := CalendarOf(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

package shopapi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const jsonSuite = "../../shared/data/security/JSONTestSuite/test_parsing"

// suiteFiles lists the conformance files of one verdict: y (valid), n (invalid), i (either).
func suiteFiles(t *testing.T, verdict string) []string {
	t.Helper()
	if _, err := os.Stat(jsonSuite); err != nil {
		t.Skipf("conformance data is not there: %v", err)
	}
	names, err := filepath.Glob(filepath.Join(jsonSuite, verdict+"_*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s_ files in %s: %v", verdict, jsonSuite, err)
	}
	return names
}

func TestParseConformance(t *testing.T) {
	for _, name := range suiteFiles(t, "n") {
		if _, err := parseJSON(readFile(t, name)); err == nil {
			t.Errorf("%s is invalid and was accepted", filepath.Base(name))
		}
	}
	ours := map[string]bool{ // valid by RFC 8259, refused here on purpose
		"y_object_duplicated_key.json":           true,
		"y_object_duplicated_key_and_value.json": true,
	}
	for _, name := range suiteFiles(t, "y") {
		_, err := parseJSON(readFile(t, name))
		if (err != nil) != ours[filepath.Base(name)] {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
	for _, name := range suiteFiles(t, "i") {
		_, _ = parseJSON(readFile(t, name)) // either verdict is right; a panic is not
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]string{
		"twice":    `{"a":1,"b":2,"a":3}`,
		"trailing": `{} {}`,
		"UTF-8":    "\"\xff\"",
		"deeper":   strings.Repeat("[", 40) + strings.Repeat("]", 40),
		"control":  "\"a\nb\"",
		"more":     `[` + strings.Repeat("1,", jsonElementsMax) + `1]`,
		"expected": ``,
		"escape":   `"\x"`,
	}
	for word, body := range cases {
		want := word
		if word == "trailing" {
			want = "after the JSON value"
		}
		if _, err := parseJSON([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", word, err)
		}
	}
}

// FuzzParse compares the verdict with encoding/json: whatever we accept is valid JSON with the
// same meaning, whatever we refuse is invalid or beyond one of our stated bounds.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,-0.5e+3,true,null,"\u00e4\\"]}`, `[[]]`, `{"a":1,"a":2}`, `"\ud800"`, `01`, ` 1 `} {
		f.Add([]byte(s))
	}
	bounds := []string{"twice", "nested deeper", "more than", "UTF-8"}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parseJSON(body)
		if err == nil {
			if !json.Valid(body) || !utf8.Valid(body) {
				t.Fatalf("accepted what is not JSON: %q", body)
			}
			var s string
			if v.kind == kindText && (json.Unmarshal(body, &s) != nil || s != v.text) {
				t.Fatalf("%q read as %q, encoding/json says %q", body, v.text, s)
			}
			return
		}
		for _, b := range bounds {
			if strings.Contains(err.Error(), b) {
				return
			}
		}
		if json.Valid(body) {
			t.Fatalf("refused valid JSON %q: %v", body, err)
		}
	})
}

package web_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// words reads all sentences of a language; one with plural forms gives each form an entry.
func words(t *testing.T, lang string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("words/*" + lang + ".json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no word files for %s: %v", lang, err)
	}
	all := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var entries map[string]any
		if err := json.Unmarshal(b, &entries); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for key, v := range entries {
			if _, twice := all[key]; twice {
				t.Errorf("%s: %s stands in two files", file, key)
			}
			switch v := v.(type) {
			case string:
				all[key] = v
			case map[string]any:
				all[key] = ""
				for form, s := range v {
					all[key+"#"+form], _ = s.(string)
				}
			}
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

func placeholders(s string) []string {
	var names []string
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return names
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	de, en := words(t, "de"), words(t, "en")
	for key, german := range de {
		english, ok := en[key]
		if !ok {
			t.Errorf("%s has no English sentence", key)
		} else if !slices.Equal(placeholders(german), placeholders(english)) {
			t.Errorf("%s: the placeholders differ: %v and %v", key, placeholders(german), placeholders(english))
		}
	}
	for key := range en {
		if _, ok := de[key]; !ok {
			t.Errorf("%s has no German sentence", key)
		}
	}
}

// usedKey finds T(ctx, "key"...; a literal ending in a dot is the beginning of keys built at run time.
var usedKey = regexp.MustCompile(`\bTN?\([^"()]*(?:\([^"()]*\))?[^"()]*"([a-z0-9_.]+)"`)

// declaredKey finds keys kept in tables: words:"checkout.step." or a comment in the code cannot be mistaken for one.
var declaredKey = regexp.MustCompile(`(?:Key|key|Word|word)\w*(?::=|:|=|\()\s*"([a-z0-9_]+\.[a-z0-9_.]+)"`)

func TestEveryWordIsUsedAndThere(t *testing.T) {
	de := words(t, "de")
	used, prefixes := map[string]string{}, []string{}
	read := func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		if !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".templ") {
			return nil
		}
		text, err := os.ReadFile(name)
		for _, m := range slices.Concat(usedKey.FindAllStringSubmatch(string(text), -1), declaredKey.FindAllStringSubmatch(string(text), -1)) {
			if strings.HasSuffix(m[1], ".") {
				prefixes = append(prefixes, m[1])
			} else {
				used[m[1]] = name
			}
		}
		return err
	}
	for _, root := range []string{".", "../integrations/sampleshop"} {
		if err := filepath.WalkDir(root, read); err != nil {
			t.Fatal(err)
		}
	}
	for key, file := range used {
		if _, ok := de[key]; !ok {
			t.Errorf("%s: the sentence %s is missing", file, key)
		}
	}
	for key := range de {
		key, _, _ = strings.Cut(key, "#")
		built := slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
		if _, ok := used[key]; !ok && !built {
			t.Errorf("nobody says %s", key)
		}
	}
}

// unwanted are words that plain pages do without; the right-hand side is what we say instead.
var unwanted = map[string]map[string]string{
	"de": {"mahnstufe": "Erinnerung", "saldo": "offener Betrag", "bonität": "Punkte oder Grund", "abgelehnt": "zurzeit nicht möglich", "schuldner": "Sie", " du ": "Sie", " dein": "Ihr", "säumig": "überfällig", "sofort!": "ein Datum"},
	"en": {"creditworthiness": "points or reason", "debtor": "you", "delinquent": "overdue", "rejected": "not possible at the moment", "hurry": "a date", "click here": "name of the place"},
}

// sentenceWordsMax is the limit of words in a sentence of a page for consumers.
const sentenceWordsMax = 24

func TestWordsArePlain(t *testing.T) {
	for lang, terms := range unwanted {
		for key, s := range words(t, lang) {
			low := " " + strings.ToLower(s) + " "
			low = strings.ReplaceAll(low, "schuldnerberatung", "")
			for bad, better := range terms {
				if strings.Contains(low, bad) {
					t.Errorf("%s (%s) says %q; say %s", key, lang, bad, better)
				}
			}
			for _, sentence := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '!' || r == '?' || r == ':' }) {
				if n := len(strings.Fields(sentence)); n > sentenceWordsMax {
					t.Errorf("%s (%s): a sentence of %d words: %s", key, lang, n, sentence)
				}
			}
		}
	}
}

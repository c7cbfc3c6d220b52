package credit

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"zahlziel/cal"
)

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// fullReason has a value in every field, long ones on purpose.
func fullReason(c Code) Reason {
	return Reason{Code: c, No: "R-07-000123", Text: "Forderung, nicht bezahlt", Currency: "EUR", Day: cal.Date(2026, 12, 23), Since: cal.Date(2026, 9, 30),
		Amount: 123456, Of: 100000, Rest: 99999, N: 12, M: 11, Days: 365, Points: 125, Best: 220}
}

// TestSentences is the lint of the text file: every code in both languages, the same placeholders, all of them known,
// at most 160 characters, and no bare "score too low".
func TestSentences(t *testing.T) {
	known := fullReason(R01Deceased)
	for key, texts := range sentences {
		de, en := texts["de"], texts["en"]
		if de == "" || en == "" || len(texts) != 2 {
			t.Errorf("%s: needs exactly de and en", key)
		}
		inDE, inEN := placeholder.FindAllString(de, -1), placeholder.FindAllString(en, -1)
		slices.Sort(inDE)
		slices.Sort(inEN)
		if !slices.Equal(inDE, inEN) {
			t.Errorf("%s: placeholders differ: %v, %v", key, inDE, inEN)
		}
		for _, ph := range inDE {
			if known.value(strings.Trim(ph, "{}"), "de") == ph {
				t.Errorf("%s: unknown placeholder %s", key, ph)
			}
		}
		for _, lang := range []string{"de", "en"} {
			said := fill(key, lang, known.value)
			if err := lintSentence(said); err != nil {
				t.Errorf("%s %s: %v: %s", key, lang, err, said)
			}
		}
	}
}

func TestEverySentenceIsReachable(t *testing.T) {
	used := map[string]bool{}
	for c := Code(1); c < codeEnd; c++ {
		for subject := range Subject(len(subjectNames)) {
			for _, day := range []cal.Day{cal.NoDay, cal.Date(2026, 12, 23)} {
				r := fullReason(c)
				r.Subject, r.Day = subject, day
				if r.Sentence("de") == "" || r.Sentence("en") == "" {
					t.Fatalf("%s says nothing", r.key())
				}
				used[r.key()] = true
			}
		}
	}
	for k := PayFull; k < stepEnd; k++ {
		used["step."+k.String()] = true
		if (Step{Kind: k, Currency: "EUR", Amount: 5990, No: "R-1", By: cal.Date(2026, 12, 3)}).Sentence("de-DE") == "" {
			t.Errorf("step %s says nothing", k)
		}
	}
	for v := V1NewLateInvoice; v < voidEnd; v++ {
		used[v.String()] = true
	}
	for key := range sentences {
		if !used[key] && !strings.HasPrefix(key, "plan.") { // those are in the golden texts
			t.Errorf("%s is never used", key)
		}
	}
}

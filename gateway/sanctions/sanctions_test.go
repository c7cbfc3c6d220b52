package sanctions_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"zahlziel/cal"
	"zahlziel/gateway/sanctions"
)

func read(t testing.TB, name string) *sanctions.List {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := sanctions.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRead(t *testing.T) {
	eu, un := read(t, "eu.xml"), read(t, "un.xml")
	if eu.Source != "eu" || eu.Published.String() != "2026-11-20" || len(eu.Entries) != 4 || un.Source != "un" || un.Published.String() != "2026-11-18" || len(un.Entries) != 3 {
		t.Fatalf("%+v %+v", eu, un)
	}
	e := eu.Entries[0]
	if e.Ref != "EU.9001.10" || !e.Person || e.Programme != "TST" || len(e.Names) != 3 || len(e.Weak) != 1 || len(e.Born) != 2 || e.Born[0].Day != cal.Date(1961, 4, 28) || e.Born[1].From != 1963 {
		t.Errorf("%+v", e)
	}
	if e := eu.Entries[2]; e.Ref != "9003" || e.Names[0] != "Käthe Großmüller" || e.Born[0].From != 1970 || e.Born[0].To != 1975 {
		t.Errorf("%+v", e)
	}
	if e := un.Entries[0]; e.Ref != "TSi.001" || e.Names[0] != "PAK MUSTER HO" || len(e.Names) != 2 || len(e.Weak) != 1 || e.Born[1].To != 1957 {
		t.Errorf("%+v", e)
	}
	if e := un.Entries[2]; e.Person || len(e.Names) != 2 {
		t.Errorf("%+v", e)
	}
	if a, b := eu.Entries[0].Digest(), eu.Entries[1].Digest(); a == b || a != eu.Entries[0].Digest() {
		t.Error("digests")
	}
}

// TestDamagedLists: what is no whole list must be an error, never an empty list.
func TestDamagedLists(t *testing.T) {
	whole, err := os.ReadFile("testdata/eu.xml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	for name, damaged := range map[string]string{
		"empty": "", "no XML": "hello", "another root": "<html></html>", "cut": text[:len(text)/2], "cut at the end": strings.TrimSuffix(strings.TrimSpace(text), "</export>"),
		"no entries": `<export generationDate="2026-11-20T00:00:00"></export>`, "no date": strings.Replace(text, "generationDate", "date", 1),
		"no name": `<export generationDate="2026-11-20T00:00:00"><sanctionEntity euReferenceNumber="EU.1.1"/></export>`,
		"entity":  `<!DOCTYPE x [<!ENTITY a "b">]><export generationDate="2026-11-20T00:00:00"><sanctionEntity euReferenceNumber="1"><nameAlias wholeName="&a;"/></sanctionEntity></export>`,
	} {
		if l, err := sanctions.Read(strings.NewReader(damaged)); err == nil {
			t.Errorf("%s was read: %+v", name, l)
		}
	}
}

func TestFind(t *testing.T) {
	x := sanctions.NewIndex(read(t, "eu.xml"), read(t, "un.xml"))
	born := func(y, m, d int) cal.Day { return cal.Date(y, 1, 1) + cal.Day(31*(m-1)+d-1) }
	unknown := cal.NoDay
	tests := []struct {
		name string
		born cal.Day
		org  bool
		want string // reference; "" none
	}{
		{"Jussuf Ibrahim Al-Mustermann", cal.Date(1961, 4, 28), false, "EU.9001.10"},
		{"Mustermann, Yusuf Ibrahim", cal.Date(1961, 4, 28), false, "EU.9001.10"},
		{"Youssef Al Mustermann", cal.Date(1963, 9, 1), false, "EU.9001.10"},
		{"Yousef Mustermann", unknown, false, "EU.9001.10"},
		{"YOUSEF MUSTERMANN", cal.Date(1990, 5, 5), false, ""}, // another birth date
		{"Erika Mustermann", cal.Date(1961, 4, 28), false, ""}, // one word is not enough
		{"Юсуф Мустерманн", cal.Date(1961, 4, 28), false, "EU.9001.10"},
		{"Wladimir Schamilow-Beispiel", cal.Date(1970, 1, 1), false, "9004"},
		{"Muster Schmidt", unknown, false, ""}, // a weak name counts only to the letter
		{"Kaethe Grossmueller", cal.Date(1972, 1, 1), false, "9003"},
		{"Käthe Großmüller", cal.Date(1969, 12, 31), false, "9003"}, // years may be off by one
		{"Kathe Grossmuller", cal.Date(1980, 1, 1), false, ""},
		{"Käte Großmüller", unknown, false, "9003"},
		{"Karin Großmüller", unknown, false, ""},
		{"Park Muster Ho", cal.Date(1964, 7, 17), false, "TSi.001"},
		{"Abdullah", unknown, false, "TSi.002"},
		{"Abdullah Yilmaz", born(1980, 1, 5), false, ""}, // one listed word says nothing about two
		{"Beispielhandel für Schrauben", unknown, true, "EU.9002.11"},
		{"Muster Shipping Co.", unknown, true, "TSe.001"},
		{"Muster Shipping", unknown, false, ""}, // a person is no company
		{"", unknown, false, ""},
		{"-", unknown, false, ""},
	}
	for _, c := range tests {
		got := ""
		hits := x.Find(sanctions.Subject{Name: c.name, Born: c.born, Organisation: c.org})
		if len(hits) > 0 {
			got = hits[0].Entry.Ref
		}
		if got != c.want {
			t.Errorf("%q born %s: %q, want %q: %+v", c.name, c.born, got, c.want, hits)
		}
	}
}

// TestEveryListedNameIsFound makes one mistake in every name of a large random list and wants the entry found.
func TestEveryListedNameIsFound(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	l := randomList(rnd, 3000)
	x := sanctions.NewIndex(l)
	missed, others := 0, 0
	for i := range l.Entries {
		e := &l.Entries[i]
		hits := x.Find(sanctions.Subject{Name: misspelt(rnd, e.Names[0]), Born: e.Born[0].Day})
		found := false
		for _, h := range hits {
			found = found || h.Entry == e
		}
		if !found {
			missed++
		}
		others += len(hits)
	}
	t.Logf("%d of %d missed, %.2f hits each", missed, len(l.Entries), float64(others)/float64(len(l.Entries)))
	if missed > len(l.Entries)*3/100 {
		t.Errorf("%d of %d names with one mistake were not found", missed, len(l.Entries))
	}
	// Nobody of other names and birth dates is bothered.
	strangers := 0
	for range 3000 {
		if len(x.Find(sanctions.Subject{Name: randomName(rnd), Born: cal.Date(1990, 1, 1) + cal.Day(rnd.IntN(3000))})) > 0 {
			strangers++
		}
	}
	if strangers > 3 {
		t.Errorf("%d of 3000 strangers are hits", strangers)
	}
}

func randomName(rnd *rand.Rand) string {
	var words []string
	for range 2 + rnd.IntN(2) {
		w := ""
		for range 2 + rnd.IntN(3) {
			w += string("bdfghjklmnprstvwz"[rnd.IntN(17)]) + string("aeiou"[rnd.IntN(5)])
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func randomList(rnd *rand.Rand, n int) *sanctions.List {
	l := &sanctions.List{Source: "eu", Published: cal.Date(2026, 11, 20)}
	for i := range n {
		l.Entries = append(l.Entries, sanctions.Entry{Ref: fmt.Sprint("EU.", i), Person: true, Names: []string{randomName(rnd), randomName(rnd), randomName(rnd)},
			Born: []sanctions.Birth{{Day: cal.Date(1950, 1, 1) + cal.Day(rnd.IntN(12000))}}})
	}
	return l
}

// misspelt leaves one letter behind the first two out of one word, or writes it twice.
func misspelt(rnd *rand.Rand, name string) string {
	words := strings.Fields(name)
	w := words[rnd.IntN(len(words))]
	for i := range words {
		if len(words[i]) > len(w) {
			w = words[i]
		}
	}
	i := 2 + rnd.IntN(len(w)-2)
	wrong := w[:i] + w[i+1:]
	if rnd.IntN(2) == 0 {
		wrong = w[:i] + w[i:i+1] + w[i:]
	}
	return strings.Replace(name, w, wrong, 1)
}

func BenchmarkFind(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	x := sanctions.NewIndex(randomList(rnd, 7000))
	names := make([]string, 500)
	for i := range names {
		names[i] = randomName(rnd)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Find(sanctions.Subject{Name: names[i%len(names)], Born: cal.Date(1980, 1, 1)})
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"eu.xml", "un.xml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := sanctions.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		x := sanctions.NewIndex(l)
		for i := range l.Entries {
			for _, n := range l.Entries[i].Names {
				x.Find(sanctions.Subject{Name: n, Born: cal.NoDay})
			}
		}
	})
}

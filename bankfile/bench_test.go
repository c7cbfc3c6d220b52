package bankfile

import (
	"bytes"
	"io"
	"testing"
)

// BenchmarkParse reports entries a second of reading, splitting and keying.
func BenchmarkParse(b *testing.B) {
	const entries = 2000
	var file bytes.Buffer
	if _, err := io.Copy(&file, endless(entries)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		var keys *Keys
		err := Parse(bytes.NewReader(file.Bytes()), "f", Handler{
			Begin: func(s *Statement) error { keys = NewKeys(s); return nil },
			Entry: func(_ *Statement, e *Entry) error { keys.Items(e); return nil },
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkFindReferences(b *testing.B) {
	lines := []string{"SVWZ+Rechnung 4711 vom 03.03.2026, Referenz", "RF18 5390 0754", "7034 vielen Dank fuer die schnelle Lieferung ABWA+Max Mustermann"}
	for b.Loop() {
		FindReferences(lines...)
	}
}

func BenchmarkCandidates(b *testing.B) {
	lines := []string{"Rechnung 4711 vom 03.03.2026, Referenz RF18 5390 0754 7O34 vielen Dank fuer die schnelle Lieferung"}
	known := []string{"RF18539007547034", "RF45G72UUR", "RF9157QT3D9OD"}
	for b.Loop() {
		Candidates(lines, known)
	}
}

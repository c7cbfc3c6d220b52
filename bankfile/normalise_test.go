package bankfile

import "testing"

func TestSameName(t *testing.T) {
	same := [][2]string{
		{"Jörg Müller", "MUELLER JOERG"}, {"Jorg Muller", "Dr. Jörg Müller"}, {"Müller, Jörg", "Joerg Mueller"},
		{"Max und Erika Mustermann", "Erika Mustermann"}, {"MUSTERMANN,MAX U. ERIKA", "Max Mustermann"},
		{"M. Mustermann", "Max Mustermann"}, {"Anna-Lena Groß", "Gross Anna Lena"}, {"François D'Alsace", "Francois Dalsace"},
		{"Otto von Guericke", "Guericke, Otto"}, {"Søren Ærø", "Soren Aro"}, {"Łukasz Żak", "Lukasz Zak"},
		{"Prof. Dr. med. Eva Ö.", "Eva Ö"}, {"Frau Eva Maria Huber", "Eva Huber"}, {"Cher", "CHER"},
	}
	for _, c := range same {
		if !SameName(c[0], c[1]) || !SameName(c[1], c[0]) {
			t.Errorf("%q and %q are not the same: %v %v", c[0], c[1], nameWords(c[0]), nameWords(c[1]))
		}
	}
	for _, c := range [][2]string{
		{"Max Mustermann", "Erika Mustermann"}, {"Mustermann", "Max Mustermann"}, {"", ""}, {"Dr.", "Dr."},
		{"M M", "Max Mustermann"}, {"Anna Schmidt", "Hanna Schmidt"}, {"A. Schmidt", "Bernd Schmidt"}, {"123", ""},
	} {
		if SameName(c[0], c[1]) || SameName(c[1], c[0]) {
			t.Errorf("%q and %q are the same", c[0], c[1])
		}
	}
}

func TestNormalName(t *testing.T) {
	if a, b := NormalName("Dr. Jörg von Müller"), NormalName("MUELLER JOERG"); a != b || a != "jorg muller" {
		t.Errorf("got %q and %q", a, b)
	}
}

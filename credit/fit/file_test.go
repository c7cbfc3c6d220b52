package fit

import (
	"encoding/xml"
	"io"
	"os"
	"strings"
	"testing"

	"zahlziel/credit"
)

// TestCSV reads what tables look like: separators, byte order mark, missing values, quotes.
func TestCSV(t *testing.T) {
	table, err := ReadCSV(strings.NewReader("\xef\xbb\xbfa;b;c\n1;x;NA\n ;\"y;z\";3\n"))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := table.Column("b"); b.Text[1] != "y;z" || b.Numeric {
		t.Errorf("column b is %q", b.Text)
	}
	if a, _ := table.Column("a"); !a.Numeric || a.Text[1] != "" {
		t.Errorf("column a is %q", a.Text)
	}
	for _, broken := range []string{"", "a,a\n1,2\n", "a,\n1,2\n", "a,b\n1\n"} {
		if _, err := ReadCSV(strings.NewReader(broken)); err == nil {
			t.Errorf("%q is accepted", broken)
		}
	}
	if _, err := table.Outcomes("a", "1"); err == nil {
		t.Error("a missing outcome is guessed")
	}
}

// TestBrokenCards: what a loader must refuse.
func TestBrokenCards(t *testing.T) {
	whole := func(bins string) string { return `{"id":"c","version":1,"characteristics":{"x":` + bins + `}}` }
	if _, err := ParseCard([]byte(whole(`[{"up_to":3,"points":5},{"points":0},{"code":-9,"points":1},{"missing":true,"points":2}]`))); err != nil {
		t.Error(err)
	}
	for _, bins := range []string{`[]`, `[{"up_to":3,"points":5}]`, `[{"up_to":3,"points":5},{"up_to":3,"points":4},{"points":0}]`,
		`[{"points":0},{"points":1}]`, `[{"points":-1}]`, `[{"points":1001}]`, `[{"values":["A"],"points":1}]`,
		`[{"values":["A"],"points":1},{"values":["A"],"points":2},{"other":true,"points":0}]`, `[{"values":[],"points":1},{"other":true,"points":0}]`,
		`[{"up_to":1,"code":2,"points":1},{"points":0}]`, `[{"missing":true,"points":2},{"points":1}]`, `[{"wrong":1,"points":1}]`} {
		if _, err := ParseCard([]byte(whole(bins))); err == nil {
			t.Errorf("%s is accepted", bins)
		}
	}
}

// TestProductCard: the product's own card is a card of this package and scores the same.
func TestProductCard(t *testing.T) {
	pol := credit.MustBuiltin()[0]
	c, err := FromProduct(pol.Card)
	if err != nil {
		t.Fatal(err)
	}
	if c.Best() != 1000 {
		t.Errorf("the best bins add up to %d", c.Best())
	}
	rows := []Own{{Features: [credit.FeatureCount]int32{0, 0, 0, 0, 0, 0, 0, 0}}, {Features: [credit.FeatureCount]int32{20, 2, 5, 3, 8, 3000, 4, 400}}}
	s, err := c.Apply(ownTable(rows))
	if err != nil {
		t.Fatal(err)
	}
	if s.Score[0] != 700 || s.Score[1] != 90+60+125+55+20+60+55+125 {
		t.Errorf("scores are %v", s.Score)
	}
}

// TestFitOwn: a card of own outcomes is a file that decides.
func TestFitOwn(t *testing.T) {
	rows := ownWorld(2000)
	c, err := FitOwn(rows, credit.MustBuiltin()[0].Card, Options{ID: "card-own", Version: 2, Seed: 1, Folds: 3})
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	product, err := credit.ParseCard(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if product.Status != "fitted" || product.Version != 2 || c.Fit.AUC < 0.6 {
		t.Errorf("card %s v%d, AUC %v", product.Status, product.Version, c.Fit.AUC)
	}
	if _, err := FitOwn(rows[:30], credit.MustBuiltin()[0].Card, Options{ID: "x", Version: 1}); err == nil {
		t.Error("one outcome makes a card")
	}
}

// ownWorld draws decisions whose outcome hangs on the worst delay and on the age of the account.
func ownWorld(n int) []Own {
	rows := make([]Own, n)
	for i := range rows {
		k := i * 7919
		f := &rows[i].Features
		f[credit.P1], f[credit.P2], f[credit.P3] = int32(k%70), int32(k/3%5), int32(k/5%9)
		f[credit.E1], f[credit.E2], f[credit.B1], f[credit.B2], f[credit.A1] = int32(k/7%8), int32(k/11%16), int32(k/13%12000), int32(k/17%9), int32(k/19%900)
		rows[i].Bad = (int(f[credit.P1])*3+1000-int(f[credit.A1]))*(k/23%100) > 55_000
		rows[i].Group = []string{"18-24", "25-39", "40-59", "60+"}[i%4]
		rows[i].Score = 500
	}
	return rows
}

// TestReports: both reports are well-formed pages in both languages, ask nobody for anything and show every chart with a
// text and a table.
func TestReports(t *testing.T) {
	table, _ := world(1500, 5)
	c, err := Fit(table, Options{Target: "outcome", Bad: "bad", Seed: 1, ID: "card-<b>", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	v, err := Validate(c, table, ValidateOptions{Target: "outcome", Bad: "bad", Groups: []string{"noise"}, Champion: c})
	if err != nil {
		t.Fatal(err)
	}
	own, err := FromProduct(credit.MustBuiltin()[0].Card)
	if err != nil {
		t.Fatal(err)
	}
	in := &OwnInput{Rows: ownWorld(900), Method: "invoice_14", Amount: 5000, Currency: "EUR", Consumers: 40,
		Blocked: []Recourse{{Group: "18-24", Days: 3, Amount: 6480}, {Group: "18-24", Precluded: true, Causes: []string{"R01_DECEASED"}}, {Group: "60+", Precluded: true, ByScore: true, Causes: []string{"S01_SCORE_BELOW_CUTOFF"}}}}
	for _, row := range in.Rows {
		in.Applicants = append(in.Applicants, Applicant{Features: row.Features, Score: row.Score, Approved: row.Group != "60+", Group: row.Group, Recent: len(in.Applicants)%2 == 0})
	}
	r, err := Report(own, in, 1)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, g := range r.Gates {
		states[g.Name] = g.State
	}
	if states["preclusion by score or caps"] != GateFailed || states["fairness age band"] != GateSignOff || r.Preclusion.Precluded != 2 {
		t.Errorf("gates are %v", states)
	}
	for _, lang := range []string{"en", "de"} {
		for _, page := range [][]byte{ValidationHTML(c, v, lang), ReportHTML(own, r, lang)} {
			checkPage(t, string(page))
		}
	}
	en, de := wordsIn("en"), wordsIn("de")
	for k, text := range de {
		if _, named := en[k]; !named && strings.Count(text, "%") != strings.Count(k, "%") {
			t.Errorf("%q is translated with other placeholders", k)
		}
	}
	for k, text := range en {
		if strings.Count(text, "%") != strings.Count(de[k], "%") || de[k] == "" {
			t.Errorf("%q is not the same in both languages", k)
		}
	}
}

func checkPage(t *testing.T, page string) {
	t.Helper()
	for _, wrong := range []string{"http:", "https:", "<script", "src=", "url(", "%!", "<b>", "NaN"} {
		if strings.Contains(page, wrong) {
			t.Errorf("the page contains %q", wrong)
		}
	}
	if n := strings.Count(page, "<svg role=\"img\""); n < 2 || n != strings.Count(page, "<desc>") || n != strings.Count(page, "<details>") {
		t.Errorf("%d charts, %d texts, %d tables behind them", n, strings.Count(page, "<desc>"), strings.Count(page, "<details>"))
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestMap: derived columns are computed as declared, wrong ones are refused.
func TestMap(t *testing.T) {
	b, err := os.ReadFile("testdata/map.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMap(b)
	if err != nil {
		t.Fatal(err)
	}
	table, err := ReadCSV(strings.NewReader("bill1,bill2,bill3,limit,trade,kept\n10,30,,100,A,1\n0,0,0,0,B,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := table.derive(m.Derived); err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{"most": {"30", "0"}, "least": {"10", "0"}, "usual": {"20", "0"}, "all": {"40", "0"}, "large": {"1", "0"}, "use": {"0.2", "NaN"}, "rest": {"60", "0"}}
	for name, values := range want {
		c, err := table.Column(name)
		if err != nil {
			t.Fatal(err)
		}
		for row, v := range values {
			if got := plain(c.Number[row]); got != v {
				t.Errorf("%s of row %d is %s, want %s", name, row, got, v)
			}
		}
	}
	for _, broken := range []string{`{"derived":[{"name":"x","op":"log","of":["a","b"]}]}`, `{"derived":[{"name":"x","op":"ratio","of":["a"]}]}`,
		`{"derived":[{"name":"x","op":"max","of":["x","b"]}]}`, `{"columns":{"a":{"kind":"date"}}}`, `{"columns":{"a":{"points":"up"}}}`, `{"other":1}`, `{} {}`} {
		if _, err := ParseMap([]byte(broken)); err == nil {
			t.Errorf("%s is accepted", broken)
		}
	}
}

// TestGoldenCard compares a fit of a small table with the card that was looked at once.
func TestGoldenCard(t *testing.T) {
	table, _ := world(600, 6)
	c, err := Fit(table, Options{Target: "outcome", Bad: "bad", Seed: 1, Folds: 3, ID: "card-golden", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	got := c.Page()
	const name = "testdata/golden-page.txt"
	if os.Getenv("ZAHLZIEL_GOLDEN") != "" {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page differs from %s (ZAHLZIEL_GOLDEN=1 writes it anew):\n%s", name, got)
	}
}

// FuzzFiles: whatever a card, a map or a table says, reading it ends in a value or an error, and what was read can be used.
func FuzzFiles(f *testing.F) {
	f.Add([]byte(`{"id":"c","version":1,"characteristics":{"x":[{"up_to":3,"points":5},{"points":0}]}}`), []byte(`{"derived":[{"name":"x","op":"ratio","of":["a","b"]}]}`), []byte("a,b\n1,2\n"))
	f.Add([]byte(`{"id":"c","version":1,"characteristics":{"a":[{"values":["1"],"points":5},{"other":true,"points":0}]}}`), []byte(`{}`), []byte("a;b\nx;\n"))
	f.Fuzz(func(t *testing.T, card, columnMap, csv []byte) {
		table, err := ReadCSV(strings.NewReader(string(csv)))
		if err != nil {
			return
		}
		if m, err := ParseMap(columnMap); err == nil {
			_ = table.shallow().derive(m.Derived)
		}
		c, err := ParseCard(card)
		if err != nil {
			return
		}
		if s, err := c.Apply(table); err == nil {
			for _, score := range s.Score {
				if score < 0 || score > 1000 {
					t.Errorf("score %d", score)
				}
			}
		}
		if c.Page() == "" {
			t.Error("no page")
		}
	})
}

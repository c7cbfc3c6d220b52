package fit

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"zahlziel/money"
)

//go:embed report.html words.json
var files embed.FS

var page = template.Must(template.ParseFS(files, "report.html"))

// words are the texts of a report in one language.
type words map[string]string

// wordsIn returns the texts of a language, English for one that is not known.
func wordsIn(lang string) words {
	b, err := files.ReadFile("words.json")
	all := map[string]words{}
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		panic("fit: words.json is broken: " + err.Error()) // part of the program, covered by a test
	}
	if w, ok := all[lang]; ok {
		return w
	}
	return all["en"]
}

func (w words) of(key string) string {
	if text, ok := w[key]; ok {
		return text
	}
	return key
}

func (w words) all(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = w.of(k)
	}
	return out
}

// table is a table of a report.
type table struct {
	Title string
	Head  []string
	Rows  [][]string
}

// document is what the page shows, in this order.
type document struct {
	Lang, Title, Lead string
	TableBehind       string
	Gates             table
	SignOffs          []Gate
	SignTitle         string
	SignLine          string
	Charts            []chart
	Tables            []table
	NotesTitle        string
	Notes             []string
}

func (d *document) bytes() []byte {
	var out bytes.Buffer
	if err := page.Execute(&out, d); err != nil {
		panic("fit: report.html: " + err.Error()) // part of the program, covered by a test
	}
	return out.Bytes()
}

func newDocument(title, lang string, w words) *document {
	if lang != "de" {
		lang = "en"
	}
	return &document{Lang: lang, Title: title, TableBehind: w.of("table.behind"), SignTitle: w.of("sign.title"), SignLine: w.of("sign.line"), NotesTitle: w.of("notes")}
}

func (d *document) gates(all []Gate, w words) {
	d.Gates = table{Title: w.of("gates"), Head: w.all("gate", "state", "finding", "limit")}
	for _, g := range all {
		name := w.of(strings.TrimSpace(strings.TrimSuffix(g.Name, g.about)) + " gate")
		if g.about != "" {
			name += " " + w.of(g.about)
		}
		d.Gates.Rows = append(d.Gates.Rows, []string{name, w.of(g.State), fmt.Sprintf(w.of(g.format), g.values...), w.of(g.Limit)})
		if g.SignOff != "" {
			d.SignOffs = append(d.SignOffs, Gate{Name: name, SignOff: w.of(g.SignOff)})
		}
	}
}

// ValidationHTML is a validation as one page: charts with their tables, no script, nothing from elsewhere.
func ValidationHTML(c *Card, v *Validation, lang string) []byte {
	w := wordsIn(lang)
	d := newDocument(fmt.Sprintf(w.of("validation.title"), c.ID, c.Version), lang, w)
	d.Lead = fmt.Sprintf(w.of("validation.lead"), v.Rows, v.Bads, v.AUC, v.AUCLow, v.AUCHigh, v.Gini, v.KS, v.Brier, 100*v.CalibrationError)
	d.gates(v.Gates, w)
	d.Charts = append(d.Charts, calibrationChart(v.Groups, w), curveChart(v, w))
	for i := range v.Fairness {
		f := &v.Fairness[i]
		var names []string
		var shares []float64
		t := table{Title: fmt.Sprintf(w.of("fairness"), f.Attribute, f.CutOff), Head: w.all("group", "rows", "approved", "good.approved", "expected", "observed")}
		for _, g := range f.Groups {
			names, shares = append(names, g.Value), append(shares, g.Approved)
			t.Rows = append(t.Rows, []string{g.Value, fmt.Sprint(g.Rows), percent(g.Approved), percent(g.Good), percent(g.Expected), percent(g.Observed)})
		}
		text := fmt.Sprintf(w.of("fairness.text"), f.Approval, f.Good)
		d.Charts = append(d.Charts, barChart(t.Title, text, w.of("group"), names, shares, 0))
		d.Tables = append(d.Tables, t)
	}
	d.Tables = append(d.Tables, pointsTable(c, w))
	if v.PSIKnown {
		d.Tables = append(d.Tables, stabilityTable(v.Characteristics, w))
	}
	if c.Fit != nil {
		d.Notes = w.all(c.Fit.Warnings...)
	}
	return d.bytes()
}

// pointsTable is the points page with what the training rows say.
func pointsTable(c *Card, w words) table {
	t := table{Title: w.of("points.page"), Head: w.all("characteristic", "value", "points", "rows", "bad", "woe")}
	for _, name := range c.names() {
		for i, b := range c.Bins[name] {
			row := []string{name, Label(c.Bins[name], i), fmt.Sprint(b.Points), "", "", ""}
			if c.Fit != nil && len(c.Fit.Counts[name]) > i {
				k := c.Fit.Counts[name][i]
				row[3], row[4], row[5] = fmt.Sprint(k.Rows), fmt.Sprint(k.Bads), fmt.Sprintf("%.2f", k.WoE)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func stabilityTable(all map[string]Stability, w words) table {
	t := table{Title: w.of("stability"), Head: w.all("characteristic", "psi", "limit", "state")}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		state := GatePassed
		if s.Alarm {
			state = GateFailed
		}
		t.Rows = append(t.Rows, []string{name, fmt.Sprintf("%.4f", s.PSI), fmt.Sprintf("%.4f", s.Threshold), w.of(state)})
	}
	return t
}

// ReportHTML is the report on the card in use as one page.
func ReportHTML(c *Card, r *OwnReport, lang string) []byte {
	w := wordsIn(lang)
	d := newDocument(fmt.Sprintf(w.of("report.title"), c.ID, c.Version, r.Day), lang, w)
	n := &r.Decisions
	d.Lead = fmt.Sprintf(w.of("report.lead"), n.All, n.Approved, n.Outcomes, r.Months, n.Bads, n.Young, n.Repeated, n.Unused, n.Erased)
	d.gates(r.Gates, w)
	if r.Performing != nil {
		d.Charts = append(d.Charts, calibrationChart(r.Performing.Groups, w), curveChart(r.Performing, w))
	}
	var names []string
	var shares []float64
	for _, g := range r.Approvals {
		names, shares = append(names, fmt.Sprintf("%s (%d)", g.Group, g.All)), append(shares, g.Share)
	}
	d.Charts = append(d.Charts, barChart(w.of("approvals"), w.of("approvals.text"), w.of("age"), names, shares, 0))
	p := &r.Preclusion
	if p.Method != "" {
		t := table{Title: fmt.Sprintf(w.of("preclusion"), p.Method, money.Format(p.Amount, p.Currency, lang)), Head: w.all("what", "people")}
		for _, row := range []struct {
			key string
			n   int
		}{{"people", p.Consumers}, {"blocked", p.Blocked}, {"smaller", p.Smaller}, {"precluded", p.Precluded}, {"byscore", p.ByScore}, {"lost", p.Lost}} {
			t.Rows = append(t.Rows, []string{w.of(row.key), fmt.Sprint(row.n)})
		}
		for _, cause := range slices.Sorted(maps.Keys(p.Causes)) {
			t.Rows = append(t.Rows, []string{w.of("cause") + " " + cause, fmt.Sprint(p.Causes[cause])})
		}
		way := table{Title: w.of("recourse"), Head: w.all("age", "blocked", "median.days", "median.amount")}
		for _, g := range r.Disparity {
			way.Rows = append(way.Rows, []string{g.Group, fmt.Sprint(g.Blocked), fmt.Sprintf("%.0f", g.Days), money.Format(g.Amount, p.Currency, lang)})
		}
		d.Tables = append(d.Tables, t, way)
	}
	d.Tables = append(d.Tables, stabilityTable(r.Stability, w), pointsTable(c, w))
	d.Notes = w.all(r.Warnings...)
	return d.bytes()
}

package fit

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Limits of a CSV file: one machine must be able to hold it, and a mistake must not fill it.
const (
	rowsMax    = 5_000_000
	columnsMax = 2_000
)

// missing are the ways in which files say that a value is not there, in lower case.
var missing = []string{"", "na", "n/a", "nan", "null", "none", "?", "."}

// Table is a set of rows held by column.
type Table struct {
	Rows    int
	columns []*Column
	byName  map[string]*Column
}

// Column is one column of a table: the texts as written and, where they are numbers, their values.
type Column struct {
	Name    string
	Text    []string  // trimmed; "" where the value is missing; nil for a computed column
	Number  []float64 // NaN where the value is missing or is no number
	Numeric bool      // every value that is there is a number
}

// ReadCSV reads a table with a header line; a gzip file is recognised by its first bytes. Separators are comma, semicolon
// or tab, whichever the header has most of.
func ReadCSV(r io.Reader) (*Table, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if head, _ := buffered.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("not a gzip file: %w", err)
		}
		defer z.Close()
		buffered = bufio.NewReaderSize(z, 1<<16)
	}
	if bom, _ := buffered.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = buffered.Discard(3)
	}
	line, _ := buffered.Peek(1 << 14)
	head, _, _ := strings.Cut(string(line), "\n")
	records := csv.NewReader(buffered)
	records.Comma = separator(head)
	records.ReuseRecord = true
	header, err := records.Read()
	if err != nil {
		return nil, fmt.Errorf("no header line: %w", err)
	}
	t, err := newTable(header)
	if err != nil {
		return nil, err
	}
	if err := t.readRows(records); err != nil {
		return nil, err
	}
	for _, c := range t.columns {
		c.parse()
	}
	return t, nil
}

func separator(head string) rune {
	best := ','
	for _, s := range []rune{';', '\t'} {
		if strings.Count(head, string(s)) > strings.Count(head, string(best)) {
			best = s
		}
	}
	return best
}

func newTable(header []string) (*Table, error) {
	if len(header) > columnsMax {
		return nil, fmt.Errorf("%d columns; at most %d are read", len(header), columnsMax)
	}
	t := &Table{byName: map[string]*Column{}}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, fmt.Errorf("column %d has no name in the header line", i+1)
		}
		if err := t.add(&Column{Name: name}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Table) add(c *Column) error {
	if t.byName[c.Name] != nil {
		return fmt.Errorf("column %q is there twice", c.Name)
	}
	t.byName[c.Name] = c
	t.columns = append(t.columns, c)
	return nil
}

func (t *Table) readRows(records *csv.Reader) error {
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t.Rows++; t.Rows > rowsMax {
			return fmt.Errorf("more than %d rows", rowsMax)
		}
		for i, c := range t.columns {
			text := strings.TrimSpace(record[i])
			if slices.Contains(missing, strings.ToLower(text)) {
				text = ""
			}
			c.Text = append(c.Text, strings.Clone(text))
		}
	}
}

// parse finds out whether a column holds numbers.
func (c *Column) parse() {
	c.Number = make([]float64, len(c.Text))
	c.Numeric = true
	any := false
	for i, text := range c.Text {
		v := math.NaN()
		if text != "" {
			n, err := strconv.ParseFloat(text, 64)
			if err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
				v = n
			} else {
				c.Numeric = false
			}
			any = true
		}
		c.Number[i] = v
	}
	c.Numeric = c.Numeric && any
}

// Column finds a column by its name.
func (t *Table) Column(name string) (*Column, error) {
	if c := t.byName[name]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("there is no column %q; the columns are %s", name, strings.Join(t.names(), ", "))
}

func (t *Table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name
	}
	return names
}

// Outcomes reads the target: true for a row whose value in the column is the bad one. Numbers are compared as numbers.
// Rows without an outcome are an error: leave them out of the file, their outcome must not be guessed.
func (t *Table) Outcomes(column, bad string) ([]bool, error) {
	c, err := t.Column(column)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseFloat(bad, 64)
	isNumber := err == nil
	out := make([]bool, t.Rows)
	bads := 0
	for i := range out {
		if c.Text[i] == "" {
			return nil, fmt.Errorf("row %d has no outcome in column %q; leave such rows out", i+2, column)
		}
		out[i] = c.Text[i] == bad || isNumber && c.Number[i] == number
		if out[i] {
			bads++
		}
	}
	if bads == 0 || bads == t.Rows {
		return nil, fmt.Errorf("column %q has %d of %d rows with the bad value %q; both outcomes are needed", column, bads, t.Rows, bad)
	}
	return out, nil
}

// Subset returns the rows with the given numbers.
func (t *Table) Subset(rows []int) *Table {
	out := &Table{Rows: len(rows), byName: map[string]*Column{}}
	for _, c := range t.columns {
		s := &Column{Name: c.Name, Numeric: c.Numeric, Number: pick(c.Number, rows)}
		if c.Text != nil {
			s.Text = pick(c.Text, rows)
		}
		out.columns = append(out.columns, s)
		out.byName[s.Name] = s
	}
	return out
}

// pick returns the elements with the given numbers.
func pick[T any](all []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = all[r]
	}
	return out
}

// text is what a row says, "" where it says nothing. Computed columns have no text.
func (c *Column) text(row int) string {
	if c.Text == nil {
		return ""
	}
	return c.Text[row]
}

// shallow is a table with the same columns, to which more can be added.
func (t *Table) shallow() *Table {
	out := &Table{Rows: t.Rows, byName: map[string]*Column{}}
	for _, c := range t.columns {
		out.columns = append(out.columns, c)
		out.byName[c.Name] = c
	}
	return out
}

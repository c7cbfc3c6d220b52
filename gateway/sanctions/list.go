// Package sanctions reads sanctions lists (the European Union's consolidated list as XML export 1.1 and the United
// Nations' consolidated list as XML) and finds entries that a person or organisation may be.
//
// A match is a question for a person at the desk, never an accusation. Everything here works on bytes and values; lists
// come from files that the operator downloads.
package sanctions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"zahlziel/cal"
)

// List is one list as published.
type List struct {
	Source    string  `json:"source"` // eu, un
	Published cal.Day `json:"published"`
	Entries   []Entry `json:"entries"`
}

// Entry is one listed person or organisation.
type Entry struct {
	Ref       string   `json:"ref"` // the list's own reference, for example EU.27.28 or KPi.033
	Person    bool     `json:"person,omitempty"`
	Names     []string `json:"names"`               // all spellings
	Weak      []string `json:"weak,omitempty"`      // spellings that the list itself calls weak
	Born      []Birth  `json:"born,omitempty"`      // several where the list does not know which
	Programme string   `json:"programme,omitempty"` // for example IRQ
}

// Birth is what a list knows of a birth: a day, or a range of years.
type Birth struct {
	Day  cal.Day `json:"day"` // NoDay: only the years are known
	From int     `json:"from,omitempty"`
	To   int     `json:"to,omitempty"`
}

// Digest tells this content of an entry from every other.
func (e *Entry) Digest() string {
	b, _ := json.Marshal(e) // plain strings and numbers
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Bounds of a file; far above the lists of 2026.
const (
	entriesMax = 200_000
	namesMax   = 500 // of one entry
	nameMax    = 400 // bytes
)

// Read reads a list of either format, recognised by its root element, entry by entry. A file without any entry, or with
// an entry without reference or name, is an error: a damaged list must not pass for an empty one.
func Read(r io.Reader) (*List, error) {
	d := xml.NewDecoder(r)
	root, err := nextElement(d)
	if err != nil {
		return nil, fmt.Errorf("sanctions: the file is no XML: %w", err)
	}
	l := &List{Published: cal.NoDay}
	var read func(*xml.Decoder, xml.StartElement) (*Entry, error)
	switch root.Name.Local {
	case "export":
		l.Source, l.Published, read = "eu", dayOf(attr(root, "generationDate")), readEU
	case "CONSOLIDATED_LIST":
		l.Source, l.Published, read = "un", dayOf(attr(root, "dateGenerated")), readUN
	default:
		return nil, fmt.Errorf("sanctions: root element %q is neither the EU's <export> nor the UN's <CONSOLIDATED_LIST>", root.Name.Local)
	}
	if !l.Published.IsSet() {
		return nil, errors.New("sanctions: the file does not say when it was published")
	}
	for {
		start, err := nextElement(d)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("sanctions: after %d entries: %w", len(l.Entries), err)
		}
		e, err := read(d, start)
		if err != nil {
			return nil, fmt.Errorf("sanctions: entry %d: %w", len(l.Entries)+1, err)
		}
		if e == nil {
			continue
		}
		if l.Entries = append(l.Entries, *e); len(l.Entries) > entriesMax {
			return nil, fmt.Errorf("sanctions: more than %d entries", entriesMax)
		}
	}
	if len(l.Entries) == 0 {
		return nil, errors.New("sanctions: the file has no entries")
	}
	return l, nil
}

// nextElement skips to the next start of an element. The file must be whole: io.EOF comes only after the root's end.
func nextElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := t.(xml.StartElement); ok {
			return start, nil
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func dayOf(s string) cal.Day {
	if len(s) < 10 {
		return cal.NoDay
	}
	d, err := cal.ParseDay(s[:10])
	if err != nil {
		return cal.NoDay
	}
	return d
}

// euEntity is <sanctionEntity> of xmlFullSanctionsList_1_1.
type euEntity struct {
	Ref     string `xml:"euReferenceNumber,attr"`
	Logical string `xml:"logicalId,attr"`
	Type    struct {
		Code string `xml:"code,attr"`
	} `xml:"subjectType"`
	Regulation []struct {
		Programme string `xml:"programme,attr"`
	} `xml:"regulation"`
	Names []struct {
		Whole  string `xml:"wholeName,attr"`
		First  string `xml:"firstName,attr"`
		Middle string `xml:"middleName,attr"`
		Last   string `xml:"lastName,attr"`
		Strong string `xml:"strong,attr"`
	} `xml:"nameAlias"`
	Born []struct {
		Date string `xml:"birthdate,attr"`
		Year string `xml:"year,attr"`
		From string `xml:"yearRangeFrom,attr"`
		To   string `xml:"yearRangeTo,attr"`
	} `xml:"birthdate"`
}

func readEU(d *xml.Decoder, start xml.StartElement) (*Entry, error) {
	if start.Name.Local != "sanctionEntity" {
		return nil, d.Skip()
	}
	var x euEntity
	if err := d.DecodeElement(&x, &start); err != nil {
		return nil, err
	}
	e := &Entry{Ref: x.Ref, Person: x.Type.Code == "person"}
	if e.Ref == "" {
		e.Ref = x.Logical
	}
	if len(x.Regulation) > 0 {
		e.Programme = x.Regulation[0].Programme
	}
	for _, n := range x.Names {
		whole := n.Whole
		if strings.TrimSpace(whole) == "" {
			whole = n.First + " " + n.Middle + " " + n.Last
		}
		e.name(whole, n.Strong == "false")
	}
	for _, b := range x.Born {
		e.birth(b.Date, b.Year, b.From, b.To)
	}
	return e, e.check()
}

// unName is what individuals and entities have in common.
type unEntry struct {
	DataID     string    `xml:"DATAID"`
	Ref        string    `xml:"REFERENCE_NUMBER"`
	First      string    `xml:"FIRST_NAME"`
	Second     string    `xml:"SECOND_NAME"`
	Third      string    `xml:"THIRD_NAME"`
	Fourth     string    `xml:"FOURTH_NAME"`
	Type       string    `xml:"UN_LIST_TYPE"`
	Individual []unAlias `xml:"INDIVIDUAL_ALIAS"`
	Entity     []unAlias `xml:"ENTITY_ALIAS"`
	Born       []struct {
		Date string `xml:"DATE"`
		Year string `xml:"YEAR"`
		From string `xml:"FROM_YEAR"`
		To   string `xml:"TO_YEAR"`
	} `xml:"INDIVIDUAL_DATE_OF_BIRTH"`
}

type unAlias struct {
	Quality string `xml:"QUALITY"`
	Name    string `xml:"ALIAS_NAME"`
}

func readUN(d *xml.Decoder, start xml.StartElement) (*Entry, error) {
	switch start.Name.Local {
	case "INDIVIDUALS", "ENTITIES":
		return nil, nil // walk into it
	case "INDIVIDUAL", "ENTITY":
	default:
		return nil, d.Skip()
	}
	var x unEntry
	if err := d.DecodeElement(&x, &start); err != nil {
		return nil, err
	}
	e := &Entry{Ref: strings.TrimSpace(x.Ref), Person: start.Name.Local == "INDIVIDUAL", Programme: strings.TrimSpace(x.Type)}
	if e.Ref == "" {
		e.Ref = strings.TrimSpace(x.DataID)
	}
	e.name(x.First+" "+x.Second+" "+x.Third+" "+x.Fourth, false)
	for _, a := range append(x.Individual, x.Entity...) {
		e.name(a.Name, strings.EqualFold(strings.TrimSpace(a.Quality), "low"))
	}
	for _, b := range x.Born {
		e.birth(b.Date, b.Year, b.From, b.To)
	}
	return e, e.check()
}

func (e *Entry) name(s string, weak bool) {
	s = strings.Join(strings.Fields(s), " ")
	switch {
	case s == "" || len(s) > nameMax:
	case weak:
		e.Weak = append(e.Weak, s)
	default:
		e.Names = append(e.Names, s)
	}
}

// birth notes a day, a year or a range of years; a list may leave all of it open.
func (e *Entry) birth(date, year, from, to string) {
	if day := dayOf(strings.TrimSpace(date)); day.IsSet() {
		e.Born = append(e.Born, Birth{Day: day})
		return
	}
	b := Birth{Day: cal.NoDay, From: yearOf(from), To: yearOf(to)}
	if y := yearOf(year); y != 0 {
		b.From, b.To = y, y
	}
	if b.From == 0 {
		b.From = b.To
	}
	if b.To == 0 {
		b.To = b.From
	}
	if b.From != 0 {
		e.Born = append(e.Born, b)
	}
}

func yearOf(s string) int {
	s = strings.TrimSpace(s)
	y, err := strconv.Atoi(s[:min(len(s), 4)])
	if err != nil || y < 1850 || y > 2100 {
		return 0
	}
	return y
}

func (e *Entry) check() error {
	switch {
	case e.Ref == "":
		return errors.New("no reference")
	case len(e.Names)+len(e.Weak) == 0:
		return fmt.Errorf("%s has no name", e.Ref)
	case len(e.Names)+len(e.Weak) > namesMax:
		return fmt.Errorf("%s has more than %d names", e.Ref, namesMax)
	}
	return nil
}

package web

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"zahlziel/cal"
	"zahlziel/money"
)

// Kind colours a tag, a notice or a button by its meaning, never by decoration.
type Kind string

// The kinds. For buttons: Primary once per page, Plain for the others, Quiet for ways out.
const (
	Plain   Kind = ""
	Primary Kind = "primary"
	Quiet   Kind = "quiet"
	Small   Kind = "small"
	Info    Kind = "info"
	Success Kind = "success"
	Caution Kind = "caution"
	Error   Kind = "error"
)

func kindClass(base string, k Kind) string {
	if k == Plain {
		return base
	}
	return base + " " + base + "-" + string(k)
}

// Fact is one line of a summary list. Action is an optional link at its end.
type Fact struct {
	Label  string
	Value  string
	Body   templ.Component // instead of Value
	Action *Link
	Total  bool // a sum: printed strong
}

// Column is one column of a table; Num columns are right-aligned with figures of equal width.
type Column struct {
	Head string
	Num  bool
}

// Cell is one cell: text, or a component.
type Cell struct {
	Text string
	Body templ.Component
	Href string // makes Text a link
}

// TableData is a table; on phones each row becomes a card with the heads as labels.
// The first cell of a row is its head.
type TableData struct {
	Caption string
	Hidden  bool // the caption is only for screen readers
	Columns []Column
	Rows    [][]Cell
	Foot    []Cell
}

// Cells turns texts into a row.
func Cells(texts ...string) []Cell {
	out := make([]Cell, len(texts))
	for i, t := range texts {
		out[i] = Cell{Text: t}
	}
	return out
}

func (t TableData) head(i int) string {
	if i < len(t.Columns) {
		return t.Columns[i].Head
	}
	return ""
}

func (t TableData) class(i int) string {
	if i < len(t.Columns) && t.Columns[i].Num {
		return "num"
	}
	return ""
}

// Moment is one entry of a timeline. State is "", "now" or "ahead".
type Moment struct {
	When  string
	Title string
	Text  string
	State string
	Body  templ.Component
}

// OpenItem is an invoice that waits for its payment, as a card.
type OpenItem struct {
	Title   string // "Schuhladen, Rechnung R-07-000123"
	Amount  string
	Due     string // "fällig am 3. Dezember 2026"
	State   string // text of the tag; none if empty
	Kind    Kind
	Note    string
	Facts   []Fact
	Actions []Action
}

// Action is a button of a card: a link, or with Name a button of the surrounding form.
type Action struct {
	Text  string
	Href  string
	Name  string
	Value string
	Kind  Kind
}

// Slip is what a bank transfer needs. Payload is the text of the QR code (EPC069-12).
type Slip struct {
	Payload   string
	Payee     string
	IBAN      string
	BIC       string
	Amount    string
	Reference string
	Due       string
}

// SpacedIBAN prints an IBAN in groups of four, as people compare it.
func SpacedIBAN(iban string) string {
	iban = strings.ReplaceAll(iban, " ", "")
	var b strings.Builder
	for i, r := range iban {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// qrDrawing is a QR code as the size of its square and one SVG path of its dark modules,
// with the quiet zone of four modules that ISO/IEC 18004 asks for.
func qrDrawing(payload string) (size string, path string, err error) {
	code, err := qr.Encode(payload, qr.M)
	if err != nil {
		return "", "", err
	}
	const quiet = 4
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; {
			if !code.Black(x, y) {
				x++
				continue
			}
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			b.WriteString("M" + itoa(from+quiet) + " " + itoa(y+quiet) + "h" + itoa(x-from) + "v1h-" + itoa(x-from) + "z")
		}
	}
	return itoa(code.Size + 2*quiet), b.String(), nil
}

// Pager is the place within a list of pages; Href gives the address of page n (1..Pages).
type Pager struct {
	Page, Pages int
	Href        func(n int) string
}

// near are the page numbers shown: first, last and the neighbours; 0 is a gap.
func (p Pager) near() []int {
	var out []int
	for n := 1; n <= p.Pages; n++ {
		if n == 1 || n == p.Pages || n >= p.Page-1 && n <= p.Page+1 {
			out = append(out, n)
		} else if out[len(out)-1] != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// Money prints an amount of minor units in the language of the page: 84,40 € or €84.40.
func Money(ctx context.Context, minor int64, cur money.Currency) string {
	return money.Format(minor, cur, string(LangOf(ctx)))
}

// Day prints a day in the language of the page: 3. Dezember 2026 or 3 December 2026.
func Day(ctx context.Context, d cal.Day) string {
	return cal.FormatLong(d, string(LangOf(ctx)))
}

func slipFacts(ctx context.Context, s Slip) []Fact {
	facts := []Fact{
		{Label: T(ctx, "slip.amount"), Value: s.Amount},
		{Label: T(ctx, "slip.payee"), Value: s.Payee},
		{Label: T(ctx, "slip.iban"), Value: SpacedIBAN(s.IBAN)},
		{Label: T(ctx, "slip.reference"), Value: s.Reference},
	}
	if s.BIC != "" {
		facts = append(facts, Fact{Label: T(ctx, "slip.bic"), Value: s.BIC})
	}
	if s.Due != "" {
		facts = append(facts, Fact{Label: T(ctx, "slip.due"), Value: s.Due})
	}
	return facts
}

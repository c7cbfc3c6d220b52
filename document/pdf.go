package document

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of the A4 page in millimetres. The address stands where DIN 5008 form B puts the envelope window.
const (
	pageWidth    = 210.0
	pageBottom   = 297.0 - 22.0
	marginLeft   = 25.0
	marginRight  = 20.0
	textWidth    = pageWidth - marginLeft - marginRight
	topFirst     = 16.0
	topNext      = 26.0
	windowTop    = 45.0
	windowWidth  = 85.0
	windowLines  = 7
	infoLeft     = 125.0
	letterBodyAt = 96.0
	labelWidth   = 46.0
	gap          = 4.0
	labelNarrow  = 34.0 // beside a QR code
	qrSide       = 46.0 // printed code with its quiet zone; 0.8 mm and more per module
)

// Type sizes in points.
const (
	sizeSmall = 7.5
	sizeText  = 9.5
	sizeHead  = 11.5
	sizeTitle = 16.0
)

type colour [3]int

var (
	black  = colour{0x1a, 0x1a, 0x1a}
	grey   = colour{0x55, 0x5b, 0x60}
	line   = colour{0xb8, 0xbe, 0xc2}
	panel  = colour{0xf1, 0xf4, 0xf2}
	accent = colour{0x0b, 0x51, 0x3c}
)

const family = "Sans"

// pagesAlias is replaced by the number of pages at the end; no name from outside looks like it.
const pagesAlias = "{number-of-pages}"

// sheet is the pen that writes one Paper.
type sheet struct {
	f     *fpdf.Fpdf
	w     *words
	paper Paper
	y     float64 // next free height on the current page
}

// PDF draws the paper. Equal papers give equal bytes.
func (p Paper) PDF() ([]byte, error) {
	s := &sheet{f: fpdf.New("P", "mm", "A4", ""), w: wordsOf(p.Lang), paper: p}
	s.prepare()
	s.f.AddPage()
	s.head()
	key := true
	for _, section := range p.Sections {
		if key && !section.Key && p.Kind == "precontract" {
			s.nextPage()
		}
		key = section.Key
		s.section(section)
	}
	var out bytes.Buffer
	if err := s.f.Output(&out); err != nil {
		return nil, fmt.Errorf("drawing %s %s: %w", p.Kind, p.Number, err)
	}
	return out.Bytes(), nil
}

// prepare sets everything that belongs to the file as a whole; the dates keep the clock out.
func (s *sheet) prepare() {
	f, p := s.f, s.paper
	f.SetCatalogSort(true)
	f.SetCreationDate(p.Day.Time())
	f.SetModificationDate(p.Day.Time())
	f.SetProducer("Zahlziel", true)
	f.SetAuthor(p.From.Name, true)
	f.SetTitle(strings.TrimSpace(p.Title+" "+p.Number), true)
	f.SetSubject(p.Subtitle, true)
	f.SetLang(p.Lang)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(marginLeft, topFirst, marginRight)
	f.SetCellMargin(0)
	f.AddUTF8FontFromBytes(family, "", fontRegular)
	f.AddUTF8FontFromBytes(family, "B", fontBold)
	f.AliasNbPages(pagesAlias)
	f.SetHeaderFunc(s.pageHead)
	f.SetFooterFunc(s.pageFoot)
}

// pageHead repeats on later pages what the paper is.
func (s *sheet) pageHead() {
	if s.f.PageNo() == 1 {
		return
	}
	s.font("", sizeSmall, grey)
	s.put(marginLeft, 15, strings.TrimSpace(s.paper.Title+" "+s.paper.Number))
	s.putRight(pageWidth-marginRight, 15, s.paper.From.Name)
	s.rule(18, line)
}

func (s *sheet) pageFoot() {
	s.rule(pageBottom+5, line)
	s.font("", sizeSmall, grey)
	from := append([]string{s.paper.From.Name}, s.paper.From.Address...)
	for i, text := range s.wrap(strings.Join(append(from, s.paper.From.Legal...), " · "), textWidth-28) {
		if i < 3 {
			s.put(marginLeft, pageBottom+9+3.4*float64(i), text)
		}
	}
	page := strconv.Itoa(s.f.PageNo())
	width := s.f.GetStringWidth(s.w.say("page.of", "page", page, "pages", page))
	s.put(pageWidth-marginRight-width, pageBottom+9, s.w.say("page.of", "page", page, "pages", pagesAlias))
}

// head writes letterhead, address, facts and title of the first page.
func (s *sheet) head() {
	p := s.paper
	s.font("B", sizeTitle-2, accent)
	s.put(marginLeft, topFirst+5, p.From.Name)
	s.font("", sizeSmall, grey)
	for i, text := range []string{p.From.Web, p.From.Email, p.From.Phone} {
		s.putRight(pageWidth-marginRight, topFirst+2+3.6*float64(i), text)
	}
	s.y = topFirst + 13
	if p.Letter {
		s.address()
		s.y = letterBodyAt
	}
	s.font("B", sizeTitle, black)
	s.lines(p.Title, marginLeft, textWidth, 7)
	s.font("", sizeText, grey)
	s.lines(p.Subtitle, marginLeft, textWidth, 5)
	if !p.Letter {
		s.y += 1
		s.rows(p.Info, marginLeft, textWidth, labelWidth)
	}
	s.y += gap
}

// address fills the envelope window and the facts beside it.
func (s *sheet) address() {
	p := s.paper
	s.font("", 6.5, grey)
	sender := s.wrap(strings.Join(append([]string{p.From.Name}, p.From.Address...), " · "), windowWidth)
	s.put(marginLeft, windowTop+3, first(sender))
	s.font("", sizeText+0.5, black)
	for i, text := range s.envelope(append([]string{p.To.Name}, p.To.Address...)) {
		s.put(marginLeft, windowTop+11+4.8*float64(i), text)
	}
	s.y = windowTop + 3
	for _, row := range p.Info {
		s.font("", sizeSmall, grey)
		s.put(infoLeft, s.y+3, row.Label)
		s.y += 3.6
		s.font("B", sizeText, black)
		s.lines(row.Value, infoLeft, pageWidth-marginRight-infoLeft, 4.6)
		s.y += 1.6
	}
}

// envelope wraps an address to the lines that show in the window. Where they do not suffice each part gets one line, so
// that street and town are never lost behind a long name.
func (s *sheet) envelope(parts []string) []string {
	var all, short []string
	for _, text := range parts {
		lines := s.wrap(text, windowWidth)
		all, short = append(all, lines...), append(short, first(lines))
	}
	if len(all) > windowLines {
		all = short[:min(len(short), windowLines)]
	}
	return all
}

// section writes one block. A heading never stands alone at the foot of a page.
func (s *sheet) section(sec Section) {
	switch {
	case sec.Key || sec.Strong || sec.QR != "":
		s.room(s.height(sec))
	case sec.Table != nil:
		s.room(s.height(sec) + s.tableStart(*sec.Table))
	default:
		s.room(min(s.height(sec), 26))
	}
	start := s.y
	inset := 0.0
	if sec.Key || sec.Strong {
		inset = gap
		s.box(sec)
		s.y += gap
	}
	left, width := marginLeft+inset, textWidth-2*inset
	s.f.Bookmark(printable(sec.Title), 0, s.y)
	s.heading(sec, left, width)
	s.body(sec, left, width)
	if sec.Table != nil {
		s.table(*sec.Table, sec.Title)
	}
	if sec.QR != "" {
		s.y = max(s.y, start+inset+7+qrSide+5)
	}
	s.y += gap + inset
}

func (s *sheet) heading(sec Section, left, width float64) {
	size, height := sizeHead, 5.6
	if sec.Key && s.paper.Letter {
		size, height = sizeHead+2.5, 6.6
	}
	s.font("B", size, accent)
	if sec.Strong {
		s.font("B", size, black)
	}
	s.lines(sec.Title, left, width, height)
	s.y += 0.8
}

// body writes paragraphs and rows, beside the QR code where there is one.
func (s *sheet) body(sec Section, left, width float64) {
	if sec.QR != "" {
		s.qr(sec, left+width-qrSide, s.y)
		width -= qrSide + gap
	}
	for _, text := range sec.Paragraphs {
		s.font("", sizeText, black)
		s.lines(text, left, width, 4.6)
		s.y += 1.2
	}
	if len(sec.Paragraphs) > 0 && len(sec.Rows) > 0 {
		s.y++
	}
	s.rows(sec.Rows, left, width, sec.labels())
}

// labels is the width of the label column, less beside a QR code.
func (sec Section) labels() float64 {
	if sec.QR != "" {
		return labelNarrow
	}
	return labelWidth
}

// rows writes label and value beside each other; both may run over several lines.
func (s *sheet) rows(rows []Row, left, width, labels float64) {
	for _, row := range rows {
		style := ""
		if row.Strong {
			style = "B"
		}
		s.font(style, sizeText, black)
		values := s.wrap(row.Value, width-labels)
		s.font("", sizeText, grey)
		names := s.wrap(row.Label, labels-2)
		s.room(4.8 * float64(max(len(values), len(names))))
		for i, text := range names {
			s.put(left, s.y+3.6+4.8*float64(i), text)
		}
		s.font(style, sizeText, black)
		for i, text := range values {
			s.put(left+labels, s.y+3.6+4.8*float64(i), text)
		}
		s.y += 4.8 * float64(max(len(values), len(names)))
	}
}

// qr draws the code as black runs, so that it stays sharp at every size.
func (s *sheet) qr(sec Section, x, y float64) {
	code, err := encodeQR(sec.QR)
	if err != nil {
		s.f.SetError(err)
		return
	}
	module := qrSide / float64(code.Size+2*quietZone)
	s.f.SetFillColor(255, 255, 255)
	s.f.Rect(x, y, qrSide, qrSide, "F")
	s.f.SetFillColor(0, 0, 0)
	runs(code, func(cx, cy, n int) {
		s.f.Rect(x+module*float64(cx+quietZone), y+module*float64(cy+quietZone), module*float64(n), module, "F")
	})
	s.font("", sizeSmall, grey)
	width := s.f.GetStringWidth(printable(sec.QRTitle))
	s.put(x+(qrSide-width)/2, y+qrSide+1.5, sec.QRTitle)
}

// box draws the frame of a section that must stand out: a tint for what to do, a dark edge for a warning.
func (s *sheet) box(sec Section) {
	height := s.height(sec) - gap
	if sec.Strong {
		s.f.SetDrawColor(black[0], black[1], black[2])
		s.f.SetLineWidth(0.5)
		s.f.Rect(marginLeft, s.y, textWidth, height, "D")
		return
	}
	s.f.SetFillColor(panel[0], panel[1], panel[2])
	s.f.Rect(marginLeft, s.y, textWidth, height, "F")
	s.f.SetFillColor(accent[0], accent[1], accent[2])
	s.f.Rect(marginLeft, s.y, 1.2, height, "F")
}

// height is what the section needs, without its table, which may run over pages.
func (s *sheet) height(sec Section) float64 {
	inset, size, headLine := 0.0, sizeHead, 5.6
	if sec.Key || sec.Strong {
		inset = gap
	}
	if sec.Key && s.paper.Letter {
		size, headLine = sizeHead+2.5, 6.6
	}
	width := textWidth - 2*inset
	s.font("B", size, black)
	h := inset + headLine*float64(len(s.wrap(sec.Title, width))) + 0.8
	if sec.QR != "" {
		width -= qrSide + gap
	}
	s.font("", sizeText, black)
	for _, text := range sec.Paragraphs {
		h += 4.6*float64(len(s.wrap(text, width))) + 1.2
	}
	if len(sec.Paragraphs) > 0 && len(sec.Rows) > 0 {
		h++
	}
	for _, row := range sec.Rows {
		s.font("", sizeText, grey)
		n := len(s.wrap(row.Label, sec.labels()-2))
		if row.Strong {
			s.font("B", sizeText, black)
		}
		h += 4.8 * float64(max(n, len(s.wrap(row.Value, width-sec.labels()))))
	}
	if sec.QR != "" {
		h = max(h, inset+7+qrSide+5)
	}
	return h + inset + gap
}

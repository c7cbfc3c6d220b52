package bankfile

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"zahlziel/money"
)

// Limits of one file's shape. Nothing in the standard comes near them.
const (
	depthLimit  = 64
	detailLimit = 100_000 // transactions held for one entry
	linesLimit  = 10_000  // repeated texts of one transaction
)

// Handler receives a file as it is read. Each function may be nil. An error it returns ends the
// reading and comes back from Parse unchanged.
type Handler struct {
	Begin func(*Statement) error         // before a statement's first entry, with all that stands before it
	Entry func(*Statement, *Entry) error // the entry is the handler's to keep
	End   func(*Statement) error         // after its last entry
}

// Parse reads a camt.052, camt.053 or camt.054 file of any version and any size, with or without
// namespace, and calls h for each statement and entry in the order of the file. Memory does not grow
// with the file, only with the largest entry. The name of the file is for error messages.
//
// An error may come after entries were already handed over. Who books must therefore read twice: first
// Check, then Parse.
//
// What is wrong with a file is an *Error; a file without any statement is an error too.
func Parse(r io.Reader, file string, h Handler) error {
	src, refused := openSource(r)
	if refused != "" {
		return &Error{File: file, Text: refused}
	}
	p := &parser{file: file, src: src, h: h, dec: xml.NewDecoder(src)}
	p.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // source has converted already
	if err := p.run(); err != nil {
		return err
	}
	if p.statements == 0 {
		return p.errorf(0, "", "%s", p.missing())
	}
	return nil
}

// ParseAll reads a file into memory, each statement with its Entries. It is for small files and tests.
func ParseAll(r io.Reader, file string) ([]Statement, error) {
	var all []Statement
	var entries []Entry
	err := Parse(r, file, Handler{
		Entry: func(_ *Statement, e *Entry) error { entries = append(entries, *e); return nil },
		End: func(s *Statement) error {
			s.Entries, entries = entries, nil
			all = append(all, *s)
			return nil
		},
	})
	return all, err
}

// containers are the elements that hold the statements; version 1 put its number behind the name.
var containers = map[string]struct {
	kind Kind
	item string
}{
	"BkToCstmrAcctRpt":      {Report, "Rpt"},
	"BkToCstmrStmt":         {Final, "Stmt"},
	"BkToCstmrDbtCdtNtfctn": {Notification, "Ntfctn"},
}

// parser walks the tokens once. The path of the open elements below the container, with levels that
// differ between versions left out, selects what happens with a text (see fields).
type parser struct {
	file string
	src  *source
	dec  *xml.Decoder
	h    Handler

	names []string // open elements from the root
	marks []int    // length of path before each of them; -1 if the element is left out of path
	path  []byte
	text  []byte // text since the last tag
	ccy   string // Ccy attribute of the last start tag
	root  string // name of the first element

	kind       Kind // of the open container
	item       string
	inside     int // depth of the container, 0 if none is open
	version    int
	space      string // namespace of the open Document
	documents  int
	statements int
	entries    int

	messageID string
	begun     bool // Begin was called for st
	st        *Statement
	en        *Entry
	de        *Detail
	charge    Amount
	debit     bool // the balance being read is a debit
	sided     bool // CdtDbtInd of en was read
}

func (p *parser) run() error {
	for {
		p.src.mark()
		tok, err := p.dec.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return p.broken(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = p.open(t)
		case xml.EndElement:
			err = p.close()
		case xml.CharData:
			err = p.chars(t)
		case xml.Directive:
			err = p.errorf(0, "", "the file has a document type declaration (DOCTYPE), which bank files never need and which is refused for safety")
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) chars(t xml.CharData) error {
	if p.inside == 0 {
		return nil
	}
	if len(p.text)+len(t) > tokenLimit {
		return p.broken(errTokenTooLong)
	}
	p.text = append(p.text, t...)
	return nil
}

// leftOut are levels that some versions have and others have not.
var leftOut = map[string]bool{"Pty": true, "NtryDtls": true}

func (p *parser) open(t xml.StartElement) error {
	name := t.Name.Local
	if len(p.names) == 0 {
		if p.root != "" {
			return p.errorf(0, "", "a second document begins with <%s>; put each message into a file of its own", name)
		}
		p.root = name
	}
	if len(p.names) >= depthLimit {
		return p.errorf(0, "", "elements are nested deeper than %d levels", depthLimit)
	}
	p.names = append(p.names, name)
	p.text = p.text[:0]
	if p.inside == 0 {
		p.marks = append(p.marks, -1)
		return p.outside(t)
	}
	if leftOut[name] {
		p.marks = append(p.marks, -1)
		return nil
	}
	if name == p.item && len(p.path) == 0 {
		name = "Stmt"
	}
	p.marks = append(p.marks, len(p.path))
	if len(p.path) > 0 {
		p.path = append(p.path, '/')
	}
	p.path = append(p.path, name...)
	p.ccy = ""
	for _, a := range t.Attr {
		if a.Name.Local == "Ccy" {
			p.ccy = a.Value
		}
	}
	return p.begin()
}

// outside looks for the document and its container, which an envelope may surround.
func (p *parser) outside(t xml.StartElement) error {
	name := t.Name.Local
	if name == "Document" {
		p.documents++
		p.space, p.version, p.kind = t.Name.Space, 0, ""
		if kind, version, ok := messageOf(t.Name.Space); ok {
			p.kind, p.version = kind, version
			if !known(kind) {
				return p.notStatement(kind)
			}
		}
		return nil
	}
	if i := strings.LastIndexByte(name, 'V'); i > 0 && len(name)-i > 1 && allDigits(name[i+1:]) {
		name = name[:i]
	}
	if kind, ok := otherContainers[name]; ok {
		return p.notStatement(kind)
	}
	c, ok := containers[name]
	if !ok {
		return nil
	}
	if p.kind != "" && p.kind != c.kind {
		return p.errorf(0, t.Name.Local, "the file calls itself %s but holds the content of %s; ask the bank for a correct file", p.kind, c.kind)
	}
	p.kind, p.item, p.inside, p.messageID = c.kind, c.item, len(p.names), ""
	p.path = p.path[:0]
	return nil
}

func (p *parser) notStatement(kind Kind) error {
	return p.errorf(0, "", "this is a %s file%s, not an account statement; import camt.053 files", kind, purposeOf(kind))
}

func known(k Kind) bool { return k == Report || k == Final || k == Notification }

var messageName = regexp.MustCompile(`\b([a-z]{4}\.[0-9]{3})\.[0-9]{3}\.([0-9]{2})\b`)

// messageOf finds the message and its version in a namespace such as
// urn:iso:std:iso:20022:tech:xsd:camt.053.001.08 or a national variant of it.
func messageOf(space string) (Kind, int, bool) {
	m := messageName.FindStringSubmatch(space)
	if m == nil {
		return "", 0, false
	}
	return Kind(m[1]), int(m[2][0]-'0')*10 + int(m[2][1]-'0'), true
}

// otherContainers are the contents of messages that people mistake for statements, for files whose
// namespace does not say so.
var otherContainers = map[string]Kind{"CstmrCdtTrfInitn": "pain.001", "CstmrPmtStsRpt": "pain.002",
	"CstmrDrctDbtInitn": "pain.008", "CstmrPmtCxlReq": "camt.055"}

// purposeOf says in words what the messages are that people mistake for statements.
func purposeOf(k Kind) string {
	switch k {
	case "pain.001":
		return " (payment order)"
	case "pain.002":
		return " (status of a payment order)"
	case "pain.008":
		return " (direct debit order)"
	case "camt.055", "camt.056":
		return " (cancellation request)"
	case "camt.029":
		return " (answer to an investigation)"
	}
	return ""
}

// begin makes room for what the element that was just opened will fill.
func (p *parser) begin() error {
	switch string(p.path) {
	case "Stmt":
		p.st = newStatement(p)
		p.begun = false
	case "Stmt/Bal":
		if len(p.st.Balances) >= linesLimit {
			return p.fail("more than %d balances", linesLimit)
		}
		p.st.Balances = append(p.st.Balances, newBalance())
	case "Stmt/Ntry":
		if err := p.beginStatement(); err != nil {
			return err
		}
		p.entries++
		p.en = newEntry(p.entries)
	case "Stmt/Ntry/TxDtls":
		if len(p.en.Details) >= detailLimit {
			return p.fail("more than %d transactions in one entry; ask the bank to send them in several", detailLimit)
		}
		p.en.Details = append(p.en.Details, Detail{})
		p.de = &p.en.Details[len(p.en.Details)-1]
	}
	return nil
}

// beginStatement checks the statement's head and hands it over, once.
func (p *parser) beginStatement() error {
	if p.begun {
		return nil
	}
	p.begun = true
	p.statements++
	if p.st.Account() == "" {
		return p.fail("the statement does not name its account (Acct/Id)")
	}
	if p.h.Begin == nil {
		return nil
	}
	return p.h.Begin(p.st)
}

func (p *parser) close() error {
	last := len(p.names) - 1
	mark := p.marks[last]
	if p.inside == last+1 {
		p.inside = 0
	}
	var err error
	if mark >= 0 && p.inside > 0 {
		if field, ok := fields[string(p.path)]; ok && (p.st != nil || p.path[0] == 'G') {
			if text := strings.TrimSpace(string(p.text)); text != "" {
				err = field(p, text)
			}
		}
		if err == nil {
			err = p.finish()
		}
		p.path = p.path[:mark]
	}
	p.names, p.marks = p.names[:last], p.marks[:last]
	p.text = p.text[:0]
	return err
}

// finish checks and hands over what the element that is being closed has filled.
func (p *parser) finish() error {
	switch string(p.path) {
	case "Stmt/Ntry/TxDtls/Chrgs", "Stmt/Ntry/TxDtls/Chrgs/Rcrd":
		return p.addCharge()
	case "Stmt/Ntry/TxDtls":
		p.de = nil
	case "Stmt/Bal":
		return p.checkBalance()
	case "Stmt/Ntry":
		en := p.en
		if err := p.checkEntry(en); err != nil {
			return err
		}
		p.en = nil
		if p.h.Entry == nil {
			return nil
		}
		return p.h.Entry(p.st, en)
	case "Stmt":
		if err := p.beginStatement(); err != nil {
			return err
		}
		st := p.st
		p.st = nil
		if p.h.End == nil {
			return nil
		}
		return p.h.End(st)
	}
	return nil
}

// fail makes an error at the element that is open.
func (p *parser) fail(format string, args ...any) error {
	entry, element := 0, ""
	if i := p.inside; i > 0 && i < len(p.names) {
		names := p.names[i:]
		if p.en != nil {
			entry = p.en.Index
		}
		if len(names) > 1 && names[0] == p.item {
			names = names[1:]
		}
		element = strings.Join(names, "/")
	}
	return p.errorf(entry, element, format, args...)
}

func (p *parser) errorf(entry int, element, format string, args ...any) error {
	line, _ := p.dec.InputPos()
	return &Error{File: p.file, Entry: entry, Element: element, Line: line,
		Offset: p.dec.InputOffset(), Text: fmt.Sprintf(format, args...)}
}

// broken turns an error of the decoder into one that says what to do.
func (p *parser) broken(err error) error {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return p.fail("the file cannot be read to its end: %v", err)
	}
	line, text := syntax.Line, syntax.Msg
	switch {
	case strings.HasPrefix(text, "unexpected EOF"):
		text = "the file ends in the middle; it is cut off, fetch it again"
	case strings.HasPrefix(text, "invalid UTF-8"):
		text = "a character is not UTF-8 though the file says so; save the file as UTF-8 or correct its encoding"
	case strings.HasPrefix(text, "invalid character entity"):
		text = text + "; only the five entities of XML are accepted"
	default:
		text = "the XML is broken: " + text
	}
	e := p.fail("%s", text).(*Error)
	e.Line = line
	return e
}

// missing explains a well-formed file in which no statement was found.
func (p *parser) missing() string {
	switch {
	case p.root == "":
		return "the file is empty"
	case p.item != "":
		return fmt.Sprintf("the file is %s but holds no statement: element %s is missing", p.kind, p.item)
	case p.kind != "":
		return fmt.Sprintf("the file is %s but its content is missing", p.kind)
	case p.documents == 0:
		return fmt.Sprintf("this is no account statement: its first element is <%s>, expected is <Document> of camt.053", p.root)
	case p.space != "":
		return fmt.Sprintf("this is no account statement: its namespace is %s; import camt.053 files", quote(p.space))
	}
	return "this is no account statement: neither a namespace nor an element BkToCstmrStmt says so; import camt.053 files"
}

// currency returns the currency of the amount that is being closed.
func (p *parser) currency() (money.Currency, error) {
	if p.ccy == "" && p.st.Currency != "" {
		return p.st.Currency, nil
	}
	if p.ccy == "" {
		return "", errors.New("the amount has no currency (attribute Ccy)")
	}
	return parseCurrency(p.ccy)
}

// amount reads the text that is being closed as an amount.
func (p *parser) amount(text string) (Amount, error) {
	c, err := p.currency()
	if err != nil {
		return Amount{}, p.fail("%v", err)
	}
	minor, err := parseAmount(text, c)
	if err != nil {
		return Amount{}, p.fail("%v", err)
	}
	return Amount{Minor: minor, Currency: c}, nil
}

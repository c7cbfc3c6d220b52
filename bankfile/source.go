package bankfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// tokenLimit bounds what one XML token (text, tag, comment) may hold. The longest text of the
// standard has 500 characters; comments and supplementary data may be longer.
const tokenLimit = 256 << 10

var errTokenTooLong = errors.New("a text or tag is longer than 256 KiB")

// source hands a file to the XML decoder as UTF-8, byte by byte, and stops when a single token
// grows beyond tokenLimit, because encoding/xml holds a whole token in memory.
type source struct {
	r     *bufio.Reader
	token int // bytes since the last mark
}

// ReadByte implements io.ByteReader, which keeps encoding/xml from buffering on its own.
func (s *source) ReadByte() (byte, error) {
	if s.token++; s.token > tokenLimit {
		return 0, errTokenTooLong
	}
	return s.r.ReadByte()
}

// Read implements io.Reader, which the decoder asks for but does not use.
func (s *source) Read(p []byte) (int, error) { return s.r.Read(p) }

// mark starts the count of the next token.
func (s *source) mark() { s.token = 0 }

// openSource looks at the head of a file, refuses what is not XML with a text that names what it is, and
// converts other encodings to UTF-8.
func openSource(r io.Reader) (*source, string) {
	raw := bufio.NewReaderSize(r, 64<<10)
	head, err := raw.Peek(4096)
	if err != nil && err != io.EOF && len(head) == 0 {
		return nil, "the file cannot be read: " + err.Error()
	}
	enc, refused := encodingOf(head)
	if refused == "" && enc == nil {
		refused = foreign(bytes.TrimPrefix(head, []byte("\uFEFF")))
	}
	if refused != "" {
		return nil, refused
	}
	if enc == nil {
		if bytes.HasPrefix(head, []byte("\uFEFF")) {
			_, _ = raw.Discard(len("\uFEFF"))
		}
		return &source{r: raw}, ""
	}
	return &source{r: bufio.NewReader(transform.NewReader(raw, enc.NewDecoder()))}, ""
}

// encodingOf returns the encoding of a file from its byte order mark or XML declaration, nil for UTF-8.
func encodingOf(head []byte) (encoding.Encoding, string) {
	switch {
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.HasPrefix(head, []byte{0, '<'}):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), ""
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{'<', 0}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), ""
	}
	name := declaredEncoding(head)
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil, ""
	}
	enc, err := htmlindex.Get(name)
	if err != nil || strings.HasPrefix(strings.ToLower(name), "utf-16") {
		return nil, "the file says it is in the encoding " + quote(name) +
			", which it is not or which is unknown; save it as UTF-8"
	}
	return enc, ""
}

// declaredEncoding returns the encoding="..." of the XML declaration.
func declaredEncoding(head []byte) string {
	head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	end := bytes.Index(head, []byte("?>"))
	if end < 0 || !bytes.HasPrefix(head, []byte("<?xml")) {
		return ""
	}
	_, after, found := bytes.Cut(head[:end], []byte("encoding"))
	after = bytes.TrimLeft(after, " \t\r\n=")
	if !found || len(after) == 0 {
		return ""
	}
	value, _, ok := bytes.Cut(after[1:], after[:1])
	if !ok {
		return ""
	}
	return string(value)
}

// magics are the beginnings of files that people hand in by mistake.
var magics = []struct{ start, text string }{
	{"%PDF", "this is a PDF; export the statement as camt.053 (XML) from your bank"},
	{"PK\x03\x04", "this is a ZIP archive or an office file; unpack it and import the XML files inside"},
	{"\x1f\x8b", "this is a gzip archive; unpack it and import the XML file inside"},
	{"\xd0\xcf\x11\xe0", "this is an old office file; export the statement as camt.053 (XML) from your bank"},
	{"{1:", mt940Text}, {":20:", mt940Text}, {":25:", mt940Text}, {"-\r\n:20:", mt940Text}, {"-\n:20:", mt940Text},
	{"{", "this is JSON; export the statement as camt.053 (XML) from your bank"},
	{"[", "this is JSON; export the statement as camt.053 (XML) from your bank"},
	{"ISA*", "this is an EDI file; export the statement as camt.053 (XML) from your bank"},
}

const mt940Text = "this is an MT940 statement; export it as camt.053 (XML) from your bank"

// foreign names what a file is that does not begin like XML; empty if it does.
func foreign(head []byte) string {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return "the file is empty"
	}
	for _, m := range magics {
		if bytes.HasPrefix(text, []byte(m.start)) {
			return m.text
		}
	}
	for _, start := range []string{"<!doctype html", "<html"} {
		if len(text) >= len(start) && strings.EqualFold(string(text[:len(start)]), start) {
			return "this is a web page, perhaps the bank's error page; export the statement as camt.053 (XML)"
		}
	}
	if text[0] == '<' {
		return ""
	}
	if bytes.Contains(text, []byte("\n:20:")) {
		return mt940Text
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.Count(line, []byte(";")) > 2 || bytes.Count(line, []byte(",")) > 2 || bytes.Count(line, []byte("\t")) > 2 {
		return "this is a table (CSV); export the statement as camt.053 (XML) from your bank"
	}
	return "this is not XML: it begins with " + quote(string(line)) + "; export the statement as camt.053 (XML) from your bank"
}

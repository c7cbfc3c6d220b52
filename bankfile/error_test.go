package bankfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"
)

// camt wraps entries in a statement of camt.053.001.08.
func camt(entries string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>
<Stmt><Id>S</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>` + entries + `</Stmt></BkToCstmrStmt></Document>`
}

// ntry is an entry with a reference, an amount, a day and more elements.
func ntry(ref, amount, more string) string {
	return `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>` +
		ref + `</AcctSvcrRef>` + more + `</Ntry>`
}

func TestErrorTexts(t *testing.T) {
	good := ntry("A", "1.00", "")
	spoiled := func(old, new string) string { return camt(good + strings.Replace(good, old, new, 1)) }
	for name, c := range map[string]struct{ file, want string }{
		"comma":       {spoiled("1.00", "12,34"), `statement.xml: entry 2, element Ntry/Amt: "12,34" is not a decimal amount; the file was not booked`},
		"sign":        {spoiled("1.00", "-1.00"), `entry 2, element Ntry/Amt: "-1.00" is not a decimal amount`},
		"exponent":    {spoiled("1.00", "1e2"), `"1e2" is not a decimal amount`},
		"third":       {spoiled("1.00", "1.005"), `"1.005" has more decimals than EUR has`},
		"huge":        {spoiled("1.00", "99999999999999999999"), "larger than any amount"},
		"currency":    {spoiled(`"EUR"`, `"Eur"`), `entry 2, element Ntry/Amt: "Eur" is not a currency code`},
		"no amount":   {spoiled(`<Amt Ccy="EUR">1.00</Amt>`, ""), "entry 2, element Ntry: the entry has no amount (Amt)"},
		"side":        {spoiled("CRDT", "C"), `entry 2, element Ntry/CdtDbtInd: "C" is neither CRDT (credit) nor DBIT (debit)`},
		"no side":     {spoiled("<CdtDbtInd>CRDT</CdtDbtInd>", ""), "does not say whether it is a credit or a debit"},
		"no status":   {spoiled("<Sts><Cd>BOOK</Cd></Sts>", ""), "does not say whether it is booked"},
		"day":         {spoiled("2026-03-02", "2026-02-30"), `entry 2, element Ntry/BookgDt/Dt: "2026-02-30" is not a day (YYYY-MM-DD)`},
		"german day":  {spoiled("2026-03-02", "02.03.2026"), `"02.03.2026" is not a day`},
		"no day":      {spoiled("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", ""), "neither the entry nor its statement names a day"},
		"cut off":     {camt(good)[:400], "cut off"},
		"crossed":     {strings.Replace(camt(good), "</Ntry>", "</Stmt>", 1), "the XML is broken"},
		"entity":      {spoiled("1.00", "&foo;"), "entry 2, element Ntry/Amt: invalid character entity &foo;"},
		"no account":  {strings.Replace(camt(good), "<IBAN>DE89370400440532013000</IBAN>", "", 1), "element Ntry: the statement does not name its account"},
		"not UTF-8":   {camt(ntry("\xfc", "1", "")), "not UTF-8 though the file says so"},
		"two roots":   {camt(good) + camt(good), "a second document begins with <Document>"},
		"other kind":  {strings.ReplaceAll(camt(good), "BkToCstmrStmt", "BkToCstmrAcctRpt"), "calls itself camt.053 but holds the content of camt.052"},
		"pain":        {`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>`, "pain.001 file (payment order)"},
		"bare pain":   {`<Document><CstmrDrctDbtInitn/></Document>`, "pain.008 file (direct debit order)"},
		"empty":       {"", "statement.xml: the file is empty; the file was not booked"},
		"blank":       {" \r\n\t", "the file is empty"},
		"pdf":         {"%PDF-1.7\n...", "this is a PDF"},
		"zip":         {"PK\x03\x04....", "ZIP archive"},
		"gzip":        {"\x1f\x8b\x08\x00", "gzip"},
		"csv":         {"Buchungstag;Wert;Betrag;Text\n", "table (CSV)"},
		"mt940":       {"\r\n:20:STARTUMS\r\n:25:10020030/1234\r\n", "MT940"},
		"swift mt940": {"{1:F01DEUTDEFF}{2:...}{4:\n:20:X\n", "MT940"},
		"html":        {"<html><body>Login</body></html>", "web page"},
		"html 5":      {"<!DOCTYPE html><html></html>", "web page"},
		"json":        {`{"entries": []}`, "JSON"},
		"text":        {"Guten Tag", `this is not XML: it begins with "Guten Tag"`},
		"other xml":   {"<invoice/>", "its first element is <invoice>"},
		"encoding":    {`<?xml version="1.0" encoding="klingon"?><Document/>`, `"klingon"`},
		"false utf16": {`<?xml version="1.0" encoding="UTF-16"?><Document/>`, "which it is not"},
		"xml 1.1":     {`<?xml version="1.1"?><Document/>`, "1.1"},
	} {
		_, err := Check(strings.NewReader(c.file), "statement.xml")
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestErrorKeepsForeignTextShort(t *testing.T) {
	_, err := Check(strings.NewReader(camt(ntry("A", strings.Repeat("9x\x09\u202e", 5000), ""))), "f")
	if err == nil || len(err.Error()) > 400 || strings.Contains(err.Error(), "\u202e") {
		t.Errorf("got %.500q", err)
	}
}

func TestHandlerErrorEndsReading(t *testing.T) {
	stop := errors.New("stop")
	entries := 0
	err := Parse(strings.NewReader(camt(ntry("A", "1", "")+ntry("B", "1", ""))), "f", Handler{
		Entry: func(*Statement, *Entry) error { entries++; return stop }})
	if err != stop || entries != 1 {
		t.Errorf("%v after %d entries", err, entries)
	}
}

// TestAttacks reads the files of known attacks: each is refused, none is expanded or fetched.
func TestAttacks(t *testing.T) {
	for _, path := range sampleFiles(t, sample(t, "security", "xxe")) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(strings.NewReader(string(raw)), filepath.Base(path)); err == nil {
			t.Errorf("%s is accepted", path)
		}
		for line := range strings.Lines(string(raw)) {
			if _, err := Check(strings.NewReader(line), "line"); err == nil {
				t.Errorf("%q is accepted", line)
			}
			if strings.HasPrefix(line, "<!DOCTYPE") && strings.Contains(line, ">") {
				_, err := Check(strings.NewReader(line), "line")
				if err == nil || !strings.Contains(err.Error(), "DOCTYPE") && !strings.Contains(err.Error(), "cut off") {
					t.Errorf("%q: %v", line, err)
				}
			}
		}
	}
}

func TestLimits(t *testing.T) {
	deep := strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)
	many := strings.Repeat("<TxDtls></TxDtls>", detailLimit+1)
	for name, c := range map[string]struct{ file, want string }{
		"depth":        {camt(ntry("A", "1", deep)), "nested deeper"},
		"text":         {camt(ntry(strings.Repeat("x", 1<<20), "1", "")), "longer than 256 KiB"},
		"pieces":       {camt(ntry(strings.Repeat("xxxx<!---->", 1<<17), "1", "")), "longer than 256 KiB"},
		"comment":      {camt("<!--" + strings.Repeat("x", 1<<20) + "-->"), "longer than 256 KiB"},
		"attribute":    {camt(`<x a="` + strings.Repeat("x", 1<<20) + `"/>`), "longer than 256 KiB"},
		"transactions": {camt(ntry("A", "1", "<NtryDtls>"+many+"</NtryDtls>")), "more than 100000 transactions"},
		"lines":        {camt(ntry("A", "1", "<NtryDtls><TxDtls><RmtInf>"+strings.Repeat("<Ustrd>x</Ustrd>", linesLimit+1)+"</RmtInf></TxDtls></NtryDtls>")), "more than 10000 lines"},
	} {
		_, err := Check(strings.NewReader(c.file), "f")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestEncodings(t *testing.T) {
	file := camt(ntry("A", "1", "<AddtlNtryInf>Müller</AddtlNtryInf>"))
	latin := func(name, u string) string {
		return strings.ReplaceAll(strings.Replace(file, "UTF-8", name, 1), "ü", u)
	}
	wide := func(s string, big bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			pair := []byte{byte(u), byte(u >> 8)}
			if big {
				pair[0], pair[1] = pair[1], pair[0]
			}
			b.Write(pair)
		}
		return b.String()
	}
	sixteen := strings.Replace(file, "UTF-8", "UTF-16", 1)
	for name, in := range map[string]string{
		"UTF-8": file, "BOM": "\uFEFF" + file, "ISO-8859-1": latin("ISO-8859-1", "\xfc"), "ISO-8859-15": latin("iso-8859-15", "\xfc"),
		"windows-1252": latin("windows-1252", "\xfc"), "no declaration": file[strings.Index(file, "<Document"):],
		"UTF-16LE": wide("\uFEFF"+sixteen, false), "UTF-16BE": wide("\uFEFF"+sixteen, true), "UTF-16 without mark": wide(sixteen, false),
	} {
		got, err := ParseAll(strings.NewReader(in), name)
		if err != nil || got[0].Entries[0].Info != "Müller" {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// endless writes a statement with n entries while it is read.
func endless(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		head, tail, _ := strings.Cut(camt("|"), "|")
		_, err := io.WriteString(w, head)
		for i := 0; i < n && err == nil; i++ {
			_, err = fmt.Fprint(w, ntry(fmt.Sprint("B", i), "1.00", `<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Jörg Müller</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>RF18539007547034</Ustrd></RmtInf></TxDtls></NtryDtls>`))
		}
		_, _ = io.WriteString(w, tail)
		_ = w.Close()
	}()
	return r
}

// TestMemoryStaysSmall reads about 20 MB; what is held at the end must not have grown with it.
func TestMemoryStaysSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB")
	}
	const n = 50_000
	var before, after runtime.MemStats
	var growth int64
	entries := 0
	runtime.GC()
	runtime.ReadMemStats(&before)
	err := Parse(endless(n), "big.xml", Handler{Entry: func(*Statement, *Entry) error {
		if entries++; entries == n-1 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			growth = int64(after.HeapAlloc) - int64(before.HeapAlloc)
		}
		return nil
	}})
	if err != nil || entries != n || growth > 2<<20 {
		t.Errorf("%d entries, heap grew by %d bytes, %v", entries, growth, err)
	}
}

package document

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"zahlziel/bankfile"
	"zahlziel/cal"
)

var update = flag.Bool("update", false, "write the golden files")

const bytesMax = 120 << 10 // of a usual file; people keep them on phones

type paper interface {
	Check() error
	PDF(lang string) ([]byte, error)
	Paper(lang string) Paper
	Sections(lang string) []Section
}

// papers are one of each kind, with the usual and the odd content.
func papers() map[string]paper {
	settled := request()
	settled.Paid += settled.AmountDue()
	unagreed := request()
	unagreed.TermAgreed, unagreed.Operator.DebtAdvice, unagreed.Shop.Returns, unagreed.PayLink = false, "", "", ""
	francs := request()
	francs.Currency = "CHF"
	parts := request()
	parts.Due = cal.NoDay
	for i := range 3 {
		parts.Payments = append(parts.Payments, Payment{Due: cal.AddMonths(cal.Date(2026, 12, 31), i), Amount: []int64{2827, 2827, 2826}[i]})
	}
	plan, planned := preContract(), agreement()
	plan.Credit, planned.Credit, planned.ConsentWay = instalments(), instalments(), ByPasskey
	later := preContract()
	later.Payments[0].Due, later.Automated, later.LetterFee, later.BaseRate = cal.NoDay, false, 0, -88
	waiting := promise()
	waiting.Steps, waiting.Extra, waiting.Agreed, waiting.Checks, waiting.Overdue = nil, 0, 0, nil, false
	return map[string]paper{
		"request": request(), "request_long": longRequest(60), "request_settled": settled, "request_unagreed": unagreed, "request_chf": francs, "request_parts": parts,
		"precontract": preContract(), "precontract_plan": plan, "precontract_later": later,
		"agreement": agreement(), "agreement_plan": planned, "promise": promise(), "promise_waiting": waiting, "address_letter": addressLetter(),
		"settlement": settlement(), "settlement_span": settlementSpan(), "settlement_none": settlementOf(),
	}
}

// plain prints a paper as text, for golden files that a person can read and counsel can check.
func plain(p Paper) string {
	var b strings.Builder
	b.WriteString("# " + p.Title + " " + p.Number + "\n" + p.Subtitle + "\n")
	for _, r := range p.Info {
		b.WriteString(r.Label + ": " + r.Value + "\n")
	}
	for _, s := range p.Sections {
		b.WriteString("\n## " + s.Title + " (" + s.ID + ")\n" + strings.Join(s.Paragraphs, "\n") + "\n")
		for _, r := range s.Rows {
			b.WriteString("- " + r.Label + ": " + r.Value + "\n")
		}
		if s.Table != nil {
			b.WriteString(strings.Join(s.Table.Head, " | ") + "\n")
			for _, row := range s.Table.Rows {
				b.WriteString(strings.Join(row, " | ") + "\n")
			}
			for _, r := range s.Table.Foot {
				b.WriteString("= " + r.Label + ": " + r.Value + "\n")
			}
		}
		if s.QR != "" {
			b.WriteString("[QR " + s.QRTitle + "]\n" + s.QR + "\n")
		}
	}
	return strings.ReplaceAll(b.String(), "\u00a0", " ")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test ./document -update and read the new file", err)
	}
	if got != string(want) {
		t.Errorf("%s changed; read it, then run go test ./document -update\n%s", path, got)
	}
}

func TestGoldenTexts(t *testing.T) {
	for name, p := range papers() {
		if name == "request_long" {
			continue
		}
		for _, lang := range []string{"de", "en"} {
			golden(t, name+"_"+lang+".txt", plain(p.Paper(lang)))
		}
	}
}

// squeeze drops all white space, because a PDF breaks lines where the page ends.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// pdfText reads a file with pdftotext; on a machine without poppler-utils it returns false.
func pdfText(t *testing.T, pdf []byte, args ...string) (string, bool) {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Log("pdftotext is not installed; the text inside the PDF is not read back here")
		return "", false
	}
	cmd := exec.Command(tool, append(args, "-", "-")...)
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out), true
}

// TestPDFSaysTheSame: every word of the sections is in the file, in both languages, and the file stays small.
func TestPDFSaysTheSame(t *testing.T) {
	for name, p := range papers() {
		for _, lang := range []string{"de", "en"} {
			pdf, err := p.PDF(lang)
			if err != nil {
				t.Fatal(name, err)
			}
			if len(pdf) > bytesMax {
				t.Errorf("%s %s: %d bytes", name, lang, len(pdf))
			}
			text, ok := pdfText(t, pdf)
			if !ok {
				continue
			}
			for _, want := range wordsIn(p.Sections(lang)) {
				if !strings.Contains(squeeze(text), squeeze(want)) {
					t.Errorf("%s %s: the file lacks %q", name, lang, want)
				}
			}
		}
	}
}

// wordsIn lists the texts that stand unbroken by other columns when a PDF is read line by line.
func wordsIn(sections []Section) []string {
	var all []string
	for _, s := range sections {
		all = append(all, s.Title)
		for _, text := range s.Paragraphs {
			all = append(all, strings.Fields(strings.ReplaceAll(text, "\u00a0", " "))...)
		}
		for _, r := range s.Rows {
			all = append(all, strings.Fields(r.Value)...)
		}
		if s.Table != nil {
			for _, row := range s.Table.Rows {
				all = append(all, row[len(row)-1])
			}
			for _, r := range s.Table.Foot {
				all = append(all, r.Label, r.Value)
			}
		}
	}
	return all
}

// TestKeyItemsOnPageOne: Article 10(4) of Directive (EU) 2023/2225.
func TestKeyItemsOnPageOne(t *testing.T) {
	for _, name := range []string{"precontract", "precontract_plan", "request", "request_long"} {
		pdf, err := papers()[name].PDF("de")
		if err != nil {
			t.Fatal(err)
		}
		text, ok := pdfText(t, pdf, "-f", "1", "-l", "1")
		for _, s := range papers()[name].Sections("de") {
			if ok && s.Key && !strings.Contains(squeeze(text), squeeze(s.Title)) {
				t.Errorf("%s: %q is not on page 1", name, s.Title)
			}
			for _, r := range s.Rows {
				if ok && s.Key && !strings.Contains(squeeze(text), squeeze(r.Value)) {
					t.Errorf("%s: %q is not on page 1", name, r.Value)
				}
			}
		}
	}
}

func TestPagesRepeatTheTableHead(t *testing.T) {
	pdf, err := longRequest(60).PDF("en")
	if err != nil {
		t.Fatal(err)
	}
	whole, ok := pdfText(t, pdf)
	if !ok {
		return
	}
	pages := strings.Split(strings.TrimSuffix(whole, "\f"), "\f")
	for i, page := range pages {
		if !strings.Contains(page, "Page "+strconv.Itoa(i+1)+" of "+strconv.Itoa(len(pages))) {
			t.Errorf("page %d does not say so", i+1)
		}
		if strings.Contains(page, "Artikel ") && !strings.Contains(page, "Unit price") {
			t.Errorf("page %d has lines without the head of the table", i+1)
		}
	}
	if len(pages) < 3 {
		t.Errorf("%d pages", len(pages))
	}
}

func TestEqualBytes(t *testing.T) {
	for name, p := range papers() {
		once, err := p.PDF("de")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if again, err := p.PDF("de"); err != nil || !bytes.Equal(once, again) {
				t.Errorf("%s differs from one drawing to the next", name)
			}
		}
		if year := strconv.Itoa(time.Now().Year()); year != "2026" && bytes.Contains(once, []byte("D:"+year)) {
			t.Errorf("%s carries the clock of the machine", name)
		}
	}
}

// TestQRScansBack pays with what the code says. The payload is always read by package bankfile; where zbarimg is
// installed the printed page is photographed and scanned, too.
func TestQRScansBack(t *testing.T) {
	r := request()
	payload := r.Sections("de")[0].QR
	code, err := bankfile.ParseEPC([]byte(payload))
	if err != nil || code.Validate() != nil {
		t.Fatal(err, code.Validate())
	}
	if code.Amount != 8480 || code.Reference != r.Reference || string(code.IBAN) != r.Account.IBAN || code.Name != r.Account.Holder || code.Version != 2 {
		t.Errorf("got %+v", code)
	}
	raster, errR := exec.LookPath("pdftoppm")
	scanner, errS := exec.LookPath("zbarimg")
	if errR != nil || errS != nil {
		t.Log("pdftoppm or zbarimg is not installed; the printed code is not scanned here")
		return
	}
	for _, lines := range []int{1, 60} {
		for _, dpi := range []string{"75", "150", "300"} {
			scanPage(t, longRequest(lines), raster, scanner, dpi)
		}
	}
}

func scanPage(t *testing.T, r PaymentRequest, raster, scanner, dpi string) {
	t.Helper()
	pdf, err := r.PDF("de")
	if err != nil {
		t.Fatal(err)
	}
	stem := filepath.Join(t.TempDir(), "page")
	cmd := exec.Command(raster, "-r", dpi, "-png", "-singlefile", "-f", "1", "-l", "1", "-", stem)
	cmd.Stdin = bytes.NewReader(pdf)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v: %s", err, out)
	}
	out, err := exec.Command(scanner, "--quiet", "--raw", stem+".png").Output()
	if err != nil {
		t.Fatalf("zbarimg finds no code at %s dpi: %v", dpi, err)
	}
	if want := r.Sections("de")[0].QR; strings.TrimRight(string(out), "\n") != want {
		t.Errorf("%s dpi: scanned %q, printed %q", dpi, out, want)
	}
}

func TestQRPictures(t *testing.T) {
	payload := request().Sections("en")[0].QR
	png, err := QRPNG(payload)
	if err != nil || !bytes.HasPrefix(png, []byte("\x89PNG")) {
		t.Error(err)
	}
	svg, err := QRSVG(payload, `Code for "A & B"`)
	if err != nil || !strings.Contains(svg, "<title>Code for &#34;A &amp; B&#34;</title>") || strings.Contains(svg, "style") {
		t.Error(err, svg[:200])
	}
	if _, err := QRPNG(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text that fits no code was taken")
	}
}

// TestNoVAT: a paper that states VAT would make the operator owe it (§ 14c UStG).
func TestNoVAT(t *testing.T) {
	tax := regexp.MustCompile(`(?i)mwst|mehrwertsteuer|umsatzsteuer|\bust\b|19\s*%|7\s*%|\bVAT\b[^A-Z]*[€\d]`)
	for _, lang := range []string{"de", "en"} {
		if found := tax.FindString(plain(request().Paper(lang))); found != "" {
			t.Errorf("%s: the request speaks of %q", lang, found)
		}
	}
}

func TestDigest(t *testing.T) {
	p := preContract()
	before := p.Paper("de").Digest()
	if len(before) != 64 || before == p.Paper("en").Digest() || before != preContract().Paper("de-AT").Digest() {
		t.Error("the digest must depend on the language and on nothing else here")
	}
	p.BaseRate++
	if p.Paper("de").Digest() == before {
		t.Error("another base rate has the same digest")
	}
	if WordsDigest("de") == WordsDigest("en") || len(WordsDigest("de")) != 64 {
		t.Error("the digests of the texts are wrong")
	}
}

func BenchmarkRequestPDF(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := request().PDF("de"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRequestSections(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = request().Sections("de")
	}
}

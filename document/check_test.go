package document

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zahlziel/cal"
)

func TestRequestCheck(t *testing.T) {
	for name, spoil := range map[string]func(*PaymentRequest){
		"number":     func(r *PaymentRequest) { r.Number = "" },
		"reference":  func(r *PaymentRequest) { r.Reference = "" },
		"wrong RF":   func(r *PaymentRequest) { r.Reference = "RF19539007547034" },
		"wrong IBAN": func(r *PaymentRequest) { r.Account.IBAN = "DE88370400440532013000" },
		"due":        func(r *PaymentRequest) { r.Due = cal.NoDay },
		"issued":     func(r *PaymentRequest) { r.Issued = cal.NoDay },
		"operator":   func(r *PaymentRequest) { r.Operator.Name = "" },
		"overpaid":   func(r *PaymentRequest) { r.Paid = r.Total + 1 },
		"line":       func(r *PaymentRequest) { r.Lines[1].Quantity = 2 },
		"sum":        func(r *PaymentRequest) { r.Total++ },
		"plan":       func(r *PaymentRequest) { r.Payments = []Payment{{Due: r.Due, Amount: 1}} },
	} {
		r := request()
		spoil(&r)
		if r.Check() == nil {
			t.Errorf("%s: nothing was said", name)
		}
		if _, err := r.PDF("de"); err == nil {
			t.Errorf("%s: a file was drawn", name)
		}
	}
}

func TestCreditCheck(t *testing.T) {
	for name, spoil := range map[string]func(*Credit){
		"creditor":       func(c *Credit) { c.Creditor.Name = "" },
		"address":        func(c *Credit) { c.Creditor.Address = nil },
		"shop":           func(c *Credit) { c.Shop.Name = "" },
		"amount":         func(c *Credit) { c.Amount = 0 },
		"payments":       func(c *Credit) { c.Payments[0].Amount++ },
		"no payments":    func(c *Credit) { c.Payments = nil },
		"rate, no cost":  func(c *Credit) { c.APR = 1 },
		"cost, no rate":  func(c *Credit) { c.Cost, c.Payments[0].Amount = 100, c.Amount+100 },
		"no term":        func(c *Credit) { c.Payments[0].Due, c.TermDays = cal.NoDay, 0 },
		"base rate date": func(c *Credit) { c.BaseSince = cal.NoDay },
		"withdrawal":     func(c *Credit) { c.WithdrawalDays = 0 },
	} {
		p := preContract()
		spoil(&p.Credit)
		if _, err := p.PDF("de"); err == nil {
			t.Errorf("%s: a file was drawn", name)
		}
	}
	p := preContract()
	p.ValidUntil = cal.NoDay
	if p.Check() == nil {
		t.Error("information without its validity was taken")
	}
}

func TestAgreementCheck(t *testing.T) {
	for name, spoil := range map[string]func(*Agreement){
		"number":   func(a *Agreement) { a.Number = "" },
		"consent":  func(a *Agreement) { a.ConsentAt = time.Time{} },
		"too late": func(a *Agreement) { a.PreContractSentAt = a.ConsentAt.Add(time.Second) },
		"digest":   func(a *Agreement) { a.PreContractDigest = "" },
		"way":      func(a *Agreement) { a.ConsentWay = "silence" },
		"credit":   func(a *Agreement) { a.Amount = 0 },
	} {
		a := agreement()
		spoil(&a)
		if _, err := a.PDF("en"); err == nil {
			t.Errorf("%s: a file was drawn", name)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// TestWords: both languages have the same texts with the same gaps, no text is idle, and none is forgotten half-way.
func TestWords(t *testing.T) {
	source := sources(t)
	for key, text := range german.texts {
		other, ok := english.texts[key]
		if !ok {
			t.Errorf("English lacks %s", key)
		}
		a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s: gaps %v in German, %v in English", key, a, b)
		}
		last := key[strings.LastIndex(key, ".")+1:]
		if !strings.Contains(source, `"`+key+`"`) && !strings.Contains(source, `"`+last+`"`) {
			t.Errorf("%s is not used", key)
		}
	}
	if len(german.texts) != len(english.texts) {
		t.Errorf("%d German and %d English texts", len(german.texts), len(english.texts))
	}
}

func sources(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			all.Write(raw)
		}
	}
	return all.String()
}

// TestNoGapIsLeft: a text with an unfilled {gap} must reach nobody.
func TestNoGapIsLeft(t *testing.T) {
	for name, p := range papers() {
		for _, lang := range []string{"de", "en"} {
			if found := placeholder.FindString(plain(p.Paper(lang))); found != "" {
				t.Errorf("%s %s: %s", name, lang, found)
			}
		}
	}
	for _, way := range []Consent{ByEmailCode, ByDevice, ByPasskey, ByLetter} {
		a := agreement()
		a.ConsentWay = way
		a.Sections("de")
	}
	for _, from := range []Start{"", FromDelivery, FromShipment, FromOrder} {
		p := preContract()
		p.TermFrom = from
		p.Sections("en")
	}
}

// TestForeignTexts: whatever a shop or a person is called, a file comes out, and the text around it stays readable.
func TestForeignTexts(t *testing.T) {
	names := []string{
		"", " ", "\x00\x1b[31m", "Zoë Ångström-Ćwikła", "Мария Ιωάννου", "李小龍 さくら 🎉👩‍👩‍👧 \U0001F468", "مرحبا", "a\u0301\u0302\u0303\u0304", "\ufeff\u202eabc",
		strings.Repeat("W", 400), strings.Repeat("lang ", 200), "{shop} {operator} {nb}", "(back\\slash) <b>&", "\xff\xfe broken", "line\r\nbreak\tand tab", "\U00010000",
	}
	for _, name := range append(names, sharedStrings(t)...) {
		r := request()
		r.Consumer.Name, r.Consumer.Address = name, []string{name, name}
		r.Shop.Name, r.Lines[0].Name = name+"x", name
		pdf, err := r.PDF("de")
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if !strings.HasPrefix(string(pdf[:5]), "%PDF-") {
			t.Fatalf("%q: no PDF", name)
		}
	}
}

// TestTownIsNeverLost: a letter without its town comes back.
func TestTownIsNeverLost(t *testing.T) {
	r := request()
	r.Consumer.Name = strings.Repeat("Langername-", 40)
	r.Consumer.Address = []string{strings.Repeat("Hinterhaus ", 20), "Rosenstraße 1", "99084 Erfurt"}
	pdf, err := r.PDF("de")
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := pdfText(t, pdf); ok && (!strings.Contains(text, "Rosenstraße 1") || !strings.Contains(text, "99084 Erfurt")) {
		t.Error("street or town is missing")
	}
}

// sharedStrings are every tenth of the public list of naughty strings, where it is there.
func sharedStrings(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../../shared/data/security/blns.json")
	if err != nil {
		t.Log("the shared list of naughty strings is missing; only the built-in ones are drawn")
		return nil
	}
	var all, some []string
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(all); i += 10 {
		some = append(some, all[i])
	}
	return some
}

func TestFormats(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{german.percent(0), "0,00\u00a0%"}, {english.percent(0), "0.00%"}, {german.percent(652), "6,52\u00a0%"}, {german.percent(-88), "\u22120,88\u00a0%"},
		{german.points(500), "5"}, {german.points(550), "5,5"}, {english.points(905), "9.05"}, {german.points(1000), "10"},
		{grouped("RF18539007547034"), "RF18\u00a05390\u00a00754\u00a07034"}, {grouped("DE12 3"), "DE12\u00a03"}, {grouped(""), ""},
		{printable("Mu\u0308ller\n🎉"), "Müller ?"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

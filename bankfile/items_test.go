package bankfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keysOf returns the keys of all items of a file, in order.
func keysOf(t testing.TB, file string) []string {
	t.Helper()
	var out []string
	var keys *Keys
	err := Parse(strings.NewReader(file), "f", Handler{
		Begin: func(s *Statement) error { keys = NewKeys(s); return nil },
		Entry: func(_ *Statement, e *Entry) error {
			for _, it := range keys.Items(e) {
				out = append(out, it.Key)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// union counts what is left after a set of files is booked by key.
func union(t testing.TB, files ...string) int {
	seen := map[string]bool{}
	for _, f := range files {
		for _, k := range keysOf(t, f) {
			seen[k] = true
		}
	}
	return len(seen)
}

func detail(text string) string {
	return "<NtryDtls><TxDtls><RmtInf><Ustrd>" + text + "</Ustrd></RmtInf></TxDtls></NtryDtls>"
}

func TestKeys(t *testing.T) {
	a, b := ntry("REF-A", "1.00", detail("a")), ntry("REF-B", "1.00", detail("a"))
	bare := ntry("NONREF", "5.00", detail("Miete Mai"))
	broken := ntry("", "5.00", "<NtryDtls><TxDtls><RmtInf><Ustrd>MIETE</Ustrd><Ustrd> mai</Ustrd></RmtInf></TxDtls></NtryDtls>")
	for name, c := range map[string]struct {
		want  int
		files []string
	}{
		"the same file twice":                        {2, []string{camt(a + b), camt(a + b)}},
		"overlapping files":                          {3, []string{camt(a + b), camt(b + ntry("REF-C", "1", ""))}},
		"two equal transfers without reference":      {2, []string{camt(bare + bare), camt(bare + bare)}},
		"equal transfers, one in an earlier file":    {2, []string{camt(bare), camt(bare + bare)}},
		"other line breaks and case":                 {1, []string{camt(bare), camt(broken)}},
		"one reference for two entries":              {2, []string{camt(a + ntry("REF-A", "2.00", ""))}},
		"one reference for two equal entries":        {2, []string{camt(a + a), camt(a + a)}},
		"texts changed, same reference":              {1, []string{camt(a), camt(ntry("REF-A", "1.00", detail("b")))}},
		"texts changed, no reference":                {2, []string{camt(bare), camt(ntry("NONREF", "5.00", detail("Miete Juni")))}},
		"another account":                            {2, []string{camt(a), strings.Replace(camt(a), "DE89370400440532013000", "DE02120300000000202051", 1)}},
		"another version and encoding of blanks":     {1, []string{camt(a), strings.Replace(strings.Replace(camt(a), "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", 1), "001.08", "001.02", 1)}},
		"a debit of the same reference":              {2, []string{camt(a), camt(strings.Replace(a, "CRDT", "DBIT", 1))}},
		"two pages":                                  {2, []string{camt(bare), strings.Replace(camt(bare), "<Acct>", "<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn><Acct>", 1)}},
		"two statements in one file, the same entry": {1, []string{camt(a + `</Stmt><Stmt><Id>2</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>` + a)}},
	} {
		if got := union(t, c.files...); got != c.want {
			t.Errorf("%s: %d bookings, want %d", name, got, c.want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	for _, ref := range []string{"", " ", "NONREF", "nonref ", "NOT PROVIDED", "NOTPROVIDED", "000000000", "0", "-", "/", "N/A", "n.v.", "9999999999", "XXXX"} {
		if got := identifying(ref); got != "" {
			t.Errorf("%q identifies as %q", ref, got)
		}
	}
	for _, ref := range []string{"2013122710583450000", "9", "07582000303KBMSU", "NONREF1", "REF-A"} {
		if identifying(ref) != ref {
			t.Errorf("%q does not identify", ref)
		}
	}
}

func TestBatchIsSplitOnlyWhenItAddsUp(t *testing.T) {
	part := func(amount, side string) string {
		return `<TxDtls><Amt Ccy="EUR">` + amount + `</Amt>` + side + `</TxDtls>`
	}
	debit := "<CdtDbtInd>DBIT</CdtDbtInd>"
	for name, c := range map[string]struct {
		parts []string
		want  string
	}{
		"adds up":        {[]string{part("7.00", ""), part("3.00", "")}, "[{7.00 true} {3.00 true}]"},
		"with a charge":  {[]string{part("12.00", ""), part("2.00", debit)}, "[{12.00 true} {2.00 false}]"},
		"a cent missing": {[]string{part("7.00", ""), part("2.99", "")}, "[{10.00 true}]"},
		"one":            {[]string{part("9.00", "")}, "[{10.00 true}]"},
		"none":           {nil, "[{10.00 true}]"},
		"other currency": {[]string{strings.ReplaceAll(part("7.00", ""), "EUR", "CHF"), part("3.00", "")}, "[{10.00 true}]"},
		"no amounts":     {[]string{"<TxDtls/>", "<TxDtls/>"}, "[{10.00 true}]"},
		"amounts below": {[]string{`<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">4</Amt></TxAmt></AmtDtls></TxDtls>`,
			`<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">6</Amt></TxAmt></AmtDtls></TxDtls>`}, "[{4.00 true} {6.00 true}]"},
	} {
		got, err := ParseAll(strings.NewReader(camt(ntry("R", "10.00", "<NtryDtls>"+strings.Join(c.parts, "")+"</NtryDtls>"))), "f")
		if err != nil {
			t.Fatal(err)
		}
		items := NewKeys(&got[0]).Items(&got[0].Entries[0])
		var out []string
		keys := map[string]bool{}
		for _, it := range items {
			out = append(out, fmt.Sprintf("{%d.%02d %t}", it.Amount/100, it.Amount%100, it.Credit))
			keys[it.Key] = true
			if !strings.HasPrefix(it.Key, it.EntryKey) || it.Parts != len(items) {
				t.Errorf("%s: %+v", name, it)
			}
		}
		if s := "[" + strings.Join(out, " ") + "]"; s != c.want || len(keys) != len(items) {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}

func TestItemOfReturn(t *testing.T) {
	f, err := os.Open(sample(t, "iso20022", "camt", "hbci4java", "test-camt-ruecklastschrift.xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := ParseAll(f, "f")
	if err != nil {
		t.Fatal(err)
	}
	it := NewKeys(&got[0]).Items(&got[0].Entries[0])[0]
	if !it.IsReturn || it.ReturnCode != "MS03" || it.Amount != 5300 || it.Charges.Minor != 300 || it.Original.Minor != 5000 ||
		it.BankRef != "" || it.MandateID != "TEST1234" || it.Other.Name != "Sven Schuldner" {
		t.Errorf("got %+v", it)
	}
}

// TestSampleKeysAreUnique books every sample twice: within a file all keys differ, and the second time adds nothing.
func TestSampleKeysAreUnique(t *testing.T) {
	for _, path := range sampleFiles(t, sample(t, "iso20022", "camt")) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(strings.NewReader(string(raw)), path); err != nil {
			continue
		}
		n := len(keysOf(t, string(raw)))
		if got := union(t, string(raw), string(raw)); got != n {
			t.Errorf("%s: %d keys for %d items", filepath.Base(path), got, n)
		}
	}
}

// TestAssumedDay holds that a file without days, made anew by the bank an hour later, adds nothing.
func TestAssumedDay(t *testing.T) {
	day := "<BookgDt><Dt>2026-03-02</Dt></BookgDt>"
	made := func(at, ref, id string) string {
		file := strings.Replace(camt(strings.Replace(ntry(ref, "1.00", detail("a")), day, "", 1)), "<Acct>", "<CreDtTm>"+at+"</CreDtTm><Acct>", 1)
		return strings.Replace(file, "<Id>S</Id>", "<Id>"+id+"</Id>", 1)
	}
	for _, ref := range []string{"REF", "NONREF"} {
		if n := union(t, made("2026-03-02T23:30:00Z", ref, "S"), made("2026-03-03T00:30:00Z", ref, "S")); n != 1 {
			t.Errorf("%s: %d bookings, want 1", ref, n)
		}
	}
	if n := union(t, made("2026-03-02T23:30:00Z", "", "S"), made("2026-03-03T23:30:00Z", "", "T")); n != 2 {
		t.Errorf("%d bookings of two statements, want 2", n)
	}
	s, err := Check(strings.NewReader(made("2026-03-02T23:30:00Z", "REF", "S")), "f")
	if err != nil || s.FirstDay.String() != "2026-03-02" || len(s.Warnings) != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestOtherSide(t *testing.T) {
	debtor, creditor := Party{Name: "Debtor"}, Party{Name: "Creditor"}
	both := Detail{Debtor: debtor, Creditor: creditor}
	for name, c := range map[string]struct {
		credit, reversal bool
		detail           Detail
		want             string
	}{
		"payment received":       {true, false, both, "Debtor"},
		"payment made":           {false, false, both, "Creditor"},
		"our debit came back":    {false, true, both, "Debtor"},
		"our transfer came back": {true, true, both, "Creditor"},
		"return with one party":  {true, true, Detail{Debtor: debtor}, "Debtor"},
		"return code":            {false, false, Detail{Debtor: debtor, Creditor: creditor, ReturnCode: "MD06"}, "Debtor"},
		"return by German code":  {false, false, Detail{Debtor: debtor, Creditor: creditor, Code: TxCode{Proprietary: "NRTI+109+00931"}}, "Debtor"},
		"payment factory":        {true, false, Detail{Debtor: debtor, UltimateDebtor: "Anna"}, "Anna"},
		"no information":         {true, false, Detail{Debtor: debtor, UltimateDebtor: "keine Information vorhanden"}, "Debtor"},
	} {
		e := Entry{Amount: 1, Currency: "EUR", Credit: c.credit, Reversal: c.reversal, Details: []Detail{c.detail}}
		if it := NewKeys(&Statement{}).Items(&e)[0]; it.Other.Name != c.want {
			t.Errorf("%s: %q, want %q", name, it.Other.Name, c.want)
		}
	}
}

func TestLines(t *testing.T) {
	e := Entry{Amount: 1, Currency: "EUR", Credit: true, Info: "SEPA-Gutschrift",
		Details: []Detail{{EndToEndID: "NOTPROVIDED", Text: []string{"t"}, References: []string{"r"}, Structured: []string{"s"}, Info: "i"}}}
	it := NewKeys(&Statement{}).Items(&e)[0]
	if got := strings.Join(it.Lines(), "|"); got != "r|t|s|i|SEPA-Gutschrift" {
		t.Errorf("got %s", got)
	}
}

package bankfile

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"zahlziel/cal"
)

var update = flag.Bool("update", false, "rewrite testdata/samples.golden")

// sampleFiles returns all files below a folder, sorted.
func sampleFiles(t testing.TB, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(files)
	return files
}

func checkFile(t testing.TB, path string) (*Summary, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return Check(f, filepath.Base(path))
}

// TestSamples holds what each sample file contains, or why it is refused, against a recorded table.
func TestSamples(t *testing.T) {
	const golden = "testdata/samples.golden"
	var got strings.Builder
	for _, folder := range []string{"camt", "pain"} {
		root := sample(t, "iso20022", folder)
		for _, path := range sampleFiles(t, root) {
			if filepath.Ext(path) == ".json" || filepath.Ext(path) == ".pydata" {
				continue
			}
			rel, _ := filepath.Rel(root, path)
			fmt.Fprintf(&got, "%s\t%s\n", filepath.ToSlash(rel), outline(checkFile(t, path)))
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		if i >= len(wantLines) || i >= len(gotLines) {
			t.Fatalf("%d lines, recorded are %d", len(gotLines), len(wantLines))
		}
		if wantLines[i] != gotLines[i] {
			t.Errorf("got  %s\nwant %s", gotLines[i], wantLines[i])
		}
	}
}

func outline(s *Summary, err error) string {
	if err != nil {
		_, rest, _ := strings.Cut(err.Error(), ": ")
		return "refused: " + rest
	}
	line := fmt.Sprintf("%s.%02d statements=%d entries=%d booked=%d items=%d returns=%d references=%d",
		s.Kind, s.Version, len(s.Statements), s.Entries, s.Booked, s.Items, s.Returns, s.References)
	for _, sum := range s.Sums {
		line += fmt.Sprintf(" %s:+%d(%d)-%d(%d)", sum.Currency, sum.Credit, sum.Credits, sum.Debit, sum.Debits)
	}
	line += fmt.Sprintf(" days=%s..%s", s.FirstDay, s.LastDay)
	for _, st := range s.Statements {
		switch {
		case st.Agrees == nil:
		case *st.Agrees:
			line += " agrees"
		default:
			line += " disagrees"
		}
	}
	return line + fmt.Sprintf(" warnings=%d", len(s.Warnings))
}

// TestKnownCounts states some facts about samples that were counted by hand, apart from the recorded table.
func TestKnownCounts(t *testing.T) {
	for file, want := range map[string]struct{ entries, items, returns int }{
		"railslove/valid_example.xml":                        {4, 5, 0}, // a batch of 3.50 and 2.50
		"hbci4java/test-camt-ruecklastschrift.xml":           {1, 1, 1}, // MS03
		"bankstatementparser/camt053_duplicate_same_day.xml": {2, 2, 0},
		"bankstatementparser/camt053_no_namespace.xml":       {1, 1, 0},
		"oca/test-camt053":                                   {3, 4, 2}, // two returned debits in a batch
		"genkgo/camt054.v8.xml":                              {1, 1, 0}, // three transactions in another currency stay whole
	} {
		s, err := checkFile(t, sample(t, "iso20022", "camt", filepath.FromSlash(file)))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if s.Entries != want.entries || s.Items != want.items || s.Returns != want.returns {
			t.Errorf("%s: %d entries, %d items, %d returns; want %v", file, s.Entries, s.Items, s.Returns, want)
		}
	}
}

// foreignMessage is the part of another library's recorded result that says the same things as we do.
type foreignMessage struct {
	GetEntries []struct {
		GetAccountServicerReference  *string
		GetAmount                    foreignAmount
		GetCreditDebitIndicator      *string
		GetStatus                    *string
		GetReversalIndicator         bool
		GetBookingDate, GetValueDate foreignDate
		GetTransactionDetails        json.RawMessage
		GetTransactionDetail         json.RawMessage
	}
}

type foreignAmount struct {
	GetAmount   string
	GetCurrency struct{ GetCode string }
}

type foreignDate map[string]string

func (d foreignDate) day() cal.Day {
	if len(d["0"]) < 10 {
		return cal.NoDay
	}
	day, _ := cal.ParseDay(d["0"][:10])
	return day
}

type foreignDetail struct {
	GetReference *struct {
		GetEndToEndId, GetMandateId, GetTransactionId *string
		GetUuidEndToEndReference                      *string
	}
	GetRemittanceInformation *struct{ GetMessage string }
	GetReturnInformation     *struct{ GetCode *string }
}

func TestSamplesAgreeWithAnotherReader(t *testing.T) {
	files, _ := filepath.Glob(sample(t, "iso20022", "camt", "genkgo", "*.json"))
	if len(files) < 10 {
		t.Fatalf("%d recorded results, want at least 10", len(files))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) { compareForeign(t, path) })
	}
}

func compareForeign(t *testing.T, path string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want foreignMessage
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(strings.TrimSuffix(path, ".json") + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	statements, err := ParseAll(f, path)
	if err != nil {
		t.Fatal(err)
	}
	var got []Entry
	for _, s := range statements {
		got = append(got, s.Entries...)
	}
	if len(got) != len(want.GetEntries) {
		t.Fatalf("%d entries, want %d", len(got), len(want.GetEntries))
	}
	for i, w := range want.GetEntries {
		g := got[i]
		amount, _ := strconv.ParseInt(w.GetAmount.GetAmount, 10, 64)
		check(t, "amount", g.Signed(), amount)
		check(t, "currency", string(g.Currency), w.GetAmount.GetCurrency.GetCode)
		check(t, "bank reference", g.BankRef, text(w.GetAccountServicerReference))
		check(t, "status", string(g.Status), text(w.GetStatus))
		check(t, "reversal", g.Reversal, w.GetReversalIndicator)
		check(t, "value day", g.Value, w.GetValueDate.day())
		if !g.Assumed {
			check(t, "booking day", g.Booked, w.GetBookingDate.day())
		}
		var d foreignDetail
		if json.Unmarshal(w.GetTransactionDetail, &d) == nil && len(g.Details) > 0 {
			compareDetail(t, &g.Details[0], d)
		}
	}
}

func compareDetail(t *testing.T, g *Detail, w foreignDetail) {
	if w.GetReference != nil {
		check(t, "end-to-end id", g.EndToEndID, text(w.GetReference.GetEndToEndId))
		check(t, "mandate", g.MandateID, text(w.GetReference.GetMandateId))
		check(t, "UETR", g.UETR, text(w.GetReference.GetUuidEndToEndReference))
	}
	if w.GetRemittanceInformation != nil && len(g.Text) > 0 && w.GetRemittanceInformation.GetMessage != "" {
		check(t, "text", g.Text[0], w.GetRemittanceInformation.GetMessage)
	}
	if w.GetReturnInformation != nil {
		check(t, "return code", g.ReturnCode, text(w.GetReturnInformation.GetCode))
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// TestBatchOfReturns reads the batch of a recorded result: 754.25, 564.05 and 100.00 out, 1405.31 in.
func TestBatchOfReturns(t *testing.T) {
	f, err := os.Open(sample(t, "iso20022", "camt", "oca", "test-camt053"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	var keys *Keys
	err = Parse(f, "", Handler{
		Begin: func(s *Statement) error { keys = NewKeys(s); return nil },
		Entry: func(_ *Statement, e *Entry) error {
			for _, it := range keys.Items(e) {
				got = append(got, fmt.Sprintf("%t %d %s %s %s", it.Credit, it.Amount, it.Other.Name, it.Other.IBAN.Country(), it.ReturnCode))
			}
			return nil
		},
	})
	want := []string{"false 75425 INSURANCE COMPANY TESTX NL ", "false 56405 Test Customer NL AC06",
		"false 10000 Test Customer NL AC06", "true 140531 3rd party Media NL "}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, %v", got, err)
	}
}

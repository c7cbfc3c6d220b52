package bankfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	var file bytes.Buffer
	if err := WriteCAMT053(&file, example()); err != nil {
		t.Fatal(err)
	}
	s, err := Check(&file, "own.xml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"file":"own.xml","kind":"camt.053","version":8,"message_id":"MSG-1","books":true,"entries":3,"booked":3,"not_booked":0,` +
		`"items":4,"returns":1,"with_reference":1,"sums":[{"currency":"EUR","credits":2,"credit_minor":13090,"debits":1,"debit_minor":1660}],` +
		`"first_day":"2026-03-02","last_day":"2026-03-03","statements":[{"id":"STMT-1","number":"42","account":"DE89370400440532013000",` +
		`"iban_valid":true,"currency":"EUR","from":"2026-03-02","to":"2026-03-02","entries":3,"sums":[{"currency":"EUR","credits":2,` +
		`"credit_minor":13090,"debits":1,"debit_minor":1660}],"opening":{"minor":-1000,"currency":"EUR"},"closing":{"minor":10430,"currency":"EUR"},` +
		`"agrees":true}],"warnings":[]}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

func TestSummaryWarns(t *testing.T) {
	s := example()
	s.Balances[1].Amount++
	s.Copy, s.Entries[1].Batch, s.IBAN = true, 3, "DE89370400440532013001"
	s.Entries[1].Details[0].Amount.Minor++
	var file bytes.Buffer
	if err := WriteCAMT053(&file, s, s); err != nil {
		t.Fatal(err)
	}
	got, err := Check(&file, "own.xml")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(got.Warnings, "\n")
	for _, want := range []string{"opening balance plus entries is 104.30 EUR, the closing balance is 104.31 EUR", "marked as a copy",
		"do not add up to it, it is kept whole", "announces 3 transactions and sends 2", "check digits", "in the file twice"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in\n%s", want, all)
		}
	}
}

func TestSummaryOverflow(t *testing.T) {
	big := ntry("A", "90000000000000000.00", "")
	_, err := Check(strings.NewReader(camt(big+big)), "f")
	if err == nil || !strings.Contains(err.Error(), "entry 2, element Ntry/Amt: the sum of all entries") {
		t.Errorf("got %v", err)
	}
}

// TestInterimBalances reads the pages of one statement: each begins and ends with an interim balance.
func TestInterimBalances(t *testing.T) {
	bal := func(kind, amount string) string {
		return "<Bal><Tp><CdOrPrtry><Cd>" + kind + `</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">` + amount + "</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>"
	}
	one := ntry("A", "1.00", "")
	for name, c := range map[string]struct {
		balances, agrees string
	}{
		"first page": {bal("OPBD", "5.00") + bal("ITBD", "6.00"), "yes"}, "middle": {bal("ITBD", "6.00") + bal("ITBD", "7.00"), "yes"},
		"last page": {bal("ITBD", "7.00") + bal("CLBD", "8.00"), "yes"}, "wrong": {bal("ITBD", "7.00") + bal("CLBD", "9.00"), "no"},
		"only end": {bal("CLBD", "9.00"), "unknown"}, "only middle": {bal("ITBD", "9.00"), "unknown"},
		"previous": {bal("PRCD", "1.00") + bal("CLBD", "2.00") + bal("CLAV", "9.00"), "yes"},
	} {
		s, err := Check(strings.NewReader(camt(c.balances+one)), "f")
		if err != nil {
			t.Fatal(err)
		}
		got := "unknown"
		if a := s.Statements[0].Agrees; a != nil {
			got = map[bool]string{true: "yes", false: "no"}[*a]
		}
		if got != c.agrees {
			t.Errorf("%s: agrees %s, want %s", name, got, c.agrees)
		}
	}
}

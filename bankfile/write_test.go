package bankfile

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"zahlziel/cal"
	"zahlziel/money"
)

// example is a statement with a transfer, a batch and a returned debit.
func example() *Statement {
	day := cal.Date(2026, 3, 2)
	eur := func(minor int64) Amount { return Amount{minor, money.EUR} }
	return &Statement{
		Kind: Final, Version: 8, MessageID: "MSG-1", ID: "STMT-1", Number: "42", LegalNo: "7", LastPage: true,
		Created: time.Date(2026, 3, 2, 22, 0, 0, 0, time.UTC), From: day, To: day,
		IBAN: "DE89370400440532013000", Name: "Eingang", Owner: "Zahlziel Betrieb GmbH", BIC: "COBADEFFXXX", Currency: money.EUR,
		Balances: []Balance{{"OPBD", -1000, money.EUR, day - 1}, {"CLBD", 10430, money.EUR, day}},
		Entries: []Entry{
			{Index: 1, Ref: "1", BankRef: "B-1", Amount: 4990, Currency: money.EUR, Credit: true, Status: Booked,
				Booked: day, Value: day, Code: TxCode{"PMNT", "RCDT", "ESCT", "NTRF+166+00931", "DK"},
				Details: []Detail{{EndToEndID: "NOTPROVIDED", Amount: eur(4990),
					Debtor: Party{Name: "Jörg Müller & Söhne", IBAN: "DE02120300000000202051"}, UltimateDebtor: "Anna <Beispiel>",
					Text: []string{"RF18 5390 0754", "7034 Danke"}, References: []string{"RF18539007547034"}, Purpose: "GDDS"}}},
			{Index: 2, Amount: 8100, Currency: money.EUR, Credit: true, Status: Booked, Booked: day, Value: day + 1, Batch: 2,
				Code: TxCode{Proprietary: "NSTO"}, Info: "Sammler", Details: []Detail{
					{EndToEndID: "E-1", Amount: eur(8000), Direction: CreditSide, Debtor: Party{Name: "A", Account: "4711"}},
					{EndToEndID: "E-2", TxAmount: eur(100), Amount: eur(100), Structured: []string{"RE-1"}, Info: "zusätzlich"}}},
			{Index: 3, Amount: 1660, Currency: money.EUR, Reversal: true, Status: Booked, Booked: day, Value: day,
				Code: TxCode{Domain: "PMNT", Family: "RDDT", SubFamily: "UPDD"}, Details: []Detail{{MandateID: "M-1",
					Instructed: eur(1360), Charges: eur(300), ReturnCode: "MD06", ReturnText: "Widerspruch",
					Debtor: Party{Name: "Sven Schuldner", IBAN: "DE02120300000000202051"}, UltimateCreditor: "Shop"}}},
		},
	}
}

func TestWriteThenReadIsTheSame(t *testing.T) {
	want := example()
	var file bytes.Buffer
	if err := WriteCAMT053(&file, want); err != nil {
		t.Fatal(err)
	}
	got, err := ParseAll(&file, "own.xml")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []Statement{*want}) {
		t.Errorf("read back\n%+v\nwant\n%+v", got[0], *want)
	}
}

func TestWrittenFileIsValid(t *testing.T) {
	schema := sample(t, "iso20022", "xsd", "camt", "camt.053.001.08.xsd")
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (package libxml2-utils)")
	}
	second := example()
	second.ID, second.Page, second.LastPage, second.Copy, second.IBAN, second.AccountID = "STMT-2", 2, false, true, "", "0815"
	file := filepath.Join(t.TempDir(), "own.xml")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCAMT053(f, example(), second); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if out, err := exec.Command(lint, "--noout", "--schema", schema, file).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %s", out)
	}
}

func TestWriterRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Statement){
		"MsgId":       func(s *Statement) { s.MessageID = "" },
		"CreDtTm":     func(s *Statement) { s.Created = time.Time{} },
		"no balance":  func(s *Statement) { s.Balances = nil },
		"AcctSvcrRef": func(s *Statement) { s.Entries[0].BankRef = strings.Repeat("x", 36) },
		"negative":    func(s *Statement) { s.Entries[0].Amount = -1 },
		"currency":    func(s *Statement) { s.Entries[0].Currency = "eur" },
	} {
		s := example()
		spoil(s)
		if err := WriteCAMT053(new(bytes.Buffer), s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

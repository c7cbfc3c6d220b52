package bankfile

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

func table(t testing.TB, parts ...string) []map[string]string {
	t.Helper()
	f, err := os.Open(sample(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func TestIBANRegistry(t *testing.T) {
	rows := table(t, "iban", "iban_registry_examples.csv")
	if len(rows) < 100 {
		t.Fatalf("%d countries, want at least 100", len(rows))
	}
	for _, row := range rows {
		good, bad := row["iban_example"], row["invalid_last_digit_changed"]
		iban, err := ParseIBAN(good)
		if err != nil || string(iban) != good {
			t.Errorf("%s: %v", good, err)
		}
		if _, err := ParseIBAN(bad); err == nil {
			t.Errorf("%s is wrong and accepted", bad)
		}
		if again, err := ParseIBAN(strings.ToLower(iban.String())); err != nil || again != iban {
			t.Errorf("%s printed as %q reads as %s, %v", iban, iban.String(), string(again), err)
		}
		if _, err := ParseIBAN(good + "0"); err == nil {
			t.Errorf("%s0 is too long and accepted", good)
		}
	}
}

// TestIBANOneDigitWrong changes each digit of each example: MOD 97-10 finds all of them.
func TestIBANOneDigitWrong(t *testing.T) {
	for _, row := range table(t, "iban", "iban_registry_examples.csv") {
		good := row["iban_example"]
		for i := 2; i < len(good); i++ {
			for _, c := range "0123456789" {
				if bad := good[:i] + string(c) + good[i+1:]; isDigit(good[i]) && bad != good && IBAN(bad).Valid() {
					t.Errorf("%s accepted for %s", bad, good)
				}
			}
		}
	}
}

// TestIBANsAsPeopleWriteThem reads IBANs from the wild: what passes the check digits and has its
// country's form must be accepted however it is written.
func TestIBANsAsPeopleWriteThem(t *testing.T) {
	rows := table(t, "iban", "example_ibans_all_countries.csv")
	accepted := 0
	for _, row := range rows {
		iban, err := ParseIBAN(row["raw"])
		want := strings.TrimPrefix(row["normalised"], "IBAN")
		if row["mod97_ok"] == "0" && want == row["normalised"] {
			if err == nil {
				t.Errorf("%q accepted", row["raw"])
			}
			continue
		}
		if err != nil {
			if mod97(want[4:]+want[:4]) == 1 {
				t.Logf("%q: %v", row["raw"], err)
			}
			continue
		}
		accepted++
		if string(iban) != want {
			t.Errorf("%q: got %s, want %s", row["raw"], string(iban), want)
		}
	}
	t.Logf("%d of %d accepted", accepted, len(rows))
	if accepted < len(rows)*95/100 {
		t.Errorf("only %d of %d accepted", accepted, len(rows))
	}
}

func TestIBANErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "15 to 34 characters",
		"DE89 3704 0044 0532 0130":    "form of DE, which is 22 characters, digits only",
		"DE89 3704 0044 0532 0130 0O": "form of DE",
		"DE89370400440532013001":      "check digits",
		"ZZ68539007547034":            "not a country",
		"DE89 3704 0044 0532 013О 00": "does not belong", // a Cyrillic O
		"GB29NWBK60161331926819GB29NWBK60161331926819": "15 to 34",
	} {
		if _, err := ParseIBAN(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	iban, err := ParseIBAN("IBAN: de89-3704.0044/0532 0130\u00a000")
	if err != nil || iban.String() != "DE89 3704 0044 0532 0130 00" || iban.Masked() != "DE•• •••• 3000" || !iban.SEPA() || iban.Country() != "DE" {
		t.Errorf("got %v, %v", iban, err)
	}
	if IBAN("AE070331234567890123456").SEPA() {
		t.Error("the Emirates are not in SEPA")
	}
}

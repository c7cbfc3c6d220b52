package bankfile

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestEPCVectors(t *testing.T) {
	raw, err := os.ReadFile(sample(t, "epcqr", "epc_qr_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ ID, Payload, Note string }
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		e, err := ParseEPC([]byte(v.Payload))
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		if got := e.String(); got != strings.TrimRight(v.Payload, "\n") {
			t.Errorf("%s: printed as %q", v.ID, got)
		}
		dummy := strings.Contains(v.Payload, "AT000000000000000000")
		if err := e.Validate(); (err == nil) == dummy {
			t.Errorf("%s: %v", v.ID, err)
		}
	}
	if len(vectors) < 8 {
		t.Errorf("%d vectors, want 8", len(vectors))
	}
}

func TestEPCSampleFiles(t *testing.T) {
	for name, version := range map[string]int{"qr_version_001.txt": 1, "qr_version_002.txt": 2} {
		raw, err := os.ReadFile(sample(t, "epcqr", "py-epc-qr", name))
		if err != nil {
			t.Fatal(err)
		}
		e, err := ParseEPC(raw)
		if err != nil || e.Version != version || e.Amount != 12345 || e.Text != "Spende fuer Wikipedia" || e.Validate() != nil {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func goodEPC(t testing.TB) EPC {
	t.Helper()
	ref, err := NewReference("539007547034")
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEPC("Zahlziel Betrieb GmbH", "DE89370400440532013000", 8440, ref)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNewEPC(t *testing.T) {
	e := goodEPC(t)
	want := "BCD\n002\n1\nSCT\n\nZahlziel Betrieb GmbH\nDE89370400440532013000\nEUR84.40\n\nRF18539007547034"
	b, err := e.Payload()
	if err != nil || string(b) != want {
		t.Errorf("got %q, %v", b, err)
	}
	again, err := ParseEPC([]byte(strings.ReplaceAll(want, "\n", "\r\n")))
	if err != nil || !reflect.DeepEqual(again, e) {
		t.Errorf("read again %+v, %v", again, err)
	}
}

func TestEPCCharset(t *testing.T) {
	e := goodEPC(t)
	e.Charset, e.Name = 8, "Müller € Söhne"
	b, err := e.Payload()
	if err != nil || !strings.Contains(string(b), "M\xfcller \xa4") {
		t.Fatalf("got %q, %v", b, err)
	}
	if again, err := ParseEPC(b); err != nil || again != e {
		t.Errorf("read again %+v, %v", again, err)
	}
	e.Charset = 2
	if err := e.Validate(); err == nil {
		t.Error("ISO 8859-1 has no euro sign")
	}
}

func TestEPCRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*EPC){
		"version 3":      func(e *EPC) { e.Version = 3 },
		"needs the BIC":  func(e *EPC) { e.Version = 1 },
		"not a BIC":      func(e *EPC) { e.BIC = "COBADEF" },
		"character set":  func(e *EPC) { e.Charset = 9 },
		"check digits":   func(e *EPC) { e.IBAN = "DE89370400440532013001" },
		"amount":         func(e *EPC) { e.Amount = 100_000_000_000 },
		"name of":        func(e *EPC) { e.Name = "" },
		"71 characters":  func(e *EPC) { e.Name = strings.Repeat("ä", 71) },
		"not both":       func(e *EPC) { e.Text = "x" },
		"line break":     func(e *EPC) { e.Info = "a\nb" },
		"creditor ref":   func(e *EPC) { e.Reference = "RF" },
		"the check digi": func(e *EPC) { e.Reference = "RF17539007547034" },
		"331":            func(e *EPC) { e.Name, e.Reference, e.Text = strings.Repeat("ä", 70), "", strings.Repeat("ß", 140) },
	} {
		e := goodEPC(t)
		spoil(&e)
		if err := e.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := e.Payload(); err == nil {
			t.Errorf("%s: payload made", want)
		}
	}
	for _, payload := range []string{"", "BCD", "XYZ\n002\n1\nSCT\n\nA\nDE", "BCD\n003\n1\nSCT\n\nA\nDE", "BCD\n002\n9\nSCT\n\nA\nDE",
		"BCD\n002\n1\nINST\n\nA\nDE", "BCD\n002\n1\nSCT\n\nA\nDE\nUSD1", "BCD\n002\n1\nSCT\n\nA\nDE\nEUR1,00", "BCD\n002\n1\nSCT\n\nA\nDE\nEUR0.00",
		"BCD\n002\n1\nSCT\n\n\xff\nDE", "BCD\n002\n1\nSCT\n\nA\nDE\n\n\n\n\n\n\nx", "BCD\n002\n1\nSCT\n\nA\nDE" + strings.Repeat("\n", 400)} {
		if e, err := ParseEPC([]byte(payload)); err == nil && e.Validate() == nil {
			t.Errorf("%q read as %+v", payload, e)
		}
	}
}

package bankfile

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestAllVersions reads one entry in each version of each message, with the levels that version has.
func TestAllVersions(t *testing.T) {
	kinds := []struct {
		kind            Kind
		container, item string
	}{{Report, "BkToCstmrAcctRpt", "Rpt"}, {Final, "BkToCstmrStmt", "Stmt"}, {Notification, "BkToCstmrDbtCdtNtfctn", "Ntfctn"}}
	for _, k := range kinds {
		for version := 2; version <= 13; version++ {
			status, name := "BOOK", "<Nm>Jörg Müller</Nm>"
			if version >= 4 {
				status = "<Cd>BOOK</Cd>"
			}
			if version >= 8 {
				name = "<Pty>" + name + "</Pty>"
			}
			file := fmt.Sprintf(`<n:Document xmlns:n="urn:iso:std:iso:20022:tech:xsd:%s.001.%02d"><n:%s><n:%s><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">8.85</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>%s</Sts><ValDt><DtTm>2026-03-02T10:00:00+01:00</DtTm></ValDt>
<NtryDtls><TxDtls><RltdPties><Dbtr>%s</Dbtr></RltdPties></TxDtls></NtryDtls></Ntry></n:%s></n:%s></n:Document>`,
				k.kind, version, k.container, k.item, status, name, k.item, k.container)
			got, err := ParseAll(strings.NewReader(file), "f")
			if err != nil || len(got) != 1 || len(got[0].Entries) != 1 {
				t.Errorf("%s.%02d: %v, %v", k.kind, version, got, err)
				continue
			}
			s, e := got[0], got[0].Entries[0]
			if s.Kind != k.kind || s.Version != version || e.Status != Booked || e.Amount != 885 ||
				e.Value.String() != "2026-03-02" || e.Details[0].Debtor.Name != "Jörg Müller" {
				t.Errorf("%s.%02d: %+v", k.kind, version, s)
			}
		}
	}
	if !Final.Books() || Report.Books() || Notification.Books() {
		t.Error("only camt.053 books")
	}
}

// TestNaughtyTexts writes and reads texts that break programs, as names and as remittance.
func TestNaughtyTexts(t *testing.T) {
	raw, err := os.ReadFile(sample(t, "security", "blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	s := example()
	for _, text := range texts {
		name := []rune(strings.TrimSpace(text))
		if len(name) == 0 || len(name) > 140 {
			continue
		}
		s.Entries[0].Details = append(s.Entries[0].Details, Detail{Debtor: Party{Name: string(name)}, Text: []string{text}})
		SameName(text, "Max Mustermann")
		FindReferences(text)
		if _, err := ParseIBAN(text); err == nil {
			t.Errorf("%q is an IBAN", text)
		}
	}
	var file strings.Builder
	if err := WriteCAMT053(&file, s); err != nil {
		t.Fatal(err)
	}
	got, err := ParseAll(strings.NewReader(file.String()), "f")
	if err != nil || len(got[0].Entries[0].Details) != len(s.Entries[0].Details) {
		t.Errorf("%d details written, read %v, %v", len(s.Entries[0].Details), got, err)
	}
}

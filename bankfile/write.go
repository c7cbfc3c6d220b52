package bankfile

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"zahlziel/cal"
	"zahlziel/money"
)

// WriteCAMT053 writes statements as camt.053.001.08, the version that banks in Germany send since
// November 2025. All are pages of one message with the MessageID and Created of the first. A statement
// needs an ID, an account, a creation time and at least one balance; texts that the schema limits are an
// error when too long, remittance text is broken into lines of 140 characters instead.
func WriteCAMT053(w io.Writer, statements ...*Statement) error {
	if len(statements) == 0 {
		return fmt.Errorf("camt.053: nothing to write")
	}
	x := &xmlWriter{w: bufio.NewWriter(w)}
	first := statements[0]
	x.raw(xml.Header)
	x.raw(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">` + "\n<BkToCstmrStmt>")
	x.open("GrpHdr")
	x.text("MsgId", first.MessageID, 35, true)
	x.text("CreDtTm", dateTime(first.Created), 35, true)
	x.close("GrpHdr")
	for _, s := range statements {
		x.statement(s)
	}
	x.raw("</BkToCstmrStmt></Document>\n")
	if x.err != nil {
		return fmt.Errorf("camt.053: %w", x.err)
	}
	return x.w.Flush()
}

func dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// xmlWriter writes elements in the order of the schema and keeps the first error.
type xmlWriter struct {
	w   *bufio.Writer
	err error
}

func (x *xmlWriter) raw(s string) {
	if x.err == nil {
		_, x.err = x.w.WriteString(s)
	}
}

func (x *xmlWriter) open(name string)  { x.raw("<" + name + ">") }
func (x *xmlWriter) close(name string) { x.raw("</" + name + ">") }

// text writes an element of at most limit characters, or nothing for an empty text that is not needed.
func (x *xmlWriter) text(name, s string, limit int, needed bool) {
	if s == "" && !needed {
		return
	}
	if n := utf8.RuneCountInString(s); x.err == nil && (n == 0 || n > limit) {
		x.err = fmt.Errorf("%s %s needs 1 to %d characters", name, quote(s), limit)
	}
	x.open(name)
	if x.err == nil {
		x.err = xml.EscapeText(x.w, []byte(s))
	}
	x.close(name)
}

func (x *xmlWriter) amount(name string, a Amount) {
	if a.Minor < 0 && x.err == nil {
		x.err = fmt.Errorf("%s is negative; the direction says credit or debit", name)
	}
	if _, err := parseCurrency(string(a.Currency)); err != nil && x.err == nil {
		x.err = fmt.Errorf("%s: %w", name, err)
	}
	x.raw("<" + name + ` Ccy="` + string(a.Currency) + `">` + money.FormatPlain(a.Minor, a.Currency))
	x.close(name)
}

func (x *xmlWriter) side(credit bool) {
	if credit {
		x.raw("<CdtDbtInd>CRDT</CdtDbtInd>")
	} else {
		x.raw("<CdtDbtInd>DBIT</CdtDbtInd>")
	}
}

func (x *xmlWriter) day(name string, d cal.Day) {
	if d.IsSet() {
		x.raw("<" + name + "><Dt>" + d.String() + "</Dt>")
		x.close(name)
	}
}

func (x *xmlWriter) statement(s *Statement) {
	x.raw("\n")
	x.open("Stmt")
	x.text("Id", s.ID, 35, true)
	if s.Page > 0 {
		x.raw(fmt.Sprintf("<StmtPgntn><PgNb>%d</PgNb><LastPgInd>%t</LastPgInd></StmtPgntn>", s.Page, s.LastPage))
	}
	x.text("ElctrncSeqNb", s.Number, 18, false)
	x.text("LglSeqNb", s.LegalNo, 18, false)
	x.text("CreDtTm", dateTime(s.Created), 35, true)
	if s.From.IsSet() && s.To.IsSet() {
		x.raw("<FrToDt><FrDtTm>" + s.From.String() + "T00:00:00</FrDtTm><ToDtTm>" + s.To.String() + "T23:59:59</ToDtTm></FrToDt>")
	}
	if s.Copy {
		x.raw("<CpyDplctInd>CODU</CpyDplctInd>")
	}
	x.open("Acct")
	x.account(s.IBAN, s.AccountID)
	x.text("Ccy", string(s.Currency), 3, false)
	x.text("Nm", s.Name, 70, false)
	x.party("Ownr", s.Owner, false)
	if s.BIC != "" {
		x.raw("<Svcr><FinInstnId>")
		x.text("BICFI", s.BIC, 11, true)
		x.raw("</FinInstnId></Svcr>")
	}
	x.close("Acct")
	if len(s.Balances) == 0 && x.err == nil {
		x.err = fmt.Errorf("statement %s has no balance", s.ID)
	}
	for _, b := range s.Balances {
		x.balance(b)
	}
	for i := range s.Entries {
		x.entry(&s.Entries[i])
	}
	x.close("Stmt")
}

func (x *xmlWriter) account(iban IBAN, other string) {
	x.open("Id")
	if iban != "" {
		x.text("IBAN", string(iban), 34, true)
	} else {
		x.open("Othr")
		x.text("Id", other, 34, true)
		x.close("Othr")
	}
	x.close("Id")
}

func (x *xmlWriter) party(name, who string, choice bool) {
	if who == "" {
		return
	}
	x.open(name)
	if choice {
		x.open("Pty")
	}
	x.text("Nm", who, 140, true)
	if choice {
		x.close("Pty")
	}
	x.close(name)
}

func (x *xmlWriter) balance(b Balance) {
	x.raw("\n<Bal><Tp><CdOrPrtry>")
	x.text("Cd", b.Type, 4, true)
	x.raw("</CdOrPrtry></Tp>")
	x.amount("Amt", Amount{max(b.Amount, -b.Amount), b.Currency})
	x.side(b.Amount >= 0)
	x.day("Dt", b.Day)
	x.close("Bal")
}

func (x *xmlWriter) entry(e *Entry) {
	x.raw("\n")
	x.open("Ntry")
	x.text("NtryRef", e.Ref, 35, false)
	x.amount("Amt", Amount{e.Amount, e.Currency})
	x.side(e.Credit)
	if e.Reversal {
		x.raw("<RvslInd>true</RvslInd>")
	}
	x.open("Sts")
	x.text("Cd", string(e.Status), 4, true)
	x.close("Sts")
	x.day("BookgDt", e.Booked)
	x.day("ValDt", e.Value)
	x.text("AcctSvcrRef", e.BankRef, 35, false)
	x.code(e.Code, true)
	if len(e.Details) > 0 || e.Batch > 0 {
		x.open("NtryDtls")
		if e.Batch > 0 {
			x.open("Btch")
			x.text("NbOfTxs", strconv.Itoa(e.Batch), 15, true)
			x.close("Btch")
		}
		for i := range e.Details {
			x.detail(&e.Details[i])
		}
		x.close("NtryDtls")
	}
	x.text("AddtlNtryInf", e.Info, 500, false)
	x.close("Ntry")
}

func (x *xmlWriter) code(c TxCode, needed bool) {
	if c == (TxCode{}) && !needed {
		return
	}
	x.open("BkTxCd")
	if c.Domain != "" {
		x.open("Domn")
		x.text("Cd", c.Domain, 4, true)
		x.open("Fmly")
		x.text("Cd", c.Family, 4, true)
		x.text("SubFmlyCd", c.SubFamily, 4, true)
		x.close("Fmly")
		x.close("Domn")
	}
	if c.Proprietary != "" {
		x.open("Prtry")
		x.text("Cd", c.Proprietary, 35, true)
		x.text("Issr", c.Issuer, 35, false)
		x.close("Prtry")
	}
	x.close("BkTxCd")
}

func (x *xmlWriter) detail(d *Detail) {
	x.open("TxDtls")
	x.refs(d)
	if d.Amount.Currency != "" {
		x.amount("Amt", d.Amount)
	}
	if d.Direction != Unset {
		x.side(d.Direction == CreditSide)
	}
	if d.Instructed.Currency != "" || d.TxAmount.Currency != "" {
		x.open("AmtDtls")
		x.nested("InstdAmt", d.Instructed)
		x.nested("TxAmt", d.TxAmount)
		x.close("AmtDtls")
	}
	x.code(d.Code, false)
	if d.Charges.Currency != "" {
		x.raw("<Chrgs><Rcrd>")
		x.amount("Amt", d.Charges)
		x.raw("</Rcrd></Chrgs>")
	}
	x.parties(d)
	if d.Purpose != "" {
		x.open("Purp")
		x.text("Cd", d.Purpose, 4, true)
		x.close("Purp")
	}
	x.remittance(d)
	if d.ReturnCode != "" {
		x.raw("<RtrInf><Rsn>")
		x.text("Cd", d.ReturnCode, 4, true)
		x.close("Rsn")
		x.text("AddtlInf", d.ReturnText, 105, false)
		x.close("RtrInf")
	}
	x.text("AddtlTxInf", d.Info, 500, false)
	x.close("TxDtls")
}

func (x *xmlWriter) nested(name string, a Amount) {
	if a.Currency != "" {
		x.open(name)
		x.amount("Amt", a)
		x.close(name)
	}
}

func (x *xmlWriter) refs(d *Detail) {
	refs := []struct{ name, text string }{
		{"MsgId", d.MessageID}, {"AcctSvcrRef", d.BankRef}, {"PmtInfId", d.PaymentID}, {"InstrId", d.InstructionID},
		{"EndToEndId", d.EndToEndID}, {"UETR", d.UETR}, {"TxId", d.TxID}, {"MndtId", d.MandateID},
	}
	var any bool
	for _, r := range refs {
		any = any || r.text != ""
	}
	if !any {
		return
	}
	x.open("Refs")
	for _, r := range refs {
		x.text(r.name, r.text, 36, false)
	}
	x.close("Refs")
}

func (x *xmlWriter) parties(d *Detail) {
	if d.Debtor == (Party{}) && d.Creditor == (Party{}) && d.UltimateDebtor+d.UltimateCreditor == "" {
		return
	}
	x.open("RltdPties")
	x.party("Dbtr", d.Debtor.Name, true)
	x.partyAccount("DbtrAcct", d.Debtor)
	x.party("UltmtDbtr", d.UltimateDebtor, true)
	x.party("Cdtr", d.Creditor.Name, true)
	x.partyAccount("CdtrAcct", d.Creditor)
	x.party("UltmtCdtr", d.UltimateCreditor, true)
	x.close("RltdPties")
}

func (x *xmlWriter) partyAccount(name string, p Party) {
	if p.IBAN != "" || p.Account != "" {
		x.open(name)
		x.account(p.IBAN, p.Account)
		x.close(name)
	}
}

func (x *xmlWriter) remittance(d *Detail) {
	if len(d.Text)+len(d.References)+len(d.Structured) == 0 {
		return
	}
	x.open("RmtInf")
	for _, line := range d.Text {
		for _, part := range chunks(line, 140) {
			x.text("Ustrd", part, 140, true)
		}
	}
	for _, ref := range d.References {
		x.raw("<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>")
		x.text("Ref", ref, 35, true)
		x.raw("</CdtrRefInf></Strd>")
	}
	for _, line := range d.Structured {
		for _, part := range chunks(line, 140) {
			x.open("Strd")
			x.text("AddtlRmtInf", part, 140, true)
			x.close("Strd")
		}
	}
	x.close("RmtInf")
}

// chunks cuts a text into parts of at most limit characters.
func chunks(s string, limit int) []string {
	var parts []string
	r := []rune(s)
	for len(r) > limit {
		parts = append(parts, string(r[:limit]))
		r = r[limit:]
	}
	return append(parts, string(r))
}

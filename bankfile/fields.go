package bankfile

import (
	"strconv"
	"strings"
	"time"

	"zahlziel/cal"
)

// A field stores the text of one element, which is not empty. While it runs, p.fail names the element.
type field func(p *parser, text string) error

// fields says for each path that matters where its text goes. The levels Pty and NtryDtls are left out
// of the paths, because only some versions have them, and Rpt and Ntfctn stand as Stmt.
var fields = map[string]field{
	"GrpHdr/MsgId": func(p *parser, s string) error { p.messageID = s; return nil },

	"Stmt/Id":                              head(func(s *Statement) *string { return &s.ID }),
	"Stmt/ElctrncSeqNb":                    head(func(s *Statement) *string { return &s.Number }),
	"Stmt/LglSeqNb":                        head(func(s *Statement) *string { return &s.LegalNo }),
	"Stmt/Acct/Id/Othr/Id":                 head(func(s *Statement) *string { return &s.AccountID }),
	"Stmt/Acct/Id/PrtryAcct/Id":            head(func(s *Statement) *string { return &s.AccountID }),
	"Stmt/Acct/Id/BBAN":                    head(func(s *Statement) *string { return &s.AccountID }),
	"Stmt/Acct/Id/UPIC":                    head(func(s *Statement) *string { return &s.AccountID }),
	"Stmt/Acct/Nm":                         head(func(s *Statement) *string { return &s.Name }),
	"Stmt/Acct/Ownr/Nm":                    head(func(s *Statement) *string { return &s.Owner }),
	"Stmt/Acct/Svcr/FinInstnId/BIC":        head(func(s *Statement) *string { return &s.BIC }),
	"Stmt/Acct/Svcr/FinInstnId/BICFI":      head(func(s *Statement) *string { return &s.BIC }),
	"Stmt/Acct/Id/IBAN":                    func(p *parser, s string) error { p.st.IBAN = NormalIBAN(s); return nil },
	"Stmt/Acct/Ccy":                        accountCurrency,
	"Stmt/CreDtTm":                         created,
	"Stmt/CpyDplctInd":                     func(p *parser, s string) error { p.st.Copy = s != ""; return nil },
	"Stmt/FrToDt/FrDtTm":                   period(func(s *Statement) *cal.Day { return &s.From }),
	"Stmt/FrToDt/ToDtTm":                   period(func(s *Statement) *cal.Day { return &s.To }),
	"Stmt/FrToDt/FrDt":                     period(func(s *Statement) *cal.Day { return &s.From }),
	"Stmt/FrToDt/ToDt":                     period(func(s *Statement) *cal.Day { return &s.To }),
	"Stmt/StmtPgntn/PgNb":                  page,
	"Stmt/RptPgntn/PgNb":                   page,
	"Stmt/NtfctnPgntn/PgNb":                page,
	"Stmt/StmtPgntn/LastPgInd":             lastPage,
	"Stmt/RptPgntn/LastPgInd":              lastPage,
	"Stmt/NtfctnPgntn/LastPgInd":           lastPage,
	"Stmt/Bal/Tp/CdOrPrtry/Cd":             balanceType,
	"Stmt/Bal/Tp/CdOrPrtry/Prtry":          balanceType,
	"Stmt/Bal/Tp/Cd":                       balanceType,
	"Stmt/Bal/Amt":                         balanceAmount,
	"Stmt/Bal/CdtDbtInd":                   balanceSide,
	"Stmt/Bal/Dt/Dt":                       balanceDay,
	"Stmt/Bal/Dt/DtTm":                     balanceDay,
	"Stmt/Ntry/NtryRef":                    line(func(e *Entry) *string { return &e.Ref }),
	"Stmt/Ntry/AcctSvcrRef":                line(func(e *Entry) *string { return &e.BankRef }),
	"Stmt/Ntry/AddtlNtryInf":               line(func(e *Entry) *string { return &e.Info }),
	"Stmt/Ntry/Amt":                        entryAmount,
	"Stmt/Ntry/CdtDbtInd":                  entrySide,
	"Stmt/Ntry/RvslInd":                    reversal,
	"Stmt/Ntry/Sts":                        status,
	"Stmt/Ntry/Sts/Cd":                     status,
	"Stmt/Ntry/Sts/Prtry":                  status,
	"Stmt/Ntry/BookgDt/Dt":                 entryDay(func(e *Entry) *cal.Day { return &e.Booked }),
	"Stmt/Ntry/BookgDt/DtTm":               entryDay(func(e *Entry) *cal.Day { return &e.Booked }),
	"Stmt/Ntry/ValDt/Dt":                   entryDay(func(e *Entry) *cal.Day { return &e.Value }),
	"Stmt/Ntry/ValDt/DtTm":                 entryDay(func(e *Entry) *cal.Day { return &e.Value }),
	"Stmt/Ntry/BkTxCd/Domn/Cd":             line(func(e *Entry) *string { return &e.Code.Domain }),
	"Stmt/Ntry/BkTxCd/Domn/Fmly/Cd":        line(func(e *Entry) *string { return &e.Code.Family }),
	"Stmt/Ntry/BkTxCd/Domn/Fmly/SubFmlyCd": line(func(e *Entry) *string { return &e.Code.SubFamily }),
	"Stmt/Ntry/BkTxCd/Prtry/Cd":            line(func(e *Entry) *string { return &e.Code.Proprietary }),
	"Stmt/Ntry/BkTxCd/Prtry/Issr":          line(func(e *Entry) *string { return &e.Code.Issuer }),
	"Stmt/Ntry/Btch/NbOfTxs":               batchCount,
}

// transactionFields are the fields below Stmt/Ntry/TxDtls.
var transactionFields = map[string]field{
	"Refs/MsgId":                         tx(func(d *Detail) *string { return &d.MessageID }),
	"Refs/AcctSvcrRef":                   tx(func(d *Detail) *string { return &d.BankRef }),
	"Refs/PmtInfId":                      tx(func(d *Detail) *string { return &d.PaymentID }),
	"Refs/InstrId":                       tx(func(d *Detail) *string { return &d.InstructionID }),
	"Refs/EndToEndId":                    tx(func(d *Detail) *string { return &d.EndToEndID }),
	"Refs/TxId":                          tx(func(d *Detail) *string { return &d.TxID }),
	"Refs/MndtId":                        tx(func(d *Detail) *string { return &d.MandateID }),
	"Refs/UETR":                          tx(func(d *Detail) *string { return &d.UETR }),
	"Amt":                                txAmount(func(d *Detail) *Amount { return &d.Amount }),
	"AmtDtls/TxAmt/Amt":                  txAmount(func(d *Detail) *Amount { return &d.TxAmount }),
	"AmtDtls/InstdAmt/Amt":               txAmount(func(d *Detail) *Amount { return &d.Instructed }),
	"CdtDbtInd":                          txSide,
	"Chrgs/Amt":                          chargeAmount,
	"Chrgs/Rcrd/Amt":                     chargeAmount,
	"BkTxCd/Domn/Cd":                     tx(func(d *Detail) *string { return &d.Code.Domain }),
	"BkTxCd/Domn/Fmly/Cd":                tx(func(d *Detail) *string { return &d.Code.Family }),
	"BkTxCd/Domn/Fmly/SubFmlyCd":         tx(func(d *Detail) *string { return &d.Code.SubFamily }),
	"BkTxCd/Prtry/Cd":                    tx(func(d *Detail) *string { return &d.Code.Proprietary }),
	"BkTxCd/Prtry/Issr":                  tx(func(d *Detail) *string { return &d.Code.Issuer }),
	"RltdPties/Dbtr/Nm":                  tx(func(d *Detail) *string { return &d.Debtor.Name }),
	"RltdPties/Dbtr/Agt/FinInstnId/Nm":   tx(func(d *Detail) *string { return &d.Debtor.Name }),
	"RltdPties/DbtrAcct/Id/IBAN":         txIBAN(func(d *Detail) *Party { return &d.Debtor }),
	"RltdPties/DbtrAcct/Id/Othr/Id":      tx(func(d *Detail) *string { return &d.Debtor.Account }),
	"RltdPties/DbtrAcct/Id/PrtryAcct/Id": tx(func(d *Detail) *string { return &d.Debtor.Account }),
	"RltdPties/UltmtDbtr/Nm":             tx(func(d *Detail) *string { return &d.UltimateDebtor }),
	"RltdPties/Cdtr/Nm":                  tx(func(d *Detail) *string { return &d.Creditor.Name }),
	"RltdPties/Cdtr/Agt/FinInstnId/Nm":   tx(func(d *Detail) *string { return &d.Creditor.Name }),
	"RltdPties/CdtrAcct/Id/IBAN":         txIBAN(func(d *Detail) *Party { return &d.Creditor }),
	"RltdPties/CdtrAcct/Id/Othr/Id":      tx(func(d *Detail) *string { return &d.Creditor.Account }),
	"RltdPties/CdtrAcct/Id/PrtryAcct/Id": tx(func(d *Detail) *string { return &d.Creditor.Account }),
	"RltdPties/UltmtCdtr/Nm":             tx(func(d *Detail) *string { return &d.UltimateCreditor }),
	"RmtInf/Ustrd":                       txList(func(d *Detail) *[]string { return &d.Text }),
	"RmtInf/Strd/CdtrRefInf/Ref":         txList(func(d *Detail) *[]string { return &d.References }),
	"RmtInf/Strd/CdtrRefInf/CdtrRef":     txList(func(d *Detail) *[]string { return &d.References }),
	"RmtInf/Strd/RfrdDocInf/Nb":          txList(func(d *Detail) *[]string { return &d.Structured }),
	"RmtInf/Strd/AddtlRmtInf":            txList(func(d *Detail) *[]string { return &d.Structured }),
	"Purp/Cd":                            tx(func(d *Detail) *string { return &d.Purpose }),
	"Purp/Prtry":                         tx(func(d *Detail) *string { return &d.Purpose }),
	"RtrInf/Rsn/Cd":                      tx(func(d *Detail) *string { return &d.ReturnCode }),
	"RtrInf/Rsn/Prtry":                   tx(func(d *Detail) *string { return &d.ReturnCode }),
	"RtrInf/RtrRsn/Cd":                   tx(func(d *Detail) *string { return &d.ReturnCode }),
	"RtrInf/AddtlInf":                    returnText,
	"AddtlTxInf":                         tx(func(d *Detail) *string { return &d.Info }),
}

func init() {
	for path, f := range transactionFields {
		fields["Stmt/Ntry/TxDtls/"+path] = f
	}
}

func newStatement(p *parser) *Statement {
	return &Statement{Kind: p.kind, Version: p.version, MessageID: p.messageID,
		LastPage: true, From: cal.NoDay, To: cal.NoDay}
}

func newBalance() Balance { return Balance{Day: cal.NoDay} }

func newEntry(index int) *Entry {
	return &Entry{Index: index, Amount: unknown, Booked: cal.NoDay, Value: cal.NoDay}
}

// unknown marks an amount whose element has not come yet.
const unknown = -1

func set(dst *string, text string) error {
	if *dst == "" {
		*dst = strings.Join(strings.Fields(text), " ")
	}
	return nil
}

func head(of func(*Statement) *string) field {
	return func(p *parser, s string) error { return set(of(p.st), s) }
}

func line(of func(*Entry) *string) field {
	return func(p *parser, s string) error { return set(of(p.en), s) }
}

func tx(of func(*Detail) *string) field {
	return func(p *parser, s string) error { return set(of(p.de), s) }
}

func txList(of func(*Detail) *[]string) field {
	return func(p *parser, s string) error {
		list := of(p.de)
		if len(*list) >= linesLimit {
			return p.fail("more than %d lines in one transaction", linesLimit)
		}
		*list = append(*list, strings.Join(strings.FieldsFunc(s, isLineBreak), " "))
		return nil
	}
}

func isLineBreak(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }

func txIBAN(of func(*Detail) *Party) field {
	return func(p *parser, s string) error { of(p.de).IBAN = NormalIBAN(s); return nil }
}

func txAmount(of func(*Detail) *Amount) field {
	return func(p *parser, s string) error {
		a, err := p.amount(s)
		if err == nil {
			*of(p.de) = a
		}
		return err
	}
}

func txSide(p *parser, s string) error {
	credit, err := p.side(s)
	p.de.Direction = DebitSide
	if credit {
		p.de.Direction = CreditSide
	}
	return err
}

func chargeAmount(p *parser, s string) (err error) {
	p.charge, err = p.amount(s)
	return err
}

// addCharge adds a charge of the transaction; charges in a second currency are left out.
func (p *parser) addCharge() error {
	c := p.charge
	p.charge = Amount{}
	sum := &p.de.Charges
	if c.Minor == 0 || (sum.Currency != "" && sum.Currency != c.Currency) {
		return nil
	}
	sum.Currency = c.Currency
	if !addTo(&sum.Minor, c.Minor) {
		return p.fail("the charges are larger than any amount this program handles")
	}
	return nil
}

func returnText(p *parser, s string) error {
	if len(p.de.ReturnText) < tokenLimit {
		p.de.ReturnText = strings.TrimSpace(p.de.ReturnText + " " + strings.Join(strings.Fields(s), " "))
	}
	return nil
}

func accountCurrency(p *parser, s string) error {
	c, err := parseCurrency(s)
	if err != nil {
		return p.fail("%v", err)
	}
	p.st.Currency = c
	return nil
}

// created reads a date and time; one that cannot be read is left out, it decides nothing.
func created(p *parser, s string) error {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			p.st.Created = t.UTC()
			break
		}
	}
	return nil
}

// day reads the civil day of a date or a date and time, as written: a bank writes its own zone.
func (p *parser) day(s string) (cal.Day, error) {
	if len(s) < 10 || (len(s) > 10 && !strings.ContainsRune("TZ+-", rune(s[10]))) {
		return cal.NoDay, p.fail("%s is not a day (YYYY-MM-DD)", quote(s))
	}
	d, err := cal.ParseDay(s[:10])
	if err != nil {
		return cal.NoDay, p.fail("%s is not a day (YYYY-MM-DD)", quote(s))
	}
	return d, nil
}

func period(of func(*Statement) *cal.Day) field {
	return func(p *parser, s string) (err error) { *of(p.st), err = p.day(s); return err }
}

func entryDay(of func(*Entry) *cal.Day) field {
	return func(p *parser, s string) (err error) { *of(p.en), err = p.day(s); return err }
}

func page(p *parser, s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return p.fail("%s is not a page number", quote(s))
	}
	p.st.Page = n
	return nil
}

func lastPage(p *parser, s string) (err error) { p.st.LastPage, err = p.yes(s); return err }

func reversal(p *parser, s string) (err error) { p.en.Reversal, err = p.yes(s); return err }

func (p *parser) yes(s string) (bool, error) {
	switch s {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, p.fail("%s is neither true nor false", quote(s))
}

// side reads CdtDbtInd: true for credit.
func (p *parser) side(s string) (bool, error) {
	switch s {
	case "CRDT":
		return true, nil
	case "DBIT":
		return false, nil
	}
	return false, p.fail("%s is neither CRDT (credit) nor DBIT (debit)", quote(s))
}

func (p *parser) balance() *Balance { return &p.st.Balances[len(p.st.Balances)-1] }

func balanceType(p *parser, s string) error { return set(&p.balance().Type, s) }

func balanceAmount(p *parser, s string) error {
	a, err := p.amount(s)
	b := p.balance()
	b.Amount, b.Currency = a.Minor, a.Currency
	return err
}

func balanceSide(p *parser, s string) error {
	credit, err := p.side(s)
	p.debit = !credit
	return err
}

func balanceDay(p *parser, s string) (err error) { p.balance().Day, err = p.day(s); return err }

// checkBalance gives the balance its sign.
func (p *parser) checkBalance() error {
	b := p.balance()
	if b.Currency == "" {
		return p.fail("the balance has no amount (Amt)")
	}
	if p.debit {
		b.Amount, p.debit = -b.Amount, false
	}
	return nil
}

func entryAmount(p *parser, s string) error {
	a, err := p.amount(s)
	p.en.Amount, p.en.Currency = a.Minor, a.Currency
	return err
}

func entrySide(p *parser, s string) (err error) {
	p.en.Credit, err = p.side(s)
	p.sided = true
	return err
}

func status(p *parser, s string) error { p.en.Status = Status(s); return nil }

// batchCount is information only: a count that cannot be read is left out.
func batchCount(p *parser, s string) error {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		p.en.Batch = n
	}
	return nil
}

// statementDay is the day of a statement: the end of its period, else the day it was made.
func (p *parser) statementDay() cal.Day {
	if p.st.To.IsSet() || p.st.Created.IsZero() {
		return p.st.To
	}
	return cal.DayOf(p.st.Created, time.UTC)
}

// checkEntry completes an entry and refuses one that lacks what a booking needs.
func (p *parser) checkEntry(e *Entry) error {
	sided := p.sided
	p.sided = false
	switch {
	case e.Amount == unknown:
		return p.fail("the entry has no amount (Amt)")
	case !sided:
		return p.fail("the entry does not say whether it is a credit or a debit (CdtDbtInd)")
	case e.Status == "":
		return p.fail("the entry does not say whether it is booked (Sts)")
	case !e.Day().IsSet():
		e.Booked, e.Assumed = p.statementDay(), true
	}
	if p.st.Kind.Books() && e.Status == Booked && !e.Day().IsSet() {
		return p.fail("neither the entry nor its statement names a day")
	}
	return nil
}

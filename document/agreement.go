package document

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"zahlziel/cal"
)

// Agreement is the credit agreement on a durable medium (Directive (EU) 2023/2225, Articles 20 and 21; § 492 BGB)
// with the withdrawal instruction.
type Agreement struct {
	Credit
	Number  string // contract number
	Account Account

	ConsentAt  time.Time // when the consumer agreed, in the zone to print it in
	ConsentWay Consent

	PreContractVersion string    // Version of the information the consumer had
	PreContractDigest  string    // Paper.Digest of it
	PreContractSentAt  time.Time // when it was given, in the zone to print it in
}

// Consent is how the consumer proved to be the one who agrees.
type Consent string

// The ways to consent.
const (
	ByEmailCode Consent = "email_code"
	ByDevice    Consent = "device"
	ByPasskey   Consent = "passkey"
	ByLetter    Consent = "letter"
)

// Check says what is missing or does not add up.
func (a Agreement) Check() error {
	switch {
	case a.Number == "":
		return errors.New("credit agreement: the contract number is missing")
	case a.ConsentAt.IsZero() || a.PreContractSentAt.IsZero():
		return fmt.Errorf("credit agreement %s: time of consent or of the information is missing", a.Number)
	case a.PreContractSentAt.After(a.ConsentAt):
		return fmt.Errorf("credit agreement %s: the information came after the consent; it must come in good time before", a.Number)
	case a.PreContractVersion == "" || a.PreContractDigest == "":
		return fmt.Errorf("credit agreement %s: version or digest of the pre-contract information is missing", a.Number)
	}
	switch a.ConsentWay {
	case ByEmailCode, ByDevice, ByPasskey, ByLetter:
		return a.Credit.Check()
	}
	return fmt.Errorf("credit agreement %s: unknown way of consent %q", a.Number, a.ConsentWay)
}

// PDF draws the agreement. It fails when Check fails.
func (a Agreement) PDF(lang string) ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	return a.Paper(lang).PDF()
}

// Sections is the content alone, for a page that has its own frame.
func (a Agreement) Sections(lang string) []Section { return a.Paper(lang).Sections }

// Paper is the agreement as data. Its day is the day of consent.
func (a Agreement) Paper(lang string) Paper {
	w := wordsOf(lang)
	day := cal.DayOf(a.ConsentAt, a.ConsentAt.Location())
	return Paper{
		Kind: "agreement", Lang: w.lang, Number: a.Number, Day: day, From: a.Creditor, To: a.Consumer,
		Title: w.say("agreement.title"), Subtitle: w.say("agreement.subject", "shop", a.Shop.Name),
		Info: present(w.row("contract_number", a.Number), w.row("date", w.day(day)), w.row("order", a.Order)),
		Sections: []Section{
			a.summary(w), a.parties(w), a.terms(w), a.withdrawal(w), a.withdrawalEffect(w), a.consent(w), a.help(w),
		},
	}
}

func (a Agreement) summary(w *words) Section {
	return Section{ID: "summary", Key: true, Title: w.say("agreement.summary.title"), Rows: a.essentials(w)}
}

func (a Agreement) parties(w *words) Section {
	rows := append(w.party("creditor", a.Creditor.Party), w.row("register", strings.Join(a.Creditor.Legal, "; ")))
	rows = append(rows, w.party("consumer", a.Consumer)...)
	rows = append(rows, w.row("intermediary", strings.Join(append([]string{a.Shop.Name}, a.Shop.Address...), ", ")),
		w.row("shop_order", a.Shop.Order))
	return Section{
		ID: "parties", Title: w.say("agreement.parties.title"), Rows: present(rows...),
		Paragraphs: []string{w.say("precontract.creditor.text", "creditor", a.Creditor.Name, "shop", a.Shop.Name)},
	}
}

func (a Agreement) terms(w *words) Section {
	rows := append(a.late(w), present(w.row("iban", grouped(a.Account.IBAN)), w.row("payee", a.Account.Holder), w.row("bic", a.Account.BIC))...)
	texts := []string{
		w.say("precontract.default.text", "rate", a.defaultRate(w), "margin", w.points(a.DefaultMargin)),
		w.say("precontract.default.more"), w.say("agreement.early.text"),
	}
	if a.Cost > 0 {
		texts = append(texts, w.say("precontract.rights.early_cost"))
	}
	if len(a.Payments) > 1 {
		texts = append(texts, w.say("agreement.plan.text"))
	}
	if a.Account.IBAN != "" {
		texts = append(texts, w.say("agreement.payment.text"))
	}
	return Section{ID: "terms", Title: w.say("agreement.terms.title"), Paragraphs: texts, Rows: rows}
}

func (a Agreement) withdrawal(w *words) Section {
	address := append([]string{a.Creditor.Name}, a.Creditor.Address...)
	if a.Creditor.Email != "" {
		address = append(address, a.Creditor.Email)
	}
	texts := []string{
		w.say("withdrawal.right", "days", strconv.Itoa(a.WithdrawalDays)), w.say("withdrawal.start"), w.say("withdrawal.how"),
		w.say("withdrawal.to", "address", strings.Join(address, ", ")),
	}
	if a.Creditor.Withdraw != "" {
		texts = append(texts, w.say("withdrawal.button", "link", a.Creditor.Withdraw))
	}
	return Section{ID: "withdrawal", Strong: true, Title: w.say("withdrawal.title"), Paragraphs: texts}
}

// withdrawalEffect states the interest per day, which is nothing for a credit without cost.
func (a Agreement) withdrawalEffect(w *words) Section {
	return Section{ID: "withdrawal_effect", Strong: true, Title: w.say("withdrawal.effect.title"), Paragraphs: []string{
		w.say("withdrawal.effect.repay"), w.say("withdrawal.effect.interest", "daily", w.money(a.dailyInterest(), a.Currency)), w.say("withdrawal.linked"),
	}}
}

// dailyInterest is the borrowing rate on the whole amount for one day of a year of 365, rounded down in favour of the
// consumer (§ 357b BGB).
func (a Agreement) dailyInterest() int64 { return a.Amount * a.BorrowingRate / (10000 * 365) }

func (a Agreement) consent(w *words) Section {
	return Section{
		ID: "consent", Title: w.say("agreement.consent.title"), Paragraphs: []string{w.say("agreement.consent.text")},
		Rows: []Row{
			w.row("precontract_sent", w.moment(a.PreContractSentAt)), w.row("precontract_version", a.PreContractVersion),
			w.row("precontract_sha256", a.PreContractDigest), w.row("consent_at", w.moment(a.ConsentAt)),
			w.row("consent_way", w.say("consent."+string(a.ConsentWay))),
		},
	}
}

func (a Agreement) help(w *words) Section {
	named := func(key, value string) Row { return Row{Label: w.say("precontract.distance." + key), Value: value} }
	return Section{ID: "help", Title: w.say("request.contact.title"),
		Paragraphs: []string{w.say("request.contact.text", "number", a.Number)},
		Rows: append(w.contacts(a.Creditor.Party),
			present(named("supervisor", a.Creditor.Supervisor), named("complaints", a.Creditor.Complaints), named("advice", a.Creditor.DebtAdvice))...)}
}

package document

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
)

// MailKind names a mail.
type MailKind string

// The mails to a consumer, and two to the people of a merchant. None of them offers credit, so none needs the credit warning.
const (
	MailSignIn   MailKind = "signin"   // link to sign in
	MailCode     MailKind = "code"     // code for the checkout
	MailRequest  MailKind = "request"  // payment request; the PDF is attached
	MailReminder MailKind = "reminder" // first reminder, friendly and free; QRPNG is attached
	MailReceived MailKind = "received" // a payment was booked
	MailPage     MailKind = "page"     // the shop sends the page to pay on
	MailChanged  MailKind = "changed"  // the shop raised the amount of an order

	// MailAgreement brings the contract on a durable medium; agreement and pre-contract information are attached.
	MailAgreement MailKind = "agreement"
	// MailWithdrawal reminds of the right of withdrawal one to seven days after a contract whose information came less
	// than a day before it (Article 10 of Directive (EU) 2023/2225).
	MailWithdrawal MailKind = "withdrawal"
	// MailDispute says that a reported problem has come in, MailDisputeEnd how it ended.
	MailDispute    MailKind = "dispute"
	MailDisputeEnd MailKind = "dispute_end"

	// MailLimit tells beforehand that a limit will fall: Amount until Due, then Open.
	MailLimit MailKind = "limit"

	MailPromise     MailKind = "promise"      // an accepted way back; the PDF is attached
	MailPromiseOver MailKind = "promise_over" // a promise ended early: why, and a fresh plan

	MailShopSignIn MailKind = "shop_signin" // to a merchant's user: link to sign in
	MailShopInvite MailKind = "shop_invite" // to a merchant's user: they may sign in now, and where

	MailReview   MailKind = "review"   // what was contested has arrived, and by when a person answers
	MailReviewed MailKind = "reviewed" // a person has answered; what was answered is behind the sign-in
)

// MailData is what the mails tell; each kind reads the fields that its comment names.
type MailData struct {
	Name     string   // of the consumer, for the greeting; may be empty
	Operator Operator // all kinds

	Link    string // page behind the button: all kinds but MailCode; may be empty except for MailSignIn
	Code    string // MailCode
	Minutes int    // MailSignIn, MailShopSignIn, MailCode: how long link or code hold

	Shop      string         // all but MailSignIn; may be empty for MailCode
	Number    string         // of the payment request or of the contract
	Reference string         // RF reference, electronic format
	Currency  money.Currency // all but MailSignIn
	Amount    int64          // to pay; for MailCode the purchase; for MailReceived what came in
	Due       cal.Day        // day to pay by
	Account   Account        // MailRequest, MailReminder

	Received cal.Day // MailReceived: value day
	Open     int64   // MailReceived: what is still to pay
	Credit   int64   // MailReceived: what was paid too much
	Today    cal.Day // MailReceived: tells whether Due is past

	Outcome     string   // MailDisputeEnd: won, lost, withdrawn, refunded; Amount is what the consumer need not pay
	From, Until cal.Day  // MailPromise, MailPromiseOver: first and last day of the promise or of the fresh plan; not set: there is none
	Reason      string   // MailPromiseOver: a sentence
	Steps       []string // MailPromise, MailPromiseOver: sentences

	WithdrawUntil cal.Day // MailWithdrawal: last day; Link leads to the page "Vertrag widerrufen"
}

//go:embed templates/mail.html
var mailHTML string

var mailTemplate = template.Must(template.New("mail").Parse(mailHTML))

// letter is a mail before it becomes text and HTML.
type letter struct {
	Lang     string
	Subject  string
	Hello    string
	Intro    []string
	Code     string
	Rows     []Row
	Button   string
	Link     string
	Outro    []string
	Bye      string
	Operator Operator
	Why      string
}

// Mail writes a mail in German ("de...") or English: subject, plain text and an HTML body without any remote content.
func Mail(kind MailKind, data MailData, lang string) (subject, text, html string, err error) {
	write, known := map[MailKind]func(*letter, *words, MailData){
		MailSignIn: (*letter).signIn, MailCode: (*letter).code, MailRequest: (*letter).request,
		MailReminder: (*letter).reminder, MailReceived: (*letter).received,
		MailAgreement: (*letter).agreement, MailWithdrawal: (*letter).withdrawal, MailLimit: (*letter).limit,
		MailPromise: (*letter).promise, MailPromiseOver: (*letter).promiseOver,
		MailReview: (*letter).review, MailReviewed: (*letter).reviewed,
		MailPage: (*letter).page, MailChanged: (*letter).changed,
		MailShopSignIn: (*letter).shopSignIn, MailShopInvite: (*letter).shopInvite,
		MailDispute: (*letter).dispute, MailDisputeEnd: (*letter).disputeEnd,
	}[kind]
	if !known {
		return "", "", "", fmt.Errorf("mail: unknown kind %q", kind)
	}
	if kind == MailDisputeEnd && !slices.Contains(disputeOutcomes, data.Outcome) {
		return "", "", "", fmt.Errorf("mail: unknown outcome %q", data.Outcome)
	}
	w := wordsOf(lang)
	l := &letter{Lang: w.lang, Hello: w.say("mail.hello_plain"), Bye: w.say("mail.bye"), Operator: data.Operator,
		Link: data.Link, Why: w.say("mail.why", "operator", data.Operator.Name)}
	if data.Name != "" {
		l.Hello = w.say("mail.hello", "name", data.Name)
	}
	write(l, w, data)
	l.oneLine()
	var page bytes.Buffer
	if err := mailTemplate.Execute(&page, l); err != nil {
		return "", "", "", fmt.Errorf("mail %s: %w", kind, err)
	}
	return l.Subject, l.text(), page.String(), nil
}

func (l *letter) signIn(w *words, d MailData) {
	l.Subject = w.say("mail.signin.subject")
	l.Intro = []string{w.say("mail.signin.text", "minutes", strconv.Itoa(d.Minutes))}
	l.Button = w.say("mail.signin.button")
	l.Outro = []string{w.say("mail.signin.notyou")}
}

func (l *letter) shopSignIn(w *words, d MailData) {
	l.Subject = w.say("mail.shop_signin.subject", "shop", d.Shop)
	l.Intro = []string{w.say("mail.shop_signin.text", "shop", d.Shop, "minutes", strconv.Itoa(d.Minutes))}
	l.Button = w.say("mail.signin.button")
	l.Outro = []string{w.say("mail.signin.notyou")}
	l.Why = w.say("mail.shop.why", "shop", d.Shop, "operator", d.Operator.Name)
}

func (l *letter) shopInvite(w *words, d MailData) {
	l.Subject = w.say("mail.shop_invite.subject", "shop", d.Shop)
	l.Intro = []string{w.say("mail.shop_invite.text", "shop", d.Shop, "operator", d.Operator.Name), w.say("mail.shop_invite.how")}
	l.Button = w.say("mail.shop_invite.button")
	l.Outro = []string{w.say("mail.shop_invite.notyou")}
	l.Why = w.say("mail.shop.why", "shop", d.Shop, "operator", d.Operator.Name)
}

func (l *letter) code(w *words, d MailData) {
	l.Subject = w.say("mail.code.subject", "code", d.Code)
	l.Intro = []string{w.say("mail.code.text", "minutes", strconv.Itoa(d.Minutes))}
	if d.Shop != "" {
		l.Intro = append(l.Intro, w.say("mail.code.for", "shop", d.Shop, "amount", w.money(d.Amount, d.Currency)))
	}
	l.Code, l.Link = d.Code, ""
	l.Outro = []string{w.say("mail.code.notyou")}
}

func (l *letter) page(w *words, d MailData) {
	amount := w.money(d.Amount, d.Currency)
	l.Subject = w.say("mail.page.subject", "shop", d.Shop)
	l.Intro = []string{w.say("mail.page.text", "shop", d.Shop, "amount", amount)}
	l.Button = w.say("mail.page.button")
	l.Outro = []string{w.say("mail.page.notyou")}
}

func (l *letter) changed(w *words, d MailData) {
	amount := w.money(d.Amount, d.Currency)
	l.Subject = w.say("mail.changed.subject", "shop", d.Shop, "amount", amount)
	l.Intro = []string{w.say("mail.changed.text", "shop", d.Shop, "amount", amount), w.say("mail.changed.later")}
	l.Rows = present(w.row("contract_number", d.Number), w.row("shop", d.Shop), w.row("credit_amount", amount))
	l.Button = w.say("mail.changed.button")
	l.Outro = []string{w.say("mail.changed.wrong")}
}

func (l *letter) request(w *words, d MailData) {
	amount, due := w.money(d.Amount, d.Currency), w.day(d.Due)
	l.Subject = w.say("mail.request.subject", "shop", d.Shop, "amount", amount, "due", due)
	l.Intro = []string{w.say("mail.request.text", "shop", d.Shop, "operator", d.Operator.Name, "amount", amount, "due", due)}
	l.Rows = w.transfer(d)
	l.Button = w.say("mail.request.button")
	l.Outro = []string{w.say("mail.request.attached"), w.say("mail.request.return")}
}

func (l *letter) reminder(w *words, d MailData) {
	l.Subject = w.say("mail.reminder.subject", "amount", w.money(d.Amount, d.Currency), "shop", d.Shop)
	l.Intro = []string{w.say("mail.reminder.text", "shop", d.Shop, "due", w.day(d.Due)), w.say("mail.reminder.paid")}
	l.Rows = w.transfer(d)
	l.Button = w.say("mail.reminder.button")
	if d.Currency == money.EUR {
		l.Outro = append(l.Outro, w.say("mail.reminder.qr"))
	}
	l.Outro = append(l.Outro, w.say("mail.reminder.free"), w.say("mail.reminder.problem"), w.say("mail.reminder.help"))
	if d.Operator.DebtAdvice != "" {
		l.Outro = append(l.Outro, w.say("mail.reminder.advice", "advice", d.Operator.DebtAdvice))
	}
}

func (l *letter) agreement(w *words, d MailData) {
	l.Subject = w.say("mail.agreement.subject", "number", d.Number, "shop", d.Shop)
	l.Intro = []string{w.say("mail.agreement.text")}
	l.Rows = present(w.row("contract_number", d.Number), w.row("shop", d.Shop), w.row("credit_amount", w.money(d.Amount, d.Currency)))
	l.Button = w.say("mail.agreement.button")
	l.Outro = []string{w.say("mail.agreement.cost"), w.say("credit.warning")}
}

func (l *letter) withdrawal(w *words, d MailData) {
	until := w.day(d.WithdrawUntil)
	l.Subject = w.say("mail.withdrawal.subject", "until", until)
	l.Intro = []string{
		w.say("mail.withdrawal.text", "shop", d.Shop, "operator", d.Operator.Name), w.say("mail.withdrawal.how", "until", until),
		w.say("mail.withdrawal.nothing"),
	}
	l.Rows = present(w.row("contract_number", d.Number))
	l.Button = w.say("mail.withdrawal.button")
	l.Outro = []string{w.say("mail.withdrawal.effect")}
}

func (l *letter) limit(w *words, d MailData) {
	from, old, now := w.day(d.Due), w.money(d.Amount, d.Currency), w.money(d.Open, d.Currency)
	l.Subject = w.say("mail.limit.subject", "from", from, "now", now)
	l.Intro = []string{w.say("mail.limit.text", "from", from, "old", old, "now", now), w.say("mail.limit.kept", "old", old)}
	l.Button = w.say("mail.limit.button")
	l.Outro = []string{w.say("mail.limit.why"), w.say("credit.warning")}
}

func (l *letter) review(w *words, d MailData) {
	l.Subject = w.say("mail.review.subject", "due", w.day(d.Due))
	l.Intro = []string{w.say("mail.review.text", "due", w.day(d.Due))}
	l.Button = w.say("mail.review.button")
	l.Outro = []string{w.say("mail.review.person")}
}

func (l *letter) reviewed(w *words, _ MailData) {
	l.Subject = w.say("mail.reviewed.subject")
	l.Intro = []string{w.say("mail.reviewed.text")}
	l.Button = w.say("mail.reviewed.button")
	l.Outro = []string{w.say("mail.reviewed.again")}
}

func (l *letter) received(w *words, d MailData) {
	amount, open := w.money(d.Amount, d.Currency), w.money(d.Open, d.Currency)
	l.Subject = w.say("mail.received.subject", "amount", amount)
	l.Intro = []string{w.say("mail.received.text", "day", w.day(d.Received), "amount", amount, "shop", d.Shop)}
	switch {
	case d.Credit > 0:
		l.Outro = []string{w.say("mail.received.credit", "credit", w.money(d.Credit, d.Currency))}
	case d.Open == 0:
		l.Outro = []string{w.say("mail.received.done")}
	case d.Due < d.Today:
		l.Outro = []string{w.say("mail.received.open_late", "open", open, "due", w.day(d.Due))}
	default:
		l.Outro = []string{w.say("mail.received.open", "open", open, "due", w.day(d.Due))}
	}
	l.Rows = present(w.row("received", amount), w.row("open", open), w.row("number", d.Number))
	l.Button = w.say("mail.received.button")
}

func (l *letter) dispute(w *words, d MailData) {
	l.Subject = w.say("mail.dispute.subject", "shop", d.Shop)
	l.Intro = []string{w.say("mail.dispute.text", "shop", d.Shop, "due", w.day(d.Due)), w.say("mail.dispute.meanwhile")}
	l.Rows = present(w.row("number", d.Number), w.row("disputed", w.money(d.Amount, d.Currency)))
	l.Button = w.say("mail.dispute.button")
}

// disputeOutcomes are the outcomes that have a sentence.
var disputeOutcomes = []string{"won", "lost", "withdrawn", "refunded"}

func (l *letter) disputeEnd(w *words, d MailData) {
	l.Subject = w.say("mail.dispute_end.subject", "shop", d.Shop)
	l.Intro = []string{w.say("mail.dispute_end."+d.Outcome, "amount", w.money(d.Amount, d.Currency), "shop", d.Shop)}
	l.Rows = present(w.row("number", d.Number))
	l.Button = w.say("mail.dispute.button")
	l.Outro = []string{w.say("mail.dispute_end.disagree")}
}

// transfer lists what a bank form asks for.
func (w *words) transfer(d MailData) []Row {
	return present(w.row("amount", w.money(d.Amount, d.Currency)), w.row("due", w.day(d.Due)), w.row("payee", d.Account.Holder),
		w.row("iban", grouped(d.Account.IBAN)), w.row("bic", d.Account.BIC), w.row("reference", grouped(d.Reference)), w.row("number", d.Number))
}

// oneLine keeps foreign line breaks out of everything that stands on one line, the subject above all. Names of shops
// and people come from outside; a subject with a line break would forge mail headers. No-break spaces are plain here,
// since some mail programs show them as odd signs.
func (l *letter) oneLine() {
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	l.Subject, l.Hello, l.Code, l.Why = flat(l.Subject), flat(l.Hello), flat(l.Code), flat(l.Why)
	for i := range l.Intro {
		l.Intro[i] = flat(l.Intro[i])
	}
	for i := range l.Outro {
		l.Outro[i] = flat(l.Outro[i])
	}
	for i, r := range l.Rows {
		l.Rows[i].Value = flat(r.Value)
	}
}

// text is the plain part: the same words in the same order as the HTML part.
func (l *letter) text() string {
	var b strings.Builder
	paragraph := func(s string) { b.WriteString(s + "\n\n") }
	paragraph(l.Hello)
	for _, s := range l.Intro {
		paragraph(s)
	}
	if l.Code != "" {
		paragraph("    " + l.Code)
	}
	for _, r := range l.Rows {
		fmt.Fprintf(&b, "%s: %s\n", r.Label, r.Value)
	}
	if len(l.Rows) > 0 {
		b.WriteByte('\n')
	}
	if l.Link != "" {
		paragraph(l.Button + ":\n" + l.Link)
	}
	for _, s := range l.Outro {
		paragraph(s)
	}
	paragraph(l.Bye + "\n" + l.Operator.Name)
	b.WriteString("-- \n" + strings.Join(l.Imprint(), "\n") + "\n" + l.Why + "\n")
	return b.String()
}

// Imprint is who writes, as § 35a GmbHG asks of business letters.
func (l *letter) Imprint() []string {
	lines := append([]string{l.Operator.Name}, l.Operator.Address...)
	for _, way := range []string{l.Operator.Email, l.Operator.Phone, l.Operator.Web} {
		if way != "" {
			lines = append(lines, way)
		}
	}
	return append(lines, l.Operator.Legal...)
}

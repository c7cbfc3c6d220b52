package document

import (
	"errors"
	"fmt"
	"strconv"

	"zahlziel/cal"
	"zahlziel/money"
)

// PaymentRequest asks a consumer to pay a claim that the operator bought from a shop, and gives notice of the
// assignment (§§ 398, 407 BGB). It cites the shop's own invoice and shows no VAT, because whoever states VAT on a
// paper that looks like an invoice owes it (§ 14c UStG). All amounts are minor units of Currency.
type PaymentRequest struct {
	Number     string // "R-07-000123"
	Reference  string // RF reference (ISO 11649), electronic format
	Issued     cal.Day
	Due        cal.Day
	TermAgreed bool // the term was agreed at checkout, so default needs no reminder (§ 286(2) BGB)

	Operator Operator
	Consumer Party
	Shop     Shop
	Order    string // our order reference

	Currency money.Currency
	Lines    []Line
	Total    int64 // sum of the lines
	Paid     int64 // received so far
	Refunded int64 // credited for returns so far

	Payments []Payment // open parts of a plan, earliest first, together AmountDue; empty when all is due on Due

	Account       Account
	PayLink       string // page to pay on, shown as text; may be empty
	DefaultMargin int64  // points above the base rate in hundredths, 500 for consumers (§ 288(1) BGB)
}

// Line is one item of the purchase. Amount = Quantity * UnitPrice - Discount.
type Line struct {
	Name      string
	Quantity  int64
	UnitPrice int64
	Discount  int64 // as a positive number
	Amount    int64
}

// AmountDue is what is still to pay.
func (r PaymentRequest) AmountDue() int64 { return r.Total - r.Paid - r.Refunded }

// Next is what to pay next: the first open part of a plan, or everything.
func (r PaymentRequest) Next() Payment {
	if len(r.Payments) > 0 {
		return r.Payments[0]
	}
	return Payment{Due: r.Due, Amount: r.AmountDue()}
}

// Check says what is missing or does not add up; nil means the request can be sent.
func (r PaymentRequest) Check() error {
	switch {
	case r.Number == "" || r.Reference == "":
		return errors.New("payment request: number or reference is missing")
	case !r.Issued.IsSet() || !r.Next().Due.IsSet():
		return fmt.Errorf("payment request %s: issue day or due day is missing", r.Number)
	case r.Operator.Name == "" || r.Shop.Name == "":
		return fmt.Errorf("payment request %s: name of operator or shop is missing", r.Number)
	case r.AmountDue() < 0:
		return fmt.Errorf("payment request %s: more was paid or credited than the total; book the rest as consumer credit", r.Number)
	}
	var parts int64
	for _, p := range r.Payments {
		parts += p.Amount
	}
	if len(r.Payments) > 0 && parts != r.AmountDue() {
		return fmt.Errorf("payment request %s: the parts of the plan add up to %d, not to the amount due %d", r.Number, parts, r.AmountDue())
	}
	if r.Currency == money.EUR && r.AmountDue() > 0 {
		if _, err := EPC(r.Account, r.Next().Amount, r.Currency, r.Reference); err != nil {
			return fmt.Errorf("payment request %s: %w", r.Number, err)
		}
	}
	return r.checkLines()
}

func (r PaymentRequest) checkLines() error {
	var sum int64
	for i, l := range r.Lines {
		if l.Quantity*l.UnitPrice-l.Discount != l.Amount {
			return fmt.Errorf("payment request %s: line %d: %d x %d - %d is not %d", r.Number, i+1, l.Quantity, l.UnitPrice, l.Discount, l.Amount)
		}
		sum += l.Amount
	}
	if len(r.Lines) > 0 && sum != r.Total {
		return fmt.Errorf("payment request %s: lines add up to %d, not to the total %d", r.Number, sum, r.Total)
	}
	return nil
}

// PDF draws the request as a letter. It fails when Check fails.
func (r PaymentRequest) PDF(lang string) ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return r.Paper(lang).PDF()
}

// Sections is the content alone, for a page that has its own frame.
func (r PaymentRequest) Sections(lang string) []Section { return r.Paper(lang).Sections }

// Paper is the request as data.
func (r PaymentRequest) Paper(lang string) Paper {
	w := wordsOf(lang)
	p := Paper{
		Kind: "request", Lang: w.lang, Number: r.Number, Day: r.Issued, Letter: true,
		Title: w.say("request.title"), Subtitle: w.say("request.subject", "shop", r.Shop.Name),
		From: r.Operator, To: r.Consumer,
		Info: present(w.row("number", r.Number), w.row("date", w.day(r.Issued)), w.row("order", r.Order)),
	}
	p.Sections = append(p.Sections, r.due(w), r.purchase(w))
	if len(r.Lines) > 0 {
		p.Sections = append(p.Sections, r.lines(w))
	}
	if len(r.Payments) > 1 {
		p.Sections = append(p.Sections, r.plan(w))
	}
	p.Sections = append(p.Sections, r.assignment(w))
	if r.AmountDue() > 0 {
		p.Sections = append(p.Sections, r.inDefault(w))
	}
	p.Sections = append(p.Sections, r.objections(w), r.withdrawal(w), r.contact(w))
	if r.AmountDue() > 0 {
		p.Sections = append(p.Sections, r.advice(w))
	}
	return p
}

// due is the one thing to do: how much, by when, to which account.
func (r PaymentRequest) due(w *words) Section {
	if r.AmountDue() == 0 {
		return Section{ID: "due", Key: true, Title: w.say("request.none.title"), Paragraphs: []string{w.say("request.none.text")}}
	}
	next := r.Next()
	reference := w.row("reference", grouped(r.Reference))
	reference.Strong = true
	how := "request.pay.text_noqr"
	s := Section{
		ID: "due", Key: true,
		Title: w.say("request.due.title", "amount", w.money(next.Amount, r.Currency), "due", w.day(next.Due)),
		Rows: present(reference, w.row("iban", grouped(r.Account.IBAN)), w.row("payee", r.Account.Holder),
			w.row("bic", r.Account.BIC), w.row("bank", r.Account.Bank)),
	}
	if payload, err := EPC(r.Account, next.Amount, r.Currency, r.Reference); err == nil {
		s.QR, s.QRTitle, how = payload, w.say("request.pay.qr"), "request.pay.text"
	}
	s.Paragraphs = []string{w.say("request.due.text", "shop", r.Shop.Name, "operator", r.Operator.Name), w.say(how)}
	if r.PayLink != "" {
		s.Paragraphs = append(s.Paragraphs, w.say("request.pay.link", "link", r.PayLink))
	}
	return s
}

func (r PaymentRequest) purchase(w *words) Section {
	return Section{
		ID: "purchase", Title: w.say("request.purchase.title"),
		Paragraphs: []string{w.say("request.purchase.novat")},
		Rows: present(w.row("shop", r.Shop.Name), w.row("shop_invoice", r.Shop.Invoice),
			w.row("shop_order", r.Shop.Order)),
	}
}

func (r PaymentRequest) lines(w *words) Section {
	discounts := false
	for _, l := range r.Lines {
		discounts = discounts || l.Discount != 0
	}
	t := &Table{Head: []string{w.say("label.item"), w.say("label.quantity"), w.say("label.unit_price")}}
	if discounts {
		t.Head = append(t.Head, w.say("label.discount"))
	}
	t.Head = append(t.Head, w.say("label.sum"))
	for _, l := range r.Lines {
		row := []string{l.Name, strconv.FormatInt(l.Quantity, 10), w.money(l.UnitPrice, r.Currency)}
		if discounts {
			row = append(row, w.less(l.Discount, r.Currency))
		}
		t.Rows = append(t.Rows, append(row, w.money(l.Amount, r.Currency)))
	}
	t.Foot = []Row{w.row("total", w.money(r.Total, r.Currency))}
	if r.Paid != 0 {
		t.Foot = append(t.Foot, w.row("paid", w.less(r.Paid, r.Currency)))
	}
	if r.Refunded != 0 {
		t.Foot = append(t.Foot, w.row("refunded", w.less(r.Refunded, r.Currency)))
	}
	due := w.row("amount_due", w.money(r.AmountDue(), r.Currency))
	due.Strong = true
	t.Foot = append(t.Foot, due)
	return Section{ID: "lines", Title: w.say("request.lines.title"), Table: t}
}

func (r PaymentRequest) plan(w *words) Section {
	return Section{
		ID: "plan", Title: w.say("request.plan.title"), Rows: w.parts(r.Payments, r.Currency),
		Paragraphs: []string{w.say("request.plan.text", "count", strconv.Itoa(len(r.Payments)))},
	}
}

// less prints what is taken off, and nothing where nothing is.
func (w *words) less(minor int64, cur money.Currency) string {
	if minor == 0 {
		return ""
	}
	return w.money(-minor, cur)
}

func (r PaymentRequest) assignment(w *words) Section {
	return Section{ID: "assignment", Title: w.say("request.assignment.title"), Paragraphs: []string{
		w.say("request.assignment.text1", "shop", r.Shop.Name, "operator", r.Operator.Name),
		w.say("request.assignment.text2"),
	}}
}

// inDefault carries the special notice without which § 286(3) BGB does not work against a consumer; hence Strong.
func (r PaymentRequest) inDefault(w *words) Section {
	s := Section{ID: "default", Strong: true, Title: w.say("request.default.title")}
	if r.TermAgreed {
		s.Paragraphs = append(s.Paragraphs, w.say("request.default.agreed", "due", w.day(r.Next().Due)))
	}
	s.Paragraphs = append(s.Paragraphs, w.say("request.default.notice"),
		w.say("request.default.interest", "margin", w.points(r.DefaultMargin)), w.say("request.default.nofault"))
	return s
}

func (r PaymentRequest) objections(w *words) Section {
	return Section{ID: "objections", Title: w.say("request.objections.title"), Paragraphs: []string{w.say("request.objections.text")}}
}

func (r PaymentRequest) withdrawal(w *words) Section {
	contact := r.Shop.Returns
	if contact == "" {
		contact = firstOf(r.Shop.Email, r.Shop.Web, r.Shop.Name)
	}
	return Section{ID: "withdrawal", Title: w.say("request.withdrawal.title"),
		Paragraphs: []string{w.say("request.withdrawal.text", "contact", contact)}}
}

func (r PaymentRequest) contact(w *words) Section {
	return Section{ID: "contact", Title: w.say("request.contact.title"),
		Paragraphs: []string{w.say("request.contact.text", "number", r.Number)}, Rows: w.contacts(r.Operator.Party)}
}

func (r PaymentRequest) advice(w *words) Section {
	text := w.say("request.advice.text_plain")
	if r.Operator.DebtAdvice != "" {
		text = w.say("request.advice.text", "advice", r.Operator.DebtAdvice)
	}
	return Section{ID: "advice", Title: w.say("request.advice.title"), Paragraphs: []string{text}}
}

// contacts lists the ways to reach a party.
func (w *words) contacts(p Party) []Row {
	return present(w.row("email", p.Email), w.row("phone", p.Phone), w.row("web", p.Web))
}

// present drops the rows that have no value.
func present(rows ...Row) []Row {
	kept := rows[:0]
	for _, r := range rows {
		if r.Value != "" {
			kept = append(kept, r)
		}
	}
	return kept
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

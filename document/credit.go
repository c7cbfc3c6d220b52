package document

import (
	"errors"
	"fmt"
	"strconv"

	"zahlziel/cal"
	"zahlziel/money"
)

// Credit is a regulated deferred payment for one purchase, as both PreContract and Agreement describe it.
// Amounts are minor units of Currency; rates are hundredths of a percent (152 is 1.52 %).
type Credit struct {
	Creditor Operator
	Consumer Party
	Shop     Shop // also the credit intermediary
	Order    string

	Currency money.Currency
	Amount   int64     // amount of credit, equal to the cash price of the purchase
	Cost     int64     // total cost of the credit
	Payments []Payment // one for a purchase on invoice, several for parts; together Amount + Cost
	TermDays int       // for one payment
	TermFrom Start     // from when TermDays runs

	BorrowingRate int64 // per year
	APR           int64 // effective annual rate, already rounded to two decimals (PAngV Anlage 1(d))

	BaseRate      int64   // statutory base rate, may be negative (§ 247 BGB)
	BaseSince     cal.Day // since when that base rate holds
	DefaultMargin int64   // points above the base rate in default, 500 (§ 288(1) BGB)
	ReminderFee   int64   // per reminder by e-mail
	LetterFee     int64   // highest cost of a reminder by letter; 0 leaves the row out

	WithdrawalDays int // 14 (Article 26 of Directive (EU) 2023/2225)
}

// Payment is one part of the repayment. Due is NoDay while the term has not begun, for example before delivery.
type Payment struct {
	Due    cal.Day
	Amount int64
}

// Start says when a term begins.
type Start string

// The days from which a term can run.
const (
	FromDelivery Start = "delivery"
	FromShipment Start = "shipment"
	FromOrder    Start = "order"
)

// Check says what is missing or does not add up.
func (c Credit) Check() error {
	var sum int64
	for _, p := range c.Payments {
		sum += p.Amount
		if !p.Due.IsSet() && (len(c.Payments) > 1 || c.TermDays <= 0) {
			return errors.New("credit: a payment without a due day needs to be the only one and to have a term in days")
		}
	}
	switch {
	case c.Creditor.Name == "" || len(c.Creditor.Address) == 0:
		return errors.New("credit: name or address of the creditor is missing")
	case c.Shop.Name == "":
		return errors.New("credit: name of the shop is missing")
	case c.Amount <= 0 || c.Cost < 0:
		return fmt.Errorf("credit: amount %d or cost %d is not possible", c.Amount, c.Cost)
	case sum != c.Amount+c.Cost:
		return fmt.Errorf("credit: payments add up to %d, not to amount and cost %d", sum, c.Amount+c.Cost)
	case (c.Cost == 0) != (c.APR == 0):
		return fmt.Errorf("credit: cost %d does not fit the annual rate %d", c.Cost, c.APR)
	case !c.BaseSince.IsSet():
		return errors.New("credit: the base rate has no day; ask the policy for the rate of this half-year")
	case c.WithdrawalDays <= 0:
		return errors.New("credit: the withdrawal period is missing")
	}
	return nil
}

func (c Credit) total() int64 { return c.Amount + c.Cost }

func (c Credit) kind(w *words) string {
	if len(c.Payments) > 1 {
		return w.say("credit.type.instalments", "count", strconv.Itoa(len(c.Payments)))
	}
	return w.say("credit.type.deferred")
}

func (c Credit) term(w *words) string {
	if len(c.Payments) > 1 {
		return w.say("term.plan", "count", strconv.Itoa(len(c.Payments)), "last", w.day(c.Payments[len(c.Payments)-1].Due))
	}
	if c.TermFrom != "" {
		return w.say("term."+string(c.TermFrom), "days", strconv.Itoa(c.TermDays))
	}
	return w.say("term.days", "days", strconv.Itoa(c.TermDays))
}

// payments lists what is to pay and when.
func (c Credit) payments(w *words) []Row {
	if len(c.Payments) == 1 {
		due := w.say("due.open")
		if c.Payments[0].Due.IsSet() {
			due = w.day(c.Payments[0].Due)
		}
		return []Row{w.row("due", due)}
	}
	return w.parts(c.Payments, c.Currency)
}

// parts lists the payments of a plan.
func (w *words) parts(payments []Payment, cur money.Currency) []Row {
	rows := make([]Row, len(payments))
	for i, p := range payments {
		rows[i] = Row{Label: w.say("label.payment_no", "no", strconv.Itoa(i+1)), Value: w.money(p.Amount, cur) + ", " + w.day(p.Due)}
	}
	return rows
}

func (c Credit) defaultRate(w *words) string { return w.percent(c.BaseRate + c.DefaultMargin) }

// essentials are the key items that Article 10(4) and Annex I put on the first page.
func (c Credit) essentials(w *words) []Row {
	amount, apr, total := w.row("credit_amount", w.money(c.Amount, c.Currency)), w.row("apr", w.percent(c.APR)), w.row("credit_total", w.money(c.total(), c.Currency))
	amount.Strong, apr.Strong, total.Strong = true, true, true
	rows := []Row{
		w.row("creditor", c.Creditor.Name), w.row("credit_type", c.kind(w)), amount,
		w.row("purpose", c.Shop.Name), w.row("cash_price", w.money(c.Amount, c.Currency)), w.row("term", c.term(w)),
	}
	rows = append(rows, c.payments(w)...)
	return append(rows,
		w.row("borrowing_rate", w.percent(c.BorrowingRate)), apr, w.row("credit_cost", w.money(c.Cost, c.Currency)), total,
		w.row("late", w.say("value.late", "rate", c.defaultRate(w))),
		w.row("withdrawal", w.say("value.withdrawal", "days", strconv.Itoa(c.WithdrawalDays))),
		w.row("early", w.say("value.early")))
}

// late lists the figures of default.
func (c Credit) late(w *words) []Row {
	fee := w.say("value.free")
	if c.ReminderFee != 0 {
		fee = w.money(c.ReminderFee, c.Currency)
	}
	rows := []Row{
		{Label: w.say("label.base_rate", "since", w.day(c.BaseSince)), Value: w.percent(c.BaseRate)},
		w.row("default_rate", c.defaultRate(w)), w.row("reminder_fee", fee),
	}
	if c.LetterFee != 0 {
		rows = append(rows, w.row("letter_fee", w.say("value.letter_fee", "amount", w.money(c.LetterFee, c.Currency))))
	}
	return rows
}

// warning is the sentence of Article 8 of Directive (EU) 2023/2225.
func warning(w *words) Section {
	return Section{ID: "warning", Key: true, Strong: true, Title: w.say("credit.warning")}
}

// CreditWarning is the same sentence for pages and mails that show an offer.
func CreditWarning(lang string) string { return wordsOf(lang).say("credit.warning") }

package document

func (l *letter) promise(w *words, d MailData) {
	amount, from := w.money(d.Amount, d.Currency), w.day(d.From)
	l.Subject = w.say("mail.promise.subject", "from", from, "amount", amount)
	l.Intro = append([]string{w.say("mail.promise.text", "from", from, "until", w.day(d.Until), "amount", amount)}, d.Steps...)
	l.Rows = present(w.row("promise_number", d.Number), w.row("promise_amount", amount), w.row("promise_from", from), w.row("promise_until", w.day(d.Until)))
	l.Button = w.say("mail.promise.button")
	l.Outro = []string{w.say("mail.promise.attached"), w.say("promise.ends.never"), w.say("credit.warning")}
}

// promiseOver says that a promise ended before its time. It is no reminder: nothing is due because of it.
func (l *letter) promiseOver(w *words, d MailData) {
	amount := w.money(d.Amount, d.Currency)
	l.Subject = w.say("mail.promise_over.subject", "amount", amount)
	l.Intro = []string{w.say("mail.promise_over.text", "amount", amount), d.Reason}
	if !d.From.IsSet() {
		l.Intro = append(l.Intro, w.say("mail.promise_over.none"))
	} else {
		l.Intro = append(append(l.Intro, w.say("mail.promise_over.fresh", "due", w.day(d.Due))), d.Steps...)
		l.Intro = append(l.Intro, w.say("mail.promise_over.possible", "from", w.day(d.From), "amount", amount))
	}
	l.Button = w.say("mail.promise_over.button")
	l.Outro = []string{w.say("credit.warning")}
	if d.Operator.DebtAdvice != "" {
		l.Outro = append(l.Outro, w.say("mail.reminder.advice", "advice", d.Operator.DebtAdvice))
	}
}

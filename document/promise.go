package document

import (
	"errors"
	"slices"

	"zahlziel/cal"
	"zahlziel/money"
)

// Promise is an accepted way back on a durable medium: what to do by when, what is possible from then on, and the closed
// list of what ends it.
type Promise struct {
	Number   string // short reference
	Operator Operator
	Consumer Party

	Method     string // such as invoice_14
	Currency   money.Currency
	Amount     int64
	Accepted   cal.Day
	From       cal.Day
	ValidUntil cal.Day

	Steps  []PromiseStep
	Extra  int64 // to pay because of the plan
	Agreed int64 // to pay anyway until the promise ends

	Checks  []string // legal checks of the day that nobody can promise: assessment, sanctions, bureau
	Voids   []Both   // the closed list
	Rules   string   // policy and points card with their versions and digests
	Overdue bool     // something is past due: where advice is free is said
}

// PromiseStep is one step with its last day.
type PromiseStep struct {
	By   cal.Day
	Text Both
}

// Both is one sentence in both languages.
type Both struct{ German, English string }

func (b Both) in(w *words) string {
	if w == german {
		return b.German
	}
	return b.English
}

// Check says what is missing or does not add up.
func (p Promise) Check() error {
	switch {
	case p.Number == "" || p.Rules == "":
		return errors.New("promise: its number or the rules it was computed with are missing")
	case p.Amount <= 0 || p.Currency == "":
		return errors.New("promise " + p.Number + ": the amount is missing")
	case !p.Accepted.IsSet() || !p.From.IsSet() || p.ValidUntil < p.From:
		return errors.New("promise " + p.Number + ": its days are missing or in the wrong order")
	case len(p.Voids) == 0:
		return errors.New("promise " + p.Number + ": the list of what ends it is missing")
	}
	return nil
}

// PDF draws the promise. It fails when Check fails.
func (p Promise) PDF(lang string) ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return p.Paper(lang).PDF()
}

// Sections is the content alone, for a page that has its own frame.
func (p Promise) Sections(lang string) []Section { return p.Paper(lang).Sections }

// Paper is the promise as data. Its day is the day of acceptance.
func (p Promise) Paper(lang string) Paper {
	w := wordsOf(lang)
	return Paper{
		Kind: "promise", Lang: w.lang, Number: p.Number, Day: p.Accepted, From: p.Operator, To: p.Consumer,
		Title: w.say("promise.title"), Subtitle: w.say("promise.subject", "amount", w.money(p.Amount, p.Currency), "method", w.method(p.Method)),
		Info:     present(w.row("promise_number", p.Number), w.row("date", w.day(p.Accepted)), w.row("precontract_version", Version)),
		Sections: p.sections(w),
	}
}

func (p Promise) sections(w *words) []Section {
	list := []Section{p.key(w), p.steps(w), p.assumed(w), p.ends(w)}
	if len(p.Checks) > 0 {
		s := Section{ID: "checks", Title: w.say("promise.checks.title"), Paragraphs: []string{w.say("promise.checks.text")}}
		for _, check := range legalChecks {
			if slices.Contains(p.Checks, check) {
				s.Paragraphs = append(s.Paragraphs, "– "+w.say("promise.check."+check))
			}
		}
		list = append(list, s)
	}
	help := Section{ID: "help", Title: w.say("promise.help.title"), Paragraphs: []string{w.say("promise.help.now"), w.say("promise.help.contest")}, Rows: w.contacts(p.Operator.Party)}
	if p.Overdue && p.Operator.DebtAdvice != "" {
		help.Paragraphs = append(help.Paragraphs, w.say("request.advice.text", "advice", p.Operator.DebtAdvice))
	}
	return append(list, help, Section{ID: "rules", Title: w.say("promise.rules.title"), Paragraphs: []string{w.say("promise.rules.text"), p.Rules}}, warning(w))
}

// key is the promise itself.
func (p Promise) key(w *words) Section {
	amount := w.money(p.Amount, p.Currency)
	return Section{ID: "promise", Key: true, Title: w.say("promise.key.title"),
		Paragraphs: []string{
			w.say("promise.key.text", "from", w.day(p.From), "until", w.day(p.ValidUntil), "amount", amount, "method", w.method(p.Method)),
			w.say("promise.key.keeps"),
		},
		Rows: []Row{w.row("promise_amount", amount), w.row("promise_from", w.day(p.From)), w.row("promise_until", w.day(p.ValidUntil))},
	}
}

func (p Promise) steps(w *words) Section {
	s := Section{ID: "steps", Key: true, Title: w.say("promise.steps.title")}
	for _, step := range p.Steps {
		s.Rows = append(s.Rows, Row{Label: w.say("promise.by", "day", w.day(step.By)), Value: step.Text.in(w)})
	}
	if len(p.Steps) == 0 {
		s.Paragraphs = []string{w.say("promise.steps.none")}
	}
	if p.Extra > 0 {
		s.Rows = append(s.Rows, Row{Label: w.say("promise.extra"), Value: w.money(p.Extra, p.Currency), Strong: true})
	}
	if p.Agreed > 0 {
		s.Rows = append(s.Rows, Row{Label: w.say("promise.agreed"), Value: w.money(p.Agreed, p.Currency)})
	}
	return s
}

func (p Promise) assumed(w *words) Section {
	return Section{ID: "assumed", Title: w.say("promise.assumed.title"), Paragraphs: w.assumptions()}
}

func (w *words) assumptions() []string {
	return []string{
		w.say("promise.assumed.new"), w.say("promise.assumed.kept"), w.say("promise.assumed.day"), w.say("promise.assumed.frozen"), w.say("promise.assumed.early"),
	}
}

// PlanAssumptions are the same sentences for whoever shows a plan that is not accepted yet.
func PlanAssumptions(lang string) []string { return wordsOf(lang).assumptions() }

func (p Promise) ends(w *words) Section {
	s := Section{ID: "ends", Strong: true, Title: w.say("promise.ends.title"), Paragraphs: []string{w.say("promise.ends.text")}}
	for _, v := range p.Voids {
		s.Paragraphs = append(s.Paragraphs, "– "+v.in(w))
	}
	s.Paragraphs = append(s.Paragraphs, w.say("promise.ends.never"))
	return s
}

// legalChecks are the checks of the day that a promise can name.
var legalChecks = []string{"assessment", "sanctions", "bureau"}

// methods are the ways to pay that papers name.
var methods = []string{"invoice_14", "invoice_30", "pay_later", "pay_in_3", "instalments", "instant_bank", "prepayment"}

// method is the name of a way to pay; an unknown one shows as it is.
func (w *words) method(name string) string {
	for _, known := range methods {
		if known == name {
			return w.say("method." + name)
		}
	}
	return name
}

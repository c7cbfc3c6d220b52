package credit

import (
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
)

// Around is what stands around a plan when it is said in words.
type Around struct {
	Rungs    []Rung   // larger amounts that the same steps make possible, see Rise
	Today    []string // names of the ways to pay that work today, in the language of the text
	DebtHelp string   // where free debt advice is, empty: nothing is overdue
}

// Text says a plan in plain words, one sentence a line: the steps in the order of their days, what is possible from when,
// until when it holds, the closed list of reasons that end it earlier, what is possible today and where help is free.
// It is no dunning letter: no threat, no countdown. lang as in Reason.Sentence.
func (p *Plan) Text(g Goal, a Around, lang string) []string {
	say := func(key string, day cal.Day, amount int64, text string) string {
		return fill(key, lang, func(name, lang string) string {
			switch name {
			case "date":
				return cal.FormatLong(day, lang)
			case "amount":
				return money.Format(amount, g.Request.Currency, lang)
			case "text":
				return text
			}
			return "{" + name + "}"
		})
	}
	kind := ".invoice"
	if g.Method == PayIn3 || g.Method == Instalments {
		kind = ".instalments"
	}
	lines := []string{say("plan.title"+kind, cal.NoDay, 0, "")}
	for i, step := range p.sayings(lang) {
		lines = append(lines, strconv.Itoa(i+1)+". "+step)
	}
	lines = append(lines, say("plan.from"+kind, p.From, g.Request.Amount, ""))
	lines = append(lines, say("plan.until", p.ValidUntil, 0, ""), say("plan.voids", cal.NoDay, 0, ""))
	for v := V1NewLateInvoice; v < voidEnd; v++ {
		lines = append(lines, "– "+v.Sentence(lang))
	}
	for _, r := range a.Rungs {
		if r.From.IsSet() && r.Amount > g.Request.Amount {
			lines = append(lines, say("plan.more", r.From, r.Amount, ""))
		}
	}
	if len(a.Today) > 0 {
		lines = append(lines, say("plan.today", cal.NoDay, 0, strings.Join(a.Today, ", ")))
	}
	if a.DebtHelp != "" {
		lines = append(lines, say("plan.help", cal.NoDay, 0, a.DebtHelp))
	}
	return lines
}

// sayings are the steps in words; invoices that are to be paid in full by one day are one step with their sum.
func (p *Plan) sayings(lang string) (out []string) {
	var together []Step
	for _, s := range p.Steps {
		if s.Kind == PayFull {
			together = append(together, s)
		}
	}
	if len(together) > 1 {
		out = append(out, sumOf(together, lang))
	}
	for _, s := range p.Steps {
		if s.Kind != PayFull || len(together) == 1 {
			out = append(out, s.Sentence(lang)+p.because(s, lang))
		}
	}
	return out
}

// because says what a step of waiting waits for, where a reason heals on that very day.
func (p *Plan) because(s Step, lang string) (text string) {
	for _, r := range p.WaitsFor {
		if s.Kind == Wait && r.Day == s.By {
			text += " " + r.Sentence(lang)
		}
	}
	return text
}

// sumOf says several full payments, which a plan always wants by the same day.
func sumOf(steps []Step, lang string) string {
	var sum int64
	var list strings.Builder
	for i, s := range steps {
		switch {
		case i == 0:
		case i < len(steps)-1:
			list.WriteString(", ")
		default:
			list.WriteString(" " + fill("plan.and", lang, nil) + " ")
		}
		list.WriteString(s.No + " (" + money.Format(s.Amount, s.Currency, lang) + ")")
		sum += s.Amount
	}
	return fill("plan.pay", lang, func(name, lang string) string {
		switch name {
		case "date":
			return cal.FormatLong(steps[0].By, lang)
		case "n":
			return strconv.Itoa(len(steps))
		case "text":
			return list.String()
		default:
			return money.Format(sum, steps[0].Currency, lang)
		}
	})
}

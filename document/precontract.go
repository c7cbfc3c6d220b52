package document

import (
	"errors"
	"strconv"
	"strings"

	"zahlziel/cal"
)

// PreContract is the European standard information a consumer gets before a regulated credit (Directive (EU)
// 2023/2225, Articles 10 and 11 with Annex I). Its key items are on page 1.
type PreContract struct {
	Credit
	Issued     cal.Day
	ValidUntil cal.Day // how long the offer holds
	Automated  bool    // the offer is personalised by automated processing (Article 13)
}

// Check says what is missing or does not add up.
func (p PreContract) Check() error {
	if !p.Issued.IsSet() || !p.ValidUntil.IsSet() {
		return errors.New("pre-contract information: issue day or last day of validity is missing")
	}
	return p.Credit.Check()
}

// PDF draws the information. It fails when Check fails.
func (p PreContract) PDF(lang string) ([]byte, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return p.Paper(lang).PDF()
}

// Sections is the content alone, for a page that has its own frame.
func (p PreContract) Sections(lang string) []Section { return p.Paper(lang).Sections }

// Paper is the information as data; its Digest is what the agreement cites.
func (p PreContract) Paper(lang string) Paper {
	w := wordsOf(lang)
	return Paper{
		Kind: "precontract", Lang: w.lang, Day: p.Issued, From: p.Creditor, To: p.Consumer,
		Title: w.say("precontract.title"), Subtitle: w.say("precontract.subject", "shop", p.Shop.Name),
		Info: present(w.row("date", w.day(p.Issued)), w.row("consumer", p.Consumer.Name), w.row("order", p.Order),
			w.row("precontract_version", Version)),
		Sections: p.sections(w),
	}
}

func (p PreContract) sections(w *words) []Section {
	list := []Section{
		warning(w),
		{ID: "key", Key: true, Title: w.say("precontract.key.title"), Rows: append(p.essentials(w), w.row("contact", p.reach()))},
		p.creditor(w), p.features(w), p.cost(w), p.inDefault(w), p.rights(w),
	}
	if p.Automated {
		list = append(list, Section{ID: "automated", Title: w.say("precontract.automated.title"),
			Paragraphs: []string{w.say("precontract.automated.text"), w.say("precontract.automated.human")}})
	}
	return append(list, p.distance(w))
}

// reach is the shortest way to the creditor on one line.
func (p PreContract) reach() string {
	var ways []string
	for _, way := range []string{p.Creditor.Email, p.Creditor.Phone, p.Creditor.Web} {
		if way != "" {
			ways = append(ways, way)
		}
	}
	return strings.Join(ways, ", ")
}

func (p PreContract) creditor(w *words) Section {
	s := Section{
		ID: "creditor", Title: w.say("precontract.creditor.title"),
		Paragraphs: []string{w.say("precontract.creditor.text", "creditor", p.Creditor.Name, "shop", p.Shop.Name)},
		Rows:       append(w.party("creditor", p.Creditor.Party), w.row("register", strings.Join(p.Creditor.Legal, "; "))),
	}
	s.Rows = present(append(s.Rows, w.party("intermediary", p.Shop.Party)...)...)
	return s
}

// party prints name and address on one row and the ways to reach it below.
func (w *words) party(label string, p Party) []Row {
	return append([]Row{w.row(label, strings.Join(append([]string{p.Name}, p.Address...), ", "))}, w.contacts(p)...)
}

func (p PreContract) features(w *words) Section {
	rows := []Row{w.row("credit_type", p.kind(w)), w.row("credit_amount", w.money(p.Amount, p.Currency)), w.row("term", p.term(w))}
	return Section{
		ID: "features", Title: w.say("precontract.features.title"),
		Paragraphs: []string{w.say("precontract.features.draw"), w.say("precontract.features.security")},
		Rows:       append(rows, p.payments(w)...),
	}
}

func (p PreContract) cost(w *words) Section {
	extra := w.say("precontract.cost.free")
	if p.Cost > 0 {
		extra = w.say("precontract.cost.charged", "cost", w.money(p.Cost, p.Currency))
	}
	return Section{
		ID: "cost", Title: w.say("precontract.cost.title"), Paragraphs: []string{extra, w.say("precontract.cost.text")},
		Rows: []Row{
			w.row("borrowing_rate", w.percent(p.BorrowingRate)), w.row("apr", w.percent(p.APR)),
			w.row("credit_cost", w.money(p.Cost, p.Currency)), w.row("credit_total", w.money(p.total(), p.Currency)),
		},
	}
}

func (p PreContract) inDefault(w *words) Section {
	return Section{
		ID: "default", Title: w.say("precontract.default.title"),
		Paragraphs: []string{
			w.say("precontract.default.text", "rate", p.defaultRate(w), "margin", w.points(p.DefaultMargin)),
			w.say("precontract.default.more"), w.say("precontract.default.first"),
		},
		Rows: p.late(w),
	}
}

func (p PreContract) rights(w *words) Section {
	texts := []string{w.say("precontract.rights.withdrawal", "days", strconv.Itoa(p.WithdrawalDays)), w.say("precontract.rights.early")}
	if p.Cost > 0 {
		texts = append(texts, w.say("precontract.rights.early_cost"))
	}
	return Section{ID: "rights", Title: w.say("precontract.rights.title"), Paragraphs: append(texts,
		w.say("precontract.rights.linked"), w.say("precontract.rights.draft"), w.say("precontract.rights.database"))}
}

func (p PreContract) distance(w *words) Section {
	named := func(key, value string) Row { return Row{Label: w.say("precontract.distance." + key), Value: value} }
	return Section{
		ID: "distance", Title: w.say("precontract.distance.title"),
		Paragraphs: []string{
			w.say("precontract.distance.law"), w.say("precontract.distance.language"),
			w.say("precontract.distance.valid", "day", w.day(p.ValidUntil)),
		},
		Rows: present(named("supervisor", p.Creditor.Supervisor), named("complaints", p.Creditor.Complaints), named("advice", p.Creditor.DebtAdvice)),
	}
}

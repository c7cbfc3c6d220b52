package web

import (
	"net/http"

	"zahlziel/money"
)

// catalogue shows every component in all its states with invented content, for those who build pages.
func catalogue(w http.ResponseWriter, r *http.Request) error {
	if !Demo(r.Context()) {
		return Status(http.StatusNotFound)
	}
	return Render(w, r, http.StatusOK, cataloguePage(sampleFor(LangOf(r.Context()))))
}

// sample is the invented content of the catalogue.
type sample struct {
	title, lead                     string
	buttons, fields, choices, boxes string
	lists, progress, charts, others string
	text, long, amount, hint, wrong string
	person, shop, reference, day    string
	pros, cons                      string
	parts                           [4]string
	unit, points, goal              string
	yes                             string
}

var sampleDE = sample{
	title: "Bausteine", lead: "Jeder Baustein der Seiten in allen Zuständen.",
	buttons: "Knöpfe und Zustände", fields: "Felder", choices: "Auswahl", boxes: "Hinweise und Karten",
	lists: "Listen und Tabellen", progress: "Wege und Zeit", charts: "Bilder", others: "Weiteres",
	text: "Beispiel", long: "Ein kurzer Satz sagt, worum es geht und was Sie tun können.",
	amount: "84,40 €", hint: "Zum Beispiel 800,00", wrong: "Bitte geben Sie einen Betrag ein, zum Beispiel 800,00.",
	person: "Anna Berger", shop: "Schuhladen", reference: "RF18 5390 0754 7034", day: "3. Dezember 2026",
	pros: "Keine Kosten", cons: "Ein fester Tag zum Zahlen",
	parts: [4]string{"Zahlungen", "Anfragen", "Offener Betrag", "Dauer"},
	unit:  "Punkte", points: " Punkte", goal: "ab hier: Rechnung 30 Tage", yes: "Ja, ich bin einverstanden.",
}

var sampleEN = sample{
	title: "Components", lead: "Every component of the pages in all its states.",
	buttons: "Buttons and states", fields: "Fields", choices: "Choices", boxes: "Notices and cards",
	lists: "Lists and tables", progress: "Ways and time", charts: "Pictures", others: "More",
	text: "Example", long: "A short sentence says what this is about and what you can do.",
	amount: "€84.40", hint: "For example 800.00", wrong: "Please enter an amount, for example 800.00.",
	person: "Anna Berger", shop: "Shoe shop", reference: "RF18 5390 0754 7034", day: "3 December 2026",
	pros: "No cost", cons: "A fixed day to pay",
	parts: [4]string{"Payments", "Requests", "Open amount", "Age"},
	unit:  "Points", points: " points", goal: "from here: 30-day invoice", yes: "Yes, I agree.",
}

func sampleFor(l Lang) sample {
	if l == English {
		return sampleEN
	}
	return sampleDE
}

func (s sample) bars() []Bar {
	values := [4][2]int{{205, 500}, {45, 150}, {175, 200}, {125, 150}}
	bars := make([]Bar, len(values))
	for i, v := range values {
		bars[i] = Bar{Label: s.parts[i], Value: v[0], Max: v[1], Text: itoa(v[0]) + " / " + itoa(v[1]) + s.points}
	}
	return bars
}

func (s sample) forecast() StepLine {
	return StepLine{
		Title: s.unit, Unit: s.unit, Alt: s.long, Days: 90, Goal: 580, GoalText: s.goal,
		Steps: []Drop{{When: "22. 11.", Value: 550, Why: s.text}, {When: "3. 12.", Day: 11, Value: 575, Why: s.text}, {When: "12. 12.", Day: 20, Value: 600, Why: s.text}, {When: "11. 2.", Day: 81, Value: 680, Why: s.text}},
	}
}

func (s sample) dots() []Dot {
	states := []DotState{OnTime, OnTime, WasLate, OnTime, OnTime, Paused, OnTime, IsOpen}
	dots := make([]Dot, len(states))
	for i, st := range states {
		dots[i] = Dot{State: st, Text: s.shop + ", " + s.amount}
	}
	return dots
}

func (s sample) table() TableData {
	return TableData{
		Caption: s.lists, Columns: []Column{{Head: s.shop}, {Head: s.text}, {Head: money.Symbol(money.EUR), Num: true}},
		Rows: [][]Cell{
			{{Text: "R-07-000123", Href: "#"}, {Text: s.day}, {Text: s.amount}},
			{{Text: "R-07-000124"}, {Body: Tag(s.text, Caution)}, {Text: s.amount}},
		},
		Foot: Cells("", "", s.amount),
	}
}

func (s sample) slip() Slip {
	return Slip{
		Payload: "BCD\n002\n1\nSCT\n\nZahlziel Demo\nDE02120300000000202051\nEUR84.40\n\nRF18539007547034\n\n",
		Payee:   "Zahlziel Demo", IBAN: "DE02120300000000202051", Amount: s.amount, Reference: s.reference, Due: s.day,
	}
}

func (s sample) choiceCards() []Choice {
	body := sampleChoice(s)
	return []Choice{
		{Value: "a", Title: s.text + " 1", Aside: s.amount, Body: body},
		{Value: "b", Title: s.text + " 2", Aside: s.amount, Body: body},
		{Value: "c", Title: s.text + " 3", Body: body},
	}
}

func (s sample) facts() []Fact {
	return []Fact{
		{Label: s.shop, Value: s.amount, Action: &Link{Text: s.text, Href: "#"}},
		{Label: s.text, Body: Tag(s.text, Success)},
		{Label: s.text, Value: s.amount, Total: true},
	}
}

func (s sample) moments() []Moment {
	return []Moment{
		{When: "20. 10. 2026", Title: s.text, Text: s.long},
		{When: "22. 11. 2026", Title: s.text, Text: s.long, State: "now"},
		{When: "3. 12. 2026", Title: s.text, State: "ahead"},
	}
}

func (s sample) item() OpenItem {
	return OpenItem{
		Title: s.shop + " R-07-000123", Amount: s.amount, Due: s.day, State: s.text, Kind: Caution, Note: s.long,
		Facts:   []Fact{{Label: s.text, Value: s.reference}},
		Actions: []Action{{Text: s.text, Href: "#", Kind: Primary}, {Text: s.text, Href: "#"}, {Text: s.text, Href: "#", Kind: Quiet}},
	}
}

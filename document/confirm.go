package document

import (
	"errors"

	"zahlziel/cal"
)

// AddressLetter brings the code that proves a postal address: whoever can type it has read the letter there.
type AddressLetter struct {
	From   Operator
	To     Party
	Code   string // as people type it, "7KQM-3XWP"
	Link   string // page on which it is typed, without any token
	Issued cal.Day
	Until  cal.Day // last day on which it works
}

// Check says what is missing.
func (l AddressLetter) Check() error {
	switch {
	case l.To.Name == "" || len(l.To.Address) < 2:
		return errors.New("address letter: name or address is missing")
	case l.From.Name == "" || l.Code == "" || l.Link == "" || !l.Issued.IsSet() || !l.Until.IsSet():
		return errors.New("address letter: sender, code, page or days are missing")
	}
	return nil
}

// PDF draws the letter for a window envelope. It fails when Check fails.
func (l AddressLetter) PDF(lang string) ([]byte, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	return l.Paper(lang).PDF()
}

// Sections is the content alone.
func (l AddressLetter) Sections(lang string) []Section { return l.Paper(lang).Sections }

// Paper is the letter as data.
func (l AddressLetter) Paper(lang string) Paper {
	w := wordsOf(lang)
	return Paper{Kind: "address_letter", Lang: w.lang, Day: l.Issued, From: l.From, To: l.To, Letter: true, Title: w.say("address.title"),
		Info: present(w.row("date", w.day(l.Issued))),
		Sections: []Section{
			{ID: "code", Key: true, Strong: true, Title: w.say("address.code.title", "code", l.Code),
				Paragraphs: []string{w.say("address.code.text", "link", l.Link, "until", w.day(l.Until))}},
			{ID: "why", Title: w.say("address.why.title"), Paragraphs: []string{w.say("address.why.text")}},
			{ID: "notyou", Title: w.say("address.notyou.title"), Paragraphs: []string{w.say("address.notyou.text"), l.From.Email}},
		}}
}

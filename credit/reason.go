package credit

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
)

// Reason is one typed cause. Which fields are set depends on the code; the sentence file uses them by name.
type Reason struct {
	Code     Code
	Methods  MethodSet // the methods it concerns
	Subject  Subject   // which of several things the code is about
	No       string    // {no}: document number, or the name of an external source
	Text     string    // {text}: what the source reports
	Currency money.Currency
	Day      cal.Day // {date}: when it heals by time, NoDay: it does not
	Since    cal.Day // {since}: when it began
	Amount   int64   // {amount}: minor units, the amount meant
	Of       int64   // {of}: minor units, what it is compared with
	Rest     int64   // {rest}: minor units, what is left
	N, M     int32   // {n}, {m}: counts, now and on Day
	Days     int32   // {days}
	Points   int32   // {points}: own points
	Best     int32   // {best}: points of the best bin, or the score that is needed
	Words    *Words  // of a rule of the policy file, which brings its own sentences; else nil
}

// Subject names what a reason is about where a code covers several things.
type Subject uint8

// The subjects.
const (
	NoSubject Subject = iota
	SubjectBank
	SubjectIdentity
	SubjectMerchant
	SubjectMarket
	SubjectCurrency
	SubjectBudget
	SubjectCheck
	SubjectOverdue
	SubjectSource   // a source does not answer
	SubjectEvidence // evidence is missing
	SubjectScore    // a source's own score
)

var subjectNames = []string{"", "bank", "identity", "merchant", "market", "currency", "budget", "check", "overdue", "source", "evidence", "score"}

//go:embed sentences.json
var sentenceFile []byte

// sentences maps a key to its text in each language. A key is a reason code or step kind, and optionally a variant:
// ".bank" and the other subjects, ".dated" when the day is known, ".one" when the count is one.
var sentences = mustSentences()

func mustSentences() map[string]map[string]string {
	var m map[string]map[string]string
	if err := decodeStrict(sentenceFile, &m); err != nil {
		panic("sentences.json: " + err.Error())
	}
	return m
}

// Sentence says the reason in plain words; lang "de" is German, everything else English.
func (r Reason) Sentence(lang string) string {
	if r.Words != nil {
		if german(lang) {
			return r.Words.German
		}
		return r.Words.English
	}
	return fill(r.key(), lang, r.value)
}

// key finds the most special text that exists.
func (r Reason) key() string {
	code := r.Code.String()
	variants := [...]struct {
		name string
		ok   bool
	}{
		{"." + subjectNames[r.Subject], r.Subject != NoSubject},
		{".dated", r.Day.IsSet()},
		{".one", r.N == 1},
	}
	for _, v := range variants {
		if _, found := sentences[code+v.name]; v.ok && found {
			return code + v.name
		}
	}
	return code
}

// value prints one placeholder by its type.
func (r Reason) value(name, lang string) string {
	count := func(n int32) string { return strconv.Itoa(int(n)) }
	switch name {
	case "no":
		return r.No
	case "text":
		return r.Text
	case "date":
		return cal.FormatLong(r.Day, lang)
	case "since":
		return cal.FormatLong(r.Since, lang)
	case "amount":
		return money.Format(r.Amount, r.Currency, lang)
	case "of":
		return money.Format(r.Of, r.Currency, lang)
	case "rest":
		return money.Format(r.Rest, r.Currency, lang)
	case "n":
		return count(r.N)
	case "m":
		return count(r.M)
	case "days":
		return count(r.Days)
	case "points":
		return count(r.Points)
	case "best":
		return count(r.Best)
	}
	return "{" + name + "}"
}

func german(lang string) bool { return lang == "de" || strings.HasPrefix(lang, "de-") }

// fill replaces {name} by value(name).
func fill(key, lang string, value func(name, lang string) string) string {
	if german(lang) {
		lang = "de"
	} else {
		lang = "en"
	}
	text := sentences[key][lang]
	var b strings.Builder
	for {
		start := strings.IndexByte(text, '{')
		if start < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := start + strings.IndexByte(text[start:], '}')
		b.WriteString(text[:start])
		b.WriteString(value(text[start+1:end], lang))
		text = text[end+1:]
	}
}

// Sentence says the step in plain words; lang as in Reason.Sentence.
func (s Step) Sentence(lang string) string {
	return fill("step."+s.Kind.String(), lang, func(name, lang string) string {
		switch name {
		case "no":
			return s.No
		case "amount":
			return money.Format(s.Amount, s.Currency, lang)
		case "date":
			return cal.FormatLong(s.By, lang)
		}
		return "{" + name + "}"
	})
}

// MarshalJSON writes the reason with only the fields that are set and its sentences, for pages, exports and audits.
func (r Reason) MarshalJSON() ([]byte, error) {
	type plain struct {
		Code    Code     `json:"code"`
		Methods []Method `json:"methods"`
		No      string   `json:"no,omitempty"`
		Text    string   `json:"text,omitempty"`
		Date    string   `json:"date,omitempty"`
		Since   string   `json:"since,omitempty"`
		Amount  int64    `json:"amount,omitempty"`
		Of      int64    `json:"of,omitempty"`
		Rest    int64    `json:"rest,omitempty"`
		N       int32    `json:"n,omitempty"`
		M       int32    `json:"m,omitempty"`
		Days    int32    `json:"days,omitempty"`
		Points  int32    `json:"points,omitempty"`
		Best    int32    `json:"best,omitempty"`
		German  string   `json:"de"`
		English string   `json:"en"`
	}
	return json.Marshal(plain{r.Code, r.Methods.List(), r.No, r.Text, r.Day.String(), r.Since.String(), r.Amount, r.Of, r.Rest,
		r.N, r.M, r.Days, r.Points, r.Best, r.Sentence("de"), r.Sentence("en")})
}

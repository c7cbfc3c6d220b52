// Package gateway holds what the partners of this installation share: how a person is named to them, how they answer,
// and the client that speaks JSON over HTTPS with them. Each partner has a package of its own beside this file with one
// interface, one fake for demos and tests and one HTTP adapter. docs/sources.md shows every request and answer.
//
// Nothing here is called inside a transaction. A caller gives every call a deadline.
package gateway

import (
	"errors"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Person is what a partner needs to know to recognise somebody. Empty fields are not sent.
type Person struct {
	GivenName  string `json:"given_name,omitempty"`
	FamilyName string `json:"family_name,omitempty"`
	Born       string `json:"birth_date,omitempty"` // YYYY-MM-DD
	Street     string `json:"street,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city,omitempty"`
	Country    string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Email      string `json:"-"`                 // scripts the fakes (Script); no adapter sends it
}

// PersonOf takes a person out of a profile; shipping is not told to anybody.
func PersonOf(p pay.Profile) Person {
	who := Person{GivenName: p.Billing.GivenName, FamilyName: p.Billing.FamilyName, Street: p.Billing.Street, PostalCode: p.Billing.PostalCode,
		City: p.Billing.City, Country: p.Billing.Country, Email: p.Email}
	if p.Born.IsSet() {
		who.Born = p.Born.String()
	}
	return who
}

// Stamp is what every answer says about itself.
type Stamp struct {
	Source string  // name of the source as people know it
	URL    string  // https address where a person can see and correct what is stored about them; may be empty
	AsOf   cal.Day // the day the answer describes
	Until  cal.Day // last day on which it holds by the source's own word; NoDay: the policy decides
}

// State is how far a check that the person takes part in has come.
type State string

// The states.
const (
	Pending   State = "pending"
	Confirmed State = "confirmed"
	Failed    State = "failed" // finished without confirming; a person may try again
)

// Started is a check that has begun. Ref names it at the partner; Redirect is where the person goes on, empty when
// nothing is left to do there.
type Started struct {
	Ref      string
	Redirect string
}

// Errors of all gateways; test with errors.Is.
var (
	ErrUnavailable = errors.New("the source does not answer")       // time-out, lost connection, overload: worth another try later
	ErrRefused     = errors.New("the source refused the request")   // the same request would be refused again
	ErrMalformed   = errors.New("the source's answer is malformed") // not worth another try before somebody has looked
)

// Script reads what a test address wants the fakes to do: the words behind + in its local part, lower case. The address
// anna+bureau-negative@example.org scripts "bureau-negative"; several words are joined by a further +.
func Script(email string) []string {
	local, _, ok := strings.Cut(strings.ToLower(email), "@")
	parts := strings.Split(local, "+")
	if !ok || len(parts) < 2 {
		return nil
	}
	return parts[1:]
}

// Scripted reports whether a test address scripts a word for a fake.
func (p Person) Scripted(word string) bool {
	for _, w := range Script(p.Email) {
		if w == word {
			return true
		}
	}
	return false
}

// ScriptedNumber returns the number behind a word of the script: 400 for "bureau-score-400" and "bureau-score".
func (p Person) ScriptedNumber(word string) (n int64, ok bool) {
	for _, w := range Script(p.Email) {
		digits, found := strings.CutPrefix(w, word+"-")
		if !found || digits == "" || len(digits) > 9 {
			continue
		}
		n = 0
		for _, c := range digits {
			if c < '0' || c > '9' {
				return 0, false
			}
			n = n*10 + int64(c-'0')
		}
		return n, true
	}
	return 0, false
}

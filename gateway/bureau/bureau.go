// Package bureau asks a credit bureau about a person: negative features and, where it has one, a score of its own.
// Both bound credit; neither gives points.
package bureau

import (
	"context"
	"fmt"

	"zahlziel/cal"
	"zahlziel/gateway"
)

// Bureau answers about one person. It is asked only for a purchase on credit that a person has confirmed.
type Bureau interface {
	// Report returns what is stored; a person whom the source does not know has an empty report.
	Report(ctx context.Context, q Query) (Report, error)
}

// Query is one question.
type Query struct {
	ID      string // the same for every try of one question
	Purpose string // why: "credit_purchase"
	Person  gateway.Person
	Day     cal.Day // business day of the question
}

// Report is the answer.
type Report struct {
	gateway.Stamp
	Negative []Feature // empty: nothing negative
	Score    int32     // the source's own, 1 to 1000, higher is better; 0: none
}

// Feature is one negative fact.
type Feature struct {
	Code  string // insolvency, title, collection or other
	Text  string // in the source's words
	Since cal.Day
}

// HTTP asks a bureau by POST {url}/reports; see docs/sources.md.
type HTTP struct{ client *gateway.Client }

// NewHTTP returns the adapter.
func NewHTTP(c gateway.Config) (*HTTP, error) {
	client, err := gateway.NewClient(c)
	return &HTTP{client}, err
}

// Report asks.
func (h *HTTP) Report(ctx context.Context, q Query) (Report, error) {
	var a struct {
		gateway.Head
		Score    int32 `json:"score"`
		Negative []struct {
			Code  string `json:"code"`
			Text  string `json:"text"`
			Since string `json:"since"`
		} `json:"negative"`
	}
	in := map[string]any{"id": q.ID, "purpose": q.Purpose, "person": q.Person}
	if err := h.client.Call(ctx, "/reports", q.ID, in, &a); err != nil {
		return Report{}, err
	}
	stamp, err := a.Stamp()
	if err != nil {
		return Report{}, err
	}
	if a.Score < 0 || a.Score > 1000 || len(a.Negative) > 100 {
		return Report{}, fmt.Errorf("%w: score is 0 to 1000, negative has at most 100 entries", gateway.ErrMalformed)
	}
	r := Report{Stamp: stamp, Score: a.Score}
	for _, n := range a.Negative {
		f := Feature{Code: gateway.Plain(n.Code, 40), Text: gateway.Plain(n.Text, 120), Since: cal.NoDay}
		if n.Since != "" {
			if f.Since, err = cal.ParseDay(n.Since); err != nil {
				return Report{}, fmt.Errorf("%w: since is not YYYY-MM-DD", gateway.ErrMalformed)
			}
		}
		if f.Text == "" {
			return Report{}, fmt.Errorf("%w: a negative entry without text", gateway.ErrMalformed)
		}
		r.Negative = append(r.Negative, f)
	}
	return r, nil
}

// Fake answers by the script in a test address: bureau-negative, bureau-timeout, bureau-score-N; anybody else is clear.
type Fake struct{}

// FakeName is how the fake calls itself.
const FakeName = "Musterauskunft (Test)"

// Report answers as scripted.
func (Fake) Report(ctx context.Context, q Query) (Report, error) {
	r := Report{Stamp: gateway.Stamp{Source: FakeName, URL: "https://auskunft.example.org/meine-daten", AsOf: q.Day, Until: cal.NoDay}}
	if q.Person.Scripted("bureau-timeout") {
		return Report{}, fmt.Errorf("%w: scripted", gateway.ErrUnavailable)
	}
	if q.Person.Scripted("bureau-negative") {
		r.Negative = []Feature{{Code: "title", Text: "Vollstreckungstitel", Since: q.Day - 90}}
	}
	if n, ok := q.Person.ScriptedNumber("bureau-score"); ok {
		r.Score = int32(min(n, 1000))
	}
	return r, ctx.Err()
}

package bureau_test

import (
	"context"
	"errors"
	"testing"

	"zahlziel/cal"
	"zahlziel/gateway"
	"zahlziel/gateway/bureau"
	"zahlziel/gateway/gatewaytest"
)

var day = cal.Date(2026, 11, 23)

func TestHTTP(t *testing.T) {
	tests := []struct {
		name, answer string
		negative     int
		score        int32
		err          error
	}{
		{"clear", `{"source":"Auskunft","as_of":"2026-11-22","valid_until":"2026-12-01","access_url":"https://a.example.org","score":712}`, 0, 712, nil},
		{"negative", `{"source":"Auskunft","as_of":"2026-11-22","negative":[{"code":"insolvency","text":"Insolvenzverfahren","since":"2026-01-02"}],"new_field":1}`, 1, 0, nil},
		{"no source", `{"as_of":"2026-11-22"}`, 0, 0, gateway.ErrMalformed},
		{"score out of range", `{"source":"A","as_of":"2026-11-22","score":1001}`, 0, 0, gateway.ErrMalformed},
		{"no text", `{"source":"A","as_of":"2026-11-22","negative":[{"code":"x"}]}`, 0, 0, gateway.ErrMalformed},
		{"bad since", `{"source":"A","as_of":"2026-11-22","negative":[{"text":"x","since":"1.1.26"}]}`, 0, 0, gateway.ErrMalformed},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			p := gatewaytest.New(t, c.answer)
			b, err := bureau.NewHTTP(p.Config())
			if err != nil {
				t.Fatal(err)
			}
			r, err := b.Report(context.Background(), bureau.Query{ID: "q1", Purpose: "credit_purchase", Day: day,
				Person: gateway.Person{GivenName: "Anna", FamilyName: "Muster", Born: "1990-05-05", Email: "anna@example.org"}})
			if !errors.Is(err, c.err) || len(r.Negative) != c.negative || r.Score != c.score {
				t.Errorf("%+v, %v", r, err)
			}
			person, _ := p.Last().Body["person"].(map[string]any)
			if p.Last().Path != "/v1/reports" || person["family_name"] != "Muster" || person["email"] != nil || person["Email"] != nil {
				t.Errorf("asked %+v", p.Last())
			}
		})
	}
}

func TestFake(t *testing.T) {
	ask := func(mail string) (bureau.Report, error) {
		return bureau.Fake{}.Report(context.Background(), bureau.Query{Day: day, Person: gateway.Person{Email: mail}})
	}
	if r, err := ask("anna@example.org"); err != nil || len(r.Negative) > 0 || r.Score != 0 || r.AsOf != day {
		t.Error(r, err)
	}
	if r, _ := ask("anna+bureau-negative+bureau-score-300@example.org"); len(r.Negative) != 1 || r.Score != 300 {
		t.Error(r)
	}
	if _, err := ask("anna+bureau-timeout@example.org"); !errors.Is(err, gateway.ErrUnavailable) {
		t.Error(err)
	}
}

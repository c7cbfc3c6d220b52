package account_test

import (
	"context"
	"errors"
	"testing"

	"zahlziel/cal"
	"zahlziel/gateway"
	"zahlziel/gateway/account"
	"zahlziel/gateway/gatewaytest"
)

var day = cal.Date(2026, 11, 23)

func TestHTTP(t *testing.T) {
	p := gatewaytest.New(t, `{"ref":"r-1","redirect":"https://check.example.org/r-1"}`)
	s, err := account.NewHTTP(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	q := account.Query{ID: "ver_1", Person: gateway.Person{GivenName: "Anna", FamilyName: "Muster", Born: "1990-05-05", Street: "Weg 1", Email: "anna@example.org"},
		Return: "https://pay.example.org/me/verify/1", IBAN: "DE89370400440532013000"}
	begun, err := s.Start(context.Background(), q)
	if err != nil || begun.Ref != "r-1" || begun.Redirect != "https://check.example.org/r-1" {
		t.Fatal(begun, err)
	}
	asked := p.Last()
	person, _ := asked.Body["person"].(map[string]any)
	if asked.Path != "/v1/checks" || asked.Body["return_url"] != q.Return || person["family_name"] != "Muster" || person["Email"] != nil || asked.Body["iban"] != q.IBAN || person["birth_date"] != nil {
		t.Errorf("asked %+v", asked)
	}
	for answer, want := range map[string]gateway.State{
		`{"status":"pending"}`: gateway.Pending,
		`{"status":"confirmed","source":"Ident","as_of":"2026-11-22"}`: gateway.Confirmed,
		`{"status":"failed","source":"Ident","as_of":"2026-11-22"}`:    gateway.Failed,
	} {
		p.Answer = answer
		if r, err := s.Result(context.Background(), "r-1", day); err != nil || r.State != want {
			t.Errorf("%s: %+v %v", answer, r, err)
		}
	}
	if asked := p.Last(); asked.Path != "/v1/checks/result" || asked.Body["ref"] != "r-1" || asked.Header.Get("Idempotency-Key") != "" {
		t.Errorf("asked %+v", asked)
	}
	for _, answer := range []string{`{}`, `{"status":"fine"}`, `{"status":"confirmed"}`, `{"status":"confirmed","source":"X","as_of":"today"}`} {
		p.Answer = answer
		if _, err := s.Result(context.Background(), "r-1", day); !errors.Is(err, gateway.ErrMalformed) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for _, answer := range []string{`{}`, `{"ref":"r","redirect":"http://check.example.org"}`, `{"ref":"r","redirect":"javascript:x"}`} {
		p.Answer = answer
		if _, err := s.Start(context.Background(), q); !errors.Is(err, gateway.ErrMalformed) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestFake(t *testing.T) {
	for mail, want := range map[string]gateway.State{"anna@example.org": gateway.Confirmed, "anna+account-failed@example.org": gateway.Failed,
		"anna+account-pending@example.org": gateway.Pending} {
		begun, err := account.Fake{}.Start(context.Background(), account.Query{ID: "ver_1", Person: gateway.Person{Email: mail}, Return: "https://pay.example.org/back"})
		if err != nil || begun.Redirect != "https://pay.example.org/back" {
			t.Fatal(begun, err)
		}
		if r, err := (account.Fake{}).Result(context.Background(), begun.Ref, day); err != nil || r.State != want {
			t.Errorf("%s: %+v %v", mail, r, err)
		}
	}
	if _, err := (account.Fake{}).Start(context.Background(), account.Query{Person: gateway.Person{Email: "a+account-timeout@example.org"}}); !errors.Is(err, gateway.ErrUnavailable) {
		t.Error(err)
	}
}

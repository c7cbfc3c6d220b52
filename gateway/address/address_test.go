package address_test

import (
	"context"
	"errors"
	"testing"

	"zahlziel/cal"
	"zahlziel/gateway"
	"zahlziel/gateway/address"
	"zahlziel/gateway/gatewaytest"
)

func TestHTTP(t *testing.T) {
	p := gatewaytest.New(t, "")
	s, err := address.NewHTTP(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	q := address.Query{ID: "q1", Person: gateway.Person{FamilyName: "Muster", Street: "Weg 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, Day: cal.Date(2026, 11, 23)}
	for answer, want := range map[string]gateway.State{
		`{"status":"confirmed","source":"Register","as_of":"2026-11-22"}`: gateway.Confirmed,
		`{"status":"failed","source":"Register","as_of":"2026-11-22"}`:    gateway.Failed,
	} {
		p.Answer = answer
		if r, err := s.Confirm(context.Background(), q); err != nil || r.State != want {
			t.Errorf("%s: %+v %v", answer, r, err)
		}
	}
	for _, answer := range []string{`{"status":"pending"}`, `{"status":"confirmed"}`, `[]`} {
		p.Answer = answer
		if _, err := s.Confirm(context.Background(), q); !errors.Is(err, gateway.ErrMalformed) {
			t.Errorf("%s: %v", answer, err)
		}
	}
	if p.Last().Path != "/v1/addresses" {
		t.Error(p.Last().Path)
	}
}

func TestFake(t *testing.T) {
	for mail, want := range map[string]gateway.State{"a@example.org": gateway.Failed, "a+address-known@example.org": gateway.Confirmed} {
		if r, err := (address.Fake{}).Confirm(context.Background(), address.Query{Person: gateway.Person{Email: mail}}); err != nil || r.State != want {
			t.Errorf("%s: %+v %v", mail, r, err)
		}
	}
}

package letter_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"

	"zahlziel/gateway"
	"zahlziel/gateway/gatewaytest"
	"zahlziel/gateway/letter"
)

func TestHTTP(t *testing.T) {
	p := gatewaytest.New(t, `{"accepted":true}`)
	s, err := letter.NewHTTP(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	l := letter.Letter{ID: "job_1", Lines: []string{"Anna Muster", "Weg 1", "10115 Berlin"}, Country: "DE", Language: "de", PDF: []byte("%PDF-1.4")}
	if err := s.Send(context.Background(), l); err != nil {
		t.Fatal(err)
	}
	asked := p.Last()
	if asked.Path != "/v1/letters" || asked.Body["pdf"] != base64.StdEncoding.EncodeToString(l.PDF) || asked.Header.Get("Idempotency-Key") != "job_1" {
		t.Errorf("asked %+v", asked)
	}
	p.Answer = `{}`
	if err := s.Send(context.Background(), l); !errors.Is(err, gateway.ErrRefused) {
		t.Error(err)
	}
}

func TestFake(t *testing.T) {
	var f letter.Fake
	for range 2 {
		if err := f.Send(context.Background(), letter.Letter{ID: "job_1"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.Letters()) != 1 {
		t.Error("sent twice")
	}
}

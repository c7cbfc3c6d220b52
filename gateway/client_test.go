package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"zahlziel/gateway"
	"zahlziel/gateway/gatewaytest"
)

var ctx = context.Background()

func TestConfig(t *testing.T) {
	for name, c := range map[string]gateway.Config{
		"plain http":    {URL: "http://source.example.org", Secret: "x"},
		"no host":       {URL: "https:///v1", Secret: "x"},
		"user":          {URL: "https://a:b@source.example.org", Secret: "x"},
		"query":         {URL: "https://source.example.org/?a=b", Secret: "x"},
		"no secret":     {URL: "https://source.example.org"},
		"unknown proof": {URL: "https://source.example.org", Secret: "x", Auth: "basic"},
		"long time-out": {URL: "https://source.example.org", Secret: "x", Timeout: time.Hour},
		"private name":  {URL: "http://localhost.example.org", Secret: "x"},
	} {
		if _, err := gateway.NewClient(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := gateway.NewClient(gateway.Config{URL: "https://source.example.org/v1/", Secret: "x", Auth: "hmac"}); err != nil {
		t.Error(err)
	}
}

func TestProof(t *testing.T) {
	p := gatewaytest.New(t, `{}`)
	var out struct{}
	for _, auth := range []string{"bearer", "hmac"} {
		c := p.Config()
		c.Auth = auth
		client, err := gateway.NewClient(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Call(ctx, "/x", "key-1", map[string]int{"a": 1}, &out); err != nil {
			t.Fatal(err)
		}
		last := p.Last()
		if last.Path != "/v1/x" || last.Header.Get("Idempotency-Key") != "key-1" || string(last.Raw) != `{"a":1}` {
			t.Errorf("%s: %+v", auth, last)
		}
		if auth == "bearer" && last.Header.Get("Authorization") != "Bearer s3cret" {
			t.Error(last.Header)
		}
		if auth == "hmac" {
			at, mac, _ := strings.Cut(strings.TrimPrefix(last.Header.Get("Zahlziel-Signature"), "t="), ",v1=")
			if mac == "" || mac != gateway.Signature([]byte("s3cret"), at, last.Raw) || last.Header.Get("Authorization") != "" {
				t.Error(last.Header)
			}
		}
	}
}

// TestFailures maps what partners do to the three errors.
func TestFailures(t *testing.T) {
	tests := []struct {
		name   string
		status int
		answer string
		delay  time.Duration
		want   error
	}{
		{"fine", 200, `{"a":1}`, 0, nil},
		{"too slow", 200, `{}`, 600 * time.Millisecond, gateway.ErrUnavailable},
		{"down", 503, ``, 0, gateway.ErrUnavailable},
		{"overloaded", 429, ``, 0, gateway.ErrUnavailable},
		{"refused", 422, ``, 0, gateway.ErrRefused},
		{"redirect", 302, ``, 0, gateway.ErrRefused},
		{"no JSON", 200, `<html>`, 0, gateway.ErrMalformed},
		{"another type", 200, `{"a":"x"}`, 0, gateway.ErrMalformed},
		{"too large", 200, `{"b":"` + strings.Repeat("x", 65<<10) + `"}`, 0, gateway.ErrMalformed},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := gatewaytest.New(t, c.answer)
			p.Status, p.Delay = c.status, c.delay
			client, err := gateway.NewClient(p.Config())
			if err != nil {
				t.Fatal(err)
			}
			var out struct {
				A int `json:"a"`
			}
			err = client.Call(ctx, "/x", "k", map[string]string{"name": "Geheim"}, &out)
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "Geheim") || strings.Contains(err.Error(), p.URL)) {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

// TestBreaker: a partner that is down is asked five times, then not for a while; a refusal counts as an answer.
func TestBreaker(t *testing.T) {
	p := gatewaytest.New(t, ``)
	p.Status = 500
	client, err := gateway.NewClient(p.Config())
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if err := client.Call(ctx, "/x", "k", 1, nil); !errors.Is(err, gateway.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if p.Calls() != 5 {
		t.Errorf("asked %d times", p.Calls())
	}
	p.Status = 400
	client, _ = gateway.NewClient(p.Config())
	for range 8 {
		_ = client.Call(ctx, "/x", "k", 1, nil)
	}
	if p.Calls() != 13 {
		t.Errorf("asked %d times", p.Calls())
	}
}

func TestScript(t *testing.T) {
	p := gateway.Person{Email: "Anna+bureau-negative+bureau-score-412@example.org"}
	if n, ok := p.ScriptedNumber("bureau-score"); !p.Scripted("bureau-negative") || p.Scripted("anna") || n != 412 || !ok {
		t.Error("not read")
	}
	for _, mail := range []string{"anna@example.org", "", "anna+", "a+bureau-score-x@b.org", "a+bureau-score-99999999999@b.org"} {
		if _, ok := (gateway.Person{Email: mail}).ScriptedNumber("bureau-score"); ok {
			t.Error(mail)
		}
	}
}

func TestHead(t *testing.T) {
	for name, h := range map[string]gateway.Head{
		"no source": {AsOf: "2026-11-20"}, "no day": {Source: "X"}, "bad day": {Source: "X", AsOf: "20.11.2026"},
		"bad end": {Source: "X", AsOf: "2026-11-20", Until: "soon"}, "no https": {Source: "X", AsOf: "2026-11-20", URL: "javascript:alert(1)"},
		"http": {Source: "X", AsOf: "2026-11-20", URL: "http://x.example.org"},
	} {
		if _, err := h.Stamp(); !errors.Is(err, gateway.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := gateway.Head{Source: "Mu\nster\x00", AsOf: "2026-11-20", Until: "2026-12-20", URL: "https://x.example.org/a"}.Stamp()
	if err != nil || s.Source != "Mu ster" || s.Until.String() != "2026-12-20" {
		t.Error(s, err)
	}
	if got := gateway.Plain(strings.Repeat("ä", 100), 79); len(got) != 78 {
		t.Errorf("%d bytes", len(got))
	}
}

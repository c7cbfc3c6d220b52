package mail

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"
)

func message() Message {
	return Message{
		From: "Zahlziel Müller <post@zahlziel.example>", To: "Jürgen Weiß <juergen@example.org>",
		Subject: "Schuhladen Käthe Größe: bitte zahlen Sie 84,80 € bis zum 22. Dezember 2026",
		Text:    "Guten Tag Jürgen Weiß,\n\nbitte zahlen Sie 84,80 €.\n.\nEin Punkt allein auf einer Zeile bleibt.\n",
		HTML:    "<!doctype html><p>Bitte zahlen Sie 84,80 €.</p>", MessageID: "01890b6e-1@zahlziel.example", Language: "de",
		Date:        time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC),
		Headers:     map[string]string{"X-Zahlziel-Number": "R-07-000123"},
		Attachments: []Attachment{{Name: "R-07-000123.pdf", Type: "application/pdf", Data: []byte("%PDF-1.4\r\n\x00\x01\xff bytes")}},
	}
}

// TestCheckRefuses names each way a message could be incomplete or forge a header.
func TestCheckRefuses(t *testing.T) {
	if err := message().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Message){
		"sender":              func(m *Message) { m.From = "nobody" },
		"two recipients":      func(m *Message) { m.To = "a@example.org, b@example.org" },
		"recipient injection": func(m *Message) { m.To = "a@example.org\r\nBcc: b@example.org" },
		"subject injection":   func(m *Message) { m.Subject = "Hello\r\nBcc: b@example.org" },
		"subject line feed":   func(m *Message) { m.Subject = "Hello\nX: y" },
		"no subject":          func(m *Message) { m.Subject = "" },
		"no text":             func(m *Message) { m.Text = "" },
		"no date":             func(m *Message) { m.Date = time.Time{} },
		"no message id":       func(m *Message) { m.MessageID = "" },
		"message id brackets": func(m *Message) { m.MessageID = "<a@b>" },
		"message id breaks":   func(m *Message) { m.MessageID = "a@b\r\nX: y" },
		"header value":        func(m *Message) { m.Headers = map[string]string{"X-A": "1\r\nBcc: b@example.org"} },
		"header name":         func(m *Message) { m.Headers = map[string]string{"X-A: 1\r\nBcc": "b@example.org"} },
		"header of ours":      func(m *Message) { m.Headers = map[string]string{"BCC": "b@example.org"} },
		"attachment name":     func(m *Message) { m.Attachments[0].Name = "../x.pdf" },
		"attachment breaks":   func(m *Message) { m.Attachments[0].Name = "x\r\n.pdf" },
		"attachment type":     func(m *Message) { m.Attachments[0].Type = "pdf" },
		"language":            func(m *Message) { m.Language = "de\r\nX: y" },
	} {
		m := message()
		spoil(&m)
		if err := m.Check(); err == nil || !IsPermanent(err) {
			t.Errorf("%s: got %v, want a permanent error", name, err)
		}
	}
}

func TestIsPermanent(t *testing.T) {
	if IsPermanent(nil) || IsPermanent(errors.New("any")) || IsPermanent(&Error{Err: errors.New("busy")}) {
		t.Error("an error that may pass counts as permanent")
	}
	if !IsPermanent(errors.Join(&Error{Permanent: true, Err: errors.New("gone")})) {
		t.Error("a wrapped permanent error is not found")
	}
}

func TestNewSMTPAddress(t *testing.T) {
	for _, bad := range []string{"", "localhost:25", "http://mail.example", "smtp://", "smtp://mail.example:x"} {
		if _, err := NewSMTP(bad, time.Second); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, good := range []string{"smtp://mail.example", "smtps://user:p%40ss@mail.example", "smtp://127.0.0.1:2525", "smtp://[::1]:2525"} {
		if _, err := NewSMTP(good, time.Second); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

// TestPlainOnlyOnLoopback: anywhere else a server must offer STARTTLS before it gets a mail.
func TestPlainOnlyOnLoopback(t *testing.T) {
	for host, want := range map[string]gomail.TLSPolicy{
		"127.0.0.1": gomail.TLSOpportunistic, "[::1]": gomail.TLSOpportunistic, "localhost": gomail.TLSOpportunistic,
		"mail.example": gomail.TLSMandatory, "10.0.0.1": gomail.TLSMandatory, "localhost.example": gomail.TLSMandatory,
	} {
		s, err := NewSMTP("smtp://user:secret@"+host+":25", time.Second)
		if err != nil || s.client.TLSPolicy() != want.String() {
			t.Errorf("%s: %v, %v", host, s.client.TLSPolicy(), err)
		}
	}
}

// TestPasswordStaysSecret: an address that is refused must not print its password.
func TestPasswordStaysSecret(t *testing.T) {
	for _, address := range []string{"smtp://user:geheim@mail.example:99999999", "smpt://user:geheim@mail.example", "smtp://user:geheim@%zz"} {
		if _, err := NewSMTP(address, time.Second); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("got %v", err)
		}
	}
}

func TestNoServerIsTemporary(t *testing.T) {
	s, err := NewSMTP("smtp://127.0.0.1:1", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(context.Background(), message()); err == nil || IsPermanent(err) {
		t.Errorf("got %v, want a temporary error", err)
	}
}

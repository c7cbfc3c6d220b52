// Package mail sends e-mails. SMTP is the real way; package catcher beside it is the fake that a demo and tests use.
//
// A message is sent to one person. Bodies come ready made; this package checks them, adds the technical headers and
// says whether a failed message is worth another try.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// Sender hands a message over to a mail server. When it returns nil the server has taken the message.
// An error for which IsPermanent is false may be tried again later, with the same MessageID.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Message is one e-mail to one person.
type Message struct {
	From        string // RFC 5322 address, "Zahlziel <post@zahlziel.example>"
	To          string // RFC 5322 address
	Subject     string
	Text        string // plain body, always present
	HTML        string // the same as HTML; may be empty
	Attachments []Attachment
	Headers     map[string]string // further headers, one line each
	MessageID   string            // "01890b6e@zahlziel.example", without brackets; equal for every try of one mail
	Language    string            // BCP 47 tag for Content-Language
	Date        time.Time         // for the Date header; this package reads no clock
}

// Attachment is a file in a message.
type Attachment struct {
	Name string // "R-07-000123.pdf"
	Type string // "application/pdf"
	Data []byte
}

// Error is why a message was not sent.
type Error struct {
	Permanent bool // the same message would be refused again
	Err       error
}

func (e *Error) Error() string { return "mail: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsPermanent reports whether sending the same message again is useless: it is malformed, or the server refused it or
// its recipient for good. A lost connection, a full mailbox or a wrong password of our own is not permanent.
func IsPermanent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Permanent
}

// ours are headers that Send writes itself.
var ours = map[string]bool{
	"from": true, "to": true, "cc": true, "bcc": true, "subject": true, "date": true, "message-id": true, "mime-version": true,
	"content-type": true, "content-transfer-encoding": true, "content-language": true, "auto-submitted": true, "sender": true,
}

// Check refuses what is incomplete or could forge headers. Its errors are permanent.
func (m Message) Check() error {
	if err := m.check(); err != nil {
		return &Error{Permanent: true, Err: err}
	}
	return nil
}

func (m Message) check() error {
	if _, err := mail.ParseAddress(m.From); err != nil {
		return fmt.Errorf("sender %q is not an address: %w", m.From, err)
	}
	if _, err := mail.ParseAddress(m.To); err != nil {
		return fmt.Errorf("recipient %q is not an address: %w", m.To, err)
	}
	switch {
	case m.Subject == "" || m.Text == "":
		return errors.New("subject or plain text is missing")
	case m.Date.IsZero():
		return errors.New("the date is missing; pass the time of sending")
	case !validID(m.MessageID):
		return fmt.Errorf("message id %q is not left@right without spaces or brackets", m.MessageID)
	}
	for _, line := range []string{m.From, m.To, m.Subject, m.Language} {
		if !oneLine(line) {
			return fmt.Errorf("%q has a line break or control character", line)
		}
	}
	for name, value := range m.Headers {
		if !token(name) || !oneLine(value) || ours[strings.ToLower(name)] {
			return fmt.Errorf("header %q: %q is not allowed here", name, value)
		}
	}
	for _, a := range m.Attachments {
		if a.Name == "" || !oneLine(a.Name) || strings.ContainsAny(a.Name, `/\"`) || !oneLine(a.Type) || !strings.Contains(a.Type, "/") {
			return fmt.Errorf("attachment %q of type %q needs a plain file name and a media type", a.Name, a.Type)
		}
	}
	return nil
}

func oneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// token reports whether s can name a header (RFC 5322, section 3.6.8).
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' })
}

func validID(s string) bool {
	left, right, ok := strings.Cut(s, "@")
	return ok && left != "" && right != "" && token(s) && !strings.ContainsAny(s, "<>") && !strings.Contains(right, "@")
}

package catcher

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails of other programs come in old character sets
	"github.com/emersion/go-message/mail"
)

// Message is a caught mail.
type Message struct {
	ID          string
	At          time.Time // arrival, UTC
	From        string    // envelope sender
	To          []string  // envelope recipients
	Subject     string
	Text        string
	HTML        string
	Language    string
	MessageID   string
	Attachments []Attachment
	Problem     string // why the message could not be read in full; empty when it could

	size int
	file string
}

// Attachment is a file of a caught mail.
type Attachment struct {
	Name string
	Type string
	Data []byte
}

// parse reads what it can; a broken mail is kept too, because finding it is what the catcher is for.
func parse(raw []byte) Message {
	m := Message{size: len(raw)}
	reader, err := mail.CreateReader(bytes.NewReader(raw))
	if reader == nil {
		m.Text, m.Problem = string(raw), fmt.Sprint(err)
		return m
	}
	defer reader.Close()
	m.Subject, _ = reader.Header.Subject()
	m.MessageID, _ = reader.Header.MessageID()
	m.Language = reader.Header.Get("Content-Language")
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return m
		}
		if err != nil && !message.IsUnknownCharset(err) {
			m.Problem = err.Error()
			return m
		}
		m.add(part)
	}
}

// add sorts a part into text, HTML or attachment.
func (m *Message) add(part *mail.Part) {
	data, err := io.ReadAll(part.Body)
	if err != nil {
		m.Problem = err.Error()
	}
	switch h := part.Header.(type) {
	case *mail.AttachmentHeader:
		name, _ := h.Filename()
		m.attach(name, h, data)
	case *mail.InlineHeader:
		kind, _, _ := h.ContentType()
		switch {
		case kind == "text/plain" && m.Text == "":
			m.Text = string(data)
		case kind == "text/html" && m.HTML == "":
			m.HTML = string(data)
		default:
			m.attach("", h, data)
		}
	}
}

// attach keeps a part as a file; one without a name gets its number.
func (m *Message) attach(name string, h interface {
	ContentType() (string, map[string]string, error)
}, data []byte,
) {
	kind, _, err := h.ContentType()
	if err != nil || kind == "" {
		kind = "application/octet-stream"
	}
	if name == "" {
		name = fmt.Sprintf("part-%d", len(m.Attachments)+1)
	}
	m.Attachments = append(m.Attachments, Attachment{Name: name, Type: kind, Data: data})
}

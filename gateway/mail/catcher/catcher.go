// Package catcher is a mail server that delivers nothing: it keeps what it receives and shows it as a mailbox page and
// as JSON. A demo and tests send their mails here, so that no person gets one.
//
// It listens on loopback only and takes every login.
package catcher

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Options limit what is kept. A zero value has good limits.
type Options struct {
	Keep      int    // messages, 2000 when zero
	KeepBytes int    // raw bytes of all messages together, 64 MiB when zero
	Dir       string // existing folder for a copy of each kept message as .eml; empty for none
}

// limits of one message
const (
	bytesMax      = 25 << 20
	recipientsMax = 50
	ioTimeout     = 30 * time.Second
)

// Catcher is the server and its mailbox. It is safe for use by many goroutines.
type Catcher struct {
	now     func() time.Time
	options Options
	server  *smtp.Server

	mu     sync.Mutex
	kept   []Message // oldest first
	bytes  int
	number int
}

// New makes a catcher; now tells when a message arrives.
func New(now func() time.Time, o Options) *Catcher {
	if o.Keep <= 0 {
		o.Keep = 2000
	}
	if o.KeepBytes <= 0 {
		o.KeepBytes = 64 << 20
	}
	c := &Catcher{now: now, options: o}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{catcher: c}, nil }))
	c.server.Domain = "localhost"
	c.server.MaxMessageBytes, c.server.MaxRecipients = bytesMax, recipientsMax
	c.server.ReadTimeout, c.server.WriteTimeout = ioTimeout, ioTimeout
	c.server.AllowInsecureAuth, c.server.EnableSMTPUTF8 = true, true
	return c
}

// Listen opens a loopback address such as 127.0.0.1:2525 (port 0 for any) for Serve.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("mail catcher: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("mail catcher: %s is not a loopback address; it must not be open to a network", address)
	}
	return net.Listen("tcp", address)
}

// Serve takes mails until Close; it then returns nil.
func (c *Catcher) Serve(l net.Listener) error {
	if err := c.server.Serve(l); err != nil && err != smtp.ErrServerClosed {
		return fmt.Errorf("mail catcher: %w", err)
	}
	return nil
}

// Close ends Serve. What was caught stays readable.
func (c *Catcher) Close() error { return c.server.Close() }

// Deliver keeps a raw message for its envelope recipients, as if it had come by SMTP.
func (c *Catcher) Deliver(from string, to []string, raw []byte) error {
	m := parse(raw)
	m.From, m.To, m.At = from, slices.Clone(to), c.now().UTC()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	m.ID = fmt.Sprintf("%06d", c.number)
	if c.options.Dir != "" {
		m.file = filepath.Join(c.options.Dir, m.At.Format("20060102T150405.000000Z")+"-"+m.ID+".eml")
		if err := os.WriteFile(m.file, raw, 0o600); err != nil {
			return fmt.Errorf("mail catcher: keeping a copy: %w", err)
		}
	}
	c.kept = append(c.kept, m)
	c.bytes += m.size
	for len(c.kept) > c.options.Keep || (c.bytes > c.options.KeepBytes && len(c.kept) > 1) {
		c.drop(c.kept[0])
		c.kept = slices.Delete(c.kept, 0, 1)
	}
	return nil
}

// Messages returns what is kept, newest first. to filters by recipient, without regard to case; empty means all.
func (c *Catcher) Messages(to string) []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []Message
	for _, m := range slices.Backward(c.kept) {
		if to == "" || slices.ContainsFunc(m.To, func(a string) bool { return strings.EqualFold(a, to) }) {
			found = append(found, m)
		}
	}
	return found
}

// Message returns one message by its id.
func (c *Catcher) Message(id string) (Message, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.kept, func(m Message) bool { return m.ID == id })
	if i < 0 {
		return Message{}, false
	}
	return c.kept[i], true
}

// Clear forgets all messages and removes their copies.
func (c *Catcher) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.kept {
		c.drop(m)
	}
	c.kept = nil
}

// drop forgets the size and the copy of a message; a copy that is already gone is no harm.
func (c *Catcher) drop(m Message) {
	c.bytes -= m.size
	if m.file != "" {
		_ = os.Remove(m.file)
	}
}

// session is one SMTP conversation.
type session struct {
	catcher *Catcher
	from    string
	to      []string
}

var _ smtp.AuthSession = (*session)(nil)

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(string, string, string) error { return nil }), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(r); err != nil {
		return err
	}
	return s.catcher.Deliver(s.from, s.to, raw.Bytes())
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

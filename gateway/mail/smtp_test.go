package mail_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"zahlziel/gateway/mail"
	"zahlziel/gateway/mail/catcher"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// start runs a catcher on a free loopback port.
func start(t *testing.T) (*catcher.Catcher, string) {
	t.Helper()
	c := catcher.New(func() time.Time { return noon }, catcher.Options{})
	l, err := catcher.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), <-ended); err != nil {
			t.Error(err)
		}
	})
	return c, l.Addr().String()
}

func sender(t *testing.T, address string) *mail.SMTP {
	t.Helper()
	s, err := mail.NewSMTP(address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sample() mail.Message {
	return mail.Message{
		From: "Zahlziel Müller <post@zahlziel.example>", To: "Jürgen Weiß <juergen@example.org>",
		Subject: "Schuhladen Käthe Größe: bitte zahlen Sie 84,80 € bis zum 22. Dezember 2026, das ist ein langer Betreff",
		Text:    "Guten Tag Jürgen Weiß,\n\nbitte zahlen Sie 84,80 €.\n.\nEin Punkt allein auf einer Zeile bleibt.\n",
		HTML:    "<!doctype html><p>Bitte zahlen Sie 84,80 €.</p>", MessageID: "01890b6e-1@zahlziel.example", Language: "de", Date: noon,
		Attachments: []mail.Attachment{{Name: "Zahlungsaufforderung Größe.pdf", Type: "application/pdf", Data: []byte("%PDF-1.4\r\n\x00\x01\xff bytes")}},
	}
}

func TestRoundTrip(t *testing.T) {
	c, address := start(t)
	want := sample()
	if err := sender(t, "smtp://"+address).Send(context.Background(), want); err != nil {
		t.Fatal(err)
	}
	got := c.Messages("JUERGEN@example.org")
	if len(got) != 1 || len(c.Messages("other@example.org")) != 0 {
		t.Fatalf("found %d messages", len(got))
	}
	m := got[0]
	plain := strings.ReplaceAll(m.Text, "\r\n", "\n")
	if m.Subject != want.Subject || plain != want.Text || m.HTML != want.HTML || m.Language != "de" ||
		m.MessageID != want.MessageID || m.From != "post@zahlziel.example" || !m.At.Equal(noon) || m.Problem != "" {
		t.Errorf("got %+v", m)
	}
	wantFiles := []catcher.Attachment{{Name: want.Attachments[0].Name, Type: "application/pdf", Data: want.Attachments[0].Data}}
	if diff := cmp.Diff(wantFiles, m.Attachments); diff != "" {
		t.Error(diff)
	}
}

func TestLogin(t *testing.T) {
	c, address := start(t)
	if err := sender(t, "smtp://user:secret@"+address).Send(context.Background(), sample()); err != nil {
		t.Fatal(err)
	}
	if len(c.Messages("")) != 1 {
		t.Error("nothing arrived")
	}
}

func TestManyAtOnce(t *testing.T) {
	c, address := start(t)
	s := sender(t, "smtp://"+address)
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			if err := s.Send(context.Background(), sample()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := len(c.Messages("")); n != 40 {
		t.Errorf("%d of 40 arrived", n)
	}
}

// refuser is a server with one fixed answer to RCPT.
type refuser struct{ answer *smtp.SMTPError }

func (r refuser) NewSession(*smtp.Conn) (smtp.Session, error) { return r, nil }
func (r refuser) Mail(string, *smtp.MailOptions) error        { return nil }
func (r refuser) Rcpt(string, *smtp.RcptOptions) error        { return r.answer }
func (r refuser) Data(b io.Reader) error                      { _, err := io.ReadAll(b); return err }
func (r refuser) Reset()                                      {}
func (r refuser) Logout() error                               { return nil }

func TestServerAnswers(t *testing.T) {
	for _, c := range []struct {
		code      int
		text      string
		permanent bool
	}{{550, "no such user", true}, {552, "message too large", true}, {450, "mailbox busy", false}, {421, "closing", false}, {530, "authentication required", false}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := smtp.NewServer(refuser{&smtp.SMTPError{Code: c.code, Message: c.text}})
		go func() { _ = server.Serve(l) }()
		err = sender(t, "smtp://"+l.Addr().String()).Send(context.Background(), sample())
		if err == nil || mail.IsPermanent(err) != c.permanent || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%d: got %v, permanent %v", c.code, err, mail.IsPermanent(err))
		}
		_ = server.Close()
	}
}

// TestSilentServer: neither a server that says nothing nor a cancelled caller may hold a worker for ever.
func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := mail.NewSMTP("smtp://"+l.Addr().String(), 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(context.Background(), sample()); err == nil || mail.IsPermanent(err) {
		t.Errorf("got %v, want a temporary error", err)
	}
}

func TestCatcherIsNotOpen(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "mail.example:25", "nonsense"} {
		if l, err := catcher.Listen(address); err == nil {
			l.Close()
			t.Errorf("listens on %s", address)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	c := catcher.New(func() time.Time { return noon }, catcher.Options{Keep: 10})
	l, err := catcher.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = c.Serve(l) }()
	defer c.Close()
	s, err := mail.NewSMTP("smtp://"+l.Addr().String(), 5*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.Send(context.Background(), sample()); err != nil {
			b.Fatal(err)
		}
	}
}

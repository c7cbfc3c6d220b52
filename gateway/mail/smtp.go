package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// SMTP sends through a mail server. Every message has a connection of its own, so Send may run in parallel.
type SMTP struct {
	client *gomail.Client
}

var _ Sender = (*SMTP)(nil)

// NewSMTP takes the server as smtp://user:password@host:port (STARTTLS) or smtps://... (TLS from the start); user and
// password may be left out. Port is 587 or 465 where none is given. An unencrypted connection happens on loopback only,
// when the server there offers no STARTTLS. timeout bounds the connection and each step of the exchange.
func NewSMTP(address string, timeout time.Duration) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("mail server: address must be smtp://user:password@host:port or smtps://user:password@host:port")
	}
	options := []gomail.Option{gomail.WithTimeout(timeout)}
	port := 587
	switch {
	case u.Scheme == "smtps":
		port, options = 465, append(options, gomail.WithSSL())
	case isLoopback(u.Hostname()):
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, fmt.Errorf("mail server: port %q is not a number", u.Port())
		}
	}
	options = append(options, gomail.WithPort(port))
	if user := u.User.Username(); user != "" {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(authFor(u.Hostname())), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("mail server %s: %w", u.Host, err)
	}
	return &SMTP{client}, nil
}

// authFor lets the server choose the strongest way; on loopback a plain password without TLS is fine.
func authFor(host string) gomail.SMTPAuthType {
	if isLoopback(host) {
		return gomail.SMTPAuthPlainNoEnc
	}
	return gomail.SMTPAuthAutoDiscover
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Send delivers the message to the server. A failure after the server has taken it is none: the message would come twice.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	msg, err := m.build()
	if err != nil {
		return &Error{Permanent: true, Err: err}
	}
	connection, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return &Error{Err: fmt.Errorf("no connection to the mail server: %w", err)}
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	err = s.client.SendWithSMTPClient(connection, msg)
	_ = s.client.CloseWithSMTPClient(connection)
	if err == nil {
		return nil
	}
	return &Error{Permanent: refusedForGood(err), Err: err}
}

// refusedForGood reports a 5xx answer (RFC 5321, section 4.2.1) that speaks about this message, not about our login.
func refusedForGood(err error) bool {
	var sent *gomail.SendError
	if !errors.As(err, &sent) {
		return false
	}
	switch code := sent.ErrorCode(); code {
	case 530, 534, 535, 538: // authentication required or failed (RFC 4954)
		return false
	default:
		return code >= 500 && code < 600
	}
}

// build makes the MIME message: text, HTML as its alternative, attachments.
func (m Message) build() (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, err
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, err
	}
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.MessageID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies, please
	if m.Language != "" {
		msg.SetGenHeader("Content-Language", m.Language)
	}
	for name, value := range m.Headers {
		msg.SetGenHeader(gomail.Header(name), value)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		msg.AttachReadSeeker(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.Type)))
	}
	return msg, nil
}

package gateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"zahlziel/cal"
)

// Config says where a partner is and how we prove who we are. It comes from the operator's command line, never from a
// request, a shop or a database.
type Config struct {
	URL     string        // https://host/path without a query; http only to a loopback address
	Secret  string        // shared with the partner
	Auth    string        // "bearer" (the default) or "hmac"
	Timeout time.Duration // of one call; 0 means DefaultTimeout
}

// DefaultTimeout is how long a partner may take while a buyer waits.
const DefaultTimeout = 2500 * time.Millisecond

const (
	answerMax    = 64 << 10         // bytes of an answer
	failuresMax  = 5                // in a row, then calls fail at once
	breakerPause = 30 * time.Second // for so long; then one call may try
)

// Client calls one partner: POST of a JSON object, answered by a JSON object. It follows no redirect, because an answer
// must not send personal data elsewhere. After several failures in a row it fails at once for a while, so that a partner
// that is down costs buyers no waiting.
type Client struct {
	base    string
	secret  []byte
	hmac    bool
	http    *http.Client
	mu      sync.Mutex
	failed  int
	retryAt time.Time
}

// NewClient checks a configuration.
func NewClient(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("gateway: %q is not an address like https://source.example.org/v1", c.URL)
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		return nil, fmt.Errorf("gateway: %s: personal data travel by https only", u.Host)
	case c.Secret == "":
		return nil, fmt.Errorf("gateway: %s: the secret is missing", u.Host)
	case c.Auth != "" && c.Auth != "bearer" && c.Auth != "hmac":
		return nil, fmt.Errorf("gateway: %s: auth is bearer or hmac", u.Host)
	case c.Timeout < 0 || c.Timeout > time.Minute:
		return nil, fmt.Errorf("gateway: %s: a time-out is at most a minute", u.Host)
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: c.Timeout}).DialContext, TLSHandshakeTimeout: c.Timeout, MaxIdleConnsPerHost: 8,
		IdleConnTimeout: time.Minute, ResponseHeaderTimeout: c.Timeout, ForceAttemptHTTP2: true}
	return &Client{base: strings.TrimSuffix(c.URL, "/"), secret: []byte(c.Secret), hmac: c.Auth == "hmac", http: &http.Client{Timeout: c.Timeout, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Call posts in to a path below the partner's address and reads the answer into out. key is the same for every try of
// one question (Idempotency-Key), and empty where the answer may change. The error is one of this package's; its text holds no personal data.
func (c *Client) Call(ctx context.Context, path, key string, in, out any) error {
	if !c.allowed(time.Now()) {
		return fmt.Errorf("%w: it failed %d times in a row", ErrUnavailable, failuresMax)
	}
	err := c.call(ctx, path, key, in, out)
	c.note(err, time.Now())
	return err
}

func (c *Client) call(ctx context.Context, path, key string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: bad path", ErrRefused)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	c.sign(req, body, time.Now())
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, withoutURL(err))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerMax+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: the answer broke off", ErrUnavailable)
	case res.StatusCode >= 500, res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("%w: status %d", ErrUnavailable, res.StatusCode)
	case res.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: status %d", ErrRefused, res.StatusCode)
	case len(answer) > answerMax:
		return fmt.Errorf("%w: more than %d bytes", ErrMalformed, answerMax)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%w: no JSON object of this kind", ErrMalformed)
	}
	return nil
}

// sign proves who asks. HMAC covers the time and the body, so that neither can be changed or replayed much later.
func (c *Client) sign(req *http.Request, body []byte, now time.Time) {
	if !c.hmac {
		req.Header.Set("Authorization", "Bearer "+string(c.secret))
		return
	}
	at := strconv.FormatInt(now.Unix(), 10)
	req.Header.Set("Zahlziel-Signature", "t="+at+",v1="+Signature(c.secret, at, body))
}

// Signature is the hexadecimal HMAC-SHA-256 over the time in seconds, a dot and the body.
func Signature(secret []byte, at string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(at + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// allowed reports whether a call may be tried; while the partner is down one call in breakerPause may.
func (c *Client) allowed(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed < failuresMax {
		return true
	}
	if now.Before(c.retryAt) {
		return false
	}
	c.retryAt = now.Add(breakerPause)
	return true
}

func (c *Client) note(err error, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !errors.Is(err, ErrUnavailable) {
		c.failed = 0
		return
	}
	if c.failed++; c.failed == failuresMax {
		c.retryAt = now.Add(breakerPause)
	}
}

// withoutURL leaves the address out of an error; it may be confidential.
func withoutURL(err error) error {
	var call *url.Error
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

// Head is the part of an answer that every partner sends, as it lies in JSON.
type Head struct {
	Source string `json:"source"`
	URL    string `json:"access_url"`
	AsOf   string `json:"as_of"`
	Until  string `json:"valid_until"`
}

// Stamp checks the head of an answer. Source and as_of are required; access_url must be https where it is given.
func (h Head) Stamp() (s Stamp, err error) {
	s = Stamp{Source: Plain(h.Source, 80), URL: h.URL, Until: cal.NoDay}
	if s.AsOf, err = cal.ParseDay(h.AsOf); err != nil || s.Source == "" {
		return s, fmt.Errorf("%w: source and as_of (YYYY-MM-DD) are required", ErrMalformed)
	}
	if h.Until != "" {
		if s.Until, err = cal.ParseDay(h.Until); err != nil {
			return s, fmt.Errorf("%w: valid_until is not YYYY-MM-DD", ErrMalformed)
		}
	}
	if h.URL != "" && !https(h.URL) {
		return s, fmt.Errorf("%w: access_url is not an https address", ErrMalformed)
	}
	return s, nil
}

// StartedOf checks the answer to the start of a check.
func StartedOf(ref, redirect string) (Started, error) {
	if ref == "" || len(ref) > 200 {
		return Started{}, fmt.Errorf("%w: ref is required, up to 200 bytes", ErrMalformed)
	}
	if redirect != "" && !https(redirect) {
		return Started{}, fmt.Errorf("%w: redirect is not an https address", ErrMalformed)
	}
	return Started{ref, redirect}, nil
}

// StateOf checks a state.
func StateOf(s string) (State, error) {
	switch State(s) {
	case Pending, Confirmed, Failed:
		return State(s), nil
	}
	return "", fmt.Errorf("%w: status is pending, confirmed or failed", ErrMalformed)
}

func https(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 500 && u.User == nil && u.Host != "" && u.Scheme == "https"
}

// Plain makes a text of a partner fit for people: one line, no control characters, at most so many bytes.
func Plain(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == ' ' || c == '\u2028' || c == '\u2029' }), " ")
	for len(s) > most {
		s = s[:len(s)-1]
		s = strings.ToValidUTF8(s, "")
	}
	return strings.ToValidUTF8(s, "")
}

// Package client is the Go client of the native API: typed, with context, and safe to repeat.
//
//	c := client.New("https://pay.example.org", os.Getenv("ZAHLZIEL_KEY"))
//	s, err := c.CreateSession(ctx, client.NewSession{Cart: cart})
//
// Every call that changes something carries an idempotency key, which stays the same while the call is repeated, so an
// answer that got lost does nothing twice. Errors of the server are *Error.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// How often a call is tried and how long the first pause is; each later one is twice as long.
const (
	triesUsual = 5
	pauseFirst = 100 * time.Millisecond
	pauseMax   = 10 * time.Second
	answerMax  = 16 << 20
)

// Client calls the API with one key. It may be used by many goroutines; change no field once it is in use.
type Client struct {
	Base  string       // scheme and host
	Key   string       // zz_test_... or zz_live_...
	HTTP  *http.Client // New sets a time-out of 30 seconds
	Tries int          // 1: never repeat
}

// New returns a client of the server at base.
func New(base, key string) *Client {
	return &Client{Base: strings.TrimRight(base, "/"), Key: key, HTTP: &http.Client{Timeout: 30 * time.Second}, Tries: triesUsual}
}

// Error is what the server says is wrong. Code is stable; Hint says what to do; Field names the member at fault.
type Error struct {
	Status        int    `json:"status"`
	Code          string `json:"code"`
	Hint          string `json:"hint"`
	Field         string `json:"field"`
	CorrelationID string `json:"correlation_id"`
}

// Error names code, field and hint.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s", e.Status, e.Code)
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	return text + ": " + e.Hint
}

// Is lets errors.Is find an error by its code: errors.Is(err, &client.Error{Code: "no_such_order"}).
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

type keyContext struct{}

// WithIdempotencyKey gives the next call a key of your own, for example the number of the order in your database: then
// not only repeats of this call, but also a restart of your program does nothing twice. Use a key for one call only.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyContext{}, key)
}

func keyOf(ctx context.Context) string {
	if key, ok := ctx.Value(keyContext{}).(string); ok {
		return key
	}
	return rand.Text()
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (*T, error) {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return do[T](ctx, c, http.MethodGet, path, nil)
}

func post[T any](ctx context.Context, c *Client, path string, body any) (*T, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return do[T](ctx, c, http.MethodPost, path, text)
}

// do makes a call, and again where that may help: when the line broke, or the server is busy.
func do[T any](ctx context.Context, c *Client, method, path string, body []byte) (*T, error) {
	key := ""
	if method == http.MethodPost {
		key = keyOf(ctx)
	}
	for try := 1; ; try++ {
		out := new(T)
		wait, err := c.once(ctx, method, path, key, body, out)
		if err == nil {
			return out, nil
		}
		if wait < 0 || try >= c.Tries || ctx.Err() != nil {
			return nil, err
		}
		if pause(ctx, max(wait, backoff(try))) != nil {
			return nil, err
		}
	}
}

// once makes one try. wait is how long the server asks to wait, and negative where a repeat is of no use.
func (c *Client) once(ctx context.Context, method, path, key string, body []byte, out any) (wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	r.Header.Set("Authorization", "Bearer "+c.Key)
	r.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return 0, err
	}
	if resp.StatusCode < 300 {
		if err := json.Unmarshal(text, out); err != nil {
			return -1, fmt.Errorf("%s %s: %w", method, path, err)
		}
		return 0, nil
	}
	e := &Error{}
	if json.Unmarshal(text, e) != nil || e.Code == "" {
		e = &Error{Code: "no_problem_document", Hint: "The answer came from something between here and the server"}
	}
	e.Status = resp.StatusCode
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 {
		return -1, e
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 where there is none
	return time.Duration(seconds) * time.Second, e
}

// backoff is how long to wait after a try, with chance in it so that many clients do not come back at once.
func backoff(try int) time.Duration {
	d := min(pauseFirst<<min(try-1, 20), pauseMax)
	return d/2 + mathrand.N(d/2+1)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

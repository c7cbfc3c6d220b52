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
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
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

// request is one call before it is made.
type request struct {
	method   string // empty: GET
	path     string // under /api/v1, with its query
	media    string // of the body; empty: JSON
	body     []byte
	language string // of sentences and papers; empty: the server's usual
	key      string // set while it is made
}

func get[T any](ctx context.Context, c *Client, path string, q url.Values) (*T, error) {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return do[T](ctx, c, request{method: http.MethodGet, path: path})
}

func post[T any](ctx context.Context, c *Client, path string, body any) (*T, error) {
	return send[T](ctx, c, http.MethodPost, path, body)
}

func patch[T any](ctx context.Context, c *Client, path string, body any) (*T, error) {
	return send[T](ctx, c, http.MethodPatch, path, body)
}

func send[T any](ctx context.Context, c *Client, method, path string, body any) (*T, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return do[T](ctx, c, request{method: method, path: path, body: text})
}

// List is one page of a list. NextCursor is empty on the last.
type List[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor"`
}

// paged adds a place in a list and the size of a page to a query.
func paged(q url.Values, cursor string, limit int) url.Values {
	if q == nil {
		q = url.Values{}
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return q
}

// pageMax is the largest page that the server gives.
const pageMax = 100

// all walks a list and ends with the first error.
func all[T any](ctx context.Context, c *Client, path string, q url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			list, err := get[List[T]](ctx, c, path, paged(maps.Clone(q), cursor, pageMax))
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, each := range list.Data {
				if !yield(each, nil) {
					return
				}
			}
			if cursor = list.NextCursor; cursor == "" {
				return
			}
		}
	}
}

// do makes a call that answers JSON.
func do[T any](ctx context.Context, c *Client, r request) (*T, error) {
	out := new(T)
	err := c.repeat(ctx, r, func(body io.Reader) (bool, error) {
		text, err := io.ReadAll(io.LimitReader(body, answerMax))
		if err != nil {
			return true, err // the line broke: asking again tells what was answered
		}
		*out = *new(T)
		if err := json.Unmarshal(text, out); err != nil {
			return false, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// download makes a call that answers a file, and writes it to w. Once a byte was written nothing is repeated.
func (c *Client) download(ctx context.Context, r request, w io.Writer) error {
	r.method = http.MethodGet
	return c.repeat(ctx, r, func(body io.Reader) (bool, error) {
		n, err := io.Copy(w, body)
		return n == 0, err
	})
}

// repeat makes a call, and again where that may help: when the line broke, or the server is busy. read takes the body of a good
// answer, and says after an error whether the call may be made again.
func (c *Client) repeat(ctx context.Context, r request, read func(io.Reader) (again bool, err error)) error {
	if r.method != http.MethodGet {
		r.key = keyOf(ctx)
	}
	for try := 1; ; try++ {
		wait, err := c.once(ctx, r, read)
		if err == nil {
			return nil
		}
		if wait < 0 || try >= c.Tries || ctx.Err() != nil {
			return err
		}
		if pause(ctx, max(wait, backoff(try))) != nil {
			return err
		}
	}
}

// once makes one try. wait is how long the server asks to wait, and negative where a repeat is of no use.
func (c *Client) once(ctx context.Context, call request, read func(io.Reader) (again bool, err error)) (wait time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, call.method, c.Base+"/api/v1"+call.path, bytes.NewReader(call.body))
	if err != nil {
		return -1, err
	}
	r.Header.Set("Authorization", "Bearer "+c.Key)
	if call.language != "" {
		r.Header.Set("Accept-Language", call.language)
	}
	if call.method != http.MethodGet {
		r.Header.Set("Content-Type", cmp.Or(call.media, "application/json"))
		r.Header.Set("Idempotency-Key", call.key)
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode < 300 {
		again, err := read(resp.Body)
		if err != nil && !again {
			return -1, err
		}
		return 0, err
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil {
		return 0, err
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

// Package gatewaytest is a partner on loopback for the tests of gateways.
package gatewaytest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"zahlziel/gateway"
)

// Partner answers every call with the same status and text and keeps what was asked.
type Partner struct {
	*httptest.Server
	Status int
	Answer string
	Delay  time.Duration
	mu     sync.Mutex
	Asked  []Asked
}

// Asked is one call.
type Asked struct {
	Path   string
	Header http.Header
	Raw    []byte
	Body   map[string]any
}

// New starts a partner that answers with 200 and this text.
func New(t testing.TB, answer string) *Partner {
	t.Helper()
	p := &Partner{Status: http.StatusOK, Answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *Partner) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	a := Asked{Path: r.URL.Path, Header: r.Header, Raw: raw}
	_ = json.Unmarshal(raw, &a.Body)
	p.mu.Lock()
	p.Asked = append(p.Asked, a)
	status, answer, delay := p.Status, p.Answer, p.Delay
	p.mu.Unlock()
	time.Sleep(delay)
	if status/100 == 3 {
		w.Header().Set("Location", "https://elsewhere.example.org/")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

// Config is how this partner is reached.
func (p *Partner) Config() gateway.Config {
	return gateway.Config{URL: p.URL + "/v1", Secret: "s3cret", Timeout: 300 * time.Millisecond}
}

// Last is the newest call.
func (p *Partner) Last() Asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.Asked) == 0 {
		return Asked{}
	}
	return p.Asked[len(p.Asked)-1]
}

// Calls counts the calls.
func (p *Partner) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.Asked)
}

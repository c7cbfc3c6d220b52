// Package letter has a print service put papers into envelopes.
package letter

import (
	"context"
	"fmt"
	"sync"

	"zahlziel/gateway"
)

// Service prints and posts. When it returns nil the letter will be sent; the same ID again sends nothing twice.
type Service interface {
	Send(ctx context.Context, l Letter) error
}

// Letter is one letter. The address stands in the paper's window; Lines repeat it for the service's own check.
type Letter struct {
	ID       string
	Lines    []string // name, street, postcode and city
	Country  string   // ISO 3166-1 alpha-2
	Language string   // de, en
	PDF      []byte   // A4
}

// HTTP uses a print service by POST {url}/letters; see docs/sources.md.
type HTTP struct{ client *gateway.Client }

// NewHTTP returns the adapter.
func NewHTTP(c gateway.Config) (*HTTP, error) {
	client, err := gateway.NewClient(c)
	return &HTTP{client}, err
}

// Send hands a letter over.
func (h *HTTP) Send(ctx context.Context, l Letter) error {
	var a struct {
		Accepted bool `json:"accepted"`
	}
	in := map[string]any{"id": l.ID, "address": l.Lines, "country": l.Country, "language": l.Language, "pdf": l.PDF}
	if err := h.client.Call(ctx, "/letters", l.ID, in, &a); err != nil {
		return err
	}
	if !a.Accepted {
		return fmt.Errorf("%w: not accepted", gateway.ErrRefused)
	}
	return nil
}

// Fake keeps the newest letters instead of posting them. Its zero value is ready.
type Fake struct {
	mu      sync.Mutex
	letters []Letter
}

// fakeKeeps is how many letters the fake remembers.
const fakeKeeps = 100

// Send keeps a letter, once for each ID.
func (f *Fake) Send(ctx context.Context, l Letter) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, old := range f.letters {
		if old.ID == l.ID {
			return ctx.Err()
		}
	}
	f.letters = append(f.letters, l)
	if n := len(f.letters) - fakeKeeps; n > 0 {
		f.letters = f.letters[n:]
	}
	return ctx.Err()
}

// Letters are the kept letters, oldest first.
func (f *Fake) Letters() []Letter {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Letter(nil), f.letters...)
}

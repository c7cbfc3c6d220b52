package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"zahlziel/pay"
)

// codeLimit bounds how many codes one session may send: three at once, then one a minute.
type codeLimit struct {
	mu    sync.Mutex
	known map[pay.SessionID]*rate.Limiter
}

// codeLimitMax bounds memory; a full table starts anew.
const codeLimitMax = 100_000

func newCodeLimit() *codeLimit { return &codeLimit{known: map[pay.SessionID]*rate.Limiter{}} }

func (c *codeLimit) allow(id pay.SessionID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.known[id]
	if l == nil {
		if len(c.known) >= codeLimitMax {
			clear(c.known)
		}
		l = rate.NewLimiter(rate.Every(time.Minute), 3)
		c.known[id] = l
	}
	return l.Allow()
}

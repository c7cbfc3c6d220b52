package shopapi

import (
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"zahlziel/app"
)

// basicAuth reads the user and secret of an Authorization header. It takes what old clients
// send and the standard library refuses: several blanks after the scheme, missing padding.
func basicAuth(header string) (user, secret string, ok bool) {
	scheme, encoded, found := strings.Cut(strings.TrimSpace(header), " ")
	if !found || !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	encoded = strings.TrimRight(strings.TrimSpace(encoded), "=")
	decoded, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	user, secret, ok = strings.Cut(string(decoded), ":")
	return user, secret, ok && user != ""
}

// How often one API user may fail from one address: a shop that was set up wrongly is told so many
// times, then once a second. Secrets are too long to be guessed; this keeps floods short.
const (
	failEvery   = time.Second
	failBurst   = 100
	failKeysMax = 20_000
)

// failures counts failed logins by user and address. A right secret never asks it.
type failures struct {
	mu   sync.Mutex
	seen map[string]*rate.Limiter
}

// add notes a failed login and returns how it is answered. A full table starts anew, so that a flood
// of names does not fill the memory.
func (f *failures) add(r *http.Request, user string, now time.Time) *wireError {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	key := app.HashRequest(user, address) // of one length, whatever was sent
	f.mu.Lock()
	defer f.mu.Unlock()
	bucket := f.seen[key]
	if bucket == nil {
		if len(f.seen) >= failKeysMax {
			clear(f.seen)
		}
		bucket = rate.NewLimiter(rate.Every(failEvery), failBurst)
		f.seen[key] = bucket
	}
	if !bucket.AllowN(now, 1) {
		return errTooMany
	}
	return errUnauthorized
}

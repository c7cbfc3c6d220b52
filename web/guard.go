package web

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// bodyBytesMax bounds a request body; the largest form without files is a few kilobytes. uploadBytesMax bounds one with files.
const (
	bodyBytesMax   = 1 << 20
	uploadBytesMax = 8 << 20
)

// newCorrelationID returns 12 hex digits: short enough to read out on the phone.
func newCorrelationID() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// securityHeaders sends the policy that markup without inline style and script makes possible.
func (s *Site) securityHeaders(next http.Handler) http.Handler {
	formTo := strings.Join(append([]string{"'self'"}, s.cfg.FormTo...), " ")
	csp := "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action " + formTo
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if s.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// recoverPanics turns a panic into the page for internal errors and logs it under the correlation id.
func (s *Site) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			Fail(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}()
		next.ServeHTTP(w, r)
	})
}

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		most := int64(bodyBytesMax)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			most = uploadBytesMax
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// sameOriginOnly refuses forms that another site sent in the visitor's name.
func (s *Site) sameOriginOnly(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(Handler(func(http.ResponseWriter, *http.Request) error {
		return Status(http.StatusForbidden)
	}))
	return guard.Handler(next)
}

// SetCookie sets a cookie that no script can read and other sites cannot send along with a form.
// keep 0 lasts until the browser closes; keep below 0 deletes it.
func SetCookie(w http.ResponseWriter, r *http.Request, name, value, path string, keep time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: int(keep / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: envOf(r.Context()).secure,
	})
}

// AllowFraming lets pages of these origins, and of no others, show the answer in a frame.
func AllowFraming(w http.ResponseWriter, origins []string) {
	if len(origins) == 0 {
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors "+strings.Join(origins, " "), 1))
	h.Del("X-Frame-Options") // it knows no list of origins; the policy above replaces it
}

// SetFrameCookie is SetCookie for a page that stands in a frame of another site. Behind https the browser keeps it apart for
// each such site (CHIPS), so it follows nobody from shop to shop; a browser that keeps none asks for a code each time.
func SetFrameCookie(w http.ResponseWriter, r *http.Request, name, value, path string, keep time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: path, MaxAge: int(keep / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if envOf(r.Context()).secure {
		c.SameSite, c.Secure, c.Partitioned = http.SameSiteNoneMode, true, true
	}
	http.SetCookie(w, c)
}

// DropCookie deletes a cookie set with SetCookie under the same path.
func DropCookie(w http.ResponseWriter, r *http.Request, name, path string) {
	SetCookie(w, r, name, "", path, -time.Second)
}

// CookieValue returns the value of a cookie, or "".
func CookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// ClientIP is the address a request came from, behind the configured number of proxies.
// IPv6 is cut to its /64, which is what one household owns.
func (s *Site) ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if s.cfg.ProxyHops > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if i := len(hops) - s.cfg.ProxyHops; i >= 0 {
			host = strings.TrimSpace(hops[i])
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap(); ip.Is6() {
		p, _ := ip.Prefix(64)
		return p.Addr().String()
	}
	return ip.String()
}

// limiterKeysMax bounds the memory of a limiter; when it is reached, idle keys are dropped first.
const limiterKeysMax = 20_000

// Limiter allows each key burst requests at once and one more every interval.
type Limiter struct {
	every time.Duration
	burst int
	mu    sync.Mutex
	seen  map[string]*rate.Limiter
}

// NewLimiter returns a limiter: NewLimiter(time.Minute, 5) lets five through, then one a minute.
func NewLimiter(every time.Duration, burst int) *Limiter {
	return &Limiter{every: every, burst: burst, seen: map[string]*rate.Limiter{}}
}

// Allow takes one request of the key at the instant now, or reports that there is none left.
func (l *Limiter) Allow(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.seen[key]
	if bucket == nil {
		if len(l.seen) >= limiterKeysMax {
			l.forget(now)
		}
		bucket = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.seen[key] = bucket
	}
	return bucket.AllowN(now, 1)
}

// forget drops the keys whose allowance is full again; if all are busy it drops everything,
// because a flood of addresses must not fill the memory.
func (l *Limiter) forget(now time.Time) {
	for k, b := range l.seen {
		if b.TokensAt(now) >= float64(l.burst) {
			delete(l.seen, k)
		}
	}
	if len(l.seen) >= limiterKeysMax {
		clear(l.seen)
	}
}

// Limit lets POST requests through within the allowance of the client address and the name,
// so that two forms never use up each other's allowance. What is too much gets a friendly 429.
func (s *Site) Limit(l *Limiter, name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !l.Allow(name+" "+s.ClientIP(r), s.cfg.Now()) {
			w.Header().Set("Retry-After", fmt.Sprint(int(l.every/time.Second)+1))
			Fail(w, r, Status(http.StatusTooManyRequests))
			return
		}
		next.ServeHTTP(w, r)
	})
}

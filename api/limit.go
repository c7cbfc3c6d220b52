package api

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"zahlziel/pay"
)

// limits bound what may fail, and how many mails a caller may cause. At the checkout what succeeds is never counted.
type limits struct {
	sessionCodes   *limiter // codes mailed for one session
	addressCodes   *limiter // codes mailed for one client address
	sessionProofs  *limiter // confirmations of one session that did not prove who the buyer is
	addressGuesses *limiter // wrong codes, tokens and secrets from one client address
	mePlans        *limiter // ways back that one consumer has computed or accepts: they cost us work, so every one counts
	meReads        *limiter // other calls of one consumer; every one counts
	shopChecks     *limiter // pre-checks of one shop; every one counts
	shopCalls      *limiter // other calls of one shop; every one counts
}

// An address may be that of a whole company, so it gets more than a session.
func newLimits() limits {
	return limits{
		sessionCodes:   newLimiter("codes", time.Minute, 3),
		addressCodes:   newLimiter("", 10*time.Second, 60),
		sessionProofs:  newLimiter("proofs", 10*time.Second, 20),
		addressGuesses: newLimiter("", time.Second, 100),
		mePlans:        newLimiter("plans", 2*time.Minute, 30), // 30 an hour
		meReads:        newLimiter("me", time.Second, 60),
		shopChecks:     newLimiter("checks", 10*time.Millisecond, 500),
		shopCalls:      newLimiter("shop", 2*time.Millisecond, 2000),
	}
}

// ofShop is the limiter of a shop's call. Pre-checks have their own: shops make one for each visitor.
func (l limits) ofShop(scope string) *limiter {
	if scope == pay.ScopeDecisionsRead {
		return l.shopChecks
	}
	return l.shopCalls
}

// budget is what one key has left at one limiter; an allowance has several that all must have something left.
type budget struct {
	limiter *limiter
	key     string
}

type allowance []budget

// wait is how long until everything has something left; 0 means now.
func (a allowance) wait(now time.Time) (longest time.Duration) {
	for _, b := range a {
		longest = max(longest, b.limiter.wait(b.key, now))
	}
	return longest
}

func (a allowance) take(now time.Time) {
	for _, b := range a {
		b.limiter.take(b.key, now)
	}
}

// tell says in the headers of an answer what the caller has left of the first budget, which is the caller's own.
func (a allowance) tell(w http.ResponseWriter, now time.Time) { a[0].limiter.tell(w, a[0].key, now) }

// spend takes from an allowance and tells what is left.
func (h handlers) spend(w http.ResponseWriter, a allowance) {
	a.take(h.now())
	a.tell(w, h.now())
}

// tooMany answers 429 where nothing is left.
func (h handlers) tooMany(w http.ResponseWriter, a allowance) bool {
	wait := a.wait(h.now())
	if wait == 0 {
		return false
	}
	a.tell(w, h.now())
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	writeProblem(w, errTooMany)
	return true
}

// now is the program's clock for the limiters.
func (h handlers) now() time.Time { return time.UnixMicro(h.app.Clock.Now()) }

// limiter gives each key a bucket of tokens; a key that nobody used yet has a full one and no memory.
type limiter struct {
	name  string // as callers are told; empty: they are not
	every time.Duration
	burst int
	mu    sync.Mutex
	used  map[string]*rate.Limiter
}

// limiterKeysMax bounds the memory of a limiter.
const limiterKeysMax = 20_000

func newLimiter(name string, every time.Duration, burst int) *limiter {
	return &limiter{name: name, every: every, burst: burst, used: map[string]*rate.Limiter{}}
}

// wait is how long until the key has a whole token.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.used[key]
	if bucket == nil {
		return 0
	}
	missing := 1 - bucket.TokensAt(now)
	return max(0, time.Duration(missing*float64(l.every)))
}

// left is how many whole tokens a key has, and in how many seconds its bucket is full again.
func (l *limiter) left(key string, now time.Time) (tokens int, full int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.used[key]
	if bucket == nil {
		return l.burst, 0
	}
	have := max(0, bucket.TokensAt(now))
	missing := time.Duration((float64(l.burst) - have) * float64(l.every))
	return int(have), int((missing + time.Second - 1) / time.Second)
}

// tell says in the headers of an answer what a key has left at a limiter (RateLimit fields of the HTTP API working group).
func (l *limiter) tell(w http.ResponseWriter, key string, now time.Time) {
	if l.name == "" {
		return
	}
	tokens, full := l.left(key, now)
	window := int(time.Duration(l.burst) * l.every / time.Second)
	w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, l.name, l.burst, window))
	w.Header().Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, l.name, tokens, full))
}

// take uses up a token of the key; calls that ran at once may find the bucket empty and leave it so.
func (l *limiter) take(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.used[key]
	if bucket == nil {
		if len(l.used) >= limiterKeysMax {
			l.forget(now)
		}
		bucket = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.used[key] = bucket
	}
	bucket.AllowN(now, 1)
}

// forget drops the keys whose bucket is full again; if all are in use it drops everything,
// because a flood of keys must not fill the memory.
func (l *limiter) forget(now time.Time) {
	for key, bucket := range l.used {
		if bucket.TokensAt(now) >= float64(l.burst) {
			delete(l.used, key)
		}
	}
	if len(l.used) >= limiterKeysMax {
		clear(l.used)
	}
}

// Package app is what the program can do: one method per use case, one unit of work each.
//
// Doors decode and authenticate, call a method here and encode its answer. Every method checks its actor.
// Errors are *pay.Error; anything else is internal and its text belongs in the log only.
package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"

	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// App holds what the use cases work with.
type App struct {
	DB       *store.DB
	Vault    *vault.Vault
	Clock    *Clock
	BaseURL  string // absolute, without a slash at the end
	Demo     bool   // a demo or test installation: future days and loopback callbacks are allowed
	Log      *slog.Logger
	Sources  Sources             // outside sources; set them before the first use
	TellPage map[string]TellPage // by pay.PageSettings.Form
	policies *policyBook
	mu       sync.RWMutex
	shops    map[pay.MerchantID]pay.Merchant
	users    map[string]pay.Credential
	operator pay.Operator
	ends     map[pay.MerchantID]pay.Endpoint // where merchants want events
	silent   map[pay.MerchantID]pay.Micros   // until when an endpoint that gave no answer is left alone
	lists    Lists
	fraud    fraudState
	tokenKey []byte // signs client tokens
	carts    *recent[[32]byte, *checkout]
	keys     *recent[string, seenKey] // API keys that were read lately, by their keyed hash
	wake     chan struct{}
	preview  chan struct{} // one preview of staff at a time: it uses every processor

	testSources Sources
	screening   screening
}

// TellPage prints the news of a hosted page as its shop reads them; event is the same for each try. The door that opened the
// page sets it before the first use.
type TellPage func(event string, v *PageView) []byte

// New opens the application over a migrated database.
func New(ctx context.Context, db *store.DB, v *vault.Vault, clock *Clock, baseURL string) (*App, error) {
	a := &App{DB: db, Vault: v, Clock: clock, BaseURL: baseURL, Log: slog.Default(), tokenKey: v.Secret("client_token"), silent: map[pay.MerchantID]pay.Micros{}, TellPage: map[string]TellPage{},
		carts: newRecent[[32]byte, *checkout](recentCarts), keys: newRecent[string, seenKey](recentCarts), wake: make(chan struct{}, 1), preview: make(chan struct{}, 1), testSources: TestSources()}
	var err error
	if a.fraud.rules, err = fraud.Builtin(); err != nil {
		return nil, err
	}
	if err := a.clockFrom(ctx); err != nil {
		return nil, err
	}
	if err := a.Reload(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// Reload reads the reference tables again after they changed.
func (a *App) Reload(ctx context.Context) error {
	shops, err := a.DB.Merchants(ctx)
	if err != nil {
		return err
	}
	ops, err := a.DB.Operators(ctx)
	if err != nil {
		return err
	}
	ends, err := a.DB.Endpoints(ctx)
	if err != nil {
		return err
	}
	lists, err := a.readLists(ctx)
	if err != nil {
		return err
	}
	if err := a.reloadFraud(ctx); err != nil {
		return err
	}
	policies, err := a.readPolicies(ctx)
	if err != nil {
		return err
	}
	screening, err := a.readScreening(ctx, lists)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lists, a.policies, a.screening = lists, policies, screening
	a.shops, a.users = map[pay.MerchantID]pay.Merchant{}, map[string]pay.Credential{}
	for _, m := range shops {
		a.shops[m.ID] = m
	}
	a.ends = make(map[pay.MerchantID]pay.Endpoint, len(ends))
	for _, e := range ends {
		a.ends[e.MerchantID] = e
	}
	if len(ops) > 0 {
		a.operator = ops[0]
	}
	return nil
}

// Operator is the legal entity that runs this installation.
func (a *App) Operator() pay.Operator {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.operator
}

// merchant returns a merchant by id, or nil.
func (a *App) merchant(id pay.MerchantID) *pay.Merchant {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if m, ok := a.shops[id]; ok {
		return &m
	}
	return nil
}

// Key is a caller's idempotency key with the fingerprint of its request; the zero Key means none was given.
type Key struct {
	Value string // as the caller sent it
	Hash  string // of method, path and body
}

// HashRequest fingerprints a request for Key.
func HashRequest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// do runs a unit of work that answers a T. With a key the answer is stored and given again to the same request.
// f may run more than once; only the last run counts. Who may only read gets no further than here.
func do[T any](ctx context.Context, a *App, who Actor, use string, key Key, u store.Unit, f func(*store.Tx) (T, error)) (T, error) {
	var answer T
	if who.readsOnly() {
		return answer, errForbidden
	}
	u.Do = func(tx *store.Tx) (err error) {
		answer, err = f(tx)
		return err
	}
	if key.Value != "" {
		u.Op = &store.Op{
			ID:     HashRequest(who.String(), use, key.Value),
			Hash:   key.Hash,
			Answer: func() []byte { return mustJSON(answer) },
			Replay: func(b []byte) error { return json.Unmarshal(b, &answer) },
		}
	}
	err := a.DB.Do(ctx, &u)
	return answer, err
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own plain structs
	}
	return b
}

// bucketOf is the bucket of an id that carries its cell.
func bucketOf[T ~string](id T) int { return pay.BucketOf(max(pay.CellOf(string(id)), 0)) }

// Wake tells the worker that there is something to do.
func (a *App) Wake() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

package pay

import "slices"

// APIKey lets a program of a merchant call the native API. Its text has high entropy, so a keyed hash of it is enough.
type APIKey struct {
	ID         KeyID
	MAC        string // HMAC-SHA256 of the text, base64
	MerchantID MerchantID
	Mode       string // the merchant's when it was made; it works in no other
	Name       string // what the merchant calls it
	Scopes     []string
	CreatedAt  Micros
	EndsAt     Micros // 0: it has no end yet
}

// KeyID names an API key; it is no secret.
type KeyID string

// PrefixKey begins the id of an API key.
const PrefixKey = "key"

// What an API key may allow.
const (
	ScopeSessionsRead  = "sessions:read"
	ScopeSessionsWrite = "sessions:write"
	ScopeOrdersRead    = "orders:read"
	ScopeOrdersWrite   = "orders:write"
	ScopeTokensRead    = "tokens:read"
	ScopeTokensWrite   = "tokens:write" // permissions for recurring orders, and such orders
	ScopeDisputesRead  = "disputes:read"
	ScopeDisputesWrite = "disputes:write"
	ScopePayoutsRead   = "payouts:read"
	ScopeDecisionsRead = "decisions:read"
	ScopeEventsRead    = "events:read"
	ScopeEventsWrite   = "events:write" // the address of events, its secret, calls made again
)

// Scopes are all that there are, in the order to show.
var Scopes = []string{ScopeSessionsRead, ScopeSessionsWrite, ScopeOrdersRead, ScopeOrdersWrite, ScopeTokensRead, ScopeTokensWrite, ScopeDisputesRead, ScopeDisputesWrite,
	ScopePayoutsRead, ScopeDecisionsRead, ScopeEventsRead, ScopeEventsWrite}

// Allows reports whether the key has a scope.
func (k *APIKey) Allows(scope string) bool { return slices.Contains(k.Scopes, scope) }

// Live reports whether the key works at an instant.
func (k *APIKey) Live(at Micros) bool { return k.EndsAt == 0 || at < k.EndsAt }

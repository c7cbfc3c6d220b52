package app

import (
	"context"
	"slices"
	"strings"

	"zahlziel/pay"
	"zahlziel/vault"
)

// keyStart begins every API key, with the mode behind it: zz_test_..., zz_live_....
const keyStart = "zz_"

// KeyLike reports whether a text looks like an API key, right or wrong.
func KeyLike(text string) bool { return strings.HasPrefix(text, keyStart) }

// keyMicros is how long a key that was read is believed: so long does an ended one go on in other processes.
const keyMicros pay.Micros = 5e6

// seenKey is a key with the instant when it was read.
type seenKey struct {
	key pay.APIKey
	at  pay.Micros
}

// apiKeysMax is how many API keys of a merchant are live at once; keyNameMax bounds what one is called, in bytes.
const (
	apiKeysMax = 20
	keyNameMax = 100
)

// mayKey reports whether an actor may make and end what a merchant's programs sign in with.
func mayKey(who Actor, m pay.MerchantID) bool { return who.leads(m) || who.Can(DeedOnboard) }

// CreateKey makes an API key of a merchant and returns its text, which is shown only once.
func (a *App) CreateKey(ctx context.Context, who Actor, merchant pay.MerchantID, name string, scopes []string) (*pay.APIKey, string, error) {
	if !mayKey(who, merchant) {
		return nil, "", errForbidden
	}
	if len(name) > keyNameMax {
		return nil, "", pay.Errorf(pay.Invalid, "bad_name", "name", "Give the key a name of at most %d bytes", keyNameMax)
	}
	m := a.merchant(merchant)
	if m == nil {
		return nil, "", pay.Errorf(pay.Missing, "no_such_merchant", "merchant", "There is no such shop")
	}
	for _, s := range scopes {
		if !slices.Contains(pay.Scopes, s) {
			return nil, "", pay.Errorf(pay.Invalid, "bad_scope", "scopes", "Choose scopes from %s", strings.Join(pay.Scopes, ", "))
		}
	}
	if len(scopes) == 0 {
		return nil, "", pay.Errorf(pay.Invalid, "bad_scope", "scopes", "A key needs a scope; choose from %s", strings.Join(pay.Scopes, ", "))
	}
	all, err := a.DB.KeysOf(ctx, merchant)
	if err != nil {
		return nil, "", err
	}
	if all = slices.DeleteFunc(all, func(k pay.APIKey) bool { return !k.Live(a.Clock.Now()) }); len(all) >= apiKeysMax {
		return nil, "", pay.Errorf(pay.Refused, "too_many_keys", "", "%d API keys are live; end one first", apiKeysMax)
	}
	text := keyStart + m.Mode + "_" + vault.Token()
	k := pay.APIKey{ID: pay.KeyID(a.newID(pay.PrefixKey)), MAC: a.Vault.MAC("api_key", text), MerchantID: m.ID, Mode: m.Mode, Name: name, Scopes: scopes, CreatedAt: a.Clock.Now()}
	if err := a.DB.PutKey(ctx, k); err != nil {
		return nil, "", err
	}
	return &k, text, a.audit(ctx, who, "api_key_add", bucketOf(merchant), string(merchant), string(k.ID)+" "+strings.Join(scopes, " "))
}

// KeyOverlap is how long a key goes on after another one was made in its place.
const KeyOverlap pay.Micros = 24 * 3600 * 1e6

// ExchangeKey makes a key with the name and scopes of another one, which goes on for KeyOverlap: programs change over
// meanwhile. The new text is shown only once.
func (a *App) ExchangeKey(ctx context.Context, who Actor, id pay.KeyID) (*pay.APIKey, string, error) {
	old, err := a.keyOf(ctx, who, id)
	if err != nil {
		return nil, "", err
	}
	if !old.Live(a.Clock.Now()) {
		return nil, "", pay.Errorf(pay.Conflict, "key_ended", "id", "This key has ended; make a new one")
	}
	k, text, err := a.CreateKey(ctx, who, old.MerchantID, old.Name, old.Scopes)
	if err != nil {
		return nil, "", err
	}
	_, err = a.EndAPIKey(ctx, who, id, KeyOverlap)
	return k, text, err
}

// keyOf is a key that the actor may change; those of other merchants do not exist for it.
func (a *App) keyOf(ctx context.Context, who Actor, id pay.KeyID) (*pay.APIKey, error) {
	if !who.System && who.User == "" && !who.Can(DeedOnboard) || who.readsOnly() {
		return nil, errForbidden
	}
	k, err := a.DB.Key(ctx, id)
	if err != nil {
		return nil, err
	}
	if k == nil || !mayKey(who, k.MerchantID) {
		return nil, pay.Errorf(pay.Missing, "no_such_key", "id", "There is no API key with this id")
	}
	return k, nil
}

// EndAPIKey lets an API key end after a while, which may be 0. A key that ends earlier stays so.
func (a *App) EndAPIKey(ctx context.Context, who Actor, id pay.KeyID, after pay.Micros) (*pay.APIKey, error) {
	k, err := a.keyOf(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if end := a.Clock.Now() + max(after, 0); k.EndsAt == 0 || end < k.EndsAt {
		k.EndsAt = end
	}
	a.keys.put(k.MAC, seenKey{})
	if err := a.DB.PutKey(ctx, *k); err != nil {
		return nil, err
	}
	return k, a.audit(ctx, who, "api_key_end", bucketOf(k.MerchantID), string(k.MerchantID), string(k.ID))
}

// KeyActor returns the merchant that an API key speaks for, and the key; nil for a wrong or ended one, and for a key of
// another mode than the merchant's.
func (a *App) KeyActor(ctx context.Context, text string) (*Actor, *pay.APIKey, error) {
	if !KeyLike(text) {
		return nil, nil, nil
	}
	mac, now := a.Vault.MAC("api_key", text), a.Clock.Now()
	seen, ok := a.keys.get(mac)
	if !ok || now-seen.at >= keyMicros || now < seen.at {
		found, err := a.DB.KeyOfMAC(ctx, mac)
		if err != nil || found == nil {
			return nil, nil, err
		}
		seen = seenKey{*found, now}
		a.keys.put(mac, seen)
	}
	m := a.merchant(seen.key.MerchantID)
	if m == nil || m.Mode != seen.key.Mode || !seen.key.Live(now) {
		return nil, nil, nil
	}
	return &Actor{Merchant: m.ID}, &seen.key, nil
}

// MerchantOrders lists a merchant's own orders before an id, newest first.
func (a *App) MerchantOrders(ctx context.Context, who Actor, before pay.OrderID, limit int) ([]*pay.Order, error) {
	if who.Merchant == "" {
		return nil, errForbidden
	}
	all, err := a.DB.OrdersOfMerchant(ctx, who.Merchant, before, limit)
	for _, o := range all {
		o.Lapse(a.Clock.Now())
	}
	return all, err
}

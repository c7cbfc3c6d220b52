package app

import (
	"context"
	"errors"
	"strings"
	"sync"

	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// proof is who the buyer is and how that was proved.
type proof struct {
	consumer pay.ConsumerID
	way      document.Consent // document.ByEmailCode or document.ByDevice
	since    pay.Micros       // when a device's token was made; 0 with a code
	test     bool             // by the code that only shops in test mode accept
}

// prove finds out which consumer the buyer is: by a device that proved it before, or by the code sent to the address.
func (a *App) prove(ctx context.Context, v *SessionView, r AuthorizeRequest) (who proof, stepUp string, err error) {
	if r.DeviceToken != "" {
		id, since, err := a.deviceBuyer(ctx, v, r.DeviceToken)
		if err != nil || id != "" {
			return proof{consumer: id, way: document.ByDevice, since: since}, "", err
		}
	}
	if r.EmailCode == "" || v.Email == "" {
		return who, "email_code", nil
	}
	test, err := a.useCode(ctx, v, strings.TrimSpace(r.EmailCode))
	if err == errWrongCode {
		return who, "email_code", nil
	} else if err != nil {
		return who, "", err
	}
	id, err := a.claim(ctx, v.Email)
	return proof{consumer: id, way: document.ByEmailCode, test: test}, "", err
}

// deviceBuyer is the consumer of a device and since when it is known, if the session is about that consumer's address or
// about none: on a shared computer nobody buys in the name of the one before.
func (a *App) deviceBuyer(ctx context.Context, v *SessionView, token string) (pay.ConsumerID, pay.Micros, error) {
	if m := a.merchant(v.Session.MerchantID); strings.Contains(token, testDevice) && (m == nil || m.Mode != pay.ModeTest) {
		return "", 0, nil // nobody's address was proved by the code of the tests
	}
	if v.Email == "" {
		return a.deviceOwner(ctx, token)
	}
	// Two rows, one wait: reads of one instant share a query.
	var found *pay.Claim
	var claimErr error
	var claimed sync.WaitGroup
	claimed.Go(func() { found, claimErr = a.claimOf(ctx, v.Email) })
	id, since, err := a.deviceOwner(ctx, token)
	claimed.Wait()
	if err := errors.Join(err, claimErr); err != nil || id == "" || found == nil {
		return "", 0, err
	}
	if found.ConsumerID == id {
		return id, since, nil
	}
	owner, err := a.survivor(ctx, found.ConsumerID)
	if err != nil {
		return "", 0, err
	}
	if id, err = a.survivor(ctx, id); err != nil || id != owner {
		return "", 0, err
	}
	return id, since, nil
}

// deviceOwner returns the consumer of a device token and when it was made, or nothing when it is unknown or too old.
func (a *App) deviceOwner(ctx context.Context, token string) (pay.ConsumerID, pay.Micros, error) {
	id, ok := tokenConsumer(token)
	if !ok {
		return "", 0, nil
	}
	d, err := store.Load(ctx, a.DB, store.Devices, bucketOf(id), a.Vault.Index("device", token))
	if err != nil || d == nil || d.ExpiresAt <= a.Clock.Now() || d.ConsumerID != id {
		return "", 0, err
	}
	return id, d.CreatedAt, nil
}

// A device token is its consumer's bare id and a secret, so that it finds its row without a look-up elsewhere.
func tokenConsumer(token string) (pay.ConsumerID, bool) {
	bare, _, ok := strings.Cut(token, ".")
	if !ok {
		return "", false
	}
	return pay.ParseID[pay.ConsumerID](pay.PrefixConsumer, bare)
}

// deviceMicros is how long a device is remembered: 180 days.
const deviceMicros pay.Micros = 180 * 24 * 3600 * 1e6

// testDevice marks a token that shops in test mode alone accept.
const testDevice = ".test."

// device makes a token that proves this consumer from now on; test says that only the code of the tests proved it so far.
func (a *App) device(tx *store.Tx, id pay.ConsumerID, test bool) string {
	mark := "."
	if test {
		mark = testDevice
	}
	token := pay.Bare(id) + mark + vault.Token()
	store.Save(tx, store.Devices, &pay.Device{Bucket: tx.Bucket, Digest: a.Vault.Index("device", token), ConsumerID: id, CreatedAt: tx.At, ExpiresAt: tx.At + deviceMicros})
	return token
}

package app

import (
	"context"

	"zahlziel/pay"
	"zahlziel/vault"
)

// Authenticate checks a merchant's API user and secret. It answers nil for wrong ones.
// The secret has high entropy, so a keyed hash of it is compared; nothing slow runs per request.
func (a *App) Authenticate(ctx context.Context, username, secret string) (*Actor, error) {
	a.mu.RLock()
	c, ok := a.users[username]
	a.mu.RUnlock()
	if !ok {
		found, err := a.DB.Credential(ctx, username)
		if err != nil {
			return nil, err
		}
		if found == nil {
			a.Vault.SameMAC("secret", secret, "") // the same work for unknown users
			return nil, nil
		}
		c = *found
		a.mu.Lock()
		a.users[username] = c
		a.mu.Unlock()
	}
	if !a.Vault.SameMAC("secret", secret, c.SecretMAC) || !c.Active {
		return nil, nil
	}
	return &Actor{Merchant: c.MerchantID}, nil
}

// Merchant returns the actor's own merchant.
func (a *App) Merchant(who Actor) (*pay.Merchant, error) {
	m := a.merchant(who.Merchant)
	if m == nil {
		return nil, errForbidden
	}
	return m, nil
}

// MerchantName is the name of a shop, for pages and papers.
func (a *App) MerchantName(id pay.MerchantID) string {
	if m := a.merchant(id); m != nil {
		return m.Name
	}
	return ""
}

// CreateMerchant stores a merchant with one API user and returns that user's secret, which is shown only once.
func (a *App) CreateMerchant(ctx context.Context, who Actor, m pay.Merchant, username string) (pay.Merchant, string, error) {
	if !who.System && !who.may(pay.RoleAdmin) {
		return m, "", errForbidden
	}
	return a.createMerchant(ctx, m, username)
}

func (a *App) createMerchant(ctx context.Context, m pay.Merchant, username string) (pay.Merchant, string, error) {
	if m.ID == "" {
		m.ID = pay.MerchantID(a.newID(pay.PrefixMerchant))
	}
	m.CreatedAt = a.Clock.Now()
	secret := vault.Token()
	if err := a.DB.PutMerchant(ctx, m); err != nil {
		return m, "", err
	}
	if err := a.putKey(ctx, m.ID, username, secret); err != nil {
		return m, "", err
	}
	return m, secret, a.Reload(ctx)
}

// active returns the merchant if it may sell.
func (a *App) active(id pay.MerchantID) (*pay.Merchant, error) {
	m := a.merchant(id)
	switch {
	case m == nil:
		return nil, errForbidden
	case m.Status == pay.MerchantClosed:
		return nil, pay.Errorf(pay.Forbidden, "merchant_inactive", "", "This merchant is closed and sells nothing more; ask the operator if that is a mistake")
	case m.Held:
		return nil, pay.Errorf(pay.Forbidden, "merchant_inactive", "", "Sales of this merchant are stopped while the operator checks something; ask the operator")
	case m.Status != pay.MerchantActive:
		return nil, pay.Errorf(pay.Forbidden, "merchant_inactive", "", "This merchant is not active yet; ask the operator to complete the activation")
	}
	return m, nil
}

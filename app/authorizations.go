package app

import (
	"context"
	"errors"

	"zahlziel/pay"
	"zahlziel/store"
)

// ReadAuthorization returns an authorization to the merchant it was given to, however it ended.
func (a *App) ReadAuthorization(ctx context.Context, who Actor, token pay.AuthorizationID) (*pay.Authorization, error) {
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, token)
	if err != nil {
		return nil, err
	}
	if auth == nil || !who.owns(auth.MerchantID) {
		return nil, errNoToken
	}
	if (auth.Status == pay.AuthorizationLive || auth.Status == pay.AuthorizationAwaiting) && auth.ExpiresAt <= a.Clock.Now() {
		auth.Status = pay.AuthorizationExpired // the day run has not come by yet
	}
	return auth, nil
}

// ReleaseAuthorization gives up an authorization that was not used.
func (a *App) ReleaseAuthorization(ctx context.Context, who Actor, key Key, token pay.AuthorizationID) error {
	auth, err := a.ReadAuthorization(ctx, who, token)
	if err != nil {
		return err
	}
	return a.release(ctx, who, key, auth)
}

func (a *App) release(ctx context.Context, who Actor, key Key, auth *pay.Authorization) error {
	b := bucketOf(auth.ID)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Authorizations.At(b, string(auth.ID)), store.Consumers.At(b, string(auth.ConsumerID))}}
	_, err := do(ctx, a, who, "release", key, u, func(tx *store.Tx) (struct{}, error) {
		return struct{}{}, a.endAuthorization(tx, auth.ID, pay.AuthorizationReleased)
	})
	return err
}

// endAuthorization frees a live authorization's reservation; one that ended already is left as it is.
func (a *App) endAuthorization(tx *store.Tx, token pay.AuthorizationID, state string) error {
	auth, err := store.Get(tx, store.Authorizations, string(token))
	if err != nil {
		return err
	}
	if auth == nil || auth.Status == pay.AuthorizationUsed {
		return errNoToken
	}
	if auth.Status != pay.AuthorizationLive && auth.Status != pay.AuthorizationAwaiting {
		return nil
	}
	p, err := a.person(tx, auth.ConsumerID)
	if err != nil {
		return err
	}
	if err := a.dropAuthorization(tx, p, auth, state); err != nil {
		return err
	}
	return p.save(tx)
}

// dropAuthorization ends an open authorization of a person whom the caller saves. What was paid on a prepayment demand
// stays the person's credit; nobody has to pay the rest any more.
func (a *App) dropAuthorization(tx *store.Tx, p *person, auth *pay.Authorization, state string) error {
	auth.Status = state
	store.Save(tx, store.Authorizations, auth)
	p.unhold(string(auth.ID))
	p.freePromise(auth.ID)
	if auth.InvoiceID == "" {
		return nil
	}
	inv, err := store.Get(tx, store.Invoices, string(auth.InvoiceID))
	if err != nil || inv.Open == 0 {
		return err
	}
	inv.Refunded += inv.Open
	inv.Open = 0
	store.Save(tx, store.Invoices, inv)
	return nil
}

// EndSession ends a purchase that nothing was ordered from: the buyer can confirm it no more, its hosted pages are cancelled, and
// what was authorised in it is released. Ending it again changes nothing.
func (a *App) EndSession(ctx context.Context, who Actor, key Key, id pay.SessionID) error {
	v, err := a.ReadSession(ctx, who, id)
	if err != nil {
		return err
	}
	// The session ends first, so that nothing new is authorised in it afterwards.
	token, err := do(ctx, a, who, "session-end", key, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (pay.AuthorizationID, error) {
			s, err := store.Get(tx, store.Sessions, string(id))
			switch {
			case err != nil:
				return "", err
			case s == nil:
				return "", errNoSession
			case v.Status == "complete":
				return "", errComplete
			case s.ExpiresAt > tx.At:
				s.ExpiresAt = tx.At
				store.Save(tx, store.Sessions, s)
			}
			return s.Authorization, nil
		})
	if err != nil {
		return err
	}
	if err := a.cancelPages(ctx, who, id); err != nil || token == "" {
		return err
	}
	err = a.ReleaseAuthorization(ctx, who, Key{}, token)
	if errors.Is(err, errNoToken) {
		return errComplete // it was ordered at this moment
	}
	return err
}

// cancelPages cancels the hosted pages of a session that are not complete.
func (a *App) cancelPages(ctx context.Context, who Actor, id pay.SessionID) error {
	pages, err := a.DB.PagesOf(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range pages {
		if p.Status == pay.PageCompleted || p.Status == pay.PageCancelled || p.Status == pay.PageDisabled {
			continue
		}
		if err := a.CancelPage(ctx, who, Key{}, p.ID); err != nil {
			return err
		}
	}
	return nil
}

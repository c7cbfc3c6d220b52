package app

import (
	"context"
	"slices"

	"zahlziel/pay"
	"zahlziel/vault"
)

// MerchantFile is everything about one merchant on one page.
type MerchantFile struct {
	pay.Merchant
	Owners   []pay.Owner // empty for who may not decide about merchants
	Hits     []OwnerHit
	Keys     []pay.Credential
	Endpoint *pay.Endpoint
	Step     *pay.Activation // asked for or confirmed; nil: nobody asked
	Current  bool            // the step is about the terms as they are
	Digest   string
	Names    map[string]string // of staff by id
	Calls    []*pay.ShopCall
	People   []MerchantUserView // empty for who may not decide about merchants
}

// MerchantFile returns one merchant. Who sees its owners is written down.
func (a *App) MerchantFile(ctx context.Context, who Actor, id pay.MerchantID) (*MerchantFile, error) {
	if !who.Can(DeedMerchants) {
		return nil, errForbidden
	}
	m, err := a.freshMerchant(ctx, id)
	if err != nil {
		return nil, err
	}
	f := &MerchantFile{Merchant: *m, Endpoint: a.endpoint(id), Digest: termsDigest(m), Names: map[string]string{}}
	if who.Can(DeedOnboard) && m.Application != nil {
		if f.Owners, err = a.owners(m); err != nil {
			return nil, err
		}
		if f.Hits, err = a.ownerHits(m); err != nil {
			return nil, err
		}
		if err := a.audit(ctx, who, "merchant_look", bucketOf(id), string(id), ""); err != nil {
			return nil, err
		}
	}
	if who.Can(DeedOnboard) {
		if f.People, err = a.MerchantUsers(ctx, who, id); err != nil {
			return nil, err
		}
	}
	if f.Keys, err = a.DB.CredentialsOf(ctx, id); err != nil {
		return nil, err
	}
	if f.Calls, err = a.ShopCallsOf(ctx, who, id); err != nil {
		return nil, err
	}
	if f.Step, err = a.DB.Activation(ctx, id); err != nil || f.Step == nil {
		return f, err
	}
	f.Current = f.Step.Digest == f.Digest || f.Step.Deed == pay.StepClose
	for _, by := range []string{f.Step.AskedBy, f.Step.ConfirmedBy} {
		if s, err := a.DB.Staff(ctx, by); err != nil {
			return nil, err
		} else if s != nil {
			f.Names[by] = s.Name
		}
	}
	return f, nil
}

// keysMax is how many API users of a merchant are live at once.
const keysMax = 5

// AddKey makes a further API user of a merchant; the old ones go on working, so that the shop changes over in its own time.
// The secret is shown only once.
func (a *App) AddKey(ctx context.Context, who Actor, id pay.MerchantID) (username, secret string, err error) {
	live, err := a.liveKeys(ctx, who, id)
	if err != nil {
		return "", "", err
	}
	if len(live) >= keysMax {
		return "", "", pay.Errorf(pay.Refused, "too_many_keys", "", "%d API users are live; end one first", keysMax)
	}
	username, secret = newUsername(), vault.Token()
	if err := a.putKey(ctx, id, username, secret); err != nil {
		return "", "", err
	}
	return username, secret, a.audit(ctx, who, "key_add", bucketOf(id), string(id), username)
}

// EndKey ends an API user of a merchant; other processes refuse it within reloadPause. The last one cannot end.
func (a *App) EndKey(ctx context.Context, who Actor, id pay.MerchantID, username string) error {
	live, err := a.liveKeys(ctx, who, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(live, func(c pay.Credential) bool { return c.Username == username })
	switch {
	case i < 0:
		return pay.Errorf(pay.Missing, "no_such_key", "", "There is no such live API user of this merchant")
	case len(live) == 1:
		return pay.Errorf(pay.Refused, "last_key", "", "This is the only live API user; add another one first")
	}
	c := live[i]
	c.Active = false
	if err := a.DB.PutCredential(ctx, c); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "key_end", bucketOf(id), string(id), username); err != nil {
		return err
	}
	return a.Reload(ctx)
}

func (a *App) liveKeys(ctx context.Context, who Actor, id pay.MerchantID) ([]pay.Credential, error) {
	if !mayKey(who, id) {
		return nil, errForbidden
	}
	if _, err := a.freshMerchant(ctx, id); err != nil {
		return nil, err
	}
	all, err := a.DB.CredentialsOf(ctx, id)
	return slices.DeleteFunc(all, func(c pay.Credential) bool { return !c.Active }), err
}

func (a *App) putKey(ctx context.Context, id pay.MerchantID, username, secret string) error {
	return a.DB.PutCredential(ctx, pay.Credential{Username: username, MerchantID: id, SecretMAC: a.Vault.MAC("secret", secret), Active: true, CreatedAt: a.Clock.Now()})
}

// StaffNamed is the active person at the desk with this address who may do a deed, for commands that act in somebody's name.
// Whoever may run the program is believed to be that person, so the audit trail says that it was done from the command line,
// by which account of the computer, and with what.
func (a *App) StaffNamed(ctx context.Context, who Actor, email string, deed Deed, command string) (Actor, error) {
	if !who.System {
		return Actor{}, errForbidden
	}
	s, err := a.DB.Staff(ctx, NormalEmail(email))
	if err != nil {
		return Actor{}, err
	}
	if s == nil || !s.Active {
		return Actor{}, pay.Errorf(pay.Missing, "no_such_staff", "as", "Nobody at the desk has this address")
	}
	named := Actor{Staff: s.ID, Role: s.Role}
	if !named.Can(deed) {
		return Actor{}, pay.Errorf(pay.Forbidden, "wrong_role", "as", "%s has the role %s, which may not do this; name somebody who may", s.Email, s.Role)
	}
	return named, a.audit(ctx, who, "command_line", bucketOf(s.ID), string(s.ID), command)
}

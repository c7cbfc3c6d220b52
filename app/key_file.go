package app

import (
	"context"
	"slices"
	"strings"

	"zahlziel/pay"
)

// KeyFile is what a merchant's programs sign in with, and who changed what.
type KeyFile struct {
	pay.Merchant
	Users    []pay.Credential // of the compatible interface, oldest first
	Keys     []pay.APIKey     // of the native interface, oldest first
	Endpoint *pay.Endpoint    // without its secrets; nil: no events are sent
	Trail    []TrailLine      // newest first
}

// TrailLine is one change of what speaks for a merchant.
type TrailLine struct {
	At     pay.Micros
	Who    string // name of a person; empty: the command line or the program itself
	Ours   bool   // somebody of the operator's; a merchant is not told who
	Action string
	Detail string
	Role   string // that a person was given
}

// trailActions are the changes that a merchant and the desk are shown.
var trailActions = []string{"key_add", "key_end", "api_key_add", "api_key_end", "webhook_secret", "webhook_end", "merchant_user_add", "merchant_user_end"}

// trailRead is how many audit lines are looked through, trailShown how many are shown.
const (
	trailRead  = 400
	trailShown = 50
)

// KeyFile returns what speaks for a merchant, to its own users and to staff who see merchants. Nothing in it is secret. Who of
// the staff sees in it which people of the merchant changed something is noted.
func (a *App) KeyFile(ctx context.Context, who Actor, id pay.MerchantID) (*KeyFile, error) {
	if !who.owns(id) && !who.Can(DeedMerchants) {
		return nil, errForbidden
	}
	m, err := a.freshMerchant(ctx, id)
	if err != nil {
		return nil, err
	}
	f := &KeyFile{Merchant: *m}
	if e := a.endpoint(id); e != nil {
		f.Endpoint = &pay.Endpoint{MerchantID: id, URL: e.URL, PreviousUntil: e.PreviousUntil, CreatedAt: e.CreatedAt}
	}
	if f.Users, err = a.DB.CredentialsOf(ctx, id); err != nil {
		return nil, err
	}
	for i := range f.Users {
		f.Users[i].SecretMAC = ""
	}
	if f.Keys, err = a.DB.KeysOf(ctx, id); err != nil {
		return nil, err
	}
	for i := range f.Keys {
		f.Keys[i].MAC = ""
	}
	f.Trail, err = a.trail(ctx, who, id)
	return f, err
}

func (a *App) trail(ctx context.Context, viewer Actor, id pay.MerchantID) ([]TrailLine, error) {
	looks, err := a.DB.LooksAt(ctx, bucketOf(id), string(id), trailRead)
	if err != nil {
		return nil, err
	}
	users, err := a.usersOf(ctx, id)
	if err != nil {
		return nil, err
	}
	named := viewer.Staff == "" || viewer.Can(DeedOnboard)
	if named && viewer.Staff != "" && len(users) > 0 {
		if err := a.audit(ctx, viewer, "merchant_users_look", bucketOf(id), string(id), ""); err != nil {
			return nil, err
		}
	}
	names := map[string]string{}
	for _, u := range users {
		if named {
			names[string(u.ID)] = u.Label()
		} else {
			names[string(u.ID)] = pay.Bare(u.ID)
		}
	}
	var out []TrailLine
	for _, l := range looks {
		if len(out) == trailShown || !slices.Contains(trailActions, l.Action) {
			continue
		}
		line := TrailLine{At: l.At, Who: names[l.Actor], Action: l.Action, Detail: l.Detail}
		if id, role, _ := strings.Cut(l.Detail, " "); names[id] != "" {
			line.Detail, line.Role = names[id], role
		}
		if line.Ours = strings.HasPrefix(l.Actor, pay.PrefixStaff+"_"); line.Ours && viewer.Staff != "" {
			s, err := a.DB.Staff(ctx, l.Actor)
			if err != nil {
				return nil, err
			}
			if s != nil {
				line.Who = s.Name
			}
		}
		out = append(out, line)
	}
	return out, nil
}

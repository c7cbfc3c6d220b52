package app

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
)

// signRoot signs the heads of all chains at the end of a day. Whoever keeps the signature elsewhere can prove later that nothing before it was changed.
func (r *dayRun) signRoot(ctx context.Context) error {
	old, err := r.a.DB.RootOf(ctx, r.day)
	if err != nil {
		return err
	}
	if old == nil {
		heads, err := r.a.DB.Heads(ctx)
		if err != nil {
			return err
		}
		old = &store.Root{Day: r.day, Heads: heads, Signature: ed25519.Sign(r.a.rootKey(), rootText(r.day, heads))}
		if err := r.a.DB.PutRoot(ctx, *old); err != nil {
			return err
		}
	}
	r.done.Root = hex.EncodeToString(old.Signature)
	return nil
}

func rootText(day cal.Day, heads string) []byte {
	return []byte("zahlziel daily root 1\n" + day.String() + "\n" + heads)
}

func (a *App) rootKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(a.Vault.Secret("daily_root"))
}

// RootKey is the public key that daily roots are signed with (Ed25519, RFC 8032).
func (a *App) RootKey() ed25519.PublicKey { return a.rootKey().Public().(ed25519.PublicKey) }

// CheckRoot proves that the root of a day is signed by this installation and that every chain still runs through the heads it names.
func (a *App) CheckRoot(ctx context.Context, day cal.Day) error {
	root, err := a.DB.RootOf(ctx, day)
	if err != nil {
		return err
	}
	if root == nil {
		return pay.Errorf(pay.Missing, "no_root", "day", "There is no root of %s; the day run of that day makes it", day)
	}
	if !ed25519.Verify(a.RootKey(), rootText(root.Day, root.Heads), root.Signature) {
		return pay.Errorf(pay.Conflict, "root_signature", "day", "The root of %s is not signed by this installation's key; compare it with the copy stored elsewhere", day)
	}
	for _, line := range strings.Split(strings.TrimSpace(root.Heads), "\n") {
		var lane int
		var seq int64
		var head string
		if n, _ := fmt.Sscan(line, &lane, &seq, &head); n < 3 {
			continue // a lane without a link has no head yet
		}
		have, err := a.DB.LinkHead(ctx, lane, seq)
		if err != nil {
			return err
		}
		if hex.EncodeToString(have) != head {
			return pay.Errorf(pay.Conflict, "chain_changed", "day", "Link %d of lane %d is not the one that was signed on %s: the chain was changed afterwards", seq, lane, day)
		}
	}
	return nil
}

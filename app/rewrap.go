package app

import (
	"context"
	"fmt"

	"zahlziel/pay"
	"zahlziel/store"
)

// RewrapKeys wraps the data key of every consumer under the vault's primary master key, and tells how many there are.
// It may be repeated after a crash; keys of erased people stay destroyed.
func (a *App) RewrapKeys(ctx context.Context, progress func(done int)) (int, error) {
	var ids []pay.ConsumerID
	done := 0
	flush := func() error {
		err := fan(ctx, pay.Buckets, ids, func(id pay.ConsumerID) error { return a.rewrap(ctx, id) })
		done += len(ids)
		ids = ids[:0]
		if err == nil && progress != nil {
			progress(done)
		}
		return err
	}
	err := a.DB.EachConsumer(ctx, func(c *pay.Consumer) error {
		if len(c.WrappedKey) == 0 {
			return nil
		}
		if ids = append(ids, c.ID); len(ids) < 1024 {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return done, err
}

func (a *App) rewrap(ctx context.Context, id pay.ConsumerID) error {
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}
	_, err := do(ctx, a, System, "rewrap", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		row, err := store.Get(tx, store.Consumers, string(id))
		if err != nil || row == nil || len(row.WrappedKey) == 0 {
			return struct{}{}, err
		}
		if row.WrappedKey, err = a.Vault.Rewrap(row.WrappedKey); err != nil {
			return struct{}{}, fmt.Errorf("key of %s: %w", id, err)
		}
		store.Save(tx, store.Consumers, row)
		return struct{}{}, nil
	})
	return err
}

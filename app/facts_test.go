package app

import (
	"context"

	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// FactsOf opens a consumer's facts for tests.
func (a *App) FactsOf(ctx context.Context, id pay.ConsumerID) (credit.Facts, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return credit.Facts{}, err
	}
	p, err := a.openPerson(row)
	if err != nil {
		return credit.Facts{}, err
	}
	return p.facts, nil
}

// ChangeFacts changes a consumer's facts for tests, as an external source would.
func (a *App) ChangeFacts(ctx context.Context, id pay.ConsumerID, change func(*credit.Facts)) error {
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}
	_, err := do(ctx, a, System, "test", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, id)
		if err != nil {
			return struct{}{}, err
		}
		change(&p.facts)
		return struct{}{}, p.save(tx)
	})
	return err
}

// Marked tells a mark of a consumer for tests.
func (a *App) Marked(ctx context.Context, id pay.ConsumerID, kind string) (int64, error) {
	p, err := a.readPerson(ctx, id)
	if err != nil {
		return 0, err
	}
	return p.marked(kind), nil
}

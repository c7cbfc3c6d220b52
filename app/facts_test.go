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

// HistoryFromEvents computes a consumer's history from the stored events for tests.
func (a *App) HistoryFromEvents(ctx context.Context, id pay.ConsumerID) (credit.History, error) {
	return a.historyFromEvents(ctx, id)
}

// SetHistory replaces a consumer's history for tests.
func (a *App) SetHistory(ctx context.Context, id pay.ConsumerID, h credit.History) error {
	b := bucketOf(id)
	_, err := do(ctx, a, System, "test", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, id)
		if err != nil {
			return struct{}{}, err
		}
		p.facts.History = h
		a.mend(tx, p)
		return struct{}{}, p.save(tx)
	})
	return err
}

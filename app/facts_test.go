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

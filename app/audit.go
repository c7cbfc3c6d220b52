package app

import (
	"context"
	"errors"
	"fmt"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// consumerKey is the data key of a consumer, nil when it was destroyed.
func (a *App) consumerKey(ctx context.Context, id pay.ConsumerID) (*vault.Key, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fmt.Errorf("consumer %s is missing", id)
	}
	key, err := a.Vault.Key(row.WrappedKey)
	if errors.Is(err, vault.ErrErased) {
		return nil, nil
	}
	return key, err
}

// decisionContent opens the content of a decision for the audit of its commitment; an erased person's is nil.
func (a *App) decisionContent(ctx context.Context) func(*pay.DecisionRow) ([]byte, error) {
	return func(d *pay.DecisionRow) ([]byte, error) {
		key, err := a.consumerKey(ctx, d.ConsumerID)
		if err != nil || key == nil {
			return nil, err
		}
		return key.Open(string(d.ID), d.Sealed)
	}
}

// promiseContent does the same for what was promised.
func (a *App) promiseContent(ctx context.Context) func(*pay.Promise) ([]byte, error) {
	return func(r *pay.Promise) ([]byte, error) {
		key, err := a.consumerKey(ctx, r.ConsumerID)
		if err != nil || key == nil {
			return nil, err
		}
		return key.Open(string(r.ID), r.Sealed)
	}
}

// Audit proves the books: postings, balances, claims, clearing and chains. report hears of each proof;
// the first difference is the error.
func (a *App) Audit(ctx context.Context, report func(line string)) (store.AuditReport, error) {
	return a.DB.Audit(ctx, report, store.AuditOptions{DecisionContent: a.decisionContent(ctx), PromiseContent: a.promiseContent(ctx)})
}

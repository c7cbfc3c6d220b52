package app

import (
	"context"
	"errors"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// decisionContent opens the content of a decision for the audit of its commitment; an erased person's is nil.
func (a *App) decisionContent(ctx context.Context) func(*pay.DecisionRow) ([]byte, error) {
	return func(d *pay.DecisionRow) ([]byte, error) {
		row, err := store.LoadID(ctx, a.DB, store.Consumers, d.ConsumerID)
		if err != nil {
			return nil, err
		}
		key, err := a.Vault.Key(row.WrappedKey)
		if errors.Is(err, vault.ErrErased) {
			return nil, nil
		}
		if err != nil {
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

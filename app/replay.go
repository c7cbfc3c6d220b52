package app

import (
	"context"
	"errors"
	"fmt"

	"zahlziel/credit"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// ReplayReport counts what a replay of stored decisions found.
type ReplayReport struct {
	Replayed int `json:"replayed"` // decided again with the same answer, bit for bit
	Erased   int `json:"erased"`   // the person's key is destroyed, so nobody can replay
	Total    int `json:"total"`
}

// replayKeys bounds the data keys that a replay holds.
const replayKeys = 10_000

// ReplayDecisions decides every stored decision at or after an instant again on the facts that it recorded. The first
// answer that differs ends it with an error that names the decision. progress may be nil.
func (a *App) ReplayDecisions(ctx context.Context, since pay.Micros, progress func(done, total int)) (ReplayReport, error) {
	var r ReplayReport
	total, err := a.DB.CountDecisions(ctx, since)
	if err != nil {
		return r, err
	}
	keys := map[pay.ConsumerID]*vault.Key{}
	err = a.DB.EachDecision(ctx, since, func(d *pay.DecisionRow) error {
		if r.Total++; progress != nil {
			progress(r.Total, total)
		}
		key, known := keys[d.ConsumerID]
		if !known {
			opened, err := a.consumerKey(ctx, d.ConsumerID)
			if err != nil {
				return err
			}
			key = opened
			if len(keys) >= replayKeys {
				clear(keys)
			}
			keys[d.ConsumerID] = key
		}
		if key == nil {
			r.Erased++
			return nil
		}
		if err := replay(a.policies, a.fraud.rules, key, d); err != nil {
			return fmt.Errorf("decision %s of %s: %w", d.ID, d.Day, err)
		}
		r.Replayed++
		return nil
	})
	return r, err
}

func replay(policies credit.Policies, rules fraud.Set, key *vault.Key, d *pay.DecisionRow) error {
	plain, err := key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return err
	}
	var rec credit.Record
	if err := rec.UnmarshalBinary(plain); err != nil {
		return err
	}
	if err := credit.Replay(policies, &rec); err != nil || rec.Beside == nil {
		return err
	}
	var beside fraud.Record
	if err := beside.UnmarshalBinary(rec.Beside); err != nil {
		return err
	}
	return fraud.Replay(rules, &beside)
}

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

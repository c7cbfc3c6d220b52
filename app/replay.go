package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"zahlziel/credit"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// ReplayReport counts what a replay of stored decisions found.
type ReplayReport struct {
	Replayed int `json:"replayed"` // decided again with the same answer, bit for bit
	Erased   int `json:"erased"`   // the person's key is destroyed, so nobody can replay
	Total    int `json:"total"`
}

// ReplayDecisions decides every stored decision at or after an instant again on the facts that it recorded, in parallel. The
// first answer that differs ends it with an error that names the decision. progress may be nil; it is called by one at a time.
func (a *App) ReplayDecisions(ctx context.Context, since pay.Micros, progress func(done, total int)) (ReplayReport, error) {
	var r ReplayReport
	policies := a.Policies()
	counts, err := a.eachRecord(ctx, since, progress, func(_ int, d *store.SealedDecision, rec *credit.Record) error {
		if err := a.replay(policies, rec); err != nil {
			return fmt.Errorf("decision %s of %s: %w", d.ID, d.Day, err)
		}
		return nil
	})
	r.Replayed, r.Erased = int(counts.opened.Load()), int(counts.erased.Load())
	r.Total = r.Replayed + r.Erased
	return r, err
}

// replay decides again, and judges again what the fraud rules said beside the decision.
func (a *App) replay(policies credit.Policies, rec *credit.Record) error {
	if err := credit.Replay(policies, rec); err != nil || rec.Beside == nil {
		return err
	}
	var beside fraud.Record
	if err := beside.UnmarshalBinary(rec.Beside); err != nil {
		return err
	}
	return fraud.Replay(a.fraud.rules, &beside)
}

// recordCounts is how far a walk over the records is.
type recordCounts struct {
	opened, erased atomic.Int64
	total          int
}

// progressEvery is how many decisions pass between two reports of progress.
const progressEvery = 2000

// eachRecord opens the records of all decisions at or after an instant. The buckets are shared out among the processors;
// within a bucket the records come oldest first. f gets the bucket; the decision's and the record's values are used again.
func (a *App) eachRecord(ctx context.Context, since pay.Micros, progress func(done, total int), f func(bucket int, d *store.SealedDecision, rec *credit.Record) error) (*recordCounts, error) {
	c := &recordCounts{}
	total, err := a.DB.CountDecisions(ctx, since)
	if err != nil {
		return c, err
	}
	c.total = total
	buckets := make([]int, pay.Buckets)
	for i := range buckets {
		buckets[i] = i
	}
	busy := make(chan struct{}, 1) // whoever finds it taken tells nothing: a later report says more
	tell := func() {
		done := c.opened.Load() + c.erased.Load()
		if progress == nil || done%progressEvery != 0 && done != int64(total) {
			return
		}
		select {
		case busy <- struct{}{}:
			progress(int(done), total)
			<-busy
		default:
		}
	}
	err = fan(ctx, runtime.GOMAXPROCS(0), buckets, func(bucket int) error {
		keys, err := a.DB.WrappedKeysIn(ctx, bucket)
		if err != nil {
			return err
		}
		var rec credit.Record
		return a.DB.DecisionsIn(ctx, bucket, since, func(d *store.SealedDecision) error {
			defer tell()
			wrapped, known := keys[d.ConsumerID]
			if !known { // came after the keys were read
				row, err := store.LoadID(ctx, a.DB, store.Consumers, d.ConsumerID)
				if err != nil || row == nil {
					return errors.Join(fmt.Errorf("decision %s: consumer %s is missing", d.ID, d.ConsumerID), err)
				}
				wrapped = row.WrappedKey
				keys[d.ConsumerID] = wrapped
			}
			if len(wrapped) == 0 {
				c.erased.Add(1)
				return nil
			}
			if err := a.openRecord(wrapped, d, &rec); err != nil {
				return err
			}
			if err := f(bucket, d, &rec); err != nil {
				return err
			}
			c.opened.Add(1)
			return nil
		})
	})
	return c, err
}

func (a *App) openRecord(wrapped []byte, d *store.SealedDecision, rec *credit.Record) error {
	key, err := a.Vault.Key(wrapped)
	if err != nil {
		return err
	}
	plain, err := key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return err
	}
	return rec.UnmarshalBinary(plain)
}

package app

import (
	"cmp"
	"context"
	"slices"

	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// UsePolicies puts other policies in force, as a new version of the program would.
func (a *App) UsePolicies(list credit.Policies) {
	b := &policyBook{all: list}
	for _, p := range list {
		b.acting = append(b.acting, actingPolicy{p.ValidFrom, p})
	}
	slices.SortStableFunc(b.acting, func(x, y actingPolicy) int { return cmp.Compare(x.day, y.day) })
	a.policies = b
}

// ChangeFacts alters a person's facts as another part of the program would.
func (a *App) ChangeFacts(id pay.ConsumerID, f func(*credit.Facts)) error {
	b := bucketOf(id)
	_, err := do(context.Background(), a, System, "test", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, id)
		if err != nil {
			return struct{}{}, err
		}
		f(&p.facts)
		return struct{}{}, p.save(tx)
	})
	return err
}

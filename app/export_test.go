package app

import (
	"context"

	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// UsePolicies puts other policies in force, as a new version of the program would.
func (a *App) UsePolicies(p credit.Policies) { a.policies = p }

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

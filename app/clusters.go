package app

import (
	"context"
	"fmt"

	"zahlziel/cal"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// clusterDays is how long a mark about shared data lasts; whoever is seen again is marked again.
const clusterDays = 400

// clusterMax bounds how many people of one shared value are looked at.
const clusterMax = 50

// clusterPerson is the job that looks again at who shares data with a person.
func (h poster) clusterPerson(ctx context.Context, j *pay.Job) error {
	p, err := h.readPerson(ctx, pay.ConsumerID(j.Subject))
	if gone(err) {
		return nil
	} else if err != nil {
		return err
	}
	profile, err := p.profile()
	if err != nil {
		return err
	}
	return h.cluster(ctx, p.row.ID, profile)
}

// cluster finds who shares identity data, an account or an address with a person and marks everybody of a group that is
// large enough: until their identity is confirmed they meet a cap. Nobody's debt becomes anybody else's. It runs as a job.
func (a *App) cluster(ctx context.Context, id pay.ConsumerID, profile pay.Profile) error {
	day, err := a.Day(ctx)
	if err != nil {
		return err
	}
	rules, err := a.fraudRules(day)
	if err != nil {
		return err
	}
	for _, part := range a.sharedData(rules, profile) {
		bucket := digestBucket(part.digest)
		if err := a.putWord(ctx, &pay.Word{Bucket: bucket, Digest: part.digest, ConsumerID: id, At: a.Clock.Now()}); err != nil {
			return err
		}
		rows, err := a.DB.WithWord(ctx, bucket, part.digest, clusterMax)
		if err != nil {
			return err
		}
		members := int64(len(rows))
		if members < part.from {
			continue
		}
		if int64(len(rows)) > part.from+1 { // the others were marked when the group became one
			rows = []*pay.Word{{ConsumerID: id}}
		}
		for _, w := range rows {
			if err := a.markMember(ctx, w.ConsumerID, members, part.kind == "person"); err != nil {
				return err
			}
		}
	}
	return nil
}

// shared is one value that several people may have.
type shared struct {
	kind   string
	digest string
	from   int64 // so many people make a cluster
}

func (a *App) sharedData(rules *fraud.Rules, p pay.Profile) []shared {
	k := rules.Cluster.Kinds
	var out []shared
	if name := nameWords(p.Billing.FullName()); len(name) > 0 && p.Born.IsSet() {
		out = append(out, shared{"person", a.personDigest(p), k.Person})
	}
	for _, iban := range p.PayerIBAN {
		out = append(out, shared{"iban", a.Vault.Index("iban", iban), k.IBAN})
	}
	if place := placeKey(&p.Billing); p.Billing.Street != "" {
		out = append(out, shared{"address", a.Vault.Index("place", place), k.Address})
	}
	return out
}

// putWord stores a blind index once.
func (a *App) putWord(ctx context.Context, w *pay.Word) error {
	key := w.Digest + ":" + string(w.ConsumerID)
	_, err := do(ctx, a, System, "index", Key{}, store.Unit{Bucket: w.Bucket, Load: []store.Ref{store.Words.At(w.Bucket, key)}},
		func(tx *store.Tx) (struct{}, error) {
			old, err := store.Get(tx, store.Words, key)
			if err == nil && old == nil {
				store.Save(tx, store.Words, w)
			}
			return struct{}{}, err
		})
	return err
}

// markMember notes at one person how many share data with them; an erased one has no notes.
func (a *App) markMember(ctx context.Context, id pay.ConsumerID, members int64, twin bool) error {
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}
	_, err := do(ctx, a, System, "mark", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, id)
		if gone(err) {
			return struct{}{}, nil
		}
		if err != nil || p.row.MergedInto != "" || p.marked(markCluster) >= members && (!twin || p.marked(markTwin) > 0) {
			return struct{}{}, err
		}
		until := tx.At + clusterDays*dayMicros
		p.mark(markCluster, max(members, p.marked(markCluster)), until)
		if twin {
			p.mark(markTwin, members, until)
		}
		return struct{}{}, p.save(tx)
	})
	return err
}

// twinOverdue is what the other accounts of the same person should have paid before a day. Only where the identity is
// confirmed on both is it the same person; a name, a birth date and a postcode alone prove nothing.
func (a *App) twinOverdue(ctx context.Context, p *person, day cal.Day) (sum int64, err error) {
	if p.marked(markTwin) == 0 || !p.facts.Identity.IsSet() {
		return 0, nil
	}
	profile, err := p.profile()
	if err != nil {
		return 0, err
	}
	digest := a.personDigest(profile)
	rows, err := a.DB.WithWord(ctx, digestBucket(digest), digest, clusterMax)
	if err != nil {
		return 0, err
	}
	for _, w := range rows {
		if w.ConsumerID == p.row.ID {
			continue
		}
		other, err := a.readPerson(ctx, w.ConsumerID)
		if gone(err) {
			continue
		} else if err != nil {
			return 0, err
		}
		if other.facts.Identity.IsSet() && other.row.MergedInto == "" {
			o := outlook{day: day, facts: &other.facts}
			sum += o.overdue()
		}
	}
	return sum, nil
}

// personDigest is the keyed digest of name, birth date and postcode.
func (a *App) personDigest(p pay.Profile) string {
	return a.Vault.Index("person", fmt.Sprint(nameWords(p.Billing.FullName()), p.Born, p.Billing.PostalCode))
}

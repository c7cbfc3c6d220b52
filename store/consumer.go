package store

import (
	"context"

	"zahlziel/pay"
)

// Consumers holds the people who buy.
var Consumers = newTable("consumers", "market language status merged_into created_at wrapped_key profile facts",
	func(r *pay.Consumer) Key { return of(r.ID) },
	func(r *pay.Consumer) []any {
		return []any{&r.Market, &r.Language, &r.Status, &r.MergedInto, &r.CreatedAt, &r.WrappedKey, &r.Profile, &r.Facts}
	}).withID(func(r *pay.Consumer, id string) { r.ID = pay.ConsumerID(id) }).keeps()

// Directory holds the look-up keys that belong to exactly one consumer, sharded by their own digest.
var Directory = newTable("directory", "consumer_id at",
	func(r *pay.Claim) Key { return Key{r.Bucket, r.Digest} },
	func(r *pay.Claim) []any { return []any{&r.ConsumerID, &r.At} }).
	withKey(func(r *pay.Claim, k Key) { r.Bucket, r.Digest = k.Bucket, k.ID }).keeps()

// Words holds the blind indexes that consumers may share: words of names, phones, payers' accounts.
var Words = newTable("lookups", "word consumer_id at",
	func(r *pay.Word) Key { return Key{r.Bucket, r.Digest + ":" + string(r.ConsumerID)} },
	func(r *pay.Word) []any { return []any{&r.Digest, &r.ConsumerID, &r.At} }).
	withKey(func(r *pay.Word, k Key) { r.Bucket = k.Bucket })

// Devices holds the browsers that proved to be their consumer's.
var Devices = newTable("devices", "consumer_id created_at expires_at",
	func(r *pay.Device) Key { return Key{r.Bucket, r.Digest} },
	func(r *pay.Device) []any { return []any{&r.ConsumerID, &r.CreatedAt, &r.ExpiresAt} }).
	withKey(func(r *pay.Device, k Key) { r.Bucket, r.Digest = k.Bucket, k.ID }).keeps()

// Visits holds sign-ins and the links that lead to them.
var Visits = newTable("visits", "kind subject created_at expires_at",
	func(r *pay.Visit) Key { return Key{r.Bucket, r.Digest} },
	func(r *pay.Visit) []any { return []any{&r.Kind, &r.Subject, &r.CreatedAt, &r.ExpiresAt} }).
	withKey(func(r *pay.Visit, k Key) { r.Bucket, r.Digest = k.Bucket, k.ID })

// Consents holds what people agreed to.
var Consents = newTable("consents", "consumer_id kind version ref at day way language",
	func(r *pay.Consent) Key { return of(r.ID) },
	func(r *pay.Consent) []any {
		return []any{&r.ConsumerID, &r.Kind, &r.Version, &r.Ref, &r.At, &r.Day, &r.Way, &r.Language}
	}).
	withID(func(r *pay.Consent, id string) { r.ID = id })

// Decisions holds the records of decisions.
var Decisions = newTable("decisions", "consumer_id merchant_id kind day at amount approved lane link salt sealed",
	func(r *pay.DecisionRow) Key { return of(r.ID) },
	func(r *pay.DecisionRow) []any {
		return []any{&r.ConsumerID, &r.MerchantID, &r.Kind, &r.Day, &r.At, &r.Amount, &r.Approved, &r.Lane, &r.Link, &r.Salt, &r.Sealed}
	}).withID(func(r *pay.DecisionRow, id string) { r.ID = pay.DecisionID(id) })

// DecisionsOf returns a consumer's decisions, newest first, at most limit.
func (d *DB) DecisionsOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.DecisionRow, error) {
	return find(ctx, d, Decisions, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// CountDecisions tells how many decisions there are at or after an instant.
func (d *DB) CountDecisions(ctx context.Context, since pay.Micros) (n int, err error) {
	err = d.sql.QueryRowContext(ctx, "SELECT COUNT(*) FROM decisions WHERE at >= $1", since).Scan(&n)
	return n, err
}

// EachConsumer streams all consumers.
func (d *DB) EachConsumer(ctx context.Context, f func(*pay.Consumer) error) error {
	return each(ctx, d, Consumers, "ORDER BY bucket, id", f)
}

// WithWord returns the consumers that carry a blind index.
func (d *DB) WithWord(ctx context.Context, bucket int, digest string, limit int) ([]*pay.Word, error) {
	return find(ctx, d, Words, "WHERE bucket = $1 AND word = $2 ORDER BY id LIMIT $3", bucket, digest, limit)
}

package store

import (
	"context"

	"zahlziel/cal"
	"zahlziel/pay"
)

// SourceAnswers holds the newest answer of each kind of outside source about a consumer.
var SourceAnswers = newTable("source_answers", "consumer_id kind source purpose state asked_at as_of valid_until sealed",
	func(r *pay.SourceAnswer) Key { return Key{of(r.ConsumerID).Bucket, pay.AnswerID(r.Kind, r.ConsumerID)} },
	func(r *pay.SourceAnswer) []any {
		return []any{&r.ConsumerID, &r.Kind, &r.Source, &r.Purpose, &r.State, &r.AskedAt, &r.AsOf, &r.Until, &r.Sealed}
	}).withKey(func(*pay.SourceAnswer, Key) {})

// Verifications holds the checks that consumers have begun.
var Verifications = newTable("verifications", "consumer_id kind state code_mac tries created_at expires_at sealed",
	func(r *pay.Verification) Key { return of(r.ID) },
	func(r *pay.Verification) []any {
		return []any{&r.ConsumerID, &r.Kind, &r.State, &r.CodeMAC, &r.Tries, &r.CreatedAt, &r.ExpiresAt, &r.Sealed}
	}).withID(func(r *pay.Verification, id string) { r.ID = pay.VerificationID(id) })

// SanctionHits holds who may be on a sanctions list.
var SanctionHits = newTable("sanction_hits", "consumer_id list entry digest score state found_at decided_by decided_at sealed",
	func(r *pay.SanctionHit) Key {
		return Key{of(r.ConsumerID).Bucket, pay.HitID(r.ConsumerID, r.List, r.Entry)}
	},
	func(r *pay.SanctionHit) []any {
		return []any{&r.ConsumerID, &r.List, &r.Entry, &r.Digest, &r.Score, &r.State, &r.FoundAt, &r.DecidedBy, &r.DecidedAt, &r.Sealed}
	}).withKey(func(*pay.SanctionHit, Key) {})

// VerificationsOf returns what a consumer has begun, newest first.
func (d *DB) VerificationsOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Verification, error) {
	return find(ctx, d, Verifications, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// DeleteAnswers forgets up to limit answers of sources in a bucket that have not held since a day; those without an end stay.
func (d *DB) DeleteAnswers(ctx context.Context, bucket int, since cal.Day, limit int) (int, error) {
	return d.remove(ctx, "DELETE FROM source_answers WHERE bucket = $1 AND id IN (SELECT id FROM source_answers WHERE bucket = $2 AND valid_until > $3 AND valid_until < $4 ORDER BY valid_until LIMIT $5)",
		bucket, bucket, int64(cal.NoDay), int64(since), limit)
}

// OpenSanctionHits returns the hits that wait for a person, oldest first.
func (d *DB) OpenSanctionHits(ctx context.Context, limit int) ([]*pay.SanctionHit, error) {
	return find(ctx, d, SanctionHits, "WHERE state = 'open' ORDER BY found_at, id LIMIT $1", limit)
}

// SanctionHitsOf returns everything that was ever found about a consumer, newest first.
func (d *DB) SanctionHitsOf(ctx context.Context, c pay.ConsumerID) ([]*pay.SanctionHit, error) {
	return find(ctx, d, SanctionHits, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY found_at DESC, id", of(c).Bucket, string(c))
}

// ConsumersAfter returns consumers of a bucket behind a cursor, in the order of their ids.
func (d *DB) ConsumersAfter(ctx context.Context, bucket int, after pay.ConsumerID, limit int) ([]*pay.Consumer, error) {
	return find(ctx, d, Consumers, "WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3", bucket, string(after), limit)
}

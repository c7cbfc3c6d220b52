package store

import (
	"context"

	"zahlziel/pay"
)

// Reviews holds what consumers contest.
var Reviews = newTable("reviews", "consumer_id decision_id fact state asked_at asked_day due_day answered_by answered_at answered_day outcome redecision_id sealed answer",
	func(r *pay.Review) Key { return of(r.ID) },
	func(r *pay.Review) []any {
		return []any{&r.ConsumerID, &r.DecisionID, &r.Fact, &r.State, &r.AskedAt, &r.AskedDay, &r.DueDay, &r.AnsweredBy, &r.AnsweredAt, &r.AnsweredDay, &r.Outcome, &r.Redecision, &r.Sealed, &r.Answer}
	}).withID(func(r *pay.Review, id string) { r.ID = pay.ReviewID(id) })

// ReviewFiles holds the papers that consumers added.
var ReviewFiles = newTable("review_files", "review_id kind size sha256 at sealed",
	func(r *pay.ReviewFile) Key { return of(r.ID) },
	func(r *pay.ReviewFile) []any {
		return []any{&r.ReviewID, &r.Kind, &r.Size, &r.SHA256, &r.At, &r.Sealed}
	}).withID(func(r *pay.ReviewFile, id string) { r.ID = pay.ReviewFileID(id) })

// ReviewsOf returns a consumer's reviews, the newest first.
func (d *DB) ReviewsOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Review, error) {
	return find(ctx, d, Reviews, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY asked_at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// OpenReviews returns the reviews that wait for a person, the earliest deadline first.
func (d *DB) OpenReviews(ctx context.Context, limit int) ([]*pay.Review, error) {
	return find(ctx, d, Reviews, "WHERE state = 'open' ORDER BY due_day, asked_at, id LIMIT $1", limit)
}

// FilesOf returns the papers of a review in their order, without their bytes.
func (d *DB) FilesOf(ctx context.Context, r pay.ReviewID) ([]*pay.ReviewFile, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, review_id, kind, size, sha256, at FROM review_files WHERE bucket = $1 AND review_id = $2 ORDER BY id", of(r).Bucket, string(r))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*pay.ReviewFile
	for rows.Next() {
		var f pay.ReviewFile
		if err := rows.Scan(&f.ID, &f.ReviewID, &f.Kind, &f.Size, &f.SHA256, &f.At); err != nil {
			return nil, err
		}
		out = append(out, &f)
	}
	return out, rows.Err()
}

// ChecksOf returns a consumer's fraud checks, the newest first.
func (d *DB) ChecksOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.FraudCheck, error) {
	return find(ctx, d, FraudChecks, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// WorkedOn returns the staff who decided about a consumer's orders or answered the consumer's reviews, inside a unit of work.
func (tx *Tx) WorkedOn(c pay.ConsumerID) (map[string]bool, error) {
	out := map[string]bool{}
	for _, query := range []string{
		"SELECT decided_by, proposed_by FROM fraud_checks WHERE bucket = $1 AND consumer_id = $2",
		"SELECT answered_by, '' FROM reviews WHERE bucket = $1 AND consumer_id = $2",
	} {
		if err := tx.addTexts(out, query, tx.Bucket, string(c)); err != nil {
			return nil, err
		}
	}
	delete(out, "")
	return out, nil
}

func (tx *Tx) addTexts(out map[string]bool, query string, args ...any) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var one, two string
		if err := rows.Scan(&one, &two); err != nil {
			return err
		}
		out[one], out[two] = true, true
	}
	return rows.Err()
}

// OpenReviewsIn counts a consumer's open reviews, inside a unit of work, and says whether one is about a decision or fact.
func (tx *Tx) OpenReviewsIn(c pay.ConsumerID, decision pay.DecisionID, fact string) (n int, same bool, err error) {
	rows, err := tx.Query("SELECT decision_id, fact FROM reviews WHERE bucket = $1 AND consumer_id = $2 AND state = 'open'", tx.Bucket, string(c))
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var d pay.DecisionID
		var f string
		if err := rows.Scan(&d, &f); err != nil {
			return 0, false, err
		}
		n++
		same = same || d == decision && f == fact
	}
	return n, same, rows.Err()
}

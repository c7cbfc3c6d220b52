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

// CorrectedReviews returns a consumer's reviews that put a fact right, in the order of their answers.
func (d *DB) CorrectedReviews(ctx context.Context, c pay.ConsumerID) ([]*pay.Review, error) {
	return find(ctx, d, Reviews, "WHERE bucket = $1 AND consumer_id = $2 AND outcome = 'corrected' ORDER BY answered_at, id", of(c).Bucket, string(c))
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

// WorkedOn returns the staff who decided before about what a review is about, inside a unit of work: about the order of the
// decision, about any order of the consumer where the whole person is concerned, and in earlier reviews of the same.
func (tx *Tx) WorkedOn(r *pay.Review, person bool) (map[string]bool, error) {
	out := map[string]bool{}
	checks, args := "SELECT decided_by, proposed_by FROM fraud_checks WHERE bucket = $1 AND consumer_id = $2", []any{tx.Bucket, string(r.ConsumerID)}
	if !person {
		checks, args = checks+" AND decision_id = $3 AND decision_id <> ''", append(args, string(r.DecisionID))
	}
	if err := tx.addTexts(out, checks, args...); err != nil {
		return nil, err
	}
	err := tx.addTexts(out, "SELECT answered_by, '' FROM reviews WHERE bucket = $1 AND consumer_id = $2 AND decision_id = $3 AND fact = $4",
		tx.Bucket, string(r.ConsumerID), string(r.DecisionID), r.Fact)
	delete(out, "")
	return out, err
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

// ReviewTotals counts answered reviews by their outcome, and those of them that were answered in time.
func (d *DB) ReviewTotals(ctx context.Context) (count, inTime map[string]int64, err error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT outcome, COUNT(*), CAST(SUM(CASE WHEN answered_day <= due_day THEN 1 ELSE 0 END) AS BIGINT) FROM reviews WHERE state = 'answered' GROUP BY outcome")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	count, inTime = map[string]int64{}, map[string]int64{}
	for rows.Next() {
		var outcome string
		var n, good int64
		if err := rows.Scan(&outcome, &n, &good); err != nil {
			return nil, nil, err
		}
		count[outcome], inTime[outcome] = n, good
	}
	return count, inTime, rows.Err()
}

// InvoicesNumbered returns the ids of the invoices of the unit's bucket with a printed number.
func (tx *Tx) InvoicesNumbered(no string) (ids []string, err error) {
	rows, err := tx.Query("SELECT id FROM invoices WHERE bucket = $1 AND no = $2", tx.Bucket, no)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

package store

import (
	"context"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
)

// PolicyRow is one immutable version of a policy or a points card.
type PolicyRow struct {
	ID        string
	Version   int64
	Kind      string // policy, card
	ValidFrom cal.Day
	SHA256    string
	Body      []byte
}

// PutPolicies stores versions once; a version that exists stays as it is.
func (d *DB) PutPolicies(ctx context.Context, list ...PolicyRow) error {
	var args []any
	for _, p := range list {
		args = append(args, p.ID, p.Version, p.Kind, int64(p.ValidFrom), p.SHA256, p.Body)
	}
	_, err := d.exec(ctx, "INSERT INTO policies (id, version, kind, valid_from, sha256, body) VALUES "+numbered(len(list), 6)+" ON CONFLICT DO NOTHING", args...)
	return err
}

// Policies returns all versions of all policies and cards, oldest first.
func (d *DB) Policies(ctx context.Context) ([]PolicyRow, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, version, kind, valid_from, sha256, body FROM policies ORDER BY kind, id, version")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []PolicyRow
	for rows.Next() {
		var p PolicyRow
		if err := rows.Scan(&p.ID, &p.Version, &p.Kind, &p.ValidFrom, &p.SHA256, &p.Body); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// PolicyStep is one step in the life of a policy or card: asked for by one person, confirmed by another.
type PolicyStep struct {
	PolicyID     string
	Version      int64
	State        string  // draft, validated, shadow, champion, retired
	Day          cal.Day // from which it counts
	ReportSHA256 string  // of what both persons saw
	Report       []byte
	Note         string
	AskedBy      string
	AskedAt      pay.Micros
	ConfirmedBy  string // empty: nobody yet
	ConfirmedAt  pay.Micros
}

const stepColumns = "policy_id, version, state, day, report_sha256, report, note, asked_by, asked_at, confirmed_by, confirmed_at"

// PutPolicySteps stores steps. One that waits for its second person is replaced; one that is confirmed stays, and is not counted.
func (d *DB) PutPolicySteps(ctx context.Context, list ...PolicyStep) (stored int64, err error) {
	var args []any
	for _, s := range list {
		report := s.Report
		if report == nil {
			report = []byte{}
		}
		args = append(args, s.PolicyID, s.Version, s.State, int64(s.Day), s.ReportSHA256, report, s.Note, s.AskedBy, s.AskedAt, s.ConfirmedBy, s.ConfirmedAt)
	}
	res, err := d.exec(ctx, "INSERT INTO policy_steps ("+stepColumns+") VALUES "+numbered(len(list), 11)+" ON CONFLICT (policy_id, version, state) DO UPDATE SET "+
		"day = excluded.day, report_sha256 = excluded.report_sha256, report = excluded.report, note = excluded.note, asked_by = excluded.asked_by, "+
		"asked_at = excluded.asked_at, confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at WHERE policy_steps.confirmed_by = ''", args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// ConfirmPolicyStep notes the second person of a step exactly as it was read; false when it changed or was confirmed meanwhile.
func (d *DB) ConfirmPolicyStep(ctx context.Context, s PolicyStep, by string, at pay.Micros) (bool, error) {
	res, err := d.exec(ctx, "UPDATE policy_steps SET confirmed_by = $1, confirmed_at = $2 WHERE policy_id = $3 AND version = $4 AND state = $5 AND confirmed_by = '' AND asked_by = $6 AND asked_at = $7",
		by, at, s.PolicyID, s.Version, s.State, s.AskedBy, s.AskedAt)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// DropPolicyStep forgets a step that nobody confirmed; false when there is none.
func (d *DB) DropPolicyStep(ctx context.Context, s PolicyStep) (bool, error) {
	res, err := d.exec(ctx, "DELETE FROM policy_steps WHERE policy_id = $1 AND version = $2 AND state = $3 AND confirmed_by = ''", s.PolicyID, s.Version, s.State)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// PolicySteps returns all steps in the order in which they were asked for.
func (d *DB) PolicySteps(ctx context.Context) ([]PolicyStep, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT "+stepColumns+" FROM policy_steps ORDER BY asked_at, policy_id, version, state")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []PolicyStep
	for rows.Next() {
		var s PolicyStep
		if err := rows.Scan(&s.PolicyID, &s.Version, &s.State, &s.Day, &s.ReportSHA256, &s.Report, &s.Note, &s.AskedBy, &s.AskedAt, &s.ConfirmedBy, &s.ConfirmedAt); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// SealedDecision is what a replay needs of a decision.
type SealedDecision struct {
	ID         pay.DecisionID
	ConsumerID pay.ConsumerID
	Kind       string
	Day        cal.Day
	Approved   bool
	Sealed     []byte
}

// DecisionsIn streams the decisions of a bucket at or after an instant, oldest first. The value is used again for the next one.
func (d *DB) DecisionsIn(ctx context.Context, bucket int, since pay.Micros, f func(*SealedDecision) error) error {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, consumer_id, kind, day, approved, sealed FROM decisions WHERE bucket = $1 AND id >= $2 ORDER BY id", bucket, idAt(pay.PrefixDecision, since))
	if err != nil {
		return err
	}
	defer rows.Close()
	var s SealedDecision
	var approved int64
	for rows.Next() {
		if err := rows.Scan(&s.ID, &s.ConsumerID, &s.Kind, &s.Day, &approved, &s.Sealed); err != nil {
			return err
		}
		s.Approved = approved == 1
		if err := f(&s); err != nil {
			return err
		}
	}
	return rows.Err()
}

// WrappedKeysIn returns the wrapped data keys of a bucket's consumers; an empty key was destroyed.
func (d *DB) WrappedKeysIn(ctx context.Context, bucket int) (map[pay.ConsumerID][]byte, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, wrapped_key FROM consumers WHERE bucket = $1", bucket)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[pay.ConsumerID][]byte{}
	for rows.Next() {
		var id pay.ConsumerID
		var key []byte
		if err := rows.Scan(&id, &key); err != nil {
			return nil, err
		}
		out[id] = key
	}
	return out, rows.Err()
}

// ClaimOutcome is how a claim that a decision led to stands.
type ClaimOutcome struct {
	Method string
	Amount int64 // net of refunds
	Open   int64
	Due    cal.Day
}

// OutcomesIn returns the claims of a bucket by the decision that they go back to.
func (d *DB) OutcomesIn(ctx context.Context, bucket int) (map[pay.DecisionID][]ClaimOutcome, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT o.decision_id, i.method, i.amount - i.refunded, i.open_amount, i.due_day FROM invoices i "+
		"JOIN orders o ON o.bucket = i.bucket AND o.id = i.order_id WHERE i.bucket = $1 ORDER BY i.id", bucket)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[pay.DecisionID][]ClaimOutcome{}
	for rows.Next() {
		var id pay.DecisionID
		var c ClaimOutcome
		if err := rows.Scan(&id, &c.Method, &c.Amount, &c.Open, &c.Due); err != nil {
			return nil, err
		}
		out[id] = append(out[id], c)
	}
	return out, rows.Err()
}

// ConsumersIn returns up to limit consumers of a bucket after an id.
func (d *DB) ConsumersIn(ctx context.Context, bucket int, after pay.ConsumerID, limit int) ([]*pay.Consumer, error) {
	return find(ctx, d, Consumers, "WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3", bucket, string(after), limit)
}

// numbered returns n tuples of w numbered parameters: ($1, $2), ($3, $4), ...
func numbered(n, w int) string {
	var b strings.Builder
	for i := range n * w {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%w == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

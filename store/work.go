package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Outbox holds amounts on their way to the books of another bucket; it is the truth until they are delivered.
var Outbox = newTable("outbox", "party event ref amount currency day body delivered",
	func(r *pay.Message) Key { return Key{r.Bucket, r.ID} },
	func(r *pay.Message) []any {
		return []any{&r.Party, &r.Event, &r.Ref, &r.Amount, &r.Currency, &r.Day, &r.Body, &r.Delivered}
	}).withKey(func(r *pay.Message, k Key) { r.Bucket, r.ID = k.Bucket, k.ID })

// Inbox holds which messages a party's books already hold.
var Inbox = newTable("inbox", "at",
	func(r *pay.Received) Key { return Key{r.Bucket, r.ID} },
	func(r *pay.Received) []any { return []any{&r.At} }).
	withKey(func(r *pay.Received, k Key) { r.Bucket, r.ID = k.Bucket, k.ID })

// Payouts and PayoutItems hold what merchants are paid.
var Payouts = newTable("payouts", "merchant_id due_day amount currency state at opening closing",
	func(r *pay.Payout) Key { return of(r.ID) },
	func(r *pay.Payout) []any {
		return []any{&r.MerchantID, &r.DueDay, &r.Amount, &r.Currency, &r.State, &r.At, &r.Opening, &r.Closing}
	}).withID(func(r *pay.Payout, id string) { r.ID = pay.PayoutID(id) })

// PayoutItems holds the amounts that payouts are made of.
var PayoutItems = newTable("payout_items", "payout_id merchant_id amount currency event ref due_day tax tax_rate",
	func(r *pay.PayoutItem) Key { return Key{r.Bucket, r.ID} },
	func(r *pay.PayoutItem) []any {
		return []any{&r.PayoutID, &r.MerchantID, &r.Amount, &r.Currency, &r.Event, &r.Ref, &r.DueDay, &r.Tax, &r.TaxRate}
	}).withKey(func(r *pay.PayoutItem, k Key) { r.Bucket, r.ID = k.Bucket, k.ID })

// Jobs holds work for outside a transaction.
var Jobs = newTable("jobs", "kind rank subject body due_at tries state problem",
	func(r *pay.Job) Key { return of(r.ID) },
	func(r *pay.Job) []any {
		return []any{&r.Kind, &r.Rank, &r.Subject, &r.Body, &r.DueAt, &r.Tries, &r.State, &r.Problem}
	}).withID(func(r *pay.Job, id string) { r.ID = pay.JobID(id) })

// Documents holds papers.
var Documents = newTable("documents", "consumer_id kind ref language version sha256 at sealed",
	func(r *pay.Document) Key { return of(r.ID) },
	func(r *pay.Document) []any {
		return []any{&r.ConsumerID, &r.Kind, &r.Ref, &r.Language, &r.Version, &r.SHA256, &r.At, &r.Sealed}
	}).withID(func(r *pay.Document, id string) { r.ID = pay.DocumentID(id) })

// Mails holds e-mails to consumers.
var Mails = newTable("mails", "consumer_id kind ref state at sent_at sealed",
	func(r *pay.Mail) Key { return of(r.ID) },
	func(r *pay.Mail) []any {
		return []any{&r.ConsumerID, &r.Kind, &r.Ref, &r.State, &r.At, &r.SentAt, &r.Sealed}
	}).withID(func(r *pay.Mail, id string) { r.ID = pay.MailID(id) })

// Looks holds the audit trail; write it with Tx.Audit.
var Looks = newTable("audit", "actor action subject detail at lane link salt",
	func(r *pay.Look) Key { return of(r.ID) },
	func(r *pay.Look) []any {
		return []any{&r.Actor, &r.Action, &r.Subject, &r.Detail, &r.At, &r.Lane, &r.Link, &r.Salt}
	}).withID(func(r *pay.Look, id string) { r.ID = pay.LookID(id) })

// Audit buffers a line of the audit trail and its leaf in the chain.
func (tx *Tx) Audit(actor, action, subject, detail string) {
	l := &pay.Look{ID: pay.LookID(tx.ID(pay.PrefixAudit)), Actor: actor, Action: action, Subject: subject, Detail: detail, At: tx.At}
	l.Salt, l.Link, l.Lane = tx.leaf(lookContent(l))
	Save(tx, Looks, l)
}

func lookContent(l *pay.Look) []byte {
	return []byte(l.Actor + "\n" + l.Action + "\n" + l.Subject + "\n" + l.Detail)
}

// Undelivered returns messages of a bucket that are on their way, oldest first.
func (d *DB) Undelivered(ctx context.Context, bucket, limit int) ([]*pay.Message, error) {
	return find(ctx, d, Outbox, "WHERE bucket = $1 AND delivered = 0 ORDER BY id LIMIT $2", bucket, limit)
}

// BucketsWithMessages returns the buckets that have messages on their way.
func (d *DB) BucketsWithMessages(ctx context.Context) ([]int, error) {
	return d.buckets(ctx, "SELECT DISTINCT bucket FROM outbox WHERE delivered = 0 ORDER BY bucket")
}

// DueJobs returns about limit jobs of a rank whose time has come, the longest waiting first. Every bucket gives a few,
// so that none waits for another's backlog.
func (d *DB) DueJobs(ctx context.Context, rank int, now pay.Micros, limit int) ([]*pay.Job, error) {
	out, err := findBy(ctx, d, Jobs, dueJobsSQL, rank, now, limit/8+1)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b *pay.Job) int { return cmp.Compare(a.DueAt, b.DueAt) })
	return out[:min(len(out), limit)], nil
}

// dueJobsSQL asks every bucket's index in one statement.
var dueJobsSQL = fromEveryBucket(&Jobs.tableInfo, "AND state = 'waiting' AND rank = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT $3")

// fromEveryBucket is one statement that reads rows of a table from each bucket by an index.
func fromEveryBucket(t *tableInfo, clause string) string {
	return fromBuckets(everyBucket, t.name, strings.Join(t.columns, ", "), clause)
}

// everyBucket are the numbers of all buckets.
var everyBucket = func() []int {
	all := make([]int, pay.Buckets)
	for b := range all {
		all[b] = b
	}
	return all
}()

// fromBuckets is one statement that reads columns of a table from each of some buckets; the clause goes on behind a
// condition.
func fromBuckets(buckets []int, table, columns, clause string) string {
	parts := make([]string, len(buckets))
	for i, b := range buckets {
		parts[i] = fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s WHERE bucket = %d %s) AS bucket_%d", columns, columns, table, b, clause, b)
	}
	return strings.Join(parts, " UNION ALL ")
}

// DocumentsOf returns a consumer's papers, newest first, without their bytes being opened.
func (d *DB) DocumentsOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Document, error) {
	return find(ctx, d, Documents, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// MailsOf returns a consumer's mails, newest first.
func (d *DB) MailsOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Mail, error) {
	return find(ctx, d, Mails, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// LooksAt returns who saw or did what to a subject, newest first.
func (d *DB) LooksAt(ctx context.Context, bucket int, subject string, limit int) ([]*pay.Look, error) {
	return find(ctx, d, Looks, "WHERE bucket = $1 AND subject = $2 ORDER BY at DESC, id DESC LIMIT $3", bucket, subject, limit)
}

// DueItems returns what is owed to a merchant, due up to a day and not in a payout yet.
func (d *DB) DueItems(ctx context.Context, m pay.MerchantID, until cal.Day, limit int) ([]*pay.PayoutItem, error) {
	return find(ctx, d, PayoutItems, "WHERE bucket = $1 AND merchant_id = $2 AND payout_id = '' AND due_day <= $3 ORDER BY due_day, id LIMIT $4",
		of(m).Bucket, string(m), int64(until), limit)
}

// Lease takes or renews the worker's lease on a bucket; ok is false while another owner holds it.
func (d *DB) Lease(ctx context.Context, bucket int, owner string, now, until pay.Micros) (ok bool, err error) {
	if _, err := d.exec(ctx, "INSERT INTO worker_leases (bucket, owner, until) VALUES ($1, '', 0) ON CONFLICT DO NOTHING", bucket); err != nil {
		return false, err
	}
	res, err := d.exec(ctx, "UPDATE worker_leases SET owner = $1, until = $2 WHERE bucket = $3 AND (owner = $4 OR until < $5)", owner, until, bucket, owner, now)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// EndLeases gives back what an owner holds, so that the next one need not wait.
func (d *DB) EndLeases(ctx context.Context, owner string) error {
	_, err := d.exec(ctx, "UPDATE worker_leases SET until = 0 WHERE owner = $1", owner)
	return err
}

func (d *DB) buckets(ctx context.Context, query string, args ...any) ([]int, error) {
	rows, err := d.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int
	for rows.Next() {
		var b int
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

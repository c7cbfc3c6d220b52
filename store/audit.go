package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"zahlziel/ledger"
	"zahlziel/money"
	"zahlziel/pay"
)

// AuditReport counts what an audit has proved.
type AuditReport struct {
	Links       int64 `json:"links"`
	Leaves      int64 `json:"leaves"`
	Postings    int64 `json:"postings"`
	Entries     int64 `json:"entries"`
	Balances    int64 `json:"balances"`
	Receivables int64 `json:"receivables"`
	Invoices    int64 `json:"invoices"`
	Allocations int64 `json:"allocations"`
	Payments    int64 `json:"payments"`
	Messages    int64 `json:"messages"`   // amounts between two buckets,
	InTransit   int64 `json:"in_transit"` // and those of them that have not arrived
	Decisions   int64 `json:"decisions"`
	Looks       int64 `json:"looks"`
	Disputes    int64 `json:"disputes"`
	Payouts     int64 `json:"payouts"`
	Promises    int64 `json:"promises"`
	Erased      int64 `json:"erased"`   // rows whose content can no longer,
	Unopened    int64 `json:"unopened"` // or could not here, be held against their leaf
}

// String is the report in one line.
func (r AuditReport) String() string {
	return fmt.Sprintf("%d links with %d leaves, %d postings with %d entries, %d balances, %d receivables, %d invoices, %d payments with %d allocations, %d messages (%d in transit), %d decisions, %d promises and %d looks (%d erased, %d not opened)",
		r.Links, r.Leaves, r.Postings, r.Entries, r.Balances, r.Receivables, r.Invoices, r.Payments, r.Allocations, r.Messages, r.InTransit, r.Decisions, r.Promises, r.Looks, r.Erased, r.Unopened)
}

// AuditOptions tune an audit.
type AuditOptions struct {
	// DecisionContent opens the record of a decision: the bytes that were given to Tx.Leaf. Without it, or where it
	// returns nil, the audit proves only that the decision's link has a leaf to spare for it.
	DecisionContent func(*pay.DecisionRow) ([]byte, error)
	// PromiseContent does the same for what was promised.
	PromiseContent func(*pay.Promise) ([]byte, error)
	// WindowLeaves bounds memory: so many leaves of the chains are held at a time, of about 40 bytes each; more cost
	// another walk over the rows. 0 means two million.
	WindowLeaves int
}

// Difference is the first thing an audit found that does not add up.
type Difference struct {
	Table  string
	Bucket int
	ID     string
	What   string // what was compared
	Stored string // what the row says
	Proved string // what the rest of the database proves
}

// Error names the row and both values.
func (d *Difference) Error() string {
	return fmt.Sprintf("%s %s in bucket %d: %s: stored %s, proved %s", d.Table, d.ID, d.Bucket, d.What, d.Stored, d.Proved)
}

func differs(table string, bucket int, id, what string, stored, proved any) error {
	return &Difference{table, bucket, id, what, fmt.Sprint(stored), fmt.Sprint(proved)}
}

// Audit proves in one snapshot, beside running writers, that every lane's chain is unbroken and commits to exactly the
// postings, decisions, promises and looks that are stored; that every posting balances; that kept balances are the sums of their
// entries; that receivables are the open claims; that clearing accounts are what is in transit; that what is
// withheld, kept back and owed to merchants is what disputes, reserves and payout items say; and that allocations add up on both sides. The first difference is returned as a *Difference. report gets a line per finished part; it may be nil.
func (d *DB) Audit(ctx context.Context, report func(line string), o AuditOptions) (AuditReport, error) {
	tx, err := d.snapshot(ctx)
	if err != nil {
		return AuditReport{}, err
	}
	defer tx.Rollback()
	if report == nil {
		report = func(string) {}
	}
	if o.WindowLeaves == 0 {
		o.WindowLeaves = 2 << 20
	}
	a := &auditor{ctx: ctx, tx: tx, o: o, postgres: d.postgres, clearing: map[clearingKey]int64{}, transit: map[string]int64{}, merchants: merchantProof{}}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"every row lies in one of the buckets", a.checkBuckets},
		{"messages in transit", a.readOutbox},
		{"payouts against their items", a.readMerchants},
		{"chains, postings, balances, claims", a.checkBooks},
		{"clearing accounts against messages in transit", a.checkClearing},
		{"held accounts against open disputes, reserves and payables against their items", a.checkMerchants},
		{"payments against allocations", a.checkPayments},
	} {
		if err := part.run(); err != nil {
			return a.r, err
		}
		report("ok: " + part.name)
	}
	return a.r, nil
}

// snapshot is a reading transaction that sees one state of the database throughout.
func (d *DB) snapshot(ctx context.Context) (*sql.Tx, error) {
	if d.postgres {
		return d.sql.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	}
	return d.sql.BeginTx(ctx, nil) // a deferred transaction: SQLite readers see one state anyway
}

type auditor struct {
	ctx      context.Context
	tx       *sql.Tx
	o        AuditOptions
	postgres bool
	r        AuditReport
	lanes    map[int]*laneProof
	clearing map[clearingKey]int64 // balance over all buckets
	transit  map[string]int64      // amounts in transit by the noun that caused them

	merchants merchantProof
}

// clearingKey is one clearing account in one currency.
type clearingKey struct{ account, currency string }

// accountKey is one account of the bucket under audit.
type accountKey struct{ account, currency string }

// auditPage is how many rows of a table are held at a time.
const auditPage = 2000

// pages reads the rows of a bucket in the order of their ids and checks that each lies under its own key.
func pages[T any](a *auditor, t *Table[T], bucket int, f func(rows []*T, last bool) error) error {
	text := "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name + " WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3"
	after := ""
	for {
		page, err := scanPage(a, t, &after, text, bucket, after, auditPage)
		if err != nil {
			return err
		}
		if err := f(page, len(page) < auditPage); err != nil || len(page) < auditPage {
			return err
		}
	}
}

func scanPage[T any](a *auditor, t *Table[T], last *string, text string, args ...any) ([]*T, error) {
	rows, err := a.tx.QueryContext(a.ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []*T
	for rows.Next() {
		var bucket int
		r, err := t.scan(func(dest ...any) error {
			err := rows.Scan(dest...)
			bucket, *last = *dest[0].(*int), *dest[1].(*string)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.name, err)
		}
		if k := r.rowKey(); k != (Key{bucket, *last}) {
			return nil, differs(t.name, bucket, *last, "key", *last, fmt.Sprintf("%s in bucket %d", k.ID, k.Bucket))
		}
		page = append(page, r.(typedRow[T]).v)
	}
	return page, rows.Err()
}

// checkBuckets proves that no audited row hides outside the buckets.
func (a *auditor) checkBuckets() error {
	for _, t := range []string{"postings", "entries", "balances", "invoices", "allocations", "payments", "outbox", "decisions", "promises", "promise_steps", "audit", "disputes", "reserves", "payouts", "payout_items"} {
		var id string
		err := a.tx.QueryRowContext(a.ctx, "SELECT id FROM "+t+" WHERE bucket < 0 OR bucket >= $1 LIMIT 1", pay.Buckets).Scan(&id)
		if err == nil {
			return differs(t, -1, id, "bucket", "outside", "0 to 63")
		}
		if err != sql.ErrNoRows {
			return err
		}
	}
	return nil
}

// readOutbox sums what is in transit. A message has arrived once the party's inbox holds it, even if its own row does not say so yet.
func (a *auditor) readOutbox() error {
	for bucket := range pay.Buckets {
		err := pages(a, Outbox, bucket, func(rows []*pay.Message, _ bool) error {
			a.r.Messages += int64(len(rows))
			rows = slices.DeleteFunc(rows, func(m *pay.Message) bool { return m.Delivered != 0 })
			arrived, err := a.arrived(rows)
			if err != nil {
				return err
			}
			for _, m := range rows {
				if !arrived[Key{of(m.Party).Bucket, m.ID}] {
					a.r.InTransit++
					a.clearing[clearingKey{string(ledger.Clearing(m.Party, bucket)), string(m.Currency)}] += m.Amount
					a.transit[m.Ref] += m.Amount
					if err := a.withheldInTransit(m); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// arrived returns the keys under which inboxes hold some of the messages.
func (a *auditor) arrived(messages []*pay.Message) (map[Key]bool, error) {
	out := map[Key]bool{}
	if len(messages) == 0 {
		return out, nil
	}
	keys := make([]Key, len(messages))
	for i, m := range messages {
		keys[i] = Key{of(m.Party).Bucket, m.ID}
	}
	k, args := keyArgs(a.postgres, textKey{t: &Inbox.tableInfo, kind: selectRows}, keys)
	rows, err := a.tx.QueryContext(a.ctx, k.sql(a.postgres), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := Inbox.scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out[r.rowKey()] = true
	}
	return out, rows.Err()
}

// checkClearing proves that what is in transit, added to the clearing accounts' balances, leaves nothing.
func (a *auditor) checkClearing() error {
	for k, rest := range a.clearing {
		if rest != 0 {
			transit := int64(0)
			return differs("outbox", -1, k.account, "sum of messages in transit, against the account's balance in "+k.currency, transit, rest)
		}
	}
	return nil
}

// checkBooks walks over all buckets once per window of leaves; the first walk proves the books themselves too.
func (a *auditor) checkBooks() error {
	if err := a.openLanes(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := a.nextWindow()
		if err != nil {
			return err
		}
		for bucket := range pay.Buckets {
			if err := a.checkBucket(bucket, first); err != nil {
				return err
			}
		}
		if err := a.checkWindow(); err != nil || !more {
			return err
		}
	}
}

func (a *auditor) checkBucket(bucket int, first bool) error {
	sums := map[accountKey]delta{}
	if err := a.checkPostings(bucket, first, sums); err != nil {
		return err
	}
	if err := a.checkDecisions(bucket, first); err != nil {
		return err
	}
	if err := a.checkLooks(bucket, first); err != nil {
		return err
	}
	if err := a.checkPromises(bucket, first); err != nil {
		return err
	}
	if !first {
		return nil
	}
	open, err := a.checkInvoices(bucket)
	if err != nil {
		return err
	}
	return a.checkBalances(bucket, sums, open)
}

// checkPostings proves that postings balance and are committed to, and sums their entries per account.
func (a *auditor) checkPostings(bucket int, first bool, sums map[accountKey]delta) error {
	done := ""
	return pages(a, postings, bucket, func(rows []*postingRow, last bool) error {
		lines, err := a.entriesUpTo(bucket, &done, rows, last)
		if err != nil {
			return err
		}
		for _, p := range rows {
			own := lines[p.ID]
			delete(lines, p.ID)
			if err := balanced(p, own); err != nil {
				return err
			}
			if err := a.leaf("postings", bucket, p.ID, p.Lane, p.Link, Commitment(p.Salt, canonical(p, own))); err != nil {
				return err
			}
			if first {
				a.count(p, own, sums)
			}
		}
		for id, own := range lines {
			return differs("entries", bucket, own[0].PostingID+"-"+fmt.Sprint(own[0].N), "posting", id, "no such posting")
		}
		return nil
	})
}

// entriesUpTo reads the entries behind the ones read before, up to those of the page's last posting: an id of an
// entry is its posting's id, a hyphen and a number, so both tables have the same order.
func (a *auditor) entriesUpTo(bucket int, done *string, page []*postingRow, last bool) (map[string][]*entryRow, error) {
	text := "SELECT " + strings.Join(entries.columns, ", ") + " FROM entries WHERE bucket = $1 AND id > $2"
	args := []any{bucket, *done}
	if !last {
		*done = page[len(page)-1].ID + "-z"
		text, args = text+" AND id <= $3", append(args, *done)
	}
	var id string
	rows, err := scanPage(a, entries, &id, text, args...)
	lines := map[string][]*entryRow{}
	for _, e := range rows {
		lines[e.PostingID] = append(lines[e.PostingID], e)
	}
	return lines, err
}

// balanced proves a posting by its own entries, which it puts in order.
func balanced(p *postingRow, own []*entryRow) error {
	ordered := make([]*entryRow, len(own))
	var sum int64
	for _, e := range own {
		if e.N < 0 || e.N >= len(own) || ordered[e.N] != nil {
			return differs("entries", p.Bucket, p.ID, "numbers of the entries", e.N, fmt.Sprintf("0 to %d", len(own)-1))
		}
		if e.Currency != p.Currency || e.Event != p.Event || e.Day != p.Day || e.At != p.At {
			return differs("entries", p.Bucket, p.ID, "event, day, currency and instant of entry "+fmt.Sprint(e.N),
				fmt.Sprint(e.Event, e.Day, e.Currency, e.At), fmt.Sprint(p.Event, p.Day, p.Currency, p.At))
		}
		ordered[e.N] = e
		sum += e.Amount
	}
	if len(own) < 2 {
		return differs("postings", p.Bucket, p.ID, "entries", len(own), "at least 2")
	}
	if sum != 0 {
		return differs("postings", p.Bucket, p.ID, fmt.Sprintf("sum of its %d entries", len(own)), sum, 0)
	}
	copy(own, ordered)
	return nil
}

func canonical(p *postingRow, own []*entryRow) []byte {
	lp := ledger.Posting{Event: p.Event, Ref: p.Ref, Day: p.Day, Currency: money.Currency(p.Currency)}
	for _, e := range own {
		lp.Entries = append(lp.Entries, ledger.Entry{Account: ledger.Account(e.Account), Amount: e.Amount, TaxCode: e.TaxCode, Pending: e.Pending})
	}
	return lp.Canonical()
}

func (a *auditor) count(p *postingRow, own []*entryRow, sums map[accountKey]delta) {
	a.r.Postings++
	a.r.Entries += int64(len(own))
	for _, e := range own {
		k := accountKey{e.Account, p.Currency}
		d := sums[k]
		if e.Amount > 0 {
			d.debit += e.Amount
		} else {
			d.credit -= e.Amount
		}
		sums[k] = d
	}
}

// checkBalances proves the kept balances of a bucket by its entries, and its receivables by the open claims.
func (a *auditor) checkBalances(bucket int, sums map[accountKey]delta, open map[accountKey]int64) error {
	rows, err := a.tx.QueryContext(a.ctx, "SELECT id, currency, debit, credit FROM balances WHERE bucket = $1 ORDER BY id, currency", bucket)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k accountKey
		var kept delta
		if err := rows.Scan(&k.account, &k.currency, &kept.debit, &kept.credit); err != nil {
			return err
		}
		if kept != sums[k] {
			return differs("balances", bucket, k.account+" "+k.currency, "debit and credit", kept, sums[k])
		}
		if err := a.checkAccount(bucket, k, kept.debit-kept.credit, open); err != nil {
			return err
		}
		a.r.Balances++
		delete(sums, k)
	}
	for k, d := range sums {
		return differs("balances", bucket, k.account+" "+k.currency, "debit and credit", "no row", d)
	}
	for k, sum := range open {
		if sum != 0 {
			return differs("invoices", bucket, k.account+" "+k.currency, "open claims against the account's balance", sum, "no account")
		}
	}
	return rows.Err()
}

func (a *auditor) checkAccount(bucket int, k accountKey, balance int64, open map[accountKey]int64) error {
	a.merchants.found(k, balance)
	switch ledger.Account(k.account).Kind() {
	case ledger.Account(ledger.Receivable("")).Kind():
		a.r.Receivables++
		if balance != open[k] {
			return differs("invoices", bucket, k.account+" "+k.currency, "open claims against the account's balance", open[k], balance)
		}
		delete(open, k)
	case ledger.Clearing("", 0).Kind():
		a.clearing[clearingKey(k)] += balance
	}
	return nil
}

// checkInvoices proves each invoice of a bucket in itself and by its allocations; it returns the open claims per receivable account.
func (a *auditor) checkInvoices(bucket int) (open map[accountKey]int64, err error) {
	paid, open := map[pay.InvoiceID]int64{}, map[accountKey]int64{}
	err = pages(a, Allocations, bucket, func(rows []*pay.Allocation, _ bool) error {
		for _, al := range rows {
			a.r.Allocations++
			paid[al.InvoiceID] += al.Amount
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = pages(a, Invoices, bucket, func(rows []*pay.Invoice, _ bool) error {
		for _, i := range rows {
			a.r.Invoices++
			id := string(i.ID)
			if rest := i.Amount - i.Refunded - i.Paid; i.Open != rest || i.Open < 0 {
				return differs("invoices", bucket, id, "open_amount, against amount - refunded - paid", i.Open, rest)
			}
			if i.Paid != paid[i.ID] {
				return differs("invoices", bucket, id, "paid, against its allocations", i.Paid, paid[i.ID])
			}
			delete(paid, i.ID)
			if i.Kind == pay.InvoiceClaim {
				open[accountKey{string(ledger.Receivable(string(i.ConsumerID))), string(i.Currency)}] += i.Open
			}
		}
		return nil
	})
	for id, sum := range paid {
		if err == nil {
			err = differs("allocations", bucket, string(id), "invoice", sum, "no such invoice")
		}
	}
	return open, err
}

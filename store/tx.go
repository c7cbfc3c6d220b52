package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/pay"
)

// Tx is what a unit of work sees: the rows of its group, with the effects of the units before it.
// What a unit changes is buffered; if its function fails nothing of it remains.
type Tx struct {
	At     pay.Micros // the one instant of this unit
	Day    cal.Day    // the business day
	Bucket int
	g      *group
	rows   map[Ref]*slot
	adds   []balanceKey
	deltas map[balanceKey]delta
	leaves [][]byte
	after  []func()
}

type slot struct {
	row    row  // nil: known not to exist
	stored bool // in the database, or written by a unit before
	dirty  bool
}

// Get returns the row with this id in the unit's bucket, or nil. The row is the unit's own copy:
// changes to it count only after Save.
func Get[T any](tx *Tx, t *Table[T], id string) (*T, error) {
	s, err := tx.slot(Ref{t, Key{tx.Bucket, id}})
	if err != nil || s.row == nil {
		return nil, err
	}
	return s.row.(typedRow[T]).v, nil
}

// Save buffers a new or changed row.
func Save[T any](tx *Tx, t *Table[T], v *T) {
	r := typedRow[T]{t, v}
	k := r.rowKey()
	if k.Bucket != tx.Bucket {
		panic(fmt.Sprintf("%s: row of bucket %d written in a unit of bucket %d", t.name, k.Bucket, tx.Bucket))
	}
	ref := Ref{t, k}
	s := tx.rows[ref]
	if s == nil {
		s = &slot{}
		if g := tx.g.rows[ref]; g != nil {
			s.stored = g.stored
		}
		tx.rows[ref] = s
	}
	s.row, s.dirty = r, true
}

func (tx *Tx) slot(ref Ref) (*slot, error) {
	if s := tx.rows[ref]; s != nil {
		return s, nil
	}
	g := tx.g.rows[ref]
	if g == nil {
		if err := tx.g.load([]Ref{ref}); err != nil {
			return nil, err
		}
		g = tx.g.rows[ref]
	}
	s := &slot{stored: g.stored}
	if g.row != nil {
		s.row = g.row.clone()
	}
	tx.rows[ref] = s
	return s, nil
}

// Query reads inside the group's transaction. It does not see what units of the same group have buffered,
// so it serves look-ups of rows that this unit's kind of work does not change. The rows close with the unit;
// close them before the next Get, which may need the connection.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	rows, err := tx.g.pipe.conn.QueryContext(tx.g.ctx, query, args...)
	if err == nil {
		tx.g.reads = append(tx.g.reads, rows)
	}
	return rows, err
}

// sweep removes rows of kept tables by one statement and returns how many. It sees nothing that units of the same group
// have buffered, so it is for rows that no unit changes any more.
func (tx *Tx) sweep(text string, args ...any) (int, error) {
	res, err := tx.g.pipe.conn.ExecContext(tx.g.ctx, text, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	tx.g.swept = tx.g.swept || n > 0
	return int(n), err
}

// number reads the one number that a query gives, as Query does; 0 where it gives no row.
func (tx *Tx) number(query string, args ...any) (n int64, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// Context is the group's context; no caller's cancellation reaches it.
func (tx *Tx) Context() context.Context { return tx.g.ctx }

// Post buffers a balanced posting: its entries, the balances they move and its leaf in the lane's chain.
func (tx *Tx) Post(p ledger.Posting, err error) error {
	if err != nil {
		return err
	}
	r := &postingRow{Bucket: tx.Bucket, ID: string(tx.ID(pay.PrefixPosting)), Event: p.Event, Ref: p.Ref, Day: p.Day,
		Currency: string(p.Currency), At: tx.At}
	r.Salt, r.Link, r.Lane = tx.leaf(p.Canonical())
	Save(tx, postings, r)
	for i, e := range p.Entries {
		Save(tx, entries, &entryRow{Bucket: tx.Bucket, PostingID: r.ID, N: i, Account: string(e.Account), Amount: e.Amount,
			Currency: r.Currency, Event: p.Event, Day: p.Day, TaxCode: e.TaxCode, Pending: e.Pending, At: tx.At})
		k := balanceKey{tx.Bucket, string(e.Account), r.Currency}
		d, seen := tx.deltas[k]
		if !seen {
			tx.adds = append(tx.adds, k)
		}
		if e.Amount > 0 {
			d.debit += e.Amount
		} else {
			d.credit -= e.Amount
		}
		tx.deltas[k] = d
	}
	return nil
}

// ID mints an id in the cell that the unit's bucket starts with; use IDIn for a noun of a known cell.
func (tx *Tx) ID(prefix string) string { return tx.IDIn(prefix, tx.Bucket*(pay.Cells/pay.Buckets)) }

// IDIn mints an id in a cell.
func (tx *Tx) IDIn(prefix string, cell int) string { return pay.MintID(prefix, cell, tx.At, Random8()) }

// Leaf adds a commitment over content to the lane's chain; the returned values go into the row that holds the content.
func (tx *Tx) Leaf(content []byte) (salt []byte, link int64, lane int) { return tx.leaf(content) }

func (tx *Tx) leaf(content []byte) ([]byte, int64, int) {
	salt := Random16()
	tx.leaves = append(tx.leaves, Commitment(salt, content))
	return salt, tx.g.seq, tx.g.lane.n
}

// After runs f once the group is durable; f must not block. It wakes workers.
func (tx *Tx) After(f func()) { tx.after = append(tx.after, f) }

// merge makes the effects of a unit visible to the units behind it.
func (g *group) merge(tx *Tx) {
	for ref, s := range tx.rows {
		if !s.dirty {
			continue
		}
		if old := g.rows[ref]; old != nil {
			s.stored = old.stored
		}
		s.row = s.row.clone()
		g.rows[ref] = s
	}
	for _, k := range tx.adds {
		d := g.deltas[k]
		d.debit += tx.deltas[k].debit
		d.credit += tx.deltas[k].credit
		g.deltas[k] = d
	}
	g.leaves = append(g.leaves, tx.leaves...)
	g.after = append(g.after, tx.after...)
}

// dirtyRows returns the changed rows per table in write order, each sorted by key.
func (g *group) dirtyRows() [][]*slot {
	refs := make([][]Ref, len(tables))
	for ref, s := range g.rows {
		if s.dirty {
			n := ref.table.info().order
			refs[n] = append(refs[n], ref)
		}
	}
	out := make([][]*slot, len(tables))
	for n, own := range refs {
		slices.SortFunc(own, func(a, b Ref) int { return compareKeys(a.key, b.key) })
		for _, ref := range own {
			out[n] = append(out[n], g.rows[ref])
		}
	}
	return out
}

func compareKeys(a, b Key) int {
	if a.Bucket != b.Bucket {
		return a.Bucket - b.Bucket
	}
	if a.ID < b.ID {
		return -1
	}
	if a.ID > b.ID {
		return 1
	}
	return 0
}

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipe is one connection with its prepared statements. Statements on it are queued: SQLite runs each at once, PostgreSQL
// gets all of them in one round trip when the pipe is flushed, and each table's rows as one array per column, so that
// a few distinct statements serve groups of every size.
type pipe struct {
	db    *DB
	setup []string // run on every fresh connection
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // SQLite
	texts map[textKey]string
	batch pgx.Batch // PostgreSQL
	sent  []queued  // what is expected of each of the batch's statements
}

// queued is a statement whose outcome is read when the pipe is flushed.
type queued struct {
	what string
	row  func(scan) error // nil: it returns no rows
	rows int              // how many it must return, -1: any number
}

// scan reads the current row into pointers.
type scan = func(...any) error

func newPipe(d *DB, setup ...string) *pipe {
	p := &pipe{db: d, setup: setup, texts: map[textKey]string{}}
	if d.postgres {
		// Keys are always looked up through their index. The planner cannot know that a table, small when
		// a statement was planned, grows; and a plan that reads all of it is the one that must never be kept.
		p.setup = append(p.setup, "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
			"SET plan_cache_mode = force_generic_plan")
	}
	return p
}

// open makes sure of a connection.
func (p *pipe) open(ctx context.Context) (err error) {
	if p.conn != nil {
		return nil
	}
	if p.conn, err = p.db.sql.Conn(ctx); err != nil {
		return err
	}
	p.stmts = map[string]*sql.Stmt{}
	for _, text := range p.setup {
		if _, err = p.conn.ExecContext(ctx, text); err != nil {
			p.drop()
			return err
		}
	}
	return nil
}

// drop forgets the connection, with whatever transaction hangs on it.
func (p *pipe) drop() {
	p.batch, p.sent = pgx.Batch{}, nil
	if p.conn == nil {
		return
	}
	for _, st := range p.stmts {
		st.Close()
	}
	// Returning driver.ErrBadConn makes the pool close the connection.
	_ = p.conn.Raw(func(any) error { return driver.ErrBadConn })
	p.conn.Close()
	p.conn, p.stmts = nil, nil
}

// exec queues a statement without rows.
func (p *pipe) exec(ctx context.Context, what, text string, args ...any) error {
	return p.query(ctx, queued{what: what}, text, args...)
}

// one queues a statement that returns one row.
func (p *pipe) one(ctx context.Context, what string, row func(scan) error, text string, args ...any) error {
	return p.query(ctx, queued{what, row, 1}, text, args...)
}

func (p *pipe) query(ctx context.Context, q queued, text string, args ...any) error {
	if p.db.postgres {
		p.batch.Queue(text, args...)
		p.sent = append(p.sent, q)
		return nil
	}
	st := p.stmts[text]
	if st == nil {
		var err error
		if st, err = p.conn.PrepareContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		p.stmts[text] = st
	}
	if q.row == nil {
		if _, err := st.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
		return nil
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", q.what, err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		if err := q.row(rows.Scan); err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
	}
	return q.ended(n, rows.Err())
}

// ended checks how the rows of a statement ended.
func (q *queued) ended(n int, err error) error {
	if err == nil && q.rows >= 0 && n != q.rows {
		err = sql.ErrNoRows
	}
	if err != nil {
		return fmt.Errorf("%s: %w", q.what, err)
	}
	return nil
}

// flush sends what is queued and reads every outcome.
func (p *pipe) flush(ctx context.Context) error {
	if len(p.sent) == 0 {
		return nil
	}
	batch, sent := p.batch, p.sent
	p.batch, p.sent = pgx.Batch{}, p.sent[:0]
	return p.conn.Raw(func(c any) error {
		results := c.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		for i := range sent {
			if err := sent[i].receive(results); err != nil {
				return errors.Join(err, results.Close())
			}
		}
		return results.Close()
	})
}

func (q *queued) receive(results pgx.BatchResults) error {
	if q.row == nil {
		_, err := results.Exec()
		return q.ended(0, err)
	}
	rows, err := results.Query()
	if err != nil {
		return q.ended(0, err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		if err := q.row(rawScan(rows)); err != nil {
			return fmt.Errorf("%s: %w", q.what, err)
		}
	}
	return q.ended(n, rows.Err())
}

// text is the SQL of a statement over many rows, built once.
func (p *pipe) text(k textKey) string {
	if p.db.postgres {
		k.n = 0 // arrays are of any length
	}
	s, ok := p.texts[k]
	if !ok {
		s = k.sql(p.db.postgres)
		p.texts[k] = s
	}
	return s
}

// loadMax is how many rows of a table are loaded with one query.
const loadMax = 1024

// load queues a query for the rows of a table with these keys; keys is sorted on return.
func (p *pipe) load(ctx context.Context, t loader, keys []Key, found func(row)) error {
	slices.SortFunc(keys, compareKeys)
	keys = slices.Compact(keys)
	q := queued{"read " + t.info().name, func(s scan) error {
		r, err := t.scan(s)
		if err == nil {
			found(r)
		}
		return err
	}, -1}
	for part := range slices.Chunk(keys, loadMax) {
		k, args := keyArgs(p.db.postgres, textKey{t: t.info(), kind: selectRows}, part)
		if err := p.query(ctx, q, p.text(k), args...); err != nil {
			return err
		}
	}
	return nil
}

// keyArgs binds keys: on SQLite a power of two of them, the last one repeated, so that few distinct statements are prepared.
func keyArgs(arrays bool, k textKey, keys []Key) (textKey, []any) {
	if arrays {
		buckets, ids := make([]int64, len(keys)), make([]string, len(keys))
		for i, key := range keys {
			buckets[i], ids[i] = int64(key.Bucket), key.ID
		}
		return k, []any{buckets, ids}
	}
	k.n = 1 << bits.Len(uint(len(keys)-1))
	args := make([]any, 0, 2*k.n)
	for i := range k.n {
		key := keys[min(i, len(keys)-1)]
		args = append(args, key.Bucket, key.ID)
	}
	return k, args
}

// write queues the rows of one table.
func (p *pipe) write(ctx context.Context, kind textKind, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	t := rows[0].info()
	return p.values(ctx, t, kind, len(rows), func(i int, dst []any) []any { return rows[i].args(dst) })
}

// values queues n rows of values of one table.
func (p *pipe) values(ctx context.Context, t *tableInfo, kind textKind, n int, row func(int, []any) []any) error {
	what := "write " + t.name
	if p.db.postgres {
		return p.exec(ctx, what, p.text(textKey{t: t, kind: kind}), columnArrays(t, n, row)...)
	}
	for from := 0; from < n; {
		k := textKey{t, kind, chunk(n-from, len(t.columns))}
		args := make([]any, 0, k.n*len(t.columns))
		for i := range k.n {
			args = row(from+i, args)
		}
		if err := p.exec(ctx, what, p.text(k), args...); err != nil {
			return err
		}
		from += k.n
	}
	return nil
}

// chunk is the largest power of two that fits, so that few distinct statements are prepared.
func chunk(n, width int) int {
	return min(1<<(bits.Len(uint(n))-1), 1<<(bits.Len(uint(4000/width))-1))
}

// textKind is a statement over n rows of a table.
type textKind int

const (
	selectRows textKind = iota // by key
	insertRows
	upsertRows
	addRows // numbers behind the key are added to what is there
)

// textKey is one such statement.
type textKey struct {
	t    *tableInfo
	kind textKind
	n    int // rows, on SQLite
}

// sql is the text of a statement. SQLite looks names of parameters up one by one, so there they have none; and since
// a group rolls back as a whole anyway, OR ROLLBACK spares it the journal that could undo half a statement.
func (k textKey) sql(arrays bool) string {
	t := k.t
	columns := strings.Join(t.columns, ", ")
	if k.kind == selectRows {
		keys := "SELECT b, i FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS k (b, i)"
		if !arrays {
			keys = "VALUES " + marks(k.n, 2)
		}
		return "SELECT " + columns + " FROM " + t.name + " WHERE (bucket, id) IN (" + keys + ")"
	}
	insert := "INSERT INTO " + t.name + " (" + columns + ") SELECT " + columns + " FROM unnest(" + arrayParameters(t) + ") AS v (" + columns + ")"
	if !arrays {
		insert = "INSERT OR ROLLBACK INTO " + t.name + " (" + columns + ") VALUES " + marks(k.n, len(t.columns))
	}
	if k.kind == insertRows {
		return insert
	}
	set := make([]string, 0, len(t.columns))
	for _, c := range t.columns[t.keys:] {
		if k.kind == addRows {
			set = append(set, c+" = "+t.name+"."+c+" + excluded."+c)
		} else {
			set = append(set, c+" = excluded."+c)
		}
	}
	return insert + " ON CONFLICT (" + strings.Join(t.columns[:t.keys], ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// marks returns n parameter tuples of width w: (?, ?), (?, ?), ...
func marks(n, w int) string {
	one := "(" + strings.Repeat("?, ", w-1) + "?)"
	return strings.Repeat(one+", ", n-1) + one
}

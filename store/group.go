package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"runtime/debug"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"zahlziel/cal"
	"zahlziel/pay"
)

// group is one transaction under construction.
type group struct {
	lane    *lane
	ctx     context.Context
	conn    *sql.Conn
	seq     int64
	at      int64
	day     cal.Day
	prev    []byte
	head    []byte
	rows    map[Ref]*slot
	deltas  map[balanceKey]delta
	leaves  [][]byte
	after   []func()
	reads   []*sql.Rows // what the running unit queries
	failed  error       // a load that failed: what the group believes to know is wrong
	batch   pgx.Batch   // the flush, on PostgreSQL
	sent    []string    // what each of its statements is for
	unknown bool        // the connection was lost at COMMIT
}

func newGroup(l *lane) *group {
	return &group{lane: l, rows: map[Ref]*slot{}, deltas: map[balanceKey]delta{}}
}

func (g *group) commit(units []*Unit) (errs []error, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	g.ctx = ctx
	defer g.lane.db.turn.take(ctx)()
	if err := g.begin(); err != nil {
		g.lane.drop()
		return nil, err
	}
	errs, err = g.execute(units)
	if err == nil && g.clean() {
		return errs, g.rollback() // nothing to write: the group only read
	}
	if err == nil {
		err = g.flush()
	}
	if err == nil {
		err = g.end()
	}
	if g.unknown {
		g.lane.drop()
		return errs, err
	}
	if err != nil {
		g.rollback()
		return nil, err
	}
	return errs, nil
}

// begin locks the lane's row for the length of the group: that lock is the lease, for every process on this database.
func (g *group) begin() error {
	if err := g.lane.connect(g.ctx); err != nil {
		return err
	}
	g.conn = g.lane.conn
	start := "BEGIN"
	if !g.lane.db.postgres {
		start = "BEGIN IMMEDIATE"
	}
	if err := g.exec(start); err != nil {
		return err
	}
	st, err := g.lane.stmt(g.ctx, "UPDATE lanes SET seq = seq + 1 WHERE bucket = $1 RETURNING seq, head, day")
	if err != nil {
		return err
	}
	err = st.QueryRowContext(g.ctx, g.lane.n).Scan(&g.seq, &g.prev, &g.day)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("the database has no lane %d: run `zahlziel migrate`", g.lane.n)
	}
	if err == nil && g.lane.db.onDay != nil {
		g.lane.db.onDay(g.day) // another process may have moved it; the instant follows the day
	}
	g.at = g.lane.db.now()
	return err
}

func (g *group) execute(units []*Unit) ([]error, error) {
	var roots, more []Ref
	for _, u := range units {
		u.tx = &Tx{At: g.at, Day: g.day, Bucket: u.Bucket, g: g, rows: map[Ref]*slot{}, deltas: map[balanceKey]delta{}}
		roots = append(roots, u.Load...)
		if u.Op != nil {
			roots = append(roots, operations.At(u.Bucket, u.Op.ID))
		}
	}
	if err := g.load(roots); err != nil {
		return nil, err
	}
	for _, u := range units {
		if u.Then != nil {
			if err := g.run(func() error { more = append(more, u.Then(u.tx)...); return nil }); err != nil {
				return nil, unitError{err}
			}
			u.tx.rows = map[Ref]*slot{} // what Then looked at is read again after the units before
		}
	}
	if err := g.load(more); err != nil {
		return nil, err
	}
	errs := make([]error, len(units))
	for i, u := range units {
		if errs[i] = g.run(func() error { return u.once(u.tx) }); errs[i] == nil {
			g.merge(u.tx)
		} else if broken(errs[i]) {
			return nil, unitError{errs[i]}
		}
	}
	return errs, nil
}

// run calls a function of a unit. A panic is an error of that unit, rows that it left open are closed, and a load that
// failed inside it is an error even if the function did not pass it on.
func (g *group) run(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a unit of work panicked: %v\n%s", p, debug.Stack())
		}
		for _, r := range g.reads {
			r.Close()
		}
		g.reads = g.reads[:0]
		if g.failed != nil {
			err = g.failed
		}
	}()
	return f()
}

// clean reports whether no unit changed anything.
func (g *group) clean() bool {
	for _, s := range g.rows {
		if s.dirty {
			return false
		}
	}
	return len(g.deltas) == 0 && len(g.leaves) == 0
}

// load reads the rows that are not in the group yet, one query per table and chunk.
func (g *group) load(refs []Ref) error {
	wanted := make([][]Key, len(tables))
	loaders := make([]loader, len(tables))
	for _, r := range refs {
		if g.rows[r] != nil {
			continue
		}
		g.rows[r] = &slot{}
		n := r.table.info().order
		wanted[n], loaders[n] = append(wanted[n], r.key), r.table
	}
	for n, keys := range wanted {
		slices.SortFunc(keys, compareKeys)
		for part := range slices.Chunk(keys, loadMax) {
			if g.failed = g.loadChunk(loaders[n], part); g.failed != nil {
				return g.failed
			}
		}
	}
	return nil
}

// loadMax is how many rows of a table are loaded with one query.
const loadMax = 1024

// loadChunk asks for a power of two of keys, the last one repeated, so that few distinct statements are prepared.
func (g *group) loadChunk(t loader, keys []Key) error {
	n := 1 << bits.Len(uint(len(keys)-1))
	args := make([]any, 0, 2*n)
	for i := range n {
		k := keys[min(i, len(keys)-1)]
		args = append(args, k.Bucket, k.ID)
	}
	st, err := g.lane.stmt(g.ctx, g.lane.text(textKey{t.info(), selectRows, n}))
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(g.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := t.scan(rows.Scan)
		if err != nil {
			return fmt.Errorf("read %s: %w", t.info().name, err)
		}
		g.rows[Ref{t, r.rowKey()}] = &slot{row: r, stored: true}
	}
	return rows.Err()
}

// flush writes the buffers: rows, balances, and the group's link of the chain.
func (g *group) flush() error {
	for _, slots := range g.dirtyRows() {
		var inserts, updates []row
		for _, s := range slots {
			if s.stored {
				updates = append(updates, s.row)
			} else {
				inserts = append(inserts, s.row)
			}
		}
		if err := g.write(inserts, insertRows); err != nil {
			return err
		}
		if err := g.write(updates, upsertRows); err != nil {
			return err
		}
	}
	if err := g.writeBalances(); err != nil {
		return err
	}
	return g.writeLink()
}

func (g *group) write(rows []row, kind textKind) error {
	for len(rows) > 0 {
		t := rows[0].info()
		n := chunk(len(rows), len(t.columns))
		args := make([]any, 0, n*len(t.columns))
		for _, r := range rows[:n] {
			args = r.args(args)
		}
		if err := g.send("write "+t.name, g.lane.text(textKey{t, kind, n}), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// chunk is the largest power of two that fits, so that few distinct statements are prepared.
func chunk(n, width int) int {
	return min(1<<(bits.Len(uint(n))-1), 1<<(bits.Len(uint(4000/width))-1))
}

// exec runs a statement now.
func (g *group) exec(text string, args ...any) error {
	st, err := g.lane.stmt(g.ctx, text)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(g.ctx, args...)
	return err
}

// send runs a statement of the flush: now on SQLite, with all the others and the COMMIT in one round trip on PostgreSQL.
func (g *group) send(what, text string, args ...any) error {
	if g.lane.db.postgres {
		g.batch.Queue(text, args...)
		g.sent = append(g.sent, what)
		return nil
	}
	if err := g.exec(text, args...); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// end commits. An error that is no answer of the server to a statement leaves unknown what became of the group.
func (g *group) end() error {
	if !g.lane.db.postgres {
		err := g.exec("COMMIT")
		g.unknown = err != nil
		return err
	}
	if err := g.send("commit", "COMMIT"); err != nil {
		return err
	}
	err := g.conn.Raw(func(c any) error {
		results := c.(*stdlib.Conn).Conn().SendBatch(g.ctx, &g.batch)
		for _, what := range g.sent {
			if _, err := results.Exec(); err != nil {
				return fmt.Errorf("%s: %w", what, errors.Join(err, results.Close()))
			}
		}
		return results.Close()
	})
	var answer *pgconn.PgError
	g.unknown = err != nil && !(errors.As(err, &answer) && answer.Severity == "ERROR")
	return err
}

func (g *group) rollback() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := g.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		g.lane.drop()
	}
	return nil
}

// holds reports whether the lane has this link.
func (g *group) holds(seq int64, head []byte) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	g.ctx = ctx
	defer g.lane.db.turn.take(ctx)()
	if err := g.begin(); err != nil {
		g.lane.drop()
		return false, err
	}
	defer g.rollback()
	var have []byte
	err := g.conn.QueryRowContext(ctx, "SELECT head FROM links WHERE bucket = $1 AND seq = $2", g.lane.n, seq).Scan(&have)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && bytes.Equal(have, head), err
}

// broken reports whether an error is no answer of the rules: then the group's transaction cannot be trusted any more.
func broken(err error) bool {
	var p *pay.Error
	return !errors.As(err, &p)
}

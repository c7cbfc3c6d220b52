package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"zahlziel/cal"
	"zahlziel/pay"
)

// group is one transaction under construction.
type group struct {
	lane    *lane
	pipe    *pipe
	ctx     context.Context
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
	swept   bool        // rows were removed by a statement of a unit
	unknown bool        // the connection was lost at COMMIT
}

func newGroup(l *lane) *group {
	return &group{lane: l, pipe: l.pipe, rows: map[Ref]*slot{}, deltas: map[balanceKey]delta{}}
}

func (g *group) commit(units []*Unit) (errs []error, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	g.ctx = ctx
	defer g.lane.db.turn.take(ctx)()
	if err := g.begin(units); err != nil {
		g.abandon()
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
		g.abandon()
		return errs, err
	}
	if err != nil {
		g.rollback()
		return nil, err
	}
	g.lane.kept.learn(g)
	return errs, nil
}

// begin locks the lane's row for the length of the group: that lock is the lease, for every process on this database.
// The roots of the units are loaded behind it, on PostgreSQL in the same round trip.
func (g *group) begin(units []*Unit) error {
	if err := g.pipe.open(g.ctx); err != nil {
		return err
	}
	start := "BEGIN"
	if !g.lane.db.postgres {
		start = "BEGIN IMMEDIATE"
	}
	if err := g.pipe.exec(g.ctx, "begin", start); err != nil {
		return err
	}
	err := g.pipe.one(g.ctx, "lock lane", func(read scan) error { return read(&g.seq, &g.prev, &g.day) },
		"UPDATE lanes SET seq = seq + 1 WHERE bucket = $1 RETURNING seq, head, day", g.lane.n)
	if err == nil {
		g.lane.db.turn.sign() // on SQLite the lock is held here
		err = g.load(roots(units))
	}
	if err == nil && !g.lane.kept.hold(g.seq) {
		clear(g.rows) // another process wrote since: what was kept may be old
		err = g.load(roots(units))
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("the database has no lane %d: run `zahlziel migrate`", g.lane.n)
	}
	if err == nil && g.lane.db.onDay != nil {
		g.lane.db.onDay(g.day) // another process may have moved it; the instant follows the day
	}
	g.at = g.lane.db.now()
	return err
}

func roots(units []*Unit) (refs []Ref) {
	for _, u := range units {
		refs = append(refs, u.Load...)
		if u.Op != nil {
			refs = append(refs, operations.At(u.Bucket, u.Op.ID))
		}
	}
	return refs
}

func (g *group) execute(units []*Unit) ([]error, error) {
	var more []Ref
	for _, u := range units {
		u.tx = &Tx{At: g.at, Day: g.day, Bucket: u.Bucket, g: g, rows: map[Ref]*slot{}, deltas: map[balanceKey]delta{}}
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
	return len(g.deltas) == 0 && len(g.leaves) == 0 && !g.swept
}

// load reads the rows that are not in the group yet, one query per table and chunk.
func (g *group) load(refs []Ref) error {
	g.failed = g.fetch(refs)
	return g.failed
}

func (g *group) fetch(refs []Ref) error {
	wanted := make([][]Key, len(tables))
	loaders := make([]loader, len(tables))
	for _, r := range refs {
		if g.rows[r] != nil {
			continue
		}
		if r.table.info().kept {
			if old := g.lane.kept.peek(r); old != nil {
				g.rows[r] = &slot{row: old, stored: true}
				continue
			}
		}
		g.rows[r] = &slot{}
		n := r.table.info().order
		wanted[n], loaders[n] = append(wanted[n], r.key), r.table
	}
	for n, keys := range wanted {
		if len(keys) == 0 {
			continue
		}
		t := loaders[n]
		err := g.pipe.load(g.ctx, t, keys, func(r row) { g.rows[Ref{t, r.rowKey()}] = &slot{row: r, stored: true} })
		if err != nil {
			return err
		}
	}
	return g.pipe.flush(g.ctx)
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
		if err := g.pipe.write(g.ctx, insertRows, inserts); err != nil {
			return err
		}
		if err := g.pipe.write(g.ctx, upsertRows, updates); err != nil {
			return err
		}
	}
	if err := g.writeBalances(); err != nil {
		return err
	}
	return g.writeLink()
}

// end commits. An error that is no answer of the server to a statement leaves unknown what became of the group.
func (g *group) end() error {
	g.lane.kept.leave(g)
	err := g.pipe.exec(g.ctx, "commit", "COMMIT")
	if err == nil {
		err = g.pipe.flush(g.ctx)
	}
	var answer *pgconn.PgError
	g.unknown = err != nil && !(errors.As(err, &answer) && answer.Severity == "ERROR")
	return err
}

// rollback gives the lane back with nothing changed.
func (g *group) rollback() error {
	g.lane.kept.leave(nil)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := g.pipe.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		g.pipe.drop()
	}
	return nil
}

// abandon leaves the transaction to the database, with the connection that it hangs on.
func (g *group) abandon() {
	g.lane.kept.leave(nil)
	g.pipe.drop()
}

// holds reports whether the lane has this link.
func (g *group) holds(seq int64, head []byte) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	g.ctx = ctx
	defer g.lane.db.turn.take(ctx)()
	if err := g.begin(nil); err != nil {
		g.abandon()
		return false, err
	}
	defer g.rollback()
	var have []byte
	err := g.pipe.conn.QueryRowContext(ctx, "SELECT head FROM links WHERE bucket = $1 AND seq = $2", g.lane.n, seq).Scan(&have)
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

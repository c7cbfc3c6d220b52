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
	"time"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Unit is one unit of work: one consumer, one merchant or one session, in one bucket.
type Unit struct {
	Bucket int
	Op     *Op                // the caller's idempotency key, or nil
	Load   []Ref              // root rows, loaded before Do
	Then   func(*Tx) []Ref    // dependents, known once the roots are loaded; may be nil
	Do     func(tx *Tx) error // runs in memory; an error leaves nothing behind
	done   chan error
	tx     *Tx
}

// groupMax bounds a group, so that latency stays bounded under load.
const groupMax = 128

// groupTime bounds the time of one group against a database that hangs.
const groupTime = 30 * time.Second

// lane commits groups one after the other on a connection of its own. It serves the buckets that are its number modulo the count of lanes.
type lane struct {
	db    *DB
	n     int
	queue chan *Unit
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newLane(d *DB, n int) *lane {
	l := &lane{db: d, n: n, queue: make(chan *Unit, 4*groupMax)}
	d.wg.Add(1)
	go l.run()
	return l
}

// Do runs a unit of work in the next group of its lane and returns when it is durable, or its error.
// A cancelled ctx gives up waiting in the queue only before the unit was taken.
func (d *DB) Do(ctx context.Context, u *Unit) error {
	u.done = make(chan error, 1)
	if len(d.lanes) == 0 {
		return ErrUninitialised
	}
	select {
	case d.lanes[u.Bucket%len(d.lanes)].queue <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.closed:
		return ErrClosed
	}
	select {
	case err := <-u.done:
		return err
	case <-d.closed:
		d.wg.Wait()
		select {
		case err := <-u.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (l *lane) run() {
	defer l.db.wg.Done()
	defer l.drop()
	for {
		select {
		case u := <-l.queue:
			l.commit(l.gather(u))
		case <-l.db.closed:
			return
		}
	}
}

// gather takes what waits, in arrival order.
func (l *lane) gather(first *Unit) []*Unit {
	units := append(make([]*Unit, 0, groupMax), first)
	for len(units) < groupMax {
		select {
		case u := <-l.queue:
			units = append(units, u)
		default:
			return units
		}
	}
	return units
}

// commit runs a group; one that fails as a whole is run again member by member, so one bad unit never fails its neighbours.
func (l *lane) commit(units []*Unit) {
	errs, err := l.attempt(units)
	if err == nil {
		answer(units, errs)
		return
	}
	if len(units) == 1 {
		units[0].done <- err
		return
	}
	for _, u := range units {
		errs, err := l.attempt([]*Unit{u})
		if err == nil {
			err = errs[0]
		}
		u.done <- err
	}
}

func answer(units []*Unit, errs []error) {
	for i, u := range units {
		u.done <- errs[i]
	}
}

// attempt tries a group until it commits, fails for good, or its outcome stays unknown.
func (l *lane) attempt(units []*Unit) ([]error, error) {
	var err error
	for try := range 5 {
		if try > 0 {
			time.Sleep(time.Duration(try*try) * 5 * time.Millisecond)
		}
		g := &group{lane: l, rows: map[Ref]*slot{}, deltas: map[balanceKey]delta{}}
		var errs []error
		errs, err = g.commit(units)
		if err == nil {
			for _, f := range g.after {
				f()
			}
			return errs, nil
		}
		if g.unknown {
			if done, lookErr := l.committed(g); lookErr != nil {
				return nil, pay.Errorf(pay.Busy, "outcome_unknown", "", "The database went away while committing; send the same request with the same key again")
			} else if done {
				return errs, nil
			}
		}
		if !retryable(err) && !g.unknown {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w (gave up after 5 tries)", err)
}

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
	unknown bool // the connection was lost at COMMIT
}

func (g *group) commit(units []*Unit) (errs []error, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	g.ctx = ctx
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
	if err != nil {
		g.rollback()
		return nil, err
	}
	if err := g.exec("COMMIT"); err != nil {
		g.unknown = true
		g.lane.drop()
		return errs, err
	}
	return errs, nil
}

// begin locks the lane's row for the length of the group: that lock is the lease, for every process on this database.
func (g *group) begin() error {
	if err := g.lane.connect(g.ctx); err != nil {
		return err
	}
	g.conn, g.at = g.lane.conn, g.lane.db.now()
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
			more = append(more, u.Then(u.tx)...)
			u.tx.rows = map[Ref]*slot{} // what Then looked at is read again after the units before
		}
	}
	if err := g.load(more); err != nil {
		return nil, err
	}
	errs := make([]error, len(units))
	for i, u := range units {
		if errs[i] = u.once(u.tx); errs[i] == nil {
			g.merge(u.tx)
		} else if broken(errs[i]) {
			return nil, errs[i] // the transaction is broken, not only this unit
		}
	}
	return errs, nil
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
		for len(keys) > 0 {
			size := chunk(len(keys), 2)
			if err := g.loadChunk(loaders[n], keys[:size]); err != nil {
				return err
			}
			keys = keys[size:]
		}
	}
	return nil
}

func (g *group) loadChunk(t loader, keys []Key) error {
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		args = append(args, k.Bucket, k.ID)
	}
	st, err := g.lane.stmt(g.ctx, t.info().selectSQL(len(keys)))
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
		if err := g.write(inserts, (*tableInfo).insertSQL); err != nil {
			return err
		}
		if err := g.write(updates, (*tableInfo).upsertSQL); err != nil {
			return err
		}
	}
	if err := g.writeBalances(); err != nil {
		return err
	}
	return g.writeLink()
}

func (g *group) write(rows []row, text func(*tableInfo, int) string) error {
	for len(rows) > 0 {
		t := rows[0].info()
		n := chunk(len(rows), len(t.columns))
		args := make([]any, 0, n*len(t.columns))
		for _, r := range rows[:n] {
			args = r.args(args)
		}
		if err := g.exec(text(t, n), args...); err != nil {
			return fmt.Errorf("write %s: %w", t.name, err)
		}
		rows = rows[n:]
	}
	return nil
}

// chunk is the largest power of two that fits, so that few distinct statements are prepared.
func chunk(n, width int) int {
	return min(1<<(bits.Len(uint(n))-1), 1<<(bits.Len(uint(4000/width))-1))
}

func (g *group) exec(text string, args ...any) error {
	st, err := g.lane.stmt(g.ctx, text)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(g.ctx, args...)
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

func (l *lane) connect(ctx context.Context) (err error) {
	if l.conn == nil {
		l.conn, err = l.db.sql.Conn(ctx)
		l.stmts = map[string]*sql.Stmt{}
	}
	return err
}

func (l *lane) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if st := l.stmts[text]; st != nil {
		return st, nil
	}
	st, err := l.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	l.stmts[text] = st
	return st, nil
}

// drop forgets the connection after a failure; the next group opens a fresh one.
func (l *lane) drop() {
	if l.conn == nil {
		return
	}
	for _, st := range l.stmts {
		st.Close()
	}
	// Returning driver.ErrBadConn makes the pool close the connection, with whatever transaction hangs on it.
	_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
	l.conn.Close()
	l.conn, l.stmts = nil, nil
}

// committed looks whether the group's link reached the database: the link is the operation id of a whole group.
func (l *lane) committed(g *group) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var head []byte
	err := l.db.sql.QueryRowContext(ctx, "SELECT head FROM links WHERE bucket = $1 AND seq = $2", l.n, g.seq).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && string(head) == string(g.head), err
}

// retryable reports the errors after which the same group may be tried again: serialization, deadlock, lost connection, locked file.
func retryable(err error) bool {
	s := err.Error()
	for _, code := range []string{"40001", "40P01", "57P01", "SQLSTATE 08", "SQLITE_BUSY", "database is locked", "bad connection", "conn closed", "unexpected EOF", "connection reset", "connection refused", "broken pipe"} {
		if strings.Contains(s, code) {
			return true
		}
	}
	return false
}

// broken reports whether an error is no answer of the rules: then the group's transaction cannot be trusted any more.
func broken(err error) bool {
	var p *pay.Error
	return !errors.As(err, &p)
}

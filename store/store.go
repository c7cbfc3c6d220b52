// Package store keeps every row of the platform in one SQL text for two databases.
//
// Writes are group commits: units of work that wait while a group commits form the next one. A group locks the row of
// its lane, loads what its units declared with one query per table, runs them in memory in arrival order, writes the
// changes with multi-row statements and commits once. Nobody is answered before the commit is durable.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"zahlziel/cal"
)

// DB is one open database.
type DB struct {
	URL      string // what was opened, without a password
	postgres bool
	sql      *sql.DB
	turn     *turn // nil on PostgreSQL
	lanes    []*lane
	now      func() int64
	onDay    func(cal.Day)
	reads    chan *read
	closed   chan struct{}
	once     sync.Once
	wg       sync.WaitGroup

	committed atomic.Int64
}

// Options tune an open database.
type Options struct {
	Now    func() int64  // the installation's clock in UTC microseconds; required
	OnDay  func(cal.Day) // hears the business day of every group; may be nil
	Driver string        // the database/sql driver to open with, where another wraps the usual one; empty: the usual one
}

// Open opens a database by its URL: a path of an SQLite file, or postgres://... It does not create or change a schema.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	d := &DB{closed: make(chan struct{}), now: o.Now, onDay: o.OnDay, URL: redact(dsn)}
	if d.now == nil {
		return nil, errors.New("open database: Options.Now is missing; pass the program's clock")
	}
	if err := d.connect(dsn, o.Driver); err != nil {
		return nil, err
	}
	if err := d.sql.PingContext(ctx); err != nil {
		d.turn.close()
		d.sql.Close()
		return nil, fmt.Errorf("open database %s: %w", d.URL, err)
	}
	d.startReaders()
	if !d.postgres {
		d.wg.Add(1)
		go d.checkpoints()
	}
	d.startLanes(ctx)
	return d, nil
}

// startLanes starts as many lanes as the database has rows for: the count belongs to the database, so that
// every process on it locks the same row for the same bucket. Before the first migration there are none.
func (d *DB) startLanes(ctx context.Context) {
	var n int
	if err := d.sql.QueryRowContext(ctx, "SELECT COUNT(*) FROM lanes").Scan(&n); err != nil {
		return
	}
	for i := range n {
		d.lanes = append(d.lanes, newLane(d, i))
	}
}

func (d *DB) connect(dsn, driver string) (err error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		d.postgres = true
		if d.sql, err = sql.Open(cmp.Or(driver, "pgx"), dsn); err != nil {
			return fmt.Errorf("open database %s: %w", d.URL, err)
		}
		d.sql.SetMaxOpenConns(12)
		d.sql.SetMaxIdleConns(12)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dsn), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(dsn, os.O_CREATE|os.O_RDWR, 0o600) // its log and index files get the same mode
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(15000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
		"temp_store(MEMORY)", "cache_size(-8000)", "wal_autocheckpoint(40000)",
	}}
	if d.sql, err = sql.Open(cmp.Or(driver, "sqlite"), "file:"+dsn+"?"+pragmas.Encode()); err != nil {
		return fmt.Errorf("open database %s: %w", d.URL, err)
	}
	d.sql.SetMaxOpenConns(9)
	d.sql.SetMaxIdleConns(9)
	d.turn, err = newTurn(dsn, func() {
		for _, l := range d.lanes {
			l.kept.forget()
		}
	})
	return err
}

// Close ends the lanes after the groups under way and closes the database.
func (d *DB) Close() error {
	d.once.Do(func() { close(d.closed) })
	d.wg.Wait()
	d.turn.close()
	return d.sql.Close()
}

// exec runs one writing statement outside the lanes.
func (d *DB) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	defer d.turn.take(ctx)()
	return d.sql.ExecContext(ctx, query, args...)
}

// Postgres reports whether the database is PostgreSQL; SQLite otherwise.
func (d *DB) Postgres() bool { return d.postgres }

// SQL is the connection pool, for reports and maintenance that only read.
func (d *DB) SQL() *sql.DB { return d.sql }

// ErrUninitialised is returned when the schema is missing.
var ErrUninitialised = errors.New("the database was never initialised: run `zahlziel migrate` (or `zahlziel demo` for a demo world)")

// ErrClosed is returned to units that come after Close.
var ErrClosed = errors.New("the database is closed")

func redact(dsn string) string {
	if u, err := url.Parse(dsn); err == nil && u.User != nil {
		u.User = url.User(u.User.Username())
		return u.String()
	}
	return dsn
}

// Committed is how many units of work this process has committed so far.
func (d *DB) Committed() int64 { return d.committed.Load() }

// Waiting is how many units wait for a group.
func (d *DB) Waiting() int {
	n := 0
	for _, l := range d.lanes {
		n += len(l.queue)
	}
	return n
}

package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Statements keeps every distinct text that a process sends to a database, with the operation that sent it first and the
// arguments that it came with. It hears the driver, so nothing that reaches the database can go around it.
type Statements struct {
	Database
	Driver string // opens the database heard, see store.Options

	mu        sync.Mutex
	operation string
	said      map[string]statement
}

// statement is one text with the arguments of its first time.
type statement struct {
	text, operation string
	args            []any
}

// Hear prepares to hear what is sent to a database.
func Hear(t testing.TB, d Database) *Statements {
	t.Helper()
	s := &Statements{Database: d, Driver: "heard-" + rand.Text(), said: map[string]statement{}}
	if d.Postgres {
		sql.Register(s.Driver, heardPostgres{s})
		return s
	}
	usual, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer usual.Close()
	sql.Register(s.Driver, heardSQLite{s, usual.Driver()})
	return s
}

// During names the operation whose statements come next; the empty one is what only makes the world, and is not kept.
func (s *Statements) During(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operation = operation
}

// Say has a statement judged like one that was heard.
func (s *Statements) Say(text string, args ...any) { s.hear(text, args) }

func (s *Statements) hear(text string, args []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.said[text]; known || s.operation == "" || !explainable(text) {
		return
	}
	s.said[text] = statement{text, s.operation, slices.Clone(args)}
}

// explainable is true of what a database makes a plan for; the rest begins, ends and tunes.
func explainable(text string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, first)
}

// heardPostgres opens connections whose tracer hears.
type heardPostgres struct{ s *Statements }

func (d heardPostgres) Open(dsn string) (driver.Conn, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.Tracer = tracer(d)
	return stdlib.GetConnector(*config).Connect(context.Background())
}

// tracer hears single statements and those of batches.
type tracer struct{ s *Statements }

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	t.s.hear(q.SQL, slices.DeleteFunc(slices.Clone(q.Args), func(a any) bool { _, wish := a.(pgx.QueryResultFormatsByOID); return wish }))
	return ctx
}

func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	for _, q := range b.Batch.QueuedQueries {
		t.s.hear(q.SQL, q.Arguments)
	}
	return ctx
}

func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData)     {}
func (tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// heardSQLite wraps the connections of the usual driver.
type heardSQLite struct {
	s     *Statements
	usual driver.Driver
}

// sqliteConn is what database/sql asks of a connection of the usual driver.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (d heardSQLite) Open(dsn string) (driver.Conn, error) {
	c, err := d.usual.Open(dsn)
	if err != nil {
		return nil, err
	}
	return heardConn{c.(sqliteConn), d.s}, nil
}

type heardConn struct {
	sqliteConn
	s *Statements
}

type heardStmt struct {
	sqliteStmt
	s    *Statements
	text string
}

func (c heardConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.s.hear(text, values(args))
	return c.sqliteConn.ExecContext(ctx, text, args)
}

func (c heardConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.s.hear(text, values(args))
	return c.sqliteConn.QueryContext(ctx, text, args)
}

func (c heardConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	st, err := c.sqliteConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return heardStmt{st.(sqliteStmt), c.s, text}, nil
}

func (st heardStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	st.s.hear(st.text, values(args))
	return st.sqliteStmt.ExecContext(ctx, args)
}

func (st heardStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	st.s.hear(st.text, values(args))
	return st.sqliteStmt.QueryContext(ctx, args)
}

func values(args []driver.NamedValue) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}

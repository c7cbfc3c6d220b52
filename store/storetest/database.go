// Package storetest holds the contract of package store as a test suite that runs on every database it supports,
// and a small world of purchases to try audits and crashes on.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"zahlziel/cal"
	"zahlziel/store"
)

// Day is the business day of a fresh test database: 2 March 2026.
var Day = cal.Date(2026, 3, 2)

// Database is a place that several handles may open.
type Database struct {
	DSN      string
	Postgres bool
}

// SQLite is a new file in a directory that goes with the test.
func SQLite(t testing.TB) Database {
	return Database{DSN: filepath.Join(t.TempDir(), "zahlziel.db")}
}

// Postgres is a new database on the server that ZAHLZIEL_TEST_POSTGRES names; it is dropped after the test.
func Postgres(t testing.TB) Database {
	server := os.Getenv("ZAHLZIEL_TEST_POSTGRES")
	if server == "" {
		t.Skip("ZAHLZIEL_TEST_POSTGRES is not set: start a PostgreSQL server and set it to postgres://..., or run `make check`")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("ZAHLZIEL_TEST_POSTGRES: %v", err)
	}
	name := "zahlziel_test_" + rand.Text()[:12]
	admin(t, server, `CREATE DATABASE "`+name+`" TEMPLATE template0`)
	t.Cleanup(func() { admin(t, server, `DROP DATABASE "`+name+`" WITH (FORCE)`) })
	u.Path = "/" + name
	return Database{DSN: u.String(), Postgres: true}
}

// Another is a further database of the same kind.
func (d Database) Another(t testing.TB) Database {
	if d.Postgres {
		return Postgres(t)
	}
	return SQLite(t)
}

// Each runs a test on a fresh database of each kind.
func Each(t *testing.T, f func(t *testing.T, d Database)) {
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// Open opens and migrates the database; the handle closes with the test.
func (d Database) Open(t testing.TB) *store.DB { return d.OpenWith(t, store.Options{}) }

// OpenWith is Open with options.
func (d Database) OpenWith(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	if o.Now == nil {
		o.Now = Wall
	}
	db, err := store.Open(context.Background(), d.DSN, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(context.Background(), Day, 2); err != nil {
		t.Fatal(err)
	}
	return db
}

// Kill ends the server's side of every connection to the database, as a crash of the network or of a pooler would.
// On SQLite there is nothing between program and file to lose.
func (d Database) Kill(t testing.TB) {
	u, err := url.Parse(os.Getenv("ZAHLZIEL_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := url.Parse(d.DSN)
	if err != nil {
		t.Fatal(err)
	}
	admin(t, u.String(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+here.Path[1:]+"'")
}

func admin(t testing.TB, server, text string) {
	t.Helper()
	c, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Exec(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// Count returns the number a query counts.
func Count(t testing.TB, db *store.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := db.SQL().QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Wall is the wall clock in microseconds, for tests that need no other.
func Wall() int64 { return time.Now().UnixMicro() }

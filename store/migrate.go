package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"zahlziel/cal"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the schema up to this program's version and, on a new database, creates the lanes with the first business day.
// It is forwards only and may be repeated. lanes is how many groups may commit in parallel; 0 means 1, which is
// the fastest while server and database share a few cores, because groups are larger. SQLite has one writer anyway.
func (d *DB) Migrate(ctx context.Context, day cal.Day, lanes int) error {
	p, err := d.provider()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", d.URL, err)
	}
	if len(d.lanes) > 0 {
		return nil
	}
	if !d.postgres {
		lanes = 1
	}
	for n := range max(lanes, 1) {
		if _, err := d.exec(ctx, "INSERT INTO lanes (bucket, seq, head, day) VALUES ($1, 0, $2, $3) ON CONFLICT DO NOTHING", n, []byte{}, int64(day)); err != nil {
			return err
		}
	}
	d.startLanes(ctx)
	return nil
}

// CheckSchema says whether this program may serve the database: it refuses one that was never initialised and one that a newer program migrated.
func (d *DB) CheckSchema(ctx context.Context) error {
	if len(d.lanes) == 0 {
		return ErrUninitialised
	}
	p, err := d.provider()
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	switch {
	case have > want:
		return fmt.Errorf("the database has schema %d, newer than %d of this program: use the newer zahlziel", have, want)
	case have < want:
		return fmt.Errorf("the database has schema %d, this program needs %d: run `zahlziel migrate`", have, want)
	}
	return nil
}

func (d *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.postgres {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, d.sql, files, goose.WithAllowOutofOrder(true)) // files of several hands may come in any order
}

// Day is the business day of the installation.
func (d *DB) Day(ctx context.Context) (day cal.Day, err error) {
	err = d.sql.QueryRowContext(ctx, "SELECT MIN(day) FROM lanes").Scan(&day)
	return day, err
}

// SetDay moves the business day forwards on every lane; a day that is not later changes nothing.
func (d *DB) SetDay(ctx context.Context, day cal.Day) error {
	for range 50 {
		_, err := d.exec(ctx, "UPDATE lanes SET day = $1 WHERE day < $2", int64(day), int64(day))
		if err == nil || !retryable(err) {
			return err
		}
	}
	return errors.New("the business day could not be moved: the database stays busy")
}

// Setting reads one setting of the installation; ok is false when it was never set.
func (d *DB) Setting(ctx context.Context, id string) (body string, ok bool, err error) {
	err = d.sql.QueryRowContext(ctx, "SELECT body FROM settings WHERE id = $1", id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return body, err == nil, err
}

// PutSetting stores one setting of the installation.
func (d *DB) PutSetting(ctx context.Context, id, body string) error {
	_, err := d.exec(ctx, "INSERT INTO settings (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body", id, body)
	return err
}

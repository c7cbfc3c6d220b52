package store

import (
	"context"
	"database/sql"
	"strings"

	"zahlziel/pay"
)

// Load reads one row outside a unit of work, or nil when there is none.
func Load[T any](ctx context.Context, d *DB, t *Table[T], bucket int, id string) (*T, error) {
	st, err := d.prepared(ctx, t.reading("WHERE bucket = $1 AND id = $2"))
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, bucket, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	r, err := t.scan(rows.Scan)
	if err != nil {
		return nil, err
	}
	return r.(typedRow[T]).v, rows.Err()
}

// prepared keeps the statements that read single rows: parsing one costs SQLite as much as running it.
func (d *DB) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := d.reads.Load(text); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := d.sql.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if first, raced := d.reads.LoadOrStore(text, st); raced {
		st.Close()
		return first.(*sql.Stmt), nil
	}
	return st, nil
}

// LoadID reads the row of an id that carries its cell.
func LoadID[T any, I ~string](ctx context.Context, d *DB, t *Table[T], id I) (*T, error) {
	cell := pay.CellOf(string(id))
	if cell < 0 {
		return nil, nil
	}
	return Load(ctx, d, t, pay.BucketOf(cell), string(id))
}

// reading is the query for the rows of a table that a clause names.
func (t *Table[T]) reading(clause string) string {
	return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name + " " + clause
}

// find reads the rows of a table that a clause names. The clause is text of this package.
func find[T any](ctx context.Context, d *DB, t *Table[T], clause string, args ...any) ([]*T, error) {
	rows, err := d.sql.QueryContext(ctx, t.reading(clause), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*T
	for rows.Next() {
		r, err := t.scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, r.(typedRow[T]).v)
	}
	return out, rows.Err()
}

// each streams the rows of a table that a clause names.
func each[T any](ctx context.Context, d *DB, t *Table[T], clause string, f func(*T) error, args ...any) error {
	rows, err := d.sql.QueryContext(ctx, t.reading(clause), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := t.scan(rows.Scan)
		if err != nil {
			return err
		}
		if err := f(r.(typedRow[T]).v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// of is the key of a row whose id carries its cell.
func of[I ~string](id I) Key { return Key{pay.BucketOf(max(pay.CellOf(string(id)), 0)), string(id)} }

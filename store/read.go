package store

import (
	"context"
	"strings"

	"zahlziel/pay"
)

// Load reads one row outside a unit of work, or nil when there is none.
func Load[T any](ctx context.Context, d *DB, t *Table[T], bucket int, id string) (*T, error) {
	r, err := d.row(ctx, t.At(bucket, id))
	if err != nil || r == nil {
		return nil, err
	}
	return r.(typedRow[T]).v, nil
}

// LoadID reads the row of an id that carries its cell.
func LoadID[T any, I ~string](ctx context.Context, d *DB, t *Table[T], id I) (*T, error) {
	cell := pay.CellOf(string(id))
	if cell < 0 {
		return nil, nil
	}
	return Load(ctx, d, t, pay.BucketOf(cell), string(id))
}

// loadKeys reads rows by keys that a query returns as bucket and id, in its order. The query is text of this package; it
// stays small, and no plan for it can read the rows' table in another way than by key.
func loadKeys[T any](ctx context.Context, d *DB, t *Table[T], query string, args ...any) ([]*T, error) {
	keys, err := d.keysOf(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	asked := make([]*read, len(keys))
	for i, k := range keys {
		if asked[i], err = d.ask(ctx, Ref{t, k}); err != nil {
			return nil, err
		}
	}
	var out []*T
	for _, one := range asked {
		r, err := one.wait(ctx, d)
		if err != nil {
			return nil, err
		}
		if r != nil {
			out = append(out, r.(typedRow[T]).v)
		}
	}
	return out, nil
}

func (d *DB) keysOf(ctx context.Context, query string, args ...any) (out []Key, err error) {
	rows, err := d.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k Key
		if err := rows.Scan(&k.Bucket, &k.ID); err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// reading is the query for the rows of a table that a clause names.
func (t *Table[T]) reading(clause string) string {
	return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name + " " + clause
}

// find reads the rows of a table that a clause names. The clause is text of this package.
func find[T any](ctx context.Context, d *DB, t *Table[T], clause string, args ...any) ([]*T, error) {
	return findBy(ctx, d, t, t.reading(clause), args...)
}

// findBy is find with a whole statement that selects the table's columns.
func findBy[T any](ctx context.Context, d *DB, t *Table[T], query string, args ...any) ([]*T, error) {
	rows, err := d.sql.QueryContext(ctx, query, args...)
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

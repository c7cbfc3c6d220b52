package store

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"zahlziel/cal"
)

// Key addresses one row: the bucket that distributes it and its id within the table.
type Key struct {
	Bucket int
	ID     string
}

// Table describes one table whose primary key is (bucket, id), and how a T lies in its columns.
type Table[T any] struct {
	tableInfo
	key    func(*T) Key
	fields func(*T) []any // pointers in the order of columns behind bucket and id
	setKey func(*T, Key)  // puts a scanned key into the row
}

// tableInfo is what the engine needs without knowing T.
type tableInfo struct {
	name    string
	columns []string // bucket and id first
	order   int      // place in the write order
}

// tables is the write order: parents before children.
var tables []*tableInfo

func newTable[T any](name, columns string, key func(*T) Key, fields func(*T) []any) *Table[T] {
	t := &Table[T]{key: key, fields: fields}
	t.name, t.order = name, len(tables)
	t.columns = append([]string{"bucket", "id"}, strings.Fields(columns)...)
	if n := len(fields(new(T))); n != len(t.columns)-2 {
		panic(fmt.Sprintf("table %s: %d columns, %d fields", name, len(t.columns)-2, n))
	}
	tables = append(tables, &t.tableInfo)
	return t
}

// withID says where a scanned id goes when the id alone tells the bucket; withKey where bucket and id go.
func (t *Table[T]) withID(set func(*T, string)) *Table[T] {
	return t.withKey(func(v *T, k Key) { set(v, k.ID) })
}

func (t *Table[T]) withKey(set func(*T, Key)) *Table[T] {
	t.setKey = set
	return t
}

// row is one typed row behind an interface, so that a group can hold rows of every table.
type row interface {
	info() *tableInfo
	rowKey() Key
	args([]any) []any
	clone() row
}

type typedRow[T any] struct {
	t *Table[T]
	v *T
}

func (r typedRow[T]) info() *tableInfo { return &r.t.tableInfo }
func (r typedRow[T]) rowKey() Key      { return r.t.key(r.v) }

func (r typedRow[T]) args(dst []any) []any {
	k := r.t.key(r.v)
	dst = append(dst, k.Bucket, k.ID)
	for _, f := range r.t.fields(r.v) {
		dst = append(dst, fieldValue(f))
	}
	return dst
}

func (r typedRow[T]) clone() row {
	c := *r.v
	return typedRow[T]{r.t, &c}
}

// loader reads rows of one table without the engine knowing T.
type loader interface {
	info() *tableInfo
	scan(func(...any) error) (row, error)
}

func (t *Table[T]) info() *tableInfo { return &t.tableInfo }

func (t *Table[T]) scan(scan func(...any) error) (row, error) {
	v := new(T)
	var bucket int
	var id string
	dest := append(make([]any, 0, len(t.columns)), &bucket, &id)
	if err := scan(append(dest, t.fields(v)...)...); err != nil {
		return nil, err
	}
	t.setKey(v, Key{bucket, id})
	return typedRow[T]{t, v}, nil
}

// Ref names a row that a unit of work wants loaded before it runs.
type Ref struct {
	table loader
	key   Key
}

// At names the row with this key.
func (t *Table[T]) At(bucket int, id string) Ref { return Ref{t, Key{bucket, id}} }

// fieldValue is the value to bind for a pointer to a field.
func fieldValue(p any) any {
	switch v := p.(type) {
	case *int64:
		return *v
	case *string:
		return *v
	case *[]byte:
		if *v == nil {
			return []byte{}
		}
		return *v
	case *cal.Day:
		return int64(*v)
	case *int:
		return int64(*v)
	}
	v := reflect.ValueOf(p).Elem()
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		if v.Bool() {
			return int64(1)
		}
		return int64(0)
	default:
		return v.Int()
	}
}

// The statements over n rows of a table.
type textKind int

const (
	selectRows textKind = iota // by key
	insertRows
	upsertRows
)

// textKey is one such statement.
type textKey struct {
	t    *tableInfo
	kind textKind
	n    int
}

// sql is the text of a statement. SQLite looks names of parameters up one by one, so there they have none; and since
// a group rolls back as a whole anyway, OR ROLLBACK spares it the journal that could undo half a statement.
func (k textKey) sql(numbered bool) string {
	t := k.t
	if k.kind == selectRows {
		return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name + " WHERE (bucket, id) IN (VALUES " + keyTuples(k.n, numbered) + ")"
	}
	insert := "INSERT "
	if !numbered {
		insert = "INSERT OR ROLLBACK "
	}
	insert += "INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES " + tuples(k.n, len(t.columns), numbered)
	if k.kind == insertRows {
		return insert
	}
	set := make([]string, 0, len(t.columns))
	for _, c := range t.columns[2:] {
		set = append(set, c+" = excluded."+c)
	}
	return insert + " ON CONFLICT (bucket, id) DO UPDATE SET " + strings.Join(set, ", ")
}

// keyTuples casts the first tuple, because PostgreSQL takes the types of a bare VALUES list from its first row.
func keyTuples(n int, numbered bool) string {
	return strings.Replace(tuples(n, 2, numbered), "($1, $2)", "(CAST($1 AS BIGINT), CAST($2 AS TEXT))", 1)
}

// tuples returns n parameter tuples of width w: ($1, $2), ($3, $4), ... or (?, ?), (?, ?), ...
func tuples(n, w int, numbered bool) string {
	var b strings.Builder
	for i := range n * w {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%w == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		if numbered {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i + 1))
		} else {
			b.WriteByte('?')
		}
	}
	b.WriteByte(')')
	return b.String()
}

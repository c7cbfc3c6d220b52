package store

import (
	"fmt"
	"reflect"
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
	types   []columnType
	keys    int // how many columns, from the first on, are the primary key
	order   int // place in the write order
	kept    bool
}

// tables is the write order: parents before children.
var tables []*tableInfo

func newTable[T any](name, columns string, key func(*T) Key, fields func(*T) []any) *Table[T] {
	t := &Table[T]{key: key, fields: fields}
	t.name, t.order = name, len(tables)
	t.columns, t.types, t.keys = append([]string{"bucket", "id"}, strings.Fields(columns)...), []columnType{bigintColumn, textColumn}, 2
	for _, p := range fields(new(T)) {
		t.types = append(t.types, typeOf(p))
	}
	if len(t.types) != len(t.columns) {
		panic(fmt.Sprintf("table %s: %d columns, %d fields", name, len(t.columns), len(t.types)))
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
	scan(scan) (row, error)
}

func (t *Table[T]) info() *tableInfo { return &t.tableInfo }

func (t *Table[T]) scan(read scan) (row, error) {
	v := new(T)
	var bucket int
	var id string
	dest := append(make([]any, 0, len(t.columns)), &bucket, &id)
	if err := read(append(dest, t.fields(v)...)...); err != nil {
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

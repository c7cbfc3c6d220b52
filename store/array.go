package store

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"zahlziel/cal"
)

// columnType is the type of a column. There are only three, so that one schema serves both databases.
type columnType string

const (
	bigintColumn columnType = "BIGINT"
	textColumn   columnType = "TEXT"
	byteaColumn  columnType = "BYTEA"
)

// typeOf is the column type for a pointer to a field.
func typeOf(p any) columnType {
	if _, ok := p.(*[]byte); ok {
		return byteaColumn
	}
	if reflect.TypeOf(p).Elem().Kind() == reflect.String {
		return textColumn
	}
	return bigintColumn
}

// arrayParameters lists one array parameter per column: CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), ...
func arrayParameters(t *tableInfo) string {
	list := make([]string, len(t.types))
	for i, typ := range t.types {
		list[i] = "CAST($" + strconv.Itoa(i+1) + " AS " + string(typ) + "[])"
	}
	return strings.Join(list, ", ")
}

// columnArrays turns n rows of values into one array per column.
func columnArrays(t *tableInfo, n int, row func(int, []any) []any) []any {
	numbers, texts, blobs := make([][]int64, len(t.types)), make([][]string, len(t.types)), make([][][]byte, len(t.types))
	values := make([]any, 0, len(t.types))
	for i := range n {
		values = row(i, values[:0])
		for c, v := range values {
			switch v := v.(type) {
			case int64:
				numbers[c] = append(numbers[c], v)
			case int:
				numbers[c] = append(numbers[c], int64(v))
			case string:
				texts[c] = append(texts[c], v)
			case []byte:
				blobs[c] = append(blobs[c], v)
			}
		}
	}
	out := make([]any, len(t.types))
	for c, typ := range t.types {
		switch typ {
		case bigintColumn:
			out[c] = numbers[c]
		case textColumn:
			out[c] = texts[c]
		case byteaColumn:
			out[c] = blobs[c]
		}
	}
	return out
}

// rawScan reads the current row from what the server sent.
func rawScan(rows pgx.Rows) scan {
	return func(dest ...any) error {
		raw, fields := rows.RawValues(), rows.FieldDescriptions()
		if len(raw) != len(dest) {
			return fmt.Errorf("%d columns for %d fields", len(raw), len(dest))
		}
		for i, p := range dest {
			if err := setField(p, raw[i], fields[i].Format == pgx.BinaryFormatCode); err != nil {
				return fmt.Errorf("column %s: %w", fields[i].Name, err)
			}
		}
		return nil
	}
}

// setField puts a value of the server into the field behind a pointer; it is the inverse of fieldValue.
func setField(p any, raw []byte, binaryForm bool) error {
	switch v := p.(type) {
	case *string:
		*v = string(raw)
		return nil
	case *[]byte:
		if !binaryForm {
			return fmt.Errorf("bytes came as text")
		}
		*v = append([]byte{}, raw...)
		return nil
	}
	field := reflect.ValueOf(p).Elem()
	if field.Kind() == reflect.String {
		field.SetString(string(raw))
		return nil
	}
	n, err := wholeNumber(raw, binaryForm)
	if err != nil {
		return err
	}
	switch v := p.(type) {
	case *int64:
		*v = n
	case *cal.Day:
		*v = cal.Day(n)
	case *int:
		*v = int(n)
	default:
		if field.Kind() == reflect.Bool {
			field.SetBool(n != 0)
		} else {
			field.SetInt(n)
		}
	}
	return nil
}

func wholeNumber(raw []byte, binaryForm bool) (int64, error) {
	if !binaryForm {
		return strconv.ParseInt(string(raw), 10, 64)
	}
	if len(raw) != 8 {
		return 0, fmt.Errorf("a whole number of %d bytes", len(raw))
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}

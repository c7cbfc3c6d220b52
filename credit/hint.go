package credit

import (
	"fmt"
	"reflect"
	"strings"
)

// withHint adds to the error about an unknown key the known one that was probably meant.
func withHint(err error, v any) error {
	_, key, found := strings.Cut(err.Error(), "unknown field ")
	if !found {
		return err
	}
	key = strings.Trim(key, `"`)
	best, least := "", len(key)/2+1
	for _, known := range jsonKeys(reflect.TypeOf(v), nil) {
		if d := distance(key, known); d < least {
			best, least = known, d
		}
	}
	if best == "" {
		return fmt.Errorf("%w; remove it", err)
	}
	return fmt.Errorf("%w; did you mean %q?", err, best)
}

// jsonKeys lists the keys of a type and of all types inside it.
func jsonKeys(t reflect.Type, keys []string) []string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return jsonKeys(t.Elem(), keys)
	case reflect.Struct:
		for i := range t.NumField() {
			tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if tag != "" && tag != "-" {
				keys = jsonKeys(t.Field(i).Type, append(keys, tag))
			}
		}
	}
	return keys
}

// distance counts the letters to insert, drop or change (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

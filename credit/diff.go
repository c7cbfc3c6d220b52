package credit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Difference is one value that two files give differently; an empty text means that the file has no such value.
type Difference struct {
	Path string `json:"path"` // for example "bands[2].limit"
	Old  string `json:"old"`
	New  string `json:"new"`
}

// DiffFiles compares two policy or card files value by value, in the order of their paths.
func DiffFiles(before, after []byte) ([]Difference, error) {
	was, err := flatten(before)
	if err != nil {
		return nil, err
	}
	is, err := flatten(after)
	if err != nil {
		return nil, err
	}
	var out []Difference
	for path, v := range was {
		if is[path] != v {
			out = append(out, Difference{path, v, is[path]})
		}
	}
	for path, v := range is {
		if _, known := was[path]; !known {
			out = append(out, Difference{path, "", v})
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

func flatten(file []byte) (map[string]string, error) {
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	out := map[string]string{}
	walk(v, "", out)
	return out, nil
}

func walk(v any, path string, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			walk(inner, strings.TrimPrefix(path+"."+key, "."), out)
		}
	case []any:
		for i, inner := range v {
			walk(inner, fmt.Sprintf("%s[%d]", path, i), out)
		}
	default:
		out[path] = fmt.Sprint(v)
	}
}

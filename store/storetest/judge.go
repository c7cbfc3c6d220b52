package storetest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// search is one way into a table that a plan takes.
type search struct {
	line    string
	table   string   // or the statement's other name for it
	index   string   // empty: none
	columns []string // by which the index is looked up
	sorted  bool     // all that is found is sorted
}

var (
	sqliteWay      = regexp.MustCompile(`^(SCAN|SEARCH) (\S+)(?: USING (AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?INDEX (\S+)(?: \((.*)\))?)?`)
	sqliteColumn   = regexp.MustCompile(`(\w+)[=<>]`)
	postgresColumn = regexp.MustCompile(`(\w+)\)?(?:::\w+)? (?:=|<|>|<=|>=) `)
)

// searchesOfSQLite reads the rows of EXPLAIN QUERY PLAN: number, number of the row above, nothing, text. A sort stands
// beside what it sorts.
func searchesOfSQLite(plan [][]string) (out []search) {
	sorts := map[string]bool{}
	for _, row := range plan {
		sorts[row[1]] = sorts[row[1]] || strings.HasPrefix(row[3], "USE TEMP B-TREE FOR ORDER BY")
	}
	for _, row := range plan {
		m := sqliteWay.FindStringSubmatch(row[3])
		if m == nil || m[2] == "CONSTANT" {
			continue
		}
		way := search{line: row[3], table: m[2], sorted: sorts[row[1]]}
		if m[3] == "" { // an automatic index is made of the whole table
			way.index, way.columns = m[4], found(sqliteColumn, m[5])
		}
		out = append(out, way)
	}
	return out
}

// node is a step of a plan of PostgreSQL.
type node struct {
	Kind  string `json:"Node Type"`
	Table string `json:"Relation Name"`
	Index string `json:"Index Name"`
	Cond  string `json:"Index Cond"`
	Plans []node
}

// searchesOfPostgres reads the answer of EXPLAIN (FORMAT JSON).
func searchesOfPostgres(plan string, tableOf map[string]string) ([]search, error) {
	var roots []struct{ Plan node }
	if err := json.Unmarshal([]byte(plan), &roots); err != nil {
		return nil, err
	}
	var out []search
	for _, r := range roots {
		r.Plan.walk(false, tableOf, &out)
	}
	return out, nil
}

func (n node) walk(sorted bool, tableOf map[string]string, out *[]search) {
	sorted = (sorted || n.Kind == "Sort") && n.Kind != "Limit" // what a limit lets through is little to sort
	way := search{fmt.Sprintf("%s %s %s %s", n.Kind, n.Table, n.Index, n.Cond), n.Table, n.Index, found(postgresColumn, n.Cond), sorted}
	switch {
	case n.Index != "":
		way.table = tableOf[n.Index]
		*out = append(*out, way)
	case strings.HasSuffix(n.Kind, "Scan") && n.Table != "" && n.Kind != "Bitmap Heap Scan":
		*out = append(*out, way)
	}
	for _, below := range n.Plans {
		below.walk(sorted, tableOf, out)
	}
}

// found are the columns that a condition of an index names.
func found(column *regexp.Regexp, condition string) (out []string) {
	for _, c := range column.FindAllStringSubmatch(condition, -1) {
		out = append(out, c[1])
	}
	return out
}

// fault says what is wrong with a way into a growing table; limited: the statement ends after some rows.
func (s search) fault(limited bool) string {
	wide := true
	for _, c := range s.columns {
		wide = wide && (c == "bucket" || c == "merchant_id" || few.MatchString(c))
	}
	switch {
	case waiting[s.index] != "":
		return ""
	case s.index == "":
		return "reads a whole table"
	case !slices.Contains(s.columns, "bucket") || len(s.columns) < 2:
		return "reads a whole bucket"
	case wide && s.sorted:
		return "sorts all rows of a merchant"
	case wide && !limited:
		return "reads all rows of a merchant"
	}
	return ""
}

package storetest

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zahlziel/pay"
	"zahlziel/store"
)

// UseIndexes fails for every statement that was heard and has a fault.
func (s *Statements) UseIndexes(t *testing.T) {
	t.Helper()
	if len(s.said) == 0 {
		t.Fatal("nothing was heard")
	}
	for _, fault := range s.Faults(t) {
		t.Error(fault)
	}
	t.Logf("%d statements over %d rows", len(s.said), planRows(t))
}

// Faults asks an empty database of the same kind, whose tables it fills, how it would carry out every statement that was
// heard, and says which would read a growing table, a whole bucket of it or all that a merchant has from end to end, or sort
// it. A growing table has the column bucket; the others have a row for each merchant, policy or member of staff.
// ZAHLZIEL_PLAN_ROWS=1000000 makes the tables as long as a large installation's.
func (s *Statements) Faults(t *testing.T) (faults []string) {
	t.Helper()
	p := planner{t: t, db: s.Another(t).Open(t), merchant: s.merchant(), tables: map[string]*filled{}, tableOf: map[string]string{}}
	p.list()
	texts := slices.Sorted(maps.Keys(s.said))
	for _, text := range texts {
		p.named(text, func(table string) { p.fill(table) })
	}
	p.exec("ANALYZE")
	for _, text := range texts {
		if fault := p.check(s.said[text]); fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults
}

// merchant is the one that most rows will belong to: the one of whom was spoken.
func (s *Statements) merchant() string {
	for _, text := range slices.Sorted(maps.Keys(s.said)) {
		for _, a := range s.said[text].args {
			if id, ok := a.(string); ok && strings.HasPrefix(id, pay.PrefixMerchant+"_") {
				return id
			}
		}
	}
	return "m0"
}

// small are the tables with the column bucket that do not grow, each with its size.
var small = map[string]string{"lanes": "a row for each lane", "worker_leases": "a row for each bucket"}

// waiting are the indexes that may be read from end to end, because each holds only what soon leaves it.
var waiting = map[string]string{
	"outbox_undelivered": "messages until the worker brings them",
	"promises_live":      "promises that bind, for a month at most",
	"reviews_open":       "contested decisions until a person answers",
}

// planRows is how many rows each table has while plans are made.
func planRows(t *testing.T) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("ZAHLZIEL_PLAN_ROWS"), "12000"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// planner explains statements on a database with rows.
type planner struct {
	t        *testing.T
	db       *store.DB
	merchant string
	tables   map[string]*filled
	tableOf  map[string]string // by index
}

// filled is a table and whether it has rows yet.
type filled struct {
	names, types []string
	grows, rows  bool
}

func (p planner) exec(text string) {
	p.t.Helper()
	if _, err := p.db.SQL().Exec(text); err != nil {
		p.t.Fatalf("%s: %v", text, err)
	}
}

// list finds the tables and their indexes.
func (p planner) list() {
	catalogue, indexes := "SELECT name FROM sqlite_master WHERE type = 'table'", "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index'"
	if p.db.Postgres() {
		catalogue, indexes = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'"
	}
	for _, row := range p.rows(indexes) {
		p.tableOf[row[1]] = row[0]
	}
	for _, row := range p.rows(catalogue) {
		name := row[0]
		rows, err := p.db.SQL().Query("SELECT * FROM " + name + " LIMIT 0")
		if err != nil {
			p.t.Fatal(err)
		}
		columns, err := rows.ColumnTypes()
		if err != nil {
			p.t.Fatal(err)
		}
		f := &filled{}
		for _, c := range columns {
			f.names, f.types = append(f.names, c.Name()), append(f.types, c.DatabaseTypeName())
		}
		f.grows = slices.Contains(f.names, "bucket") && small[name] == ""
		p.tables[name] = f
		rows.Close()
	}
}

var word = regexp.MustCompile(`\w+`)

// named calls f for each table that a text names.
func (p planner) named(text string, f func(string)) {
	for _, name := range word.FindAllString(text, -1) {
		if p.tables[name] != nil {
			f(name)
		}
	}
}

// few are columns with few different values.
var few = regexp.MustCompile(`^(state|status|kind|type|market|language|currency|event|reason|outcome|method|regime|mode|role|rule|purpose|source|list|rank|level|try|tries|number|version|n)$`)

// fill writes rows that lie over all buckets. Half of them belong to one merchant, as where one shop is by far the largest;
// payouts have many items, everything else a few children.
func (p planner) fill(table string) {
	f := p.tables[table]
	if f.rows || small[table] != "" {
		return
	}
	f.rows = true
	values := make([]string, len(f.names))
	for i, name := range f.names {
		values[i] = p.value(name, f.types[i], f.grows)
	}
	rows := planRows(p.t)
	if !f.grows {
		rows = min(rows, 1000)
	}
	p.exec(fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO %s (%s) SELECT %s FROM n",
		rows, table, strings.Join(f.names, ", "), strings.Join(values, ", ")))
}

func (p planner) value(name, kind string, grows bool) string {
	number := kind == "BIGINT" || kind == "INT8"
	switch {
	case !grows && number, number && !few.MatchString(name) && name != "bucket":
		return "i"
	case name == "bucket":
		return "i % 64"
	case number:
		return "i % 5"
	case kind == "BYTEA":
		return "''"
	case !grows:
		return "'t' || i"
	case name == "merchant_id":
		return "CASE WHEN i % 2 = 0 THEN '" + p.merchant + "' ELSE 'm' || (i % 7) END"
	case name == "payout_id":
		return "'p' || (i % 100)"
	case strings.HasSuffix(name, "_id"):
		return "'t' || (i / 3)"
	case few.MatchString(name):
		return "'v' || (i % 5)"
	}
	return "'t' || i"
}

// rows are the rows of a query, as texts.
func (p planner) rows(query string, args ...any) [][]string {
	p.t.Helper()
	conn, err := p.db.SQL().Conn(context.Background())
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	out, err := rowsOf(conn, query, args...)
	if err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	return out
}

func rowsOf(conn *sql.Conn, query string, args ...any) (out [][]string, err error) {
	rows, err := conn.QueryContext(context.Background(), query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		texts, targets := make([]string, len(names)), make([]any, len(names))
		for i := range texts {
			targets[i] = &texts[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		out = append(out, texts)
	}
	return out, rows.Err()
}

// check judges how a statement would be carried out: with the arguments that came, and on PostgreSQL without knowing any,
// because it keeps such plans.
func (p planner) check(s statement) (fault string) {
	p.t.Helper()
	if !p.db.Postgres() {
		return p.judge(s, searchesOfSQLite(p.rows("EXPLAIN QUERY PLAN "+s.text, s.args...)))
	}
	for _, plan := range [][][]string{p.rows("EXPLAIN (FORMAT JSON, COSTS OFF) "+s.text, s.args...), p.generic(s)} {
		ways, err := searchesOfPostgres(plan[0][0], p.tableOf)
		if err != nil {
			p.t.Fatal(err)
		}
		if fault := p.judge(s, ways); fault != "" {
			return fault
		}
	}
	return ""
}

func (p planner) judge(s statement, ways []search) string {
	for _, way := range ways {
		f := p.tables[p.meant(s.text, way.table)]
		if f == nil || !f.grows {
			continue
		}
		if fault := way.fault(strings.Contains(s.text, " LIMIT ")); fault != "" {
			return fmt.Sprintf("%s %s (%s):\n%.1500s\n%.300s", s.operation, fault, way.line, s.text, fmt.Sprint(s.args...))
		}
	}
	return ""
}

// meant is the table that a statement calls by a name, or nothing for a query within it.
func (p planner) meant(text, name string) string {
	if p.tables[name] != nil {
		return name
	}
	for _, m := range regexp.MustCompile(`(\w+) (?:AS )?`+regexp.QuoteMeta(name)+`\b`).FindAllStringSubmatch(text, -1) {
		if p.tables[m[1]] != nil {
			return m[1]
		}
	}
	return ""
}

// generic is the plan that is kept for every set of arguments.
func (p planner) generic(s statement) [][]string {
	p.t.Helper()
	ctx := context.Background()
	conn, err := p.db.SQL().Conn(ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	execute := "EXECUTE heard"
	if n := len(s.args); n > 0 {
		execute += "(NULL" + strings.Repeat(", NULL", n-1) + ")"
	}
	for _, text := range []string{"SET plan_cache_mode = force_generic_plan", "PREPARE heard AS " + s.text} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			p.t.Fatalf("%s: %v", text, err)
		}
	}
	plan, err := rowsOf(conn, "EXPLAIN (FORMAT JSON, COSTS OFF) "+execute)
	if err != nil {
		p.t.Fatalf("%s: %v", s.text, err)
	}
	for _, text := range []string{"DEALLOCATE heard", "RESET plan_cache_mode"} {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			p.t.Fatal(err)
		}
	}
	return plan
}

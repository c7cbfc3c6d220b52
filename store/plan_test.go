package store_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

// byList are the functions through which shops' and consumers' calls read lists, each with the columns of its index.
var byList = map[string]string{
	"CapturesOf": "order_id", "CapturesIn": "order_id", "RefundsOf": "order_id", "InvoicesOfOrder": "order_id", "PagesOf": "session_id",
	"TokensOf": "consumer_id", "ExtensionsOf": "invoice_id", "AllocationsOf": "invoice_id", "LastPaid": "invoice_id",
	"OrdersOf": "consumer_id", "InvoicesOf": "consumer_id", "DocumentsOf": "consumer_id", "MailsOf": "consumer_id",
}

// byKey are the tables whose rows shops' calls read by key.
var byKey = []string{"sessions", "pages", "authorizations", "orders", "captures", "refunds", "invoices", "consumers", "customer_tokens",
	"due_extensions", "operations", "jobs", "series"}

// planRows is how many rows each table has while plans are made. ZAHLZIEL_PLAN_ROWS=1000000 makes it as many as a large shop has.
func planRows(t *testing.T) int {
	if s := os.Getenv("ZAHLZIEL_PLAN_ROWS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 12_000
}

// TestOperationsUseIndexes: no call of a shop reads a table from end to end. The plans are those that the databases choose
// themselves over tables with rows in them.
func TestOperationsUseIndexes(t *testing.T) {
	t.Parallel()
	lists := listQueries(t)
	if len(lists) != len(byList) {
		t.Fatalf("%d list queries found of %d", len(lists), len(byList))
	}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		wanted := map[string]bool{}
		for _, text := range lists {
			wanted[fromTable.FindStringSubmatch(text)[1]] = true
		}
		for _, table := range byKey {
			wanted[table] = true
		}
		for table := range wanted {
			fillTable(t, db, table)
		}
		if _, err := db.SQL().Exec("ANALYZE"); err != nil {
			t.Fatal(err)
		}
		for name, text := range lists {
			checkPlan(t, db, name, plan(t, db, literally(text)), byList[name])
		}
		for _, table := range byKey {
			text, args := store.PointRead(db, table)
			checkPlan(t, db, table, plan(t, db, text, args...), "id")
		}
	})
}

// checkPlan wants an index by which bucket and a second column are looked up.
func checkPlan(t *testing.T, db *store.DB, name, plan, column string) {
	t.Helper()
	if db.Postgres() {
		if strings.Contains(plan, "Seq Scan") || !regexp.MustCompile(`Index Cond: .*bucket.*\b`+column+`\b`).MatchString(plan) {
			t.Errorf("%s:\n%s", name, plan)
		}
		return
	}
	if strings.Contains(plan, "SCAN ") && !strings.Contains(plan, "SCAN CONSTANT ROW") || !regexp.MustCompile(`USING (COVERING )?INDEX \S+ \(bucket=\? AND `+column+`=\?`).MatchString(plan) {
		t.Errorf("%s:\n%s", name, plan)
	}
}

// plan is what the database would do.
func plan(t *testing.T, db *store.DB, text string, args ...any) string {
	t.Helper()
	column, how := 3, "EXPLAIN QUERY PLAN "
	if db.Postgres() {
		column, how = 0, "EXPLAIN (COSTS OFF) "
	}
	rows, err := db.SQL().Query(how+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	var out strings.Builder
	for rows.Next() {
		row := make([]any, column+1)
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, *row[column].(*any))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// fillTable writes rows of distinct texts over all buckets.
func fillTable(t *testing.T, db *store.DB, table string) {
	t.Helper()
	var names, values []string
	for _, c := range store.Filled()[table] {
		name, typ, _ := strings.Cut(c, " ")
		names = append(names, name)
		switch {
		case name == "bucket":
			values = append(values, "i % 64")
		case typ == "BIGINT":
			values = append(values, "i")
		case typ == "TEXT":
			values = append(values, "'t' || i")
		default:
			values = append(values, "''")
		}
	}
	text := fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO %s (%s) SELECT %s FROM n",
		planRows(t), table, strings.Join(names, ", "), strings.Join(values, ", "))
	if _, err := db.SQL().Exec(text); err != nil {
		t.Fatalf("fill %s: %v", table, err)
	}
}

var (
	fromTable  = regexp.MustCompile(`FROM (\w+) WHERE`)
	parameters = regexp.MustCompile(`(bucket = |LIMIT )?\$\d+`)
)

// literally puts values in place of parameters.
func literally(text string) string {
	return parameters.ReplaceAllStringFunc(text, func(s string) string {
		if before, _, ok := strings.Cut(s, "$"); ok && before != "" {
			return before + "20"
		}
		return "'t84'" // a row of bucket 20
	})
}

// listQueries reads the queries of byList out of the package's source, so that they are those that run.
func listQueries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	tables, found, out := map[string]string{}, map[string][]string{}, map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && byList[fn.Name.Name] != "" {
				found[fn.Name.Name] = append(found[fn.Name.Name], callOf(fn)...)
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				tableNames(g, tables)
			}
		}
	}
	for name, parts := range found {
		text := parts[1]
		if !strings.HasPrefix(text, "SELECT") {
			text = "SELECT id FROM " + tables[parts[0]] + " " + text
		}
		out[name] = text
	}
	return out
}

// callOf is the table's variable and the text of the first query of a function.
func callOf(fn *ast.FuncDecl) (parts []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || parts != nil {
			return parts == nil
		}
		table := ""
		for _, a := range call.Args {
			if id, ok := a.(*ast.Ident); ok {
				table = id.Name
			}
			if lit, ok := a.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				parts = []string{table, text}
				return false
			}
		}
		return true
	})
	return parts
}

// tableNames notes which variable holds which table.
func tableNames(g *ast.GenDecl, tables map[string]string) {
	for _, spec := range g.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			continue
		}
		ast.Inspect(v.Values[0], func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if fn, ok := call.Fun.(*ast.Ident); ok && fn.Name == "newTable" {
					tables[v.Names[0].Name], _ = strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
				}
			}
			return true
		})
	}
}

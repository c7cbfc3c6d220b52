package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

// reference are the small, read-mostly tables; only they may have keys that do not start with the bucket.
var reference = []string{"settings", "operators", "merchants", "credentials", "api_keys", "webhook_endpoints", "merchant_activations", "merchant_users", "policies", "policy_steps", "staff", "fraud_blocks", "fraud_domains", "goose_db_version"}

// column returns the first column of a query's rows.
func column(t *testing.T, db *store.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.SQL().Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// postgresRules each list what must not be in the catalogue. goose's own table of versions is the tool's affair.
var postgresRules = map[string]string{
	"primary and unique keys and all indexes start with bucket": `
		SELECT t.relname || ': ' || i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
		JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
		WHERE n.nspname = 'public' AND a.attname <> 'bucket' AND t.relname NOT IN ('` + strings.Join(reference, "', '") + `')`,
	"every table has a primary key": `
		SELECT t.relname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND t.relkind = 'r'
		AND NOT EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = t.oid AND x.indisprimary)`,
	"only BIGINT, TEXT and BYTEA, never null, nothing identity or generated, default only nothing (of columns that came later)": `
		SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version'
		AND (data_type NOT IN ('bigint', 'text', 'bytea') OR is_nullable <> 'NO' OR is_identity <> 'NO' OR is_generated <> 'NEVER' OR COALESCE(column_default, '0') NOT IN ('0', '''''::text', '''\x''::bytea'))`,
	"no sequences": `
		SELECT s.relname FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace WHERE n.nspname = 'public' AND s.relkind = 'S' AND s.relname NOT LIKE 'goose%'`,
	"no triggers":  `SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`,
	"no functions": `SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'`,
	"no rules or views": `
		SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND (c.relkind IN ('v', 'm') OR c.relhasrules)`,
	"no foreign keys, exclusion or deferrable constraints": `
		SELECT conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = 'public' AND (contype IN ('f', 'x', 't') OR condeferrable)`,
}

func TestCatalogueOnPostgres(t *testing.T) {
	t.Parallel()
	db := storetest.Postgres(t).Open(t)
	for rule, query := range postgresRules {
		if broken := column(t, db, query); len(broken) > 0 {
			t.Errorf("%s: %q", rule, broken)
		}
	}
	if n := storetest.Count(t, db, "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"); n < 30 {
		t.Errorf("only %d tables: the queries look in the wrong place", n)
	}
}

// sqliteRules are the same where SQLite has a word for it.
var sqliteRules = map[string]string{
	"primary and unique keys and all indexes start with bucket": `
		SELECT m.name || ': ' || l.name FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
		WHERE m.type = 'table' AND i.seqno = 0 AND i.name <> 'bucket' AND m.name NOT IN ('` + strings.Join(reference, "', '") + `')`,
	"only BIGINT, TEXT and BYTEA, never null, default only nothing": `
		SELECT m.name || '.' || c.name || ' ' || c.type FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'
		AND (c.type NOT IN ('BIGINT', 'TEXT', 'BYTEA') OR c."notnull" = 0 AND c.pk = 0 OR COALESCE(c.dflt_value, '0') NOT IN ('0', '''''', 'x'''''))`,
	"no triggers or views": `SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index')`,
	"no foreign keys":      `SELECT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
}

func TestCatalogueOnSQLite(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t).Open(t)
	for rule, query := range sqliteRules {
		if broken := column(t, db, query); len(broken) > 0 {
			t.Errorf("%s: %q", rule, broken)
		}
	}
}

// TestBothCataloguesAgree compares tables and columns of the two databases.
func TestBothCataloguesAgree(t *testing.T) {
	t.Parallel()
	lite := column(t, storetest.SQLite(t).Open(t), `SELECT m.name || '.' || c.name || ' ' || lower(c.type) FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`)
	post := column(t, storetest.Postgres(t).Open(t), `SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name <> 'goose_db_version'`)
	slices.Sort(lite)
	slices.Sort(post)
	if !slices.Equal(lite, post) {
		t.Errorf("SQLite     %q\nPostgreSQL %q", lite, post)
	}
}

// forbidden are words that a distributed PostgreSQL, or SQLite, does not serve or serves badly.
var forbidden = regexp.MustCompile(`(?i)SELECT \*|\bSKIP LOCKED\b|\bLISTEN\b|\bNOTIFY\b|advisory|\bLOCK TABLE\b|PREPARE TRANSACTION|\bSERIAL\b|\bSEQUENCE\b|\bnextval\b|\bTRIGGER\b|\bDEFERRABLE\b|\bDO \$|\bCASE [a-z_.]+ WHEN\b|\bNOW\(\)|CURRENT_TIMESTAMP`)

var lockClause = regexp.MustCompile(`(?i)\bFOR (UPDATE|SHARE)\b`)
var equalBucket = regexp.MustCompile(`(?i)\bbucket = \$\d`)

// TestSQLKeepsTheRules reads the store's own SQL: the literals of its source and its migrations.
func TestSQLKeepsTheRules(t *testing.T) {
	t.Parallel()
	texts := migrations(t)
	for where, text := range literals(t) {
		texts[where] = text
	}
	if len(texts) < 50 {
		t.Fatalf("only %d texts found", len(texts))
	}
	for where, text := range texts {
		if word := forbidden.FindString(text); word != "" {
			t.Errorf("%s: %q has no place in SQL for both databases", where, word)
		}
		if lockClause.MatchString(text) && !equalBucket.MatchString(text) {
			t.Errorf("%s: locks rows without equality on the bucket: %s", where, text)
		}
	}
}

func migrations(t *testing.T) map[string]string {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations found", err)
	}
	out := map[string]string{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "-- +goose NO TRANSACTION") {
			t.Errorf("%s: DDL runs one statement per transaction, so that a distributed engine takes it", name)
		}
		for n, line := range strings.Split(string(text), "\n") {
			line, _, _ = strings.Cut(line, "--")
			out[name+":"+strconv.Itoa(n+1)] = line
		}
	}
	return out
}

// literals are the string literals of the package, by where they stand.
func literals(t *testing.T) map[string]string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				out[fset.Position(lit.Pos()).String()] = text
			}
			return true
		})
	}
	return out
}

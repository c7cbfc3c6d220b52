package zahlziel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the house from the ground up. A package imports only floors below its own;
// packages of one floor do not know each other.
var floors = [][]string{
	{"money", "cal"},
	{"ledger", "credit", "fraud"},
	{"pay"},
	{"vault"},
	{"store"},
	{"app"},
	{"web", "api", "shopapi"},
}

// pure names the rules: the same facts give the same answer, always.
var pure = []string{"money", "cal", "ledger", "credit", "fraud", "pay"}

// hiddenFromDoors is what a door must reach through app only.
var hiddenFromDoors = []string{"vault", "store"}

// world lists what stands beside the floors and the only packages each may import.
// all means no bound: such a package wires or plays the whole house.
var world = map[string][]string{
	"bankfile":     {"money", "cal"},
	"document":     {"money", "cal", "bankfile"},
	"gateway":      {"money", "cal", "pay"},
	"client":       {},
	"integrations": {"client", "money", "web"}, // web: the building blocks of pages
	"sim":          all,
	"stories":      all,
	"cmd":          all,
	"zahlziel":     {},
}

var all = []string{"*"}

// appWorld is the part of the world that app may call.
var appWorld = []string{"bankfile", "document", "gateway"}

// forbiddenInRules are the standard packages (and their subpackages) that would make a rule impure.
var forbiddenInRules = []string{"context", "database", "log", "net", "os", "sync", "syscall"}

// TestImportsGoDownOnly reads the import lists of all packages. Tests are exempt: they may
// build the whole house to try one room.
func TestImportsGoDownOnly(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		from := packageOf(f.path)
		for _, imported := range f.imports {
			to, ours := strings.CutPrefix(imported, "zahlziel/")
			if imported == "zahlziel" {
				to, ours = "zahlziel", true
			}
			if ours && !mayImport(from, to) {
				t.Errorf("%s: %s must not import %s", f.path, from, to)
			}
		}
	}
}

// TestEveryPackageHasItsFloor makes a new top-level package a decision, not an accident.
func TestEveryPackageHasItsFloor(t *testing.T) {
	for _, f := range goFiles(t) {
		house := family(packageOf(f.path))
		if _, beside := world[house]; !beside && floorOf(house) < 0 {
			t.Errorf("%s: package %s stands on no floor; give it one in arch_test.go", f.path, house)
		}
	}
}

// TestRulesArePure keeps clocks, I/O and goroutines out of the rules.
func TestRulesArePure(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || !slices.Contains(pure, family(packageOf(f.path))) {
			continue
		}
		for _, imported := range f.imports {
			first, _, _ := strings.Cut(imported, "/")
			if slices.Contains(forbiddenInRules, first) {
				t.Errorf("%s: a rule must not import %s", f.path, imported)
			}
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s: a rule must not start a goroutine", f.fset.Position(g.Pos()))
			}
			return true
		})
	}
}

// TestMayImport checks the judge itself on the cases that matter.
func TestMayImport(t *testing.T) {
	cases := []struct {
		from, to string
		want     bool
	}{
		{"pay", "money", true}, {"pay", "credit", true}, {"credit", "pay", false}, {"money", "cal", false},
		{"credit", "ledger", false}, {"fraud", "credit", false}, {"app", "fraud", true}, {"store", "pay", true}, {"store", "vault", true}, {"store", "app", false},
		{"store/storetest", "store", true}, {"app", "store", true}, {"app", "bankfile", true},
		{"app", "gateway/bank", true}, {"app", "sim", false}, {"web", "app", true}, {"web", "store", false},
		{"web/portal", "web", true}, {"web/portal", "web/desk", false}, {"web/portal", "web/words", true},
		{"web", "web/portal", false}, {"web/merchant", "web", true}, {"web/merchant", "web/desk", false}, {"web/merchant", "store", false}, {"web", "web/words", true}, {"web/desk", "vault", false},
		{"shopapi", "api", false}, {"shopapi", "app", true}, {"api", "store", false}, {"api", "document", false},
		{"bankfile", "money", true}, {"bankfile", "pay", false}, {"document", "bankfile", true},
		{"gateway/bank", "gateway", true}, {"gateway/bank", "pay", true}, {"gateway/bank", "store", false},
		{"gateway/bank", "gateway/mail", false}, {"cmd/zahlziel", "store", true}, {"sim", "shopapi", true},
		{"app", "cmd/zahlziel", false}, {"money", "zahlziel", false},
		{"credit/fit", "credit", true}, {"credit", "credit/fit", false}, {"app", "credit/fit", true},
		{"integrations/sampleshop", "client", true}, {"integrations/sampleshop", "web", true}, {"integrations/sampleshop", "web/portal", false},
		{"integrations/sampleshop", "app", false}, {"web", "integrations/sampleshop", false},
		{"credit/trial", "credit", true}, {"credit", "credit/trial", false},
	}
	for _, c := range cases {
		if got := mayImport(c.from, c.to); got != c.want {
			t.Errorf("mayImport(%s, %s) = %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

func mayImport(from, to string) bool {
	fromFamily, toFamily := family(from), family(to)
	if fromFamily == toFamily {
		return mayImportRelative(from, to)
	}
	if allowed, beside := world[fromFamily]; beside {
		return slices.Contains(allowed, "*") || slices.Contains(allowed, toFamily) && !slices.Contains(pages, to)
	}
	if _, beside := world[toFamily]; beside {
		return fromFamily == "app" && slices.Contains(appWorld, toFamily)
	}
	if floorOf(fromFamily) == len(floors)-1 && slices.Contains(hiddenFromDoors, toFamily) {
		return false
	}
	return floorOf(toFamily) >= 0 && floorOf(toFamily) < floorOf(fromFamily)
}

// pages are the actors' parts of web, and gateways the partners: they are neighbours.
var pages = []string{"web/portal", "web/checkout", "web/merchant", "web/desk", "web/sdk", "web/home"}

// mayImportRelative judges two packages of one family: pages and gateways use what their
// family shares, never each other, and the family never uses them. What decides (credit)
// knows nothing of what measures it (credit/fit) and what tries it out (credit/trial).
func mayImportRelative(from, to string) bool {
	switch family(from) {
	case "credit":
		return from != "credit"
	case "web":
		return !slices.Contains(pages, to)
	case "gateway":
		return to == "gateway"
	}
	return true
}

func family(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

func floorOf(house string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, house) })
}

func packageOf(file string) string {
	if dir := path.Dir(file); dir != "." {
		return dir
	}
	return "zahlziel"
}

// source is one Go file of the module.
type source struct {
	path      string // slash-separated, relative to the root
	test      bool
	generated bool
	imports   []string
	tree      *ast.File
	fset      *token.FileSet
}

// goFiles parses every Go file of the module.
func goFiles(t *testing.T) []source {
	t.Helper()
	var files []source
	for _, name := range allFiles(t) {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatalf("%s does not parse: %v", name, err)
		}
		f := source{path: name, test: isTest(name), generated: ast.IsGenerated(tree), tree: tree, fset: fset}
		for _, imported := range tree.Imports {
			unquoted, _ := strconv.Unquote(imported.Path.Value)
			f.imports = append(f.imports, unquoted)
		}
		files = append(files, f)
	}
	return files
}

// isTest is true for test files and for the packages that only hold test suites.
func isTest(file string) bool {
	return strings.HasSuffix(file, "_test.go") || strings.HasSuffix(path.Dir(file), "test")
}

// allFiles lists the files of the project, without what is built, fetched or a demo's world.
func allFiles(t *testing.T) []string {
	t.Helper()
	skipped := []string{".git", "bin", "data", "node_modules", "testdata"}
	var names []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(skipped, entry.Name()) {
			return filepath.SkipDir
		}
		if entry.Type().IsRegular() {
			names = append(names, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("cannot list the files of the project: %v", err)
	}
	return names
}

package zahlziel_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	functionLinesMax = 70
	fileLinesMax     = 500
)

// TestGofmt keeps one format for everybody.
func TestGofmt(t *testing.T) {
	for _, f := range goFiles(t) {
		text := read(t, f.path)
		formatted, err := format.Source(text)
		if err != nil || !bytes.Equal(text, formatted) {
			t.Errorf("%s is not formatted: run gofmt -w %s (%v)", f.path, f.path, err)
		}
	}
}

// TestSizes keeps functions and files readable in one sitting. Tables of tests and
// generated code have their own measure.
func TestSizes(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.generated {
			continue
		}
		if n := f.fset.File(f.tree.Pos()).LineCount(); n > fileLinesMax+1 {
			t.Errorf("%s has %d lines, at most %d: split it by noun or actor", f.path, n, fileLinesMax)
		}
		for _, d := range f.tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1; n > functionLinesMax {
				t.Errorf("%s: %s has %d lines, at most %d", f.path, fn.Name.Name, n, functionLinesMax)
			}
		}
	}
}

// postponed finds marks of unfinished work. The words are put together so that this file
// does not find itself.
var postponed = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// TestNothingIsPostponed: what is not done is not in the source.
func TestNothingIsPostponed(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, group := range f.tree.Comments {
			if mark := postponed.FindString(group.Text()); mark != "" {
				t.Errorf("%s: %s in a comment: finish it or leave it out", f.fset.Position(group.Pos()), mark)
			}
		}
	}
	for _, name := range allFiles(t) {
		if slices.Contains([]string{".templ", ".sql", ".css", ".sh", ".md", ".yaml"}, path.Ext(name)) {
			if mark := postponed.Find(read(t, name)); mark != nil {
				t.Errorf("%s: %s: finish it or leave it out", name, mark)
			}
		}
	}
}

// TestVendorNameStaysOnTheWire keeps another vendor's mark inside the package that has to
// send it. One line may state the fact that we are compatible and not affiliated.
func TestVendorNameStaysOnTheWire(t *testing.T) {
	vendor := "kla" + "rna"
	for _, name := range allFiles(t) {
		if strings.Contains(name, "shopapi") {
			continue
		}
		text := read(t, name)
		if !utf8.Valid(text) {
			continue
		}
		for i, line := range strings.Split(strings.ToLower(string(text)), "\n") {
			if strings.Contains(line, vendor) && !strings.Contains(line, "not affiliated") {
				t.Errorf("%s:%d names another vendor", name, i+1)
			}
		}
	}
}

// TestEveryPackageSaysWhatItIs wants a package comment in each package.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		if !f.test || strings.HasSuffix(path.Dir(f.path), "test") {
			documented[packageOf(f.path)] = documented[packageOf(f.path)] || f.tree.Doc != nil
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

// wellKnown are methods whose meaning the standard library defines.
var wellKnown = []string{
	"Error", "Is", "Len", "Less", "MarshalJSON", "MarshalText", "Scan", "ServeHTTP", "String", "Swap",
	"UnmarshalJSON", "UnmarshalText", "Unwrap", "Value",
}

// TestExportedNamesAreDocumented: shapes, units, errors and sources belong beside the name.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.generated {
			continue
		}
		for _, d := range f.tree.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: %s has no comment", f.fset.Position(name.Pos()), name.Name)
			}
		}
	}
}

func undocumented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && !(d.Recv != nil && (slices.Contains(wellKnown, d.Name.Name) || !exportedReceiver(d))) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, slices.DeleteFunc(slices.Clone(s.Names), func(n *ast.Ident) bool { return !n.IsExported() })...)
				}
			}
		}
		return names
	}
	return nil
}

func exportedReceiver(d *ast.FuncDecl) bool {
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// clockOwners may ask what time it is; everybody else is told.
func clockOwners(file string) bool {
	house := family(packageOf(file))
	return house == "cmd" || house == "gateway" || file == "app/clock.go" || path.Base(path.Dir(file)) == "cmd"
}

// TestTimeIsAParameter keeps the clock injectable: demo, tests and simulation turn it.
func TestTimeIsAParameter(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.generated || clockOwners(f.path) {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, call.Sel.Name) {
				t.Errorf("%s: time.%s: take the time as a parameter", f.fset.Position(n.Pos()), call.Sel.Name)
			}
			return true
		})
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

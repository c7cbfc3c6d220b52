package stories

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"zahlziel/store/storetest"
)

// binary is the folder that holds the program under test.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "zahlziel-stories-")
	if err == nil {
		binary = dir
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "zahlziel"), "zahlziel/cmd/zahlziel")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "stories: build the program:", err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// TestStories runs every script of this folder on each database, each on a fresh installation.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".txtar"), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, d storetest.Database) { tell(t, file, d) })
		})
	}
}

// tell runs one script.
func tell(t *testing.T, file string, d storetest.Database) {
	testscript.Run(t, testscript.Params{
		Files:               []string{file},
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", binary+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("ZAHLZIEL_DATA", filepath.Join(e.WorkDir, "data"))
			if d.Postgres {
				e.Setenv("ZAHLZIEL_DATABASE", d.DSN)
			}
			return newWorld(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"install": install, "server": server, "restart": restart, "http": request, "json": capture, "page": page, "mail": letter, "mails": mails, "race": race, "statement": statement, "cut": cut,
			"header": header, "bank": bank, "buy": buy, "order": order, "ship": ship, "shop": shop, "killed": killed, "sql": query, "await": await, "nowhere": nowhere, "answer": answer, "reference": reference, "twin": twin, "log": serverLog,
		},
	})
}

package store

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zahlziel/cal"
	"zahlziel/pay"
)

// openFile opens a database file, as one of several processes would.
func openFile(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(context.Background(), path, Options{Now: func() int64 { return time.Now().UnixMicro() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(context.Background(), cal.Date(2026, 11, 28), 1); err != nil {
		t.Fatal(err)
	}
	return db
}

// counting is a unit that adds one to a row.
func counting() *Unit {
	return &Unit{Load: []Ref{Directory.At(0, "x")}, Do: func(tx *Tx) error {
		row, err := Get(tx, Directory, "x")
		if err != nil {
			return err
		}
		if row == nil {
			row = &pay.Claim{Digest: "x"}
		}
		row.At++
		Save(tx, Directory, row)
		return nil
	}}
}

func counted(t *testing.T, db *DB) int64 {
	t.Helper()
	row, err := Load(context.Background(), db, Directory, 0, "x")
	if err != nil || row == nil {
		t.Fatal(row, err)
	}
	return row.At
}

// Whoever waited for its turn too long writes without it. The process whose turn it is then sees what was written.
func TestAWriteOutOfTurnIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zahlziel.db")
	here, there := openFile(t, path), openFile(t, path)
	late := newGroup(there.lanes[0])
	late.ctx = context.Background()
	pass := there.turn.take(late.ctx)
	defer pass()
	unlockFile(there.turn.pen) // it never got it
	for range 2 {
		if err := here.Do(context.Background(), counting()); err != nil {
			t.Fatal(err)
		}
	}
	units := []*Unit{counting()}
	if err := late.begin(units); err != nil {
		t.Fatal(err)
	}
	if _, err := late.execute(units); err != nil {
		t.Fatal(err)
	}
	if err := late.flush(); err != nil {
		t.Fatal(err)
	}
	if err := late.end(); err != nil {
		t.Fatal(err)
	}
	if n := counted(t, here); n != 3 {
		t.Errorf("%d after three additions", n)
	}
}

// What a group wrote is kept before the next writer has its turn: kept later it would be older than what that one wrote.
func TestAGroupTeachesInItsTurn(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "zahlziel.db"))
	g := newGroup(db.lanes[0])
	if _, err := g.commit([]*Unit{counting()}); err != nil {
		t.Fatal(err)
	}
	k := &db.lanes[0].kept
	if k.peek(Directory.At(0, "x")) == nil || k.seq != g.seq {
		t.Errorf("nothing was kept of group %d, which is over", g.seq)
	}
}

// TestKeptRowsChangeInGroups: what memory answers for is written by groups alone. A statement of its own that changes such
// a table has to be a sweep, which makes the lane forget.
func TestKeptRowsChangeInGroups(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range tables {
		if table.kept {
			names = append(names, table.name)
		}
	}
	writes, swept := regexp.MustCompile(`(?i)\b(INSERT INTO|UPDATE|DELETE FROM) (`+strings.Join(names, "|")+`)\b`), 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			switch {
			case !writes.MatchString(line):
			case strings.Contains(line, "tx.sweep("):
				swept++
			default:
				t.Errorf("%s changes a table whose rows are kept in memory: %s", name, line)
			}
		}
	}
	if len(names) == 0 || swept == 0 {
		t.Errorf("kept tables %v, %d sweeps: the test looks at the wrong text", names, swept)
	}
}

package store

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// turn is the queue of the writers of one SQLite file. SQLite lets the next writer in by chance: one that waits polls
// at growing distances, so against a busy lane of another process it would wait for seconds. A writer first takes
// a seat (the file DB-next), waits there for the pen (the file DB-turn), and frees the seat once it has the pen: who
// just wrote finds the seat taken and comes behind. The files are advice only; SQLite's own lock keeps the data right.
//
// A group that holds SQLite's own lock puts its process's mark into the pen's file (sign). As long as a process finds its mark
// there no other process has had that lock for a group, whether it waited for its turn or not.
type turn struct {
	mu        sync.Mutex // the same queue between the goroutines of this process
	next, pen *os.File
	mark      [16]byte
	strange   func() // hears, with SQLite's lock in hand, that another process had it since the last time
}

// turnTime bounds waiting for a process that holds its turn but does not move, for example a stopped one.
const turnTime = 20 * time.Second

func newTurn(path string, strange func()) (*turn, error) {
	next, err := os.OpenFile(path+"-next", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	pen, err := os.OpenFile(path+"-turn", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, errors.Join(err, next.Close())
	}
	return &turn{next: next, pen: pen, mark: [16]byte(Random16()), strange: strange}, nil
}

// take waits for this writer's turn and returns the function that passes it on.
func (t *turn) take(ctx context.Context) (pass func()) {
	if t == nil {
		return func() {}
	}
	t.mu.Lock()
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	waitFor(ctx, t.next)
	waitFor(ctx, t.pen)
	unlockFile(t.next)
	return func() {
		unlockFile(t.pen)
		t.mu.Unlock()
	}
}

// sign notes that this process holds SQLite's lock. A mark that cannot be written is missed, and nothing is taken for known.
func (t *turn) sign() {
	if t != nil && !t.last() {
		t.strange()
		_, _ = t.pen.WriteAt(t.mark[:], 0)
	}
}

// last reports whether no other process had SQLite's lock for a group since this one.
func (t *turn) last() bool {
	var seen [16]byte
	if t == nil {
		return false
	}
	_, err := t.pen.ReadAt(seen[:], 0)
	return err == nil && seen == t.mark
}

func waitFor(ctx context.Context, f *os.File) {
	for !lockFile(f) && ctx.Err() == nil {
		time.Sleep(100 * time.Microsecond)
	}
}

func (t *turn) close() {
	if t != nil {
		t.next.Close()
		t.pen.Close()
	}
}

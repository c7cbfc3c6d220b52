package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

// writerEnv makes the test binary a process that writes: it names the database.
const writerEnv = "ZAHLZIEL_TEST_WRITER"

// TestMain lets the test binary be its own victim.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(writerEnv); dsn != "" {
		if err := write(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// write makes the purchases whose keys come in, and says each key once it is acknowledged.
func write(dsn string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, dsn, store.Options{Now: storetest.Wall})
	if err != nil {
		return err
	}
	keys, failed := make(chan string), make(chan error, 1)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for key := range keys {
				n, _ := strconv.Atoi(key)
				if err := db.Do(ctx, storetest.Purchase(n%64, n, key, int64(1+n%1000))); err != nil {
					failed <- fmt.Errorf("key %s: %w", key, err)
					return
				}
				os.Stdout.WriteString(key + "\n")
			}
		})
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		select {
		case keys <- in.Text():
		case err := <-failed:
			return err
		}
	}
	close(keys)
	wg.Wait()
	return db.Close()
}

// killRounds is how often a writer is killed; ZAHLZIEL_KILL_ROUNDS sets it for long runs.
func killRounds(t *testing.T, usual int) int {
	if s := os.Getenv("ZAHLZIEL_KILL_ROUNDS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("ZAHLZIEL_KILL_ROUNDS: %v", err)
		}
		return n
	}
	return usual
}

func TestKilledWriterLosesNothingOnSQLite(t *testing.T) {
	t.Parallel()
	killAndCount(t, storetest.SQLite(t), killRounds(t, 12))
}

func TestKilledWriterLosesNothingOnPostgres(t *testing.T) {
	t.Parallel()
	killAndCount(t, storetest.Postgres(t), killRounds(t, 6))
}

// killAndCount kills a writing process at random moments. Every acknowledged purchase must be stored; the others are
// sent again with their keys and must then be stored once.
func killAndCount(t *testing.T, d storetest.Database, rounds int) {
	db := d.Open(t)
	v := &victim{t: t, d: d, open: map[string]bool{}}
	for range rounds {
		v.round(time.Duration(50+rand.IntN(350)) * time.Millisecond)
		storetest.Audited(t, db)
		if t.Failed() {
			return
		}
	}
	v.last()
	t.Logf("%d purchases, %d of them sent again after a kill", len(v.acked), v.again)
	if len(v.acked) < rounds*5 || v.again == 0 {
		t.Error("too few to prove anything")
	}
	storetest.Exactly(t, db, v.acked)
}

// victim feeds one writer after the other.
type victim struct {
	t     *testing.T
	d     storetest.Database
	mu    sync.Mutex
	next  int             // first key that was never sent
	open  map[string]bool // sent and not acknowledged
	acked []string
	again int // sent again after a kill
}

// writer is a process that writes.
type writer struct {
	*exec.Cmd
	in   io.WriteCloser
	acks *bufio.Scanner
	room chan struct{} // a place per key under way, so that a kill leaves few of them in the pipe
	dead chan struct{}
	said strings.Builder
}

func (v *victim) start() *writer {
	w := &writer{Cmd: exec.Command(os.Args[0], "-test.run=^$"), room: make(chan struct{}, 64), dead: make(chan struct{})}
	w.Env = append(os.Environ(), writerEnv+"="+v.d.DSN)
	w.Stderr = &w.said
	out, err := w.StdoutPipe()
	if err == nil {
		w.in, err = w.StdinPipe()
	}
	if err == nil {
		err = w.Start()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	w.acks = bufio.NewScanner(out)
	return w
}

// round lets a writer work for a while after its first acknowledgement and kills it.
func (v *victim) round(life time.Duration) {
	w := v.start()
	var fed sync.WaitGroup
	fed.Go(func() { v.feed(w, true) })
	var timer *time.Timer
	for w.acks.Scan() {
		if timer == nil {
			timer = time.AfterFunc(life, func() { w.Process.Kill() })
		}
		v.ack(w.acks.Text())
		<-w.room
	}
	close(w.dead)
	_ = w.Wait()
	fed.Wait()
	if w.said.Len() > 0 {
		v.t.Errorf("writer: %s", w.said.String())
	}
}

// last lets a writer finish what is open.
func (v *victim) last() {
	w := v.start()
	var fed sync.WaitGroup
	fed.Go(func() { v.feed(w, false); w.in.Close() })
	for w.acks.Scan() {
		v.ack(w.acks.Text())
		<-w.room
	}
	close(w.dead)
	fed.Wait()
	if err := w.Wait(); err != nil || len(v.open) > 0 {
		v.t.Errorf("last writer: %v, %d open: %s", err, len(v.open), w.said.String())
	}
}

// feed sends what is open and then, if there is more to do, new keys until the writer is dead.
func (v *victim) feed(w *writer, more bool) {
	v.mu.Lock()
	old := slices.Sorted(maps.Keys(v.open))
	v.again += len(old)
	v.mu.Unlock()
	for _, key := range old {
		if !w.send(key) {
			return
		}
	}
	for more {
		v.mu.Lock()
		key := strconv.Itoa(v.next)
		v.next++
		v.open[key] = true
		v.mu.Unlock()
		more = w.send(key)
	}
}

// send hands a key to the writer once there is room; false says that the writer is dead.
func (w *writer) send(key string) bool {
	select {
	case w.room <- struct{}{}:
		_, err := io.WriteString(w.in, key+"\n")
		return err == nil
	case <-w.dead:
		return false
	}
}

func (v *victim) ack(key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.open[key] {
		v.t.Errorf("key %s was acknowledged twice, or never sent", key)
	}
	delete(v.open, key)
	v.acked = append(v.acked, key)
}

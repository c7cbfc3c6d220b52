package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"zahlziel/pay"
)

// Unit is one unit of work: one consumer, one merchant or one session, in one bucket.
type Unit struct {
	Bucket int
	Op     *Op                // the caller's idempotency key, or nil
	Load   []Ref              // root rows, loaded before Do
	Then   func(*Tx) []Ref    // dependents, known once the roots are loaded; may be nil
	Do     func(tx *Tx) error // runs in memory; an error leaves nothing behind
	done   chan error
	tx     *Tx
}

// groupMax bounds a group, so that latency stays bounded under load.
const groupMax = 128

// groupTime bounds the time of one group against a database that hangs.
const groupTime = 30 * time.Second

// lane commits groups one after the other on a connection of its own. It serves the buckets that are its number modulo the count of lanes.
type lane struct {
	db    *DB
	n     int
	queue chan *Unit
	pipe  *pipe
	kept  kept
}

func newLane(d *DB, n int) *lane {
	l := &lane{db: d, n: n, queue: make(chan *Unit, 4*groupMax), pipe: newPipe(d)}
	if !d.postgres {
		l.pipe.setup = append(l.pipe.setup, "PRAGMA cache_size = -65536") // the writer's pages stay true, readers' do not
	}
	d.wg.Add(1)
	go l.run()
	return l
}

// Do runs a unit of work in the next group of its lane and returns when it is durable, or its error.
// A cancelled ctx gives up waiting in the queue only before the unit was taken.
func (d *DB) Do(ctx context.Context, u *Unit) error {
	u.done = make(chan error, 1)
	if len(d.lanes) == 0 {
		return ErrUninitialised
	}
	select {
	case d.lanes[u.Bucket%len(d.lanes)].queue <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-d.closed:
		return ErrClosed
	}
	select {
	case err := <-u.done:
		return err
	case <-d.closed:
		d.wg.Wait()
		select {
		case err := <-u.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (l *lane) run() {
	defer l.db.wg.Done()
	defer l.pipe.drop()
	for {
		select {
		case u := <-l.queue:
			l.commit(l.gather(u))
		case <-l.db.closed:
			return
		}
	}
}

// gather takes what waits, in arrival order. The callers of the last group run first: who comes back at once
// with the next unit joins this group instead of waiting for it.
func (l *lane) gather(first *Unit) []*Unit {
	for before := -1; len(l.queue) > before && len(l.queue) < groupMax; {
		before = len(l.queue)
		runtime.Gosched()
	}
	units := append(make([]*Unit, 0, groupMax), first)
	for len(units) < groupMax {
		select {
		case u := <-l.queue:
			units = append(units, u)
		default:
			return units
		}
	}
	return units
}

// commit runs a group. If one of its units spoils it, it is run again member by member, so one bad unit never fails
// its neighbours; trouble of the database itself is the same answer for all, because running again would only add to it.
func (l *lane) commit(units []*Unit) {
	errs, err := l.attempt(units)
	switch {
	case err == nil:
		l.db.committed.Add(int64(len(units)))
		for i, u := range units {
			u.done <- errs[i]
		}
	case len(units) == 1 || errors.Is(err, errAway) || errors.Is(err, errUnknown):
		for _, u := range units {
			u.done <- err
		}
	default:
		for i := range units {
			l.commit(units[i : i+1])
		}
	}
}

// tries is how often a group is tried against a database that fails for reasons of its own.
const tries = 5

// errAway and errUnknown answer every unit of a group that could not be committed, or whose COMMIT was lost.
var (
	errAway    = pay.Errorf(pay.Busy, "database_away", "", "The database does not answer at the moment; send the same request with the same key again")
	errUnknown = pay.Errorf(pay.Busy, "outcome_unknown", "", "The database went away while committing; send the same request with the same key again")
)

// unitError is the failure of one unit that makes its group's transaction worthless.
type unitError struct{ error }

func (e unitError) Unwrap() error { return e.error }

// attempt tries a group until it commits, fails for good, or its outcome stays unknown.
func (l *lane) attempt(units []*Unit) ([]error, error) {
	var err error
	for try := range tries {
		pause(try)
		g := newGroup(l)
		var errs []error
		errs, err = g.commit(units)
		if err != nil && g.unknown {
			done, lookErr := l.committed(g)
			if lookErr != nil {
				return nil, fmt.Errorf("%w: %w, then %w", errUnknown, err, lookErr)
			}
			if done {
				err = nil
			}
		}
		if err == nil {
			for _, f := range g.after {
				f()
			}
			return errs, nil
		}
		if !retryable(err) && !g.unknown {
			break
		}
	}
	if blame := (unitError{}); errors.As(err, &blame) {
		return nil, blame.error
	}
	if retryable(err) || errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w: %w", errAway, err)
	}
	return nil, err
}

// pause lets a database that failed recover before the next try.
func pause(try int) { time.Sleep(time.Duration(try*try) * 5 * time.Millisecond) }

// committed looks whether a group's link reached the database: the link is the operation id of a whole group.
// It looks under the lane's lock, because until then the lost COMMIT may still be under way.
func (l *lane) committed(lost *group) (done bool, err error) {
	for try := range tries {
		pause(try)
		if done, err = newGroup(l).holds(lost.seq, lost.head); err == nil {
			return done, nil
		}
	}
	return false, err
}

// retryable reports the errors after which the same group may be tried again: serialization, deadlock, lost connection, locked file.
func retryable(err error) bool {
	s := err.Error()
	for _, code := range []string{"40001", "40P01", "57P01", "SQLSTATE 08", "SQLITE_BUSY", "database is locked", "bad connection", "conn closed", "unexpected EOF", "connection reset", "connection refused", "broken pipe"} {
		if strings.Contains(s, code) {
			return true
		}
	}
	return false
}

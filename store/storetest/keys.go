package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"zahlziel/pay"
	"zahlziel/store"
)

// op is an idempotency key whose answer and replay go through the given variables.
func op(id, hash string, answer func() []byte, replay func([]byte) error) *store.Op {
	if answer == nil {
		answer = func() []byte { return nil }
	}
	if replay == nil {
		replay = func([]byte) error { return nil }
	}
	return &store.Op{ID: id, Hash: hash, Answer: answer, Replay: replay}
}

func sameKeySameAnswer(t *testing.T, d Database) {
	db := d.Open(t)
	var runs int
	var answer string
	unit := func(hash string) *store.Unit {
		u := adder(9, "x")
		do := u.Do
		u.Do = func(tx *store.Tx) error { runs++; answer = fmt.Sprint("run ", runs); return do(tx) }
		u.Op = op("key", hash, func() []byte { return []byte(answer) }, func(b []byte) error { answer = "again " + string(b); return nil })
		return u
	}
	must(t, db.Do(background, unit("body")))
	must(t, db.Do(background, unit("body")))
	if answer != "again run 1" || runs != 1 {
		t.Errorf("answer %q after %d runs, want the first run's", answer, runs)
	}
	var e *pay.Error
	if err := db.Do(background, unit("other body")); !errors.As(err, &e) || e.Kind != pay.Conflict {
		t.Errorf("same key with another body: %v, want a conflict", err)
	}
	if n := value(t, db, 9, "x"); n != 1 || runs != 1 {
		t.Errorf("ran %d times, row %d", runs, n)
	}
	failed := unit("body")
	failed.Op.ID, failed.Do = "second", func(*store.Tx) error { return refusal }
	if err := db.Do(background, failed); !errors.Is(err, refusal) {
		t.Error(err)
	}
	second := unit("body")
	second.Op.ID = "second"
	must(t, db.Do(background, second))
	if runs != 2 {
		t.Error("the key of a refused unit stayed taken")
	}
}

func sameKeyInsideOneGroup(t *testing.T, d Database) {
	db := d.Open(t)
	units := make([]*store.Unit, 20)
	var runs, replays atomic.Int64
	for i := range units {
		units[i] = adder(9, "x")
		do := units[i].Do
		units[i].Do = func(tx *store.Tx) error { runs.Add(1); return do(tx) }
		units[i].Op = op("key", "body", func() []byte { return []byte("first") }, func(b []byte) error {
			if string(b) == "first" {
				replays.Add(1)
			}
			return nil
		})
	}
	units[5].Op.Hash = "other"
	units[6].Op.Hash = "other"
	conflicts := 0
	for _, err := range together(t, db, units...) {
		if err != nil {
			conflicts++
		}
	}
	if value(t, db, 9, "x") != 1 || runs.Load() != 1 || conflicts+int(replays.Load())+1 != 20 || conflicts != 2 && conflicts != 18 {
		t.Errorf("row %d, %d runs, %d replays, %d conflicts", value(t, db, 9, "x"), runs.Load(), replays.Load(), conflicts)
	}
}

func keysExpire(t *testing.T, d Database) {
	var now atomic.Int64
	now.Store(1_800_000_000_000_000)
	db := d.OpenWith(t, store.Options{Now: now.Load})
	run := func(hash string) error {
		u := adder(2, "x")
		u.Op = op("key", hash, nil, nil)
		return db.Do(background, u)
	}
	must(t, run("one"))
	now.Add(store.OperationMicros - 1)
	if run("two") == nil {
		t.Error("the key was free before 24 hours")
	}
	now.Add(1)
	must(t, run("two"))
	must(t, run("two"))
	if n := value(t, db, 2, "x"); n != 2 {
		t.Errorf("ran %d times, want 2", n)
	}
}

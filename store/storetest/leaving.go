package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"zahlziel/store"
)

func callersThatLeave(t *testing.T, d Database) {
	db := d.Open(t)
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	ctx, leave := context.WithCancel(background)
	wg.Go(func() {
		u := adder(0, "x")
		do := u.Do
		u.Do = func(tx *store.Tx) error { close(held); <-release; return do(tx) }
		if err := db.Do(ctx, u); err != nil {
			t.Errorf("a unit under way was given up: %v", err)
		}
	})
	<-held
	for range 50 {
		wg.Go(func() { db.Do(ctx, adder(0, "x")) })
	}
	time.Sleep(20 * time.Millisecond)
	leave()
	close(release)
	wg.Wait()
	if n := value(t, db, 0, "x"); n != 51 {
		t.Errorf("%d units ran, want 51: they were all in the queue", n)
	}
	if err := db.Do(ctx, adder(0, "y")); err == nil && value(t, db, 0, "y") != 1 {
		t.Error("a unit was answered but not run")
	}
}

func closeUnderLoad(t *testing.T, d Database) {
	db := d.Open(t)
	var acknowledged [16]int64
	var wg sync.WaitGroup
	for w := range acknowledged {
		wg.Go(func() {
			for {
				err := db.Do(background, adder(w, fmt.Sprint("w", w)))
				if errors.Is(err, store.ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				acknowledged[w]++
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	must(t, db.Close())
	wg.Wait()
	again := d.Open(t)
	for w, n := range acknowledged {
		if got := value(t, again, w, fmt.Sprint("w", w)); got != n || n == 0 {
			t.Errorf("writer %d: %d acknowledged, %d stored", w, n, got)
		}
	}
	if err := db.Do(background, adder(0, "late")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

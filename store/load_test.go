package store_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

func TestTwoProcessesOnOneDatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		one, two := d.Open(t), d.Open(t)
		a, b := storetest.Start(t, one, "one", 24), storetest.Start(t, two, "two", 24)
		time.Sleep(1500 * time.Millisecond)
		ka, kb := a.Stop(), b.Stop()
		t.Logf("%d and %d purchases, longest waits %v and %v", len(ka), len(kb), a.Slow, b.Slow)
		storetest.Exactly(t, one, append(ka, kb...))
		if min(len(ka), len(kb))*4 < max(len(ka), len(kb)) {
			t.Errorf("shares of two equal processes: %d and %d", len(ka), len(kb))
		}
	})
}

// TestQuietProcessBesideABusyOne is a command at the terminal while the server is under full load.
func TestQuietProcessBesideABusyOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		busy, quiet := d.Open(t), d.Open(t)
		crowd, one := storetest.Start(t, busy, "busy", 64), storetest.Start(t, quiet, "quiet", 1)
		time.Sleep(1500 * time.Millisecond)
		kq, kb := one.Stop(), crowd.Stop()
		t.Logf("%d purchases beside %d, longest wait %v", len(kq), len(kb), one.Slow)
		if len(kq) < 10 || one.Slow > time.Second {
			t.Errorf("the quiet process made %d purchases and waited up to %v", len(kq), one.Slow)
		}
		storetest.Exactly(t, busy, append(kq, kb...))
	})
}

func TestServerEndsConnections(t *testing.T) {
	d := storetest.Postgres(t)
	db := d.Open(t)
	l := storetest.Start(t, db, "k", 32)
	strikes := storetest.Storm(2*time.Second, 250*time.Millisecond, func() { d.Kill(t) })
	keys := l.Stop()
	t.Logf("%d purchases, %d strikes, %d asked to send again", len(keys), strikes, l.Busy.Load())
	storetest.Exactly(t, d.Open(t), keys)
}

func TestAnswersGetLost(t *testing.T) {
	d := storetest.Postgres(t)
	proxy, seen := d.Through(t)
	db := seen.Open(t)
	l := storetest.Start(t, db, "k", 32)
	strikes := storetest.Storm(2*time.Second, 250*time.Millisecond, func() { proxy.Cut(time.Duration(rand.IntN(15)) * time.Millisecond) })
	keys := l.Stop()
	t.Logf("%d purchases, %d strikes, %d asked to send again", len(keys), strikes, l.Busy.Load())
	storetest.Exactly(t, d.Open(t), keys)
}

// TestCommitsGetLost loses every third COMMIT in each of the ways in which one can be lost.
func TestCommitsGetLost(t *testing.T) {
	d := storetest.Postgres(t)
	proxy, seen := d.Through(t)
	db := seen.Open(t)
	var commits, lost atomic.Int64
	l := storetest.Start(t, db, "k", 16)
	proxy.Judge(func() storetest.Fate {
		if n := commits.Add(1); n%3 == 0 {
			lost.Add(1)
			return storetest.Fate(1 + n/3%3)
		}
		return storetest.Pass
	})
	time.Sleep(3 * time.Second)
	proxy.Judge(func() storetest.Fate { return storetest.Pass })
	keys := l.Stop()
	t.Logf("%d purchases, %d of %d commits lost, %d asked to send again", len(keys), lost.Load(), commits.Load(), l.Busy.Load())
	if lost.Load() < 6 || len(keys) < 20 {
		t.Error("too few to prove anything")
	}
	if l.Busy.Load() > 0 {
		t.Error("an outcome that could be looked up was handed to the caller")
	}
	storetest.Exactly(t, d.Open(t), keys)
}

// TestLostCommitsWithoutKeys shows that a group itself is never doubled, even where no unit has a key.
func TestLostCommitsWithoutKeys(t *testing.T) {
	d := storetest.Postgres(t)
	proxy, seen := d.Through(t)
	db := seen.Open(t)
	for n, fate := range []storetest.Fate{storetest.AnswerLost, storetest.CommitLost, storetest.CommitLate, storetest.Pass} {
		var once atomic.Bool
		proxy.Judge(func() storetest.Fate {
			if once.Swap(true) {
				return storetest.Pass
			}
			return fate
		})
		var after atomic.Int64
		err := db.Do(context.Background(), &store.Unit{Bucket: 3, Load: []store.Ref{store.Series.At(3, "x")}, Do: func(tx *store.Tx) error {
			s, err := store.Get(tx, store.Series, "x")
			if s == nil {
				s = &pay.Series{Bucket: 3, Kind: "x"}
			}
			s.Next++
			store.Save(tx, store.Series, s)
			tx.After(func() { after.Add(1) })
			return err
		}})
		if err != nil || after.Load() != 1 {
			t.Errorf("fate %d: %v, %d callbacks", fate, err, after.Load())
		}
		s, err := store.Load(context.Background(), db, store.Series, 3, "x")
		if err != nil || s == nil || s.Next != int64(n+1) {
			t.Errorf("fate %d: the row counts %v, want %d (%v)", fate, s, n+1, err)
		}
	}
	storetest.Audited(t, db)
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zahlziel/pay"
	"zahlziel/store"
)

// Load is a crowd of writers that make purchases until it is stopped and note what was acknowledged.
type Load struct {
	mu    sync.Mutex
	acked []string
	Slow  time.Duration // the longest wait of one purchase
	Busy  atomic.Int64  // answers that asked to send again
	stop  chan struct{}
	wg    sync.WaitGroup
}

// Start runs a number of writers whose keys begin with name. A writer that is told Busy sends the same request again.
func Start(t testing.TB, db *store.DB, name string, writers int) *Load {
	l := &Load{stop: make(chan struct{})}
	for w := range writers {
		l.wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				default:
					l.purchase(t, db, w+n, fmt.Sprint(name, "-", w, "-", n))
				}
			}
		})
	}
	return l
}

func (l *Load) purchase(t testing.TB, db *store.DB, n int, key string) {
	start := time.Now()
	for time.Since(start) < time.Minute {
		err := db.Do(context.Background(), Purchase(n%pay.Buckets, n, key, int64(1+n%1000)))
		var e *pay.Error
		if errors.As(err, &e) && e.Kind == pay.Busy {
			l.Busy.Add(1)
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", key, err)
			return
		}
		l.mu.Lock()
		l.acked = append(l.acked, key)
		l.Slow = max(l.Slow, time.Since(start))
		l.mu.Unlock()
		return
	}
	t.Errorf("%s: busy for a minute", key)
}

// Stop ends the writers and returns the keys that were acknowledged.
func (l *Load) Stop() []string {
	close(l.stop)
	l.wg.Wait()
	return l.acked
}

// Exactly proves that the database holds exactly one purchase per key and is clean.
func Exactly(t testing.TB, db *store.DB, keys []string) {
	t.Helper()
	held := map[string]int{}
	must(t, db.EachInvoice(context.Background(), func(i *pay.Invoice) error { held[string(i.OrderID)]++; return nil }))
	for _, key := range keys {
		if held[key] != 1 {
			t.Errorf("acknowledged purchase %s is stored %d times", key, held[key])
		}
		delete(held, key)
	}
	for key, n := range held {
		t.Errorf("purchase %s is stored %d times but was never acknowledged", key, n)
	}
	Audited(t, db)
}

// Storm calls strike at random distances up to most, for as long as span.
func Storm(span, most time.Duration, strike func()) (strikes int) {
	for end := time.Now().Add(span); time.Now().Before(end); strikes++ {
		time.Sleep(time.Duration(rand.Int64N(int64(most))))
		strike()
	}
	return strikes
}

package store_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// BenchmarkGroupCommit is 64 writers that each insert an order under an idempotency key: two rows a unit.
func BenchmarkGroupCommit(b *testing.B) {
	crowd(b, func(n int64) *store.Unit {
		bucket := int(n % pay.Buckets)
		return &store.Unit{Bucket: bucket,
			Op: &store.Op{ID: fmt.Sprintf("%064d", n), Hash: "h", Answer: func() []byte { return []byte("{}") }, Replay: func([]byte) error { return nil }},
			Do: func(tx *store.Tx) error {
				id := tx.ID(pay.PrefixOrder)
				store.Save(tx, store.Orders, &pay.Order{ID: pay.OrderID(id), ConsumerID: storetest.Consumer(bucket, 1), MerchantID: storetest.Merchant, AuthorizationID: pay.AuthorizationID(id),
					Method: "invoice_14", Status: pay.OrderAuthorized, Amount: 5000, OriginalAmount: 5000, Currency: "EUR", CreatedAt: tx.At, ExpiresAt: tx.At + pay.OrderMicros, Sealed: make([]byte, 300)})
				return nil
			}}
	})
}

// BenchmarkPurchase is 64 writers that each capture: about eight rows a unit, three of them leaves of the chain.
func BenchmarkPurchase(b *testing.B) {
	crowd(b, func(n int64) *store.Unit { return storetest.Purchase(int(n%pay.Buckets), int(n), fmt.Sprint(n), 100) })
}

func crowd(b *testing.B, unit func(n int64) *store.Unit) {
	for name, fresh := range map[string]func(testing.TB) storetest.Database{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			db := fresh(b).Open(b)
			var n atomic.Int64
			b.SetParallelism(64 / runtime.GOMAXPROCS(0))
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := db.Do(context.Background(), unit(n.Add(1))); err != nil {
						b.Error(err)
					}
				}
			})
			b.StopTimer()
			groups := storetest.Count(b, db, "SELECT SUM(seq) FROM lanes")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "units/s")
			b.ReportMetric(float64(b.N)/float64(groups), "units/group")
		})
	}
}

package app_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
)

// BenchmarkSale is session, authorize and order of known consumers through the use cases, 64 at a time. It reports sales a
// second and the 99th percentile of a call.
func BenchmarkSale(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkSale(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkSale(b, storetest.Postgres(b)) })
}

const benchClients = 64

// benchWorld is an installation with one shop.
type benchWorld struct {
	*app.App
	shop app.Actor
}

func benchShop(b *testing.B, d storetest.Database) benchWorld {
	db := d.OpenWith(b, store.Options{})
	v, err := vault.Create(filepath.Join(b.TempDir(), "master.key"))
	fatal(b, err)
	fatal(b, db.PutOperator(ctx, pay.Operator{ID: "opr_1", Name: "Operator", Licence: "factoring", Purchase: true, IBAN: ourIBAN}))
	clock := app.NewClock(nil)
	fatal(b, db.SetDay(ctx, clock.Today()))
	a, err := app.New(ctx, db, v, clock, "http://127.0.0.1")
	fatal(b, err)
	m, _, err := a.CreateMerchant(ctx, app.System, pay.Merchant{Name: "Laden", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
		Methods: []string{"invoice_14", "invoice_30", "prepayment"}}, "shop")
	fatal(b, err)
	return benchWorld{a, app.Actor{Merchant: m.ID}}
}

func benchmarkSale(b *testing.B, d storetest.Database) {
	w := benchShop(b, d)
	a, shop := w.App, w.shop
	devices := make([]string, b.N)
	crowd(b, b.N, func(i int) error {
		ans, err := benchConfirm(a, shop, i, app.AuthorizeRequest{EmailCode: "000000", Method: "prepayment"})
		if err == nil {
			devices[i] = ans.DeviceToken
		}
		return err
	})
	var times []time.Duration
	var mu sync.Mutex
	b.ReportAllocs()
	b.ResetTimer()
	crowd(b, b.N, func(i int) error {
		spent, err := benchSale(a, shop, i, devices[i])
		mu.Lock()
		times = append(times, spent[:]...)
		mu.Unlock()
		return err
	})
	b.StopTimer()
	slices.Sort(times)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sales/s")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}

// crowd runs f for 0 to n-1 with as many clients as a benchmark has.
func crowd(b *testing.B, n int, f func(i int) error) {
	var next atomic.Int64
	var done sync.WaitGroup
	for range benchClients {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}

func benchConfirm(a *app.App, shop app.Actor, i int, r app.AuthorizeRequest) (*app.AuthorizeAnswer, error) {
	s, err := a.CreateSession(ctx, shop, cartOf(fmt.Sprintf("p%d@example.org", i), 1999))
	if err != nil {
		return nil, err
	}
	free := int64(100_000)
	r.Consent, r.MonthlyFree = true, &free
	return a.Authorize(ctx, s.Session.ID, s.ClientToken, r)
}

func benchSale(a *app.App, shop app.Actor, i int, device string) (spent [3]time.Duration, err error) {
	start := time.Now()
	lap := func(n int) { spent[n], start = time.Since(start), time.Now() }
	s, err := a.CreateSession(ctx, shop, cartOf(fmt.Sprintf("p%d@example.org", i), 1999))
	if err != nil {
		return spent, err
	}
	lap(0)
	free := int64(100_000)
	ans, err := a.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, DeviceToken: device, MonthlyFree: &free})
	if err != nil {
		return spent, err
	}
	if !ans.Approved {
		return spent, fmt.Errorf("refused: %+v", ans)
	}
	lap(1)
	_, err = a.PlaceOrder(ctx, shop, app.Key{}, ans.Token, s.Cart)
	lap(2)
	return spent, err
}

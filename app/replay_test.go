package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
)

// replayCrowd is how many decisions a person has in the benchmark.
const replayCrowd = 5

// BenchmarkReplay decides stored decisions again, and then under another policy with its swap set. ZAHLZIEL_DECISIONS says
// how many there are.
func BenchmarkReplay(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("ZAHLZIEL_DECISIONS"))
	if n == 0 {
		n = 20_000
	}
	a := replayWorld(b, n)
	measure := func(name string, f func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				start := time.Now()
				done, err := f()
				if err != nil || done != n {
					b.Fatalf("%d of %d, %v", done, n, err)
				}
				b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(n), "ns/decision")
				b.ReportMetric(float64(n)/time.Since(start).Seconds(), "decisions/s")
			}
		})
	}
	measure("same", func() (int, error) {
		r, err := a.ReplayDecisions(ctx, 0, func(int, int) {})
		return r.Replayed, err
	})
	other := *a.Policies()[1]
	other.Caps.Unverified = 5000
	measure("swap", func() (int, error) {
		r, err := a.Preview(ctx, app.System, &other, cal.NoDay, func(int, int) {})
		if err != nil {
			return 0, err
		}
		b.Logf("%d of %d changed", r.Changed, r.Decisions)
		return r.Decisions, nil
	})
}

// replayWorld is an installation with n decisions, every replayCrowd of one person.
func replayWorld(b *testing.B, n int) *app.App {
	b.Helper()
	db := storetest.SQLite(b).OpenWith(b, store.Options{})
	v, err := vault.Create(filepath.Join(b.TempDir(), "master.key"))
	fatal(b, err)
	a, err := app.New(ctx, db, v, app.NewClock(nil), "http://127.0.0.1")
	fatal(b, err)
	policy := a.Policies()[1]
	day := a.Clock.Today()
	tx, err := db.SQL().BeginTx(ctx, nil)
	fatal(b, err)
	for i := 0; i < n; i += replayCrowd {
		cell := i / replayCrowd % pay.Cells
		person := pay.MintID(pay.PrefixConsumer, cell, a.Clock.Now(), eight(i))
		key, wrapped, err := v.NewKey()
		fatal(b, err)
		_, err = tx.ExecContext(ctx, "INSERT INTO consumers (bucket, id, market, language, status, merged_into, created_at, wrapped_key, profile, facts) VALUES ($1, $2, 'DE', 'de', 'active', '', 0, $3, $4, $4)",
			pay.BucketOf(cell), person, wrapped, []byte{})
		fatal(b, err)
		f := busyFacts(i, day)
		for j := i; j < min(n, i+replayCrowd); j++ {
			id := pay.MintID(pay.PrefixDecision, cell, a.Clock.Now(), eight(j))
			r := credit.Request{Day: day, NowMicros: a.Clock.Now(), Amount: int64(1000 + j%200*100), Currency: money.EUR}
			for m := range r.Offers {
				r.Offers[m] = credit.Offer{Enabled: true, Regime: credit.Exempt50}
			}
			rec := credit.NewRecord(policy, &f, r, credit.Decide(policy, &f, r))
			plain, err := rec.MarshalBinary()
			fatal(b, err)
			_, err = tx.ExecContext(ctx, "INSERT INTO decisions (bucket, id, consumer_id, merchant_id, kind, day, at, amount, approved, lane, link, salt, sealed) VALUES ($1, $2, $3, 'mer', 'checkout', $4, $5, $6, 1, 0, 0, $7, $8)",
				pay.BucketOf(cell), id, person, int64(day), a.Clock.Now(), r.Amount, []byte{}, key.Seal(id, plain))
			fatal(b, err)
		}
	}
	fatal(b, tx.Commit())
	return a
}

func eight(i int) (out [8]byte) {
	copy(out[:], fmt.Sprintf("%08x", i))
	return out
}

// busyFacts is a person with three years of purchases and something open.
func busyFacts(i int, day cal.Day) credit.Facts {
	f := credit.NewFacts("de", money.EUR)
	f.Born, f.Opened, f.Email, f.Sanctions = day-12000, day-900, day-900, credit.Clear
	f.Address = credit.Address{Level: 2, Day: day - 800}
	for k := range 10 + i%5 {
		due := day - cal.Day(30+60*k)
		f.History.InvoiceSettled(busyPolicy, credit.Settlement{No: fmt.Sprintf("R-07-%06d", k), Merchant: fmt.Sprint("m", k%4), Paid: 5990, Due: due,
			Settled: due + cal.Day(k%3*5), Returns: cal.NoDay, Today: due + 10})
		f.History.Enquire(day-cal.Day(20*k), fmt.Sprint("m", k%4))
		f.History.BalanceChanged(day-cal.Day(8*k), int64(1000*k))
	}
	for k := range i % 4 {
		f.Open = append(f.Open, credit.Item{Invoice: fmt.Sprint("inv", k), No: fmt.Sprintf("R-08-%06d", k), Merchant: "m1", Open: 2500, Original: 2500,
			Due: day - 8 + cal.Day(5*k), Returns: cal.NoDay})
	}
	return f
}

var busyPolicy = credit.MustBuiltin()[1]

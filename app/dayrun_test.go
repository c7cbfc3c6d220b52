package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// run runs the days until one.
func (w *bank) run(until cal.Day) app.DayReport {
	w.t.Helper()
	r, err := w.DayRun(ctx, until, nil)
	must(w.t, err)
	return r
}

// change alters an invoice as another part of the program would.
func (w *bank) change(id pay.InvoiceID, f func(tx *store.Tx, inv *pay.Invoice)) {
	w.t.Helper()
	must(w.t, w.DB.Do(ctx, &store.Unit{Bucket: pay.BucketOf(pay.CellOf(string(id))), Do: func(tx *store.Tx) error {
		inv, err := store.Get(tx, store.Invoices, string(id))
		if err != nil {
			return err
		}
		f(tx, inv)
		store.Save(tx, store.Invoices, inv)
		return nil
	}}))
}

func TestDayRunRefusesTheFuture(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.Demo = false
	_, err := w.DayRun(ctx, firstDay+1, nil)
	var e *pay.Error
	if !errors.As(err, &e) || e.Code != "future_day" {
		t.Fatalf("a future day: %v", err)
	}
	w.wall = w.wall.Add(24 * time.Hour)
	r, err := w.DayRun(ctx, firstDay+1, nil)
	must(t, err)
	equal(t, "days", len(r.Days), 1)
	r, err = w.DayRun(ctx, firstDay+1, nil)
	must(t, err)
	equal(t, "days again", len(r.Days), 0)
}

func TestLapsedPromisesFreeTheLimit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		ans, _ := w.authorize(anna, "invoice_14", 4000)
		demand, _ := w.authorize(bert, "prepayment", 7000)
		o := w.order(cora, 3000)
		done := w.run(firstDay + 1).Days[0]
		equal(t, "authorizations", done.Authorizations, 1)
		f, err := w.FactsOf(ctx, ans.Consumer)
		must(t, err)
		equal(t, "holds", len(f.Holds), 0)
		w.run(demand.Demand.DueDay + 1)
		equal(t, "demand", w.invoice(demand.Demand.ID).Open, 0)
		last := w.run(firstDay + 29)
		equal(t, "orders", last.Days[len(last.Days)-1].Orders, 1)
		got, err := store.LoadID(ctx, w.DB, store.Orders, o.ID)
		must(t, err)
		equal(t, "order", got.Status, pay.OrderExpired)
		f, err = w.FactsOf(ctx, o.ConsumerID)
		must(t, err)
		equal(t, "holds of the order", len(f.Holds), 0)
		w.run(firstDay + 31)
		equal(t, "sessions", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM sessions"), 0)
		w.audit()
	})
}

func TestDeliveredGoodsConfirmTheAddress(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	kept, back := w.buy(anna, 4000), w.buy(bert, 4000)
	_, err := w.Refund(ctx, w.shop, app.Key{}, back.OrderID, 1000, pay.Parcel{})
	must(t, err)
	w.run(firstDay + 13)
	level := func(inv *pay.Invoice) uint8 {
		f, err := w.FactsOf(ctx, inv.ConsumerID)
		must(t, err)
		return f.Address.Level
	}
	equal(t, "before two weeks", level(kept), 1)
	w.run(firstDay + 14)
	equal(t, "after two weeks", level(kept), 2)
	equal(t, "after a return", level(back), 1)
}

func TestPayoutsHoldEachItemOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 10000)
		r := w.run(firstDay + 3)
		equal(t, "delivered on the next day", r.Days[0].Delivered, 1)
		equal(t, "not due yet", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM payouts"), 0)
		r = w.run(firstDay + 4)
		fee := int64(319 + 61) // 2.99 % and 20 cents, and 19 % of both
		equal(t, "sum", r.Days[0].PayoutSums["EUR"], 10000-fee)
		_, err := w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, 6000, pay.Parcel{})
		must(t, err)
		w.run(firstDay + 10)
		equal(t, "what the shop owes is carried", storetest.Count(t, w.DB, "SELECT closing FROM payouts WHERE state = 'carried' AND amount = 0"), 6000)
		w.buy(bert, 8000)
		w.run(firstDay + 20)
		fee = 259 + 49
		equal(t, "and lowers the next one", storetest.Count(t, w.DB, "SELECT amount FROM payouts WHERE opening = 6000 AND closing = 0"), 8000-6000-fee)
		equal(t, "open items", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM payout_items WHERE payout_id = ''"), 0)
		w.audit()
	})
}

func TestRootsProveTheChains(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.buy(anna, 4000)
	w.run(firstDay + 2)
	w.buy(bert, 4000)
	must(t, w.CheckRoot(ctx, firstDay+1))
	must(t, w.CheckRoot(ctx, firstDay+2))
	_, err := w.DB.SQL().Exec("UPDATE links SET head = $1 WHERE seq = 1", []byte{1})
	must(t, err)
	_, err = w.DB.SQL().Exec("UPDATE roots SET heads = '0 1 ' || '00' WHERE day = $1", int64(firstDay+2))
	must(t, err)
	if w.CheckRoot(ctx, firstDay+2) == nil || w.CheckRoot(ctx, firstDay+3) == nil {
		t.Error("a forged root, or a missing one, is accepted")
	}
}

// season fills an installation with all that a day run has to do with.
func (w *bank) season() {
	w.t.Helper()
	paid := w.buy(anna, 5990)
	for i := range 6 {
		w.buy(buyer{"Vera", "Spaet" + string(rune('a'+i))}, int64(4000+i))
	}
	paused := w.buy(bert, 4100)
	w.change(paused.ID, func(_ *store.Tx, inv *pay.Invoice) { inv.PausedUntil = firstDay + 27 })
	maybe := w.buy(cora, 4200)
	w.order(buyer{"Otto", "Offen"}, 4300)
	w.authorize(buyer{"Resi", "Reserviert"}, "invoice_14", 4400)
	w.authorize(buyer{"Paul", "Vorab"}, "prepayment", 4500)
	back := w.buy(buyer{"Rita", "Retoure"}, 4600)
	_, err := w.Refund(ctx, w.shop, app.Key{}, back.OrderID, 600, pay.Parcel{})
	must(w.t, err)
	w.object(w.buy(buyer{"Dora", "Streit"}, 4700), 0) // the shop never answers
	must(w.t, w.answer(w.object(w.buy(buyer{"Emil", "Streit"}, 4800), 0)))
	w.load(w.credit(5990, anna, annasIBAN, paid.Reference), w.credit(maybe.Open, cora, "", "ohne Angabe"))
}

// state describes all that a day run may have changed, without ids and instants.
func (w *bank) state() string {
	w.t.Helper()
	var b strings.Builder
	for _, query := range []string{
		"SELECT status, COUNT(*) FROM authorizations GROUP BY status ORDER BY status",
		"SELECT status, COUNT(*) FROM orders GROUP BY status ORDER BY status",
		"SELECT amount, refunded, paid, open_amount, level FROM invoices ORDER BY amount",
		"SELECT kind, COUNT(*) FROM jobs GROUP BY kind ORDER BY kind",
		"SELECT action, detail, COUNT(*) FROM audit GROUP BY action, detail ORDER BY action, detail",
		"SELECT due_day, amount, state, opening, closing FROM payouts ORDER BY due_day",
		"SELECT CASE payout_id WHEN '' THEN 0 ELSE 1 END AS taken, COUNT(*), SUM(amount) FROM payout_items GROUP BY taken ORDER BY taken",
		"SELECT state, outcome, amount, lost, deadline_day, closed_day FROM disputes ORDER BY amount",
		"SELECT event, COUNT(*), SUM(amount) FROM payout_items GROUP BY event ORDER BY event",
		"SELECT COUNT(*) FROM sessions", "SELECT COUNT(*) FROM operations", "SELECT COUNT(*), MIN(day), MAX(day) FROM roots",
		"SELECT event, COUNT(*), SUM(CASE WHEN amount > 0 THEN amount ELSE 0 END) FROM entries GROUP BY event ORDER BY event",
		"SELECT COUNT(*) FROM outbox WHERE delivered = 0", "SELECT MIN(day), MAX(day) FROM lanes",
	} {
		rows, err := w.DB.SQL().Query(query)
		must(w.t, err)
		columns, err := rows.Columns()
		must(w.t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(string)
			}
			must(w.t, rows.Scan(values...))
			for _, v := range values {
				fmt.Fprint(&b, *v.(*string), " ")
			}
			b.WriteByte('\n')
		}
		must(w.t, rows.Err())
		rows.Close()
	}
	return b.String() + w.people()
}

// people describes what the facts of all consumers say.
func (w *bank) people() string {
	w.t.Helper()
	var lines []string
	must(w.t, w.DB.EachConsumer(ctx, func(c *pay.Consumer) error {
		f, err := w.FactsOf(ctx, c.ID)
		line := fmt.Sprint("level ", f.Address.Level, " ", f.Address.Day, " holds ", len(f.Holds))
		for _, it := range f.Open {
			line += fmt.Sprint(" open ", it.Open, " reminded ", it.Dunning)
		}
		lines = append(lines, line)
		return err
	}))
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestDayRunStopsAnywhere stops the same season's run at random points until it is through, with a fresh program each time:
// the end is that of a run that nobody disturbed.
func TestDayRunStopsAnywhere(t *testing.T) {
	until := firstDay + 36
	calm := newBank(t, storetest.SQLite(t))
	calm.season()
	calm.run(until)
	calm.audit()
	want := calm.state()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		w.season()
		stops := 0
		for ; ; stops++ {
			c, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Duration(rand.IntN(20+30*stops))*time.Millisecond, cancel)
			_, err := w.DayRun(c, until, nil)
			cancel()
			if err == nil {
				break
			}
			w.restart()
		}
		if stops < 5 {
			t.Errorf("only %d stops", stops)
		}
		if got := w.state(); want != got {
			t.Errorf("after %d stops:\n%s\nundisturbed:\n%s", stops, got, want)
		}
		w.audit()
	})
}

// restart forgets everything that only the program's memory holds.
func (w *bank) restart() {
	w.t.Helper()
	clock := app.NewClock(func() time.Time { return w.wall })
	next, err := app.New(ctx, w.DB, w.Vault, clock, w.BaseURL)
	must(w.t, err)
	next.Demo = true
	w.App = next
}

package app_test

import (
	"fmt"
	"testing"

	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store/storetest"
)

// TestTheDayRunForgets: what is kept no longer goes on the day after its last, in batches, and nothing else goes.
func TestTheDayRunForgets(t *testing.T) {
	storetest.Each(t, forgets)
}

func forgets(t *testing.T, database storetest.Database) {
	w := newBank(t, database)
	const many = 501 // more than one batch
	for _, at := range []cal.Day{firstDay, firstDay + 1} {
		for i := range many {
			id := pay.MintID(pay.PrefixShopCall, 7, pay.Germany.Midnight(at)+pay.Micros(i), [8]byte{byte(at), byte(i >> 8), byte(i)})
			event := pay.MintID(pay.PrefixEvent, 7, pay.Germany.Midnight(at)+pay.Micros(i), [8]byte{byte(at), byte(i >> 8), byte(i)})
			w.exec("INSERT INTO shop_calls (bucket, id, merchant_id, job_id, kind, subject, host, try, status, problem, at, next_at) VALUES (0, $1, 'mer_1', 'job_1', 'push', 'ord_1', 'shop.test', 1, 200, '', $2, 0)", id, pay.Germany.Midnight(at))
			w.exec("INSERT INTO merchant_events (bucket, id, merchant_id, type, subject, at, data) VALUES (0, $1, 'mer_1', 'order.created', 'ord_1', $2, $3)", event, pay.Germany.Midnight(at), []byte("{}"))
		}
	}
	calls, answers := pay.KeepingOn(pay.KeepShopCall, firstDay), pay.KeepingOn(pay.KeepSourceAnswer, firstDay)
	run := firstDay + cal.Day(calls.Days) + 1
	for i, until := range []cal.Day{run - cal.Day(answers.Days) - 1, run - cal.Day(answers.Days), cal.NoDay} {
		w.exec("INSERT INTO source_answers (bucket, id, consumer_id, kind, source, purpose, state, asked_at, as_of, valid_until, sealed) VALUES (3, $1, 'con_1', 'bureau', 'x', 'x', 'clear', 0, 0, $2, $3)", fmt.Sprintf("a%d", i), int64(until), []byte{})
	}
	must(t, w.DB.PutSetting(ctx, "day_run", (run-1).String()))
	r, err := w.DayRun(ctx, run, nil)
	must(t, err)
	if d := r.Days[0]; d.ShopCalls != many || d.Events != many || d.Answers != 1 {
		t.Errorf("forgot %d calls, %d events, %d answers", d.ShopCalls, d.Events, d.Answers)
	}
	for table, want := range map[string]int64{"shop_calls": many, "merchant_events": many, "source_answers": 2} {
		if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM "+table); n != want {
			t.Errorf("%s: %d rows stay, want %d", table, n, want)
		}
	}
	must(t, w.DB.PutSetting(ctx, "day_run", (run-1).String())) // stopped before its end, the day is run again
	r, err = w.DayRun(ctx, run, nil)
	must(t, err)
	if d := r.Days[0]; d.ShopCalls != 0 || d.Events != 0 || d.Answers != 0 {
		t.Errorf("run again, it forgets %+v", d)
	}
}

func (w *bank) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.DB.SQL().ExecContext(ctx, query, args...); err != nil {
		w.t.Fatal(err)
	}
}

package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// DayReport says what a day run did. After a stop in the middle of a day it counts only what was left to do.
type DayReport struct {
	From  cal.Day   `json:"from"`
	Until cal.Day   `json:"until"`
	Days  []DayDone `json:"days"`
}

// DayDone counts what one day changed.
type DayDone struct {
	Day             cal.Day                  `json:"day"`
	Authorizations  int64                    `json:"authorizations_expired"`
	Orders          int64                    `json:"orders_expired"`
	Sessions        int64                    `json:"sessions_deleted"`
	Operations      int64                    `json:"operations_deleted"`
	Reports         int64                    `json:"reports_deleted"`
	ShopCalls       int64                    `json:"shop_calls_deleted"`
	Events          int64                    `json:"merchant_events_deleted"`
	Answers         int64                    `json:"source_answers_deleted"`
	Addresses       int64                    `json:"addresses_confirmed"`
	Delivered       int                      `json:"messages_delivered"`
	FirstReminders  int64                    `json:"first_reminders"`
	LaterReminders  int64                    `json:"later_reminders"`
	PromisesVoid    int64                    `json:"promises_void"`
	PromisesExpired int64                    `json:"promises_expired"`
	Held            int64                    `json:"reminders_held"` // a payment that waits for a person may be for them
	Guaranteed      int64                    `json:"limits_guaranteed"`
	LimitNotices    int64                    `json:"limit_notices"` // told that the limit will fall
	Disputes        int64                    `json:"disputes_lapsed"`
	Reserves        int64                    `json:"reserves_released"`
	Payouts         int64                    `json:"payouts"`
	PayoutSums      map[money.Currency]int64 `json:"payout_sums"`
	Reviews         int64                    `json:"orders_rejected_unanswered"` // waited for a person longer than promised
	ShopAlarms      int64                    `json:"shop_alarms"`
	Root            string                   `json:"root"` // signature over the heads of all chains, hexadecimal
}

// How many are looked at in one go. How long things are kept stands in pay/keeping.json.
const (
	dayMicros   pay.Micros = 24 * 3600 * 1e6
	addressDays            = 14 // from delivery without a return to a confirmed address
	dayPage                = 500
	dayBuckets             = 8  // buckets side by side
	dayUnits               = 64 // units of one bucket side by side
)

// settingDayRun names the last day that was run completely.
const settingDayRun = "day_run"

// DayRun moves the business day forwards to until and does each day's work: what lapsed ends, what is old is forgotten,
// reminders are written, payouts become due, and the state of all chains is signed. Every change is a unit of work that checks
// its own condition, and a day counts as done only at its end: after a stop at any point the same call goes on where it stopped.
// Outside of a demo or test installation days after the real one are Refused. progress is told how many of the days are done; it may be nil.
func (a *App) DayRun(ctx context.Context, until cal.Day, progress func(done, total int)) (DayReport, error) {
	if today := a.Clock.Today(); !a.Demo && until > today {
		return DayReport{}, pay.Errorf(pay.Refused, "future_day", "until", "%s is in the future; the last day to run is %s. Only a demo or test installation may run ahead", until, today)
	}
	from, err := a.nextDay(ctx)
	if err != nil {
		return DayReport{}, err
	}
	r := DayReport{From: from, Until: until, Days: []DayDone{}}
	for d := from; d <= until; d++ {
		done, err := a.runDay(ctx, d)
		if err != nil {
			return r, fmt.Errorf("day %s: %w", d, err)
		}
		r.Days = append(r.Days, done)
		if progress != nil {
			progress(int(d-from)+1, int(until-from)+1)
		}
	}
	return r, nil
}

// nextDay is the first day that was not run completely: the one after the installation's first, or after the last one noted.
func (a *App) nextDay(ctx context.Context) (cal.Day, error) {
	body, ok, err := a.DB.Setting(ctx, settingDayRun)
	if err != nil {
		return cal.NoDay, err
	}
	if ok {
		d, err := cal.ParseDay(body)
		return d + 1, err
	}
	first, err := a.Day(ctx)
	if err != nil {
		return cal.NoDay, err
	}
	return first + 1, a.DB.PutSetting(ctx, settingDayRun, first.String())
}

// dayRun is the work of one day.
type dayRun struct {
	a    *App
	day  cal.Day
	now  pay.Micros // the day's first instant: what lapsed before it ends on this day, however often the day is run
	done DayDone
}

func (a *App) runDay(ctx context.Context, day cal.Day) (DayDone, error) {
	if err := a.DB.SetDay(ctx, day); err != nil {
		return DayDone{}, err
	}
	a.Clock.Set(day)
	r := &dayRun{a: a, day: day, now: pay.Germany.Midnight(day)}
	r.done = DayDone{Day: day, PayoutSums: map[money.Currency]int64{}}
	steps := []func(context.Context) error{
		r.inBuckets(r.lapseAuthorizations), r.inBuckets(r.lapseOrders), r.inBuckets(r.lapsePending), r.inBuckets(r.forget), r.inBuckets(r.confirmAddresses), r.inBuckets(r.lapseDisputes),
		r.deliver, r.inBuckets(r.releaseReserves), r.inBuckets(r.keepPromises), r.remind, r.inBuckets(r.guarantee), r.payOut, r.watchShops, r.signRoot,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return r.done, err
		}
	}
	return r.done, a.DB.PutSetting(ctx, settingDayRun, day.String())
}

// inBuckets makes a step of its part for one bucket.
func (r *dayRun) inBuckets(f func(ctx context.Context, bucket int) error) func(context.Context) error {
	all := make([]int, pay.Buckets)
	for i := range all {
		all[i] = i
	}
	return func(ctx context.Context) error {
		return fan(ctx, dayBuckets, all, func(bucket int) error { return f(ctx, bucket) })
	}
}

// lapseAuthorizations ends the promises that no order used in time and frees what they reserved.
func (r *dayRun) lapseAuthorizations(ctx context.Context, bucket int) error {
	return drain(ctx, func() ([]*pay.Authorization, error) {
		return r.a.DB.LapsedAuthorizations(ctx, bucket, r.now, dayPage)
	}, func(auth *pay.Authorization) error {
		changed, err := r.lapse(ctx, bucket, auth.ConsumerID, store.Authorizations.At(bucket, string(auth.ID)), func(tx *store.Tx, p *person) (bool, error) {
			row, err := store.Get(tx, store.Authorizations, string(auth.ID))
			if err != nil || row == nil || row.Status != pay.AuthorizationLive && row.Status != pay.AuthorizationAwaiting || row.ExpiresAt > r.now {
				return false, err
			}
			if p != nil {
				return true, r.a.endAuthorization(tx, row.ID, pay.AuthorizationExpired)
			}
			row.Status = pay.AuthorizationExpired
			store.Save(tx, store.Authorizations, row)
			return true, nil
		})
		count(&r.done.Authorizations, changed)
		return err
	})
}

// lapseOrders ends the orders that were not captured in time; what was captured stays owed.
func (r *dayRun) lapseOrders(ctx context.Context, bucket int) error {
	return drain(ctx, func() ([]*pay.Order, error) {
		return r.a.DB.LapsedOrders(ctx, bucket, r.now, dayPage)
	}, func(o *pay.Order) error {
		changed, err := r.lapse(ctx, bucket, o.ConsumerID, store.Orders.At(bucket, string(o.ID)), func(tx *store.Tx, p *person) (bool, error) {
			row, err := store.Get(tx, store.Orders, string(o.ID))
			if err != nil || row == nil || row.Status != pay.OrderAuthorized && row.Status != pay.OrderPartCaptured || row.ExpiresAt > r.now {
				return false, err
			}
			row.Status = pay.OrderExpired
			store.Save(tx, store.Orders, row)
			r.a.tellOrder(tx, EventOrderExpired, row, nil)
			if p == nil {
				return true, nil
			}
			p.orderHold(row)
			return true, p.save(tx)
		})
		count(&r.done.Orders, changed)
		return err
	})
}

// lapse runs one change of a row and its consumer; p is nil where the person was erased and has no facts any more.
func (r *dayRun) lapse(ctx context.Context, bucket int, id pay.ConsumerID, row store.Ref, f func(tx *store.Tx, p *person) (bool, error)) (bool, error) {
	u := store.Unit{Bucket: bucket, Load: []store.Ref{row, store.Consumers.At(bucket, string(id))}}
	return do(ctx, r.a, System, "day", Key{}, u, func(tx *store.Tx) (bool, error) {
		p, err := r.a.person(tx, id)
		if gone(err) {
			return f(tx, nil)
		} else if err != nil {
			return false, err
		}
		return f(tx, p)
	})
}

// gone reports whether a person could not be opened because they were erased.
func gone(err error) bool {
	var e *pay.Error
	return errors.As(err, &e) && e.Kind == pay.Missing
}

// drain works on pages of rows, each of which leaves the list by being worked on, until there are none.
func drain[T any](ctx context.Context, page func() ([]T, error), f func(T) error) error {
	for {
		rows, err := page()
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := fan(ctx, dayUnits, rows, f); err != nil {
			return err
		}
		if len(rows) < dayPage {
			return nil
		}
	}
}

func count(n *int64, changed bool) {
	if changed {
		atomic.AddInt64(n, 1)
	}
}

// forget deletes what is kept no longer, in batches: each is a statement of its own, so a stop loses none and the next run
// goes on. The answers stored for keys go as soon as the keys are honoured no longer.
func (r *dayRun) forget(ctx context.Context, bucket int) error {
	since := func(what string) pay.Micros { return pay.Germany.Midnight(max(pay.KeptSince(what, r.day), 0)) }
	for _, part := range []struct {
		n      *int64
		delete func(context.Context, int, pay.Micros, int) (int, error)
		at     pay.Micros
	}{
		{&r.done.Sessions, r.a.DB.DeleteSessions, since(pay.KeepSession) + pay.SessionMicros},
		{&r.done.Operations, r.a.DB.DeleteOperations, r.now - store.OperationMicros},
		{&r.done.Reports, r.a.DB.DeleteReports, since(pay.KeepReport)},
		{&r.done.ShopCalls, r.a.DB.DeleteShopCalls, since(pay.KeepShopCall)},
		{&r.done.Events, r.a.DB.DeleteEvents, since(pay.KeepEvent)},
		{&r.done.Answers, r.deleteAnswers, 0},
	} {
		for {
			n, err := part.delete(ctx, bucket, part.at, dayPage)
			atomic.AddInt64(part.n, int64(n))
			if err != nil {
				return err
			}
			if n < dayPage {
				break
			}
		}
	}
	return nil
}

// deleteAnswers counts from the last day on which an answer held, not from an instant.
func (r *dayRun) deleteAnswers(ctx context.Context, bucket int, _ pay.Micros, limit int) (int, error) {
	return r.a.DB.DeleteAnswers(ctx, bucket, pay.KeptSince(pay.KeepSourceAnswer, r.day), limit)
}

// confirmAddresses raises the address of people to whom goods were delivered two weeks ago and who sent nothing back.
func (r *dayRun) confirmAddresses(ctx context.Context, bucket int) error {
	from, to := pay.Germany.Midnight(r.day-addressDays), pay.Germany.Midnight(r.day-addressDays+1)
	after := pay.CaptureID("")
	for {
		rows, err := r.a.DB.CapturesFrom(ctx, bucket, from, to, after, dayPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		if err := fan(ctx, dayUnits, rows, func(c *pay.Capture) error { return r.confirmAddress(ctx, bucket, c) }); err != nil {
			return err
		}
	}
}

func (r *dayRun) confirmAddress(ctx context.Context, bucket int, c *pay.Capture) error {
	changed, err := r.lapse(ctx, bucket, c.ConsumerID, store.Captures.At(bucket, string(c.ID)), func(tx *store.Tx, p *person) (bool, error) {
		row, err := store.Get(tx, store.Captures, string(c.ID))
		if err != nil || row == nil || row.Refunded > 0 || p == nil {
			return false, err
		}
		f := &p.facts
		moved := f.ContactChanged.IsSet() && f.ContactChanged > pay.Germany.DayAt(row.At)
		if it := p.openItem(row.InvoiceID); f.Address.Level >= 2 || moved || it != nil && it.Disputed > 0 {
			return false, nil
		}
		f.Address.Level, f.Address.Day = 2, r.day
		return true, p.save(tx)
	})
	count(&r.done.Addresses, changed)
	return err
}

// deliver brings what is on its way into the books of its parties, so that payouts see it.
func (r *dayRun) deliver(ctx context.Context) (err error) {
	r.done.Delivered, err = r.a.Deliver(ctx)
	return err
}

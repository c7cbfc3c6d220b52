package app

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// ReminderPlan is when which reminder is written, in force from a day on. A plan is never changed; a new one follows it.
type ReminderPlan struct {
	From    cal.Day
	Version string
	Source  string
	Steps   []ReminderStep // of level 1, 2, ...
}

// ReminderStep is one reminder. It is written once its bank days and its days since the due day, or since the end of the last
// pause, and its days since the reminder before have all passed.
type ReminderStep struct {
	BankDays int
	Days     cal.Day
	Since    cal.Day
	FeeMinor int64
}

// ReminderPlans holds all plans, the oldest first.
var ReminderPlans = []ReminderPlan{{
	From:    cal.Date(2026, 11, 1),
	Version: "de-2026-11",
	Source: "three bank days are what a transfer started on the due day needs to be seen here (§ 675s BGB and the statement of the day after); " +
		"no fee by e-mail, since only printing and postage could be charged (BGH VIII ZR 95/18)",
	Steps: []ReminderStep{{BankDays: 3, Days: 3}, {BankDays: 3, Days: 14, Since: 7}},
}}

// reminderPlan is the plan in force on a day, or nil.
func reminderPlan(day cal.Day) *ReminderPlan {
	var in *ReminderPlan
	for i := range ReminderPlans {
		if ReminderPlans[i].From <= day {
			in = &ReminderPlans[i]
		}
	}
	return in
}

// next is the level of the reminder that an invoice is due for on a day, or 0. Whoever paid, whose reminders are paused and whoever
// owes nothing before delivery is due for none.
func (p *ReminderPlan) next(inv *pay.Invoice, day cal.Day) int64 {
	if inv.Kind != pay.InvoiceClaim || inv.Open <= 0 || int(inv.Level) >= len(p.Steps) {
		return 0
	}
	base := inv.DueDay
	if inv.PausedUntil.IsSet() {
		base = max(base, inv.PausedUntil)
	}
	step := p.Steps[inv.Level]
	if day < max(base+step.Days, cal.Target2.AddBankDays(base, step.BankDays)) {
		return 0
	}
	return inv.Level + 1
}

// remind writes the reminders of the day.
func (r *dayRun) remind(ctx context.Context) error {
	plan := reminderPlan(r.day)
	if plan == nil {
		return nil
	}
	w, err := r.a.waiting(ctx)
	if err != nil {
		return err
	}
	return r.inBuckets(func(ctx context.Context, bucket int) error { return r.remindIn(ctx, bucket, plan, w) })(ctx)
}

func (r *dayRun) remindIn(ctx context.Context, bucket int, plan *ReminderPlan, w *waiting) error {
	afterDay, afterID := cal.NoDay, ""
	for {
		rows, err := r.a.DB.DueInvoices(ctx, bucket, r.day-1, afterDay, afterID, dayPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		last := rows[len(rows)-1]
		afterDay, afterID = last.DueDay, string(last.ID)
		err = fan(ctx, dayUnits, rows, func(inv *pay.Invoice) error {
			if plan.next(inv, r.day) == 0 {
				return nil
			}
			if w.mayBeFor(inv) {
				count(&r.done.Held, true)
				return nil
			}
			return r.remindOne(ctx, bucket, plan, inv)
		})
		if err != nil {
			return err
		}
	}
}

const actionReminder = "reminder"

// remindOne raises an invoice's level and queues the letter, if everything still stands in the unit of work.
func (r *dayRun) remindOne(ctx context.Context, bucket int, plan *ReminderPlan, inv *pay.Invoice) error {
	level := plan.next(inv, r.day)
	if recent, err := r.recentlyReminded(ctx, bucket, inv, plan.Steps[level-1].Since); err != nil || recent {
		return err
	}
	changed, err := r.lapse(ctx, bucket, inv.ConsumerID, store.Invoices.At(bucket, string(inv.ID)), func(tx *store.Tx, p *person) (bool, error) {
		row, err := store.Get(tx, store.Invoices, string(inv.ID))
		if err != nil || row == nil || p == nil || row.Level != level-1 || plan.next(row, r.day) != level || p.spared(row.ID, r.day) {
			return false, err
		}
		if paused, err := tx.Paused(row.ID, r.day); err != nil || paused {
			return false, err
		}
		pol, err := r.a.Policy(tx.Day)
		if err != nil {
			return false, err
		}
		row.Level = level
		store.Save(tx, store.Invoices, row)
		p.setItem(pol, row, r.day, r.day)
		r.a.queue(tx, JobReminder, string(row.ID), mustJSON(ReminderBody{Level: level, Day: r.day, Plan: plan.Version}))
		tx.Audit(System.String(), actionReminder, string(row.ID), fmt.Sprintf("%s level %d by plan %s", r.day, level, plan.Version))
		return true, p.save(tx)
	})
	if level == 1 {
		count(&r.done.FirstReminders, changed)
	} else {
		count(&r.done.LaterReminders, changed)
	}
	return err
}

// ReminderBody is the body of a JobReminder; its subject is the invoice.
type ReminderBody struct {
	Level int64   `json:"level"`
	Day   cal.Day `json:"day"`
	Plan  string  `json:"plan"`
}

// recentlyReminded reports whether the reminder before is less than so many days old. The audit trail knows its day.
func (r *dayRun) recentlyReminded(ctx context.Context, bucket int, inv *pay.Invoice, days cal.Day) (bool, error) {
	if inv.Level == 0 || days == 0 {
		return false, nil
	}
	looks, err := r.a.DB.LooksAt(ctx, bucket, string(inv.ID), 50)
	for _, l := range looks {
		day, _, _ := strings.Cut(l.Detail, " ")
		if d, badDay := cal.ParseDay(day); l.Action == actionReminder && badDay == nil && d+days > r.day {
			return true, err
		}
	}
	return false, err
}

// openItem is the fact of an open invoice, or nil.
func (p *person) openItem(id pay.InvoiceID) *credit.Item {
	for i := range p.facts.Open {
		if p.facts.Open[i].Invoice == string(id) {
			return &p.facts.Open[i]
		}
	}
	return nil
}

// spared reports whether a person must not be reminded of an invoice: a dispute, an agreed stop, an estate, an insolvency, or a
// claim that is not ours to ask for by mail any more.
func (p *person) spared(id pay.InvoiceID, day cal.Day) bool {
	if p.facts.Deceased || p.facts.Insolvency.Running {
		return true
	}
	it := p.openItem(id)
	if it == nil {
		return false
	}
	for _, s := range it.Stops {
		if s.From <= day && (!s.To.IsSet() || s.To >= day) {
			return true
		}
	}
	return it.Disputed > 0 || it.Flags&(credit.Collections|credit.Insolvent|credit.Barred|credit.Sold) != 0
}

// waiting is what the payments that wait for a person may be for. Nobody is reminded who may have paid.
type waiting struct {
	payers  map[pay.ConsumerID]bool // who paid from that account before, or whose invoice the text names almost
	amounts map[waitingAmount]cal.Day
}

// waitingAmount is an amount that came in; the map holds the latest value day of it.
type waitingAmount struct {
	minor    int64
	currency money.Currency
}

// waiting follows the clues of all payments that wait for a person.
func (a *App) waiting(ctx context.Context) (*waiting, error) {
	w := &waiting{payers: map[pay.ConsumerID]bool{}, amounts: map[waitingAmount]cal.Day{}}
	var all []*pay.Payment
	err := a.DB.EachUnassigned(ctx, func(pm *pay.Payment) error {
		all = append(all, pm)
		w.amounts[waitingAmount{pm.Amount, pm.Currency}] = pm.ValueDay // the oldest come first
		return nil
	})
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	return w, fan(ctx, dayBuckets, all, func(pm *pay.Payment) error {
		text, err := a.PaymentText(ctx, System, pm)
		if err != nil {
			return err
		}
		c, err := a.follow(ctx, text)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for id := range c.byAccount {
			w.payers[id] = true
		}
		for _, inv := range c.byText {
			w.payers[inv.ConsumerID] = true
		}
		return nil
	})
}

// mayBeFor reports whether one of the payments may be for an invoice.
func (w *waiting) mayBeFor(inv *pay.Invoice) bool {
	day, came := w.amounts[waitingAmount{inv.Open, inv.Currency}]
	return w.payers[inv.ConsumerID] || came && day >= inv.IssuedDay
}

package app_test

import (
	"encoding/json"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// reminded runs the days up to one and returns on which days an invoice's level rose.
func (w *bank) reminded(id pay.InvoiceID, until cal.Day) []cal.Day {
	w.t.Helper()
	var days []cal.Day
	from, err := w.Day(ctx)
	must(w.t, err)
	for d := from + 1; d <= until; d++ {
		before := w.invoice(id).Level
		w.run(d)
		if w.invoice(id).Level > before {
			days = append(days, d)
		}
	}
	return days
}

func (w *bank) wantReminders(id pay.InvoiceID, until cal.Day, want ...cal.Day) {
	w.t.Helper()
	got := w.reminded(id, until)
	if len(got) != len(want) {
		w.t.Fatalf("reminders on %v, want %v", got, want)
	}
	for i := range got {
		equal(w.t, "reminder", got[i], want[i])
	}
}

// Bought on Monday 23 November 2026 and due on Monday 7 December: three bank days later is the 10th.
var (
	due     = cal.Date(2026, 12, 7)
	first   = cal.Date(2026, 12, 10)
	second  = cal.Date(2026, 12, 21)
	newYear = cal.Date(2027, 1, 5)
)

func TestRemindersOfWhoDoesNotPay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 4000)
		equal(t, "due", inv.DueDay, due)
		w.wantReminders(inv.ID, newYear, first, second)
		f, err := w.FactsOf(ctx, inv.ConsumerID)
		must(t, err)
		equal(t, "the facts know", f.Open[0].Dunning, 2)
		jobs, err := w.DB.DueJobs(ctx, pay.JobCalm, w.Clock.Now(), 50)
		must(t, err)
		var levels []int64
		for _, j := range jobs {
			if j.Kind == app.JobReminder {
				var body app.ReminderBody
				must(t, json.Unmarshal(j.Body, &body))
				equal(t, "subject", j.Subject, string(inv.ID))
				levels = append(levels, body.Level)
			}
		}
		equal(t, "letters", len(levels), 2)
		w.audit()
	})
}

func TestNoReminderOfWhatIsPaid(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv, part := w.buy(anna, 4000), w.buy(bert, 4000)
	w.run(first - 1)
	w.load(w.credit(4000, anna, annasIBAN, inv.Reference), w.credit(1500, bert, bertsIBAN, part.Reference))
	w.wantReminders(inv.ID, newYear)
	equal(t, "a part is not enough", w.invoice(part.ID).Level, 2)
}

func TestNoReminderWhilePaused(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv, open := w.buy(anna, 4000), w.buy(bert, 4000)
	sunday := cal.Date(2026, 12, 20)
	w.change(inv.ID, func(_ *store.Tx, inv *pay.Invoice) { inv.PausedUntil = sunday })
	w.change(open.ID, func(tx *store.Tx, inv *pay.Invoice) {
		store.Save(tx, store.Pauses, &pay.Pause{ID: tx.ID("pau"), InvoiceID: inv.ID, FromDay: firstDay, UntilDay: cal.NoDay, Reason: "dispute"})
	})
	w.wantReminders(inv.ID, newYear, sunday+3, sunday+14)
	equal(t, "a pause without an end", w.invoice(open.ID).Level, 0)
}

func TestNoReminderOfWhoMayHavePaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		known, earlier, amount, near := w.buy(anna, 4000), w.buy(anna, 2500), w.buy(bert, 4711), w.buy(cora, 4100)
		w.load(w.credit(2500, anna, annasIBAN, earlier.Reference))
		wrong := []byte(near.Reference)
		wrong[8] = '0' + (wrong[8]-'0'+1)%10
		r := w.load(w.credit(1234, buyer{"Wer", "Auchimmer"}, annasIBAN, "?"), w.credit(4711, buyer{"X", "Y"}, "", "Danke"),
			w.credit(99, buyer{"Z", "Z"}, "", string(wrong)))
		equal(t, "unassigned", r.Unassigned, 3)
		w.run(second + 1)
		for _, inv := range []*pay.Invoice{known, amount, near} {
			equal(t, "level", w.invoice(inv.ID).Level, 0)
		}
		list, err := w.Unassigned(ctx, app.System, 10)
		must(t, err)
		for _, u := range list { // a person finds that all of it was for somebody else
			other := w.buy(buyer{"Uwe", u.Text.Name}, u.Payment.Amount+1000)
			_, err := w.Assign(ctx, app.System, app.Key{}, u.Payment.ID, other.ID)
			must(t, err)
		}
		for _, inv := range []*pay.Invoice{known, amount, near} { // the second comes a week after the first, however late that was
			if inv == known {
				w.wantReminders(inv.ID, newYear, second+2, second+9)
			}
			equal(t, "level", w.invoice(inv.ID).Level, 2)
		}
		w.audit()
	})
}

package app_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

var judge = app.Actor{Staff: "stf_1", Role: pay.RoleRisk}

// object opens a dispute as the consumer of an invoice.
func (w *bank) object(inv *pay.Invoice, amount int64, files ...app.Upload) *pay.Dispute {
	w.t.Helper()
	d, err := w.OpenDispute(ctx, app.Actor{Consumer: inv.ConsumerID}, app.Key{}, inv.ID, app.Objection{Reason: pay.DisputeFaulty, Amount: amount, Text: "Die Sohle ist gebrochen", Files: files})
	must(w.t, err)
	return d
}

// answer lets the shop answer the newest request of a dispute.
func (w *bank) answer(d *pay.Dispute) error {
	v, err := w.ReadDispute(ctx, w.shop, d.ID)
	must(w.t, err)
	_, err = w.AnswerDispute(ctx, w.shop, app.Key{}, d.ID, v.Requests[len(v.Requests)-1].Request.ID, app.DisputeReply{Comment: "Die Ware war in Ordnung"})
	return err
}

func (w *bank) held() int64 { return -w.balance(ledger.Held(string(w.shop.Merchant))) }

// TestHowDisputesEnd: what each end does to the claim, to what is withheld, to the order and to the score's clock.
func TestHowDisputesEnd(t *testing.T) {
	const amount, part = 5000, 2000
	cases := []struct {
		name     string
		disputed int64
		act      func(w *bank, d *pay.Dispute, inv *pay.Invoice) error
		state    string
		outcome  string
		open     int64
		credit   int64
		refunded int64
		stopped  bool // the clock's days stay suspended
	}{
		{"the shop accepts", amount, func(w *bank, d *pay.Dispute, _ *pay.Invoice) error { return w.AcceptLoss(ctx, w.shop, app.Key{}, d.ID) },
			pay.DisputeAccepted, pay.DisputeLost, 0, 0, amount, false},
		{"the shop accepts a part", part, func(w *bank, d *pay.Dispute, _ *pay.Invoice) error { return w.AcceptLoss(ctx, w.shop, app.Key{}, d.ID) },
			pay.DisputeAccepted, pay.DisputeLost, amount - part, 0, part, false},
		{"the shop says nothing", amount, func(w *bank, d *pay.Dispute, _ *pay.Invoice) error { w.run(firstDay + 23); return nil },
			pay.DisputeExpired, pay.DisputeLost, 0, 0, amount, false},
		{"the consumer takes it back", amount, func(w *bank, d *pay.Dispute, inv *pay.Invoice) error {
			return w.WithdrawDispute(ctx, app.Actor{Consumer: inv.ConsumerID}, d.ID)
		}, pay.DisputeClosed, pay.DisputeWithdrawn, amount, 0, 0, false},
		{"the desk rejects it", amount, func(w *bank, d *pay.Dispute, _ *pay.Invoice) error {
			must(w.t, w.answer(d))
			return w.DecideDispute(ctx, judge, d.ID, 0, "Zugestellt am 25.11.")
		}, pay.DisputeClosed, pay.DisputeWon, amount, 0, 0, false},
		{"the desk decides for the consumer in part", amount, func(w *bank, d *pay.Dispute, _ *pay.Invoice) error {
			return w.DecideDispute(ctx, judge, d.ID, part, "Ein Schuh fehlt")
		}, pay.DisputeClosed, pay.DisputeLost, amount - part, 0, part, true},
		{"the shop refunds all of it", amount, func(w *bank, _ *pay.Dispute, inv *pay.Invoice) error {
			_, err := w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, amount, pay.Parcel{})
			return err
		}, pay.DisputeClosed, pay.DisputeRefunded, 0, 0, amount, false},
		{"the shop refunds the disputed part", part, func(w *bank, _ *pay.Dispute, inv *pay.Invoice) error {
			_, err := w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, part, pay.Parcel{})
			return err
		}, pay.DisputeClosed, pay.DisputeRefunded, amount - part, 0, part, false},
		{"paid meanwhile, then lost", amount, func(w *bank, d *pay.Dispute, inv *pay.Invoice) error {
			w.load(w.credit(3500, anna, annasIBAN, inv.Reference))
			return w.AcceptLoss(ctx, w.shop, app.Key{}, d.ID)
		}, pay.DisputeAccepted, pay.DisputeLost, 0, 3500, amount, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newBank(t, storetest.SQLite(t))
			must(t, w.SetSettlement(ctx, app.System, w.shop.Merchant, pay.SettlementTerms{DisputeFee: 1500}))
			inv := w.buy(anna, amount)
			d := w.object(inv, c.disputed)
			_, err := w.Deliver(ctx)
			must(t, err)
			equal(t, "withheld", w.held(), c.disputed)
			w.audit()
			must(t, c.act(w, d, inv))
			_, err = w.Deliver(ctx)
			must(t, err)
			got, err := store.LoadID(ctx, w.DB, store.Disputes, d.ID)
			must(t, err)
			equal(t, "state and outcome", got.State+" "+got.Outcome, c.state+" "+c.outcome)
			equal(t, "withheld at the end", w.held(), 0)
			after := w.invoice(inv.ID)
			equal(t, "open", after.Open, c.open)
			equal(t, "no dispute", after.DisputeID, pay.DisputeID(""))
			equal(t, "credit", -w.balance(ledger.ConsumerCredit(string(inv.ConsumerID))), c.credit)
			o, err := store.LoadID(ctx, w.DB, store.Orders, inv.OrderID)
			must(t, err)
			equal(t, "refunded on the order", o.Refunded, c.refunded)
			fees := int64(0)
			if c.outcome == pay.DisputeLost {
				fees = 1500
			}
			equal(t, "dispute fees", storetest.Count(t, w.DB, "SELECT COALESCE(SUM(-amount), 0) FROM payout_items WHERE event = 'dispute_fee'"), fees)
			f, err := w.FactsOf(ctx, inv.ConsumerID)
			must(t, err)
			for _, it := range f.Open {
				equal(t, "disputed", it.Disputed, 0)
				equal(t, "suspended days", len(it.Stops) > 0, c.stopped)
			}
			verifyFacts(t, w.App, inv.ConsumerID)
			w.audit()
			if err := w.AcceptLoss(ctx, w.shop, app.Key{}, d.ID); (err == nil) != (c.state == pay.DisputeAccepted) {
				t.Errorf("accepting after the end: %v", err)
			}
		})
	}
}

func TestDisputeStopsRemindersAndScore(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv, open := w.buy(anna, 4000), w.buy(bert, 4000)
	must(t, w.answerable(inv))
	w.wantReminders(inv.ID, due+9)
	equal(t, "others are reminded", w.invoice(open.ID).Level, 1)
	f, err := w.FactsOf(ctx, inv.ConsumerID)
	must(t, err)
	equal(t, "days past due", f.Open[0].PastDue(due+9), -14+14) // the clock stands since the first day
	equal(t, "scored balance", f.Balance(), 0)
	list, err := w.OwnDisputes(ctx, app.Actor{Consumer: inv.ConsumerID})
	must(t, err)
	must(t, w.DecideDispute(ctx, judge, list[0].ID, 0, "Zugestellt"))
	f, err = w.FactsOf(ctx, inv.ConsumerID)
	must(t, err)
	equal(t, "the suspended days count again", f.Open[0].PastDue(due+9), 9)
	equal(t, "scored balance again", f.Balance(), 4000)
	w.wantReminders(inv.ID, due+30, due+14, due+23) // three bank days after the end, as after every pause
}

// answerable opens a dispute and answers it, so that no deadline of the shop ends it.
func (w *bank) answerable(inv *pay.Invoice) error { return w.answer(w.object(inv, 0)) }

func TestWhoMayDoWhatInADispute(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 4000)
	png := app.Upload{Name: `..\C:\photo<1>.png`, Body: append([]byte("\x89PNG\x0D\x0A\x1A\x0A"), make([]byte, 100)...)}
	other, stranger := app.Actor{Merchant: w.newShop("Anderer").ID}, app.Actor{Consumer: w.buy(bert, 2000).ConsumerID}
	_, err := w.OpenDispute(ctx, stranger, app.Key{}, inv.ID, app.Objection{Reason: pay.DisputeFaulty, Text: "x"})
	equal(t, "a stranger's invoice", codeOf(err), "no_such_invoice")
	d := w.object(inv, 0, png)
	_, err = w.OpenDispute(ctx, app.Actor{Consumer: inv.ConsumerID}, app.Key{}, inv.ID, app.Objection{Reason: pay.DisputeFaulty, Text: "x"})
	equal(t, "twice", codeOf(err), "dispute_exists")
	v, err := w.ReadDispute(ctx, w.shop, d.ID)
	must(t, err)
	request, file := v.Requests[0].Request.ID, v.Requests[0].Files[0]
	equal(t, "name", file.Name.Name, "photo_1_.png")
	for name, who := range map[string]app.Actor{"another shop": other, "another consumer": stranger, "nobody": {}, "a role that may not": {Staff: "stf_2", Role: "guest"}} {
		_, err := w.ReadDispute(ctx, who, d.ID)
		equal(t, name+" reads", codeOf(err), "no_such_dispute")
		_, _, err = w.DisputeFile(ctx, who, d.ID, file.File.ID)
		equal(t, name+" opens a file", codeOf(err), "no_such_dispute")
		for deed, err := range map[string]error{
			"accepts": w.AcceptLoss(ctx, who, app.Key{}, d.ID), "withdraws": w.WithdrawDispute(ctx, who, d.ID),
			"decides": w.DecideDispute(ctx, who, d.ID, 0, "x"), "asks": w.AskAboutDispute(ctx, who, d.ID, "x"),
		} {
			if code := codeOf(err); code != "no_such_dispute" && code != "forbidden" {
				t.Errorf("%s %s: %v", name, deed, err)
			}
		}
	}
	if err := w.DecideDispute(ctx, w.shop, d.ID, 0, "x"); codeOf(err) != "forbidden" {
		t.Errorf("the shop decides: %v", err)
	}
	attached, err := w.AttachToDispute(ctx, w.shop, app.Key{}, d.ID, png)
	must(t, err)
	_, _, err = w.DisputeFile(ctx, app.Actor{Consumer: inv.ConsumerID}, d.ID, attached)
	equal(t, "not handed in yet", codeOf(err), "no_such_dispute")
	_, err = w.AttachToDispute(ctx, w.shop, app.Key{}, d.ID, app.Upload{Name: "x.exe", Body: []byte("MZ\x90\x00\x03")})
	equal(t, "a program", codeOf(err), "bad_file")
	said, err := w.AnswerDispute(ctx, w.shop, app.Key{Value: "k", Hash: "h"}, d.ID, request, app.DisputeReply{Comment: "geprüft", Files: []pay.DisputeFileID{attached}})
	must(t, err)
	again, err := w.AnswerDispute(ctx, w.shop, app.Key{Value: "k", Hash: "h"}, d.ID, request, app.DisputeReply{Comment: "geprüft", Files: []pay.DisputeFileID{attached}})
	must(t, err)
	equal(t, "the same answer once", again, said)
	_, body, err := w.DisputeAttachment(ctx, app.Actor{Consumer: inv.ConsumerID}, d.ID, request, said, attached)
	must(t, err)
	equal(t, "bytes", string(body), string(png.Body))
	for _, table := range []string{"disputes", "dispute_requests", "dispute_responses", "dispute_files"} {
		column := "sealed"
		equal(t, "sealed in "+table, storetest.Count(t, w.DB, "SELECT COUNT(*) FROM "+table+" WHERE instr("+column+", 'Sohle') > 0 OR instr("+column+", 'PNG') > 0"), 0)
	}
	w.audit()
}

// TestCyclesAndReserves: a weekly shop is paid on its weekday, its first payout waits, a tenth is kept for thirty days,
// and the items always give the balance of what it is owed.
func TestCyclesAndReserves(t *testing.T) {
	storetest.Each(t, cyclesAndReserves)
}

func cyclesAndReserves(t *testing.T, db storetest.Database) {
	w := newBank(t, db)
	must(t, w.SetSettlement(ctx, app.System, w.shop.Merchant, pay.SettlementTerms{Cycle: pay.CycleWeekly, Weekday: 3, FirstDays: 10, ReserveRate: 1000, ReserveDays: 30}))
	w.buy(anna, 10000) // a Monday; due on Friday the 27th
	w.run(firstDay + 14)
	equal(t, "the first payout waits", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM payouts"), 0)
	equal(t, "reserve", -w.balance(ledger.Reserve(string(w.shop.Merchant))), 1000)
	w.audit()
	w.run(firstDay + 16) // Wednesday 9 December: the first cycle more than ten days later
	fee := int64(319 + 61)
	list, total, err := w.Settlements(ctx, w.shop, app.SettlementQuery{From: firstDay, Until: firstDay + 60, Limit: 10})
	must(t, err)
	equal(t, "payouts", total, 1)
	equal(t, "paid", list[0].Payout.Amount, 10000-1000-fee)
	equal(t, "on a Wednesday", list[0].Payout.DueDay, cal.Date(2026, 12, 9))
	w.run(firstDay + 50)
	equal(t, "reserve given back", w.balance(ledger.Reserve(string(w.shop.Merchant))), 0)
	list, total, err = w.Settlements(ctx, w.shop, app.SettlementQuery{From: firstDay, Until: firstDay + 60, Limit: 10})
	must(t, err)
	equal(t, "payouts", total, 2)
	equal(t, "the reserve is paid", list[1].Payout.Amount, 1000)
	_, n, err := w.Transactions(ctx, app.Actor{Merchant: w.newShop("Anderer").ID}, app.TransactionQuery{Payout: list[0].Payout.ID, Limit: 10})
	must(t, err)
	equal(t, "another shop's items", n, 0)
	w.audit()
}

// TestDisputesAtRandom does random deeds to a few disputes: after each the books prove themselves.
func TestDisputesAtRandom(t *testing.T) {
	storetest.Each(t, disputesAtRandom)
}

func disputesAtRandom(t *testing.T, db storetest.Database) {
	w := newBank(t, db)
	must(t, w.SetSettlement(ctx, app.System, w.shop.Merchant, pay.SettlementTerms{DisputeFee: 990, ReserveRate: 500, ReserveDays: 5}))
	r := rand.New(rand.NewPCG(uint64(extra(1)), 7))
	var invoices []*pay.Invoice
	for i := range 5 {
		invoices = append(invoices, w.buy(buyer{"Vera", "Streit" + string(rune('a'+i))}, 3000+r.Int64N(3000)))
	}
	var done []string
	for step := range 25 * extra(1) {
		inv := w.invoice(invoices[r.IntN(len(invoices))].ID)
		d := &pay.Dispute{ID: inv.DisputeID}
		name, err := w.deed(r, inv, d, step)
		done = append(done, fmt.Sprint(name, " ", codeOf(err)))
		if err != nil && codeOf(err) == "" {
			t.Fatalf("%s: %v\n%s", name, err, strings.Join(done, "\n"))
		}
		if r.IntN(2) == 0 {
			_, err := w.Deliver(ctx)
			must(t, err)
		}
		verifyFacts(t, w.App, inv.ConsumerID)
		if _, err := w.App.Audit(ctx, nil); err != nil {
			t.Fatalf("after %s: %v", strings.Join(done, ", "), err)
		}
	}
}

// deed does something to an invoice or its dispute and says what.
func (w *bank) deed(r *rand.Rand, inv *pay.Invoice, d *pay.Dispute, step int) (string, error) {
	consumer := app.Actor{Consumer: inv.ConsumerID}
	switch r.IntN(8) {
	case 0, 1:
		_, err := w.OpenDispute(ctx, consumer, app.Key{}, inv.ID, app.Objection{Reason: pay.DisputeReasons[r.IntN(5)], Amount: r.Int64N(inv.Open + 1), Text: "x"})
		return "open", err
	case 2:
		_, err := w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, 1+r.Int64N(800), pay.Parcel{})
		return "refund", err
	case 3:
		if inv.Open > 0 {
			w.load(w.credit(1+r.Int64N(inv.Open), anna, "", inv.Reference))
		}
		return "pay", nil
	case 4:
		return "accept", w.AcceptLoss(ctx, w.shop, app.Key{}, d.ID)
	case 5:
		return "withdraw", w.WithdrawDispute(ctx, consumer, d.ID)
	case 6:
		return "decide", w.DecideDispute(ctx, judge, d.ID, r.Int64N(3000), "x")
	}
	day, err := w.Day(ctx)
	must(w.t, err)
	w.run(day + 1 + cal.Day(r.IntN(4)))
	return "days", nil
}

// TestStormOnADispute: everybody ends one dispute at once; it ends once, and nothing is given back twice.
func TestStormOnADispute(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 5000)
	d := w.object(inv, 2000)
	deeds := []func() error{
		func() error { return w.AcceptLoss(ctx, w.shop, app.Key{}, d.ID) },
		func() error { return w.WithdrawDispute(ctx, app.Actor{Consumer: inv.ConsumerID}, d.ID) },
		func() error { return w.DecideDispute(ctx, judge, d.ID, 700, "x") },
		func() error { _, err := w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, 100, pay.Parcel{}); return err },
		func() error { _, err := w.Deliver(ctx); return err },
	}
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			if err := deeds[i%len(deeds)](); err != nil && codeOf(err) == "" {
				t.Errorf("deed %d: %v", i%len(deeds), err)
			}
		})
	}
	group.Wait()
	_, err := w.Deliver(ctx)
	must(t, err)
	equal(t, "withheld at the end", w.held(), 0)
	equal(t, "ends", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action IN ('dispute_lost', 'dispute_withdrawn', 'dispute_won', 'dispute_refunded')"), 1)
	verifyFacts(t, w.App, inv.ConsumerID)
	w.audit()
}

// extra scales a test with rapid.checks: 1 in the usual run of 100.
func extra(n int) int {
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		return n
	}
	return n * max(1, checks/100)
}

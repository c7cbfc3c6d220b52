package app_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// verifyHistory computes the history again from the stored decisions, orders, postings, payments and refunds, and wants
// both to decide alike, reason by reason: today, every third of the next hundred days and then now and again for three years.
func verifyHistory(t tb, a *app.App, id pay.ConsumerID) {
	t.Helper()
	kept, err := a.FactsOf(ctx, id)
	fatal(t, err)
	if kept.History.Stale {
		return // it knows that it lost count; see TestStaleHistoryIsRebuilt
	}
	rebuilt := kept
	rebuilt.History, err = a.HistoryFromEvents(ctx, id)
	fatal(t, err)
	today, err := a.Day(ctx)
	fatal(t, err)
	pol, err := a.Policy(today)
	fatal(t, err)
	for days := cal.Day(0); days < 1100; days += 3 + days/100*45 {
		r := credit.Request{Day: today + days, NowMicros: pay.Germany.Midnight(today + days), Amount: 200_001, Currency: money.EUR, Margin: 1001}
		for m := range r.Offers {
			r.Offers[m] = credit.Offer{Enabled: true, Regime: credit.Exempt50}
		}
		x, y := credit.Decide(pol, &kept, r), credit.Decide(pol, &rebuilt, r)
		if !reflect.DeepEqual(x, y) {
			t.Fatalf("%d days from now (- kept, + rebuilt from %d and %d events):\n%s\nkept    %+v\nrebuilt %+v", days,
				len(rebuilt.History.Enquiries), len(rebuilt.History.Balances), cmp.Diff(x, y), kept.History, rebuilt.History)
		}
	}
}

// TestHistoryEqualsEvents plays buyers who pay in full or in parts, early or late, send goods back before and after paying, pay
// beforehand, ask often and are refused; after each step the kept history equals the one computed from the events.
func TestHistoryEqualsEvents(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	lives(t, "7")
	n := 0
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		n++
		p := &payer{bank: w, who: buyer{"Paula", fmt.Sprintf("Zahl%d", n)}, seen: seen}
		w.shop = app.Actor{Merchant: w.newShop(fmt.Sprint("payers", n)).ID}
		if n == 1 {
			p.prelude(rt)
		}
		rt.Repeat(map[string]func(*rapid.T){"buy": p.buys, "ask": p.asks, "pay": p.pays, "send back": p.returns, "pay before": p.prepays, "object": p.objects, "end a dispute": p.settles, "contest": p.contests, "wait": p.waits, "": p.check})
	})
	for _, what := range []string{"on time", "late", "paid now", "refund of paid", "disputed", "corrected"} {
		if seen[what] == 0 {
			t.Errorf("no life had anything %s: %v", what, seen)
		}
	}
}

// payer is one buyer of that test with what is still open.
type payer struct {
	*bank
	who    buyer
	id     pay.ConsumerID
	orders []*pay.Order // captured
	seen   map[string]int
}

// prelude is what at least one life has to have: a purchase paid in time, one paid late and sent back then, one paid before.
func (p *payer) prelude(rt *rapid.T) {
	for _, days := range []cal.Day{3, 30} {
		inv := p.buy(p.who, 3000)
		p.id = inv.ConsumerID
		p.orders = append(p.orders, &pay.Order{ID: inv.OrderID})
		p.pass(rt, days)
		e := p.bank.credit(3000, p.who, annasIBAN, inv.Reference)
		e.Booked, e.Value = p.today(), p.today()
		p.load(e)
		p.check(rt)
	}
	_, err := p.Refund(ctx, p.shop, app.Key{}, p.orders[1].ID, 500, pay.Parcel{})
	fatal(rt, err)
	p.seen["refund of paid"]++
	p.contests(rt)
	p.check(rt)
	p.pass(rt, 400)
	p.prepays(rt)
	p.check(rt)
}

func (p *payer) pass(rt *rapid.T, days cal.Day) {
	day := p.today() + days
	fatal(rt, p.DB.SetDay(ctx, day))
	p.Clock.Set(day)
}

func (p *payer) today() cal.Day {
	day, err := p.Day(ctx)
	must(p.t, err)
	return day
}

func (p *payer) buys(rt *rapid.T) {
	amount := rapid.Int64Range(1900, 4000).Draw(rt, "amount")
	ans, cart := p.authorize(p.who, "invoice_14", amount)
	p.id = ans.Consumer
	if !ans.Approved {
		return
	}
	o, err := p.PlaceOrder(ctx, p.shop, app.Key{}, ans.Token, cart)
	fatal(rt, err)
	p.deliver(rt, o)
}

func (p *payer) deliver(rt *rapid.T, o *pay.Order) {
	_, err := p.Capture(ctx, p.shop, app.Key{}, o.ID, o.OriginalAmount, pay.Parcel{})
	fatal(rt, err)
	p.orders = append(p.orders, o)
}

// asks submits a checkout that leads to nothing.
func (p *payer) asks(rt *rapid.T) {
	ans, _ := p.authorize(p.who, rapid.SampledFrom([]string{"invoice_14", "invoice_30", "prepayment"}).Draw(rt, "method"), rapid.SampledFrom([]int64{2000, 900_000}).Draw(rt, "asked"))
	p.id = ans.Consumer
	if ans.Token != "" {
		fatal(rt, p.ReleaseAuthorization(ctx, p.shop, app.Key{}, ans.Token))
	}
}

func (p *payer) claim(rt *rapid.T) *pay.Invoice {
	if len(p.orders) == 0 {
		rt.Skip("nothing bought")
	}
	o := p.orders[rapid.IntRange(0, len(p.orders)-1).Draw(rt, "order")]
	list, err := p.DB.InvoicesOfOrder(ctx, o.ID)
	fatal(rt, err)
	return list[len(list)-1]
}

func (p *payer) pays(rt *rapid.T) {
	inv := p.claim(rt)
	if inv.Open == 0 {
		rt.Skip("paid")
	}
	amount := rapid.SampledFrom([]int64{inv.Open, inv.Open, inv.Open + 1, inv.Open/2 + 1}).Draw(rt, "paid")
	e := p.bank.credit(amount, p.who, annasIBAN, inv.Reference)
	e.Booked = p.today()
	e.Value = e.Booked - cal.Day(rapid.IntRange(0, 2).Draw(rt, "value"))
	p.load(e)
}

func (p *payer) returns(rt *rapid.T) {
	inv := p.claim(rt)
	if back := inv.Amount - inv.Refunded; back > 0 {
		amount := rapid.SampledFrom([]int64{back, back/3 + 1}).Draw(rt, "back")
		if _, err := p.Refund(ctx, p.shop, app.Key{}, inv.OrderID, amount, pay.Parcel{}); err == nil && inv.Paid > 0 {
			p.seen["refund of paid"]++
		}
	}
}

func (p *payer) prepays(rt *rapid.T) {
	ans, cart := p.authorize(p.who, "prepayment", rapid.Int64Range(1900, 4000).Draw(rt, "amount"))
	p.id = ans.Consumer
	e := p.bank.credit(cart.Amount, p.who, annasIBAN, ans.Demand.Reference)
	e.Booked, e.Value = p.today(), p.today()
	p.load(e)
	o, err := p.PlaceOrder(ctx, p.shop, app.Key{}, ans.Token, cart)
	fatal(rt, err)
	p.deliver(rt, o)
}

// objects opens a dispute about all or a part of a claim.
func (p *payer) objects(rt *rapid.T) {
	inv := p.claim(rt)
	if inv.Open == 0 || inv.DisputeID != "" {
		rt.Skip("nothing to dispute")
	}
	amount := rapid.SampledFrom([]int64{0, inv.Open/2 + 1}).Draw(rt, "disputed")
	if _, err := p.OpenDispute(ctx, app.Actor{Consumer: p.id}, app.Key{}, inv.ID, app.Objection{Reason: pay.DisputeFaulty, Amount: amount, Text: "broken"}); err == nil {
		p.seen["disputed"]++
	}
}

// settles ends a dispute: withdrawn, or lost by the shop.
func (p *payer) settles(rt *rapid.T) {
	inv := p.claim(rt)
	if inv.DisputeID == "" {
		rt.Skip("no dispute")
	}
	if rapid.Bool().Draw(rt, "withdrawn") {
		fatal(rt, p.WithdrawDispute(ctx, app.Actor{Consumer: p.id}, inv.DisputeID))
	} else {
		fatal(rt, p.AcceptLoss(ctx, p.shop, app.Key{}, inv.DisputeID))
	}
}

// contests lets a person put right when a claim was paid, or that somebody asked on that person's behalf.
func (p *payer) contests(rt *rapid.T) {
	p.wall = p.wall.Add(time.Millisecond) // two answers of one instant would have no order
	inv := p.claim(rt)
	c := app.Correction{Fact: "late_payment", No: inv.No, Day: cal.NoDay}
	if rapid.Bool().Draw(rt, "of a day") {
		c.Day = inv.IssuedDay + cal.Day(rapid.IntRange(0, 30).Draw(rt, "paid after"))
	}
	if rapid.IntRange(0, 3).Draw(rt, "what") == 3 {
		c = app.Correction{Fact: "enquiries", Day: inv.IssuedDay}
	}
	r, err := p.AskReview(ctx, app.Actor{Consumer: p.id}, app.Key{}, app.Contest{Fact: c.Fact, Text: "This is simply not right."})
	fatal(rt, err)
	if _, err := p.AnswerReview(ctx, risk, r.ID, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{c}}); err == nil {
		p.seen["corrected"]++
		return
	}
	fatal(rt, p.WithdrawReview(ctx, app.Actor{Consumer: p.id}, r.ID))
}

// waits moves the business day without its work, which this test is not about.
func (p *payer) waits(rt *rapid.T) {
	p.pass(rt, cal.Day(rapid.SampledFrom([]int{1, 9, 25, 40}).Draw(rt, "days")))
}

// check compares; the clock goes on, because the order of events within one instant is not stored.
func (p *payer) check(rt *rapid.T) {
	p.wall = p.wall.Add(time.Millisecond)
	if p.id == "" {
		return
	}
	verifyHistory(rt, p.App, p.id)
	f, err := p.FactsOf(ctx, p.id)
	fatal(rt, err)
	p.seen["on time"] += len(f.History.OnTime)
	p.seen["late"] += len(f.History.Late)
	p.seen["paid now"] += len(f.History.PaidNow)
}

// TestStaleHistoryIsRebuilt damages a history as a removal from a list that had dropped something does, and lets the
// worker mend it.
func TestStaleHistoryIsRebuilt(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 4000)
	w.load(w.credit(4000, anna, annasIBAN, inv.Reference))
	id := inv.ConsumerID
	want, err := w.FactsOf(ctx, id)
	must(t, err)
	if len(want.History.OnTime) != 1 || len(want.History.Enquiries) != 1 || len(want.History.Purchases) != 1 {
		t.Fatalf("the history to lose: %+v", want.History)
	}
	must(t, w.EditFacts(ctx, id, func(f *credit.Facts) { f.History = credit.History{Dropped: true, Stale: true} }))
	worker := &app.Worker{App: w.App, Handlers: w.Handlers(nil, ""), Owner: "test"}
	delete(worker.Handlers, app.JobMail)
	_, err = worker.Once(ctx)
	must(t, err)
	got, err := w.FactsOf(ctx, id)
	must(t, err)
	if got.History.Stale {
		t.Fatal("the history is still stale")
	}
	verifyHistory(t, w.App, id)
	if diff := cmp.Diff(want.History.OnTime, got.History.OnTime); diff != "" {
		t.Error(diff)
	}
}

// pastOf is the history of so many invoices, one every second day, most paid on time.
func pastOf(pol *credit.Policy, n int, today cal.Day) (h credit.History) {
	for i := range n {
		day := today - cal.Day(2*(n-i)) - 20
		shop := fmt.Sprintf("mer_%d", i%7)
		h.Enquire(day, shop)
		h.Purchase(day)
		h.BalanceChanged(day, 2500)
		late := cal.Day(0)
		if i%9 == 0 {
			late = 12
		}
		h.InvoiceSettled(pol, credit.Settlement{No: fmt.Sprintf("R-07-%06d", i), Merchant: shop, Paid: 2500, Due: day + 14, Settled: day + 14 + late,
			Returns: day + 21, Today: day + 14 + late})
		h.BalanceChanged(day+14+late, 0)
	}
	return h
}

// TestHistoryIsBounded wants a consumer's row to stop growing: what a decision reads after 5,000 invoices is no more than
// after 100.
func TestHistoryIsBounded(t *testing.T) {
	today := cal.Date(2026, 11, 23)
	pol := credit.MustBuiltin()[0]
	sizes := map[int]int{}
	for _, n := range []int{100, 5000} {
		f := credit.NewFacts("de", money.EUR)
		f.History = pastOf(pol, n, today)
		b, err := f.MarshalBinary()
		must(t, err)
		sizes[n] = len(b)
	}
	if sizes[5000] > sizes[100]+sizes[100]/10 {
		t.Errorf("bytes of facts by number of past invoices: %v", sizes)
	}
}

// BenchmarkPastFacts is what a decision computes of its one row with so many past invoices: open, decide, close. It is the
// part that a long history could make longer; the rest of a confirmation waits for the disk.
func BenchmarkPastFacts(b *testing.B) {
	today := cal.Date(2026, 11, 23)
	pol := credit.MustBuiltin()[0]
	for _, n := range []int{10, 100, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := credit.NewFacts("de", money.EUR)
			f.History = pastOf(pol, n, today)
			row, err := f.MarshalBinary()
			fatal(b, err)
			r := credit.Request{Day: today, NowMicros: pay.Germany.Midnight(today), Amount: 5000, Currency: money.EUR}
			for m := range r.Offers {
				r.Offers[m] = credit.Offer{Enabled: true, Regime: credit.Exempt50}
			}
			b.ReportAllocs()
			for b.Loop() {
				var g credit.Facts
				fatal(b, g.UnmarshalBinary(row))
				credit.Decide(pol, &g, r)
				_, err := g.MarshalBinary()
				fatal(b, err)
			}
			b.ReportMetric(float64(len(row)), "row-bytes")
		})
	}
}

// BenchmarkPast is one confirmation of a known buyer with so many past invoices in the books: session, decision, record.
func BenchmarkPast(b *testing.B) {
	for _, n := range []int{10, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkPast(b, n) })
	}
}

func benchmarkPast(b *testing.B, n int) {
	w := benchShop(b, storetest.SQLite(b))
	ans, err := benchConfirm(w.App, w.shop, 0, app.AuthorizeRequest{EmailCode: "000000", Method: "prepayment"})
	fatal(b, err)
	today, err := w.Day(ctx)
	fatal(b, err)
	pol, err := w.Policy(today)
	fatal(b, err)
	bucket := pay.BucketOf(pay.CellOf(string(ans.Consumer)))
	for from := 0; from < n; from += 500 {
		fatal(b, w.DB.Do(ctx, &store.Unit{Bucket: bucket, Do: func(tx *store.Tx) error {
			for i := from; i < min(n, from+500); i++ {
				pastInvoice(tx, ans.Consumer, w.shop.Merchant, i, today)
			}
			return nil
		}}))
	}
	fatal(b, w.EditFacts(ctx, ans.Consumer, func(f *credit.Facts) { f.History = pastOf(pol, n, today) }))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		free := int64(100_000)
		s, err := w.CreateSession(ctx, w.shop, cartOf("p0@example.org", 1))
		fatal(b, err)
		_, err = w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, DeviceToken: ans.DeviceToken, MonthlyFree: &free})
		fatal(b, err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(time.Millisecond), "ms/decision")
}

// pastInvoice stores a settled claim with its payment as rows.
func pastInvoice(tx *store.Tx, id pay.ConsumerID, shop pay.MerchantID, i int, today cal.Day) {
	cell := pay.CellOf(string(id))
	day := today - cal.Day(2*i) - 20
	inv := &pay.Invoice{ID: pay.InvoiceID(tx.IDIn(pay.PrefixInvoice, cell)), No: fmt.Sprintf("R-past-%06d", i), Reference: fmt.Sprintf("past%06d", i), Kind: pay.InvoiceClaim,
		ConsumerID: id, MerchantID: shop, Method: "invoice_14", Amount: 2500, Paid: 2500, Currency: money.EUR, IssuedDay: day, DueDay: day + 14, SettledDay: day + 14,
		DefaultSince: cal.NoDay, PausedUntil: cal.NoDay}
	store.Save(tx, store.Invoices, inv)
	store.Save(tx, store.Allocations, &pay.Allocation{PaymentID: pay.PaymentID(tx.IDIn(pay.PrefixPayment, cell)), InvoiceID: inv.ID, Amount: 2500, ValueDay: day + 14, At: tx.At, Rule: "reference"})
}

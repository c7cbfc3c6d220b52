package app_test

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// tb is what a test and a property test have in common.
type tb interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// verifyFacts rebuilds what binds a consumer's limit from the rows and compares it with the facts.
func verifyFacts(t tb, a *app.App, id pay.ConsumerID) {
	t.Helper()
	f, err := a.FactsOf(ctx, id)
	fatal(t, err)
	var open, want []string
	for _, it := range f.Open {
		open = append(open, fmt.Sprint(it.Invoice, it.No, it.Merchant, it.Open, it.Original, it.Due, it.Dunning))
	}
	invoices, err := a.DB.InvoicesOf(ctx, id, 10000)
	fatal(t, err)
	for _, inv := range invoices {
		if inv.Kind == pay.InvoiceClaim && inv.Open > 0 {
			want = append(want, fmt.Sprint(inv.ID, inv.No, inv.MerchantID, inv.Open, inv.Amount-inv.Refunded, inv.DueDay, inv.Level))
		}
	}
	sameSet(t, "open claims", open, want)
	if !slices.IsSortedFunc(f.Open, func(a, b credit.Item) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.No, b.No)) }) {
		t.Errorf("open claims out of order: %+v", f.Open)
	}
	sameSet(t, "holds", heldOf(&f, a.Clock.Now()), holdsOf(t, a, id))
}

func heldOf(f *credit.Facts, now pay.Micros) (out []string) {
	for _, h := range f.Holds {
		if h.UntilMicros > now && h.Amount > 0 { // a mark holds nothing
			out = append(out, fmt.Sprint(h.Ref, h.Kind, h.Amount, h.UntilMicros))
		}
	}
	return out
}

// holdsOf reads the holds off the authorizations and orders.
func holdsOf(t tb, a *app.App, id pay.ConsumerID) (out []string) {
	now := a.Clock.Now()
	rows, err := a.DB.SQL().Query("SELECT id, amount, expires_at, method FROM authorizations WHERE consumer_id = $1 AND status = 'live'", string(id))
	fatal(t, err)
	defer rows.Close()
	for rows.Next() {
		var ref, method string
		var amount, until int64
		fatal(t, rows.Scan(&ref, &amount, &until, &method))
		if pay.IsCredit(method) && until > now {
			out = append(out, fmt.Sprint(ref, credit.Reservation, amount, until))
		}
	}
	fatal(t, rows.Err())
	orders, err := a.DB.OrdersOf(ctx, id, 10000)
	fatal(t, err)
	for _, o := range orders {
		if pay.IsCredit(o.Method) && o.Remaining() > 0 && o.ExpiresAt > now {
			out = append(out, fmt.Sprint(o.ID, credit.Uncaptured, o.Remaining(), o.ExpiresAt))
		}
	}
	return out
}

func sameSet(t tb, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func fatal(t tb, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sale is what a naive bookkeeper knows of one purchase.
type sale struct {
	method             string
	amount             int64
	session            *app.SessionView
	token              pay.AuthorizationID
	demand             *pay.Invoice // of a prepayment
	order              *pay.Order
	captures           []*delivery
	captured, returned int64
	released, dead     bool // no more captures; never an order
	lapsed             bool // its time is over
}

type delivery struct {
	invoice            pay.InvoiceID
	amount, back, paid int64 // back: lowered or given back; paid: what lies on the invoice
	lowered            int64
	id                 pay.CaptureID
}

func (d *delivery) open() int64 { return d.amount - d.lowered - d.paid }

// bookkeeper plays purchases against the program and keeps its own naive books beside it.
type bookkeeper struct {
	*bank
	rt     *rapid.T
	sales  []*sale
	credit int64 // owed to the consumer
	owed   int64 // owed to the shop, before fees
	who    buyer
	id     pay.ConsumerID
}

func (k *bookkeeper) pick(name string, ok func(*sale) bool) *sale {
	var fit []*sale
	for _, s := range k.sales {
		if ok(s) {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		k.rt.Skip("none fits")
	}
	return fit[rapid.IntRange(0, len(fit)-1).Draw(k.rt, name)]
}

func (k *bookkeeper) authorize(rt *rapid.T) {
	s := &sale{method: rapid.SampledFrom([]string{"invoice_14", "prepayment"}).Draw(rt, "method"), amount: rapid.Int64Range(1, 4000).Draw(rt, "amount")}
	v, err := k.CreateSession(ctx, k.shop, cartOf(k.who.email(), s.amount))
	fatal(rt, err)
	free := int64(500_000)
	ans, err := k.Authorize(ctx, v.Session.ID, v.ClientToken, app.AuthorizeRequest{Method: s.method, Consent: true, EmailCode: "000000", MonthlyFree: &free})
	fatal(rt, err)
	k.id = ans.Consumer
	if ans.Token == "" {
		return // refused: nothing was reserved, which the facts prove
	}
	s.session, s.token, s.demand = v, ans.Token, ans.Demand
	k.sales = append(k.sales, s)
}

func (k *bookkeeper) prepaid(s *sale) bool {
	return s.demand != nil && k.bank.invoice(s.demand.ID).Open == 0
}

func (k *bookkeeper) place(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return s.order == nil })
	o, err := k.PlaceOrder(ctx, k.shop, app.Key{}, s.token, s.session.Cart)
	if s.dead || s.demand != nil && !k.prepaid(s) {
		if codeOf(err) != "no_such_authorization" {
			rt.Fatalf("an order from a dead or unpaid authorization: %v %v", o, err)
		}
		return
	}
	fatal(rt, err)
	s.order = o
}

func (k *bookkeeper) release(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return s.order == nil })
	fatal(rt, k.ReleaseAuthorization(ctx, k.shop, app.Key{}, s.token))
	s.dead = true
}

func (k *bookkeeper) payDemand(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return s.demand != nil && s.order == nil })
	amount := rapid.SampledFrom([]int64{s.amount, s.amount/2 + 1, s.amount + 100}).Draw(rt, "amount")
	k.load(k.bank.credit(amount, k.who, annasIBAN, s.demand.Reference))
	k.credit += amount
}

func (k *bookkeeper) capture(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return s.order != nil })
	amount := rapid.Int64Range(1, s.amount).Draw(rt, "amount")
	c, err := k.Capture(ctx, k.shop, app.Key{}, s.order.ID, amount, pay.Parcel{})
	if s.released || amount > s.amount-s.captured {
		if codeOf(err) != "capture_not_allowed" {
			rt.Fatalf("capture of %d over the rest: %v", amount, err)
		}
		return
	}
	fatal(rt, err)
	s.captured += amount
	d := &delivery{invoice: c.InvoiceID, id: c.ID, amount: amount}
	if s.demand != nil {
		d.paid = amount
		k.credit -= amount
	}
	s.captures = append(s.captures, d)
	k.owed += amount
}

func (k *bookkeeper) refund(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return len(s.captures) > 0 })
	amount := rapid.Int64Range(1, s.captured).Draw(rt, "amount")
	_, err := k.Refund(ctx, k.shop, app.Key{}, s.order.ID, amount, pay.Parcel{})
	if amount > s.captured-s.returned {
		if codeOf(err) != "refund_not_allowed" {
			rt.Fatalf("refund of %d over the rest: %v", amount, err)
		}
		return
	}
	fatal(rt, err)
	s.returned += amount
	k.owed -= amount
	for _, d := range s.captures {
		n := min(amount, d.open())
		d.lowered, d.back, amount = d.lowered+n, d.back+n, amount-n
	}
	for _, d := range s.captures {
		n := min(amount, d.amount-d.back)
		d.back, amount, k.credit = d.back+n, amount-n, k.credit+n
	}
}

func (k *bookkeeper) end(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return s.order != nil })
	if rapid.Bool().Draw(rt, "cancel") {
		err := k.CancelOrder(ctx, k.shop, app.Key{}, s.order.ID)
		if (err == nil) != (s.captured == 0) && !s.lapsed {
			rt.Fatalf("cancel after %d captured: %v", s.captured, err)
		}
		s.released = s.released || err == nil
		return
	}
	err := k.ReleaseRemaining(ctx, k.shop, app.Key{}, s.order.ID)
	if (err == nil) != (s.captured > 0) {
		rt.Fatalf("release after %d captured: %v", s.captured, err)
	}
	s.released = s.released || err == nil
}

func (k *bookkeeper) pay(rt *rapid.T) {
	k.rt = rt
	s := k.pick("sale", func(s *sale) bool { return len(s.captures) > 0 })
	d := s.captures[rapid.IntRange(0, len(s.captures)-1).Draw(rt, "capture")]
	amount := rapid.Int64Range(1, d.amount+50).Draw(rt, "amount")
	k.load(k.bank.credit(amount, k.who, annasIBAN, k.bank.invoice(d.invoice).Reference))
	part := min(amount, d.open())
	d.paid += part
	k.credit += amount - part
}

// wait lets reservations end by time and, sometimes, orders by the day run.
func (k *bookkeeper) wait(rt *rapid.T) {
	days := rapid.SampledFrom([]int{0, 1, 10}).Draw(rt, "days")
	if days == 0 {
		k.Clock.Turn(k.Clock.Now() + 61*60*1e6)
	} else {
		day, err := k.Day(ctx)
		fatal(rt, err)
		k.Clock.Turn(0)
		k.run(day + cal.Day(days))
		k.Clock.Turn(k.Clock.Now())
	}
	now := k.Clock.Now()
	for _, s := range k.sales {
		if auth, err := store.LoadID(ctx, k.DB, store.Authorizations, s.token); s.order == nil && (err != nil || auth.ExpiresAt <= now && auth.Status != pay.AuthorizationAwaiting || auth.Status == pay.AuthorizationExpired) {
			fatal(rt, err)
			s.dead = true
		}
		if s.order != nil && s.order.ExpiresAt <= now {
			s.released, s.lapsed = true, true
		}
	}
}

// check compares the program with the naive books.
func (k *bookkeeper) check(rt *rapid.T) {
	if k.id == "" {
		return
	}
	verifyFacts(rt, k.App, k.id)
	verifyHistory(rt, k.App, k.id)
	var open int64
	for _, s := range k.sales {
		for _, d := range s.captures {
			inv := k.bank.invoice(d.invoice)
			if inv.Open != d.open() || inv.Paid != d.paid || inv.Refunded != d.lowered {
				rt.Fatalf("invoice %s of %d: open %d paid %d refunded %d, want %d, %d, %d", inv.No, inv.Amount, inv.Open, inv.Paid, inv.Refunded, d.open(), d.paid, d.lowered)
			}
			c, err := store.LoadID(ctx, k.DB, store.Captures, d.id)
			fatal(rt, err)
			if c.Refunded != d.back {
				rt.Fatalf("capture refunded %d, want %d", c.Refunded, d.back)
			}
			open += d.open()
		}
	}
	if got := k.balance(ledger.Receivable(string(k.id))); got != open {
		rt.Fatalf("receivable %d, want %d", got, open)
	}
	if got := -k.balance(ledger.ConsumerCredit(string(k.id))); got != k.credit {
		rt.Fatalf("consumer credit %d, want %d", got, k.credit)
	}
}

// TestPurchasesInAnyOrder plays random lives of purchases of one person. After each step books, facts and rows say the
// same as a bookkeeper who only adds and subtracts; at the end the audit is clean and the shop is owed the right amount.
func TestPurchasesInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		n := 0
		lives(t, "12")
		rapid.Check(t, func(rt *rapid.T) {
			w.Clock.Turn(0)
			w.Clock.Turn(w.Clock.Now())
			n++
			k := &bookkeeper{bank: w, who: buyer{"Erika", fmt.Sprintf("Muster%d", n)}}
			k.bank.shop = app.Actor{Merchant: w.newShop(fmt.Sprint("shop", n)).ID}
			rt.Repeat(map[string]func(*rapid.T){"authorize": k.authorize, "order": k.place, "release": k.release, "pay demand": k.payDemand,
				"capture": k.capture, "refund": k.refund, "cancel or release": k.end, "pay": k.pay, "wait": k.wait, "": k.check})
			_, err := w.Deliver(ctx)
			fatal(rt, err)
			fees := w.balance(ledger.FeeIncome(string(w.shop.Merchant))) + w.vatOf(w.shop.Merchant)
			if got := -w.balance(ledger.Payable(string(w.shop.Merchant))) - w.balance(ledger.InTransit(string(w.shop.Merchant))); got != k.owed+fees {
				rt.Fatalf("the shop is owed %d, want %d less fees of %d", got, k.owed, -fees)
			}
		})
		w.audit()
	})
}

// lives sets how many random lives a property plays, unless the command line says so: each takes a good part of a second.
func lives(t *testing.T, n string) {
	checks := flag.Lookup("rapid.checks")
	if old := checks.Value.String(); old == checks.DefValue {
		must(t, checks.Value.Set(n))
		t.Cleanup(func() { must(t, checks.Value.Set(old)) })
	}
}

// vatOf is the tax on a shop's fees, a credit.
func (w *bank) vatOf(id pay.MerchantID) int64 {
	return storetest.Count(w.t, w.DB, `SELECT CAST(COALESCE(SUM(v.amount), 0) AS BIGINT) FROM entries v JOIN entries f ON f.bucket = v.bucket AND f.posting_id = v.posting_id
		WHERE v.account LIKE 'vat:%' AND f.account = $1`, string(ledger.FeeIncome(string(id))))
}

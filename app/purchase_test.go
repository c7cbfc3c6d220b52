package app_test

import (
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestAskingAgain repeats and changes a confirmation.
func TestAskingAgain(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	s := w.session(anna, 4000)
	ask := func(method string) *app.AuthorizeAnswer {
		t.Helper()
		ans, err := w.confirm(s, app.AuthorizeRequest{EmailCode: "000000", Method: method})
		must(t, err)
		return ans
	}
	first := ask("invoice_14")
	equal(t, "again", ask("invoice_14").Token, first.Token)
	demand := ask("prepayment")
	equal(t, "pay", demand.StepUp, "payment")
	again := ask("prepayment")
	equal(t, "the same demand", again.Demand.ID, demand.Demand.ID)
	equal(t, "the same token", again.Token, demand.Token)
	w.load(w.credit(1000, anna, annasIBAN, demand.Demand.Reference))
	second := ask("invoice_30")
	equal(t, "approved", second.Approved, true)
	equal(t, "the demand is no longer open", w.invoice(demand.Demand.ID).Open, 0)
	equal(t, "what was paid is owed", w.balance(ledger.ConsumerCredit(string(first.Consumer))), -1000)
	for _, old := range []pay.AuthorizationID{first.Token, demand.Token} {
		if _, err := w.PlaceOrder(ctx, w.shop, app.Key{}, old, s.Cart); codeOf(err) != "no_such_authorization" {
			t.Errorf("an order with a replaced token: %v", err)
		}
	}
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, second.Token, s.Cart)
	must(t, err)
	after := ask("invoice_30")
	equal(t, "after the order", after.Token, o.AuthorizationID)
	equal(t, "approved after the order", after.Approved, true)
	if _, err := w.confirm(s, withCode); codeOf(err) != "session_complete" {
		t.Errorf("another method after the order: %v", err)
	}
	verifyFacts(t, w.App, first.Consumer)
	w.audit()
}

// TestAnotherBuyerTakesTheSession confirms one session with two persons.
func TestAnotherBuyerTakesTheSession(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	s := w.session(anna, 4000)
	one, err := w.confirm(s, withCode)
	must(t, err)
	must(t, w.Identify(ctx, app.Key{}, s.Session.ID, s.ClientToken, bert.email(), "1985-05-05"))
	two, err := w.confirm(s, withCode)
	must(t, err)
	equal(t, "approved", two.Approved, true)
	if _, err := w.PlaceOrder(ctx, w.shop, app.Key{}, one.Token, s.Cart); codeOf(err) != "no_such_authorization" {
		t.Errorf("the first buyer's token: %v", err)
	}
	_, err = w.PlaceOrder(ctx, w.shop, app.Key{}, two.Token, s.Cart)
	must(t, err)
	verifyFacts(t, w.App, one.Consumer)
	verifyFacts(t, w.App, two.Consumer)
	must(t, w.Identify(ctx, app.Key{}, s.Session.ID, s.ClientToken, anna.email(), "1990-05-05"))
	if _, err := w.confirm(s, withCode); codeOf(err) != "session_complete" {
		t.Errorf("a complete session: %v", err)
	}
}

// TestOrderOmitsAndDiffers sends order requests that say less or something else than what was authorised.
func TestOrderOmitsAndDiffers(t *testing.T) {
	cases := []struct {
		name string
		edit func(*pay.Cart)
		want string
	}{
		{"the same", func(*pay.Cart) {}, ""},
		{"without addresses", func(c *pay.Cart) { c.Billing, c.Shipping = nil, nil }, ""},
		{"without tax", func(c *pay.Cart) { c.TaxAmount, c.HasTax = 0, false }, ""},
		{"shipping spelled out", func(c *pay.Cart) { ad := *c.Billing; c.Shipping = &ad }, ""},
		{"country in small letters", func(c *pay.Cart) { c.Country = "de" }, ""},
		{"own references", func(c *pay.Cart) { c.Reference1, c.MerchantData = "A-1", "x" }, ""},
		{"more", func(c *pay.Cart) { c.Amount++; c.Lines[0].TotalAmount++ }, "cart_differs"},
		{"other lines", func(c *pay.Cart) { c.Lines[0].Name = "Auto" }, "cart_differs"},
		{"other tax", func(c *pay.Cart) { c.TaxAmount, c.HasTax = 1, true }, "cart_differs"},
		{"sent elsewhere", func(c *pay.Cart) { ad := *c.Billing; ad.Street = "Woanders 1"; c.Shipping = &ad }, "cart_differs"},
		{"other buyer", func(c *pay.Cart) { ad := *c.Billing; ad.FamilyName = "Meier"; c.Billing = &ad }, "cart_differs"},
	}
	w := newBank(t, storetest.SQLite(t))
	for i, c := range cases {
		p := buyer{"Paula", "P" + string(rune('a'+i))}
		cart := cartOf(p.email(), 2000)
		cart.TaxAmount, cart.HasTax = 319, true
		s, err := w.CreateSession(ctx, w.shop, cart)
		must(t, err)
		ans, err := w.confirm(s, withCode)
		must(t, err)
		asked := cart
		asked.Lines = append([]pay.Line(nil), cart.Lines...)
		c.edit(&asked)
		o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, asked)
		if codeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err == nil {
			again, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, asked)
			must(t, err)
			equal(t, c.name+" again", again.ID, o.ID)
		}
	}
}

func TestSessionChangesAfterAuthorization(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	s := w.session(anna, 2000)
	ans, err := w.confirm(s, withCode)
	must(t, err)
	must(t, w.UpdateSession(ctx, w.shop, app.Key{}, s.Session.ID, func(c *pay.Cart) error { c.Amount, c.Lines[0].TotalAmount = 2500, 2500; return nil }))
	changed := s.Cart
	changed.Amount = 2500
	for _, cart := range []pay.Cart{changed} {
		if _, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart); codeOf(err) != "cart_differs" {
			t.Errorf("after an update: %v", err)
		}
	}
	next, err := w.confirm(s, withCode)
	must(t, err)
	if next.Token == ans.Token {
		t.Error("the changed cart has the old authorization")
	}
	verifyFacts(t, w.App, ans.Consumer)
}

// TestOrderAgainLater repeats an order when it was captured, when the session is gone, and orders with an expired token.
func TestOrderAgainLater(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	ans, cart := w.authorize(anna, "invoice_14", 2000)
	cart.AutoCapture = true
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
	must(t, err)
	equal(t, "captured", o.Captured, 2000)
	late, lateCart := w.authorize(bert, "invoice_14", 2000)
	w.Clock.Turn(w.Clock.Now() + pay.AuthorizationMicros)
	if _, err := w.PlaceOrder(ctx, w.shop, app.Key{}, late.Token, lateCart); codeOf(err) != "no_such_authorization" {
		t.Errorf("expired token: %v", err)
	}
	w.Clock.Turn(0)
	w.run(firstDay + 31)
	equal(t, "sessions", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM sessions"), 0)
	again, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
	must(t, err)
	equal(t, "order", again.ID, o.ID)
	cart.Amount++
	if _, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart); codeOf(err) != "cart_differs" {
		t.Errorf("another cart later: %v", err)
	}
	w.audit()
}

func TestPagesPlaceAndCapture(t *testing.T) {
	for _, mode := range []string{"NONE", "PLACE_ORDER", "CAPTURE_ORDER"} {
		w := newBank(t, storetest.SQLite(t))
		s := w.session(anna, 2000)
		p, err := w.CreatePage(ctx, w.shop, app.Key{}, s.Session.ID, pay.PageSettings{Success: "https://laden.test/{{order_id}}/{{authorization_token}}", PlaceOrder: mode})
		must(t, err)
		ans, err := w.confirm(s, withCode)
		must(t, err)
		var back []string
		for range 3 { // the buyer reloads
			to, err := w.CompletePage(ctx, p.Page.ID, ans.Token)
			must(t, err)
			back = append(back, to)
			again, err := w.confirm(s, withCode)
			must(t, err)
			equal(t, "token on reload", again.Token, ans.Token)
		}
		equal(t, "reload", back[2], back[0])
		orders := map[string]int64{"NONE": 0, "PLACE_ORDER": 1, "CAPTURE_ORDER": 1}[mode]
		equal(t, "orders", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM orders"), orders)
		equal(t, "captured", storetest.Count(t, w.DB, "SELECT CAST(COALESCE(SUM(captured), 0) AS BIGINT) FROM orders"), map[string]int64{"CAPTURE_ORDER": 2000}[mode])
		if err := w.CancelPage(ctx, w.shop, app.Key{}, p.Page.ID); codeOf(err) != "page_complete" {
			t.Errorf("cancel after completion: %v", err)
		}
		verifyFacts(t, w.App, ans.Consumer)
		w.audit()
	}
}

func TestCancelledPageCompletesNothing(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	s := w.session(anna, 2000)
	id := w.page(s)
	ans, err := w.confirm(s, withCode)
	must(t, err)
	must(t, w.CancelPage(ctx, w.shop, app.Key{}, id))
	if _, err := w.CompletePage(ctx, id, ans.Token); codeOf(err) != "page_over" {
		t.Errorf("a cancelled page: %v", err)
	}
	equal(t, "orders", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM orders"), 0)
}

// TestPrepaymentPlacesThePagesOrder pays by transfer when the buyer is long gone.
func TestPrepaymentPlacesThePagesOrder(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	s := w.session(anna, 3000)
	id := w.page(s)
	ans, err := w.confirm(s, app.AuthorizeRequest{EmailCode: "000000", Method: "prepayment"})
	must(t, err)
	w.run(firstDay + 4)
	w.load(w.credit(3000, anna, annasIBAN, ans.Demand.Reference))
	w.work()
	p, err := w.ReadPage(ctx, w.shop, id)
	must(t, err)
	equal(t, "page", p.Page.Status, pay.PageCompleted)
	used, err := store.LoadID(ctx, w.DB, store.Authorizations, ans.Token)
	must(t, err)
	o, err := store.LoadID(ctx, w.DB, store.Orders, used.OrderID)
	must(t, err)
	for _, amount := range []int64{1000, 2000} {
		c, err := w.Capture(ctx, w.shop, app.Key{}, o.ID, amount, pay.Parcel{})
		must(t, err)
		equal(t, "open", w.invoice(c.InvoiceID).Open, 0)
	}
	equal(t, "credit used", w.balance(ledger.ConsumerCredit(string(ans.Consumer))), 0)
	f, err := w.FactsOf(ctx, ans.Consumer)
	must(t, err)
	equal(t, "paid at once", len(f.History.PaidNow) > 0, true)
	_, err = w.Refund(ctx, w.shop, app.Key{}, o.ID, 3000, pay.Parcel{})
	must(t, err)
	equal(t, "credit after the refund", w.balance(ledger.ConsumerCredit(string(ans.Consumer))), -3000)
	f, err = w.FactsOf(ctx, ans.Consumer)
	must(t, err)
	equal(t, "evidence after the refund", len(f.History.PaidNow), 0)
	verifyFacts(t, w.App, ans.Consumer)
	w.audit()
}

// TestNextDayIsAnotherDay keeps an authorization over midnight.
func TestNextDayIsAnotherDay(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.wall = time.Date(2026, 11, 23, 23, 40, 0, 0, pay.Germany.Zone)
	ans, cart := w.authorize(anna, "invoice_14", 2000)
	w.wall = w.wall.Add(30 * time.Minute)
	w.run(firstDay + 1)
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
	must(t, err)
	equal(t, "order", o.Status, pay.OrderAuthorized)
	verifyFacts(t, w.App, ans.Consumer)
}

// TestFillPage: shops' URL builders escape braces, in large or small letters; what names nothing stays.
func TestFillPage(t *testing.T) {
	for given, want := range map[string]string{
		"https://a.test/?o={{order_id}}&s={{session_id}}":         "https://a.test/?o=O&s=P",
		"https://a.test/?o=%7B%7Border_id%7D%7D":                  "https://a.test/?o=O",
		"https://a.test/?t=%7b%7bauthorization_token%7d%7d":       "https://a.test/?t=T",
		"https://a.test/{session.id}/{order.id}/%7Border.id%7D":   "https://a.test/S/O/O",
		"https://a.test/?o={checkout.order.id}&x={{unknown}}&y={": "https://a.test/?o=O&x={{unknown}}&y={",
	} {
		if got := app.FillPage(given, "ses_S", "hpp_P", "aut_T", "ord_O"); got != want {
			t.Errorf("%s: got %s, want %s", given, got, want)
		}
	}
}

// TestForeignMethod: what the shop does not offer is refused before anything is asked or counted.
func TestForeignMethod(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	other := withCode
	other.Method = "instalments"
	if _, err := w.confirm(w.session(anna, 2000), other); codeOf(err) != "bad_method" {
		t.Errorf("a method of other shops: %v", err)
	}
	equal(t, "decisions", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM decisions"), 0)
}

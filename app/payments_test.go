package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
)

const ourIBAN = "DE89370400440532013000"

// firstDay is the business day on which the small world of these tests begins.
var firstDay = cal.Date(2026, 11, 23)

// bank is an installation with one shop and what arrives on its account.
type bank struct {
	*app.App
	t    *testing.T
	shop app.Actor
	wall time.Time
	n    int // entries made for statements
}

var ctx = context.Background()

func newBank(t *testing.T, d storetest.Database) *bank {
	t.Helper()
	w := &bank{t: t}
	y, m, day := firstDay.YMD()
	w.wall = time.Date(y, m, day, 10, 0, 0, 0, pay.Germany.Zone)
	clock := app.NewClock(func() time.Time { return w.wall })
	db := d.OpenWith(t, store.Options{Now: clock.Now})
	must(t, db.SetDay(ctx, firstDay))
	v, err := vault.Create(filepath.Join(t.TempDir(), "master.key"))
	must(t, err)
	must(t, db.PutOperator(ctx, pay.Operator{ID: "opr_1", Name: "Operator", Licence: "factoring", Purchase: true, IBAN: "DE89 3704 0044 0532 0130 00"}))
	w.App, err = app.New(ctx, db, v, clock, "http://127.0.0.1")
	must(t, err)
	w.Demo = true
	w.shop = app.Actor{Merchant: w.newShop("Laden").ID}
	return w
}

func (w *bank) newShop(name string) pay.Merchant {
	w.t.Helper()
	m, _, err := w.CreateMerchant(ctx, app.System, pay.Merchant{Name: name, Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
		Methods: []string{"invoice_14", "invoice_30", "prepayment"}, FeeRate: 299, FeeFixed: 20, FeeTax: "DE19", FeeTaxRate: 1900, SettleDays: 3}, name)
	must(w.t, err)
	return m
}

// buyer is how a buyer of the small world is called.
type buyer struct{ given, family string }

func (p buyer) email() string {
	return strings.ToLower(p.given+"."+p.family) + "@example.org"
}

var (
	anna = buyer{"Anna", "Becker"}
	bert = buyer{"Bert", "Claussen"}
	cora = buyer{"Cora", "Dietrich"}
)

// authorize has a person confirm a purchase.
func (w *bank) authorize(p buyer, method string, amount int64) (*app.AuthorizeAnswer, pay.Cart) {
	w.t.Helper()
	ad := &pay.Address{GivenName: p.given, FamilyName: p.family, Street: "Hauptstr. 1", PostalCode: "10115", City: "Berlin", Country: "DE", Email: p.email()}
	cart := pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Amount: amount, Billing: ad, Buyer: &pay.Buyer{DateOfBirth: "1985-05-05"},
		Lines: []pay.Line{{Name: "Buch", Quantity: 1, UnitPrice: amount, TotalAmount: amount}}}
	s, err := w.CreateSession(ctx, w.shop, cart)
	must(w.t, err)
	free := int64(100_000)
	ans, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: method, Consent: true, EmailCode: "000000", MonthlyFree: &free})
	must(w.t, err)
	return ans, cart
}

// order has a person buy something that is not delivered yet.
func (w *bank) order(p buyer, amount int64) *pay.Order {
	w.t.Helper()
	ans, cart := w.authorize(p, "invoice_14", amount)
	if !ans.Approved {
		w.t.Fatalf("%s may not buy for %d: %+v", p.given, amount, ans)
	}
	o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
	must(w.t, err)
	return o
}

// buy has a person buy and get something on invoice.
func (w *bank) buy(p buyer, amount int64) *pay.Invoice {
	w.t.Helper()
	o := w.order(p, amount)
	c, err := w.Capture(ctx, w.shop, app.Key{}, o.ID, amount, pay.Parcel{})
	must(w.t, err)
	return w.invoice(c.InvoiceID)
}

func (w *bank) invoice(id pay.InvoiceID) *pay.Invoice {
	w.t.Helper()
	inv, err := store.LoadID(ctx, w.DB, store.Invoices, id)
	must(w.t, err)
	return inv
}

// credit is a transfer that arrived.
func (w *bank) credit(amount int64, from buyer, iban string, lines ...string) bankfile.Entry {
	w.n++
	day := firstDay + 5
	return bankfile.Entry{BankRef: fmt.Sprintf("B%06d", w.n), Amount: amount, Currency: money.EUR, Credit: true, Status: bankfile.Booked, Booked: day, Value: day,
		Code:    bankfile.TxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT"},
		Details: []bankfile.Detail{{Debtor: bankfile.Party{Name: from.given + " " + from.family, IBAN: bankfile.IBAN(iban)}, Text: lines}}}
}

func statement(t *testing.T, account string, entries ...bankfile.Entry) string {
	t.Helper()
	var b bytes.Buffer
	must(t, bankfile.WriteCAMT053(&b, &bankfile.Statement{MessageID: "M1", ID: "S1", Created: time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC), IBAN: bankfile.IBAN(account), Currency: money.EUR,
		Balances: []bankfile.Balance{{Type: "OPBD", Currency: money.EUR, Day: firstDay}}, Entries: entries}))
	return b.String()
}

func (w *bank) load(entries ...bankfile.Entry) app.ImportReport {
	w.t.Helper()
	r, err := w.ImportBank(ctx, app.System, "test.xml", strings.NewReader(statement(w.t, ourIBAN, entries...)), nil)
	must(w.t, err)
	return r
}

// balance sums an account over all buckets.
func (w *bank) balance(a ledger.Account) int64 {
	w.t.Helper()
	return storetest.Count(w.t, w.DB, "SELECT CAST(COALESCE(SUM(debit - credit), 0) AS BIGINT) FROM balances WHERE id = $1", string(a))
}

func (w *bank) audit() {
	w.t.Helper()
	_, err := w.App.Audit(ctx, func(string) {})
	must(w.t, err)
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

const annasIBAN, bertsIBAN = "DE02120300000000202051", "DE02500105170137075030"

func TestBuyShipPay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 5990)
		file := statement(t, ourIBAN, w.credit(5990, anna, annasIBAN, "Rechnung "+inv.Reference))
		for i, want := range []app.ImportReport{{Booked: 1, Assigned: 1}, {Repeated: 1}} {
			r, err := w.ImportBank(ctx, app.System, "test.xml", io.MultiReader(strings.NewReader(file)), nil)
			must(t, err)
			equal(t, fmt.Sprint("booked ", i), [3]int{r.Booked, r.Assigned, r.Repeated}, [3]int{want.Booked, want.Assigned, want.Repeated})
		}
		inv = w.invoice(inv.ID)
		equal(t, "open", inv.Open, 0)
		equal(t, "settled", inv.SettledDay, firstDay+5)
		equal(t, "bank", w.balance(ledger.Bank(ourIBAN)), 5990)
		equal(t, "unidentified", w.balance(ledger.Unidentified(ourIBAN)), 0)
		equal(t, "receivable", w.balance(ledger.Receivable(string(inv.ConsumerID))), 0)
		payments, err := w.DB.PaymentsOf(ctx, inv.ConsumerID, 10)
		must(t, err)
		equal(t, "payments", len(payments), 1)
		equal(t, "assigned", payments[0].Assigned, 5990)
		text, err := w.PaymentText(ctx, app.Actor{Consumer: inv.ConsumerID}, payments[0])
		must(t, err)
		equal(t, "payer", text.Name+" "+text.IBAN, "Anna Becker "+annasIBAN)
		w.audit()
	})
}

func TestPartOverAndDoublePayment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 5000)
		credit := ledger.ConsumerCredit(string(inv.ConsumerID))
		w.load(w.credit(2000, anna, annasIBAN, inv.Reference))
		equal(t, "open after a part", w.invoice(inv.ID).Open, 3000)
		w.load(w.credit(3500, anna, annasIBAN, inv.Reference))
		equal(t, "open after too much", w.invoice(inv.ID).Open, 0)
		equal(t, "credit after too much", w.balance(credit), -500)
		r := w.load(w.credit(5000, anna, annasIBAN, inv.Reference))
		equal(t, "a double payment is assigned", r.Assigned, 1)
		equal(t, "and listed", r.Listed[0].Why, app.WhyExcess)
		equal(t, "credit after paying twice", w.balance(credit), -5500)
		equal(t, "receivable", w.balance(ledger.Receivable(string(inv.ConsumerID))), 0)
		w.audit()
	})
}

func TestOneTransferForSeveralInvoices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		one, two := w.buy(anna, 3000), w.buy(anna, 4000)
		w.load(w.credit(6500, anna, annasIBAN, one.Reference+" und", two.Reference))
		equal(t, "first", w.invoice(one.ID).Open, 0)
		equal(t, "second", w.invoice(two.ID).Open, 500)
		w.audit()
	})
}

func TestSameBookingIsBookedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 9000)
		a, b, c := w.credit(1000, anna, annasIBAN, inv.Reference), w.credit(2000, anna, annasIBAN, inv.Reference), w.credit(3000, bert, bertsIBAN, "Danke")
		twin := a
		a.BankRef, twin.BankRef = "NONREF", "NONREF"
		r := w.load(a, twin, b)
		equal(t, "two equal transfers stay two", r.Booked, 3)
		equal(t, "open", w.invoice(inv.ID).Open, 5000)
		r = w.load(b, c, a, twin)
		equal(t, "an overlapping file brings one", [2]int{r.Booked, r.Repeated}, [2]int{1, 3})
		equal(t, "open", w.invoice(inv.ID).Open, 5000)
		equal(t, "unassigned", r.Unassigned, 1)
		equal(t, "why", r.Listed[0].Why, app.WhyNoReference)
		w.audit()
	})
}

func TestBrokenReferenceLines(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	for i, lines := range [][]string{{"Kd 77 RF%s", "%s vielen Dank"}, {"rf%s-%s"}, {"EREF+NOTPROVIDED SVWZ+RF%s %s"}} {
		inv := w.buy(buyer{"Anna", "Nr" + string(rune('a'+i))}, 2500)
		ref := strings.TrimPrefix(inv.Reference, "RF")
		parts := []any{ref[:5], ref[5:]}
		text := strings.Split(fmt.Sprintf(strings.Join(lines, "\n"), parts...), "\n")
		w.load(w.credit(2500, anna, annasIBAN, text...))
		equal(t, strings.Join(text, "|"), w.invoice(inv.ID).Open, 0)
	}
	w.audit()
}

func TestPrepaymentBecomesLive(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	ans, cart := w.authorize(anna, "prepayment", 7000)
	equal(t, "step", ans.StepUp, "payment")
	w.load(w.credit(3000, anna, annasIBAN, ans.Demand.Reference))
	if _, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart); err == nil {
		t.Fatal("an order before the money")
	}
	w.load(w.credit(4000, anna, annasIBAN, ans.Demand.Reference))
	_, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
	must(t, err)
	equal(t, "credit", w.balance(ledger.ConsumerCredit(string(ans.Consumer))), -7000)
	w.audit()
}

func TestDebitsAndReturnsAreListed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 5000)
		w.load(w.credit(5000, anna, annasIBAN, inv.Reference))
		back := w.credit(5000, anna, annasIBAN, inv.Reference)
		back.Credit, back.Details[0].ReturnCode = false, "AC04"
		fee := bankfile.Entry{BankRef: "FEE1", Amount: 150, Currency: money.EUR, Status: bankfile.Booked, Booked: firstDay + 5, Value: firstDay + 5, Info: "Entgelt", Code: bankfile.TxCode{Domain: "ACMT", Family: "MDOP", SubFamily: "CHRG"}}
		r := w.load(back, fee)
		equal(t, "other", r.Other, 2)
		equal(t, "reasons", r.Listed[0].Why+" "+r.Listed[1].Why, app.WhyReturn+" "+app.WhyDebit)
		equal(t, "the invoice stays paid", w.invoice(inv.ID).Open, 0)
		equal(t, "bank", w.balance(ledger.Bank(ourIBAN)), -150)
		others, err := w.OtherPayments(ctx, app.System, 10)
		must(t, err)
		equal(t, "others", len(others), 2)
		w.audit()
	})
}

func TestForeignAccountAndBrokenFileBookNothing(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 5000)
	_, err := w.ImportBank(ctx, app.System, "their.xml", strings.NewReader(statement(t, annasIBAN, w.credit(5000, anna, annasIBAN, inv.Reference))), nil)
	if err == nil || !strings.Contains(err.Error(), annasIBAN) {
		t.Errorf("a foreign account: %v", err)
	}
	good := statement(t, ourIBAN, w.credit(5000, anna, annasIBAN, inv.Reference), w.credit(1200, bert, bertsIBAN))
	bad := strings.Replace(good, ">12.00<", ">12,00<", 1)
	_, err = w.ImportBank(ctx, app.System, "bad.xml", strings.NewReader(bad), nil)
	var where *bankfile.Error
	var kind *pay.Error
	if !errors.As(err, &where) || !errors.As(err, &kind) || where.Entry != 2 || kind.Kind != pay.Invalid || !strings.Contains(err.Error(), "bad.xml: entry 2, element Ntry/Amt") {
		t.Errorf("a broken file: %v", err)
	}
	equal(t, "payments", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM payments"), 0)
	if _, err := w.ImportBank(ctx, app.Actor{Staff: "stf_1", Role: pay.RoleSupport}, "x", strings.NewReader(good), nil); err == nil {
		t.Error("support may import")
	}
}

func TestAnnouncementsAreNotBooked(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 5000)
	file := statement(t, ourIBAN, w.credit(5000, anna, annasIBAN, inv.Reference))
	notice := strings.NewReplacer("camt.053.001.08", "camt.054.001.08", "BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn", "<Stmt>", "<Ntfctn>", "</Stmt>", "</Ntfctn>").Replace(file)
	r, err := w.ImportBank(ctx, app.System, "notice.xml", strings.NewReader(notice), nil)
	must(t, err)
	equal(t, "announced", [2]int{r.Announced, r.Booked}, [2]int{1, 0})
	r, err = w.ImportBank(ctx, app.System, "statement.xml", strings.NewReader(file), nil)
	must(t, err)
	equal(t, "booked", r.Assigned, 1)
}

func TestDeskAssignsWithSuggestions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		desk := app.Actor{Staff: "stf_1", Role: pay.RoleFinance}
		var invoices []*pay.Invoice
		for _, p := range []buyer{anna, bert, cora} {
			invoices = append(invoices, w.buy(p, 4321))
		}
		swapped := []byte(invoices[0].Reference)
		swapped[7], swapped[8] = swapped[8], '0'+(swapped[7]-'0'+1)%10 // two characters wrong: no clue by itself
		oneOff := []byte(invoices[1].Reference)
		oneOff[9] = '0' + (oneOff[9]-'0'+3)%10
		w.load(w.credit(4321, anna, annasIBAN, string(swapped)), w.credit(4321, buyer{"B", "C"}, bertsIBAN, string(oneOff)), w.credit(5000, cora, "", "Bestellung"))
		list, err := w.Unassigned(ctx, desk, 10)
		must(t, err)
		equal(t, "waiting", len(list), 3)
		for _, u := range list {
			switch u.Text.Name {
			case "Anna Becker": // name and amount
				w.assign(desk, u, invoices[0])
			case "B C": // one character wrong, and the amount
				w.assign(desk, u, invoices[1])
			default: // the name alone says too little
				equal(t, "suggestions for "+u.Text.Name, len(u.Suggestions), 0)
				_, err := w.Assign(ctx, desk, app.Key{}, u.Payment.ID, invoices[2].ID)
				must(t, err)
			}
		}
		for _, inv := range invoices {
			equal(t, "open", w.invoice(inv.ID).Open, 0)
		}
		equal(t, "excess", w.balance(ledger.ConsumerCredit(string(invoices[2].ConsumerID))), -679)
		equal(t, "unidentified", w.balance(ledger.Unidentified(ourIBAN)), 0)
		w.audit()
	})
}

// TestDeskAssignsInTheSameBooks has a payment whose reference leads to the right books but to no invoice in them.
func TestDeskAssignsInTheSameBooks(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	inv := w.buy(anna, 4000)
	bucket := pay.BucketOf(pay.CellOf(string(inv.ID)))
	unknown, err := bankfile.NewReference(pay.ReferenceBody(bucket, 999))
	must(t, err)
	r := w.load(w.credit(4500, anna, annasIBAN, string(unknown)))
	equal(t, "why", r.Listed[0].Why, app.WhyUnknown)
	equal(t, "books", pay.BucketOf(pay.CellOf(string(r.Listed[0].Payment))), bucket)
	pm, err := w.Assign(ctx, app.System, app.Key{}, r.Listed[0].Payment, inv.ID)
	must(t, err)
	equal(t, "assigned", pm.Assigned, 4000)
	equal(t, "open", w.invoice(inv.ID).Open, 0)
	equal(t, "credit", w.balance(ledger.ConsumerCredit(string(inv.ConsumerID))), -500)
	text, err := w.PaymentText(ctx, app.Actor{Consumer: inv.ConsumerID}, pm)
	must(t, err)
	equal(t, "text", text.Name, "Anna Becker")
	w.audit()
}

// assign follows the first suggestion, twice, and tries another invoice afterwards.
func (w *bank) assign(desk app.Actor, u app.UnassignedPayment, want *pay.Invoice) {
	w.t.Helper()
	if len(u.Suggestions) == 0 || u.Suggestions[0].Invoice.ID != want.ID {
		w.t.Fatalf("%s: suggestions %+v", u.Text.Name, u.Suggestions)
	}
	for range 2 {
		pm, err := w.Assign(ctx, desk, app.Key{}, u.Payment.ID, want.ID)
		must(w.t, err)
		equal(w.t, "assigned", pm.Assigned, 4321)
	}
	other := w.buy(buyer{"Emil", u.Text.IBAN[4:8]}, 1000)
	if _, err := w.Assign(ctx, desk, app.Key{}, u.Payment.ID, other.ID); err == nil {
		w.t.Error("an assignment was replaced")
	}
	if _, err := w.Assign(ctx, w.shop, app.Key{}, u.Payment.ID, want.ID); err == nil {
		w.t.Error("a shop may assign")
	}
}

func TestPayerIsRememberedAndSuggested(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	first, second := w.buy(anna, 3000), w.buy(anna, 2500)
	w.load(w.credit(3000, anna, annasIBAN, first.Reference))
	w.load(w.credit(1700, buyer{"Eheleute", "Irgendwer"}, annasIBAN, "ohne Nummer"))
	list, err := w.Unassigned(ctx, app.System, 10)
	must(t, err)
	if len(list) != 1 || len(list[0].Suggestions) != 1 || list[0].Suggestions[0].Invoice.ID != second.ID {
		t.Fatalf("suggestions: %+v", list)
	}
	equal(t, "why", strings.Join(list[0].Suggestions[0].Why, " "), app.ClueAccount)
	equal(t, "name", list[0].Suggestions[0].Name, "Anna Becker")
}

// TestImportStopsAnywhere stops imports of one big file at any point; the last one, undisturbed, completes it exactly once.
func TestImportStopsAnywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		inv := w.buy(anna, 10000)
		var entries []bankfile.Entry
		for i := range 5000 {
			lines := []string{fmt.Sprint("Zahlung ", i)}
			if i%100 == 0 {
				lines = append(lines, inv.Reference)
			}
			entries = append(entries, w.credit(int64(100+i%7), bert, "", lines...))
		}
		file := statement(t, ourIBAN, entries...)
		for stop := range 6 {
			c, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Duration(stop*stop)*15*time.Millisecond, cancel)
			_, _ = w.ImportBank(c, app.System, "big.xml", strings.NewReader(file), nil)
			cancel()
		}
		r, err := w.ImportBank(ctx, app.System, "big.xml", strings.NewReader(file), nil)
		must(t, err)
		equal(t, "items", r.Booked+r.Repeated, 5000)
		equal(t, "payments", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM payments"), 5000)
		sum, paid := int64(0), int64(0)
		for i, e := range entries {
			sum += e.Amount
			if i%100 == 0 {
				paid += e.Amount
			}
		}
		equal(t, "bank", w.balance(ledger.Bank(ourIBAN)), sum)
		equal(t, "open", w.invoice(inv.ID).Open, 10000-paid)
		w.audit()
	})
}

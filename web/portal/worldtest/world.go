// Package worldtest makes a small installation for tests of pages: two shops, a few people with a past, and staff of
// every role. Everything in it happened through the real use cases on a real database.
package worldtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
	"zahlziel/web"
)

// World is one installation.
type World struct {
	*app.App
	t      testing.TB
	Ctx    context.Context
	Today  cal.Day
	Shoes  app.Actor // the shop "Schuhladen"
	Tea    app.Actor // the shop "Teehaus"
	Staff  map[string]pay.Staff
	Mailed *Post
	wall   time.Time
	worker *app.Worker
	n      int
}

// Password is everybody's at the desk.
const Password = "correct horse battery"

// OurIBAN is the operator's account.
const OurIBAN = "DE89370400440532013000"

// Post keeps the mails that were sent.
type Post struct {
	mu   sync.Mutex
	Sent []mail.Message
}

// Send keeps a mail.
func (p *Post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Sent = append(p.Sent, m)
	return nil
}

// To returns the mails to an address.
func (p *Post) To(address string) (out []mail.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.Sent {
		if m.To == address {
			out = append(out, m)
		}
	}
	return out
}

// New makes an installation without people on a day.
func New(t testing.TB, day cal.Day) *World { return On(t, day, storetest.SQLite(t), "") }

// On is New on an empty database, opened with a driver.
func On(t testing.TB, day cal.Day, d storetest.Database, driver string) *World {
	t.Helper()
	w := &World{t: t, Ctx: context.Background(), Staff: map[string]pay.Staff{}, Mailed: &Post{}}
	w.At(day, 10)
	clock := app.NewClock(func() time.Time { return w.wall })
	db, err := store.Open(w.Ctx, d.DSN, store.Options{Now: clock.Now, Driver: driver})
	w.must(err)
	t.Cleanup(func() { db.Close() })
	w.must(db.Migrate(w.Ctx, day, 0))
	v, err := vault.Create(filepath.Join(t.TempDir(), "master.key"))
	w.must(err)
	w.must(db.PutOperator(w.Ctx, pay.Operator{ID: "opr_1", Name: "Zahlziel Test GmbH", Licence: "factoring", Purchase: true, IBAN: OurIBAN, BIC: "COBADEFFXXX", Bank: "Testbank",
		Address: pay.Address{Street: "Hauptstr. 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, Email: "hilfe@zahlziel.test", Phone: "+49 30 1234567",
		Hours: "Mo.–Fr. 8–18 Uhr", DebtHelp: "https://www.meine-schulden.de/beratung", RegisterNo: "HRB 1"}))
	w.App, err = app.New(w.Ctx, db, v, clock, "http://127.0.0.1:8080")
	w.must(err)
	w.Demo, w.Log = true, slog.New(slog.NewTextHandler(io.Discard, nil))
	w.Shoes, w.Tea = w.shop("Schuhladen"), w.shop("Teehaus")
	w.worker = &app.Worker{App: w.App, Handlers: w.Handlers(w.Mailed, "Zahlziel <post@zahlziel.test>"), Owner: "test"}
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// At turns the clock to an hour of a day; the business day follows.
func (w *World) At(day cal.Day, hour int) {
	w.t.Helper()
	w.Today = day
	y, m, d := day.YMD()
	w.wall = time.Date(y, m, d, hour, 0, 0, 0, pay.Germany.Zone)
	if w.App != nil {
		w.must(w.DB.SetDay(w.Ctx, day))
		w.Clock.Set(day)
	}
}

func (w *World) shop(name string) app.Actor {
	w.t.Helper()
	m, _, err := w.CreateMerchant(w.Ctx, app.System, pay.Merchant{Name: name, Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR,
		Methods: []string{"invoice_14", "invoice_30", "prepayment"}, FeeRate: 249, FeeFixed: 35, FeeTax: "DE19", FeeTaxRate: 1900, SettleDays: 2, Email: "laden@shop.test"}, name)
	w.must(err)
	return app.Actor{Merchant: m.ID}
}

// Person is how a buyer is called.
type Person struct{ Given, Family, Email, Phone, PostalCode, City string }

// The people of the world.
var (
	Anna = Person{"Anna", "Müller-Lind", "anna@example.org", "+49 171 2345678", "50667", "Köln"}
	Ben  = Person{"Ben", "Okafor", "ben@example.org", "0152 9876543", "04109", "Leipzig"}
)

func (p Person) cart(lines ...pay.Line) pay.Cart {
	ad := &pay.Address{GivenName: p.Given, FamilyName: p.Family, Street: "Lindenweg 3", PostalCode: p.PostalCode, City: p.City, Country: "DE", Email: p.Email, Phone: p.Phone}
	c := pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Billing: ad, Buyer: &pay.Buyer{DateOfBirth: "1990-05-05"}, Reference1: "S-1000", Lines: lines}
	for _, l := range lines {
		c.Amount += l.TotalAmount
	}
	return c
}

// Line is one thing in a cart.
func Line(name string, amount int64) pay.Line {
	return pay.Line{Type: "physical", Reference: name, Name: name, Quantity: 1, UnitPrice: amount, TotalAmount: amount, TaxRate: 1900}
}

// Ask has a person confirm a purchase.
func (w *World) Ask(p Person, shop app.Actor, method string, lines ...pay.Line) (*app.AuthorizeAnswer, pay.Cart) {
	w.t.Helper()
	s, err := w.CreateSession(w.Ctx, shop, p.cart(lines...))
	w.must(err)
	free := int64(100_000)
	ans, err := w.Authorize(w.Ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: method, Consent: true, EmailCode: "000000", MonthlyFree: &free})
	w.must(err)
	return ans, s.Cart
}

// Order has a person buy something that is not delivered yet.
func (w *World) Order(p Person, shop app.Actor, method string, lines ...pay.Line) *pay.Order {
	w.t.Helper()
	ans, cart := w.Ask(p, shop, method, lines...)
	if !ans.Approved {
		w.t.Fatalf("%s may not buy: %+v", p.Given, ans.Methods)
	}
	o, err := w.PlaceOrder(w.Ctx, shop, app.Key{}, ans.Token, cart)
	w.must(err)
	return o
}

// Ship delivers an order wholly and returns its invoice.
func (w *World) Ship(shop app.Actor, o *pay.Order) *pay.Invoice {
	w.t.Helper()
	c, err := w.Capture(w.Ctx, shop, app.Key{}, o.ID, o.Amount, pay.Parcel{})
	w.must(err)
	inv, err := store.LoadID(w.Ctx, w.DB, store.Invoices, c.InvoiceID)
	w.must(err)
	return inv
}

// Receive books a transfer that arrived today.
func (w *World) Receive(amount int64, name, iban, text string) {
	w.t.Helper()
	w.n++
	e := bankfile.Entry{BankRef: fmt.Sprintf("B%06d", w.n), Amount: amount, Currency: money.EUR, Credit: true, Status: bankfile.Booked, Booked: w.Today, Value: w.Today,
		Code:    bankfile.TxCode{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT"},
		Details: []bankfile.Detail{{Debtor: bankfile.Party{Name: name, IBAN: bankfile.IBAN(iban)}, Text: []string{text}}}}
	var b bytes.Buffer
	w.must(bankfile.WriteCAMT053(&b, &bankfile.Statement{MessageID: fmt.Sprint("M", w.n), ID: fmt.Sprint("S", w.n), Created: w.wall, IBAN: OurIBAN, Currency: money.EUR,
		Balances: []bankfile.Balance{{Type: "OPBD", Currency: money.EUR, Day: w.Today}}, Entries: []bankfile.Entry{e}}))
	_, err := w.ImportBank(w.Ctx, app.System, "test.xml", &b, nil)
	w.must(err)
}

// Work does all jobs that are due.
func (w *World) Work() {
	w.t.Helper()
	for {
		n, err := w.worker.Once(w.Ctx)
		w.must(err)
		if n == 0 {
			return
		}
	}
}

// Consumer is the actor of a person.
func (w *World) Consumer(p Person) app.Actor {
	w.t.Helper()
	id, err := w.ConsumerByEmail(w.Ctx, p.Email)
	w.must(err)
	return app.Actor{Consumer: id}
}

var link = regexp.MustCompile(`/me/link/[\w-]+`)

// Link asks for a sign-in link and returns its path.
func (w *World) Link(p Person) string {
	w.t.Helper()
	w.must(w.SendSignInLink(w.Ctx, p.Email, "de"))
	w.Work()
	all := w.Mailed.To(p.Email)
	path := link.FindString(all[len(all)-1].Text)
	if path == "" {
		w.t.Fatal("the last mail holds no link")
	}
	return path
}

// Hire creates staff of the roles; without any, of every role. It takes its time, because hashing passwords has to.
func (w *World) Hire(roles ...string) {
	w.t.Helper()
	if len(roles) == 0 {
		roles = app.Roles
	}
	for _, role := range roles {
		s, err := w.CreateStaff(w.Ctx, app.System, pay.Staff{Email: role + "@zahlziel.test", Name: "Kim " + role, Role: role}, Password)
		w.must(err)
		w.Staff[role] = s
	}
}

// As is the actor of a role.
func (w *World) As(role string) app.Actor { return app.Actor{Staff: w.Staff[role].ID, Role: role} }

// Site wraps pages as a server would.
func (w *World) Site(register func(*web.Site, *http.ServeMux)) http.Handler {
	site := web.New(web.Config{Demo: true, Now: func() time.Time { return w.wall }, Log: w.Log})
	mux := http.NewServeMux()
	site.Register(mux)
	register(site, mux)
	mux.Handle("/", web.Handler(func(http.ResponseWriter, *http.Request) error { return web.Status(http.StatusNotFound) }))
	return site.Wrap(mux)
}

// Past is what happened to Anna and Ben.
type Past struct {
	Paid, Late, Overdue, Open *pay.Invoice // Anna's
	Bens                      *pay.Invoice
	Demand                    *pay.Invoice // Ben's prepayment
	AnnasOrder                *pay.Order
}

// Live lets Anna and Ben buy, pay and forget to pay, until 23 November 2026.
func Live(t testing.TB) (*World, *Past) { return LiveOn(t, storetest.SQLite(t), "") }

// LiveOn is Live on an empty database, opened with a driver.
func LiveOn(t testing.TB, d storetest.Database, driver string) (*World, *Past) {
	t.Helper()
	w, p := On(t, cal.Date(2026, 11, 2), d, driver), &Past{}
	const annas = "DE02120300000000202051"
	p.AnnasOrder = w.Order(Anna, w.Shoes, "invoice_14", Line("Wanderschuh Größe 39", 2990), Line("Versand", 490))
	late := w.Order(Anna, w.Tea, "invoice_14", Line("Assam 500 g", 2450))
	overdue := w.Order(Anna, w.Tea, "invoice_14", Line("Teekanne", 3590))
	w.At(cal.Date(2026, 11, 3), 11)
	p.Paid, p.Late, p.Overdue = w.Ship(w.Shoes, p.AnnasOrder), w.Ship(w.Tea, late), w.Ship(w.Tea, overdue)
	w.At(cal.Date(2026, 11, 9), 9)
	w.Receive(3480, "Anna Mueller-Lind", annas, "Rechnung "+p.Paid.Reference)
	open := w.Order(Anna, w.Shoes, "invoice_30", Line("Schnürsenkel", 890), Line("Pflegespray", 1290))
	w.At(cal.Date(2026, 11, 16), 9)
	p.Open = w.Ship(w.Shoes, open)
	_, err := w.Refund(w.Ctx, w.Tea, app.Key{}, overdue.ID, 500, pay.Parcel{Description: "Deckel hatte einen Sprung"})
	w.must(err)
	w.At(cal.Date(2026, 11, 20), 9)
	bens := w.Order(Ben, w.Tea, "invoice_14", Line("Sencha 200 g", 1990))
	p.Bens = w.Ship(w.Tea, bens)
	ans, _ := w.Ask(Ben, w.Shoes, "prepayment", Line("Stiefel", 18900))
	p.Demand = ans.Demand
	w.At(cal.Date(2026, 11, 23), 10)
	w.Receive(2450, "Anna Mueller-Lind", annas, p.Late.Reference)
	w.Receive(1990, "Ben Okafor", "DE02500105170137075030", "Tee vielen Dank")
	w.Work()
	return w, p
}

package checkout

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/integrations/sampleshop"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/shopapi"
	"zahlziel/store"
	"zahlziel/store/storetest"
	"zahlziel/vault"
	"zahlziel/web"
	"zahlziel/web/webtest"
)

// openWorld is a whole installation on an embedded database: the shop API, the checkout, and the two
// demonstration shops that sell through it, on one address.
func openWorld(t *testing.T) (*webtest.Browser, *app.App) {
	t.Helper()
	return openWorldOn(t, storetest.SQLite(t), "")
}

// openWorldOn is openWorld on an empty database, opened with a driver.
func openWorldOn(t *testing.T, d storetest.Database, driver string) (*webtest.Browser, *app.App) {
	t.Helper()
	ctx := context.Background()
	clock := app.NewClock(nil)
	clock.Turn(pay.Germany.Midnight(today) + 12*3600*1e6)
	db := must[*store.DB](t)(store.Open(ctx, d.DSN, store.Options{Now: clock.Now, Driver: driver}))
	t.Cleanup(func() { _ = db.Close() })
	ok(t, db.Migrate(ctx, today, 0))
	ok(t, db.PutOperator(ctx, pay.Operator{
		ID: "opr_1", Name: "Zahlziel Demo GmbH", Licence: "factoring", Purchase: true, IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX",
		Address: pay.Address{Street: "Hauptstr. 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, Email: "post@zahlziel.test", DebtHelp: "https://example.org/hilfe",
	}))
	a := must[*app.App](t)(app.New(ctx, db, must[*vault.Vault](t)(vault.Create(filepath.Join(t.TempDir(), "master.key"))), clock, ""))
	secrets := map[string]string{}
	for _, r := range sampleshop.Ranges {
		m := pay.Merchant{Name: r.Name(ctx), Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR, Methods: []string{"invoice_14", "invoice_30", "prepayment"}}
		_, secret, err := a.CreateMerchant(ctx, app.System, m, r.Slug)
		ok(t, err)
		secrets[r.Slug] = secret
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	site := web.New(web.Config{Demo: true, Now: time.Now, Log: log})
	mux := http.NewServeMux()
	site.Register(mux)
	New(site, a).Register(mux)
	var door http.Handler // needs the address, which the server only has once it runs
	b := webtest.NewBrowser(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { door.ServeHTTP(w, r) }))
	a.BaseURL = b.Base()
	door = shopapi.New(a, b.Base(), log).Wrap(site.Wrap(mux))
	sellers := map[string]sampleshop.Seller{}
	for slug, secret := range secrets {
		sellers[slug] = sampleshop.Wire{Base: b.Base(), User: slug, Password: secret, HTTP: http.DefaultClient}
	}
	shops := sampleshop.New(sampleshop.Config{Home: b.Base(), Sellers: sellers, Buyers: sampleshop.Buyers})
	mux.Handle(sampleshop.Path, shops)
	mux.Handle(sampleshop.Path+"/", shops)
	return b, a
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func buyer() url.Values {
	return url.Values{"given": {"Anna"}, "family": {"Berger"}, "email": {"anna.berger@example.org"}, "street": {"Lindenstraße 5"}, "postcode": {"80331"}, "city": {"München"}, "born.day": {"3"}, "born.month": {"12"}, "born.year": {"1990"}}
}

// toCheckout fills a basket, orders, and returns where the shop sent the buyer.
func toCheckout(t *testing.T, b *webtest.Browser, sku string) (string, string) {
	t.Helper()
	b.Get("/demo/schuhladen?lang=de")
	b.Post("/demo/schuhladen/basket", url.Values{"sku": {sku}, "delta": {"1"}})
	path, status, html := b.Post("/demo/schuhladen/order", buyer())
	if status != 200 || !strings.HasPrefix(path, "/checkout/pages/") {
		t.Fatalf("the shop led to %s with status %d: %s", path, status, html)
	}
	return path, html
}

// confirm passes the e-mail code with the code of test mode.
func confirm(t *testing.T, b *webtest.Browser, path string) (string, string) {
	t.Helper()
	base := path[:strings.LastIndex(path, "/")]
	if path, _, _ = b.Post(base+"/identify", born()); path != base+"/code" {
		t.Fatalf("after the details: %s", path)
	}
	path, status, html := b.Post(base+"/code", url.Values{"code": {"000000"}})
	if path != base+"/pay" && path != base+"/refused" {
		t.Fatalf("after the code: %s %d", path, status)
	}
	return base, html
}

func born() url.Values {
	return url.Values{"email": {"anna.berger@example.org"}, "born.day": {"3"}, "born.month": {"12"}, "born.year": {"1990"}}
}

// link finds the address of the one link that starts with prefix.
func link(t *testing.T, html, prefix string) string {
	t.Helper()
	at := strings.Index(html, `href="`+prefix)
	if at < 0 {
		t.Fatalf("no link to %s", prefix)
	}
	rest := html[at+len(`href="`):]
	return strings.ReplaceAll(rest[:strings.Index(rest, `"`)], "&amp;", "&")
}

func TestBuyOnInvoiceInARealShop(t *testing.T) {
	b, _ := openWorld(t)
	path, html := toCheckout(t, b, "STADT-3")
	if !strings.HasSuffix(path, "/identify") || !strings.Contains(html, "anna.berger@example.org") || !strings.Contains(html, "74,90") {
		t.Fatalf("%s: the page must know the basket and the address", path)
	}
	base, html := confirm(t, b, path)
	if !strings.Contains(html, "Rechnung, 30 Tage") || !strings.Contains(html, "Kreditaufnahme kostet Geld") || !strings.Contains(html, "festen Kosten") {
		t.Error("methods, warning or the question about the free amount are missing")
	}
	if _, _, html = b.Get(base + "/information/invoice_30"); !strings.Contains(html, "14 Tage") {
		t.Error("the pre-contract information does not name the right to withdraw")
	}
	path, status, html := b.Post(base+"/pay", url.Values{"method": {"invoice_30"}, "free": {"800"}, "consent": {"yes"}})
	if path != base+"/done" || status != 200 {
		t.Fatalf("after the choice: %s %d %s", path, status, html)
	}
	path, _, html = b.Get(link(t, html, b.Base()+"/demo/schuhladen/back/"))
	if !strings.Contains(path, "/thanks/") || !strings.Contains(html, "Danke") {
		t.Fatalf("back in the shop: %s", path)
	}
	office := link(t, html, "/demo/schuhladen/office/")
	if _, _, html = b.Post(office, url.Values{"act": {"ship"}}); !strings.Contains(html, "versandt") {
		t.Error("the goods were not sent")
	}
	if _, status, html = b.Post(office, url.Values{"act": {"refund"}, "amount": {"10,00"}}); status != 200 || !strings.Contains(html, "10,00") {
		t.Errorf("the refund: status %d", status)
	}
	if path, _, html = b.Get(base); path != base+"/done" || strings.Contains(html, "Abbrechen") {
		t.Errorf("a finished checkout leads to %s", path)
	}
}

func TestSecondPurchaseOnAKnownDeviceNeedsNoCode(t *testing.T) {
	b, _ := openWorld(t)
	path, _ := toCheckout(t, b, "SOCK-3")
	base, _ := confirm(t, b, path)
	b.Post(base+"/pay", url.Values{"method": {"invoice_14"}, "free": {"800"}, "consent": {"yes"}})
	path, html := toCheckout(t, b, "BAND-2")
	if !strings.HasSuffix(path, "/pay") {
		t.Fatalf("the second purchase begins at %s", path)
	}
	if strings.Contains(html, "festen Kosten") {
		t.Error("the question about the free amount was asked again within its twelve months")
	}
	other := buyer()
	other.Set("email", "lena.vogt@example.org")
	b.Post("/demo/schuhladen/basket", url.Values{"sku": {"SAND-1"}, "delta": {"1"}})
	if path, _, _ := b.Post("/demo/schuhladen/order", other); !strings.HasSuffix(path, "/identify") {
		t.Errorf("another address on the same device begins at %s", path)
	}
}

func TestTooMuchIsRefusedWithAWayAndPrepaymentWorks(t *testing.T) {
	b, a := openWorld(t)
	for range 2 {
		b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"2"}})
	}
	path, _ := toCheckout(t, b, "ALM-42")
	base, html := confirm(t, b, path)
	for _, want := range []string{"Das geht jetzt", "Was ist passiert?", "Warum?", "Rahmen", "Was Sie tun können", "bis 100,00", portalStanding} {
		if !strings.Contains(html, want) {
			t.Errorf("the refusal does not say %q", want)
		}
	}
	if _, _, html = b.Get(base + "/pay?all=yes"); !strings.Contains(html, "Zurzeit nicht möglich") || !strings.Contains(html, "Vorkasse") {
		t.Error("the list of all methods must show prepayment and what is not possible")
	}
	id, _ := pay.ParseID[pay.PageID](pay.PrefixPage, base[strings.LastIndex(base, "/")+1:])
	if page, err := a.ReadPage(context.Background(), app.System, id); err != nil || page.Page.Status != pay.PageFailed {
		t.Errorf("the shop sees %+v %v", page, err)
	}
	path, status, html := b.Post(base+"/pay", url.Values{"method": {"prepayment"}})
	if path != base+"/done" || status != 200 || !strings.Contains(html, "DE89 3704 0044 0532 0130 00") || !strings.Contains(html, "649,50") {
		t.Fatalf("prepayment: %s %d", path, status)
	}
	if path, _, _ = b.Get(base); path != base+"/done" {
		t.Errorf("coming back to a waiting prepayment leads to %s", path)
	}
	if id, err := a.ConsumerByEmail(context.Background(), "anna.berger@example.org"); err != nil || id == "" {
		t.Errorf("the buyer is not known: %v", err)
	}
}

func TestWrongCodeAndStrangePages(t *testing.T) {
	b, _ := openWorld(t)
	path, _ := toCheckout(t, b, "SOCK-3")
	base := path[:strings.LastIndex(path, "/")]
	b.Post(base+"/identify", born())
	if path, status, html := b.Post(base+"/code", url.Values{"code": {"123123"}}); status != 422 || path != base+"/code" || !strings.Contains(html, "#code") {
		t.Errorf("a wrong code: %s %d", path, status)
	}
	for _, path := range []string{"/checkout/pages/nonsense", "/checkout/pages/" + pay.Bare(pay.PageID(pay.MintID(pay.PrefixPage, 7, 1_700_000_000_000_000, [8]byte{1})))} {
		if _, status, _ := b.Get(path); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if _, _, html := b.Post(base+"/cancel", nil); !strings.Contains(html, b.Base()+"/demo/schuhladen/basket") {
		t.Error("cancelling does not lead back to the basket")
	}
}

func TestShotsOfARealRefusal(t *testing.T) {
	b, _ := openWorld(t)
	b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"4"}})
	path, _ := toCheckout(t, b, "ALM-42")
	base, _ := confirm(t, b, path)
	cookies := b.Cookies(base)
	webtest.Shots(t, "../..", []webtest.Shot{
		{Name: "checkout-real-refused", URL: b.Base() + base + "/refused?method=invoice_30", Cookies: cookies},
		{Name: "checkout-real-all", URL: b.Base() + base + "/pay?all=yes", Cookies: cookies},
		{Name: "checkout-real-information", URL: b.Base() + base + "/information/invoice_30", Cookies: cookies},
	})
}

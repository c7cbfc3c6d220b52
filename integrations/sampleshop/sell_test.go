package sampleshop

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"zahlziel/api"
	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/client"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/shopapi"
	"zahlziel/web"
	"zahlziel/web/portal/worldtest"
)

// openDoors serves both APIs of an installation and returns a seller for each.
func openDoors(t *testing.T) (*worldtest.World, map[string]Seller) {
	t.Helper()
	w := worldtest.New(t, cal.Date(2026, 11, 23))
	machines := http.NewServeMux()
	api.Routes(machines, w.App, func(r *http.Request) string { return r.RemoteAddr })
	var door http.Handler // needs the address, which the server only has once it runs
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { door.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.BaseURL = server.URL
	door = shopapi.New(w.App, server.URL, slog.New(slog.NewTextHandler(io.Discard, nil))).Wrap(machines)
	m, password, err := w.CreateMerchant(w.Ctx, app.System, pay.Merchant{Name: "Wire", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: money.EUR, Methods: []string{"invoice_14"}}, "wire")
	must(t, err)
	_, key, err := w.CreateKey(w.Ctx, app.System, m.ID, "sample", pay.Scopes)
	must(t, err)
	return w, map[string]Seller{"wire": Wire{server.URL, "wire", password, http.DefaultClient}, "native": Native{client.New(server.URL, key)}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestEverySellerSells goes through a purchase and a cancellation with each API of a real installation: what the shop
// sees is the same.
func TestEverySellerSells(t *testing.T) {
	w, sellers := openDoors(t)
	for name, s := range sellers {
		t.Run(name, func(t *testing.T) {
			sale := Sale{Number: "B-" + name, Locale: "de-DE", Items: []Item{{"S-1", "Schal", 2, 2490}, {"H-1", "Hut", 1, 3490}},
				Buyer:   Buyer{"Kai", "Lang", name + "@example.org", "Lindenweg 3", "50667", "Köln", web.DateValue{Day: "5", Month: "5", Year: "1990"}},
				Returns: Returns{Done: "https://shop.test/done?token={{authorization_token}}", Basket: "https://shop.test/basket", Failed: "https://shop.test/failed", Told: "https://shop.test/told"}}
			order := sell(t, w, s, sale)
			equal := func(want Order) {
				t.Helper()
				if got, err := s.Order(w.Ctx, order); err != nil || got != want {
					t.Errorf("the order is %+v (%v), want %+v", got, err, want)
				}
			}
			equal(Order{Status: "authorized", Amount: 8470, Remaining: 8470})
			must(t, s.Ship(w.Ctx, order, sale))
			equal(Order{Status: "captured", Amount: 8470, Captured: 8470})
			must(t, s.Refund(w.Ctx, order, 2490))
			equal(Order{Status: "captured", Amount: 8470, Captured: 8470, Refunded: 2490})
			var refused *RefusedError
			if err := s.Cancel(w.Ctx, order); !errors.As(err, &refused) || refused.Code == "" || refused.Text == "" || refused.Status/100 != 4 {
				t.Errorf("cancelling what was sent: %+v", err)
			}
			sale.Number, sale.Items = sale.Number+"-2", sale.Items[1:]
			order = sell(t, w, s, sale)
			must(t, s.Cancel(w.Ctx, order))
			equal(Order{Status: "cancelled", Amount: 3490})
		})
	}
}

// sell opens a sale, confirms it as the buyer would, and places it twice.
func sell(t *testing.T, w *worldtest.World, s Seller, sale Sale) string {
	t.Helper()
	to, err := s.Open(w.Ctx, sale)
	must(t, err)
	id, ok := pay.ParseID[pay.PageID](pay.PrefixPage, path.Base(to))
	if !ok {
		t.Fatalf("the buyer is sent to %s", to)
	}
	page, session, err := w.OpenPage(w.Ctx, id)
	must(t, err)
	told, returns := session.Cart, page.Settings
	if told.TaxAmount != sale.Tax() || told.Billing.City != "Köln" || told.Buyer.DateOfBirth != "1990-05-05" || told.Reference1 != sale.Number || told.URLs.Authorization != sale.Returns.Told ||
		returns.Success != sale.Returns.Done || returns.Back != sale.Returns.Basket || returns.Failure != sale.Returns.Failed {
		t.Errorf("the provider was told %+v %+v", told, returns)
	}
	free := int64(100_000)
	ans, err := w.Authorize(context.Background(), session.Session.ID, session.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000", MonthlyFree: &free})
	must(t, err)
	if !ans.Approved {
		t.Fatalf("%+v", ans)
	}
	token := pay.Bare(ans.Token)
	order, err := s.Place(w.Ctx, sale, token)
	must(t, err)
	if again, err := s.Place(w.Ctx, sale, token); err != nil || again != order || strings.Contains(order, "_") {
		t.Errorf("the same token again gives %s (%v), not %s", again, err, order)
	}
	return order
}

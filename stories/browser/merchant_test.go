package browser_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/pay"
)

var shopLink = regexp.MustCompile(`/merchant/link/[\w-]+`)

// merchantStory is a shop's owner: signs in by mail, enters an address for events, finds that a call was not taken, sends
// it again; a colleague who only reads sees the same and can change nothing.
func merchantStory(t *testing.T) {
	taken, broken := atomic.Int64{}, atomic.Bool{}
	broken.Store(true)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		taken.Add(1)
	}))
	t.Cleanup(shop.Close)
	m := program.demo.Merchants[1] // the other stories buy at the first

	owner := newTab(t, "de").withoutScript()
	owner.open("/merchant")
	owner.says("Anmelden für Shops")
	owner.shot("merchant-sign-in")
	owner.enterShop(m.Users[0].Email)
	owner.says(m.Name, "Letzte Auszahlung", "Neueste Bestellungen")
	owner.click(owner.linkTo("Schlüssel"))
	owner.fill(`[name=url]`, "ftp://nowhere.example")
	owner.clickTo(422, `form[action$="/endpoint"] button`)
	owner.says("die mit https:// beginnt")
	owner.fill(`[name=url]`, shop.URL+"/hook")
	owner.click(`form[action$="/endpoint"] button`)
	owner.says("Wir zeigen es nur jetzt", "whsec_")

	order := refundSome(t, m.ID)
	failed := func() bool {
		told, _, err := program.app.Told(context.Background(), app.Actor{Merchant: m.ID}, m.ID, app.ToldMark{})
		must(t, err)
		return len(told) > 0 && len(told[0].Tries) == 2 && told[0].Last().Status == http.StatusBadGateway
	}
	eventually(t, "the shop's broken address was called twice", failed) // the third try comes a minute later
	owner.open("/merchant")
	owner.says("Ihr Shop hat einen Aufruf nicht angenommen")
	owner.shot("merchant-overview", "dark")
	owner.click(owner.linkTo("Ansehen und noch einmal senden"))
	owner.says("order.refunded", "502", "Bestellung "+pay.ShortReference(order), "Nächster Versuch")
	owner.shot("merchant-calls")
	broken.Store(false)
	owner.click(`form[action="/merchant/calls"] button`)
	owner.says("Der Aufruf wird wiederholt")
	eventually(t, "the call was made again", func() bool { return taken.Load() > 0 })
	eventually(t, "the page shows that it was taken", func() bool {
		owner.open("/merchant/calls")
		return owner.has(".tag-success")
	})
	owner.says("3 Versuche", "200")
	owner.click(owner.linkTo("Bestellung " + pay.ShortReference(order)))
	owner.says("Erstattung", "Lieferung an")
	owner.shot("merchant-order")
	for _, path := range []string{"/merchant/orders", "/merchant/payouts", "/merchant/disputes", "/merchant/terms"} {
		owner.open(path)
	}
	owner.open("/merchant/payouts")
	owner.click(`main table a`)
	owner.says("Als PDF herunterladen", "Gebühren")
	owner.shot("merchant-payout")
	owner.open("/merchant/keys")
	owner.shot("merchant-keys")
	owner.click(`form[action$="/end-endpoint"] button`)
	owner.says("Ereignisse werden nicht mehr gesendet", "Ereignisse abbestellt")
	owner.open("/merchant/people")
	owner.shot("merchant-people")

	reader := newTab(t, "de")
	reader.enterShop(m.Users[1].Email)
	reader.open("/merchant/calls")
	reader.says("order.refunded")
	if reader.has(`form[action="/merchant/calls"]`) {
		t.Error("somebody who only reads is offered to send again")
	}
	reader.open("/merchant/keys")
	reader.says("Ändern kann es, wer den Shop verwaltet")
	reader.click(reader.linkTo("Abmelden"))
	reader.says("Anmelden für Shops")
}

// enterShop signs a shop's person in by the mailed link.
func (b *tab) enterShop(email string) {
	b.t.Helper()
	b.open("/merchant/sign-in")
	before := len(about(program.mails(b.t, email), "Anmelden"))
	b.fill(`[name=email]`, email)
	b.click(`main form button`)
	b.says("Sehen Sie in Ihr Postfach")
	link := shopLink.FindString(program.mailNumber(b.t, email, "Anmelden", before+1).Text)
	if link == "" {
		b.t.Fatal("the mail holds no link")
	}
	b.open(link)
	b.click(`main form button`)
}

// refundSome refunds a euro of a delivered order of a shop and returns the order.
func refundSome(t *testing.T, m pay.MerchantID) pay.OrderID {
	t.Helper()
	who := app.Actor{Merchant: m}
	orders, err := program.app.MerchantOrders(context.Background(), who, "", 50)
	must(t, err)
	for _, o := range orders {
		if o.Captured > o.Refunded+100 && o.Refunded == 0 {
			_, err := program.app.Refund(context.Background(), who, app.Key{}, o.ID, 100, pay.Parcel{Description: "Kratzer"})
			must(t, err)
			return o.ID
		}
	}
	t.Fatal("no order can be refunded")
	return ""
}

// eventually waits for what the worker does meanwhile.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not happen that %s\n%s", what, program.log.String())
		}
	}
}

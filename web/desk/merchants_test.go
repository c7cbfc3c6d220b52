package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/webtest"
)

var application = url.Values{"name": {"Radladen"}, "legal": {"Radladen GmbH"}, "owners": {"Petra Sommer"}, "owners-born.day": {"5"}, "owners-born.month": {"5"}, "owners-born.year": {"1970"},
	"website": {"https://rad.example"}, "email": {"rad@example.org"}, "iban": {"DE02120300000000202051"}, "goods": {"leisure"}, "market": {"DE"}, "mode": {"live"},
	"invoice_14": {"yes"}, "invoice_30": {"yes"}, "fee_rate": {"2,49"}, "fee_fixed": {"0,35"}, "settle": {"2"}, "cycle": {"weekly"}, "guarantee": {"yes"}}

var value = regexp.MustCompile(`name="digest" value="([0-9a-f]+)"`)

func TestAMerchantIsTakenOnByTwoPeople(t *testing.T) {
	w, _ := world(t)
	finance, risk := staff(t, w, pay.RoleFinance), staff(t, w, pay.RoleRisk)
	webtest.CheckHTML(t, "new shop", body(finance.Get("/desk/merchants/new")))
	for field, bad := range map[string]string{"name": "", "legal": "", "owners": "Petra", "website": "rad", "email": "rad", "iban": "DE00", "goods": "", "fee_rate": "x", "settle": "x", "cycle": "x", "market": "US"} {
		form := url.Values{}
		for k, v := range application {
			form[k] = v
		}
		form.Set(field, bad)
		_, status, html := finance.Post("/desk/merchants/new", form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(html, `href="#`+field+`"`) {
			t.Errorf("%s = %q: status %d", field, bad, status)
		}
	}
	_, status, html := finance.Post("/desk/merchants/new", application)
	has(t, "the page with the secret", html, "Radladen GmbH", "Petra Sommer", "wird nur jetzt gezeigt", "darf noch nicht verkaufen", "montags", "2,49")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	webtest.CheckHTML(t, "shop", html)
	m := merchantNamed(t, w.App, w.As(pay.RoleRisk), "Radladen")
	path := "/desk/merchants/" + pay.Bare(m.ID)
	has(t, "for support", body(staff(t, w, pay.RoleSupport).Get(path)), "Radladen GmbH", "!Petra Sommer", "!Freigabe beantragen")
	_, _, html = finance.Post(path+"/ask", nil)
	has(t, "after asking", html, "Die Freigabe ist beantragt", "Sie haben die Freigabe beantragt")
	digest := value.FindStringSubmatch(body(risk.Get(path)))
	if digest == nil {
		t.Fatal("the second person is not asked")
	}
	_, status, html = finance.Post(path+"/confirm", url.Values{"digest": {digest[1]}})
	has(t, "one person twice", html, "Eine andere Person muss")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("one person twice: status %d", status)
	}
	_, _, html = risk.Post(path+"/confirm", url.Values{"digest": {digest[1]}})
	has(t, "after confirming", html, "Der Shop ist freigegeben", "Freigegeben von")
	if m := merchantNamed(t, w.App, w.As(pay.RoleRisk), "Radladen"); m.Status != pay.MerchantActive {
		t.Errorf("the shop is %s", m.Status)
	}
	_, _, html = finance.Post(path+"/key", nil)
	has(t, "a second key", html, "wird nur jetzt gezeigt", "Beenden")
	has(t, "later", body(finance.Get(path)), "!wird nur jetzt gezeigt")
}

func body(_ string, _ int, html string) string { return html }

func merchantNamed(t *testing.T, a *app.App, who app.Actor, name string) pay.Merchant {
	t.Helper()
	list, err := a.Merchants(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no shop %s", name)
	return pay.Merchant{}
}

func TestCallsAreShownAndSentAgain(t *testing.T) {
	w, past := world(t)
	calls := 0
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			rw.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(shop.Close)
	b := staff(t, w, pay.RoleRisk)
	o, err := w.ReadOrder(w.Ctx, app.System, past.AnnasOrder.ID)
	if err != nil {
		t.Fatal(err)
	}
	path := "/desk/merchants/" + pay.Bare(o.Order.MerchantID)
	_, status, html := b.Post(path+"/webhook", url.Values{"url": {"ftp://shop"}})
	has(t, "a bad address", html, "die mit https:// beginnt")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a bad address: %d", status)
	}
	_, _, html = b.Post(path+"/webhook", url.Values{"url": {shop.URL + "/hook"}})
	has(t, "the secret", html, "whsec_", "Ereignisse gehen an")
	if _, err := w.Refund(w.Ctx, app.Actor{Merchant: o.Order.MerchantID}, app.Key{}, o.Order.ID, 100, pay.Parcel{}); err != nil {
		t.Fatal(err)
	}
	w.Work()
	_, _, html = b.Get(path)
	has(t, "a failed call", html, "502", "Ereignis", "Noch einmal senden")
	webtest.CheckHTML(t, "shop with calls", html)
	call := regexp.MustCompile(`name="call" value="([^"]+)"`).FindStringSubmatch(html)
	_, _, html = b.Post(path+"/resend", url.Values{"call": {call[1]}})
	has(t, "sent again", html, "Der Aufruf wird wiederholt")
	w.Work()
	has(t, "taken", body(b.Get(path)), "200")
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

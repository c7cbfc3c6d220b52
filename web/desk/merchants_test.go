package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/money"
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
	for field, bad := range map[string]string{"name": "", "legal": "", "owners": "Petra", "website": "rad", "email": "rad", "iban": "DE00", "goods": "", "fee_rate": "x", "settle": "x", "cycle": "x", "market": "US", "origins": "shop.example", "user": "x", "exposure_max": "x"} {
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

func TestAnApplicationIsEditedThenRefused(t *testing.T) {
	w, _ := world(t)
	finance, risk := staff(t, w, pay.RoleFinance), staff(t, w, pay.RoleRisk)
	finance.Post("/desk/merchants/new", application)
	w.Work()
	if n := len(w.Mailed.To("rad@example.org")); n != 1 {
		t.Errorf("%d invitations to the shop's address", n)
	}
	m := merchantNamed(t, w.App, w.As(pay.RoleRisk), "Radladen")
	path := "/desk/merchants/" + pay.Bare(m.ID)
	html := body(finance.Get(path + "/edit"))
	has(t, "the form", html, `value="Radladen GmbH"`, `value="Petra Sommer"`, `value="2,49"`, "Änderungen speichern", "!Betriebsart")
	changed := url.Values{}
	for k, v := range application {
		changed[k] = v
	}
	changed.Set("fee_rate", "x")
	_, status, html := finance.Post(path+"/edit", changed)
	has(t, "a bad fee", html, `href="#fee_rate"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a bad fee: %d", status)
	}
	changed.Set("fee_rate", "1,99")
	changed.Set("exposure_max", "5.000,00")
	changed.Set("origins", "https://kasse.rad.example https://app.rad.example")
	finance.Post(path+"/ask", nil)
	_, _, html = finance.Post(path+"/edit", changed)
	has(t, "edited", html, "Der Antrag ist geändert", "1,99", "5.000,00", "https://kasse.rad.example, https://app.rad.example", "Freigabe beantragen")
	if _, status, _ := staff(t, w, pay.RoleSupport).Get(path + "/edit"); status != http.StatusForbidden {
		t.Errorf("support edits: %d", status)
	}
	_, status, html = finance.Post(path+"/close", url.Values{"close-reason": {"no"}})
	has(t, "no reason", html, `href="#close-reason"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", status)
	}
	_, _, html = finance.Post(path+"/close", url.Values{"close-reason": {"Die Waren sind verboten"}})
	has(t, "asked", html, "Das Schließen ist beantragt", "Sie haben es beantragt", "Die Waren sind verboten", "!Schließen bestätigen")
	html = body(risk.Get(path))
	has(t, "for the second person", html, "Kim finance hat es beantragt", "Schließen bestätigen")
	digest := regexp.MustCompile(`/confirm-close"><input type="hidden" name="digest" value="([0-9a-f]+)"`).FindStringSubmatch(html)
	_, status, html = finance.Post(path+"/confirm-close", url.Values{"digest": {digest[1]}})
	has(t, "one person twice", html, `href="#closing"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("one person twice: %d", status)
	}
	_, _, html = risk.Post(path+"/confirm-close", url.Values{"digest": {digest[1]}})
	has(t, "closed", html, "Der Shop ist geschlossen", "Geschlossen von Kim finance und Kim risk", "!Freigabe beantragen", "!Antrag ändern")
	if _, status, _ := finance.Get(path + "/edit"); status != http.StatusConflict {
		t.Errorf("a closed shop is edited: %d", status)
	}
}

func TestTheDeskKeepsAShopsKeysAndPeople(t *testing.T) {
	w, past := world(t)
	o, err := w.ReadOrder(w.Ctx, app.System, past.AnnasOrder.ID)
	if err != nil {
		t.Fatal(err)
	}
	risk, support := staff(t, w, pay.RoleRisk), staff(t, w, pay.RoleSupport)
	path := "/desk/merchants/" + pay.Bare(o.Order.MerchantID)
	has(t, "no keys", body(support.Get(path+"/keys")), "Der Shop hat keinen API-Schlüssel", "!Schlüssel anlegen")
	if _, status, _ := support.Post(path+"/keys/new", url.Values{"name": {"Kasse"}, pay.ScopeOrdersRead: {"yes"}}); status != http.StatusForbidden {
		t.Errorf("support makes a key: %d", status)
	}
	if _, status, _ := staff(t, w, pay.RoleCollections).Get(path + "/keys"); status != http.StatusForbidden {
		t.Errorf("collections sees keys: %d", status)
	}
	_, status, html := risk.Post(path+"/keys/new", url.Values{"name": {"Kasse"}})
	has(t, "no scope", html, `href="#scopes"`, `value="Kasse"`, "Bestellungen lesen")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no scope: %d", status)
	}
	_, _, html = risk.Post(path+"/keys/new", url.Values{"name": {"Kasse"}, pay.ScopeOrdersRead: {"yes"}})
	secret := regexp.MustCompile(`zz_test_[\w-]+`).FindString(html)
	has(t, "a new key", html, "wird nur jetzt gezeigt", "Kasse", "API-Schlüssel angelegt", "Kim risk", `data-label="Was"`)
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(body(risk.Get(path + "/keys")))
	if who, _, err := w.KeyActor(w.Ctx, secret); err != nil || who == nil {
		t.Fatalf("the key does not work: %v", err)
	}
	if _, status, _ := risk.Post("/desk/merchants/"+pay.Bare(w.Tea.Merchant)+"/keys/end", url.Values{"key": {key[1]}}); status != http.StatusNotFound {
		t.Errorf("a key is ended on another shop's page: %d", status)
	}
	_, _, html = risk.Post(path+"/keys/exchange", url.Values{"key": {key[1]}})
	has(t, "exchanged", html, "gilt bis", "wird nur jetzt gezeigt")
	_, _, html = risk.Post(path+"/keys/end", url.Values{"key": {key[1]}})
	has(t, "ended", html, "Der Schlüssel ist beendet", "Ende eines API-Schlüssels gesetzt")
	if who, _, _ := w.KeyActor(w.Ctx, secret); who != nil {
		t.Error("an ended key works")
	}
	_, status, html = risk.Post(path+"/user", url.Values{"email": {"x"}, "role": {pay.RoleOwner}})
	has(t, "no address", html, `href="#email"`)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no address: %d", status)
	}
	_, _, html = risk.Post(path+"/user", url.Values{"email": {"kim@schuhladen.test"}, "person": {"Kim Alm"}, "role": {pay.RoleOwner}})
	has(t, "invited", html, "Die Person ist eingeladen", "kim@schuhladen.test", "Kim Alm")
	has(t, "for support", body(support.Get(path)), "!kim@schuhladen.test", "!Kim Alm")
	user := regexp.MustCompile(`name="user" value="([^"]+)"`).FindStringSubmatch(html)
	_, _, html = risk.Post(path+"/end-user", url.Values{"user": {user[1]}})
	has(t, "ended", html, "kann sich nicht mehr anmelden")
}

func TestAHeldShopIsATaskForAPerson(t *testing.T) {
	w, _ := world(t)
	finance, risk := staff(t, w, pay.RoleFinance), staff(t, w, pay.RoleRisk)
	finance.Post("/desk/merchants/new", application)
	m := merchantNamed(t, w.App, w.As(pay.RoleRisk), "Radladen")
	path := "/desk/merchants/" + pay.Bare(m.ID)
	finance.Post(path+"/ask", nil)
	risk.Post(path+"/confirm", url.Values{"digest": {value.FindStringSubmatch(body(risk.Get(path)))[1]}})
	has(t, "nothing to clear", body(risk.Get("/desk/screening")), "!Radladen")
	if err := w.SetLists(w.Ctx, app.System, app.Lists{Sanctioned: []app.Sanctioned{{Name: "Petra Sommer", Born: cal.NoDay}}}); err != nil {
		t.Fatal(err)
	}
	w.Work()
	has(t, "the task", body(risk.Get("/desk/screening")), "Shops, die zu klären sind", "Radladen", path)
	has(t, "the shop", body(risk.Get(path)), "wird nichts verkauft und nichts ausgezahlt", "Petra Sommer könnte", "Es sind andere Personen")
	_, _, html := risk.Post(path+"/clear", url.Values{"reason": {"Ausweis gesehen, andere Person"}})
	has(t, "cleared", html, "Die Einträge sind geklärt", "Freigegeben von", "!wird nichts verkauft")
	has(t, "nothing to clear again", body(risk.Get("/desk/screening")), "!Radladen")
}

func TestAClosedShopThatIsHeldCanBeReleased(t *testing.T) {
	w, _ := world(t)
	risk := staff(t, w, pay.RoleRisk)
	m, _, _, err := w.Onboard(w.Ctx, app.System, app.NewMerchant{Merchant: pay.Merchant{Name: "Radladen", Mode: pay.ModeTest, Market: "DE", Currency: money.EUR, Methods: []string{"invoice_14"},
		PayoutIBAN: "DE89370400440532013000", WebsiteURL: "https://rad.example", Email: "post@rad.example", Application: &pay.Application{Legal: "Radladen GmbH", Goods: pay.Goods[0]}},
		Owners: []pay.Owner{{Name: "Petra Sommer", Born: cal.Date(1980, 1, 2)}}})
	if err != nil {
		t.Fatal(err)
	}
	m.Status, m.Held = pay.MerchantClosed, true // by an entry that the lists have dropped since
	if err := w.DB.PutMerchant(w.Ctx, m); err != nil {
		t.Fatal(err)
	}
	path := "/desk/merchants/" + pay.Bare(m.ID)
	has(t, "the task", body(risk.Get("/desk/screening")), "Radladen", path)
	has(t, "the shop", body(risk.Get(path)), "nichts ausgezahlt", "Die Listen nennen heute niemanden", "Es sind andere Personen")
	_, _, html := risk.Post(path+"/clear", url.Values{"reason": {"Der Eintrag ist gelöscht"}})
	has(t, "released", html, "!nichts ausgezahlt")
	has(t, "nothing to clear", body(risk.Get("/desk/screening")), "!Radladen")
}

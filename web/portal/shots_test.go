package portal_test

import (
	"os"
	"strings"
	"testing"

	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

func TestShotsOfThePortal(t *testing.T) {
	if os.Getenv("ZAHLZIEL_UPDATE_SHOTS") == "" {
		return
	}
	w, past := worldtest.Live(t)
	b := webtest.NewBrowser(t, pages(w))
	sign := func(p worldtest.Person) map[string]string {
		token, err := w.UseSignInLink(w.Ctx, strings.TrimPrefix(w.Link(p), "/me/link/"))
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"portal": token}
	}
	anna, ben := sign(worldtest.Anna), sign(worldtest.Ben)
	var shots []webtest.Shot
	for name, path := range map[string]string{
		"home": "/me", "item": "/me/items/" + pay.Bare(past.Overdue.ID), "paid": "/me/items/" + pay.Bare(past.Paid.ID), "standing": "/me/standing",
		"way-back": "/me/way-back/invoice_14/5000", "history": "/me/history", "documents": "/me/documents", "withdraw": "/me/withdraw", "data": "/me/data", "settings": "/me/settings",
	} {
		shots = append(shots, webtest.Shot{Name: "portal-" + name, URL: b.Base() + path, Cookies: anna})
	}
	shots = append(shots,
		webtest.Shot{Name: "portal-ben-home", URL: b.Base() + "/me", Cookies: ben},
		webtest.Shot{Name: "portal-ben-standing", URL: b.Base() + "/me/standing", Cookies: ben},
		webtest.Shot{Name: "portal-sign-in", URL: b.Base() + "/me/sign-in", Cookies: map[string]string{"portal": "none"}},
		webtest.Shot{Name: "portal-link", URL: b.Base() + "/me/link/token", Cookies: map[string]string{"portal": "none"}})
	webtest.Shots(t, "../..", shots)
}

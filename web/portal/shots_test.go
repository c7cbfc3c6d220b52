package portal_test

import (
	"os"
	"strings"
	"testing"

	"zahlziel/app"
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
	promises := promised(t, w)
	anna, ben := sign(worldtest.Anna), sign(worldtest.Ben)
	var shots []webtest.Shot
	for name, path := range map[string]string{
		"home": "/me", "item": "/me/items/" + pay.Bare(past.Overdue.ID), "paid": "/me/items/" + pay.Bare(past.Paid.ID), "standing": "/me/standing",
		"way-back": "/me/way-back/invoice_14/5000", "promise": promises, "what-if": "/me/what-if?days=60&pay=" + pay.Bare(past.Overdue.ID), "decision": decisionOf(t, w), "history": "/me/history", "documents": "/me/documents", "withdraw": "/me/withdraw", "data": "/me/data", "settings": "/me/settings",
	} {
		shots = append(shots, webtest.Shot{Name: "portal-" + name, URL: b.Base() + path, Cookies: anna})
	}
	shots = append(shots,
		webtest.Shot{Name: "portal-standing-open", URL: b.Base() + "/me/standing", Cookies: anna, After: []webtest.Action{webtest.OpenAll}},
		webtest.Shot{Name: "portal-ben-home", URL: b.Base() + "/me", Cookies: ben},
		webtest.Shot{Name: "portal-ben-standing", URL: b.Base() + "/me/standing", Cookies: ben},
		webtest.Shot{Name: "portal-sign-in", URL: b.Base() + "/me/sign-in", Cookies: map[string]string{"portal": "none"}},
		webtest.Shot{Name: "portal-link", URL: b.Base() + "/me/link/token", Cookies: map[string]string{"portal": "none"}})
	webtest.Shots(t, "../..", shots)
}

// promised has Anna accept a plan and returns the page of the promise.
func promised(t *testing.T, w *worldtest.World) string {
	who := w.Consumer(worldtest.Anna)
	way, err := w.WayBack(w.Ctx, who, "invoice_14", 4500)
	if err != nil || len(way.Way.Plans) == 0 {
		t.Fatalf("no plan: %v", err)
	}
	v, err := w.AcceptPlan(w.Ctx, who, app.Key{}, way.PlanKeys()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	w.Work()
	return "/me/promises/" + pay.Bare(v.Promise.ID)
}

func decisionOf(t *testing.T, w *worldtest.World) string {
	m, err := w.MyStanding(w.Ctx, w.Consumer(worldtest.Anna), false)
	if err != nil {
		t.Fatal(err)
	}
	return "/me/decisions/" + pay.Bare(m.Decisions[0].Row.ID)
}

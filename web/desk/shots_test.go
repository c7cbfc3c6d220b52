package desk_test

import (
	"os"
	"testing"

	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

func TestShotsOfTheDesk(t *testing.T) {
	if os.Getenv("ZAHLZIEL_UPDATE_SHOTS") == "" {
		return
	}
	w, _ := world(t, pay.RoleAdmin)
	b := webtest.NewBrowser(t, pages(w))
	token, err := w.SignInStaff(w.Ctx, "admin@zahlziel.test", worldtest.Password)
	if err != nil {
		t.Fatal(err)
	}
	anna := w.Consumer(worldtest.Anna).Consumer
	story, err := w.Story(w.Ctx, w.As(pay.RoleAdmin), anna)
	if err != nil {
		t.Fatal(err)
	}
	var shots []webtest.Shot
	for name, path := range map[string]string{
		"start": "/desk", "story": "/desk/consumers/" + pay.Bare(anna), "decision": "/desk/decisions/" + pay.Bare(story.Decisions[0].Row.ID),
		"payments": "/desk/payments", "merchants": "/desk/merchants", "health": "/desk/health", "policies": "/desk/policies", "policy": "/desk/policies/de-standard/2", "promises": "/desk/promises", "screening": "/desk/screening",
	} {
		shots = append(shots, webtest.Shot{Name: "desk-" + name, URL: b.Base() + path, Cookies: map[string]string{"desk": token}})
	}
	shots = append(shots, webtest.Shot{Name: "desk-sign-in", URL: b.Base() + "/desk/sign-in", Cookies: map[string]string{"desk": "none"}})
	webtest.Shots(t, "../..", shots)
}

package desk_test

import (
	"os"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

// TestShotsOfDecidingPages takes the pages on which people decide about orders and contests, and the consumer's side of it.
func TestShotsOfDecidingPages(t *testing.T) {
	if os.Getenv("ZAHLZIEL_UPDATE_SHOTS") == "" {
		return
	}
	w, _ := world(t)
	waitingOrder(t, w)
	pending, err := w.Pending(w.Ctx, w.As(pay.RoleRisk))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.DayRun(w.Ctx, w.Today+1, nil); err != nil {
		t.Fatal(err)
	}
	w.Work()
	portal, err := w.UseSignInLink(w.Ctx, w.Link(worldtest.Anna)[len("/me/link/"):])
	if err != nil {
		t.Fatal(err)
	}
	anna := w.Consumer(worldtest.Anna)
	_, decisions, err := w.MyReviews(w.Ctx, anna)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(fact string) pay.ReviewID {
		r, err := w.AskReview(w.Ctx, anna, app.Key{}, app.Contest{Decision: decisions[0].Row.ID, Fact: fact, Text: "Ich hatte rechtzeitig bezahlt, der Beleg liegt bei.", Files: [][]byte{[]byte("%PDF-1.4 paper")}})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	done, open := ask("address"), ask("late_payment")
	answer := app.ReviewAnswer{Text: "Wir haben Ihren Beleg geprüft. Die Anschrift stimmt.", Corrections: []app.Correction{{Fact: "address"}}}
	if _, err := w.AnswerReview(w.Ctx, w.As(pay.RoleSupport), done, answer); err != nil {
		t.Fatal(err)
	}
	b := webtest.NewBrowser(t, pages(w))
	desk, err := w.SignInStaff(w.Ctx, "risk@zahlziel.test", worldtest.Password)
	if err != nil {
		t.Fatal(err)
	}
	var shots []webtest.Shot
	for name, path := range map[string]string{
		"desk-pending": "/desk/pending", "desk-check": "/desk/pending/" + pay.Bare(pending[0].Check.ID), "desk-fraud": "/desk/fraud",
		"desk-reviews": "/desk/reviews", "desk-review": "/desk/reviews/" + pay.Bare(open), "portal-reviews": "/me/reviews",
		"portal-contest": "/me/decisions/" + pay.Bare(decisions[0].Row.ID) + "/review", "portal-review": "/me/reviews/" + pay.Bare(done),
	} {
		shots = append(shots, webtest.Shot{Name: name, URL: b.Base() + path, Cookies: map[string]string{"desk": desk, "portal": portal}})
	}
	webtest.Shots(t, "../..", shots)
}

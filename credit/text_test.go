package credit

import (
	"slices"
	"strings"
	"testing"
)

// annaText is the golden example in words.
var annaText = map[string]string{
	"de": `So kaufen Sie wieder auf Rechnung.
1. Zahlen Sie 2 Rechnungen bis 25. November 2026: R-1001 (59,90 €) und R-1002 (24,50 €), zusammen 84,40 €.
2. Zahlen Sie Rechnung R-1003 (120,00 €) wie vereinbart bis 2. Dezember 2026.
Ab 3. Dezember 2026 können Sie bis 50,00 € auf Rechnung kaufen.
Das gilt bis 2. Januar 2027, auch wenn wir unsere Punkte ändern.
Die Zusage endet vorher nur aus diesen Gründen:
– Eine Rechnung außerhalb des Plans ist zu spät.
– Seit dem Plan gab es mehr als drei neue Anfragen für Kauf auf Rechnung.
– Vor Beginn der Zusage gab es einen neuen Kauf auf Rechnung.
– Ein Schritt des Plans wurde nicht bis zu seinem Tag gemacht.
– Wir prüfen Ihr Konto zu Ihrer Sicherheit.
– Es gibt ein Insolvenz- oder Nachlassverfahren.
– Eine Prüfung, die das Gesetz am Tag des Kaufs verlangt, ist nicht bestanden.
– Diese Zahlungsart wird hier nicht mehr angeboten.
– Eine Zahlung oder Bestätigung aus dem Plan wurde zurückgenommen oder war falsch.
– Sie haben selbst eine Pause eingestellt.
– Das Gesetz verbietet diesen Vertrag.
Nach heutigem Stand sind mit denselben Schritten ab 12. Dezember 2026 bis 100,00 € möglich.
Heute möglich: Sofortüberweisung, Vorkasse.
Kostenlose Schuldnerberatung: schuldnerberatung.example.`,
	"en": `How to buy by invoice again.
1. Pay 2 invoices by 25 November 2026: R-1001 (€59.90) and R-1002 (€24.50), €84.40 in total.
2. Pay invoice R-1003 (€120.00) as agreed by 2 December 2026.
From 3 December 2026 you can buy by invoice for up to €50.00.
This holds until 2 January 2027, even if we change our points.
The promise ends earlier only for these reasons:
– An invoice outside the plan is late.
– There were more than three new pay-later requests since the plan.
– There was a new purchase by invoice before the promise began.
– A step of the plan was not done by its day.
– We are checking your account for your security.
– There is an insolvency or estate procedure.
– A check that the law requires on the day of the purchase has not been passed.
– This payment method is no longer offered here.
– A payment or confirmation of the plan was taken back or was false.
– You set a pause yourself.
– The law forbids this contract.
As things stand today, the same steps make up to €100.00 possible from 12 December 2026.
Possible today: instant transfer, prepayment.
Free debt advice: schuldnerberatung.example.`,
}

func TestAnnaText(t *testing.T) {
	a, f := anna(t)
	p, g := policy(t), annaGoal(a, Invoice14, 5000)
	plan := planOf(t, WayBack(p, &f, g), Cheapest)
	around := Around{Rungs: Rise(p, &f, g, &plan, []int64{5000, 10000, 25000}), DebtHelp: "schuldnerberatung.example"}
	for lang, today := range map[string][]string{"de": {"Sofortüberweisung", "Vorkasse"}, "en": {"instant transfer", "prepayment"}} {
		around.Today = today
		if got := plan.Text(g, around, lang); !slices.Equal(got, strings.Split(annaText[lang], "\n")) {
			t.Errorf("%s:\n%s", lang, strings.Join(got, "\n"))
		}
	}
}

// TestWaitSaysWhy: waiting names what heals on the day, here two enquiries that leave the window of ninety days.
func TestWaitSaysWhy(t *testing.T) {
	a, f := anna(t)
	p, g := policy(t), annaGoal(a, Invoice30, 10000)
	plan := planOf(t, WayBack(p, &f, g), Cheapest)
	lines := plan.Text(g, Around{}, "de")
	want := "3. Warten Sie bis 12. Dezember 2026. Anfragen für Kauf auf Rechnung in 90 Tagen: 8, 20 von 70 Punkten. Am 12. Dezember 2026 sind es noch 7."
	if !slices.Contains(lines, want) {
		t.Errorf("no line %q in\n%s", want, strings.Join(lines, "\n"))
	}
}

// TestSmallPurchases: points that lack evidence and nothing else can come from purchases paid at once; what only a person
// can help with gets no such offer, and never a purchase on credit.
func TestSmallPurchases(t *testing.T) {
	p, err := policy(t).Derive(func(p *Policy, _ *Card) {
		for i := range p.Methods {
			if p.Methods[i].Method == Invoice14 {
				p.Methods[i].MinScore = 940 // within reach only with two purchases paid on time
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f, g := verified(genToday), Goal{Method: Invoice14, Request: request(genToday, 5000)}
	f.Opened = genToday - 200
	n := WayBack(p, &f, g).None
	if n == nil || n.Small != 2 || len(n.Steps) != 1 || n.Steps[0].Kind != BuySmallAndPay || n.Steps[0].Amount != p.Evidence.PayNowMinAmount {
		t.Fatalf("evidence is missing: %+v", n)
	}
	g.Request.Offers[InstantBank].Enabled, g.Request.Offers[Prepayment].Enabled = false, false
	if n := WayBack(p, &f, g).None; n == nil || n.Small != 0 || len(n.Steps) != 0 {
		t.Errorf("nobody offers to pay at once: %+v", n)
	}
	g.Request.Offers = offers()
	f.Security = HoldCredit
	if n := WayBack(p, &f, g).None; n == nil || n.Small != 0 || len(n.Steps) != 1 || n.Steps[0].Kind != ContactStep {
		t.Errorf("a person has to look: %+v", n)
	}
}

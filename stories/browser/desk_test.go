package browser_test

import (
	"context"
	"strings"
	"testing"

	"zahlziel/pay"
)

// desk is a day of the staff: find the consumer of the story, read everything, put a payment where it belongs.
func desk(t *testing.T) {
	b := newTab(t, "de")
	b.open("/desk")
	login := staff(t, pay.RoleFinance)
	b.fill(`[name=email]`, login[0])
	b.fill(`[name=password]`, "wrong "+login[1])
	b.clickTo(422, `main form:has([name=password]) button`)
	b.says("E-Mail-Adresse oder Passwort stimmt nicht.")
	b.fill(`[name=password]`, login[1])
	b.click(`main form:has([name=password]) button`)

	for _, query := range []string{paula.Email, "winter paula"} {
		b.open("/desk")
		b.fill(`[name=q]`, query)
		b.click(`form[role=search] button`)
		b.says("Eine Person gefunden", "Paula Winter")
	}
	b.click(b.linkTo("Paula Winter"))
	b.says("Paula Winter", paula.Email, "Gartenstraße 17", "64,80 €", "74,90 €", "Entscheidung", "Zahlung")
	story := b.path()
	b.shot("desk-story")
	b.click(`a[href^="/desk/decisions/"]`)
	b.says("Punkte")

	program.book(t, transfer{Amount: 4990, Name: paula.Name(), IBAN: paula.IBAN, Text: "Sandalen, vielen Dank"})
	b.open("/desk/payments")
	b.says("49,90 €", "Sandalen, vielen Dank", "hat von diesem Konto schon gezahlt", "Betrag passt genau")
	form := b.attr(`form:has(button[name=invoice])`, "action")
	b.click(`button[name=invoice]`)
	b.says("Die Zahlung ist zugeordnet.")
	assigned(t, strings.Split(form, "/")[3])
	b.open(story + "?kind=audit")
	b.says("Einsicht und Anmeldung")
	b.says("Demo finance", "angesehen: alles über die Person", "angesehen: Vorschlag für eine Zahlung", "Link zur Anmeldung bestellt")
	b.open("/desk/merchants")
	b.says("Schuhladen Alm", "Lichthaus Nord")
	b.open("/desk/health")
	b.says("Zahlungen ohne Rechnung", "Geschäftstag")
	b.click(b.linkTo("Abmelden"))
}

// assigned wants the one line in the audit trail that says who put the payment on which invoice.
func assigned(t *testing.T, payment string) {
	t.Helper()
	id, ok := pay.ParseID[pay.PaymentID](pay.PrefixPayment, payment)
	if !ok {
		t.Fatalf("%q is no payment", payment)
	}
	lines, err := program.app.DB.LooksAt(context.Background(), pay.BucketOf(pay.CellOf(string(id))), string(id), 20)
	must(t, err)
	found := 0
	for _, l := range lines {
		if l.Action == "assign_payment" && strings.HasPrefix(l.Detail, "inv_") {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the audit trail has %d lines about the assignment: %+v", found, lines)
	}
}

// staff is the login of a role: address and password.
func staff(t *testing.T, role string) [2]string {
	t.Helper()
	for _, s := range program.demo.Staff {
		if s.Role == role {
			return [2]string{s.Email, s.Password}
		}
	}
	t.Fatalf("nobody has the role %s", role)
	return [2]string{}
}

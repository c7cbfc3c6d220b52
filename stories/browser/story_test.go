package browser_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zahlziel/cal"
)

var paula = person{"Paula", "Winter", "paula.winter@example.org", "Gartenstraße 17", "79098", "Freiburg", [3]string{"14", "6", "1987"}, "DE89370400440532013000"}

// TestStory is the whole way of one consumer: buy on invoice, pay; buy again, do not pay, be refused, follow the way back
// to the cent and the day, and buy again.
func TestStory(t *testing.T) {
	shop, me := newTab(t, "de"), newTab(t, "de")
	firstPurchase(t, shop, me)
	invoice := unpaidPurchase(t, shop, me)
	plan := refusal(t, shop, me)
	followed(t, shop, me, invoice, plan)
}

// firstPurchase buys as somebody new, sees the request in the mailbox and pays it.
func firstPurchase(t *testing.T, shop, me *tab) {
	shop.put("SAND-1", "SOCK-3")
	shop.orderAs(paula)
	shop.says("Wer kauft ein?", "64,80 €")
	shop.identify(paula)

	shop.says("Wie möchten Sie bezahlen?", "Rechnung, 14 Tage", "Vorkasse", "effektiver Jahreszins 0,00 %", "Achtung! Kreditaufnahme kostet Geld.")
	if eval[int](shop, `document.querySelectorAll('input:checked').length`) != 0 {
		t.Error("something is ticked before the person ticks it")
	}
	information(t, shop)
	shop.clickTo(422, `.pay-form button`)
	shop.says("Bitte wählen Sie, wie Sie zahlen möchten.")
	shop.tick(`#method-invoice_14`)
	shop.fill(`[name=free]`, "450")
	shop.clickTo(422, `.pay-form button`)
	shop.says("Bitte setzen Sie das Häkchen")
	if got := eval[string](shop, `document.querySelector('[name=free]').value`); got != "450" {
		t.Errorf("the form forgot the amount that was typed: %q", got)
	}
	shop.tick(`#consent`)
	shop.click(`.pay-form button`)

	shop.says("Das hat geklappt", "64,80 €", "Rechnung, 14 Tage")
	shop.click(`main a.button-primary`)
	shop.says("Danke für Ihre Bestellung", "64,80 €")
	request := ship(t, shop)
	for _, want := range []string{"64,80", "7. Dezember 2026"} {
		if !strings.Contains(plain(request.Text), want) {
			t.Errorf("the payment request does not say %q:\n%s", want, request.Text)
		}
	}
	me.signIn(paula)
	me.says("Das zahlen Sie als Nächstes", "64,80 €", "Zahlen bis 7. Dezember 2026 (in 14 Tagen)")
	papers(t, me, request)

	must(t, program.runDays(start+3))
	me.open("/me")
	me.says("(in 11 Tagen)")
	pay := me.slip()
	program.book(t, transfer{Amount: pay.Amount, Name: paula.Name(), IBAN: paula.IBAN, Text: "Danke! " + pay.Reference})
	me.open("/me")
	me.says("Sie haben nichts offen")
	me.open("/me/history")
	me.says("64,80 €", "26. November 2026")
}

// information reads what the law wants to be read before the contract and comes back.
func information(t *testing.T, shop *tab) {
	at := shop.path()
	shop.click(`a[href$="/information/invoice_14"]`)
	shop.says("64,80 €", "Widerruf")
	shop.click(shop.linkTo("Zurück zur Zahlungsart"))
	if shop.path() != at {
		t.Errorf("the way back from the information leads to %s", shop.path())
	}
}

// ship sends the goods in the shop's office and returns the payment request from the mailbox.
func ship(t *testing.T, shop *tab) letter {
	before := len(program.mails(t, paula.Email))
	shop.click(shop.linkTo("Als Händler versenden"))
	shop.says("wartet auf Versand")
	shop.click(`button[value=ship]`)
	shop.says("versandt")
	return program.mail(t, paula.Email, "bitte zahlen Sie", before)
}

// papers compares the PDF of the mail with that of the portal and reads it.
func papers(t *testing.T, me *tab, request letter) {
	if len(request.Attachments) != 1 || request.Attachments[0].Type != "application/pdf" {
		t.Fatalf("the payment request has the attachments %+v", request.Attachments)
	}
	mailed := program.get(t, "/mailbox/"+request.Attachments[0].URL)
	me.click(`main a[href^="/me/items/"]`)
	me.says("Was geschehen ist", "Zahlungsaufforderung")
	kept := me.download(me.attr(`a[href^="/me/documents/"]`, "href"))
	if string(mailed) != string(kept) {
		t.Errorf("the portal's paper (%d bytes) is not the mailed one (%d bytes)", len(kept), len(mailed))
	}
	text := pdfText(t, mailed)
	for _, want := range []string{"Paula Winter", "Gartenstraße 17", "Sandale Ufer", "Wollsocken", "64,80", "7. Dezember 2026", pdfReference(me)} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF does not say %q:\n%s", want, text)
		}
	}
	me.open("/me/documents")
	me.says("Zahlungsaufforderung", "Vertrag", "Information vor dem Vertrag")
}

func pdfReference(me *tab) string { return me.slip().Reference }

// pdfText is what a reader sees in a PDF.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Fatal("pdftotext is missing: apt-get install poppler-utils (scripts/check does it as root)")
	}
	file := filepath.Join(t.TempDir(), "paper.pdf")
	must(t, os.WriteFile(file, pdf, 0o600))
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	must(t, err)
	return plain(string(out))
}

// unpaidPurchase buys again with the device that is known, and then only time passes.
func unpaidPurchase(t *testing.T, shop, me *tab) slip {
	shop.put("STADT-3")
	shop.orderAs(paula)
	shop.identify(paula)
	shop.tick(`#method-invoice_14`)
	if shop.has(`[name=free]`) {
		t.Error("the law's question is asked again within its twelve months")
	}
	shop.tick(`#consent`)
	shop.click(`.pay-form button`)
	shop.click(`main a.button-primary`)
	ship(t, shop)
	me.open("/me")
	me.says("74,90 €", "Zahlen bis 10. Dezember 2026")
	pay := me.slip()

	before := len(program.mails(t, paula.Email))
	due := start + 3 + 14
	must(t, program.runDays(due+30))
	reminders := []letter{}
	for _, m := range program.mails(t, paula.Email)[:len(program.mails(t, paula.Email))-before] {
		reminders = append(reminders, m)
	}
	t.Logf("%v", subjects(reminders))
	me.open("/me")
	t.Log(me.dump())
	return pay
}

// plan is a way back as the page tells it.
type plan struct {
	pay   []payment
	from  cal.Day
	until string
}

type payment struct {
	amount int64
	by     cal.Day
}

var german = regexp.MustCompile(`(\d{1,2})\. (Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember) (\d{4})`)

// day reads the first German day of a text.
func day(t testing.TB, text string) cal.Day {
	t.Helper()
	m := german.FindStringSubmatch(plain(text))
	if m == nil {
		t.Fatalf("no day in %q", text)
	}
	months := strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
	for i, name := range months {
		if name == m[2] {
			var d, y int
			fmt.Sscan(m[1], &d)
			fmt.Sscan(m[3], &y)
			return cal.Date(y, time.Month(i+1), d)
		}
	}
	return cal.NoDay
}

func refusal(t *testing.T, shop, me *tab) plan {
	shop.put("SAND-1")
	shop.orderAs(paula)
	shop.identify(paula)
	t.Log(shop.dump())
	shop.click(shop.linkTo("Warum nicht"))
	t.Log(shop.dump())
	return plan{}
}

func followed(t *testing.T, shop, me *tab, invoice slip, p plan) {
}

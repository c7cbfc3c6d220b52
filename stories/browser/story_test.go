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

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"zahlziel/cal"
)

var paula = person{"Paula", "Winter", "paula.winter@example.org", "Gartenstraße 17", "79098", "Freiburg", [3]string{"14", "6", "1987"}, "DE89370400440532013000"}

// TestBrowser tells the stories one after the other, because they share the business day.
func TestBrowser(t *testing.T) {
	t.Run("front doors", frontDoors)
	t.Run("merchant", merchantStory)
	t.Run("story", story)
	t.Run("desk", desk)
	t.Run("keyboard only", keyboardOnly)
	t.Run("without script", withoutScript)
	t.Run("in the shop's page", inShopPage)
	t.Run("binary", binary)
}

// frontDoors looks at the pages from which everybody starts.
func frontDoors(t *testing.T) {
	b := newTab(t, "de")
	b.open("/")
	b.open("/demo")
	b.open("/demo/lichthaus")
	b.open("/demo/schuhladen")
	b.shot("shop-front")
	b.open("/demo/schuhladen/basket")
	b.open("/demo/schuhladen/office")
}

// story is the whole way of one consumer: buy on invoice, pay; buy again, do not pay, be refused, follow the way back
// to the cent and the day, and buy again.
func story(t *testing.T) {
	shop, me := newTab(t, "de"), newTab(t, "de")
	firstPurchase(t, shop, me)
	unpaidPurchase(t, shop, me)
	way := refusal(t, shop, me)
	followed(t, shop, me, way)
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
	shop.shot("checkout-choose", "dark")
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
	shop.shot("thanks")
	request := ship(t, shop)
	for _, want := range []string{"64,80", "7. Dezember 2026"} {
		if !strings.Contains(plain(request.Text), want) {
			t.Errorf("the payment request does not say %q:\n%s", want, request.Text)
		}
	}
	me.signIn(paula)
	me.says("Das zahlen Sie als Nächstes", "64,80 €", "Zahlen bis Montag, 7. Dezember 2026 (in 14 Tagen)")
	me.shot("portal-home", "dark")
	papers(t, me, request)

	must(t, program.runDays(start+1))
	me.signIn(paula)
	me.says("(in 13 Tagen)")
	pay := me.slip()
	program.book(t, transfer{Amount: pay.Amount, Name: paula.Name(), IBAN: paula.IBAN, Text: "Danke! " + pay.Reference})
	me.open("/me")
	me.says("Sie haben nichts offen")
	me.open("/me/history")
	me.says("64,80 €", "24. November 2026")
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
	me.shot("open-item")
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

// unpaidPurchase buys again with the device that is known, and then only time passes: two reminders come.
func unpaidPurchase(t *testing.T, shop, me *tab) {
	shop.put("STADT-3")
	shop.orderAs(paula)
	shop.tick(`#method-invoice_14`)
	if shop.has(`[name=free]`) {
		t.Error("the law's question is asked again within its twelve months")
	}
	shop.tick(`#consent`)
	shop.click(`.pay-form button`)
	shop.click(`main a.button-primary`)
	ship(t, shop)
	me.open("/me")
	me.says("74,90 €", "Zahlen bis Dienstag, 8. Dezember 2026 (in 14 Tagen)")

	due := start + 15
	for _, stop := range []struct {
		day      cal.Day
		mails    int
		sentence string
	}{{due + 2, 0, ""}, {due + 3, 1, "74,90 €"}, {due + 13, 1, ""}, {due + 14, 2, "74,90 €"}} {
		must(t, program.runDays(stop.day))
		if stop.mails > 0 {
			m := program.mailNumber(t, paula.Email, "Erinnerung", stop.mails)
			if !strings.Contains(plain(m.Text), stop.sentence) {
				t.Errorf("the reminder of %s does not say %q:\n%s", stop.day, stop.sentence, m.Text)
			}
		}
		if got := about(program.mails(t, paula.Email), "Erinnerung"); len(got) != stop.mails {
			t.Errorf("%s: %d reminders, want %d", stop.day, len(got), stop.mails)
		}
	}
	me.signIn(paula)
	me.says("74,90 €", "War fällig am Dienstag, 8. Dezember 2026 (vor 14 Tagen)", "Kostenlose Schuldnerberatung finden")
	me.open("/me/standing")
	me.says("Rechnung", "74,90 €")
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

// wayBack is what a refused consumer is told to do, read from the page.
type wayBack struct {
	link       string // of the steps in the portal
	pay        int64
	by, from   cal.Day
	upTo       int64
	sumToPay   int64
	stepsToPay string
}

// refusal is the no with everything a person needs: what works now first, then the four blocks.
func refusal(t *testing.T, shop, me *tab) wayBack {
	shop.put("SAND-1")
	shop.orderAs(paula)
	shop.says("Dieser Kauf geht heute nicht auf Rechnung", "Überweisen Sie 49,90 €", "wurde zweimal erinnert", "74,90 €", "seit 14 Tagen überfällig",
		"Es wurde nichts bestellt.", "Ein Mensch prüft es auf Wunsch noch einmal.")
	headings := eval[string](shop, `[...document.querySelectorAll('main .stack-l h2')].map(h => h.innerText).join(' | ')`)
	if want := "Das geht jetzt | Was ist passiert? | Warum? | Was Sie tun können | Weiter"; headings != want {
		t.Errorf("the blocks are %q, want %q", headings, want)
	}
	way := wayBack{link: shop.attr(`main a[href^="/me/way-back/"]`, "href")}
	first := shop.text(`.timeline li`)
	way.stepsToPay, way.pay, way.by = first, amount(t, first), day(t, first)
	last := shop.text(`.timeline li:last-child`)
	way.from, way.upTo = day(t, last), amount(t, last)
	way.sumToPay = amount(t, shop.text(`.summary-money .total`))
	if way.pay != 7490 || way.sumToPay != 7490 || way.upTo < 4990 {
		t.Errorf("the way back says: %+v", way)
	}
	shop.shot("checkout-refused")
	shop.click(shop.linkTo("Alle Zahlungsarten ansehen"))
	shop.says("Zurzeit nicht möglich", "Warum nicht Rechnung, 14 Tage", "Vorkasse")
	shop.click(shop.linkTo("Warum nicht Rechnung, 14 Tage"))

	me.open("/me/standing")
	me.shot("standing", "dark")
	me.do(chromedp.Click(chromedp.CSS(`#if > summary`)))
	me.tick(`input[name=pay]`)
	me.do(chromedp.WaitVisible(chromedp.CSS(`#what-if-answer table`))) // script asks while the form is filled in
	me.open(way.link)
	me.says("49,90 €", "74,90 €", "Rechnung, 14 Tage")
	me.shot("way-back")
	if got := me.text(`.timeline li`); amount(t, got) != way.pay || day(t, got) != way.by {
		t.Errorf("the portal says %q, the checkout says %q", got, way.stepsToPay)
	}
	me.click(`form[action$="/accept"] button`)
	me.says("angenommen", "49,90 €", "0 von 1 erledigt", "Nur das beendet die Zusage")
	me.shot("promise")
	program.mailNumber(t, paula.Email, "Ihre Zusage", 1)
	return way
}

// followed pays exactly what the way back says on the last day it names, and buys on the day it promises.
func followed(t *testing.T, shop, me *tab, way wayBack) {
	last := way.by
	for !cal.Target2.IsBusinessDay(last) {
		last--
	}
	must(t, program.runDays(last))
	me.signIn(paula)
	pay := me.slip()
	program.book(t, transfer{Amount: way.pay, Name: paula.Name(), IBAN: paula.IBAN, Text: pay.Reference})
	me.open("/me")
	me.says("Sie haben nichts offen")
	me.open("/me/standing")
	me.says("erfüllt", "Ihre Schritte sind gemacht", "1 von 1 erledigt")
	must(t, program.runDays(way.from))

	shop.open("/demo/schuhladen/basket")
	shop.orderAs(paula)
	shop.says("Wie möchten Sie bezahlen?", "49,90 €")
	shop.tick(`#method-invoice_14`)
	shop.tick(`#consent`)
	shop.click(`.pay-form button`)
	shop.says("Das hat geklappt", "49,90 €")
	shop.click(`main a.button-primary`)
	shop.says("Danke für Ihre Bestellung")
	program.mailNumber(t, paula.Email, "Kreditvertrag", 3)
	ship(t, shop)
	if way.from > last {
		me.signIn(paula) // the night has ended the visit
	} else {
		me.open("/me")
	}
	me.says("49,90 €")
	mailbox(t)
}

// mailbox looks at the demo's mailbox with all the mails of the story.
func mailbox(t *testing.T) {
	for _, lang := range []string{"de", "en"} {
		b := newTab(t, lang)
		b.open("/mailbox/?to=" + paula.Email)
		b.says("Erinnerung: 74,90 €")
		b.do(call(page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})) // only the picture's font needs it
		b.open("/mailbox/?to=" + paula.Email)
		b.picture("mailbox-" + lang)
		b.do(call(page.SetBypassCSP, page.SetBypassCSPParams{}))
		b.open("/mailbox/?to=" + paula.Email)
		b.click(b.linkTo("bitte zahlen Sie"))
		b.says("49,90 €", "application/pdf")
	}
}

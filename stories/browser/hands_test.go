package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The people of the two short purchases.
var (
	finn = person{"Finn", "Keys", "finn.keys@example.org", "Harbour Road 3", "24103", "Kiel", [3]string{"2", "1", "1979"}, ""}
	nora = person{"Nora", "Leise", "nora.leise@example.org", "Mühlweg 8", "04109", "Leipzig", [3]string{"30", "9", "1994"}, ""}
)

// keyboardOnly goes through the checkout in English without a mouse. Every stop on the way shows where the focus is.
func keyboardOnly(t *testing.T) {
	b := newTab(t, "en")
	b.byHand = true
	b.put("SOCK-3", "BAND-2")
	b.orderAs(finn)

	b.tabTo(`main form:has([name=email]) button`)
	before := len(program.mails(t, finn.Email))
	b.load(200, chromedp.KeyEvent(kb.Enter))
	code := sixDigits.FindString(program.mail(t, finn.Email, "code", before).Text)
	if got := b.focused(); !strings.Contains(got, "[name=code]") {
		t.Errorf("the code page starts at %s, want the field of the code", got)
	}
	b.do(chromedp.KeyEvent(code))
	b.load(200, chromedp.KeyEvent(kb.Enter))

	b.says("How do you want to pay?", "€20.80")
	b.tabTo(`#method-invoice_14`)
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	if got := b.focused(); !strings.Contains(got, "#method-invoice_30") {
		t.Errorf("the arrow leads to %s, want the second method", got)
	}
	b.tabTo(`[name=free]`)
	b.do(chromedp.KeyEvent("1200"))
	b.tabTo(`#consent`)
	b.do(chromedp.KeyEvent(" "))
	b.tabTo(`.pay-form button`)
	b.load(200, chromedp.KeyEvent(kb.Enter))
	b.says("€20.80", "Invoice, 30 days")
	b.tabTo(`main a.button-primary`)
	b.load(200, chromedp.KeyEvent(kb.Enter))
	b.says("Thank you", "€20.80")
}

// tabTo presses Tab until the focus is on what the selector finds.
func (b *tab) tabTo(css string) {
	b.t.Helper()
	b.need(css)
	var way []string
	for range 60 {
		b.do(chromedp.KeyEvent(kb.Tab))
		way = append(way, b.focused())
		if hidden := eval[bool](b, focusHidden); hidden {
			b.t.Errorf("%s: the focus is not to be seen on %s", b.path(), b.focused())
		}
		if eval[bool](b, fmt.Sprintf(`document.activeElement.matches(%q)`, css)) {
			return
		}
	}
	b.t.Fatalf("%s: Tab does not lead to %s: %s", b.path(), css, strings.Join(way, ", "))
}

// focusHidden tells whether the element with the focus shows no outline or lies outside of the window.
const focusHidden = `(() => {
  const e = document.activeElement, r = e.getBoundingClientRect();
  const seen = x => x && getComputedStyle(x).outlineStyle !== 'none' && parseFloat(getComputedStyle(x).outlineWidth) >= 2;
  return e !== document.body && (!(seen(e) || seen(e.closest('.choice'))) || r.bottom < 0 || r.top > innerHeight);
})()`

func (b *tab) focused() string {
	return eval[string](b, `(e => '#' + e.id + ' [name=' + e.name + '] ' + e.innerText?.slice(0, 30))(document.activeElement)`)
}

// withoutScript buys and looks into the portal in a browser that runs no script at all.
func withoutScript(t *testing.T) {
	b := newTab(t, "de").withoutScript()
	b.put("SOCK-3")
	b.orderAs(nora)
	b.identify(nora)
	b.tick(`#method-prepayment`)
	b.click(`.pay-form button`)
	b.says("Bitte überweisen Sie jetzt", "14,90 €")
	pay := b.slip()
	if pay.Amount != 1490 || !strings.HasPrefix(pay.Reference, "RF") {
		t.Errorf("the slip asks for %+v", pay)
	}
	b.click(`main a.button-primary`)

	b.signIn(nora)
	b.says("14,90 €", "Vorkasse")
	program.book(t, transfer{Amount: pay.Amount, Name: nora.Name(), IBAN: "DE02500105170137075030", Text: pay.Reference})
	b.open("/me")
	b.says("Sie haben nichts offen")
	b.open("/me/standing")
	b.click(b.linkTo("Abmelden"))
	b.says("Sie brauchen kein Passwort.")
}

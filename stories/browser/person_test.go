package browser_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"zahlziel/money"
)

// person is someone who buys in these stories. The domain is reserved for tests, so nobody else has the address.
type person struct {
	Given, Family, Email, Street, Postcode, City string
	Born                                         [3]string // day, month, year
	IBAN                                         string
}

// Name is the full name.
func (p person) Name() string { return p.Given + " " + p.Family }

// put adds products to the basket of the shoe shop, by the buttons a visitor presses.
func (b *tab) put(skus ...string) {
	b.t.Helper()
	for _, sku := range skus {
		b.open("/demo/schuhladen")
		b.click(fmt.Sprintf(`form:has(input[value=%q]) button`, sku))
	}
}

// orderAs fills the address form of the shop and goes to the checkout.
func (b *tab) orderAs(p person) {
	b.t.Helper()
	if b.path() != "/demo/schuhladen/basket" {
		b.open("/demo/schuhladen/basket")
	}
	b.click(`main a.button-primary`)
	for name, value := range map[string]string{"given": p.Given, "family": p.Family, "email": p.Email, "street": p.Street, "postcode": p.Postcode, "city": p.City,
		"born.day": p.Born[0], "born.month": p.Born[1], "born.year": p.Born[2]} {
		b.fill(fmt.Sprintf(`[name=%q]`, name), value)
	}
	b.click(`main form button`)
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// identify asks for a code and types the one from the mailbox.
func (b *tab) identify(p person) {
	b.t.Helper()
	before := len(program.mails(b.t, p.Email))
	b.click(`main form:has([name=email]) button`)
	code := sixDigits.FindString(program.mail(b.t, p.Email, "Code", before).Text)
	b.fill(`[name=code]`, code)
	b.click(`main form:has([name=code]) button`)
}

// signIn opens the portal by the link in the mailbox.
func (b *tab) signIn(p person) {
	b.t.Helper()
	before := len(program.mails(b.t, p.Email))
	b.open("/me/sign-in")
	b.fill(`[name=email]`, p.Email)
	b.click(`main form:has([name=email]) button`)
	text := program.mail(b.t, p.Email, "", before).Text
	link := regexp.MustCompile(regexp.QuoteMeta(program.url) + `/me/link/\S+`).FindString(text)
	if link == "" {
		b.t.Fatalf("the mail holds no link:\n%s", text)
	}
	b.open(link)
	b.click(`main form[action^="/me/link/"] button`)
}

// slip is what a payment slip on the page asks for, read the way a person copies it.
type slip struct {
	Amount               int64
	IBAN, Reference, Due string
}

func (b *tab) slip() slip {
	b.t.Helper()
	b.need(".slip dl")
	var rows map[string]string
	text := eval[string](b, `JSON.stringify(Object.fromEntries([...document.querySelectorAll('.slip dl > div')].map(d => [d.querySelector('dt').innerText, d.querySelector('dd').innerText])))`)
	must(b.t, json.Unmarshal([]byte(text), &rows))
	return slip{amount(b.t, rows["Betrag"]), rows["IBAN"], rows["Verwendungszweck"], rows["Zahlen bis"]}
}

var euros = regexp.MustCompile(`[\d.]+,\d\d`)

// amount reads the first German amount of a text in cents.
func amount(t testing.TB, text string) int64 {
	t.Helper()
	minor, err := money.Parse(strings.ReplaceAll(euros.FindString(text), ".", ""), money.EUR)
	if err != nil {
		t.Fatalf("no amount in %q: %v", text, err)
	}
	return minor
}

package shopapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/pay"
)

// goodCart is a request with one line of 19 % tax. Tests change it with a merge patch.
const goodCart = `{"purchase_country":"de","purchase_currency":"eur","locale":"de-DE","order_amount":5950,"order_tax_amount":950,
"order_lines":[{"name":"Schuhe","quantity":2,"unit_price":2975,"tax_rate":1900,"total_amount":5950,"total_tax_amount":950}],
"billing_address":{"given_name":"Anna","family_name":"Muster","email":"anna@example.org","street_address":"Weg 1","postal_code":"10115","city":"Berlin","country":"DE"},
"customer":{"date_of_birth":"1990-05-04"},
"merchant_urls":{"confirmation":"https://shop.test/thanks?order={order.id}&session={session.id}"}}`

// patched returns goodCart with the members of patch put over it; a nil removes one.
func patched(t testing.TB, patch string) string {
	t.Helper()
	var base, over map[string]any
	if err := json.Unmarshal([]byte(goodCart), &base); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(patch), &over); err != nil {
		t.Fatalf("%s: %v", patch, err)
	}
	for k, v := range over {
		base[k] = v
	}
	return string(encode(base))
}

// read reads a cart as a new session does.
func read(t testing.TB, body string) (pay.Cart, *wireError) {
	t.Helper()
	v, err := parseJSON([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	cart, err := readForm(newObject(&v), cartRequired...)
	if err == nil {
		err = checkCart(&cart)
	}
	var wire *wireError
	if err != nil && !errors.As(err, &wire) {
		t.Fatalf("untyped error %v", err)
	}
	return cart, wire
}

func line(members string) string {
	return `{"order_lines":[{"name":"x","quantity":1,` + members + `}]}`
}

func TestCartBadValues(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ä", n) }
	cases := []struct{ patch, fields string }{
		{`{"purchase_country":null,"purchase_currency":null}`, "purchase_currency, purchase_country"},
		{`{"purchase_country":"DEU","purchase_currency":"E1R"}`, "purchase_currency, purchase_country"},
		{`{"purchase_country":""}`, "purchase_country"},
		{`{"order_amount":null}`, "order_amount"},
		{`{"order_amount":"5950"}`, "order_amount"},
		{`{"order_amount":5950.5}`, "order_amount"},
		{`{"order_amount":-1}`, "order_amount"},
		{`{"order_amount":200000001}`, "order_amount"},
		{`{"order_amount":99999999999999999999999}`, "order_amount"},
		{`{"order_amount":5951}`, "order_lines"},
		{`{"order_lines":{}}`, "order_lines"},
		{`{"order_lines":["x"]}`, "order_lines[0]"},
		{`{"order_lines":[]}`, "order_lines"},
		{`{"order_tax_amount":949}`, "order_tax_amount"},
		{`{"order_tax_amount":-1}`, "order_tax_amount"},
		{line(`"unit_price":5950,"total_amount":5949`), "order_lines[0].total_amount"},
		{line(`"unit_price":5950,"total_amount":5950,"total_discount_amount":1`), "order_lines[0].total_amount"},
		{line(`"unit_price":5950,"total_amount":5950,"tax_rate":1900,"total_tax_amount":952`), "order_lines[0].total_tax_amount"},
		{line(`"unit_price":5950,"total_amount":5950,"tax_rate":1900,"total_tax_amount":0`), "order_lines[0].total_tax_amount"},
		{line(`"unit_price":5950,"total_amount":5950,"tax_rate":700,"total_tax_amount":391`), "order_lines[0].total_tax_amount"}, // 389.25
		{line(`"unit_price":5950,"total_amount":5950,"tax_rate":700,"total_tax_amount":387`), "order_lines[0].total_tax_amount"},
		{line(`"unit_price":5950,"total_amount":5950,"tax_rate":10001`), "order_lines[0].tax_rate"},
		{line(`"unit_price":5950,"total_amount":5950,"quantity_unit":"` + long(11) + `"`), "order_lines[0].quantity_unit"},
		{line(`"unit_price":5950,"total_amount":5950,"subscription":{"name":"a","interval":"HOUR"}`), "order_lines[0].subscription.interval_count, order_lines[0].subscription.interval"},
		{`{"order_lines":[{}]}`, "order_lines[0].name, order_lines[0].quantity, order_lines[0].unit_price, order_lines[0].total_amount"},
		{`{"locale":"german"}`, "locale"},
		{`{"intent":"rent"}`, "intent"},
		{`{"auto_capture":"yes"}`, "auto_capture"},
		{`{"billing_address":["x"]}`, "billing_address"},
		{`{"merchant_reference1":true}`, "merchant_reference1"},
		{`{"billing_address":{"given_name":"` + long(100) + `","country":"Deutschland"}}`, "billing_address.given_name, billing_address.country"},
		{`{"billing_address":{"city":"a\u0000b"}}`, "billing_address.city"},
		{`{"customer":{"date_of_birth":"31.12.1990"}}`, "customer.date_of_birth"},
		{`{"customer":{"date_of_birth":"1990-02-30"}}`, "customer.date_of_birth"},
		{`{"customer":{"type":"robot"}}`, "customer.type"},
		{`{"merchant_urls":{"confirmation":"javascript:alert(1)"}}`, "merchant_urls.confirmation"},
		{`{"merchant_urls":{"push":"/push"}}`, "merchant_urls.push"},
		{`{"merchant_data":"` + long(6001) + `"}`, "merchant_data"},
		{`{"merchant_reference1":"` + long(256) + `"}`, "merchant_reference1"},
		{`{"options":{"color_text":"red"}}`, "options.color_text"},
		{`{"attachment":{"body":5}}`, "attachment.content_type, attachment.body"},
	}
	for _, c := range cases {
		_, err := read(t, patched(t, c.patch))
		if err == nil {
			t.Errorf("%.120s was accepted", c.patch)
			continue
		}
		if want := "Bad value: " + c.fields; len(err.Messages) != 1 || err.Messages[0] != want || err.Code != "BAD_VALUE" || err.status != 400 {
			t.Errorf("%.120s:\n got %s\nwant %s", c.patch, err, want)
		}
		if len(err.Details) != strings.Count(c.fields, ",")+1 {
			t.Errorf("%.120s: details %q", c.patch, err.Details)
		}
	}
}

func TestCartGoodValues(t *testing.T) {
	for _, patch := range []string{
		`{}`,
		`{"billing_address":null,"auto_capture":null,"intent":null,"locale":"","unknown":{"a":[1]},"customer":{}}`,
		`{"billing_address":{"region":"","street_address2":"","country":"","phone":null}}`,
		`{"order_amount":5950.0}`,
		`{"order_tax_amount":null}`,
		`{"options":[],"customer":[],"merchant_urls":[],"billing_address":[],"shipping_address":[],"attachment":[]}`,
		`{"merchant_reference1":4711,"merchant_reference2":0}`,
		`{"billing_address":{"postal_code":20095,"phone":4940123456}}`,
		strings.Replace(line(`"unit_price":5950,"total_amount":5950,"tax_rate":700,"total_tax_amount":390,"reference":12,"subscription":[],"product_identifiers":[]`), "{", `{"order_tax_amount":390,`, 1),
		strings.Replace(line(`"unit_price":5950,"total_amount":5950,"tax_rate":700,"total_tax_amount":388`), "{", `{"order_tax_amount":388,`, 1),
		line(`"unit_price":5950,"total_amount":5950,"tax_rate":1900`),
		line(`"unit_price":5950,"total_amount":5950,"tax_rate":1900,"total_tax_amount":950,"product_identifiers":{"brand":null,"size":"42"}`),
		`{"order_tax_amount":0,"order_lines":[{"name":"x","quantity":1,"unit_price":6050,"total_amount":6050},{"type":"gift_card","name":"g","quantity":1,"unit_price":-100,"total_amount":-100}]}`,
		`{"order_amount":10800,"order_tax_amount":800,"order_lines":[{"name":"x","quantity":1,"unit_price":10000,"total_amount":10000},{"type":"sales_tax","name":"tax","quantity":1,"unit_price":800,"total_amount":800,"total_tax_amount":0}]}`,
		`{"customer":{"date_of_birth":"1990-12-31","national_identification_number":"12345","gender":"female"}}`,
		`{"attachment":{"body":"{}","content_type":"application/json"}}`,
	} {
		if _, err := read(t, patched(t, patch)); err != nil {
			t.Errorf("%s: %s %v", patch, err, err.Details)
		}
	}
}

func TestCartIsReadWhole(t *testing.T) {
	cart, err := read(t, goodCart)
	if err != nil {
		t.Fatal(err)
	}
	if cart.Country != "DE" || cart.Currency != "EUR" || cart.Amount != 5950 || !cart.HasTax || len(cart.Lines) != 1 || cart.Email() != "anna@example.org" {
		t.Errorf("read as %+v", cart)
	}
	if b := encode(cart); strings.Contains(string(b), "null") {
		t.Errorf("null in %s", b)
	}
}

// TestUpdateKeepsTheRest: what an update does not state stays, and the sums are checked on the result.
func TestUpdateKeepsTheRest(t *testing.T) {
	cart, _ := read(t, goodCart)
	apply := func(body string) error {
		v, err := parseJSON([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return changeCart(newObject(&v))(&cart)
	}
	if err := apply(`{"merchant_reference1":"R1","billing_address":null}`); err != nil {
		t.Fatal(err)
	}
	if cart.Reference1 != "R1" || cart.Amount != 5950 || cart.Billing == nil {
		t.Errorf("lost something: %+v", cart)
	}
	if err := apply(`{"order_amount":6000}`); err == nil {
		t.Error("an amount that does not fit the stored lines was accepted")
	}
}

// TestTaxIsExact compares the check with exact fractions: within one unit, no floats.
func TestTaxIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(-amountMax, amountMax).Draw(t, "total")
		rate := rapid.Int64Range(0, 10000).Draw(t, "rate")
		// The nearest whole tax below and above always fit; three units off never do.
		floor := total * rate / (10000 + rate)
		for delta, want := range map[int64]bool{0: true, 3: false, -3: false} {
			l := pay.Line{TotalAmount: total, TaxRate: rate, TotalTax: floor + delta}
			if taxFits(&l) != want {
				t.Fatalf("total %d rate %d tax %d: %v", total, rate, l.TotalTax, !want)
			}
		}
	})
}

func TestManyProblemsStayReadable(t *testing.T) {
	lines := strings.Repeat("{},", 500) + "{}"
	_, err := read(t, patched(t, fmt.Sprintf(`{"order_lines":[%s]}`, lines)))
	if err == nil || len(err.Details) > problemsMax {
		t.Errorf("got %d details", len(err.Details))
	}
}

// BenchmarkReadCart measures decode and check of a small cart: what a request costs before the database.
func BenchmarkReadCart(b *testing.B) {
	body := []byte(goodCart)
	for b.Loop() {
		v, err := parseJSON(body)
		if err != nil {
			b.Fatal(err)
		}
		cart, err := readForm(newObject(&v), cartRequired...)
		if err != nil || checkCart(&cart) != nil {
			b.Fatal(err)
		}
	}
}

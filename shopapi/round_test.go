package shopapi

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zahlziel/app"
)

// wireCart draws a valid session request, with any subset of the optional members.
func wireCart(t *rapid.T) string {
	text := func(charactersMax int) *rapid.Generator[any] {
		return rapid.StringOfN(rapid.RuneFrom([]rune("aäß€😀 \"\\<>&'")), 0, charactersMax, -1).AsAny()
	}
	some := func(m map[string]*rapid.Generator[any]) map[string]any {
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if rapid.Bool().Draw(t, name) {
				out[name] = m[name].Draw(t, name)
			}
		}
		return out
	}
	lines := []any{}
	var sum int64
	for range rapid.IntRange(1, 4).Draw(t, "lines") {
		quantity, price := rapid.Int64Range(0, 20).Draw(t, "quantity"), rapid.Int64Range(0, 100000).Draw(t, "price")
		rate := rapid.SampledFrom([]int64{0, 700, 1900}).Draw(t, "rate")
		total := quantity * price
		sum += total
		l := some(map[string]*rapid.Generator[any]{"reference": text(20), "type": text(10), "quantity_unit": text(8), "image_url": text(20), "merchant_data": text(20)})
		l["name"], l["quantity"], l["unit_price"], l["total_amount"] = "x", quantity, price, total
		l["tax_rate"], l["total_tax_amount"] = rate, total*rate/(10000+rate)
		lines = append(lines, l)
	}
	address := func() *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			return map[string]any{"given_name": "A", "city": rapid.SampledFrom([]string{"", "Köln", "Berlin"}).Draw(t, "city"), "country": "DE", "email": "a@example.org"}
		})
	}
	cart := some(map[string]*rapid.Generator[any]{
		"merchant_reference1": text(50), "merchant_reference2": text(50), "merchant_data": text(100), "design": text(10),
		"locale": rapid.SampledFrom([]string{"de-DE", "en"}).AsAny(), "intent": rapid.Just[any]("buy"), "acquiring_channel": rapid.Just[any]("ECOMMERCE"),
		"billing_address": address(), "shipping_address": address(),
		"customer":      rapid.Just[any](map[string]any{"date_of_birth": "1990-01-02", "gender": "x", "type": "person"}),
		"merchant_urls": rapid.Just[any](map[string]any{"confirmation": "https://a.test/{order.id}", "push": "https://a.test/p"}),
		"options":       rapid.Just[any](map[string]any{"color_text": "#aabbcc"}),
		"attachment":    rapid.Just[any](map[string]any{"body": "{\"a\":1}", "content_type": "application/json"}),
	})
	cart["purchase_country"], cart["purchase_currency"], cart["order_amount"], cart["order_lines"] = "DE", "EUR", sum, lines
	return string(encode(cart))
}

// TestReadIsWhatWasCreated: what a session read prints, sent as a new session, is the same cart.
func TestReadIsWhatWasCreated(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cart, problem := read(t, wireCart(rt))
		if problem != nil {
			rt.Fatalf("%v %v", problem, problem.Details)
		}
		printed := string(encode(sessionOf(&app.SessionView{Cart: cart, Status: "incomplete"})))
		if strings.Contains(printed, "null") {
			rt.Fatalf("null in %s", printed)
		}
		again, problem := read(t, printed)
		if problem != nil {
			rt.Fatalf("%v %v", problem, problem.Details)
		}
		cart.Intent, cart.Channel = "buy", "ECOMMERCE" // what a shop leaves out is printed with its default
		if d := cmp.Diff(cart, again); d != "" {
			rt.Fatalf("changed on the way:\n%s", d)
		}
	})
}

// FuzzCart: no JSON makes the reader panic, and what it accepts prints without null.
func FuzzCart(f *testing.F) {
	f.Add([]byte(goodCart))
	f.Add([]byte(`{"purchase_country":"DE","purchase_currency":"EUR","order_amount":5950,"order_lines":[{"name":"0","quantity":1,"unit_price":5950,"tax_rate":10,"total_amount":5950}]}`))
	f.Add([]byte(`{"order_lines":[{"quantity":-0,"unit_price":1e9}],"customer":{"date_of_birth":""}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parseJSON(body)
		if err != nil || v.kind != kindObject {
			return
		}
		cart, err := readForm(newObject(&v), cartRequired...)
		if err != nil || checkCart(&cart) != nil {
			return
		}
		if _, problem := read(t, string(encode(sessionOf(&app.SessionView{Cart: cart})))); problem != nil {
			t.Fatalf("what was accepted is refused when printed: %v %v", problem, problem.Details)
		}
	})
}

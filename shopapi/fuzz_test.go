package shopapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zahlziel/pay"
)

// decoders reads every request body of this wire. What a decoder accepts obeys the bounds that the rest relies on.
var decoders = map[string]struct {
	good string
	read func(t *testing.T, o object) error
}{
	"session update": {goodCart, func(_ *testing.T, o object) error { _, err := readForm(o); return err }},
	"page": {`{"payment_session_url":"https://x/y","merchant_urls":{"success":"https://a.test"},"options":{"place_order_mode":"NONE","payment_method_categories":["PAY_LATER"]}}`, func(_ *testing.T, o object) error {
		paymentSession(o)
		readPageSettings(o)
		return o.bad.err()
	}},
	"capture": {`{"captured_amount":100,"shipping_info":[{"tracking_number":"1"}]}`, func(t *testing.T, o object) error {
		amount, parcel := readParcel(o, "captured_amount")
		bounded(t, o, amount, parcel.Lines)
		return o.bad.err()
	}},
	"authorization": {`{"order_amount":1190,"order_lines":[{"name":"x","quantity":1,"unit_price":1190,"tax_rate":1900,"total_amount":1190,"total_tax_amount":190}]}`, func(t *testing.T, o object) error {
		change, err := readChange(o)
		if err == nil {
			bounded(t, o, change.Amount, change.Lines)
			var sum int64
			for _, l := range change.Lines {
				sum += l.TotalAmount
			}
			if change.Lines != nil && sum != change.Amount {
				t.Errorf("lines of %d for %d", sum, change.Amount)
			}
		}
		return err
	}},
	"address":       {`{"shipping_address":{"city":"Köln"}}`, func(_ *testing.T, o object) error { _, err := readDestination(o); return err }},
	"parcels":       {`{"shipping_info":[{"shipping_method":"Home"}]}`, func(_ *testing.T, o object) error { _, err := readShipments(o); return err }},
	"days":          {`{"number_of_days":14}`, func(_ *testing.T, o object) error { _, err := readDays(o); return err }},
	"token request": {goodToken, func(_ *testing.T, o object) error { _, err := readTokenRequest(o); return err }},
	"token status":  {`{"status":"CANCELLED"}`, func(_ *testing.T, o object) error { return readTokenStatus(o) }},
	"token order": {goodTokenOrder, func(t *testing.T, o object) error {
		cart, err := readTokenOrder(o)
		if err == nil {
			bounded(t, o, cart.Amount, cart.Lines)
			if cart.Amount < 1 || cart.Amount > tokenMax || cart.Billing != nil || cart.Buyer != nil {
				t.Errorf("accepted %+v", cart)
			}
		}
		return err
	}},
}

func bounded(t *testing.T, o object, amount int64, lines []pay.Line) {
	t.Helper()
	if len(o.bad.fields) == 0 && (amount < 0 || amount > amountMax || len(lines) > jsonElementsMax) {
		t.Errorf("accepted amount %d with %d lines", amount, len(lines))
	}
}

// FuzzBodies: no JSON makes a decoder panic; a refusal names a field, once.
func FuzzBodies(f *testing.F) {
	for _, d := range decoders {
		f.Add([]byte(d.good))
	}
	f.Add([]byte(`{"order_amount":null,"order_lines":[null,{}],"shipping_info":[[]],"shipping_address":null,"number_of_days":1e2,"status":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parseJSON(body)
		if err != nil || v.kind != kindObject {
			return
		}
		for name, d := range decoders {
			err := d.read(t, newObject(&v))
			if err == nil {
				continue
			}
			wire := errorOf(err, errNoOrder)
			if wire.status != http.StatusBadRequest || len(wire.Messages) != 1 || !strings.HasPrefix(wire.Messages[0], "Bad value: ") {
				t.Errorf("%s answers %q with %d %v", name, body, wire.status, wire.Messages)
			}
		}
	})
}

// TestDecodersTakeTheGood: what each decoder is for it takes.
func TestDecodersTakeTheGood(t *testing.T) {
	for name, d := range decoders {
		v, err := parseJSON([]byte(d.good))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.read(t, newObject(&v)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzPaths: no path or header makes the router panic or redirect.
func FuzzPaths(f *testing.F) {
	for i := range operations {
		f.Add(operations[i].method, "/"+strings.Join(operations[i].path, "/"), "Basic c2hvcDp4")
	}
	f.Add("GET", "//payments/v1/../x", "Basic  ")
	f.Fuzz(func(t *testing.T, method, path, header string) {
		r, ids, allowed := find(method, segments(path))
		if r != nil && (allowed != nil || len(ids) != strings.Count(strings.Join(r.path, "/"), "{")) {
			t.Errorf("%s %q: %v %v", method, path, ids, allowed)
		}
		for _, text := range ids {
			_, _ = pay.ParseID[pay.OrderID](pay.PrefixOrder, text)
		}
		if user, _, ok := basicAuth(header); ok && user == "" {
			t.Errorf("%q names nobody", header)
		}
		q := httptest.NewRequest("GET", "http://x/", nil)
		q.Method = method
		_ = strayBody(q)
	})
}

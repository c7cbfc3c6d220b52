package checkout

import (
	"net/url"
	"strings"
	"testing"

	"zahlziel/store/storetest"
)

// TestNoPageScans: no page of the checkout, from the shop's order to a refusal and to the thanks of a second purchase, reads
// a growing table from end to end.
func TestNoPageScans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		heard := storetest.Hear(t, d)
		b, _ := openWorldOn(t, d, heard.Driver)
		heard.During("a first purchase")
		path, _ := toCheckout(t, b, "STADT-3")
		base, _ := confirm(t, b, path)
		b.Get(base + "/information/invoice_30")
		if at, status, html := b.Post(base+"/pay", url.Values{"method": {"invoice_30"}, "free": {"800"}, "consent": {"yes"}}); at != base+"/done" {
			t.Fatalf("%s %d %s", at, status, html)
		}
		heard.During("a refusal and a prepayment")
		for range 2 {
			b.Post("/demo/schuhladen/basket", url.Values{"sku": {"ALM-42"}, "delta": {"2"}})
		}
		base, _ = toCheckout(t, b, "ALM-42")
		base = base[:strings.LastIndex(base, "/")]
		if at, status, html := b.Post(base+"/pay", url.Values{"method": {"prepayment"}}); at != base+"/done" {
			t.Fatalf("%s %d %s", at, status, html)
		}
		heard.During("a purchase that is cancelled")
		base, _ = toCheckout(t, b, "SOCK-3")
		if _, status, _ := b.Post(base[:strings.LastIndex(base, "/")]+"/cancel", nil); status != 200 {
			t.Fatal(status)
		}
		heard.UseIndexes(t)
	})
}

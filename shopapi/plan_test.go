package shopapi

import (
	"testing"

	"zahlziel/pay"
	"zahlziel/store/storetest"
)

// TestNoOperationScans: no operation of the wire, and no job that it leaves behind, reads a growing table from end to end.
func TestNoOperationScans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		heard := storetest.Hear(t, d)
		w := newWorldOn(t, d, heard.Driver)
		heard.During("a purchase")
		w.purchase(t)
		for _, e := range w.endpoints() {
			heard.During(e.method + " " + e.path)
			if rec := w.call(e.method, e.path, e.body); rec.Code != e.status {
				t.Errorf("%s %s: %d %s", e.method, e.path, rec.Code, rec.Body)
			}
		}
		heard.During("")
		w = newWorldOn(t, d.Another(t), heard.Driver)
		w.purchase(t)
		b := w.books(t)
		heard.During("the worker")
		b.working(t)
		for _, e := range append(b.endpoints(), b.questions()...) {
			heard.During(e.method + " " + e.path)
			if rec := b.do(e); rec.Code != e.status {
				t.Errorf("%s %s: %d %s", e.method, e.path, rec.Code, rec.Body)
			}
		}
		heard.UseIndexes(t)
	})
}

// questions are the filters and orders of the lists, each of which is a statement of its own.
func (b *books) questions() (all []bookEndpoint) {
	for _, q := range []string{
		"/settlements/v1/payouts", "/settlements/v1/payouts?size=1", "/settlements/v1/transactions", "/settlements/v1/transactions?size=1&offset=1",
		"/settlements/v1/transactions?order_id=" + b.order, "/settlements/v1/transactions?capture_id=" + b.capture, "/settlements/v1/payouts/summary?" + span1 + "&currency_code=EUR",
		disputesPath, disputesPath + "?order_id=" + pay.Bare(b.dispute.Order.ID), disputesPath + "?investigation_status=opened,replied", disputesPath + "?reason=faulty_goods",
		disputesPath + "?sort_by=deadline_expires_at", disputesPath + "?sort_by=-deadline_expires_at", disputesPath + "?sort_by=opened_at", disputesPath + "?merchant_references1=none",
	} {
		all = append(all, bookEndpoint{method: "GET", path: q, status: 200})
	}
	return all
}

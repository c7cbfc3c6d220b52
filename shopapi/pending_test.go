package shopapi

import (
	"context"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// TestPendingOrderOnTheWire: an order that waits for a person says so, refuses captures, and is captured once it was
// released where the shop had asked for that at once.
func TestPendingOrderOnTheWire(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	risk := app.Actor{Staff: "stf_01a207a2-3280-7000-8000-000000000001", Role: pay.RoleRisk}
	until, _ := cal.ParseDay("2026-12-24")
	if _, err := w.app.AddBlock(ctx, risk, app.BlockRequest{Kind: "email", Value: "bob@example.org", Code: "other", Reason: "seen in a case", Until: until}); err != nil {
		t.Fatal(err)
	}
	w.must(t, 204, "DELETE", "/payments/v1/authorizations/"+w.unused, "")
	token := w.authorize(t, w.must(t, 200, "POST", "/payments/v1/sessions", bobCart(t))["session_id"].(string))
	body := strings.TrimSuffix(bobCart(t), "}") + `,"auto_capture":true}`
	placed := w.must(t, 200, "POST", "/payments/v1/authorizations/"+token+"/order", body)
	w.order = placed["order_id"].(string)
	if placed["fraud_status"] != "PENDING" {
		t.Errorf("placed %v", placed)
	}
	o := w.must(t, 200, "GET", w.orderPath(""), "")
	if o["fraud_status"] != "PENDING" || o["status"] != "AUTHORIZED" || o["captured_amount"] != 0.0 {
		t.Errorf("order %v", o)
	}
	if m := w.must(t, 403, "POST", w.orderPath("/captures"), `{"captured_amount":1}`); m["error_code"] != "CAPTURE_NOT_ALLOWED" {
		t.Errorf("capture %v", m)
	}
	list, err := w.app.Pending(ctx, risk)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d orders wait, %v", len(list), err)
	}
	if _, err := w.app.DecideCheck(ctx, risk, list[0].Check.ID, app.Verdict{Accept: true, Reason: "all is well"}); err != nil {
		t.Fatal(err)
	}
	if o := w.must(t, 200, "GET", w.orderPath(""), ""); o["fraud_status"] != "ACCEPTED" || o["status"] != "CAPTURED" {
		t.Errorf("released %v", o)
	}
	again := w.must(t, 200, "POST", "/payments/v1/authorizations/"+token+"/order", body)
	if again["order_id"] != w.order || again["fraud_status"] != "ACCEPTED" {
		t.Errorf("the same token again %v", again)
	}
}

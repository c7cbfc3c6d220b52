package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// asShop calls as a shop and decodes the answer.
func (d *door) asShop(t *testing.T, method, path, body, user, secret string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(user, secret)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	out := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s %s: %s", method, path, w.Body)
	}
	return w.Code, out
}

func TestEventsOfAShop(t *testing.T) {
	w, past := worldtest.Live(t)
	d := over(t, w)
	var got []string
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, r.Header.Get("webhook-id")+" "+string(b))
	}))
	t.Cleanup(shop.Close)
	o, err := d.ReadOrder(d.Ctx, app.System, past.AnnasOrder.ID)
	if err != nil {
		t.Fatal(err)
	}
	user, secret, err := d.AddKey(d.Ctx, app.System, o.Order.MerchantID)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := d.asShop(t, "POST", "/api/v1/webhook", `{"url": "https://x"}`, user, "wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d", status)
	}
	if status, out := d.asShop(t, "POST", "/api/v1/webhook", `{"url": "ftp://x"}`, user, secret); status != http.StatusBadRequest || out["code"] != "bad_url" {
		t.Errorf("a bad address: %d %v", status, out)
	}
	status, out := d.asShop(t, "POST", "/api/v1/webhook", `{"url": "`+shop.URL+`"}`, user, secret)
	if text, _ := out["secret"].(string); status != http.StatusOK || !strings.HasPrefix(text, "whsec_") {
		t.Fatalf("no secret: %d %v", status, out)
	}
	if _, err := d.Refund(d.Ctx, app.Actor{Merchant: o.Order.MerchantID}, app.Key{}, o.Order.ID, 100, pay.Parcel{}); err != nil {
		t.Fatal(err)
	}
	w.Work()
	_, out = d.asShop(t, "GET", "/api/v1/events", "", user, secret)
	events, _ := out["events"].([]any)
	if len(events) != 1 || len(got) != 1 {
		t.Fatalf("%d events, %d calls: %v", len(events), len(got), out)
	}
	e := events[0].(map[string]any)
	calls, _ := e["calls"].([]any)
	if e["type"] != "order.refunded" || len(calls) != 1 || !strings.HasPrefix(got[0], e["id"].(string)+" ") {
		t.Fatalf("event: %v", e)
	}
	call := calls[0].(map[string]any)
	if status, _ := d.asShop(t, "POST", "/api/v1/events/calls/"+call["id"].(string)+"/resend", "{}", user, secret); status != http.StatusOK {
		t.Errorf("sending again: %d", status)
	}
	w.Work()
	if len(got) != 2 || got[0] != got[1] {
		t.Errorf("sent again: %v", got)
	}
	if status, _ := d.asShop(t, "GET", "/api/v1/events?before=yesterday", "", user, secret); status != http.StatusBadRequest {
		t.Errorf("a bad instant: %d", status)
	}
	other, key, err := d.AddKey(d.Ctx, app.System, d.other(o.Order.MerchantID))
	if err != nil {
		t.Fatal(err)
	}
	if _, out := d.asShop(t, "GET", "/api/v1/events", "", other, key); len(out["events"].([]any)) != 0 {
		t.Errorf("another shop sees %v", out)
	}
	if status, _ := d.asShop(t, "POST", "/api/v1/events/calls/"+call["id"].(string)+"/resend", "{}", other, key); status != http.StatusNotFound {
		t.Errorf("another shop sends again: %d", status)
	}
}

// other is the other shop of the world.
func (d *door) other(m pay.MerchantID) pay.MerchantID {
	if d.Shoes.Merchant == m {
		return d.Tea.Merchant
	}
	return d.Shoes.Merchant
}

package api

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// TestDispute goes the way of a shop: find, read, look at the consumer's file, attach, answer, lose.
func TestDispute(t *testing.T) {
	p := newPast(t)
	path := "/disputes/" + p.dispute
	v := object(t, p.by(p.key, "GET", path, ""), 200)
	if v["state"] != "opened" || v["reason"] != "faulty" || v["amount"] != 1200.0 || v["order_id"] != p.order || v["capture_id"] != p.capture || v["closed_at"] != nil || v["reference"] != "S-1" {
		t.Errorf("%v", v)
	}
	if q := v["requests"].([]any)[0].(map[string]any); q["comment"] != complaint || len(q["fields"].([]any)) == 0 {
		t.Errorf("%v", q)
	}
	rec := p.by(p.key, "GET", path+"/attachments/"+p.sent, "")
	if h := rec.Header(); rec.Code != 200 || rec.Body.String() != photo || h.Get("Content-Type") != "image/png" || h.Get("Content-Disposition") != "attachment; filename=sohle.png" ||
		h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("RateLimit"), `"shop"`) {
		t.Errorf("%d %v %q", rec.Code, rec.Header(), rec.Body)
	}
	upload := func(name, body, key string) string {
		t.Helper()
		return object(t, p.by(p.key, "POST", path+"/attachments?name="+name, body, "Content-Type", "application/pdf", "Idempotency-Key", key), 201)["id"].(string)
	}
	file := upload("beleg.pdf", "%PDF-1.4 Zustellung", "f")
	if again := upload("beleg.pdf", "%PDF-1.4 Zustellung", "f"); again != file {
		t.Error("one key attached twice")
	}
	isProblem(t, "another name for the key", p.by(p.key, "POST", path+"/attachments?name=x.pdf", "%PDF-1.4 Zustellung", "Idempotency-Key", "f"), 409)
	isProblem(t, "a program", p.by(p.key, "POST", path+"/attachments", "\x7fELF\x02\x01"), 400)
	isProblem(t, "nothing", p.by(p.key, "POST", path+"/attachments", ""), 400)
	isProblem(t, "6 MB", p.by(p.key, "POST", path+"/attachments", strings.Repeat("x", 6<<20)), 413)
	if loose := object(t, p.by(p.key, "GET", path, ""), 200)["attachments"].([]any); len(loose) != 1 || loose[0].(map[string]any)["name"] != "beleg.pdf" {
		t.Errorf("%v", loose)
	}
	answer := path + "/requests/" + p.request + "/responses"
	for name, body := range map[string]string{"nothing": "{}", "blanks": `{"comment":" "}`, "a strange file": `{"attachments":["x"]}`, "a foreign file": `{"attachments":["` + p.sent + `"]}`,
		"wrong fields": `{"fields":{"a":1}}`, "a zero": `{"comment":"\u0000"}`} {
		isProblem(t, name, p.by(p.key, "POST", answer, body), 400)
	}
	isProblem(t, "no such request", p.by(p.key, "POST", path+"/requests/"+p.order+"/responses", `{"comment":"x"}`), 404)
	for range 2 {
		v = object(t, p.by(p.key, "POST", answer, `{"comment":"Zugestellt","fields":{"inspection_report":"ohne Befund"},"attachments":["`+file+`"]}`, "Idempotency-Key", "a"), 201)
	}
	said := v["requests"].([]any)[0].(map[string]any)["responses"].([]any)
	if r := said[0].(map[string]any); v["state"] != "replied" || len(said) != 1 || r["fields"].(map[string]any)["inspection_report"] != "ohne Befund" || r["attachments"].([]any)[0].(map[string]any)["id"] != file {
		t.Errorf("%v", v)
	}
	isProblem(t, "a second answer", p.by(p.key, "POST", answer, `{"comment":"Noch etwas"}`), 409)
	_, tea := p.door.key(t, p.Tea)
	for _, call := range []string{"GET ", "POST /accept", "POST /attachments", "GET /attachments/" + p.sent} {
		method, rest, _ := strings.Cut(call, " ")
		isProblem(t, "another's "+call, p.by(tea, method, path+rest, map[string]string{"POST /attachments": "%PDF-1.4 x"}[call]), 404)
	}
	for range 2 {
		if v = object(t, p.by(p.key, "POST", path+"/accept", ""), 200); v["state"] != "loss_accepted" || v["outcome"] != "lost" || v["lost_amount"] != 1200.0 || v["closed_at"] == nil {
			t.Errorf("%v", v)
		}
	}
	isProblem(t, "a file for a closed dispute", p.by(p.key, "POST", path+"/attachments", "%PDF-1.4 x"), 409)
}

// TestDisputeList: filters, order and pages.
func TestDisputeList(t *testing.T) {
	d := newDoor(t)
	_, key := d.key(t, d.Shoes)
	var newest []string
	for i := range 5 {
		p := worldtest.Person{Given: "Kai", Family: "Lang", Email: fmt.Sprintf("kai%d@example.org", i), PostalCode: "50667", City: "Köln"}
		inv := d.Ship(d.Shoes, d.Order(p, d.Shoes, "invoice_14", worldtest.Line("Hut", 3000)))
		reason := []string{pay.DisputeFaulty, pay.DisputeUnauthorised}[i%2]
		made, err := d.OpenDispute(d.Ctx, d.Consumer(p), app.Key{}, inv.ID, app.Objection{Reason: reason, Text: "Das stimmt so nicht."})
		if err != nil {
			t.Fatal(err)
		}
		newest = append([]string{pay.Bare(made.ID)}, newest...)
		d.At(monday, 11+i)
	}
	ids := func(query string) (all []string) {
		t.Helper()
		for cursor := ""; ; {
			list := object(t, d.by(key, "GET", "/disputes?limit=2"+query+cursor, ""), 200)
			for _, each := range list["data"].([]any) {
				all = append(all, each.(map[string]any)["id"].(string))
			}
			next, more := list["next_cursor"].(string)
			if !more {
				return all
			}
			cursor = "&cursor=" + next
		}
	}
	n := newest
	for query, want := range map[string][]string{"": n, "&sort=opened_at": {n[4], n[3], n[2], n[1], n[0]}, "&reason=unauthorised": {n[1], n[3]}, "&state=opened&state=replied": n, "&state=closed": nil,
		"&reference=S-1000": n, "&reference=S-1": nil, "&reason=faulty&reason=returned": {n[0], n[2], n[4]}} {
		if got := ids(query); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	if got := ids("&sort=deadline"); len(got) != 5 || got[0] != n[3] && got[0] != n[1] {
		t.Errorf("by deadline: %v", got)
	}
	order := object(t, d.by(key, "GET", "/disputes/"+n[2], ""), 200)["order_id"].(string)
	if got := ids("&order_id=" + order); len(got) != 1 || got[0] != n[2] {
		t.Errorf("of an order: %v", got)
	}
	_, tea := d.key(t, d.Tea)
	if list := object(t, d.by(tea, "GET", "/disputes", ""), 200)["data"].([]any); len(list) != 0 {
		t.Errorf("another shop sees %v", list)
	}
	for _, wrong := range []string{"limit=0", "cursor=x", "cursor=", "state=open", "reason=x", "sort=amount", "order_id=x", "reference=%00", "reference2=" + strings.Repeat("x", 256), "reference=%ff"} {
		isProblem(t, wrong, d.by(key, "GET", "/disputes?"+wrong, ""), 400)
	}
}

// TestPayouts: the list, one payout whose sums and transactions agree to the cent, and both reports.
func TestPayouts(t *testing.T) {
	p := newPast(t)
	var ids []string
	for cursor := ""; ; {
		list := object(t, p.by(p.key, "GET", "/payouts?limit=1"+cursor, ""), 200)
		for _, each := range list["data"].([]any) {
			ids = append(ids, each.(map[string]any)["id"].(string))
		}
		next, more := list["next_cursor"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + next
	}
	whole := object(t, p.by(p.key, "GET", "/payouts?from=2026-11-01&until=2026-12-31&currency=EUR", ""), 200)["data"].([]any)
	if len(ids) < 2 || len(ids) != len(whole) || ids[len(ids)-1] != p.payout {
		t.Fatalf("%v of %d", ids, len(whole))
	}
	for i := range whole {
		if whole[i].(map[string]any)["id"] != ids[i] || i > 0 && whole[i].(map[string]any)["due_day"].(string) > whole[i-1].(map[string]any)["due_day"].(string) {
			t.Errorf("%v, %v", ids, whole)
		}
	}
	if none := object(t, p.by(p.key, "GET", "/payouts?until=2026-11-01", ""), 200)["data"].([]any); len(none) != 0 {
		t.Errorf("%v", none)
	}
	events := map[string]bool{}
	for _, id := range ids {
		p.adds(t, id, events)
	}
	if !events["capture"] || !events["refund"] || !events["fee"] || !events["fee_tax"] || !events["dispute_opened"] {
		t.Errorf("%v", events)
	}
	of := object(t, p.by(p.key, "GET", "/transactions?order_id="+p.open, ""), 200)["data"].([]any)
	if len(of) == 0 || of[0].(map[string]any)["payout_id"] != nil || of[0].(map[string]any)["order_id"] != p.open {
		t.Errorf("%v", of)
	}
	for _, wrong := range []string{"/payouts?from=x", "/payouts?from=2026-12-01&until=2026-11-01", "/payouts?currency=eur", "/payouts?cursor=x", "/transactions?cursor=%00", "/transactions?order_id=x",
		"/reports/payouts.csv", "/reports/payouts.csv?from=2026-11-01", "/reports/payouts.pdf?from=x&until=y", "/payouts/" + p.payout + "/transactions?limit=0"} {
		isProblem(t, wrong, p.by(p.key, "GET", wrong, ""), 400)
	}
	_, tea := p.door.key(t, p.Tea)
	for _, path := range []string{"", "/transactions", "/report.csv", "/report.pdf"} {
		isProblem(t, "another's payout"+path, p.by(tea, "GET", "/payouts/"+p.payout+path, ""), 404)
	}
	_, narrow := p.door.key(t, p.Shoes, pay.ScopeOrdersRead)
	isProblem(t, "a key without the scope", p.by(narrow, "GET", "/payouts/"+p.payout+"/report.csv", ""), 403)
}

// adds proves that a payout is the sum of its transactions, of its totals and of its report.
func (p *past) adds(t *testing.T, id string, events map[string]bool) {
	t.Helper()
	v := object(t, p.by(p.key, "GET", "/payouts/"+id, ""), 200)
	debts := v["closing_debt"].(float64) - v["opening_debt"].(float64)
	totals, lines, n := debts, debts, 0
	for event, sum := range v["totals"].(map[string]any) {
		events[event] = true
		totals += sum.(float64)
	}
	for cursor := ""; ; {
		list := object(t, p.by(p.key, "GET", "/payouts/"+id+"/transactions?limit=2"+cursor, ""), 200)
		for _, each := range list["data"].([]any) {
			lines, n = lines+each.(map[string]any)["amount"].(float64), n+1
		}
		next, more := list["next_cursor"].(string)
		if !more {
			break
		}
		cursor = "&cursor=" + next
	}
	if totals != v["amount"] || lines != v["amount"] || float64(n) != v["transactions"] {
		t.Errorf("%s: totals %v, %d lines %v: %v", id, totals, n, lines, v)
	}
	rec := p.by(p.key, "GET", "/payouts/"+id+"/report.csv", "")
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || rec.Code != 200 || rec.Header().Get("Content-Type") != "text/csv; charset=utf-8" || rec.Header().Get("Content-Disposition") != `attachment; filename=payout-`+id+`.csv` {
		t.Fatalf("%d %v %v", rec.Code, rec.Header(), err)
	}
	sum := 0.0
	for _, row := range rows[1 : len(rows)-1] {
		amount, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += amount
		if row[0] == "capture" && row[12] != "'=P-1" {
			t.Errorf("a spreadsheet would compute %q", row[12])
		}
	}
	if last := rows[len(rows)-1]; last[0] != "payout" || sum != v["amount"] || last[1] != strconv.FormatFloat(sum, 'f', 0, 64) || len(rows) != n+4 {
		t.Errorf("%d rows with %v: %v", len(rows), sum, v)
	}
}

// TestPayoutPapers: PDFs come as such in both languages, once the worker has drawn them.
func TestPayoutPapers(t *testing.T) {
	p := newPast(t)
	defer p.working()()
	for _, path := range []string{"/payouts/" + p.payout + "/report.pdf", "/reports/payouts.pdf?from=2026-11-01&until=2026-12-31"} {
		for _, lang := range []string{"de", "en"} {
			rec := p.by(p.key, "GET", path, "", "Accept-Language", lang)
			if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(rec.Body.String(), "%PDF-") {
				t.Errorf("%s: %d %v %.100s", path, rec.Code, rec.Header(), rec.Body)
			}
		}
	}
	rec := p.by(p.key, "GET", "/reports/payouts.csv?from=2026-11-01&until=2026-12-31", "")
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) < 6 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

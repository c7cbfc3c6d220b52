package shopapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

var wireInstant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func (b *books) disputePath() string { return disputesPath + "/" + pay.Bare(b.dispute.Dispute.ID) }

// TestDisputeOnTheWire goes the way of a shop: list, read, open the consumer's file, attach, answer, read again, decided.
func TestDisputeOnTheWire(t *testing.T) {
	b := newBooks(t)
	d := b.json(t, b.disputePath())
	want := map[string]any{"reason": "faulty_goods", "status": "open", "investigation_status": "opened", "region": "EU", "capture_id": b.capture,
		"dispute_krn": pay.Bare(b.dispute.Dispute.ID)}
	for name, value := range want {
		if d[name] != value {
			t.Errorf("%s is %v, want %v", name, d[name], value)
		}
	}
	for _, name := range []string{"opened_at", "deadline_expires_at"} {
		if s, _ := d[name].(string); !wireInstant.MatchString(s) {
			t.Errorf("%s is %v", name, d[name])
		}
	}
	if sum := d["disputed_amount"].(map[string]any); sum["amount"] != 1200.0 || sum["currency"] != "EUR" {
		t.Errorf("disputed_amount %v", sum)
	}
	for _, name := range []string{"closed_at", "closing_reason", "chargeback_amount", "charged_disputes_fee"} {
		if _, has := d[name]; has {
			t.Errorf("an open dispute has %s", name)
		}
	}
	order := d["order"].(map[string]any)
	if order["order_id"] != b.order || order["order_amount"] != 5950.0 || order["purchase_currency"] != "EUR" {
		t.Errorf("order %v", order)
	}
	request := d["requests"].([]any)[0].(map[string]any)
	if request["comment"] != complaint || len(request["requested_fields"].([]any)) == 0 || len(request["responses"].([]any)) != 0 {
		t.Errorf("request %v", request)
	}
	path := b.disputePath() + "/requests/" + request["request_id"].(string)
	file := request["attachments"].([]any)[0].(map[string]any)
	got := b.get(path + "/attachments/" + file["attachment_id"].(string))
	if got.Body.String() != string(photo) || got.Header().Get("Content-Type") != "image/png" || got.Header().Get("Content-Disposition") != "attachment; filename=sohle.png" ||
		got.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the consumer's file: %v %q", got.Header(), got.Body)
	}
	form, media := upload("beleg ä.png", photo)
	key := []string{headerKey, "any text-1200"}
	var made [2]string
	for i := range made {
		made[i] = b.do(bookEndpoint{method: "POST", path: b.disputePath() + "/attachments", body: form, media: media}, key...).Body.String()
	}
	if made[0] != made[1] {
		t.Errorf("one key attached twice: %q", made)
	}
	var attached struct {
		ID string `json:"attachment_id"`
	}
	if err := json.Unmarshal([]byte(made[0]), &attached); err != nil {
		t.Fatal(err)
	}
	body := `{"comment":"Zugestellt","optional_requested_fields":{"inspection_report":"ohne Befund"},"attachments":[{"attachment_id":"` + attached.ID + `"}],"unknown":null}`
	answered := b.ask("POST", path+"/responses", "", body, "X-Klarna-Basic-Mid", "whoever")
	var response struct {
		ID string `json:"response_id"`
	}
	if err := json.Unmarshal(answered.Body.Bytes(), &response); err != nil || answered.Code != 201 || answered.Header().Get("Location") != testBase+path+"/responses/"+response.ID {
		t.Fatalf("%d %v %s", answered.Code, answered.Header(), answered.Body)
	}
	if again := b.ask("POST", path+"/responses", "", body); again.Code != 409 {
		t.Errorf("a second answer: %d %s", again.Code, again.Body)
	}
	back := b.get(path + "/responses/" + response.ID + "/attachments/" + attached.ID)
	if back.Code != 200 || back.Body.String() != string(photo) || !strings.Contains(back.Header().Get("Content-Disposition"), "beleg") {
		t.Errorf("the shop's file: %d %v", back.Code, back.Header())
	}
	if other := b.get(path+"/responses/"+response.ID+"/attachments/"+attached.ID, "Authorization", basic("other", b.secrets["other"])); other.Code != 404 {
		t.Errorf("another shop's file: %d", other.Code)
	}
	if wrong := b.get(path + "/responses/" + response.ID + "/attachments/" + file["attachment_id"].(string)); wrong.Code != 404 {
		t.Errorf("a file of the request as one of the response: %d", wrong.Code)
	}
	b.closes(t)
}

// closes decides the dispute and reads its end.
func (b *books) closes(t *testing.T) {
	if d := b.json(t, b.disputePath()); d["investigation_status"] != "replied" {
		t.Errorf("after the answer %v", d["investigation_status"])
	}
	judge := app.Actor{Staff: "stf_1", Role: pay.RoleRisk}
	if err := b.app.DecideDispute(background, judge, b.dispute.Dispute.ID, 200, "Ein kleiner Fehler"); err != nil {
		t.Fatal(err)
	}
	d := b.json(t, b.disputePath())
	if d["status"] != "closed" || d["investigation_status"] != "closed" || d["closing_reason"] != "lost" || d["closing_reason_detailed"] != "Ein kleiner Fehler" ||
		d["chargeback_amount"].(map[string]any)["amount"] != 200.0 || d["charged_disputes_fee"].(map[string]any)["amount"] != 990.0 || !wireInstant.MatchString(d["closed_at"].(string)) {
		t.Errorf("closed: %v", d)
	}
	if rec := b.ask("POST", b.disputePath()+"/accept-loss", "", ""); rec.Code != 409 {
		t.Errorf("accepting a closed dispute: %d %s", rec.Code, rec.Body)
	}
}

// TestListsOfDisputes: filters, orders and pages.
func TestListsOfDisputes(t *testing.T) {
	b := newBooks(t)
	ids := []string{pay.Bare(b.dispute.Dispute.ID)}
	mine := pay.Bare(b.shop)
	cases := []struct {
		query string
		n     int
	}{
		{"", 1}, {"merchant_id=" + mine, 1}, {"merchant_id=whoever", 0}, {"order_id=" + pay.Bare(b.dispute.Order.ID), 1}, {"order_id=" + b.capture, 0}, {"order_id=x", 0},
		{"investigation_status=opened", 1}, {"investigation_status=closed,replied", 0}, {"investigation_status=closed&investigation_status=opened", 1},
		{"reason=faulty_goods", 1}, {"reason=already_paid", 0}, {"merchant_references1=none", 0},
		{"sort_by=deadline_expires_at&limit=1", 1}, {"sort_by=-deadline_expires_at", 1}, {"sort_by=opened_at", 1},
		{"next_page=" + mark(b.dispute.Dispute.OpenedAt, string(b.dispute.Dispute.ID)), 0},
		{"sort_by=opened_at&next_page=" + mark(b.dispute.Dispute.OpenedAt-1, string(b.dispute.Dispute.ID)), 1},
	}
	for _, c := range cases {
		m := b.json(t, disputesPath+"?"+c.query)
		page := m["pagination"].(map[string]any)
		if n := len(m["disputes"].([]any)); n != c.n || page["count"] != float64(n) || page["limit"] == nil || page["total"] == nil {
			t.Errorf("%s: %d disputes, %v", c.query, n, page)
		}
		if _, more := page["next_page"]; more {
			t.Errorf("%s: there is no next page", c.query)
		}
		if c.n == 1 && m["disputes"].([]any)[0].(map[string]any)["dispute_krn"] != ids[0] {
			t.Errorf("%s: %v", c.query, m)
		}
	}
}

// FuzzUpload: whatever is taken has exactly the bytes that stand in the form.
func FuzzUpload(f *testing.F) {
	form, media := upload("a.png", photo)
	f.Add(media, []byte(form))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--x--"))
	f.Add("text/plain", []byte("--x"))
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		up, err := readUpload(media, body)
		if err != nil {
			if err.status != http.StatusBadRequest || len(err.Messages) != 1 {
				t.Fatalf("%+v", err)
			}
			return
		}
		if len(up.Body) > len(body) || !strings.Contains(string(body), string(up.Body)) || len([]rune(up.Name)) > 255 {
			t.Fatalf("%q gave %q %q", body, up.Name, up.Body)
		}
	})
}

// FuzzReply: whatever is taken keeps its bounds and never is empty.
func FuzzReply(f *testing.F) {
	for _, s := range []string{`{"comment":"x"}`, `{"requested_fields":{"a":"b"},"attachments":["0191d2e0-0000-7007-8000-000000000000",{"attachment_id":"x"}]}`, `{"attachments":[1,null]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parseJSON(body)
		if err != nil || v.kind != kindObject {
			return
		}
		o := newObject(&v)
		r := readReply(o)
		if o.bad.err() != nil {
			return
		}
		if len([]rune(r.Comment)) > app.DisputeTextMax || len(r.Fields) > fieldsMax || len(r.Files) > app.DisputeFilesMax || r.Comment == "" && len(r.Fields)+len(r.Files) == 0 {
			t.Fatalf("%q gave %+v", body, r)
		}
	})
}

// FuzzQuery: every reader of parameters either notes a problem or gives a value inside its bounds.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"start_date=2026-11-23&size=5", "start_date=2026-11-23T10:00:00.000Z&end_date=2026-11-22", "limit=250&sort_by=-opened_at", "next_page=MSB4&size=1&size=2", "a=%00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q := query{values, &problems{}}
		s, size := span(q), q.integer("size", 1, settlementSizeMax, settlementSize)
		c := &call{who: app.Actor{Merchant: "mer_x"}}
		want, _ := readDisputeQuery(c, q)
		if q.bad.err() != nil {
			return
		}
		if s.From > s.Until || s.From < cal.Date(1969, 12, 30) || size < 1 || size > settlementSizeMax || want.Limit < 1 || want.Limit > disputesLimitMax ||
			len(want.States) > len(wireStates) || slices.Contains(want.Reasons, "") {
			t.Fatalf("%q gave %+v %d %+v", text, s, size, want)
		}
		if want.AfterID != "" {
			if at, id, ok := readMark(mark(want.AfterAt, want.AfterID)); !ok || at != want.AfterAt || id != want.AfterID {
				t.Fatalf("%q: the mark changes to %d %q", text, at, id)
			}
		}
	})
}

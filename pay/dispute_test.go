package pay_test

import (
	"testing"

	"zahlziel/cal"
	"zahlziel/pay"
)

var monday = cal.Date(2026, 11, 23)

func claim() *pay.Invoice {
	return &pay.Invoice{Kind: pay.InvoiceClaim, Amount: 5000, Open: 5000, IssuedDay: monday}
}

func TestNewDispute(t *testing.T) {
	cases := []struct {
		name   string
		change func(inv *pay.Invoice)
		reason string
		amount int64
		day    cal.Day
		code   string
	}{
		{"all of it", nil, pay.DisputeFaulty, 5000, monday, ""},
		{"a cent", nil, pay.DisputeWrongAmount, 1, monday + 180, ""},
		{"a day too late", nil, pay.DisputeFaulty, 1, monday + 181, "dispute_too_late"},
		{"too much", nil, pay.DisputeFaulty, 5001, monday, "bad_amount"},
		{"nothing", nil, pay.DisputeFaulty, 0, monday, "bad_amount"},
		{"negative", nil, pay.DisputeFaulty, -1, monday, "bad_amount"},
		{"no reason", nil, "boredom", 1, monday, "bad_reason"},
		{"paid", func(inv *pay.Invoice) { inv.Open = 0 }, pay.DisputeFaulty, 1, monday, "dispute_not_allowed"},
		{"before delivery", func(inv *pay.Invoice) { inv.Kind = pay.InvoicePrepayment }, pay.DisputeFaulty, 1, monday, "dispute_not_allowed"},
		{"twice", func(inv *pay.Invoice) { inv.DisputeID = "dsp_1" }, pay.DisputeFaulty, 1, monday, "dispute_exists"},
	}
	for _, c := range cases {
		inv := claim()
		if c.change != nil {
			c.change(inv)
		}
		d, err := pay.NewDispute(inv, c.reason, c.amount, 1, c.day)
		code := ""
		if err != nil {
			code = err.Code
		}
		if code != c.code || (d == nil) != (err != nil) {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
	}
}

// TestDeadlines: 21 days for the shop, 7 where the purchase is denied or after a question, 14 for the desk.
func TestDeadlines(t *testing.T) {
	for reason, days := range map[string]cal.Day{pay.DisputeFaulty: 21, pay.DisputeUnauthorised: 7} {
		d, _ := pay.NewDispute(claim(), reason, 5000, 1, monday)
		if d.DeadlineDay != monday+days || d.Lapsed(monday+days) || !d.Lapsed(monday+days+1) {
			t.Errorf("%s: until %s", reason, d.DeadlineDay)
		}
		if err := d.Reply(monday + days + 1); err == nil || err.Code != "dispute_deadline" {
			t.Errorf("%s: a late answer: %v", reason, err)
		}
		if err := d.Reply(monday + days); err != nil || d.State != pay.DisputeReplied || d.DeadlineDay != monday+days+14 || d.Lapsed(monday+900) {
			t.Errorf("%s: answered on the last day: %v %+v", reason, err, d)
		}
		if err := d.Reply(monday + days); err == nil || err.Code != "dispute_answered" {
			t.Errorf("%s: answered twice: %v", reason, err)
		}
		if err := d.Ask(monday + 30); err != nil || d.DeadlineDay != monday+37 || !d.Awaited() {
			t.Errorf("%s: asked: %v %+v", reason, err, d)
		}
	}
}

func TestEndOfDispute(t *testing.T) {
	cases := []struct {
		outcome string
		lost    int64
		ok      bool
	}{
		{pay.DisputeWon, 0, true}, {pay.DisputeLost, 5000, true}, {pay.DisputeLost, 1, true}, {pay.DisputeLost, 0, false},
		{pay.DisputeLost, 5001, false}, {pay.DisputeLost, -1, false}, {pay.DisputeWon, 1, false}, {pay.DisputeWithdrawn, 5000, false},
	}
	for _, c := range cases {
		d, _ := pay.NewDispute(claim(), pay.DisputeFaulty, 5000, 1, monday)
		err := d.Close(pay.DisputeClosed, c.outcome, c.lost, 2, monday)
		if (err == nil) != c.ok || d.IsOpen() == c.ok {
			t.Errorf("%s with %d: %v", c.outcome, c.lost, err)
		}
		if !c.ok {
			continue
		}
		for name, again := range map[string]*pay.Error{"close": d.Close(pay.DisputeClosed, pay.DisputeWon, 0, 3, monday), "ask": d.Ask(monday), "reply": d.Reply(monday)} {
			if again == nil || again.Code != "dispute_closed" {
				t.Errorf("%s after the end: %v", name, again)
			}
		}
	}
	d, _ := pay.NewDispute(claim(), pay.DisputeFaulty, 3000, 1, monday)
	if a, b := d.Reduce(1000), d.Reduce(9000); a != 1000 || b != 2000 || d.Amount != 0 {
		t.Errorf("reduced by %d and %d, left %d", a, b, d.Amount)
	}
}

package api

import (
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// past is a shop to which something of everything has happened, all through its key; ids are bare.
type past struct {
	*door
	key                                                        string
	order, capture, refund, open, openCapture, session         string
	authorization, page, token, dispute, request, sent, payout string
}

const (
	complaint = "Die linke Sohle ist gebrochen"
	photo     = "\x89PNG\x0D\x0A\x1A\x0Anot a real one"
)

// cartOf is newCart for somebody else, with further members.
func cartOf(name, members string) string {
	return strings.NewReplacer("Klara", name, "klara@", strings.ToLower(name)+"@", `{"country"`, `{`+members+`"country"`).Replace(newCart)
}

func sessionOf(s map[string]any) session {
	return session{id: s["id"].(string), token: s["client_token"].(string)}
}

// run lets days pass and does what they bring.
func (d *door) run(t testing.TB, days int) {
	t.Helper()
	to := d.Today
	for range days {
		to++
	}
	if _, err := d.DayRun(d.Ctx, to, nil); err != nil {
		t.Fatal(err)
	}
	d.At(to, 10)
	d.Work()
}

// sold places the order of a purchase and sends everything; it returns order and capture.
func (p *past) sold(t testing.TB, cart string) (order, capture string) {
	t.Helper()
	token := p.confirmed(t, p.key, cart)
	order = object(t, p.by(p.key, "POST", "/orders", `{"authorization_token":"`+token+`","amount":5950}`), 201)["id"].(string)
	return order, object(t, p.by(p.key, "POST", "/orders/"+order+"/captures", `{"amount":5950,"reference":"=P-1"}`), 201)["id"].(string)
}

func newPast(t testing.TB) *past { return newDoor(t).past(t) }

func (d *door) past(t testing.TB) *past {
	t.Helper()
	p := &past{door: d}
	_, p.key = p.door.key(t, p.Shoes)
	p.order, p.capture = p.sold(t, newCart)
	p.refund = object(t, p.by(p.key, "POST", "/orders/"+p.order+"/refunds", `{"amount":500}`), 201)["id"].(string)
	token := p.confirmed(t, p.key, cartOf("Clara", `"intent":"buy_and_tokenize",`))
	p.token = object(t, p.by(p.key, "POST", "/customer-tokens", `{"authorization_token":"`+token+`","description":"Socken-Abo"}`), 201)["id"].(string)
	p.Work()
	p.run(t, 3)
	buyer := p.Consumer(worldtest.Person{Email: "klara@example.org"})
	full, _ := pay.ParseID[pay.OrderID](pay.PrefixOrder, p.order)
	invoices, err := p.DB.InvoicesOfOrder(p.Ctx, full)
	if err != nil {
		t.Fatal(err)
	}
	made, err := p.OpenDispute(p.Ctx, buyer, app.Key{}, invoices[0].ID, app.Objection{Reason: pay.DisputeFaulty, Amount: 1200, Text: complaint,
		Lines: []pay.DisputeLine{{Reference: "S-1", Quantity: 1}}, Files: []app.Upload{{Name: "sohle.png", Body: []byte(photo)}}})
	if err != nil {
		t.Fatal(err)
	}
	p.dispute = pay.Bare(made.ID)
	p.run(t, 3)
	request := object(t, p.by(p.key, "GET", "/disputes/"+p.dispute, ""), 200)["requests"].([]any)[0].(map[string]any)
	p.request, p.sent = request["id"].(string), request["attachments"].([]any)[0].(map[string]any)["id"].(string)
	payouts := object(t, p.by(p.key, "GET", "/payouts", ""), 200)["data"].([]any)
	p.payout = payouts[len(payouts)-1].(map[string]any)["id"].(string)
	p.open, p.openCapture = p.sold(t, cartOf("Dora", ""))
	p.Work()
	p.authorization = p.confirmed(t, p.key, cartOf("Emma", ""))
	p.session = object(t, p.by(p.key, "GET", "/authorizations/"+p.authorization, ""), 200)["session_id"].(string)
	p.page = object(t, p.by(p.key, "POST", "/sessions/"+p.session+"/page", `{}`), 201)["id"].(string)
	return p
}

// working does jobs beside the test until the returned function is called.
func (d *door) working() (end func()) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				d.Work()
			}
		}
	}()
	return func() { close(stop); <-done }
}

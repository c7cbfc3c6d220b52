package credit

import (
	"slices"
	"testing"

	"zahlziel/cal"
)

// kept is Anna on the first day of her promise, plan carried out, with a card that has become stricter since.
func kept(t *testing.T) (*Policy, Facts, Contract, Request) {
	t.Helper()
	a, f := anna(t)
	p, g := policy(t), annaGoal(a, Invoice14, 5000)
	plan := planOf(t, WayBack(p, &f, g), Cheapest)
	c := NewContract(&f, g, plan, a.Today)
	l := life{p: p, f: f, today: a.PayBy}
	for _, s := range plan.Steps {
		l.today = s.By
		l.pay(s.No, s.Amount)
	}
	strict := *p
	strict.Bands = []Band{{900, 5000}}
	for i := range InstantBank {
		strict.methods[i].MinScore = 900
	}
	r := g.Request
	r.Day, r.NowMicros = plan.From, int64(plan.From)*86400e6
	return &strict, l.f, c, r
}

func TestContractOutlivesAStricterCard(t *testing.T) {
	p, f, c, r := kept(t)
	d := Decide(p, &f, r)
	if d.Outcome(Invoice14).OK {
		t.Fatal("the stricter card approves; the test shows nothing")
	}
	got, voids := c.Honour(p, &f, Invoice14, r, d)
	if !got.Outcome(Invoice14).OK || len(voids) > 0 || got.Why(Invoice14)[0].Code != C01Contract {
		t.Fatalf("not honoured: %v %v", voids, Codes(got.Why(Invoice14)))
	}
	if d.Outcome(Invoice14).OK || len(d.Blockers(Invoice14)) == 0 {
		t.Error("the first answer was changed")
	}
	if got.Outcome(Invoice30).OK {
		t.Error("another method is approved too")
	}
	for name, change := range map[string]func(*Contract, *Request){
		"more money":  func(_ *Contract, r *Request) { r.Amount++ },
		"too early":   func(c *Contract, _ *Request) { c.From++ },
		"too late":    func(c *Contract, r *Request) { r.Day = c.ValidUntil + 1 },
		"second time": func(c *Contract, _ *Request) { c.Used = true },
	} {
		c, r := c, r
		change(&c, &r)
		if got, _ := c.Honour(p, &f, Invoice14, r, Decide(p, &f, r)); got.Outcome(Invoice14).OK {
			t.Errorf("honoured although %s", name)
		}
	}
}

// TestVoidList: every void has a case here, and nothing else ends a contract.
func TestVoidList(t *testing.T) {
	cases := map[Void]func(*Facts, *Contract, *Request){
		V1NewLateInvoice: func(f *Facts, _ *Contract, r *Request) {
			f.Open = append(f.Open, Item{No: "new", Open: 100, Due: r.Day - 4, Returns: cal.NoDay})
		},
		V2NewEnquiries: func(f *Facts, c *Contract, _ *Request) {
			for _, shop := range []string{"a", "b", "c", "d"} {
				f.History.Enquire(c.Made+1, shop)
			}
		},
		V3NewPurchase:       func(f *Facts, c *Contract, _ *Request) { f.History.Purchase(c.From - 1) },
		V4StepMissed:        func(_ *Facts, c *Contract, _ *Request) { c.Missed = true },
		V5SecurityHold:      func(f *Facts, _ *Contract, _ *Request) { f.Security = HoldCredit },
		V6InsolvencyOrDeath: func(f *Facts, _ *Contract, _ *Request) { f.Insolvency.Running = true },
		V7LegalCheck:        func(_ *Facts, _ *Contract, r *Request) { r.Offers[Invoice14].Regime = Regulated },
		V8ProductStopped:    func(_ *Facts, _ *Contract, r *Request) { r.CreditStop = true },
		V9Reversed:          func(_ *Facts, c *Contract, _ *Request) { c.Reversed = true },
		V10OwnPause:         func(f *Facts, _ *Contract, r *Request) { f.PauseUntil = r.Day + 9 },
		V11LegalProhibition: func(f *Facts, _ *Contract, r *Request) { f.Born = r.Day - 6000 },
	}
	for v := V1NewLateInvoice; v < voidEnd; v++ {
		p, f, c, r := kept(t)
		cases[v](&f, &c, &r)
		d, voids := c.Honour(p, &f, Invoice14, r, Decide(p, &f, r))
		if d.Outcome(Invoice14).OK || !slices.Equal(voids, []Void{v}) {
			t.Errorf("%s: voids %v, approved %v", v, voids, d.Outcome(Invoice14).OK)
		}
		if v.Sentence("de") == "" || v.Sentence("en") == "" {
			t.Errorf("%s says nothing", v)
		}
	}
	p, f, c, r := kept(t)
	f.History.Enquire(c.Made+1, "a")
	r.MerchantCap = 1
	if d, voids := c.Honour(p, &f, Invoice14, r, Decide(p, &f, r)); !d.Outcome(Invoice14).OK {
		t.Errorf("a lower cap or one enquiry ends the contract: %v", voids)
	}
}

package credit

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zahlziel/cal"
)

// lived carries a plan of Anna's out with a promise beside it, the way the application keeps it.
func lived(t *testing.T) (*Policy, *life, LiveContract, Request) {
	t.Helper()
	a, f := anna(t)
	p, g := policy(t), annaGoal(a, Invoice14, 5000)
	plan := planOf(t, WayBack(p, &f, g), Cheapest)
	c := NewLiveContract("prm", &f, g, plan, a.Today)
	r := g.Request
	r.Day, r.NowMicros = plan.From, int64(plan.From)*86400e6
	return p, &life{p: p, f: f, today: a.PayBy}, c, r
}

// do pays every duty on a day relative to its last one.
func (l *life) do(c *LiveContract, late cal.Day) {
	for _, d := range slices.Clone(c.Duties) {
		l.today = d.By + late
		for i := range l.f.Open {
			if it := &l.f.Open[i]; it.No == d.No {
				l.pay(d.No, it.Open-d.Rest)
				break
			}
		}
		c.Keep(&l.f, l.today, l.today)
	}
}

func TestStepsFulfilThePromise(t *testing.T) {
	p, l, c, r := lived(t)
	if len(c.Duties) < 2 || c.Fulfilled() {
		t.Fatalf("before anything is paid: %+v", c)
	}
	if c.Keep(&l.f, l.today, l.today) {
		t.Fatal("nothing happened, and the promise changed")
	}
	l.do(&c, 0)
	if !c.Fulfilled() {
		t.Fatalf("all paid on the last day: %+v", c.Duties)
	}
	l.f.Promises = []LiveContract{c}
	strict := *p
	for i := range InstantBank {
		strict.methods[i].MinScore = 1000
	}
	no := Decide(&strict, &l.f, r)
	yes, kept := l.f.Honour(&strict, Invoice14, r, no)
	if no.Outcome(Invoice14).OK || !yes.Outcome(Invoice14).OK || !kept.Honoured() {
		t.Fatalf("not honoured: %+v", kept)
	}
	if shown := l.f.Promised(&strict, r, no); !shown.Outcome(Invoice14).OK || shown.Outcome(Invoice30).OK {
		t.Error("the list of methods does not show the promise, or shows another")
	}
	l.f.Promises[0].Held = "aut"
	l.f.Holds = []Hold{{Ref: "aut", Kind: Reservation, Amount: 1, UntilMicros: r.NowMicros + 1}}
	if _, again := l.f.Honour(&strict, Invoice14, r, no); again != nil {
		t.Error("one promise for two purchases")
	}
	r.NowMicros++
	if _, again := l.f.Honour(&strict, Invoice14, r, no); !again.Honoured() {
		t.Error("an authorization that ended by time still holds the promise")
	}
}

func TestLateMissedAndReversedSteps(t *testing.T) {
	_, l, c, _ := lived(t)
	l.do(&c, 1)
	if c.Fulfilled() || !c.Missed {
		t.Errorf("paid a day late: %+v", c)
	}
	p, l, c, r := lived(t)
	first := c.Duties[0].By
	c.Miss(&l.f, cal.Target2.AddBankDays(first, 2), 2)
	if c.Missed {
		t.Error("missed while the transfer may be on its way")
	}
	c.Miss(&l.f, cal.Target2.AddBankDays(first, 2)+1, 2)
	if !c.Missed || !slices.Equal(c.Ended(p, &l.f, r.Day), []Void{V4StepMissed}) {
		t.Errorf("nobody paid: %+v, %v", c, c.Ended(p, &l.f, r.Day))
	}
	p, l, c, r = lived(t)
	l.do(&c, 0)
	l.f.Open = append(l.f.Open, Item{Invoice: c.Duties[0].Invoice, No: c.Duties[0].No, Open: 5990, Due: r.Day + 1, Returns: cal.NoDay})
	c.Keep(&l.f, r.Day, r.Day)
	if c.Fulfilled() || !slices.Equal(c.Ended(p, &l.f, r.Day), []Void{V9Reversed}) {
		t.Errorf("the payment was taken back: %v", c.Ended(p, &l.f, r.Day))
	}
}

// TestDisputedStepIsNotMissed: nobody has to pay what is in dispute.
func TestDisputedStepIsNotMissed(t *testing.T) {
	_, l, c, _ := lived(t)
	for i := range l.f.Open {
		l.f.Open[i].Stops = []Span{{l.today, cal.NoDay}}
	}
	if c.Miss(&l.f, l.today+60, 2); c.Missed {
		t.Error("a step in dispute was missed")
	}
}

// TestRecordKeepsThePromise: facts with promises and records of honoured ones come back byte for byte and replay.
func TestRecordKeepsThePromise(t *testing.T) {
	p, l, c, r := lived(t)
	bare, _ := l.f.MarshalBinary()
	l.do(&c, 0)
	l.f.Promises = []LiveContract{c, c}
	b, _ := l.f.MarshalBinary()
	var back Facts
	if err := back.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.f, back, sameLists); diff != "" {
		t.Fatal(diff)
	}
	if err := back.UnmarshalBinary(bare); err != nil || len(back.Promises) > 0 {
		t.Fatalf("facts without promises: %v", err)
	}
	r.Margin = 1001 // no score is enough: the rules refuse
	d := Decide(p, &l.f, r)
	_, kept := l.f.Honour(p, Invoice14, r, d)
	rec := NewRecord(p, &l.f, r, d)
	plain, _ := rec.MarshalBinary()
	rec.Kept = kept
	with, _ := rec.MarshalBinary()
	if !kept.Honoured() || !bytes.HasPrefix(with[1:], plain[1:]) {
		t.Fatal("the promise does not stand behind the record as it was")
	}
	var read Record
	if err := read.UnmarshalBinary(with); err != nil {
		t.Fatal(err)
	}
	if err := Replay(Policies{p}, &read); err != nil {
		t.Fatal(err)
	}
	if j, err := read.JSON(); err != nil || !bytes.Contains(j, []byte("C01_CONTRACT")) {
		t.Fatal(err)
	}
	read.Kept.Decision.Outcomes[Invoice14].Max++
	if Replay(Policies{p}, &read) == nil {
		t.Error("a changed answer replays")
	}
	for i := range with {
		var cut Record
		_ = cut.UnmarshalBinary(with[:i]) // must not panic
	}
}

// TestWhatIfAgreesWithThePlan: doing what a plan says shows what the plan promises.
func TestWhatIfAgreesWithThePlan(t *testing.T) {
	p := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t, p, rapid.IntRange(0, 4).Draw(t, "items"))
		g := Goal{Method: Method(rapid.IntRange(0, 2).Draw(t, "method")), Request: drawRequest(t), Horizon: 60, PayBy: genToday}
		g.Request.Day = genToday
		for i := range g.Request.Offers {
			g.Request.Offers[i].Regime = Exempt50
		}
		w := WayBack(p, &f, g)
		for _, plan := range w.Plans {
			var c Choice
			for _, s := range plan.Steps {
				switch {
				case s.Kind == PayFull || s.Kind == PayPart:
					c.Pay = append(c.Pay, Payment{s.Invoice, s.No, s.Amount})
				case s.Kind >= VerifyEmail && s.Kind <= SetDirectDebit:
					c.Verify = append(c.Verify, s.Kind)
				}
			}
			_, _, then := WhatIf(p, &f, g.Request, c, plan.From)
			if then.Score != plan.Score || then.Max[g.Method] < g.Request.Amount {
				t.Fatalf("the plan promises %d points and %d, what-if says %+v", plan.Score, g.Request.Amount, then)
			}
		}
		now, _, same := WhatIf(p, &f, g.Request, Choice{}, g.Request.Day)
		if d := Decide(p, &f, g.Request); now != same || now.Score != d.Score {
			t.Fatalf("doing nothing changes something: %+v, %+v", now, same)
		}
	})
}

// TestKeptPlansAreHonoured executes accepted plans with payments on random earlier days, while the card becomes one that
// approves nobody: on every promised day the promise turns the refusal into a yes.
func TestKeptPlansAreHonoured(t *testing.T) {
	base := policy(t)
	honoured := 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, base)
		f := drawFacts(t, p, rapid.IntRange(0, 4).Draw(t, "items"))
		g := Goal{Method: Method(rapid.IntRange(0, 4).Draw(t, "method")), Request: drawRequest(t), Horizon: 120}
		w := WayBack(p, &f, g)
		if w.Open {
			return
		}
		strict := *p
		strict.Bands = []Band{{1000, 0}}
		for i := range InstantBank {
			strict.methods[i].MinScore = 1000
		}
		for _, plan := range w.Plans {
			honoured += honour(t, p, &strict, &f, g, plan)
		}
	})
	t.Logf("%d promised days honoured", honoured)
	if honoured == 0 {
		t.Error("no promise was ever asked; the test shows nothing")
	}
}

func honour(t *rapid.T, p, strict *Policy, f *Facts, g Goal, plan Plan) (honoured int) {
	t.Helper()
	l := life{p: p, today: g.Request.Day}
	l.f.become(f)
	l.f.Holds = slices.Clone(f.Holds)
	c := NewLiveContract("prm", f, g, plan, g.Request.Day)
	payBy := g.Request.Day + cal.Day(p.Promise.PayByDays)
	early := rapid.IntRange(0, 3).Draw(t, "earlier")
	act := func(kind func(StepKind) bool) {
		for _, s := range plan.Steps {
			day := s.By
			if stopped := slices.ContainsFunc(f.Open, func(it Item) bool { return it.No == s.No && it.stopped(s.By-cal.Day(early)) }); s.Kind != VerifyAddress && !stopped {
				day = max(g.Request.Day, s.By-cal.Day(early))
			}
			if day != l.today || !kind(s.Kind) {
				continue
			}
			if s.Kind <= PayAsAgreed {
				l.pay(s.No, s.Amount)
			} else {
				l.verify(s.Kind)
			}
			c.Keep(&l.f, l.today, l.today)
		}
	}
	for ; l.today <= plan.ValidUntil; l.today++ {
		if l.today > g.Request.Day {
			l.remind(payBy)
		}
		act(func(k StepKind) bool { return k != PayAsAgreed })
		c.Miss(&l.f, l.today, 2)
		if l.today >= plan.From {
			r := g.Request
			r.Day, r.NowMicros = l.today, int64(l.today)*86400e6
			l.f.Promises = []LiveContract{c}
			if _, kept := l.f.Honour(strict, g.Method, r, Decide(strict, &l.f, r)); !kept.Honoured() {
				t.Fatalf("not honoured on %s (from %s): %+v\n%+v\n%+v", l.today, plan.From, kept, c.Duties, plan.Steps)
			}
			honoured++
		}
		act(func(k StepKind) bool { return k == PayAsAgreed })
	}
	return honoured
}

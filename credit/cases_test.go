package credit

import (
	"slices"
	"testing"

	"zahlziel/cal"
)

func overdueItem(no string, amount int64, days int32) Item {
	return Item{Invoice: "inv_" + no, No: no, Merchant: "m", Open: amount, Original: amount, Due: genToday - cal.Day(days), Returns: cal.NoDay}
}

func kinds(p Plan) (list []StepKind) {
	for _, s := range p.Steps {
		list = append(list, s.Kind)
	}
	return list
}

// TestWays goes through the situations of the way back that are not about points.
func TestWays(t *testing.T) {
	p := policy(t)
	tests := []struct {
		name   string
		change func(*Facts, *Goal)
		steps  []StepKind // of the earliest plan; nil: no way
		from   string
	}{
		{"nothing to do", func(*Facts, *Goal) {}, []StepKind{}, "2026-11-22"},
		{"own pause", func(f *Facts, _ *Goal) { f.PauseUntil = genToday + 20 }, []StepKind{Wait}, "2026-12-12"},
		{"eighteenth birthday", func(f *Facts, _ *Goal) { f.Born = cal.Date(2009, 1, 15) }, []StepKind{Wait}, "2027-01-15"},
		{"reservation elsewhere", func(f *Facts, g *Goal) {
			f.Holds = []Hold{{Ref: "t", Kind: Reservation, Amount: 14000, UntilMicros: g.Request.NowMicros + 3600e6}}
		}, []StepKind{Wait}, "2026-11-24"},
		{"reservation elsewhere, midnight known", func(f *Facts, g *Goal) {
			f.Holds = []Hold{{Ref: "t", Kind: Reservation, Amount: 14000, UntilMicros: g.Request.NowMicros + 3600e6}}
			g.DayStartMicros = g.Request.NowMicros - 12*3600e6
		}, []StepKind{Wait}, "2026-11-23"},
		{"e-mail", func(f *Facts, _ *Goal) { f.Email = cal.NoDay }, []StepKind{VerifyEmail}, "2026-11-22"},
		{"address", func(f *Facts, _ *Goal) { f.Address = Address{Day: cal.NoDay} }, []StepKind{VerifyAddress}, "2026-11-25"},
		{"contact changed", func(f *Facts, _ *Goal) { f.ContactChanged = genToday }, []StepKind{VerifyIdentity}, "2026-11-23"},
		{"regulated without assessment", func(_ *Facts, g *Goal) { g.Request.Offers[Invoice14].Regime = Regulated }, []StepKind{EvidenceStep}, "2026-11-22"},
		{"loss not yet paid", func(f *Facts, _ *Goal) {
			f.WriteOff = WriteOff{Day: genToday - 10, Settled: cal.NoDay, Open: 4321, No: "L1"}
		}, []StepKind{PayFull, Wait}, "2027-05-24"},
		{"loss that may not be asked for", func(f *Facts, _ *Goal) {
			f.WriteOff = WriteOff{Day: genToday - 700, Settled: cal.NoDay, Open: 4321, No: "L1", Barred: true}
		}, []StepKind{Wait}, "2026-12-22"},
		{"small overdue sum in part", func(f *Facts, g *Goal) {
			f.Open = []Item{overdueItem("R1", 3050, 5)}
			g.Window, g.Request.Amount = 3, 1000
		}, []StepKind{PayPart}, "2026-11-25"},
		{"dispute above the tolerance", func(f *Facts, _ *Goal) {
			it := overdueItem("R1", 20000, 30)
			it.Disputed, it.Stops = it.Open, []Span{{genToday - 20, cal.NoDay}}
			f.Open = []Item{it}
		}, nil, ""},
		{"pause with a known end", func(f *Facts, _ *Goal) {
			it := overdueItem("R1", 12000, -2)
			it.Stops = []Span{{genToday, genToday + 10}}
			f.Open = []Item{it}
		}, []StepKind{PayAsAgreed}, "2026-12-03"},
		{"deceased", func(f *Facts, _ *Goal) { f.Deceased = true }, nil, ""},
		{"held", func(f *Facts, _ *Goal) { f.Security = HoldAll }, nil, ""},
		{"not offered", func(_ *Facts, g *Goal) { g.Request.Offers[Invoice14].Enabled = false }, nil, ""},
		{"insolvency beyond the horizon", func(f *Facts, _ *Goal) { f.Insolvency = Insolvency{Running: true, Ended: genToday + 900} }, nil, ""},
	}
	for _, tt := range tests {
		f, g := verified(genToday), Goal{Method: Invoice14, Request: request(genToday, 5000)}
		g.PayBy = cal.NoDay
		tt.change(&f, &g)
		w := WayBack(p, &f, g)
		if tt.steps == nil {
			if w.None == nil || len(w.None.Cause) == 0 || len(w.Plans) > 0 {
				t.Errorf("%s: %+v, want no way and its cause", tt.name, w)
			}
			continue
		}
		if len(w.Plans) == 0 {
			t.Errorf("%s: no plan, %+v", tt.name, w.None)
			continue
		}
		if got := w.Plans[0]; !slices.Equal(kinds(got), tt.steps) || got.From.String() != tt.from || w.Open != (len(tt.steps) == 0) {
			t.Errorf("%s: %v from %s, open %v; want %v from %s", tt.name, kinds(got), got.From, w.Open, tt.steps, tt.from)
		}
	}
}

func TestNoWayExplains(t *testing.T) {
	p, f := policy(t), verified(genToday)
	g := Goal{Method: Invoice14, Request: request(genToday, 5000)}
	f.Insolvency = Insolvency{Running: true, Ended: genToday + 900}
	if n := WayBack(p, &f, g).None; n == nil || n.Contact || n.NextCheck != genToday+1080 {
		t.Errorf("known end beyond the horizon: %+v", n)
	}
	f.Insolvency.Ended = cal.NoDay
	if n := WayBack(p, &f, g).None; n == nil || !n.Contact || n.NextCheck.IsSet() {
		t.Errorf("unknown end: %+v", n)
	}
	f.Insolvency.Running = false
	g.Request.Amount = 20000
	if n := WayBack(p, &f, g).None; n == nil || n.Cause[0].Code != L04CapFirstPurchase || n.Reachable != 15000 {
		t.Errorf("more than the first purchase allows: %+v", n)
	}
}

// TestPlansNeverAskForWhatMustNotBeAsked: insolvent, barred, sold, disputed and paused claims are in no payment step.
func TestPlansNeverAskForWhatMustNotBeAsked(t *testing.T) {
	p := policy(t)
	for _, flag := range []ItemFlags{Insolvent, Barred, Sold} {
		f := verified(genToday)
		f.Open = []Item{overdueItem("R1", 3000, 40), overdueItem("R2", 2000, 40)}
		f.Open[0].Flags = flag
		w := WayBack(p, &f, Goal{Method: Invoice14, Request: request(genToday, 1000), PayBy: cal.NoDay})
		for _, plan := range w.Plans {
			if pays := numbers(plan, PayFull, PayPart, PayAsAgreed); !slices.Equal(pays, []string{"R2"}) {
				t.Errorf("%v: asks for %v", flag.Names(), pays)
			}
		}
		if len(w.Plans) == 0 {
			t.Errorf("%v: no plan: %+v", flag.Names(), w.None)
		}
	}
}

func TestForecast(t *testing.T) {
	a, f := anna(t)
	changes := Forecast(policy(t), &f, request(a.Today, 5000), 90)
	if changes[0].Score != 550 || changes[0].Day != a.Today {
		t.Fatalf("today %+v", changes[0])
	}
	for i, c := range changes[1:] {
		if c.Delta != c.Score-changes[i].Score || c.Day <= changes[i].Day {
			t.Errorf("%+v after %+v", c, changes[i])
		}
	}
}

func TestLadder(t *testing.T) {
	a, f := anna(t)
	rungs := Ladder(policy(t), &f, annaGoal(a, Invoice30, 0), []int64{5000, 10000, 25000, 100000000})
	last := a.Today
	for i, want := range []string{"2026-12-12", "2026-12-12", "2027-02-11", ""} {
		if rungs[i].From.String() != want || rungs[i].From.IsSet() && rungs[i].From < last {
			t.Errorf("%d from %q, want %q", rungs[i].Amount, rungs[i].From, want)
		}
	}
}

// TestSizes keeps the stored forms small: they are written with every event and every decision.
func TestSizes(t *testing.T) {
	a, f := anna(t)
	p, r := policy(t), request(a.Today, 5000)
	rec := NewRecord(p, &f, r, Decide(p, &f, r))
	b, err := rec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if stored := len(f.MarshalStored()); stored > 400 || len(b) > 1200 {
		t.Errorf("stored facts take %d bytes, the record %d", stored, len(b))
	} else {
		t.Logf("stored facts take %d bytes, the record %d", stored, len(b))
	}
}

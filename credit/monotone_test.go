package credit

import (
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
	"zahlziel/money"
)

// TestMonotone is the contract that the way back rests on: paying more, paying earlier or verifying more never turns a
// yes into a no on any later day.
func TestMonotone(t *testing.T) {
	p := policy(t)
	rapid.Check(t, func(t *rapid.T) { checkMonotone(t, p) })
}

// TestRandomPolicies is the same contract for any policy that the loader accepts, another one in every case.
func TestRandomPolicies(t *testing.T) {
	base := policy(t)
	rapid.Check(t, func(t *rapid.T) { checkMonotone(t, drawPolicy(t, base)) })
}

func checkMonotone(t *rapid.T, p *Policy) {
	f := drawFacts(t, p, rapid.IntRange(0, 5).Draw(t, "items"))
	g := Goal{Request: drawRequest(t), PayBy: genToday + cal.Day(rapid.IntRange(1, 6).Draw(t, "pay by")), Horizon: 120, Window: 14}
	less, more := newSim(p, &f, &g), newSim(p, &f, &g)
	a := candidate{make([]int64, len(less.opts)), less.todo & verifySet(rapid.Uint8().Draw(t, "verify"))}
	b := candidate{make([]int64, len(less.opts)), a.verify | less.todo&verifySet(rapid.Uint8().Draw(t, "verify more"))}
	for i, o := range less.opts {
		euros := rapid.Int64Range(0, o.amount/100+1).Draw(t, "pay")
		a.pays[i] = min(o.amount, euros*100)
		b.pays[i] = min(o.amount, a.pays[i]+100*rapid.Int64Range(0, o.amount/100+1).Draw(t, "pay more"))
		if o.item < 0 && a.pays[i] < o.amount {
			a.pays[i] = 0 // a written-off claim is settled as a whole
		}
		if o.item < 0 && b.pays[i] < o.amount {
			b.pays[i] = a.pays[i]
		}
	}
	less.reset(a)
	more.reset(b)
	for day := g.PayBy; day < g.PayBy+120; day++ {
		less.ok(day)
		more.ok(day)
		if more.d.Score < less.d.Score || more.d.Available < less.d.Available {
			t.Fatalf("on %s doing more lowers score %d to %d or the free amount %d to %d\n%v\n%v",
				day, less.d.Score, more.d.Score, less.d.Available, more.d.Available, less.d.Features, more.d.Features)
		}
		for m := range Method(MethodCount) {
			if less.d.Outcomes[m].OK && !more.d.Outcomes[m].OK {
				t.Fatalf("on %s doing more loses %s: %v", day, m, Codes(more.d.Blockers(m)))
			}
		}
	}
}

// TestPayNowIsAlwaysListed: a refusal of credit never hides paying now; only R01, R03 and R20 may touch it.
func TestPayNowIsAlwaysListed(t *testing.T) {
	base := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, base)
		f := drawFacts(t, p, rapid.IntRange(0, 6).Draw(t, "items"))
		f.Security = SecurityHold(rapid.IntRange(0, 2).Draw(t, "hold"))
		r := drawRequest(t)
		r.CreditStop = rapid.Bool().Draw(t, "stop")
		d := Decide(p, &f, r)
		for m := range Method(MethodCount) {
			if d.Outcomes[m].Method != m || d.Outcomes[m].OK != (len(d.Blockers(m)) == 0) {
				t.Fatalf("%s: outcome %+v, blockers %v", m, d.Outcomes[m], Codes(d.Blockers(m)))
			}
			for _, why := range d.Blockers(m) {
				if !m.IsCredit() && why.Code != R01Deceased && why.Code != R03SecurityHold && why.Code != R20NotServed {
					t.Fatalf("%s is refused by %s", m, why.Code)
				}
				if why.Code == S01ScoreBelowCutoff && len(d.Why(m)) == 1 && d.Score < 1000-80 {
					t.Fatalf("%s is refused by a score without its causes", m)
				}
			}
		}
	})
}

// TestMaxIsExact: the largest amount that an outcome names is approved, one cent more is not.
func TestMaxIsExact(t *testing.T) {
	p := policy(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t, p, rapid.IntRange(0, 3).Draw(t, "items"))
		r := drawRequest(t)
		if rapid.Bool().Draw(t, "regulated") {
			r.Offers[Invoice14].Regime, r.Offers[Instalments].Regime = Regulated, Regulated
			f.Assessment = Assessment{Day: genToday - 10, FreeMonthly: 9000, Obligations: 1000}
		}
		for _, o := range Decide(p, &f, r).Outcomes {
			if !o.Method.IsCredit() {
				continue
			}
			if r.Amount = o.Max; o.Max > 0 && !Decide(p, &f, r).Outcome(o.Method).OK {
				t.Fatalf("%s: the largest amount %d is refused", o.Method, o.Max)
			}
			if r.Amount = o.Max + 1; o.Max > 0 && Decide(p, &f, r).Outcome(o.Method).OK {
				t.Fatalf("%s: more than the largest amount %d is approved", o.Method, o.Max)
			}
		}
	})
}

func verified(today cal.Day) Facts {
	f := NewFacts("de", money.EUR)
	f.Born, f.Opened, f.Sanctions = cal.Date(1990, 5, 5), today-400, Clear
	f.Email, f.Address, f.Identity = today-400, Address{2, today - 400}, today-400
	return f
}

// TestDisputeIsNeutral: a wholly disputed overdue invoice costs no points and triggers no arrears rule, but binds the limit.
func TestDisputeIsNeutral(t *testing.T) {
	p, f := policy(t), verified(genToday)
	before := Decide(p, &f, request(genToday, 5000))
	f.Open = []Item{{Invoice: "i", No: "R1", Open: 9000, Original: 9000, Due: genToday - 60, Returns: cal.NoDay, Dunning: 2, Disputed: 9000,
		Stops: []Span{{genToday - 58, cal.NoDay}}}}
	after := Decide(p, &f, request(genToday, 5000))
	if before.Points != after.Points || after.Exposure != 9000 || !after.Outcome(Invoice14).OK {
		t.Errorf("points %v then %v, exposure %d, reasons %v", before.Points, after.Points, after.Exposure, Codes(after.Why(Invoice14)))
	}
	f.Open[0].Open, f.Open[0].Disputed = 10001, 10001
	if d := Decide(p, &f, request(genToday, 100)); d.Outcome(Invoice14).OK || d.Blockers(Invoice14)[0].Code != R21DisputedExposure {
		t.Errorf("more than 100 EUR in dispute: %v", Codes(d.Blockers(Invoice14)))
	}
}

func TestPastDueStops(t *testing.T) {
	tests := []struct {
		stops []Span
		want  int32
	}{
		{nil, 20},
		{[]Span{{genToday - 9, cal.NoDay}}, 10},
		{[]Span{{genToday - 30, genToday - 11}}, 11},
		{[]Span{{genToday - 9, genToday - 5}, {genToday - 7, genToday - 2}}, 12},
		{[]Span{{genToday - 9, genToday - 2}, {genToday - 7, genToday - 5}}, 12},
		{[]Span{{genToday + 1, cal.NoDay}}, 20},
	}
	for _, tt := range tests {
		if got := pastDue(genToday-20, genToday, tt.stops); got != tt.want {
			t.Errorf("%v: %d days past due, want %d", tt.stops, got, tt.want)
		}
	}
}

// TestRules goes through the rules one by one on an otherwise perfect consumer.
func TestRules(t *testing.T) {
	p := policy(t)
	tests := []struct {
		name   string
		change func(*Facts, *Request)
		want   Code
		date   string
	}{
		{"deceased", func(f *Facts, _ *Request) { f.Deceased = true }, R01Deceased, ""},
		{"minor", func(f *Facts, _ *Request) { f.Born = cal.Date(2009, 1, 15) }, R02Under18, "2027-01-15"},
		{"born unknown", func(f *Facts, _ *Request) { f.Born = cal.NoDay }, R02Under18, ""},
		{"held", func(f *Facts, _ *Request) { f.Security = HoldCredit }, R03SecurityHold, ""},
		{"sanctions hit", func(f *Facts, _ *Request) { f.Sanctions = Hit }, R03SecurityHold, ""},
		{"insolvent", func(f *Facts, _ *Request) { f.Insolvency.Running = true }, R04Insolvency, ""},
		{"insolvency ended", func(f *Facts, _ *Request) { f.Insolvency.Ended = genToday - 100 }, R04Insolvency, "2027-02-10"},
		{"pause", func(f *Facts, _ *Request) { f.PauseUntil = genToday + 1 }, R05SelfPause, "2026-11-23"},
		{"email", func(f *Facts, _ *Request) { f.Email = cal.NoDay }, R09EmailUnverified, ""},
		{"address", func(f *Facts, _ *Request) { f.Address.Level = 0 }, R10AddressUnconfirmed, ""},
		{"contact", func(f *Facts, _ *Request) { f.ContactChanged, f.Identity = genToday-6, cal.NoDay }, R14ContactChanged, "2026-11-23"},
		{"three today", func(f *Facts, _ *Request) { f.History.Purchases = []cal.Day{genToday, genToday, genToday} }, R15TooManyPurchases, "2026-11-23"},
		{"six in a week", func(f *Facts, _ *Request) {
			for i := range cal.Day(6) {
				f.History.Purchase(genToday - 6 + i)
			}
		}, R15TooManyPurchases, "2026-11-23"},
		{"no assessment", func(_ *Facts, r *Request) { r.Offers[Invoice14].Regime = Regulated }, R16Affordability, ""},
		{"old assessment", func(f *Facts, r *Request) {
			r.Offers[Invoice14].Regime = Regulated
			f.Assessment = Assessment{Day: cal.Date(2025, 11, 22), FreeMonthly: 100000}
		}, R16Affordability, ""},
		{"small assessment", func(f *Facts, r *Request) {
			r.Offers[Invoice14].Regime = Regulated
			f.Assessment = Assessment{Day: genToday, FreeMonthly: 5999, Obligations: 1000}
		}, R16Affordability, ""},
		{"bureau", func(f *Facts, _ *Request) { f.Bureau = Bureau{State: Hit, Source: "X", Feature: "Y", AsOf: genToday} }, R17BureauNegative, ""},
		{"loss", func(f *Facts, _ *Request) {
			f.WriteOff = WriteOff{Day: genToday - 700, Settled: cal.NoDay, Open: 1, No: "L"}
		}, R18DefaultWrittenOff, "2026-12-22"},
		{"loss paid", func(f *Facts, _ *Request) { f.WriteOff = WriteOff{Day: genToday - 400, Settled: genToday - 100} }, R18DefaultWrittenOff, "2027-02-10"},
		{"not screened", func(f *Facts, _ *Request) { f.Sanctions = Unavailable }, R20NotServed, ""},
		{"kill switch", func(_ *Facts, r *Request) { r.CreditStop = true }, R20NotServed, ""},
		{"currency", func(_ *Facts, r *Request) { r.Currency = money.CHF }, R20NotServed, ""},
		{"too small", func(_ *Facts, r *Request) { r.Amount = 99 }, M01BelowMinimum, ""},
		{"merchant cap", func(_ *Facts, r *Request) { r.MerchantCap = 4999 }, L07CapMerchant, ""},
		{"market cap", func(_ *Facts, r *Request) { r.MarketCap = 4999 }, L08CapMarket, ""},
		{"cluster cap", func(f *Facts, r *Request) { f.Identity, f.Bank, r.ClusterCap = cal.NoDay, genToday, 4999 }, L09CapCluster, ""},
		{"identity first", func(f *Facts, r *Request) { f.Identity, r.IdentityFirst = cal.NoDay, true }, R12IdentityUnverified, ""},
		{"first purchase", func(_ *Facts, r *Request) { r.Amount = 15001 }, L04CapFirstPurchase, ""},
		{"held amount", func(f *Facts, r *Request) {
			f.Holds = []Hold{{Ref: "t", Kind: Reservation, Amount: 14000, UntilMicros: r.NowMicros + 1}}
		}, L04CapFirstPurchase, ""},
	}
	for _, tt := range tests {
		f, r := verified(genToday), request(genToday, 5000)
		tt.change(&f, &r)
		d := Decide(p, &f, r)
		why := d.Blockers(Invoice14)
		if len(why) != 1 || why[0].Code != tt.want || why[0].Day.String() != tt.date {
			t.Errorf("%s: %v until %v, want %s until %q", tt.name, Codes(why), why, tt.want, tt.date)
		}
	}
	f, r := verified(genToday), request(genToday, 5000)
	f.Holds = []Hold{{Ref: "t", Kind: Reservation, Amount: 14000, UntilMicros: r.NowMicros}}
	if d := Decide(p, &f, r); !d.Outcome(Invoice14).OK {
		t.Errorf("an expired hold still binds: %v", Codes(d.Why(Invoice14)))
	}
}

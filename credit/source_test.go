package credit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zahlziel/cal"
	"zahlziel/money"
)

// sourced is the built-in policy with a bureau, optional or required above 100 EUR, and evidence required above 300 EUR.
func sourced(t *testing.T, required bool) *Policy {
	p := *policy(t)
	p.Sources = []SourceRule{
		{Source: SourceBureau, Required: required, Above: 10000, Days: 30, ScoreCaps: []Band{{800, 100000}, {1, 5000}}},
		{Source: SourceAffordability, Required: true, Above: 30000, Days: 365},
	}
	if err := p.checkSources(); err != nil {
		t.Fatal(err)
	}
	return &p
}

// trusted is somebody with a long clean history and a high limit.
func trusted(p *Policy) Facts {
	f := NewFacts("de", money.EUR)
	f.Born, f.Sanctions, f.Opened = cal.Date(1980, 1, 1), Clear, genToday-1000
	f.Email, f.Bank, f.Identity, f.DirectDebit = genToday-900, genToday-900, genToday-900, genToday-900
	f.Address = Address{Level: 2, Day: genToday - 900}
	f.Assessment = Assessment{Day: genToday - 10, FreeMonthly: 200_000}
	for i := range 10 {
		day := genToday - cal.Day(300-20*i)
		f.History.InvoiceSettled(p, Settlement{No: string(rune('A' + i)), Merchant: "m", Paid: 60000, Due: day, Settled: day, Returns: cal.NoDay, Today: day})
	}
	return f
}

func ask(amount int64) Request {
	r := Request{Day: genToday, NowMicros: int64(genToday) * 86400e6, Amount: amount, Currency: money.EUR}
	for m := range r.Offers {
		r.Offers[m] = Offer{Enabled: true, Regime: Regulated}
	}
	return r
}

func reasonOf(d Decision, m Method) string {
	for _, r := range d.Blockers(m) {
		return r.Code.String() + "/" + subjectNames[r.Subject]
	}
	return ""
}

// TestSources goes through the states of outside sources: optional ones cap, required ones block, both only above their amount.
func TestSources(t *testing.T) {
	unavailable := Bureau{State: Unavailable, Source: "Auskunft", AsOf: genToday, Until: cal.NoDay}
	clear := Bureau{State: Clear, Source: "Auskunft", AsOf: genToday - 3, Until: genToday + 27}
	hit := Bureau{State: Hit, Source: "Auskunft", Feature: "Insolvenzverfahren", AsOf: genToday - 3, Until: genToday + 27, URL: "https://auskunft.example.org/daten"}
	old, poor, proof := clear, clear, Proof{State: Clear, Source: "Nachweis", AsOf: genToday, Until: genToday, Free: 50_000}
	old.Until, poor.Score = genToday-1, 400
	tests := []struct {
		name     string
		required bool
		bureau   Bureau
		proof    Proof
		amount   int64
		reason   string // of invoice_30; "" approved
		max      int64
	}{
		{"below the amount nothing is wanted", false, unavailable, Proof{}, 10000, "", 10000},
		{"an optional time-out caps", false, unavailable, Proof{}, 10001, "R19_SOURCE_UNAVAILABLE/", 10000},
		{"never asked, optional", false, Bureau{}, Proof{}, 20000, "", 30000},
		{"below the amount, required", true, Bureau{}, Proof{}, 10000, "", 10000},
		{"required and never asked", true, Bureau{}, Proof{}, 10001, "R20_NOT_SERVED/check", 10000},
		{"required and silent", true, unavailable, Proof{}, 10001, "R20_NOT_SERVED/source", 10000},
		{"required and fresh", true, clear, Proof{}, 30000, "", 30000},
		{"required and too old", true, old, Proof{}, 30000, "R20_NOT_SERVED/check", 10000},
		{"negative", false, hit, Proof{}, 100, "R17_BUREAU_NEGATIVE/", 0},
		{"its score caps", false, poor, Proof{}, 6000, "R17_BUREAU_NEGATIVE/score", 5000},
		{"evidence is missing", false, clear, Proof{}, 30001, "R16_AFFORDABILITY/evidence", 30000},
		{"evidence does not come", false, clear, Proof{State: Unavailable, Source: "Nachweis", AsOf: genToday}, 30001, "R16_AFFORDABILITY/source", 30000},
		{"evidence is there", false, clear, proof, 50000, "", 50000},
		{"evidence bounds what was declared", false, clear, proof, 50001, "R16_AFFORDABILITY/check", 50000},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			p := sourced(t, c.required)
			f := trusted(p)
			f.Bureau, f.Proof = c.bureau, c.proof
			d := Decide(p, &f, ask(c.amount))
			if got := reasonOf(d, Invoice30); got != c.reason || d.Outcome(Invoice30).Max != c.max {
				t.Errorf("reason %q, at most %d; want %q, %d: %+v", got, d.Outcome(Invoice30).Max, c.reason, c.max, d.Blockers(Invoice30))
			}
			if !d.Outcome(Prepayment).OK {
				t.Error("a source must not stop paying now")
			}
		})
	}
}

// TestReasonNamesTheSource wants the source, the day and the address for correction in the sentence.
func TestReasonNamesTheSource(t *testing.T) {
	p := sourced(t, false)
	f := trusted(p)
	f.Bureau = Bureau{State: Hit, Source: "Musterauskunft", Feature: "Insolvenzverfahren", AsOf: genToday - 3, Until: genToday, URL: "https://auskunft.example.org/daten"}
	d := Decide(p, &f, ask(100))
	text := d.Blockers(Invoice30)[0].Sentence("de")
	for _, want := range []string{"Musterauskunft", "https://auskunft.example.org/daten", "Insolvenzverfahren", "19. November 2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %q", want, text)
		}
	}
}

// TestLargestAmountHolds: the amount that a refusal names as possible is approved, and a cent more is not.
func TestLargestAmountHolds(t *testing.T) {
	base := policy(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := sourced(t, rapid.Bool().Draw(rt, "required"))
		f := drawFacts(rt, base, rapid.IntRange(0, 2).Draw(rt, "items"))
		f.Assessment = Assessment{Day: genToday - 10, FreeMonthly: rapid.Int64Range(0, 100_000).Draw(rt, "free")}
		r := ask(rapid.Int64Range(1, 250_000).Draw(rt, "amount"))
		d := Decide(p, &f, r)
		for m := range InstantBank {
			most := d.Outcome(m).Max
			if most == 0 {
				if d.Outcome(m).OK {
					rt.Fatalf("%s is approved, but nothing is possible", m)
				}
				continue
			}
			r.Amount = most
			if again := Decide(p, &f, r); !again.Outcome(m).OK || again.Outcome(m).Max != most {
				rt.Fatalf("%s: %d was named, then %+v: %+v", m, most, again.Outcome(m), again.Blockers(m))
			}
			r.Amount++
			if Decide(p, &f, r).Outcome(m).OK {
				rt.Fatalf("%s: %d was named, but more is approved", m, most)
			}
		}
	})
}

// TestPlansNameRequiredSources: a plan takes it that a required source will answer without a finding and says so.
func TestPlansNameRequiredSources(t *testing.T) {
	p := sourced(t, true)
	f := trusted(p)
	way := WayBack(p, &f, Goal{Method: Invoice30, Request: ask(20000)})
	if len(way.Plans) == 0 && !way.Open {
		t.Fatalf("no way: %+v", way.None)
	}
	for _, plan := range way.Plans {
		if plan.Checks&CheckBureau == 0 {
			t.Errorf("the check is not named: %+v", plan)
		}
	}
}

// TestOlderFactsAreRead reads facts as the version before wrote them.
func TestOlderFactsAreRead(t *testing.T) {
	p := sourced(t, false)
	f := trusted(p)
	f.Bureau = Bureau{State: Hit, Source: "Auskunft", Feature: "Titel", AsOf: genToday, Until: cal.NoDay}
	var tail coder
	f.encodeSources(&tail)
	for name, b := range map[string][]byte{"all": first(f.MarshalBinary()), "stored": f.MarshalStored()} {
		b = b[:len(b)-len(tail.b)]
		b[0] = 2
		var g Facts
		err := g.UnmarshalBinary(b)
		if name == "stored" {
			err = g.UnmarshalStored(b)
			g.Open, g.Holds = nil, nil
		}
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(f.Bureau, g.Bureau); diff != "" || g.Proof != (Proof{AsOf: cal.NoDay, Until: cal.NoDay}) || g.Screened.IsSet() {
			t.Error(name, diff, g.Proof)
		}
	}
}

func first(b []byte, _ error) []byte { return b }

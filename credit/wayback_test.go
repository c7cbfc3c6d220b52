package credit

import (
	"slices"
	"testing"

	"zahlziel/cal"
)

func annaGoal(a annaFile, m Method, amount int64) Goal {
	return Goal{Method: m, Request: request(a.Today, amount), PayBy: a.PayBy}
}

func planOf(t *testing.T, w Way, kind PlanKind) Plan {
	t.Helper()
	for _, p := range w.Plans {
		if p.Kind&kind != 0 {
			return p
		}
	}
	t.Fatalf("no plan of kind %d in %+v", kind, w)
	return Plan{}
}

func numbers(p Plan, kinds ...StepKind) (list []string) {
	for _, s := range p.Steps {
		if slices.Contains(kinds, s.Kind) {
			list = append(list, s.No)
		}
	}
	return list
}

// TestAnnaWayBack is the golden example to the cent and the day.
func TestAnnaWayBack(t *testing.T) {
	a, f := anna(t)
	tests := []struct {
		method Method
		amount int64
		kind   PlanKind
		payNow int64
		from   string
		score  int32
		pays   []string
		agreed []string
		verify []StepKind
	}{
		{Invoice14, 5000, Earliest, 20440, "2026-11-25", 575, []string{"R-1001", "R-1002", "R-1003"}, nil, nil},
		{Invoice14, 5000, Cheapest | Fewest, 8440, "2026-12-03", 575, []string{"R-1001", "R-1002"}, []string{"R-1003"}, nil},
		{Invoice30, 10000, Cheapest, 8440, "2026-12-12", 600, []string{"R-1001", "R-1002"}, []string{"R-1003"}, nil},
		{Invoice30, 25000, Cheapest, 8440, "2027-02-11", 680, []string{"R-1001", "R-1002"}, []string{"R-1003"}, []StepKind{VerifyIdentity}},
	}
	for _, tt := range tests {
		w := WayBack(policy(t), &f, annaGoal(a, tt.method, tt.amount))
		p := planOf(t, w, tt.kind)
		if p.Kind&tt.kind != tt.kind || p.PayNow != tt.payNow || p.From.String() != tt.from || p.Score != tt.score || p.Proven&tt.kind != tt.kind {
			t.Errorf("%s %d: plan %+v, want %+v", tt.method, tt.amount, p, tt)
		}
		if got := numbers(p, PayFull, PayPart); !slices.Equal(got, tt.pays) {
			t.Errorf("%s %d: pays %v, want %v", tt.method, tt.amount, got, tt.pays)
		}
		if got := numbers(p, PayAsAgreed); !slices.Equal(got, tt.agreed) {
			t.Errorf("%s %d: as agreed %v, want %v", tt.method, tt.amount, got, tt.agreed)
		}
		var verify []StepKind
		for _, s := range p.Steps {
			if slices.Contains(verifySteps[:], s.Kind) {
				verify = append(verify, s.Kind)
			}
		}
		if !slices.Equal(verify, tt.verify) {
			t.Errorf("%s %d: verifications %v, want %v", tt.method, tt.amount, verify, tt.verify)
		}
		t.Logf("%s %d: %d evaluations, valid until %s, reserve %v", tt.method, tt.amount, w.Evals, p.ValidUntil, p.Reserve)
		for _, s := range p.Steps {
			t.Log("  ", s.Sentence("de"), s.Counts)
		}
	}
}

func TestAnnaPromiseEnds(t *testing.T) {
	a, f := anna(t)
	p := planOf(t, WayBack(policy(t), &f, annaGoal(a, Invoice14, 5000)), Cheapest)
	if p.ValidUntil != cal.Date(2027, 1, 2) {
		t.Errorf("valid until %s, want 2027-01-02", p.ValidUntil)
	}
}

func BenchmarkWayBack(b *testing.B) {
	a, f := anna(b)
	p, g := policy(b), annaGoal(a, Invoice14, 5000)
	b.ReportAllocs()
	for b.Loop() {
		WayBack(p, &f, g)
	}
}

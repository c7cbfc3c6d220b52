package credit

import (
	"bytes"
	"strings"
	"testing"
)

func files(t testing.TB) (policyJSON, cardJSON []byte) {
	t.Helper()
	policyJSON, err := policyFiles.ReadFile("policies/de-standard-1.json")
	if err != nil {
		t.Fatal(err)
	}
	cardJSON, err = policyFiles.ReadFile("policies/card-v0-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return policyJSON, cardJSON
}

func TestBuiltinPolicy(t *testing.T) {
	p := policy(t)
	if len(p.SHA256) != 64 || len(p.Card.SHA256) != 64 || p.Card.Status != "expert" {
		t.Errorf("checksum or status missing: %q %q %q", p.SHA256, p.Card.SHA256, p.Card.Status)
	}
	var best int32
	for f := range Feature(FeatureCount) {
		best += p.Card.Best(f)
	}
	if best != 1000 {
		t.Errorf("the best bins add up to %d, want 1000", best)
	}
	if _, ok := MustBuiltin().On("de-standard", p.ValidFrom); !ok {
		t.Error("no policy on its first day")
	}
	if first, second := MustBuiltin()[0], MustBuiltin()[1]; second.Version != 2 || second.Card.SHA256 != first.Card.SHA256 {
		t.Errorf("the second policy is v%d", second.Version)
	}
	if _, ok := MustBuiltin().On("de-standard", p.ValidFrom-1); ok {
		t.Error("a policy before its first day")
	}
}

func TestPolicyRefusals(t *testing.T) {
	policyJSON, cardJSON := files(t)
	tests := []struct{ name, old, new, want string }{
		{"unknown key", `"note": "First`, `"notes": "First`, `did you mean "note"`},
		{"repeated key", `"version": 1,`, `"version": 1, "version": 1,`, "appears twice"},
		{"bands not falling", `{"score": 820,`, `{"score": 950,`, "bands"},
		{"band limit rises", `"limit": 5000}`, `"limit": 50000}`, "bands"},
		{"stronger verification lowers the cap", `"l02_bank": 50000`, `"l02_bank": 500`, "l02"},
		{"first payment lowers the limit", `"l05_base": 15000`, `"l05_base": 14999`, "l05"},
		{"too many purchases to remember", `"r15_per_day": 3`, `"r15_per_day": 13`, "r15"},
		{"pay now with a score", `"method": "prepayment", "min_score": 0`, `"method": "prepayment", "min_score": 1`, "pays now"},
		{"unknown method", `"pay_in_3"`, `"pay_in_4"`, "pay_in_4"},
		{"another card", `"card_version": 1`, `"card_version": 2`, "card"},
		{"minors", `"r02_min_age_years": 18`, `"r02_min_age_years": 17`, "r02"},
		{"trailing text", "\n}\n", "\n}\n{}", "after the end"},
	}
	for _, tt := range tests {
		changed := bytes.Replace(policyJSON, []byte(tt.old), []byte(tt.new), 1)
		if bytes.Equal(changed, policyJSON) {
			t.Fatalf("%s: nothing replaced", tt.name)
		}
		if _, err := ParsePolicy(changed, cardJSON); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestCardRefusals(t *testing.T) {
	_, cardJSON := files(t)
	tests := []struct{ name, old, new, want string }{
		{"points rise where more is worse", `{"up_to": 14, "points": 160}`, `{"up_to": 14, "points": 230}`, "must not rise"},
		{"points fall where more is better", `{"up_to": 7, "points": 125}`, `{"up_to": 7, "points": 90}`, "must not fall"},
		{"delay class that history does not keep", `{"up_to": 14, "points": 160}`, `{"up_to": 15, "points": 160}`, "one of"},
		{"count beyond what history keeps", `{"up_to": 14, "points": 20}`, `{"up_to": 24, "points": 20}`, "up_to must be"},
		{"negative points", `{"up_to": 60, "points": 30}`, `{"up_to": 60, "points": -1}`, "0 to 1000"},
		{"open bin inside", `{"up_to": 1, "points": 80}`, `{"points": 80}`, "only the last"},
		{"ends not rising", `{"up_to": 3, "points": 55}`, `{"up_to": 1, "points": 55}`, "rise"},
		{"more than 1000", `"points": 220`, `"points": 221`, "more than 1000"},
		{"missing characteristic", `"A1"`, `"A2"`, "A1"},
	}
	for _, tt := range tests {
		changed := bytes.Replace(cardJSON, []byte(tt.old), []byte(tt.new), 1)
		if bytes.Equal(changed, cardJSON) {
			t.Fatalf("%s: nothing replaced", tt.name)
		}
		if _, err := ParseCard(changed); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

// FuzzPolicy: whatever is loaded satisfies the checks; nothing panics.
func FuzzPolicy(f *testing.F) {
	policyJSON, cardJSON := files(f)
	f.Add(policyJSON, cardJSON)
	f.Fuzz(func(t *testing.T, policyJSON, cardJSON []byte) {
		p, err := ParsePolicy(policyJSON, cardJSON)
		if err != nil {
			return
		}
		if err := p.compile(); err != nil {
			t.Fatal(err)
		}
		facts := NewFacts("de", p.Currency)
		Decide(p, &facts, request(genToday, 5000))
	})
}

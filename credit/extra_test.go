package credit

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// newest is the newest policy of the program: with guarantees.
func newest(t testing.TB) *Policy {
	t.Helper()
	p, ok := MustBuiltin().On("de-standard", genToday)
	if !ok || p.Guarantee.Days == 0 {
		t.Fatalf("policy %+v", p)
	}
	return p
}

const fewWords = `"de": "Bei neuen Konten ist der Betrag begrenzt.", "en": "The amount is limited for new accounts."`

// withExtra loads the newest policy with extra rules.
func withExtra(t testing.TB, rules string) (*Policy, error) {
	t.Helper()
	body, err := policyFiles.ReadFile("policies/de-standard-2.json")
	if err != nil {
		t.Fatal(err)
	}
	_, card := files(t)
	body = bytes.Replace(body, []byte(`"methods": [`), []byte(`"extra_rules": [`+rules+`], "methods": [`), 1)
	return ParsePolicy(body, card)
}

func rule(code, when, direction, methods string) string {
	return `{"code": "` + code + `", "name": "test", "when": "` + when + `", "direction": {` + direction + `}, "methods": [` + methods + `], ` + fewWords +
		`, "owner": "risk", "until": "2027-11-01"}`
}

var newAccounts = rule("X01", "amount > 20000 && account_days < 500", `"amount": "more", "account_days": "less"`, `"invoice_30", "pay_later"`)

func TestExtraRule(t *testing.T) {
	p, err := withExtra(t, newAccounts+","+rule("X07", "enquiries_long >= 9 && !identity_confirmed && market in ['de']", `"enquiries_long": "more", "identity_confirmed": "less"`, `"invoice_14"`))
	if err != nil {
		t.Fatal(err)
	}
	f := verified(genToday)
	f.History.OnTimeEver, f.History.Largest = true, 100000
	r := request(genToday, 20001)
	d := Decide(p, &f, r)
	if d.Outcome(Invoice30).OK || !d.Outcome(Invoice14).OK || d.Outcome(Invoice30).Max != 20000 {
		t.Errorf("outcomes %+v, reasons %v", d.Outcomes, Codes(d.Reasons))
	}
	why := d.Blockers(Invoice30)
	if len(why) != 1 || why[0].Code.String() != "X01" || !strings.HasPrefix(why[0].Sentence("de"), "Bei neuen") || !strings.HasPrefix(why[0].Sentence("en"), "The amount") {
		t.Errorf("reasons %+v", why)
	}
	if code, err := ParseCode("X01"); err != nil || code != why[0].Code {
		t.Errorf("code %v, %v", code, err)
	}
	rec := NewRecord(p, &f, r, d)
	b, err := rec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := back.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if err := Replay(Policies{p}, &back); err != nil {
		t.Error(err)
	}
	if got := back.Decision.Blockers(Invoice30)[0].Sentence("de"); got != why[0].Sentence("de") {
		t.Errorf("the record says %q", got)
	}
	r.Day = cal.Date(2027, 11, 1)
	if d := Decide(p, &f, r); !d.Outcome(Invoice30).OK {
		t.Errorf("after its end the rule blocks: %v", Codes(d.Why(Invoice30)))
	}
}

func TestExtraRefusals(t *testing.T) {
	more := `"amount": "more"`
	tests := []struct{ name, rule, want string }{
		{"no such variable", rule("X01", "age < 30", "", `"invoice_14"`), "undeclared reference"},
		{"a name is no variable", rule("X01", "name == 'Kim'", "", `"invoice_14"`), "undeclared reference"},
		{"not a condition", rule("X01", "amount + 1", more, `"invoice_14"`), "true or false"},
		{"mixed types", rule("X01", "amount > 'x'", more, `"invoice_14"`), "no matching overload"},
		{"floats", rule("X01", "double(amount) > 1.5", more, `"invoice_14"`), "not allowed"},
		{"loops", rule("X01", "[1, 2].exists(x, x > amount)", more, `"invoice_14"`), "undeclared reference"},
		{"dear", rule("X01", strings.Repeat("amount + ", 50)+"1 > 7 && "+strings.TrimSuffix(strings.Repeat("market + ", 20), " + ")+" == 'x'", more, `"invoice_14"`), "characters"},
		{"no direction", rule("X01", "amount > 1", "", `"invoice_14"`), "direction"},
		{"direction against the way back", rule("X01", "exposure < 100", `"exposure": "less"`, `"invoice_14"`), "may block only"},
		{"expression against its direction", rule("X01", "amount < 500", more, `"invoice_14"`), "against the declared direction"},
		{"a hole in the middle", rule("X01", "amount > 500 && amount != 70000", more, `"invoice_14"`), "against the declared direction"},
		{"division by nothing", rule("X01", "amount / open_invoices > 10000", more+`, "open_invoices": "more"`, `"invoice_14"`), "cannot be computed"},
		{"direction of nothing", rule("X01", "amount > 1", more+`, "score": "less"`, `"invoice_14"`), "no variable of the expression"},
		{"pay now", rule("X01", "amount > 1", more, `"prepayment"`), "pays now"},
		{"built-in code", rule("R01_DECEASED", "amount > 1", more, `"invoice_14"`), "X01 to X99"},
		{"same code", newAccounts + "," + newAccounts, "appears twice"},
		{"constant", rule("X01", "1 < 2", "", `"invoice_14"`), "no variable"},
		{"no end", strings.Replace(newAccounts, `"until": "2027-11-01"`, `"until": null`, 1), "until"},
		{"score as a reason", strings.Replace(newAccounts, "Bei neuen Konten ist der Betrag begrenzt.", "Ihr Score ist zu niedrig.", 1), "name the cause"},
		{"no English", strings.Replace(newAccounts, "The amount is limited for new accounts.", "", 1), "missing"},
		{"typo", strings.Replace(newAccounts, `"owner"`, `"ower"`, 1), `did you mean "owner"?`},
	}
	for _, tt := range tests {
		if _, err := withExtra(t, tt.rule); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

// drawExtra adds extra rules about everything that payments and days move.
func drawExtra(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		newAccounts,
		rule("X02", "amount > 3000 && overdue + disputed_overdue > 0", `"amount": "more", "overdue": "more", "disputed_overdue": "more"`, `"invoice_14", "invoice_30"`),
		rule("X03", "exposure + amount > 40000 || open_invoices > 3", `"exposure": "more", "amount": "more", "open_invoices": "more"`, `"invoice_14", "invoice_30", "pay_later"`),
		rule("X04", "worst_delay > 14 && on_time_count < 4 && score < 700", `"worst_delay": "more", "on_time_count": "less", "score": "less"`, `"invoice_14", "invoice_30"`),
		rule("X05", "average_balance > 5000 && !(bank_confirmed && address_level > 1) && amount > 6000", `"average_balance": "more", "bank_confirmed": "less", "address_level": "less", "amount": "more"`, `"invoice_14", "pay_in_3"`),
		rule("X06", "purchases_7_days > 1 || enquiries_short > 3 || late_count > 2", `"purchases_7_days": "more", "enquiries_short": "more", "late_count": "more"`, `"invoice_14", "invoice_30"`),
	}).Draw(t, "extra rule")
}

// TestExtraKeepsTheWayBackExact: with extra rules plans are still kept, and the largest amount is still exact.
func TestExtraKeepsTheWayBackExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := parsedExtra(drawExtra(t))
		if err != nil {
			t.Fatal(err)
		}
		f := drawFacts(t, p, rapid.IntRange(0, 4).Draw(t, "items"))
		g := Goal{Method: Method(rapid.IntRange(0, 3).Draw(t, "method")), Request: drawRequest(t), Horizon: 120}
		w := WayBack(p, &f, g)
		if w.Lost > 0 || (w.None == nil) == (len(w.Plans) == 0) {
			t.Fatalf("answer %+v", w)
		}
		for _, plan := range w.Plans {
			execute(t, p, &f, g, plan)
		}
		for _, o := range Decide(p, &f, g.Request).Outcomes {
			if !o.Method.IsCredit() {
				continue
			}
			r := g.Request
			if r.Amount = o.Max; o.Max > 0 && !Decide(p, &f, r).Outcome(o.Method).OK {
				t.Fatalf("%s: the largest amount %d is refused", o.Method, o.Max)
			}
			if r.Amount = o.Max + 1; o.Max > 0 && Decide(p, &f, r).Outcome(o.Method).OK {
				t.Fatalf("%s: more than the largest amount %d is approved", o.Method, o.Max)
			}
		}
	})
}

var parsed = map[string]*Policy{}

func parsedExtra(rules string) (*Policy, error) {
	if p := parsed[rules]; p != nil {
		return p, nil
	}
	body, err := policyFiles.ReadFile("policies/de-standard-2.json")
	if err != nil {
		return nil, err
	}
	card, err := policyFiles.ReadFile("policies/card-v0-1.json")
	if err != nil {
		return nil, err
	}
	p, err := ParsePolicy(bytes.Replace(body, []byte(`"methods": [`), []byte(`"extra_rules": [`+rules+`], "methods": [`), 1), card)
	parsed[rules] = p
	return p, err
}

// FuzzExtraRule: no expression makes the loader or an accepted rule panic.
func FuzzExtraRule(f *testing.F) {
	f.Add("amount > 20000 && account_days < 500", int64(30000), int64(10))
	f.Add("amount / (account_days + 1) > 100 || market == 'de'", int64(5000), int64(400))
	env, err := extraEnv()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, when string, amount, days int64) {
		x := ExtraRule{Code: extraBase + 1, Name: "fuzz", Owner: "fuzz", Until: 100, Methods: []Method{Invoice14}, German: "Zum Versuch.", English: "For a trial.",
			When: when, Direction: map[string]string{"amount": "more", "account_days": "less"}}
		if x.compile(env, 1) != nil {
			return
		}
		in := inputs{market: "de"}
		in.values[varAmount], in.values[varAccountDays] = max(0, amount%maxAmount), max(0, days%100_000)
		x.blocks(&in)
	})
}

func BenchmarkExtraRule(b *testing.B) {
	p, err := withExtra(b, newAccounts)
	if err != nil {
		b.Fatal(err)
	}
	f := verified(genToday)
	r := request(genToday, 5000)
	b.ReportAllocs()
	for b.Loop() {
		Decide(p, &f, r)
	}
}

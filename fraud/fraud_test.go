package fraud_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/fraud"
)

func builtin(t testing.TB) *fraud.Rules {
	t.Helper()
	set, err := fraud.Builtin()
	if err != nil || len(set) == 0 {
		t.Fatalf("%d sets of rules, %v", len(set), err)
	}
	return set[0]
}

// calm is an ordinary purchase of somebody known.
func calm() fraud.Signals {
	var s fraud.Signals
	s[fraud.Amount], s[fraud.AccountDays], s[fraud.OnTime], s[fraud.DeviceHours], s[fraud.ContactDays] = 4990, 200, 4, 700, fraud.Never
	return s
}

func with(changes ...int64) fraud.Signals {
	s := calm()
	for i := 0; i < len(changes); i += 2 {
		s[changes[i]] = changes[i+1]
	}
	return s
}

func TestRules(t *testing.T) {
	r := builtin(t)
	cases := []struct {
		name    string
		s       fraud.Signals
		outcome fraud.Outcome
		codes   string
	}{
		{"calm", calm(), fraud.Accept, ""},
		{"new person", with(int64(fraud.AccountDays), 0, int64(fraud.OnTime), 0, int64(fraud.DeviceHours), 0), fraud.Accept, ""},
		{"eight open checkouts", with(int64(fraud.Reservations), 8), fraud.Person, "F01_OPEN_CHECKOUTS"},
		{"throw-away address of somebody unknown", with(int64(fraud.DisposableEmail), 1, int64(fraud.OnTime), 0), fraud.IdentityFirst, "F03_DISPOSABLE_EMAIL"},
		{"throw-away address, identity confirmed", with(int64(fraud.DisposableEmail), 1, int64(fraud.OnTime), 0, int64(fraud.Identity), 1), fraud.Accept, ""},
		{"throw-away address of somebody who pays", with(int64(fraud.DisposableEmail), 1), fraud.Accept, ""},
		{"blocked", with(int64(fraud.BlockedIBAN), 1), fraud.Person, "F07_BLOCKED_IBAN"},
		{"contact changed, large", with(int64(fraud.ContactDays), 14, int64(fraud.Amount), 15000), fraud.IdentityFirst, "F09_CONTACT_CHANGED"},
		{"contact changed, small", with(int64(fraud.ContactDays), 14, int64(fraud.Amount), 14999), fraud.Accept, ""},
		{"contact changed long ago", with(int64(fraud.ContactDays), 15, int64(fraud.Amount), 15000), fraud.Accept, ""},
		{"takeover", with(int64(fraud.DeviceHours), 0, int64(fraud.AddressNew), 1, int64(fraud.Amount), 20000), fraud.Person, "F11_TAKEOVER_DEVICE"},
		{"known device, far more than ever", with(int64(fraud.AddressNew), 1, int64(fraud.Amount), 20000, int64(fraud.AmountPercent), 400), fraud.EmailCode, "F12_TAKEOVER_AMOUNT"},
		{"the same with a fresh code is a takeover's look", with(int64(fraud.AddressNew), 1, int64(fraud.Amount), 20000, int64(fraud.AmountPercent), 400, int64(fraud.DeviceHours), 0), fraud.Person, "F11_TAKEOVER_DEVICE"},
		{"two at once take the stricter", with(int64(fraud.BlockedEmail), 1, int64(fraud.ClusterMembers), 3), fraud.Person, "F04_BLOCKED_EMAIL F14_CLUSTER"},
		{"twin with arrears", with(int64(fraud.TwinOverdue), 1001, int64(fraud.Identity), 1), fraud.Person, "F15_TWIN_ARREARS"},
		{"old device", with(int64(fraud.DeviceHours), 2160, int64(fraud.Amount), 20000), fraud.EmailCode, "F16_OLD_DEVICE_LARGE"},
	}
	for _, c := range cases {
		a := fraud.Assess(r, &c.s)
		if got := strings.Join(a.Codes(r), " "); a.Outcome != c.outcome || got != c.codes {
			t.Errorf("%s: %s %q, want %s %q", c.name, a.Outcome, got, c.outcome, c.codes)
		}
	}
}

// TestStepsCanBeTaken: whoever gives the fresh code or the identity is not asked for it again, whatever else holds.
func TestStepsCanBeTaken(t *testing.T) {
	r := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		s := anySignals(t)
		s[fraud.DeviceHours], s[fraud.Identity] = 0, 1
		for i := range r.Rules {
			one := *r
			one.Rules = r.Rules[i : i+1]
			if got := fraud.Assess(&one, &s).Outcome; got != fraud.Accept && got != fraud.Person {
				t.Fatalf("%s asks again for %s: %v", r.Rules[i].Code, got, s)
			}
		}
	})
}

func anySignals(t *rapid.T) (s fraud.Signals) {
	for i := range s {
		s[i] = rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 30_000), rapid.Int64()).Draw(t, fraud.Signal(i).String())
	}
	return s
}

// TestRecordReplays: what was recorded reads back equal and is assessed to the same answer; what was changed is not.
func TestRecordReplays(t *testing.T) {
	r := builtin(t)
	set := fraud.Set{r}
	rapid.Check(t, func(t *rapid.T) {
		s := anySignals(t)
		rec := fraud.NewRecord(r, &s, fraud.Assess(r, &s))
		b, err := rec.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var back fraud.Record
		if err := back.UnmarshalBinary(b); err != nil || back != rec {
			t.Fatalf("%v\nwrote %+v\nread  %+v", err, rec, back)
		}
		if err := fraud.Replay(set, &back); err != nil {
			t.Fatal(err)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if err := back.UnmarshalBinary(b[:cut]); err == nil {
			t.Fatalf("%d of %d bytes were read", cut, len(b))
		}
		rec.Answer.Hits ^= 1
		if fraud.Replay(set, &rec) == nil {
			t.Fatal("another answer replays")
		}
	})
}

// TestReadsMissesNothing: a signal that Reads calls needless changes no answer.
func TestReadsMissesNothing(t *testing.T) {
	r := builtin(t)
	rapid.Check(t, func(t *rapid.T) {
		s := anySignals(t)
		s[fraud.AddressNew] = 0
		if r.Reads(fraud.AddressNew, &s) {
			return
		}
		without := fraud.Assess(r, &s)
		s[fraud.AddressNew] = 1
		if fraud.Assess(r, &s) != without {
			t.Fatalf("needless, and yet it counts: %v", s)
		}
	})
}

func TestFilesAreChecked(t *testing.T) {
	text, err := os.ReadFile("rules/de-fraud-1.json")
	if err != nil {
		t.Fatal(err)
	}
	edit := func(f func(m map[string]any, rule map[string]any)) []byte {
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		f(m, m["rules"].([]any)[2].(map[string]any)) // F03, identity first
		b, _ := json.Marshal(m)
		return b
	}
	bad := map[string][]byte{
		"unknown key":               edit(func(m, _ map[string]any) { m["more"] = 1 }),
		"unknown signal":            edit(func(_, r map[string]any) { r["when"] = []any{map[string]any{"signal": "moon", "from": 1}} }),
		"a rule without conditions": edit(func(_, r map[string]any) { r["when"] = []any{} }),
		"a step nobody can take":    edit(func(_, r map[string]any) { r["when"] = r["when"].([]any)[:1] }),
		"a rule that accepts":       edit(func(_, r map[string]any) { r["outcome"] = "accept" }),
		"an unknown outcome":        edit(func(_, r map[string]any) { r["outcome"] = "refuse" }),
		"a code twice":              edit(func(_, r map[string]any) { r["code"] = "F01_AGAIN" }),
		"no sentence":               edit(func(_, r map[string]any) { r["de"] = "" }),
		"no deadline":               edit(func(m, _ map[string]any) { m["review"].(map[string]any)["hours"] = 0 }),
		"more behind the end":       append(append([]byte{}, text...), []byte("{}")...),
	}
	for name, b := range bad {
		if _, err := fraud.Parse(b); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestConvenience(t *testing.T) {
	r := builtin(t)
	for text, want := range map[string]bool{"packstation 101": true, "c o meier": true, "am hotel 3": true, "hotelstrasse 5": false, "lindenweg 3": false, "": false, "co meier": false} {
		if got := r.Convenience(strings.Fields(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func BenchmarkAssess(b *testing.B) {
	r, s := builtin(b), calm()
	for b.Loop() {
		fraud.Assess(r, &s)
	}
}

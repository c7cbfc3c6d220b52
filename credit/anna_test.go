package credit

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"zahlziel/cal"
	"zahlziel/money"
)

// annaFile mirrors the shared golden example.
type annaFile struct {
	Today    cal.Day  `json:"today"`
	Born     cal.Day  `json:"born"`
	Opened   cal.Day  `json:"account_opened"`
	PayBy    cal.Day  `json:"pay_by"`
	Verified []string `json:"verified"`
	Open     []struct {
		No      string  `json:"no"`
		Open    int64   `json:"open"`
		Due     cal.Day `json:"due"`
		Dunning uint8   `json:"dunning_level"`
	} `json:"open_invoices"`
	OnTime []int32 `json:"past_on_time_settled_days_ago"`
	Late   []struct {
		Ago int32 `json:"settled_days_ago"`
		DPD int32 `json:"days_past_due"`
	} `json:"past_late"`
	Enquiries []int32 `json:"enquiries_days_ago"`
	Balance   []struct {
		From, To int32
		Cents    int64
	} `json:"closing_balance_by_days_ago"`
	Expected struct {
		Score   int32            `json:"score"`
		Points  map[string]int32 `json:"points"`
		Reasons []string         `json:"reasons"`
	} `json:"expected"`
}

func policy(t testing.TB) *Policy {
	t.Helper()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return set[0]
}

// offers enables every method, exempt from the assessment.
func offers() (o [MethodCount]Offer) {
	for i := range o {
		o[i] = Offer{Enabled: true, Regime: Exempt50}
	}
	return o
}

func request(day cal.Day, amount int64) Request {
	return Request{Day: day, NowMicros: int64(day)*86400e6 + 12*3600e6, Amount: amount, Currency: money.EUR, Offers: offers()}
}

func loadAnna(t testing.TB) annaFile {
	t.Helper()
	b, err := os.ReadFile("../../shared/vectors/anna.json")
	if err != nil {
		t.Skip("the shared vectors are not here: ", err)
	}
	var a annaFile
	if err := json.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func anna(t testing.TB) (annaFile, Facts) {
	a, p := loadAnna(t), policy(t)
	f := NewFacts("de", money.EUR)
	f.Born, f.Opened, f.Sanctions = a.Born, a.Opened, Clear
	if slices.Contains(a.Verified, "email") {
		f.Email = a.Opened
	}
	if slices.Contains(a.Verified, "address") {
		f.Address = Address{Level: 2, Day: a.Opened}
	}
	for _, o := range a.Open {
		f.Open = append(f.Open, Item{Invoice: "inv_" + o.No, No: o.No, Merchant: "m-" + o.No, Open: o.Open, Original: o.Open,
			Due: o.Due, Returns: cal.NoDay, Dunning: o.Dunning})
	}
	h := &f.History
	for i, ago := range slices.Backward(a.OnTime) {
		day := a.Today - cal.Day(ago)
		h.InvoiceSettled(p, Settlement{No: fmt.Sprint("old-", i), Merchant: fmt.Sprint(i), Paid: 10000, Due: day, Settled: day, Returns: cal.NoDay, Today: day})
	}
	for i, l := range a.Late {
		day := a.Today - cal.Day(l.Ago)
		h.InvoiceSettled(p, Settlement{No: fmt.Sprint("late-", i), Merchant: "x", Paid: 10000, Due: day - cal.Day(l.DPD), Settled: day, Returns: cal.NoDay, Today: day})
	}
	for i, ago := range a.Enquiries {
		h.Enquire(a.Today-cal.Day(ago), fmt.Sprint(i))
	}
	for _, b := range a.Balance {
		h.BalanceChanged(a.Today-cal.Day(b.To), b.Cents)
	}
	return a, f
}

func TestAnnaDecision(t *testing.T) {
	a, f := anna(t)
	d := Decide(policy(t), &f, request(a.Today, 5000))
	if d.Score != a.Expected.Score {
		t.Errorf("score %d, want %d (features %v)", d.Score, a.Expected.Score, d.Features)
	}
	for group, want := range a.Expected.Points {
		if got := d.Group(group[0]); got != want {
			t.Errorf("%s has %d points, want %d", group, got, want)
		}
	}
	if got := unique(Codes(d.Blockers(Invoice14))); !slices.Equal(got, a.Expected.Reasons) {
		t.Errorf("blocked by %v, want %v", got, a.Expected.Reasons)
	}
	for _, m := range []Method{InstantBank, Prepayment} {
		if !d.Outcome(m).OK {
			t.Errorf("%s is refused by %v", m, Codes(d.Why(m)))
		}
	}
	for _, r := range d.Why(Invoice30) {
		t.Log(r.Sentence("de"))
	}
}

func unique(s []string) []string { return slices.Compact(s) }

// TestNewConsumer is the hand computation of a verified consumer without a past: 220+130+0 + 80+70 + 120+80 + 0.
func TestNewConsumer(t *testing.T) {
	f := NewFacts("de", money.EUR)
	day := cal.Date(2026, 11, 22)
	f.Born, f.Opened, f.Sanctions = cal.Date(1990, 5, 5), day, Clear
	f.Email, f.Address = day, Address{Level: 2, Day: day}
	d := Decide(policy(t), &f, request(day, 10000))
	if d.Score != 700 || d.BandLimit != 25000 || d.Limit != 10000 || d.Binding != L02CapVerification {
		t.Fatalf("score %d, band %d, limit %d by %s; want 700, 25000, 10000 by L02", d.Score, d.BandLimit, d.Limit, d.Binding)
	}
	if !d.Outcome(Invoice14).OK || !d.Outcome(Invoice30).OK || d.Outcome(PayIn3).OK || d.Outcome(Invoice14).Max != 10000 {
		t.Fatalf("outcomes %+v", d.Outcomes)
	}
}

func BenchmarkDecide(b *testing.B) {
	a, f := anna(b)
	p, r := policy(b), request(a.Today, 5000)
	b.Run("refused", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Decide(p, &f, r)
		}
	})
	f.Open = f.Open[2:]
	b.Run("approved", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Decide(p, &f, r)
		}
	})
}

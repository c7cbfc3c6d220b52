package apr

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"zahlziel/cal"
)

// read decodes a file of the common test data and skips where it is not laid out next to the source.
func read(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../shared", path))
	if os.IsNotExist(err) {
		t.Skipf("test data %s is missing next to the source tree", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func day(t *testing.T, s string) cal.Day {
	t.Helper()
	d, err := cal.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var units = map[string]Unit{"month": Month, "week": Week, "year": Year}

// scaled reads a decimal as billionths, so that amounts which are no whole cents stay exact enough: Rate does not care
// about the unit.
func scaled(t *testing.T, text string) int64 {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	f, _ := r.Mul(r, big.NewRat(1e9, 1)).Float64()
	return int64(math.Round(f))
}

// years reads "1.5", "0.25" or "1/12" as a span.
func years(t *testing.T, text string) Span {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return Span{Periods: int(r.Num().Int64()), PerYear: int(r.Denom().Int64())}
}

func TestOfficialDayCount(t *testing.T) {
	var all struct {
		Daycount []struct {
			From, To, Unit string
			Periods        int
			PerYear        int `json:"per_year"`
			Days           int
			YearDays       int `json:"year_days"`
		}
	}
	read(t, "vectors/vectors.json", &all)
	for _, c := range all.Daycount {
		want := Span{c.Periods, c.PerYear, c.Days, c.YearDays}
		if got := Between(day(t, c.From), day(t, c.To), units[c.Unit]); got != want {
			t.Errorf("%s to %s by %s: %+v, want %+v", c.From, c.To, c.Unit, got, want)
		}
	}
}

func TestDayCountOfPeers(t *testing.T) {
	var cases []struct {
		From, To, Period string
		Years            float64 `json:"t_years"`
	}
	read(t, "data/calc/apr/curo_eu_2008_48_daycount.json", &cases)
	for _, c := range cases {
		if got := Between(day(t, c.From), day(t, c.To), units[c.Period]).Years(); math.Abs(got-c.Years) > 5e-9 {
			t.Errorf("%s to %s by %s: %.8f years, want %.8f", c.From, c.To, c.Period, got, c.Years)
		}
	}
}

func TestBetweenProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := cal.Day(rapid.IntRange(0, 40000).Draw(t, "from"))
		months := rapid.IntRange(0, 400).Draw(t, "months")
		if got := Between(from, cal.AddMonths(from, months), Month); got.Days != 0 || got.Periods != months {
			t.Fatalf("%s and %d months: %+v", from, months, got)
		}
		to := from + cal.Day(rapid.IntRange(0, 8000).Draw(t, "days"))
		for _, unit := range units {
			s, back := Between(from, to, unit), Between(to, from, unit)
			if s.Periods < 0 || s.Days < 0 || s.Years() != -back.Years() {
				t.Fatalf("%s to %s: %+v, back %+v", from, to, s, back)
			}
			if limit := map[Unit]int{Month: 31, Week: 7, Year: 366}[unit]; s.Days >= limit {
				t.Fatalf("%s to %s: %d days are left of a period", from, to, s.Days)
			}
			if off := s.Years() - float64(to-from)/365.25; math.Abs(off) > 0.02+float64(to-from)/365.25*0.004 {
				t.Fatalf("%s to %s by unit %d: %.4f years off", from, to, unit, off)
			}
		}
	})
}

// vector is one APR case in the shapes the common vectors use.
type vector struct {
	ID, Draw, APR, Amount string
	Pay                   [][2]string
	PayEqual              *struct {
		N      int
		Amount string
	} `json:"pay_equal"`
	Annuity *struct {
		N           int
		Nominal     string
		FeePerMonth string `json:"fee_per_month"`
	}
	DrawDate string   `json:"draw_date"`
	PayDates []string `json:"pay_dates"`
}

func (v vector) payments(t *testing.T) (flows []Flow) {
	t.Helper()
	for _, p := range v.Pay {
		flows = append(flows, Flow{years(t, p[0]), scaled(t, p[1])})
	}
	for _, d := range v.PayDates {
		flows = append(flows, Flow{Between(day(t, v.DrawDate), day(t, d), Month), scaled(t, v.Amount)})
	}
	n, amount := 0, int64(0)
	if v.PayEqual != nil {
		n, amount = v.PayEqual.N, scaled(t, v.PayEqual.Amount)
	}
	if a := v.Annuity; a != nil { // an annuity that is not rounded to cents, plus a fee
		rate := float64(scaled(t, a.Nominal)) / 1e9 / 1200
		n, amount = a.N, int64(float64(scaled(t, v.Draw))*rate/(1-math.Pow(1+rate, -float64(a.N))))+scaled(t, a.FeePerMonth)
	}
	for k := 1; k <= n; k++ {
		flows = append(flows, Flow{Span{Periods: k, PerYear: 12}, amount})
	}
	return flows
}

func TestRateVectors(t *testing.T) {
	var all struct {
		APR      []vector
		Negative []struct{ ID, Wrong string } `json:"apr_negative"`
	}
	read(t, "vectors/vectors.json", &all)
	for _, v := range all.APR {
		got, err := Rate([]Flow{{Minor: scaled(t, v.Draw)}}, v.payments(t))
		if err != nil || got != scaled(t, v.APR)/1e7 {
			t.Errorf("%s: %d, %v; want %s", v.ID, got, err, v.APR)
		}
	}
	// The controls are B1 and B4 on the calendar basis of the repealed directive; equal periods must give another rate.
	calendar := map[string][]Flow{
		"A1": {{Span{Days: 546, YearDays: 365}, 120000}},
		"A4": {{Span{Days: 90, YearDays: 365}, 27200}, {Span{Days: 181, YearDays: 365}, 27200}, {Span{Days: 365, YearDays: 365}, 54400}},
	}
	byPeriods := map[string][]Flow{
		"A1": {{Between(day(t, "1994-01-01"), day(t, "1995-07-01"), Month), 120000}},
		"A4": {{Span{Periods: 3, PerYear: 12}, 27200}, {Span{Periods: 6, PerYear: 12}, 27200}, {Span{Periods: 12, PerYear: 12}, 54400}},
	}
	right := map[string]int64{"A1": 1292, "A4": 1319}
	for _, v := range all.Negative {
		if old, err := Rate([]Flow{{Minor: 100000}}, calendar[v.ID]); err != nil || old != scaled(t, v.Wrong)/1e7 {
			t.Errorf("%s on the old basis: %d, %v; want %s", v.ID, old, err, v.Wrong)
		}
		if now, err := Rate([]Flow{{Minor: 100000}}, byPeriods[v.ID]); err != nil || now != right[v.ID] {
			t.Errorf("%s: %d, %v; want %d", v.ID, now, err, right[v.ID])
		}
	}
}

// exactSpan undoes the rounding of the file's times to eight decimals: whole months, or days of a mean year of 365.25.
func exactSpan(years float64) Span {
	for _, s := range []Span{
		{Periods: int(math.Round(years * 12)), PerYear: 12},
		{Days: 4 * int(math.Round(years*365.25)), YearDays: 1461},
	} {
		if math.Abs(s.Years()-years) < 1e-8 {
			return s
		}
	}
	return Span{Days: int(math.Round(years * 1e8)), YearDays: 1e8}
}

func TestRateCommissionExamples(t *testing.T) {
	type flowJSON struct {
		Amount json.Number
		Years  float64 `json:"t_years"`
	}
	var file struct {
		Vectors []struct {
			ID                 string
			Advances, Payments []flowJSON
			Want               float64 `json:"expected_apr_percent_1dp"`
			Solved             float64 `json:"my_solver_percent"`
		}
	}
	read(t, "data/calc/apr/ec_aprc_vectors_open.json", &file)
	flows := func(in []flowJSON) (out []Flow) {
		for _, f := range in {
			out = append(out, Flow{exactSpan(f.Years), scaled(t, f.Amount.String())})
		}
		return out
	}
	for _, v := range file.Vectors {
		exact, err := solve(flows(v.Advances), flows(v.Payments))
		if err != nil || math.Abs(exact*100-v.Solved) > 1e-6*math.Max(1, math.Abs(v.Solved)) {
			t.Errorf("%s: %.6f, %v; another solver has %.6f", v.ID, exact*100, err, v.Solved)
		}
		if oneDecimal := math.Round(exact*1000) / 10; math.Abs(oneDecimal-v.Want) > 1e-6 {
			t.Errorf("%s: %.1f, want %.1f", v.ID, oneDecimal, v.Want)
		}
	}
	if len(file.Vectors) != 51 {
		t.Errorf("%d examples, want 51", len(file.Vectors))
	}
}

func TestRateOfPeers(t *testing.T) {
	var cases []struct {
		ID, Start string
		Principal float64
		Payments  [][2]any
		APR       float64 `json:"apr_percent"`
		Tolerance float64 `json:"tolerance_percent"`
	}
	read(t, "data/calc/apr/fsharp_eu_apr.json", &cases)
	// This peer counts days over 365 and no months; by the official count two equal months and a leap year give more.
	official := map[string]int64{"fs_0": 0, "fs_1": 32612, "fs_2": 8559}
	for _, c := range cases {
		start, draws := day(t, c.Start), []Flow{{Minor: int64(c.Principal * 100)}}
		var byDays, byMonths []Flow
		for _, p := range c.Payments {
			to, minor := day(t, p[0].(string)), int64(p[1].(float64)*100)
			byDays = append(byDays, Flow{Span{Days: int(to - start), YearDays: 365}, minor})
			byMonths = append(byMonths, Flow{Between(start, to, Month), minor})
		}
		if got, err := Rate(draws, byDays); err != nil || math.Abs(float64(got)/100-c.APR) > c.Tolerance {
			t.Errorf("%s: %d, %v; want %.3f", c.ID, got, err, c.APR)
		}
		if got, err := Rate(draws, byMonths); err != nil || got != official[c.ID] {
			t.Errorf("%s by the official count: %d, %v; want %d", c.ID, got, err, official[c.ID])
		}
	}
}

func TestRateWithFeeOfPeer(t *testing.T) {
	var cases []struct {
		ID      string
		Loan    int64
		N       int
		Payment float64
		Fee     float64 `json:"fee_with_first_instalment"`
		Start   string
		APR     float64 `json:"apr_eu_2008_48"`
		Nominal float64 `json:"irr"` // of twelve equal months, as 30/360 makes them
	}
	read(t, "data/calc/apr/curo_examples.json", &cases)
	for _, c := range cases {
		start := day(t, c.Start)
		var payments []Flow
		for k := 1; k <= c.N; k++ {
			payments = append(payments, Flow{Between(start, cal.AddMonths(start, k), Month), int64(c.Payment * 100)})
		}
		payments[0].Minor += int64(c.Fee * 100)
		exact, err := solve([]Flow{{Minor: c.Loan * 100}}, payments)
		want, got := c.APR, exact
		if c.Nominal != 0 {
			want, got = c.Nominal, 12*math.Expm1(math.Log1p(exact)/12)
		}
		if err != nil || math.Abs(got-want) > 1e-8 {
			t.Errorf("%s: %.8f, %v; want %.8f", c.ID, got, err, want)
		}
	}
}

func TestRateEdges(t *testing.T) {
	year := Span{Periods: 1, PerYear: 1}
	for _, c := range []struct {
		name            string
		draws, payments []Flow
		want            int64
		fails           bool
	}{
		{"a half exactly goes up", []Flow{{Minor: 100000}}, []Flow{{year, 112345}}, 1235, false},
		{"just below a half goes down", []Flow{{Minor: 10000000000}}, []Flow{{year, 11234499999}}, 1234, false},
		{"nothing on top", []Flow{{Minor: 100}}, []Flow{{year, 100}}, 0, false},
		{"a discount", []Flow{{Minor: 10000}}, []Flow{{year, 9000}}, -1000, false},
		{"a fee on the day of the draw", []Flow{{Minor: 10000}}, []Flow{{Span{}, 1000}, {year, 9900}}, 1000, false},
		{"a fee before the draw", []Flow{{Minor: 10000}}, []Flow{{Span{Periods: -1, PerYear: 1}, 100}, {year, 10500}}, 613, false},
		{"two draws", []Flow{{Minor: 10000}, {year, 10000}}, []Flow{{Span{Periods: 2, PerYear: 1}, 23100}}, 1000, false},
		{"no draw", nil, []Flow{{year, 1}}, 0, true},
		{"no payment", []Flow{{Minor: 1}}, nil, 0, true},
		{"all on one day, more paid", []Flow{{Minor: 100}}, []Flow{{Span{}, 101}}, 0, true},
		{"all on one day, less paid", []Flow{{Minor: 100}}, []Flow{{Span{}, 99}}, 0, true},
		{"all on one day, the same", []Flow{{Minor: 100}}, []Flow{{Span{}, 100}}, 0, false},
		{"negative", []Flow{{Minor: -1}}, []Flow{{year, 1}}, 0, true},
		{"beyond all rates", []Flow{{Minor: 1}}, []Flow{{Span{Days: 1, YearDays: 365}, math.MaxInt64}}, 0, true},
	} {
		got, err := Rate(c.draws, c.payments)
		if got != c.want || c.fails != (err != nil) {
			t.Errorf("%s: %d, %v; want %d", c.name, got, err, c.want)
		}
	}
	if _, err := Rate(nil, nil); !errors.Is(err, ErrNoRate) {
		t.Errorf("nothing at all: %v", err)
	}
}

// TestRateBalances: at the rate found, draws and payments are worth the same, and a higher fee never lowers the rate.
func TestRateBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		credit := rapid.Int64Range(1000, 1_000_000).Draw(t, "credit")
		n := rapid.IntRange(1, 48).Draw(t, "n")
		fee := rapid.Int64Range(0, 5000).Draw(t, "fee")
		plan := func(fee int64) (draws, payments []Flow) {
			for k := 1; k <= n; k++ {
				payments = append(payments, Flow{Span{Periods: k, PerYear: 12}, credit/int64(n) + 1 + fee})
			}
			return []Flow{{Minor: credit}}, payments
		}
		draws, payments := plan(fee)
		exact, err := solve(draws, payments)
		if err != nil {
			t.Fatal(err)
		}
		flows, _ := signed(draws, payments)
		if off := value(flows, math.Log1p(exact)); math.Abs(off) > 1e-6*float64(credit) {
			t.Fatalf("at %.6f the values differ by %g", exact, off)
		}
		rate, _ := Rate(draws, payments)
		if dearer, err := Rate(plan(fee + 1)); err != nil || dearer < rate {
			t.Fatalf("rate %d, with a higher fee %d, %v", rate, dearer, err)
		}
	})
}

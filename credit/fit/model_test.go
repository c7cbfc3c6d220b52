package fit

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestPoolAgainstBrute compares pooled monotone shares with the best of all ways to cut.
func TestPoolAgainstBrute(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		n := 1 + rng.IntN(7)
		rows, bads := make([]float64, n), make([]float64, n)
		for i := range rows {
			rows[i] = float64(1 + rng.IntN(20))
			bads[i] = float64(rng.IntN(int(rows[i]) + 1))
		}
		best := math.Inf(-1)
		for cuts := range 1 << (n - 1) {
			var parts []pooled
			for i := range rows {
				if i == 0 || cuts>>(i-1)&1 == 1 {
					parts = append(parts, pooled{})
				}
				parts[len(parts)-1].rows += rows[i]
				parts[len(parts)-1].bads += bads[i]
			}
			rises := slices.IsSortedFunc(parts, func(a, b pooled) int {
				return int(math.Copysign(1, a.bads*b.rows-b.bads*a.rows-1e-12))
			})
			if rises {
				best = max(best, likelihood(parts))
			}
		}
		near(t, "likelihood of pooled shares", likelihood(pool(rows, bads)), best, 1e-9)
	}
}

// TestRegressionAgainstGonum: without signs and absolute penalties the coordinate descent is ridge regression, which
// Newton's method with a dense solver answers independently.
func TestRegressionAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	const n, ridge = 400, 3.0
	c := &coding{name: "x", kind: numbers, cuts: []float64{1, 2, 3}}
	col := &Column{Name: "x", Numeric: true, Number: make([]float64, n)}
	bad := make([]bool, n)
	for i := range bad {
		col.Number[i] = float64(rng.IntN(5))
		bad[i] = rng.Float64() < logistic(-1.5+0.6*col.Number[i])
	}
	b := steps(c, c.apply(col), pointsFree, 0, ridge)
	r := newRegression([]*block{b}, bad).fit(bad)

	width := len(b.free) + 1
	beta := mat.NewVecDense(width, nil)
	for range 30 {
		hess, grad := mat.NewSymDense(width, nil), mat.NewVecDense(width, nil)
		for j := 1; j < width; j++ {
			hess.SetSym(j, j, ridge)
			grad.SetVec(j, -ridge*beta.AtVec(j))
		}
		for i, k := range b.bins {
			x := append([]float64{1}, b.design[k]...)
			p := logistic(mat.Dot(mat.NewVecDense(width, x), beta))
			for a := range width {
				grad.SetVec(a, grad.AtVec(a)+x[a]*(indicator(bad[i])-p))
				for e := a; e < width; e++ {
					hess.SetSym(a, e, hess.At(a, e)+x[a]*x[e]*p*(1-p))
				}
			}
		}
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(hess) || chol.SolveVecTo(&step, grad) != nil {
			t.Fatal("the dense solver has no answer")
		}
		beta.AddVec(beta, &step)
	}
	near(t, "intercept", r.intercept, beta.AtVec(0), 2e-3)
	for j, v := range r.coef[0] {
		near(t, "coefficient", v, beta.AtVec(j+1), 2e-3)
	}
}

// TestLogit2 recovers a line from its own probabilities.
func TestLogit2(t *testing.T) {
	var x []float64
	var bad []bool
	for v := range 200 {
		p := logistic(2 - 0.02*float64(v))
		for k := range 100 {
			x, bad = append(x, float64(v)), append(bad, float64(k)+0.5 < 100*p)
		}
	}
	a, b := logit2(x, bad)
	near(t, "intercept", a, 2, 0.02)
	near(t, "slope", b, -0.02, 0.0002)
}

func TestBetweenIsRoundAndInside(t *testing.T) {
	for _, c := range [][3]float64{{0.1234, 0.1299, 0.125}, {19, 21, 20}, {1, 2, 1}, {-5, -3, -4}, {999, 1001, 1000}, {7, 7, 7}} {
		got := between(c[0], c[1])
		if got < c[0] || got >= c[1] && c[0] != c[1] {
			t.Errorf("between %v and %v is %v", c[0], c[1], got)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		low := (rng.Float64() - 0.5) * math.Pow(10, float64(rng.IntN(12)-4))
		high := low + rng.Float64()*math.Abs(low) + 1e-9
		if got := between(low, high); got < low || got >= high {
			t.Fatalf("between %v and %v is %v", low, high, got)
		}
	}
}

// world makes rows whose odds are known: amount hurts, age of the account helps, trade has two kinds of names.
func world(n int, seed uint64) (*Table, []bool) {
	rng := rand.New(rand.NewPCG(seed, 77))
	var text strings.Builder
	text.WriteString("id,amount,months,trade,record,noise,outcome\n")
	for i := range n {
		amount, months := 100+rng.IntN(5000), rng.IntN(120)
		trade := string(rune('A' + rng.IntN(6)))
		record := rng.IntN(4) - 1
		eta := -1.2 + float64(amount)/2500 - float64(months)/50 + 0.9*indicator(trade < "C") + 0.7*indicator(record == 3) - 0.5*indicator(record == -1)
		outcome := "good"
		if rng.Float64() < logistic(eta) {
			outcome = "bad"
		}
		noise := ""
		if rng.IntN(10) > 0 {
			noise = string(rune('0' + rng.IntN(10)))
		}
		text.WriteString(strings.Join([]string{plain(float64(i)), plain(float64(amount)), plain(float64(months)), trade, plain(float64(record)), noise, outcome}, ",") + "\n")
	}
	t, err := ReadCSV(strings.NewReader(text.String()))
	if err != nil {
		panic(err)
	}
	bad, err := t.Outcomes("outcome", "bad")
	if err != nil {
		panic(err)
	}
	return t, bad
}

// TestCardIsMonotoneAndAddsUp: the invariants of every fitted card.
func TestCardIsMonotoneAndAddsUp(t *testing.T) {
	table, bad := world(3000, 1)
	c, err := Fit(table, Options{Target: "outcome", Bad: "bad", Seed: 1, Folds: 3, ID: "card-test", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	if best := c.Best(); best > 1000 || best < 980 {
		t.Errorf("the best bins add up to %d", best)
	}
	for name, bins := range c.Bins {
		if bins[worst(bins)].Points != 0 {
			t.Errorf("%s: the worst bin has %d points", name, bins[worst(bins)].Points)
		}
		d := c.Fit.Directions[name]
		for i := 1; i < len(bins) && (bins[i].UpTo != nil || bins[i-1].UpTo != nil); i++ {
			if d == pointsRise && bins[i].Points < bins[i-1].Points || d == pointsFall && bins[i].Points > bins[i-1].Points {
				t.Errorf("%s: points do not %s: %v", name, d, bins)
			}
		}
	}
	if c.Fit.Directions["amount"] != pointsFall || c.Fit.Directions["months"] != pointsRise {
		t.Errorf("directions are %v", c.Fit.Directions)
	}
	if slices.Contains(c.Order, "id") || !slices.Contains(c.Fit.LeftOut, "id") {
		t.Errorf("the number of the row is on the card: %v", c.Order)
	}
	s, err := c.Apply(table)
	if err != nil {
		t.Fatal(err)
	}
	if got := AUC(floats(s.Score), bad); got < 0.75 {
		t.Errorf("AUC on its own rows %v", got)
	}
	if e := CalibrationError(Groups(s.Score, bad, c.Fit.Calibration, 10)); e > 0.03 {
		t.Errorf("calibration error %v", e)
	}
}

// TestFitIsDeterministic: the same rows and seed give the same file, and it reads back the same.
func TestFitIsDeterministic(t *testing.T) {
	table, _ := world(800, 2)
	o := Options{Target: "outcome", Bad: "bad", Seed: 5, Folds: 3, ID: "card-test", Version: 1}
	var files []string
	for range 2 {
		c, err := Fit(table, o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := c.JSON()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(b))
		again, err := ParseCard(b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := again.JSON()
		if err != nil || string(back) != string(b) {
			t.Errorf("the file changes when it is read and written again (%v)", err)
		}
	}
	if files[0] != files[1] {
		t.Error("two fits of the same rows differ")
	}
}

// TestUnseenValues: a card scores categories, codes and texts that it has never seen, and says how many there were.
func TestUnseenValues(t *testing.T) {
	table, _ := world(1500, 3)
	c, err := Fit(table, Options{Target: "outcome", Bad: "bad", Seed: 1, ID: "card-test", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	strange := "id,amount,months,trade,record,noise,outcome\n1,,NA,Zebra,-7,x,bad\n2,1e9,many,A,2,,good\n"
	other, err := ReadCSV(strings.NewReader(strange))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Validate(c, other, ValidateOptions{Target: "outcome", Bad: "bad"})
	if err != nil {
		t.Fatal(err)
	}
	if v.Unseen["trade"] != 1 || v.Unseen["months"] != 1 {
		t.Errorf("unseen values: %v", v.Unseen)
	}
}

// TestExcludedStaysOut: neither the column nor anything computed from it.
func TestExcludedStaysOut(t *testing.T) {
	table, _ := world(1500, 4)
	c, err := Fit(table, Options{Target: "outcome", Bad: "bad", Exclude: []string{"amount"}, Seed: 1, ID: "card-test", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c.Uses("amount") {
		t.Error("the excluded column decides about points")
	}
	m := &Map{Derived: []Derived{{Name: "x", Op: "ratio", Of: []string{"amount", "months"}}}}
	if _, err := Fit(table, Options{Target: "outcome", Bad: "bad", Exclude: []string{"amount"}, Map: m, ID: "card-test", Version: 1}); err == nil {
		t.Error("a derived column of an excluded one is accepted")
	}
}

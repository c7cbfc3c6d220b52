package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"zahlziel/credit"
	"zahlziel/credit/trial"
)

type creditBenchCmd struct {
	Consumers   int    `help:"People of the synthetic population." default:"20000"`
	Comparisons int    `help:"Small cases in which every plan is tried out." default:"30000"`
	Executions  int    `help:"Plans carried out with payments on random earlier days." default:"500000"`
	Crowded     int    `help:"People for each number of open invoices in the stress rows." default:"60"`
	Seed        uint64 `help:"Seed of everything that is drawn." default:"1"`
	JSON        bool   `help:"Print the result as JSON."`
}

// creditBench is what the bench prints. Times are of one call on one core, in microseconds but for Decide.
type creditBench struct {
	Consumers  int         `json:"consumers"`
	Seed       uint64      `json:"seed"`
	DecideNs   int         `json:"decide_ns"`
	P50        float64     `json:"wayback_p50_us"`
	P95        float64     `json:"wayback_p95_us"`
	P99        float64     `json:"wayback_p99_us"`
	Max        float64     `json:"wayback_max_us"`
	Share      float64     `json:"with_plan_share"` // of the questions of people who are refused today
	Compared   int         `json:"comparisons"`
	Mismatches int         `json:"mismatches"`
	Executed   int         `json:"executions"`
	Broken     int         `json:"broken"`
	Unproven   int         `json:"unproven_plans"` // a cheaper or shorter one might exist
	Lost       int         `json:"unconfirmed_plans"`
	Goals      []goalRow   `json:"goals"`
	Stress     []stressRow `json:"stress"`
	Seconds    float64     `json:"wall_seconds"`
	problems   []string
	mu         sync.Mutex
}

// goalRow is the population asking for one goal.
type goalRow struct {
	Method   string  `json:"method"`
	Amount   int64   `json:"amount"`
	Open     int     `json:"approved_today"`
	Blocked  int     `json:"blocked"`
	WithPlan int     `json:"with_plan"`
	Plans    int     `json:"plans"`
	Small    int     `json:"smaller_amount_today"` // without a plan, but a smaller amount works today
	Unproven int     `json:"unproven_plans"`
	P50      float64 `json:"p50_us"`
	P99      float64 `json:"p99_us"`
	Max      float64 `json:"max_us"`
	micros   []float64
}

// stressRow is people with many open invoices asking for all goals.
type stressRow struct {
	Open     int     `json:"open_invoices"`
	Calls    int     `json:"calls"`
	P50      float64 `json:"p50_us"`
	P99      float64 `json:"p99_us"`
	Max      float64 `json:"max_us"`
	Plans    int     `json:"plans"`
	Unproven int     `json:"unproven_plans"`
}

// Run measures and tries out; a mismatch or a broken promise ends it with an error after the result is printed.
func (c *creditBenchCmd) Run(ctx context.Context) error {
	if c.Consumers < 1 || c.Comparisons < 0 || c.Executions < 0 || c.Crowded < 1 {
		return errors.New("give at least one consumer, and no negative numbers")
	}
	p := credit.MustBuiltin()[0]
	start := time.Now()
	r := &creditBench{Consumers: c.Consumers, Seed: c.Seed}
	r.DecideNs = c.decide(p)
	for _, part := range []func(context.Context, *credit.Policy, *creditBench) error{c.population, c.stress, c.compare, c.execute} {
		if err := part(ctx, p, r); err != nil {
			return err
		}
	}
	r.Seconds = round(time.Since(start).Seconds())
	if err := r.print(c.JSON); err != nil {
		return err
	}
	for _, problem := range r.problems[:min(5, len(r.problems))] {
		fmt.Fprintln(os.Stderr, problem)
	}
	if r.Mismatches+r.Broken+r.Lost > 0 {
		return fmt.Errorf("%d mismatches, %d broken promises, %d plans that Decide did not confirm", r.Mismatches, r.Broken, r.Lost)
	}
	return nil
}

// decide measures one decision on people of the population, in nanoseconds.
func (c *creditBenchCmd) decide(p *credit.Policy) int {
	people := make([]credit.Facts, min(c.Consumers, 2000))
	for i := range people {
		people[i] = trial.Consumer(p, c.Seed, uint64(i))
	}
	r, n := trial.GoalOf(p, 1).Request, 0
	start := time.Now()
	for time.Since(start) < time.Second {
		for i := range people {
			credit.Decide(p, &people[i], r)
		}
		n += len(people)
	}
	return int(time.Since(start).Nanoseconds()) / n
}

// population asks for every goal, one call after the other on one core.
func (c *creditBenchCmd) population(ctx context.Context, p *credit.Policy, r *creditBench) error {
	b := newBar("population")
	defer b.done()
	r.Goals = make([]goalRow, len(trial.Goals))
	for n := range c.Consumers {
		f := trial.Consumer(p, c.Seed, uint64(n))
		for i := range trial.Goals {
			r.Goals[i].ask(p, &f, trial.GoalOf(p, i), r)
		}
		if b.set(n+1, c.Consumers); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	var all []float64
	blocked, with := 0, 0
	for i := range r.Goals {
		g := &r.Goals[i]
		all = append(all, g.micros...)
		g.Method, g.Amount = trial.Goals[i].Method.String(), trial.Goals[i].Amount
		g.P50, g.P99, g.Max = percentile(g.micros, 50), percentile(g.micros, 99), percentile(g.micros, 100)
		blocked, with, r.Unproven = blocked+g.Blocked, with+g.WithPlan, r.Unproven+g.Unproven
	}
	r.P50, r.P95, r.P99, r.Max = percentile(all, 50), percentile(all, 95), percentile(all, 99), percentile(all, 100)
	r.Share = float64(int(10_000*float64(with)/float64(max(1, blocked))+0.5)) / 10_000
	return nil
}

func (g *goalRow) ask(p *credit.Policy, f *credit.Facts, goal credit.Goal, r *creditBench) {
	start := time.Now()
	way := credit.WayBack(p, f, goal)
	took := time.Since(start)
	r.Lost += way.Lost
	if way.Open {
		g.Open++
		return
	}
	g.Blocked++
	g.micros = append(g.micros, float64(took.Nanoseconds())/1000)
	switch {
	case len(way.Plans) > 0:
		g.WithPlan++
	case way.None != nil && way.None.Reachable > 0:
		g.Small++
	}
	plans, unproven := count(&way)
	g.Plans, g.Unproven = g.Plans+plans, g.Unproven+unproven
}

func count(way *credit.Way) (plans, unproven int) {
	for i := range way.Plans {
		if way.Plans[i].Proven != way.Plans[i].Kind {
			unproven++
		}
	}
	return len(way.Plans), unproven
}

// stress asks for people with many open invoices.
func (c *creditBenchCmd) stress(ctx context.Context, p *credit.Policy, r *creditBench) error {
	b := newBar("many open invoices")
	defer b.done()
	sizes := []int{trial.OpenMax, 50, 200}
	for k, open := range sizes {
		row, all := stressRow{Open: open}, goalRow{}
		for n := range c.Crowded {
			f := trial.Crowded(p, c.Seed, uint64(n), open)
			for i := range trial.Goals {
				all.ask(p, &f, trial.GoalOf(p, i), r)
			}
			if b.set(k*c.Crowded+n+1, len(sizes)*c.Crowded); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		row.Calls, row.Plans, row.Unproven = all.Blocked, all.Plans, all.Unproven
		row.P50, row.P99, row.Max = percentile(all.micros, 50), percentile(all.micros, 99), percentile(all.micros, 100)
		r.Stress = append(r.Stress, row)
	}
	return nil
}

// compare tries out small cases on random policies, on all cores.
func (c *creditBenchCmd) compare(ctx context.Context, p *credit.Policy, r *creditBench) error {
	r.Compared = c.Comparisons
	return r.onAllCores(ctx, "small cases", c.Comparisons, func(n int) {
		w, err := trial.SmallWorld(p, trial.Dice(c.Seed, uint64(n)))
		if err == nil {
			err = trial.Compare(w)
		}
		if err != nil {
			r.problem(&r.Mismatches, fmt.Errorf("case %d: %w", n, err))
		}
	})
}

// execute carries plans of the population out until there were enough executions.
func (c *creditBenchCmd) execute(ctx context.Context, p *credit.Policy, r *creditBench) error {
	plans := 0
	for i := range r.Goals {
		plans += r.Goals[i].Plans
	}
	if plans == 0 {
		return nil
	}
	each, left := (c.Executions+plans-1)/plans, atomic.Int64{}
	left.Store(int64(c.Executions))
	err := r.onAllCores(ctx, "executions", c.Consumers, func(n int) {
		f := trial.Consumer(p, c.Seed, uint64(n))
		rnd := trial.Dice(c.Seed+1, uint64(n))
		for i := range trial.Goals {
			g := trial.GoalOf(p, i)
			way := credit.WayBack(p, &f, g)
			for k := range way.Plans {
				for range each {
					if left.Add(-1) < 0 {
						return
					}
					if err := trial.Execute(p, &f, g, &way.Plans[k], rnd); err != nil {
						r.problem(&r.Broken, fmt.Errorf("consumer %d, %s: %w", n, g.Method, err))
					}
				}
			}
		}
	})
	r.Executed = c.Executions - int(max(0, left.Load()))
	return err
}

// problem counts something that must not happen.
func (r *creditBench) problem(counter *int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*counter++
	r.problems = append(r.problems, err.Error())
}

// onAllCores runs n pieces of work.
func (r *creditBench) onAllCores(ctx context.Context, what string, n int, work func(int)) error {
	b := newBar(what)
	defer b.done()
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				work(i)
				b.set(int(done.Add(1)), n)
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// percentile is the smallest value that so many percent do not exceed, to a tenth.
func percentile(micros []float64, percent int) float64 {
	if len(micros) == 0 {
		return 0
	}
	slices.Sort(micros)
	return round(micros[(len(micros)*percent+99)/100-1])
}

func (r *creditBench) print(asJSON bool) error {
	if asJSON {
		return printJSON(r)
	}
	fmt.Printf("Decide: %d ns\n", r.DecideNs)
	fmt.Printf("WayBack, %d people: p50 %.0f us, p95 %.0f us, p99 %.0f us, max %.0f us; %.1f %% of the refused have a plan, %d plans not proven minimal\n",
		r.Consumers, r.P50, r.P95, r.P99, r.Max, 100*r.Share, r.Unproven)
	for _, s := range r.Stress {
		fmt.Printf("WayBack, %3d open invoices: p50 %.0f us, p99 %.0f us, max %.0f us; %d of %d plans not proven minimal\n", s.Open, s.P50, s.P99, s.Max, s.Unproven, s.Plans)
	}
	fmt.Printf("%d comparisons with trying everything: %d mismatches\n", r.Compared, r.Mismatches)
	fmt.Printf("%d executions with earlier payments: %d broken promises\n", r.Executed, r.Broken)
	fmt.Printf("%.0f s\n", r.Seconds)
	return nil
}

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/vault"
)

type benchCmd struct {
	Checkout benchCheckoutCmd `cmd:"" default:"withargs" help:"Orders per second: session, authorize, order over HTTP."`
	API      benchAPICmd      `cmd:"" name:"api" help:"A mix of all shop calls over HTTP: latency of each."`
	Load     benchLoadCmd     `cmd:"" hidden:"" help:"The load of a bench, in a process of its own."`
}

type benchCheckoutCmd struct {
	Clients    int    `help:"Clients that each buy one thing after the other." default:"64"`
	Seconds    int    `help:"Length of the measurement." default:"20"`
	Minutes    int    `help:"Length in minutes instead, for a soak."`
	Hot        bool   `help:"All orders go to one shop."`
	JSON       bool   `help:"Print the result as JSON."`
	Orders     int    `help:"Orders that are in the database before the measurement." default:"0"`
	Buyers     int    `help:"Prepared buyers, each used twice; 0 takes as many as 2,200 orders a second need." default:"0"`
	Lanes      int    `help:"Groups that PostgreSQL commits side by side." default:"1"`
	Limit      int    `help:"Seconds to measure the database alone." default:"5"`
	CPUProfile string `name:"cpuprofile" help:"Write a CPU profile of the server during the measurement." placeholder:"FILE" type:"path"`
}

// benchResult is what a bench prints.
type benchResult struct {
	Database string  `json:"database"`
	Clients  int     `json:"clients"`
	Seconds  int     `json:"seconds"`
	Rate     float64 `json:"orders_per_second"`
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	P99      float64 `json:"p99_ms"`
	Errors   int     `json:"errors"`
	Limit    float64 `json:"limit_orders_per_second"`
	Ratio    float64 `json:"ratio"`
	OpenP99  float64 `json:"open_p99_ms"` // per call at 70 % of the reached rate, calls arriving regardless of answers
	// Processor time per order of the server and of the load's process: what depends least on what else the machine does.
	ServerCPU float64 `json:"server_cpu_us"`
	LoadCPU   float64 `json:"load_cpu_us"`
}

// Run makes an installation of its own, measures, and removes it.
func (c *benchCheckoutCmd) Run(ctx context.Context, p *place) error {
	if c.Minutes > 0 {
		c.Seconds = 60 * c.Minutes
	}
	if c.Clients < 1 || c.Clients > 4096 || c.Seconds < 1 {
		return errors.New("give 1 to 4096 clients and at least one second")
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	b, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer b.remove()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	r, calls, err := b.measure(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(r)
	}
	printBench(r, calls)
	return nil
}

// bench is one installation that is measured.
type bench struct {
	*benchCheckoutCmd
	place place
	a     *app.App
	load  loadPlan
	clean []func() error
}

// open makes the installation: a folder of its own, and on PostgreSQL a database of its own.
func (c *benchCheckoutCmd) open(ctx context.Context, p *place) (b *bench, err error) {
	if err := os.MkdirAll(p.Data, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(p.Data, "bench-")
	if err != nil {
		return nil, err
	}
	b = &bench{benchCheckoutCmd: c, place: place{Data: dir}}
	b.clean = append(b.clean, func() error { return os.RemoveAll(dir) })
	defer func() {
		if err != nil {
			b.remove()
		}
	}()
	if p.Database != "" {
		if b.place.Database, err = b.createDatabase(ctx, p.Database); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.load.Address = l.Addr().String()
	b.place.BaseURL = "http://" + b.load.Address
	if err := b.install(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return b, b.serve(l)
}

// install makes database and key, on the business day on which the orders of the past begin.
func (b *bench) install(ctx context.Context) error {
	if b.Buyers == 0 {
		b.Buyers = min(2200*(b.Seconds+3+min(10, b.Seconds))/buyerUses, 150_000)
	}
	if b.rounds() > roundsMax {
		return fmt.Errorf("--orders %d needs at least --buyers %d", b.Orders, (b.Orders+roundsMax-1)/roundsMax)
	}
	clock := app.NewClock(nil)
	db, err := b.place.openDB(ctx, clock)
	if err != nil {
		return err
	}
	b.clean = append(b.clean, db.Close)
	if err := db.Migrate(ctx, clock.Today()-cal.Day(b.rounds()*roundDays), b.Lanes); err != nil {
		return err
	}
	if _, err := vault.Create(b.place.keyFile()); err != nil {
		return err
	}
	b.a, err = b.place.app(ctx, db, clock)
	return err
}

// serve starts the doors and the worker, as every server runs; nobody gets its mails.
func (b *bench) serve(l net.Listener) error {
	front, err := (&doors{}).front(b.a, nil)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	work, stop := context.WithCancel(context.Background())
	worked := make(chan struct{})
	worker := &app.Worker{App: b.a, Handlers: b.a.Handlers(nobody{}, "Bench <post@bench.test>"), Owner: workerName()}
	go func() { worker.Run(work); close(worked) }()
	s := &http.Server{Handler: front, ReadHeaderTimeout: 10 * time.Second}
	b.clean = append(b.clean, func() error { stop(); <-worked; return nil }, s.Close)
	go func() {
		if err := ignoreClosed(s.Serve(l)); err != nil {
			slog.Error("bench", "error", err.Error())
		}
	}()
	return nil
}

// nobody is a mail server without people behind it.
type nobody struct{}

// Send takes the message and forgets it.
func (nobody) Send(context.Context, mail.Message) error { return nil }

// createDatabase makes a database beside the given one, so that nothing of it is touched.
func (b *bench) createDatabase(ctx context.Context, server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("--database: %w", err)
	}
	name := "zahlziel_bench_" + strings.ToLower(rand.Text()[:10])
	run := func(ctx context.Context, text string) error {
		db, err := sql.Open("pgx", server)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.ExecContext(ctx, text)
		return err
	}
	if err := run(ctx, `CREATE DATABASE "`+name+`" TEMPLATE template0`); err != nil {
		return "", fmt.Errorf("create a database for the bench: %w", err)
	}
	b.clean = append(b.clean, func() error {
		return run(context.Background(), `DROP DATABASE "`+name+`" WITH (FORCE)`)
	})
	u.Path = "/" + name
	return u.String(), nil
}

// remove undoes what open did, last first.
func (b *bench) remove() {
	for i := len(b.clean) - 1; i >= 0; i-- {
		if err := b.clean[i](); err != nil {
			fmt.Fprintln(os.Stderr, "zahlziel: "+err.Error())
		}
	}
}

// measure runs the closed loop, the open loop, and the database alone.
func (b *bench) measure(ctx context.Context) (*benchResult, *loadResult, error) {
	r := &benchResult{Database: "sqlite", Clients: b.Clients, Seconds: b.Seconds}
	if b.a.DB.Postgres() {
		r.Database = "postgres"
	}
	b.load.Clients, b.load.Warm, b.load.Seconds = b.Clients, min(3, 1+b.Seconds/10), b.Seconds
	stop, err := b.profile()
	if err != nil {
		return nil, nil, err
	}
	before := processorTime()
	closed, err := b.run(ctx)
	spent := processorTime() - before
	stop()
	if err != nil {
		return nil, nil, err
	}
	r.Rate, r.P50, r.P95, r.P99, r.Errors = round(closed.Rate), closed.All.P50, closed.All.P95, closed.All.P99, closed.Errors
	if closed.Orders > 0 {
		r.ServerCPU, r.LoadCPU = round(1e6*spent/float64(closed.Orders)), round(1e6*closed.CPU/float64(closed.Orders))
	}
	b.load.Skip, b.load.Rate, b.load.Seconds = closed.Used, 0.7*closed.Rate, min(10, b.Seconds)
	open, err := b.run(ctx)
	if err != nil {
		return nil, nil, err
	}
	r.OpenP99, r.Errors = open.All.P99, r.Errors+open.Errors
	if err := b.confirm(ctx, closed.Orders+open.Orders); err != nil {
		return nil, nil, err
	}
	if r.Limit, err = b.a.DB.WriteLimit(ctx, time.Duration(b.Limit)*time.Second); err != nil {
		return nil, nil, err
	}
	r.Ratio = float64(int(1000*r.Rate/r.Limit+0.5)) / 1000
	r.Limit = round(r.Limit)
	return r, closed, nil
}

// processorTime is what this process has spent so far, in seconds.
func processorTime() float64 {
	seen := prometheus.NewRegistry()
	seen.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := seen.Gather()
	if err != nil {
		return 0 // not known on this system
	}
	for _, f := range families {
		if f.GetName() == "process_cpu_seconds_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return 0
}

func round(x float64) float64 { return float64(int(10*x+0.5)) / 10 }

// confirm counts the orders in the database: every acknowledged one must be there.
func (b *bench) confirm(ctx context.Context, acknowledged int) error {
	var stored int
	if err := b.a.DB.SQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM orders").Scan(&stored); err != nil {
		return err
	}
	if stored < acknowledged+b.Orders {
		return fmt.Errorf("%d orders were acknowledged, %d are stored", acknowledged+b.Orders, stored)
	}
	return nil
}

func (b *bench) profile() (stop func(), err error) {
	if b.CPUProfile == "" {
		return func() {}, nil
	}
	f, err := os.Create(b.CPUProfile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// run puts a load on the server from a process of its own and waits for its result.
func (b *bench) run(ctx context.Context) (*loadResult, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	plan := filepath.Join(b.place.Data, "load.json")
	text, err := json.Marshal(b.load)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(plan, text, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(b.load.Warm+b.load.Seconds+60)*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "bench", "load", plan)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("the load's process: %w", err)
	}
	r := &loadResult{CPU: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
	return r, json.Unmarshal(out.Bytes(), r)
}

// printBench is the result for people.
func printBench(r *benchResult, calls *loadResult) {
	t := newTable("Call", "p50 ms", "p95 ms", "p99 ms")
	for _, row := range []struct {
		name string
		q    quantiles
	}{{"session", calls.Session}, {"authorize", calls.Authorize}, {"order", calls.Order}, {"all", calls.All}} {
		t.AppendRow([]any{row.name, row.q.P50, row.q.P95, row.q.P99})
	}
	t.Render()
	fmt.Printf("%s, %d clients, %d s: %.0f orders a second, %d errors; at 70 %% of that p99 %.1f ms\n", r.Database, r.Clients, r.Seconds, r.Rate, r.Errors, r.OpenP99)
	fmt.Printf("the database alone takes %.0f orders' rows a second: reached is %.0f %% of it\n", r.Limit, 100*r.Ratio)
	fmt.Printf("processor time per order: %.0f us here, %.0f us in the load's process\n", r.ServerCPU, r.LoadCPU)
	if calls.Fresh > 0 {
		fmt.Printf("%d buyers were new: more orders than prepared buyers\n", calls.Fresh)
	}
	for text, n := range calls.Problems {
		fmt.Printf("%d times: %s\n", n, text)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"zahlziel/app"
	"zahlziel/gateway/mail"
	"zahlziel/store"
)

// doors are the flags of a process that serves.
type doors struct {
	Listen      string `help:"Address for shops, consumers and the desk." default:"127.0.0.1:8080"`
	AdminListen string `name:"admin-listen" help:"Address for /healthz, /readyz and /metrics; keep it private." default:"127.0.0.1:8081"`
	SMTP        string `help:"Mail server: smtp://user:password@host:port or smtps://..." default:"smtp://127.0.0.1:2525" placeholder:"URL"`
	MailFrom    string `name:"mail-from" help:"Sender of all mails." default:"Zahlziel <post@zahlziel.example>"`
	ProxyHops   int    `name:"proxy-hops" help:"Trusted proxies in front that append to X-Forwarded-For." default:"0"`
}

type serveCmd struct {
	doors
	partners
}

// Run serves until it is told to stop, then finishes what is under way.
func (c *serveCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if a.Sources, err = c.sources(); err != nil {
		return err
	}
	return c.serve(ctx, a, nil)
}

// serve runs the doors and the worker of an installation. extra adds routes of a demo.
func (c *doors) serve(ctx context.Context, a *app.App, extra func(*http.ServeMux)) error {
	sender, err := mail.NewSMTP(c.SMTP, 20*time.Second)
	if err != nil {
		return err
	}
	front, err := c.front(a, extra)
	if err != nil {
		return err
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mainAt, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	adminAt, err := net.Listen("tcp", c.AdminListen)
	if err != nil {
		return errors.Join(err, mainAt.Close())
	}
	main, admin := newServer(measured(reg, front)), newServer(adminDoor(a, reg))
	worker := &app.Worker{App: a, Handlers: a.Handlers(sender, c.MailFrom), Owner: workerName()}
	work, stopWork := context.WithCancel(context.Background())
	worked := make(chan struct{})
	go func() { worker.Run(work); close(worked) }()
	if a.Demo {
		go followDay(work, a)
	}
	failed := make(chan error, 2)
	go func() { failed <- main.Serve(mainAt) }()
	go func() { failed <- admin.Serve(adminAt) }()
	slog.Info("serving", "listen", c.Listen, "admin", c.AdminListen, "database", a.DB.URL)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	slog.Info("stopping")
	end, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err = errors.Join(ignoreClosed(err), main.Shutdown(end), admin.Shutdown(end))
	stopWork()
	<-worked
	return err
}

// followDay keeps the clock on the business day where another process may turn it ahead of the calendar.
func followDay(ctx context.Context, a *app.App) {
	for tick := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; {
		select {
		case <-ctx.Done():
			tick.Stop()
		case <-tick.C:
			_, _ = a.Day(ctx) // readyz tells when the database does not answer
		}
	}
}

// stopTime is how long requests under way may take to finish when the server stops.
const stopTime = 20 * time.Second

// newServer bounds how long a client may take, so that slow ones cannot hold all connections.
func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn)}
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func workerName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// adminDoor answers health and metrics.
func adminDoor(a *app.App, reg *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if _, err := a.DB.Day(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	reg.MustRegister(groupMetrics(a.DB))
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	return mux
}

// groupMetrics exposes how long the lanes' queues are.
func groupMetrics(db *store.DB) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "zahlziel_lane_queue", Help: "Units of work that wait for a group commit."},
		func() float64 { return float64(db.Waiting()) })
}

// measured counts and times requests by door and status class; paths carry ids and are no labels.
func measured(reg *prometheus.Registry, next http.Handler) http.Handler {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "zahlziel_request_seconds", Help: "Time to answer a request.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}}, []string{"door", "status"})
	reg.MustRegister(seconds)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		seconds.WithLabelValues(doorOf(r.URL.Path), fmt.Sprintf("%dxx", rec.status/100)).Observe(time.Since(began).Seconds())
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// doorOf names the door of a path for metrics.
func doorOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	switch first {
	case "payments", "hpp", "ordermanagement", "api", "checkout", "frame", "sdk", "me", "desk", "merchant", "assets":
		return first
	}
	return "other"
}

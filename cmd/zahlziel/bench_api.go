package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

type benchAPICmd struct {
	Clients    int    `help:"Clients that each make one call after the other." default:"64"`
	Seconds    int    `help:"Length of the measurement." default:"20"`
	JSON       bool   `help:"Print the result as JSON."`
	Orders     int    `help:"Orders that are in the database before the measurement." default:"0"`
	Buyers     int    `help:"Prepared buyers, each used twice; 0 takes as many as 1,000 orders a second need." default:"0"`
	Lanes      int    `help:"Groups that PostgreSQL commits side by side." default:"1"`
	Limit      int    `help:"Seconds to measure the database alone." default:"5"`
	CPUProfile string `name:"cpuprofile" help:"Write a CPU profile of the server during the measurement." placeholder:"FILE" type:"path"`
}

// The calls of the mix. Of twenty calls of a shop eight open a session, five change or read one, four order, two capture and
// one refunds or reads an order. Confirming is the buyer's call: it is made and measured, and is not part of the mix.
const (
	mixCreate = iota
	mixUpdate
	mixRead
	mixConfirm
	mixOrder
	mixCapture
	mixRefund
	mixReadOrder
	mixKinds
)

var mixNames = [mixKinds]string{"session create", "session update", "session read", "authorize (buyer)", "order", "capture", "refund", "order read"}

// callResult is one kind of call of the mix.
type callResult struct {
	Name  string    `json:"call"`
	Calls int       `json:"calls"`
	Share float64   `json:"share_percent"` // of the shop's calls
	P     quantiles `json:"ms"`
}

// benchAPIResult is what the bench prints.
type benchAPIResult struct {
	Database string       `json:"database"`
	Clients  int          `json:"clients"`
	Seconds  int          `json:"seconds"`
	Rate     float64      `json:"calls_per_second"`
	Orders   float64      `json:"orders_per_second"`
	P99      float64      `json:"p99_ms"` // of all calls of shops
	Errors   int          `json:"errors"`
	Limit    float64      `json:"limit_orders_per_second"`
	Calls    []callResult `json:"calls"`
}

// Run makes an installation of its own, measures, and removes it.
func (c *benchAPICmd) Run(ctx context.Context, p *place) error {
	if c.Clients < 1 || c.Clients > 4096 || c.Seconds < 1 {
		return errors.New("give 1 to 4096 clients and at least one second")
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if c.Buyers == 0 {
		c.Buyers = 1000 * (c.Seconds + 3) / buyerUses
	}
	b, err := (&benchCheckoutCmd{Clients: c.Clients, Seconds: c.Seconds, Orders: c.Orders, Buyers: c.Buyers, Lanes: c.Lanes, Limit: c.Limit, CPUProfile: c.CPUProfile}).open(ctx, p)
	if err != nil {
		return err
	}
	defer b.remove()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	r, load, err := b.measureAPI(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(r)
	}
	printAPI(r, load)
	return nil
}

// measureAPI runs the mix in a closed loop, and the database alone.
func (b *bench) measureAPI(ctx context.Context) (*benchAPIResult, *loadResult, error) {
	r := &benchAPIResult{Database: "sqlite", Clients: b.Clients, Seconds: b.Seconds}
	if b.a.DB.Postgres() {
		r.Database = "postgres"
	}
	b.load.API, b.load.Clients, b.load.Warm, b.load.Seconds = true, b.Clients, min(3, 1+b.Seconds/10), b.Seconds
	stop, err := b.profile()
	if err != nil {
		return nil, nil, err
	}
	load, err := b.run(ctx)
	stop()
	if err != nil {
		return nil, nil, err
	}
	if err := b.confirm(ctx, load.Orders); err != nil {
		return nil, nil, err
	}
	limit, err := b.a.DB.WriteLimit(ctx, time.Duration(b.Limit)*time.Second)
	if err != nil {
		return nil, nil, err
	}
	r.Rate, r.P99, r.Errors, r.Limit, r.Calls = round(load.Rate), load.All.P99, load.Errors, round(limit), load.Calls
	r.Orders = round(float64(load.Calls[mixOrder].Calls) / float64(b.Seconds))
	return r, load, nil
}

func printAPI(r *benchAPIResult, load *loadResult) {
	t := newTable("Call", "calls", "share %", "p50 ms", "p95 ms", "p99 ms")
	for _, c := range r.Calls {
		t.AppendRow([]any{c.Name, c.Calls, c.Share, c.P.P50, c.P.P95, c.P.P99})
	}
	t.Render()
	fmt.Printf("%s, %d clients, %d s: %.0f calls of shops a second, %.0f of them orders; p99 %.1f ms, %d errors\n", r.Database, r.Clients, r.Seconds, r.Rate, r.Orders, r.P99, r.Errors)
	fmt.Printf("the database alone takes %.0f orders' rows a second\n", r.Limit)
	if load.Fresh > 0 {
		fmt.Printf("%d buyers were new: more orders than prepared buyers\n", load.Fresh)
	}
	for text, n := range load.Problems {
		fmt.Printf("%d times: %s\n", n, text)
	}
}

// mixResult adds up what the clients saw of the mix.
func (l *load) mixResult(r *loadResult, clients []*client) {
	var kinds [mixKinds][]int32
	var all []int32
	for _, c := range clients {
		for k := range kinds {
			kinds[k] = append(kinds[k], c.mix[k]...)
			if k != mixConfirm {
				all = append(all, c.mix[k]...)
			}
		}
	}
	for k, name := range mixNames {
		one := callResult{Name: name, Calls: len(kinds[k]), P: quantilesOf(kinds[k])}
		if k != mixConfirm && len(all) > 0 {
			one.Share = round(100 * float64(one.Calls) / float64(len(all)))
		}
		r.Calls = append(r.Calls, one)
	}
	r.Rate, r.All = float64(len(all))/float64(l.plan.Seconds), quantilesOf(all)
}

// mixer is one round of the mix on one connection.
type mixer struct {
	*client
	warm, end time.Time
	basic     string
}

// timed makes one call of a kind and returns whether it succeeded.
func (m *mixer) timed(kind int, method, path, auth, body string) bool {
	at := time.Now()
	err := m.send(method, path, auth, body)
	took := time.Since(at)
	if at.After(m.warm) && at.Before(m.end) {
		m.mix[kind] = append(m.mix[kind], int32(took.Microseconds()))
	}
	if err != nil {
		m.errors++
		if len(m.problems) < 20 {
			m.problems[mixNames[kind]+": "+err.Error()]++
		}
	}
	return err == nil
}

// opened is a session that a round opened.
type opened struct {
	id, client string
	cart       string
	buyer      buyer
}

// cycle is twenty calls of a shop, and the four confirmations of its buyers between them.
func (c *client) cycle(warm, end time.Time) {
	n := int(c.l.next.Load())
	shop := c.l.plan.Shops[n%len(c.l.plan.Shops)]
	m := &mixer{c, warm, end, "Basic " + base64.StdEncoding.EncodeToString([]byte(shop.User+":"+shop.Secret))}
	var sessions []opened
	for i := range 8 {
		var o opened
		if i%2 == 0 {
			o.buyer, _ = c.l.buyer()
		} else {
			o.buyer = c.l.plan.Buyers[(n+i)%len(c.l.plan.Buyers)] // looks, and does not buy
		}
		o.cart = cartJSON(&o.buyer, n+i)
		if m.timed(mixCreate, "POST", "/payments/v1/sessions", m.basic, o.cart) {
			o.id, o.client = field(c.body.Bytes(), "session_id"), field(c.body.Bytes(), "client_token")
			sessions = append(sessions, o)
		}
		if len(sessions) == 0 {
			continue
		}
		path := "/payments/v1/sessions/" + sessions[len(sessions)-1].id
		switch i {
		case 1, 3, 5:
			m.timed(mixUpdate, "POST", path, m.basic, `{"merchant_reference2":"basket-2"}`)
		case 2, 6:
			m.timed(mixRead, "GET", path, m.basic, "")
		}
	}
	m.sell(sessions)
}

// sell lets the buyers among the sessions buy, sends a part of two orders, and gives a little back or looks at one.
func (m *mixer) sell(sessions []opened) {
	var orders []string
	for i, o := range sessions {
		if i%2 == 1 || len(orders) == 4 {
			continue
		}
		proof := `"device_token":"` + o.buyer.Device + `"`
		if o.buyer.Device == "" {
			proof = `"email_code":"000000","assessment":{"monthly_free_amount":80000}`
		}
		if !m.timed(mixConfirm, "POST", "/api/v1/sessions/"+o.id+"/authorize", "Bearer "+o.client, `{"payment_method":"invoice_30","consent":true,`+proof+`}`) {
			continue
		}
		token := field(m.body.Bytes(), "authorization_token")
		if token != "" && m.timed(mixOrder, "POST", "/payments/v1/authorizations/"+token+"/order", m.basic, o.cart) {
			orders = append(orders, field(m.body.Bytes(), "order_id"))
			m.orders++
		}
	}
	for i, id := range orders {
		path := "/ordermanagement/v1/orders/" + id
		if i < 2 {
			m.timed(mixCapture, "POST", path+"/captures", m.basic, `{"captured_amount":1000,"description":"first parcel"}`)
		}
	}
	if len(orders) == 0 {
		return
	}
	path := "/ordermanagement/v1/orders/" + orders[0]
	if m.orders%8 == 0 {
		m.timed(mixRefund, "POST", path+"/refunds", m.basic, `{"refunded_amount":100}`)
		return
	}
	m.timed(mixReadOrder, "GET", path, m.basic, "")
}

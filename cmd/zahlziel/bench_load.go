package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"zahlziel/pay"
)

// loadPlan is what the load's process is told.
type loadPlan struct {
	Address string // host and port of the server, on loopback
	Shops   []loadShop
	Buyers  []buyer
	Skip    int // uses of buyers that are spent
	Clients int
	Warm    int // seconds before the measurement
	Seconds int
	Rate    float64 // orders a second that arrive regardless of answers; 0: each client waits for its answers
	API     bool    // the mix of all shop calls instead of purchases
}

type loadShop struct {
	ID           pay.MerchantID
	User, Secret string
}

// loadResult is what the load's process answers.
type loadResult struct {
	Rate                           float64 // orders a second
	Orders                         int     // acknowledged, warm-up and all
	Used                           int     // uses of buyers spent so far
	Fresh                          int     // buyers that were made on the way
	Errors                         int
	Problems                       map[string]int
	Session, Authorize, Order, All quantiles
	CPU                            float64      `json:"-"` // seconds that the process spent, warm-up and all
	Calls                          []callResult // of the mix
}

// quantiles are in milliseconds.
type quantiles struct{ P50, P95, P99 float64 }

func quantilesOf(micros []int32) (q quantiles) {
	if len(micros) == 0 {
		return q
	}
	slices.Sort(micros)
	at := func(p float64) float64 { return float64(micros[int(p*float64(len(micros)-1))]) / 1000 }
	return quantiles{at(0.50), at(0.95), at(0.99)}
}

type benchLoadCmd struct {
	Plan string `arg:"" help:"File with the plan." type:"existingfile"`
}

// Run puts the load on the server and prints what it saw.
func (c *benchLoadCmd) Run(ctx context.Context) error {
	text, err := os.ReadFile(c.Plan)
	if err != nil {
		return err
	}
	l := &load{started: time.Now()}
	if err := json.Unmarshal(text, &l.plan); err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(l.plan.Address); err != nil || !net.ParseIP(host).IsLoopback() {
		return fmt.Errorf("%s is not this machine", l.plan.Address)
	}
	l.next.Store(int64(l.plan.Skip))
	return json.NewEncoder(os.Stdout).Encode(l.run(ctx))
}

// load is one run.
type load struct {
	plan    loadPlan
	started time.Time
	next    atomic.Int64
	fresh   atomic.Int64
}

// client is one connection that buys one thing after the other.
type client struct {
	l        *load
	conn     net.Conn
	in       *bufio.Reader
	out      bytes.Buffer
	body     bytes.Buffer
	orders   int
	counted  int
	errors   int
	problems map[string]int
	micros   [3][]int32 // session, authorize, order
	mix      [mixKinds][]int32
}

func (l *load) run(ctx context.Context) *loadResult {
	warm := l.started.Add(time.Duration(l.plan.Warm) * time.Second)
	end := warm.Add(time.Duration(l.plan.Seconds) * time.Second)
	n := l.plan.Clients
	if l.plan.Rate > 0 {
		n *= 4
	}
	clients := make([]*client, n)
	var arrivals atomic.Int64
	var wg sync.WaitGroup
	for i := range clients {
		c := &client{l: l, problems: map[string]int{}}
		clients[i] = c
		wg.Go(func() {
			for ctx.Err() == nil {
				at := time.Now()
				if l.plan.Rate > 0 {
					at = l.started.Add(time.Duration(float64(arrivals.Add(1)) / l.plan.Rate * float64(time.Second)))
					time.Sleep(time.Until(at))
				}
				if at.After(end) {
					break
				}
				if l.plan.API {
					c.cycle(warm, end)
					continue
				}
				c.buy(at, warm, end)
			}
			if c.conn != nil {
				c.conn.Close()
			}
		})
	}
	wg.Wait()
	return l.result(clients)
}

func (l *load) result(clients []*client) *loadResult {
	r := &loadResult{Problems: map[string]int{}, Used: int(l.next.Load()), Fresh: int(l.fresh.Load())}
	var kinds [3][]int32
	var all []int32
	counted := 0
	for _, c := range clients {
		r.Orders += c.orders
		r.Errors += c.errors
		counted += c.counted
		for text, n := range c.problems {
			r.Problems[text] += n
		}
		for k := range kinds {
			kinds[k] = append(kinds[k], c.micros[k]...)
			all = append(all, c.micros[k]...)
		}
	}
	if l.plan.API {
		l.mixResult(r, clients)
		return r
	}
	r.Rate = float64(counted) / float64(l.plan.Seconds)
	r.Session, r.Authorize, r.Order, r.All = quantilesOf(kinds[0]), quantilesOf(kinds[1]), quantilesOf(kinds[2]), quantilesOf(all)
	return r
}

// buyer takes the next prepared buyer, or a new one when all are spent.
func (l *load) buyer() (b buyer, shop loadShop) {
	n := int(l.next.Add(1)) - 1
	shop = l.plan.Shops[n%len(l.plan.Shops)]
	if n < len(l.plan.Buyers)*buyerUses {
		return l.plan.Buyers[n%len(l.plan.Buyers)], shop
	}
	l.fresh.Add(1)
	return newBuyer(n), shop
}

// buy is one purchase: session, authorize, order. Only calls that begin and orders that end in the measured time count.
// at is when the purchase was due to begin: in an open loop waiting for a free connection counts.
func (c *client) buy(at, warm, end time.Time) {
	b, shop := c.l.buyer()
	cart := cartJSON(&b, int(c.l.next.Load()))
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(shop.User+":"+shop.Secret))
	proof := `"device_token":"` + b.Device + `"`
	if b.Device == "" {
		proof = `"email_code":"000000","assessment":{"monthly_free_amount":80000}`
	}
	var session, token string
	for k, call := range []func() (string, string, string, *string, string){
		func() (string, string, string, *string, string) {
			return "/payments/v1/sessions", basic, cart, &session, "session_id"
		},
		func() (string, string, string, *string, string) {
			client := field(c.body.Bytes(), "client_token")
			return "/api/v1/sessions/" + session + "/authorize", "Bearer " + client,
				`{"payment_method":"invoice_30","consent":true,` + proof + `}`, &token, "authorization_token"
		},
		func() (string, string, string, *string, string) {
			return "/payments/v1/authorizations/" + token + "/order", basic, cart, new(string), "order_id"
		},
	} {
		path, auth, body, out, name := call()
		if k > 0 {
			at = time.Now()
		}
		err := c.call(path, auth, body)
		took := time.Since(at)
		if err == nil {
			if *out = field(c.body.Bytes(), name); *out == "" {
				err = fmt.Errorf("%s without %s: %.300s", path[:12], name, c.body.String())
			}
		}
		if at.After(warm) && at.Before(end) {
			c.micros[k] = append(c.micros[k], int32(took.Microseconds()))
		}
		if err != nil {
			c.errors++
			if len(c.problems) < 20 {
				c.problems[err.Error()]++
			}
			return
		}
	}
	c.orders++
	if now := time.Now(); now.After(warm) && now.Before(end) {
		c.counted++
	}
}

// call posts JSON on the client's connection and reads the answer into body.
func (c *client) call(path, auth, body string) error { return c.send("POST", path, auth, body) }

// send makes a request on the client's connection and reads the answer into body.
func (c *client) send(method, path, auth, body string) error {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.l.plan.Address)
		if err != nil {
			return err
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 16<<10)
	}
	c.out.Reset()
	for _, s := range []string{method, " ", path, " HTTP/1.1\r\nHost: ", c.l.plan.Address, "\r\nAuthorization: ", auth,
		"\r\n"} {
		c.out.WriteString(s)
	}
	if body != "" {
		c.out.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	c.out.WriteString("\r\n" + body)
	err := c.exchange()
	if err != nil {
		c.conn.Close()
		c.conn = nil
	}
	return err
}

// callTime bounds one call, so that a server that hangs ends the bench.
const callTime = 30 * time.Second

func (c *client) exchange() error {
	if err := c.conn.SetDeadline(time.Now().Add(callTime)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.out.Bytes()); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	c.body.Reset()
	_, err = io.Copy(&c.body, res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("status %d: %.300s", res.StatusCode, c.body.String())
	}
	return nil
}

// field finds the text of a member in JSON that our own server wrote; its values hold no escapes.
func field(body []byte, name string) string {
	_, rest, ok := bytes.Cut(body, []byte(`"`+name+`":"`))
	if !ok {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// cartJSON is a realistic basket of three lines, 15 to 40 euros, as shop software sends it.
func cartJSON(b *buyer, n int) string {
	goods := [...][2]string{{"KAF-500", "Röstkaffee Hochland, 500 g"}, {"FIL-100", "Kaffeefilter Gr. 4, 100 Stück"}, {"BEC-2", "Becher Steingut, zwei Stück"}}
	prices := [3]int64{899 + int64(n%7)*50, 349 + int64(n%3)*20, 699 + int64(n%11)*100}
	var s strings.Builder
	var sum, tax int64
	for i, g := range goods {
		quantity := int64(1)
		if i == 1 && n%2 == 0 {
			quantity = 2
		}
		total := prices[i] * quantity
		vat := (2*total*1900 + 11900) / 23800
		if i > 0 {
			s.WriteByte(',')
		}
		fmt.Fprintf(&s, `{"type":"physical","reference":"%s","name":"%s","quantity":%d,"quantity_unit":"pcs","unit_price":%d,"tax_rate":1900,"total_amount":%d,"total_discount_amount":0,"total_tax_amount":%d,"product_url":"https://shop.example/p/%s","image_url":"https://shop.example/i/%s.jpg"}`,
			g[0], g[1], quantity, prices[i], total, vat, g[0], g[0])
		sum += total
		tax += vat
	}
	return fmt.Sprintf(`{"purchase_country":"DE","purchase_currency":"EUR","locale":"de-DE","order_amount":%d,"order_tax_amount":%d,"order_lines":[%s],`+
		`"billing_address":{"given_name":"%s","family_name":"%s","email":"%s","street_address":"%s","postal_code":"%s","city":"%s","country":"DE"},`+
		`"customer":{"date_of_birth":"%s"},"merchant_reference1":"B-%08d","merchant_urls":{"confirmation":"https://shop.example/thanks?id={order.id}"}}`,
		sum, tax, s.String(), b.Given, b.Family, b.Email, b.Street, b.Postcode, b.Town, b.Born, n)
}

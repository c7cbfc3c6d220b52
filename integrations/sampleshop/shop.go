package main

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"zahlziel/client"
)

//go:embed shop.html
var pageText string

var pages = template.Must(template.New("shop").Funcs(template.FuncMap{"euro": euro}).Parse(pageText))

// euro prints minor units.
func euro(cents int64) string { return fmt.Sprintf("%d,%02d €", cents/100, cents%100) }

// thing is something to buy. Prices hold 19 % VAT.
type thing struct {
	No    string
	Name  string
	Price int64
}

var things = []thing{{"H-1", "Hut", 3990}, {"S-1", "Schal", 2490}, {"M-1", "Mantel", 14900}}

// purchase is what the shop keeps about one visit to the checkout, by a number of its own.
type purchase struct {
	session string
	amount  int64
	order   string
}

// shop keeps its purchases in memory; what was ordered is read from the server.
type shop struct {
	http.Handler
	client    *client.Client
	home      string
	mu        sync.Mutex
	purchases []*purchase
}

func newShop(c *client.Client, home string) *shop {
	s := &shop{client: c, home: home}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.goods)
	mux.HandleFunc("POST /buy", s.buy)
	mux.HandleFunc("GET /thanks/{no}", s.thanks)
	mux.HandleFunc("GET /counter", s.counter)
	mux.HandleFunc("POST /counter/{order}/{deed}", s.deed)
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
	return s
}

func show(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action *")
	if err := pages.ExecuteTemplate(w, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// sorry tells what went wrong in the server's own words; they say what to do next.
func sorry(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	if e := (*client.Error)(nil); errors.As(err, &e) && e.Status < 500 {
		status = e.Status
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, "sorry", err.Error())
}

func (s *shop) goods(w http.ResponseWriter, _ *http.Request) { show(w, "range", things) }

// buy opens a session for one thing and sends the buyer to the payment page.
func (s *shop) buy(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi(r.FormValue("thing"))
	if err != nil || i < 0 || i >= len(things) {
		http.NotFound(w, r)
		return
	}
	t := things[i]
	s.mu.Lock()
	p := &purchase{amount: t.Price}
	s.purchases = append(s.purchases, p)
	no := strconv.Itoa(len(s.purchases) - 1)
	s.mu.Unlock()
	tax := (t.Price*1900 + 11900/2) / 11900
	session, err := s.client.CreateSession(r.Context(), client.NewSession{Cart: client.Cart{Country: "DE", Currency: "EUR", Locale: "de-DE", Amount: t.Price, TaxAmount: &tax,
		Lines:   []client.Line{{Type: "physical", Reference: t.No, Name: t.Name, Quantity: 1, UnitPrice: t.Price, TaxRate: 1900, TotalAmount: t.Price, TaxAmount: tax}},
		Billing: billing(r), Reference: "SAMPLE-" + no}, Buyer: &client.Buyer{BirthDate: r.FormValue("birth_date")}})
	if err != nil {
		sorry(w, err)
		return
	}
	page, err := s.client.CreatePage(r.Context(), session.ID, client.NewPage{Then: "none",
		URLs: client.PageURLs{Success: s.home + "/thanks/" + no, Cancel: s.home + "/", Back: s.home + "/", Failure: s.home + "/", Error: s.home + "/"}})
	if err != nil {
		sorry(w, err)
		return
	}
	s.mu.Lock()
	p.session = session.ID
	s.mu.Unlock()
	http.Redirect(w, r, page.URL, http.StatusSeeOther)
}

func billing(r *http.Request) *client.Address {
	return &client.Address{GivenName: r.FormValue("given_name"), FamilyName: r.FormValue("family_name"), Street: r.FormValue("street"),
		PostalCode: r.FormValue("postal_code"), City: r.FormValue("city"), Country: "DE", Email: r.FormValue("email")}
}

// thanks is where the payment page sends the buyer: the shop asks the server, and believes nothing that the browser brings.
// Coming back to the page orders nothing twice.
func (s *shop) thanks(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi(r.PathValue("no"))
	s.mu.Lock()
	if err != nil || i < 0 || i >= len(s.purchases) || s.purchases[i].session == "" {
		s.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	p := *s.purchases[i]
	s.mu.Unlock()
	if p.order == "" {
		session, err := s.client.Session(r.Context(), p.session)
		if err != nil {
			sorry(w, err)
			return
		}
		if session.AuthorizationToken == "" {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		o, err := s.client.PlaceOrder(r.Context(), client.NewOrder{AuthorizationToken: session.AuthorizationToken, Amount: p.amount})
		if err != nil {
			sorry(w, err)
			return
		}
		p.order = o.ID
		s.mu.Lock()
		s.purchases[i].order = o.ID
		s.mu.Unlock()
	}
	o, err := s.client.Order(r.Context(), p.order)
	if err != nil {
		sorry(w, err)
		return
	}
	show(w, "thanks", o)
}

// counter lists the latest orders for the people of the shop.
func (s *shop) counter(w http.ResponseWriter, r *http.Request) {
	list, err := s.client.Orders(r.Context(), r.FormValue("cursor"), 20)
	if err != nil {
		sorry(w, err)
		return
	}
	show(w, "counter", list)
}

// deed sends, refunds or cancels an order wholly.
func (s *shop) deed(w http.ResponseWriter, r *http.Request) {
	o, err := s.client.Order(r.Context(), r.PathValue("order"))
	if err == nil {
		switch r.PathValue("deed") {
		case "send":
			_, err = s.client.Capture(r.Context(), o.ID, client.Parcel{Amount: o.RemainingAmount, Description: "Paket"})
		case "refund":
			_, err = s.client.Refund(r.Context(), o.ID, client.Parcel{Amount: o.CapturedAmount - o.RefundedAmount, Description: "Rücksendung"})
		case "cancel":
			_, err = s.client.Cancel(r.Context(), o.ID)
		default:
			http.NotFound(w, r)
			return
		}
	}
	if err != nil {
		sorry(w, err)
		return
	}
	http.Redirect(w, r, "/counter", http.StatusSeeOther)
}

package demoshop

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"zahlziel/money"
	"zahlziel/web"
)

//go:embed assets
var assetFiles embed.FS

// Path is where the shops live on their host.
const Path = "/demo"

var assets = mustAssets()

func mustAssets() *web.StaticFiles {
	s, err := web.NewStaticFiles(assetFiles, "assets", Path+"/assets/", "shop.css")
	if err != nil {
		panic("demoshop: " + err.Error())
	}
	return s
}

// Config says where the API is, where browsers find the shops, and with which accounts they sell.
type Config struct {
	API      string // scheme and host of the shop API
	Home     string // scheme and host under which browsers reach Path
	Accounts map[string]Account
	Buyers   []Buyer // people whose details fill the address form with one click
	HTTP     *http.Client
}

// Account is a shop's login at the API.
type Account struct{ User, Password string }

// Shops are the handlers of both shops.
type Shops struct {
	cfg    Config
	memory *memory
}

// New returns the shops; a range without an account shows its goods but cannot sell.
func New(cfg Config) *Shops {
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	return &Shops{cfg: cfg, memory: newMemory()}
}

// Register adds the routes of the shops: everything at and below Path.
func (s *Shops) Register(mux *http.ServeMux) {
	pages := s.pages()
	below := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, Path+"/assets/") { // a pattern for it would contradict /{shop}/basket
			assets.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	mux.Handle(Path, pages)
	mux.Handle(Path+"/", below)
}

func (s *Shops) pages() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, web.Handler(s.both))
	mux.Handle("GET "+Path+"/{shop}", s.in(s.front))
	mux.Handle("GET "+Path+"/{shop}/basket", s.in(s.showBasket))
	mux.Handle("POST "+Path+"/{shop}/basket", s.in(s.changeBasket))
	mux.Handle("GET "+Path+"/{shop}/order", s.in(s.showForm))
	mux.Handle("POST "+Path+"/{shop}/order", s.in(s.order))
	mux.Handle("GET "+Path+"/{shop}/back/{no}", s.in(s.back))
	mux.Handle("POST "+Path+"/{shop}/told/{no}/{secret}", s.in(s.told))
	mux.Handle("GET "+Path+"/{shop}/thanks/{no}", s.in(s.thanks))
	mux.Handle("GET "+Path+"/{shop}/failed", s.in(s.failed))
	mux.Handle("GET "+Path+"/{shop}/office", s.in(s.office))
	mux.Handle("GET "+Path+"/{shop}/office/{no}", s.in(s.officeOrder))
	mux.Handle("POST "+Path+"/{shop}/office/{no}", s.in(s.act))
	mux.Handle("/", web.Handler(func(http.ResponseWriter, *http.Request) error { return web.Status(http.StatusNotFound) }))
	return mux
}

const (
	visitorCookie = "shop_visitor"
	visitorKeep   = 30 * 24 * time.Hour
)

// visit is one request to one shop.
type visit struct {
	Range   Range
	Visitor string
	Count   int64 // things in the basket
	client  *Client
}

func (v visit) path(rest string) string { return Path + "/" + v.Range.Slug + rest }

// in finds the shop of the address and who is looking.
func (s *Shops) in(h func(http.ResponseWriter, *http.Request, visit) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		for _, rg := range Ranges {
			if rg.Slug != r.PathValue("shop") {
				continue
			}
			v := visit{Range: rg, Visitor: web.CookieValue(r, visitorCookie)}
			if v.Visitor == "" {
				v.Visitor = rand.Text()
				web.SetCookie(w, r, visitorCookie, v.Visitor, Path, visitorKeep)
			}
			for _, l := range s.memory.basket(v.Visitor, rg) {
				v.Count += l.Quantity
			}
			if a, ok := s.cfg.Accounts[rg.Slug]; ok {
				v.client = &Client{Base: s.cfg.API, User: a.User, Password: a.Password, HTTP: s.cfg.HTTP}
			}
			return h(w, r, v)
		}
		return web.Status(http.StatusNotFound)
	}
}

func (s *Shops) both(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, bothPage())
}

func (s *Shops) front(w http.ResponseWriter, r *http.Request, v visit) error {
	return web.Render(w, r, http.StatusOK, frontPage(v))
}

func (s *Shops) showBasket(w http.ResponseWriter, r *http.Request, v visit) error {
	return web.Render(w, r, http.StatusOK, basketPage(v, s.memory.basket(v.Visitor, v.Range)))
}

func (s *Shops) changeBasket(w http.ResponseWriter, r *http.Request, v visit) error {
	p, ok := v.Range.product(r.PostFormValue("sku"))
	delta, err := strconv.ParseInt(r.PostFormValue("delta"), 10, 64)
	if !ok || err != nil || delta < -quantityMax || delta > quantityMax {
		return web.Status(http.StatusBadRequest)
	}
	s.memory.change(v.Visitor, v.Range.Slug, p.SKU, delta)
	return web.Redirect(w, r, v.path("/basket"))
}

func (s *Shops) showForm(w http.ResponseWriter, r *http.Request, v visit) error {
	lines := s.memory.basket(v.Visitor, v.Range)
	if len(lines) == 0 {
		return web.Redirect(w, r, v.path("/basket"))
	}
	var b Buyer
	if i, err := strconv.Atoi(r.URL.Query().Get("as")); err == nil && i >= 0 && i < len(s.cfg.Buyers) {
		b = s.cfg.Buyers[i]
	}
	return web.Render(w, r, http.StatusOK, formPage(v, lines, b, s.cfg.Buyers, nil))
}

func readBuyer(r *http.Request) Buyer {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return Buyer{
		GivenName: get("given"), FamilyName: get("family"), Email: get("email"), Street: get("street"),
		PostalCode: get("postcode"), City: get("city"), Born: web.FormDate(r.PostForm, "born"),
	}
}

func (b Buyer) check(ctx context.Context) web.FieldErrors {
	var errs web.FieldErrors
	for _, f := range []struct{ field, value string }{{"given", b.GivenName}, {"family", b.FamilyName}} {
		if f.value == "" {
			errs.Add(f.field, web.T(ctx, "shop.error."+f.field))
		}
	}
	if a, err := mail.ParseAddress(b.Email); err != nil || a.Address != b.Email {
		errs.Add("email", web.T(ctx, "shop.error.email"))
	}
	if b.Street == "" {
		errs.Add("street", web.T(ctx, "shop.error.street"))
	}
	if len(b.PostalCode) != 5 || strings.Trim(b.PostalCode, "0123456789") != "" {
		errs.Add("postcode", web.T(ctx, "shop.error.postcode"))
	}
	if b.City == "" {
		errs.Add("city", web.T(ctx, "shop.error.city"))
	}
	if _, ok := b.Born.Parse(); !ok && b.Born != (web.DateValue{}) {
		errs.Add("born", web.T(ctx, "shop.error.born"))
	}
	return errs
}

// order opens the purchase at the provider and sends the consumer to its page.
func (s *Shops) order(w http.ResponseWriter, r *http.Request, v visit) error {
	lines := s.memory.basket(v.Visitor, v.Range)
	if len(lines) == 0 {
		return web.Redirect(w, r, v.path("/basket"))
	}
	b := readBuyer(r)
	if errs := b.check(r.Context()); len(errs) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, formPage(v, lines, b, s.cfg.Buyers, errs))
	}
	if v.client == nil {
		return web.Render(w, r, http.StatusServiceUnavailable, troublePage(v, web.T(r.Context(), "shop.trouble.closed")))
	}
	p := &purchase{Visitor: v.Visitor, Shop: v.Range.Slug, Cart: cartOf(r.Context(), lines, b)}
	s.memory.begin(p)
	to, err := s.open(r.Context(), v, p)
	if err != nil {
		return s.trouble(w, r, v, err)
	}
	return web.Redirect(w, r, to)
}

// open makes the session and the hosted page; the answer is where the consumer goes on.
func (s *Shops) open(ctx context.Context, v visit, p *purchase) (string, error) {
	here := s.cfg.Home + v.path("")
	cart := p.Cart
	cart.Reference = p.No
	cart.URLs = &wireURLs{Authorization: here + "/told/" + p.No + "/" + p.Secret}
	session, err := v.client.createSession(ctx, cart)
	if err != nil {
		return "", err
	}
	return v.client.createPage(ctx, session, pageURLs{
		Success: here + "/back/" + p.No + "?token={{authorization_token}}",
		Cancel:  here + "/basket", Back: here + "/basket", Failure: here + "/failed", Error: here + "/failed",
	})
}

// trouble says what went wrong; the basket stays as it is.
func (s *Shops) trouble(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return web.Render(w, r, http.StatusBadGateway, troublePage(v, web.T(r.Context(), "shop.trouble.refused", web.Data{"Code": refused.Code, "Number": refused.CorrelationID})))
	}
	return web.Render(w, r, http.StatusBadGateway, troublePage(v, web.T(r.Context(), "shop.trouble.away")))
}

// back is where the provider's page sends the consumer with the authorization token.
func (s *Shops) back(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := s.mine(r, v)
	if err != nil {
		return err
	}
	token := r.URL.Query().Get("token")
	if p.OrderID == "" && (token == "" || strings.Contains(token, "{")) {
		return web.Redirect(w, r, v.path("/thanks/"+p.No))
	}
	if err := s.place(r.Context(), v, p, token); err != nil {
		return s.trouble(w, r, v, err)
	}
	s.memory.empty(v.Visitor, v.Range.Slug)
	return web.Redirect(w, r, v.path("/thanks/"+p.No))
}

// place turns the token into an order, once.
func (s *Shops) place(ctx context.Context, v visit, p purchase, token string) error {
	if p.OrderID != "" {
		return nil
	}
	cart := p.Cart
	cart.Reference = p.No
	id, method, err := v.client.placeOrder(ctx, url.PathEscape(token), cart)
	if err != nil {
		return err
	}
	s.memory.placed(p.No, id, method)
	return nil
}

// told is the provider's callback: the consumer authorised, perhaps without ever coming back here.
func (s *Shops) told(w http.ResponseWriter, r *http.Request, v visit) error {
	p, ok := s.memory.find(r.PathValue("no"))
	if !ok || v.client == nil || p.Shop != v.Range.Slug || subtle.ConstantTimeCompare([]byte(p.Secret), []byte(r.PathValue("secret"))) != 1 {
		return web.Status(http.StatusNotFound)
	}
	var in struct {
		Token string `json:"authorization_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Token == "" {
		return web.Status(http.StatusBadRequest)
	}
	if err := s.place(r.Context(), v, p, in.Token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// mine finds a purchase of this visitor in this shop; those of others do not exist for them.
func (s *Shops) mine(r *http.Request, v visit) (purchase, error) {
	p, ok := s.memory.find(r.PathValue("no"))
	if !ok || p.Visitor != v.Visitor || p.Shop != v.Range.Slug || v.client == nil {
		return purchase{}, web.Status(http.StatusNotFound)
	}
	return p, nil
}

func (s *Shops) thanks(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := s.mine(r, v)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, thanksPage(v, p))
}

func (s *Shops) failed(w http.ResponseWriter, r *http.Request, v visit) error {
	return web.Render(w, r, http.StatusOK, troublePage(v, web.T(r.Context(), "shop.trouble.failed")))
}

func (s *Shops) office(w http.ResponseWriter, r *http.Request, v visit) error {
	return web.Render(w, r, http.StatusOK, officePage(v, s.memory.of(v.Visitor, v.Range.Slug)))
}

func (s *Shops) officeOrder(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := s.mine(r, v)
	if err != nil {
		return err
	}
	return s.showOrder(w, r, v, p, http.StatusOK, nil)
}

func (s *Shops) showOrder(w http.ResponseWriter, r *http.Request, v visit, p purchase, status int, errs web.FieldErrors) error {
	o, err := v.client.readOrder(r.Context(), p.OrderID)
	if err != nil {
		return s.trouble(w, r, v, err)
	}
	return web.Render(w, r, status, orderPage(v, p, o, errs))
}

// act is what the merchant does with an order: send it, take it back, or cancel it.
func (s *Shops) act(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := s.mine(r, v)
	if err != nil {
		return err
	}
	switch r.PostFormValue("act") {
	case "ship":
		err = v.client.capture(r.Context(), p.OrderID, p.Cart.Amount, p.Cart.Lines)
	case "cancel":
		err = v.client.cancel(r.Context(), p.OrderID)
	case "refund":
		amount, bad := money.Parse(r.PostFormValue("amount"), money.EUR)
		if bad != nil || amount <= 0 || amount > p.Cart.Amount {
			errs := web.FieldErrors{{Field: "amount", Text: web.T(r.Context(), "shop.error.amount")}}
			return s.showOrder(w, r, v, p, http.StatusUnprocessableEntity, errs)
		}
		err = v.client.refund(r.Context(), p.OrderID, amount)
	default:
		return web.Status(http.StatusBadRequest)
	}
	if err != nil {
		return s.trouble(w, r, v, err)
	}
	return web.Redirect(w, r, v.path("/office/"+p.No))
}

func itoa(n int) string { return strconv.Itoa(n) }

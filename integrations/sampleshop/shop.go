package sampleshop

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/mail"
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
		panic("sampleshop: " + err.Error())
	}
	return s
}

// Config says where browsers find the shops and how each sells.
type Config struct {
	Home    string            // scheme and host under which browsers reach Path
	Sellers map[string]Seller // by the slug of a range
	Buyers  []Buyer           // people whose details fill the address form with one click
}

// Shops serve everything at and below Path, as pages of a web.Site.
type Shops struct {
	cfg    Config
	memory *memory
	pages  *http.ServeMux
}

// New returns the shops; a range without a seller shows its goods but cannot sell.
func New(cfg Config) *Shops {
	s := &Shops{cfg: cfg, memory: newMemory()}
	s.pages = s.routes()
	return s
}

// ServeHTTP answers what lies at and below Path.
func (s *Shops) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, Path+"/assets/") { // a pattern for it would contradict /{shop}/basket
		assets.ServeHTTP(w, r)
		return
	}
	s.pages.ServeHTTP(w, r)
}

func (s *Shops) routes() *http.ServeMux {
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
	Count   int64  // things in the basket
	seller  Seller // nil: closed
}

func (v visit) path(rest string) string { return Path + "/" + v.Range.Slug + rest }

// in finds the shop of the address and who is looking.
func (s *Shops) in(h func(http.ResponseWriter, *http.Request, visit) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		for _, rg := range Ranges {
			if rg.Slug != r.PathValue("shop") {
				continue
			}
			v := visit{Range: rg, Visitor: web.CookieValue(r, visitorCookie), seller: s.cfg.Sellers[rg.Slug]}
			if v.Visitor == "" {
				v.Visitor = rand.Text()
				web.SetCookie(w, r, visitorCookie, v.Visitor, Path, visitorKeep)
			}
			for _, l := range s.memory.basket(v.Visitor, rg) {
				v.Count += l.Quantity
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
	if v.seller == nil {
		return web.Render(w, r, http.StatusServiceUnavailable, troublePage(v, web.T(r.Context(), "shop.trouble.closed")))
	}
	p := s.memory.begin(purchase{Visitor: v.Visitor, Shop: v.Range.Slug, Sale: saleOf(r.Context(), lines, b)}, s.cfg.Home+v.path(""))
	to, err := v.seller.Open(r.Context(), p.Sale)
	if err != nil {
		return s.trouble(w, r, v, err)
	}
	return web.Redirect(w, r, to)
}

// saleOf writes a basket and a buyer as they are sold.
func saleOf(ctx context.Context, lines []basketLine, b Buyer) Sale {
	b.Email = strings.ToLower(b.Email)
	s := Sale{Locale: "de-DE", Buyer: b}
	if web.LangOf(ctx) == web.English {
		s.Locale = "en-DE"
	}
	for _, l := range lines {
		s.Items = append(s.Items, Item{l.Product.SKU, l.Product.Name(ctx), l.Quantity, l.Product.Price})
	}
	return s
}

// trouble says what went wrong; the basket stays as it is.
func (s *Shops) trouble(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	text := web.T(r.Context(), "shop.trouble.away")
	if no := (*RefusedError)(nil); errors.As(err, &no) {
		text = web.T(r.Context(), "shop.trouble.refused", web.Data{"Code": no.Code})
		if no.Number != "" {
			text += " " + web.T(r.Context(), "shop.trouble.number", web.Data{"Number": no.Number})
		}
	}
	return web.Render(w, r, http.StatusBadGateway, troublePage(v, text))
}

// back is where the provider's page sends the consumer with the authorization token.
func (s *Shops) back(w http.ResponseWriter, r *http.Request, v visit) error {
	p, err := s.mine(r, v)
	if err != nil {
		return err
	}
	token := r.URL.Query().Get("token")
	if p.OrderID == "" && (token == "" || strings.Contains(token, "{")) {
		return web.Redirect(w, r, v.path("/thanks/"+p.Sale.Number))
	}
	if err := s.place(r.Context(), v, p, token); err != nil {
		return s.trouble(w, r, v, err)
	}
	s.memory.empty(v.Visitor, v.Range.Slug)
	return web.Redirect(w, r, v.path("/thanks/"+p.Sale.Number))
}

// place turns the token into an order, once.
func (s *Shops) place(ctx context.Context, v visit, p purchase, token string) error {
	if p.OrderID != "" {
		return nil
	}
	id, err := v.seller.Place(ctx, p.Sale, token)
	if err != nil {
		return err
	}
	s.memory.placed(p.Sale.Number, id)
	return nil
}

// told is the provider's callback: the consumer authorised, perhaps without ever coming back here.
func (s *Shops) told(w http.ResponseWriter, r *http.Request, v visit) error {
	p, ok := s.memory.find(r.PathValue("no"))
	if !ok || v.seller == nil || p.Shop != v.Range.Slug || subtle.ConstantTimeCompare([]byte(p.Secret), []byte(r.PathValue("secret"))) != 1 {
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
	if !ok || p.Visitor != v.Visitor || p.Shop != v.Range.Slug || v.seller == nil {
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
	o, err := v.seller.Order(r.Context(), p.OrderID)
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
		err = v.seller.Ship(r.Context(), p.OrderID, p.Sale)
	case "cancel":
		err = v.seller.Cancel(r.Context(), p.OrderID)
	case "refund":
		amount, bad := money.Parse(r.PostFormValue("amount"), money.EUR)
		if bad != nil || amount <= 0 || amount > p.Sale.Amount() {
			errs := web.FieldErrors{{Field: "amount", Text: web.T(r.Context(), "shop.error.amount")}}
			return s.showOrder(w, r, v, p, http.StatusUnprocessableEntity, errs)
		}
		err = v.seller.Refund(r.Context(), p.OrderID, amount)
	default:
		return web.Status(http.StatusBadRequest)
	}
	if err != nil {
		return s.trouble(w, r, v, err)
	}
	return web.Redirect(w, r, v.path("/office/"+p.Sale.Number))
}

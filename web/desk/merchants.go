package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// merchantRoutes adds the pages about shops.
func (d *Desk) merchantRoutes(mux *http.ServeMux) {
	mux.Handle("GET /desk/merchants", d.may(app.DeedMerchants, d.merchants))
	mux.Handle("GET /desk/merchants/new", d.may(app.DeedOnboard, d.newMerchant))
	mux.Handle("POST /desk/merchants/new", d.may(app.DeedOnboard, d.createMerchant))
	mux.Handle("GET /desk/merchants/{id}", d.may(app.DeedMerchants, d.merchant))
	for deed, do := range map[string]func(*http.Request, visitor, pay.MerchantID) (shown, error){
		"ask": d.askActivation, "confirm": d.confirmActivation, "key": d.addKey, "end-key": d.endKey, "webhook": d.setEndpoint,
		"end-webhook": d.dropEndpoint, "resend": d.resend, "close": d.askClosing, "confirm-close": d.confirmClosing, "user": d.addUser, "end-user": d.endUser,
	} {
		mux.Handle("POST /desk/merchants/{id}/"+deed, d.may(app.DeedOnboard, d.onMerchant(deed, do)))
	}
	mux.Handle("GET /desk/merchants/{id}/edit", d.may(app.DeedOnboard, d.editMerchant))
	mux.Handle("POST /desk/merchants/{id}/edit", d.may(app.DeedOnboard, d.saveMerchant))
	d.keyRoutes(mux)
	mux.Handle("POST /desk/merchants/{id}/clear", d.may(app.DeedScreening, d.onMerchant("clear", d.clearOwners)))
}

func (d *Desk) merchants(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/merchants"
	list, err := d.app.Merchants(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, merchantsPage(who, list))
}

// shown is a secret that a deed made; it is on one page only and stored nowhere in the clear.
type shown struct{ Name, Secret string }

// merchantView is a merchant's page with what a deed on it came to.
type merchantView struct {
	*app.MerchantFile
	Shown  shown
	Done   string
	Errors web.FieldErrors
}

func (v merchantView) path() string { return "/desk/merchants/" + pay.Bare(v.ID) }

func (d *Desk) merchant(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.MerchantID](r, "id", pay.PrefixMerchant)
	if err != nil {
		return err
	}
	return d.showMerchant(w, r, who, http.StatusOK, id, merchantView{Done: merchantDone(r.URL.Query().Get("done"))})
}

// merchantDone lets only known words through to the page.
func merchantDone(word string) string {
	if slices.Contains([]string{"ask", "confirm", "end-key", "end-webhook", "resend", "clear", "close", "confirm-close", "user", "end-user", "edit"}, word) {
		return word
	}
	return ""
}

func (d *Desk) showMerchant(w http.ResponseWriter, r *http.Request, who visitor, status int, id pay.MerchantID, v merchantView) (err error) {
	who.Here = "/desk/merchants"
	if v.MerchantFile, err = d.app.MerchantFile(r.Context(), who.Actor, id); err != nil {
		return err
	}
	return web.Render(w, r, status, merchantPage(who, v))
}

// merchantErrors are the refusals that the page explains, with the field they belong to.
var merchantErrors = map[string]string{"four_eyes": "activation", "terms_changed": "activation", "nothing_waits": "activation", "not_pending": "activation",
	"incomplete": "activation", "sanctions_hit": "activation", "last_key": "keys", "too_many_keys": "keys", "no_such_key": "keys", "bad_url": "url",
	"bad_reason": "reason", "no_such_call": "calls", "closed": "closing", "user_exists": "email", "bad_email": "email", "bad_role": "role", "no_such_user": "users",
	"too_many_users": "email"}

// onMerchant does one deed on a merchant and goes back to its page; a new secret is shown at once instead.
func (d *Desk) onMerchant(deed string, do func(*http.Request, visitor, pay.MerchantID) (shown, error)) page {
	return func(w http.ResponseWriter, r *http.Request, who visitor) error {
		id, err := web.PathID[pay.MerchantID](r, "id", pay.PrefixMerchant)
		if err != nil {
			return err
		}
		if err := r.ParseForm(); err != nil {
			return err
		}
		made, err := do(r, who, id)
		var e *pay.Error
		if errors.As(err, &e) && merchantErrors[e.Code] != "" {
			var v merchantView
			field := merchantErrors[e.Code]
			if closing := deed == "close" || deed == "confirm-close"; closing && field == "activation" {
				field = "closing"
			} else if closing && field == "reason" {
				field = "close-reason"
			}
			v.Errors.Add(field, web.T(r.Context(), "merchants.error."+e.Code))
			return d.showMerchant(w, r, who, http.StatusUnprocessableEntity, id, v)
		}
		if err != nil {
			return err
		}
		if made.Secret != "" {
			w.Header().Set("Cache-Control", "no-store")
			return d.showMerchant(w, r, who, http.StatusOK, id, merchantView{Shown: made})
		}
		return web.Redirect(w, r, "/desk/merchants/"+pay.Bare(id)+"?done="+deed)
	}
}

func (d *Desk) askActivation(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.AskActivation(r.Context(), who.Actor, id)
}

func (d *Desk) confirmActivation(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.ConfirmActivation(r.Context(), who.Actor, id, r.PostForm.Get("digest"))
}

func (d *Desk) askClosing(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.AskClosing(r.Context(), who.Actor, id, r.PostForm.Get("close-reason"))
}

func (d *Desk) confirmClosing(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.ConfirmClosing(r.Context(), who.Actor, id, r.PostForm.Get("digest"))
}

func (d *Desk) addUser(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	p := pay.MerchantPerson{Email: r.PostForm.Get("email"), Name: r.PostForm.Get("person"), Language: lang(r.Context())}
	_, err := d.app.InviteMerchantUser(r.Context(), who.Actor, id, p, r.PostForm.Get("role"))
	return shown{}, err
}

func (d *Desk) endUser(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.EndMerchantUser(r.Context(), who.Actor, id, pay.MerchantUserID(r.PostForm.Get("user")))
}

func (d *Desk) clearOwners(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.ClearOwners(r.Context(), who.Actor, id, r.PostForm.Get("reason"))
}

func (d *Desk) addKey(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	user, secret, err := d.app.AddKey(r.Context(), who.Actor, id)
	return shown{user, secret}, err
}

func (d *Desk) endKey(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.EndKey(r.Context(), who.Actor, id, r.PostForm.Get("username"))
}

func (d *Desk) setEndpoint(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	secret, err := d.app.SetEndpoint(r.Context(), who.Actor, app.Key{}, id, strings.TrimSpace(r.PostForm.Get("url")))
	return shown{web.T(r.Context(), "merchants.webhook"), secret}, err
}

func (d *Desk) dropEndpoint(r *http.Request, who visitor, id pay.MerchantID) (shown, error) {
	return shown{}, d.app.DropEndpoint(r.Context(), who.Actor, id)
}

func (d *Desk) resend(r *http.Request, who visitor, _ pay.MerchantID) (shown, error) {
	id, ok := pay.ParseID[pay.ShopCallID](pay.PrefixShopCall, r.PostForm.Get("call"))
	if !ok {
		return shown{}, web.Status(http.StatusNotFound)
	}
	_, err := d.app.Resend(r.Context(), who.Actor, app.Key{}, id)
	return shown{}, err
}

// ownerLines is how many owners the form asks for.
const ownerLines = 3

// merchantForm is the application as it was typed.
type merchantForm struct {
	Edit   string // path of the merchant that is changed; empty: it is new
	Values url.Values
	Born   [ownerLines]web.DateValue
	Errors web.FieldErrors
}

func (f merchantForm) get(name string) string { return f.Values.Get(name) }

func (f merchantForm) ticked(name, value string) bool {
	return slices.Contains(f.Values[name], value)
}

func (d *Desk) newMerchant(w http.ResponseWriter, r *http.Request, who visitor) error {
	who.Here = "/desk/merchants"
	start := url.Values{"fee_rate": {"2,49"}, "fee_fixed": {"0,35"}, "settle": {"2"}, "cycle": {pay.CycleDaily}, "mode": {pay.ModeLive}, "guarantee": {"yes"},
		"invoice_14": {"yes"}, "invoice_30": {"yes"}, "market": {pay.Germany.Code}}
	return web.Render(w, r, http.StatusOK, newMerchantPage(who, merchantForm{Values: start}))
}

func (d *Desk) createMerchant(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f := merchantForm{Values: r.PostForm}
	n := f.read()
	m, user, secret, err := d.app.Onboard(r.Context(), who.Actor, n)
	if known := refusal(err); known != nil {
		f.Errors.Add(known.Field, web.T(r.Context(), "merchants.error."+known.Field))
		who.Here = "/desk/merchants"
		return web.Render(w, r, http.StatusUnprocessableEntity, newMerchantPage(who, f))
	} else if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return d.showMerchant(w, r, who, http.StatusOK, m.ID, merchantView{Shown: shown{user, secret}})
}

// editMerchant shows a pending application as it was told.
func (d *Desk) editMerchant(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.MerchantID](r, "id", pay.PrefixMerchant)
	if err != nil {
		return err
	}
	file, err := d.app.MerchantFile(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	if file.Status != pay.MerchantPending || file.Application == nil {
		return web.Status(http.StatusConflict)
	}
	who.Here = "/desk/merchants"
	return web.Render(w, r, http.StatusOK, newMerchantPage(who, formOf(r.Context(), file)))
}

// saveMerchant stores a pending application as it was changed.
func (d *Desk) saveMerchant(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.MerchantID](r, "id", pay.PrefixMerchant)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	path := "/desk/merchants/" + pay.Bare(id)
	f := merchantForm{Edit: path, Values: r.PostForm}
	err = d.app.EditApplication(r.Context(), who.Actor, id, f.read())
	if known := refusal(err); known != nil && known.Field != "" {
		f.Errors.Add(known.Field, web.T(r.Context(), "merchants.error."+known.Field))
		who.Here = "/desk/merchants"
		return web.Render(w, r, http.StatusUnprocessableEntity, newMerchantPage(who, f))
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, path+"?done=edit")
}

// formOf is an application as its form shows it.
func formOf(ctx context.Context, file *app.MerchantFile) merchantForm {
	m, t := file.Merchant, file.Settlement
	amount := func(v int64) string {
		if v == 0 {
			return ""
		}
		return web.AmountText(ctx, v, m.Currency)
	}
	number := func(v int) string {
		if v == 0 {
			return ""
		}
		return strconv.Itoa(v)
	}
	yes := map[bool]string{true: "yes"}
	f := merchantForm{Edit: "/desk/merchants/" + pay.Bare(m.ID), Values: url.Values{"name": {m.Name}, "legal": {m.Application.Legal}, "register": {m.Application.RegisterNo},
		"website": {m.WebsiteURL}, "origins": {strings.Join(m.Origins, " ")}, "email": {m.Email}, "iban": {m.PayoutIBAN}, "goods": {m.Application.Goods}, "market": {m.Market},
		"fee_rate": {web.AmountText(ctx, m.FeeRate, m.Currency)}, "fee_fixed": {web.AmountText(ctx, m.FeeFixed, m.Currency)}, "settle": {strconv.Itoa(m.SettleDays)}, "cycle": {t.Cycle},
		"first_days": {number(t.FirstDays)}, "reserve_rate": {amount(t.ReserveRate)}, "reserve_days": {number(t.ReserveDays)}, "order_max": {amount(m.OrderMax)},
		"exposure_max": {amount(m.ExposureMax)}, "companies": {yes[m.Companies]}, "guarantee": {yes[m.Application.Guarantee]}}}
	for _, name := range m.Methods {
		f.Values.Set(name, "yes")
	}
	for i, o := range file.Owners[:min(len(file.Owners), ownerLines)] {
		f.Values.Set(ownerField(i), o.Name)
		f.Born[i] = web.DateValueOf(o.Born)
	}
	return f
}

// read makes a merchant of what was typed. What cannot be read becomes a value that the use case refuses beside its field.
func (f *merchantForm) read() app.NewMerchant {
	amount := func(name string, empty int64) int64 {
		if strings.TrimSpace(f.get(name)) == "" {
			return empty
		}
		if v, err := money.Parse(f.get(name), money.EUR); err == nil {
			return v
		}
		return -1
	}
	number := func(name string, empty int) int {
		text := strings.TrimSpace(f.get(name))
		if text == "" {
			return empty
		}
		if v, err := strconv.Atoi(text); err == nil {
			return v
		}
		return -1
	}
	n := app.NewMerchant{UserMail: strings.TrimSpace(f.get("user")), Merchant: pay.Merchant{Name: strings.TrimSpace(f.get("name")), Mode: f.get("mode"), Market: f.get("market"), Currency: money.EUR,
		FeeRate: amount("fee_rate", -1), FeeFixed: amount("fee_fixed", -1), FeeTax: "DE19", FeeTaxRate: 1900, SettleDays: number("settle", -1),
		Settlement: pay.SettlementTerms{Cycle: f.get("cycle"), FirstDays: number("first_days", 0), ReserveRate: amount("reserve_rate", 0), ReserveDays: number("reserve_days", 0)},
		PayoutIBAN: f.get("iban"), WebsiteURL: strings.TrimSpace(f.get("website")), Origins: strings.Fields(f.get("origins")), ExposureMax: amount("exposure_max", 0), Email: strings.TrimSpace(f.get("email")), OrderMax: amount("order_max", 0),
		Companies: f.ticked("companies", "yes"), Application: &pay.Application{Legal: strings.TrimSpace(f.get("legal")), RegisterNo: strings.TrimSpace(f.get("register")),
			Goods: f.get("goods"), Guarantee: f.ticked("guarantee", "yes")}}}
	for _, name := range formMethods {
		if f.ticked(name, "yes") {
			n.Methods = append(n.Methods, name)
		}
	}
	for i := range ownerLines {
		field := ownerField(i)
		f.Born[i] = web.FormDate(f.Values, field+"-born")
		name := strings.TrimSpace(f.get(field))
		day, ok := f.Born[i].Parse()
		if name != "" || ok {
			n.Owners = append(n.Owners, pay.Owner{Name: name, Born: day})
		}
	}
	return n
}

// formMethods are the methods that a merchant can agree to, in the order to show.
var formMethods = []string{"invoice_14", "invoice_30", "pay_later", "prepayment"}

// ownerField is the form name of one owner; the first one takes the error about all.
func ownerField(i int) string {
	if i == 0 {
		return "owners"
	}
	return "owner-" + strconv.Itoa(i+1)
}

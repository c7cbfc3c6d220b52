package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"zahlziel/app"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web/sdk"
)

// shopPage is a page of a shop under an origin and a site of its own: localhost, where the program is 127.0.0.1. Its policy is as
// strict as a shop's can be.
type shopPage struct {
	url  string
	shop app.Actor
}

const shopScript = `const q = new URLSearchParams(location.search);
window.press = (call, options, data) => { window.answer = null; Zahlziel[call](options, data, a => { window.answer = a; }); };
window.start = lib => {
  lib.init({ client_token: q.get('token') });
  lib.load({ container: '#pay', payment_method_category: q.get('category') }, a => { window.loaded = a; });
};
start(Zahlziel);`

func openShopPage(t *testing.T) *shopPage {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &shopPage{url: fmt.Sprintf("http://localhost:%d", l.Addr().(*net.TCPAddr).Port)}
	m, _, err := program.app.CreateMerchant(context.Background(), app.System, pay.Merchant{Name: "Teeladen", Status: pay.MerchantActive, Mode: pay.ModeLive, Market: "DE",
		Currency: money.EUR, Methods: []string{"invoice_14", "invoice_30", "prepayment"}, WebsiteURL: s.url + "/start"}, "teeladen")
	must(t, err)
	s.shop = app.Actor{Merchant: m.ID}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shop.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, shopScript)
	})
	newest := sdk.Releases[len(sdk.Releases)-1]
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		shim, frame := "", r.URL.Query().Get("frame")
		if r.URL.Query().Has("shim") {
			shim = `data-shim="1"`
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; img-src data:; script-src 'self' %s; frame-src %s", program.url, program.url))
		if frame != "" {
			fmt.Fprintf(w, `<!DOCTYPE html><html lang="de"><title>Fremd</title><iframe src="%s%s"></iframe>`, program.url, frame)
			return
		}
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="de"><link rel="icon" href="data:,"><title>Teeladen</title><main><h1>Kasse</h1><zahlziel-message amount="12990" language="de"></zahlziel-message>
<div id="pay"></div></main><script src="%s%s" integrity="%s" crossorigin="anonymous" %s></script><script src="/shop.js"></script></html>`, program.url, newest.Path(), newest.SRI, shim)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

// session is a purchase that the shop's server begins.
func (s *shopPage) session(t *testing.T, amount int64) *app.SessionView {
	t.Helper()
	line := pay.Line{Type: "physical", Name: "Assam", Quantity: 1, UnitPrice: amount, TotalAmount: amount, TaxRate: 0}
	v, err := program.app.CreateSession(context.Background(), s.shop, pay.Cart{Country: "DE", Currency: money.EUR, Locale: "de-DE", Amount: amount, Lines: []pay.Line{line}})
	must(t, err)
	return v
}

// checkout opens the shop's page for a purchase.
func (s *shopPage) checkout(t *testing.T, session *app.SessionView, more string) *tab {
	t.Helper()
	b := newTab(t, "de")
	b.elsewhere = s.url
	// Headers that a test adds make the browser ask the program's leave before it loads a script.
	b.do(call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{}}))
	b.do(chromedp.Navigate(s.url + "/?category=pay_later&token=" + url.QueryEscape(session.ClientToken) + more))
	b.until("the frame is there", func() bool { return eval[bool](b, `window.loaded?.show_form === true`) })
	return b
}

func (b *tab) until(what string, ok func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience / 2); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	b.t.Fatalf("%s never happens; the frame says:\n%s\n%s", what, b.framed(`document.body.innerText`), program.log.String())
}

// framed runs an expression in the frame; a frame that is just loading answers nothing.
func (b *tab) framed(expression string) string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	tree, err := chromedp.Run(ctx, command(page.GetFrameTree, cdp.Empty{}))
	if err != nil || len(tree.FrameTree.ChildFrames) == 0 {
		return ""
	}
	world, err := chromedp.Run(ctx, command(page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.ChildFrames[0].Frame.ID}))
	if err != nil {
		return ""
	}
	res, err := chromedp.Run(ctx, command(runtime.Evaluate, runtime.EvaluateParams{Expression: "String(" + expression + ")", ContextID: world.ExecutionContextID}))
	if err != nil || res.Result == nil {
		return ""
	}
	var text string
	_ = json.Unmarshal([]byte(res.Result.Value), &text)
	return text
}

// at waits for a state of the frame.
func (b *tab) at(state string) {
	b.t.Helper()
	b.until("state "+state, func() bool { return b.framed(`document.readyState + document.body.dataset.state`) == "complete"+state })
}

func (b *tab) set(values map[string]string) {
	for css, value := range values {
		b.framed(fmt.Sprintf(`document.querySelector(%q).value = %q`, css, value))
	}
}

func (b *tab) pressFramed(css string) {
	b.framed(fmt.Sprintf(`document.querySelector(%q).click()`, css))
}

// known identifies a person in the frame by the code in the mailbox.
func (b *tab) known(p person) {
	b.t.Helper()
	b.at("identify")
	before := len(program.mails(b.t, p.Email))
	b.set(map[string]string{`[name=email]`: p.Email, `[name="born.day"]`: p.Born[0], `[name="born.month"]`: p.Born[1], `[name="born.year"]`: p.Born[2]})
	b.pressFramed(`form button`)
	b.at("code")
	b.set(map[string]string{`[name=code]`: sixDigits.FindString(program.mail(b.t, p.Email, "Code", before).Text)})
	b.pressFramed(`form button`)
}

type frameAnswer struct {
	Approved bool   `json:"approved"`
	ShowForm bool   `json:"show_form"`
	Token    string `json:"authorization_token"`
	Finalize bool   `json:"finalize_required"`
	Error    struct {
		Code   string   `json:"code"`
		Fields []string `json:"invalid_fields"`
	} `json:"error"`
}

// answer waits for what the shop's page is told.
func (b *tab) answer() (a frameAnswer) {
	b.t.Helper()
	b.until("an answer", func() bool { return eval[bool](b, `!!window.answer`) })
	must(b.t, json.Unmarshal([]byte(eval[string](b, `JSON.stringify(window.answer)`)), &a))
	return a
}

func (b *tab) call(name, options string, data any) frameAnswer {
	b.t.Helper()
	eval[bool](b, fmt.Sprintf(`(press(%q, %s, %s), true)`, name, options, mustJSON(data)))
	return b.answer()
}

func (p person) data() map[string]any {
	return map[string]any{"billing_address": map[string]string{"given_name": p.Given, "family_name": p.Family, "email": p.Email, "street_address": p.Street,
		"postal_code": p.Postcode, "city": p.City, "country": "DE"}}
}

var (
	tilda = person{"Tilda", "Rahmen", "tilda.rahmen@example.org", "Teegasse 2", "20095", "Hamburg", [3]string{"3", "4", "1985"}, ""}
	bodo  = person{"Bodo", "Gross", "bodo.gross@example.org", "Teegasse 4", "20095", "Hamburg", [3]string{"5", "6", "1975"}, ""}
)

// inShopPage buys on a page of another site, inside a frame, with every answer that a shop can get.
func inShopPage(t *testing.T) {
	s := openShopPage(t)
	t.Run("approve and correct", func(t *testing.T) { approveFramed(t, s) })
	t.Run("finalize", func(t *testing.T) { finalizeFramed(t, s) })
	t.Run("hard decline", func(t *testing.T) { declineFramed(t, s) })
	t.Run("strangers", func(t *testing.T) { strangersFrameNothing(t, s) })
}

func approveFramed(t *testing.T, s *shopPage) {
	session := s.session(t, 2490)
	b := s.checkout(t, session, "")
	wrong := tilda.data()
	wrong["billing_address"].(map[string]string)["postal_code"] = "200"
	delete(wrong["billing_address"].(map[string]string), "city")
	a := b.call("authorize", "{}", wrong)
	if a.Approved || !a.ShowForm || strings.Join(a.Error.Fields, " ") != "billing_address.postal_code billing_address.city" {
		t.Fatalf("wrong data are answered %+v", a)
	}
	eval[bool](b, fmt.Sprintf(`(press('authorize', {}, %s), true)`, mustJSON(tilda.data())))
	b.until("the address of the shop's form", func() bool { return b.framed(`document.querySelector('[name=email]')?.value`) == tilda.Email })
	b.known(tilda)
	b.at("pay")
	if text := b.framed(`document.body.innerText`); !strings.Contains(text, "Achtung! Kreditaufnahme kostet Geld.") {
		t.Errorf("the frame offers credit without the warning:\n%s", text)
	}
	b.pressFramed(`.pay-form button`)
	if a = b.answer(); a.Approved || !a.ShowForm {
		t.Fatalf("nothing chosen is answered %+v", a)
	}
	b.choose()
	b.at("held")
	a = b.call("authorize", "{payment_method_category: 'pay_later'}", tilda.data())
	if !a.Approved || a.Token == "" {
		t.Fatalf("the purchase is answered %+v", a)
	}
	placed(t, s, session, a.Token)
	if seen := eval[string](b, `document.cookie + JSON.stringify(localStorage) + document.querySelector('iframe').src`); strings.Contains(seen, "device") {
		t.Errorf("the shop's page sees %s", seen)
	}
}

// choose takes the first method with everything it asks for.
func (b *tab) choose() {
	b.t.Helper()
	b.at("pay")
	b.pressFramed(`#method-invoice_14`)
	b.framed(`(e => { if (e) e.value = '900'; })(document.querySelector('[name=free]'))`)
	b.pressFramed(`#consent`)
	b.pressFramed(`.pay-form button`)
}

// placed is the shop's server placing the order with the token.
func placed(t *testing.T, s *shopPage, session *app.SessionView, token string) {
	t.Helper()
	id, ok := pay.ParseID[pay.AuthorizationID](pay.PrefixAuthorization, token)
	v, err := program.app.ReadSession(context.Background(), s.shop, session.Session.ID)
	must(t, err)
	if !ok || v.Token != id || v.Stale {
		t.Fatalf("the token %q is not the session's %q", token, v.Token)
	}
	_, err = program.app.PlaceOrder(context.Background(), s.shop, app.Key{}, id, v.Cart)
	must(t, err)
}

// finalizeFramed keeps a choice, finalizes it, asks again after the basket changed, and does so by the compatible global.
func finalizeFramed(t *testing.T, s *shopPage) {
	session := s.session(t, 1990)
	b := s.checkout(t, session, "&shim=1")
	eval[bool](b, fmt.Sprintf(`(press('authorize', {auto_finalize: false}, %s), true)`, mustJSON(nil)))
	b.known(tilda)
	b.choose()
	if a := b.answer(); !a.Approved || !a.Finalize || a.Token != "" {
		t.Fatalf("a choice to finalize later is answered %+v", a)
	}
	v, err := program.app.ReadSession(context.Background(), s.shop, session.Session.ID)
	must(t, err)
	if v.Session.Authorization != "" {
		t.Error("something was authorised before it was finalized")
	}
	first := b.call("finalize", "{}", nil)
	if !first.Approved || first.Token == "" {
		t.Fatalf("finalize is answered %+v", first)
	}
	must(t, program.app.UpdateSession(context.Background(), s.shop, app.Key{}, session.Session.ID, func(c *pay.Cart) error {
		c.Amount, c.Lines[0].UnitPrice, c.Lines[0].TotalAmount = 2190, 2190, 2190
		return nil
	}))
	eval[bool](b, `(press('reauthorize', {}, null), true)`)
	b.known(tilda) // the browser of this story keeps no cookie of a framed site without https, so a code is asked for again
	b.choose()
	second := b.answer()
	if !second.Approved || second.Token == first.Token {
		t.Fatalf("reauthorize is answered %+v", second)
	}
	placed(t, s, session, second.Token)
	b.until("the compatible global", func() bool {
		return eval[bool](b, `Object.keys(window).some(k => isNaN(k) && k !== 'Zahlziel' && window[k]?.Payments === Zahlziel.Payments)`)
	})
}

// declineFramed is a no: the person reads why, then the shop hides the method.
func declineFramed(t *testing.T, s *shopPage) {
	b := s.checkout(t, s.session(t, 490000), "")
	eval[bool](b, fmt.Sprintf(`(press('authorize', {}, %s), true)`, mustJSON(bodo.data())))
	b.until("the address of the shop's form", func() bool { return b.framed(`document.querySelector('[name=email]')?.value`) == bodo.Email })
	b.known(bodo)
	b.at("refused")
	if text := b.framed(`document.body.innerText`); !strings.Contains(text, "Warum?") {
		t.Errorf("the refusal does not say why:\n%s", text)
	}
	if eval[bool](b, `!!window.answer`) {
		t.Error("the method is hidden before the person has read why")
	}
	b.pressFramed(`[data-decline]`)
	if a := b.answer(); a.Approved || a.ShowForm || a.Token != "" {
		t.Errorf("a hard decline is answered %+v", a)
	}
	if b.has("iframe") {
		t.Error("a declined method still shows")
	}
	if eval[bool](b, `Zahlziel === null || !document.querySelector('zahlziel-message').getBoundingClientRect().height`) {
		t.Error("the message beside the price shows nothing")
	}
}

// strangersFrameNothing shows that a page of another origin frames neither the portal nor another shop's checkout.
func strangersFrameNothing(t *testing.T, s *shopPage) {
	mine := s.session(t, 1000)
	stranger := openStranger(t)
	for path, origin := range map[string]string{"/me/sign-in": s.url, "/": s.url, "/sdk": s.url, "/frame/" + mine.ClientToken + "/all": stranger} {
		b := newTab(t, "de")
		b.elsewhere = origin
		b.do(chromedp.Navigate(origin + "/?frame=" + url.QueryEscape(path)))
		b.until("a blocked frame", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return strings.Contains(strings.Join(b.problems, " "), "frame-ancestors") || strings.Contains(strings.Join(b.problems, " "), "BLOCKED_BY_RESPONSE")
		})
		if strings.Contains(b.framed(`document.body.innerText`), "Zahlziel") {
			t.Errorf("%s shows in a frame of %s", path, origin)
		}
		b.mu.Lock()
		b.problems = nil // the browser's complaint is what was wanted
		b.mu.Unlock()
	}
}

// openStranger serves a page that frames what its address names, for no shop at all.
func openStranger(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><html lang="de"><link rel="icon" href="data:,"><title>Fremd</title><iframe src="%s%s"></iframe>`, program.url, r.URL.Query().Get("frame"))
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String()
}

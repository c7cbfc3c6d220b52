package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// live makes the shop one that sells to real people.
func (w *bank) live() {
	w.t.Helper()
	m, err := w.Merchant(w.shop)
	must(w.t, err)
	m.Mode = pay.ModeLive
	must(w.t, w.DB.PutMerchant(ctx, *m))
	must(w.t, w.Reload(ctx))
}

// letters catches mails.
type letters struct {
	sent []mail.Message
	fail error
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	if l.fail == nil {
		l.sent = append(l.sent, m)
	}
	return l.fail
}

// work lets the worker do what is due and returns the mails.
func (w *bank) work() []mail.Message {
	w.t.Helper()
	var l letters
	worker := &app.Worker{App: w.App, Handlers: w.Handlers(&l, "Zahlziel <post@zahlziel.test>"), Owner: "test"}
	for {
		n, err := worker.Once(ctx)
		must(w.t, err)
		if n == 0 {
			return l.sent
		}
	}
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// codeFor asks for a code and reads it in the mail.
func (w *bank) codeFor(s *app.SessionView, email string) string {
	w.t.Helper()
	return w.codeOf(s, email, "1985-05-05")
}

func (w *bank) codeOf(s *app.SessionView, email, born string) string {
	w.t.Helper()
	must(w.t, w.Identify(ctx, app.Key{}, s.Session.ID, s.ClientToken, email, born))
	mails := w.work()
	if len(mails) == 0 || mails[len(mails)-1].To != email {
		w.t.Fatalf("no code came: %+v", mails)
	}
	return sixDigits.FindString(mails[len(mails)-1].Text)
}

func TestOnlyACredentialAuthorises(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	first, err := w.confirm(w.session(anna, 2000), withCode)
	must(t, err)
	real := buyer{"Anna", "Echt"}
	other := w.newShop("Zweiter")
	cases := []struct {
		name string
		live bool
		mail string // of the session
		ask  app.AuthorizeRequest
		step string
	}{
		{"nothing", false, anna.email(), app.AuthorizeRequest{}, "email_code"},
		{"test code at a test shop", false, anna.email(), withCode, ""},
		{"test code for a real domain", false, "anna@zahlziel.de", withCode, "email_code"},
		{"test code at a live shop", true, anna.email(), withCode, "email_code"},
		{"test code without an address", false, "", withCode, "email_code"},
		{"device", false, anna.email(), app.AuthorizeRequest{DeviceToken: first.DeviceToken}, ""},
		{"device of a test at a live shop", true, anna.email(), app.AuthorizeRequest{DeviceToken: first.DeviceToken}, "email_code"},
		{"its mark taken off", true, anna.email(), app.AuthorizeRequest{DeviceToken: strings.Replace(first.DeviceToken, ".test.", ".", 1)}, "email_code"},
		{"device in a session without an address", false, "", app.AuthorizeRequest{DeviceToken: first.DeviceToken}, ""},
		{"device for someone else", false, bert.email(), app.AuthorizeRequest{DeviceToken: first.DeviceToken}, "email_code"},
		{"device with another consumer's id", false, real.email(), app.AuthorizeRequest{DeviceToken: strings.Replace(first.DeviceToken, first.DeviceToken[:8], "00000000", 1)}, "email_code"},
		{"forged device", false, anna.email(), app.AuthorizeRequest{DeviceToken: first.DeviceToken + "x"}, "email_code"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shop := app.Actor{Merchant: other.ID}
			m := other
			if m.Mode = pay.ModeTest; c.live {
				m.Mode = pay.ModeLive
			}
			must(t, w.DB.PutMerchant(ctx, m))
			must(t, w.Reload(ctx))
			s, err := w.CreateSession(ctx, shop, cartOf(c.mail, 1000))
			must(t, err)
			ans, err := w.confirm(s, c.ask)
			must(t, err)
			equal(t, "step", ans.StepUp, c.step)
			if c.step != "" && (ans.Approved || ans.Token != "" || ans.Methods != nil || ans.Consumer != "" || ans.DeviceToken != "") {
				t.Errorf("without a proof: %+v", ans)
			}
		})
	}
	w.audit()
}

func TestCodes(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.live()
	s := w.session(anna, 1000)
	code := w.codeFor(s, anna.email())
	if _, err := w.ProveEmail(ctx, s.Session.ID, s.ClientToken, "999999"); code != "999999" && codeOf(err) != "wrong_code" {
		t.Errorf("wrong code: %v", err)
	}
	device, err := w.ProveEmail(ctx, s.Session.ID, s.ClientToken, " "+code+" ")
	must(t, err)
	if _, err := w.ProveEmail(ctx, s.Session.ID, s.ClientToken, code); codeOf(err) != "wrong_code" {
		t.Errorf("a used code: %v", err)
	}
	ans, err := w.confirm(s, app.AuthorizeRequest{DeviceToken: device})
	must(t, err)
	equal(t, "approved by device", ans.Approved, true)

	old := w.session(anna, 1000)
	code = w.codeFor(old, anna.email())
	w.Clock.Turn(w.Clock.Now() + 15*60*1e6)
	if _, err := w.ProveEmail(ctx, old.Session.ID, old.ClientToken, code); codeOf(err) != "wrong_code" {
		t.Errorf("an old code: %v", err)
	}
	// The code of one address does not prove another.
	moved := w.session(anna, 1000)
	code = w.codeFor(moved, bert.email())
	must(t, w.Identify(ctx, app.Key{}, moved.Session.ID, moved.ClientToken, anna.email(), ""))
	if _, err := w.ProveEmail(ctx, moved.Session.ID, moved.ClientToken, code); codeOf(err) != "wrong_code" {
		t.Errorf("another address's code: %v", err)
	}
	for range 5 {
		_, err = w.ProveEmail(ctx, moved.Session.ID, moved.ClientToken, "abc")
	}
	for i := range 6 {
		if err = w.Identify(ctx, app.Key{}, moved.Session.ID, moved.ClientToken, anna.email(), ""); err != nil && i < 4 {
			t.Fatal(err)
		}
	}
	equal(t, "many codes", codeOf(err), "too_many_codes")
}

// TestFiveWrongCodesEndACode guesses with the right code in hand.
func TestFiveWrongCodesEndACode(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.live()
	s := w.session(anna, 1000)
	code := w.codeFor(s, anna.email())
	for range 5 {
		if _, err := w.ProveEmail(ctx, s.Session.ID, s.ClientToken, "x"); codeOf(err) != "wrong_code" {
			t.Fatal(err)
		}
	}
	if _, err := w.ProveEmail(ctx, s.Session.ID, s.ClientToken, code); codeOf(err) != "wrong_code" {
		t.Errorf("the right code after five wrong ones: %v", err)
	}
}

// TestIdentifyTellsNothing asks for a known and an unknown person.
func TestIdentifyTellsNothing(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.order(anna, 1000)
	w.live()
	s := w.session(cora, 1000)
	for _, email := range []string{anna.email(), "nobody@example.org"} {
		must(t, w.Identify(ctx, app.Key{}, s.Session.ID, s.ClientToken, email, "2001-01-01"))
		ans, err := w.confirm(s, app.AuthorizeRequest{EmailCode: "123"})
		must(t, err)
		equal(t, "answer for "+email, string(mustJSON(t, ans)), string(mustJSON(t, &app.AuthorizeAnswer{StepUp: "email_code"})))
	}
	equal(t, "claims", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM directory"), 1)
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return b
}

// TestForeignMerchantsAndTokens tries what belongs to somebody else.
func TestForeignMerchantsAndTokens(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	thief := app.Actor{Merchant: w.newShop("Dieb").ID}
	s := w.session(anna, 2000)
	ans, err := w.confirm(s, withCode)
	must(t, err)
	page, err := w.CreatePage(ctx, w.shop, app.Key{}, s.Session.ID, pay.PageSettings{})
	must(t, err)
	o := w.order(bert, 3000)
	strange := w.session(cora, 1000)
	cases := map[string]struct {
		call func() error
		want string
	}{
		"read session": {func() error { _, err := w.ReadSession(ctx, thief, s.Session.ID); return err }, "no_such_session"},
		"update session": {func() error {
			return w.UpdateSession(ctx, thief, app.Key{}, s.Session.ID, func(*pay.Cart) error { return nil })
		}, "no_such_session"},
		"page on session": {func() error {
			_, err := w.CreatePage(ctx, thief, app.Key{}, s.Session.ID, pay.PageSettings{})
			return err
		}, "no_such_session"},
		"read page":      {func() error { _, err := w.ReadPage(ctx, thief, page.Page.ID); return err }, "no_such_page"},
		"cancel page":    {func() error { return w.CancelPage(ctx, thief, app.Key{}, page.Page.ID) }, "no_such_page"},
		"order":          {func() error { _, err := w.PlaceOrder(ctx, thief, app.Key{}, ans.Token, s.Cart); return err }, "no_such_authorization"},
		"release":        {func() error { return w.ReleaseAuthorization(ctx, thief, app.Key{}, ans.Token) }, "no_such_authorization"},
		"read order":     {func() error { _, err := w.ReadOrder(ctx, thief, o.ID); return err }, "no_such_order"},
		"capture":        {func() error { _, err := w.Capture(ctx, thief, app.Key{}, o.ID, 1, pay.Parcel{}); return err }, "no_such_order"},
		"refund":         {func() error { _, err := w.Refund(ctx, thief, app.Key{}, o.ID, 1, pay.Parcel{}); return err }, "no_such_order"},
		"cancel":         {func() error { return w.CancelOrder(ctx, thief, app.Key{}, o.ID) }, "no_such_order"},
		"release rest":   {func() error { return w.ReleaseRemaining(ctx, thief, app.Key{}, o.ID) }, "no_such_order"},
		"references":     {func() error { return w.SetReferences(ctx, thief, app.Key{}, o.ID, nil, nil) }, "no_such_order"},
		"nobody's order": {func() error { _, err := w.ReadOrder(ctx, app.Actor{}, o.ID); return err }, "no_such_order"},
		"other's order":  {func() error { _, err := w.ReadOrder(ctx, app.Actor{Consumer: ans.Consumer}, o.ID); return err }, "no_such_order"},
		"client token":   {func() error { _, err := w.OpenSession(ctx, s.Session.ID, strange.ClientToken); return err }, "bad_client_token"},
		"identify":       {func() error { return w.Identify(ctx, app.Key{}, s.Session.ID, strange.ClientToken, anna.email(), "") }, "bad_client_token"},
		"authorize":      {func() error { _, err := w.Authorize(ctx, s.Session.ID, strange.ClientToken, withCode); return err }, "bad_client_token"},
		"unsigned token": {func() error {
			_, err := w.OpenSession(ctx, s.Session.ID, s.ClientToken[:len(s.ClientToken)-4])
			return err
		}, "bad_client_token"},
		"strange page":     {func() error { _, err := w.CompletePage(ctx, w.page(strange), ans.Token); return err }, "no_such_authorization"},
		"closed merchant":  {func() error { _, err := w.CreateSession(ctx, app.Actor{Merchant: w.closed()}, s.Cart); return err }, "merchant_inactive"},
		"unknown merchant": {func() error { _, err := w.CreateSession(ctx, app.Actor{}, s.Cart); return err }, "forbidden"},
		"lists":            {func() error { return w.SetLists(ctx, app.Actor{Staff: "stf_1", Role: pay.RoleSupport}, app.Lists{}) }, "forbidden"},
	}
	for name, c := range cases {
		if got := codeOf(c.call()); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func (w *bank) page(s *app.SessionView) pay.PageID {
	w.t.Helper()
	p, err := w.CreatePage(ctx, w.shop, app.Key{}, s.Session.ID, pay.PageSettings{Success: "https://laden.test/{{order_id}}", PlaceOrder: "PLACE_ORDER"})
	must(w.t, err)
	return p.Page.ID
}

func (w *bank) closed() pay.MerchantID {
	m := w.newShop("Zu")
	m.Status = pay.MerchantClosed
	must(w.t, w.DB.PutMerchant(ctx, m))
	must(w.t, w.Reload(ctx))
	return m.ID
}

func TestBirthDates(t *testing.T) {
	cases := []struct {
		name, known, said, method, step string
		approved                        bool
	}{
		{"new, adult", "", "1985-05-05", "invoice_14", "", true},
		{"new, unknown, on credit", "", "", "invoice_14", "birth_date", false},
		{"new, unknown, paying before", "", "", "prepayment", "payment", false},
		{"new, 17, on credit", "", "2009-01-01", "invoice_14", "", false},
		{"new, 17, paying before", "", "2009-01-01", "prepayment", "payment", false},
		{"known, the same", "1985-05-05", "1985-05-05", "invoice_14", "", true},
		{"known, not said", "1985-05-05", "", "invoice_14", "", true},
		{"known, another", "1985-05-05", "1985-05-06", "invoice_14", "birth_date", false},
		{"unknown, said now", "none", "1985-05-05", "invoice_14", "", true},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newBank(t, storetest.SQLite(t))
			confirm := func(born, method string) *app.AuthorizeAnswer {
				cart := cartOf("x@example.org", 1000+int64(i))
				cart.Buyer.DateOfBirth = born
				s, err := w.CreateSession(ctx, w.shop, cart)
				must(t, err)
				ans, err := w.confirm(s, app.AuthorizeRequest{EmailCode: "000000", Method: method})
				must(t, err)
				return ans
			}
			switch c.known {
			case "":
			case "none":
				confirm("", "prepayment")
			default:
				confirm(c.known, "invoice_14")
			}
			ans := confirm(c.said, c.method)
			equal(t, "step", ans.StepUp, c.step)
			equal(t, "approved", ans.Approved, c.approved)
			for _, m := range ans.Methods {
				if m.Method == "prepayment" && !m.Offered {
					t.Errorf("prepayment is not offered: %+v", m)
				}
				if m.Method == "invoice_14" && strings.Contains(c.name, "17") && m.Offered {
					t.Error("credit is offered to a child")
				}
			}
		})
	}
}

func TestAssessmentIsAskedOnlyWhereItHelps(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	ask := func(email, born string, free *int64) *app.AuthorizeAnswer {
		cart := cartOf(email, 1000)
		cart.Buyer.DateOfBirth = born
		s, err := w.CreateSession(ctx, w.shop, cart)
		must(t, err)
		ans, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000", MonthlyFree: free})
		must(t, err)
		return ans
	}
	equal(t, "adult", ask("a@example.org", "1985-05-05", nil).StepUp, "assessment")
	equal(t, "child", ask("b@example.org", "2010-05-05", nil).StepUp, "")
	free := int64(50_000)
	equal(t, "declared", ask("a@example.org", "1985-05-05", &free).Approved, true)
	equal(t, "again", ask("a@example.org", "1985-05-05", nil).Approved, true)
	bad := int64(-1)
	s := w.session(anna, 1000)
	if _, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000", MonthlyFree: &bad}); codeOf(err) != "bad_value" {
		t.Errorf("negative: %v", err)
	}
}

// TestAgreementCitesWhatWasShown holds the stored papers against the page before the button, in both languages and ways.
func TestAgreementCitesWhatWasShown(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	must(t, w.DB.PutOperator(ctx, pay.Operator{ID: "opr_1", Name: "Operator GmbH", Licence: "factoring", Purchase: true, IBAN: ourIBAN,
		Address: pay.Address{Street: "Weg 1", PostalCode: "10115", City: "Berlin"}}))
	must(t, w.Reload(ctx))
	device := ""
	for _, lang := range []string{"en", "de"} {
		s := w.session(anna, 2000)
		shown, err := w.PreContract(ctx, s.Session.ID, s.ClientToken, "invoice_14")
		must(t, err)
		ask := app.AuthorizeRequest{EmailCode: "000000", Language: lang}
		way := document.ByEmailCode
		if device != "" {
			ask, way = app.AuthorizeRequest{DeviceToken: device, Language: lang}, document.ByDevice
		}
		ans, err := w.confirm(s, ask)
		must(t, err)
		if device == "" {
			device = ans.DeviceToken
		}
		w.run(mustDay(t, w) + 0)
		cart := s.Cart
		cart.Reference1, cart.Locale = "B-77", "fr-FR"
		o, err := w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
		must(t, err)
		auth, err := store.LoadID(ctx, w.DB, store.Authorizations, ans.Token)
		must(t, err)
		if consent := auth.Consent; consent.Version != app.ConsentVersion || consent.Way != string(way) || consent.Language != lang {
			t.Fatalf("consent: %+v", consent)
		}
		info, agreed, err := w.PapersOf(ctx, o.ID, mustDay(t, w))
		must(t, err)
		equal(t, "digest of the information", info.Paper(lang).Digest(), shown.Paper(lang).Digest())
		equal(t, "cited digest", agreed.PreContractDigest, shown.Paper(lang).Digest())
		equal(t, "way", agreed.ConsentWay, way)
		w.work()
		w.work()
		equal(t, "papers", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM documents WHERE ref = $1 AND language = $2", string(o.ID), lang), 2)
		contract, err := store.Load(ctx, w.DB, store.Contracts, pay.BucketOf(pay.CellOf(string(o.ID))), string(o.ID))
		must(t, err)
		equal(t, "regime", contract.Regime, "REGULATED")
		equal(t, "contract's day", contract.ContractDay, auth.Consent.Day)
	}
}

func mustDay(t *testing.T, w *bank) cal.Day {
	t.Helper()
	day, err := w.Day(ctx)
	must(t, err)
	return day
}

// TestLogsAndJobsHoldNoPersonalData lets a mail server and a shop fail in words that repeat what they were given.
func TestLogsAndJobsHoldNoPersonalData(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	var log bytes.Buffer
	w.Log = slog.New(slog.NewTextHandler(&log, nil))
	s, err := w.CreateSession(ctx, w.shop, func() pay.Cart {
		c := cartOf(anna.email(), 2000)
		c.URLs.Authorization = "https://user.invalid/hook?secret=geheim"
		return c
	}())
	must(t, err)
	must(t, w.Identify(ctx, app.Key{}, s.Session.ID, s.ClientToken, anna.email(), ""))
	ans, err := w.confirm(s, app.AuthorizeRequest{EmailCode: "000000", Method: "prepayment"})
	must(t, err)
	w.load(w.credit(2000, anna, annasIBAN, ans.Demand.Reference))
	handlers := w.Handlers(&letters{fail: &mail.Error{Err: errorText("550 <" + anna.email() + ">: anna.becker is unknown here")}}, "post@zahlziel.test")
	handlers[app.JobIndex] = func(context.Context, *pay.Job) error { panic("Anna Becker") }
	worker := &app.Worker{App: w.App, Handlers: handlers, Owner: "test"}
	_, err = worker.Once(ctx)
	must(t, err)
	rows, err := w.DB.SQL().Query("SELECT problem FROM jobs")
	must(t, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var problem string
		must(t, rows.Scan(&problem))
		log.WriteString(problem + "\n")
		if problem != "" {
			n++
		}
	}
	must(t, rows.Err())
	equal(t, "failed jobs", n, 3)
	for _, secret := range []string{anna.email(), "anna.becker", "Becker", "geheim"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q in:\n%s", secret, log.String())
		}
	}
}

type errorText string

func (e errorText) Error() string { return string(e) }

func TestAddressesAndNamesAreScreened(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	must(t, w.SetLists(ctx, app.System, app.Lists{Blocked: []string{"50667 Lindenweg 66", "10117"},
		Sanctioned: []app.Sanctioned{{Name: "Mustafa Übel", Born: cal.Date(1970, 1, 1)}, {Name: "El Schurke", Born: cal.NoDay}}}))
	base := *cartOf("x@example.org", 1).Billing
	edit := func(f func(*pay.Address)) pay.Address { ad := base; f(&ad); return ad }
	cases := []struct {
		name  string
		ad    pay.Address
		born  string
		level uint8
		state credit.SourceState
	}{
		{"plain", base, "1990-05-05", 1, credit.Clear},
		{"blank and case", edit(func(a *pay.Address) { a.PostalCode, a.City = " 50667", "KÖLN" }), "1990-05-05", 1, credit.Clear},
		{"part of the city", edit(func(a *pay.Address) { a.City = "Köln-Altstadt" }), "1990-05-05", 1, credit.Clear},
		{"short name", edit(func(a *pay.Address) { a.PostalCode, a.City = "60311", "Frankfurt/M." }), "1990-05-05", 1, credit.Clear},
		{"two words", edit(func(a *pay.Address) { a.PostalCode, a.City = "61348", "Bad Homburg v.d.H." }), "1990-05-05", 1, credit.Clear},
		{"another city", edit(func(a *pay.Address) { a.City = "München" }), "1990-05-05", 0, credit.Clear},
		{"only a common word", edit(func(a *pay.Address) { a.PostalCode, a.City = "61348", "Bad Tölz" }), "1990-05-05", 0, credit.Clear},
		{"no such postcode", edit(func(a *pay.Address) { a.PostalCode = "00000" }), "1990-05-05", 0, credit.Clear},
		{"parcel shop", edit(func(a *pay.Address) { a.Street = "Packstation 101" }), "1990-05-05", 0, credit.Clear},
		{"blocked house", edit(func(a *pay.Address) { a.Street = "Lindenweg 66" }), "1990-05-05", 0, credit.Clear},
		{"house beside it", edit(func(a *pay.Address) { a.Street = "Lindenweg 6" }), "1990-05-05", 1, credit.Clear},
		{"blocked postcode", edit(func(a *pay.Address) { a.PostalCode, a.City = "10117", "Berlin" }), "1990-05-05", 0, credit.Clear},
		{"abroad", edit(func(a *pay.Address) { a.Country = "AT" }), "1990-05-05", 0, credit.Clear},
		{"listed", edit(func(a *pay.Address) { a.GivenName, a.FamilyName = "MUSTAFA KEMAL", "Uebel" }), "1970-01-01", 1, credit.Hit},
		{"listed name, another birth date", edit(func(a *pay.Address) { a.GivenName, a.FamilyName = "Mustafa", "Übel" }), "1990-05-05", 1, credit.Clear},
		{"listed without birth date", edit(func(a *pay.Address) { a.GivenName, a.FamilyName = "El", "Schurke" }), "1990-05-05", 1, credit.Hit},
	}
	for i, c := range cases {
		c.ad.Email = "p" + string(rune('a'+i)) + "@example.org"
		cart := cartOf("", 1000)
		cart.Billing, cart.Buyer = &c.ad, &pay.Buyer{DateOfBirth: c.born}
		s, err := w.CreateSession(ctx, w.shop, cart)
		must(t, err)
		ans, err := w.confirm(s, withCode)
		must(t, err)
		f, err := w.FactsOf(ctx, ans.Consumer)
		must(t, err)
		equal(t, c.name+": level", f.Address.Level, c.level)
		equal(t, c.name+": screening", f.Sanctions, c.state)
		if c.state == credit.Hit && ans.Approved {
			t.Errorf("%s: approved", c.name)
		}
	}
}

package app_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"zahlziel/app"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store/storetest"
)

// work does what is due and returns the mails to an address.
func (w *world) work(l *letters, to string) (out []mail.Message) {
	w.Helper()
	worker := &app.Worker{App: w.App, Handlers: w.Handlers(l, "Zahlziel <post@zahlziel.test>"), Owner: "test"}
	for {
		n, err := worker.Once(w.ctx)
		must(w.T, err)
		if n == 0 {
			break
		}
	}
	for _, m := range l.sent {
		if m.To == to {
			out = append(out, m)
		}
	}
	return out
}

var shopLink = regexp.MustCompile(`/merchant/link/([\w-]+)`)

// enter invites somebody and signs them in by the mailed link.
func (w *world) enter(l *letters, m pay.MerchantID, email, role string) (app.Actor, string) {
	w.Helper()
	_, err := w.InviteMerchantUser(w.ctx, app.System, m, pay.MerchantPerson{Email: email, Name: "Kim"}, role)
	must(w.T, err)
	w.work(l, "")
	must(w.T, w.SendShopLink(w.ctx, email, "de"))
	var link []string
	for _, mailed := range w.work(l, strings.ToLower(email)) { // whoever works for several shops gets a link for each
		if found := shopLink.FindStringSubmatch(mailed.Text); found != nil && strings.Contains(mailed.Subject, w.MerchantName(m)) {
			link = found
		}
	}
	if link == nil {
		w.Fatalf("no link for %s", email)
	}
	token, err := w.UseShopLink(w.ctx, link[1])
	must(w.T, err)
	if _, err := w.UseShopLink(w.ctx, link[1]); codeOf(err) != "link_over" {
		w.Errorf("a link works twice: %v", err)
	}
	who, _, err := w.ShopVisitor(w.ctx, token)
	must(w.T, err)
	return who, token
}

func TestPeopleOfAShopSignInByMail(t *testing.T) {
	w, l := newWorld(t), &letters{}
	m := w.shop.Merchant
	owner, token := w.enter(l, m, "Kim@Shop.test", pay.RoleOwner)
	if owner.Merchant != m || owner.Role != pay.RoleOwner || owner.User == "" {
		t.Fatalf("signed in as %+v", owner)
	}
	if first := l.sent[0]; !strings.Contains(first.Subject, "Schuhladen") || !strings.Contains(first.Text, "/merchant/sign-in") || shopLink.MatchString(first.Text) {
		t.Errorf("the invitation is %q", first.Text)
	}
	for _, column := range []string{"digest", "sealed"} {
		if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM merchant_users WHERE CAST("+column+" AS TEXT) LIKE '%kim%'"); n != 0 {
			t.Errorf("the address stands in the clear in %s", column)
		}
	}
	before := len(l.sent)
	must(t, w.SendShopLink(w.ctx, "nobody@shop.test", "de"))
	w.work(l, "")
	if len(l.sent) != before {
		t.Error("a stranger was mailed")
	}
	if err := w.SendShopLink(w.ctx, "not-an-address", "de"); codeOf(err) != "bad_email" {
		t.Errorf("no address: %v", err)
	}
	if who, err := w.PortalVisitor(w.ctx, token); who.Consumer != "" || err != nil {
		t.Error("the token opens the portal")
	}
	if _, err := w.InviteMerchantUser(w.ctx, owner, m, pay.MerchantPerson{Email: "kim@shop.test"}, pay.RoleMember); codeOf(err) != "user_exists" {
		t.Errorf("invited twice: %v", err)
	}
	if err := w.EndMerchantUser(w.ctx, owner, m, owner.User); codeOf(err) != "last_owner" {
		t.Errorf("the last owner ends: %v", err)
	}
	member, memberToken := w.enter(l, m, "lou@shop.test", pay.RoleMember)
	must(t, w.EndMerchantUser(w.ctx, owner, m, member.User))
	if who, _, err := w.ShopVisitor(w.ctx, memberToken); who.User != "" || err != nil {
		t.Errorf("an ended person is still in: %+v %v", who, err)
	}
	w.Clock.Turn(w.Clock.Now() + 60*1e6)
	again, _ := w.enter(l, m, "lou@shop.test", pay.RoleOwner)
	if again.User != member.User || again.Role != pay.RoleOwner {
		t.Errorf("invited again as %+v", again)
	}
	if who, _, err := w.ShopVisitor(w.ctx, memberToken); who.User != "" || err != nil {
		t.Errorf("a visit from before is open again: %+v %v", who, err)
	}
	must(t, w.SignOutShop(w.ctx, token))
	if who, _, _ := w.ShopVisitor(w.ctx, token); who.User != "" {
		t.Error("signed out and still in")
	}
	for action, want := range map[string]int64{"merchant_user_add": 3, "merchant_user_end": 1} {
		if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM audit WHERE action = '"+action+"' AND subject = '"+string(m)+"'"); n != want {
			t.Errorf("%d audit lines of %s, want %d", n, action, want)
		}
	}
}

// TestAVisitOfAShopEnds: twelve hours after the sign-in, whatever was looked at meanwhile.
func TestAVisitOfAShopEnds(t *testing.T) {
	w, l := newWorld(t), &letters{}
	_, token := w.enter(l, w.shop.Merchant, "kim@shop.test", pay.RoleOwner)
	w.Clock.Turn(w.Clock.Now() + pay.Micros((12 * time.Hour).Microseconds()) - 1e6)
	if who, _, err := w.ShopVisitor(w.ctx, token); err != nil || who.User == "" {
		t.Fatalf("out too early: %v", err)
	}
	w.Clock.Turn(w.Clock.Now() + 1e6)
	if who, _, err := w.ShopVisitor(w.ctx, token); err != nil || who.User != "" {
		t.Errorf("still in: %+v %v", who, err)
	}
}

// TestWhoMayDoWhatForAShop holds every use case of a merchant's pages against owners, members, other shops, programs and staff.
func TestWhoMayDoWhatForAShop(t *testing.T) {
	w, l := newWorld(t), &letters{}
	m := w.shop.Merchant
	e := newEndpoint(t)
	_, err := w.SetEndpoint(w.ctx, app.System, app.Key{}, m, e.URL)
	must(t, err)
	o := w.order("erika@example.org", 4990)
	w.work(l, "")
	other, _, err := w.CreateMerchant(w.ctx, app.System, pay.Merchant{Name: "Anderer", Status: pay.MerchantActive, Mode: pay.ModeTest, Market: "DE", Currency: "EUR", Methods: []string{"invoice_14"}}, "shop-2")
	must(t, err)
	owner, _ := w.enter(l, m, "owner@shop.test", pay.RoleOwner)
	member, _ := w.enter(l, m, "member@shop.test", pay.RoleMember)
	stranger, _ := w.enter(l, other.ID, "owner@shop.test", pay.RoleOwner) // the same person at another shop
	if stranger.User == owner.User || stranger.Merchant != other.ID {
		t.Fatalf("one person at two shops: %+v and %+v", owner, stranger)
	}
	key, _, err := w.CreateKey(w.ctx, owner, m, "Warenwirtschaft", []string{pay.ScopeOrdersRead})
	must(t, err)
	calls, err := w.ShopCallsOf(w.ctx, owner, m)
	must(t, err)
	if len(calls) == 0 {
		t.Fatal("nothing was told")
	}
	guests := 0
	guest := func() pay.MerchantPerson {
		guests++
		return pay.MerchantPerson{Email: fmt.Sprintf("guest%d@shop.test", guests)}
	}
	actors := map[string]app.Actor{"owner": owner, "member": member, "stranger": stranger, "program": w.shop, "risk": risk, "support": support, "nobody": {}}
	type deed struct {
		do  func(who app.Actor) error
		may string // names of actors
	}
	deeds := map[string]deed{
		"read orders": {func(who app.Actor) error { _, err := w.ReadOrder(w.ctx, who, o.ID); return err }, "owner member program risk support"},
		"read calls":  {func(who app.Actor) error { _, _, err := w.Told(w.ctx, who, m, app.ToldMark{}); return err }, "owner member program risk support"},
		"read keys":   {func(who app.Actor) error { _, err := w.KeyFile(w.ctx, who, m); return err }, "owner member program risk support"},
		"read people": {func(who app.Actor) error { _, err := w.MerchantUsers(w.ctx, who, m); return err }, "owner member program risk"},
		"resend":      {func(who app.Actor) error { _, err := w.Resend(w.ctx, who, app.Key{}, calls[0].ID); return err }, "owner program risk"},
		"new user":    {func(who app.Actor) error { _, _, err := w.AddKey(w.ctx, who, m); return err }, "owner risk"},
		"new key": {func(who app.Actor) error {
			_, _, err := w.CreateKey(w.ctx, who, m, "x", []string{pay.ScopeOrdersRead})
			return err
		}, "owner risk"},
		"exchange key": {func(who app.Actor) error { _, _, err := w.ExchangeKey(w.ctx, who, key.ID); return err }, "owner risk"},
		"end key":      {func(who app.Actor) error { _, err := w.EndAPIKey(w.ctx, who, key.ID, 1e12); return err }, "owner risk"},
		"endpoint":     {func(who app.Actor) error { _, err := w.SetEndpoint(w.ctx, who, app.Key{}, m, e.URL); return err }, "owner program risk"},
		"no events":    {func(who app.Actor) error { return w.DropEndpoint(w.ctx, who, m) }, "owner program risk"},
		"invite": {func(who app.Actor) error {
			_, err := w.InviteMerchantUser(w.ctx, who, m, guest(), pay.RoleMember)
			return err
		}, "owner risk"},
		"cancel": {func(who app.Actor) error { return w.CancelOrder(w.ctx, who, app.Key{}, "ord_none") }, ""},
	}
	for what, d := range deeds {
		for name, who := range actors {
			err := d.do(who)
			code := codeOf(err)
			denied := code == "forbidden" || strings.HasPrefix(code, "no_such")
			if may := strings.Contains(" "+d.may+" ", " "+name+" "); may == denied {
				t.Errorf("%s by %s: %v", what, name, err)
			} else if may && err != nil {
				t.Errorf("%s by %s fails: %v", what, name, err)
			}
		}
	}
	if err := w.CancelOrder(w.ctx, member, app.Key{}, o.ID); codeOf(err) != "forbidden" {
		t.Errorf("a member cancels an order: %v", err)
	}
	f, err := w.KeyFile(w.ctx, owner, m)
	must(t, err)
	for _, line := range f.Trail {
		if line.Ours && line.Who != "" {
			t.Errorf("a shop learns who of the operator's acted: %+v", line)
		}
	}
	for viewer, more := range map[app.Actor]int64{owner: 0, support: 0, risk: 1} { // support sees no names
		looks := "SELECT COUNT(*) FROM audit WHERE action = 'merchant_users_look' AND subject = '" + string(m) + "'"
		before := storetest.Count(t, w.DB, looks)
		_, err := w.KeyFile(w.ctx, viewer, m)
		must(t, err)
		if n := storetest.Count(t, w.DB, looks) - before; n != more {
			t.Errorf("%d lines of who looked, by %s", n, viewer)
		}
	}
	if len(f.Trail) == 0 || f.Users[0].SecretMAC != "" || f.Keys[0].MAC != "" {
		t.Errorf("key file: %+v", f)
	}
}

func TestKeysOverlapWhenExchanged(t *testing.T) {
	w, l := newWorld(t), &letters{}
	owner, _ := w.enter(l, w.shop.Merchant, "owner@shop.test", pay.RoleOwner)
	old, oldText, err := w.CreateKey(w.ctx, owner, w.shop.Merchant, "Kasse", []string{pay.ScopeOrdersRead, pay.ScopePayoutsRead})
	must(t, err)
	next, nextText, err := w.ExchangeKey(w.ctx, owner, old.ID)
	must(t, err)
	if next.Name != "Kasse" || strings.Join(next.Scopes, " ") != strings.Join(old.Scopes, " ") || next.ID == old.ID {
		t.Errorf("exchanged for %+v", next)
	}
	works := func(text string) bool {
		who, _, err := w.KeyActor(w.ctx, text)
		must(t, err)
		return who != nil
	}
	if !works(oldText) || !works(nextText) {
		t.Error("both keys work meanwhile")
	}
	w.Clock.Turn(w.Clock.Now() + app.KeyOverlap)
	if works(oldText) || !works(nextText) {
		t.Error("a day later only the new key works")
	}
	if _, _, err := w.ExchangeKey(w.ctx, owner, old.ID); codeOf(err) != "key_ended" {
		t.Errorf("an ended key is exchanged: %v", err)
	}
}

// TestToldGroupsTries: every thing that was told stands once, with its tries, however the pages fall.
func TestToldGroupsTries(t *testing.T) {
	w, l := newWorld(t), &letters{}
	e := newEndpoint(t)
	_, err := w.SetEndpoint(w.ctx, app.System, app.Key{}, w.shop.Merchant, e.URL)
	must(t, err)
	e.fails = 2
	o := w.order("erika@example.org", 4990)
	w.work(l, "")
	at := w.Clock.Now()
	for range 2 {
		at += 400e6
		w.Clock.Turn(at)
		w.work(l, "")
	}
	told, next, err := w.Told(w.ctx, w.shop, w.shop.Merchant, app.ToldMark{})
	must(t, err)
	if len(told) != 1 || next.At != 0 || len(told[0].Tries) != 3 || told[0].Event != app.EventOrderCreated || told[0].Subject != string(o.ID) || told[0].Failed() {
		t.Fatalf("told %+v, next %+v", told, next)
	}
	if first := told[0].Tries[2]; first.Status != 503 || first.NextAt == 0 || first.Problem == "" {
		t.Errorf("the first try: %+v", first)
	}
	if told, _, err := w.Told(w.ctx, w.shop, w.shop.Merchant, app.ToldMark{At: told[0].Last().At, ID: told[0].Last().ID}); err != nil || len(told) != 0 {
		t.Errorf("an earlier page shows it again: %+v %v", told, err)
	}
}

// TestToldEndsAPageBetweenCallsOfOneMoment: many calls share one instant, and each is on exactly one page.
func TestToldEndsAPageBetweenCallsOfOneMoment(t *testing.T) {
	storetest.Each(t, toldPages)
}

func toldPages(t *testing.T, database storetest.Database) {
	w := newBank(t, database)
	const calls = 130
	at := w.Clock.Now() - 1e6
	for i := range calls {
		id := pay.MintID(pay.PrefixShopCall, i*31, at, [8]byte{byte(i)})
		bucket := pay.BucketOf(pay.CellOf(id))
		w.exec("INSERT INTO shop_calls (bucket, id, merchant_id, job_id, kind, subject, host, try, status, problem, at, next_at) VALUES ($1, $2, $3, $4, 'push', $5, 'shop.test', 1, 200, '', $6, 0)",
			bucket, id, string(w.shop.Merchant), fmt.Sprintf("job_%d", i), fmt.Sprintf("ord_%d", i), at)
	}
	seen, pages := map[string]int{}, 0
	for mark, more := (app.ToldMark{}), true; more; pages++ {
		told, next, err := w.Told(ctx, w.shop, w.shop.Merchant, mark)
		must(t, err)
		for _, v := range told {
			seen[v.Subject]++
		}
		mark, more = next, next.At != 0
		if pages > calls {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != calls || pages != 3 {
		t.Errorf("%d of %d calls on %d pages", len(seen), calls, pages)
	}
	for subject, n := range seen {
		if n != 1 {
			t.Errorf("%s is on %d pages", subject, n)
		}
	}
}

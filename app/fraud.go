package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// fraudRules are the fraud rules in force on a business day.
func (a *App) fraudRules(day cal.Day) (*fraud.Rules, error) {
	if r, ok := a.fraud.rules.On("de-fraud", day); ok {
		return r, nil
	}
	return nil, fmt.Errorf("no fraud rules are valid on %s", day)
}

// purchase is what the signals of a purchase on credit are read from: rows that are loaded anyway, and lists in memory.
type purchase struct {
	v      *SessionView
	who    proof
	m      *pay.Merchant
	p      *person
	fresh  bool   // the person is new
	device string // token that the browser sent
	day    cal.Day
	now    pay.Micros
	count  bool // it counts in the traffic of the day
}

// check is what the fraud rules say about a purchase.
type check struct {
	rules   *fraud.Rules
	signals fraud.Signals
	answer  fraud.Assessment
}

// record is what stands beside the decision.
func (k *check) record() []byte {
	if k == nil {
		return nil
	}
	rec := fraud.NewRecord(k.rules, &k.signals, k.answer)
	b, err := rec.MarshalBinary()
	if err != nil {
		panic(err) // rules that were loaded have a name and a checksum
	}
	return b
}

// assess reads the signals and looks at the rules. What has to be opened first is read only where a rule could be hit by it.
func (a *App) assess(ctx context.Context, x *purchase) (*check, error) {
	rules, err := a.fraudRules(x.day)
	if err != nil {
		return nil, err
	}
	k := &check{rules: rules}
	a.personSignals(x, &k.signals)
	a.listSignals(x, rules, &k.signals)
	if err := a.profileSignals(x, rules, &k.signals); err != nil {
		return nil, err
	}
	if k.signals[fraud.TwinOverdue], err = a.twinOverdue(ctx, x.p, x.day); err != nil {
		return nil, err
	}
	k.answer = fraud.Assess(rules, &k.signals)
	return k, nil
}

// personSignals come from the consumer's facts and from how the buyer proved to be them.
func (a *App) personSignals(x *purchase, s *fraud.Signals) {
	f := &x.p.facts
	s[fraud.Amount] = x.v.Cart.Amount
	s[fraud.AccountDays] = int64(x.day - f.Opened)
	largest := f.History.Largest
	for _, list := range [...][]credit.OnTime{f.History.OnTime, f.History.PaidNow} {
		for i := range list {
			if o := &list[i]; o.From <= x.day {
				s[fraud.OnTime]++
				largest = max(largest, o.Amount)
			}
		}
	}
	if f.History.OnTimeEver {
		s[fraud.OnTime]++
	}
	if largest > 0 {
		s[fraud.AmountPercent] = min(x.v.Cart.Amount, 1<<50) * 100 / largest
	}
	if x.who.way == document.ByDevice {
		s[fraud.DeviceHours] = max(0, x.now-x.who.since) / (3600 * 1e6)
	}
	if owner, ok := tokenConsumer(x.device); ok && x.who.way == document.ByEmailCode && owner != x.who.consumer {
		s[fraud.DeviceOther] = 1
	}
	s[fraud.Identity] = bit(f.Identity.IsSet() && f.Identity <= x.day)
	if s[fraud.ContactDays] = fraud.Never; f.ContactChanged.IsSet() {
		s[fraud.ContactDays] = int64(x.day - f.ContactChanged)
	}
	for _, h := range f.Holds {
		if h.Kind == credit.Reservation && h.Amount > 0 && h.UntilMicros > x.now {
			s[fraud.Reservations]++
		}
	}
	for _, d := range f.History.Purchases {
		s[fraud.PurchasesDay] += bit(d == x.day)
	}
	if x.m.Mode == pay.ModeLive { // people of shops in test mode are made up and share everything
		s[fraud.ClusterMembers] = x.p.marked(markCluster)
	}
}

// unread are the signals that nobody has read yet when the address is looked at.
var unread = []fraud.Signal{fraud.AddressOthers, fraud.BlockedEmail, fraud.BlockedPhone, fraud.BlockedAddress, fraud.BlockedDevice,
	fraud.AddressNew, fraud.BlockedIBAN, fraud.TwinOverdue}

// listSignals come from lists in memory and from the traffic of the day.
func (a *App) listSignals(x *purchase, rules *fraud.Rules, s *fraud.Signals) {
	l := a.fraud.lists.Load()
	s[fraud.DisposableEmail] = bit(l.disposable(x.v.Email))
	to := x.v.Cart.Delivery()
	if to != nil && rules.Reads(fraud.ConvenienceAddr, s, unread...) {
		s[fraud.ConvenienceAddr] = bit(rules.Convenience(addressWords(to.Organization, to.Attention, to.FullName(), to.Street, to.Street2)))
	}
	var phone string
	if to != nil {
		if x.m.Mode == pay.ModeLive {
			s[fraud.AddressOthers] = a.fraud.traffic.others(placeKey(to), string(x.who.consumer), x.now, x.count)
		}
		phone = to.Phone
	}
	if l.empty() {
		return
	}
	blocked := func(kind, value string) int64 {
		return bit(value != "" && l.blocks[kind] != nil && l.blocked(kind, a.blockDigest(kind, value), x.day))
	}
	s[fraud.BlockedEmail] = blocked("email", x.v.Email)
	if b := x.v.Cart.Billing; b != nil && phone == "" {
		phone = b.Phone
	}
	s[fraud.BlockedPhone] = blocked("phone", phone)
	for _, ad := range []*pay.Address{x.v.Cart.Billing, x.v.Cart.Shipping} {
		if ad != nil {
			s[fraud.BlockedAddress] |= blocked("address", blockAddress(ad))
		}
	}
	if x.device != "" {
		s[fraud.BlockedDevice] = blocked("device", a.Vault.Index("device", x.device))
	}
}

// profileSignals need the sealed profile of a known person.
func (a *App) profileSignals(x *purchase, rules *fraud.Rules, s *fraud.Signals) error {
	l := a.fraud.lists.Load()
	to := x.v.Cart.Delivery()
	ibans := l.blocks["iban"] != nil
	if x.fresh || !ibans && (to == nil || !rules.Reads(fraud.AddressNew, s, fraud.BlockedIBAN, fraud.TwinOverdue)) {
		return nil
	}
	profile, err := x.p.profile()
	if err != nil {
		return err
	}
	for _, iban := range profile.PayerIBAN {
		s[fraud.BlockedIBAN] |= bit(ibans && l.blocked("iban", a.blockDigest("iban", iban), x.day))
	}
	if to != nil {
		known := placeKey(to) == placeKey(&profile.Billing) || profile.Shipping != nil && placeKey(to) == placeKey(profile.Shipping)
		s[fraud.AddressNew] = bit(!known)
	}
	return nil
}

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// addressWords are the words of parts of an address, as nameWords makes them; "c/o" is two.
func addressWords(parts ...string) []string {
	return nameWords(strings.ReplaceAll(strings.Join(parts, " "), "/", " "))
}

// placeKey is a place where goods go, however it was written: postcode, street and house.
func placeKey(ad *pay.Address) string {
	return strings.Join(addressWords(ad.PostalCode, ad.Street, ad.Street2), " ")
}

// blockAddress is what an entry of the block list is about: "50667 lindenweg 3".
func blockAddress(ad *pay.Address) string { return placeKey(ad) }

// blockDigest is the keyed hash of a value of the block list, in the form that people write differently but mean the same.
func (a *App) blockDigest(kind, value string) string {
	switch kind {
	case "email":
		value = NormalEmail(value)
	case "phone":
		value = digits(value)
	case "iban":
		value = bankfile.NormalIBAN(value).String()
	case "address":
		value = strings.Join(addressWords(value), " ")
	}
	return a.Vault.Index("block."+kind, value)
}

// checkFraud asks the fraud rules before the decision. step is true when a fresh code must come first; then nothing else happens.
func (c *confirmation) checkFraud(req *credit.Request) (step bool, err error) {
	x := purchase{v: c.v, who: c.who, m: c.m, p: c.p, fresh: c.fresh, device: c.r.DeviceToken, day: c.tx.Day, now: c.tx.At, count: true}
	if c.check, err = c.a.assess(c.tx.Context(), &x); err != nil {
		return false, err
	}
	if c.check.answer.Outcome == fraud.EmailCode {
		c.ans = AuthorizeAnswer{StepUp: "email_code"}
		return true, c.saveCheck(pay.CheckStep, "", "step")
	}
	if c.check.answer.Outcome == fraud.IdentityFirst {
		req.IdentityFirst = true
	}
	c.a.stopShop(c.m, req)
	return false, c.a.bound(c.p, req)
}

// foresee is checkFraud for a look ahead: it counts nothing and stores nothing.
func (a *App) foresee(ctx context.Context, x *purchase, req *credit.Request) (stepUp string, err error) {
	k, err := a.assess(ctx, x)
	if err != nil {
		return "", err
	}
	if k.answer.Outcome == fraud.EmailCode {
		return "email_code", nil
	}
	req.IdentityFirst = req.IdentityFirst || k.answer.Outcome == fraud.IdentityFirst
	a.stopShop(x.m, req)
	return "", a.bound(x.p, req)
}

// bound caps what a person may get while others share their data and their identity is not confirmed.
func (a *App) bound(p *person, req *credit.Request) error {
	members := p.marked(markCluster)
	if members == 0 {
		return nil
	}
	rules, err := a.fraudRules(req.Day)
	if err == nil && members >= rules.Cluster.Members {
		req.ClusterCap = rules.Cluster.Cap
	}
	return err
}

// noteCheck stores what the rules found next to the decision, where they found something. An approval that a person must
// look at gets a mark, so that its order will wait.
func (c *confirmation) noteCheck(d *pay.DecisionRow, blockers []credit.Reason) error {
	if c.check == nil || c.check.answer.Hits == 0 {
		return nil
	}
	state := pay.CheckStep
	if c.check.answer.Outcome == fraud.Person {
		state = pay.CheckOpen
	}
	if d.Approved == 0 && state == pay.CheckStep && len(blockers) > 0 && only(blockers, credit.R12IdentityUnverified) {
		c.ans.StepUp = "identity"
	}
	if d.Approved == 1 && state == pay.CheckOpen {
		c.p.mark(markReview(c.slot), 1, c.tx.At+pay.AuthorizationMicros)
	}
	return c.saveCheck(state, d.ID, "")
}

// checkID is the id of the check of an authorization, or of a step before it: fixed, so that a repeated try is one check.
func (a *App) checkID(slot pay.AuthorizationID, step string) pay.FraudCheckID {
	var random [8]byte
	copy(random[:], a.Vault.Secret("fraud:"+string(slot)+":"+step))
	return pay.FraudCheckID(pay.MintID(pay.PrefixFraudCheck, pay.CellOf(string(slot)), pay.InstantOf(slot), random))
}

// saveCheck writes the row of a hit and its leaf in the chain, a line of the audit trail.
func (c *confirmation) saveCheck(state string, decision pay.DecisionID, step string) error {
	id := c.a.checkID(c.slot, step)
	if old, err := store.Get(c.tx, store.FraudChecks, string(id)); err != nil || old != nil && old.OrderID != "" {
		return err
	}
	plain := c.check.record()
	row := &pay.FraudCheck{ID: id, ConsumerID: c.who.consumer, MerchantID: c.m.ID, SessionID: c.v.Session.ID, AuthorizationID: c.slot, DecisionID: decision,
		Day: c.tx.Day, At: c.tx.At, Amount: c.v.Cart.Amount, Currency: c.v.Cart.Currency, Outcome: c.check.answer.Outcome.String(),
		Rules: strings.Join(c.check.answer.Codes(c.check.rules), " "), State: state}
	if c.r.DeviceToken != "" {
		row.Device = c.a.Vault.Index("device", c.r.DeviceToken)
	} else if c.ans.DeviceToken != "" {
		row.Device = c.a.Vault.Index("device", c.ans.DeviceToken)
	}
	row.Sealed = c.p.key.Seal(string(id), plain)
	store.Save(c.tx, store.FraudChecks, row)
	c.tx.Audit(System.String(), "fraud_rules_hit", string(c.who.consumer), string(id)+" "+sha(plain))
	return nil
}

// A mark is a hold of nothing: a note that rides on the consumer's facts, so that it costs no row and no query, and that
// ends by itself. What it says is a number.
const (
	markPrefix  = "mark:"
	markCluster = "cluster" // how many people share data with this one
	markTwin    = "twin"    // how many accounts have this name, birth date and postcode
)

// markReview marks an authorization whose order waits for a person.
func markReview(token pay.AuthorizationID) string { return "review:" + string(token) }

func (p *person) mark(kind string, value int64, until pay.Micros) {
	p.unmark(kind)
	p.facts.Holds = append(p.facts.Holds, credit.Hold{Ref: markPrefix + kind + "=" + strconv.FormatInt(value, 10), Kind: credit.Reservation, UntilMicros: until})
}

func (p *person) unmark(kind string) {
	p.facts.Holds = slices.DeleteFunc(p.facts.Holds, func(h credit.Hold) bool { return strings.HasPrefix(h.Ref, markPrefix+kind+"=") })
}

// marked is the number of a mark, 0 where there is none.
func (p *person) marked(kind string) int64 {
	for _, h := range p.facts.Holds {
		if text, ok := strings.CutPrefix(h.Ref, markPrefix+kind+"="); ok {
			n, _ := strconv.ParseInt(text, 10, 64)
			return n
		}
	}
	return 0
}

package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// ConsentVersion names the consent text that a buyer ticks at checkout.
const ConsentVersion = "2026-11-20"

// AuthorizeRequest is a buyer's confirmation, given on our origin.
type AuthorizeRequest struct {
	Method      string
	Consent     bool
	EmailCode   string // the code sent by e-mail, or
	DeviceToken string // the token of an earlier visit
	MonthlyFree *int64 // declared free amount per month in minor units, where a regulated method asks for it
	Language    string // in which the information before the contract was shown, de or en; empty: the shop's
}

// AuthorizeAnswer is the outcome of a confirmation. A refusal is an answer with reasons, not an error.
type AuthorizeAnswer struct {
	Approved    bool
	Token       pay.AuthorizationID
	ExpiresAt   pay.Micros
	DeviceToken string // for the next visit on this device
	Methods     []MethodAnswer
	StepUp      string // what is missing: email_code, birth_date, assessment, identity, payment
	Decision    pay.DecisionID
	Consumer    pay.ConsumerID
	Demand      *pay.Invoice   // of a prepayment: what to transfer
	movedTo     pay.ConsumerID // the buyer was merged into this consumer; ask there
	paged       bool           // a hosted page was opened over the session
}

// MethodAnswer is what was decided about one method.
type MethodAnswer struct {
	Method  string
	Offered bool
	Max     int64
	Regime  string
	Reasons []credit.Reason
	WayBack bool // a way back may exist and is shown in the portal
}

// Confirm is Authorize for a buyer who stands in front of the shop's own client instead of our page: a hosted page that
// was opened over the session learns of the outcome, as if the buyer had been on it.
func (a *App) Confirm(ctx context.Context, id pay.SessionID, clientToken string, r AuthorizeRequest) (*AuthorizeAnswer, error) {
	ans, err := a.Authorize(ctx, id, clientToken, r)
	if err != nil || !ans.paged {
		return ans, err
	}
	switch {
	case ans.Approved:
		err = a.completeNewest(ctx, id, ans.Token)
	case ans.StepUp == "":
		err = a.newestPage(ctx, id, func(page pay.PageID) error { return a.SetPage(ctx, page, pay.PageFailed) })
	}
	return ans, err
}

// Authorize decides about a purchase for a buyer who proved who they are, counts the enquiry and, if the answer is yes,
// reserves the amount for the token's 60 minutes. The same confirmation again gives the same authorization.
func (a *App) Authorize(ctx context.Context, id pay.SessionID, clientToken string, r AuthorizeRequest) (*AuthorizeAnswer, error) {
	v, err := a.openUnread(ctx, id, clientToken)
	if err != nil {
		return nil, err
	}
	if err := a.confirmable(v, r); err != nil {
		return nil, err
	}
	who, stepUp, err := a.prove(ctx, v, r)
	if err != nil || stepUp != "" {
		return &AuthorizeAnswer{StepUp: stepUp}, err
	}
	if err := a.replaceBuyer(ctx, v, who.consumer); err != nil {
		return nil, err
	}
	ans, err := a.decideAndBind(ctx, v, r, who)
	if ans != nil {
		ans.paged = v.Paged
	}
	return ans, err
}

// decideAndBind decides in the consumer's bucket and notes the outcome in the session's. A first confirmation knows its
// authorization's id beforehand, so both are written in one wait; an id whose authorization was refused names nothing.
// Of two people who confirm one session at once only one is noted early, and a refusal never replaces the other's name.
func (a *App) decideAndBind(ctx context.Context, v *SessionView, r AuthorizeRequest, who proof) (*AuthorizeAnswer, error) {
	type outcome struct {
		named pay.AuthorizationID
		err   error
	}
	early := make(chan outcome, 1)
	if v.Session.Authorization == "" {
		go func() {
			named, err := a.bindSession(ctx, v, who.consumer, a.authorizationID(v, who.consumer, 0), false)
			early <- outcome{named, err}
		}()
	} else {
		early <- outcome{named: v.Session.Authorization}
	}
	ans, err := a.decide(ctx, v, r, who)
	noted := <-early
	if err := errors.Join(err, noted.err); err != nil {
		return nil, err
	}
	if ans.Token != "" && ans.Token != noted.named {
		_, err = a.bindSession(ctx, v, ans.Consumer, ans.Token, true)
	}
	return ans, err
}

// freeMax bounds a declared free amount per month, in minor units.
const freeMax = 1_000_000_00

func (a *App) confirmable(v *SessionView, r AuthorizeRequest) error {
	if _, err := a.active(v.Session.MerchantID); err != nil {
		return err
	}
	if v.Session.ExpiresAt <= a.Clock.Now() {
		return pay.Errorf(pay.TooLate, "session_expired", "", "The session has expired; start the checkout again from the shop")
	}
	if _, err := credit.ParseMethod(r.Method); err != nil || !slices.Contains(a.merchant(v.Session.MerchantID).Methods, r.Method) {
		return pay.Errorf(pay.Invalid, "bad_method", "payment_method", "Choose one of the payment methods that the session offers")
	}
	if v.Cart.Intent == pay.IntentTokenize && !pay.IsCredit(r.Method) {
		return pay.Errorf(pay.Invalid, "bad_method", "payment_method", "Recurring orders need a method that pays later")
	}
	if !r.Consent {
		return pay.Errorf(pay.Invalid, "consent_missing", "consent", "The buyer must agree to the terms first")
	}
	if r.MonthlyFree != nil && (*r.MonthlyFree < 0 || *r.MonthlyFree > freeMax) {
		return pay.Errorf(pay.Invalid, "bad_value", "monthly_free_amount", "Give the free amount per month in minor units, 0 to %d", freeMax)
	}
	return nil
}

// replaceBuyer ends what another person has authorised in the same session.
func (a *App) replaceBuyer(ctx context.Context, v *SessionView, id pay.ConsumerID) error {
	prior := v.Session.Authorization
	if prior == "" || v.Session.ConsumerID == id {
		return nil
	}
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, prior)
	if err != nil || auth == nil || auth.ConsumerID == id {
		return err
	}
	if auth.Status == pay.AuthorizationUsed {
		return errComplete
	}
	return a.release(ctx, System, Key{}, auth)
}

// decide runs the decision in the consumer's bucket, following the alias that a merged consumer leaves.
func (a *App) decide(ctx context.Context, v *SessionView, r AuthorizeRequest, who proof) (ans *AuthorizeAnswer, err error) {
	var answer *heard
	for range aliasesMax {
		b := bucketOf(who.consumer)
		u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(who.consumer)),
			store.Authorizations.At(b, string(a.authorizationID(v, who.consumer, 0)))}}
		ans, err = do(ctx, a, System, "authorize", Key{}, u, func(tx *store.Tx) (*AuthorizeAnswer, error) {
			c := &confirmation{a: a, tx: tx, v: v, r: r, who: who, m: offering(a.merchant(v.Session.MerchantID), &v.Cart), digest: v.Cart.Digest(), heard: answer}
			return c.answer()
		})
		var outside *mustAsk
		if errors.As(err, &outside) && answer == nil {
			if answer, err = a.ask(ctx, outside); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil || ans.movedTo == "" {
			return ans, err
		}
		who.consumer = ans.movedTo
	}
	return nil, errForbidden
}

// authorizationID is the id of the n-th authorization that a consumer is given in a session. It is fixed before it exists,
// so two confirmations of one session at once meet in one row. Only this installation can compute it.
func (a *App) authorizationID(v *SessionView, id pay.ConsumerID, n int) pay.AuthorizationID {
	var random [8]byte
	copy(random[:], a.Vault.Secret(fmt.Sprintf("authorization:%s:%s:%d", v.Session.ID, id, n)))
	return pay.AuthorizationID(pay.MintID(pay.PrefixAuthorization, pay.CellOf(string(id)), v.Session.CreatedAt, random))
}

// authorizationsMax bounds how often a buyer may change their mind in one session.
const authorizationsMax = 20

// confirmation is one run of Authorize inside its unit of work.
type confirmation struct {
	a      *App
	tx     *store.Tx
	v      *SessionView
	r      AuthorizeRequest
	who    proof
	m      *pay.Merchant
	digest string // of the cart
	p      *person
	pol    *credit.Policy
	fresh  bool
	slot   pay.AuthorizationID // of the authorization to give
	heard  *heard              // what an outside source said, if one had to be asked
	check  *check              // what the fraud rules say, of a purchase on credit
	ans    AuthorizeAnswer
}

func (c *confirmation) answer() (*AuthorizeAnswer, error) {
	c.ans.Consumer = c.who.consumer
	row, err := store.Get(c.tx, store.Consumers, string(c.who.consumer))
	if err != nil {
		return nil, err
	}
	if row != nil && row.MergedInto != "" {
		return &AuthorizeAnswer{movedTo: row.MergedInto}, nil
	}
	if c.who.way == document.ByEmailCode {
		c.ans.DeviceToken = c.a.device(c.tx, c.who.consumer, c.who.test)
	}
	if err := c.meet(row); err != nil || c.ans.StepUp != "" {
		return &c.ans, err
	}
	done, err := c.again()
	if err != nil || done {
		return &c.ans, err
	}
	return &c.ans, c.run()
}

// meet opens the consumer or makes one whose address was just proved.
func (c *confirmation) meet(row *pay.Consumer) (err error) {
	if c.pol, err = c.a.Policy(c.tx.Day); err != nil {
		return err
	}
	if row == nil {
		c.fresh = true
		market, _ := pay.MarketOf(strings.ToUpper(c.v.Cart.Country))
		c.p, err = c.a.newPerson(c.tx, c.who.consumer, market, profileOf(c.v), c.v.Cart.Language())
		return err
	}
	if c.p, err = c.a.openPerson(row); err != nil {
		return err
	}
	known, said := c.p.facts.Born, c.v.Born
	switch {
	case known.IsSet() && said.IsSet() && known != said:
		c.ans.StepUp = "birth_date"
	case !known.IsSet() && said.IsSet():
		return c.p.setBorn(said)
	}
	return nil
}

// again answers a confirmation that was given before and finds the place of the authorization to come.
func (c *confirmation) again() (done bool, err error) {
	var old *pay.Authorization
	for n := range authorizationsMax {
		c.slot = c.a.authorizationID(c.v, c.who.consumer, n)
		row, err := store.Get(c.tx, store.Authorizations, string(c.slot))
		if err != nil {
			return false, err
		}
		if row == nil {
			return c.repeat(old)
		}
		old = row
	}
	return false, pay.Errorf(pay.TooLate, "too_many_attempts", "", "This checkout was confirmed too often; start it again from the shop")
}

// repeat gives the same authorization again when nothing changed; otherwise it frees the old one.
func (c *confirmation) repeat(old *pay.Authorization) (done bool, err error) {
	if old == nil {
		return false, nil
	}
	same := old.Method == c.r.Method && old.CartDigest == c.digest && old.Consent.Intent() == pay.CheckoutConsent{Version: ConsentFor(c.v.Cart.Intent)}.Intent()
	live := old.Status == pay.AuthorizationLive || old.Status == pay.AuthorizationAwaiting
	switch {
	case old.Status == pay.AuthorizationUsed && !same:
		return false, errComplete
	case old.Status == pay.AuthorizationUsed, same && live && old.ExpiresAt > c.tx.At:
		c.ans.Token, c.ans.ExpiresAt, c.ans.Decision = old.ID, old.ExpiresAt, old.DecisionID
		c.ans.Approved = old.Status != pay.AuthorizationAwaiting
		if !c.ans.Approved {
			c.ans.StepUp = "payment"
			c.ans.Demand, err = store.Get(c.tx, store.Invoices, string(old.InvoiceID))
		}
		return true, err
	case live:
		return false, c.a.dropAuthorization(c.tx, c.p, old, pay.AuthorizationReleased)
	}
	return false, nil
}

// run counts the enquiry, decides, records the decision and, on a yes, authorises.
func (c *confirmation) run() error {
	method, err := credit.ParseMethod(c.r.Method)
	if err != nil {
		return err
	}
	c.p.dropHolds(c.tx.At)
	req := c.a.request(c.m, askedAmount(&c.v.Cart), c.v.Cart.Currency, c.tx.Day, c.tx.At)
	if method.IsCredit() && !c.p.facts.Born.IsSet() {
		dec := credit.Decide(c.pol, &c.p.facts, req)
		c.ans.StepUp, c.ans.Methods = "birth_date", methodAnswers(c.m, req, &dec)
		return nil
	}
	if c.r.MonthlyFree != nil {
		c.p.declare(c.tx.Day, *c.r.MonthlyFree)
	}
	if err := c.consult(method, req); err != nil {
		return err
	}
	if method.IsCredit() {
		if step, err := c.checkFraud(&req); err != nil || step {
			return err
		}
		c.p.facts.History.Enquire(c.tx.Day, string(c.m.ID))
	}
	ruled := credit.Decide(c.pol, &c.p.facts, req)
	dec, kept := c.p.honour(c.pol, method, req, ruled)
	ok := dec.Outcome(method).OK
	row, err := c.record(req, ruled, kept, ok)
	if err != nil {
		return err
	}
	shown := c.p.facts.Promised(c.pol, req, dec)
	c.ans.Decision, c.ans.Methods = row.ID, methodAnswers(c.m, req, &shown)
	if err := c.noteCheck(row, ruled.Blockers(method)); err != nil {
		return err
	}
	if !ok {
		if !c.p.facts.Assessment.Day.IsSet() && only(dec.Blockers(method), credit.R16Affordability) {
			c.ans.StepUp = "assessment"
		}
		return c.save()
	}
	if kept.Honoured() { // of this method: a yes by another's promise is no yes here
		c.p.holdPromise(kept.Promise.ID, c.slot)
	}
	return c.grant(method, req, row.ID)
}

// save stores the person; someone new becomes findable at the desk, and to whom nothing is guaranteed yet is given that.
func (c *confirmation) save() error {
	if promised, _ := c.p.facts.Guarantee.On(c.tx.Day); promised == 0 {
		c.p.facts.RenewGuarantee(c.pol, c.tx.Day)
	}
	if c.fresh {
		c.a.queue(c.tx, JobIndex, string(c.p.row.ID), nil)
	}
	return c.p.save(c.tx)
}

// request builds the question for Decide: what this merchant offers, under which regime.
func (a *App) request(m *pay.Merchant, amount int64, cur money.Currency, day cal.Day, now pay.Micros) credit.Request {
	req := credit.Request{Day: day, NowMicros: now, Amount: amount, Currency: cur, MerchantCap: m.OrderMax}
	for _, name := range m.Methods {
		method, err := credit.ParseMethod(name)
		if err != nil {
			continue
		}
		regime, _ := pay.Regime(a.Operator(), name, amount)
		r, err := credit.ParseRegime(regime)
		if err != nil {
			continue
		}
		req.Offers[method] = credit.Offer{Enabled: true, Regime: r}
	}
	return req
}

// record stores what the rules said and, beside it, what a promise did about it.
func (c *confirmation) record(req credit.Request, dec credit.Decision, kept *credit.Kept, ok bool) (*pay.DecisionRow, error) {
	rec := credit.NewRecord(c.pol, &c.p.facts, req, dec)
	rec.Shadow = c.a.shadow(c.pol, &c.p.facts, req)
	rec.Kept = kept
	rec.Beside = c.check.record()
	plain, err := rec.MarshalBinary()
	if err != nil {
		return nil, err
	}
	row := &pay.DecisionRow{ID: pay.DecisionID(c.tx.IDIn(pay.PrefixDecision, pay.CellOf(string(c.p.row.ID)))), ConsumerID: c.p.row.ID,
		MerchantID: c.m.ID, Kind: c.kind(), Day: c.tx.Day, At: c.tx.At, Amount: req.Amount}
	if ok {
		row.Approved = 1
	}
	row.Salt, row.Link, row.Lane = c.tx.Leaf(plain)
	row.Sealed = c.p.key.Seal(string(row.ID), plain)
	store.Save(c.tx, store.Decisions, row)
	return row, nil
}

// kind tells a decision about credit, which is an enquiry, from one about paying now.
func (c *confirmation) kind() string {
	if pay.IsCredit(c.r.Method) {
		return decisionCheckout
	}
	return decisionPayNow
}

// grant is the point of no return of an approval: authorization with its consent, reservation, papers.
func (c *confirmation) grant(method credit.Method, req credit.Request, dec pay.DecisionID) error {
	cell := pay.CellOf(string(c.p.row.ID))
	regime, reason := pay.Regime(c.a.Operator(), c.r.Method, req.Amount)
	auth := &pay.Authorization{ID: c.slot, ConsumerID: c.p.row.ID, SessionID: c.v.Session.ID,
		MerchantID: c.m.ID, DecisionID: dec, Method: c.r.Method, Status: pay.AuthorizationLive, Amount: req.Amount, Currency: req.Currency,
		CreatedAt: c.tx.At, ExpiresAt: c.tx.At + pay.AuthorizationMicros, CartDigest: c.digest, Regime: regime, Reason: reason}
	lang := c.r.Language
	if lang == "" {
		lang = c.v.Cart.Language()
	}
	auth.Consent = pay.CheckoutConsent{Version: ConsentFor(c.v.Cart.Intent), Day: c.tx.Day, Way: string(c.who.way), Language: lang}
	if !method.IsCredit() {
		return c.demand(auth)
	}
	c.p.hold(credit.Hold{Ref: string(auth.ID), Kind: credit.Reservation, Amount: auth.Amount, UntilMicros: auth.ExpiresAt})
	if regime == "REGULATED" {
		auth.Document = pay.DocumentID(c.tx.IDIn(pay.PrefixDocument, cell))
	}
	store.Save(c.tx, store.Authorizations, auth)
	if c.v.Cart.URLs.Authorization != "" {
		c.a.queue(c.tx, JobAuthorized, string(auth.ID), nil)
	}
	c.ans.Approved, c.ans.Token, c.ans.ExpiresAt = true, auth.ID, auth.ExpiresAt
	return c.save()
}

// methodAnswers lists every method of the merchant with its own outcome.
func methodAnswers(m *pay.Merchant, req credit.Request, dec *credit.Decision) []MethodAnswer {
	var out []MethodAnswer
	for _, name := range m.Methods {
		method, err := credit.ParseMethod(name)
		if err != nil {
			continue
		}
		o := dec.Outcome(method)
		ma := MethodAnswer{Method: name, Offered: o.OK, Max: o.Max, Regime: req.Offers[method].Regime.String()}
		if !o.OK {
			ma.Reasons, ma.WayBack = dec.Why(method), method.IsCredit()
		}
		out = append(out, ma)
	}
	return out
}

// only reports whether nothing but this stands in the way.
func only(reasons []credit.Reason, code credit.Code) bool {
	return !slices.ContainsFunc(reasons, func(r credit.Reason) bool { return r.Code != code })
}

// bindSession notes in the session's own bucket who the buyer is and what was authorised; only that may be ordered.
// Without replace it does so only where the session names nothing yet. It returns what the session names then.
func (a *App) bindSession(ctx context.Context, v *SessionView, consumer pay.ConsumerID, token pay.AuthorizationID, replace bool) (pay.AuthorizationID, error) {
	id := v.Session.ID
	return do(ctx, a, System, "bind", Key{}, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (pay.AuthorizationID, error) {
			s, err := store.Get(tx, store.Sessions, string(id))
			if err != nil || s == nil {
				return "", err
			}
			if s.Authorization != token && (replace || s.Authorization == "") {
				s.ConsumerID, s.Authorization = consumer, token
				store.Save(tx, store.Sessions, s)
			}
			return s.Authorization, nil
		})
}

// profileOf is what a session tells about its buyer.
func profileOf(v *SessionView) pay.Profile {
	p := pay.Profile{Email: NormalEmail(v.Email), Born: v.Born}
	if v.Cart.Billing != nil {
		p.Billing, p.Phone = *v.Cart.Billing, v.Cart.Billing.Phone
	} else if v.Cart.Shipping != nil {
		p.Billing, p.Phone = *v.Cart.Shipping, v.Cart.Shipping.Phone
	}
	p.Shipping = v.Cart.Shipping
	return p
}

func sha(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

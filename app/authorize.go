package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
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
}

// AuthorizeAnswer is the outcome of a confirmation. A refusal is an answer with reasons, not an error.
type AuthorizeAnswer struct {
	Approved    bool
	Token       pay.AuthorizationID
	ExpiresAt   pay.Micros
	DeviceToken string // for the next visit on this device
	Methods     []MethodAnswer
	StepUp      string // what is missing before a decision: email_code, birth_date, assessment, payment
	Decision    pay.DecisionID
	Consumer    pay.ConsumerID
	Demand      *pay.Invoice // of a prepayment: what to transfer
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

// Authorize decides about a purchase for a buyer who proved who they are, counts the enquiry and, if the answer is yes,
// reserves the amount for the token's 60 minutes. The same confirmation again gives the same authorization.
func (a *App) Authorize(ctx context.Context, id pay.SessionID, clientToken string, r AuthorizeRequest) (*AuthorizeAnswer, error) {
	v, err := a.OpenSession(ctx, id, clientToken)
	if err != nil {
		return nil, err
	}
	if err := a.confirmable(v, r); err != nil {
		return nil, err
	}
	consumer, device, stepUp, err := a.prove(ctx, v, r)
	if err == nil && device != "" {
		stepUp, err = a.sameBuyer(ctx, v, consumer)
	}
	if err != nil || stepUp != "" {
		return &AuthorizeAnswer{StepUp: stepUp}, err
	}
	ans, err := a.decide(ctx, v, r, consumer)
	if err != nil {
		return nil, err
	}
	if device == "" {
		if ans.DeviceToken, err = a.rememberDevice(ctx, consumer); err != nil {
			return nil, err
		}
	}
	if err := a.bindSession(ctx, id, consumer, ans); err != nil {
		return nil, err
	}
	return ans, nil
}

func (a *App) confirmable(v *SessionView, r AuthorizeRequest) error {
	if _, err := a.active(v.Session.MerchantID); err != nil {
		return err
	}
	if v.Session.ExpiresAt <= a.Clock.Now() {
		return pay.Errorf(pay.TooLate, "session_expired", "", "The session has expired; start the checkout again from the shop")
	}
	if v.Status == "complete" {
		return pay.Errorf(pay.TooLate, "session_complete", "", "This purchase is complete already")
	}
	if _, err := credit.ParseMethod(r.Method); err != nil {
		return pay.Errorf(pay.Invalid, "bad_method", "payment_method", "Choose one of the payment methods that the session offers")
	}
	if !r.Consent {
		return pay.Errorf(pay.Invalid, "consent_missing", "consent", "The buyer must agree to the terms first")
	}
	return nil
}

// prove finds out which consumer the buyer is: by a device that proved it before, or by the code sent to the address.
func (a *App) prove(ctx context.Context, v *SessionView, r AuthorizeRequest) (id pay.ConsumerID, device, stepUp string, err error) {
	if r.DeviceToken != "" {
		if id, err = a.deviceOwner(ctx, r.DeviceToken); err != nil || id != "" {
			return id, r.DeviceToken, "", err
		}
	}
	if r.EmailCode == "" || v.Email == "" {
		return "", "", "email_code", nil
	}
	if err := a.useCode(ctx, v, strings.TrimSpace(r.EmailCode)); err == errWrongCode {
		return "", "", "email_code", nil
	} else if err != nil {
		return "", "", "", err
	}
	if id, err = a.claim(ctx, v.Email); err != nil {
		return "", "", "", err
	}
	return id, "", "", nil
}

// sameBuyer guards a device whose consumer never bought: its address must be the one of this session.
func (a *App) sameBuyer(ctx context.Context, v *SessionView, id pay.ConsumerID) (stepUp string, err error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil || row != nil {
		return "", err
	}
	owner, err := a.ConsumerByEmail(ctx, v.Email)
	if err == nil && owner != id {
		return "email_code", nil
	}
	return "", err
}

// deviceOwner returns the consumer of a device token, or nothing when it is unknown or too old.
func (a *App) deviceOwner(ctx context.Context, token string) (pay.ConsumerID, error) {
	id, ok := tokenConsumer(token)
	if !ok {
		return "", nil
	}
	d, err := store.Load(ctx, a.DB, store.Devices, bucketOf(id), a.Vault.Index("device", token))
	if err != nil || d == nil || d.ExpiresAt <= a.Clock.Now() || d.ConsumerID != id {
		return "", err
	}
	return a.survivor(ctx, id)
}

// A device token is its consumer's bare id and a secret, so that it finds its row without a look-up elsewhere.
func tokenConsumer(token string) (pay.ConsumerID, bool) {
	bare, _, ok := strings.Cut(token, ".")
	if !ok {
		return "", false
	}
	return pay.ParseID[pay.ConsumerID](pay.PrefixConsumer, bare)
}

// deviceMicros is how long a device is remembered: 180 days.
const deviceMicros pay.Micros = 180 * 24 * 3600 * 1e6

func (a *App) rememberDevice(ctx context.Context, id pay.ConsumerID) (string, error) {
	token := pay.Bare(id) + "." + vault.Token()
	return do(ctx, a, System, "device", Key{}, store.Unit{Bucket: bucketOf(id)}, func(tx *store.Tx) (string, error) {
		store.Save(tx, store.Devices, &pay.Device{Bucket: tx.Bucket, Digest: a.Vault.Index("device", token), ConsumerID: id, CreatedAt: tx.At, ExpiresAt: tx.At + deviceMicros})
		return token, nil
	})
}

// decide runs the decision in the consumer's bucket.
func (a *App) decide(ctx context.Context, v *SessionView, r AuthorizeRequest, id pay.ConsumerID) (*AuthorizeAnswer, error) {
	m := a.merchant(v.Session.MerchantID)
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}
	prior := v.Session.Authorization
	if prior != "" && bucketOf(prior) == b {
		u.Load = append(u.Load, store.Authorizations.At(b, string(prior)))
	} else {
		prior = ""
	}
	fresh := false
	ans, err := do(ctx, a, System, "authorize", Key{}, u, func(tx *store.Tx) (*AuthorizeAnswer, error) {
		c := &confirmation{a: a, tx: tx, v: v, r: r, m: m}
		var err error
		if fresh, err = c.meet(id); err != nil {
			return nil, err
		}
		if c.ans.StepUp != "" {
			return &c.ans, nil
		}
		if prior != "" {
			if again, err := c.repeat(prior); err != nil || again != nil {
				return again, err
			}
		}
		return c.run()
	})
	if err == nil && fresh && ans.Consumer != "" {
		err = a.index(ctx, id, profileOf(v))
	}
	return ans, err
}

// confirmation is one run of Authorize inside its unit of work.
type confirmation struct {
	a   *App
	tx  *store.Tx
	v   *SessionView
	r   AuthorizeRequest
	m   *pay.Merchant
	p   *person
	pol *credit.Policy
	ans AuthorizeAnswer
}

// meet opens the consumer or makes one whose address was just proved.
func (c *confirmation) meet(id pay.ConsumerID) (fresh bool, err error) {
	if c.pol, err = c.a.Policy(c.tx.Day); err != nil {
		return false, err
	}
	row, err := store.Get(c.tx, store.Consumers, string(id))
	if err != nil {
		return false, err
	}
	if row != nil {
		if c.p, err = c.a.openPerson(row); err != nil {
			return false, err
		}
		if c.p.facts.Born.IsSet() && c.v.Born.IsSet() && c.p.facts.Born != c.v.Born {
			c.ans.StepUp = "birth_date"
		}
		return false, nil
	}
	if !c.v.Born.IsSet() {
		c.ans.StepUp = "birth_date"
		return false, nil
	}
	market, _ := pay.MarketOf(strings.ToUpper(c.v.Cart.Country))
	c.p, err = c.a.newPerson(c.tx, id, market, profileOf(c.v), c.v.Cart.Language())
	return true, err
}

// repeat gives the same live authorization again when nothing changed; otherwise it frees the old one.
func (c *confirmation) repeat(prior pay.AuthorizationID) (*AuthorizeAnswer, error) {
	old, err := store.Get(c.tx, store.Authorizations, string(prior))
	if err != nil || old == nil || old.ConsumerID != c.p.row.ID || old.Status != pay.AuthorizationLive && old.Status != pay.AuthorizationAwaiting {
		return nil, err
	}
	same := old.Method == c.r.Method && old.CartDigest == c.v.Cart.Digest() && old.ExpiresAt > c.tx.At
	if same && old.Status == pay.AuthorizationLive {
		c.ans.Approved, c.ans.Token, c.ans.ExpiresAt = true, old.ID, old.ExpiresAt
		c.ans.Consumer, c.ans.Decision = c.p.row.ID, old.DecisionID
		return &c.ans, nil
	}
	if same {
		inv, err := store.Get(c.tx, store.Invoices, string(old.InvoiceID))
		if err != nil {
			return nil, err
		}
		c.ans.StepUp, c.ans.Demand, c.ans.Consumer = "payment", inv, c.p.row.ID
		return &c.ans, nil
	}
	old.Status = pay.AuthorizationReleased
	store.Save(c.tx, store.Authorizations, old)
	c.p.unhold(string(old.ID))
	return nil, nil
}

// run counts the enquiry, decides, records the decision and, on a yes, authorises.
func (c *confirmation) run() (*AuthorizeAnswer, error) {
	method, err := credit.ParseMethod(c.r.Method)
	if err != nil {
		return nil, err
	}
	c.p.dropHolds(c.tx.At)
	if c.r.MonthlyFree != nil {
		c.p.facts.Assessment = credit.Assessment{Day: c.tx.Day, FreeMonthly: *c.r.MonthlyFree}
	}
	if method.IsCredit() {
		c.p.facts.History.Enquire(c.tx.Day, string(c.m.ID))
	}
	req := c.a.request(c.m, c.v.Cart.Amount, c.v.Cart.Currency, c.tx.Day, c.tx.At)
	dec := credit.Decide(c.pol, &c.p.facts, req)
	ok := dec.Outcome(method).OK
	row, err := c.record(req, dec, ok)
	if err != nil {
		return nil, err
	}
	c.ans.Consumer, c.ans.Decision = c.p.row.ID, row.ID
	c.ans.Methods = methodAnswers(c.m, req, &dec)
	if !ok {
		if blocked(dec.Blockers(method), credit.R16Affordability) && !c.p.facts.Assessment.Day.IsSet() {
			c.ans.StepUp = "assessment"
		}
		return &c.ans, c.p.save(c.tx)
	}
	return &c.ans, c.grant(method, req, row.ID)
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

func (c *confirmation) record(req credit.Request, dec credit.Decision, ok bool) (*pay.DecisionRow, error) {
	rec := credit.NewRecord(c.pol, &c.p.facts, req, dec)
	plain, err := rec.MarshalBinary()
	if err != nil {
		return nil, err
	}
	row := &pay.DecisionRow{ID: pay.DecisionID(c.tx.IDIn(pay.PrefixDecision, pay.CellOf(string(c.p.row.ID)))), ConsumerID: c.p.row.ID,
		MerchantID: c.m.ID, Kind: "checkout", Day: c.tx.Day, At: c.tx.At, Amount: req.Amount}
	if ok {
		row.Approved = 1
	}
	row.Salt, row.Link, row.Lane = c.tx.Leaf(plain)
	row.Sealed = c.p.key.Seal(string(row.ID), plain)
	store.Save(c.tx, store.Decisions, row)
	return row, nil
}

// grant is the point of no return of an approval: authorization, reservation, consent, papers.
func (c *confirmation) grant(method credit.Method, req credit.Request, dec pay.DecisionID) error {
	cell := pay.CellOf(string(c.p.row.ID))
	regime, reason := pay.Regime(c.a.Operator(), c.r.Method, req.Amount)
	auth := &pay.Authorization{ID: pay.AuthorizationID(c.tx.IDIn(pay.PrefixAuthorization, cell)), ConsumerID: c.p.row.ID, SessionID: c.v.Session.ID,
		MerchantID: c.m.ID, DecisionID: dec, Method: c.r.Method, Status: pay.AuthorizationLive, Amount: req.Amount, Currency: req.Currency,
		CreatedAt: c.tx.At, ExpiresAt: c.tx.At + pay.AuthorizationMicros, CartDigest: c.v.Cart.Digest(), Regime: regime, Reason: reason, Consent: ConsentVersion}
	store.Save(c.tx, store.Consents, &pay.Consent{ID: c.tx.IDIn("cst", cell), ConsumerID: c.p.row.ID, Kind: "checkout", Version: ConsentVersion, Ref: string(auth.ID), At: c.tx.At})
	if !method.IsCredit() {
		return c.demand(auth)
	}
	c.p.hold(credit.Hold{Ref: string(auth.ID), Kind: credit.Reservation, Amount: auth.Amount, UntilMicros: auth.ExpiresAt})
	if regime == "REGULATED" {
		auth.Document = pay.DocumentID(c.tx.IDIn(pay.PrefixDocument, cell))
	}
	store.Save(c.tx, store.Authorizations, auth)
	c.ans.Approved, c.ans.Token, c.ans.ExpiresAt = true, auth.ID, auth.ExpiresAt
	return c.p.save(c.tx)
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

func blocked(reasons []credit.Reason, code credit.Code) bool {
	for _, r := range reasons {
		if r.Code == code {
			return true
		}
	}
	return false
}

// bindSession notes in the session's own bucket who the buyer is and what was authorised.
func (a *App) bindSession(ctx context.Context, id pay.SessionID, consumer pay.ConsumerID, ans *AuthorizeAnswer) error {
	_, err := do(ctx, a, System, "bind", Key{}, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (struct{}, error) {
			s, err := store.Get(tx, store.Sessions, string(id))
			if err != nil || s == nil {
				return struct{}{}, err
			}
			s.ConsumerID = consumer
			if ans.Token != "" {
				s.Authorization = ans.Token
			}
			s.CodeMAC = "" // a code works once
			store.Save(tx, store.Sessions, s)
			return struct{}{}, nil
		})
	return err
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

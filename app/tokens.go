package app

import (
	"cmp"
	"context"

	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

var (
	errNoCustomerToken = pay.Errorf(pay.Missing, "no_such_customer_token", "", "There is no such customer token")
	errTokenOver       = pay.Errorf(pay.Refused, "not_allowed", "", "Not allowed: the customer token is cancelled; ask the buyer for a new one")
	errNotTokenised    = pay.Errorf(pay.Refused, "not_allowed", "", "Not allowed: the buyer gave no permission for recurring orders; open a session with an intent that asks for it")
	errTokeniseOnly    = pay.Errorf(pay.Refused, "not_allowed", "", "Not allowed: this authorization is for a customer token and not for an order")
)

// CustomerTokenView is a permission for recurring orders with its terms opened.
type CustomerTokenView struct {
	Token pay.CustomerToken
	Terms pay.TokenTerms
	Shop  string
}

// TokenRequest is what a shop says when it asks for a customer token.
type TokenRequest struct {
	Terms    pay.TokenTerms // only Description must be stated
	Currency money.Currency
}

// CreateCustomerToken turns a buyer's confirmation into a permission for recurring orders. Only a confirmation whose buyer
// read and ticked the text about recurring orders gives one. The same authorization again gives the same token.
func (a *App) CreateCustomerToken(ctx context.Context, who Actor, key Key, token pay.AuthorizationID, r TokenRequest) (*CustomerTokenView, error) {
	if _, err := a.active(who.Merchant); err != nil {
		return nil, err
	}
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, token)
	if err != nil {
		return nil, err
	}
	if auth == nil || !who.owns(auth.MerchantID) {
		return nil, errNoToken
	}
	if auth.Consent.Intent() == pay.IntentBuy || !pay.IsCredit(auth.Method) {
		return nil, errNotTokenised
	}
	s, err := store.LoadID(ctx, a.DB, store.Sessions, auth.SessionID)
	if err != nil {
		return nil, err
	}
	if s == nil || s.Authorization != auth.ID {
		return nil, errNoToken
	}
	said, err := a.seenCheckout(s)
	if err != nil {
		return nil, err
	}
	if err := completeTerms(&r, &said.Cart); err != nil {
		return nil, err
	}
	b, id := bucketOf(token), a.customerTokenID(token)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Authorizations.At(b, string(token)), store.CustomerTokens.At(b, string(id)), store.Consumers.At(b, string(auth.ConsumerID))}}
	row, err := do(ctx, a, who, "customer-token", key, u, func(tx *store.Tx) (*pay.CustomerToken, error) {
		return a.createToken(tx, token, id, r)
	})
	if err != nil {
		return nil, err
	}
	p, err := a.readPerson(ctx, row.ConsumerID)
	if err != nil {
		return nil, err
	}
	terms, err := open[pay.TokenTerms](p.key, string(id), row.Sealed)
	return &CustomerTokenView{Token: *row, Terms: terms}, err
}

// completeTerms compares the request with what was confirmed and takes from that what it leaves out.
func completeTerms(r *TokenRequest, cart *pay.Cart) error {
	t := &r.Terms
	t.Country, t.Locale, r.Currency = cmp.Or(t.Country, cart.Country), cmp.Or(t.Locale, cart.Locale), cmp.Or(r.Currency, cart.Currency)
	field := ""
	switch {
	case t.Country != cart.Country:
		field = "purchase_country"
	case r.Currency != cart.Currency:
		field = "purchase_currency"
	case t.Billing != nil && (cart.Billing == nil || *t.Billing != *cart.Billing):
		field = "billing_address"
	}
	if field != "" {
		return pay.Errorf(pay.Conflict, "token_differs", field, "The token differs from what was authorised; authorise again")
	}
	t.Stated = t.Buyer
	t.Billing, t.Shipping = cart.Billing, cart.Shipping
	if cart.Buyer != nil {
		t.Buyer = cart.Buyer
	}
	return nil
}

func (a *App) createToken(tx *store.Tx, token pay.AuthorizationID, id pay.CustomerTokenID, r TokenRequest) (*pay.CustomerToken, error) {
	auth, err := store.Get(tx, store.Authorizations, string(token))
	if err != nil {
		return nil, err
	}
	p, err := a.person(tx, auth.ConsumerID)
	if err != nil {
		return nil, err
	}
	row, err := store.Get(tx, store.CustomerTokens, string(id))
	if err != nil {
		return nil, err
	}
	if row != nil {
		return row, nil
	}
	if auth.Status != pay.AuthorizationLive && auth.Status != pay.AuthorizationUsed || auth.ExpiresAt <= tx.At {
		return nil, errNoToken
	}
	row = &pay.CustomerToken{ID: id, ConsumerID: auth.ConsumerID, MerchantID: auth.MerchantID, AuthorizationID: token, Method: auth.Method,
		Status: pay.TokenActive, Currency: r.Currency, CreatedAt: tx.At, Consent: auth.Consent}
	row.Sealed = p.seal(string(id), r.Terms)
	store.Save(tx, store.CustomerTokens, row)
	tx.Audit(string(auth.MerchantID), "customer_token", string(auth.ConsumerID), string(id))
	if auth.Consent.Intent() != pay.IntentTokenize {
		return row, nil
	}
	auth.Status = pay.AuthorizationUsed // nothing was bought: the reservation ends here
	store.Save(tx, store.Authorizations, auth)
	p.unhold(string(auth.ID))
	return row, p.save(tx)
}

// customerTokenID is the id of the token of an authorization: fixed before it exists, so one confirmation never gives two.
func (a *App) customerTokenID(token pay.AuthorizationID) pay.CustomerTokenID {
	var random [8]byte
	copy(random[:], a.Vault.Secret("customer-token:"+string(token)))
	return pay.CustomerTokenID(pay.MintID(pay.PrefixCustomerToken, pay.CellOf(string(token)), pay.InstantOf(token), random))
}

// ReadCustomerToken returns a token to its merchant.
func (a *App) ReadCustomerToken(ctx context.Context, who Actor, id pay.CustomerTokenID) (*pay.CustomerToken, error) {
	t, err := store.LoadID(ctx, a.DB, store.CustomerTokens, id)
	if err != nil {
		return nil, err
	}
	if t == nil || !who.owns(t.MerchantID) && !who.is(t.ConsumerID) {
		return nil, errNoCustomerToken
	}
	return t, nil
}

// CancelCustomerToken ends a permission for recurring orders: by its shop, or by the consumer who gave it. Orders that were
// placed stay. Cancelling again changes nothing.
func (a *App) CancelCustomerToken(ctx context.Context, who Actor, key Key, id pay.CustomerTokenID) error {
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.CustomerTokens.At(b, string(id))}}
	_, err := do(ctx, a, who, "cancel-token", key, u, func(tx *store.Tx) (struct{}, error) {
		t, err := store.Get(tx, store.CustomerTokens, string(id))
		if err != nil {
			return struct{}{}, err
		}
		if t == nil || !who.owns(t.MerchantID) && !who.is(t.ConsumerID) {
			return struct{}{}, errNoCustomerToken
		}
		by := pay.EndedByMerchant
		if who.is(t.ConsumerID) {
			by = pay.EndedByConsumer
		}
		if t.Cancel(by, tx.At) {
			store.Save(tx, store.CustomerTokens, t)
			tx.Audit(who.String(), "customer_token_cancelled", string(t.ConsumerID), string(id))
		}
		return struct{}{}, nil
	})
	return err
}

// tokensMax bounds how many permissions a consumer sees.
const tokensMax = 100

// CustomerTokens returns the permissions that the actor, a consumer, gave to shops, newest first.
func (a *App) CustomerTokens(ctx context.Context, who Actor) ([]CustomerTokenView, error) {
	p, _, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	rows, err := a.DB.TokensOf(ctx, who.Consumer, tokensMax)
	if err != nil {
		return nil, err
	}
	var out []CustomerTokenView
	for _, t := range rows {
		terms, err := open[pay.TokenTerms](p.key, string(t.ID), t.Sealed)
		if err != nil {
			return nil, err
		}
		out = append(out, CustomerTokenView{Token: *t, Terms: terms, Shop: a.MerchantName(t.MerchantID)})
	}
	return out, nil
}

// TokenOrder is the outcome of a recurring order: the order, or a refusal that a decision record explains.
type TokenOrder struct {
	Order   *pay.Order
	Company bool // a company buys
	Refused bool
}

// PlaceTokenOrder places a recurring order. It is decided like any purchase, on its own day, and makes its own record; a
// refusal is an answer. Without a key the same request within a day gives the same order.
func (a *App) PlaceTokenOrder(ctx context.Context, who Actor, key Key, id pay.CustomerTokenID, cart pay.Cart) (*TokenOrder, error) {
	if _, err := a.active(who.Merchant); err != nil {
		return nil, err
	}
	t, err := a.ReadCustomerToken(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if key.Value == "" {
		if t.Status != pay.TokenActive {
			return nil, errTokenOver
		}
		key.Value = "request:" + key.Hash
	}
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.CustomerTokens.At(b, string(id)), store.Consumers.At(b, string(t.ConsumerID))}}
	if cart.AutoCapture {
		u.Load = append(u.Load, store.Series.At(b, "invoice"))
	}
	return do(ctx, a, who, "token-order", key, u, func(tx *store.Tx) (*TokenOrder, error) {
		t, err := store.Get(tx, store.CustomerTokens, string(id))
		if err != nil {
			return nil, err
		}
		p, err := a.person(tx, t.ConsumerID)
		if err != nil {
			return nil, err
		}
		if t.Status != pay.TokenActive || p.row.MergedInto != "" {
			return nil, errTokenOver
		}
		return a.tokenOrder(tx, p, t, cart)
	})
}

// tokenOrder decides about one recurring order and, on a yes, places it on an authorization of its own.
func (a *App) tokenOrder(tx *store.Tx, p *person, t *pay.CustomerToken, cart pay.Cart) (*TokenOrder, error) {
	m := a.merchant(t.MerchantID)
	terms, err := open[pay.TokenTerms](p.key, string(t.ID), t.Sealed)
	if err != nil {
		return nil, err
	}
	if cart.Currency != t.Currency {
		return nil, pay.Errorf(pay.Invalid, "bad_value", "purchase_currency", "The customer token is for %s", t.Currency)
	}
	cart.Country, cart.Locale, cart.Billing, cart.Buyer = terms.Country, terms.Locale, terms.Billing, terms.Buyer
	if cart.Shipping == nil {
		cart.Shipping = terms.Shipping
	} else if err := a.mayDeliver(p, cart.Shipping); err != nil {
		return nil, err
	}
	row, ok, err := a.decideAlone(tx, p, m, t.Method, "recurring", cart.Amount, cart.Currency)
	if err != nil {
		return nil, err
	}
	if !ok {
		return &TokenOrder{Refused: true}, p.save(tx)
	}
	regime, reason := pay.Regime(a.Operator(), t.Method, cart.Amount)
	cell := pay.CellOf(string(t.ID))
	auth := &pay.Authorization{ID: pay.AuthorizationID(tx.IDIn(pay.PrefixAuthorization, cell)), ConsumerID: t.ConsumerID, MerchantID: t.MerchantID,
		DecisionID: row.ID, Method: t.Method, Status: pay.AuthorizationLive, Amount: cart.Amount, Currency: cart.Currency, CreatedAt: tx.At,
		ExpiresAt: tx.At + pay.AuthorizationMicros, CartDigest: cart.Digest(), Regime: regime, Reason: reason, Consent: t.Consent}
	if regime == "REGULATED" {
		auth.Document = pay.DocumentID(tx.IDIn(pay.PrefixDocument, cell))
	}
	o, err := a.orderOn(tx, p, auth, cart)
	return &TokenOrder{Order: o, Company: cart.Buyer.IsOrganization()}, err
}

// decideAlone asks for a decision that no buyer waits for, about one method, and stores its record. It is no enquiry of theirs.
func (a *App) decideAlone(tx *store.Tx, p *person, m *pay.Merchant, method, kind string, amount int64, cur cur) (*pay.DecisionRow, bool, error) {
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return nil, false, err
	}
	way, err := credit.ParseMethod(method)
	if err != nil {
		return nil, false, err
	}
	p.dropHolds(tx.At)
	req := a.request(m, amount, cur, tx.Day, tx.At)
	a.stopShop(m, &req)
	if err := a.bound(p, &req); err != nil {
		return nil, false, err
	}
	dec := credit.Decide(pol, &p.facts, req)
	c := &confirmation{a: a, tx: tx, m: m, p: p, pol: pol}
	row, err := c.record(req, dec, nil, dec.Outcome(way).OK)
	if err != nil {
		return nil, false, err
	}
	row.Kind = kind
	store.Save(tx, store.Decisions, row)
	return row, row.Approved == 1, nil
}

package app

import (
	"context"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// ProveEmail checks the code that was sent to the buyer and returns a device token that proves it from now on.
// A wrong code is Refused with code wrong_code.
func (a *App) ProveEmail(ctx context.Context, id pay.SessionID, clientToken, code string) (string, error) {
	v, err := a.OpenSession(ctx, id, clientToken)
	if err != nil {
		return "", err
	}
	if v.Email == "" {
		return "", pay.Errorf(pay.Invalid, "bad_email", "email", "Enter your e-mail address first")
	}
	test, err := a.useCode(ctx, v, strings.TrimSpace(code))
	if err != nil {
		return "", err
	}
	consumer, err := a.claim(ctx, v.Email)
	if err != nil {
		return "", err
	}
	return do(ctx, a, System, "device", Key{}, store.Unit{Bucket: bucketOf(consumer)}, func(tx *store.Tx) (string, error) {
		return a.device(tx, consumer, test), nil
	})
}

// Offer answers what Authorize would answer for each method, for a buyer whose device proved who they are.
// It counts no enquiry, stores nothing and reserves nothing; the enquiry to come is part of the answer.
func (a *App) Offer(ctx context.Context, id pay.SessionID, clientToken, deviceToken string, monthlyFree *int64) (*AuthorizeAnswer, error) {
	v, err := a.OpenSession(ctx, id, clientToken)
	if err != nil {
		return nil, err
	}
	m, err := a.active(v.Session.MerchantID)
	if err != nil {
		return nil, err
	}
	consumer, since, err := a.deviceBuyer(ctx, v, deviceToken)
	if err != nil || consumer == "" {
		return &AuthorizeAnswer{StepUp: "email_code"}, err
	}
	if consumer, err = a.survivor(ctx, consumer); err != nil {
		return nil, err
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	p, stepUp, err := a.visitor(ctx, v, consumer, day)
	if err != nil || stepUp != "" {
		return &AuthorizeAnswer{StepUp: stepUp, Consumer: consumer}, err
	}
	pol, err := a.Policy(day)
	if err != nil {
		return nil, err
	}
	if monthlyFree != nil {
		p.declare(day, *monthlyFree)
	}
	p.facts.AssumeSources(pol, day) // nobody is asked before the purchase is confirmed
	p.facts.History.Enquire(day, string(m.ID))
	m = offering(m, &v.Cart)
	req := a.request(m, askedAmount(&v.Cart), v.Cart.Currency, day, a.Clock.Now())
	x := purchase{v: v, who: proof{consumer: consumer, way: document.ByDevice, since: since}, m: m, p: p, fresh: p.row.Profile == nil, device: deviceToken, day: day, now: req.NowMicros}
	if stepUp, err = a.foresee(ctx, &x, &req); err != nil || stepUp != "" {
		return &AuthorizeAnswer{StepUp: stepUp, Consumer: consumer}, err
	}
	dec := p.facts.Promised(pol, req, credit.Decide(pol, &p.facts, req))
	return &AuthorizeAnswer{Consumer: consumer, Methods: methodAnswers(m, req, &dec)}, nil
}

// visitor opens a consumer, or makes a new one, without storing anything.
func (a *App) visitor(ctx context.Context, v *SessionView, id pay.ConsumerID, day cal.Day) (p *person, stepUp string, err error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return nil, "", err
	}
	if row != nil {
		p, err = a.openPerson(row)
	} else {
		market, _ := pay.MarketOf(strings.ToUpper(v.Cart.Country))
		p, err = a.newPerson(&store.Tx{At: a.Clock.Now(), Day: day}, id, market, profileOf(v), v.Cart.Language())
	}
	if err != nil {
		return nil, "", err
	}
	if v.Born.IsSet() && p.facts.Born.IsSet() && v.Born != p.facts.Born || !v.Born.IsSet() && !p.facts.Born.IsSet() {
		return nil, "birth_date", nil
	}
	if !p.facts.Born.IsSet() {
		p.facts.Born = v.Born
	}
	return p, "", nil
}

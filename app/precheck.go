package app

import (
	"context"
	"strings"

	"zahlziel/credit"
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
	if err := a.useCode(ctx, v, strings.TrimSpace(code)); err != nil {
		return "", err
	}
	consumer, err := a.claim(ctx, v.Email)
	if err != nil {
		return "", err
	}
	return a.rememberDevice(ctx, consumer)
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
	consumer, err := a.deviceOwner(ctx, deviceToken)
	if err != nil || consumer == "" {
		return &AuthorizeAnswer{StepUp: "email_code"}, err
	}
	f, stepUp, err := a.offerFacts(ctx, v, consumer)
	if err != nil || stepUp != "" {
		return &AuthorizeAnswer{StepUp: stepUp, Consumer: consumer}, err
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	pol, err := a.Policy(day)
	if err != nil {
		return nil, err
	}
	if monthlyFree != nil {
		f.Assessment = credit.Assessment{Day: day, FreeMonthly: *monthlyFree}
	}
	f.History.Enquire(day, string(m.ID))
	req := a.request(m, v.Cart.Amount, v.Cart.Currency, day, a.Clock.Now())
	dec := credit.Decide(pol, f, req)
	return &AuthorizeAnswer{Consumer: consumer, Methods: methodAnswers(m, req, &dec)}, nil
}

// offerFacts reads a consumer's facts, or makes those of a new one, without storing anything.
func (a *App) offerFacts(ctx context.Context, v *SessionView, id pay.ConsumerID) (*credit.Facts, string, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return nil, "", err
	}
	if row != nil {
		p, err := a.openPerson(row)
		if err != nil {
			return nil, "", err
		}
		if v.Born.IsSet() && p.facts.Born.IsSet() && v.Born != p.facts.Born {
			return nil, "birth_date", nil
		}
		return &p.facts, "", nil
	}
	if !v.Born.IsSet() {
		return nil, "birth_date", nil
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, "", err
	}
	market, _ := pay.MarketOf(strings.ToUpper(v.Cart.Country))
	p, err := a.newPerson(&store.Tx{At: a.Clock.Now(), Day: day}, id, market, profileOf(v), v.Cart.Language())
	if err != nil {
		return nil, "", err
	}
	return &p.facts, "", nil
}

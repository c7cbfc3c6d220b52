package app

import (
	"context"
	"strconv"

	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// ShopOutcome is all that a shop may know about a method before a purchase: yes or no, for how much, and where the buyer
// goes on. It names no reason, no limit and no points.
type ShopOutcome struct {
	Method string
	OK     bool
	Amount int64  // that is possible: the purchase, or 0
	Next   string // where it is not possible on credit: the page of ours that shows the buyer, and nobody else, why and the way back
}

// PreDecision answers a shop which methods a purchase of its own could take. Until the buyer has proved on our origin who
// they are it says what this shop offers at this amount and nothing about a person. It counts no enquiry and stores nothing.
func (a *App) PreDecision(ctx context.Context, who Actor, id pay.SessionID) ([]ShopOutcome, error) {
	m, err := a.active(who.Merchant)
	if err != nil {
		return nil, err
	}
	v, err := a.ReadSession(ctx, who, id)
	if err != nil {
		return nil, err
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	pol, err := a.Policy(day)
	if err != nil {
		return nil, err
	}
	req := a.request(m, v.Cart.Amount, v.Cart.Currency, day, a.Clock.Now())
	dec, err := a.shopsView(ctx, m, v, pol, req)
	if err != nil {
		return nil, err
	}
	var out []ShopOutcome
	for _, ans := range methodAnswers(m, req, dec) {
		o := ShopOutcome{Method: ans.Method, OK: ans.Offered}
		switch {
		case o.OK:
			o.Amount = v.Cart.Amount
		case pay.IsCredit(ans.Method):
			o.Next = a.BaseURL + "/me/way-back/" + ans.Method + "/" + strconv.FormatInt(v.Cart.Amount, 10)
		}
		out = append(out, o)
	}
	return out, nil
}

// shopsView decides about the session's buyer, or about somebody of whom nothing speaks against anything.
func (a *App) shopsView(ctx context.Context, m *pay.Merchant, v *SessionView, pol *credit.Policy, req credit.Request) (*credit.Decision, error) {
	a.stopShop(m, &req)
	if v.Session.ConsumerID == "" {
		dec := credit.Decide(pol, a.flawless(req), req)
		return &dec, nil
	}
	row, err := store.LoadID(ctx, a.DB, store.Consumers, v.Session.ConsumerID)
	if err != nil {
		return nil, err
	}
	if row == nil {
		dec := credit.Decide(pol, a.flawless(req), req)
		return &dec, nil
	}
	p, err := a.openPerson(row)
	if err != nil {
		return nil, err
	}
	if err := a.bound(p, &req); err != nil {
		return nil, err
	}
	p.facts.History.Enquire(req.Day, string(m.ID))
	dec := p.facts.Promised(pol, req, credit.Decide(pol, &p.facts, req))
	return &dec, nil
}

// flawless are the facts of a buyer whom every method of a shop takes up to the highest limit.
func (a *App) flawless(req credit.Request) *credit.Facts {
	f := credit.NewFacts("de", req.Currency)
	long := req.Day - 3*365
	f.Born, f.Opened, f.Email, f.Bank, f.Identity, f.DirectDebit = req.Day-40*365, long, long, long, long, long
	f.Address, f.Sanctions = credit.Address{Level: 2, Day: long}, credit.Clear
	f.Assessment = credit.Assessment{Day: req.Day, FreeMonthly: freeMax}
	f.History.OnTimeEver, f.History.Largest = true, freeMax
	for n := range 12 {
		f.History.OnTime = append(f.History.OnTime, credit.OnTime{No: "-", Merchant: credit.MerchantKey(string(rune('a' + n))), Due: req.Day - 200, From: req.Day - 170, Amount: freeMax})
	}
	return &f
}

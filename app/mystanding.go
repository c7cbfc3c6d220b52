package app

import (
	"context"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// MyStanding is everything on a person's own page: the standing, and what to do about it.
type MyStanding struct {
	*Standing
	Ladder    []Ladder
	Way       *WayBack // to the first amount of the first method that is closed today; nil: every method is open
	Promises  []PromiseView
	Items     []credit.Item     // open ones that a person may consider paying
	Verify    []credit.StepKind // what is not confirmed yet and can be
	Decisions []DecisionLine    // the newest
}

// Ladder says from which day on each amount becomes possible with a method, everything paid and confirmed.
type Ladder struct {
	Method string
	Rungs  []credit.Rung
}

// ladderAmounts are the amounts that the ladder answers for, in minor units.
var ladderAmounts = []int64{50_00, 100_00, 250_00, 500_00, 1000_00}

// decisionsShown is how many decisions the page lists.
const decisionsShown = 5

// MyStanding returns the actor's own. It is no enquiry and leaves no decision. With plans it computes a way back, too.
func (a *App) MyStanding(ctx context.Context, who Actor, plans bool) (*MyStanding, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	s, err := a.standing(p, day)
	if err != nil {
		return nil, err
	}
	o, err := a.outlook(p, day)
	if err != nil {
		return nil, err
	}
	m := &MyStanding{Standing: s, Items: o.payable(), Verify: o.unconfirmed()}
	if plans {
		m.Ladder = o.ladder(s)
		if m.Way, err = a.firstWay(ctx, p, s); err != nil {
			return nil, err
		}
	}
	if m.Promises, err = a.Promises(ctx, who); err != nil {
		return nil, err
	}
	rows, err := a.DB.DecisionsOf(ctx, who.Consumer, decisionsShown)
	for _, d := range rows {
		d.Sealed, d.Salt = nil, nil
		m.Decisions = append(m.Decisions, DecisionLine{*d, a.MerchantName(d.MerchantID)})
	}
	return m, err
}

// firstWay is the way back to the smallest rung of the first method that is closed.
func (a *App) firstWay(ctx context.Context, p *person, s *Standing) (*WayBack, error) {
	for _, m := range s.Methods {
		if m.Max == 0 {
			return a.wayBack(ctx, p, s, m.Method, min(max(ladderAmounts[0], m.Min), s.Most), cal.NoDay)
		}
	}
	return nil, nil
}

func (o *outlook) ladder(s *Standing) []Ladder {
	var out []Ladder
	for _, m := range s.Methods {
		method, err := credit.ParseMethod(m.Method)
		if err != nil {
			continue
		}
		var amounts []int64
		for _, amount := range ladderAmounts {
			if amount >= m.Min && amount <= s.Most {
				amounts = append(amounts, amount)
			}
		}
		goal := credit.Goal{Method: method, Request: o.req, PayBy: payBy(o.policy, o.day)}
		out = append(out, Ladder{m.Method, credit.Ladder(o.policy, o.facts, goal, amounts)})
	}
	return out
}

// payable are the open items that may be asked for.
func (o *outlook) payable() []credit.Item {
	var out []credit.Item
	for _, it := range o.facts.Open {
		if it.Flags&(credit.Insolvent|credit.Barred|credit.Sold) == 0 && it.Open > it.Disputed {
			out = append(out, it)
		}
	}
	return out
}

// confirmable are the things that a person can confirm, as plans name them.
var confirmable = []credit.StepKind{credit.VerifyEmail, credit.VerifyAddress, credit.VerifyBank, credit.VerifyIdentity, credit.SetDirectDebit}

func (o *outlook) unconfirmed() []credit.StepKind {
	f := o.facts
	done := map[credit.StepKind]bool{credit.VerifyEmail: f.Email.IsSet(), credit.VerifyAddress: f.Address.Level >= 2,
		credit.VerifyBank: f.Bank.IsSet(), credit.VerifyIdentity: f.Identity.IsSet(), credit.SetDirectDebit: f.DirectDebit.IsSet()}
	return slices.DeleteFunc(slices.Clone(confirmable), func(k credit.StepKind) bool { return done[k] })
}

// Choice is what a person considers doing.
type Choice struct {
	Pay    []ChoicePayment
	Verify []string // VERIFY_EMAIL and the like
	Day    cal.Day  // to look at; NoDay: today
}

// ChoicePayment is an amount on an invoice; 0 is all that is open.
type ChoicePayment struct {
	Invoice pay.InvoiceID
	Amount  int64
}

// Simulation is what the decision would say today, and on a day without and with what a person considers doing.
type Simulation struct {
	Currency money.Currency
	Best     int32 // points that anyone can have
	Methods  []string
	Now      credit.Outcomes
	Idle     credit.Outcomes
	Then     credit.Outcomes
}

// Max is the most that a method would approve in one of the outcomes; 0 is nothing.
func (s *Simulation) Max(o credit.Outcomes, method string) int64 {
	m, err := credit.ParseMethod(method)
	if err != nil {
		return 0
	}
	return o.Max[m]
}

// simulateDays is how far a simulation looks.
const simulateDays = 365

// Simulate asks the decision about simulated facts. It is an outlook and no promise, no enquiry, and changes nothing.
func (a *App) Simulate(ctx context.Context, who Actor, c Choice) (*Simulation, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	o, err := a.outlook(p, day)
	if err != nil {
		return nil, err
	}
	if !c.Day.IsSet() {
		c.Day = day
	}
	if c.Day < day || c.Day > day+simulateDays {
		return nil, pay.Errorf(pay.Invalid, "bad_day", "day", "Choose a day from %s to %s", day, day+simulateDays)
	}
	choice, err := o.choice(c)
	if err != nil {
		return nil, err
	}
	s := &Simulation{Currency: o.policy.Currency}
	for f := range credit.Feature(credit.FeatureCount) {
		s.Best += o.policy.Card.Best(f)
	}
	for _, rule := range o.policy.Methods {
		if o.req.Offers[rule.Method].Enabled && rule.Method.IsCredit() {
			s.Methods = append(s.Methods, rule.Method.String())
		}
	}
	s.Now, s.Idle, s.Then = credit.WhatIf(o.policy, o.facts, o.with(100), choice, c.Day)
	return s, nil
}

// choice checks what a person considers and puts it into the planner's form.
func (o *outlook) choice(c Choice) (credit.Choice, error) {
	var out credit.Choice
	for _, pm := range c.Pay {
		known := slices.ContainsFunc(o.facts.Open, func(it credit.Item) bool { return it.Invoice == string(pm.Invoice) })
		if !known || pm.Amount < 0 {
			return out, pay.Errorf(pay.Invalid, "bad_payment", "pay", "Name open invoices of yours and amounts in minor units; leave the amount out for all that is open")
		}
		out.Pay = append(out.Pay, credit.Payment{Invoice: string(pm.Invoice), Amount: pm.Amount})
	}
	for _, name := range c.Verify {
		at := slices.IndexFunc(confirmable, func(k credit.StepKind) bool { return k.String() == name })
		if at < 0 {
			return out, pay.Errorf(pay.Invalid, "bad_verification", "verify", "Known are %v", confirmable)
		}
		out.Verify = append(out.Verify, confirmable[at])
	}
	return out, nil
}

var errNoDecision = pay.Errorf(pay.Missing, "no_such_decision", "", "There is no such decision")

// MyDecision opens one decision about the actor, a consumer. Somebody else's is missing.
func (a *App) MyDecision(ctx context.Context, who Actor, id pay.DecisionID) (*DecisionView, error) {
	p, _, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	d, err := store.LoadID(ctx, a.DB, store.Decisions, id)
	if err != nil {
		return nil, err
	}
	if d == nil || !who.is(d.ConsumerID) {
		return nil, errNoDecision
	}
	plain, err := p.key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return nil, err
	}
	v := &DecisionView{Row: *d, Shop: a.MerchantName(d.MerchantID)}
	v.Row.Sealed, v.Row.Salt = nil, nil
	return v, v.Record.UnmarshalBinary(plain)
}

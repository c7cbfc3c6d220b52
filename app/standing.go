package app

import (
	"context"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
)

// forecastDays is how far the forecast of points looks.
const forecastDays = 180

// Standing answers "may I buy on invoice, and up to which amount". Looking at it is no enquiry and leaves no decision.
type Standing struct {
	Day      cal.Day
	Currency money.Currency
	Methods  []MethodStanding // on credit, in the order of the checkout
	PayNow   []string         // methods without credit that work today
	Score    int32
	Groups   [4]ScoreGroup
	Limit    int64
	InUse    int64
	Free     int64
	Promised Promised
	Binds    []credit.Reason // what keeps the limit from being higher, in sentences
	Forecast []credit.Change // the first entry is today
	Most     int64           // the highest amount that anyone can reach
	Overdue  int64
	DebtHelp string // free debt advice; empty where nothing is overdue
}

// Promised is the guaranteed part of the limit; a zero Amount: none.
type Promised struct {
	Amount int64
	Until  cal.Day
	Next   int64 // what follows from the day after Until, if Falls
	Falls  bool
}

// MethodStanding is the answer for one method.
type MethodStanding struct {
	Method   string
	Max      int64           // the most that would be approved now; 0: not possible at the moment
	Min      int64           // the least amount of the method
	Question bool            // the checkout will ask what is free per month, as the law requires
	Reasons  []credit.Reason // what blocks it; the missing points behind a score are in Groups
}

// ScoreGroup is one of the four criteria: P payments, E enquiries, B balance, A age of the account.
type ScoreGroup struct {
	Name   string
	Points int32
	Best   int32
	Parts  []ScorePart
}

// ScorePart is one characteristic. Reason is its sentence where points are missing, with the day on which that changes.
type ScorePart struct {
	Feature credit.Feature
	Value   int32
	Points  int32
	Best    int32
	Amount  int64 // of B1: the average open balance
	Reason  *credit.Reason
}

// outlook is what the answers about a person's standing are computed from.
type outlook struct {
	day    cal.Day
	facts  *credit.Facts
	policy *credit.Policy
	req    credit.Request // amount to be set
}

// Standing returns the actor's own.
func (a *App) Standing(ctx context.Context, who Actor) (*Standing, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	return a.standing(p, day)
}

func (a *App) standing(p *person, day cal.Day) (*Standing, error) {
	o, err := a.outlook(p, day)
	if err != nil {
		return nil, err
	}
	s := &Standing{Day: day, Currency: o.policy.Currency, Overdue: o.overdue(), Most: o.policy.Bands[0].Limit}
	for _, rule := range o.policy.Methods {
		if !o.req.Offers[rule.Method].Enabled {
			continue
		}
		if rule.Method.IsCredit() {
			s.Methods = append(s.Methods, o.method(rule))
			continue
		}
		if d := credit.Decide(o.policy, o.facts, o.with(rule.MinAmount)); d.Outcome(rule.Method).OK {
			s.PayNow = append(s.PayNow, rule.Method.String())
		}
	}
	o.points(s)
	s.Forecast = credit.Forecast(o.policy, o.facts, o.with(100), forecastDays)
	if s.Overdue > 0 {
		s.DebtHelp = a.Operator().DebtHelp
	}
	return s, nil
}

// outlook asks as if a shop with every method that any active shop here offers were asking today.
func (a *App) outlook(p *person, day cal.Day) (*outlook, error) {
	pol, err := a.Policy(day)
	if err != nil {
		return nil, err
	}
	all := pay.Merchant{Methods: a.offeredMethods()}
	p.facts.AssumeSources(pol, day)
	o := &outlook{day: day, facts: &p.facts, policy: pol}
	o.req = a.request(&all, 100, pol.Currency, day, a.Clock.Now())
	return o, a.bound(p, &o.req)
}

// offeredMethods are the methods of all active shops.
func (a *App) offeredMethods() []string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	seen := map[string]bool{}
	var out []string
	for _, m := range a.shops {
		if m.Status != pay.MerchantActive {
			continue
		}
		for _, name := range m.Methods {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out
}

func (o *outlook) with(amount int64) credit.Request {
	r := o.req
	r.Amount = amount
	return r
}

// method answers for one method, asking for its least amount, so that only what blocks every amount is a reason.
// Where the law's assessment is still missing the answer is the one after it, and says so.
func (o *outlook) method(rule credit.MethodRule) MethodStanding {
	r := o.with(rule.MinAmount)
	d := credit.Decide(o.policy, o.facts, r)
	m := MethodStanding{Method: rule.Method.String(), Min: rule.MinAmount}
	for _, why := range d.Blockers(rule.Method) {
		m.Question = m.Question || why.Code == credit.R16Affordability && why.Subject == credit.NoSubject
	}
	if m.Question {
		r.Offers[rule.Method].Regime = credit.Exempt50
		d = credit.Decide(o.policy, o.facts, r)
	}
	if out := d.Outcome(rule.Method); out.OK {
		m.Max = out.Max
	} else {
		m.Reasons = d.Blockers(rule.Method)
	}
	return m
}

// points fills in score, limit and the sentences of the characteristics.
func (o *outlook) points(s *Standing) {
	d := credit.Decide(o.policy, o.facts, o.with(100))
	s.Score, s.Limit, s.InUse, s.Free = d.Score, d.Limit, d.Exposure, d.Available
	s.Promised = o.promised()
	sentences := o.sentences()
	s.Groups = [4]ScoreGroup{{Name: "P"}, {Name: "E"}, {Name: "B"}, {Name: "A"}}
	for f := range credit.Feature(credit.FeatureCount) {
		part := ScorePart{Feature: f, Value: d.Features[f], Points: d.Points[f], Best: o.policy.Card.Best(f), Reason: sentences[f]}
		if f == credit.B1 {
			part.Amount = int64(part.Value) * o.policy.Card.Reference / 10_000
		}
		g := &s.Groups[groupOf(f)]
		g.Points, g.Best, g.Parts = g.Points+part.Points, g.Best+part.Best, append(g.Parts, part)
	}
	r := o.with(s.Most + s.InUse + 1) // more than anyone's limit: names every bound that holds it down
	for _, why := range credit.Decide(o.policy, o.facts, r).Reasons {
		if why.Code == d.Binding {
			s.Binds = append(s.Binds, why)
		}
	}
}

func (o *outlook) promised() (p Promised) {
	if p.Amount, p.Until = o.facts.Guaranteed(o.policy, o.day); p.Amount == 0 {
		return Promised{Until: cal.NoDay}
	}
	if g := &o.facts.Guarantee; g.NextUntil.IsSet() && p.Until == g.Until {
		p.Next, p.Falls = g.Next, true
	}
	return p
}

func groupOf(f credit.Feature) int {
	switch f {
	case credit.P1, credit.P2, credit.P3:
		return 0
	case credit.E1, credit.E2:
		return 1
	case credit.B1, credit.B2:
		return 2
	}
	return 3
}

// sentences are the reasons of the characteristics that miss most points. A margin that no score can hold makes the score
// part of every answer, and so its details part of the reasons.
func (o *outlook) sentences() map[credit.Feature]*credit.Reason {
	r := o.with(100)
	r.Margin = 1001
	out := map[credit.Feature]*credit.Reason{}
	for _, why := range credit.Decide(o.policy, o.facts, r).Reasons {
		if why.Code.IsScoreDetail() {
			out[credit.Feature(why.Code-credit.S10WorstDelay)] = &why
		}
	}
	return out
}

// overdue is what is past due today and may be asked for.
func (o *outlook) overdue() int64 {
	var sum int64
	for i := range o.facts.Open {
		it := &o.facts.Open[i]
		if it.PastDue(o.day) > 0 && it.Flags&(credit.Insolvent|credit.Barred|credit.Sold) == 0 {
			sum += it.Open - it.Disputed
		}
	}
	return sum
}

// WayBack is how a consumer comes to buy on invoice again.
type WayBack struct {
	Day      cal.Day
	Method   string
	Amount   int64
	Currency money.Currency
	PayBy    cal.Day
	Way      credit.Way
	Estimate bool     // so much is promised already that these plans are no more than an outlook
	SmallBuy *Small   // a purchase paid at once that would open a way where there is none, or make it clearly shorter
	Score    int32    // today
	PayNow   []string // methods without credit that work today
	Overdue  int64
	DebtHelp string
}

// WayBack computes the exact steps to an approval of an amount with a method. It is no enquiry and leaves no decision.
func (a *App) WayBack(ctx context.Context, who Actor, method string, amount int64) (*WayBack, error) {
	return a.WayBackBy(ctx, who, method, amount, cal.NoDay)
}

// WayBackBy is WayBack with the day by which the plan's payments arrive; NoDay is the earliest possible one.
func (a *App) WayBackBy(ctx context.Context, who Actor, method string, amount int64, by cal.Day) (*WayBack, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	s, err := a.standing(p, day)
	if err != nil {
		return nil, err
	}
	return a.wayBack(ctx, p, s, method, amount, by)
}

func (a *App) wayBack(ctx context.Context, p *person, s *Standing, method string, amount int64, by cal.Day) (*WayBack, error) {
	q, err := a.question(p, s.Day, a.Clock.Now(), method, amount, by)
	if err != nil {
		return nil, err
	}
	w := &WayBack{Day: s.Day, Method: method, Amount: amount, Currency: s.Currency, PayBy: q.goal.PayBy, Score: s.Score, PayNow: s.PayNow, Overdue: s.Overdue, DebtHelp: s.DebtHelp}
	w.Way = credit.WayBack(q.policy, q.facts, q.goal)
	if w.Way.Lost > 0 {
		a.Log.Error("way back: plans were not confirmed by the decision", "consumer", string(p.row.ID), "plans", w.Way.Lost)
	}
	if !w.Way.Open {
		if small := q.smallBuy(s.PayNow); small != nil && (w.Way.None != nil || small.From+sooner < w.Way.Plans[0].From) {
			w.SmallBuy = small
		}
	}
	sum, lanes, err := a.DB.Promised(ctx, bucketOf(p.row.ID))
	if err != nil {
		return nil, err
	}
	w.Estimate = sum+amount > promiseTerms(s.Day).Exposure/int64(lanes)
	return w, nil
}

// question is what the planner is asked.
type question struct {
	*outlook
	goal credit.Goal
}

// question checks what somebody wants to be able to do again and puts it into the planner's form.
func (a *App) question(p *person, day cal.Day, now pay.Micros, method string, amount int64, by cal.Day) (*question, error) {
	o, err := a.outlook(p, day)
	if err != nil {
		return nil, err
	}
	o.req.NowMicros = now
	m, err := credit.ParseMethod(method)
	if err != nil || !m.IsCredit() || !o.req.Offers[m].Enabled {
		return nil, pay.Errorf(pay.Invalid, "bad_method", "method", "Choose one of the methods that shops here offer")
	}
	for _, rule := range o.policy.Methods {
		if most := o.policy.Bands[0].Limit; rule.Method == m && (amount < rule.MinAmount || amount > most) {
			return nil, pay.Errorf(pay.Invalid, "bad_amount", "amount", "Choose an amount between %d and %d cents", rule.MinAmount, most)
		}
	}
	earliest := payBy(o.policy, day)
	if !by.IsSet() {
		by = earliest
	}
	if last := day + promiseTerms(day).PayByMax; by < day || by > last || cal.Target2.MoveDue(by) != by {
		return nil, pay.Errorf(pay.Invalid, "bad_pay_by", "pay_by", "Choose a bank day from %s to %s", day, last)
	}
	return &question{o, credit.Goal{Method: m, Request: o.with(amount), PayBy: by}}, nil
}

// Small is a small purchase that is paid at once and opens or shortens a way on credit. It lends nothing.
type Small struct {
	Least int64   // minor units
	From  cal.Day // when the goal becomes possible if it is bought and paid today and nothing is sent back
}

// sooner is by how many days a small purchase must bring the goal nearer to be worth a word.
const sooner = 7

// smallBuy asks the planner what one purchase paid at once would change. It is an outlook: after the payment everything is
// computed again.
func (q *question) smallBuy(payNow []string) *Small {
	if len(payNow) == 0 || q.policy.Evidence.PayNowMax == 0 {
		return nil
	}
	least := q.policy.Evidence.PayNowMinAmount
	raw, err := q.facts.MarshalBinary()
	if err != nil {
		return nil
	}
	var f credit.Facts
	if err := f.UnmarshalBinary(raw); err != nil {
		return nil
	}
	f.History.PaidAtOnce(q.policy, credit.Settlement{No: "-", Merchant: "-", Paid: least, Due: q.day, Settled: q.day, Returns: q.day + returnDays, Today: q.day})
	if way := credit.WayBack(q.policy, &f, q.goal); len(way.Plans) > 0 {
		return &Small{Least: least, From: way.Plans[0].From}
	}
	return nil
}

// payBy is the day on which a plan's payments count at the latest: a bank day, because no transfer is booked on another.
func payBy(p *credit.Policy, day cal.Day) cal.Day {
	return cal.Target2.MoveDue(day + cal.Day(p.Promise.PayByDays))
}

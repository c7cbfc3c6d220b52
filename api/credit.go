package api

import (
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
)

// reason is one cause with its sentence in the caller's language.
type reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Date string `json:"date,omitempty"` // when it passes by time
}

func encodeReasons(list []credit.Reason, lang string) []reason {
	out := []reason{}
	for _, r := range list {
		out = append(out, reason{r.Code.String(), r.Sentence(lang), r.Day.String()})
	}
	return out
}

// standingAnswer is a person's standing. Amounts are minor units.
type standingAnswer struct {
	Day      cal.Day          `json:"day"`
	Currency string           `json:"currency"`
	Score    int32            `json:"score"`
	Groups   []groupAnswer    `json:"groups"` // the four criteria
	Limit    int64            `json:"limit"`
	InUse    int64            `json:"in_use"`
	Free     int64            `json:"free"`
	Reasons  []reason         `json:"reasons"` // what keeps the limit from being higher
	Methods  []methodStanding `json:"methods"`
	PayNow   []string         `json:"pay_now"` // methods without credit that work today
	Forecast []changeAnswer   `json:"forecast"`
	Promises []contractLine   `json:"contracts"`
	DebtHelp string           `json:"debt_help,omitempty"`
	Warning  string           `json:"warning"` // the credit warning
}

type groupAnswer struct {
	Name   string       `json:"name"` // P payments, E enquiries, B balance, A age of the account
	Points int32        `json:"points"`
	Best   int32        `json:"best"`
	Parts  []partAnswer `json:"parts"`
}

type partAnswer struct {
	Feature string  `json:"feature"`
	Value   int32   `json:"value"`
	Points  int32   `json:"points"`
	Best    int32   `json:"best"`
	Reason  *reason `json:"reason,omitempty"`
}

type methodStanding struct {
	ID         string   `json:"id"`
	Max        int64    `json:"max"` // 0: not possible at the moment
	Assessment bool     `json:"assessment,omitempty"`
	Reasons    []reason `json:"reasons"`
}

type changeAnswer struct {
	Day   cal.Day `json:"day"`
	Score int32   `json:"score"`
	Delta int32   `json:"delta"`
	Limit int64   `json:"limit"`
}

// contractLine is a promise in a list.
type contractLine struct {
	ID         string  `json:"id"`
	State      string  `json:"state"`
	Method     string  `json:"method"`
	Amount     int64   `json:"amount"`
	From       cal.Day `json:"from"`
	ValidUntil cal.Day `json:"valid_until"`
}

func encodeStanding(m *app.MyStanding, lang string) *standingAnswer {
	s := m.Standing
	out := &standingAnswer{Day: s.Day, Currency: string(s.Currency), Score: s.Score, Limit: s.Limit, InUse: s.InUse, Free: s.Free, Reasons: encodeReasons(s.Binds, lang),
		Methods: []methodStanding{}, PayNow: append([]string{}, s.PayNow...), Promises: []contractLine{}, DebtHelp: s.DebtHelp, Warning: app.CreditWarning(lang)}
	for _, g := range s.Groups {
		ga := groupAnswer{Name: g.Name, Points: g.Points, Best: g.Best}
		for _, p := range g.Parts {
			part := partAnswer{Feature: p.Feature.String(), Value: p.Value, Points: p.Points, Best: p.Best}
			if p.Reason != nil {
				part.Reason = &encodeReasons([]credit.Reason{*p.Reason}, lang)[0]
			}
			ga.Parts = append(ga.Parts, part)
		}
		out.Groups = append(out.Groups, ga)
	}
	for _, ms := range s.Methods {
		out.Methods = append(out.Methods, methodStanding{ms.Method, ms.Max, ms.Question, encodeReasons(ms.Reasons, lang)})
	}
	for _, c := range s.Forecast {
		out.Forecast = append(out.Forecast, changeAnswer{c.Day, c.Score, c.Delta, c.Limit})
	}
	for i := range m.Promises {
		out.Promises = append(out.Promises, encodeContractLine(&m.Promises[i]))
	}
	return out
}

func encodeContractLine(v *app.PromiseView) contractLine {
	p := &v.Promise
	return contractLine{pay.Bare(p.ID), p.State, p.Method, p.Amount, p.FromDay, p.ValidUntil}
}

// wayAnswer are the ways back to one purchase.
type wayAnswer struct {
	Day         cal.Day        `json:"day"`
	Method      string         `json:"method"`
	Amount      int64          `json:"amount"`
	Currency    string         `json:"currency"`
	PayBy       cal.Day        `json:"pay_by"`
	IBAN        string         `json:"iban"`     // that payments of the steps go to
	Open        bool           `json:"open"`     // approved today without any step
	Estimate    bool           `json:"estimate"` // the plans are an outlook and cannot be accepted at present
	Plans       []planAnswer   `json:"plans"`
	None        *noWayAnswer   `json:"none,omitempty"`
	Ladder      []ladderAnswer `json:"ladder"`
	PayNow      []string       `json:"alternatives_today"`
	SmallBuy    *smallAnswer   `json:"buy_small_and_pay,omitempty"` // pay-now only: it lends nothing
	Assumptions []string       `json:"assumptions"`
	Ends        []string       `json:"ends"` // the closed list of what ends a contract
	DebtHelp    string         `json:"debt_help,omitempty"`
	Warning     string         `json:"warning"`
}

type planAnswer struct {
	ID         string           `json:"id,omitempty"` // to accept it with; none for an estimate
	Best       []string         `json:"best"`         // earliest, cheapest, fewest
	From       cal.Day          `json:"from"`
	ValidUntil cal.Day          `json:"valid_until"`
	PayNow     int64            `json:"extra"`     // because of the plan
	AsAgreed   int64            `json:"as_agreed"` // anyway
	Score      int32            `json:"score"`
	Points     map[string]int32 `json:"points"`
	Free       int64            `json:"free"`
	Reserve    bool             `json:"reserve"`
	Checks     []string         `json:"checks"` // legal checks that remain and are not promised
	Steps      []stepAnswer     `json:"steps"`
}

type stepAnswer struct {
	Kind      string  `json:"kind"`
	Invoice   string  `json:"invoice,omitempty"`
	No        string  `json:"no,omitempty"`
	Reference string  `json:"reference,omitempty"` // for the transfer that pays the invoice
	Amount    int64   `json:"amount,omitempty"`
	By        cal.Day `json:"by"`
	Counts    cal.Day `json:"counts"`
	Text      string  `json:"text"`
	State     string  `json:"state,omitempty"` // of a contract's step
	Done      string  `json:"done,omitempty"`
}

type noWayAnswer struct {
	Reasons   []reason `json:"reasons"`
	Contact   bool     `json:"contact"`
	NextCheck string   `json:"next_check,omitempty"`
	Reachable int64    `json:"reachable,omitempty"`
}

type ladderAnswer struct {
	Method string       `json:"method"`
	Rungs  []rungAnswer `json:"rungs"`
}

type rungAnswer struct {
	Amount int64  `json:"amount"`
	From   string `json:"from,omitempty"` // none: not in sight
}

type smallAnswer struct {
	Least int64   `json:"least"`
	From  cal.Day `json:"from"`
}

func encodeWay(w *app.WayBack, m *app.MyStanding, iban, lang string) *wayAnswer {
	out := &wayAnswer{Day: w.Day, Method: w.Method, Amount: w.Amount, Currency: string(w.Currency), PayBy: w.PayBy, IBAN: iban, Open: w.Way.Open, Estimate: w.Estimate, Plans: []planAnswer{},
		Ladder: []ladderAnswer{}, PayNow: append([]string{}, w.PayNow...), Assumptions: app.PlanAssumptions(lang), DebtHelp: w.DebtHelp, Warning: app.CreditWarning(lang)}
	keys := w.PlanKeys()
	for i, p := range w.Way.Plans {
		out.Plans = append(out.Plans, encodePlan(p, lang))
		if !w.Estimate && !w.Way.Open {
			out.Plans[i].ID = keys[i].String()
		}
	}
	if n := w.Way.None; n != nil {
		out.None = &noWayAnswer{encodeReasons(n.Cause, lang), n.Contact, n.NextCheck.String(), n.Reachable}
	}
	for _, l := range m.Ladder {
		la := ladderAnswer{Method: l.Method, Rungs: []rungAnswer{}}
		for _, r := range l.Rungs {
			la.Rungs = append(la.Rungs, rungAnswer{r.Amount, r.From.String()})
		}
		out.Ladder = append(out.Ladder, la)
	}
	if w.SmallBuy != nil {
		out.SmallBuy = &smallAnswer{w.SmallBuy.Least, w.SmallBuy.From}
	}
	for _, v := range credit.Voids() {
		out.Ends = append(out.Ends, v.Sentence(lang))
	}
	return out
}

func encodePlan(p credit.Plan, lang string) planAnswer {
	out := planAnswer{Best: p.Kind.Names(), From: p.From, ValidUntil: p.ValidUntil, PayNow: p.PayNow, AsAgreed: p.AsAgreed, Score: p.Score, Points: map[string]int32{},
		Free: p.Free, Reserve: p.Reserve, Checks: append([]string{}, p.Checks.Names()...), Steps: []stepAnswer{}}
	for f := range credit.Feature(credit.FeatureCount) {
		out.Points[f.String()] = p.Points[f]
	}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, stepAnswer{Kind: s.Kind.String(), Invoice: bare(s.Invoice), No: s.No, Reference: app.TransferText(s.No), Amount: s.Amount, By: s.By, Counts: s.Counts, Text: s.Sentence(lang)})
	}
	return out
}

func bare(invoice string) string {
	if invoice == "" {
		return ""
	}
	return pay.Bare(pay.InvoiceID(invoice))
}

// contractAnswer is an accepted plan with its progress and the text that was shown.
type contractAnswer struct {
	contractLine
	Currency  string       `json:"currency"`
	Void      string       `json:"void,omitempty"`
	VoidText  string       `json:"void_text,omitempty"`
	PayBy     cal.Day      `json:"pay_by"`
	Offered   cal.Day      `json:"offered"`
	Accepted  string       `json:"accepted_at,omitempty"`
	Fulfilled string       `json:"fulfilled,omitempty"`
	Ended     string       `json:"ended,omitempty"`
	Order     string       `json:"order,omitempty"`
	Steps     []stepAnswer `json:"steps"`
	Policy    string       `json:"policy"`
	Card      string       `json:"card"`
	Text      any          `json:"text"` // in the caller's language
	SHA256    any          `json:"text_sha256"`
	Document  string       `json:"document,omitempty"`
}

func encodeContract(v *app.PromiseView, lang string) *contractAnswer {
	p := &v.Promise
	out := &contractAnswer{contractLine: encodeContractLine(v), Currency: string(p.Currency), Void: p.Void, PayBy: p.PayBy, Offered: p.OfferedDay, Fulfilled: p.FulfilledDay.String(),
		Ended: p.EndedDay.String(), Steps: []stepAnswer{}, Policy: version(p.Policy, p.PolicyVersion, p.PolicySHA256), Card: version(p.Card, p.CardVersion, p.CardSHA256),
		Text: v.Paper(lang).Sections, SHA256: v.SHA256}
	if p.AcceptedAt != 0 {
		out.Accepted, out.Document = instant(p.AcceptedAt), pay.Bare(p.DocumentID)
	}
	if p.OrderID != "" {
		out.Order = pay.Bare(p.OrderID)
	}
	for _, void := range credit.Voids() {
		if void.String() == p.Void {
			out.VoidText = void.Sentence(lang)
		}
	}
	for i := range v.Steps {
		s := &v.Steps[i]
		out.Steps = append(out.Steps, stepAnswer{s.Kind, bare(string(s.InvoiceID)), s.No, app.TransferText(s.No), s.Amount, s.ByDay, s.CountsDay, app.StepSentence(s, p.Currency, lang), s.State, s.DoneDay.String()})
	}
	return out
}

func version(id string, n int64, sum string) string {
	return id + " " + strconv.FormatInt(n, 10) + " " + sum
}

// simulationAnswer compares today with a day, without and with what was chosen.
type simulationAnswer struct {
	Currency string         `json:"currency"`
	Today    outcomesAnswer `json:"today"`
	Without  outcomesAnswer `json:"without"`
	With     outcomesAnswer `json:"with"`
}

type outcomesAnswer struct {
	Day     cal.Day          `json:"day"`
	Score   int32            `json:"score"`
	Points  map[string]int32 `json:"points"`
	Limit   int64            `json:"limit"`
	Free    int64            `json:"free"`
	Methods map[string]int64 `json:"methods"` // the most that each would approve
}

func encodeSimulation(s *app.Simulation) *simulationAnswer {
	one := func(o credit.Outcomes) outcomesAnswer {
		out := outcomesAnswer{o.Day, o.Score, map[string]int32{}, o.Limit, o.Free, map[string]int64{}}
		for f := range credit.Feature(credit.FeatureCount) {
			out.Points[f.String()] = o.Points[f]
		}
		for _, m := range s.Methods {
			out.Methods[m] = s.Max(o, m)
		}
		return out
	}
	return &simulationAnswer{string(s.Currency), one(s.Now), one(s.Idle), one(s.Then)}
}

// decisionAnswer explains a decision. The record holds features, points, limits and reasons of all methods; what only
// authorities may read is not in it.
type decisionAnswer struct {
	ID       string           `json:"id"`
	Day      cal.Day          `json:"day"`
	At       string           `json:"at"`
	Shop     string           `json:"shop"`
	Amount   int64            `json:"amount"`
	Currency string           `json:"currency"`
	Approved bool             `json:"approved"`
	Methods  []decidedMethod  `json:"methods"`
	Policy   string           `json:"policy"`
	Card     string           `json:"card"`
	Record   *credit.Decision `json:"record"` // what the rules said
	Kept     *credit.Kept     `json:"contract,omitempty"`
}

type decidedMethod struct {
	ID      string   `json:"id"`
	Offered bool     `json:"offered"`
	Reasons []reason `json:"reasons"`
}

func encodeDecision(v *app.DecisionView, lang string) *decisionAnswer {
	rec := &v.Record
	out := &decisionAnswer{ID: pay.Bare(v.Row.ID), Day: v.Row.Day, At: instant(v.Row.At), Shop: v.Shop, Amount: v.Row.Amount, Currency: string(rec.Request.Currency),
		Approved: v.Row.Approved == 1, Methods: []decidedMethod{}, Policy: version(rec.Policy, int64(rec.PolicyNo), rec.PolicySHA256),
		Card: version(rec.Card, int64(rec.CardNo), rec.CardSHA256), Record: &rec.Decision, Kept: rec.Kept}
	for _, m := range credit.AllMethods.List() {
		if !rec.Request.Offers[m].Enabled {
			continue
		}
		d := rec.Decision
		if rec.Kept != nil && rec.Kept.Method == m {
			d = rec.Kept.Decision
		}
		out.Methods = append(out.Methods, decidedMethod{m.String(), d.Outcome(m).OK, encodeReasons(d.Why(m), lang)})
	}
	return out
}

// shopOutcome is all that a shop learns about a method.
type shopOutcome struct {
	Method string `json:"method"`
	OK     bool   `json:"ok"`
	Amount int64  `json:"amount"`
	Next   string `json:"next,omitempty"`
}

func encodeOutcomes(list []app.ShopOutcome) map[string][]shopOutcome {
	out := []shopOutcome{}
	for _, o := range list {
		out = append(out, shopOutcome(o))
	}
	return map[string][]shopOutcome{"methods": out}
}

package app

import (
	"context"
	"errors"
	"time"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/gateway"
	"zahlziel/gateway/account"
	"zahlziel/gateway/address"
	"zahlziel/gateway/affordability"
	"zahlziel/gateway/bureau"
	"zahlziel/gateway/identity"
	"zahlziel/gateway/letter"
	"zahlziel/pay"
	"zahlziel/store"
)

// Sources are the outside sources that this installation can ask; nil where there is none. What it cannot ask it does
// not offer, and what the policy requires all the same refuses.
type Sources struct {
	Identity      identity.Service
	Account       account.Service
	Address       address.Service
	Bureau        bureau.Bureau
	Affordability affordability.Service
	Letter        letter.Service

	BureauName        string // how people know them, for when they do not answer
	AffordabilityName string
}

// TestSources are the fakes. They answer by the script in a person's e-mail address, see docs/sources.md.
func TestSources() Sources {
	return Sources{Identity: identity.Fake{}, Account: account.Fake{}, Address: address.Fake{}, Bureau: bureau.Fake{}, Affordability: affordability.Fake{},
		Letter: &letter.Fake{}, BureauName: bureau.FakeName, AffordabilityName: "Musternachweis (Test)"}
}

// Purposes of a question, as the audit trail and the answer's row name them (GDPR art. 5(1)(b)).
const (
	purposePurchase = "credit_purchase" // the person submits a purchase on credit
	purposeOwn      = "own_request"     // the person asked for it in the portal
)

// askTime bounds everything that a buyer waits for at sources, whatever the adapters allow.
const askTime = 3 * time.Second

// mustAsk ends a unit of work that found out, from the facts on the consumer's row alone, that a source must be asked
// before the decision. Nothing of the unit is kept; the answer goes into the next one. So no call to the outside is ever
// made inside a transaction, and purchases that need no source pay nothing for it.
type mustAsk struct {
	from  bureau.Bureau
	name  string
	query bureau.Query
	who   pay.ConsumerID
}

// Error says what is missing; nobody outside sees it.
func (*mustAsk) Error() string { return "an outside source must be asked first" }

// heard is what the source said, or that it did not.
type heard struct {
	name   string
	report bureau.Report
	err    error
}

// consult sees to it that a decision about credit has the bureau's answer where the policy wants it: above an amount, or
// when something negative that was reported has become too old to hold against anybody unasked. The bureau is asked
// only where the rest of the decision is a yes, because otherwise its answer changes nothing (GDPR art. 5(1)(c)).
func (c *confirmation) consult(method credit.Method, req credit.Request) error {
	if !method.IsCredit() {
		return nil
	}
	if c.heard != nil {
		return c.a.applyBureau(c.tx, c.p, c.pol, c.heard)
	}
	f := &c.p.facts
	rule, wanted := c.pol.Rule(credit.SourceBureau)
	if !wanted || req.Amount <= rule.Above && f.Bureau.State != credit.Hit || f.Answered(credit.SourceBureau, req.Day) {
		return nil
	}
	from, name := c.a.bureauFor(c.m, c.v.Email)
	if from == nil {
		if f.Bureau.State == credit.Hit && f.Bureau.Until.IsSet() { // too old to count, and nobody to ask again
			f.Bureau = credit.Bureau{AsOf: cal.NoDay, Until: cal.NoDay}
		}
		return nil
	}
	clean := *f
	clean.Bureau = credit.Bureau{State: credit.Clear, AsOf: req.Day, Until: req.Day}
	if dec := credit.Decide(c.pol, &clean, req); !dec.Outcome(method).OK {
		return nil
	}
	profile, err := c.p.profile()
	if err != nil {
		return err
	}
	id := HashRequest("bureau", string(c.v.Session.ID), string(c.p.row.ID), req.Day.String())[:40]
	return &mustAsk{from: from, name: name, who: c.p.row.ID,
		query: bureau.Query{ID: id, Purpose: purposePurchase, Person: gateway.PersonOf(profile), Day: req.Day}}
}

// bureauFor is whom a merchant's purchases ask. A merchant in test mode never reaches a real bureau: its buyers' scripted
// addresses ask the fake, all others nobody.
func (a *App) bureauFor(m *pay.Merchant, email string) (bureau.Bureau, string) {
	if m.Mode == pay.ModeTest {
		if reservedAddress(email) && len(gateway.Script(email)) > 0 {
			return bureau.Fake{}, bureau.FakeName
		}
		return nil, ""
	}
	return a.Sources.Bureau, a.Sources.BureauName
}

// ask puts the question outside of any unit of work. The audit trail hears of it first.
func (a *App) ask(ctx context.Context, q *mustAsk) (*heard, error) {
	if err := a.audit(ctx, System, "source_asked", bucketOf(q.who), string(q.who), credit.SourceBureau.String()+" "+q.query.Purpose); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	h := &heard{name: q.name}
	if h.report, h.err = q.from.Report(ctx, q.query); h.err != nil && !errors.Is(h.err, gateway.ErrUnavailable) {
		a.Log.Error("bureau", "error", h.err.Error())
	}
	return h, nil
}

// applyBureau makes facts of an answer, in the unit of work that decides.
func (a *App) applyBureau(tx *store.Tx, p *person, pol *credit.Policy, h *heard) error {
	row := &pay.SourceAnswer{ConsumerID: p.row.ID, Kind: credit.SourceBureau.String(), Source: h.name, Purpose: purposePurchase, State: pay.AnswerUnavailable,
		AskedAt: tx.At, AsOf: tx.Day, Until: tx.Day}
	fact := credit.Bureau{State: credit.Unavailable, Source: h.name, AsOf: tx.Day, Until: cal.NoDay}
	var said pay.SourceContent
	if h.err == nil {
		r := h.report
		row.Source, row.State, row.AsOf, row.Until = r.Source, pay.AnswerClear, r.AsOf, validUntil(pol, credit.SourceBureau, tx.Day, r.Until)
		fact = credit.Bureau{State: credit.Clear, Source: r.Source, AsOf: r.AsOf, Until: row.Until, Score: r.Score, URL: r.URL}
		said = pay.SourceContent{URL: r.URL, Score: r.Score}
		for _, n := range r.Negative {
			said.Negative = append(said.Negative, n.Text)
		}
		if len(said.Negative) > 0 {
			row.State, fact.State, fact.Feature = pay.AnswerHit, credit.Hit, said.Negative[0]
		}
	}
	p.facts.Bureau = fact
	return p.keepAnswer(tx, row, said)
}

// keepAnswer stores an answer with its content sealed, in place of the one before.
func (p *person) keepAnswer(tx *store.Tx, row *pay.SourceAnswer, said pay.SourceContent) error {
	id := pay.AnswerID(row.Kind, row.ConsumerID)
	if _, err := store.Get(tx, store.SourceAnswers, id); err != nil { // tells the engine whether there is one
		return err
	}
	row.Sealed = p.seal(id, said)
	store.Save(tx, store.SourceAnswers, row)
	return nil
}

// validUntil is the last day on which an answer of today holds: by the policy, or sooner by the source's own word.
func validUntil(pol *credit.Policy, s credit.Source, today, own cal.Day) cal.Day {
	days := int32(30)
	if r, ok := pol.Rule(s); ok {
		days = r.Days
	}
	until := today + cal.Day(days)
	if own.IsSet() {
		until = min(until, own)
	}
	return until
}

// portalSources are what the portal offers a person. A demo or test installation uses fakes where nothing else is set.
func (a *App) portalSources() Sources {
	s := a.Sources
	if !a.Demo {
		return s
	}
	t := a.testSources
	if s.Identity == nil {
		s.Identity = t.Identity
	}
	if s.Account == nil {
		s.Account = t.Account
	}
	if s.Address == nil {
		s.Address = t.Address
	}
	if s.Affordability == nil {
		s.Affordability, s.AffordabilityName = t.Affordability, t.AffordabilityName
	}
	if s.Letter == nil {
		s.Letter = t.Letter
	}
	return s
}

package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// PromiseTerms are the rules for accepted ways back, in force from a day on. Terms are never changed; new ones follow them.
type PromiseTerms struct {
	From     cal.Day
	Version  string
	Source   string
	Live     int     // promises that a consumer may have at once; a fresh one replaces the oldest
	PerMonth int     // plans that a consumer may accept within 30 days
	BankDays int     // bank days until a transfer of a day is known here; only then is a step missed
	PayByMax cal.Day // how far ahead the pay-by day of a plan may lie
	Exposure int64   // what all live promises may bind together, in minor units; every lane has an equal share
}

// PromiseTermsHistory holds all terms, the oldest first.
var PromiseTermsHistory = []PromiseTerms{{
	From: cal.Date(2025, 1, 1), Version: "de-2026-11", Live: 3, PerMonth: 6, BankDays: 2, PayByMax: 31, Exposure: 250_000_00,
	Source: "a transfer credited on a day is in the bank's statement of the next bank day, and is imported on the day after it at the latest; " +
		"the exposure is the operator's decision",
}}

// promiseTerms are the terms in force on a day.
func promiseTerms(day cal.Day) PromiseTerms {
	in := PromiseTermsHistory[0]
	for _, t := range PromiseTermsHistory[1:] {
		if t.From <= day {
			in = t
		}
	}
	return in
}

// PlanKey names one computed plan. It can be kept, sent and accepted; accepting computes the plan again and compares.
type PlanKey struct {
	Method  string
	Amount  int64
	PayBy   cal.Day
	Offered cal.Day // the business day on which it was computed
	Digest  string  // of its days and steps
}

// String is the key as it stands in addresses: invoice_14-5000-20261125-20261122-6b86b273ff34fce1.
func (k PlanKey) String() string {
	return fmt.Sprintf("%s-%d-%s-%s-%s", k.Method, k.Amount, compact(k.PayBy), compact(k.Offered), k.Digest)
}

func compact(d cal.Day) string { return strings.ReplaceAll(d.String(), "-", "") }

var errBadPlan = pay.Errorf(pay.Missing, "no_such_plan", "plan", "There is no such plan; ask for a new one")

// ParsePlanKey is the inverse of String.
func ParsePlanKey(s string) (k PlanKey, err error) {
	part := strings.Split(s, "-")
	if len(part) != 5 || len(part[4]) != 16 {
		return k, errBadPlan
	}
	k.Method, k.Digest = part[0], part[4]
	if k.Amount, err = strconv.ParseInt(part[1], 10, 64); err != nil {
		return k, errBadPlan
	}
	for i, day := range []*cal.Day{&k.PayBy, &k.Offered} {
		text := part[2+i]
		if len(text) != 8 {
			return k, errBadPlan
		}
		if *day, err = cal.ParseDay(text[:4] + "-" + text[4:6] + "-" + text[6:]); err != nil {
			return k, errBadPlan
		}
	}
	return k, nil
}

// planDigest is a fingerprint of what a plan asks and gives.
func planDigest(method string, amount int64, p credit.Plan) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %d %d\n", method, amount, p.From, p.ValidUntil)
	for _, s := range p.Steps {
		fmt.Fprintf(h, "%s %s %s %d %d %d\n", s.Kind, s.Invoice, s.No, s.Amount, s.By, s.Counts)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// PlanKeys name the plans of a way back, in their order.
func (w *WayBack) PlanKeys() []PlanKey {
	var out []PlanKey
	for _, p := range w.Way.Plans {
		out = append(out, PlanKey{w.Method, w.Amount, w.PayBy, w.Day, planDigest(w.Method, w.Amount, p)})
	}
	return out
}

// promiseID is the id of what a consumer is promised by a plan: fixed before it exists, so accepting twice is one promise.
func promiseID(id pay.ConsumerID, k PlanKey) pay.PromiseID {
	sum := sha256.Sum256([]byte(string(id) + " " + k.String()))
	return pay.PromiseID(pay.MintID(pay.PrefixPromise, pay.CellOf(string(id)), pay.Germany.Midnight(k.Offered), [8]byte(sum[:8])))
}

// PromiseView is a promise with its steps and the text that was shown.
type PromiseView struct {
	Promise pay.Promise // without its sealed parts
	Steps   []pay.PromiseStep
	Papers  map[string]document.Paper // by language, as it was shown
	SHA256  map[string]string         // of these
	Day     cal.Day
}

// Paper is the text in a language, de or en.
func (v *PromiseView) Paper(lang string) document.Paper { return v.Papers[lang] }

// Key names the plan that the promise came from.
func (v *PromiseView) Key() PlanKey {
	p := &v.Promise
	return PlanKey{p.Method, p.Amount, p.PayBy, p.OfferedDay, p.Plan}
}

// Done counts the steps that are done, and those that somebody has to do.
func (v *PromiseView) Done() (done, all int) {
	for _, s := range v.Steps {
		if s.State == pay.StepInfo {
			continue
		}
		all++
		if s.State == pay.StepDone {
			done++
		}
	}
	return done, all
}

// promiseText is what a promise keeps sealed.
type promiseText struct {
	Facts  string                    `json:"facts_sha256"` // of the facts it was computed from
	Papers map[string]document.Paper `json:"papers"`
	SHA256 map[string]string         `json:"papers_sha256"`
}

var errNoPromise = pay.Errorf(pay.Missing, "no_such_contract", "", "There is no such promise")

// promisesMax is how many promises one page shows.
const promisesMax = 50

// Promises returns the promises to the actor, a consumer, newest first.
func (a *App) Promises(ctx context.Context, who Actor) ([]PromiseView, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	rows, err := a.DB.PromisesOf(ctx, who.Consumer, promisesMax)
	if err != nil {
		return nil, err
	}
	var out []PromiseView
	for _, row := range rows {
		v, err := a.promiseView(ctx, p, row, day)
		if err != nil {
			return nil, err
		}
		out = append(out, *v)
	}
	return out, nil
}

// Promise returns one promise to the actor. Somebody else's is missing.
func (a *App) Promise(ctx context.Context, who Actor, id pay.PromiseID) (*PromiseView, error) {
	p, day, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	row, err := store.LoadID(ctx, a.DB, store.Promises, id)
	if err != nil {
		return nil, err
	}
	if row == nil || !who.is(row.ConsumerID) {
		return nil, errNoPromise
	}
	return a.promiseView(ctx, p, row, day)
}

func (a *App) promiseView(ctx context.Context, p *person, row *pay.Promise, day cal.Day) (*PromiseView, error) {
	steps, err := a.DB.StepsOf(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	v := &PromiseView{Promise: *row, Day: day}
	for _, s := range steps {
		v.Steps = append(v.Steps, *s)
	}
	return v, v.openText(p, row)
}

// openText opens what was shown.
func (v *PromiseView) openText(p *person, row *pay.Promise) error {
	text, err := open[promiseText](p.key, string(row.ID), row.Sealed)
	v.Papers, v.SHA256 = text.Papers, text.SHA256
	v.Promise.Sealed, v.Promise.Salt = nil, nil
	return err
}

// both says something in both languages.
func both(say func(lang string) string) document.Both {
	return document.Both{German: say("de"), English: say("en")}
}

// CreditWarning is the warning that stands beside every offer of credit.
func CreditWarning(lang string) string { return document.CreditWarning(lang) }

// PlanAssumptions are what every plan rests on, in sentences.
func PlanAssumptions(lang string) []string { return document.PlanAssumptions(lang) }

// promisePaper writes a plan as the paper that is shown, kept and mailed.
func (a *App) promisePaper(p *person, id pay.PromiseID, o *outlook, g credit.Goal, plan credit.Plan, day cal.Day) (document.Promise, error) {
	profile, err := p.profile()
	if err != nil {
		return document.Promise{}, err
	}
	pol := o.policy
	out := document.Promise{Number: pay.ShortReference(id), Operator: a.letterhead(), Consumer: partyOf(profile.Billing, ""),
		Method: g.Method.String(), Currency: pol.Currency, Amount: g.Request.Amount, Accepted: day, From: plan.From, ValidUntil: plan.ValidUntil,
		Extra: plan.PayNow, Agreed: plan.AsAgreed, Checks: plan.Checks.Names(), Overdue: o.overdue() > 0,
		Rules: fmt.Sprintf("%s %d (%s), %s %d (%s)", pol.ID, pol.Version, pol.SHA256, pol.Card.ID, pol.Card.Version, pol.Card.SHA256)}
	for _, s := range plan.Steps {
		out.Steps = append(out.Steps, document.PromiseStep{By: s.By, Text: both(s.Sentence)})
	}
	for _, v := range credit.Voids() {
		out.Voids = append(out.Voids, both(v.Sentence))
	}
	return out, out.Check()
}

// draft is a plan on its way to becoming a promise or an offer of one.
type draft struct {
	row  *pay.Promise
	text promiseText
}

// draftPromise makes the row and the text of a plan.
func (a *App) draftPromise(p *person, k PlanKey, o *outlook, g credit.Goal, plan credit.Plan, day cal.Day) (*draft, error) {
	id := promiseID(p.row.ID, k)
	paper, err := a.promisePaper(p, id, o, g, plan, day)
	if err != nil {
		return nil, err
	}
	facts, err := p.facts.MarshalBinary()
	if err != nil {
		return nil, err
	}
	d := &draft{text: promiseText{Facts: sha(facts), Papers: map[string]document.Paper{}, SHA256: map[string]string{}}}
	for _, lang := range []string{"de", "en"} {
		d.text.Papers[lang] = paper.Paper(lang)
		d.text.SHA256[lang] = d.text.Papers[lang].Digest()
	}
	pol := o.policy
	d.row = &pay.Promise{ID: id, ConsumerID: p.row.ID, Plan: k.Digest, Method: k.Method, Amount: k.Amount, Currency: pol.Currency,
		OfferedDay: k.Offered, AcceptedDay: cal.NoDay, FulfilledDay: cal.NoDay, EndedDay: cal.NoDay, FromDay: plan.From, ValidUntil: plan.ValidUntil, PayBy: k.PayBy,
		CheckedDay: day, Policy: pol.ID, PolicyVersion: int64(pol.Version), PolicySHA256: pol.SHA256, Card: pol.Card.ID, CardVersion: int64(pol.Card.Version),
		CardSHA256: pol.Card.SHA256, Terms: promiseTerms(day).Version}
	return d, nil
}

// put seals and saves a draft with its steps. The rows of an offer that is accepted now are written again.
func (d *draft) put(tx *store.Tx, p *person, plan credit.Plan) error {
	plain := mustJSON(d.text)
	if d.row.AcceptedAt != 0 {
		d.row.Salt, d.row.Link, d.row.Lane = tx.Leaf(store.PromiseContent(d.row, plain))
	}
	d.row.Sealed = p.key.Seal(string(d.row.ID), plain)
	store.Save(tx, store.Promises, d.row)
	for i, s := range plan.Steps {
		step := &pay.PromiseStep{PromiseID: d.row.ID, N: int64(i), Kind: s.Kind.String(), InvoiceID: pay.InvoiceID(s.Invoice), No: s.No, Amount: s.Amount,
			ByDay: s.By, CountsDay: s.Counts, DoneDay: cal.NoDay, State: pay.StepOpen}
		if s.Kind == credit.Wait || s.Kind == credit.EvidenceStep {
			step.State = pay.StepInfo
		}
		if _, err := store.Get(tx, store.PromiseSteps, store.PromiseStepID(step.PromiseID, step.N)); err != nil {
			return err
		}
		store.Save(tx, store.PromiseSteps, step)
	}
	return nil
}

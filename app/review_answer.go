package app

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// Correction puts one fact right.
type Correction struct {
	Fact string  `json:"fact"` // one of pay.ReviewFacts
	Day  cal.Day `json:"day"`  // the true birth date, value day, day of the enquiries, or end of proceedings; NoDay where none is needed
	No   string  `json:"no"`   // number of the invoice, of a late payment
}

// ReviewAnswer is what a person answers.
type ReviewAnswer struct {
	Text        string // what the consumer reads
	Corrections []Correction
}

// Answered is a stored answer with what it changed.
type Answered struct {
	Text        string         `json:"text"`
	Corrections []Correction   `json:"corrections,omitempty"`
	Currency    money.Currency `json:"currency"`
	Amount      int64          `json:"amount"`
	Before      Outcomes       `json:"before"` // on the facts as they were
	After       Outcomes       `json:"after"`  // on the facts as they are now
}

// Outcomes are a decision's answers as a person compares them.
type Outcomes struct {
	Score   int32        `json:"score"`
	Limit   int64        `json:"limit"`
	Free    int64        `json:"free"`
	Methods []OutcomeFor `json:"methods"`
}

// OutcomeFor is the answer for one method, with the reasons in both languages.
type OutcomeFor struct {
	Method  string   `json:"method"`
	OK      bool     `json:"ok"`
	Max     int64    `json:"max"`
	Codes   []string `json:"codes,omitempty"`
	German  []string `json:"de,omitempty"`
	English []string `json:"en,omitempty"`
}

// answerMin is the least that a person owes as an answer, in characters.
const answerMin = 20

// AnswerReview answers a contest. Who decided about the same before may not answer. Corrected facts decide again at once;
// the new decision is recorded beside the old one, and the consumer sees both.
func (a *App) AnswerReview(ctx context.Context, who Actor, id pay.ReviewID, ans ReviewAnswer) (*pay.Review, error) {
	if !who.Can(DeedReview) {
		return nil, errForbidden
	}
	ans.Text = strings.TrimSpace(ans.Text)
	if n := utf8.RuneCountInString(ans.Text); n < answerMin || n > ContestTextMax {
		return nil, pay.Errorf(pay.Invalid, "bad_answer", "text", "Answer in %d to %d characters", answerMin, ContestTextMax)
	}
	if slices.ContainsFunc(ans.Corrections, func(c Correction) bool { return c.Fact == "security" }) && !who.may(pay.RoleRisk) {
		return nil, pay.Errorf(pay.Refused, "not_your_fact", "fact", "Only the risk desk may end a security review")
	}
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Reviews.At(b, string(id))}}
	u.Then = func(tx *store.Tx) []store.Ref {
		r, err := store.Get(tx, store.Reviews, string(id))
		if err != nil || r == nil {
			return nil
		}
		return []store.Ref{store.Consumers.At(b, string(r.ConsumerID)), store.Decisions.At(b, string(r.DecisionID))}
	}
	return do(ctx, a, who, "answer-review", Key{}, u, func(tx *store.Tx) (*pay.Review, error) {
		r, err := store.Get(tx, store.Reviews, string(id))
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, errNoReview
		}
		if r.State != pay.ReviewOpen {
			return nil, pay.Errorf(pay.Conflict, "review_over", "", "This contest was answered or withdrawn already")
		}
		worked, err := tx.WorkedOn(r, r.DecisionID == "" || r.Fact == "security")
		if err != nil {
			return nil, err
		}
		if worked[string(who.Staff)] {
			return nil, pay.Errorf(pay.Refused, "same_person", "", "You decided about this before; another person must answer")
		}
		p, err := a.person(tx, r.ConsumerID)
		if err != nil {
			return nil, err
		}
		return r, a.answer(tx, who, p, r, ans)
	})
}

// answer is behind the checks of who may answer: it decides before and after, and stores both.
func (a *App) answer(tx *store.Tx, who Actor, p *person, r *pay.Review, ans ReviewAnswer) error {
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return err
	}
	merchant, before, err := a.redecide(tx, p, r, pol)
	if err != nil {
		return err
	}
	r.Outcome = pay.ReviewUpheld
	out := Answered{Text: ans.Text, Corrections: ans.Corrections, Currency: before.Request.Currency, Amount: before.Request.Amount, Before: outcomesOf(&before)}
	out.After = out.Before
	for i, c := range ans.Corrections {
		if slices.ContainsFunc(ans.Corrections[:i], func(o Correction) bool { return o == c }) {
			continue
		}
		if err := a.correct(tx, p, pol, c); err != nil {
			return err
		}
		tx.Audit(who.String(), "fact_corrected", string(p.row.ID), string(r.ID)+" "+c.Fact)
		r.Outcome = pay.ReviewCorrected
	}
	if r.Outcome == pay.ReviewCorrected {
		_, after, err := a.redecide(tx, p, r, pol)
		if err != nil {
			return err
		}
		out.After = outcomesOf(&after)
		if r.Redecision, err = a.recordReview(tx, p, merchant, &after); err != nil {
			return err
		}
		if err := p.save(tx); err != nil {
			return err
		}
	}
	r.State, r.AnsweredBy, r.AnsweredAt, r.AnsweredDay = pay.ReviewAnswered, who.Staff, tx.At, tx.Day
	r.Answer = p.seal(string(r.ID)+"/answer", out)
	store.Save(tx, store.Reviews, r)
	tx.Audit(who.String(), "review_"+r.Outcome, string(p.row.ID), string(r.ID))
	return a.mailTo(tx, p, document.MailReviewed, string(r.ID), document.MailData{Link: a.BaseURL + "/me/reviews/" + pay.Bare(r.ID)})
}

// redecide asks the contested question again on the facts as they are now. Where no decision was contested it asks what
// the consumer's standing asks.
func (a *App) redecide(tx *store.Tx, p *person, r *pay.Review, pol *credit.Policy) (pay.MerchantID, credit.Record, error) {
	o, err := a.outlook(p, tx.Day)
	if err != nil {
		return "", credit.Record{}, err
	}
	req, merchant := o.req, pay.MerchantID("")
	if r.DecisionID != "" {
		d, err := store.Get(tx, store.Decisions, string(r.DecisionID))
		if err != nil {
			return "", credit.Record{}, err
		}
		plain, err := p.key.Open(string(d.ID), d.Sealed)
		if err != nil {
			return "", credit.Record{}, err
		}
		var was credit.Record
		if err := was.UnmarshalBinary(plain); err != nil {
			return "", credit.Record{}, err
		}
		req, merchant = was.Request, d.MerchantID
		req.ClusterCap, req.IdentityFirst = 0, false
		if err := a.bound(p, &req); err != nil {
			return "", credit.Record{}, err
		}
	}
	req.Day, req.NowMicros = tx.Day, tx.At
	return merchant, credit.NewRecord(pol, &p.facts, req, credit.Decide(pol, &p.facts, req)), nil
}

// recordReview stores the new decision like any other: it replays and has its leaf in the chain.
func (a *App) recordReview(tx *store.Tx, p *person, m pay.MerchantID, rec *credit.Record) (pay.DecisionID, error) {
	plain, err := rec.MarshalBinary()
	if err != nil {
		return "", err
	}
	row := &pay.DecisionRow{ID: pay.DecisionID(tx.IDIn(pay.PrefixDecision, pay.CellOf(string(p.row.ID)))), ConsumerID: p.row.ID, MerchantID: m,
		Kind: "review", Day: tx.Day, At: tx.At, Amount: rec.Request.Amount}
	for method := range credit.Method(credit.MethodCount) {
		if method.IsCredit() && rec.Decision.Outcome(method).OK {
			row.Approved = 1
		}
	}
	row.Salt, row.Link, row.Lane = tx.Leaf(plain)
	row.Sealed = p.key.Seal(string(row.ID), plain)
	store.Save(tx, store.Decisions, row)
	return row.ID, nil
}

func outcomesOf(rec *credit.Record) Outcomes {
	d := &rec.Decision
	out := Outcomes{Score: d.Score, Limit: d.Limit, Free: d.Available}
	for m := range credit.Method(credit.MethodCount) {
		if !rec.Request.Offers[m].Enabled {
			continue
		}
		o := d.Outcome(m)
		line := OutcomeFor{Method: m.String(), OK: o.OK, Max: o.Max}
		if !o.OK {
			why := d.Why(m)
			line.Codes = credit.Codes(why)
			for _, r := range why {
				line.German, line.English = append(line.German, r.Sentence("de")), append(line.English, r.Sentence("en"))
			}
		}
		out.Methods = append(out.Methods, line)
	}
	return out
}

var errNotThere = pay.Errorf(pay.Invalid, "bad_correction", "fact", "There is nothing of this kind to correct; check the number or the day")

// correct puts one fact right in the facts that decisions read.
func (a *App) correct(tx *store.Tx, p *person, pol *credit.Policy, c Correction) error {
	f := &p.facts
	switch c.Fact {
	case "birth_date":
		if !c.Day.IsSet() || c.Day >= tx.Day || c.Day < tx.Day-130*366 {
			return errNotThere
		}
		v, err := p.profile()
		if err != nil {
			return err
		}
		v.Born, f.Born = c.Day, c.Day
		p.setProfile(v)
	case "address":
		f.Address = credit.Address{Level: 2, Day: tx.Day}
	case "late_payment":
		return a.correctPayment(tx, p, pol, c)
	case "enquiries":
		if !f.History.Unasked(c.Day) {
			return errNotThere
		}
	case "security":
		f.Security = credit.NoHold
	case "insolvency":
		f.Insolvency = credit.Insolvency{Ended: c.Day}
	case "deceased":
		f.Deceased = false
	case "bureau":
		f.Bureau = credit.Bureau{AsOf: cal.NoDay}
	case "write_off":
		f.WriteOff = credit.WriteOff{Day: cal.NoDay, Settled: cal.NoDay}
	case "contact_change":
		f.ContactChanged = cal.NoDay
	case "shared_data":
		p.unmark(markCluster)
		p.unmark(markTwin)
	default:
		return errNotThere
	}
	return nil
}

// correctPayment says that an invoice was settled on another day than the books say, for example because the bank's value
// day was overlooked; without a day it was settled when due.
func (a *App) correctPayment(tx *store.Tx, p *person, pol *credit.Policy, c Correction) error {
	rows, err := tx.InvoicesNumbered(printedNo(c.No))
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return errNotThere
	}
	inv, err := store.Get(tx, store.Invoices, rows[0])
	if err != nil {
		return err
	}
	if inv == nil || inv.ConsumerID != p.row.ID || inv.Open > 0 || inv.Paid == 0 {
		return errNotThere
	}
	settled := inv.DueDay
	if c.Day.IsSet() {
		settled = c.Day
	}
	if settled > tx.Day || settled < inv.IssuedDay {
		return errNotThere
	}
	inv.SettledDay = settled
	store.Save(tx, store.Invoices, inv)
	return a.judgeAgain(tx, p, pol, inv)
}

// judgeAgain makes evidence of a settled invoice anew from the day on which it counts as settled. What was given back since
// is no evidence.
func (a *App) judgeAgain(tx *store.Tx, p *person, pol *credit.Policy, inv *pay.Invoice) error {
	c, err := store.Get(tx, store.Captures, string(inv.CaptureID))
	if err != nil {
		return err
	}
	paid := inv.Paid
	if c != nil {
		paid -= c.Refunded - inv.Refunded
	}
	p.facts.History.Resettled(pol, credit.Settlement{No: inv.No, Merchant: string(inv.MerchantID), Paid: paid, Due: inv.DueDay,
		Settled: inv.SettledDay, Returns: inv.IssuedDay + returnDays, Today: tx.Day})
	a.mend(tx, p)
	return nil
}

package app

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"zahlziel/credit"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// fraudStatus is how an order of an authorization begins: it waits where the authorization was marked.
func (p *person) fraudStatus(token pay.AuthorizationID) string {
	if p.marked(markReview(token)) == 0 {
		return pay.FraudAccepted
	}
	p.unmark(markReview(token))
	return pay.FraudPending
}

// pend lets a new order wait for a person: its amount stays held, its contract is not concluded, nothing can be captured.
func (a *App) pend(tx *store.Tx, _ *person, o *pay.Order, _ bool) error {
	rules, err := a.fraudRules(tx.Day)
	if err != nil {
		return err
	}
	c, err := store.Get(tx, store.FraudChecks, string(a.checkID(o.AuthorizationID, "")))
	if err != nil {
		return err
	}
	c.State, c.OrderID, c.Deadline = pay.CheckPending, o.ID, tx.At+rules.Review.Hours*3600*1e6
	store.Save(tx, store.FraudChecks, c)
	tx.Audit(System.String(), "order_waits", string(o.ConsumerID), string(c.ID))
	return nil
}

// Verdict is what a person says about an order that waits.
type Verdict struct {
	Accept    bool
	Reason    string
	Confirmed bool // with a rejection: it was fraud for sure; no more credit until a person has answered
}

// word is the verdict as it is stored.
func (v Verdict) word() string {
	if v.Accept {
		return pay.VerdictAccept
	}
	return pay.VerdictReject
}

// The length of a reason, in bytes.
const (
	reasonMin = 5
	reasonMax = 1000
)

var (
	errReason    = pay.Errorf(pay.Invalid, "bad_reason", "reason", "Say why, in %d to %d characters", reasonMin, reasonMax)
	errNoPending = pay.Errorf(pay.Missing, "no_such_check", "", "There is no such check")
)

// opinion is one line of a check's note.
type opinion struct {
	Who     string     `json:"who"`
	At      pay.Micros `json:"at"`
	Verdict string     `json:"verdict"`
	Reason  string     `json:"reason"`
}

// DecideCheck accepts or rejects an order that waits. From the rules' amount on two people must say the same: the first
// one's word is noted, another's who agrees decides. A repeated answer changes nothing.
func (a *App) DecideCheck(ctx context.Context, who Actor, id pay.FraudCheckID, v Verdict) (*pay.FraudCheck, error) {
	if !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	if v.Reason = strings.TrimSpace(v.Reason); len(v.Reason) < reasonMin || len(v.Reason) > reasonMax {
		return nil, errReason
	}
	return a.onCheck(ctx, who, id, func(d *checkDeed) error { return d.decide(v) })
}

// checkDeed is one change of a check with its order and person inside a unit of work. p is nil for an erased person.
type checkDeed struct {
	a     *App
	tx    *store.Tx
	who   Actor
	check *pay.FraudCheck
	order *pay.Order
	p     *person
}

func (a *App) onCheck(ctx context.Context, who Actor, id pay.FraudCheckID, f func(*checkDeed) error) (*pay.FraudCheck, error) {
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.FraudChecks.At(b, string(id))}}
	u.Then = func(tx *store.Tx) []store.Ref {
		c, err := store.Get(tx, store.FraudChecks, string(id))
		if err != nil || c == nil {
			return nil
		}
		return []store.Ref{store.Consumers.At(b, string(c.ConsumerID)), store.Orders.At(b, string(c.OrderID))}
	}
	return do(ctx, a, who, "fraud_check", Key{}, u, func(tx *store.Tx) (*pay.FraudCheck, error) {
		c, err := store.Get(tx, store.FraudChecks, string(id))
		if err != nil {
			return nil, err
		}
		if c == nil || c.OrderID == "" {
			return nil, errNoPending
		}
		o, err := store.Get(tx, store.Orders, string(c.OrderID))
		if err != nil {
			return nil, err
		}
		p, err := a.person(tx, c.ConsumerID)
		if err != nil && !gone(err) {
			return nil, err
		}
		d := &checkDeed{a, tx, who, c, o, p}
		if err := f(d); err != nil {
			return nil, err
		}
		store.Save(tx, store.FraudChecks, c)
		store.Save(tx, store.Orders, o)
		if p != nil {
			p.orderHold(o)
			return c, p.save(tx)
		}
		return c, nil
	})
}

// decide finishes a check that waits, or notes what the first of two people said.
func (d *checkDeed) decide(v Verdict) error {
	c := d.check
	if c.State != pay.CheckPending {
		if c.DecidedBy == d.who.String() {
			return nil // the same answer again
		}
		return pay.Errorf(pay.Conflict, "check_over", "", "This order was decided already")
	}
	if d.order.Status != pay.OrderAuthorized {
		c.State, c.DecidedBy, c.DecidedAt = pay.CheckVoid, d.who.String(), d.tx.At
		return nil
	}
	if d.p == nil {
		v.Accept = false // an erased person owes nobody a new debt
	}
	if err := d.note(v); err != nil {
		return err
	}
	rules, err := d.a.fraudRules(c.Day)
	if err != nil {
		return err
	}
	if c.Amount >= rules.Review.FourEyes && !d.who.System && (c.ProposedBy == "" || c.Proposed != v.word()) {
		c.ProposedBy, c.Proposed = d.who.Staff, v.word()
		d.tx.Audit(d.who.String(), "order_verdict_first", string(c.ConsumerID), string(c.ID)+" "+v.word())
		return nil
	}
	if c.ProposedBy != "" && c.ProposedBy == d.who.Staff {
		return pay.Errorf(pay.Refused, "second_person", "", "From this amount on another person must say the same")
	}
	return d.finish(v)
}

// finish makes a verdict count: the order and the shop hear of it.
func (d *checkDeed) finish(v Verdict) error {
	c, o := d.check, d.order
	c.DecidedBy, c.DecidedAt = d.who.String(), d.tx.At
	d.tx.Audit(d.who.String(), "order_"+v.word(), string(c.ConsumerID), string(c.ID))
	if !v.Accept {
		c.State = pay.CheckRejected
		d.end(v, noticeRejected)
		return nil
	}
	c.State, o.Fraud = pay.CheckAccepted, pay.FraudAccepted
	cart, err := open[pay.Cart](d.p.key, string(o.ID), o.Sealed)
	if err != nil {
		return err
	}
	d.a.notice(d.tx, o, noticeAccepted)
	return d.a.activate(d.tx, d.p, o, cart.AutoCapture)
}

// end cancels an order for good; onCheck then frees what it held.
func (d *checkDeed) end(v Verdict, event string) {
	d.order.Fraud, d.order.Status = pay.FraudRejected, pay.OrderCancelled
	if v.Confirmed {
		d.check.Confirmed = 1
		if d.p != nil && d.p.facts.Security == credit.NoHold {
			d.p.facts.Security = credit.HoldCredit
		}
	}
	d.a.notice(d.tx, d.order, event)
}

// note adds a reason to the check, sealed with the person's key.
func (d *checkDeed) note(v Verdict) error {
	if d.p == nil {
		return nil
	}
	said, err := d.a.opinions(d.p, d.check)
	if err != nil {
		return err
	}
	said = append(said, opinion{d.who.String(), d.tx.At, v.word(), v.Reason})
	d.check.Note = d.p.seal(string(d.check.ID)+"/note", said)
	return nil
}

func (a *App) opinions(p *person, c *pay.FraudCheck) ([]opinion, error) {
	if len(c.Note) == 0 {
		return nil, nil
	}
	return open[[]opinion](p.key, string(c.ID)+"/note", c.Note)
}

// StopOrder stops an order before anything of it was delivered, because something became known later. One that no rule
// was hit by gets a check too, so that the rules are measured by what they missed.
func (a *App) StopOrder(ctx context.Context, who Actor, id pay.OrderID, v Verdict) (*pay.FraudCheck, error) {
	if !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	if v.Accept, v.Reason = false, strings.TrimSpace(v.Reason); len(v.Reason) < reasonMin || len(v.Reason) > reasonMax {
		return nil, errReason
	}
	o, err := store.LoadID(ctx, a.DB, store.Orders, id)
	if err != nil {
		return nil, err
	}
	if o == nil {
		return nil, errNoOrder
	}
	check, err := a.checkOf(ctx, who, o)
	if err != nil {
		return nil, err
	}
	return a.onCheck(ctx, who, check, func(d *checkDeed) error {
		switch {
		case d.check.State == pay.CheckStopped:
			return nil
		case d.check.State == pay.CheckPending:
			return pay.Errorf(pay.Conflict, "check_waits", "", "This order waits for an answer; reject it instead")
		case d.order.Status != pay.OrderAuthorized || d.order.Captures > 0:
			return pay.Errorf(pay.Refused, "stop_not_allowed", "", "Goods of this order were delivered, or it is over; it cannot be stopped")
		}
		if err := d.note(v); err != nil {
			return err
		}
		d.check.State, d.check.DecidedBy, d.check.DecidedAt = pay.CheckStopped, who.String(), d.tx.At
		d.tx.Audit(who.String(), "order_stop", string(d.check.ConsumerID), string(d.check.ID))
		d.end(v, noticeStopped)
		return nil
	})
}

// checkOf finds the check of an order, or makes an empty one.
func (a *App) checkOf(ctx context.Context, who Actor, o *pay.Order) (pay.FraudCheckID, error) {
	id := a.checkID(o.AuthorizationID, "")
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.FraudChecks.At(b, string(id))}}
	return do(ctx, a, who, "fraud_check", Key{}, u, func(tx *store.Tx) (pay.FraudCheckID, error) {
		c, err := store.Get(tx, store.FraudChecks, string(id))
		if err != nil {
			return id, err
		}
		if c == nil {
			c = &pay.FraudCheck{ID: id, ConsumerID: o.ConsumerID, MerchantID: o.MerchantID, SessionID: o.SessionID, AuthorizationID: o.AuthorizationID,
				DecisionID: o.DecisionID, Day: tx.Day, At: tx.At, Amount: o.Amount, Currency: o.Currency, Outcome: fraud.Accept.String(), State: pay.CheckAccepted}
		}
		if c.OrderID == "" {
			c.OrderID = o.ID
			store.Save(tx, store.FraudChecks, c)
		}
		return id, nil
	})
}

// lapsePending rejects the orders that nobody answered in time: a shop and a buyer must not wait for ever, and goods must
// not leave on a suspicion that nobody looked at.
func (r *dayRun) lapsePending(ctx context.Context, bucket int) error {
	return drain(ctx, func() ([]*pay.FraudCheck, error) {
		return r.a.DB.LapsedChecks(ctx, bucket, r.now, dayPage)
	}, func(c *pay.FraudCheck) error {
		done, err := r.a.onCheck(ctx, System, c.ID, func(d *checkDeed) error {
			if d.check.State != pay.CheckPending || d.check.Deadline > r.now {
				return nil
			}
			return d.decide(Verdict{Reason: "nobody answered in time"})
		})
		count(&r.done.Reviews, err == nil && done.State == pay.CheckRejected && done.DecidedBy == System.String())
		return err
	})
}

// Events that a shop is told about an order.
const (
	noticeAccepted = "FRAUD_RISK_ACCEPTED"
	noticeRejected = "FRAUD_RISK_REJECTED"
	noticeStopped  = "FRAUD_RISK_STOPPED"
)

// shopNotice is the body of the job that tells a shop.
type shopNotice struct {
	Event string     `json:"event"`
	At    pay.Micros `json:"at"`
}

func (a *App) notice(tx *store.Tx, o *pay.Order, event string) {
	a.queue(tx, JobShopNotice, string(o.ID), mustJSON(shopNotice{event, tx.At}))
	a.tellOrder(tx, verdictEvents[event], o, nil)
}

// shopNotice tells a shop {"order_id","event_type","timestamp"} at the address that it gave for notifications. The job is
// tried again until the shop takes it.
func (h poster) shopNotice(ctx context.Context, j *pay.Job) error {
	var n shopNotice
	if err := json.Unmarshal(j.Body, &n); err != nil {
		return Permanent{err}
	}
	o, err := store.LoadID(ctx, h.DB, store.Orders, pay.OrderID(j.Subject))
	if err != nil || o == nil {
		return err
	}
	p, err := h.readPerson(ctx, o.ConsumerID)
	if gone(err) {
		return nil // erased meanwhile, and the address of the notice with it
	} else if err != nil {
		return err
	}
	cart, err := open[pay.Cart](p.key, string(o.ID), o.Sealed)
	if err != nil {
		return Permanent{err}
	}
	if cart.URLs.Notification == "" {
		return nil
	}
	to := FillPage(cart.URLs.Notification, o.SessionID, "", o.AuthorizationID, o.ID)
	return callShop(ctx, outgoing{Merchant: o.MerchantID, To: to, Body: mustJSON(map[string]string{"order_id": pay.Bare(o.ID), "event_type": n.Event,
		"timestamp": time.UnixMicro(n.At).UTC().Format("2006-01-02T15:04:05.000Z")})}, h.Demo)
}

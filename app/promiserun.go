package app

import (
	"context"
	"encoding/json"
	"errors"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// keepPromises looks at every live promise and offer of a bucket once a day: steps that were missed, days that have passed.
func (r *dayRun) keepPromises(ctx context.Context, bucket int) error {
	after := pay.PromiseID("")
	for {
		rows, err := r.a.DB.LivePromises(ctx, bucket, r.day, after, dayPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		if err := fan(ctx, dayUnits, rows, func(row *pay.Promise) error { return r.keepPromise(ctx, bucket, row) }); err != nil {
			return err
		}
	}
}

func (r *dayRun) keepPromise(ctx context.Context, bucket int, seen *pay.Promise) error {
	ended := ""
	_, err := r.lapse(ctx, bucket, seen.ConsumerID, store.Promises.At(bucket, string(seen.ID)), func(tx *store.Tx, p *person) (bool, error) {
		ended = ""
		row, err := store.Get(tx, store.Promises, string(seen.ID))
		if err != nil || row == nil || !row.Live() && row.State != pay.PromiseOffered || row.CheckedDay >= r.day {
			return false, err
		}
		row.CheckedDay = r.day
		store.Save(tx, store.Promises, row)
		if p == nil { // erased: nobody is left to be promised anything
			row.State, row.EndedDay, ended = pay.PromiseExpired, tx.Day, pay.PromiseExpired
			return true, nil
		}
		if row.State == pay.PromiseOffered {
			if r.day <= row.PayBy {
				return true, nil
			}
			ended = pay.PromiseExpired
			return true, p.endPromise(tx, System, string(row.ID), ended, "")
		}
		if ended, err = r.judge(tx, p, row); err != nil {
			return false, err
		}
		return true, p.save(tx)
	})
	count(&r.done.PromisesExpired, ended == pay.PromiseExpired)
	count(&r.done.PromisesVoid, ended == pay.PromiseVoid)
	return err
}

// judge ends a promise whose days have passed or that one of its voids ended for good. The person hears why at once, with
// a fresh plan.
func (r *dayRun) judge(tx *store.Tx, p *person, row *pay.Promise) (ended string, err error) {
	c := p.promise(string(row.ID))
	if c == nil || p.facts.InUse(c, tx.At) { // a checkout uses it right now; it is looked at again tomorrow
		return "", nil
	}
	pol, err := r.a.Policy(r.day)
	if err != nil {
		return "", err
	}
	c.Keep(&p.facts, r.day, r.day)
	c.Miss(&p.facts, r.day, promiseTerms(row.AcceptedDay).BankDays)
	if err := p.noteSteps(tx, c); err != nil {
		return "", err
	}
	if voids := c.Ended(pol, &p.facts, r.day); len(voids) > 0 {
		if voids[0] != credit.V6InsolvencyOrDeath {
			r.a.queue(tx, JobPromiseOver, string(row.ID), mustJSON(promiseOver{Void: voids[0]}))
		}
		return pay.PromiseVoid, p.endPromise(tx, System, string(row.ID), pay.PromiseVoid, voids[0].String())
	}
	if r.day > row.ValidUntil {
		return pay.PromiseExpired, p.endPromise(tx, System, string(row.ID), pay.PromiseExpired, "")
	}
	return "", nil
}

// promiseOver is the body of a JobPromiseOver; its subject is the promise.
type promiseOver struct {
	Void credit.Void `json:"void"`
}

// promise makes the paper of an accepted plan and mails it, once.
func (h poster) promise(ctx context.Context, j *pay.Job) error {
	row, err := store.LoadID(ctx, h.DB, store.Promises, pay.PromiseID(j.Subject))
	if err != nil || row == nil {
		return err
	}
	p, err := h.readPerson(ctx, row.ConsumerID)
	if err != nil {
		return Permanent{err}
	}
	v, err := h.promiseView(ctx, p, row, row.AcceptedDay)
	if err != nil {
		return Permanent{err}
	}
	paperOf := v.Paper(p.row.Language)
	pdf, err := paperOf.PDF()
	if err != nil {
		return Permanent{err}
	}
	b := bucketOf(row.ID)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Documents.At(b, string(row.DocumentID)), store.Consumers.At(b, string(row.ConsumerID))}}
	_, err = do(ctx, h.App, System, "promise", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		if d, err := store.Get(tx, store.Documents, string(row.DocumentID)); err != nil || d != nil {
			return struct{}{}, err
		}
		p, err := h.person(tx, row.ConsumerID)
		if err != nil {
			return struct{}{}, err
		}
		h.keep(tx, p, paper{row.DocumentID, "promise", string(row.ID), p.row.Language, pdf})
		data := h.promiseMail(row)
		data.From, data.Until = row.FromDay, row.ValidUntil
		data.Steps = stepLines(v.Steps, row.Currency, p.row.Language)
		return struct{}{}, h.mailTo(tx, p, document.MailPromise, string(row.ID), data, row.DocumentID)
	})
	return err
}

func (h poster) promiseMail(row *pay.Promise) document.MailData {
	return document.MailData{Link: h.BaseURL + "/me/promises/" + pay.Bare(row.ID), Number: pay.ShortReference(row.ID), Currency: row.Currency, Amount: row.Amount}
}

// stepLines says steps in sentences.
func stepLines(steps []pay.PromiseStep, cur money.Currency, lang string) []string {
	var out []string
	for i := range steps {
		out = append(out, StepSentence(&steps[i], cur, lang))
	}
	return out
}

// StepSentence says a stored step in plain words.
func StepSentence(s *pay.PromiseStep, cur money.Currency, lang string) string {
	for k := credit.PayFull; k <= credit.EvidenceStep; k++ {
		if k.String() == s.Kind {
			return credit.Step{Kind: k, Currency: cur, No: s.No, Amount: s.Amount, By: s.ByDay}.Sentence(lang)
		}
	}
	return s.Kind
}

// promiseOver tells a person that a promise has ended before its time, and offers a fresh plan for the same purchase.
func (h poster) promiseOver(ctx context.Context, j *pay.Job) error {
	row, err := store.LoadID(ctx, h.DB, store.Promises, pay.PromiseID(j.Subject))
	if err != nil || row == nil {
		return err
	}
	b := bucketOf(row.ID)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Jobs.At(b, string(j.ID)), store.Consumers.At(b, string(row.ConsumerID))}}
	_, err = do(ctx, h.App, System, "promise", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		job, err := store.Get(tx, store.Jobs, string(j.ID))
		if err != nil || job == nil || job.State != pay.JobWaiting || string(job.Body) == "mailed" {
			return struct{}{}, err
		}
		var over promiseOver
		if err := json.Unmarshal(job.Body, &over); err != nil {
			return struct{}{}, err
		}
		p, err := h.person(tx, row.ConsumerID)
		if gone(err) {
			return struct{}{}, nil
		} else if err != nil {
			return struct{}{}, err
		}
		data := h.promiseMail(row)
		data.Link, data.Reason = h.BaseURL+"/me/standing", over.Void.Sentence(p.row.Language)
		fresh, err := h.freshPlan(tx, p, row)
		if err != nil {
			return struct{}{}, err
		}
		if fresh != nil {
			data.Link = h.BaseURL + "/me/promises/" + pay.Bare(fresh.row.ID)
			data.From, data.Until, data.Due = fresh.row.FromDay, fresh.row.ValidUntil, fresh.row.PayBy
			for _, s := range fresh.steps {
				data.Steps = append(data.Steps, s.Sentence(p.row.Language))
			}
		}
		job.Body = []byte("mailed")
		store.Save(tx, store.Jobs, job)
		return struct{}{}, h.mailTo(tx, p, document.MailPromiseOver, string(row.ID), data)
	})
	return err
}

// offer is a fresh plan that waits to be accepted.
type offer struct {
	row   *pay.Promise
	steps []credit.Step
}

// freshPlan stores an offer of the earliest plan for the purchase of an ended promise, or nothing where there is none.
func (a *App) freshPlan(tx *store.Tx, p *person, ended *pay.Promise) (*offer, error) {
	q, err := a.question(p, tx.Day, tx.At, ended.Method, ended.Amount, cal.NoDay)
	if refusal := (*pay.Error)(nil); errors.As(err, &refusal) {
		return nil, nil // nobody offers this method or amount any more
	} else if err != nil {
		return nil, err
	}
	way := credit.WayBack(q.policy, q.facts, q.goal)
	sum, lanes, err := tx.Promised()
	if err != nil || way.Open || len(way.Plans) == 0 || sum+ended.Amount > promiseTerms(tx.Day).Exposure/int64(lanes) {
		return nil, err
	}
	plan := way.Plans[0]
	k := PlanKey{ended.Method, ended.Amount, q.goal.PayBy, tx.Day, planDigest(ended.Method, ended.Amount, plan)}
	d, err := a.draftPromise(p, k, q.outlook, q.goal, plan, tx.Day)
	if err != nil {
		return nil, err
	}
	old, err := store.Get(tx, store.Promises, string(d.row.ID))
	if err != nil {
		return nil, err
	}
	if old != nil {
		return nil, nil // this very plan was accepted or offered today already
	}
	d.row.State = pay.PromiseOffered
	return &offer{d.row, plan.Steps}, d.put(tx, p, plan)
}

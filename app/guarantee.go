package app

import (
	"context"

	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// guaranteeEvery is the days between two looks at one consumer's guaranteed limit; each day takes its share of the buckets.
// Policies leave room for it: a guarantee lasts at least a look and the notice longer (credit.GuaranteeDays).
const guaranteeEvery = 30

// guarantee renews the limits that were told, and writes to those whose limit will fall.
func (r *dayRun) guarantee(ctx context.Context, bucket int) error {
	if bucket%guaranteeEvery != int(r.day)%guaranteeEvery {
		return nil
	}
	pol, err := r.a.Policy(r.day)
	if err != nil || pol.Guarantee.Days == 0 {
		return err
	}
	after := pay.ConsumerID("")
	for {
		rows, err := r.a.DB.ConsumersIn(ctx, bucket, after, dayPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		if err := fan(ctx, dayUnits, rows, func(c *pay.Consumer) error { return r.guaranteeOne(ctx, pol, c) }); err != nil {
			return err
		}
	}
}

// guaranteeOne looks at one consumer. Whoever was looked at on this day already is left alone, so a day that is run again
// after a stop neither renews nor writes twice.
func (r *dayRun) guaranteeOne(ctx context.Context, pol *credit.Policy, c *pay.Consumer) error {
	if c.Status != pay.ConsumerActive || c.MergedInto != "" || len(c.WrappedKey) == 0 {
		return nil
	}
	b := bucketOf(c.ID)
	notice := false
	changed, err := r.lapse(ctx, b, c.ID, store.Consumers.At(b, string(c.ID)), func(tx *store.Tx, p *person) (bool, error) {
		notice = false
		if p == nil || p.facts.Guarantee.Until.IsSet() && p.facts.Guarantee.Since == r.day {
			return false, nil
		}
		changed, fall := p.facts.RenewGuarantee(pol, r.day)
		if !changed {
			return false, nil
		}
		if notice = fall != nil; notice {
			data := document.MailData{Link: r.a.BaseURL + "/me/standing", Currency: pol.Currency, Amount: fall.Old, Open: fall.New, Due: fall.From}
			if err := r.a.mailTo(tx, p, document.MailLimit, string(c.ID), data); err != nil {
				return false, err
			}
		}
		return true, p.save(tx)
	})
	count(&r.done.Guaranteed, changed)
	count(&r.done.LimitNotices, changed && notice)
	return err
}

package app

import (
	"context"
	"strings"

	"zahlziel/cal"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// FraudReport measures every rule by what became of the purchases that it was hit by. Shares are per mille; −1 says that
// nothing is known yet.
type FraudReport struct {
	Rules   string      `json:"rules"`
	Version int         `json:"version"`
	From    cal.Day     `json:"from"`
	Until   cal.Day     `json:"until"`
	Total   RuleCount   `json:"total"`
	By      []RuleCount `json:"by_rule"`
	Missed  int64       `json:"missed"` // stopped later though no rule was hit
}

// RuleCount counts the purchases that one rule was hit by. A purchase is bad when a person was sure, rejected or stopped
// it, or when it was not paid or disputed later; good when it was paid in full; else open.
type RuleCount struct {
	Code      string `json:"code"`
	Outcome   string `json:"outcome"`
	German    string `json:"-"`
	English   string `json:"-"`
	Hits      int64  `json:"hits"`
	Steps     int64  `json:"steps"`     // asked for more
	Abandoned int64  `json:"abandoned"` // of which no order came
	Person    int64  `json:"person"`    // waited for a person
	Accepted  int64  `json:"accepted"`
	Rejected  int64  `json:"rejected"`
	Confirmed int64  `json:"confirmed"` // a person was sure
	Stopped   int64  `json:"stopped"`
	Defaulted int64  `json:"defaulted"`
	Disputed  int64  `json:"disputed"`
	Good      int64  `json:"good"`
	Bad       int64  `json:"bad"`
	Open      int64  `json:"open"`      // not known yet
	Precision int64  `json:"precision"` // bad of bad and good
	Amount    int64  `json:"amount"`    // of the bad ones, minor units
}

// MeasureFraud measures the rules over the checks made from a day on, by their state today.
func (a *App) MeasureFraud(ctx context.Context, who Actor, from cal.Day) (*FraudReport, error) {
	if !who.System && !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := a.fraudRules(day)
	if err != nil {
		return nil, err
	}
	r := &FraudReport{Rules: rules.ID, Version: rules.Version, From: from, Until: day, Total: RuleCount{Code: "all"}}
	at := map[string]int{}
	for _, rule := range rules.Rules {
		at[rule.Code] = len(r.By)
		r.By = append(r.By, RuleCount{Code: rule.Code, Outcome: rule.Outcome.String(), German: rule.German, English: rule.English})
	}
	for bucket := range pay.Buckets {
		err := a.DB.EachCheck(ctx, bucket, pay.Germany.Midnight(from), func(c *pay.FraudCheck) error {
			l, err := a.later(ctx, c, day, rules)
			if err != nil {
				return err
			}
			if c.Rules == "" {
				r.Missed++
				return nil
			}
			r.Total.add(c, l)
			for _, code := range strings.Fields(c.Rules) {
				if _, known := at[code]; !known { // of an older version
					at[code] = len(r.By)
					r.By = append(r.By, RuleCount{Code: code})
				}
				r.By[at[code]].add(c, l)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	r.Total.finish()
	for i := range r.By {
		r.By[i].finish()
	}
	return r, nil
}

// later is what became of a purchase.
type later struct {
	ordered, defaulted, disputed, paid bool
}

func (l later) bad(c *pay.FraudCheck) bool {
	return c.Confirmed == 1 || c.State == pay.CheckRejected || c.State == pay.CheckStopped || l.defaulted || l.disputed
}

// later looks at the order of an authorization and its invoices; a step has the order that followed it.
func (a *App) later(ctx context.Context, c *pay.FraudCheck, day cal.Day, rules *fraud.Rules) (l later, err error) {
	order := c.OrderID
	if order == "" && c.AuthorizationID != "" {
		auth, err := store.LoadID(ctx, a.DB, store.Authorizations, c.AuthorizationID)
		if err != nil {
			return l, err
		}
		if auth != nil {
			order = auth.OrderID
		}
	}
	if l.ordered = order != ""; !l.ordered {
		return l, nil
	}
	invoices, err := a.DB.InvoicesOfOrder(ctx, order)
	if err != nil {
		return l, err
	}
	l.paid = len(invoices) > 0
	for _, inv := range invoices {
		l.paid = l.paid && inv.Open == 0
		l.defaulted = l.defaulted || inv.Open > 0 && int64(day-inv.DueDay) >= rules.Review.Default
		if inv.Open > 0 && !l.disputed {
			if l.disputed, err = a.DB.Disputed(ctx, inv.ID); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

func (r *RuleCount) add(c *pay.FraudCheck, l later) {
	r.Hits++
	step := c.State == pay.CheckStep
	for _, n := range []struct {
		count *int64
		yes   bool
	}{
		{&r.Steps, step}, {&r.Abandoned, step && !l.ordered}, {&r.Person, c.Outcome == fraud.Person.String() && l.ordered},
		{&r.Accepted, c.State == pay.CheckAccepted}, {&r.Rejected, c.State == pay.CheckRejected}, {&r.Confirmed, c.Confirmed == 1},
		{&r.Stopped, c.State == pay.CheckStopped}, {&r.Defaulted, l.defaulted}, {&r.Disputed, l.disputed},
	} {
		*n.count += bit(n.yes)
	}
	switch {
	case l.bad(c):
		r.Bad++
		r.Amount += c.Amount
	case l.paid:
		r.Good++
	default:
		r.Open++
	}
}

func (r *RuleCount) finish() {
	r.Precision = -1
	if known := r.Bad + r.Good; known > 0 {
		r.Precision = r.Bad * 1000 / known
	}
}

package app

import (
	"context"
	"strings"

	"zahlziel/credit"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// pendingMax is how many waiting orders the desk lists at once.
const pendingMax = 100

// PendingLine is one order that waits, without anything about the person.
type PendingLine struct {
	Check pay.FraudCheck
	Shop  string
}

// Pending lists the orders that wait for a person, the earliest deadline first.
func (a *App) Pending(ctx context.Context, who Actor) ([]PendingLine, error) {
	if !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	rows, err := a.DB.PendingChecks(ctx, pendingMax)
	if err != nil {
		return nil, err
	}
	var out []PendingLine
	for _, c := range rows {
		c.Note, c.Sealed = nil, nil
		out = append(out, PendingLine{*c, a.MerchantName(c.MerchantID)})
	}
	return out, a.looked(ctx, who, "list_pending", len(out))
}

// CheckView is everything beside the decision about one order.
type CheckView struct {
	Check    pay.FraudCheck
	Shop     string
	Record   fraud.Record
	Rules    []fraud.Rule // that were hit
	FourEyes bool         // two people must agree
	Order    *OrderView   // nil where none was placed
	Profile  pay.Profile
	Said     []Said
	Decision *credit.Record // nil where a step came before the decision
	Erased   bool
}

// Said is what one person said about it.
type Said struct {
	Name    string
	At      pay.Micros
	Verdict string
	Reason  string
}

// Check opens one check with the order, the decision and the person. The look is in the audit trail first.
func (a *App) Check(ctx context.Context, who Actor, id pay.FraudCheckID) (*CheckView, error) {
	if !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	c, err := store.LoadID(ctx, a.DB, store.FraudChecks, id)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errNoPending
	}
	row, err := a.look(ctx, who, c.ConsumerID, string(id))
	if err != nil {
		return nil, err
	}
	v := &CheckView{Check: *c, Shop: a.MerchantName(c.MerchantID)}
	v.Check.Note, v.Check.Sealed = nil, nil
	if c.OrderID != "" {
		if v.Order, err = a.ReadOrder(ctx, who, c.OrderID); err != nil {
			return nil, err
		}
	}
	p, err := a.openPerson(row)
	if gone(err) {
		v.Erased = true
		return v, nil
	} else if err != nil {
		return nil, err
	}
	if v.Profile, err = p.profile(); err != nil {
		return nil, err
	}
	return v, a.fillCheck(ctx, p, c, v)
}

func (a *App) fillCheck(ctx context.Context, p *person, c *pay.FraudCheck, v *CheckView) error {
	if len(c.Sealed) > 0 {
		plain, err := p.key.Open(string(c.ID), c.Sealed)
		if err != nil {
			return err
		}
		if err := v.Record.UnmarshalBinary(plain); err != nil {
			return err
		}
	}
	if rules, ok := a.fraud.rules.Version(v.Record.Rules, v.Record.Version); ok {
		v.FourEyes = c.Amount >= rules.Review.FourEyes
		for _, r := range rules.Rules {
			if strings.Contains(" "+c.Rules+" ", " "+r.Code+" ") {
				v.Rules = append(v.Rules, r)
			}
		}
	}
	said, err := a.opinions(p, c)
	if err != nil {
		return err
	}
	for _, o := range said {
		name, err := a.staffName(ctx, o.Who)
		if err != nil {
			return err
		}
		v.Said = append(v.Said, Said{name, o.At, o.Verdict, o.Reason})
	}
	if c.DecisionID == "" {
		return nil
	}
	d, err := store.LoadID(ctx, a.DB, store.Decisions, c.DecisionID)
	if err != nil || d == nil {
		return err
	}
	plain, err := p.key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return err
	}
	v.Decision = &credit.Record{}
	return v.Decision.UnmarshalBinary(plain)
}

// staffName is the name of a person at the desk; of the program it is empty.
func (a *App) staffName(ctx context.Context, id string) (string, error) {
	if !strings.HasPrefix(id, pay.PrefixStaff+"_") {
		return "", nil
	}
	s, err := a.DB.Staff(ctx, id)
	if err != nil || s == nil {
		return "", err
	}
	return s.Name, nil
}

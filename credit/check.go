package credit

import (
	"errors"
	"fmt"
)

// compile checks the policy against its schema and the monotonicity contract, and indexes the methods.
func (p *Policy) compile() error {
	if p.ID == "" || p.Version < 1 || !p.ValidFrom.IsSet() || len(p.Currency) != 3 {
		return errors.New("id, version, valid_from and currency must be set")
	}
	for _, check := range []func() error{p.checkBands, p.checkCaps, p.checkRules, p.checkMethods, p.checkPromise, p.checkGuarantee, p.checkExtra, p.checkSources} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Policy) checkBands() error {
	if len(p.Bands) == 0 {
		return errors.New("bands: at least one is needed")
	}
	for i, b := range p.Bands {
		if b.Score < 0 || b.Score > 1000 || b.Limit < 0 || b.Limit > maxAmount {
			return fmt.Errorf("bands: entry %d is out of range", i+1)
		}
		if i > 0 && (b.Score >= p.Bands[i-1].Score || b.Limit > p.Bands[i-1].Limit) {
			return fmt.Errorf("bands: entry %d must have a lower score and no higher limit than the one before", i+1)
		}
	}
	return nil
}

// maxAmount bounds every amount of a policy so that sums and products stay far inside int64.
const maxAmount = 1_000_000_000_00

func (p *Policy) checkCaps() error {
	c := p.Caps
	for _, v := range []int64{c.Unverified, c.Bank, c.Identity, c.NewAccount, c.FirstPurchase, c.ProvenBase, c.AddressLevel1, c.Bureau} {
		if v < 0 || v > maxAmount {
			return errors.New("caps: amounts must be 0 or more")
		}
	}
	switch {
	case c.Bank < c.Unverified || c.Identity < c.Bank:
		return errors.New("caps: a stronger verification must not lower l02")
	case c.ProvenBase < c.FirstPurchase:
		return errors.New("caps: l05_base must not be below l04_first_purchase, or the first payment on time would lower the limit")
	case c.ProvenTimes < 1 || c.ProvenTimes > 100:
		return errors.New("caps: l05_times must be 1 to 100")
	case c.NewAccountDays < 0:
		return errors.New("caps: l03_days must be 0 or more")
	}
	return nil
}

func (p *Policy) checkRules() error {
	r := p.Rules
	for _, v := range []int32{r.InsolvencyDays, r.GraceDays, r.ContactDays, r.WriteOffDays, r.WriteOffSettled, r.ScoreReasonMissing, r.ScoreReasons} {
		if v < 0 || v > 3650 {
			return errors.New("rules: days and counts must be 0 to 3650")
		}
	}
	switch {
	case r.MinAge < 18 || r.MinAge > 120:
		return errors.New("rules: r02_min_age_years must be at least 18")
	case r.ReminderDPD <= r.GraceDays || r.CollectionsDPD <= r.GraceDays || r.ReminderLevel < 1:
		return errors.New("rules: r06 and r07 must begin after the grace days")
	case r.OverdueTolerance < 0 || r.DisputedExposure < 0:
		return errors.New("rules: tolerances must be 0 or more")
	case r.PurchasesPerDay < 1 || r.PurchasesPerDay > PurchaseCap || r.PurchasesPerWeek < 1 || r.PurchasesPerWeek > PurchaseCap:
		return fmt.Errorf("rules: r15 counts must be 1 to %d", PurchaseCap)
	case r.AssessmentMonths < 1 || r.AssessmentMonths > 12:
		return errors.New("rules: r16_valid_months must be 1 to 12")
	}
	e := p.Evidence
	if e.MinAmount < 1 || e.PayNowMinAmount < 1 || e.PayNowMax < 0 || e.PayNowMax > PaidNowCap {
		return fmt.Errorf("evidence: amounts must be set and pay_now_max 0 to %d", PaidNowCap)
	}
	return nil
}

func (p *Policy) checkMethods() error {
	if len(p.Methods) != MethodCount {
		return fmt.Errorf("methods: exactly the methods %v are needed", methodNames)
	}
	p.needBank, p.needPerson, p.needDebit = 0, 0, 0
	for i, m := range p.Methods {
		switch {
		case int(m.Method) != i:
			return fmt.Errorf("methods: entry %d must be %s", i+1, Method(i))
		case m.MinScore < 0 || m.MinScore > 1000 || m.MinAmount < 1 || m.MinAmount > maxAmount:
			return fmt.Errorf("methods: %s: score or amount out of range", m.Method)
		case m.Method.IsCredit() && (m.Months < 1 || m.Months > 120):
			return fmt.Errorf("methods: %s: months must be 1 to 120", m.Method)
		case !m.Method.IsCredit() && (m.MinScore != 0 || m.Bank || m.Identity || m.DirectDebit || m.Months != 0):
			return fmt.Errorf("methods: %s pays now and must not have a credit condition", m.Method)
		}
		p.methods[i] = m
		p.need(m)
	}
	return nil
}

// need notes what a method needs.
func (p *Policy) need(m MethodRule) {
	if m.Bank {
		p.needBank = p.needBank.With(m.Method)
	}
	if m.Identity {
		p.needPerson = p.needPerson.With(m.Method)
	}
	if m.DirectDebit {
		p.needDebit = p.needDebit.With(m.Method)
	}
}

func (p *Policy) checkPromise() error {
	w := p.Promise
	l := w.LeadDays
	for _, v := range []int32{w.WindowDays, w.ValidDays, w.MarginPoints, w.MarginDays, w.PayByDays, w.ReminderDPD,
		l.Email, l.Address, l.Bank, l.Identity, l.DirectDebit} {
		if v < 0 || v > 365 {
			return errors.New("promise: values must be 0 to 365")
		}
	}
	if w.HorizonDays < 1 || w.HorizonDays > 1460 || w.MaxEvals < 100 || w.ValidDays < w.WindowDays {
		return errors.New("promise: horizon_days must be 1 to 1460, max_evaluations at least 100, valid_days at least window_days")
	}
	return nil
}

// turnDays is how often a guarantee is looked at, see Facts.Guaranteed; a notice must find its place before the end.
const turnDays = 31

func (p *Policy) checkGuarantee() error {
	g := p.Guarantee
	if g == (GuaranteeDays{}) {
		return nil
	}
	if g.NoticeDays < 1 || g.Days < g.NoticeDays+turnDays || g.Days > 365 {
		return fmt.Errorf("guarantee: notice_days must be at least 1, and days at least %d more and at most 365", turnDays)
	}
	return nil
}

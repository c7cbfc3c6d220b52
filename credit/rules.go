package credit

import "zahlziel/cal"

// serviceRules: R20 and M01, the only ones besides R01 and R03 that can touch paying now.
func (e *eval) serviceRules() {
	r := e.r
	if r.NotServed || r.Currency != e.f.Currency || e.f.Currency != e.p.Currency {
		why := because(R20NotServed)
		why.Subject = SubjectMarket
		if !r.NotServed {
			why.Subject = SubjectCurrency
		}
		e.block(AllMethods, why)
	}
	var off, small MethodSet
	var least int64
	for m := range Method(MethodCount) {
		if !r.Offers[m].Enabled {
			off = off.With(m)
		} else if lowest := e.p.methods[m].MinAmount; r.Amount < lowest {
			small = small.With(m)
			if least == 0 || lowest < least {
				least = lowest
			}
		}
	}
	why := because(R20NotServed)
	why.Subject = SubjectMerchant
	e.block(off, why)
	if r.CreditStop {
		why.Subject = SubjectBudget
		e.block(CreditMethods, why)
	}
	e.belowMinimum(small, least)
}

// belowMinimum gives methods with different minimum amounts a reason each.
func (e *eval) belowMinimum(small MethodSet, least int64) {
	for small != 0 {
		var same, rest MethodSet
		next := int64(0)
		for m := range Method(MethodCount) {
			switch lowest := e.p.methods[m].MinAmount; {
			case !small.Has(m):
			case lowest == least:
				same = same.With(m)
			default:
				rest = rest.With(m)
				if next == 0 || lowest < next {
					next = lowest
				}
			}
		}
		why := because(M01BelowMinimum)
		why.Amount = least
		e.resize(same, why)
		small, least = rest, next
	}
}

// personRules: R01 to R05 and R14.
func (e *eval) personRules() {
	f, t, rules := e.f, e.r.Day, &e.p.Rules
	if f.Deceased {
		e.block(AllMethods, because(R01Deceased))
	}
	if adult, known := adultOn(f.Born, t, rules.MinAge); !known {
		e.block(CreditMethods, because(R02Under18))
	} else if adult > t {
		why := because(R02Under18)
		why.Day = adult
		e.block(CreditMethods, why)
	}
	switch {
	case f.Security == HoldAll || f.Sanctions == Hit:
		e.block(AllMethods, because(R03SecurityHold))
	case f.Security == HoldCredit:
		e.block(CreditMethods, because(R03SecurityHold))
	}
	e.insolvencyRule()
	if f.PauseUntil.IsSet() && t < f.PauseUntil {
		why := because(R05SelfPause)
		why.Day = f.PauseUntil
		e.block(CreditMethods, why)
	}
	// Only an identity confirmed since the change tells the owner from somebody who took the account over.
	if f.ContactChanged.IsSet() && int32(t-f.ContactChanged) < rules.ContactDays && !(e.has(f.Identity) && f.Identity >= f.ContactChanged) {
		why := because(R14ContactChanged)
		why.Since, why.Day = f.ContactChanged, f.ContactChanged+cal.Day(rules.ContactDays)
		e.block(CreditMethods, why)
	}
}

func (e *eval) insolvencyRule() {
	in, after := e.f.Insolvency, cal.Day(e.p.Rules.InsolvencyDays)
	why := because(R04Insolvency)
	switch {
	case in.Ended.IsSet() && e.r.Day < in.Ended+after:
		why.Day = in.Ended + after
	case in.Running && !in.Ended.IsSet():
	default:
		return
	}
	e.block(CreditMethods, why)
}

// adultOn returns the birthday that ends the minority; the quick path saves the calendar for nearly everyone.
func adultOn(born, t cal.Day, age int32) (day cal.Day, known bool) {
	if !born.IsSet() {
		return cal.NoDay, false
	}
	if int32(t-born) > age*366 {
		return t, true
	}
	y, m, d := born.YMD()
	return cal.Date(y+int(age), m, d), true
}

// arrearsRules: R06, R07, R08, R18 and R21.
func (e *eval) arrearsRules() {
	rules, t := &e.p.Rules, e.r.Day
	for i := range e.f.Open {
		it := &e.f.Open[i]
		if it.askable() && it.Due < t {
			e.disputed += it.Disputed
		}
		if !it.scored(t) {
			continue
		}
		dpd := it.PastDue(t)
		if dpd > rules.GraceDays {
			e.overdue += it.Open - it.Disputed
		}
		why := because(R06InCollections)
		why.No, why.Amount, why.Days, why.Since = it.No, it.Open-it.Disputed, dpd, it.Due
		switch {
		case it.Flags&Collections != 0:
			e.block(CreditMethods, why)
		case dpd >= rules.CollectionsDPD:
			why.Subject = SubjectOverdue
			e.block(CreditMethods, why)
		case dpd >= rules.ReminderDPD, it.Dunning >= rules.ReminderLevel && dpd > 0:
			why.Code = R07SecondReminder
			if it.Dunning < rules.ReminderLevel {
				why.Subject = SubjectOverdue
			}
			e.block(CreditMethods, why)
		}
	}
	if e.overdue > rules.OverdueTolerance {
		why := because(R08OverdueAmount)
		why.Amount, why.Of = e.overdue, rules.OverdueTolerance
		e.block(CreditMethods, why)
	}
	e.writeOffRule()
	if e.disputed > rules.DisputedExposure {
		why := because(R21DisputedExposure)
		why.Amount, why.Of = e.disputed, rules.DisputedExposure
		e.block(CreditMethods, why)
	}
}

func (e *eval) writeOffRule() {
	w, rules, t := &e.f.WriteOff, &e.p.Rules, e.r.Day
	if !w.Day.IsSet() || int32(t-w.Day) >= rules.WriteOffDays {
		return
	}
	why := because(R18DefaultWrittenOff)
	why.No, why.Amount, why.Since = w.No, w.Open, w.Day
	why.Day, why.Subject = w.Day+cal.Day(rules.WriteOffDays), SubjectOverdue
	if w.Settled.IsSet() {
		if int32(t-w.Settled) >= rules.WriteOffSettled {
			return
		}
		why.Amount, why.Subject = 0, NoSubject
		why.Day = min(why.Day, w.Settled+cal.Day(rules.WriteOffSettled))
	}
	e.block(CreditMethods, why)
}

// has reports whether a verification day is set and has come.
func (e *eval) has(day cal.Day) bool { return day.IsSet() && day <= e.r.Day }

// verificationRules: R09 to R13.
func (e *eval) verificationRules() {
	f := e.f
	if !e.has(f.Email) {
		e.block(CreditMethods, because(R09EmailUnverified))
	}
	if f.Address.Level == 0 || !e.has(f.Address.Day) {
		e.block(CreditMethods, because(R10AddressUnconfirmed))
	}
	if !e.has(f.Bank) {
		e.block(e.p.needBank, because(R11BankUnverified))
	}
	if !e.has(f.Identity) {
		who := e.p.needPerson
		if e.r.IdentityFirst {
			who = CreditMethods
		}
		e.block(who, because(R12IdentityUnverified))
	}
	if !e.has(f.DirectDebit) {
		e.block(e.p.needDebit, because(R13NoDirectDebit))
	}
}

// velocityRule: R15 counts purchases of today and of the last seven days.
func (e *eval) velocityRule() {
	rules, t := &e.p.Rules, e.r.Day
	for _, day := range e.f.History.Purchases {
		if age := int32(t - day); age >= 0 && age < 7 {
			e.week++
			if age == 0 {
				e.today++
			}
		}
	}
	why := because(R15TooManyPurchases)
	switch {
	case e.week >= rules.PurchasesPerWeek:
		// The list is ascending; the week is free again once all but the newest (limit-1) are seven days old.
		n := len(e.f.History.Purchases)
		why.N, why.Day = e.week, e.f.History.Purchases[n-int(rules.PurchasesPerWeek)]+7
	case e.today >= rules.PurchasesPerDay:
		why.N, why.Day = e.today, t+1
	default:
		return
	}
	e.block(CreditMethods, why)
}

// assessmentRule: R16, regulated credit needs a valid and sufficient assessment (Directive (EU) 2023/2225 art. 18).
func (e *eval) assessmentRule() {
	var missing, short MethodSet
	var possible int64
	for m := range InstantBank {
		if e.r.Offers[m].Regime != Regulated || !e.r.Offers[m].Enabled {
			continue
		}
		if !e.assessed() {
			missing = missing.With(m)
		} else if most := e.affordable(m); e.r.Amount > most {
			short = short.With(m)
			possible = max(possible, most)
		}
	}
	e.block(missing, because(R16Affordability))
	why := because(R16Affordability)
	why.Subject, why.Amount = SubjectCheck, max(0, possible)
	e.resize(short, why)
}

// assessed reports whether the assessment is there and not too old.
func (e *eval) assessed() bool {
	a, t := &e.f.Assessment, e.r.Day
	if !a.Day.IsSet() || a.Day > t {
		return false
	}
	if int32(t-a.Day) < e.p.Rules.AssessmentMonths*28 {
		return true
	}
	y, m, d := a.Day.YMD()
	return t < cal.Date(y, m+monthsOf(e.p.Rules.AssessmentMonths), d)
}

// affordable is the largest amount whose repayment, with everything already owed here, fits the free monthly amount over
// the method's months.
func (e *eval) affordable(m Method) int64 {
	if !e.assessed() {
		return 0
	}
	a := &e.f.Assessment
	free := min(max(0, a.FreeMonthly-a.Obligations), maxAmount)
	if e.f.Answered(SourceAffordability, e.r.Day) {
		free = min(free, max(0, e.f.Proof.Free))
	}
	return free*e.p.methods[m].Months - e.d.Exposure
}

// sourceRules: R17 and the sanctions part of R20. R19 and a non-blocking R17 are caps, see limitRule.
func (e *eval) sourceRules() {
	f := e.f
	if e.p.Rules.SanctionsRequired && (f.Sanctions == NotChecked || f.Sanctions == Unavailable) {
		why := because(R20NotServed)
		why.Subject = SubjectCheck
		e.block(CreditMethods, why)
	}
	if f.Bureau.State == Hit && e.p.Rules.BureauBlocks {
		e.block(CreditMethods, e.bureau(R17BureauNegative))
	}
	e.requiredSources()
}

func (e *eval) bureau(c Code) Reason {
	b := &e.f.Bureau
	return Reason{Code: c, No: b.Label(), Text: b.Feature, Since: b.AsOf, Day: cal.NoDay}
}

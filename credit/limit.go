package credit

import (
	"slices"
	"time"

	"zahlziel/cal"
)

func monthsOf(n int32) time.Month { return time.Month(n) }

// scoreRule: S01, one reason for every distinct score that is asked for and not reached.
func (e *eval) scoreRule() {
	score := e.d.Score - e.r.Margin
	var done MethodSet
	for m := range InstantBank {
		need := e.p.methods[m].MinScore
		if score >= need || done.Has(m) {
			continue
		}
		var same MethodSet
		for n := m; n < InstantBank; n++ {
			if e.p.methods[n].MinScore == need {
				same = same.With(n)
			}
		}
		done |= same
		why := because(S01ScoreBelowCutoff)
		why.Points, why.Best = e.d.Score, need
		e.block(same, why)
		e.scored |= same
	}
}

// bound is one upper bound of the limit.
type bound struct {
	code Code
	cap  int64
}

// limitRule: the limit is the smallest of the score's band and all caps that apply. A refusal names what binds.
func (e *eval) limitRule() {
	var room [boundsMax]bound
	bounds := e.ownBounds(room[:0])
	e.d.BandLimit = bounds[0].cap
	if amount, _ := e.guaranteed(); amount > smallest(bounds) {
		bounds = append(bounds[:0], bound{L10Guaranteed, amount})
	}
	bounds = e.outerBounds(bounds)
	limit := smallest(bounds)
	e.loose = limit
	if e.f.Bureau.State == Unavailable {
		e.loose = smallest(slices.DeleteFunc(slices.Clone(bounds), func(b bound) bool { return b.code == R19SourceUnavailable }))
	}
	e.d.Limit = limit
	e.d.Available = max(0, limit-e.d.Exposure)
	e.d.Binding = 0
	for _, b := range bounds {
		if b.cap != limit {
			continue
		}
		if e.d.Binding == 0 {
			e.d.Binding = b.code
		}
		if e.r.Amount > limit-e.d.Exposure {
			e.resize(CreditMethods, e.limitReason(b))
			if b.code == L01LimitExceeded {
				e.scored |= CreditMethods
			}
		}
	}
}

// boundsMax is how many bounds there can be.
const boundsMax = 12

func smallest(bounds []bound) int64 {
	least := bounds[0].cap
	for _, b := range bounds[1:] {
		least = min(least, b.cap)
	}
	return least
}

// ownBounds are what the consumer's own score and facts give; the score's band comes first.
func (e *eval) ownBounds(out []bound) []bound {
	f, c, t := e.f, &e.p.Caps, e.r.Day
	out = append(out, bound{L01LimitExceeded, e.p.band(e.d.Score - e.r.Margin)})
	switch {
	case e.has(f.Identity):
		out = append(out, bound{L02CapVerification, c.Identity})
	case e.has(f.Bank):
		out = append(out, bound{L02CapVerification, c.Bank})
	default:
		out = append(out, bound{L02CapVerification, c.Unverified})
	}
	if e.d.Features[A1] < c.NewAccountDays {
		out = append(out, bound{L03CapNewAccount, c.NewAccount})
	}
	if ever, largest := f.History.repaid(t); !ever {
		out = append(out, bound{L04CapFirstPurchase, c.FirstPurchase})
	} else {
		out = append(out, bound{L05CapProvenAmount, max(c.ProvenBase, c.ProvenTimes*largest)})
	}
	if f.Address.Level < 2 {
		out = append(out, bound{L06CapAddress, c.AddressLevel1})
	}
	return out
}

// outerBounds are what others set; no guarantee of ours reaches over them.
func (e *eval) outerBounds(out []bound) []bound {
	f := e.f
	if e.r.MerchantCap > 0 {
		out = append(out, bound{L07CapMerchant, e.r.MerchantCap})
	}
	if e.r.MarketCap > 0 {
		out = append(out, bound{L08CapMarket, e.r.MarketCap})
	}
	if e.r.ClusterCap > 0 && !e.has(f.Identity) {
		out = append(out, bound{L09CapCluster, e.r.ClusterCap})
	}
	return e.sourceBounds(out)
}

// band returns the limit that a score gives.
func (p *Policy) band(score int32) int64 {
	for _, b := range p.Bands {
		if score >= b.Score {
			return b.Limit
		}
	}
	return 0
}

// repaid returns whether any credit purchase counts as repaid on time on day t, ever, and the largest of them.
func (h *History) repaid(t cal.Day) (ever bool, largest int64) {
	ever, largest = h.OnTimeEver, h.Largest
	for i := range h.OnTime {
		if h.OnTime[i].From <= t {
			ever, largest = true, max(largest, h.OnTime[i].Amount)
		}
	}
	return ever, largest
}

func (e *eval) limitReason(b bound) Reason {
	why := because(b.code)
	if b.code == R17BureauNegative || b.code == R19SourceUnavailable {
		why = e.bureau(b.code)
		if b.code == R17BureauNegative && e.f.Bureau.State != Hit {
			why.Subject = SubjectScore
		}
	}
	why.Amount, why.Of, why.Rest = b.cap, e.d.Exposure, e.d.Available
	switch b.code {
	case L02CapVerification:
		why.Subject = SubjectIdentity
		if !e.has(e.f.Bank) && !e.has(e.f.Identity) {
			why.Subject = SubjectBank
		}
	case L03CapNewAccount:
		if e.f.Opened.IsSet() {
			why.Day = e.f.Opened + cal.Day(e.p.Caps.NewAccountDays)
		}
		why.Days = e.p.Caps.NewAccountDays
	case L10Guaranteed:
		_, why.Day = e.guaranteed()
	case L05CapProvenAmount:
		why.N = int32(e.p.Caps.ProvenTimes)
	}
	return why
}

// details adds S10 to S17 where the score is part of a refusal: the characteristics that miss most points come first.
func (e *eval) details() {
	if e.scored == 0 {
		return
	}
	rules := &e.p.Rules
	var used [FeatureCount]bool
	for range rules.ScoreReasons {
		best, gap := -1, rules.ScoreReasonMissing-1
		for i := range e.d.Points {
			if g := e.p.Card.Best(Feature(i)) - e.d.Points[i]; g > gap && !used[i] {
				best, gap = i, g
			}
		}
		if best < 0 {
			return
		}
		used[best] = true
		e.add(e.scored, e.detail(Feature(best)))
	}
}

func (e *eval) detail(f Feature) Reason {
	why := because(S10WorstDelay + Code(f))
	why.Points, why.Best = e.d.Points[f], e.p.Card.Best(f)
	why.N = e.d.Features[f]
	switch f {
	case P1:
		e.explainDelay(&why)
	case P2:
		e.explainLate(&why)
	case E1:
		e.explainEnquiries(&why, e.p.Card.Short)
	case E2:
		e.explainEnquiries(&why, e.p.Card.Long)
	case B1:
		why.Amount = balanceSum(&e.f.History, e.r.Day) / BalanceDays
	case A1:
		why.N /= 30
		e.explainAge(&why)
	}
	return why
}

// explainDelay names the document of the worst delay; an open one heals only by paying.
func (e *eval) explainDelay(why *Reason) {
	why.Days, why.N = e.d.Features[P1], 0
	for i := range e.f.Open {
		if it := &e.f.Open[i]; it.scored(e.r.Day) && it.PastDue(e.r.Day) == why.Days {
			why.No = it.No
			return
		}
	}
	for i := range e.f.History.Late { // ascending: the newest of equals is the one that counts longest
		if l := &e.f.History.Late[i]; l.Days == why.Days {
			why.No, why.Day = l.No, l.Settled+cal.Day(e.p.Card.LateDays)
		}
	}
}

// explainLate gives the day on which the oldest counted late invoice drops out.
func (e *eval) explainLate(why *Reason) {
	for i := range e.f.History.Late {
		if l := &e.f.History.Late[i]; int32(e.r.Day-l.Settled) < e.p.Card.LateDays {
			why.Day = l.Settled + cal.Day(e.p.Card.LateDays)
			return
		}
	}
}

// explainEnquiries gives the day on which the oldest counted enquiry drops out, and how many are left then.
func (e *eval) explainEnquiries(why *Reason, window int32) {
	why.Days = window
	for _, q := range e.f.History.Enquiries {
		if int32(e.r.Day-q.Day) >= window {
			continue
		}
		if day := q.Day + cal.Day(window); why.Day == day || !why.Day.IsSet() {
			why.Day = day
			why.M++
		}
	}
	why.M = why.N - why.M
}

// explainAge gives the day of the next bin.
func (e *eval) explainAge(why *Reason) {
	if !e.f.Opened.IsSet() {
		return
	}
	for _, b := range e.p.Card.bins[A1] {
		if b.UpTo != nil && *b.UpTo >= e.d.Features[A1] {
			why.Day = e.f.Opened + cal.Day(*b.UpTo) + 1
			return
		}
	}
}

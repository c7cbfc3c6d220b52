package credit

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Request is what is asked at one instant. Everything that is not a fact about the consumer is here.
type Request struct {
	Day           cal.Day            `json:"day"`        // business day in the market's zone
	NowMicros     int64              `json:"now_micros"` // UTC microseconds, for holds
	Amount        int64              `json:"amount"`     // minor units, > 0
	Currency      money.Currency     `json:"currency"`
	Offers        [MethodCount]Offer `json:"offers"`         // what the merchant offers, by Method
	MerchantCap   int64              `json:"merchant_cap"`   // the most that one consumer's limit may be at this merchant; 0: no cap
	MarketCap     int64              `json:"market_cap"`     // the same for the market; 0: no cap
	ClusterCap    int64              `json:"cluster_cap"`    // cap while the identity is not confirmed, because others use the same data; 0: none
	IdentityFirst bool               `json:"identity_first"` // data shared with others: no credit before the identity is confirmed (R12)
	CreditStop    bool               `json:"credit_stop"`    // kill switch or spent budget: no new credit (R20)
	NotServed     bool               `json:"not_served"`     // country or goods that are not served: no method at all (R20)
	Margin        int32              `json:"margin"`         // points held in reserve; WayBack sets it, a checkout leaves it 0
}

// Offer is one method at one merchant.
type Offer struct {
	Enabled bool   `json:"enabled"`
	Regime  Regime `json:"regime"` // of the contract this method would make; resolved before the decision
}

// Decision is the whole answer. It is a function of policy, facts and request alone.
type Decision struct {
	Features  [FeatureCount]int32
	Points    [FeatureCount]int32
	Score     int32 // 0 to 1000
	BandLimit int64 // from the score
	Limit     int64 // after all caps
	Exposure  int64
	Available int64 // max(0, Limit - Exposure)
	Binding   Code  // what sets Limit: L01 for the score's band, or the code of a cap
	Outcomes  [MethodCount]Outcome
	Reasons   []Reason // rules first, then limits, then missing points; each names the methods it concerns
}

// Outcome is the answer for one method.
type Outcome struct {
	Method Method
	OK     bool
	Max    int64 // the largest amount that would be approved now; for pay-now methods the requested amount if OK
}

// Outcome returns the answer for one method.
func (d Decision) Outcome(m Method) Outcome { return d.Outcomes[m] }

// Why returns everything a person should read about a refused method, in order: what blocks it, then the missing points
// where the score or its limit is part of the refusal. It is empty for an approved method.
func (d *Decision) Why(m Method) []Reason {
	var out []Reason
	for _, r := range d.Reasons {
		if r.Methods.Has(m) {
			out = append(out, r)
		}
	}
	return out
}

// Blockers returns only what blocks a method, without the explanation of missing points.
func (d *Decision) Blockers(m Method) []Reason {
	var out []Reason
	for _, r := range d.Reasons {
		if r.Methods.Has(m) && !r.Code.IsScoreDetail() {
			out = append(out, r)
		}
	}
	return out
}

// Codes returns the codes of reasons, for answers to machines.
func Codes(reasons []Reason) []string {
	out := make([]string, len(reasons))
	for i, r := range reasons {
		out[i] = r.Code.String()
	}
	return out
}

// Group returns the points of one of the four criteria: 'P', 'E', 'B' or 'A'.
func (d *Decision) Group(criterion byte) int32 {
	switch criterion {
	case 'P':
		return d.Points[P1] + d.Points[P2] + d.Points[P3]
	case 'E':
		return d.Points[E1] + d.Points[E2]
	case 'B':
		return d.Points[B1] + d.Points[B2]
	default:
		return d.Points[A1]
	}
}

// Decide evaluates every rule and every method. It reads nothing but its arguments and is integer arithmetic throughout.
func Decide(p *Policy, f *Facts, r Request) Decision {
	var d Decision
	decide(p, f, &r, &d)
	return d
}

// decide is Decide into a buffer that can be used again: WayBack asks it thousands of times.
func decide(p *Policy, f *Facts, r *Request, d *Decision) {
	d.Reasons = d.Reasons[:0]
	measure(p.Card, p, f, r.Day, d)
	d.Exposure = f.Exposure(r.NowMicros)
	e := eval{p: p, f: f, r: r, d: d}
	e.serviceRules()
	e.personRules()
	e.arrearsRules()
	e.verificationRules()
	e.velocityRule()
	e.assessmentRule()
	e.sourceRules()
	e.scoreRule()
	e.limitRule()
	if len(p.Extra) > 0 {
		e.extraRules()
	}
	e.outcomes()
	e.details()
}

// eval carries one evaluation through the groups of rules.
type eval struct {
	p      *Policy
	f      *Facts
	r      *Request
	d      *Decision
	hard   MethodSet // refused whatever the amount
	amount MethodSet // refused because of the amount: another one may pass
	scored MethodSet // refused by the score or by the limit that the score gives

	overdue, disputed int64 // beyond the grace days; overdue but in dispute
	today, week       int32 // purchases on credit today and in seven days
	loose             int64 // the limit if no source were missing
}

// usualReasons is how many reasons nearly every refusal has at most; the first one makes room for all, a plain yes needs none.
const usualReasons = 14

// block refuses methods whatever the amount is.
func (e *eval) block(m MethodSet, r Reason) {
	e.hard |= m
	e.add(m, r)
}

// resize refuses methods for this amount only.
func (e *eval) resize(m MethodSet, r Reason) {
	e.amount |= m
	e.add(m, r)
}

func (e *eval) add(m MethodSet, r Reason) {
	if m == 0 {
		return
	}
	r.Methods, r.Currency = m, e.p.Currency
	if e.d.Reasons == nil {
		e.d.Reasons = make([]Reason, 0, usualReasons)
	}
	e.d.Reasons = append(e.d.Reasons, r)
}

// because returns a reason without days, so that an unset day never reads as 1970.
func because(c Code) Reason { return Reason{Code: c, Day: cal.NoDay, Since: cal.NoDay} }

func (e *eval) outcomes() {
	for m := range Method(MethodCount) {
		o := Outcome{Method: m, OK: !(e.hard | e.amount).Has(m)}
		switch {
		case e.hard.Has(m):
		case m.IsCredit():
			o.Max = e.largest(m)
		case o.OK:
			o.Max = e.r.Amount
		}
		e.d.Outcomes[m] = o
	}
}

// largest is the largest amount of a method that only its amount could refuse.
func (e *eval) largest(m Method) int64 {
	most := e.unasked(m, max(0, e.loose-e.d.Exposure))
	if e.r.Offers[m].Regime == Regulated {
		most = min(most, e.affordable(m))
	}
	if e.p.extraAmount && most > 0 {
		most = e.largestUnderExtra(m, most)
	}
	if most < e.p.methods[m].MinAmount {
		return 0
	}
	return most
}

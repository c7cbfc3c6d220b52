package credit

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Request is what is asked at one instant. Everything that is not a fact about the consumer is here.
type Request struct {
	Day         cal.Day // business day in the market's zone
	NowMicros   int64   // UTC microseconds, for holds
	Amount      int64   // minor units, > 0
	Currency    money.Currency
	Offers      [MethodCount]Offer // what the merchant offers, by Method
	MerchantCap int64              // the most that one consumer's limit may be at this merchant; 0: no cap
	MarketCap   int64              // the same for the market; 0: no cap
	CreditStop  bool               // kill switch or spent budget: no new credit (R20)
	NotServed   bool               // country or goods that are not served: no method at all (R20)
	Margin      int32              // points held in reserve; WayBack sets it, a checkout leaves it 0
}

// Offer is one method at one merchant.
type Offer struct {
	Enabled bool
	Regime  Regime // of the contract this method would make; resolved before the decision
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
func (d *Decision) Outcome(m Method) Outcome { return d.Outcomes[m] }

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

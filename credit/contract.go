package credit

import (
	"slices"

	"zahlziel/cal"
	"zahlziel/money"
)

// Contract is an accepted plan: a promise that outlives changes of card, policy and limits. It ends only by its days, by
// being used once, or by one of the closed list of voids that was printed with the plan.
type Contract struct {
	Method     Method         `json:"method"`
	Amount     int64          `json:"amount"`
	Currency   money.Currency `json:"currency"`
	Made       cal.Day        `json:"made"` // accepted on
	From       cal.Day        `json:"from"`
	ValidUntil cal.Day        `json:"valid_until"`
	Known      []string       `json:"known"`     // document numbers that were open, or paid late that day, when it was made; their lateness is part of the plan
	Enquiries  int32          `json:"enquiries"` // enquiries already counted on the day it was made
	Purchases  int32          `json:"purchases"` // credit purchases already counted on that day
	Missed     bool           `json:"missed"`    // the application saw a step miss its day (V4)
	Reversed   bool           `json:"reversed"`  // a payment or verification relied on was taken back or false (V9)
	Used       bool           `json:"used"`      // it covers one purchase
}

// NewContract turns an accepted plan into a promise. f are the facts at acceptance, on day.
func NewContract(f *Facts, g Goal, p Plan, day cal.Day) Contract {
	c := Contract{Method: g.Method, Amount: g.Request.Amount, Currency: g.Request.Currency, Made: day, From: p.From, ValidUntil: p.ValidUntil}
	for i := range f.Open {
		c.Known = append(c.Known, f.Open[i].No)
	}
	for _, l := range f.History.Late {
		if l.Settled >= day { // paid late earlier on this very day
			c.Known = append(c.Known, l.No)
		}
	}
	c.Enquiries = since(f.History.Enquiries, day, func(e Enquiry) cal.Day { return e.Day })
	c.Purchases = since(f.History.Purchases, day, func(d cal.Day) cal.Day { return d })
	return c
}

func since[T any](list []T, day cal.Day, of func(T) cal.Day) (n int32) {
	for _, v := range list {
		if of(v) >= day {
			n++
		}
	}
	return n
}

// Void is one of the closed list of reasons that end a contract early. A new card, policy or limit is none of them.
type Void uint8

// The list, printed on every plan.
const (
	V1NewLateInvoice Void = iota + 1
	V2NewEnquiries
	V3NewPurchase
	V4StepMissed
	V5SecurityHold
	V6InsolvencyOrDeath
	V7LegalCheck
	V8ProductStopped
	V9Reversed
	V10OwnPause
	V11LegalProhibition
	voidEnd
)

var voidNames = [voidEnd]string{"", "V1_NEW_LATE_INVOICE", "V2_NEW_ENQUIRIES", "V3_NEW_PURCHASE", "V4_STEP_MISSED", "V5_SECURITY_HOLD",
	"V6_INSOLVENCY_OR_DEATH", "V7_LEGAL_CHECK", "V8_PRODUCT_STOPPED", "V9_REVERSED", "V10_OWN_PAUSE", "V11_LEGAL_PROHIBITION"}

// String returns the stable name.
func (v Void) String() string { return nameOf(voidNames[:], int(v)) }

// Sentence says the void in plain words.
func (v Void) Sentence(lang string) string {
	return fill(v.String(), lang, func(name, _ string) string { return "{" + name + "}" })
}

// newEnquiriesAllowed is how many enquiries a consumer may make between accepting a plan and using it (V2).
const newEnquiriesAllowed = 3

// Covers reports whether the contract, if not void, answers for this purchase.
func (c *Contract) Covers(m Method, r Request) bool {
	return !c.Used && m == c.Method && r.Currency == c.Currency && r.Amount <= c.Amount && r.Day >= c.From && r.Day <= c.ValidUntil
}

// Honour overrides a refusal: when d refuses method m, the contract covers the purchase and nothing voids it, the outcome
// becomes a yes with reason C01. Both answers are worth recording; d itself is not changed. With voids the refusal stays
// and the voids say why.
func (c *Contract) Honour(p *Policy, f *Facts, m Method, r Request, d Decision) (Decision, []Void) {
	if d.Outcomes[m].OK || !c.Covers(m, r) {
		return d, nil
	}
	if voids := c.Voids(p, f, m, r, d); len(voids) > 0 {
		return d, voids
	}
	d.Outcomes[m].OK, d.Outcomes[m].Max = true, max(c.Amount, d.Outcomes[m].Max)
	d.Reasons = slices.Clone(d.Reasons)
	for i := range d.Reasons {
		d.Reasons[i].Methods &^= MethodSet(0).With(m)
	}
	why := because(C01Contract)
	why.Methods, why.Currency, why.Amount, why.Day = MethodSet(0).With(m), c.Currency, c.Amount, c.ValidUntil
	d.Reasons = append(d.Reasons, why)
	return d, nil
}

// Voids lists what ends the contract, in the order of the list.
func (c *Contract) Voids(p *Policy, f *Facts, m Method, r Request, d Decision) []Void {
	var hit [voidEnd]bool
	hit[V1NewLateInvoice] = c.newLate(p, f, r.Day)
	hit[V2NewEnquiries] = since(f.History.Enquiries, c.Made, func(e Enquiry) cal.Day { return e.Day })-c.Enquiries > newEnquiriesAllowed
	hit[V3NewPurchase] = c.boughtBefore(f)
	hit[V4StepMissed], hit[V9Reversed] = c.Missed, c.Reversed
	for _, why := range d.Blockers(m) {
		hit[voidOf(why)] = true
	}
	if r.IdentityFirst && !(f.Identity.IsSet() && f.Identity <= r.Day) {
		hit[V5SecurityHold] = true // data shared with others came up after the promise
	}
	var out []Void
	for v := V1NewLateInvoice; v < voidEnd; v++ {
		if hit[v] {
			out = append(out, v)
		}
	}
	return out
}

func (c *Contract) newLate(p *Policy, f *Facts, day cal.Day) bool {
	for i := range f.Open {
		it := &f.Open[i]
		if it.scored(day) && it.PastDue(day) > p.Rules.GraceDays && !slices.Contains(c.Known, it.No) {
			return true
		}
	}
	for _, l := range f.History.Late {
		if l.Settled >= c.Made && !slices.Contains(c.Known, l.No) {
			return true
		}
	}
	return false
}

func (c *Contract) boughtBefore(f *Facts) bool {
	n := -c.Purchases
	for _, day := range f.History.Purchases {
		if day >= c.Made && day < c.From {
			n++
		}
	}
	return n > 0
}

// voidOf maps what a contract cannot promise away to its void; everything else (score, limits, arrears known to the plan,
// velocity) gives 0 and is overridden.
func voidOf(why Reason) Void {
	switch why.Code {
	case R03SecurityHold:
		return V5SecurityHold
	case R01Deceased, R04Insolvency:
		return V6InsolvencyOrDeath
	case R16Affordability, R17BureauNegative:
		return V7LegalCheck
	case R20NotServed:
		if why.Subject == SubjectCheck {
			return V7LegalCheck
		}
		return V8ProductStopped
	case R05SelfPause:
		return V10OwnPause
	case R02Under18:
		return V11LegalProhibition
	}
	return 0
}

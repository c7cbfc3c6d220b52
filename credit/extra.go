package credit

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"zahlziel/cal"
)

// ExtraRule is a rule that staff wrote into the policy file as a CEL expression (https://cel.dev). It only ever blocks.
//
// It reads the variables of this file and nothing else, so it knows no age, gender, name or address, and it is checked on
// load: types, worst cost, and that it really blocks more (or less) as each variable grows, the way that the way back
// needs. It has an owner and an end, because nobody may be blocked by a rule that everybody forgot.
type ExtraRule struct {
	Code      Code              `json:"code"`      // X01 to X99; a code is never used again for another rule
	Name      string            `json:"name"`      // for staff
	When      string            `json:"when"`      // CEL, true blocks
	Direction map[string]string `json:"direction"` // of every variable it uses but market: "more" or "less" is blocked as it grows
	Methods   []Method          `json:"methods"`   // the credit methods it blocks
	German    string            `json:"de"`        // what the consumer reads
	English   string            `json:"en"`
	Owner     string            `json:"owner"`
	Until     cal.Day           `json:"until"` // from this day on it blocks nobody

	words   *Words
	methods MethodSet
	program cel.Program
	uses    [variableCount]bool
}

// Words are the sentences of a reason that the policy file brings itself.
type Words struct {
	German  string `json:"de"`
	English string `json:"en"`
}

// variableID numbers what an extra rule may read.
type variableID uint8

const (
	varAmount variableID = iota
	varScore
	varWorstDelay
	varLateCount
	varOnTimeCount
	varEnquiriesShort
	varEnquiriesLong
	varAverageBalance
	varOpenInvoices
	varAccountDays
	varExposure
	varOverdue
	varDisputed
	varPurchasesToday
	varPurchasesWeek
	varBank
	varIdentity
	varDirectDebit
	varAddressLevel
	varMarket
	variableCount
)

// variable is one thing that an extra rule may read.
//
// Paying more, paying earlier and confirming more move every variable one way only, and grows says what a rule may do when
// it grows: block more, or block less. So an extra rule never turns such a deed into a refusal.
type variable struct {
	name    string
	typ     *cel.Type
	grows   string // "more", "less", or "" for what never changes
	meaning string
}

// variables is the whole vocabulary. All of it changes only with a payment, a confirmation or a day, never with a clock or
// another decision. Amounts are minor units.
var variables = [variableCount]variable{
	varAmount:         {"amount", cel.IntType, "more", "amount of the purchase"},
	varScore:          {"score", cel.IntType, "less", "points, 0 to 1000"},
	varWorstDelay:     {"worst_delay", cel.IntType, "more", "P1 rounded up to a class of delay: 0, 3, 7, 10, 14, 21, 30, 45, 60, 90, 120 or 999 days"},
	varLateCount:      {"late_count", cel.IntType, "more", "P2: late invoices, at most 16"},
	varOnTimeCount:    {"on_time_count", cel.IntType, "less", "P3: purchases repaid on time, at most 16"},
	varEnquiriesShort: {"enquiries_short", cel.IntType, "more", "E1: enquiries in the card's short window, at most 24"},
	varEnquiriesLong:  {"enquiries_long", cel.IntType, "more", "E2: enquiries in the card's long window, at most 24"},
	varAverageBalance: {"average_balance", cel.IntType, "more", "average open balance of 90 days"},
	varOpenInvoices:   {"open_invoices", cel.IntType, "more", "B2: open invoices"},
	varAccountDays:    {"account_days", cel.IntType, "less", "A1: age of the account in days"},
	varExposure:       {"exposure", cel.IntType, "more", "open claims and reserved amounts"},
	varOverdue:        {"overdue", cel.IntType, "more", "what is overdue beyond the grace days"},
	varDisputed:       {"disputed_overdue", cel.IntType, "more", "overdue amount in dispute"},
	varPurchasesToday: {"purchases_today", cel.IntType, "more", "purchases on credit today"},
	varPurchasesWeek:  {"purchases_7_days", cel.IntType, "more", "purchases on credit in seven days"},
	varBank:           {"bank_confirmed", cel.BoolType, "less", "bank account confirmed"},
	varIdentity:       {"identity_confirmed", cel.BoolType, "less", "identity confirmed"},
	varDirectDebit:    {"direct_debit", cel.BoolType, "less", "direct debit mandate given"},
	varAddressLevel:   {"address_level", cel.IntType, "less", "how well the address is confirmed, 0 to 2"},
	varMarket:         {"market", cel.StringType, "", "market key, for example \"de\""},
}

var variableByName = func() map[string]variableID {
	m := map[string]variableID{}
	for id := range variableCount {
		m[variables[id].name] = id
	}
	return m
}()

// inputs are the values of one evaluation. It is the activation that CEL asks for names.
type inputs struct {
	values [variableCount]int64 // truth as 0 and 1
	market string
}

// ResolveName gives CEL the value of a variable.
func (in *inputs) ResolveName(name string) (any, bool) {
	id, ok := variableByName[name]
	switch {
	case !ok:
		return nil, false
	case id == varMarket:
		return types.String(in.market), true
	case variables[id].typ == cel.BoolType:
		return types.Bool(in.values[id] != 0), true
	}
	return types.Int(in.values[id]), true
}

// Parent is nil: there is nothing but the variables.
func (in *inputs) Parent() cel.Activation { return nil }

// blocks asks the rule. What cannot be computed blocks: the loader refuses rules for which it found such a case.
func (x *ExtraRule) blocks(in *inputs) bool {
	v, err := x.ask(in)
	return err != nil || v
}

func (x *ExtraRule) ask(in *inputs) (bool, error) {
	out, _, err := x.program.Eval(in)
	if err != nil {
		return true, err
	}
	return out == types.True, nil
}

// extraRules asks the rules of the policy file. It runs only where there are any.
func (e *eval) extraRules() {
	in := e.inputs()
	for i := range e.p.Extra {
		x := &e.p.Extra[i]
		if e.r.Day >= x.Until || !x.blocks(in) {
			continue
		}
		why := because(x.Code)
		why.Words = x.words
		if x.uses[varAmount] {
			e.resize(x.methods, why)
		} else {
			e.block(x.methods, why)
		}
	}
}

// inputs measures the variables.
func (e *eval) inputs() *inputs {
	v, f := &e.d.Features, e.f
	in := &inputs{market: f.Market}
	in.values = [variableCount]int64{
		varAmount: e.r.Amount, varScore: int64(e.d.Score - e.r.Margin), varWorstDelay: int64(delayClass(v[P1])),
		varLateCount: int64(min(v[P2], LateCap)), varOnTimeCount: int64(min(v[P3], OnTimeCap)),
		varEnquiriesShort: int64(v[E1]), varEnquiriesLong: int64(v[E2]), varAverageBalance: balanceSum(&f.History, e.r.Day) / BalanceDays,
		varOpenInvoices: int64(v[B2]), varAccountDays: int64(v[A1]), varExposure: e.d.Exposure,
		varOverdue: e.overdue, varDisputed: e.disputed, varPurchasesToday: int64(e.today), varPurchasesWeek: int64(e.week),
		varBank: truth(e.has(f.Bank)), varIdentity: truth(e.has(f.Identity)), varDirectDebit: truth(e.has(f.DirectDebit)),
	}
	if e.has(f.Address.Day) {
		in.values[varAddressLevel] = int64(f.Address.Level)
	}
	return in
}

func truth(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// delayClass rounds days up to the edges for which History keeps exact evidence.
func delayClass(days int32) int32 {
	if days <= 0 {
		return 0
	}
	for _, edge := range delayClasses {
		if days <= edge {
			return edge
		}
	}
	return 999
}

// largestUnderExtra is the largest amount up to most that no extra rule about the amount blocks for the method.
// Such rules block more as the amount grows, so halving finds it.
func (e *eval) largestUnderExtra(m Method, most int64) int64 {
	in := e.inputs()
	free := func(amount int64) bool {
		in.values[varAmount] = amount
		for i := range e.p.Extra {
			if x := &e.p.Extra[i]; x.uses[varAmount] && x.methods.Has(m) && e.r.Day < x.Until && x.blocks(in) {
				return false
			}
		}
		return true
	}
	if free(most) {
		return most
	}
	low, high := int64(0), most
	for low+1 < high {
		if mid := low + (high-low)/2; free(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// Variable describes one thing that an extra rule may read, for people who write rules.
type Variable struct {
	Name    string
	Type    string // int, bool, string
	Grows   string // how a rule may react when it grows: blocks "more" or "less"; empty: it never changes
	Meaning string
}

// Vocabulary lists everything that an extra rule may read.
func Vocabulary() []Variable {
	var out []Variable
	for _, v := range variables {
		out = append(out, Variable{v.name, v.typ.String(), v.grows, v.meaning})
	}
	return out
}

package credit

import (
	"fmt"
	"strconv"
)

// Method is a way to pay. The set is closed; what each one needs is policy data.
type Method uint8

// The methods of version 0, in the order in which a checkout lists them.
const (
	Invoice14   Method = iota // one payment 14 days after delivery
	Invoice30                 // one payment 30 days after delivery
	PayLater                  // one payment on a chosen day, up to 60 days
	PayIn3                    // three monthly payments by direct debit
	Instalments               // a plan of monthly payments by direct debit
	InstantBank               // pay now from the bank account
	Prepayment                // pay now by transfer, the order starts when the money is booked
	MethodCount = 7
)

var methodNames = [MethodCount]string{"invoice_14", "invoice_30", "pay_later", "pay_in_3", "instalments", "instant_bank", "prepayment"}

// String returns the method's stable wire name, for example "invoice_14".
func (m Method) String() string { return nameOf(methodNames[:], int(m)) }

// ParseMethod is the inverse of String.
func ParseMethod(s string) (Method, error) {
	i, err := indexOf(methodNames[:], s, "payment method")
	return Method(i), err
}

// IsCredit reports whether the method lends money; pay-now methods never meet a credit rule.
func (m Method) IsCredit() bool { return m < InstantBank }

// MarshalText writes the wire name.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the wire name.
func (m *Method) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMethod(string(b))
	return err
}

// MethodSet is a set of methods, one bit each.
type MethodSet uint8

// Sets that the rules use.
const (
	AllMethods    MethodSet = 1<<MethodCount - 1
	CreditMethods MethodSet = 1<<InstantBank - 1
)

// Has reports whether m is in the set.
func (s MethodSet) Has(m Method) bool { return s>>m&1 == 1 }

// With returns the set with m added.
func (s MethodSet) With(m Method) MethodSet { return s | 1<<m }

// Regime is the legal class of the contract that a method would make; the application resolves it before it asks.
type Regime uint8

// The regimes of Directive (EU) 2023/2225 as the platform distinguishes them. The zero value is the strict one.
const (
	Regulated Regime = iota // consumer credit: assessment, pre-contract information and warning are required
	Exempt50                // the supplier's own free deferral up to 50 days
	Exempt14                // the same by a large online supplier, up to 14 days
	B2B                     // the buyer is no consumer
	Out                     // outside the directive, for example above EUR 100,000
)

var regimeNames = []string{"REGULATED", "EXEMPT_50", "EXEMPT_14", "B2B", "OUT"}

// String returns the regime's stable name.
func (r Regime) String() string { return nameOf(regimeNames, int(r)) }

// ParseRegime is the inverse of String.
func ParseRegime(s string) (Regime, error) {
	i, err := indexOf(regimeNames, s, "regime")
	return Regime(i), err
}

// MarshalText writes the stable name.
func (r Regime) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the stable name.
func (r *Regime) UnmarshalText(b []byte) (err error) {
	*r, err = ParseRegime(string(b))
	return err
}

// Code names one rule, limit or score reason. Codes never change their meaning; new ones are added at the end.
type Code uint8

// Rules (R), score reasons (S), limits and caps (L) and the minimum amount (M).
const (
	R01Deceased Code = iota + 1
	R02Under18
	R03SecurityHold
	R04Insolvency
	R05SelfPause
	R06InCollections
	R07SecondReminder
	R08OverdueAmount
	R09EmailUnverified
	R10AddressUnconfirmed
	R11BankUnverified
	R12IdentityUnverified
	R13NoDirectDebit
	R14ContactChanged
	R15TooManyPurchases
	R16Affordability
	R17BureauNegative
	R18DefaultWrittenOff
	R19SourceUnavailable
	R20NotServed
	R21DisputedExposure
	M01BelowMinimum
	L01LimitExceeded
	L02CapVerification
	L03CapNewAccount
	L04CapFirstPurchase
	L05CapProvenAmount
	L06CapAddress
	L07CapMerchant
	L08CapMarket
	S01ScoreBelowCutoff
	S10WorstDelay
	S11LateCount
	S12OnTimeCount
	S13Enquiries30
	S14Enquiries90
	S15AverageBalance
	S16OpenInvoices
	S17AccountAge
	C01Contract // not a refusal: an accepted plan was kept and is honoured
	L09CapCluster
	L10Guaranteed
	codeEnd

	extraBase Code = 100 // X01 to X99 follow it: rules of a policy file
)

var codeNames = [codeEnd]string{"",
	"R01_DECEASED", "R02_UNDER_18", "R03_SECURITY_HOLD", "R04_INSOLVENCY", "R05_SELF_PAUSE", "R06_IN_COLLECTIONS",
	"R07_SECOND_REMINDER", "R08_OVERDUE_AMOUNT", "R09_EMAIL_UNVERIFIED", "R10_ADDRESS_UNCONFIRMED", "R11_BANK_UNVERIFIED",
	"R12_IDENTITY_UNVERIFIED", "R13_NO_DIRECT_DEBIT", "R14_CONTACT_CHANGED", "R15_TOO_MANY_PURCHASES", "R16_AFFORDABILITY",
	"R17_BUREAU_NEGATIVE", "R18_DEFAULT_WRITTEN_OFF", "R19_SOURCE_UNAVAILABLE", "R20_NOT_SERVED", "R21_DISPUTED_EXPOSURE",
	"M01_BELOW_MINIMUM", "L01_LIMIT_EXCEEDED", "L02_CAP_VERIFICATION", "L03_CAP_NEW_ACCOUNT", "L04_CAP_FIRST_PURCHASE",
	"L05_CAP_PROVEN_AMOUNT", "L06_CAP_ADDRESS", "L07_CAP_MERCHANT", "L08_CAP_MARKET", "S01_SCORE_BELOW_CUTOFF",
	"S10_WORST_DELAY", "S11_LATE_COUNT", "S12_ON_TIME_COUNT", "S13_ENQUIRIES_30", "S14_ENQUIRIES_90",
	"S15_AVERAGE_BALANCE", "S16_OPEN_INVOICES", "S17_ACCOUNT_AGE", "C01_CONTRACT", "L09_CAP_CLUSTER", "L10_GUARANTEED",
}

// String returns the stable name, for example "R07_SECOND_REMINDER".
func (c Code) String() string {
	if c.IsExtra() {
		return fmt.Sprintf("X%02d", c-extraBase)
	}
	return nameOf(codeNames[:], int(c))
}

// IsExtra reports whether the code is one of X01 to X99, which a policy file defines.
func (c Code) IsExtra() bool { return c > extraBase && c < extraBase+100 }

// ParseCode is the inverse of String.
func ParseCode(s string) (Code, error) {
	if len(s) == 3 && s[0] == 'X' {
		if n, err := strconv.Atoi(s[1:]); err == nil && n > 0 {
			return extraBase + Code(n), nil
		}
	}
	i, err := indexOf(codeNames[1:], s, "reason code")
	return Code(i + 1), err
}

// IsScoreDetail reports whether the code explains missing points (S10 to S17); such a reason never blocks by itself.
func (c Code) IsScoreDetail() bool { return c >= S10WorstDelay && c <= S17AccountAge }

// MarshalText writes the stable name.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the stable name.
func (c *Code) UnmarshalText(b []byte) (err error) {
	*c, err = ParseCode(string(b))
	return err
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("unknown(%d)", i)
	}
	return names[i]
}

func indexOf(names []string, s, what string) (int, error) {
	for i, n := range names {
		if n == s {
			return i, nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q; known are %v", what, s, names)
}

// List returns the methods of the set in order.
func (s MethodSet) List() []Method {
	list := make([]Method, 0, MethodCount)
	for m := range Method(MethodCount) {
		if s.Has(m) {
			list = append(list, m)
		}
	}
	return list
}

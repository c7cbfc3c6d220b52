package credit

import (
	"encoding/json"

	"zahlziel/cal"
	"zahlziel/money"
)

// Policy is one immutable, effective-dated version of every number that Decide and WayBack use, with its card.
// Load it with ParsePolicy or Builtin; the loader checks the schema and monotonicity.
type Policy struct {
	ID        string         `json:"id"`
	Version   int            `json:"version"`
	ValidFrom cal.Day        `json:"valid_from"`
	Currency  money.Currency `json:"currency"`
	CardID    string         `json:"card"`
	CardNo    int            `json:"card_version"`
	Note      string         `json:"note"`
	Bands     []Band         `json:"bands"`
	Caps      Caps           `json:"caps"`
	Rules     Rules          `json:"rules"`
	Evidence  Evidence       `json:"evidence"`
	Methods   []MethodRule   `json:"methods"`
	Promise   Promise        `json:"promise"`
	Sources   []SourceRule   `json:"sources,omitempty"`
	Guarantee GuaranteeDays  `json:"guarantee,omitzero"`    // absent: no limit is guaranteed
	Extra     []ExtraRule    `json:"extra_rules,omitempty"` // written by staff, see ExtraRule

	Card   *Card  `json:"-"`
	SHA256 string `json:"-"` // hex, of the file as loaded

	methods     [MethodCount]MethodRule // Methods by number
	needBank    MethodSet               // and what they need
	needPerson  MethodSet
	needDebit   MethodSet
	extraAmount bool // some extra rule looks at the amount
}

// Band gives the limit in minor units from a score on.
type Band struct {
	Score int32 `json:"score"`
	Limit int64 `json:"limit"`
}

// Caps bound the limit, in minor units.
type Caps struct {
	Unverified     int64 `json:"l02_unverified"`     // neither bank account nor identity confirmed
	Bank           int64 `json:"l02_bank"`           // bank account confirmed, identity not
	Identity       int64 `json:"l02_identity"`       // identity confirmed
	NewAccount     int64 `json:"l03_new_account"`    // account younger than NewAccountDays
	NewAccountDays int32 `json:"l03_days"`           //
	FirstPurchase  int64 `json:"l04_first_purchase"` // no credit purchase repaid on time yet
	ProvenBase     int64 `json:"l05_base"`           // the limit grows with what was repaid: at least this,
	ProvenTimes    int64 `json:"l05_times"`          // at most so many times the largest amount repaid on time
	AddressLevel1  int64 `json:"l06_address_level_1"`
	Bureau         int64 `json:"r17_r19_bureau"` // a source is unavailable, or negative and R17 does not block
}

// Rules are the parameters of R02 to R21: days are civil days, amounts minor units.
type Rules struct {
	MinAge             int32 `json:"r02_min_age_years"`
	InsolvencyDays     int32 `json:"r04_days_after_end"`
	CollectionsDPD     int32 `json:"r06_days_past_due"`
	ReminderLevel      uint8 `json:"r07_dunning_level"`
	ReminderDPD        int32 `json:"r07_days_past_due"`
	OverdueTolerance   int64 `json:"r08_tolerance"`
	GraceDays          int32 `json:"grace_days"`
	ContactDays        int32 `json:"r14_days"`
	PurchasesPerDay    int32 `json:"r15_per_day"`
	PurchasesPerWeek   int32 `json:"r15_per_7_days"`
	AssessmentMonths   int32 `json:"r16_valid_months"`
	BureauBlocks       bool  `json:"r17_blocks"`
	WriteOffDays       int32 `json:"r18_days_after_loss"`
	WriteOffSettled    int32 `json:"r18_days_after_settlement"`
	DisputedExposure   int64 `json:"r21_disputed_overdue"`
	SanctionsRequired  bool  `json:"r20_sanctions_required"`
	ScoreReasonMissing int32 `json:"score_reason_min_points"`
	ScoreReasons       int32 `json:"score_reasons_max"`
}

// Evidence says what counts as a purchase repaid on time.
type Evidence struct {
	MinAmount       int64  `json:"min_amount"`         // net of refunds
	PayNowMinAmount int64  `json:"pay_now_min_amount"` // the same for a completed pay-now purchase
	PayNowMax       int32  `json:"pay_now_max"`        // how many pay-now purchases count at most
	PayNowNote      string `json:"pay_now_note"`
}

// MethodRule is what one method needs.
type MethodRule struct {
	Method      Method `json:"method"`
	MinScore    int32  `json:"min_score"`
	MinAmount   int64  `json:"min_amount"`
	Bank        bool   `json:"needs_bank"`
	Identity    bool   `json:"needs_identity"`
	DirectDebit bool   `json:"needs_direct_debit"`
	Months      int64  `json:"months"` // months over which the amount is repaid, for R16
}

// Promise holds the parameters of the way back.
type Promise struct {
	WindowDays   int32 `json:"window_days"`
	ValidDays    int32 `json:"valid_days"`
	MarginPoints int32 `json:"margin_points"`
	MarginDays   int32 `json:"margin_days"` // the reserve is kept when the day moves by no more than this
	HorizonDays  int32 `json:"horizon_days"`
	PayByDays    int32 `json:"pay_by_days"`
	ReminderDPD  int32 `json:"second_reminder_days_past_due"` // plans assume the second reminder of an unpaid rest by then
	MaxEvals     int32 `json:"max_evaluations"`
	LeadDays     Leads `json:"lead_days"`
}

// GuaranteeDays say how long a limit that was told is guaranteed, and how long before its fall the consumer hears of it.
type GuaranteeDays struct {
	Days       int32 `json:"days"`
	NoticeDays int32 `json:"notice_days"`
}

// Leads are the days a verification takes.
type Leads struct {
	Email       int32 `json:"email"`
	Address     int32 `json:"address"`
	Bank        int32 `json:"bank"`
	Identity    int32 `json:"identity"`
	DirectDebit int32 `json:"direct_debit"`
}

// Feature numbers one of the eight characteristics of the card.
type Feature uint8

// The characteristics: payment history (P), enquiries (E), balance (B), age of the account (A).
const (
	P1           Feature = iota // worst days past due in 365 days
	P2                          // late invoices in 365 days
	P3                          // purchases repaid on time in 730 days
	E1                          // enquiries in 30 days
	E2                          // enquiries in 90 days
	B1                          // average open balance of 90 days, in 1/10,000 of the reference
	B2                          // open invoices
	A1                          // age of the account in days
	FeatureCount = 8
)

// Card is one immutable version of the points table.
type Card struct {
	ID        string           `json:"id"`
	Version   int              `json:"version"`
	Status    string           `json:"status"` // "expert" or "fitted"
	Note      string           `json:"note"`
	Reference int64            `json:"b1_reference"` // minor units that B1 is measured against
	LateDays  int32            `json:"late_window_days"`
	TimeDays  int32            `json:"on_time_window_days"`
	Short     int32            `json:"enquiries_short_days"`
	Long      int32            `json:"enquiries_long_days"`
	Bins      map[string][]Bin `json:"characteristics"` // by feature name, ascending
	Fit       json.RawMessage  `json:"fit,omitempty"`   // how a fitted card was made; evidence for people, no part of any decision
	SHA256    string           `json:"-"`

	bins [FeatureCount][]Bin
	best [FeatureCount]int32
}

// Bin gives the points up to and including a value; the last bin of a characteristic has no upper end.
type Bin struct {
	UpTo   *int32 `json:"up_to,omitempty"`
	Points int32  `json:"points"`
}

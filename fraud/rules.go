package fraud

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"

	"zahlziel/cal"
)

// Rules is one version of the rules. It is data: loaded, checked and never changed afterwards.
type Rules struct {
	ID        string   `json:"id"`
	Version   int      `json:"version"`
	ValidFrom cal.Day  `json:"valid_from"`
	Title     string   `json:"title"`
	Rules     []Rule   `json:"rules"`
	Review    Review   `json:"review"`
	Cluster   Cluster  `json:"cluster"`
	Merchant  Merchant `json:"merchant"`
	Places    []string `json:"convenience_words"` // words of an address that is somebody's convenience: lower case, umlauts written out
	SHA256    string   `json:"-"`                 // of the file
}

// Rule is hit when all its conditions hold.
type Rule struct {
	Code    string      `json:"code"` // F01_..., never used for another meaning
	Outcome Outcome     `json:"outcome"`
	German  string      `json:"de"` // what it means, for the desk
	English string      `json:"en"`
	When    []Condition `json:"when"`
}

// Condition bounds one signal; both ends are included.
type Condition struct {
	Signal Signal `json:"signal"`
	From   *int64 `json:"from,omitempty"`
	To     *int64 `json:"to,omitempty"`
}

// Review says how a person decides about an order that waits.
type Review struct {
	Hours    int64 `json:"hours"`          // within which a person answers; after that the order is rejected
	FourEyes int64 `json:"four_eyes_from"` // from this amount on two people must agree, minor units
	Default  int64 `json:"default_days"`   // days past due from which an unpaid order counts as a default
}

// Cluster says what sharing data with others means: a cap while the identity is not confirmed. Nobody's debt is
// anybody else's.
type Cluster struct {
	Members int64       `json:"members"` // from so many people on
	Cap     int64       `json:"cap"`     // minor units
	Kinds   ClusterKind `json:"kinds"`
}

// ClusterKind says for each kind of shared data from how many people on it makes a cluster.
type ClusterKind struct {
	Person  int64 `json:"person"` // the same name, birth date and postcode
	IBAN    int64 `json:"iban"`
	Address int64 `json:"address"`
}

// Merchant holds the bounds at which a shop is looked at. Shares are per mille.
type Merchant struct {
	FirstPayouts    int64 `json:"first_payouts"`    // so many first payouts are delayed
	DelayDays       int64 `json:"delay_bank_days"`  // by so many bank days more
	Exposure        int64 `json:"exposure"`         // open claims of one shop, minor units
	Window          int64 `json:"window_days"`      // of the shares
	DefaultDays     int64 `json:"default_days"`     // a first invoice so many days past due is a first-payment default
	DefaultShare    int64 `json:"default_share"`    //
	DefaultCount    int64 `json:"default_count"`    // below so many first invoices the share says nothing
	SpikePercent    int64 `json:"spike_percent"`    // orders of a day, percent of the mean of the window
	SpikeCount      int64 `json:"spike_count"`      // below so many orders nothing is a spike
	ComplaintShare  int64 `json:"complaint_share"`  // refunds and disputes, share of the captured amount
	ComplaintAmount int64 `json:"complaint_amount"` // below so much captured the share says nothing, minor units
}

// The most that a snapshot can hold hits for.
const rulesMax = 64

var codeForm = regexp.MustCompile(`^F[0-9]{2}_[A-Z0-9_]{3,40}$`)

// check refuses what cannot be meant.
func (r *Rules) check() error {
	if r.ID == "" || r.Version < 1 || !r.ValidFrom.IsSet() || r.Title == "" {
		return fmt.Errorf("id, version, valid_from and title must be set")
	}
	if len(r.Rules) == 0 || len(r.Rules) > rulesMax {
		return fmt.Errorf("there must be 1 to %d rules", rulesMax)
	}
	seen := map[string]bool{}
	for i := range r.Rules {
		rule := &r.Rules[i]
		if !codeForm.MatchString(rule.Code) || seen[rule.Code[:3]] {
			return fmt.Errorf("rule %d: the code %q must read F01_NAME, and its number must be its own", i+1, rule.Code)
		}
		seen[rule.Code[:3]] = true
		if err := rule.check(); err != nil {
			return fmt.Errorf("rule %s: %w", rule.Code, err)
		}
	}
	m := r.Merchant
	for name, n := range map[string]int64{"review.hours": r.Review.Hours, "review.four_eyes_from": r.Review.FourEyes, "review.default_days": r.Review.Default,
		"cluster.members": r.Cluster.Members, "cluster.cap": r.Cluster.Cap, "cluster.kinds.person": r.Cluster.Kinds.Person, "cluster.kinds.iban": r.Cluster.Kinds.IBAN,
		"cluster.kinds.address": r.Cluster.Kinds.Address, "merchant.exposure": m.Exposure, "merchant.window_days": m.Window, "merchant.default_days": m.DefaultDays,
		"merchant.default_share": m.DefaultShare, "merchant.default_count": m.DefaultCount, "merchant.spike_percent": m.SpikePercent,
		"merchant.spike_count": m.SpikeCount, "merchant.complaint_share": m.ComplaintShare, "merchant.complaint_amount": m.ComplaintAmount} {
		if n < 1 {
			return fmt.Errorf("%s must be at least 1", name)
		}
	}
	if m.FirstPayouts < 0 || m.DelayDays < 0 {
		return fmt.Errorf("merchant.first_payouts and merchant.delay_bank_days must not be negative")
	}
	return nil
}

func (r *Rule) check() error {
	if r.German == "" || r.English == "" {
		return fmt.Errorf("it needs a sentence in both languages")
	}
	if len(r.When) == 0 {
		return fmt.Errorf("it has no condition")
	}
	for _, c := range r.When {
		if c.From == nil && c.To == nil || c.From != nil && c.To != nil && *c.From > *c.To {
			return fmt.Errorf("the condition on %s bounds nothing", c.Signal)
		}
	}
	switch {
	case r.Outcome == Accept:
		return fmt.Errorf("a rule that accepts says nothing")
	case r.Outcome == EmailCode && r.met(DeviceHours, 0):
		return fmt.Errorf("a fresh code must satisfy it: add a condition device_hours from 1")
	case r.Outcome == IdentityFirst && r.met(Identity, 1):
		return fmt.Errorf("a confirmed identity must satisfy it: add a condition identity to 0")
	}
	return nil
}

// met reports whether the conditions on one signal allow a value.
func (r *Rule) met(s Signal, v int64) bool {
	for _, c := range r.When {
		if c.Signal == s && !c.holds(v) {
			return false
		}
	}
	return true
}

func (c *Condition) holds(v int64) bool {
	return (c.From == nil || v >= *c.From) && (c.To == nil || v <= *c.To)
}

// Assessment is the answer: the strictest outcome of the rules that were hit.
type Assessment struct {
	Outcome Outcome `json:"outcome"`
	Hits    uint64  `json:"-"` // one bit for each rule, in the order of the file
}

// Assess looks at every rule; none ends the look at the others.
func Assess(r *Rules, s *Signals) Assessment {
	var a Assessment
rules:
	for i := range r.Rules {
		rule := &r.Rules[i]
		for j := range rule.When {
			if c := &rule.When[j]; !c.holds(s[c.Signal]) {
				continue rules
			}
		}
		a.Hits |= 1 << i
		a.Outcome = max(a.Outcome, rule.Outcome)
	}
	return a
}

// Codes are the codes of the rules that were hit.
func (a Assessment) Codes(r *Rules) []string {
	out := make([]string, 0, bits.OnesCount64(a.Hits))
	for i := range r.Rules {
		if a.Hits>>i&1 == 1 {
			out = append(out, r.Rules[i].Code)
		}
	}
	return out
}

// Reads reports whether a rule that looks at a signal could still be hit, given the signals that are known: so that what
// costs something is read only where it may matter. Those that are unread yet may turn out to be anything.
func (r *Rules) Reads(want Signal, known *Signals, unread ...Signal) bool {
	for i := range r.Rules {
		if r.Rules[i].reads(want, known, unread) {
			return true
		}
	}
	return false
}

func (r *Rule) reads(want Signal, known *Signals, unread []Signal) bool {
	reads := false
	for j := range r.When {
		c := &r.When[j]
		switch {
		case c.Signal == want:
			reads = true
		case !c.holds(known[c.Signal]) && !slices.Contains(unread, c.Signal):
			return false
		}
	}
	return reads
}

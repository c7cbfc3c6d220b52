package credit

import (
	"errors"
	"fmt"

	"zahlziel/cal"
)

// Source is a kind of outside source that knows something about a person.
type Source uint8

// The kinds. A person starts identity, account, address and affordability; the bureau is asked for a purchase;
// screening is a comparison with lists in this installation.
const (
	SourceIdentity Source = iota
	SourceAccount
	SourceAddress
	SourceBureau
	SourceAffordability
	SourceScreening
	SourceCount
)

var sourceKinds = [SourceCount]string{"identity", "account", "address", "bureau", "affordability", "screening"}

// String returns the stable name, for example "bureau".
func (s Source) String() string { return nameOf(sourceKinds[:], int(s)) }

// ParseSource is the inverse of String.
func ParseSource(s string) (Source, error) {
	i, err := indexOf(sourceKinds[:], s, "source")
	return Source(i), err
}

// MarshalText writes the stable name.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stable name.
func (s *Source) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSource(string(b))
	return err
}

// SourceRule says when the policy wants a source's answer and how long one holds.
//
// Bureau and Affordability are wanted for amounts above Above. One that is required and has no valid answer refuses such
// amounts (R20, R16) until it answers; one that is optional and does not answer caps the limit (R19).
type SourceRule struct {
	Source    Source `json:"source"`
	Required  bool   `json:"required"`
	Above     int64  `json:"above_amount"`         // minor units
	Days      int32  `json:"ttl_days"`             // how long an answer holds, where the source gives no shorter time
	ScoreCaps []Band `json:"score_caps,omitempty"` // of the bureau: the limit is at most this from its score on; below the last: 0
}

// Rule returns what the policy says about a source; ok is false when it does not want it.
func (p *Policy) Rule(s Source) (rule SourceRule, ok bool) {
	if r := p.sourceRule(s); r != nil {
		return *r, true
	}
	return SourceRule{}, false
}

func (p *Policy) sourceRule(s Source) *SourceRule {
	for i := range p.Sources {
		if p.Sources[i].Source == s {
			return &p.Sources[i]
		}
	}
	return nil
}

func (p *Policy) checkSources() error {
	var seen [SourceCount]bool
	for _, r := range p.Sources {
		switch {
		case seen[r.Source]:
			return fmt.Errorf("sources: %s appears twice", r.Source)
		case r.Above < 0 || r.Above > maxAmount:
			return fmt.Errorf("sources: %s: above_amount must be 0 or more", r.Source)
		case r.Days < 1 || r.Days > 3650:
			return fmt.Errorf("sources: %s: ttl_days must be 1 to 3650", r.Source)
		case len(r.ScoreCaps) > 0 && r.Source != SourceBureau:
			return errors.New("sources: only the bureau has score_caps")
		}
		seen[r.Source] = true
		for i, b := range r.ScoreCaps {
			if b.Limit < 0 || b.Limit > maxAmount || b.Score < 0 || i > 0 && (b.Score >= r.ScoreCaps[i-1].Score || b.Limit > r.ScoreCaps[i-1].Limit) {
				return fmt.Errorf("sources: score_caps: entry %d must have a lower score and no higher limit than the one before", i+1)
			}
		}
	}
	return nil
}

// Answered reports whether the facts hold an answer of the source that is still valid on a day.
func (f *Facts) Answered(s Source, day cal.Day) bool {
	switch s {
	case SourceBureau:
		return (f.Bureau.State == Clear || f.Bureau.State == Hit) && f.Bureau.Until.IsSet() && day <= f.Bureau.Until
	case SourceAffordability:
		return f.Proof.State == Clear && f.Proof.Until.IsSet() && day <= f.Proof.Until
	case SourceIdentity:
		return f.Identity.IsSet() && f.Identity <= day
	case SourceAccount:
		return f.Bank.IsSet() && f.Bank <= day
	case SourceAddress:
		return f.Address.Level >= 2 && f.Address.Day.IsSet() && f.Address.Day <= day
	case SourceScreening:
		return f.Sanctions == Clear || f.Sanctions == Hit
	}
	return false
}

// AssumeSources takes it that sources which will be asked answer without a finding, also those whose finding has become
// too old, and that an answer which is valid on a day stays so. Forecasts and plans rest on it; they name the condition (Plan.Checks) and never promise it.
func (f *Facts) AssumeSources(p *Policy, day cal.Day) {
	r, old := p.sourceRule(SourceBureau), f.Bureau.State == Hit && !f.Answered(SourceBureau, day)
	if r != nil && (old || r.Required && f.Bureau.State != Hit) {
		f.Bureau.State, f.Bureau.Until = Clear, lastDay
	}
	if f.Answered(SourceAffordability, day) {
		f.Proof.Until = lastDay
	}
}

// lastDay is after every horizon: 31 December 9999.
const lastDay cal.Day = 2_932_896

// requires reports whether the policy refuses an amount without the source's answer.
func (p *Policy) requires(s Source, amount int64) bool {
	r := p.sourceRule(s)
	return r != nil && r.Required && amount > r.Above
}

// requiredSources: R20 and R16 for an amount that needs an answer which is not there. Lower amounts may pass.
func (e *eval) requiredSources() {
	for i := range e.p.Sources {
		s := &e.p.Sources[i]
		if !s.Required || e.r.Amount <= s.Above || e.f.Answered(s.Source, e.r.Day) {
			continue
		}
		why := because(R20NotServed)
		why.Amount, why.Subject = s.Above, SubjectCheck
		switch s.Source {
		case SourceBureau:
			if e.f.Bureau.State == Unavailable {
				why.No, why.Since, why.Subject = e.f.Bureau.Source, e.f.Bureau.AsOf, SubjectSource
			}
			e.resize(CreditMethods, why)
		case SourceAffordability:
			why.Code, why.Subject = R16Affordability, SubjectEvidence
			if e.f.Proof.State == Unavailable {
				why.No, why.Since, why.Subject = e.f.Proof.Source, e.f.Proof.AsOf, SubjectSource
			}
			e.resize(e.regulated(), why)
		}
	}
}

// regulated are the methods that the merchant offers as regulated credit.
func (e *eval) regulated() (m MethodSet) {
	for n := range InstantBank {
		if o := e.r.Offers[n]; o.Enabled && o.Regime == Regulated {
			m = m.With(n)
		}
	}
	return m
}

// sourceBounds are the caps of the bureau: R19 where it should have answered for this amount and did not, R17 where it
// reports something that does not block, and for its own score.
func (e *eval) sourceBounds(out []bound) []bound {
	b, rule := &e.f.Bureau, e.p.sourceRule(SourceBureau)
	switch {
	case b.State == Unavailable && (rule == nil || e.r.Amount > rule.Above):
		out = append(out, bound{R19SourceUnavailable, e.p.Caps.Bureau})
	case b.State == Hit && !e.p.Rules.BureauBlocks:
		out = append(out, bound{R17BureauNegative, e.p.Caps.Bureau})
	}
	if rule != nil && len(rule.ScoreCaps) > 0 && b.Score > 0 && e.f.Answered(SourceBureau, e.r.Day) {
		limit := int64(0)
		for _, c := range rule.ScoreCaps {
			if b.Score >= c.Score {
				limit = c.Limit
				break
			}
		}
		out = append(out, bound{R17BureauNegative, limit})
	}
	return out
}

// unasked is the largest amount of a method with regard to sources alone: what needs no answer, or what passes without.
// free is what the limit leaves when no source is counted as missing.
func (e *eval) unasked(m Method, free int64) int64 {
	most := free
	if e.f.Bureau.State == Unavailable {
		cap, r := e.p.Caps.Bureau-e.d.Exposure, e.p.sourceRule(SourceBureau)
		switch {
		case r == nil:
			most = min(most, max(0, cap))
		case !r.Required:
			most = min(most, max(r.Above, cap))
		}
	}
	for i := range e.p.Sources {
		s := &e.p.Sources[i]
		wanted := s.Source == SourceBureau || s.Source == SourceAffordability && e.regulated().Has(m)
		if s.Required && wanted && !e.f.Answered(s.Source, e.r.Day) {
			most = min(most, s.Above)
		}
	}
	return most
}

package credit

import "zahlziel/cal"

// MerchantKey folds a merchant id into the key that History uses to tell merchants apart (FNV-1a, 32 bits).
func MerchantKey(merchant string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(merchant); i++ {
		h = (h ^ uint32(merchant[i])) * 16777619
	}
	return h
}

// Enquire counts a submitted pay-later checkout; the same merchant on the same day counts once.
func (h *History) Enquire(day cal.Day, merchant string) {}

// Purchase counts a purchase on credit for the velocity rule R15.
func (h *History) Purchase(day cal.Day) {}

// BalanceChanged notes the closing scored balance (Facts.Balance) of a day; the last call of a day wins.
func (h *History) BalanceChanged(day cal.Day, closing int64) {}

// InvoiceSettled turns a settled invoice into late or on-time evidence under the policy's thresholds.
func (h *History) InvoiceSettled(p *Policy, s Settlement) {}

// PaidAtOnce notes a completed pay-now purchase: evidence that counts at most three times and never lifts L04.
func (h *History) PaidAtOnce(p *Policy, s Settlement) {}

// Refunded corrects evidence when money went back after the settlement: net is what remains paid on document no.
func (h *History) Refunded(p *Policy, no string, net int64) {}

// Reversed removes the evidence of document no because its payment was taken back; the item is open again.
func (h *History) Reversed(no string) {}

// Builtin returns the policies that are part of the program.
func Builtin() Policies { return nil }

// Policies is a set of loaded policies.
type Policies []*Policy

// Policy finds a policy by id and version.
func (s Policies) Policy(id string, version int) (*Policy, bool) { return nil, false }

// On returns the newest version of a policy that is valid on a day.
func (s Policies) On(id string, day cal.Day) (*Policy, bool) { return nil, false }

// ParsePolicy loads a policy file and its card file; unknown keys, wrong order and non-monotone points are errors.
func ParsePolicy(policyJSON, cardJSON []byte) (*Policy, error) { return nil, nil }

// Decide evaluates every rule and every method. It reads nothing but its arguments.
func Decide(p *Policy, f *Facts, r Request) Decision { return Decision{} }

// Sentence says the reason in plain words; lang is "de" or "en" (anything else reads as "en").
func (r Reason) Sentence(lang string) string { return "" }

// WayBack computes the plans that lead to an approval of the goal.
func WayBack(p *Policy, f *Facts, g Goal) Way { return Way{} }

// Sentence says the step in plain words.
func (s Step) Sentence(lang string) string { return "" }

// Change is a day on which the score is going to change by time alone.
type Change struct {
	Day   cal.Day
	Score int32
	Delta int32
	Limit int64
}

// Forecast lists the days within the horizon on which score or limit change if nothing new happens and every
// obligation is kept on its due day.
func Forecast(p *Policy, f *Facts, r Request, days int32) []Change { return nil }

// MarshalStored encodes the facts that live on the consumer's row: all but Open and Holds.
func (f *Facts) MarshalStored() []byte { return nil }

// UnmarshalStored is the inverse of MarshalStored; Open and Holds are left as they are.
func (f *Facts) UnmarshalStored(b []byte) error { return nil }

// MarshalBinary encodes all facts, deterministic and versioned.
func (f *Facts) MarshalBinary() ([]byte, error) { return nil, nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (f *Facts) UnmarshalBinary(b []byte) error { return nil }

// MarshalBinary encodes the record, deterministic and versioned.
func (r *Record) MarshalBinary() ([]byte, error) { return nil, nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (r *Record) UnmarshalBinary(b []byte) error { return nil }

// Replay decides again on the record's facts and reports any difference, byte by byte.
func Replay(set PolicySet, r *Record) error { return nil }

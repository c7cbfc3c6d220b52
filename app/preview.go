package app

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// Preview says what another policy would have answered to stored decisions: the swap set. Who changes is known exactly;
// what a purchase would have brought that was never made is not, and nothing is invented about it.
type Preview struct {
	Policy     string          `json:"policy"`
	Version    int             `json:"version"`
	SHA256     string          `json:"sha256"`
	Card       string          `json:"card"`
	CardNo     int             `json:"card_version"`
	CardSHA256 string          `json:"card_sha256"`
	Since      cal.Day         `json:"since"`
	Until      cal.Day         `json:"until"` // the business day of the report
	Currency   money.Currency  `json:"currency"`
	Decisions  int             `json:"decisions"`
	Erased     int             `json:"erased"`
	Changed    int             `json:"changed"`        // decisions in which some credit method changes
	Refused    Swap            `json:"newly_refused"`  // asked purchases that would no longer be possible on credit
	Approved   Swap            `json:"newly_approved"` // and those that would be
	People     PeopleSwap      `json:"people"`
	Methods    []MethodSwap    `json:"methods"`
	Reasons    []ReasonSwap    `json:"reasons"`
	Outcomes   OutcomeSwap     `json:"outcomes_of_newly_refused"`
	Ages       []AgeBand       `json:"approval_by_age_for_audit_only"`
	Challenger []ShadowSummary `json:"shadow,omitempty"` // what challengers answered at the time
}

// Swap counts purchases.
type Swap struct {
	N      int   `json:"n"`
	Amount int64 `json:"amount"`
}

func (s *Swap) add(amount int64) { s.N, s.Amount = s.N+1, s.Amount+amount }

// PeopleSwap counts people by their latest decision.
type PeopleSwap struct {
	All        int `json:"all"`
	LimitsUp   int `json:"limits_up"`
	LimitsDown int `json:"limits_down"`
	Guaranteed int `json:"limits_down_later"` // of those down: guaranteed first, with notice
	Refused    int `json:"newly_refused"`
	Approved   int `json:"newly_approved"`
}

// MethodSwap counts decisions that one method's answer changes in.
type MethodSwap struct {
	Method string `json:"method"`
	Lost   int    `json:"lost"`
	Gained int    `json:"gained"`
}

// ReasonSwap counts decisions in which a reason comes or goes.
type ReasonSwap struct {
	Code    string `json:"code"`
	Appears int    `json:"appears"`
	Goes    int    `json:"goes"`
}

// OutcomeSwap is what became of purchases that the other policy would have refused.
type OutcomeSwap struct {
	PaidBack Swap  `json:"paid_back"` // business that would be lost
	Bad      Swap  `json:"bad"`       // 60 days past due or more: losses that would be saved
	BadOpen  int64 `json:"bad_open"`
	Pending  Swap  `json:"pending"` // the outcome is not known yet
	NoClaim  int   `json:"no_claim"`
}

// AgeBand is the approval of one age group, each person counted by their latest decision. It is an audit of the whole, never
// an input of a decision.
type AgeBand struct {
	Band        string `json:"band"`
	People      int    `json:"people"`
	Before      int    `json:"approved_before"`
	After       int    `json:"approved_after"`
	RatioBefore int    `json:"ratio_before_permille"` // against the band with the highest approval, 1000: equal
	RatioAfter  int    `json:"ratio_after_permille"`
}

// ShadowSummary counts what a challenger card answered beside the decisions.
type ShadowSummary struct {
	Card    string `json:"card"`
	CardNo  int    `json:"card_version"`
	N       int    `json:"n"`
	Points  int64  `json:"points_mean_difference_hundredths"`
	Lost    int    `json:"lost"`   // some credit method was possible and would not have been
	Gained  int    `json:"gained"` // the other way round
	sumDiff int64
}

// badDays is when a claim counts as bad.
const badDays = 60

// ageBands are the groups of the audit, by their first year.
var ageBands = []struct {
	from int
	name string
}{{18, "18-24"}, {25, "25-39"}, {40, "40-59"}, {60, "60+"}}

// Preview decides every stored decision at or after a day again under another policy, in parallel. progress may be nil.
func (a *App) Preview(ctx context.Context, who Actor, p *credit.Policy, since cal.Day, progress func(done, total int)) (*Preview, error) {
	if !who.System && !who.Can(DeedPolicies) {
		return nil, errForbidden
	}
	select {
	case a.preview <- struct{}{}:
		defer func() { <-a.preview }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	at := pay.Micros(0)
	if since.IsSet() {
		at = pay.Germany.Midnight(since)
	}
	parts := make([]*swapPart, pay.Buckets)
	for i := range parts {
		parts[i] = newSwapPart(p, day)
	}
	counts, err := a.eachRecord(ctx, at, progress, func(bucket int, d *store.SealedDecision, rec *credit.Record) error {
		part := parts[bucket]
		if part.outcomes == nil {
			outcomes, err := a.DB.OutcomesIn(ctx, bucket)
			if err != nil {
				return err
			}
			part.outcomes = outcomes
		}
		old, ok := a.Policies().Policy(rec.Policy, rec.PolicyNo)
		if !ok {
			old = p
		}
		part.take(d, rec, old)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &Preview{Policy: p.ID, Version: p.Version, SHA256: p.SHA256, Card: p.Card.ID, CardNo: p.Card.Version, CardSHA256: p.Card.SHA256,
		Since: since, Until: day, Currency: p.Currency, Erased: int(counts.erased.Load())}
	return out, mergeSwaps(out, parts)
}

// swapPart is the swap set of one bucket.
type swapPart struct {
	p        *credit.Policy
	day      cal.Day
	outcomes map[pay.DecisionID][]store.ClaimOutcome
	sum      Preview
	methods  [credit.MethodCount]MethodSwap
	reasons  map[credit.Code]*ReasonSwap
	people   map[pay.ConsumerID]lastAnswer
	shadows  map[string]*ShadowSummary
}

// lastAnswer is what a person's latest decision said, before and after.
type lastAnswer struct {
	band          int // index of ageBands, -1: no age known
	before, after bool
	limit, other  int64
	kept          bool // the guarantee holds the old limit for now
}

func newSwapPart(p *credit.Policy, day cal.Day) *swapPart {
	return &swapPart{p: p, day: day, reasons: map[credit.Code]*ReasonSwap{}, people: map[pay.ConsumerID]lastAnswer{}, shadows: map[string]*ShadowSummary{}}
}

// take compares one decision.
func (s *swapPart) take(d *store.SealedDecision, rec *credit.Record, old *credit.Policy) {
	s.sum.Decisions++
	then, now := &rec.Decision, credit.Decide(s.p, &rec.Facts, rec.Request)
	changed, before, after := false, false, false
	for m := range credit.Method(credit.MethodCount) {
		was, is := then.Outcomes[m].OK, now.Outcomes[m].OK
		if !m.IsCredit() || !rec.Request.Offers[m].Enabled {
			continue
		}
		before, after = before || was, after || is
		if was != is {
			changed = true
			if was {
				s.methods[m].Lost++
			} else {
				s.methods[m].Gained++
			}
		}
	}
	if changed {
		s.sum.Changed++
		s.countReasons(then, &now)
	}
	s.swap(d, rec, &now, before, after)
	s.lookAtShadow(rec, before)
	s.people[d.ConsumerID] = lastAnswer{band: bandOf(rec.Facts.Born, d.Day), before: before, after: after,
		limit: credit.OwnLimit(old, &rec.Facts, d.Day), other: credit.OwnLimit(s.p, &rec.Facts, d.Day), kept: now.Limit >= then.Limit}
}

// swap counts the purchase itself: by the method that was asked for where a claim tells it, else by any credit method.
func (s *swapPart) swap(d *store.SealedDecision, rec *credit.Record, now *credit.Decision, before, after bool) {
	claims := s.outcomes[d.ID]
	if len(claims) > 0 {
		if m, err := credit.ParseMethod(claims[0].Method); err == nil && m.IsCredit() {
			before, after = true, now.Outcomes[m].OK
		}
	}
	switch {
	case !before && after:
		s.sum.Approved.add(rec.Request.Amount)
	case before && !after:
		s.sum.Refused.add(rec.Request.Amount)
		s.outcome(claims)
	}
}

func (s *swapPart) outcome(claims []store.ClaimOutcome) {
	o := &s.sum.Outcomes
	if len(claims) == 0 {
		o.NoClaim++
	}
	for _, c := range claims {
		switch {
		case c.Amount <= 0:
			o.NoClaim++ // everything went back
		case c.Open <= 0:
			o.PaidBack.add(c.Amount)
		case s.day-c.Due >= badDays:
			o.Bad.add(c.Amount)
			o.BadOpen += c.Open
		default:
			o.Pending.add(c.Amount)
		}
	}
}

func (s *swapPart) countReasons(then, now *credit.Decision) {
	was, is := codesOf(then), codesOf(now)
	for c := range is {
		if !was[c] {
			s.reason(c).Appears++
		}
	}
	for c := range was {
		if !is[c] {
			s.reason(c).Goes++
		}
	}
}

func (s *swapPart) reason(c credit.Code) *ReasonSwap {
	if s.reasons[c] == nil {
		s.reasons[c] = &ReasonSwap{Code: c.String()}
	}
	return s.reasons[c]
}

// codesOf are the codes that block some credit method.
func codesOf(d *credit.Decision) map[credit.Code]bool {
	out := map[credit.Code]bool{}
	for _, r := range d.Reasons {
		if r.Methods&credit.CreditMethods != 0 && !r.Code.IsScoreDetail() {
			out[r.Code] = true
		}
	}
	return out
}

func (s *swapPart) lookAtShadow(rec *credit.Record, before bool) {
	for _, x := range rec.Shadow {
		key := policyName(x.Card, int64(x.CardNo))
		sum := s.shadows[key]
		if sum == nil {
			sum = &ShadowSummary{Card: x.Card, CardNo: x.CardNo}
			s.shadows[key] = sum
		}
		sum.N++
		sum.sumDiff += int64(x.Score - rec.Decision.Score)
		possible := x.OK&credit.CreditMethods != 0
		if before && !possible {
			sum.Lost++
		} else if !before && possible {
			sum.Gained++
		}
	}
}

// bandOf is the age group of a person on a day, -1 where the birth date is not known or the person is a minor.
func bandOf(born, day cal.Day) int {
	if !born.IsSet() {
		return -1
	}
	y, m, d := born.YMD()
	for i := len(ageBands) - 1; i >= 0; i-- {
		if cal.Date(y+ageBands[i].from, m, d) <= day {
			return i
		}
	}
	return -1
}

// mergeSwaps adds the parts up, in an order that does not depend on which was ready first.
func mergeSwaps(out *Preview, parts []*swapPart) error {
	reasons, shadows := map[string]*ReasonSwap{}, map[string]*ShadowSummary{}
	ages := make([]AgeBand, len(ageBands))
	methods := make([]MethodSwap, credit.MethodCount)
	for _, s := range parts {
		out.Decisions += s.sum.Decisions
		out.Changed += s.sum.Changed
		out.Refused.N, out.Refused.Amount = out.Refused.N+s.sum.Refused.N, out.Refused.Amount+s.sum.Refused.Amount
		out.Approved.N, out.Approved.Amount = out.Approved.N+s.sum.Approved.N, out.Approved.Amount+s.sum.Approved.Amount
		out.Outcomes.merge(&s.sum.Outcomes)
		for m := range s.methods {
			methods[m].Lost, methods[m].Gained = methods[m].Lost+s.methods[m].Lost, methods[m].Gained+s.methods[m].Gained
		}
		for c, r := range s.reasons {
			sum := reasons[c.String()]
			if sum == nil {
				sum = &ReasonSwap{Code: r.Code}
				reasons[c.String()] = sum
			}
			sum.Appears, sum.Goes = sum.Appears+r.Appears, sum.Goes+r.Goes
		}
		for key, x := range s.shadows {
			sum := shadows[key]
			if sum == nil {
				sum = &ShadowSummary{Card: x.Card, CardNo: x.CardNo}
				shadows[key] = sum
			}
			sum.N, sum.sumDiff, sum.Lost, sum.Gained = sum.N+x.N, sum.sumDiff+x.sumDiff, sum.Lost+x.Lost, sum.Gained+x.Gained
		}
		for _, last := range s.people {
			out.People.add(last)
			if last.band >= 0 {
				ages[last.band].add(last)
			}
		}
	}
	for m := range credit.InstantBank {
		methods[m].Method = m.String()
		out.Methods = append(out.Methods, methods[m])
	}
	out.Reasons, out.Challenger = sortedSwaps(reasons), sortedShadows(shadows)
	out.Ages = ratios(ages)
	return nil
}

func (o *OutcomeSwap) merge(x *OutcomeSwap) {
	for _, pair := range []struct{ to, from *Swap }{{&o.PaidBack, &x.PaidBack}, {&o.Bad, &x.Bad}, {&o.Pending, &x.Pending}} {
		pair.to.N, pair.to.Amount = pair.to.N+pair.from.N, pair.to.Amount+pair.from.Amount
	}
	o.BadOpen, o.NoClaim = o.BadOpen+x.BadOpen, o.NoClaim+x.NoClaim
}

func (p *PeopleSwap) add(last lastAnswer) {
	p.All++
	switch {
	case last.other > last.limit:
		p.LimitsUp++
	case last.other < last.limit:
		p.LimitsDown++
		if last.kept {
			p.Guaranteed++
		}
	}
	switch {
	case last.before && !last.after:
		p.Refused++
	case !last.before && last.after:
		p.Approved++
	}
}

func (b *AgeBand) add(last lastAnswer) {
	b.People++
	if last.before {
		b.Before++
	}
	if last.after {
		b.After++
	}
}

// ratios compares every band with the best one; the four-fifths line is 800.
func ratios(ages []AgeBand) []AgeBand {
	share := func(n, of int) int {
		if of == 0 {
			return 0
		}
		return n * 1_000_000 / of
	}
	best, bestAfter := 0, 0
	for i := range ages {
		ages[i].Band = ageBands[i].name
		best, bestAfter = max(best, share(ages[i].Before, ages[i].People)), max(bestAfter, share(ages[i].After, ages[i].People))
	}
	for i := range ages {
		if best > 0 {
			ages[i].RatioBefore = share(ages[i].Before, ages[i].People) * 1000 / best
		}
		if bestAfter > 0 {
			ages[i].RatioAfter = share(ages[i].After, ages[i].People) * 1000 / bestAfter
		}
	}
	return ages
}

func sortedSwaps(m map[string]*ReasonSwap) []ReasonSwap {
	out := []ReasonSwap{}
	for _, r := range m {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y ReasonSwap) int {
		return cmp.Or(cmp.Compare(y.Appears+y.Goes, x.Appears+x.Goes), cmp.Compare(x.Code, y.Code))
	})
	return out
}

func sortedShadows(m map[string]*ShadowSummary) []ShadowSummary {
	var out []ShadowSummary
	for _, x := range m {
		x.Points = x.sumDiff * 100 / int64(x.N)
		out = append(out, *x)
	}
	slices.SortFunc(out, func(x, y ShadowSummary) int {
		return cmp.Or(cmp.Compare(x.Card, y.Card), cmp.Compare(x.CardNo, y.CardNo))
	})
	return out
}

// Report is the preview as it is stored and hashed.
func (p *Preview) Report() ([]byte, error) { return json.Marshal(p) }

// PolicyToPreview is the policy that a version stands for: a policy itself, or the one in force with another card.
func (a *App) PolicyToPreview(ctx context.Context, v *PolicyVersion) (*credit.Policy, error) {
	b := a.book()
	if v.Kind == KindPolicy {
		if p, ok := b.all.Policy(v.ID, int(v.Version)); ok {
			return p, nil
		}
		return nil, pay.Errorf(pay.Missing, "no_such_policy", "", "There is no %s", policyName(v.ID, v.Version))
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	now, err := a.Policy(day)
	if err != nil {
		return nil, err
	}
	p := *now
	if p.Card = b.card(v.ID, int(v.Version)); p.Card == nil {
		return nil, pay.Errorf(pay.Missing, "no_such_policy", "", "There is no %s", policyName(v.ID, v.Version))
	}
	return &p, nil
}

// Package affordability gets evidence of what a person can pay per month from a service that the person lets look at
// their income, for example by account information (Directive (EU) 2015/2366 art. 67) or pay slips. The evidence bounds
// regulated credit (Directive (EU) 2023/2225 art. 18, § 505b BGB); it gives no points, and nothing of what the service saw is kept.
package affordability

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"zahlziel/cal"
	"zahlziel/gateway"
)

// Service gathers evidence. The person consents on our page, leaves it, chooses there what may be looked at and comes back.
type Service interface {
	// Start begins. The consent of q must be recorded before.
	Start(ctx context.Context, q Query) (gateway.Started, error)
	// Result says how far it is. Confirmed means that the sums are there.
	Result(ctx context.Context, ref string, day cal.Day) (Report, error)
}

// Query names the person and the consent.
type Query struct {
	ID      string // the same for every try
	Person  gateway.Person
	Return  string // address of ours to which the person comes back
	Consent string // version of the text that the person agreed to
}

// Report is the outcome.
type Report struct {
	gateway.Stamp
	State       gateway.State
	FreeMonthly int64 // minor units of EUR, what is left per month after obligations; may be negative
	Income      int64 // regular income per month
	Obligations int64 // regular obligations per month
}

// HTTP uses a service by POST {url}/checks and {url}/checks/result; see docs/sources.md.
type HTTP struct{ checks *gateway.Checks }

// NewHTTP returns the adapter.
func NewHTTP(c gateway.Config) (*HTTP, error) {
	checks, err := gateway.NewChecks(c)
	return &HTTP{checks}, err
}

// Start begins a check.
func (h *HTTP) Start(ctx context.Context, q Query) (gateway.Started, error) {
	in := map[string]any{"id": q.ID, "person": q.Person, "return_url": q.Return, "consent_version": q.Consent}
	return h.checks.Begin(ctx, q.ID, in)
}

// Result asks for the outcome.
func (h *HTTP) Result(ctx context.Context, ref string, _ cal.Day) (r Report, err error) {
	var a struct {
		gateway.Outcome
		FreeMonthly int64 `json:"free_monthly"`
		Income      int64 `json:"income_monthly"`
		Obligations int64 `json:"obligations_monthly"`
	}
	if err := h.checks.Ask(ctx, ref, &a); err != nil {
		return r, err
	}
	if r.State, r.Stamp, err = a.Read(); err != nil || r.State == gateway.Pending {
		return r, err
	}
	r.FreeMonthly, r.Income, r.Obligations = a.FreeMonthly, a.Income, a.Obligations
	if most := max(a.FreeMonthly, a.Income, a.Obligations); most > sumMax || min(a.Income, a.Obligations) < 0 || a.FreeMonthly < -sumMax {
		return r, fmt.Errorf("%w: sums are minor units up to %d", gateway.ErrMalformed, sumMax)
	}
	return r, nil
}

// sumMax bounds every sum of an answer, in minor units.
const sumMax = 1_000_000_000

// Fake proves 1,200.00 a month for everybody, or what affordability-free-N scripts in whole units; affordability-failed,
// affordability-pending and affordability-timeout script the rest.
type Fake struct{}

// Start begins a check that is over when the person comes back.
func (Fake) Start(ctx context.Context, q Query) (gateway.Started, error) {
	outcome, err := gateway.ScriptedState(q.Person, "affordability")
	if err != nil {
		return gateway.Started{}, err
	}
	free, ok := q.Person.ScriptedNumber("affordability-free")
	if !ok {
		free = 1200
	}
	return gateway.Started{Ref: fmt.Sprintf("%s:%d:%s", outcome, free, q.ID), Redirect: q.Return}, ctx.Err()
}

// Result reads the outcome off the ref.
func (Fake) Result(ctx context.Context, ref string, day cal.Day) (Report, error) {
	parts := strings.Split(ref, ":")
	if len(parts) < 3 {
		return Report{}, gateway.ErrRefused
	}
	free, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return Report{}, gateway.ErrRefused
	}
	return Report{State: gateway.State(parts[0]), Stamp: gateway.Stamp{Source: "Musternachweis (Test)", AsOf: day, Until: cal.NoDay},
		FreeMonthly: free * 100, Income: 300_000, Obligations: 300_000 - free*100}, ctx.Err()
}

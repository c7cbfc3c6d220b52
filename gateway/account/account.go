// Package account has a person prove that a bank account is theirs: at their bank, or by a comparison of the holder's name.
package account

import (
	"context"
	"strings"

	"zahlziel/cal"
	"zahlziel/gateway"
)

// Service checks accounts. It may send the person to their bank, or answer at once by comparing the holder's name.
type Service interface {
	// Start begins a check that q.IBAN belongs to q.Person.
	Start(ctx context.Context, q Query) (gateway.Started, error)
	// Result says how far the check with this ref is. Confirmed means that the account is the person's.
	Result(ctx context.Context, ref string, day cal.Day) (Report, error)
}

// Query names the account and its holder.
type Query struct {
	ID     string         // the same for every try
	Person gateway.Person // address and birth date are not sent
	IBAN   string
	Return string // address of ours to which the person comes back
}

// Report is the outcome.
type Report struct {
	gateway.Stamp
	State gateway.State
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
	holder := gateway.Person{GivenName: q.Person.GivenName, FamilyName: q.Person.FamilyName}
	in := map[string]any{"id": q.ID, "person": holder, "iban": q.IBAN, "return_url": q.Return}
	return h.checks.Begin(ctx, q.ID, in)
}

// Result asks for the outcome.
func (h *HTTP) Result(ctx context.Context, ref string, _ cal.Day) (r Report, err error) {
	var a gateway.Outcome
	if err := h.checks.Ask(ctx, ref, &a); err != nil {
		return r, err
	}
	r.State, r.Stamp, err = a.Read()
	return r, err
}

// Fake confirms everybody at once, except who scripts account-failed, account-pending or account-timeout.
type Fake struct{}

// Start begins a check that is over when the person comes back.
func (Fake) Start(ctx context.Context, q Query) (gateway.Started, error) {
	outcome, err := gateway.ScriptedState(q.Person, "account")
	if err != nil {
		return gateway.Started{}, err
	}
	return gateway.Started{Ref: string(outcome) + ":" + q.ID, Redirect: q.Return}, ctx.Err()
}

// Result reads the outcome off the ref.
func (Fake) Result(ctx context.Context, ref string, day cal.Day) (Report, error) {
	state, _, _ := strings.Cut(ref, ":")
	return Report{State: gateway.State(state), Stamp: gateway.Stamp{Source: "Musterbank (Test)", AsOf: day, Until: cal.NoDay}}, ctx.Err()
}

// Package identity has a person prove who they are at an identity service (video, online ID card, electronic signature).
package identity

import (
	"context"
	"strings"

	"zahlziel/cal"
	"zahlziel/gateway"
)

// Service checks identities. The person leaves our pages, proves who they are there and comes back.
type Service interface {
	// Start begins a check of the person named in q.
	Start(ctx context.Context, q Query) (gateway.Started, error)
	// Result says how far the check with this ref is. Confirmed means that name and birth date are those of the query.
	Result(ctx context.Context, ref string, day cal.Day) (Report, error)
}

// Query names the person to be checked.
type Query struct {
	ID     string // the same for every try
	Person gateway.Person
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
	in := map[string]any{"id": q.ID, "person": q.Person, "return_url": q.Return}
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

// Fake confirms everybody at once, except who scripts identity-failed, identity-pending or identity-timeout.
type Fake struct{}

// Start begins a check that is over when the person comes back.
func (Fake) Start(ctx context.Context, q Query) (gateway.Started, error) {
	outcome, err := gateway.ScriptedState(q.Person, "identity")
	if err != nil {
		return gateway.Started{}, err
	}
	return gateway.Started{Ref: string(outcome) + ":" + q.ID, Redirect: q.Return}, ctx.Err()
}

// Result reads the outcome off the ref.
func (Fake) Result(ctx context.Context, ref string, day cal.Day) (Report, error) {
	state, _, _ := strings.Cut(ref, ":")
	return Report{State: gateway.State(state), Stamp: gateway.Stamp{Source: "Musterident (Test)", AsOf: day, Until: cal.NoDay}}, ctx.Err()
}

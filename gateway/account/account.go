// Package account has a person prove that a bank account is theirs: at their bank, or by a comparison of the holder's name.
package account

import (
	"context"
	"fmt"
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
type HTTP struct{ client *gateway.Client }

// NewHTTP returns the adapter.
func NewHTTP(c gateway.Config) (*HTTP, error) {
	client, err := gateway.NewClient(c)
	return &HTTP{client}, err
}

// Start begins a check.
func (h *HTTP) Start(ctx context.Context, q Query) (gateway.Started, error) {
	var a struct{ Ref, Redirect string }
	holder := gateway.Person{GivenName: q.Person.GivenName, FamilyName: q.Person.FamilyName}
	in := map[string]any{"id": q.ID, "person": holder, "iban": q.IBAN, "return_url": q.Return}
	if err := h.client.Call(ctx, "/checks", q.ID, in, &a); err != nil {
		return gateway.Started{}, err
	}
	return gateway.StartedOf(a.Ref, a.Redirect)
}

// Result asks for the outcome.
func (h *HTTP) Result(ctx context.Context, ref string, _ cal.Day) (r Report, err error) {
	var a struct {
		gateway.Head
		Status string `json:"status"`
	}
	if err := h.client.Call(ctx, "/checks/result", "", map[string]any{"ref": ref}, &a); err != nil {
		return r, err
	}
	if r.State, err = gateway.StateOf(a.Status); err != nil || r.State == gateway.Pending {
		return r, err
	}
	r.Stamp, err = a.Stamp()
	return r, err
}

// Fake confirms everybody at once, except who scripts account-failed, account-pending or account-timeout.
type Fake struct{}

// Start begins a check that is over when the person comes back.
func (Fake) Start(ctx context.Context, q Query) (gateway.Started, error) {
	outcome := gateway.Confirmed
	switch {
	case q.Person.Scripted("account-timeout"):
		return gateway.Started{}, fmt.Errorf("%w: scripted", gateway.ErrUnavailable)
	case q.Person.Scripted("account-failed"):
		outcome = gateway.Failed
	case q.Person.Scripted("account-pending"):
		outcome = gateway.Pending
	}
	return gateway.Started{Ref: string(outcome) + ":" + q.ID, Redirect: q.Return}, ctx.Err()
}

// Result reads the outcome off the ref.
func (Fake) Result(ctx context.Context, ref string, day cal.Day) (Report, error) {
	state, _, _ := strings.Cut(ref, ":")
	return Report{State: gateway.State(state), Stamp: gateway.Stamp{Source: "Musterbank (Test)", AsOf: day, Until: cal.NoDay}}, ctx.Err()
}

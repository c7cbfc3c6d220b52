// Package address asks a register or an address service whether a person lives where they say.
package address

import (
	"context"
	"fmt"

	"zahlziel/cal"
	"zahlziel/gateway"
)

// Service confirms addresses, at once.
type Service interface {
	// Confirm says Confirmed or Failed. Failed only means that the source does not know it: a letter can still prove it.
	Confirm(ctx context.Context, q Query) (Report, error)
}

// Query is one question.
type Query struct {
	ID     string // the same for every try
	Person gateway.Person
	Day    cal.Day
}

// Report is the answer.
type Report struct {
	gateway.Stamp
	State gateway.State
}

// HTTP asks by POST {url}/addresses; see docs/sources.md.
type HTTP struct{ client *gateway.Client }

// NewHTTP returns the adapter.
func NewHTTP(c gateway.Config) (*HTTP, error) {
	client, err := gateway.NewClient(c)
	return &HTTP{client}, err
}

// Confirm asks.
func (h *HTTP) Confirm(ctx context.Context, q Query) (r Report, err error) {
	var a struct {
		gateway.Head
		Status string `json:"status"`
	}
	if err := h.client.Call(ctx, "/addresses", q.ID, map[string]any{"id": q.ID, "person": q.Person}, &a); err != nil {
		return r, err
	}
	if r.State, err = gateway.StateOf(a.Status); err != nil {
		return r, err
	}
	if r.State == gateway.Pending {
		return r, fmt.Errorf("%w: an address is confirmed or failed at once", gateway.ErrMalformed)
	}
	r.Stamp, err = a.Stamp()
	return r, err
}

// Fake knows only who scripts address-known; address-timeout does not answer.
type Fake struct{}

// Confirm answers as scripted.
func (Fake) Confirm(ctx context.Context, q Query) (Report, error) {
	r := Report{State: gateway.Failed, Stamp: gateway.Stamp{Source: "Musterregister (Test)", AsOf: q.Day, Until: cal.NoDay}}
	if q.Person.Scripted("address-timeout") {
		return r, fmt.Errorf("%w: scripted", gateway.ErrUnavailable)
	}
	if q.Person.Scripted("address-known") {
		r.State = gateway.Confirmed
	}
	return r, ctx.Err()
}

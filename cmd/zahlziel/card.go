package main

import (
	"context"

	"zahlziel/app"
)

type creditCardCmd struct {
	Add      policyAddCmd    `cmd:"" help:"Store a card file as a draft."`
	Validate cardValidateCmd `cmd:"" help:"Ask that a draft is taken as validated, with its validation report; or confirm."`
	Shadow   cardShadowCmd   `cmd:"" help:"Ask that a validated card is a challenger in shadow: logged beside decisions, never acting; or confirm."`
	Activate cardActivateCmd `cmd:"" help:"Ask that a card in shadow becomes champion, in a new version of the policy; or confirm."`
	Retire   cardRetireCmd   `cmd:"" help:"Ask that a card that does not act is retired; or confirm."`
}

type cardValidateCmd struct{ step }

// Run asks or confirms.
func (c *cardValidateCmd) Run(ctx context.Context, p *place) error {
	return c.take(ctx, p, app.StateValidated, "")
}

type cardShadowCmd struct{ step }

// Run asks or confirms.
func (c *cardShadowCmd) Run(ctx context.Context, p *place) error {
	return c.take(ctx, p, app.StateShadow, "")
}

type cardActivateCmd struct {
	step
	From string `help:"First day on which it decides, YYYY-MM-DD, after today." placeholder:"DATE"`
}

// Run asks or confirms.
func (c *cardActivateCmd) Run(ctx context.Context, p *place) error {
	return c.take(ctx, p, app.StateChampion, c.From)
}

type cardRetireCmd struct{ step }

// Run asks or confirms.
func (c *cardRetireCmd) Run(ctx context.Context, p *place) error {
	return c.take(ctx, p, app.StateRetired, "")
}

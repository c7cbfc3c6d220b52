package main

import (
	"context"
	"fmt"

	"zahlziel/cal"
	"zahlziel/pay"
)

type creditCmd struct {
	Replay   creditReplayCmd   `cmd:"" help:"Decide every stored decision again on the facts it recorded, bit for bit."`
	Fit      creditFitCmd      `cmd:"" help:"Fit a points card from a table of outcomes, or from the outcomes of own decisions."`
	Validate creditValidateCmd `cmd:"" help:"Judge a points card on a table of outcomes."`
	Report   creditReportCmd   `cmd:"" help:"Report on the card in use: outcomes, stability, fairness, ways back and the gates."`
	WayBack  creditWayBackCmd  `cmd:"" name:"wayback" help:"Compute the exact steps by which a consumer can buy with a method again."`
}

type creditReplayCmd struct {
	Since string `help:"Only decisions of this day, YYYY-MM-DD, and later." placeholder:"DATE"`
	JSON  bool   `help:"Print the counts as JSON."`
}

// Run replays; the first decision that differs ends it with an error.
func (c *creditReplayCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	since := pay.Micros(0)
	if c.Since != "" {
		day, err := cal.ParseDay(c.Since)
		if err != nil {
			return err
		}
		since = pay.Germany.Midnight(day)
	}
	bar := newBar("decisions")
	r, err := a.ReplayDecisions(ctx, since, bar.set)
	bar.done()
	if err != nil {
		return fmt.Errorf("after %d equal decisions: %w", r.Replayed, err)
	}
	if c.JSON {
		return printJSON(r)
	}
	fmt.Printf("%d decisions: %d replayed with the same answer, %d of erased people\n", r.Total, r.Replayed, r.Erased)
	return nil
}

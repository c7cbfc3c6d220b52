package main

import (
	"context"
	"fmt"

	"zahlziel/cal"
	"zahlziel/pay"
)

type creditCmd struct {
	Replay  creditReplayCmd  `cmd:"" help:"Decide every stored decision again on the facts it recorded, bit for bit."`
	WayBack creditWayBackCmd `cmd:"" name:"wayback" help:"Compute the exact steps by which a consumer can buy with a method again."`
	Fraud   struct {
		Report creditFraudReportCmd `cmd:"" help:"Measure every fraud rule: hits, and precision by later outcome."`
	} `cmd:"" help:"Fraud rules."`
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

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"zahlziel/app"
	"zahlziel/credit/fit"
)

type creditReportCmd struct {
	Months int    `help:"Months after a decision within which an outcome counts." default:"12"`
	Seed   uint64 `help:"Seed of the intervals." default:"1"`
	HTML   string `name:"html" help:"Report with charts to write." placeholder:"FILE"`
	Lang   string `help:"Language of the report." enum:"en,de" default:"en"`
	JSON   bool   `help:"Print as JSON."`
}

// Run reports on the card in use from this installation's own data. It changes nothing.
func (c *creditReportCmd) Run(ctx context.Context, p *place) error {
	if c.Months < 1 || c.Months > 60 {
		return errors.New("use 1 to 60 months")
	}
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	in, err := a.Outcomes(ctx, app.System, c.Months)
	if err != nil {
		return err
	}
	if err := a.AuditRecourse(ctx, app.System, in); err != nil {
		return err
	}
	pol, err := a.Policy(in.Day)
	if err != nil {
		return err
	}
	card, err := fit.FromProduct(pol.Card)
	if err != nil {
		return err
	}
	r, err := fit.Report(card, in, c.Seed)
	if err != nil {
		return err
	}
	if c.HTML != "" {
		if err := os.WriteFile(c.HTML, fit.ReportHTML(card, r, c.Lang), 0o644); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(r)
	}
	fmt.Print(r.Text())
	return nil
}

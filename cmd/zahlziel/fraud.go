package main

import (
	"context"
	"fmt"
	"os"

	"zahlziel/app"
	"zahlziel/cal"
)

type creditFraudReportCmd struct {
	Since string `help:"Only checks of this day, YYYY-MM-DD, and later; a year if empty." placeholder:"DATE"`
	JSON  bool   `help:"Print the report as JSON."`
}

// Run measures the rules.
func (c *creditFraudReportCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	since, err := a.Day(ctx)
	if err != nil {
		return err
	}
	if since -= 365; c.Since != "" {
		if since, err = cal.ParseDay(c.Since); err != nil {
			return err
		}
	}
	r, err := a.MeasureFraud(ctx, app.System, since)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(r)
	}
	t := newTable("rule", "asks for", "hits", "steps", "person", "accepted", "rejected", "bad", "good", "open", "precision")
	for _, l := range append(r.By, r.Total) {
		t.AppendRow([]any{l.Code, l.Outcome, l.Hits, l.Steps, l.Person, l.Accepted, l.Rejected, l.Bad, l.Good, l.Open, precision(l.Precision)})
	}
	t.Render()
	fmt.Printf("%s v%d, %s to %s; %d stopped later without a hit\n", r.Rules, r.Version, r.From, r.Until, r.Missed)
	return nil
}

func precision(perMille int64) string {
	if perMille < 0 {
		return "not known yet"
	}
	return fmt.Sprintf("%d.%d %%", perMille/10, perMille%10)
}

type adminFraudCmd struct {
	Domains adminFraudDomainsCmd `cmd:"" help:"Replace the domains of throw-away e-mail addresses by those of a file, one in a line."`
}

type adminFraudDomainsCmd struct {
	File string `arg:"" help:"File with one domain in each line; # begins a comment." type:"existingfile"`
}

// Run loads the file.
func (c *adminFraudDomainsCmd) Run(ctx context.Context, p *place) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	n, err := a.SetDomains(ctx, app.System, f)
	if err != nil {
		return err
	}
	fmt.Printf("%d domains of throw-away addresses are known\n", n)
	return nil
}

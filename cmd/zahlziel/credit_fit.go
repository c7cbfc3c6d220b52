package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/credit/fit"
)

// outcomesCSV names a table of outcomes.
type outcomesCSV struct {
	CSV    string `help:"Table of outcomes with a header line, also gzipped." placeholder:"FILE"`
	Target string `help:"Column of the outcome." placeholder:"COL"`
	Bad    string `help:"Its value for a bad outcome." placeholder:"VALUE"`
}

func (o *outcomesCSV) read() (*fit.Table, error) {
	if o.Target == "" || o.Bad == "" {
		return nil, errors.New("--target and --bad say which column holds the outcome and which value is bad")
	}
	f, err := os.Open(o.CSV)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := fit.ReadCSV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.CSV, err)
	}
	return t, nil
}

type creditFitCmd struct {
	outcomesCSV
	Exclude         []string `help:"Columns that must not be looked at, such as protected attributes." placeholder:"COL,..."`
	Map             string   `help:"Column map: derived columns and what is known about columns." placeholder:"FILE"`
	Out             string   `required:"" help:"Card file to write." placeholder:"FILE"`
	ID              string   `help:"Name of the card." default:"card-fitted"`
	CardVersion     int      `help:"Version of the card." default:"1"`
	Characteristics int      `help:"The most characteristics on the page." default:"20"`
	Folds           int      `help:"Folds of the cross-validation." default:"5"`
	Seed            uint64   `help:"Seed of folds and intervals." default:"1"`
	Months          int      `help:"Without --csv: months after a decision within which an outcome counts." default:"12"`
	JSON            bool     `help:"Print the evidence as JSON instead of the page."`
}

// Run fits a card from a table, or without one from the outcomes of this installation's own decisions.
func (c *creditFitCmd) Run(ctx context.Context, p *place) error {
	if c.Folds < 2 || c.Folds > 50 || c.Characteristics < 1 || c.Characteristics > 100 || c.Months < 1 || c.Months > 60 {
		return errors.New("use 2 to 50 folds, 1 to 100 characteristics and 1 to 60 months")
	}
	card, err := c.fit(ctx, p)
	if err != nil {
		return err
	}
	b, err := card.JSON()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, b, 0o644); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(card.Fit)
	}
	fmt.Print(card.Page())
	e := card.Fit
	fmt.Printf("\nAUC %.4f cross-validated (95 %%: %.4f to %.4f), %d rows, %d bad, seed %d; written to %s\n", e.AUC, e.AUCLow, e.AUCHigh, e.Rows, e.Bads, e.Seed, c.Out)
	for _, w := range e.Warnings {
		fmt.Println("note: " + w)
	}
	return nil
}

func (c *creditFitCmd) fit(ctx context.Context, p *place) (*fit.Card, error) {
	o := fit.Options{Target: c.Target, Bad: c.Bad, Exclude: c.Exclude, Characteristics: c.Characteristics, Folds: c.Folds,
		Seed: c.Seed, ID: c.ID, Version: c.CardVersion}
	if c.Map != "" {
		b, err := os.ReadFile(c.Map)
		if err != nil {
			return nil, err
		}
		if o.Map, err = fit.ParseMap(b); err != nil {
			return nil, err
		}
	}
	if c.CSV != "" {
		t, err := c.read()
		if err != nil {
			return nil, err
		}
		return fit.Fit(t, o)
	}
	if o.Map != nil || len(o.Exclude) > 0 {
		return nil, errors.New("--map and --exclude belong to --csv; from own outcomes the eight characteristics are fitted")
	}
	a, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	defer a.DB.Close()
	outcomes, err := a.Outcomes(ctx, app.System, c.Months)
	if err != nil {
		return nil, err
	}
	pol, err := a.Policy(outcomes.Day)
	if err != nil {
		return nil, err
	}
	card, err := fit.FitOwn(outcomes.Rows, pol.Card, o)
	if err != nil {
		return nil, err
	}
	b, err := card.JSON()
	if err != nil {
		return nil, err
	}
	_, err = credit.ParseCard(b)
	return card, err
}

type creditValidateCmd struct {
	outcomesCSV
	Card     string   `required:"" help:"Card file." placeholder:"FILE"`
	Champion string   `help:"Card file to compare with." placeholder:"FILE"`
	Groups   []string `help:"Columns of group attributes for the fairness report; no characteristics." placeholder:"COL,..."`
	CutOff   int32    `help:"Lowest approved score of the fairness report; otherwise the best share of rows is approved."`
	Approve  float64  `help:"That share." default:"0.8"`
	Seed     uint64   `help:"Seed of the intervals." default:"1"`
	HTML     string   `name:"html" help:"Report with charts to write." placeholder:"FILE"`
	Lang     string   `help:"Language of the report." enum:"en,de" default:"en"`
	JSON     bool     `help:"Print as JSON."`
}

// Run judges a card on rows with outcomes.
func (c *creditValidateCmd) Run(context.Context) error {
	if c.CSV == "" {
		return errors.New("--csv names the table of outcomes; credit report judges the champion on this installation's own")
	}
	card, err := readCard(c.Card)
	if err != nil {
		return err
	}
	o := fit.ValidateOptions{Target: c.Target, Bad: c.Bad, Groups: c.Groups, CutOff: c.CutOff, Approve: c.Approve, Seed: c.Seed}
	for _, name := range c.Groups {
		if card.Uses(name) {
			return fmt.Errorf("%s is a characteristic of the card; a group attribute must not be", name)
		}
	}
	if c.Champion != "" {
		if o.Champion, err = readCard(c.Champion); err != nil {
			return err
		}
	}
	t, err := c.read()
	if err != nil {
		return err
	}
	v, err := fit.Validate(card, t, o)
	if err != nil {
		return err
	}
	if c.HTML != "" {
		if err := os.WriteFile(c.HTML, fit.ValidationHTML(card, v, c.Lang), 0o644); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(v)
	}
	fmt.Print(v.Text())
	if i := slices.IndexFunc(v.Gates, func(g fit.Gate) bool { return g.State == fit.GateFailed }); i >= 0 {
		fmt.Println("not every gate is passed; the card must not become champion")
	}
	return nil
}

func readCard(name string) (*fit.Card, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	card, err := fit.ParseCard(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return card, nil
}
